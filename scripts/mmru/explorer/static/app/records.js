"use strict";

// One table of all records that match the filter; with a search, also actors, places and sources.
(() => {
  const { h, store, plural } = mmru;

  const matching = (found, table, texts) =>
    store.tables[table].filter((row) => {
      const text = store.folded(texts(row).join(" "));
      return found.terms.every((term) => text.includes(term));
    }).map((row) => ({ id: row[store.kinds.get(table).key], table, row }));

  mmru.views.set("records", {
    title: "Records",
    render(host, found) {
      // actors, places and sources have no date or status, so only the search selects them
      const others = found.terms.length ? [
        ...matching(found, "actors", (a) => [a.name, a.aliases, a.name_my, a.name_ru, a.name_zh, a.description, a.actor_id]),
        ...matching(found, "places", (p) => [p.name, p.place_id]),
        ...matching(found, "sources", (s) => [s.title, s.publisher, s.source_id, s.reliability_reason]),
      ] : [];
      const rows = [...found.all, ...others.map((o) => ({
        id: o.id, table: o.table, row: o.row, title: store.titleOf(o.table, o.row), sources: [],
        kindLabel: o.table === "actors" ? store.label("actor_kind", o.row.kind) : o.table === "places" ? store.label("place_kind", o.row.kind) : store.label("publisher_kind", o.row.publisher_kind),
        statusLabel: "",
      }))];
      const date = (r) => store.dateWords((r.table === "agreements" ? r.row.signed : r.row.date) ?? r.row.published ?? "");
      const host_ = h("div", { class: "table" });
      mmru.put(host,
        h("h2", {}, found.terms.length ? `Results for “${found.filter.q}”` : "Every record"),
        h("p", {}, `${plural(rows.length, "record")}${others.length ? `, ${others.length} of them actors, places and sources` : ""}.`),
        rows.length ? host_ : h("p", { class: "empty" }, "Nothing matches. Try other words, or remove a filter."));
      if (!rows.length) return;
      return mmru.table(host_, [
        { title: "Record", text: (r) => store.kinds.get(r.table).noun, width: 85 },
        { title: "What", text: (r) => r.title, id: (r) => r.id, grow: 5, width: 200 },
        { title: "Kind", text: (r) => r.kindLabel, width: 125 },
        { title: "Date", text: date, sort: (r) => r.bounds?.[0] || r.bounds?.[1] || "", width: 110 },
        { title: "Status", text: (r) => r.statusLabel, width: 85 },
        { title: "Sources", text: (r) => String(r.sources.length || ""), sort: (r) => r.sources.length, number: true, width: 75 },
      ], rows, "Records");
    },
  });
})();
