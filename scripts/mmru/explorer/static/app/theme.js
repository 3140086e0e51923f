"use strict";

// Chooses the colours. It runs before the first paint, so that the page never flashes in the wrong theme.
globalThis.mmru = {};

(() => {
  const ORDER = ["system", "light", "dark"];
  const KEY = "mmru-theme";

  // some browsers store nothing for pages opened from disk; the choice then lasts until the page is closed
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const store = (name) => {
    try {
      localStorage.setItem(KEY, name);
    } catch {
      /* see stored */
    }
  };

  let chosen = ORDER.includes(stored()) ? stored() : "system";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const listeners = [];

  const apply = () => {
    if (chosen === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
  };
  apply();
  dark.addEventListener("change", () => listeners.forEach((listener) => listener()));

  mmru.theme = {
    name: () => (chosen === "system" ? (dark.matches ? "dark" : "light") : chosen),
    chosen: () => chosen,
    next() {
      chosen = ORDER[(ORDER.indexOf(chosen) + 1) % ORDER.length];
      store(chosen);
      apply();
      listeners.forEach((listener) => listener());
    },
    onChange: (listener) => listeners.push(listener),
  };
})();
