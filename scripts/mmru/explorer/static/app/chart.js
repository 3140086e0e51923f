"use strict";

// Charts: Vega-Lite specifications, compiled here, in the colours of the theme, without eval.
(() => {
  const { h } = mmru;
  const { charts } = mmru_data;

  const colours = () => charts.theme[mmru.theme.name()];

  /** What all charts share: charts/config.json, in which `$name` stands for a colour of the theme. */
  const config = (theme, category, part = charts.config) => {
    if (typeof part === "string" && part.startsWith("$")) return { ...theme, category }[part.slice(1)];
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, config(theme, category, value)]));
  };

  const tip = document.getElementById("tip");
  const hideTip = () => (tip.hidden = true);
  const showTip = (event, text) => {
    mmru.put(tip, text.map((line, i) => h(i ? "p" : "strong", {}, line)));
    tip.hidden = false;
    const wide = document.documentElement.clientWidth;
    tip.style.left = `${Math.max(8, Math.min(event.clientX + 14, wide - tip.offsetWidth - 8))}px`;
    const below = event.clientY + 16 + tip.offsetHeight < innerHeight;
    tip.style.top = `${below ? event.clientY + 16 : event.clientY - tip.offsetHeight - 12}px`;
  };

  /**
   * Draws a chart into a host element; the view.
   *
   * `change` gets a copy of the specification, to set data and sizes; `words` gives the lines of
   * the note on a mark; `onPick` is called with the datum that was clicked.
   */
  const draw = async (host, name, chart, less = 0) => {
    const { change, category, label, words, onPick } = chart;
    host.mmruView?.finalize();
    host.mmruView = null;
    const theme = colours();
    const spec = structuredClone(charts[name]);
    change(spec, theme);
    for (const panel of spec.vconcat ?? [spec]) if (less) panel.width -= less;
    const shared = config(theme, category ?? theme.lanes);
    const lite = spec.$schema.includes("vega-lite");
    const made = lite ? vegaLite.compile(spec, { config: shared }).spec : spec;
    const runtime = vega.parse(made, lite ? undefined : shared, { ast: true });
    const view = new vega.View(runtime, { expr: vegaInterpreter, renderer: "canvas", logLevel: vega.Warn });
    host.mmruView = view;
    view.tooltip((_, event, item) => {
      const lines = item?.datum && words?.(item.datum);
      if (lines) showTip(event, lines);
      else hideTip();
    });
    // a tooltip is asked for only where a mark has one: what a mark says comes from its datum
    view.addEventListener("pointermove", (event, item) => {
      const lines = item?.datum && words?.(item.datum);
      if (lines) showTip(event, lines);
      else hideTip();
    });
    view.addEventListener("pointerout", hideTip);
    if (onPick) view.addEventListener("click", (_, item) => item?.datum && onPick(item.datum));
    view.initialize(host);
    host.setAttribute("role", "img");
    host.removeAttribute("aria-roledescription");
    host.setAttribute("aria-label", label);
    await view.runAsync();
    // names beside a chart are as wide as the reader's font makes them
    const over = host.querySelector("canvas").offsetWidth - room(host);
    return over > 0 && !less && !host.classList.contains("scrolls") ? draw(host, name, chart, Math.ceil(over)) : view;
  };

  /** The width that a chart may take. */
  const room = (host) => {
    const { paddingLeft, paddingRight } = getComputedStyle(host);
    return Math.max(200, host.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
  };

  /** How many entries of a legend stand side by side. */
  const columns = (width) => Math.max(1, Math.floor(width / 105));

  mmru.chart = { draw, room, columns, colours, hideTip };
})();
