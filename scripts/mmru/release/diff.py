"""What one edition of the dataset has otherwise than an earlier one, and what version that asks for.

The rules are those of docs/versioning.md: what is gone or means something else is major, what is
new is minor, what was corrected is a patch.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process

from mmru.datapackage.edition import CHANGES, Edition
from mmru.model.claim import text_of
from mmru.model.schema import Column, Table
from mmru.release.grounds import Grounds

LEVELS = ("patch", "minor", "major")
JOINT = "|"
# the columns of a vocabulary by which a code means what it means
MEANING = ("definition", "score", "unit", "side")
# what of a table, a column or a code is words, which can become clearer without meaning anything else
WORDS = ("description", "mmru:rules", "definition")
# a claim's id is made from its value: with another value it is still the claim about the same
CLAIM_ADDRESS = ("record_table", "record_id", "field", "source_id")
REDIRECTS = "redirects"
GIVEN = ("value", "text")  # the columns in which a figure or a text of a record stands
Cells = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One row of the table changes, without version and sequence."""

    table_name: str
    change: str
    level: str
    row_key: str | None = None
    column_name: str | None = None
    old_value: str | None = None
    new_value: str | None = None
    grounds: tuple[str, ...] = ()
    reason: str | None = None


def diff(old: Edition, new: Edition, clarified: Collection[str] = ()) -> list[Change]:
    """Everything that changed from one edition to the next, in the order of the tables.

    `clarified` names what has other words but the same meaning: `table`, `table.column` or
    `vocabulary:code`; the change of its words is a patch.
    """
    names = [*new.schemas, *(n for n in old.schemas if n not in new.schemas)]
    grounds = (Grounds(old), Grounds(new))
    tables = (name for name in names if name != CHANGES)
    return [c for name in tables for c in _of_table(name, old, new, grounds, clarified)]


def least(version: str, changes: Iterable[Change]) -> str:
    """The least version after this one that the changes allow; the same one where nothing changed."""
    level = max((LEVELS.index(c.level) for c in changes), default=-1)
    numbers = [int(n) for n in version.partition("-")[0].split(".")]
    if level < 0:
        return version
    at = 2 - level
    return ".".join(map(str, [*numbers[:at], numbers[at] + 1, *[0] * level]))


def _of_table(
    name: str, old: Edition, new: Edition, grounds: tuple[Grounds, Grounds], clarified: Collection[str]
) -> Iterator[Change]:
    if name not in old.schemas:
        yield Change(name, "table-added", "minor")
    elif name not in new.schemas:
        yield Change(name, "table-removed", "major")
    else:
        before, after = old.schemas[name], new.schemas[name]
        yield from _meanings(before, after, clarified)
        if before.primary_key == after.primary_key:
            yield from _Rows(name, old, new, grounds, clarified).changes()


def _meanings(before: Table, after: Table, clarified: Collection[str]) -> Iterator[Change]:
    """What changed in the schema of a table: columns, and what they and the table mean."""
    name = after.name
    for column in before.names:
        if column not in after.names:
            yield Change(name, "column-removed", "major", column_name=column)
    for told in ("description", "mmru:rules", "primaryKey"):
        one, other = before.descriptor.get(told), after.descriptor.get(told)
        if one != other:
            clear = told in WORDS and name in clarified
            yield _meaning(name, None, (_text(one), _text(other)), clear)
    for column in after.names:
        if column not in before.names:
            yield Change(name, "column-added", "minor", column_name=column)
        else:
            yield from _of_column(name, before[column], after[column], clarified)


def _of_column(name: str, before: Column, after: Column, clarified: Collection[str]) -> Iterator[Change]:
    """A column whose words, type or limits changed; codes that it allows beside those before."""
    if before.description != after.description:
        clear = f"{name}.{after.name}" in clarified
        yield _meaning(name, after.name, (before.description, after.description), clear)
    pairs = [(getattr(before, t), getattr(after, t)) for t in ("type", "format", "unit", "vocabulary")]
    allowed, allows = (dict(c.constraints) for c in (before, after))
    codes, now = allowed.pop("enum", None), allows.pop("enum", None)
    pairs.append((_text(allowed), _text(allows)))
    lost, won = set(codes or ()) - set(now or codes or ()), set(now or ()) - set(codes or now or ())
    if lost or (now and not codes):
        pairs.append((_text(sorted(codes or ())), _text(now)))
    for one, other in pairs:
        if one != other:
            yield _meaning(name, after.name, (one, other))
    if won or (codes and not now):
        shown = ";".join(sorted(won)) or None
        yield Change(name, "codes-added", "minor", column_name=after.name, new_value=shown)


def _meaning(table: str, column: str | None, words: tuple[str, str], clear: bool = False) -> Change:
    change, level = ("clarified", "patch") if clear else ("meaning-changed", "major")
    old, new = (w or None for w in words)
    return Change(table, change, level, column_name=column, old_value=old, new_value=new)


class _Rows:
    """The rows of a table that both editions have, under the same key."""

    def __init__(
        self,
        name: str,
        old: Edition,
        new: Edition,
        grounds: tuple[Grounds, Grounds],
        clarified: Collection[str],
    ) -> None:
        self.table, self.grounds, self.clarified = new.schemas[name], grounds, clarified
        self.old, self.new = old.tables[name], new.tables[name]
        self.columns = [c for c in self.table.names if c in old.schemas[name].names]
        self.ids = record_tables(old) | record_tables(new)

    def changes(self) -> Iterator[Change]:
        old_keys, new_keys = (_keys(rows, self.table) for rows in (self.old, self.new))
        at = pc.index_in(new_keys, value_set=old_keys)
        kept = pc.indices_nonzero(pc.is_valid(at))
        gone = pc.indices_nonzero(pc.invert(pc.is_in(old_keys, value_set=new_keys)))
        come = pc.indices_nonzero(pc.is_null(at))
        yield from self._corrected(at.take(kept), kept)
        pairs, removed, added = self._replaced(gone.to_pylist(), come.to_pylist())
        if pairs:
            yield from self._corrected(*(pa.array(list(rows), pa.int64()) for rows in zip(*pairs)))
        yield from map(self._removed, _cells(self.old, removed))
        yield from map(self._added, _cells(self.new, added))

    def _corrected(self, old_at: pa.Array, new_at: pa.Array) -> Iterator[Change]:
        """The cells that differ between rows of the one and rows of the other edition."""
        found: list[tuple[int, int, str, Any, Any]] = []
        for place, column in enumerate(self.columns):
            one, other = (
                _column(rows, column).take(at) for rows, at in ((self.old, old_at), (self.new, new_at))
            )
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
        of = self.grounds[now is not None]
        said, ruled = of.of_cell(self.table, cells, column), of.ruling(self.table, cells, column)
        return Change(self.table.name, change, level, key, column, _cell(was), _cell(now), said, ruled)

    def _removed(self, cells: Cells) -> Change:
        lost = self.table.name in (*self.ids, REDIRECTS, "vocabularies")
        target, reason = self.grounds[1].redirect(self.table, cells)
        return Change(
            *(self.table.name, "row-removed", "major" if lost else "patch", self._key(cells), None),
            *(_json(cells), target, self.grounds[0].of_row(self.table, cells), reason),
        )

    def _added(self, cells: Cells) -> Change:
        said = self.grounds[1].of_row(self.table, cells)
        return Change(self.table.name, "row-added", "minor", self._key(cells), None, None, _json(cells), said)

    def _replaced(
        self, gone: Sequence[int], come: Sequence[int]
    ) -> tuple[list[tuple[int, int]], list[int], list[int]]:
        """Rows that took the place of others at the same address; and those that did not."""
        address = _address(self.table)
        if not address:
            return [], list(gone), list(come)
        places: dict[tuple[Any, ...], dict[int, str]] = defaultdict(dict)
        for row, cells in zip(gone, _cells(self.old, gone)):
            places[tuple(map(cells.get, address))][row] = _json(cells)
        pairs: list[tuple[int, int]] = []
        added: list[int] = []
        for row, cells in zip(come, _cells(self.new, come)):
            waiting = places[tuple(map(cells.get, address))]
            if likest := process.extractOne(_json(cells), waiting, scorer=fuzz.ratio):
                pairs.append((likest[2], row))
                del waiting[likest[2]]
            else:
                added.append(row)
        return pairs, sorted(row for waiting in places.values() for row in waiting), added

    def _key(self, cells: Cells) -> str:
        return JOINT.join(text_of(cells.get(name, "")) for name in self.table.primary_key)


def record_tables(edition: Edition) -> set[str]:
    """The tables whose ids never vanish: those that an entry of redirects can be about."""
    redirects = edition.schemas.get(REDIRECTS)
    return set(redirects["record_table"].constraints.get("enum", ())) if redirects else set()


def vanished(old: Edition, new: Edition) -> list[tuple[str, str]]:
    """The ids, each behind its table, that the old edition knows and the new one does not."""
    tables = record_tables(old) | record_tables(new)
    lost = _known(old, tables) - _known(new, tables)
    return sorted((table, record) for table, record in lost if table in new.schemas)


def _known(edition: Edition, tables: Collection[str]) -> set[tuple[str, str]]:
    """The ids of all records, and those that are redirected."""
    redirects = edition.tables[REDIRECTS].to_pylist() if REDIRECTS in edition.tables else []
    retired = {(row["record_table"], row["old_id"]) for row in redirects}
    there = [edition.schemas[name] for name in tables if name in edition.schemas]
    keys = ((t.name, edition.tables[t.name][t.primary_key[0]].to_pylist()) for t in there)
    return retired | {(name, record) for name, ids in keys for record in ids}


def _cells(rows: pa.Table, at: Sequence[int]) -> Iterator[Cells]:
    """The rows at some places, without their empty cells."""
    for row in rows.take(pa.array(at, pa.int64())).to_pylist():
        yield {name: value for name, value in row.items() if value is not None}


def _keys(rows: pa.Table, table: Table) -> pa.Array:
    """What makes each row what it is: its key; of figures and texts, only numbered, what they say."""
    names: tuple[str, ...] = table.primary_key
    if table.helper and table.helper.style == "measure":
        names = (*_address(table), *GIVEN)
    parts = [pc.fill_null(_column(rows, name).cast(pa.string()), "") for name in names]
    return pc.binary_join_element_wise(*parts, "\x1f")


def _column(rows: pa.Table, name: str) -> pa.Array:
    """A column in one piece, lists as joined texts."""
    column = rows.column(name).combine_chunks()
    return pc.binary_join(column, ";") if pa.types.is_list(column.type) else column


def _differ(one: pa.Array, other: pa.Array) -> pa.Array:
    """Where two columns have different values; empty cells are equal."""
    if one.type != other.type:
        one, other = one.cast(pa.string()), other.cast(pa.string())
    differ = pc.fill_null(pc.not_equal(one, other), False)
    return pc.or_(differ, pc.xor(pc.is_null(one), pc.is_null(other)))


def _address(table: Table) -> tuple[str, ...]:
    """The columns that say what a row is about, where its key says also what it gives."""
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
