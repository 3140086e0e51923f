"""The data of the explorer page: cells as text, dates in words, and which sources agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from mmru.datapackage.package import Package
from mmru.export.citation import apa
from mmru.model.claim import IDENTITY, text_of
from mmru.model.edtf import Span, parse
from mmru.model.origin import Origins
from mmru.model.schema import Schemas, Table

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]
# the values that a source gives for a field, each with "agree" or "differ", and the origins of its claims
Values = Mapping[tuple[str, str], set[str | None]]

# the tables that the page loads at the start; it loads claims in shards
SHOWN = (
    *("events", "event_actors", "event_details"),
    *("agreements", "agreement_actors", "agreement_milestones", "agreement_terms"),
    *("reactions", "sources", "passages", "actors", "actor_roles", "places", "rulings", "redirects"),
)
READ = (*SHOWN, "claims", "vocabularies")
RECORDS = {"events": "event_id", "agreements": "agreement_id", "reactions": "reaction_id"}
LANES = ("Visits", "Meetings", "Agreements", "Military", "Other dealings", "Background")
LANE_OF = {
    **dict.fromkeys(("visit", "departure", "invitation"), "Visits"),
    **dict.fromkeys(("meeting", "talks", "press-conference"), "Meetings"),
    "signing": "Agreements",
    **dict.fromkeys(("arms-supply", "acquisition-effort", "joint-exercise"), "Military"),
    **dict.fromkeys(("announcement", "appointment", "transport-link"), "Other dealings"),
    **dict.fromkeys(("abuse", "armed-attack", "armed-conflict", "power-seizure", "sanctions"), "Background"),
}
DOUBTFUL = ("alleged", "denied", "planned", "cancelled")  # statuses that a title must not hide
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHARD = 2000  # claims in a file; the claims of one record are in one file


def core(tables: Rows, package: Package) -> Row:
    """Return all data but the claims, as JSON has them; raise LookupError where a table lacks a column."""
    dates = {*_dates(tables, package), *covered_days(package.descriptor)}
    return {
        "about": _about(package.descriptor),
        "tables": {name: _table(package.tables[name], tables[name]) for name in SHOWN},
        "claim_columns": package.tables["claims"].names,
        "labels": labels(tables["vocabularies"]),
        "dates": {text: words(text) for text in sorted(dates)},
        "said": sources_by_record(tables["claims"]),
        "words": _original_words(tables["claims"]),
        "timeline": [*timeline(tables)],
        "lanes": LANES,
        "reactions": stances(tables),
        "pairs": [*pairs(tables, package.schemas)],
        "shards": [claims[0]["record_id"] for claims in shards(tables["claims"])],
    }


def _about(descriptor: Mapping[str, Any]) -> Row:
    """Return the description of the dataset, in the words of its descriptor."""
    names = ("title", "version", "description", "licenses")
    more = {
        "released": covered_days(descriptor)[1],
        "coverage": descriptor["mmru:coverage"],
        "citation": apa(descriptor),
    }
    return {name: descriptor[name] for name in names} | more


def covered_days(descriptor: Mapping[str, Any]) -> tuple[str, str]:
    """Return the first day that the dataset covers, and the day of its release."""
    return descriptor["mmru:coverage"]["temporal"].partition("/")[0], descriptor["created"][:10]


def _table(table: Table, rows: Iterable[Row]) -> Row:
    columns = [
        {
            "name": column.name,
            "title": column.title,
            "kind": column.kind,
            "type": column.type,
            "vocabulary": column.vocabulary,
            "date": column.format == "edtf",
            "target": table.target(column.name),
        }
        for column in table.columns
    ]
    cells = [[cell(row[name]) for name in table.names] for row in rows]
    return {"title": table.title, "columns": columns, "rows": cells}


def cell(value: Any) -> str:
    """Return a cell as it is in the table's CSV file."""
    if value is None:
        return ""
    return ";".join(value) if isinstance(value, list) else text_of(value)


def labels(vocabularies: Iterable[Row]) -> dict[str, dict[str, list[Any]]]:
    """Return label, definition and score of each code of each vocabulary."""
    found: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    for row in vocabularies:
        found[row["vocabulary"]][row["code"]] = [row["label"], row["definition"], row["score"]]
    return found


def claims_by_record(claims: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the claims about each record, sorted by record."""
    found: dict[str, list[Row]] = defaultdict(list)
    for claim in claims:
        found[claim["record_id"]].append(claim)
    return dict(sorted(found.items()))


def shards(claims: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the claims, sorted by record, in lists of about SHARD."""
    shard: list[Row] = []
    for of_record in claims_by_record(claims).values():
        if shard and len(shard) + len(of_record) > SHARD:
            yield shard
            shard = []
        shard += of_record
    if shard:
        yield shard


def sources_by_record(claims: Iterable[Row]) -> dict[str, list[str]]:
    """Return the sources that make claims about each record."""
    return {
        record: sorted({c["source_id"] for c in of_record})
        for record, of_record in claims_by_record(claims).items()
    }


def _original_words(claims: Iterable[Row]) -> dict[str, str]:
    """Return the original words in the claims about each record, for searches."""
    found = {
        record: " ".join(sorted({c["original"] for c in of_record if c["original"]}))
        for record, of_record in claims_by_record(claims).items()
    }
    return {record: text for record, text in found.items() if text}


def timeline(tables: Rows) -> Iterator[Row]:
    """Yield the dated events and the dated milestones of agreements, by lane and date.

    `shape` is day, span (from one day to another) or within (on some day between the two); a null
    bound is open.
    """
    titles = {row["agreement_id"]: row["title"] for row in tables["agreements"]}
    words_of = labels(tables["vocabularies"])
    milestones = words_of["milestone"]
    items = [
        _item(row, row["event_id"], row["title"], LANE_OF.get(row["event_type"], "Other dealings"))
        | {"milestone": "", "note": words_of["status"][row["status"]][0] if row["status"] in DOUBTFUL else ""}
        for row in tables["events"]
        if row["date"]
    ]
    for row in tables["agreement_milestones"]:
        if row["date"]:
            title = f"{milestones[row['milestone']][0]}: {titles[row['agreement_id']]}"
            item = _item(row, row["agreement_id"], title, "Agreements")
            items.append(item | {"milestone": row["milestone"], "note": ""})
    far = "9999"
    yield from sorted(
        items,
        key=lambda i: (LANES.index(i["lane"]), i["from"] or i["to"] or far, i["to"] or far, i["title"]),
    )


def _item(row: Row, record: str, title: str, lane: str) -> Row:
    span = parse(row["date"])
    same = span.earliest is not None and span.earliest == span.latest
    lasting = span.precision in ("interval", "open-interval")
    return {
        "record": record,
        "title": title,
        "lane": lane,
        "from": text_of(span.earliest) if span.earliest else None,
        "to": text_of(span.latest) if span.latest else None,
        "shape": "day" if same else "span" if lasting else "within",
        "basis": row["date_basis"],
        "when": words(row["date"]),
    }


def stances(tables: Rows) -> list[Row]:
    """Return the marks of reactions: the stance (may be empty), the kind of holder, whether it is alleged."""
    named = labels(tables["vocabularies"])
    kinds = {row["actor_id"]: row["kind"] for row in tables["actors"]}
    order = list(named["actor_kind"])
    return [
        {
            "record": row["reaction_id"],
            "stance": named["stance"][row["stance"]][0] if row["stance"] else "",
            "alleged": row["status"] in DOUBTFUL,
            "kind": named["actor_kind"][kinds[row["actor_id"]]][0],
            "kind_order": order.index(kinds[row["actor_id"]]),
        }
        for row in tables["reactions"]
    ]


def _dates(tables: Rows, package: Package) -> Iterator[str]:
    """Yield every EDTF text in the tables that are shown, and in claims about dates."""
    for name in SHOWN:
        for column in package.tables[name].columns:
            if column.format == "edtf":
                yield from {row[column.name] for row in tables[name] if row[column.name]}


def words(text: str) -> str:
    """Return an EDTF date in plain English: `[..2026-02-03]` is "by 3 Feb 2026"; raise ValueError."""
    span = parse(text)
    if text.startswith("["):
        return " or ".join(_member(item.strip()) for item in text[1:-1].split(","))
    first, slash, last = text.partition("/")
    if not slash:
        return _one(text)
    if first in ("", ".."):
        return f"until {_one(last)}" if not first else f"up to {_one(last)}"
    if last in ("", ".."):
        return f"from {_one(first)}" if not last else f"since {_one(first)}"
    return _stretch(first, last, span)


def _member(item: str) -> str:
    first, dots, last = item.partition("..")
    if not dots:
        return _one(first)
    if not first:
        return f"by {_one(last)}"
    if not last:
        return f"{_one(first)} or later"
    return f"some time in {_stretch(first, last, parse(f'{first}/{last}'))}"


def _stretch(first: str, last: str, span: Span) -> str:
    """Return two dates as one range, without repeating month or year."""
    start, end = span.earliest, span.latest
    if len(first) == len(last) == len("2025-03-01") and start and end and start.year == end.year:
        if start.month == end.month:
            return f"{start.day}–{end.day} {MONTHS[end.month - 1]} {end.year}"
        return f"{start.day} {MONTHS[start.month - 1]} – {_one(last)}"
    return f"{_one(first)} – {_one(last)}"


def _one(text: str) -> str:
    """Return a single date, with its marks of doubt in words."""
    bare, about = text.rstrip("?~%"), "about " if text[-1] in "~%" else ""
    doubt = " (uncertain)" if text[-1] in "?%" else ""
    span = parse(bare)
    assert span.earliest
    assert span.latest
    year = str(span.earliest.year)
    shown = {
        "day": f"{span.earliest.day} {MONTHS[span.earliest.month - 1]} {year}",
        "month": f"{MONTHS[span.earliest.month - 1]} {year}",
        "year": year,
    }.get(span.precision)
    if shown is None:
        shown = f"some time in {_stretch(str(span.earliest), str(span.latest), span)}"
    return f"{about}{shown}{doubt}"


def pairs(tables: Rows, schemas: Schemas) -> Iterator[list[str]]:
    """Yield the pairs of sources that give values for one field of an event, agreement or reaction.

    Each is: record, field, one source, the other, how. `agree` where both give the published value (of
    a set, the same member) in claims of different origins; `differ` where one gives another value. A
    source may differ from itself.
    """
    origins = Origins(tables["sources"])
    for (record, field), sources in sorted(_values(tables["claims"], schemas, origins).items()):
        for one, other in combinations(sorted(sources), 2):
            shared, apart = _compared(sources[one], sources[other])
            yield from [[record, field, one, other, "agree"]] * shared
            yield from [[record, field, one, other, "differ"]] * apart
        for one, values in sorted(sources.items()):
            if {"agree", "differ"} <= {kind for _, kind in values}:
                yield [record, field, one, one, "differ"]


def _values(
    claims: Iterable[Row], schemas: Schemas, origins: Origins
) -> dict[tuple[str, str], dict[str, Values]]:
    """Return the values that each source gives for a field; of single values, only those that differ."""
    found: dict[tuple[str, str], dict[str, Values]]
    found = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    for claim in claims:
        if claim["record_table"] in RECORDS and claim["field"] != IDENTITY:
            kind = "agree" if claim["agrees"] else "differ"
            field = schemas.field(claim["record_table"], claim["field"])
            value = claim["value"] if kind == "differ" or (field and field.is_list) else ""
            origin = origins.of(claim["source_id"], claim["attributed_to_actor_id"])
            found[claim["record_id"], claim["field"]][claim["source_id"]][value, kind].add(origin)
    return found


def _compared(one: Values, other: Values) -> tuple[int, int]:
    """Return how many values two sources share, and 1 if only one of them gives a rejected value.

    A value is shared where a claim of one source and a claim of the other have different origins.
    """
    both = [value for value in one.keys() & other.keys() if value[1] == "agree"]
    shared = sum(len(one[value] | other[value]) > 1 for value in both)
    return shared, int(any(kind == "differ" for _, kind in one.keys() ^ other.keys()))
