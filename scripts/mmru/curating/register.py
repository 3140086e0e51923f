"""Register a new record: write an entry with a fresh id in its place in the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz import fuzz
from slugify import slugify

from mmru.curating.entries import Entries, Entry, read_entries
from mmru.curating.find import blanked, overlap, span_of
from mmru.curating.names import is_unspaced, latin, words
from mmru.errors import InvalidDataset, Problem, did_you_mean, listed, raise_errors
from mmru.io.atomic import replace_file
from mmru.io.validation import Validator
from mmru.io.yaml_file import Document
from mmru.io.yaml_line import yaml_entry
from mmru.model.edtf import Span
from mmru.model.schema import Column, Schemas, Table
from mmru.model.written_dates import dates
from mmru.seeds.json_schema import DISTINCT_FROM
from mmru.seeds.reader import REGISTERED_KINDS, read_coding, read_schemas

_STOP_WORDS = ("a", "an", "and", "at", "between", "by", "for", "from", "in", "of", "the", "to", "with")
_TITLES, _DESCRIPTIONS = ("title", "name"), ("summary", "description")
_ALIKE = 88  # percent of equal characters of two names or titles
_ALIKE_ABROAD = 75  # the same of names in two scripts
_OPTIONS = {"kind": "--kind", "country": "--country", **dict.fromkeys(_DESCRIPTIONS, "--summary")}


class Draft(NamedTuple):
    """What a curator gives of a new record; `values` has columns of its table."""

    record: str
    title: str
    summary: str | None = None
    date: str | None = None
    id: str | None = None
    values: Mapping[str, str] = {}

    @property
    def table(self) -> str:
        return f"{self.record}s"


def register(root: Path, draft: Draft, *, is_new: bool) -> tuple[str, str]:
    """Add a record to seeds/registry/; return the file and the new id.

    Raise InvalidDataset, and write nothing, if the registry has an error, the id is in use, a value is
    missing or wrong, or a registered record is alike; the latter is accepted with `is_new`.
    """
    schemas = read_schemas(root)
    coding = read_coding(root, "seeds", schemas)
    raise_errors(coding.problems)
    table, document = schemas.tables[draft.table], coding.registry[draft.table]
    span, date = _date(draft)
    record = draft.id or _id(draft, schemas, date)
    row = _row(draft, record, table, schemas)
    entry = yaml_entry(row)
    checked = Validator(coding.forms[draft.table]).validate(Document.parse(record, entry))
    raise_errors(Problem(record, 1, 1, p.code, p.message, p.fix) for p in checked.problems)
    key = table.primary_key[0]
    ids = [str(other[key]) for other in document.data]
    if record in ids:
        place = document.position((ids.index(record), key))
        message = f"is registered already, at {place.path}:{place.line}"
        raise InvalidDataset.of(record, "C02", message, "use it, or give another id with --id")
    if not is_new:
        alike = _alike(read_entries(root), draft, span)
        fix = "use it, or add --new if this is another one"
        raise_errors(
            Problem(record, 1, 1, "C02", f"there is already {other.id}, '{other.label}'", fix)
            for other in alike
        )
    text = _inserted(document, ids, record, entry)
    replace_file(root / document.path, text.encode())
    return document.path, record


def _date(draft: Draft) -> tuple[Span | None, str]:
    """Return the days of a record and its date; both from its title if no date is given."""
    found = next((d.date for d in dates(draft.title) if "XXXX" not in d.date), "")
    written = draft.date or found
    return (span_of(written, "--date") if written else None), written


def _id(draft: Draft, schemas: Schemas, date: str) -> str:
    """Return an id made of the words of a title and its date, with the prefix of the table."""
    prefix = schemas.prefixes.get(draft.table, "")
    is_named = "name" in schemas.tables[draft.table].names
    title = draft.title if is_named else blanked(draft.title, dates(draft.title))
    slug = slugify(title, stopwords=() if is_named else _STOP_WORDS).removeprefix(prefix)
    if not re.search("[a-z]", slug) or is_unspaced(title):
        fix = f"give it with --id, such as {prefix}a-few-words"
        raise InvalidDataset.of(f"'{draft.title}'", "R09", "has no Latin letters for an id", fix)
    if is_named:
        return f"{prefix}{slug}"
    years = re.findall(r"\d{4}", date)
    time = date if re.fullmatch(r"[\d-]+", date) else "".join(years[:1])
    return f"{prefix}{slug}-{time}".removesuffix("-")


def _row(draft: Draft, record: str, table: Table, schemas: Schemas) -> dict[str, Any]:
    """Return the entry of a record, in the order of the columns."""
    columns = {column.name: column for column in table.columns if column.kind in REGISTERED_KINDS}
    own = {name: draft.title for name in _TITLES if name in columns} | {table.primary_key[0]: record}
    if draft.summary:
        own[next((name for name in _DESCRIPTIONS if name in columns), "summary")] = draft.summary
    for name in sorted(own.keys() & draft.values):
        raise InvalidDataset.of(record, "R04", f"the {name} is given twice", f"leave out --set {name}=")
    given = own | dict(draft.values)
    others = _members(given.pop(DISTINCT_FROM, ""))
    for name in (name for name in given if name not in columns):
        fix = did_you_mean(name, columns) or f"the columns are {listed(columns, 20)}"
        raise InvalidDataset.of(record, "R05", f"entries of {table.name} have no column '{name}'", fix)
    for name, column in columns.items():
        if column.required and name not in given:
            raise InvalidDataset.of(record, "R06", f"the {name} is missing", _asked(column, schemas))
    row = {name: _value(columns[name], given[name]) for name in columns if name in given}
    return row | ({DISTINCT_FROM: others} if others else {})


def _asked(column: Column, schemas: Schemas) -> str:
    """Return which option gives a column, and what it may be."""
    codes = list(schemas.codes(column)) or column.constraints.get("enum", ())
    option = _OPTIONS.get(column.name, f"--set {column.name}=")
    if codes:
        return f"add {option} with one of {listed(codes, 20)}"
    return f"add {option} with a sentence in your own words"


def _value(column: Column, written: str) -> Any:
    text = " ".join(written.split())
    if column.is_list:
        return _members(text)
    if column.type in ("integer", "number") and re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text) if "." in text else int(text)
    return text


def _members(written: str) -> list[str]:
    return [part.strip() for part in written.split(";") if part.strip()]


def _alike(known: Entries, draft: Draft, span: Span | None) -> Iterator[Entry]:
    """Yield the registered records that may be the new one: none of another time."""
    for entry in known.by_id.values():
        both = span is not None and entry.span is not None
        if entry.table != draft.table or (span and entry.span and not overlap(span, entry.span)):
            continue
        names = entry.names or [entry.label or entry.id.replace("-", " ")]
        has_name = any(_is_one_name(draft.title, name) for name in names)
        if has_name or (both and not entry.names and _is_same(known, draft.title, entry)):
            yield entry


def _is_one_name(one: str, other: str) -> bool:
    """Return whether two names or titles are alike but for spelling, the order of words or the script."""
    enough = _ALIKE if one.isascii() == other.isascii() else _ALIKE_ABROAD
    return bool(fuzz.token_sort_ratio(latin(one), latin(other)) >= enough)


def _is_same(known: Entries, title: str, entry: Entry) -> bool:
    """Return whether a title has actors or places of a record, no others, and a word of its title."""
    named = list(known.names.find(title))
    common = ({*words(blanked(title, named))} - {*_STOP_WORDS}) & entry.own_words
    return bool(common) and bool(named) and all(name.records & entry.linked for name in named)


def _inserted(document: Document, ids: list[str], record: str, entry: str) -> str:
    """Return the text of a registry with an entry before the first greater id, comments kept."""
    lines = document.text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if not ids:
        lines = [line for line in lines if line.strip() != "[]"]
    starts = [number for number, line in enumerate(lines) if line.startswith("- ")]
    if len(starts) != len(ids):
        message = "its entries do not each begin on a line of their own"
        fix = "begin each entry with '- ' at the start of a line"
        raise InvalidDataset.of(document.path, "R09", message, fix)
    at = next((start for start, other in zip(starts, ids, strict=True) if other > record), len(lines))
    above = at
    while above and lines[above - 1].startswith("#") and at < len(lines):
        above -= 1
    # the comment at the top of the file is about all entries
    at = above or at
    return "".join([*lines[:at], entry, *lines[at:]])
