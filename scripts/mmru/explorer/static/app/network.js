"use strict";

// The network of actors: a line joins two that share events or agreements.
(() => {
  const { h, store, chart, plural } = mmru;
  const NODES = 60; // at most so many actors are drawn
  const GROUPS = store.core.lists.actor_groups;
  const groupOf = (kind) => GROUPS.find(([, kinds]) => kinds.includes(kind))?.[0] ?? "Other";

  /** Returns how many of the selected events and agreements each actor has, and each two actors share. */
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

  mmru.views.set("network", {
    title: "Network",
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
        h("p", {}, `${plural(ranked.length, "actor")} in the events and agreements shown. A line joins two actors that share at least one; the more they share, the wider it is. Actors from Myanmar are on the left, those from Russia on the right. Choose an actor to see only their records.`),
        chosen && h("p", {}, h("button", { type: "button", onclick: () => mmru.refine({ actor: "" }) }, `Show all actors, not only those linked to ${store.actorName(chosen)}`)),
        ranked.length ? [
          h("ul", { class: "legend", "aria-label": "Kinds of actors" }, GROUPS.map(([name], n) => h("li", {}, h("span", { class: `key dot lane-${n}`, "aria-hidden": "true" }), name))),
          main,
          ranked.length > NODES && h("p", { class: "note" }, `The chart has the ${NODES} actors with the most records; the table has all.`),
        ] : h("p", { class: "empty" }, "No actor matches the filter."),
        mmru.folded("Show as a table", (table) => mmru.table(table, [
          { title: "Actor", text: store.actorName, id: (id) => id, grow: 3, width: 180 },
          { title: "Kind", text: (id) => store.label("actor_kind", store.actors.get(id).kind) },
          { title: "Events", text: (id) => String(counts.get(id).events), sort: (id) => counts.get(id).events, number: true, width: 80 },
          { title: "Agreements", text: (id) => String(counts.get(id).agreements), sort: (id) => counts.get(id).agreements, number: true, width: 100 },
          { title: "Shared with", text: (id) => plural(partners(id), "actor"), sort: partners, number: true },
        ], ranked, "Actors"), false),
        ranked.length > 0 && h("details", { class: "as-table" }, h("summary", {}, "Choose an actor by name"),
          h("ul", { class: "columns" }, [...ranked].sort((a, b) => store.actorName(a).localeCompare(store.actorName(b), "en")).slice(0, 300).map((id) =>
            h("li", {}, h("button", { type: "button", class: "quiet", "aria-pressed": String(id === chosen), onclick: () => mmru.refine({ actor: id === chosen ? "" : id }) }, store.actorName(id)))))));
      if (!ranked.length) return;
      const wide = chart.room(main);
      return chart.draw(main, "network", {
        label: `Network of ${plural(drawn.length, "actor")}; the table below has the same data`,
        category: chart.colours().lanes,
        words: (datum) => (datum.name ? [datum.name, datum.kind, `${plural(datum.events, "event")}, ${plural(datum.agreements, "agreement")}`] : null),
        onPick: (datum) => datum.id && mmru.refine({ actor: datum.id === chosen ? "" : datum.id }),
        change: (spec, theme) => {
          spec.width = wide - 10;
          spec.height = wide < 640 ? 560 : 540;
          for (const data of spec.data) if (data.name === "actors") data.values = nodes;
          else if (data.name === "links") data.values = edges;
          const values = { ink: theme.ink, paper: theme.surface, line: theme.edge, chosen: chosen ?? "", narrow: wide < 640 };
          for (const signal of spec.signals) if (Object.hasOwn(values, signal.name)) signal.value = values[signal.name];
        },
      });
    },
  });
})();
