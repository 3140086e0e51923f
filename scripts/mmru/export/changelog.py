"""CHANGELOG.md: what each release changed, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mmru.export.markdown import table

_HEAD = """\
# Changelog

What changed in each release. `mmru build` generates this page from `seeds/releases/`; `data/changes.csv` \
has the same changes row by row. [docs/versioning.md](docs/versioning.md) explains version numbers.
"""
# tables whose changes are counted, not listed: they follow from others, or are too many to read
_COUNTED = ("claims", "passages", "adjudications", "coder_agreement")
_MANY = 200


def changelog(releases: Sequence[Mapping[str, Any]]) -> str:
    """Return CHANGELOG.md for the records of all releases, oldest first: the newest is at the top."""
    parts = [_HEAD]
    for release in reversed(releases):
        parts.append(f"## {release['version']} ({release['released']})\n")
        base = f"After {release['previous']}." if "previous" in release else "The first release."
        parts.append(f"{base} {release['notes'].strip()}\n")
        parts.extend(section(release["changes"]))
        counts = ", ".join(f"{name} {count:,}" for name, count in release["rows"].items() if count)
        parts.append(f"Rows: {counts}.\n")
        if "commit" in release:
            parts.append(f"Commit: `{release['commit']}`.\n")
    return "\n".join(parts)


def section(changes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield changes as Markdown: first the major ones, then the others, then their number by table."""
    counts = Counter((c["table_name"], c["change"]) for c in changes)
    shown = [c for c in changes if c["level"] == "major" or c["table_name"] not in _COUNTED]
    for title, wanted in (("Major", True), ("Changed", False)):
        listed = [c for c in shown if (c["level"] == "major") == wanted]
        if listed:
            yield f"### {title}\n"
            yield "\n".join(map(_item, listed[:_MANY])) + "\n"
        if len(listed) > _MANY:
            yield f"And {len(listed) - _MANY:,} more.\n"
    if counts:
        rows = ([name, change, f"{count:,}"] for (name, change), count in counts.items())
        yield from table(["table", "change", "number"], rows)
        yield ""


def _item(change: Mapping[str, Any]) -> str:
    named = " ".join(f"`{change[n]}`" for n in ("table_name", "row_key", "column_name") if change.get(n))
    item = f"- {named}: {change['change'].replace('-', ' ')}"
    if _is_of_rules(change):
        item += ": the coding rules"
    elif change["change"] in ("value-changed", "meaning-changed", "clarified"):
        item += f", {_value(change.get('old_value'))} to {_value(change.get('new_value'))}"
    elif change["change"] == "codes-added" and change.get("new_value"):
        item += f", {_value(change['new_value'])}"
    elif change["change"] == "row-removed" and change.get("new_value"):
        item += f"; use `{change['new_value']}`"
    if change.get("grounds"):
        item += f" ({', '.join(f'`{place}`' for place in change['grounds'])})"
    return item + (f". {change['reason'].rstrip('.')}." if change.get("reason") else "")


def _is_of_rules(change: Mapping[str, Any]) -> bool:
    """Return whether a change is of a table's coding rules, a list of sentences too long to show."""
    rules = str(change.get("new_value") or change.get("old_value") or "")
    is_of_table = not (change.get("column_name") or change.get("row_key"))
    return is_of_table and rules.startswith('["') and ". " in rules


def _value(text: str | None) -> str:
    """Return a value on one line of Markdown, shortened where it is long."""
    if text is None:
        return "nothing"
    short = text if len(text) <= 160 else text[:157] + "…"
    fence = "``" if "`" in short else "`"
    return f"{fence}{' '.join(short.split())}{fence}"
