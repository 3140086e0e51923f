"use strict";

// Builds elements. Text from the data becomes text nodes and attributes, never markup.
(() => {
  mmru.views = new Map(); // name in the address -> title and render

  const fill = (element, children) => {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false || child === "") continue;
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return element;
  };

  /** Returns an element with attributes, listeners (`onclick`) and children: texts, nodes or lists of them. */
  mmru.h = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    return fill(element, children);
  };

  /** Replaces the content of an element. */
  mmru.put = (element, ...children) => {
    element.replaceChildren();
    return fill(element, children);
  };

  /** Returns a count with its noun: `1 event`, `2 events`. */
  mmru.plural = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

  const scripts = new Map();
  /** Loads a script of the page when it is first needed. */
  mmru.script = (src) => {
    if (!scripts.has(src)) {
      scripts.set(src, new Promise((done, failed) => {
        const onerror = () => failed(new Error(`${src} is missing`));
        document.head.append(mmru.h("script", { src, onload: done, onerror }));
      }));
    }
    return scripts.get(src);
  };

  /** Returns a list that shows `size` items, and a button that adds as many. */
  mmru.growing = (attributes, items, build, size) => {
    const list = mmru.h("ul", attributes);
    const more = mmru.h("button", { type: "button", onclick: () => grow() });
    const grow = () => {
      const from = list.children.length;
      list.append(...items.slice(from, from + size).map(build));
      more.hidden = list.children.length >= items.length;
      more.textContent = `Show more (${(items.length - list.children.length).toLocaleString("en")} left)`;
    };
    grow();
    return [list, more];
  };

  /** Saves a text as a file. */
  mmru.download = (name, text, type = "text/csv;charset=utf-8") => {
    const url = URL.createObjectURL(new Blob([text], { type }));
    mmru.h("a", { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };

  /** Copies a text; if the browser refuses, shows it so that it can be copied by hand. */
  mmru.copy = async (text, button) => {
    const title = button.textContent;
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
    setTimeout(() => (button.textContent = title), 2000);
  };
})();
