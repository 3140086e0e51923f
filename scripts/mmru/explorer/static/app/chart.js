"use strict";

// Draws charts: compiles Vega-Lite specifications, in the colours of the theme, without eval.
(() => {
  const { h } = mmru;
  const { charts } = mmru_data;

  const colours = () => charts.theme[mmru.theme.name()];

  /** Returns the configuration of all charts (charts/config.json), with a colour of the theme for each `$name`. */
  const config = (theme, category, part = charts.config) => {
    if (typeof part === "string" && part.startsWith("$")) return { ...theme, category }[part.slice(1)];
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, config(theme, category, value)]));
  };

  /** Loads Vega at the first chart: the first view has none. */
  const vegaLoaded = async () => {
    for (const name of ["vega.min", "vega-lite.min", "vega-interpreter"]) await mmru.script(`vendor/${name}.js`);
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
   * Draws a chart into a host element, and returns its view.
   *
   * `change` sets data and sizes in a copy of the specification; `words` returns the lines of the
   * note on a mark; `onPick` is called with the datum that was clicked.
   */
  const draw = async (host, name, chart, less = 0) => {
    const { change, category, label, words, onPick } = chart;
    await vegaLoaded();
    if (!host.isConnected) return null;
    host.mmruView?.finalize();
    host.mmruView = null;
    const theme = colours();
    const spec = structuredClone(charts[name]);
    change(spec, theme);
    for (const panel of spec.vconcat ?? [spec]) if (less) panel.width -= less;
    const shared = config(theme, category ?? theme.lanes);
    const lite = spec.$schema.includes("vega-lite");
    const compiled = lite ? vegaLite.compile(spec, { config: shared }).spec : spec;
    const runtime = vega.parse(compiled, lite ? undefined : shared, { ast: true });
    const view = new vega.View(runtime, { expr: vegaInterpreter, renderer: "canvas", logLevel: vega.Warn });
    host.mmruView = view;
    view.tooltip((_, event, item) => {
      const lines = item?.datum && words?.(item.datum);
      if (lines) showTip(event, lines);
      else hideTip();
    });
    // Vega calls the tooltip handler only for marks with a tooltip; these notes come from the datum
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
    host.dataset.drawn = mmru.theme.name();
    await view.runAsync();
    if (!host.classList.contains("overview")) offer(host, name, label);
    // the width of the names beside a chart depends on the reader's font: draw again if it is too wide
    const over = host.querySelector("canvas").offsetWidth - room(host);
    return over > 0 && !less && !host.classList.contains("scrolls") ? draw(host, name, chart, Math.ceil(over)) : view;
  };

  /** Puts buttons below a chart that save it as a picture. */
  const offer = (host, name, label) => {
    if (host.nextElementSibling?.classList.contains("save")) return;
    const what = label.split(";")[0];
    const button = (kind, save) => h("button", { type: "button", class: "quiet", "aria-label": `Save as ${kind}: ${what}`, onclick: save }, kind);
    host.after(h("p", { class: "save" },
      button("PNG", async () => h("a", { href: await host.mmruView.toImageURL("png", 2), download: `${name}.png` }).click()),
      button("SVG", async () => mmru.download(`${name}.svg`, await host.mmruView.toSVG(), "image/svg+xml"))));
  };

  /** Returns the width that a chart may have. */
  const room = (host) => {
    const { paddingLeft, paddingRight } = getComputedStyle(host);
    return Math.max(200, host.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight));
  };

  /** Returns how many entries of a legend fit side by side. */
  const columns = (width) => Math.max(1, Math.floor(width / 105));

  mmru.chart = { draw, room, columns, colours, hideTip };
})();
