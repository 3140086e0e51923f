"use strict";

// What this is, and what it cannot tell.
(() => {
  const { h, store, plural } = mmru;
  const { about } = store.core;

  mmru.views.about = {
    name: "About",
    render(host) {
      const { tables } = store;
      const claims = tables.sources.reduce((sum, s) => sum + Number(s.claim_count), 0);
      const since = about.coverage.temporal.split("/")[0];
      const places = about.coverage.places.map((p) => p.name).join(" and ");
      const dated = tables.events.filter((e) => e.date).length;
      mmru.put(host,
        h("h2", {}, "What is this?"),
        h("p", {}, about.description),
        h("dl", { class: "facts" },
          h("dt", {}, "Version"), h("dd", {}, `${about.version}, of ${store.dateWords(about.released)}`),
          h("dt", {}, "Covers"), h("dd", {}, `${places}, from ${store.dateWords(since)} on, and the earlier background that the articles give`),
          h("dt", {}, "Holds"), h("dd", {}, `${plural(tables.events.length, "event")}, ${plural(tables.agreements.length, "agreement")}, ${plural(tables.reactions.length, "reaction")}, ${plural(tables.actors.length, "actor")}; ${plural(claims, "claim")} from ${plural(tables.sources.length, "article")}`),
          h("dt", {}, "Licence"), h("dd", {}, about.licenses.map((l) => h("a", { href: l.path, rel: "noreferrer" }, l.title))),
          h("dt", {}, "Cite"), h("dd", {}, h("span", {}, mmru.citation()), " ", h("button", { type: "button", class: "quiet", onclick: (e) => mmru.copy(mmru.citation(), e.currentTarget) }, "Copy the citation"))),
        h("h3", {}, "What it can tell"),
        h("ul", {},
          h("li", {}, "Who met whom, what was agreed or talked of, and who reacted how, as these articles report it."),
          h("li", {}, "For every value taken from an article: which article gives it, on which line and characters, and whether it is stated, follows from the article, or is inferred with help from outside."),
          h("li", {}, "Where sources differ: both claims are kept, and a ruling says which stands, and why.")),
        h("h3", {}, "What it cannot tell"),
        h("ul", {},
          h("li", {}, `What happened beyond ${plural(tables.sources.length, "article")}: what no article here speaks of is not in it, however well known. Numbers count reports, not all that happened.`),
          h("li", {}, `When, for all of it: ${tables.events.length - dated} of ${plural(tables.events.length, "event")} have no date, and many dates are a month or a stretch. Nothing is made more precise than a source is.`),
          h("li", {}, "Whether a claim is true: it says who claims it and how far that source can be relied on."),
          h("li", {}, "The words of the articles: it holds facts in its own words and points to the place in the text.")),
        h("h3", {}, "Words that are used"),
        h("dl", { class: "facts" },
          ["basis", "status", "reliability", "credibility"].flatMap((v) => Object.entries(store.core.labels[v] ?? {}).map(([code, [label, definition]]) => [
            h("dt", {}, ["reliability", "credibility"].includes(v) ? `${v === "reliability" ? "Source" : "Claim"} ${code}: ${label}` : label), h("dd", {}, definition)]))));
    },
  };

  /** A citation of the dataset, or of one record in it. */
  mmru.citation = (id) => {
    const what = id ? ` Record ${id}: ${store.titleOf(store.tableOf(id), store.rowOf(id)).replace(/\.$/, "")}.` : "";
    return about.citation + what;
  };
})();
