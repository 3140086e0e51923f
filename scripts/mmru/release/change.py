"""A change between two packages: its level, and its lines in the output of `mmru diff`.

The levels are those of docs/versioning.md: a removal or another meaning is major, an addition is minor, a
correction is a patch.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mmru.errors import counted
from mmru.export.changelog import section
from mmru.model.version import numbers

LEVELS = ("patch", "minor", "major")
ColumnName = tuple[str, str | None]  # of a table and a column of it


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


def weightiest(changes: Iterable[Change]) -> Change | None:
    """Return the first change of the highest level, or None if nothing changed."""
    return max(changes, key=lambda c: LEVELS.index(c.level), default=None)


def least(version: str, changes: Iterable[Change]) -> str:
    """Return the least version after this one that the changes allow; this one where nothing changed."""
    heaviest = weightiest(changes)
    if heaviest is None:
        return version
    level = LEVELS.index(heaviest.level)
    *kept, raised = numbers(version)[: 3 - level]
    return ".".join(map(str, [*kept, raised + 1, *[0] * level]))


def report(
    old: str, new: str, changes: Sequence[Change], form: str, computed: Collection[ColumnName] = ()
) -> Iterator[str]:
    """Yield the lines that list the changes from a version to another, as text, json or markdown.

    For people, the changed values of a computed column are counted, since they follow from others.
    """
    wanted = least(old, changes)
    if form == "json":
        heaviest = weightiest(changes)
        listed = [{k: v for k, v in vars(c).items() if v not in (None, ())} for c in changes]
        level = heaviest.level if heaviest else None
        head = {"old": old, "new": new, "level": level, "least_version": wanted}
        yield json.dumps({**head, "changes": listed}, ensure_ascii=False, indent=2)
        return
    if form == "markdown":
        yield f"## {old} to {new}\n"
        yield f"{_summary(changes, wanted)}\n"
        yield from section([vars(c) for c in changes])
        return
    counted = Counter(map(_column, changes))
    for change in changes:
        column = _column(change)
        if change.change != "value-changed" or column not in computed or counted[column] == 1:
            yield from _lines(change)
        elif number := counted.pop(column, 0):
            yield f"{change.table_name} {change.column_name}: value-changed in {number} rows (patch)"
            yield "    because: it is computed from other cells; --format json lists each row"
    yield f"{old} to {new}: {_summary(changes, wanted)}"


def _column(change: Change) -> ColumnName:
    """Return the column of which a value has changed; None is of other changes."""
    return change.table_name, change.column_name if change.change == "value-changed" else None


def _summary(changes: Sequence[Change], wanted: str) -> str:
    heaviest = weightiest(changes)
    if heaviest is None:
        return "nothing changed."
    return f"{counted(len(changes), 'change')}; the next version is at least {wanted} ({heaviest.level})."


def _lines(change: Change) -> Iterator[str]:
    named = " ".join(n for n in (change.row_key, change.column_name) if n)
    yield f"{change.table_name} {named}: {change.change} ({change.level})".replace(" :", ":")
    for mark, value in (("-", change.old_value), ("+", change.new_value)):
        if value is not None:
            yield f"    {mark} {value}"
    for place in change.grounds:
        yield f"    by {place}"
    if change.reason:
        yield f"    because: {change.reason}"
