"use strict";

// The timeline: a line for each event and dated step of an agreement, or counts if there are too many.
(() => {
  const { h, store, chart, plural, marks } = mmru;
  const DAY = 86400000;
  const LINES = 400; // if more are in the window, they are counted instead
  const BINS = 90;

  const time = (day) => Date.parse(day); // days of the calendar, which Python computed
  const [FIRST_DAY, LAST_DAY] = [time("0001-01-01"), time("9999-12-31")];
  const day = (at) => new Date(at).toISOString().slice(0, 10);
  const span = (item) => [item.from ? time(item.from) : null, item.to ? time(item.to) + DAY : null];
  const times = new Map(store.core.timeline.map((item) => [item, span(item)]));
  /** Whether an item can lie in a period; an open side has no limit. */
  const within = (item, since, until) => {
    const [start, end] = times.get(item);
    return (start === null || start < until) && (end === null || end > since);
  };

  /** Whether the mark of an item is in sight in a period: a bar with an open side is drawn only beside its known end. */
  const inSight = (item, since, until) => {
    const [start, end] = times.get(item);
    if (start !== null && end !== null) return start < until && end > since;
    const known = start ?? end;
    return known >= since && known <= until;
  };

  const whole = (items) => {
    const known = items.flatMap((item) => times.get(item)).filter((at) => at !== null);
    const [first, last] = minmax(known);
    return known.length ? [first - 45 * DAY, last + 45 * DAY] : null;
  };
  const tool = (name, sign, onclick) => h("button", { type: "button", "aria-label": name, title: name, onclick }, sign);
  const minmax = (values) => values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);

  /** Returns the period that is shown first: from the first day covered to the release, with two months on each side. */
  const covered = () => {
    const { since, released } = store.core.about;
    return [time(since) - 60 * DAY, time(released) + 60 * DAY];
  };

  /** Returns a period that is at least three days long and within the years 1 to 9999. */
  const limited = ([since, until]) => {
    const half = Math.max(3 * DAY, Math.min(until - since, LAST_DAY - FIRST_DAY)) / 2;
    const middle = Math.min(LAST_DAY - half, Math.max(FIRST_DAY + half, (since + until) / 2));
    return [middle - half, middle + half];
  };

  let window_ = null; // the period in the chart, which stays while filters change

  /** Returns how many items can lie in each part of a period; an open side reaches to its end. */
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
        ["day", "a day"],
        ["span", "from … to"],
        ["within", "some time in"],
        ["open", "end not known"],
        ["inferred", "date inferred"],
      ].map(([name, text]) => h("li", {}, h("span", { class: `key key-${name}`, "aria-hidden": "true" }), text)));

  const dayWords = (at) => new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" }).format(at);
  const words = (datum) => {
    if (datum.record) {
      const basis = datum.basis && `date ${store.label("basis", datum.basis).toLowerCase()}`;
      const row = store.rowOf(datum.record);
      return [datum.title, [datum.when, basis].filter(Boolean).join(", "), store.named(row.summary), `Source: ${marks.whoSays(datum.record)}`, marks.words(datum.record).map(([, , text]) => text).join(" · ")].filter(Boolean);
    }
    return datum.lane ? [datum.lane, `${plural(datum.count, "record")} may fall here`, `${dayWords(datum.start)} to ${dayWords(datum.end - 1)}`] : null;
  };

  /** Returns why an event is not on the timeline. */
  const whyUndated = ({ row, sources }) => {
    const openings = sources.length > 0 && sources.every((id) => store.rowOf(id).text_extent !== "whole");
    if (row.as_of) return `still going on as of ${store.dateWords(row.as_of)}; no source says since when`;
    if (row.status === "ongoing") return "going on; no source says since when";
    return openings ? "the part of the text that was read gives no date" : "no source gives a date";
  };

  mmru.views.set("timeline", {
    title: "Timeline",
    render(host, found) {
      const items = store.core.timeline.filter((item) => found.ids.has(item.record));
      const undated = found.events.filter((record) => !record.row.date);
      const main = h("div", { class: "chart" });
      const brush = h("div", { class: "chart overview" });
      const note = h("p", { class: "note", role: "status" });
      const all = whole(items);
      if (found.filter.from || found.filter.to) {
        const { from, to } = found.filter;
        const [first, last] = all ?? covered();
        const since = from ? time(from) - 20 * DAY : Math.min(first, time(to) - 20 * DAY);
        const until = to ? time(to) + 20 * DAY : Math.max(last, time(from) + 20 * DAY);
        window_ = limited([since, until]);
      }
      window_ ??= covered();

      mmru.put(host,
        h("h2", {}, "What happened, and when"),
        items.length ? [
          brush,
          h("div", { class: "tools", role: "group", "aria-label": "Period" },
            tool("Zoom in", "+", () => move(0.5)),
            tool("Zoom out", "−", () => move(2)),
            tool("Earlier", "‹", () => move(1, -0.4)),
            tool("Later", "›", () => move(1, 0.4)),
            h("button", { type: "button", onclick: () => show(all) }, "All years"),
            h("button", { type: "button", onclick: () => mmru.refine({ from: day(window_[0]), to: day(window_[1]) }) }, "Filter by this period")),
          note, main, legend(), marks.legend(),
        ] : h("p", { class: "empty" }, "No dated record matches the filter."),
        undated.length > 0 && h("section", { "aria-labelledby": "undated" },
          h("h3", { id: "undated" }, `Without a date (${undated.length})`),
          mmru.growing({ class: "plain" }, undated, (r) => h("li", {}, marks.titled(r.id), h("span", { class: "note" }, ` ${whyUndated(r)}`)), 40)),
        mmru.folded("Show as a table", (table) => mmru.table(table, [
          { title: "Date", text: (i) => i.when, sort: (i) => i.from ?? i.to ?? "", width: 130 },
          { title: "What", text: (i) => i.title, id: (i) => i.record, grow: 3, width: 220 },
          { title: "Kind", text: (i) => i.lane },
          { title: "Date is", text: (i) => store.label("basis", i.basis) },
          { title: "Source", text: (i) => marks.whoSays(i.record) },
        ], items, "Dated events and steps of agreements")));
      if (!items.length) return;

      let view = null;
      let shown = null;
      let narrow = false;
      let timer = 0;
      let dragged = false; // the click at the end of a drag opens nothing

      const paint = async () => {
        const [since, until] = window_;
        const reaching = items.filter((item) => within(item, since, until));
        const seen = items.filter((item) => inSight(item, since, until));
        const rows = new Set(seen.map((item) => item.record)).size;
        const counted = rows > LINES;
        const hidden = items.length - seen.length;
        note.textContent = [
          `${dayWords(since)} to ${dayWords(until)}.`,
          counted ? `${plural(reaching.length, "record")} may fall here: too many for a line each, so the chart counts them. Zoom in to see each one.` : "",
          !counted && hidden ? `${plural(hidden, "date")} not in sight.` : "",
        ].filter(Boolean).join(" ");
        const key = counted ? "density" : seen.map((item) => item.record + item.milestone + item.from).join();
        const wide = chart.room(main);
        narrow = wide < 760;
        const left = counted ? (narrow ? 100 : 130) : narrow ? 0 : Math.min(700, Math.round(wide * 0.52));
        const width = wide - left - 14;
        if (view && key === shown && !counted) {
          await view.signal("since", since).signal("until", until).runAsync();
          return;
        }
        shown = key;
        const drawn = await chart.draw(main, counted ? "density" : "timeline", {
          label: `Timeline of ${plural(rows, "record")}; the table below has the same data`,
          words,
          onPick: (datum) => !dragged && (datum.record ? mmru.open(datum.record) : datum.lane && show([datum.start, datum.end])),
          change: (spec) => {
            spec.width = width;
            const values = { since, until };
            if (counted) spec.data.values = bins(reaching, since, until, true);
            else {
              const step = narrow ? 58 : 23;
              Object.assign(values, { narrow, left, step });
              spec.data.values = seen;
              spec.height = (rows + 1.5 * new Set(seen.map((item) => item.lane)).size) * step;
            }
            for (const param of spec.params) if (Object.hasOwn(values, param.name)) param.value = values[param.name];
          },
        });
        if (!drawn) return;
        view = drawn;
        // each new chart gets its own listeners
        view.addEventListener("pointerdown", (event) => begin(event, width));
        view.addEventListener("wheel", (event) => wheel(event, width, left));
      };

      let frame = 0;
      /** Shows a period: the axis moves at once, and the chart is drawn again when the movement has ended. */
      const show = (period, ended = true) => {
        if (!period) return;
        window_ = limited(period);
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => view?.signal("since", window_[0]).signal("until", window_[1]).runAsync());
        clearTimeout(timer);
        timer = setTimeout(paint, ended ? 0 : 160);
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
      // without a key, the wheel scrolls the page
      const wheel = (event, width, left) => {
        if (!event.ctrlKey && !event.shiftKey) return;
        event.preventDefault();
        const [since, until] = window_;
        const at = since + ((event.clientX - main.getBoundingClientRect().left - left) / width) * (until - since);
        const scale = (event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8;
        show([at - (at - since) * scale, at + (until - at) * scale], false);
      };

      let over = null;
      let ours = false; // whether this script moves the brush, not the reader
      /** Marks the period of the chart in the overview. */
      const mark = () => {
        if (!over) return;
        const scale = over.scale("x");
        ours = true;
        const [low, high] = scale.range();
        const part = window_.map((at) => Math.max(low, Math.min(high, scale(at))));
        // a brush over the whole overview could only be moved, so that no new one could be drawn
        over.signal("brush_x", part[0] <= low && part[1] >= high ? [0, 0] : part).runAsync().then(() => (ours = false));
      };
      const overview = async () => {
        const [since, until] = all;
        over = await chart.draw(brush, "overview", {
          label: "Records over all years; the chart below shows the marked period",
          change: (spec) => {
            spec.width = chart.room(brush) - 12;
            spec.data.values = bins(items.filter((item) => item.from && item.to), since, until, false);
          },
        });
        if (!over) return;
        mark();
        over.addSignalListener("brush_start", (_, period) => {
          if (!ours && period && period[0] < period[1]) show(period.map(Number), false);
        });
      };
      overview();
      return paint();
    },
  });
})();
