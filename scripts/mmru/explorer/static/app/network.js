"use strict";

// Actors, tied by the events and agreements in which both have a part.
(() => {
  const { h, store, chart, plural } = mmru;
  const NODES = 60; // more actors than these are not drawn
  const GROUPS = [
    ["State or its bodies", ["state", "government-body", "armed-forces"]],
    ["Person", ["person"]],
    ["Group of people", ["group"]],
    ["Medium or university", ["media", "academic-institution"]],
    ["Organisation, party or company", ["international-organisation", "party", "company"]],
  ];
  const groupOf = (kind) => GROUPS.findIndex(([, kinds]) => kinds.includes(kind));

  /** The ties between actors in the records that are kept, and how many records each has a part in. */
  const ties = (found) => {
    const counts = new Map();
    const links = new Map();
    for (const record of [...found.events, ...found.agreements]) {
      const involved = [...record.actors].sort();
      for (const [i, one] of involved.entries()) {
        const count = counts.get(one) ?? { events: 0, agreements: 0 };
        count[record.table] += 1;
        counts.set(one, count);
        for (const other of involved.slice(i + 1)) links.set(`${one} ${other}`, (links.get(`${one} ${other}`) ?? 0) + 1);
      }
    }
    return { counts, links };
  };

  mmru.network = { ties };

  mmru.views.network = {
    name: "Network",
    render(host, found) {
      const { counts, links } = ties(found);
      const total = (id) => counts.get(id).events + counts.get(id).agreements;
      const ranked = [...counts.keys()].sort((a, b) => total(b) - total(a) || (a < b ? -1 : 1));
      const drawn = ranked.slice(0, NODES);
      const at = new Map(drawn.map((id, n) => [id, n]));
      const nodes = drawn.map((id) => {
        const { kind, country } = store.actors.get(id);
        return {
          id, name: store.actorName(id), count: total(id), size: 40 + (860 * total(id)) / total(ranked[0]), group: groupOf(kind), ...counts.get(id), kind: store.label("actor_kind", kind),
          side: country === "MMR" ? 0.22 : country === "RUS" ? 0.78 : 0.5,
        };
      });
      const edges = [...links].map(([pair, count]) => [...pair.split(" ").map((id) => at.get(id)), count])
        .filter(([one, other]) => one !== undefined && other !== undefined)
        .map(([source, target, count]) => ({ source, target, count }));
      const partners = (id) => [...links.keys()].filter((pair) => pair.split(" ").includes(id)).length;
      const chosen = found.filter.actor;
      const main = h("div", { class: "chart" });
      mmru.put(host,
        h("h2", {}, "Who deals with whom"),
        h("p", {}, `${plural(ranked.length, "actor")} with a part in the events and agreements shown. A line joins two that share at least one, and is wider the more they share. Those of Myanmar stand to the left, those of Russia to the right. Choose one to keep only what they have a part in.`),
        chosen && h("p", {}, h("button", { type: "button", onclick: () => mmru.refine({ actor: "" }) }, `Show all actors again, not only those with ${store.actorName(chosen)}`)),
        ranked.length ? [
          h("ul", { class: "legend", "aria-label": "Kinds of actors" }, GROUPS.map(([name], n) => h("li", {}, h("span", { class: `key dot lane-${n}`, "aria-hidden": "true" }), name))),
          main,
          ranked.length > NODES && h("p", { class: "note" }, `Drawn are the ${NODES} with the most records; all are in the table.`),
        ] : h("p", { class: "empty" }, "No actor has a part in what fits the filter."),
        mmru.folded("The same as a table", (table) => mmru.table(table, [
          { title: "Actor", text: store.actorName, id: (id) => id, grow: 3, width: 180 },
          { title: "Kind", text: (id) => store.label("actor_kind", store.actors.get(id).kind) },
          { title: "Events", text: (id) => String(counts.get(id).events), sort: (id) => counts.get(id).events, number: true, width: 80 },
          { title: "Agreements", text: (id) => String(counts.get(id).agreements), sort: (id) => counts.get(id).agreements, number: true, width: 100 },
          { title: "Shares them with", text: (id) => plural(partners(id), "actor"), sort: partners, number: true },
        ], ranked, "Actors"), false),
        ranked.length > 0 && h("details", { class: "as-table" }, h("summary", {}, "Choose an actor by name"),
          h("ul", { class: "columns" }, [...ranked].sort((a, b) => store.actorName(a).localeCompare(store.actorName(b), "en")).slice(0, 300).map((id) =>
            h("li", {}, h("button", { type: "button", class: "quiet", "aria-pressed": String(id === chosen), onclick: () => mmru.refine({ actor: id === chosen ? "" : id }) }, store.actorName(id)))))));
      if (!ranked.length) return;
      const wide = chart.room(main);
      return chart.draw(main, "network", {
        label: `Network of ${plural(drawn.length, "actor")}; the same is in the table below`,
        category: chart.colours().lanes,
        words: (datum) => (datum.name ? [datum.name, datum.kind, `${plural(datum.events, "event")}, ${plural(datum.agreements, "agreement")}`] : null),
        onPick: (datum) => datum.id && mmru.refine({ actor: datum.id === chosen ? "" : datum.id }),
        change: (spec, theme) => {
          spec.width = wide - 10;
          spec.height = wide < 640 ? 560 : 540;
          for (const data of spec.data) if (data.name === "actors") data.values = nodes;
          else if (data.name === "links") data.values = edges;
          const values = { ink: theme.ink, paper: theme.surface, line: theme.edge, chosen: chosen ?? "", narrow: wide < 640 };
          for (const signal of spec.signals) if (signal.name in values) signal.value = values[signal.name];
        },
      });
    },
  };
})();
