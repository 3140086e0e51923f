"use strict";

// Tables, as an alternative to each chart: only the rows in sight are made, so thousands stay quick.
(() => {
  const { h, store } = mmru;

  /** A link that opens a record. */
  mmru.link = (id, text) => h("a", { href: `${location.pathname}${store.address({ ...mmru.state, record: id })}`, "data-record": id }, text ?? store.titleOf(store.tableOf(id), store.rowOf(id)));

  /**
   * A table of `rows` in a host element. A column has a title and `text` (row → text), which is
   * sorted by and shown; `id` (row → record) makes it a link; `sort` (row → value) sorts by another.
   */
  mmru.table = (host, columns, rows, label) => {
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
        return id && text ? mmru.link(id, text) : h("span", {}, text);
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
      placeholder: "Nothing here fits the filter.",
      headerSortClickElement: "header",
      columnDefaults: { headerHozAlign: "left", resizable: false },
    });
    host.mmruTable.on("tableBuilt", () => named(body, label));
    return host.mmruTable;
  };

  const named = (body, label) => {
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
    // the links in its rows take the focus; a part that takes it too would be a part of the grid without a role
    const holder = body.querySelector(".tabulator-tableholder");
    holder.removeAttribute("tabindex");
    holder.setAttribute("role", "presentation");
  };

  /** A heading that opens a table, which is made only then. */
  mmru.folded = (title, build, open = false) => {
    const host = h("div", { class: "table" });
    const details = h("details", { class: "as-table", open, ontoggle: () => details.open && build(host) }, h("summary", {}, title), host);
    return details;
  };
})();
