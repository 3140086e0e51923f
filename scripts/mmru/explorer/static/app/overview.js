"use strict";

// The story: what the page is, what the data say in a few sentences, and how many records each year has.
(() => {
  const { h, store, plural, marks } = mmru;
  const { core } = store;

  /** Returns an agreement that was made at a meeting, with its figures. */
  const agreed = (id) => {
    const figures = (store.details.agreements.get(id) ?? []).filter((term) => term.value && term.unit);
    return h("li", {}, mmru.link(id), figures.length > 0 && ` (${figures.map((t) => `${store.figure(t.value)} ${t.unit}`).join(", ")})`, " ", marks.of(id));
  };

  const finding = ({ record, why, when, with: agreements }) => {
    const { table, row, sources } = store.records.get(record);
    const title = table === "reactions" ? store.actorName(row.actor_id) : row.title;
    return h("li", { class: "finding" },
      h("p", { class: "when" }, when || "no date"),
      h("div", {},
      h("p", { class: "kicker" }, why),
      h("h3", { dir: "auto" }, mmru.link(record, title)),
      h("p", { dir: "auto" }, store.named(row.summary)),
      agreements.length > 0 && h("ul", { class: "with", "aria-label": "Agreed there" }, agreements.slice(0, 4).map(agreed)),
      h("p", { class: "who" }, marks.of(record), ` ${plural(sources.length, "source")}: ${marks.whoSays(record)}`)));
  };

  const [FIRST, LAST] = [core.about.since, core.about.released].map((day) => Number(day.slice(0, 4)));
  /** Returns how many of the selected events and agreements each year that is covered has; an open date counts at its known end. */
  const years = (found) => {
    const counts = new Map(Array.from({ length: LAST - FIRST + 1 }, (_, n) => [FIRST + n, 0]));
    for (const { bounds } of [...found.events, ...found.agreements]) {
      const year = Number((bounds?.[0] || bounds?.[1] || "").slice(0, 4));
      if (counts.has(year)) counts.set(year, counts.get(year) + 1);
    }
    return [...counts];
  };

  const strip = (found) => {
    const counted = years(found);
    const most = Math.max(1, ...counted.map(([, count]) => count));
    return h("ol", { class: "years" }, counted.map(([year, count]) => {
      const bar = h("span", { class: "bar", "aria-hidden": "true" });
      bar.style.height = `${(100 * count) / most}%`;
      const href = mmru.address.write({ view: "timeline", filter: { ...found.filter, from: `${year}-01-01`, to: `${year}-12-31` } });
      return h("li", {}, h("a", { href }, h("span", { class: "column" }, h("span", {}, count), bar), h("span", { class: "unseen" }, " dated records in "), h("span", {}, year)));
    }));
  };

  mmru.views.set("overview", {
    title: "Overview",
    render(host, found) {
      const shown = core.findings.filter(({ record }) => found.ids.has(record));
      mmru.put(host,
        h("p", { class: "lede" }, `Who met whom, what was agreed, how others reacted, and which source says so, from ${store.dateWords(core.about.since)} to ${store.dateWords(core.about.until)}.`),
        h("p", { class: "made" }, `${store.howCoded} `, h("a", { href: mmru.address.write({ view: "about" }) }, "How the data were made")),
        h("div", { class: "story" },
          h("section", {}, h("h2", {}, "What the sources report"),
            shown.length ? h("ul", { class: "findings" }, shown.map(finding)) : h("p", { class: "empty" }, found.filtered ? "No headline finding matches the filter; the other views may have records." : "There is no finding in these data.")),
          found.events.length + found.agreements.length > 0 && h("section", {}, h("h2", {}, "Year by year"), strip(found),
            h("p", { class: "note" }, "Events and agreements that the sources date."))));
    },
  });
})();
