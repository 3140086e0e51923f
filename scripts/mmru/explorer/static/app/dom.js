"use strict";

// Text of the data becomes text nodes and attributes, never markup.
(() => {
  mmru.views = {};

  const fill = (element, children) => {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false || child === "") continue;
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return element;
  };

  /** An element with attributes, listeners (`onclick`) and children, which may be texts, nodes or lists. */
  mmru.h = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    return fill(element, children);
  };

  mmru.put = (element, ...children) => {
    element.replaceChildren();
    return fill(element, children);
  };

  /** `1 event`, `2 events`. */
  mmru.plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

  /** Offers a text as a file. */
  mmru.download = (name, text) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    mmru.h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };

  /** Copies a text; where the browser does not allow it, it is shown to be copied by hand. */
  mmru.copy = async (text, button) => {
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      const field = mmru.h("textarea", { readonly: true, rows: "3", "aria-label": "Copy this text" });
      field.value = text;
      button.after(field);
      field.focus();
      field.select();
      return;
    }
    setTimeout(() => (button.textContent = said), 2000);
  };
})();
