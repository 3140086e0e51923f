"""The provenance of rows and cells: the claims, rulings and redirects on which they rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mmru.datapackage.package import Package
from mmru.model.claim import IDENTITY, text_of
from mmru.model.helper_rows import cell_path, record_id, row_path
from mmru.model.locator import CLAIM_COLUMNS, Locator
from mmru.model.redirects import follow
from mmru.model.schema import Table

Cells = Mapping[str, Any]
_REQUIRED = {"record_table", "record_id", "field", "value"}  # an older package may lack them
_CLAIM = ("record_table", "record_id", "field", "value", "agrees", "source_id", *CLAIM_COLUMNS)


class Snapshot:
    """All tables of a package in memory, and what each row and cell rests on; raise Damaged."""

    def __init__(self, package: Package) -> None:
        self.tables = package.tables
        self.rows = package.read()
        self.record_tables = package.record_tables
        self._last: tuple[str | None, list[dict[str, Any]]] = (None, [])

    def claims_of_row(self, table: Table, cells: Cells) -> tuple[str, ...]:
        """Return the claims that give a row of a record or helper table, as `source:locator` each."""
        if table.name == "claims":
            return (_place(cells),)
        if not table.helper:
            return self._claims(table, cells, lambda c: c["field"] == IDENTITY)
        path = row_path(table, cells)
        if not table.helper.has_columns:
            return self._claims(table, cells, _gives(path, _value(table, cells)))
        # the first step of a kind can be claimed by its name alone
        named = _gives(
            table.helper.prefix, str(cells[table.helper.key]) if cells.get("sequence") == 1 else ""
        )
        return self._claims(table, cells, lambda c: c["field"].rpartition(".")[0] == path or named(c))

    def claims_of_cell(self, table: Table, cells: Cells, column: str) -> tuple[str, ...]:
        """Return the claims that agree with a cell, as `source:locator` each; none if it is not claimed."""
        if table.name == "claims":
            return (_place(cells),)
        if table.helper and not table.helper.has_columns:
            return self.claims_of_row(table, cells)
        if table[column].kind != "claimed":
            return ()
        path = cell_path(table, cells, column)
        return self._claims(table, cells, lambda c: c["field"] == path and c.get("agrees", True))

    def ruling(self, table: Table, cells: Cells, column: str) -> str | None:
        """Return the reason of the ruling on a cell, or on the field that a claim is about."""
        if table.name == "claims":
            return self._rulings.get(tuple(cells.get(c, "") for c in ("record_table", "record_id", "field")))
        record = (_record_table(table), record_id(table, cells), cell_path(table, cells, column))
        return self._rulings.get(record)

    def redirect(self, table: Table, cells: Cells) -> tuple[str | None, str | None]:
        """Return the id to which that of a row was redirected at last, and the reason."""
        redirects = self._redirects.get(table.name, {})
        key = str(cells.get(table.primary_key[0], ""))
        if key not in redirects:
            return None, None
        targets = {old: row["new_id"] for old, row in redirects.items()}
        return follow(targets, key)[1], redirects[key]["reason"]

    def _claims(self, table: Table, cells: Cells, selected: Callable[[Cells], bool]) -> tuple[str, ...]:
        claims = self._claims_about(record_id(table, cells))
        of_table = (c for c in claims if c["record_table"] == _record_table(table))
        return tuple(sorted({_place(c) for c in of_table if selected(c)}))

    def _claims_about(self, record: str) -> list[dict[str, Any]]:
        """Return the claims about a record; those of the last one are kept, for its other cells."""
        if self._last[0] != record:
            claims, ranges = self._by_record
            first, end = ranges.get(record, (0, 0))
            self._last = record, claims.slice(first, end - first).to_pylist()
        return self._last[1]

    @cached_property
    def _by_record(self) -> tuple[pa.Table, Mapping[str, tuple[int, int]]]:
        """The claims sorted by record, and the range of rows of each record."""
        claims = self.rows.get("claims")
        if claims is None or not _REQUIRED.issubset(claims.column_names):
            return pa.table({}), {}
        claims = claims.select([name for name in _CLAIM if name in claims.column_names])
        claims = claims.sort_by("record_id").combine_chunks()
        ends = pc.run_end_encode(claims["record_id"].combine_chunks())
        stops = ends.run_ends.to_pylist()
        return claims, dict(zip(ends.values.to_pylist(), zip([0, *stops], stops)))

    @cached_property
    def _rulings(self) -> Mapping[tuple[Any, ...], str]:
        rows = self._list("rulings")
        return {(r["record_table"], r["record_id"], r["field"]): r["reason"] for r in rows}

    @cached_property
    def _redirects(self) -> Mapping[str, dict[Any, dict[str, Any]]]:
        """The rows of redirects by table and old id."""
        found: dict[str, dict[Any, dict[str, Any]]] = defaultdict(dict)
        for row in self._list("redirects"):
            found[row["record_table"]][row["old_id"]] = row
        return found

    def _list(self, name: str) -> list[dict[str, Any]]:
        return self.rows[name].to_pylist() if name in self.rows else []


def _record_table(table: Table) -> str:
    return table.helper.of if table.helper else table.name


def _value(table: Table, cells: Cells) -> str:
    """Return the member, figure or text that a row of a helper table shows, as in claims."""
    assert table.helper
    column = table.helper.value or ("value" if "value" in cells else "text")
    return text_of(cells.get(column, ""))


def _gives(path: str, value: str) -> Callable[[Cells], bool]:
    """Return a function that says whether a claim gives a field that value."""
    return lambda claim: (claim["field"], claim["value"]) == (path, value)


def _place(claim: Cells) -> str:
    """Return the place of a claim: its source and, if the text is known, its locator."""
    locator = Locator.of_claim(claim)
    return f"{claim.get('source_id')}:{locator}" if locator else str(claim.get("source_id"))
