"use strict";

// runs before the first paint, so that the page is not seen in the wrong colours
globalThis.mmru = {};

(() => {
  const ORDER = ["system", "light", "dark"];
  const KEY = "mmru-theme";

  // where a browser keeps nothing for pages from disk, the choice lasts as long as the page
  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const keep = (name) => {
    try {
      localStorage.setItem(KEY, name);
    } catch {
      /* see kept */
    }
  };

  let chosen = ORDER.includes(kept()) ? kept() : "system";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const listeners = [];

  const apply = () => {
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  };
  apply();
  dark.addEventListener("change", () => listeners.forEach((tell) => tell()));

  mmru.theme = {
    name: () => (chosen === "system" ? (dark.matches ? "dark" : "light") : chosen),
    chosen: () => chosen,
    next() {
      chosen = ORDER[(ORDER.indexOf(chosen) + 1) % ORDER.length];
      keep(chosen);
      apply();
      listeners.forEach((tell) => tell());
    },
    onChange: (tell) => listeners.push(tell),
  };
})();
