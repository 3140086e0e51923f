"""The data of the explorer page: text of cells, words for dates, marks of charts, findings and questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from mmru.datapackage.package import Package
from mmru.explorer.date_words import SOME_TIME, words, words_after
from mmru.explorer.findings import findings, questions
from mmru.explorer.lists import (
    CONFIRMATIONS,
    KIND_NOTES,
    LANES,
    PATH,
    VOICES,
    Labels,
    Row,
    Tables,
    doubtful,
    labels,
    script_lists,
    stances,
    unproven,
)
from mmru.explorer.ties import ties
from mmru.export.citation import apa
from mmru.export.facts import About, whole_description
from mmru.model.claim import IDENTITY, text_of
from mmru.model.edtf import parse
from mmru.model.helper_rows import parse_path
from mmru.model.schema import Column, Schemas, Table

# the tables that the page loads at the start; it loads claims in shards
SHOWN = (
    *("events", "event_actors", "event_details"),
    *("agreements", "agreement_actors", "agreement_milestones", "agreement_terms"),
    *("reactions", "sources", "passages", "actors", "actor_roles", "places", "rulings", "redirects"),
)
READ = (*SHOWN, "claims", "vocabularies")
RECORDS = {"events": "event_id", "agreements": "agreement_id", "reactions": "reaction_id"}
TYPES = {"events": "event_type", "agreements": "agreement_type", "reactions": "kind"}
OPENED = (*RECORDS, "actors", "places", "sources")  # tables whose rows the page opens beside a view
FAR = "9999"  # after every day
STEP_TYPES = ("signing", "announcement", "agreement-step")  # events that are steps of an agreement
SHARD = 2000  # claims in a file; the claims of one record are in one file


def core(tables: Tables, claims: Mapping[str, list[Row]], package: Package) -> Row:
    """Return all data but the claims, as JSON has them; raise LookupError if a table lacks a column.

    `claims` has the claims about each record, sorted by record.
    """
    words_of = labels(tables["vocabularies"])
    return {
        "about": _about(package.about),
        "tables": {name: _table(package.tables[name], tables[name]) for name in SHOWN},
        "records": {
            name: {
                "key": package.tables[name].primary_key[0],
                "noun": name.removesuffix("s").capitalize(),
                "type": TYPES.get(name, ""),
            }
            for name in OPENED
        },
        "claim_columns": package.tables["claims"].names,
        "fields": field_meanings(tables, package.schemas),
        "labels": words_of,
        "dates": _dates(tables, package),
        "record_sources": {record: _distinct(rows, "source_id") for record, rows in claims.items()},
        "original_words": {
            record: " ".join(found)
            for record, rows in claims.items()
            if (found := _distinct(rows, "original"))
        },
        "timeline": [*timeline(tables)],
        "validity": {row["agreement_id"]: validity(row) for row in tables["agreements"]},
        "lists": script_lists(words_of),
        "reactions": reaction_marks(tables),
        "findings": findings(tables, package.about, words_of),
        "questions": [*questions(tables)],
        "ties": [*ties(tables, words_of)],
        "shards": [shard[0]["record_id"] for shard in shards(claims)],
    }


def _about(about: About) -> Row:
    """Return what the page says of the dataset."""
    since, until, released = covered_days(about)
    return {name: about[name] for name in ("title", "version", "licenses")} | {
        "description": whole_description(about),
        "since": since,
        "until": until,
        "released": released,
        "places": [place["name"] for place in about["coverage"]["places"]],
        "citation": apa(about),
    }


def covered_days(about: About) -> tuple[str, str, str]:
    """Return the first and the last day that the dataset covers, and the day of its release."""
    covered, released = parse(about["coverage"]["temporal"]), about["released"]
    return str(covered.earliest or covered.latest), str(covered.latest or released), released


def _table(table: Table, rows: Iterable[Row]) -> Row:
    """Return a table as the page reads it: its columns, and the text of its cells."""
    cells = [[cell(row[name]) for name in table.names] for row in rows]
    return {"columns": [_column(table, column) for column in table.columns], "rows": cells}


def _column(table: Table, column: Column) -> Row:
    """Return what the page needs to show the values of a column."""
    return {
        "name": column.name,
        "title": column.title,
        "kind": column.kind,
        "note": KIND_NOTES.get(column.kind, ""),
        "type": column.type,
        "vocabulary": column.vocabulary,
        "date": _date_form(column),
        "target": table.target(column.name),
    }


def _date_form(column: Column) -> str:
    """Return the key of `dates` with the words for a column of dates, or an empty string."""
    if column.format != "edtf":
        return ""
    return "after" if column.title.endswith((" from", " until", " of")) else "plain"


def field_meanings(tables: Tables, schemas: Schemas) -> dict[str, dict[str, Row]]:
    """Return title and column of each field that claims and rulings are about, by table and field."""
    words_of = labels(tables["vocabularies"])
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in (*tables["claims"], *tables["rulings"]):
        table, field = row["record_table"], row["field"]
        if field not in found[table]:
            found[table][field] = _meaning(schemas, table, field, words_of)
    return found


def _meaning(schemas: Schemas, table: str, path: str, words_of: Labels) -> Row:
    """Return title and column of a field of a record, also where it is a cell of a helper row."""
    if path == IDENTITY:
        return {"title": "Mentions this record"}
    field = schemas.field(table, path)
    if field is None:
        return {"title": path}
    column = _column(field.table, field.column)
    part = parse_path(schemas, table, path)
    if part is None or part.table.helper is None:
        return column
    key = part.table[part.table.helper.key]
    if not part.name:
        return column | {"title": f"{key.title}s"}
    code = words_of.get(key.vocabulary, {}).get(part.name)
    title = code.label if code else f"Role {part.name.replace('-', ' ')}"
    if part.sequence > 1 or part.object:
        title = f"{title} ({part.object or part.sequence})"
    if part.table.helper.has_columns:
        title = f"{title}: {field.column.title.lower()}"
    return column | {"title": title}


def cell(value: Any) -> str:
    """Return a cell as it is in the table's CSV file."""
    if value is None:
        return ""
    return ";".join(value) if isinstance(value, list) else text_of(value)


def claims_by_record(claims: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the claims about each record, sorted by record."""
    found: dict[str, list[Row]] = defaultdict(list)
    for claim in claims:
        found[claim["record_id"]].append(claim)
    return dict(sorted(found.items()))


def shards(claims: Mapping[str, list[Row]]) -> Iterator[list[Row]]:
    """Yield the claims about each record in lists of about SHARD."""
    shard: list[Row] = []
    for of_record in claims.values():
        if shard and len(shard) + len(of_record) > SHARD:
            yield shard
            shard = []
        shard += of_record
    if shard:
        yield shard


def _distinct(rows: Iterable[Row], column: str) -> list[str]:
    """Return the values of a column, each once, in alphabetical order."""
    return sorted({row[column] for row in rows if row[column]})


def timeline(tables: Tables) -> Iterator[Row]:
    """Yield the dated events and the dated milestones of agreements, by lane and date.

    Items of one record share a line, which `line_order` numbers and `line_when` dates. A signing or an
    announcement has no item of its own: it is a milestone of what was signed. `shape` is day, span (from one
    day to another) or within (on some day between the two); a null bound is open.
    """
    words_of = labels(tables["vocabularies"])
    types, milestones = words_of["event_type"], words_of["milestone"]
    notes = _notes(words_of)
    steps = {row["event_id"] for row in tables["agreement_milestones"] if row["date"]}
    agreements = {row["agreement_id"]: row for row in tables["agreements"]}
    items: list[Row] = [
        _item(row, row, row["event_id"], types[row["event_type"]].group or "other") | {"milestone": ""}
        for row in tables["events"]
        if row["date"] and not (row["event_type"] in STEP_TYPES and row["event_id"] in steps)
    ]
    for row in tables["agreement_milestones"]:
        if row["date"]:
            item = _item(row, agreements[row["agreement_id"]], row["agreement_id"], "agreements")
            when = f"{milestones[row['milestone']].label.lower()} {item['when'].removeprefix(SOME_TIME)}"
            items.append(item | {"milestone": row["milestone"], "when": when})
    items.sort(key=lambda i: (i["lane_order"], i["from"] or i["to"] or FAR, i["to"] or FAR, i["title"]))
    lines: dict[str, int] = {}
    stages: dict[str, tuple[int, str]] = {}  # the furthest step of an agreement that is dated
    for item in items:
        step = PATH.index(item["milestone"]) if item["milestone"] in PATH else -1
        stages[item["record"]] = max(stages.get(item["record"], (step, item["when"])), (step, item["when"]))
    for item in items:
        note = notes.get(item["status"], "")
        doubt = f"{note}: " if note and item["milestone"] else ""
        yield item | {
            "line_order": lines.setdefault(item["record"], len(lines)),
            "line_when": doubt + stages[item["record"]][1],
            "note": note,
            "when": doubt + item["when"],
        }


def _notes(words_of: Labels) -> dict[str, str]:
    """Return, in words, the statuses that a title must not hide: alleged, denied, planned and the like."""
    of_agreements = {code: words_of["agreement_status"][code].label.lower() for code in doubtful(words_of)}
    return of_agreements | {code: words_of["status"][code].label.lower() for code in unproven(words_of)}


def _item(dated: Row, row: Row, record: str, lane: str) -> Row:
    """Return a mark of the timeline; what goes on ends on the last day on which a source says so."""
    start, end = dated["date_earliest"], dated["date_latest"] or dated.get("as_of")
    lasting = parse(dated["date"]).precision in ("interval", "open-interval")
    return {
        "record": record,
        "title": row["title"],
        "status": row["status"],
        "confirmation": _sign(row),
        "lane": LANES[lane],
        "lane_order": [*LANES].index(lane),
        "from": _day(start),
        "to": _day(end),
        "shape": "day" if start and start == end else "span" if lasting else "within",
        "basis": dated["date_basis"],
        "when": words(dated["date"]),
    }


def _sign(row: Row) -> str:
    """Return the mark of how well a record is confirmed, and of whether it is disputed."""
    sign, _ = CONFIRMATIONS.get(row["confirmation"], ("", ""))
    return f"≠ {sign}" if row["disputed_fields"] else sign


def validity(row: Row) -> Row:
    """Return how long an agreement is valid: in words, and the days that bound it.

    It starts on the earliest day of valid_from, or of its signature where valid_from is empty. A null
    bound is open or unknown; where both would be, it starts on the earliest day on which it can end.
    `dated` is whether the agreement has any date of validity.
    """
    valid_from, valid_until, years = row["valid_from"], row["valid_until"], row["duration_years"]
    parts = (
        f"from {words_after(valid_from)}" if valid_from else "",
        f"until {words_after(valid_until)}" if valid_until else "",
        f"{years:g} year{'' if years == 1 else 's'}" if years else "",
    )
    first = parse(valid_from) if valid_from else None
    last = parse(valid_until) if valid_until else None
    start = (first.earliest or first.latest) if first else (row["signed_earliest"] or row["signed_latest"])
    end = last.latest if last else None
    if last and not end:
        start = start or last.earliest
    return {
        "words": ", ".join(filter(None, parts)),
        "dated": bool(valid_from or valid_until),
        "from": _day(start),
        "to": _day(end),
    }


def _day(day: date | None) -> str | None:
    return str(day) if day else None


def reaction_marks(tables: Tables) -> list[Row]:
    """Return the marks of the reactions that take a stance: which, whose voice, whether it is doubtful."""
    named = labels(tables["vocabularies"])
    order = stances(named)
    return [
        {
            "record": row["reaction_id"],
            "stance": named["stance"][row["stance"]].label,
            "score": named["stance"][row["stance"]].score,
            "order": order.index(row["stance"]),
            "alleged": row["status"] in unproven(named),
            "voice": named["voice"][row["voice"]].label if row["voice"] else "",
            "voice_order": [*VOICES].index(row["voice"]) if row["voice"] else len(VOICES),
        }
        for row in tables["reactions"]
        if row["stance"]
    ]


def _dates(tables: Tables, package: Package) -> dict[str, dict[str, str]]:
    """Return the words for every date on the page: alone, and after "from", "until" or "as of"."""
    found: dict[str, set[str]] = {"plain": {*covered_days(package.about)}, "after": set()}
    for name in SHOWN:
        for column in package.tables[name].columns:
            if form := _date_form(column):
                found[form].update(*(_texts(row[column.name]) for row in tables[name]))
    found["plain"].update(str(row["as_of"]) for row in tables["events"] if row["as_of"])
    for row in (*tables["claims"], *tables["rulings"]):
        field = package.schemas.field(row["record_table"], row["field"])
        if field and (form := _date_form(field.column)):
            for name in ("value", "chosen_value", "rejected_values"):
                found[form].update(_texts(row.get(name)))
    phrase = {"plain": words, "after": words_after}
    return {form: {text: phrase[form](text) for text in sorted(texts)} for form, texts in found.items()}


def _texts(value: Any) -> list[str]:
    """Return the texts in a cell, which may be empty or a list."""
    return list(value) if isinstance(value, list) else [value] if value else []
