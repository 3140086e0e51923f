"""Compare two packages: their tables, columns, codes, rows and cells."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

from mmru.datapackage.package import Package
from mmru.model.claim import text_of
from mmru.model.schema import Column, Table
from mmru.release.change import Change
from mmru.release.provenance import Cells, Snapshot

CHANGES = "changes"  # the table of earlier changes, which is not compared
# the columns of a vocabulary that define a code
MEANING = ("definition", "score", "unit", "side")
# texts of a table, column or code that can become clearer and still mean the same
WORDS = ("description", "mmru:rules", "definition")
# the id of a claim depends on its value, so a claim with another value at this address is a correction
CLAIM_ADDRESS = ("record_table", "record_id", "field", "source_id")
FIGURE = ("value", "text")  # the columns of a measure that hold its figure or text


def diff(old: Package, new: Package, clarified: Collection[str] = ()) -> list[Change]:
    """Return all changes from one package to the next, in the order of the tables; raise Damaged.

    `clarified` lists texts with other words but the same meaning: `table`, `table.column` or
    `vocabulary:code`; a change of its words is a patch.
    """
    before, after = Snapshot(old), Snapshot(new)
    names = [*after.tables, *(n for n in before.tables if n not in after.tables)]
    return [c for name in names if name != CHANGES for c in _of_table(name, before, after, clarified)]


def _of_table(name: str, old: Snapshot, new: Snapshot, clarified: Collection[str]) -> Iterator[Change]:
    if name not in old.tables:
        yield Change(name, "table-added", "minor")
    elif name not in new.tables:
        yield Change(name, "table-removed", "major")
    else:
        before, after = old.tables[name], new.tables[name]
        yield from _meanings(before, after, clarified)
        if before.primary_key == after.primary_key:
            yield from _Rows(name, old, new, clarified).changes()


def _meanings(before: Table, after: Table, clarified: Collection[str]) -> Iterator[Change]:
    """Yield the changes of a table's schema: its columns, and the meaning of the table and of each."""
    name = after.name
    for column in before.names:
        if column not in after.names:
            yield Change(name, "column-removed", "major", column_name=column)
    for key in ("description", "mmru:rules", "primaryKey"):
        one, other = before.descriptor.get(key), after.descriptor.get(key)
        if one != other:
            clear = key in WORDS and name in clarified
            if key == "mmru:rules":
                one, other = _only(one, other), _only(other, one)
            yield _meaning(name, None, (_text(one), _text(other)), clear)
    for column in after.names:
        if column not in before.names:
            yield Change(name, "column-added", "minor", column_name=column)
        else:
            yield from _of_column(name, before[column], after[column], clarified)


def _of_column(name: str, before: Column, after: Column, clarified: Collection[str]) -> Iterator[Change]:
    """Yield the changes of a column's description, type, constraints and codes."""
    if before.description != after.description:
        clear = f"{name}.{after.name}" in clarified
        yield _meaning(name, after.name, (before.description, after.description), clear)
    aspects = ("type", "format", "unit", "vocabulary")
    pairs = [(_aspect(before, a), _aspect(after, a)) for a in aspects]
    old_limits, new_limits = (dict(c.constraints) for c in (before, after))
    old_codes, new_codes = old_limits.pop("enum", None), new_limits.pop("enum", None)
    pairs.append((_text(old_limits), _text(new_limits)))
    removed = set(old_codes or ()) - set(new_codes or old_codes or ())
    added = set(new_codes or ()) - set(old_codes or new_codes or ())
    if removed or (new_codes and not old_codes):
        pairs.append((_text(sorted(old_codes or ())), _text(new_codes)))
    for one, other in pairs:
        if one != other:
            yield _meaning(name, after.name, (one, other))
    if added or (old_codes and not new_codes):
        shown = ";".join(sorted(added)) or None
        yield Change(name, "codes-added", "minor", column_name=after.name, new_value=shown)


def _aspect(column: Column, name: str) -> str:
    """Return an aspect of a column with its name, as in `unit years`; empty where the column has none."""
    value = getattr(column, name)
    return f"{name} {value}" if value else ""


def _only(rules: Sequence[str] | None, others: Sequence[str] | None) -> list[str] | None:
    """Return the rules that the others lack, None where all are there."""
    return [rule for rule in rules or () if rule not in (others or ())] or None


def _meaning(table: str, column: str | None, words: tuple[str, str], clear: bool = False) -> Change:
    change, level = ("clarified", "patch") if clear else ("meaning-changed", "major")
    old, new = (w or None for w in words)
    return Change(table, change, level, column_name=column, old_value=old, new_value=new)


class _Rows:
    """The rows of a table that both packages have, under the same key."""

    def __init__(self, name: str, old: Snapshot, new: Snapshot, clarified: Collection[str]) -> None:
        self.table, self.clarified = new.tables[name], clarified
        self.before, self.after = old, new
        self.old, self.new = old.rows[name], new.rows[name]
        self.columns = [c for c in self.table.names if c in old.tables[name].names]
        self.ids = {*old.record_tables, *new.record_tables}

    def changes(self) -> Iterator[Change]:
        old_keys, new_keys = (_keys(rows, self.table) for rows in (self.old, self.new))
        at = pc.index_in(new_keys, value_set=old_keys)
        kept = pc.indices_nonzero(pc.is_valid(at))
        only_old = pc.indices_nonzero(pc.invert(pc.is_in(old_keys, value_set=new_keys)))
        only_new = pc.indices_nonzero(pc.is_null(at))
        yield from self._corrected(at.take(kept), kept)
        pairs, removed, added = self._replaced(only_old.to_pylist(), only_new.to_pylist())
        if pairs:
            yield from self._corrected(*(pa.array(list(rows), pa.int64()) for rows in zip(*pairs)))
        yield from map(self._removed, _cells(self.old, removed))
        yield from map(self._added, _cells(self.new, added))

    def _corrected(self, old_at: pa.Array, new_at: pa.Array) -> Iterator[Change]:
        """Yield a change for each cell that differs between old rows and the new rows beside them."""
        found: list[tuple[int, int, str, Any, Any]] = []
        for place, column in enumerate(self.columns):
            one = _column(self.old, column).take(old_at)
            other = _column(self.new, column).take(new_at)
            differ = pc.indices_nonzero(_differ(one, other))
            values = zip(differ.to_pylist(), one.take(differ).to_pylist(), other.take(differ).to_pylist())
            found += [(new_at[row].as_py(), place, column, was, now) for row, was, now in values]
        found.sort(key=lambda f: f[:2])
        for cells, (_, _, column, was, now) in zip(_cells(self.new, [f[0] for f in found]), found):
            yield self._value(cells, column, was, now)

    def _value(self, cells: Cells, column: str, was: Any, now: Any) -> Change:
        key, change, level = self._key(cells), "value-changed", "patch"
        if self.table.name == "vocabularies" and column in MEANING:
            clear = column in WORDS and f"{cells['vocabulary']}:{cells['code']}" in self.clarified
            change, level = ("clarified", "patch") if clear else ("meaning-changed", "major")
        side = self.before if now is None else self.after
        claims = side.claims_of_cell(self.table, cells, column)
        reason = side.ruling(self.table, cells, column)
        return Change(self.table.name, change, level, key, column, _cell(was), _cell(now), claims, reason)

    def _removed(self, cells: Cells) -> Change:
        lost = self.table.name in (*self.ids, "redirects", "vocabularies")
        target, reason = self.after.redirect(self.table, cells)
        return Change(
            *(self.table.name, "row-removed", "major" if lost else "patch", self._key(cells), None),
            *(_json(cells), target, self.before.claims_of_row(self.table, cells), reason),
        )

    def _added(self, cells: Cells) -> Change:
        claims = self.after.claims_of_row(self.table, cells)
        key, new = self._key(cells), _json(cells)
        return Change(self.table.name, "row-added", "minor", key, None, None, new, claims)

    def _replaced(
        self, old: Sequence[int], new: Sequence[int]
    ) -> tuple[list[tuple[int, int]], list[int], list[int]]:
        """Return pairs of an old and a new row of one address, other old rows, and other new rows."""
        address = _address(self.table)
        if not address:
            return [], list(old), list(new)
        candidates: dict[tuple[Any, ...], dict[int, str]] = defaultdict(dict)
        for row, cells in zip(old, _cells(self.old, old)):
            candidates[tuple(map(cells.get, address))][row] = _json(cells)
        pairs: list[tuple[int, int]] = []
        added: list[int] = []
        for row, cells in zip(new, _cells(self.new, new)):
            rows = candidates[tuple(map(cells.get, address))]
            if nearest := process.extractOne(_json(cells), rows, scorer=fuzz.ratio):
                pairs.append((nearest[2], row))
                del rows[nearest[2]]
            else:
                added.append(row)
        return pairs, sorted(row for rows in candidates.values() for row in rows), added

    def _key(self, cells: Cells) -> str:
        return "|".join(text_of(cells.get(name, "")) for name in self.table.primary_key)


def vanished(old: Package, new: Package) -> list[tuple[str, str]]:
    """Return the ids, each behind its table, that the old package knows and the new one does not."""
    names = {*old.record_tables, *new.record_tables}
    lost = _known_ids(old, names) - _known_ids(new, names)
    return sorted((table, record) for table, record in lost if table in new.tables)


def _known_ids(package: Package, names: Collection[str]) -> set[tuple[str, str]]:
    """Return the ids of all records, and the retired ones, each behind its table."""
    retired = {(row["record_table"], record) for record, row in package.redirects.items()}
    return retired | {(name, i) for name in names if name in package.tables for i in package.ids(name)}


def _cells(rows: pa.Table, at: Sequence[int]) -> Iterator[Cells]:
    """Yield rows by their numbers, without their empty cells."""
    for row in rows.take(pa.array(at, pa.int64())).to_pylist():
        yield {name: value for name, value in row.items() if value is not None}


def _keys(rows: pa.Table, table: Table) -> pa.Array:
    """Return what identifies each row: its key, or its figure or text where that is only numbered."""
    names: tuple[str, ...] = table.primary_key
    if table.helper and table.helper.style == "measure":
        names = (*_address(table), *FIGURE)
    parts = [pc.fill_null(_column(rows, name).cast(pa.string()), "") for name in names]
    return pc.binary_join_element_wise(*parts, "\x1f")


def _column(rows: pa.Table, name: str) -> pa.Array:
    """Return a column in one piece, lists as joined texts."""
    column = rows.column(name).combine_chunks()
    return pc.binary_join(column, ";") if pa.types.is_list(column.type) else column


def _differ(one: pa.Array, other: pa.Array) -> pa.Array:
    """Return where two columns have different values; empty cells are equal."""
    if one.type != other.type:
        one, other = one.cast(pa.string()), other.cast(pa.string())
    differ = pc.fill_null(pc.not_equal(one, other), False)
    return pc.or_(differ, pc.xor(pc.is_null(one), pc.is_null(other)))


def _address(table: Table) -> tuple[str, ...]:
    """Return the columns that address a row without its value; none if its key has no value."""
    if table.name == "claims":
        return CLAIM_ADDRESS
    if table.helper and table.helper.style == "member":
        return tuple(name for name in table.primary_key if name != table.helper.value)
    if table.helper and table.helper.style == "measure":
        return (table.primary_key[0], table.helper.key)
    return ()


def _cell(value: Any) -> str | None:
    return None if value is None else text_of(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _json(cells: Cells) -> str:
    return json.dumps(cells, ensure_ascii=False, default=str)
