"use strict";

// The sources: what each one reports, how reliable it is, and where they agree or differ.
(() => {
  const { h, store, chart, plural } = mmru;
  const { core, tables } = store;
  const USES = core.lists.line_uses;
  const lines = new Map(tables.sources.map((s) => [s.source_id, tables.passages.filter((p) => p.source_id === s.source_id)]));

  /** Returns for each two sources how many values of the selected records both give, and how many differ. */
  const matrix = (found) => {
    const cells = new Map();
    for (const [record, , one, other, how] of core.pairs) {
      if (!found.ids.has(record)) continue;
      const key = `${one} ${other}`;
      const cell = cells.get(key) ?? { agree: 0, differ: 0 };
      cell[how] += 1;
      cells.set(key, cell);
    }
    return cells;
  };
  mmru.sources = { matrix };

  const count = (found, id) => store.RECORDS.map((t) => found[t].filter((r) => r.sources.includes(id)).length);

  const card = (found, row) => {
    const own = lines.get(row.source_id) ?? [];
    const cited = own.filter((l) => l.use === "coded").length;
    const [events, agreements, reactions] = count(found, row.source_id);
    const fact = (name, ...text) => [h("dt", {}, name), h("dd", {}, text)];
    return h("li", { class: "card" },
      h("h3", { dir: "auto", lang: row.title ? row.language : null }, mmru.link(row.source_id, store.sourceName(row.source_id))),
      h("p", { class: "kicker" }, [row.publisher || "publisher unknown", row.published ? store.dateWords(row.published) : "undated", row.language].join(" · ")),
      h("p", {}, h("span", { class: "grade" }, `${row.reliability} · ${store.label("reliability", row.reliability)}`)),
      h("p", { class: "why" }, row.reliability_reason),
      h("dl", {},
        fact("Reports", `${plural(events, "event")}, ${plural(agreements, "agreement")}, ${plural(reactions, "reaction")}`),
        fact("Claims", Number(row.claim_count).toLocaleString("en")),
        own.length ? fact("Lines", `${cited} of ${own.length} cited, ${own.length - cited} left out`) : null));
  };

  mmru.views.set("sources", {
    title: "Sources",
    render(host, found) {
      const rows = found.sources;
      const ids = rows.map((row) => row.source_id);
      const cells = matrix(found);
      const short = (id) => (new Set(ids.map(store.sourceShort)).size === ids.length ? store.sourceShort(id) : id.replace(/^src-/, ""));
      const lineHost = h("div", { class: "chart" });
      const matrixHost = h("div", { class: "chart scrolls", tabindex: "0" });
      const drawn = ids.slice(0, 24);
      const shared = [...cells].filter(([key]) => key.split(" ")[0] !== key.split(" ")[1]);
      const agreeing = shared.reduce((sum, [, cell]) => sum + cell.agree, 0);
      const rulings = tables.rulings.filter((r) => found.ids.has(r.record_id));
      mmru.put(host,
        h("h2", {}, "The articles"),
        h("p", {}, `${plural(rows.length, "article")}. The grade says how reliable an article is as a whole, judged only by its text.`),
        rows.length ? [
          h("ul", { class: "cards" }, rows.slice(0, 40).map((row) => card(found, row))),
          rows.length > 40 && h("p", { class: "note" }, "These are the first 40; the table has all."),
          h("h3", {}, "How each line is used"),
          h("p", {}, "Every line of an article is cited by a claim, or left out for a reason."),
          lineHost,
          h("h3", {}, "Do they agree?"),
          h("p", {}, `In the records shown, two sources with different witnesses give the same value ${plural(agreeing, "time")}. A frame marks pairs in which one source gives another value than the published one, also where an article contradicts itself; the second number counts these values.`),
          matrixHost,
          h("h3", {}, "Where they differ"),
          rulings.length ? h("ul", { class: "rulings" }, rulings.map(ruling)) : h("p", { class: "empty" }, "In the records shown, no source gives another value than the published one."),
        ] : h("p", { class: "empty" }, "No source mentions a record that matches the filter."),
        mmru.folded("Sources as a table", (table) => mmru.table(table, [
          { title: "Article", text: (s) => store.sourceName(s.source_id), id: (s) => s.source_id, grow: 3, width: 200 },
          { title: "Publisher", text: (s) => s.publisher || "unknown" },
          { title: "Published", text: (s) => store.dateWords(s.published) || "undated", sort: (s) => s.published_earliest },
          { title: "Grade", text: (s) => `${s.reliability} ${store.label("reliability", s.reliability)}`, width: 130 },
          { title: "Lines cited", text: (s) => String((lines.get(s.source_id) ?? []).filter((l) => l.use === "coded").length), sort: (s) => (lines.get(s.source_id) ?? []).filter((l) => l.use === "coded").length, number: true, width: 90 },
          { title: "Lines left out", text: (s) => String((lines.get(s.source_id) ?? []).filter((l) => l.use !== "coded").length), sort: (s) => (lines.get(s.source_id) ?? []).filter((l) => l.use !== "coded").length, number: true, width: 90 },
          { title: "Claims", text: (s) => s.claim_count, sort: (s) => Number(s.claim_count), number: true, width: 80 },
        ], rows, "Sources")),
        mmru.folded("Agreement of sources as a table", (table) => mmru.table(table, [
          { title: "Source", text: ([key]) => short(key.split(" ")[0]), id: ([key]) => key.split(" ")[0], width: 150 },
          { title: "and source", text: ([key]) => short(key.split(" ")[1]), id: ([key]) => key.split(" ")[1], width: 150 },
          { title: "Shared values", text: ([, c]) => String(c.agree), sort: ([, c]) => c.agree, number: true },
          { title: "Values that differ", text: ([, c]) => String(c.differ), sort: ([, c]) => c.differ, number: true },
        ], [...cells], "Agreement of sources")));
      if (!rows.length) return;

      const wide = chart.room(lineHost);
      const narrow = wide < 640;
      const lineItems = drawn.flatMap((id) => USES.map((use) => ({
        id, source: store.sourceName(id), source_order: drawn.indexOf(id), use: store.label("line_use", use), order: USES.indexOf(use),
        lines: (lines.get(id) ?? []).filter((l) => l.use === use).length,
      }))).filter((item) => item.lines);
      const { lanes, edge, stances } = chart.colours();
      const most = Math.max(1, ...shared.map(([, cell]) => cell.agree));
      const matrixItems = drawn.flatMap((one) => drawn.map((other) => {
        const cell = cells.get(`${one} ${other}`) ?? cells.get(`${other} ${one}`) ?? { agree: 0, differ: 0 };
        return { one: short(one), other: short(other), one_order: drawn.indexOf(one), other_order: drawn.indexOf(other), same: one === other, ...cell, share: cell.agree / most };
      }));
      return Promise.all([
        lineItems.length && chart.draw(lineHost, "lines", {
          label: "Lines of each article by use; the table below has the numbers",
          category: [lanes[0], edge, lanes[4], lanes[1], lanes[3], lanes[2], stances[3]],
          words: (datum) => (datum.use ? [datum.source, `${plural(datum.lines, "line")}: ${datum.use.toLowerCase()}`] : null),
          onPick: (datum) => datum.id && mmru.open(datum.id),
          change: (spec, theme) => {
            spec.data.values = lineItems;
            spec.width = wide - (narrow ? 140 : 360);
            const values = { narrow, columns: chart.columns(spec.width), gap: theme.surface };
            for (const param of spec.params) param.value = values[param.name];
          },
        }),
        chart.draw(matrixHost, "matrix", {
          label: "Number of values that each two sources share; the table below has the numbers",
          words: (datum) => (datum.one ? [
            datum.same ? `${datum.one}, compared with itself` : `${datum.one} and ${datum.other}`,
            datum.same ? null : plural(datum.agree, "shared value"),
            datum.differ ? plural(datum.differ, "value that differs", "values that differ") : null,
          ].filter(Boolean) : null),
          change: (spec, theme) => {
            spec.data.values = matrixItems;
            spec.width = { step: narrow ? 74 : 118 };
            // each word of a name is on a line of its own
            spec.encoding.x.axis.labelPadding = 4 + 14 * Math.max(...drawn.map((id) => short(id).split(" ").length - 1));
            const values = { strong: mmru.theme.name() === "dark" ? "#0d1319" : "#ffffff", weak: theme.ink };
            for (const param of spec.params) param.value = values[param.name];
          },
        }),
      ]);
    },
  });

  /** Returns a ruling: the value that is published, those that are not, and why. */
  const ruling = (r) => {
    const record = store.records.get(r.record_id);
    const field = store.fieldOf(r.record_table, r.field);
    const word = (text) => store.valueWords(field, text);
    return h("li", {}, mmru.link(r.record_id, record.title), h("p", {},
      `${field.title}: `, h("strong", {}, word(r.chosen_value)), ", not ", store.list(r.rejected_values).map(word).join(", "), ". ", r.reason));
  };
})();
