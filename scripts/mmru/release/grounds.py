"""What stands behind a row or a cell of an edition: the claims, a ruling, a redirect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mmru.datapackage.edition import Edition
from mmru.model.claim import IDENTITY, text_of
from mmru.model.schema import Table

Address = tuple[str, str, str]
Cells = Mapping[str, Any]
_NEEDED = {"record_table", "record_id", "field", "value"}  # an older edition may lack them
_PLACE = ("source_id", "line", "char_start", "char_end", "span_sha256")
_TOLD = ("record_table", "record_id", "field", "value", "agrees", *_PLACE)


class Grounds:
    """The claims, rulings and redirects of one edition, found by the record and field they are about."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._last: tuple[str | None, list[dict[str, Any]]] = (None, [])

    def of_row(self, table: Table, cells: Cells) -> tuple[str, ...]:
        """The claims by which a row of a record or helper table exists: `source:locator` each."""
        if table.name == "claims":
            return (_place(cells),)
        if not table.helper:
            return self._of(table.name, str(cells[table.primary_key[0]]), lambda c: c["field"] == IDENTITY)
        record, path = _path(table, cells)
        if table.helper.style in ("member", "measure"):
            return self._of(table.helper.of, record, _gives(path, _given(table, cells)))
        # the first step of a kind can be claimed by its name alone
        named = _gives(
            table.helper.prefix, str(cells[table.helper.key]) if cells.get("sequence") == 1 else ""
        )
        return self._of(table.helper.of, record, lambda c: c["field"].rpartition(".")[0] == path or named(c))

    def of_cell(self, table: Table, cells: Cells, column: str) -> tuple[str, ...]:
        """The claims behind a cell, as `source:locator` each; empty where it does not come from claims."""
        if table.name == "claims":
            return (_place(cells),)
        if table.helper and table.helper.style in ("member", "measure"):
            return self.of_row(table, cells)
        if table[column].kind != "claimed":
            return ()
        of, record, field = _address(table, cells, column)
        return self._of(of, record, lambda c: c["field"] == field and c.get("agrees", True))

    def ruling(self, table: Table, cells: Cells, column: str) -> str | None:
        """The reason of the ruling on a cell, or on the field that a claim is about."""
        if table.name == "claims":
            about = (cells.get("record_table", ""), cells.get("record_id", ""), cells.get("field", ""))
            return self._rulings.get(about)
        return self._rulings.get(_address(table, cells, column))

    def redirect(self, table: Table, cells: Cells) -> tuple[str | None, str | None]:
        """Where the id of a row was redirected to, and why."""
        key = cells.get(table.primary_key[0])
        return self._redirects.get((table.name, key), (None, None))

    def _of(self, table: str, record: str, behind: Callable[[Cells], bool]) -> tuple[str, ...]:
        claims = (c for c in self._claims_of(record) if c["record_table"] == table and behind(c))
        return tuple(sorted({_place(c) for c in claims}))

    def _claims_of(self, record: str) -> list[dict[str, Any]]:
        """The claims about a record; those on the one asked for last are kept, for its other cells."""
        if self._last[0] != record:
            claims, places = self._by_record
            first, end = places.get(record, (0, 0))
            self._last = record, claims.slice(first, end - first).to_pylist()
        return self._last[1]

    @cached_property
    def _by_record(self) -> tuple[pa.Table, Mapping[str, tuple[int, int]]]:
        """The claims in the order of the records they are about, and where those on each begin and end."""
        claims = self._edition.tables.get("claims")
        if claims is None or not _NEEDED.issubset(claims.column_names):
            return pa.table({}), {}
        told = claims.select([name for name in _TOLD if name in claims.column_names])
        told = told.sort_by("record_id").combine_chunks()
        ends = pc.run_end_encode(told["record_id"].combine_chunks())
        stops = ends.run_ends.to_pylist()
        return told, dict(zip(ends.values.to_pylist(), zip([0, *stops], stops)))

    @cached_property
    def _rulings(self) -> Mapping[Address, str]:
        rows = self._rows("rulings")
        return {(r["record_table"], r["record_id"], r["field"]): r["reason"] for r in rows}

    @cached_property
    def _redirects(self) -> Mapping[tuple[str, Any], tuple[str | None, str]]:
        rows = self._rows("redirects")
        return {(r["record_table"], r["old_id"]): (r["new_id"], r["reason"]) for r in rows}

    def _rows(self, name: str) -> list[dict[str, Any]]:
        table = self._edition.tables.get(name)
        return table.to_pylist() if table is not None else []


def _path(table: Table, cells: Cells) -> tuple[str, str]:
    """The record that a row of a helper table belongs to, and its field there."""
    assert table.helper
    prefix, name = table.helper.prefix, str(cells[table.helper.key])
    if table.helper.style == "named":
        record, _, slug = name.partition(".")
        return record, f"{prefix}.{slug}"
    number = f".{cells['sequence']}" if table.helper.style == "step" and cells["sequence"] > 1 else ""
    return str(cells[table.primary_key[0]]), f"{prefix}.{name}{number}"


def _address(table: Table, cells: Cells, column: str) -> Address:
    """The record and field, as in claims, that a cell of a table shows."""
    if not table.helper:
        return table.name, str(cells[table.primary_key[0]]), column
    record, path = _path(table, cells)
    attributed = table.helper.style in ("step", "named")
    return table.helper.of, record, f"{path}.{column}" if attributed else path


def _given(table: Table, cells: Cells) -> str:
    """The member, or the figure or text, that a row of a helper table shows, as in claims."""
    assert table.helper
    value = table.helper.value or ("value" if "value" in cells else "text")
    return text_of(cells.get(value, ""))


def _gives(path: str, value: str) -> Callable[[Cells], bool]:
    """Whether a claim gives a field that value."""
    return lambda claim: (claim["field"], claim["value"]) == (path, value)


def _place(claim: Cells) -> str:
    """Where a claim stands: its source and, where the text is held, its locator."""
    source, line, start, end, span = map(claim.get, _PLACE)
    held = f":L{line}.{start}-{end}~{span}" if line is not None else ""
    return f"{source}{held}"
