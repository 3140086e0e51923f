"use strict";

// The reactions, from those that condemn to those that support.
(() => {
  const { h, store, chart, plural } = mmru;
  const about = ({ row }) => row.about_agreement_id || row.about_event_id || row.about_actor_id;
  const aboutName = (record) => {
    const id = about(record);
    return id ? store.titleOf(store.tableOf(id), store.rowOf(id)) : "the relationship in general";
  };
  const stance = (record) => (record.row.stance ? store.label("stance", record.row.stance) : "");
  const reported = (record) => (record.row.status === "occurred" ? "Reported" : record.statusLabel);

  mmru.views.set("reactions", {
    title: "Reactions",
    render(host, found) {
      const records = [...found.reactions].sort(
        (a, b) => Number(a.row.stance_score || 9) - Number(b.row.stance_score || 9) || (a.title < b.title ? -1 : 1));
      const items = store.core.reactions.filter((mark) => found.ids.has(mark.record));
      const silent = items.filter((item) => !item.stance).length;
      const main = h("div", { class: "chart" });
      mmru.put(host,
        h("h2", {}, "Who reacted, and how"),
        h("p", {}, `${plural(records.length, "reaction")}: ${records.length - silent} take a stance; ${silent} explain or advise without one. Each block is one reaction; choose it to read it.`),
        records.length ? [
          h("ul", { class: "legend", "aria-label": "How to read the chart" },
            h("li", {}, h("span", { class: "key key-reported", "aria-hidden": "true" }), "filled: reported"),
            h("li", {}, h("span", { class: "key key-alleged", "aria-hidden": "true" }), "hollow or pale: alleged (the source does not say who, when or where)")),
          main,
        ] : h("p", { class: "empty" }, "No reaction matches the filter."),
        mmru.folded("Show as a table", (table) => mmru.table(table, [
          { title: "Who", text: (r) => store.actorName(r.row.actor_id), id: (r) => r.row.actor_id, grow: 1.5, width: 170 },
          { title: "Stance", text: (r) => stance(r) || "none", sort: (r) => Number(r.row.stance_score || 9), width: 100 },
          { title: "What was said", text: (r) => r.row.summary, id: (r) => r.id, grow: 4, width: 240 },
          { title: "About", text: aboutName, id: (r) => about(r) || null, grow: 2, width: 150 },
          { title: "Kind", text: (r) => r.kindLabel, width: 160 },
          { title: "Reported or alleged", text: reported, width: 110 },
        ], records, "Reactions"), records.length > 0));
      if (!records.length) return;
      const wide = chart.room(main);
      const narrow = wide < 640;
      return chart.draw(main, "reactions", {
        label: `${plural(records.length - silent, "reaction")} by stance and kind of actor, and ${silent} without a stance; the table below has the same data`,
        category: chart.colours().stances,
        words: (datum) => (datum.record ? [store.actorName(store.rowOf(datum.record).actor_id), store.rowOf(datum.record).summary, [datum.stance || "No stance", datum.alleged ? "alleged" : "reported"].join(", ")] : null),
        onPick: (datum) => datum.record && mmru.open(datum.record),
        change: (spec, theme) => {
          spec.data.values = items;
          const width = wide - (narrow ? 112 : 184);
          const values = { narrow, columns: chart.columns(width), thin: items.length > 400, gap: theme.surface, grey: theme.stances[2] };
          for (const param of spec.params) param.value = values[param.name];
          for (const panel of spec.vconcat) {
            panel.width = width;
            if (narrow) panel.title.frame = "bounds";
          }
          spec.vconcat = spec.vconcat.filter((panel) => (panel.name === "silent" ? silent : silent < items.length));
        },
      });
    },
  });
})();
