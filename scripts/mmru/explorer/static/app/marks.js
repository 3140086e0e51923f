"use strict";

// What stands beside a title: how well a record is confirmed, and whether it is disputed, alleged or denied.
(() => {
  const { h, store } = mmru;
  const { lists } = store.core;
  const CONFIRMATIONS = new Map(lists.confirmations.map(([code, sign, words]) => [code, { sign, words }]));
  const SIGNS = ["▼▼", "▼", "●", "▲", "▲▲"]; // of stances, from those that condemn to those that support

  /** Returns a link that opens a record. */
  mmru.link = (id, text) => h("a", { href: `${location.pathname}${mmru.address.write({ ...mmru.state, record: id })}`, "data-record": id }, text ?? store.titleOf(store.tableOf(id), store.rowOf(id)));

  const disputed = ({ table, row }) => store.list(row.disputed_fields).map((name) => store.fieldOf(table, name).title.toLowerCase());

  /** Returns the marks of a record in words, the most important first. */
  const words = (id) => {
    const record = store.records.get(id);
    if (!record) return [];
    const { row } = record;
    const fields = disputed(record);
    const confirmation = CONFIRMATIONS.get(row.confirmation);
    return [
      store.isUnproven(record) && ["unproven", "⚠", record.statusLabel.toLowerCase()],
      fields.length > 0 && ["disputed", "≠", `disputed: ${fields.join(", ")}`],
      confirmation && [row.confirmation, confirmation.sign, confirmation.words],
    ].filter(Boolean);
  };

  /** Returns the marks of a record as elements, or nothing for an actor, a place or a source. */
  const marks = (id) => {
    const found = words(id);
    return found.length > 0 && h("span", { class: "marks" }, found.map(([kind, sign, text]) =>
      h("span", { class: `mark ${kind}` }, h("span", { "aria-hidden": "true" }, `${sign} `), text)));
  };

  /** Returns a link to a record with its marks. */
  const titled = (id, text) => [mmru.link(id, text), " ", marks(id)];

  /** Returns a stance in words, with its sign. */
  const stance = (code) => {
    const at = lists.stances.indexOf(code);
    return code && h("span", { class: `stance stance-${at}` }, h("span", { "aria-hidden": "true" }, `${SIGNS[at] ?? ""} `), store.label("stance", code));
  };

  /** Returns a source as a reader knows it: publisher and date, with a link to the article itself. */
  const cited = (id) => {
    const address = store.articleAddress(id);
    return [mmru.link(id, store.sourceLine(id)), address && [" (", h("a", { href: address, rel: "noreferrer", "aria-label": `read the article: ${store.sourceLine(id)}` }, "read the article"), ")"]];
  };

  /** Returns the sources of a record: the first few by name, the rest as a number. */
  const whoSays = (id, most = 3) => {
    const sources = store.records.get(id)?.sources ?? [];
    const names = [...new Set(sources.map(store.sourceShort))];
    const more = names.length - most;
    return names.slice(0, most).join(", ") + (more > 0 ? ` and ${more} more` : "");
  };

  /** Returns what the signs beside titles in a chart mean. */
  const legend = () => h("ul", { class: "legend", "aria-label": "Signs beside titles" },
    [...CONFIRMATIONS.values(), { sign: "≠", words: "disputed" }].map((mark) => h("li", {}, h("span", { "aria-hidden": "true" }, mark.sign), mark.words)));

  mmru.marks = { words, of: marks, titled, stance, cited, whoSays, legend };
})();
