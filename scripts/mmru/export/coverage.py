"""Count what was found, coded and left, and list the events that rest on a single witness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from mmru.export.facts import year_of
from mmru.export.markdown import table
from mmru.model import edtf

UNKNOWN = "–"
TABLES = ("candidates", "searches", "sources", "claims", "events")  # what the counts rest on
_RECORDS = ("events", "agreements", "reactions")
_COUNTS = ("found", "coded", "set aside", "left", "sources", *_RECORDS, "claims", "inferred")
_HEAD = """\
# Coverage

Which pages were found, and which of them were coded. `mmru build` generates this page, and `mmru coverage` \
prints it as text.
"""


class Section(NamedTuple):
    """A table with its title, an explanation, and a row of names above the other rows."""

    title: str
    note: str
    names: Sequence[str]
    rows: Sequence[Sequence[str]]


def as_page(tables: Mapping[str, pa.Table]) -> str:
    """Return the coverage of the dataset as a page in Markdown."""
    parts = [_HEAD]
    for section in sections(tables):
        parts.append(f"## {section.title}\n\n{section.note}\n")
        if section.rows:
            parts += [*table(section.names, section.rows, _COUNTS), ""]
    return "\n".join(parts)


def as_text(tables: Mapping[str, pa.Table]) -> Iterator[str]:
    """Yield the coverage of the dataset as lines."""
    for section in sections(tables):
        yield f"{section.title}. {section.note.replace('`', '')}"
        rows = [section.names, *section.rows] if section.rows else []
        widths = [max(map(len, column)) for column in zip(*rows)]
        for row in rows:
            cells = zip(section.names, row, widths)
            padded = (cell.rjust(w) if name in _COUNTS else cell.ljust(w) for name, cell, w in cells)
            yield f"  {'  '.join(padded)}".rstrip()


def sections(tables: Mapping[str, pa.Table]) -> list[Section]:
    """Return the counts by year, language, side and extent, and the events of a single witness."""
    return [_found(tables), _by_extent(tables), _of_sources(tables), _of_one_witness(tables)]


def _found(tables: Mapping[str, pa.Table]) -> Section:
    found: dict[tuple[str, ...], Counter[str]] = {}
    for row in tables["candidates"].to_pylist():
        span = edtf.parse(row["published"]) if row["published"] else None
        year = year_of(span.earliest, span.latest) if span else None
        group = year, row["language"], row["origin_side"], row["text_extent"]
        counts = found.setdefault(tuple(cell or UNKNOWN for cell in group), Counter())
        counts[{"coded": "coded", "later": "left"}.get(row["decision"], "set aside")] += 1
    rows = [
        [*group, *map(str, (counts.total(), counts["coded"], counts["set aside"], counts["left"]))]
        for group, counts in sorted(found.items())
    ]
    searches = tables["searches"].num_rows
    note = (
        f"Searches: {searches}. Pages that they found: {tables['candidates'].num_rows}. "
        "The year is that of publication, the side that of the origin. Copies, duplicates, pages off the "
        "topic and unreadable pages were set aside. The pages under `left` may be coded later. "
        f"{UNKNOWN} means not known."
    )
    names = ["year", "language", "side", "extent", "found", "coded", "set aside", "left"]
    return Section("What was found", note, names, rows)


def _by_extent(tables: Mapping[str, pa.Table]) -> Section:
    counts = Counter(tables["sources"]["text_extent"].to_pylist())
    rows = [[extent, str(count)] for extent, count in sorted(counts.items())]
    note = "How much of each source was read. The rest of an opening or a headline is unknown."
    return Section("Sources by extent", note, ["extent", "sources"], rows)


def _of_sources(tables: Mapping[str, pa.Table]) -> Section:
    claims = tables["claims"].select(["source_id", "record_table", "record_id", "basis"])
    of_records = claims.group_by(["source_id", "record_table", "record_id"]).aggregate([])
    mentioned = _counts(of_records, "source_id", "record_table")
    total = _counts(claims, "source_id")
    inferred = _counts(claims.filter(pc.field("basis") == "inferred"), "source_id")
    rows = []
    for row in tables["sources"].to_pylist():
        source = row["source_id"]
        facts = (row[name] or UNKNOWN for name in ("published", "language", "text_extent", "origin_side"))
        counts = (*(mentioned[source, name] for name in _RECORDS), total[source,], inferred[source,])
        rows.append([source, *facts, *map(str, counts)])
    note = (
        "How many records each source mentions, how many claims it makes, and how many of them are inferred. "
        "The side is that of the origin, the actor whose report it is."
    )
    names = ["source", "published", "language", "extent", "side", *_RECORDS, "claims", "inferred"]
    return Section("Sources", note, names, rows)


def _counts(rows: pa.Table, *by: str) -> Counter[tuple[str, ...]]:
    """Return the number of rows for each combination of cells in some columns."""
    counted = rows.group_by(list(by)).aggregate([([], "count_all")]).select([*by, "count_all"])
    return Counter({tuple(cells): count for *cells, count in zip(*(c.to_pylist() for c in counted.columns))})


def _of_one_witness(tables: Mapping[str, pa.Table]) -> Section:
    events = tables["events"].to_pylist()
    kinds = Counter(row["confirmation"] for row in events)
    rows = [
        [row["event_id"], row["date"] or UNKNOWN, ", ".join(row["source_ids"] or ())]
        for row in events
        if row["confirmation"] == "single-witness"
    ]
    others = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    note = f"The {len(events)} events by `confirmation`: {others}." if events else "There are no events."
    return Section("Events with a single witness", note, ["event", "date", "sources of it"], rows)
