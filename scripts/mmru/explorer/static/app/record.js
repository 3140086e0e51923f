"use strict";

// One record in full: every field with its claims, their sources, and rulings.
(() => {
  const { h, store, marks } = mmru;
  const noun = (table) => store.kinds.get(table).noun;

  /** Returns a cell in words: labels for codes, links for ids, plain English for dates. */
  const shown = (column, text) => {
    if (!text) return null;
    if (column.type === "list") return h("ul", {}, store.list(text).map((item) => h("li", {}, value(column, item))));
    return value(column, text);
  };
  const value = (column, text) => {
    const words = store.valueWords(column, text);
    if (column.vocabulary) return h("span", { title: store.definition(column.vocabulary, text) || null }, words);
    if (column.target && store.tableOf(text)) return mmru.link(text);
    if (column.name === "url" && /^https?:\/\//.test(text)) return h("a", { href: text, rel: "noreferrer" }, text);
    return h("span", { dir: "auto", title: column.date ? text : null }, words);
  };

  const place = (claim) =>
    claim.line ? `line ${claim.line}, characters ${claim.char_start}–${claim.char_end}` : "the text is not available";

  const claimItem = (claim, column, repeated) => {
    const by = claim.attributed_to_actor_id;
    const different = claim.agrees === "false";
    return h("li", { class: different ? "differs" : null },
      (different || !repeated) && claim.field !== "identity" && h("p", { class: "value" }, different && h("span", { class: "flag" }, "differs"), value(column, claim.value)),
      h("p", {}, marks.cited(claim.source_id), `, ${place(claim)}`, by && [", according to ", mmru.link(by)]),
      h("p", { class: "note" },
        h("span", { class: `basis ${claim.basis}` }, store.label("basis", claim.basis)),
        claim.reason && ` because: ${store.named(claim.reason)}`,
        claim.original && [" · in the article: ", h("q", { dir: "auto", lang: claim.language || null }, claim.original)],
        claim.credibility && ` · ${store.label("credibility", claim.credibility).toLowerCase()} (${claim.credibility})`));
  };

  /** Returns the title of a field; a step of an alleged agreement says so. */
  const titleOf = (table, row, name, column) =>
    (name.startsWith("milestones.") && store.isUnproven({ table, row }) ? `${store.label("agreement_status", row.status)}: ${column.title.toLowerCase()}` : column.title);

  const field = (table, row, name, claims, rulings) => {
    const column = store.fieldOf(table, name);
    const published = store.columns[table].has(name) ? shown(column, row[name]) : null;
    const own = claims.filter((claim) => claim.field === name);
    const repeated = published && column.type !== "list";
    const ruled = rulings.filter((r) => r.field === name);
    return h("div", { class: "field" },
      h("dt", {}, titleOf(table, row, name, column)),
      h("dd", {}, published,
        own.length > 0 && h("details", { class: "claims" },
          h("summary", {}, published ? "" : [summary(own, column), " "], h("span", { class: "count" }, evidence(own))),
          h("ul", {}, own.map((claim) => claimItem(claim, column, repeated)))),
        ruled.map((r) => h("p", { class: "ruled" }, h("strong", {}, "Ruled: "), `${store.valueWords(column, r.chosen_value)}, not ${store.list(r.rejected_values).map((v) => store.valueWords(column, v)).join(", ")}. ${store.named(r.reason)}`))));
  };
  /** Returns the evidence for a value in a few words: who says so, and whether it is stated or inferred. */
  const evidence = (own) => {
    const names = [...new Set(own.map((claim) => store.sourceShort(claim.source_id)))];
    const speakers = new Set(own.map((claim) => claim.attributed_to_actor_id));
    const [speaker] = speakers.size === 1 ? speakers : [""];
    const best = store.core.lists.bases.find((basis) => own.some((c) => c.agrees === "true" && c.basis === basis));
    const who = names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
    return [who + (speaker ? `, according to ${store.actorName(speaker)}` : ""), best && store.label("basis", best).toLowerCase()].filter(Boolean).join(" · ");
  };

  /** Returns the values of claims about a field that the table of the record has no column for. */
  const summary = (own, column) =>
    h("span", { class: "value" }, own[0].field === "identity" ? "" : [...new Set(own.map((claim) => claim.value))].map((text) => store.valueWords(column, text)).join("; "));

  const fields = (table, row, key, claims) => {
    const rulings = store.tables.rulings.filter((r) => r.record_id === row[key]);
    const claimed = [...new Set(claims.map((claim) => claim.field))];
    const named = [...store.columns[table].values()].filter((c) => c.name !== key && !["title", "name", "summary"].includes(c.name));
    const first = named.filter((c) => claimed.includes(c.name) || c.name === "confirmation" || (c.kind === "claimed" && row[c.name])).map((c) => c.name);
    const helper = claimed.filter((name) => !store.columns[table].has(name) && name !== "identity").sort();
    const rest = named.filter((c) => !first.includes(c.name) && row[c.name]);
    const summaryClaims = claims.filter((c) => c.field === "summary");
    return [
      h("dl", { class: "fields" },
        summaryClaims.length > 0 && field(table, row, "summary", claims, rulings),
        first.map((name) => field(table, row, name, claims, rulings)),
        helper.map((name) => field(table, row, name, claims, rulings)),
        claimed.includes("identity") && field(table, row, "identity", claims, rulings)),
      rest.length > 0 && h("details", { class: "rest" }, h("summary", {}, "More fields"),
        h("dl", { class: "fields" }, rest.map((c) => h("div", { class: "field" }, h("dt", {}, c.title, " ", h("small", {}, c.note)), h("dd", {}, shown(c, row[c.name])))))),
    ];
  };

  /** Returns links to the records that refer to this one. */
  const related = (id, table) => {
    const all = [...store.records.values()];
    const lists = {
      events: [
        ["Parts of it", all.filter((r) => r.row.part_of_event_id === id)],
        ["Agreements made at it", all.filter((r) => r.table === "agreements" && r.row.event_id === id)],
        ["Reactions to it", all.filter((r) => r.row.about_event_id === id || r.row.occasion_event_id === id)],
      ],
      agreements: [["Reactions to it", all.filter((r) => r.row.about_agreement_id === id)]],
      actors: store.RECORDS.map((t) => [`${noun(t)}s`, all.filter((r) => r.table === t && r.actors.has(id))]),
      places: [["Events there", all.filter((r) => r.row.place_id === id)], ["Agreements", all.filter((r) => store.list(r.row.place_ids).includes(id))]],
      sources: store.RECORDS.map((t) => [`${noun(t)}s that it mentions`, all.filter((r) => r.table === t && r.sources.includes(id))]),
    }[table] ?? [];
    return lists.filter(([, rows]) => rows.length).map(([title, rows]) => h("details", { class: "rest" },
      h("summary", {}, `${title} (${rows.length})`), h("ul", {}, rows.slice(0, 200).map((r) => h("li", {}, marks.titled(r.id))))));
  };

  const after = (dates) => store.list(dates).map((text) => store.dateWords(text, "after")).join(", ");
  const roles = (id) => {
    const rows = store.tables.actor_roles.filter((r) => r.actor_id === id);
    return rows.length > 0 && h("ul", {}, rows.map((r) => h("li", {},
      r.text || store.label("actor_role", r.role), r.body_actor_id && [", ", mmru.link(r.body_actor_id)],
      r.as_of && ` (as of ${after(r.as_of)})`, r.valid_from && ` from ${after(r.valid_from)}`, r.valid_until && ` until ${after(r.valid_until)}`)));
  };

  const lines = (id) => {
    const own = store.tables.passages.filter((p) => p.source_id === id);
    return own.length > 0 && h("details", { class: "rest" }, h("summary", {}, `Lines (${own.length})`),
      h("table", {}, h("thead", {}, h("tr", {}, ["Line", "Use", "Share cited", "Claims"].map((t) => h("th", { scope: "col" }, t)))),
        h("tbody", {}, own.map((p) => h("tr", {}, h("td", {}, p.line), h("td", {}, store.label("line_use", p.use)), h("td", {}, `${Math.round(Number(p.share_cited) * 100)} %`), h("td", {}, p.claim_count))))));
  };

  /** Returns the sources of a record, each with a link to the article. */
  const whoSays = (id) => {
    const sources = store.records.get(id)?.sources ?? [];
    return sources.length > 0 && [h("h3", {}, "Who says so"), mmru.growing({ class: "plain" }, sources, (source) => h("li", {}, marks.cited(source)), 8)];
  };

  /** Returns a form for an error in a record, with what the page knows filled in. */
  const report = (id) => {
    const { about } = store.core;
    const text = [`Error in ${id}`, "", `Version: ${about.version}`, `Id of the record: ${id}`, "Table and column: ", "The value in the data: ", "The right value: ", "Source and line: ", "Why it is wrong: "].join("\n");
    const field = h("textarea", { rows: "9", "aria-label": "Report of an error" }, text);
    return h("details", { class: "rest" }, h("summary", {}, "Report an error"),
      field,
      h("p", { class: "actions" },
        h("button", { type: "button", class: "quiet", onclick: (e) => mmru.copy(field.value, e.currentTarget) }, "Copy the report"),
        h("a", { href: "#", onclick: (e) => (e.currentTarget.href = `mailto:?subject=${encodeURIComponent(`Error in ${id}`)}&body=${encodeURIComponent(field.value)}`) }, "Send by e-mail")));
  };

  const panel = document.getElementById("record");
  let opened = "";
  let from = null;

  const close = () => mmru.open("");

  const missing = (id, gone) => mmru.put(panel,
    h("div", { class: "panel-head" }, h("button", { type: "button", class: "quiet", onclick: close }, "Close")),
    h("h2", { id: "record-title", tabindex: "-1" }, "No such record"),
    h("p", { class: "empty" }, gone ? `${id} was withdrawn: ${gone.reason}` : `There is no record “${id}” in this version.`));

  /** Shows a record beside the view, or hides the panel; an id that was redirected opens the new record. */
  const show = async (id, focus) => {
    if (!id) {
      panel.hidden = true;
      document.body.classList.remove("with-record");
      if (opened && from?.isConnected) from.focus();
      opened = "";
      return;
    }
    if (id === opened) return;
    from = opened ? from : document.activeElement;
    opened = id;
    panel.hidden = false;
    document.body.classList.add("with-record");
    const redirect = store.redirected(id);
    const now = redirect?.new_id || id;
    const table = store.tableOf(now);
    if (!table) {
      missing(id, redirect);
    } else {
      const row = store.rowOf(now);
      const { key } = store.kinds.get(table);
      const body = h("div", { "aria-busy": "true" });
      const link = mmru.address.write({ record: now });
      const kind = store.records.get(now);
      mmru.put(panel,
        h("div", { class: "panel-head" },
          h("p", { class: "kicker" }, [noun(table), kind?.kindLabel, kind?.statusLabel].filter(Boolean).join(" · ")),
          h("button", { type: "button", class: "quiet", onclick: close }, "Close")),
        h("h2", { id: "record-title", tabindex: "-1", dir: "auto" }, table === "reactions" ? `${store.actorName(row.actor_id)}: ${row.stance ? store.label("stance", row.stance).toLowerCase() : kind.kindLabel.toLowerCase()}` : store.titleOf(table, row)),
        redirect && h("p", { class: "note" }, `${id} was redirected here: ${redirect.reason}`),
        h("p", {}, marks.of(now)),
        h("p", { class: "summary", dir: "auto" }, store.named(row.summary || row.description || row.reliability_reason)),
        table === "sources" && store.articleAddress(now) && h("p", {}, h("a", { href: store.articleAddress(now), rel: "noreferrer" }, "Read the article")),
        table === "actors" && roles(now),
        whoSays(now),
        body, related(now, table), table === "sources" && lines(now),
        report(now),
        h("p", { class: "actions" },
          h("a", { href: link, class: "permalink" }, now),
          h("button", { type: "button", class: "quiet", onclick: (e) => mmru.copy(location.href.split("#")[0] + link, e.currentTarget) }, "Copy the link"),
          h("button", { type: "button", class: "quiet", onclick: (e) => mmru.copy(mmru.citation(now), e.currentTarget) }, "Copy a citation")));
      if (focus) document.getElementById("record-title").focus();
      try {
        const claims = await mmru.claims.of(now);
        if (opened === id) mmru.put(body, fields(table, row, key, claims));
      } catch (error) {
        if (opened === id) mmru.put(body, h("p", { class: "empty" }, `The claims cannot be loaded: ${error.message}.`));
      }
      body.removeAttribute("aria-busy");
      return;
    }
    if (focus) document.getElementById("record-title").focus();
  };
  // a printed record shows its claims
  addEventListener("beforeprint", () => panel.querySelectorAll("details.claims").forEach((details) => (details.open = true)));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());

  mmru.record = { show };
})();
