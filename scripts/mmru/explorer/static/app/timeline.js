"use strict";

// Events and dated steps of agreements in time: a line for each, or counts where there are too many.
(() => {
  const { h, store, chart, plural } = mmru;
  const DAY = 86400000;
  const LINES = 160; // more than these in sight are counted instead
  const BINS = 90;

  const time = (day) => Date.parse(day);
  const day = (at) => new Date(at).toISOString().slice(0, 10);
  const span = (item) => [item.from ? time(item.from) : null, item.to ? time(item.to) + DAY : null];
  const times = new Map(store.core.timeline.map((item) => [item, span(item)]));
  /** Whether an item may lie in a stretch; an open side reaches as far as there is. */
  const within = (item, since, until) => {
    const [start, end] = times.get(item);
    return (start === null || start < until) && (end === null || end > since);
  };

  const begunOrEnded = (item, since, until) => {
    const [start, end] = times.get(item);
    return (start !== null && end !== null) || (start !== null && start >= since) || (end !== null && end <= until);
  };

  const whole = (items) => {
    const known = items.flatMap((item) => times.get(item)).filter((at) => at !== null);
    const [first, last] = minmax(known);
    return known.length ? [first - 45 * DAY, last + 45 * DAY] : null;
  };
  const minmax = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);

  /** What is seen first: the time that is covered, up to the day of the release. */
  const covered = () => {
    const { coverage, released } = store.core.about;
    return [time(coverage.temporal.split("/")[0]) - 60 * DAY, time(released) + 60 * DAY];
  };

  let window_ = null; // the stretch in sight, which stays while filters change

  /** How many may lie in each part of a stretch; an open side reaches to its end. */
  const bins = (items, since, until, lanes) => {
    const size = (until - since) / BINS;
    const counts = new Map();
    for (const item of items) {
      const [start, end] = times.get(item);
      const first = start === null ? 0 : Math.max(0, Math.floor((start - since) / size));
      const last = end === null ? BINS - 1 : Math.min(BINS - 1, Math.ceil((end - since) / size) - 1);
      for (let n = first; n <= last; n++) {
        const key = lanes ? `${item.lane}|${n}` : `|${n}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    return [...counts].map(([key, count]) => {
      const [lane, n] = key.split("|");
      return { lane, start: since + n * size, end: since + (Number(n) + 1) * size, count };
    });
  };

  const legend = () =>
    h("ul", { class: "legend", "aria-label": "How to read the chart" },
      [
        ["day", "the day is known"],
        ["span", "lasts from one day to another"],
        ["within", "on some day between the two"],
        ["open", "one end is not known, or not yet reached"],
        ["inferred", "hollow: the date is inferred, not stated"],
      ].map(([name, text]) => h("li", {}, h("span", { class: `key key-${name}`, "aria-hidden": "true" }), text)));

  const words = (datum) => {
    if (datum.record) {
      const basis = { stated: "The date is stated.", implied: "The date follows from the article.", inferred: "The date is inferred." }[datum.basis];
      return [datum.title, datum.when, basis ?? ""].filter(Boolean);
    }
    return datum.lane ? [datum.lane, `${plural(datum.count, "record")} may fall here`, `${day(datum.start)} to ${day(datum.end - 1)}`] : null;
  };

  mmru.views.timeline = {
    name: "Timeline",
    render(host, found) {
      const items = store.core.timeline.filter((item) => found.ids.has(item.record));
      const undated = found.events.filter((record) => !record.row.date);
      const main = h("div", { class: "chart" });
      const brush = h("div", { class: "chart overview" });
      const note = h("p", { class: "note", role: "status" });
      const all = whole(items);
      if (found.filter.from || found.filter.to) {
        window_ = [time(found.filter.from || day(all?.[0] ?? Date.now())) - 20 * DAY, time(found.filter.to || day(all?.[1] ?? Date.now())) + 20 * DAY];
      }
      window_ ??= covered();

      mmru.put(host,
        h("h2", {}, "What happened, and when"),
        h("p", {}, `${plural(items.length, "dated record")}: events, and steps in the life of agreements. Choose one to see who says so.`),
        items.length ? [
          legend(),
          h("div", { class: "tools", role: "group", "aria-label": "Stretch of time" },
            h("button", { type: "button", onclick: () => move(0.5) }, "Zoom in"),
            h("button", { type: "button", onclick: () => move(2) }, "Zoom out"),
            h("button", { type: "button", onclick: () => move(1, -0.4) }, "Earlier"),
            h("button", { type: "button", onclick: () => move(1, 0.4) }, "Later"),
            h("button", { type: "button", onclick: () => show(all) }, "All years"),
            h("button", { type: "button", onclick: () => mmru.refine({ from: day(window_[0]), to: day(window_[1]) }) }, "Filter all views to this stretch")),
          note, h("p", { class: "note" }, "Drag to move in time; turn the wheel with Ctrl or Shift to zoom; drag over the strip to choose a part of it."), brush, main,
        ] : h("p", { class: "empty" }, "No dated record fits the filter."),
        undated.length > 0 && h("section", { "aria-labelledby": "undated" },
          h("h3", { id: "undated" }, `Without a date (${undated.length})`),
          h("p", {}, "No article dates these events; most are background that lasted for years."),
          h("ul", { class: "columns" }, undated.slice(0, 60).map((r) => h("li", {}, mmru.link(r.id), flag(r.row.status)))),
          undated.length > 60 && h("p", { class: "note" }, `and ${plural(undated.length - 60, "more")}; see Records.`)),
        mmru.folded("The same as a table", (table) => mmru.table(table, [
          { title: "Date", text: (i) => i.when, sort: (i) => i.from ?? i.to ?? "", width: 130 },
          { title: "What", text: (i) => i.title, id: (i) => i.record, grow: 3, width: 220 },
          { title: "Kind", text: (i) => i.lane },
          { title: "Date is", text: (i) => store.label("basis", i.basis) },
          { title: "Status", text: (i) => store.records.get(i.record).statusLabel },
        ], items, "Dated events and steps of agreements")));
      if (!items.length) return;

      let view = null;
      let shown = null;
      let narrow = false;
      let timer = 0;
      let dragged = false; // a drag is no choice

      const paint = async () => {
        const [since, until] = window_;
        const reaching = items.length > LINES ? items.filter((item) => within(item, since, until)) : items;
        // of too many, those that only reach into the stretch with an open side get no line
        const seen = reaching.length > LINES ? reaching.filter((item) => begunOrEnded(item, since, until)) : reaching;
        const counted = seen.length > LINES;
        const away = items.length - items.filter((item) => within(item, since, until)).length;
        note.textContent = [
          `${day(since)} to ${day(until)}.`,
          counted ? `${plural(reaching.length, "record")} may fall here: too many for a line each, so they are counted. Zoom in to see each.` : "",
          !counted && reaching.length > seen.length ? `${plural(reaching.length - seen.length, "record")} of which one end is open or not known may reach into it, and ${reaching.length - seen.length === 1 ? "has" : "have"} no line here.` : "",
          away ? `${plural(away, "record")} ${away === 1 ? "lies" : "lie"} outside it; “All years” shows them.` : "",
        ].filter(Boolean).join(" ");
        const key = counted ? "density" : seen.map((item) => item.record + item.milestone).join();
        const wide = chart.room(main);
        narrow = wide < 760;
        const left = counted ? (narrow ? 100 : 130) : narrow ? 0 : Math.min(660, Math.round(wide * 0.5));
        const width = wide - left - 14;
        if (view && key === shown && !counted) {
          await view.signal("since", since).signal("until", until).runAsync();
          return;
        }
        shown = key;
        view = await chart.draw(main, counted ? "density" : "timeline", {
          label: `Timeline of ${plural(seen.length, "record")}; the same is in the table below`,
          words,
          onPick: (datum) => !dragged && (datum.record ? mmru.open(datum.record) : datum.lane && show([datum.start, datum.end])),
          change: (spec) => {
            spec.width = width;
            const values = { since, until };
            if (counted) spec.data.values = bins(reaching, since, until, true);
            else {
              const step = narrow ? 56 : 23;
              Object.assign(values, { narrow, left, step });
              spec.data.values = seen;
              spec.height = (seen.length + 1.5 * new Set(seen.map((item) => item.lane)).size) * step;
            }
            for (const param of spec.params) if (param.name in values) param.value = values[param.name];
          },
        });
        // each line starts its own dragging
        view.addEventListener("pointerdown", (event) => begin(event, width));
        view.addEventListener("wheel", (event) => wheel(event, width, left));
      };

      let frame = 0;
      /** The stretch follows at once; what has to be made anew waits until it rests. */
      const show = (stretch, rest = true) => {
        if (!stretch) return;
        const [since, until] = stretch;
        const least = 3 * DAY;
        window_ = until - since < least ? [(since + until - least) / 2, (since + until + least) / 2] : stretch;
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => view?.signal("since", window_[0]).signal("until", window_[1]).runAsync());
        clearTimeout(timer);
        timer = setTimeout(paint, rest ? 0 : 160);
        mark();
      };
      const move = (scale, shift = 0) => {
        const [since, until] = window_;
        const half = ((until - since) / 2) * scale;
        const middle = (since + until) / 2 + (until - since) * shift;
        show([middle - half, middle + half]);
      };
      const begin = (down, width) => {
        if (down.button) return;
        dragged = false;
        const [since, until] = window_;
        const drag = (event) => {
          dragged ||= Math.abs(down.clientX - event.clientX) > 4;
          if (!dragged) return;
          const shift = ((down.clientX - event.clientX) / width) * (until - since);
          show([since + shift, until + shift], false);
        };
        const end = () => {
          removeEventListener("pointermove", drag);
          removeEventListener("pointerup", end);
        };
        addEventListener("pointermove", drag);
        addEventListener("pointerup", end);
      };
      // a plain wheel scrolls the page
      const wheel = (event, width, left) => {
        if (!event.ctrlKey && !event.shiftKey) return;
        event.preventDefault();
        const [since, until] = window_;
        const at = since + ((event.clientX - main.getBoundingClientRect().left - left) / width) * (until - since);
        const scale = (event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8;
        show([at - (at - since) * scale, at + (until - at) * scale], false);
      };

      let over = null;
      let ours = false;
      /** The brush shows which part of the whole is in sight. */
      const mark = () => {
        if (!over) return;
        const scale = over.scale("x");
        ours = true;
        const [low, high] = scale.range();
        const part = window_.map((at) => Math.max(low, Math.min(high, scale(at))));
        // what is whole is no part: a brush over all of it could only be moved, not begun anew
        over.signal("brush_x", part[0] <= low && part[1] >= high ? [0, 0] : part).runAsync().then(() => (ours = false));
      };
      const overview = async () => {
        const [since, until] = all;
        over = await chart.draw(brush, "overview", {
          label: "Records over all years; the marked part is shown below",
          change: (spec) => {
            spec.width = chart.room(brush) - 12;
            spec.data.values = bins(items.filter((item) => item.from && item.to), since, until, false);
          },
        });
        mark();
        over.addSignalListener("brush_start", (_, stretch) => {
          if (!ours && stretch && stretch[0] < stretch[1]) show(stretch.map(Number), false);
        });
      };
      overview();
      return paint();
    },
  };

  const flag = (status) => (["alleged", "denied", "planned", "cancelled"].includes(status) ? h("span", { class: "flag" }, store.label("status", status)) : null);
  mmru.flag = flag;
})();
