"use strict";

// Charts: Vega-Lite specifications, compiled here, in the colours of the theme, without eval.
(() => {
  const { h } = mmru;
  const { charts } = mmru_data;

  const colours = () => charts.theme[mmru.theme.name()];

  /** What all charts share; the same values make the static pictures (scripts/mmru/pictures.py). */
  const config = (theme, category) => ({
    background: null,
    font: "system-ui, sans-serif",
    view: { stroke: null },
    axis: {
      labelColor: theme.muted, titleColor: theme.muted, gridColor: theme.line, domainColor: theme.edge,
      tickColor: theme.edge, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal",
    },
    legend: { labelColor: theme.ink, titleColor: theme.muted, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" },
    title: { color: theme.ink, fontSize: 13 },
    text: { color: theme.ink },
    range: { category, heatmap: theme.heat, ramp: theme.heat },
    style: {
      heading: { fontSize: 14, fontWeight: "bold" },
      title: { color: theme.ink, fontSize: 13 },
      note: { color: theme.muted, fontSize: 12 },
      guide: { color: theme.line },
      middle: { color: theme.edge, size: 1.5 },
      differ: { stroke: theme.lanes[1] },
      valid: { color: theme.lanes[2], fillOpacity: 0.28, stroke: theme.lanes[2] },
      range: { color: theme.edge },
      today: { color: theme.lanes[3], size: 1.5 },
      overview: { color: theme.edge },
    },
  });

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
  const draw = async (host, name, { change, category, label, words, onPick }) => {
    host.mmruView?.finalize();
    host.mmruView = null;
    const theme = colours();
    const spec = structuredClone(charts[name]);
    change(spec, theme);
    const lite = spec.$schema.includes("vega-lite");
    const made = lite ? vegaLite.compile(spec, { config: config(theme, category ?? theme.lanes) }).spec : spec;
    const runtime = vega.parse(made, lite ? undefined : config(theme, category ?? theme.lanes), { ast: true });
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
    return view;
  };

  /** The width that a chart may take. */
  const room = (host) => Math.max(280, host.clientWidth || host.parentElement.clientWidth);

  mmru.chart = { draw, room, colours, hideTip };
})();
