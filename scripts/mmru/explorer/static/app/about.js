"use strict";

// What the dataset is, and what it cannot answer.
(() => {
  const { h, store, plural } = mmru;
  const { about } = store.core;

  mmru.views.set("about", {
    title: "About",
    render(host) {
      const { tables } = store;
      const claims = tables.sources.reduce((sum, s) => sum + Number(s.claim_count), 0);
      const dated = tables.events.filter((e) => e.date).length;
      mmru.put(host,
        h("h2", {}, "What is this?"),
        h("p", {}, about.description),
        h("dl", { class: "facts" },
          h("dt", {}, "Version"), h("dd", {}, `${about.version}, released ${store.dateWords(about.released)}`),
          h("dt", {}, "Covers"), h("dd", {}, `${about.places.join(" and ")}, from ${store.dateWords(about.since)} to ${store.dateWords(about.until)}, and the background before it that the sources give`),
          h("dt", {}, "Contains"), h("dd", {}, `${plural(tables.events.length, "event")}, ${plural(tables.agreements.length, "agreement")}, ${plural(tables.reactions.length, "reaction")}, ${plural(tables.actors.length, "actor")}; ${plural(claims, "claim")} from ${plural(tables.sources.length, "source")}`),
          h("dt", {}, "Licence"), h("dd", {}, about.licenses.map((l) => h("a", { href: l.path, rel: "noreferrer" }, l.title))),
          h("dt", {}, "Cite"), h("dd", {}, h("span", {}, mmru.citation()), " ", h("button", { type: "button", class: "quiet", onclick: (e) => mmru.copy(mmru.citation(), e.currentTarget) }, "Copy the citation"))),
        h("h3", {}, "How the data were made"),
        h("p", {}, `${store.howCoded} Each source was coded apart from the others: what it says became claims, each with the line and the characters on which it rests. Rules that do not depend on the order then merged the claims of all sources; where they differ, a ruling says which value is published, and why. The titles and summaries are the dataset’s own words.`),
        h("h3", {}, "What it can answer"),
        h("ul", {},
          h("li", {}, "Who met whom, what was agreed or discussed, and how others reacted, as these sources report it."),
          h("li", {}, "Where each value comes from: which source, which line and characters, and whether the source states it, implies it, or it is inferred with other knowledge."),
          h("li", {}, "Where sources differ: both claims are kept, and a ruling says which value is published, and why.")),
        h("h3", {}, "What it cannot answer"),
        h("ul", {},
          h("li", {}, `What happened beyond ${plural(tables.sources.length, "source")}: an event that none of them mentions is missing, however well known it is. Numbers count what was reported, not all that happened.`),
          h("li", {}, `When everything happened: ${tables.events.length - dated} of ${plural(tables.events.length, "event")} have no date, and many dates are a month or a longer period. No date is more precise than its source.`),
          h("li", {}, "Whether a claim is true: it says who makes the claim, and how reliable that source is."),
          h("li", {}, "What the sources say word for word: it gives facts in its own words, and the place in the text.")),
        h("h3", {}, "Terms"),
        h("dl", { class: "facts" },
          ["basis", "status", "confirmation", "reliability", "credibility"].flatMap((v) => store.codes(v).map(([code, [label, definition]]) => [
            h("dt", {}, ["reliability", "credibility"].includes(v) ? `${v === "reliability" ? "Source" : "Claim"} ${code}: ${label}` : label), h("dd", {}, definition)]))));
    },
  });

  /** Returns the citation of the dataset, or of one record in it. */
  mmru.citation = (id) => {
    const record = id ? ` Record ${id}: ${store.titleOf(store.tableOf(id), store.rowOf(id)).replace(/\.$/, "")}.` : "";
    return about.citation + record;
  };
})();
