"use strict";

// Draws tables, an alternative to each chart. Only visible rows are in the page, so long tables stay fast.
(() => {
  const { h } = mmru;

  /**
   * Draws a table of `rows` into a host element. A column has a title and `text` (row → text), which
   * it shows and sorts by; `id` (row → record) makes it a link; `sort` (row → value) is another order.
   */
  mmru.table = async (host, columns, rows, label) => {
    await mmru.script("vendor/tabulator.min.js");
    host.mmruTable?.destroy();
    mmru.put(host);
    const body = h("div");
    host.append(body);
    const data = rows.map((row, n) => ({ n, row }));
    const defined = columns.map((column, i) => ({
      title: column.title,
      field: `c${i}`,
      minWidth: column.width ?? 110,
      widthGrow: column.grow ?? 1,
      variableHeight: true,
      hozAlign: column.number ? "right" : "left",
      formatter: (cell) => {
        const { row } = cell.getData();
        const text = column.text(row);
        const id = column.id?.(row);
        return h("span", {}, id && text ? mmru.marks.titled(id, text) : text);
      },
      sorter: (_a, _b, one, other) => {
        const [x, y] = [one, other].map((r) => (column.sort ?? column.text)(r.getData().row));
        return typeof x === "number" ? x - y : String(x).localeCompare(String(y), "en");
      },
    }));
    host.mmruTable = new Tabulator(body, {
      data,
      columns: defined,
      layout: "fitColumns",
      height: rows.length > 12 ? "560px" : undefined,
      headerSortElement: "<span aria-hidden='true'>▾</span>",
      placeholder: "Nothing matches the filter.",
      headerSortClickElement: "header",
      columnDefaults: { headerHozAlign: "left", resizable: false },
    });
    host.mmruTable.on("tableBuilt", () => makeAccessible(body, label));
  };

  const makeAccessible = (body, label) => {
    body.setAttribute("aria-label", label);
    for (const header of body.querySelectorAll(".tabulator-col")) {
      header.tabIndex = 0;
      header.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") {
          event.preventDefault();
          header.click();
        }
      });
    }
    // the links in the rows take the focus; without this, the body would be a focusable part without a role
    const holder = body.querySelector(".tabulator-tableholder");
    holder.removeAttribute("tabindex");
    holder.setAttribute("role", "presentation");
  };

  /** Returns a heading that opens a table; the table is drawn when it is opened. */
  mmru.folded = (title, build, open = false) => {
    const host = h("div", { class: "table" });
    const details = h("details", { class: "as-table", open, ontoggle: () => details.open && build(host) }, h("summary", {}, title), host);
    return details;
  };
})();
