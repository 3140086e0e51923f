"use strict";

// The tables as rows of text, what can be said of each record, and the filter that all views share.
(() => {
  const { core } = mmru_data;
  const KEYS = { events: "event_id", agreements: "agreement_id", reactions: "reaction_id" };

  const tables = {};
  const columns = {};
  for (const [name, table] of Object.entries(core.tables)) {
    const names = table.columns.map((column) => column.name);
    columns[name] = table.columns;
    tables[name] = table.rows.map((row) => Object.fromEntries(names.map((n, i) => [n, row[i]])));
  }

  const list = (text) => (text ? text.split(";") : []);
  const group = (rows, key) => {
    const found = new Map();
    for (const row of rows) {
      if (!found.has(row[key])) found.set(row[key], []);
      found.get(row[key]).push(row);
    }
    return found;
  };
  const index = (rows, key) => new Map(rows.map((row) => [row[key], row]));

  const actors = index(tables.actors, "actor_id");
  const places = index(tables.places, "place_id");
  const sources = index(tables.sources, "source_id");
  const parts = { events: group(tables.event_actors, "event_id"), agreements: group(tables.agreement_actors, "agreement_id") };
  const helpers = {
    events: { event_actors: parts.events, event_details: group(tables.event_details, "event_id") },
    agreements: {
      agreement_actors: parts.agreements,
      agreement_milestones: group(tables.agreement_milestones, "agreement_id"),
      agreement_terms: group(tables.agreement_terms, "agreement_id"),
    },
    actors: { actor_roles: group(tables.actor_roles, "actor_id") },
  };

  const label = (vocabulary, code) => core.labels[vocabulary]?.[code]?.[0] ?? code;
  const definition = (vocabulary, code) => core.labels[vocabulary]?.[code]?.[1] ?? "";
  const dateWords = (text) => core.dates[text] ?? text;
  const sourceName = (id) => sources.get(id)?.title || `Untitled article (${id.replace(/^src-/, "")})`;
  const sourceShort = (id) => sources.get(id)?.publisher || id.replace(/^src-/, "").replaceAll("-", " ");
  const actorName = (id) => actors.get(id)?.name ?? id;

  /** What stands for a record in a list: its title, or for a reaction who it is by and what it says. */
  const titleOf = (table, row) => {
    if (table === "reactions") return `${actorName(row.actor_id)}: ${row.summary}`;
    if (table === "sources") return sourceName(row.source_id);
    return row.title || row.name;
  };

  const STATUS = { events: "status", agreements: "agreement_status", reactions: "status" };
  const KIND = { events: "event_type", agreements: "agreement_type", reactions: "reaction_kind" };
  const kindOf = (table, row) => row[{ events: "event_type", agreements: "agreement_type", reactions: "kind" }[table]];

  const bounds = (table, row) => {
    if (table === "events") return row.date ? [row.date_earliest, row.date_latest] : null;
    if (table === "reactions") return row.date ? [row.date_earliest, row.date_latest] : null;
    const steps = (helpers.agreements.agreement_milestones.get(row.agreement_id) ?? []).filter((step) => step.date);
    if (!steps.length) return null;
    const early = steps.map((step) => step.date_earliest);
    const late = steps.map((step) => step.date_latest);
    return [early.includes("") ? "" : early.sort()[0], late.includes("") ? "" : late.sort().at(-1)];
  };

  const records = new Map();
  const add = (table, row) => {
    const id = row[KEYS[table]];
    const involved =
      table === "reactions"
        ? [row.actor_id, row.addressed_to_actor_id, row.about_actor_id]
        : (parts[table].get(id) ?? []).map((part) => part.actor_id);
    records.set(id, {
      id, table, row,
      title: titleOf(table, row),
      kind: kindOf(table, row),
      kindLabel: label(KIND[table], kindOf(table, row)),
      statusLabel: label(STATUS[table], row.status),
      actors: new Set(involved.filter(Boolean)),
      sectors: list(row.sectors),
      sources: core.said[id] ?? [],
      bounds: bounds(table, row),
    });
  };
  for (const table of Object.keys(KEYS)) for (const row of tables[table]) add(table, row);
  // a reaction has the sectors of what it is about
  for (const record of records.values()) {
    if (record.table !== "reactions") continue;
    const about = [record.row.about_event_id, record.row.about_agreement_id].map((id) => records.get(id)?.sectors ?? []);
    record.sectors = [...new Set(about.flat())];
  }

  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const actorText = (id) => {
    const a = actors.get(id);
    return a ? [a.name, a.aliases, a.name_my, a.name_ru, a.name_zh].join(" ") : id;
  };
  const details = {
    events: helpers.events.event_details,
    agreements: helpers.agreements.agreement_terms,
  };
  /** All that is searched of a record, made when first asked for. */
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
      core.words[record.id],
    ].flat().join(" "));
    return record.text;
  };

  const NAMES = ["q", "from", "to", "undated", "actor", "sector", "source", "kind", "status"];

  /** Whether a record may fall into the time that the filter names. */
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

  /** The records that a filter keeps: all of them, by table, and their ids. */
  const select = (filter) => {
    const terms = folded(filter.q ?? "").split(/\s+/).filter(Boolean);
    const kept = [...records.values()].filter((record) => matches(record, filter, terms));
    const of = (table) => kept.filter((record) => record.table === table);
    const found = {
      all: kept, ids: new Set(kept.map((r) => r.id)),
      events: of("events"), agreements: of("agreements"), reactions: of("reactions"),
      filtered: NAMES.some((name) => name !== "undated" && filter[name]), filter, terms,
    };
    const speaking = new Set(kept.flatMap((r) => r.sources));
    found.sources = tables.sources.filter((s) => (found.filtered ? speaking.has(s.source_id) : true));
    found.involved = new Set(kept.flatMap((r) => [...r.actors]));
    found.actors = tables.actors.filter((a) => (found.filtered ? found.involved.has(a.actor_id) : true));
    return found;
  };

  /** The rows of a table as CSV: the bytes that the released file has for them. */
  const csv = (table, rows) => {
    const names = columns[table].map((column) => column.name);
    const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    return [names, ...rows.map((row) => names.map((n) => row[n]))].map((row) => `${row.map(cell).join(",")}\n`).join("");
  };

  // the address: #record-id?view=…&actor=…
  const read = () => {
    const hash = location.hash.slice(1);
    const cut = hash.indexOf("?");
    const id = cut < 0 ? hash : hash.slice(0, cut);
    const named = new URLSearchParams(cut < 0 ? "" : hash.slice(cut + 1));
    let record = id;
    try {
      record = decodeURIComponent(id);
    } catch {
      /* it is no record then */
    }
    return { record, view: named.get("view") ?? "", filter: Object.fromEntries(NAMES.filter((n) => named.get(n)).map((n) => [n, named.get(n)])) };
  };
  const address = ({ record = "", view = "", filter = {} }) => {
    const named = new URLSearchParams();
    if (view) named.set("view", view);
    for (const name of NAMES) if (filter[name]) named.set(name, filter[name]);
    return `#${encodeURIComponent(record)}${named.size ? `?${named}` : ""}`;
  };
  /** The last redirect that an id leads to; none where it was never retired. */
  const redirected = (id) => {
    const row = tables.redirects.find((r) => r.old_id === id);
    return row && (redirected(row.new_id) ?? row);
  };
  const tableOf = (id) =>
    records.get(id)?.table ?? (actors.has(id) ? "actors" : sources.has(id) ? "sources" : places.has(id) ? "places" : null);
  const rowOf = (id) => records.get(id)?.row ?? actors.get(id) ?? sources.get(id) ?? places.get(id);

  mmru.store = {
    core, tables, columns, records, actors, places, sources, helpers, KEYS, KIND, STATUS,
    list, label, definition, dateWords, sourceName, sourceShort, actorName, titleOf, folded,
    select, csv, read, address, tableOf, rowOf, redirected,
  };
})();
