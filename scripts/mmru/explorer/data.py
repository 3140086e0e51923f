"""What the explorer page shows, taken from the released tables: cells as text, dates in words, who agrees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any

from mmru.export.citation import apa
from mmru.model.claim import IDENTITY, text_of
from mmru.model.edtf import Span, parse
from mmru.model.schema import Helper

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]

# the tables that the page holds from the start; claims follow in shards of their own
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
SHARD = 2000  # claims in a file; those of one record are never parted


def core(tables: Rows, package: Mapping[str, Any]) -> Row:
    """Everything but the claims, as JSON knows it. Raises LookupError where a table lacks a column."""
    described = {r["name"]: r["schema"] for r in package["resources"] if "schema" in r}
    return {
        "about": _about(package),
        "tables": {name: _table(described[name], tables[name]) for name in SHOWN},
        "claim_columns": [field["name"] for field in described["claims"]["fields"]],
        "labels": labels(tables["vocabularies"]),
        "dates": {text: words(text) for text in sorted({*_dates(described, tables), *stretch(package)})},
        "said": said(tables["claims"]),
        "words": _original_words(tables["claims"]),
        "timeline": [*timeline(tables)],
        "lanes": LANES,
        "reactions": stances(tables),
        "pairs": [*pairs(described, tables)],
        "shards": [claims[0]["record_id"] for claims in shards(tables["claims"])],
    }


def _about(package: Mapping[str, Any]) -> Row:
    """What the page says of the dataset, in the words of its descriptor."""
    named = ("title", "version", "description", "licenses")
    released, coverage = stretch(package)[1], package["mmru:coverage"]
    more = {"released": released, "coverage": coverage, "citation": apa(package)}
    return {name: package[name] for name in named} | more


def stretch(package: Mapping[str, Any]) -> tuple[str, str]:
    """The first day that the dataset covers, and the day of its release."""
    return package["mmru:coverage"]["temporal"].partition("/")[0], package["created"][:10]


def _table(schema: Mapping[str, Any], rows: Iterable[Row]) -> Row:
    targets = {k["fields"][0]: k["reference"]["resource"] for k in schema.get("foreignKeys", [])}
    columns = [
        {
            "name": field["name"],
            "title": field["title"],
            "kind": field["mmru:kind"],
            "type": field["type"],
            "vocabulary": field.get("mmru:vocabulary", ""),
            "date": field.get("mmru:format") == "edtf",
            "target": targets.get(field["name"]) or field.get("mmru:references", "").partition(".")[0],
        }
        for field in schema["fields"]
    ]
    names = [c["name"] for c in columns]
    return {
        "title": schema["title"],
        "columns": columns,
        "rows": [[cell(row[name]) for name in names] for row in rows],
    }


def cell(value: Any) -> str:
    """A cell as it stands in the table's CSV file."""
    if value is None:
        return ""
    return ";".join(value) if isinstance(value, list) else text_of(value)


def labels(vocabularies: Iterable[Row]) -> dict[str, dict[str, list[Any]]]:
    """Label, definition and score of each code of each vocabulary."""
    found: dict[str, dict[str, list[Any]]] = defaultdict(dict)
    for row in vocabularies:
        found[row["vocabulary"]][row["code"]] = [row["label"], row["definition"], row["score"]]
    return found


def claims_by_record(claims: Iterable[Row]) -> dict[str, list[Row]]:
    """The claims on each record, the records in the order of their ids."""
    found: dict[str, list[Row]] = defaultdict(list)
    for claim in claims:
        found[claim["record_id"]].append(claim)
    return dict(sorted(found.items()))


def shards(claims: Iterable[Row]) -> Iterator[list[Row]]:
    """The claims in the order of their records, in lists of about SHARD."""
    shard: list[Row] = []
    for of_record in claims_by_record(claims).values():
        if shard and len(shard) + len(of_record) > SHARD:
            yield shard
            shard = []
        shard += of_record
    if shard:
        yield shard


def said(claims: Iterable[Row]) -> dict[str, list[str]]:
    """The sources that speak of each record."""
    return {
        record: sorted({c["source_id"] for c in of_record})
        for record, of_record in claims_by_record(claims).items()
    }


def _original_words(claims: Iterable[Row]) -> dict[str, str]:
    """The few original words that the claims on a record keep, to be searched."""
    found = {
        record: " ".join(sorted({c["original"] for c in of_record if c["original"]}))
        for record, of_record in claims_by_record(claims).items()
    }
    return {record: text for record, text in found.items() if text}


def timeline(tables: Rows) -> Iterator[Row]:
    """The dated events, and the dated milestones of agreements, lane by lane in the order of time.

    `shape` is day, span (from one day to another) or within (on some day between the two); a bound
    that is null is open.
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
    """The reactions as marks: the stance (empty where the words take none), of whom, alleged or reported."""
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


def _dates(described: Mapping[str, Any], tables: Rows) -> Iterator[str]:
    """Every EDTF text in the tables that are shown, and in claims on dates."""
    for name in SHOWN:
        columns = [f["name"] for f in described[name]["fields"] if f.get("mmru:format") == "edtf"]
        yield from {row[column] for column in columns for row in tables[name] if row[column]}


def words(text: str) -> str:
    """An EDTF date in plain English: `[..2026-02-03]` is "by 3 Feb 2026". Raises ValueError if it is none."""
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
    """Two dates as one stretch, without saying month or year twice."""
    start, end = span.earliest, span.latest
    if len(first) == len(last) == len("2025-03-01") and start and end and start.year == end.year:
        if start.month == end.month:
            return f"{start.day}–{end.day} {MONTHS[end.month - 1]} {end.year}"
        return f"{start.day} {MONTHS[start.month - 1]} – {_one(last)}"
    return f"{_one(first)} – {_one(last)}"


def _one(text: str) -> str:
    """A single date, with its marks of doubt in words."""
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


def pairs(described: Mapping[str, Any], tables: Rows) -> Iterator[list[str]]:
    """Where two sources speak of one value of an event, agreement or reaction.

    Each is: record, field, one source, the other, how. `agree` where both give what the table has
    (of a set, the same member), and go back to different reports; `differ` where one gives what the
    table has not. A source may differ from itself.
    """
    origins = {row["source_id"]: row["origin"] for row in tables["sources"]}
    for (record, field), sources in sorted(_values(described, tables["claims"]).items()):
        for one, other in combinations(sorted(sources), 2):
            shared, apart = _compared(sources[one], sources[other])
            if origins[one] != origins[other]:
                yield from [[record, field, one, other, "agree"]] * shared
            yield from [[record, field, one, other, "differ"]] * apart
        for one, values in sorted(sources.items()):
            if {"agree", "differ"} <= {kind for _, kind in values}:
                yield [record, field, one, one, "differ"]


def _values(
    described: Mapping[str, Any], claims: Iterable[Row]
) -> dict[tuple[str, str], dict[str, set[tuple[str, str]]]]:
    """The values that each source gives for a field of a record; of a single one only whether it stands."""
    found: dict[tuple[str, str], dict[str, set[tuple[str, str]]]] = defaultdict(lambda: defaultdict(set))
    for claim in claims:
        if claim["record_table"] in RECORDS and claim["field"] != IDENTITY:
            kind = "agree" if claim["agrees"] else "differ"
            many = is_set(described, claim["record_table"], claim["field"])
            value = claim["value"] if many or kind == "differ" else ""
            found[claim["record_id"], claim["field"]][claim["source_id"]].add((value, kind))
    return found


def _compared(one: set[tuple[str, str]], other: set[tuple[str, str]]) -> tuple[int, int]:
    """How many values two sources share, and 1 where one gives what the table and the other have not."""
    shared = sum(kind == "agree" for _, kind in one & other)
    return shared, int(any(kind == "differ" for _, kind in one ^ other))


def is_set(described: Mapping[str, Any], table: str, field: str) -> bool:
    """Whether a field of a record holds a set of values, of which each has a claim of its own."""
    column = next((f for f in described[table]["fields"] if f["name"] == field), None)
    if column:
        return bool(column["type"] == "list")
    prefix, _, rest = field.partition(".")
    helpers = (Helper(**s["mmru:helper"]) for s in described.values() if "mmru:helper" in s)
    helper = next(h for h in helpers if (h.of, h.prefix) == (table, prefix))
    return not helper.has_columns or not rest
