"""The changes between two packages as text, JSON or Markdown: the output of `mmru diff`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from mmru.export.changelog import section
from mmru.release.diff import LEVELS, Change, least


def report(old: str, new: str, changes: Sequence[Change], form: str) -> Iterator[str]:
    """Yield the lines that list the changes from a version to another, in one of errors.DIFF_FORMATS."""
    wanted = least(old, changes)
    if form == "json":
        listed = [{k: v for k, v in vars(c).items() if v not in (None, ())} for c in changes]
        head = {"old": old, "new": new, "level": level(changes), "least_version": wanted}
        yield json.dumps({**head, "changes": listed}, ensure_ascii=False, indent=2)
        return
    if form == "markdown":
        yield f"## {old} to {new}\n"
        yield f"{_summary(changes, wanted)}\n"
        yield from section([vars(c) for c in changes])
        return
    for change in changes:
        yield from _lines(change)
    yield f"{old} to {new}: {_summary(changes, wanted)}"


def level(changes: Iterable[Change]) -> str | None:
    """Return the highest level of the changes, or None if nothing changed."""
    return max((c.level for c in changes), key=LEVELS.index, default=None)


def _summary(changes: Sequence[Change], wanted: str) -> str:
    if not changes:
        return "nothing changed."
    number = f"{len(changes)} change{'s' if len(changes) > 1 else ''}"
    return f"{number}; the next version is at least {wanted} ({level(changes)})."


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
