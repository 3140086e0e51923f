"use strict";

// The reactions by whose voice they are: positions of states and organisations, then commentary.
(() => {
  const { h, store, chart, plural, marks } = mmru;
  const VOICES = store.core.lists.voices; // [code, positions or commentary]
  const PARTS = [["positions", "Positions", "States, their officials, international and other organisations."], ["commentary", "Commentary", "Experts, media and people whom the sources do not name."]];
  const about = ({ row }) => row.about_agreement_id || row.about_event_id || row.about_actor_id;
  const aboutName = (record) => {
    const id = about(record);
    return id ? store.titleOf(store.tableOf(id), store.rowOf(id)) : "the relationship in general";
  };
  const stance = (record) => (record.row.stance ? store.label("stance", record.row.stance) : "");
  const strength = (record) => (record.row.stance_score === "" ? 9 : Number(record.row.stance_score));

  const item = (record) => {
    const { row, id } = record;
    return h("li", { class: "said" },
      h("p", {}, h("strong", {}, mmru.link(row.actor_id)), " ", marks.stance(row.stance)),
      h("p", { dir: "auto" }, mmru.link(id, store.named(row.summary))),
      h("p", { class: "note" }, `On ${aboutName(record)} · ${marks.whoSays(id)} `, marks.of(id)));
  };

  const section = (code, records) => {
    const own = records.filter((r) => r.row.voice === code);
    return own.length > 0 && h("section", {}, h("h4", {}, `${store.label("voice", code)} (${own.length.toLocaleString("en")})`), mmru.growing({ class: "plain" }, own, item, 20));
  };

  mmru.views.set("reactions", {
    title: "Reactions",
    render(host, found) {
      const name = (r) => store.actorName(r.row.actor_id);
      const records = [...found.reactions].sort((a, b) => strength(a) - strength(b) || name(a).localeCompare(name(b), "en") || (a.title < b.title ? -1 : 1));
      const items = store.core.reactions.filter((mark) => found.ids.has(mark.record));
      const main = h("div", { class: "chart" });
      mmru.put(host,
        h("h2", {}, "Who reacted, and how"),
        records.length ? [
          h("p", {}, `${items.length.toLocaleString("en")} of ${plural(records.length, "reaction")} take a stance; the others explain or advise.`),
          items.length > 0 && main,
          PARTS.map(([part, title, note]) => {
            const lists = VOICES.filter(([, of]) => of === part).map(([code]) => section(code, records));
            return lists.some(Boolean) && h("section", {}, h("h3", {}, title), h("p", { class: "note" }, note), lists);
          }),
        ] : h("p", { class: "empty" }, "No reaction matches the filter."),
        mmru.folded("Show as a table", (table) => mmru.table(table, [
          { title: "Who", text: name, id: (r) => r.row.actor_id, grow: 1.5, width: 170 },
          { title: "Voice", text: (r) => store.label("voice", r.row.voice), width: 100 },
          { title: "Stance", text: (r) => stance(r) || "none", sort: strength, width: 100 },
          { title: "What was said", text: (r) => r.row.summary, id: (r) => r.id, grow: 4, width: 240 },
          { title: "About", text: aboutName, id: (r) => about(r) || null, grow: 2, width: 150 },
          { title: "Kind", text: (r) => r.kindLabel, width: 130 },
        ], records, "Reactions")));
      if (!items.length) return;
      const wide = chart.room(main);
      const narrow = wide < 640;
      return chart.draw(main, "reactions", {
        label: `${plural(items.length, "reaction")} by stance and voice; the list below has the same data`,
        category: chart.colours().stances,
        words: (datum) => (datum.record ? [store.actorName(store.rowOf(datum.record).actor_id), store.named(store.rowOf(datum.record).summary), [datum.stance, `source: ${marks.whoSays(datum.record)}`, ...marks.words(datum.record).map(([, , text]) => text)].join(" · ")] : null),
        onPick: (datum) => datum.record && mmru.open(datum.record),
        change: (spec, theme) => {
          spec.data.values = items;
          spec.width = wide - (narrow ? 82 : 112);
          const values = { columns: chart.columns(spec.width), thin: items.length > 400, gap: theme.surface };
          for (const param of spec.params) param.value = values[param.name];
        },
      });
    },
  });
})();
