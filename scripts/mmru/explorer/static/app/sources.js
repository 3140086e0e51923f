"use strict";

// The sources: what was read of each, whose channel it is, how reliable it is, and where they disagree.
(() => {
  const { h, store, plural, marks } = mmru;
  const { core } = store;

  const card = (found, row) => {
    const id = row.source_id;
    const address = store.articleAddress(id);
    const [events, agreements, reactions] = store.RECORDS.map((t) => found[t].filter((r) => r.sources.includes(id)).length);
    const fact = (name, ...text) => [h("dt", {}, name), h("dd", {}, text)];
    return h("li", { class: "card" },
      h("h3", { dir: "auto", lang: row.title ? row.language : null }, mmru.link(id, store.sourceName(id))),
      h("p", { class: "kicker" }, `${store.sourceLine(id)} · ${row.language}`, address && [" · ", h("a", { href: address, rel: "noreferrer", "aria-label": `Read the article: ${store.sourceName(id)}` }, "Read the article")]),
      h("dl", {},
        fact("Read", row.text_extent === "whole" ? "the whole text" : `${store.label("text_extent", row.text_extent).toLowerCase()} only; what the rest says is not known`),
        fact("Whose report", row.origin ? [mmru.link(row.origin), ` (side: ${store.label("origin_side", row.origin_side).toLowerCase()})`] : "not known"),
        fact("Reliability", h("strong", {}, `${row.reliability}, ${store.label("reliability", row.reliability).toLowerCase()}. `), store.named(row.reliability_reason)),
        fact("Reports", `${plural(events, "event")}, ${plural(agreements, "agreement")}, ${plural(reactions, "reaction")}`)));
  };

  /** Returns a question on which sources differ: the answers side by side, each with who gives it. */
  const question = ({ record, table, field, unit, answers, reason }) => {
    const column = store.fieldOf(table, field);
    const one = new Set(answers.flatMap((a) => a.sources)).size === 1;
    return h("li", { class: "question" },
      h("h3", {}, `${column.title} of “${store.titleOf(table, store.rowOf(record))}”?`),
      h("ul", { class: "answers" }, answers.map(({ value, sources, published }) => h("li", { class: published ? "published" : null },
        h("strong", {}, [store.valueWords(column, value), unit].filter(Boolean).join(" ")), published && h("span", { class: "note" }, " published"),
        h("p", {}, sources.length ? [`${plural(sources.length, "source")}: `, sources.slice(0, 6).map((id, n) => [n > 0 && "; ", marks.cited(id)]), sources.length > 6 && ` and ${sources.length - 6} more`] : "the ruling's own words")))),
      h("p", {}, one && "One article gives both answers. ", reason && [h("strong", {}, "Ruled: "), store.named(reason)], " ", mmru.link(record, "See the record")));
  };

  mmru.views.set("sources", {
    title: "Sources",
    render(host, found) {
      const rows = found.sources;
      const open = core.questions.filter((q) => found.ids.has(q.record) || (!found.filtered && store.tableOf(q.record)));
      mmru.put(host,
        h("h2", {}, "Who says so"),
        rows.length ? [
          h("p", {}, h("a", { href: "#questions", onclick: (event) => (event.preventDefault(), document.getElementById("questions").scrollIntoView(), document.getElementById("questions").focus()) }, `${plural(open.length, "question")} on which they disagree`), ` · ${plural(rows.length, "article")}`),
          mmru.growing({ class: "cards" }, rows, (row) => card(found, row), 24),
          h("h2", { id: "questions", tabindex: "-1" }, "Where they disagree"),
          open.length ? mmru.growing({ class: "plain questions" }, open, question, 20) : h("p", { class: "empty" }, "In the records shown, no source gives another value than the published one."),
        ] : h("p", { class: "empty" }, "No source mentions a record that matches the filter."),
        mmru.folded("Sources as a table", (table) => mmru.table(table, [
          { title: "Article", text: (s) => store.sourceName(s.source_id), id: (s) => s.source_id, grow: 3, width: 200 },
          { title: "Publisher", text: (s) => store.sourceShort(s.source_id) },
          { title: "Published", text: (s) => store.dateWords(s.published) || "undated", sort: (s) => s.published_earliest },
          { title: "Read", text: (s) => store.label("text_extent", s.text_extent), width: 90 },
          { title: "Side", text: (s) => store.label("origin_side", s.origin_side), width: 110 },
          { title: "Reliability", text: (s) => `${s.reliability} ${store.label("reliability", s.reliability)}`, width: 130 },
          { title: "Claims", text: (s) => s.claim_count, sort: (s) => Number(s.claim_count), number: true, width: 80 },
        ], rows, "Sources")));
    },
  });
})();
