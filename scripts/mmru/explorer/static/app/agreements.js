"use strict";

// The agreements: what they are, the steps that they have taken, and how long they are valid.
(() => {
  const { h, store, chart, plural, marks } = mmru;
  const DAY = 86400000;
  const LINES = 150; // at most so many agreements are drawn
  const CARDS = 24;
  const { steps: STEPS, path: PATH } = store.core.lists;
  // the colour of each stage of a step: talked about, made public, agreed, changed, ended
  const STAGES = new Map(Object.entries({
    talk: ({ edge }) => edge, announcement: ({ lanes }) => lanes[0], agreement: ({ lanes }) => lanes[2],
    change: ({ lanes }) => lanes[1], end: ({ lanes }) => lanes[3],
  }));

  const steps = (id) => store.milestones.get(id) ?? [];
  const terms = (id) => store.details.agreements.get(id) ?? [];
  const parts = (id, role) => (store.parts.agreements.get(id) ?? []).filter((p) => p.role === role);
  /** Returns the name of a step; that of an alleged agreement says so. */
  const stepName = (record, code) => (store.isUnproven(record) ? `${record.statusLabel}: ${store.label("milestone", code).toLowerCase()}` : store.label("milestone", code));
  const stepWords = (record, s) => `${stepName(record, s.milestone)}${s.date ? ` ${store.dateWords(s.date)}` : ""}`;
  const termWords = (t) => `${store.label("agreement_term", t.term)}: ${[store.figure(t.value), t.unit, t.text].filter(Boolean).join(" ")}`;
  const names = (id, role) => parts(id, role).map((p) => store.actorName(p.actor_id)).join(", ");
  const sectors = (row) => store.list(row.sectors).map((code) => store.label("sector", code)).join(", ");
  const validity = store.map(store.core.validity); // agreement -> words and bounds, which Python computed

  /** Returns the marks of one agreement on its line. */
  const drawnMarks = (record, line) => {
    const { row } = record;
    const found = [{ part: "row", row: line, record: record.id, label: row.title, status: [record.statusLabel, ...marks.words(record.id).filter(([kind]) => kind !== "unproven").map(([, sign]) => sign)].join(" "), words: record.statusLabel }];
    const { dated, from, to, words } = validity.get(record.id);
    if (dated) found.push({ part: "valid", row: line, record: record.id, from, to, words: `Valid ${words}` });
    for (const step of steps(record.id)) {
      if (!step.date) continue;
      found.push({
        part: "step", row: line, record: record.id, step: store.label("milestone", step.milestone),
        from: step.date_earliest || null, to: step.date_latest || null, words: stepWords(record, step), basis: step.date_basis,
      });
    }
    return found;
  };

  /** Returns the steps that an agreement can take, with the dates of those that sources report. */
  const track = (record) => {
    const reported = steps(record.id);
    const outside = reported.filter((s) => !PATH.includes(s.milestone));
    const at = PATH.indexOf(record.row.status);
    return h("ol", { class: "track" }, PATH.map((code, n) => {
      const own = reported.filter((s) => s.milestone === code);
      const done = own.length || code === record.row.status;
      const name = stepName(record, code);
      if (!done) return h("li", { class: n < at ? "unreported" : "ahead", title: name }, h("span", { class: "unseen" }, `${name}: ${n < at ? "not reported" : "not reached"}`));
      return h("li", { class: "done" }, name, h("small", {}, own.map((s) => store.dateWords(s.date)).filter(Boolean).join("; ")));
    }), outside.map((s) => h("li", { class: "done" }, stepName(record, s.milestone), h("small", {}, store.dateWords(s.date)))));
  };

  const card = (record) => {
    const { row, id } = record;
    const fact = (name, text) => text && [h("dt", {}, name), h("dd", {}, text)];
    return h("li", { class: "card" },
      h("h3", {}, mmru.link(id)),
      h("p", { class: "kicker" }, `${record.kindLabel} · ${record.statusLabel}`),
      h("p", {}, marks.of(id)),
      track(record),
      h("dl", {},
        fact("Between", names(id, "party")),
        fact("Sectors", sectors(row)),
        fact("Valid", validity.get(id).words),
        terms(id).length > 0 && [h("dt", {}, "Terms"), h("dd", {}, h("ul", {}, terms(id).map((t) => h("li", {}, termWords(t)))))],
        fact("Who says so", marks.whoSays(id, 6))));
  };

  const legend = (used) =>
    h("ul", { class: "legend", "aria-label": "Steps in the chart" },
      STEPS.filter(({ label }) => used.has(label)).map(({ label, sign, stage }) => h("li", {}, h("span", { class: `sign ${stage}`, "aria-hidden": "true" }, sign), label)),
      h("li", {}, h("span", { class: "key key-today", "aria-hidden": "true" }), "today"),
      h("li", {}, h("span", { class: "key key-valid", "aria-hidden": "true" }), "how long it is valid"));
  mmru.views.set("agreements", {
    title: "Agreements",
    render(host, found) {
      const records = [...found.agreements].sort((a, b) => (b.bounds?.[1] || b.bounds?.[0] || "0").localeCompare(a.bounds?.[1] || a.bounds?.[0] || "0"));
      const drawn = records.slice(0, LINES);
      const main = h("div", { class: "chart" });
      const items = drawn.flatMap(drawnMarks);
      const used = new Set(items.map((item) => item.step));
      mmru.put(host,
        h("h2", {}, "What was agreed or discussed"),
        records.length ? [
          main, legend(used), marks.legend(),
          records.length > LINES && h("p", { class: "note" }, `The chart has the first ${LINES}; the list below has all.`),
          mmru.growing({ class: "cards" }, records, card, CARDS),
        ] : h("p", { class: "empty" }, "No agreement matches the filter."),
        mmru.folded("Show as a table", (table) => mmru.table(table, [
          { title: "What", text: (r) => r.row.title, id: (r) => r.id, grow: 3, width: 200 },
          { title: "Type", text: (r) => r.kindLabel },
          { title: "Status", text: (r) => r.statusLabel },
          { title: "Steps", text: (r) => steps(r.id).map((s) => stepWords(r, s)).join("; "), grow: 2, width: 160 },
          { title: "Parties", text: (r) => names(r.id, "party"), width: 130 },
          { title: "Sectors", text: (r) => sectors(r.row), width: 130 },
          { title: "Valid", text: (r) => validity.get(r.id).words },
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
        label: `Steps and validity of ${plural(drawn.length, "agreement")}; the list below has the same data`,
        category: STEPS.map(({ stage }) => STAGES.get(stage)(chart.colours())),
        words: (datum) => (datum.record && datum.words ? [store.titleOf("agreements", store.rowOf(datum.record)), datum.words, store.named(store.rowOf(datum.record).summary), `Source: ${marks.whoSays(datum.record)}`, marks.words(datum.record).map(([, , text]) => text).join(" · ")] : null),
        onPick: (datum) => datum.record && mmru.open(datum.record),
        change: (spec, theme) => {
          spec.width = wide - left - 14;
          spec.height = drawn.length * step + 8;
          spec.data.values = items;
          const since = Math.min(today, ...known) - 200 * DAY;
          const values = { narrow, left, step, since, until: Math.max(today, ...known) + 200 * DAY, today, fade: theme.edge, valid: theme.valid };
          for (const param of spec.params) if (Object.hasOwn(values, param.name)) param.value = values[param.name];
        },
      });
    },
  });
})();
