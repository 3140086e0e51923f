"use strict";

// The address of what is shown: #record-id?view=…&actor=…  People type addresses, so each part is checked.
(() => {
  const { store } = mmru;
  const LABELS = new Map(Object.entries({
    q: "Search", from: "From", to: "Until", undated: "Undated kept",
    actor: "Actor", sector: "Sector", source: "Source", kind: "Kind", status: "Status",
  }));

  const short = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

  /** Whether a text is a day of the calendar, such as 2025-03-04. */
  const isDay = (text) => {
    if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) return false;
    const at = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
  };

  /** Returns why a value of a filter cannot be used, or an empty text. */
  const fault = (name, value) => {
    if (name === "q") return "";
    if (name === "from" || name === "to") return isDay(value) ? "" : "it is not a day of the calendar, such as 2025-03-04";
    if (name === "undated") return value === "1" ? "" : "the only value is 1";
    return store.choices.get(name).has(value) ? "" : `the list “${LABELS.get(name)}” has no such entry`;
  };

  /** Returns the filters that can be used, and a message for each part that is ignored. */
  const accept = (entries) => {
    const filter = {};
    const ignored = [];
    for (const [name, value] of entries) {
      const shown = `“${short(name)}=${short(value)}” was ignored`;
      if (!LABELS.has(name)) ignored.push(`${shown}: there is no filter of that name.`);
      else if (Object.hasOwn(filter, name)) ignored.push(`${shown}: the filter is set twice.`);
      else if (value && fault(name, value)) ignored.push(`${shown}: ${fault(name, value)}.`);
      else if (value) filter[name] = value;
    }
    if (filter.from && filter.to && filter.from > filter.to) {
      ignored.push(`The dates were ignored: ${filter.from} is later than ${filter.to}.`);
      delete filter.from;
      delete filter.to;
    }
    return { filter, ignored };
  };

  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // there is no record of that name, and the panel says so
    }
  };

  const read = () => {
    const [, id, query] = /^#?([^?]*)\??(.*)$/s.exec(location.hash);
    const named = [...new URLSearchParams(query)];
    const { filter, ignored } = accept(named.filter(([name]) => name !== "view"));
    const [view = "", ...more] = named.filter(([name]) => name === "view").map(([, value]) => value);
    if (view && !mmru.views.has(view)) ignored.unshift(`“view=${short(view)}” was ignored: there is no view of that name.`);
    if (more.length) ignored.unshift("The view is set twice; the first one is used.");
    return { record: decoded(id), view: mmru.views.has(view) ? view : "", filter, ignored };
  };

  const write = ({ record = "", view = "", filter = {} }) => {
    const named = new URLSearchParams();
    if (view) named.set("view", view);
    for (const name of LABELS.keys()) if (filter[name]) named.set(name, filter[name]);
    return `#${encodeURIComponent(record)}${named.size ? `?${named}` : ""}`;
  };

  mmru.address = { LABELS, accept, read, write };
})();
