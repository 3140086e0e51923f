"use strict";

// Agreements: what they are, the steps they have taken, and how long they hold.
(() => {
  const { h, store, chart, plural } = mmru;
  const DAY = 86400000;
  const LINES = 150; // more lines than these are not drawn
  const CARDS = 24;

  const steps = (id) => store.helpers.agreements.agreement_milestones.get(id) ?? [];
  const terms = (id) => store.helpers.agreements.agreement_terms.get(id) ?? [];
  const parts = (id, role) => (store.helpers.agreements.agreement_actors.get(id) ?? []).filter((p) => p.role === role);
  const stepWords = (s) => `${store.label("milestone", s.milestone)}${s.date ? ` ${store.dateWords(s.date)}` : ""}`;
  const termWords = (t) => `${store.label("agreement_term", t.term)}: ${[t.value, t.unit, t.text].filter(Boolean).join(" ")}`;
  const names = (id, role) => parts(id, role).map((p) => store.actorName(p.actor_id)).join(", ");
  const sectors = (row) => store.list(row.sectors).map((code) => store.label("sector", code)).join(", ");
  const validity = (row) => {
    const said = [
      row.valid_from && `from ${store.dateWords(row.valid_from)}`,
      row.valid_until && `until ${store.dateWords(row.valid_until)}`,
      row.duration_years && plural(Number(row.duration_years), "year"),
    ].filter(Boolean);
    return said.length ? said.join(", ") : "";
  };

  const year = (edtf, end) => {
    const found = /(\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(edtf ?? "");
    if (!found) return null;
    const [, y, m, d] = found;
    if (!end) return `${y}-${m ?? "01"}-${d ?? "01"}`;
    return `${y}-${m ?? "12"}-${d ?? new Date(Date.UTC(y, m ?? 12, 0)).getUTCDate()}`;
  };

  /** The marks of one agreement on its line. */
  const marks = (record, line) => {
    const { row } = record;
    const found = [{ part: "row", row: line, record: record.id, label: row.title, status: record.statusLabel, words: record.statusLabel }];
    const last = year(row.valid_until, true);
    const first = year(row.valid_from) ?? row.signed_earliest ?? row.signed_latest;
    if (last) {
      found.push({
        part: "valid", row: line, record: record.id, from: first || row.signed_latest || null, to: last,
        words: `Valid ${validity(row)}`,
      });
    }
    for (const step of steps(record.id)) {
      if (!step.date) continue;
      found.push({
        part: "step", row: line, record: record.id, step: store.label("milestone", step.milestone),
        from: step.date_earliest || null, to: step.date_latest || null, words: stepWords(step), basis: step.date_basis,
      });
    }
    return found;
  };

  const ORDER = ["proposed", "discussed", "announced", "reached", "initialled", "signed", "ratified", "in-force"];
  /** The way an agreement goes, with what is known of each step. */
  const track = (record) => {
    const said = steps(record.id);
    const outside = said.filter((s) => !ORDER.includes(s.milestone));
    const at = ORDER.indexOf(record.row.status);
    return h("ol", { class: "track" }, ORDER.map((code, n) => {
      const own = said.filter((s) => s.milestone === code);
      const done = own.length || code === record.row.status;
      const name = store.label("milestone", code);
      if (!done) return h("li", { class: n < at ? "unsaid" : "ahead", title: name }, h("span", { class: "unseen" }, `${name}: ${n < at ? "no source says so" : "not reached"}`));
      return h("li", { class: "done" }, name, h("small", {}, own.map((s) => store.dateWords(s.date)).filter(Boolean).join("; ")));
    }), outside.map((s) => h("li", { class: "done" }, store.label("milestone", s.milestone), h("small", {}, store.dateWords(s.date)))));
  };

  const card = (record) => {
    const { row, id } = record;
    const fact = (name, text) => text && [h("dt", {}, name), h("dd", {}, text)];
    return h("li", { class: "card" },
      h("h3", {}, mmru.link(id)),
      h("p", { class: "kicker" }, `${record.kindLabel} · ${record.statusLabel}`),
      track(record),
      h("dl", {},
        fact("Between", names(id, "party")),
        fact("Sectors", sectors(row)),
        fact("Valid", validity(row) || "no term is stated"),
        terms(id).length > 0 && [h("dt", {}, "Terms"), h("dd", {}, h("ul", {}, terms(id).map((t) => h("li", {}, termWords(t)))))],
        fact("Said by", record.sources.map(store.sourceShort).join(", "))));
  };

  const keys = (used) => {
    const named = Object.entries(SHAPES).filter(([name]) => used.has(name));
    return h("ul", { class: "legend", "aria-label": "Steps in the chart" },
      named.map(([name, sign]) => h("li", {}, h("span", { class: `sign ${STAGE[name] ?? "made"}`, "aria-hidden": "true" }, sign), name)),
      h("li", {}, h("span", { class: "key key-today", "aria-hidden": "true" }), "today"),
      h("li", {}, h("span", { class: "key key-valid", "aria-hidden": "true" }), "how long it is valid"));
  };
  const SHAPES = {
    Proposed: "▲", Discussed: "●", Announced: "◆", Reached: "■", Initialled: "▶", Signed: "●",
    Ratified: "✚", "In force": "■", Amended: "◆", Expires: "▼", Expired: "▼", Terminated: "✖",
  };

  const STAGE = { Proposed: "talk", Discussed: "talk", Announced: "told", Amended: "changed", Expires: "ended", Expired: "ended", Terminated: "ended" };

  mmru.views.agreements = {
    name: "Agreements",
    render(host, found) {
      const records = [...found.agreements].sort((a, b) => (a.bounds?.[1] || a.bounds?.[0] || "9").localeCompare(b.bounds?.[1] || b.bounds?.[0] || "9"));
      const drawn = records.slice(0, LINES);
      const main = h("div", { class: "chart" });
      const items = drawn.flatMap(marks);
      const used = new Set(items.map((item) => item.step));
      const cards = h("ul", { class: "cards" });
      const more = h("button", { type: "button", onclick: () => grow() });
      const grow = () => {
        const from = cards.children.length;
        cards.append(...records.slice(from, from + CARDS).map(card));
        more.hidden = cards.children.length >= records.length;
        more.textContent = `Show more (${records.length - cards.children.length} left)`;
      };
      grow();
      mmru.put(host,
        h("h2", {}, "What was agreed, or is talked of"),
        h("p", {}, `${plural(records.length, "agreement")}, projects that are only discussed among them.`),
        records.length ? [
          keys(used), main,
          records.length > LINES && h("p", { class: "note" }, `The chart has the first ${LINES}; all are below.`),
          cards, more,
        ] : h("p", { class: "empty" }, "No agreement fits the filter."),
        mmru.folded("The same as a table", (table) => mmru.table(table, [
          { title: "What", text: (r) => r.row.title, id: (r) => r.id, grow: 3, width: 200 },
          { title: "Type", text: (r) => r.kindLabel },
          { title: "Status", text: (r) => r.statusLabel },
          { title: "Steps", text: (r) => steps(r.id).map(stepWords).join("; "), grow: 2, width: 160 },
          { title: "Parties", text: (r) => names(r.id, "party"), width: 130 },
          { title: "Sectors", text: (r) => sectors(r.row), width: 130 },
          { title: "Valid", text: (r) => validity(r.row) },
          { title: "Terms", text: (r) => terms(r.id).map(termWords).join("; "), grow: 2, width: 160 },
        ], records, "Agreements")));
      if (!records.length) return;

      const wide = chart.room(main);
      const narrow = wide < 720;
      const left = narrow ? 0 : Math.min(480, Math.round(wide * 0.44));
      const step = narrow ? 44 : 27;
      const today = Date.now();
      const known = items.flatMap((item) => [item.from, item.to]).filter(Boolean).map((d) => Date.parse(d));
      return chart.draw(main, "agreements", {
        label: `Steps and validity of ${plural(drawn.length, "agreement")}; the same is in the list below`,
        category: stepColours(chart.colours()),
        words: (datum) => (datum.record && datum.words ? [store.titleOf("agreements", store.rowOf(datum.record)), datum.words] : null),
        onPick: (datum) => datum.record && mmru.open(datum.record),
        change: (spec, theme) => {
          spec.width = wide - left - 14;
          spec.height = drawn.length * step + 8;
          spec.data.values = items;
          const since = Math.min(today, ...known) - 200 * DAY;
          const values = { narrow, left, step, since, until: Math.max(today, ...known) + 200 * DAY, today, fade: theme.edge };
          for (const param of spec.params) if (param.name in values) param.value = values[param.name];
        },
      });
    },
  };

  /** Only talked of: grey; made public: blue; agreed: green; ended: red. The shapes say the rest. */
  const stepColours = ({ edge, lanes }) => [edge, edge, lanes[0], lanes[2], lanes[2], lanes[2], lanes[2], lanes[2], lanes[1], lanes[3], lanes[3], lanes[3]];
})();
