"""What changed between editions, for people and programs: text, JSON, Markdown, and CHANGELOG.md."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmru.release.diff import Change, least
from mmru.seeds.reader import Seeds

if TYPE_CHECKING:
    from mmru.datapackage.edition import Edition

_HEAD = """\
# Changelog

What each released version has otherwise than the one before it. This page is made by `mmru build` from \
`seeds/releases/`; `data/changes.csv` has the same row by row. What the numbers of a version mean is said in \
[docs/versioning.md](docs/versioning.md).
"""
# counted, not listed: they follow from others, or there are too many to read
_COUNTED = ("claims", "passages", "adjudications", "coder_agreement")
_MANY = 200


def told(old: Edition, new: Edition, changes: Sequence[Change], form: str) -> Iterator[str]:
    """The lines that tell what changed, in one of problem.TOLD."""
    wanted = least(old.version, changes)
    if form == "json":
        listed = [{k: v for k, v in vars(c).items() if v not in (None, ())} for c in changes]
        head = {"old": old.version, "new": new.version, "level": level(changes), "least_version": wanted}
        yield json.dumps({**head, "changes": listed}, ensure_ascii=False, indent=2)
        return
    if form == "markdown":
        yield f"## {old.version} to {new.version}\n"
        yield f"{_asks(changes, wanted)}\n"
        yield from section([vars(c) for c in changes])
        return
    for change in changes:
        yield from _lines(change)
    yield f"{old.version} to {new.version}: {_asks(changes, wanted)}"


def level(changes: Iterable[Change]) -> str | None:
    """The kind of new version that the changes ask for; None where nothing changed."""
    found = {c.level for c in changes}
    return next((name for name in ("major", "minor", "patch") if name in found), None)


def _asks(changes: Sequence[Change], wanted: str) -> str:
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


def changelog(seeds: Seeds) -> str:
    """CHANGELOG.md: every release, newest first."""
    parts = [_HEAD]
    for document in reversed(seeds.releases):
        release = document.data
        parts.append(f"## {release['version']} ({release['released']})\n")
        parts.append(f"Tag `v{release['version']}`. {_base(release)} {release['notes'].strip()}\n")
        parts.extend(section(release["changes"]))
        counts = ", ".join(f"{name} {count:,}" for name, count in release["rows"].items() if count)
        parts.append(f"Rows: {counts}.\n")
    return "\n".join(parts)


def _base(release: Mapping[str, Any]) -> str:
    return f"After {release['previous']}." if "previous" in release else "The first release."


def section(changes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Changes as Markdown: first what a user must act on, then table by table."""
    told = Counter((c["table_name"], c["change"]) for c in changes)
    shown = [c for c in changes if c["level"] == "major" or c["table_name"] not in _COUNTED]
    for title, wanted in (("Major", True), ("Changed", False)):
        listed = [c for c in shown if (c["level"] == "major") == wanted]
        if listed:
            yield f"### {title}\n"
            yield "\n".join(map(_item, listed[:_MANY])) + "\n"
        if len(listed) > _MANY:
            yield f"And {len(listed) - _MANY:,} more.\n"
    if told:
        yield "| table | change | number |\n| --- | --- | --- |"
        yield "\n".join(f"| {table} | {change} | {count:,} |" for (table, change), count in told.items())
        yield ""


def _item(change: Mapping[str, Any]) -> str:
    named = " ".join(f"`{change[n]}`" for n in ("table_name", "row_key", "column_name") if change.get(n))
    item = f"- {named}: {change['change'].replace('-', ' ')}"
    if change["change"] in ("value-changed", "meaning-changed", "clarified"):
        item += f", {_value(change.get('old_value'))} to {_value(change.get('new_value'))}"
    elif change["change"] == "codes-added" and change.get("new_value"):
        item += f", {_value(change['new_value'])}"
    elif change["change"] == "row-removed" and change.get("new_value"):
        item += f"; use `{change['new_value']}`"
    if change.get("grounds"):
        item += f" ({', '.join(f'`{place}`' for place in change['grounds'])})"
    return item + (f". {change['reason'].rstrip('.')}." if change.get("reason") else "")


def _value(text: str | None) -> str:
    """A value on one line of Markdown, as it is; a long one shortened."""
    if text is None:
        return "nothing"
    short = text if len(text) <= 160 else text[:157] + "…"
    fence = "``" if "`" in short else "`"
    return f"{fence}{' '.join(short.split())}{fence}"
