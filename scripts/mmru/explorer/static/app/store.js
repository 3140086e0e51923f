"use strict";

// The tables as rows of text, the records built from them, and the filter that all views share.
(() => {
  const { core } = mmru_data;
  const map = (object) => new Map(Object.entries(object)); // looks up names from the data and the address safely

  const tables = {};
  const columns = {};
  for (const [name, table] of Object.entries(core.tables)) {
    const names = table.columns.map((column) => column.name);
    columns[name] = new Map(table.columns.map((column) => [column.name, column]));
    tables[name] = table.rows.map((row) => Object.fromEntries(names.map((n, i) => [n, row[i]])));
  }
  const kinds = map(core.records); // table -> key column, noun and column of the type
  const RECORDS = ["events", "agreements", "reactions"];

  const list = (text) => (text ? text.split(";") : []);
  const group = (rows, key) => {
    const found = new Map();
    for (const row of rows) {
      if (!found.has(row[key])) found.set(row[key], []);
      found.get(row[key]).push(row);
    }
    return found;
  };
  const unproven = { events: core.lists.unproven, agreements: core.lists.doubtful, reactions: core.lists.unproven };
  /** Whether a record is alleged, denied, or an event that is only planned. */
  const isUnproven = ({ table, row }) => unproven[table].includes(row.status);

  // how the sources were coded, in a sentence
  const coders = new Set(tables.sources.map((s) => s.coder.split(" (")[0].split(",")[0]).filter(Boolean));
  const howCoded = coders.size === 1 && coders.has("language model") ? "Coded with language models, not yet checked by people." : `Coded by: ${[...coders].join(", ") || "not recorded"}.`;

  const index = (table) => new Map(tables[table].map((row) => [row[kinds.get(table).key], row]));

  const actors = index("actors");
  const places = index("places");
  const sources = index("sources");
  const parts = { events: group(tables.event_actors, "event_id"), agreements: group(tables.agreement_actors, "agreement_id") };
  const milestones = group(tables.agreement_milestones, "agreement_id");
  const details = { events: group(tables.event_details, "event_id"), agreements: group(tables.agreement_terms, "agreement_id") };

  const vocabularies = new Map(Object.entries(core.labels).map(([name, codes]) => [name, map(codes)]));
  const codes = (vocabulary) => [...(vocabularies.get(vocabulary) ?? [])]; // [code, [label, definition, score]]
  const label = (vocabulary, code) => vocabularies.get(vocabulary)?.get(code)?.[0] ?? code;
  const definition = (vocabulary, code) => vocabularies.get(vocabulary)?.get(code)?.[1] ?? "";
  const dates = { plain: map(core.dates.plain), after: map(core.dates.after) };
  /** Returns a date in words; the form `after` follows a preposition, as in “until 2040 or earlier”. */
  const dateWords = (text, form = "plain") => dates[form].get(text) ?? text;
  /** Returns a figure with commas between the thousands. */
  const figure = (text) => (text ? Number(text).toLocaleString("en", { maximumFractionDigits: 15 }) : "");
  const fields = new Map(Object.entries(core.fields).map(([table, found]) => [table, map(found)]));
  /** Returns title and column of a field of a record, as claims and rulings name it. */
  const fieldOf = (table, name) => columns[table]?.get(name) ?? fields.get(table)?.get(name) ?? { title: name };
  /** Returns a value of a field in words. */
  const valueWords = (column, text) => {
    if (column.vocabulary) return label(column.vocabulary, text);
    if (column.date) return dateWords(text, column.date);
    if (column.name === "value" && column.type === "number") return figure(text);
    if (column.target && tableOf(text)) return titleOf(tableOf(text), rowOf(text));
    return column.type === "boolean" ? (text === "true" ? "yes" : "no") : text;
  };
  const sourceShort = (id) => sources.get(id)?.publisher || actors.get(sources.get(id)?.publisher_actor_id)?.name || "unknown publisher";
  /** Returns publisher and date of a source. */
  const sourceLine = (id) => `${sourceShort(id)}, ${dateWords(sources.get(id)?.published ?? "") || "undated"}`;
  const sourceName = (id) => sources.get(id)?.title || `Untitled article, ${sourceLine(id)}`;
  /** Returns the address at which an article can be read, or an empty text. */
  const articleAddress = (id) => [sources.get(id)?.url, sources.get(id)?.archive_url].find((url) => /^https?:\/\//.test(url)) ?? "";
  /** Returns a text in which the ids of sources are replaced by their publishers. */
  const named = (text = "") => text.replace(/\bsrc-[a-z0-9-]*[a-z0-9]/g, (id) => (sources.has(id) ? sourceShort(id) : id));
  const actorName = (id) => named(actors.get(id)?.name ?? id);

  /** Returns the title of a record in a list; for a reaction, its actor and what it says. */
  const titleOf = (table, row) => {
    if (table === "reactions") return `${actorName(row.actor_id)}: ${row.summary}`;
    if (table === "sources") return sourceName(row.source_id);
    return row.title || named(row.name);
  };

  /** Returns a code of a record in words, from the vocabulary of its column. */
  const coded = (table, row, column) => label(columns[table].get(column).vocabulary, row[column]);

  /** Returns the first and last day of a record, each empty where it is open; null without a date. */
  const bounds = (table, row) => {
    if (table !== "agreements") return row.date ? [row.date_earliest, row.date_latest] : null;
    const steps = (milestones.get(row.agreement_id) ?? []).filter((step) => step.date);
    if (!steps.length) return null;
    const early = steps.map((step) => step.date_earliest);
    const late = steps.map((step) => step.date_latest);
    return [early.includes("") ? "" : early.sort()[0], late.includes("") ? "" : late.sort().at(-1)];
  };

  const records = new Map();
  const recordSources = map(core.record_sources);
  const add = (table, row) => {
    const { key, type } = kinds.get(table);
    const id = row[key];
    const involved =
      table === "reactions"
        ? [row.actor_id, row.addressed_to_actor_id, row.about_actor_id]
        : (parts[table].get(id) ?? []).map((part) => part.actor_id);
    records.set(id, {
      id, table, row,
      title: titleOf(table, row),
      kind: row[type],
      kindLabel: coded(table, row, type),
      statusLabel: coded(table, row, "status"),
      actors: new Set(involved.filter(Boolean)),
      sectors: list(row.sectors),
      sources: recordSources.get(id) ?? [],
      bounds: bounds(table, row),
    });
  };
  for (const table of RECORDS) for (const row of tables[table]) add(table, row);
  // a reaction has the sectors of the event or agreement that it is about
  for (const record of records.values()) {
    if (record.table !== "reactions") continue;
    const about = [record.row.about_event_id, record.row.about_agreement_id].map((id) => records.get(id)?.sectors ?? []);
    record.sectors = [...new Set(about.flat())];
  }

  // the values of the filters that are lists, with their labels
  const all = [...records.values()];
  const used = (values, name) => new Map(values.filter(Boolean).map((value) => [value, name(value)]));
  const choices = new Map([
    ["actor", used(all.flatMap((r) => [...r.actors]), actorName)],
    ["sector", used(all.flatMap((r) => r.sectors), (code) => label("sector", code))],
    ["source", used(tables.sources.map((s) => s.source_id), sourceName)],
    ["kind", new Map(RECORDS.flatMap((table) => [
      [table, `All ${kinds.get(table).noun.toLowerCase()}s`],
      ...all.filter((r) => r.table === table).map((r) => [`${table}:${r.kind}`, r.kindLabel]),
    ]))],
    ["status", new Map(all.map((r) => [r.row.status, r.statusLabel]))],
  ]);

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const actorText = (id) => {
    const a = actors.get(id);
    return a ? [a.name, a.aliases, a.name_my, a.name_ru, a.name_zh].join(" ") : id;
  };
  const originalWords = map(core.original_words);
  /** Returns the text of a record that is searched; it is built at the first search. */
  const textOf = (record) => {
    record.text ??= folded([
      record.id, record.title, record.kindLabel, record.statusLabel,
      record.row.summary, record.row.demand, dateWords(record.row.date ?? record.row.signed ?? ""),
      record.sectors.map((code) => label("sector", code)),
      list(record.row.topics).map((code) => label("topic", code)),
      [...record.actors].map(actorText),
      [record.row.place_id, ...list(record.row.place_ids)].map((id) => places.get(id)?.name ?? ""),
      (details[record.table]?.get(record.id) ?? []).map((row) => row.text),
      record.sources.map(sourceName),
      originalWords.get(record.id),
    ].flat().join(" "));
    return record.text;
  };

  /** Whether a record can fall into the period of the filter. */
  const inTime = (record, filter) => {
    if (!filter.from && !filter.to) return true;
    if (!record.bounds) return Boolean(filter.undated);
    const [earliest, latest] = record.bounds;
    return !(filter.from && latest && latest < filter.from) && !(filter.to && earliest && earliest > filter.to);
  };

  const matches = (record, filter, terms) =>
    inTime(record, filter) &&
    (!filter.actor || record.actors.has(filter.actor)) &&
    (!filter.sector || record.sectors.includes(filter.sector)) &&
    (!filter.source || record.sources.includes(filter.source)) &&
    (!filter.kind || filter.kind === record.table || filter.kind === `${record.table}:${record.kind}`) &&
    (!filter.status || filter.status === record.row.status) &&
    terms.every((term) => textOf(record).includes(term));

  /** Returns the records that match a filter: all of them, by table, and their ids. */
  const select = (filter) => {
    const terms = folded(filter.q ?? "").split(/\s+/).filter(Boolean);
    const kept = all.filter((record) => matches(record, filter, terms));
    const of = (table) => kept.filter((record) => record.table === table);
    const found = {
      all: kept, ids: new Set(kept.map((r) => r.id)),
      events: of("events"), agreements: of("agreements"), reactions: of("reactions"),
      filtered: Object.keys(filter).some((name) => name !== "undated"), filter, terms,
    };
    const reporting = new Set(kept.flatMap((r) => r.sources));
    found.sources = tables.sources.filter((s) => !found.filtered || reporting.has(s.source_id));
    found.involved = new Set(kept.flatMap((r) => [...r.actors]));
    found.actors = tables.actors.filter((a) => !found.filtered || found.involved.has(a.actor_id));
    return found;
  };

  /** Returns rows of a table as CSV, with the bytes that the released file has for them. */
  const csv = (table, rows) => {
    const names = [...columns[table].keys()];
    const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    return [names, ...rows.map((row) => names.map((n) => row[n]))].map((row) => `${row.map(cell).join(",")}\n`).join("");
  };

  /** Returns the last redirect to which an id leads; none where the id was never retired. */
  const redirected = (id) => {
    const row = tables.redirects.find((r) => r.old_id === id);
    return row && (redirected(row.new_id) ?? row);
  };
  /** Returns the table of a record that the panel can show, or null. */
  const tableOf = (id) =>
    records.get(id)?.table ?? (actors.has(id) ? "actors" : sources.has(id) ? "sources" : places.has(id) ? "places" : null);
  const rowOf = (id) => records.get(id)?.row ?? actors.get(id) ?? sources.get(id) ?? places.get(id);

  mmru.store = {
    core, tables, columns, kinds, records, actors, parts, milestones, details, choices, RECORDS,
    map, list, codes, label, definition, dateWords, figure, fieldOf, valueWords, sourceName, sourceShort, sourceLine, articleAddress, named, actorName, titleOf, folded,
    isUnproven, howCoded,
    select, csv, tableOf, rowOf, redirected,
  };
})();
