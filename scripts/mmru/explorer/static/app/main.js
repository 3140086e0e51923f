"use strict";

// The address says what is shown: view, filter and record. Everything is drawn from it.
(() => {
  const { h, store, plural } = mmru;
  const { core, tables } = store;
  const main = document.getElementById("main");
  const byId = (id) => document.getElementById(id);

  const FIRST = "timeline";
  mmru.state = store.read();
  let drawn = null;
  let painted = "";

  const view = () => (mmru.views[mmru.state.view] ? mmru.state.view : FIRST);

  /** Changes what is shown; a record and a view are steps to go back to, a filter is not. */
  const go = (change, step) => {
    mmru.state = { ...mmru.state, ...change };
    const address = store.address(mmru.state);
    if (step && address !== location.hash) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    update();
  };
  mmru.open = (record) => go({ record }, true);
  mmru.refine = (change) => {
    const filter = { ...mmru.state.filter, ...change };
    go({ filter: Object.fromEntries(Object.entries(filter).filter(([, value]) => value)) }, false);
    fillForm();
  };

  const option = (value, text) => h("option", { value }, text);
  const byLabel = (a, b) => a[1].localeCompare(b[1], "en");
  const select = (name, title, groups) => h("label", {}, h("span", {}, title),
    h("select", { name, id: `f-${name}` }, option("", "All"), groups.map(([group, options]) => (group ? h("optgroup", { label: group }, options.map((o) => option(...o))) : options.map((o) => option(...o))))));

  const used = (values) => [...new Set(values)].filter(Boolean);
  const kinds = (table, noun) => [noun, [
    [table, `All ${noun.toLowerCase()}`],
    ...used([...store.records.values()].filter((r) => r.table === table).map((r) => r.kind)).map((code) => [`${table}:${code}`, store.label(store.KIND[table], code)]).sort(byLabel),
  ]];
  const involved = new Set([...store.records.values()].flatMap((r) => [...r.actors]));

  const form = byId("filter");
  const buildForm = () => {
    const actorKinds = Object.keys(core.labels.actor_kind);
    mmru.put(form,
      h("label", { class: "wide" }, h("span", {}, "Search everything"), h("input", { type: "search", name: "q", id: "f-q", autocomplete: "off", spellcheck: "false" })),
      h("label", {}, h("span", {}, "From"), h("input", { type: "date", name: "from", id: "f-from", min: "1900-01-01", max: "2100-12-31" })),
      h("label", {}, h("span", {}, "Until"), h("input", { type: "date", name: "to", id: "f-to", min: "1900-01-01", max: "2100-12-31" })),
      select("actor", "Actor", actorKinds.map((kind) => [store.label("actor_kind", kind), tables.actors.filter((a) => a.kind === kind && involved.has(a.actor_id)).map((a) => [a.actor_id, a.name]).sort(byLabel)]).filter(([, o]) => o.length)),
      select("sector", "Sector", [["", used([...store.records.values()].flatMap((r) => r.sectors)).map((c) => [c, store.label("sector", c)]).sort(byLabel)]]),
      select("source", "Source", [["", tables.sources.map((s) => [s.source_id, store.sourceName(s.source_id)])]]),
      select("kind", "Kind", [kinds("events", "Events"), kinds("agreements", "Agreements"), kinds("reactions", "Reactions")]),
      select("status", "Status", [["", used([...store.records.values()].map((r) => `${r.row.status} ${r.statusLabel}`)).map((t) => [t.slice(0, t.indexOf(" ")), t.slice(t.indexOf(" ") + 1)]).sort(byLabel)]]),
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "undated", id: "f-undated", value: "1" }), h("span", {}, "Keep what has no date when a time is set")),
      h("button", { type: "button", class: "quiet", id: "clear", onclick: () => (go({ filter: {} }, false), fillForm()) }, "Clear all filters"));
    let timer = 0;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const entries = [...new FormData(form)].filter(([, value]) => value);
        go({ filter: Object.fromEntries(entries) }, false);
      }, event.target.type === "search" ? 200 : 0);
    });
  };
  const fillForm = () => {
    for (const field of form.elements) {
      if (!field.name) continue;
      if (field.type === "checkbox") field.checked = Boolean(mmru.state.filter[field.name]);
      else field.value = mmru.state.filter[field.name] ?? "";
    }
  };

  const NAMES = { q: "Search", from: "From", to: "Until", undated: "Undated kept", actor: "Actor", sector: "Sector", source: "Source", kind: "Kind", status: "Status" };
  const chip = (name) => {
    const field = form.elements[name];
    const text = field?.selectedOptions?.[0]?.textContent ?? mmru.state.filter[name];
    const said = name === "undated" ? NAMES[name] : `${NAMES[name]}: ${text}`;
    return h("button", { type: "button", class: "chip", "aria-label": `Take away ${said}`, onclick: () => (mmru.refine({ [name]: "" }), byId(`f-${name}`).focus()) }, said, h("span", { "aria-hidden": "true" }, " ×"));
  };

  const counts = (found) => {
    const of = (table, noun) => plural(found[table].length, noun);
    byId("counts").textContent = `${of("events", "event")}, ${of("agreements", "agreement")} and ${of("reactions", "reaction")} from ${plural(found.sources.length, "source")}${found.filtered ? " fit the filter" : ""}.`;
    mmru.put(byId("chosen"), Object.keys(mmru.state.filter).map(chip));
    const save = (table, rows) => h("button", { type: "button", class: "quiet", "data-download": table, onclick: () => mmru.download(`${table}.csv`, store.csv(table, rows)) }, `${table} (${rows.length})`);
    mmru.put(byId("downloads"), h("span", { id: "dl" }, "Download as CSV:"), h("span", { role: "group", "aria-labelledby": "dl" },
      ["events", "agreements", "reactions"].map((t) => save(t, found[t].map((r) => r.row))), save("sources", found.sources), save("actors", found.actors)));
  };

  const nav = () => mmru.put(byId("views"), h("ul", {}, Object.entries(mmru.views).map(([name, { name: title }]) =>
    h("li", {}, h("a", { href: store.address({ view: name, filter: mmru.state.filter }), "aria-current": name === view() ? "page" : null, onclick: (event) => {
      event.preventDefault();
      go({ view: name, record: "" }, true);
      byId("views").querySelector("[aria-current]").focus();
    } }, title)))));

  const update = () => {
    const key = JSON.stringify([view(), mmru.state.filter, mmru.theme.name(), main.clientWidth]);
    if (key !== painted) {
      painted = key;
      mmru.chart.hideTip();
      const found = store.select(mmru.state.filter);
      mmru.found = found;
      nav();
      counts(found);
      document.title = `${mmru.views[view()].name} · ${core.about.title}`;
      main.dataset.view = view();
      drawn = Promise.resolve(mmru.views[view()].render(main, found)).then(() => (main.dataset.drawn = key));
    }
    mmru.record.show(mmru.state.record, true);
    mmru.drawn = drawn;
  };

  const themeButton = byId("theme");
  const nameTheme = () => (themeButton.textContent = { system: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" }[mmru.theme.chosen()]);
  themeButton.addEventListener("click", () => mmru.theme.next());
  mmru.theme.onChange(() => (nameTheme(), update()));

  // links to records keep view and filter
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-record]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    mmru.open(link.dataset.record);
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  const follow = () => {
    mmru.state = store.read();
    fillForm();
    update();
  };
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  let timer = 0;
  new ResizeObserver(() => {
    clearTimeout(timer);
    timer = setTimeout(update, 150);
  }).observe(main);
  byId("main").addEventListener("pointerleave", mmru.chart.hideTip);

  const { about } = core;
  byId("title").textContent = about.title;
  byId("lede").textContent = `What has passed between the two states since 2021: who met whom, what was agreed, who reacted how, and who says so. Version ${about.version}, from ${plural(tables.sources.length, "article")}.`;
  mmru.put(byId("foot"), h("p", {}, mmru.citation()), h("p", {}, about.licenses.map((l) => h("a", { href: l.path, rel: "noreferrer" }, l.title))));
  nameTheme();
  buildForm();
  if (matchMedia("(max-width: 700px)").matches) byId("filters").open = false;
  fillForm();
  update();
})();
