"use strict";

// The network of actors: a line for each kind of tie between two of them.
(() => {
  const { h, store, chart, plural, marks } = mmru;
  const KINDS = new Map(store.core.lists.ties); // kind -> whether it has a direction

  /** Returns the ties in the selected records, one for each kind and each two actors. */
  const tied = (found, kind) => {
    const ties = new Map();
    for (const tie of store.core.ties) {
      if (!found.ids.has(tie.record) || (kind && tie.kind !== kind)) continue;
      const key = [tie.kind, tie.from, tie.to].join(" ");
      const known = ties.get(key) ?? { kind: tie.kind, from: tie.from, to: tie.to, records: [], doubtful: true };
      known.records.push(tie.record);
      known.doubtful &&= tie.doubtful;
      ties.set(key, known);
    }
    return [...ties.values()].sort((a, b) => b.records.length - a.records.length || (a.from + a.to < b.from + b.to ? -1 : 1));
  };

  const side = (id) => {
    const { country } = store.actors.get(id);
    return country === "MMR" ? 0.14 : country === "RUS" ? 0.84 : 0.5;
  };

  /** Returns ties as lines: those that join the same two actors lie side by side. */
  const lines = (ties, at) => {
    const between = new Map();
    for (const tie of ties) {
      const key = [tie.from, tie.to].sort().join(" ");
      between.set(key, [...(between.get(key) ?? []), tie]);
    }
    return [...between.values()].flatMap((group) => group.map((tie, n) => ({
      source: at.get(tie.from), target: at.get(tie.to), kind: tie.kind, count: tie.records.length, directed: KINDS.get(tie.kind), doubtful: tie.doubtful,
      bend: (n - (group.length - 1) / 2) * 34 * (tie.from < tie.to ? 1 : -1),
    })));
  };

  let chosenKind = ""; // it stays while filters change

  mmru.views.set("network", {
    title: "Network",
    render(host, found) {
      const every = tied(found);
      const kinds = [...KINDS.keys()].filter((kind) => every.some((tie) => tie.kind === kind));
      if (!kinds.includes(chosenKind)) chosenKind = "";
      const ties = tied(found, chosenKind);
      const main = h("div", { class: "chart" });
      const counts = new Map();
      for (const { from, to, records } of ties) for (const id of [from, to]) counts.set(id, (counts.get(id) ?? 0) + records.length);
      const ranked = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a) || (a < b ? -1 : 1));
      const chosen = found.filter.actor;
      const choose = (kind) => h("button", { type: "button", "aria-pressed": String(kind === chosenKind), onclick: (event) => {
        const name = event.currentTarget.textContent;
        chosenKind = kind;
        const drawn = this.render(host, mmru.found);
        [...host.querySelectorAll(".kinds button")].find((b) => b.textContent === name)?.focus();
        return drawn;
      } }, kind && h("span", { class: `key lane-${[...KINDS.keys()].indexOf(kind)}`, "aria-hidden": "true" }), kind || "all ties");
      mmru.put(host,
        h("h2", {}, "Who deals with whom, and how"),
        chosen && h("p", {}, h("button", { type: "button", onclick: () => mmru.refine({ actor: "" }) }, `Show all actors, not only those with ${store.actorName(chosen)}`)),
        every.length ? [
          h("div", { class: "tools kinds", role: "group", "aria-label": "Kind of tie" }, ["", ...kinds].map(choose)),
          main,
          h("p", { class: "note" }, "Myanmar on the left, Russia on the right. Dashed: only alleged or intended."),
        ] : h("p", { class: "empty" }, "No tie between two actors matches the filter."),
        every.length > 0 && h("section", {}, h("h3", {}, "Ties, the most reported first"), mmru.growing({ class: "plain" }, ties, (tie) =>
          h("li", {}, mmru.link(tie.from), ` ${tie.kind} `, mmru.link(tie.to), tie.doubtful && h("span", { class: "note" }, " (only alleged or intended)"), ": ",
            tie.records.slice(0, 2).map((id, n) => [n > 0 && "; ", marks.titled(id, store.records.get(id).row.title)]), tie.records.length > 2 && ` and ${tie.records.length - 2} more`), 10)),
        mmru.folded("Show as a table", (table) => mmru.table(table, [
          { title: "Who", text: (t) => store.actorName(t.from), id: (t) => t.from, grow: 2, width: 150 },
          { title: "Tie", text: (t) => t.kind, width: 120 },
          { title: "Whom", text: (t) => store.actorName(t.to), id: (t) => t.to, grow: 2, width: 150 },
          { title: "Records", text: (t) => String(t.records.length), sort: (t) => t.records.length, number: true, width: 80 },
        ], ties, "Ties")),
        ranked.length > 0 && h("details", { class: "as-table" }, h("summary", {}, "Choose an actor by name"),
          h("ul", { class: "columns" }, [...ranked].sort((a, b) => store.actorName(a).localeCompare(store.actorName(b), "en")).slice(0, 300).map((id) =>
            h("li", {}, h("button", { type: "button", class: "quiet", "aria-pressed": String(id === chosen), onclick: () => mmru.refine({ actor: id === chosen ? "" : id }) }, store.actorName(id)))))));
      if (!ties.length) return;
      const wide = chart.room(main);
      const narrow = wide < 640;
      const most = new Set(ranked.slice(0, narrow ? 14 : 26));
      const shown = ties.filter((tie) => most.has(tie.from) && most.has(tie.to));
      const drawn = ranked.filter((id) => shown.some((tie) => tie.from === id || tie.to === id));
      const at = new Map(drawn.map((id, n) => [id, n]));
      const nodes = drawn.map((id) => ({ id, name: store.actorName(id), count: counts.get(id), size: 40 + (500 * counts.get(id)) / counts.get(ranked[0]), side: side(id), kind: store.label("actor_kind", store.actors.get(id).kind) }));
      const edges = lines(shown, at);
      return chart.draw(main, "network", {
        label: `Network of ${plural(drawn.length, "actor")}; the list below has the same data`,
        category: chart.colours().lanes,
        words: (datum) => (datum.name ? [datum.name, datum.kind, plural(datum.count, "tie")] : datum.bend !== undefined ? [`${datum.source.datum.name} ${datum.kind} ${datum.target.datum.name}`, plural(datum.count, "record")] : null),
        onPick: (datum) => datum.id && mmru.refine({ actor: datum.id === chosen ? "" : datum.id }),
        change: (spec, theme) => {
          spec.width = wide - 10;
          spec.height = narrow ? 520 : Math.min(620, 240 + 12 * drawn.length);
          for (const data of spec.data) if (data.name === "actors") data.values = nodes;
          else if (data.name === "links") data.values = edges;
          const values = { ink: theme.ink, paper: theme.surface, dot: theme.edge, chosen: chosen ?? "", narrow };
          for (const signal of spec.signals) if (Object.hasOwn(values, signal.name)) signal.value = values[signal.name];
        },
      });
    },
  });
})();
