"use strict";

// Draws what the address names: view, filter and record.
(() => {
  const { h, store, plural } = mmru;
  const { core } = store;
  const { LABELS } = mmru.address;
  const main = document.getElementById("main");
  const byId = (id) => document.getElementById(id);

  const FIRST = "overview";
  mmru.state = mmru.address.read();
  let drawn = null;
  let painted = "";

  const view = () => mmru.state.view || FIRST;

  /** Changes what is shown; a record and a view are steps to go back to, a filter is not. */
  const go = (change, step) => {
    mmru.state = { ...mmru.state, ignored: [], ...change };
    const address = mmru.address.write(mmru.state);
    if (step && address !== location.hash) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    update();
  };
  mmru.open = (record) => go({ record }, true);
  mmru.refine = (change) => {
    go(mmru.address.accept(Object.entries({ ...mmru.state.filter, ...change })), false);
    fillForm();
  };

  const option = ([value, text]) => h("option", { value }, text);
  const byLabel = (a, b) => a[1].localeCompare(b[1], "en");
  const select = (name, groups) => h("label", {}, h("span", {}, LABELS.get(name)),
    h("select", { name, id: `f-${name}` }, option(["", "All"]), groups.map(([group, options]) => (group ? h("optgroup", { label: group }, options.map(option)) : options.map(option)))));

  const choices = (name) => [...store.choices.get(name)];
  const actorsByKind = () => store.codes("actor_kind").map(([kind, [title]]) =>
    [title, choices("actor").filter(([id]) => store.actors.get(id)?.kind === kind).sort(byLabel)]).filter(([, options]) => options.length);
  const kinds = (table) => {
    const [whole, ...types] = choices("kind").filter(([value]) => value.split(":")[0] === table);
    return [`${store.kinds.get(table).noun}s`, [whole, ...types.sort(byLabel)]];
  };

  const form = byId("filter");
  const buildForm = () => {
    mmru.put(form,
      h("input", { type: "search", name: "q", id: "f-q", placeholder: "Search", "aria-label": "Search everything", autocomplete: "off", spellcheck: "false" }),
      h("details", { id: "filters" }, h("summary", {}, "Filters"), h("div", { class: "fields" },
      h("label", {}, h("span", {}, "From"), h("input", { type: "date", name: "from", id: "f-from", min: "1900-01-01", max: "2100-12-31" })),
      h("label", {}, h("span", {}, "Until"), h("input", { type: "date", name: "to", id: "f-to", min: "1900-01-01", max: "2100-12-31" })),
      select("actor", actorsByKind()),
      select("sector", [["", choices("sector").sort(byLabel)]]),
      select("source", [["", choices("source")]]),
      select("kind", store.RECORDS.map(kinds)),
      select("status", [["", choices("status").sort(byLabel)]]),
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "undated", id: "f-undated", value: "1" }), h("span", {}, "Keep undated records when filtering by date")),
      h("button", { type: "button", class: "quiet", id: "clear", onclick: () => (go({ filter: {} }, false), fillForm()) }, "Clear all filters"))));
    let timer = 0;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const accepted = mmru.address.accept(new FormData(form));
        // the overview shows only headlines, so the results of a first search are in the view Records
        const leaves = view() === FIRST && Object.keys(accepted.filter).length > 0;
        go(leaves ? { ...accepted, view: "records" } : accepted, leaves);
      }, event.target.type === "search" ? 200 : 0);
    });
  };
  const fillForm = () => {
    for (const field of form.elements) {
      if (!field.name) continue;
      const value = mmru.state.filter[field.name] ?? "";
      if (field.type === "checkbox") field.checked = Boolean(value);
      else field.value = value;
    }
  };

  const chip = ([name, value]) => {
    const text = store.choices.get(name)?.get(value) ?? value;
    const title = name === "undated" ? LABELS.get(name) : `${LABELS.get(name)}: ${text}`;
    return h("button", { type: "button", class: "chip", "aria-label": `Remove ${title}`, onclick: () => (mmru.refine({ [name]: "" }), (name === "q" ? byId("f-q") : byId("filters").querySelector("summary")).focus()) }, title, h("span", { "aria-hidden": "true" }, " ×"));
  };

  const counts = (found) => {
    const of = (table, noun) => plural(found[table].length, noun);
    byId("counts").textContent = `${of("events", "event")}, ${of("agreements", "agreement")} and ${of("reactions", "reaction")} from ${plural(found.sources.length, "source")}${found.filtered ? " match the filter" : ""}.`;
    mmru.put(byId("chosen"), Object.entries(mmru.state.filter).map(chip));
    const save = (table, rows) => h("button", { type: "button", class: "quiet", "data-download": table, onclick: () => mmru.download(`${table}.csv`, store.csv(table, rows)) }, `${table} (${rows.length})`);
    mmru.put(byId("downloads"), h("summary", {}, "Download CSV"), h("span", { role: "group", "aria-label": "Download CSV" },
      store.RECORDS.map((t) => save(t, found[t].map((r) => r.row))), save("sources", found.sources), save("actors", found.actors)));
  };

  const nav = () => mmru.put(byId("views"), h("ul", {}, [...mmru.views].map(([name, { title }]) =>
    h("li", {}, h("a", { href: mmru.address.write({ view: name, filter: mmru.state.filter }), "aria-current": name === view() ? "page" : null, onclick: (event) => {
      event.preventDefault();
      go({ view: name, record: "" }, true);
      byId("views").querySelector("[aria-current]").focus();
    } }, title)))));

  /** Brings the link of the view into sight where the views do not fit side by side. */
  const showView = () => {
    const list = byId("views").firstChild;
    const link = list.querySelector("[aria-current]");
    if (link) list.scrollLeft = link.offsetLeft - list.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
  };

  const update = () => {
    mmru.put(byId("ignored"), mmru.state.ignored.map((message) => h("p", {}, message)));
    const key = JSON.stringify([view(), mmru.state.filter, mmru.theme.name(), main.clientWidth]);
    if (key !== painted) {
      painted = key;
      mmru.chart.hideTip();
      const found = store.select(mmru.state.filter);
      mmru.found = found;
      nav();
      showView();
      counts(found);
      document.title = `${mmru.views.get(view()).title} · ${core.about.title}`;
      main.dataset.view = view();
      drawn = Promise.resolve(mmru.views.get(view()).render(main, found)).then(() => (main.dataset.drawn = key));
    }
    mmru.record.show(mmru.state.record, true);
    mmru.drawn = drawn;
  };

  const themeButton = byId("theme");
  const nameTheme = () => (themeButton.textContent = `Theme: ${mmru.theme.chosen()}`);
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
    mmru.state = mmru.address.read();
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
  mmru.put(byId("foot"), h("p", {}, mmru.citation()), h("p", {}, about.licenses.map((l) => h("a", { href: l.path, rel: "noreferrer" }, l.title))));
  nameTheme();
  buildForm();
  fillForm();
  update();
})();
