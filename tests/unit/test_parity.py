"""Parity with frictionless: one verdict on what Table Schema can express, for each constraint and type.

Each bad row of a made-up table breaks one constraint. All rows are in one file: frictionless reads it as
CSV, our checks as the Arrow table from which it was written. Where frictionless passes a bad row the case
says so, and fails when frictionless learns to see it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import ROOT
from frictionless import Checklist, Package
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.checks.run import check
from mmru.checks.table_schema import pandas_schema
from mmru.datapackage.frames import frame
from mmru.errors import Position
from mmru.io.arrow import to_arrow
from mmru.io.tables import to_csv
from mmru.model.claim import text_of
from mmru.model.schema import Column, Schemas, Table, table_of
from mmru.seeds.reader import read_schemas
from pandera.errors import SchemaErrors
from pandera.io.pandas_io import from_frictionless_schema

Row = dict[str, Any]

STORED = read_schemas(ROOT)


def made_table(name: str, key: list[str], *fields: tuple[str, str, Row], **more: Any) -> Table:
    described = [
        {"name": n, "type": kind, "title": n, "description": n, "mmru:kind": "derived", **limits}
        | ({"delimiter": ";"} if kind == "list" else {})
        for n, kind, limits in fields
    ]
    table = {"name": name, "title": name, "description": name, "missingValues": [""], "primaryKey": key}
    return table_of({**table, "fields": described, **more})


def limited(**limits: Any) -> Row:
    return {"constraints": limits}


OTHER = made_table("other", ["other_id"], ("other_id", "string", limited(required=True)))
MADE = made_table(
    "made",
    ["key", "number"],
    ("key", "string", limited(minLength=3)),  # not `required`, but of the primary key
    ("number", "integer", {}),
    ("needed", "string", limited(required=True)),
    ("needed_list", "list", limited(required=True)),
    ("needed_number", "number", limited(required=True)),
    ("needed_date", "date", limited(required=True)),
    ("needed_truth", "boolean", limited(required=True)),
    ("single", "string", limited(unique=True)),
    ("plain", "string", {}),
    ("long", "string", limited(minLength=4)),
    ("pair", "list", limited(minLength=2)),
    ("either", "string", limited(pattern="e|ev-[0-9]+")),
    ("anchored", "string", limited(pattern="^e|ev-[0-9]+$")),
    ("url", "string", limited(pattern=r"https?://[^\s]+")),
    ("status", "string", limited(enum=["occurred", "planned"])),
    ("rank", "integer", limited(enum=[1, 2])),
    ("half", "number", limited(enum=[1, 2.5])),
    ("day", "date", limited(enum=["2031-05-01", "2031-05-02"])),
    ("topics", "list", {"mmru:vocabulary": "sector"}),
    ("sector", "string", {"mmru:vocabulary": "sector"}),
    ("grade", "integer", {"mmru:vocabulary": "credibility"}),
    ("count", "integer", limited(minimum=1, maximum=6)),
    ("share", "number", limited(minimum=0, maximum=1)),
    ("least", "number", limited(minimum=-90)),
    ("most", "number", limited(maximum=90)),
    ("early", "date", limited(minimum="2031-05-01", maximum="2031-05-31")),
    ("other_id", "string", {}),
    foreignKeys=[{"fields": ["other_id"], "reference": {"resource": "other", "fields": ["other_id"]}}],
)
SCHEMAS = Schemas({"made": MADE, "other": OTHER}, STORED.vocabularies)
BLANKS = ("\u00a0", "\u2003", "\u3000")

LIST = "must have distinct members, none empty or with ';'"
ANCHORED = r"is not of the form ^e|ev-[0-9]+$"
URL = r"is not of the form https?://[^\s]+"

# what a bad row has otherwise than a sound one, what frictionless calls it (empty: it sees nothing), and
# what our checks say of the column
CASES: dict[str, tuple[Row, str, str]] = {
    "required, text": ({"needed": None}, "required", "needed is empty"),
    "required, list": ({"needed_list": None}, "required", "needed_list is empty"),
    "required, number": ({"needed_number": None}, "required", "needed_number is empty"),
    "required, date": ({"needed_date": None}, "required", "needed_date is empty"),
    "required, boolean": ({"needed_truth": None}, "required", "needed_truth is empty"),
    "not a number, required": ({"needed_number": math.nan}, "", "needed_number is empty"),
    "empty text, required": ({"needed": ""}, "required", "needed '' is not at least 1 characters long"),
    "empty text": ({"plain": ""}, "", "plain '' is not at least 1 characters long"),
    "empty text, pattern": ({"either": ""}, "", "either '' is not of the form e|ev-[0-9]+"),
    "empty text, enum": ({"status": ""}, "", "status '' is not a code of its enum"),
    "minLength": ({"long": "abc"}, "minLength", "long 'abc' is not at least 4 characters long"),
    "minLength, wide characters": (
        {"long": "\u97d3\u97d3\u97d3"},
        "minLength",
        "long '\u97d3\u97d3\u97d3' is not at least 4 characters long",
    ),
    "minLength, list": ({"pair": ["a"]}, "minLength", 'pair ["a"] is not at least 2 characters long'),
    "pattern": ({"either": "?"}, "pattern", "either '?' is not of the form e|ev-[0-9]+"),
    # frictionless, and pandera's own converter, hold only the last alternative against the end
    "pattern, more after it": ({"either": "exx"}, "", "either 'exx' is not of the form e|ev-[0-9]+"),
    "pattern, more before it": ({"either": "? e"}, "pattern", "either '? e' is not of the form e|ev-[0-9]+"),
    "pattern, line break after it": ({"either": "e\n"}, "", "either 'e\n' is not of the form e|ev-[0-9]+"),
    "anchored pattern": ({"anchored": "?"}, "pattern", f"anchored '?' {ANCHORED}"),
    **{
        f"pattern, blank U+{ord(blank):04X}": (
            {"url": f"https://a.org/{blank}x"},
            "pattern",
            f"url 'https://a.org/{blank}x' {URL}",
        )
        for blank in BLANKS
    },
    "enum, text": ({"status": "no-such"}, "enum", "status 'no-such' is not a code of its enum"),
    "enum, capitals": ({"status": "PLANNED"}, "enum", "status 'PLANNED' is not a code of its enum"),
    "enum, blank after it": ({"status": "planned "}, "enum", "status 'planned ' is not a code of its enum"),
    "enum, integer": ({"rank": 3}, "enum", "rank '3' is not a code of its enum"),
    "enum, number": ({"half": 2.25}, "enum", "half '2.25' is not a code of its enum"),
    "enum, date": ({"day": date(2031, 5, 3)}, "enum", "day '2031-05-03' is not a code of its enum"),
    # a vocabulary that is in no enum is unknown to frictionless
    "vocabulary, text": ({"sector": "no-such"}, "", "sector 'no-such' is not a code of sector"),
    "vocabulary, integer": ({"grade": 7}, "", "grade '7' is not a code of credibility"),
    "vocabulary, list": (
        {"topics": ["culture", "no-such"]},
        "",
        'topics ["culture", "no-such"] is not a code of sector',
    ),
    "minimum, integer": ({"count": 0}, "minimum", "count '0' is not at least 1"),
    "maximum, integer": ({"count": 7}, "maximum", "count '7' is not at most 6"),
    "minimum, number": ({"share": -0.25}, "minimum", "share '-0.25' is not at least 0"),
    "maximum, number": ({"share": 1.25}, "maximum", "share '1.25' is not at most 1"),
    "minimum, date": (
        {"early": date(2031, 4, 30)},
        "minimum",
        "early '2031-04-30' is not at least 2031-05-01",
    ),
    "maximum, date": ({"early": date(2031, 6, 1)}, "maximum", "early '2031-06-01' is not at most 2031-05-31"),
    "not a number, minimum": ({"least": math.nan}, "minimum", "least 'nan' is not at least -90"),
    "not a number, maximum": ({"most": math.nan}, "maximum", "most 'nan' is not at most 90"),
    "not a number, both": ({"share": math.nan}, "minimum", "share 'nan' is not at least 0"),
    "list, member empty": ({"pair": ["a", ""]}, "", f'pair ["a", ""] {LIST}'),
    "list, member null": ({"pair": ["a", None]}, "minLength", f'pair ["a", null] {LIST}'),
    "list, member twice": ({"pair": ["a", "a"]}, "", f'pair ["a", "a"] {LIST}'),
    "list, member with delimiter": ({"pair": ["a;b", "c"]}, "", f'pair ["a;b", "c"] {LIST}'),
    # frictionless asks only that not all cells of a key are empty
    "primary key, null text": ({"key": None}, "", "key is empty"),
    "primary key, null integer": ({"number": None}, "", "number is empty"),
    "primary key, short": ({"key": "k"}, "minLength", "key 'k' is not at least 3 characters long"),
    "foreign key": ({"other_id": "none"}, "foreign-key", "other_id 'none' is not an id of other_id"),
}
TWICE: dict[str, tuple[Row, str, str]] = {
    "primary key": ({"key": "same"}, "primary-key", "its key is used twice"),
    "unique": ({"single": "same"}, "unique-error", "single 'same' is used twice"),
}
OPTIONAL = [c.name for c in MADE.columns if not c.required and c.name not in MADE.primary_key]
SOUND: dict[str, Row] = {
    "full": {},
    "only what is required": dict.fromkeys(OPTIONAL),
    "again, with no unique value": dict.fromkeys(OPTIONAL),
    "at the lower limits": {"count": 1, "share": 0.0, "least": -90.0, "early": date(2031, 5, 1)},
    "at the upper limits": {"count": 6, "share": 1.0, "most": 90.0, "early": date(2031, 5, 31)},
    "other codes": {"rank": 2, "half": 2.5, "day": date(2031, 5, 2), "status": "planned", "grade": 6},
    "other forms": {
        "either": "ev-12",
        "anchored": "ev-12",
        "long": "\u97d3\u97d3\u97d3\u97d3",
        "topics": ["culture"],
    },
}


def sound_row(number: int) -> Row:
    row: Row = {
        "key": f"key-{number}",
        "number": 1,
        "needed": "x",
        "needed_list": ["x"],
        "needed_number": 0.5,
    }
    row |= {"needed_date": date(2031, 5, 1), "needed_truth": False, "single": f"single-{number}"}
    row |= {"plain": "x", "long": "four", "pair": ["a", "b"], "either": "e", "anchored": "e"}
    row |= {"url": "https://a.org/x", "status": "occurred", "rank": 1, "half": 1.0, "day": date(2031, 5, 1)}
    row |= {"topics": ["culture", "consular"], "sector": "culture", "grade": 2, "count": 2, "share": 0.5}
    return row | {"least": 0.0, "most": 0.0, "early": date(2031, 5, 2), "other_id": "a"}


NAMES = [*SOUND, *CASES, *(f"{name}{again}" for name in TWICE for again in (" twice", " again"))]
RELEASED = date(2031, 6, 1)
ROWS = [
    sound_row(number) | change
    for number, change in enumerate(
        [
            *SOUND.values(),
            *(c for c, _, _ in CASES.values()),
            *(c for c, _, _ in TWICE.values() for _ in range(2)),
        ]
    )
]


def frames(rows: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    """Return rows of `made`, and the only row of the table `other`."""
    tables = {"made": to_arrow(MADE, rows), "other": to_arrow(OTHER, [{"other_id": "a"}])}
    return {name: pl.DataFrame(table) for name, table in tables.items()}


@pytest.fixture(scope="module")
def ours() -> Mapping[str, set[str]]:
    """What our checks say of each row, without the table and the key."""
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    for problem in check(frames(ROWS), lambda table, row: Position(table, row + 1), SCHEMAS, RELEASED):
        assert (problem.code, problem.path) == ("T01", "made")
        found[NAMES[problem.line - 1]].add(problem.message.partition(": ")[2])
    return found


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """What frictionless says of each row: the constraint, or the type of the error."""
    folder = tmp_path_factory.mktemp("parity")
    (folder / "made.csv").write_bytes(to_csv(MADE, to_arrow(MADE, ROWS)))
    (folder / "other.csv").write_text("other_id\na\n", "utf-8")
    resources = [
        {"name": t.name, "path": f"{t.name}.csv", "scheme": "file", "format": "csv", "encoding": "utf-8"}
        | {"schema": dict(t.descriptor)}
        for t in (MADE, OTHER)
    ]
    package = Package.from_descriptor({"name": "parity", "resources": resources}, basepath=str(folder))
    report = package.validate(Checklist(), limit_errors=10_000)
    assert not report.errors
    found: dict[str, set[str]] = {name: set() for name in NAMES}
    for error in (error for task in report.tasks for error in task.errors):
        constraint = re.match(r'constraint "(\w+)" is', error.note)
        # the first row is on the second line
        found[NAMES[error.row_number - 2]].add(constraint[1] if constraint else error.type)
    return found


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_row_passes_in_both(
    ours: Mapping[str, set[str]], library: Mapping[str, set[str]], name: str
) -> None:
    assert (ours[name], library[name]) == (set(), set())


@pytest.mark.parametrize("name", CASES)
def test_a_bad_row_has_the_same_verdict_in_both(
    ours: Mapping[str, set[str]], library: Mapping[str, set[str]], name: str
) -> None:
    _, of_library, message = CASES[name]
    assert message in ours[name]
    [column] = CASES[name][0]
    assert {said.partition(" ")[0] for said in ours[name]} == {column}
    assert of_library in library[name] if of_library else library[name] == set()


@pytest.mark.parametrize("name", TWICE)
def test_what_is_there_twice_is_found_in_both_rows_and_by_frictionless_in_the_second(
    ours: Mapping[str, set[str]], library: Mapping[str, set[str]], name: str
) -> None:
    _, of_library, message = TWICE[name]
    assert ours[f"{name} twice"] == ours[f"{name} again"] == {message}
    assert (library[f"{name} twice"], library[f"{name} again"]) == (set(), {of_library})


def test_every_constraint_of_the_stored_schemas_is_of_a_kind_that_is_compared() -> None:
    def kinds(table: Table) -> set[tuple[str, str]]:
        named = {(name, c.type) for c in table.columns for name, value in c.constraints.items() if value}
        return named | {("vocabulary", c.type) for c in table.columns if c.vocabulary}

    compared = kinds(MADE) | {("required", "integer"), ("vocabulary", "string")}
    assert set().union(*map(kinds, STORED.tables.values())) <= compared


# Cells of CSV that are no value of their column's type.


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        *(("count", "one"), ("count", "1.5"), ("share", "one"), ("share", "1,5")),
        *(("needed_truth", "yes"), ("early", "tomorrow"), ("early", "2031-02-30")),
    ],
)
def test_a_cell_of_another_type_is_refused_in_both(tmp_path: Path, column: str, cell: str) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError, ValueError)):
        to_arrow(MADE, [sound_row(0) | {column: cell}])
    (tmp_path / "one.csv").write_text(f'{column}\n"{cell}"\n', "utf-8")
    fields = [f for f in MADE.descriptor["fields"] if f["name"] == column]
    resource = {"name": "one", "path": "one.csv", "scheme": "file", "format": "csv", "encoding": "utf-8"}
    descriptor = {"name": "one", "resources": [{**resource, "schema": {"fields": fields}}]}
    report = Package.from_descriptor(descriptor, basepath=str(tmp_path)).validate()
    assert {error.type for task in report.tasks for error in task.errors} == {"type-error"}


# pandera, on polars and on pandas, beside a plain reading of the constraints in Python.


def is_broken(column: Column, value: Any) -> bool:
    """Return whether a value breaks a constraint of its column, read in plain Python."""
    limits = column.constraints
    if value is None:
        return bool(limits.get("required"))
    allowed = limits.get("enum") or [*SCHEMAS.vocabularies.get(column.vocabulary, ())]
    members = value if isinstance(value, list) else [value]
    return (
        bool(allowed and not {text_of(m) for m in members} <= {text_of(a) for a in allowed})
        or (isinstance(value, float) and math.isnan(value))
        or ("minimum" in limits and not str_or(value) >= limits["minimum"])
        or ("maximum" in limits and not str_or(value) <= limits["maximum"])
        or (isinstance(value, (str, list)) and len(value) < limits.get("minLength", 1))
        or ("pattern" in limits and not re.fullmatch(limits["pattern"], value))
        or (isinstance(value, list) and (len({*value}) < len(value) or any(not m or ";" in m for m in value)))
    )


def str_or(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


TEXTS = st.text("aeEv-019;\n \u00a0", max_size=5) | st.sampled_from(["e", "ev-1", "planned", "culture"])
VALUES = {
    "string": TEXTS,
    "integer": st.integers(-1, 8),
    "number": st.sampled_from([math.nan, -91.0, -0.5, 0.0, 0.5, 1.0, 2.5, 91.0, math.inf, -math.inf]),
    "date": st.dates(date(2031, 4, 29), date(2031, 6, 2)),
    "list": st.lists(TEXTS, min_size=1, max_size=3),
    "boolean": st.booleans(),
}
ROWS_AT_ONCE = 30
COMPARED = [c for c in MADE.columns if c.name not in ("key", "number", "single", "other_id")]


@settings(deadline=None, max_examples=5)
@given(st.data())
def test_pandera_and_a_plain_reading_agree_on_random_cells(data: st.DataObject) -> None:
    cells = {
        c.name: data.draw(st.lists(st.none() | VALUES[c.type], min_size=ROWS_AT_ONCE, max_size=ROWS_AT_ONCE))
        for c in COMPARED
    }
    rows = [sound_row(n) | {name: values[n] for name, values in cells.items()} for n in range(ROWS_AT_ONCE)]
    expected = {(c.name, n) for c in COMPARED for n in range(ROWS_AT_ONCE) if is_broken(c, rows[n][c.name])}
    problems = check(frames(rows), lambda _, row: Position("made", row + 1), SCHEMAS, RELEASED)
    found = {(p.message.partition(": ")[2].partition(" ")[0], p.line - 1) for p in problems}
    assert found == expected
    # in pandas NaN is an empty cell, and a column with an enum has no other codes
    pandas_only = {
        (name, n)
        for name, n in expected
        if not ("enum" in MADE[name].constraints and MADE[name].type == "string")
        and (MADE[name].type != "number" or MADE[name].required or not math.isnan(rows[n][name]))
    }
    try:
        pandas_schema(MADE, SCHEMAS).validate(frame(MADE, MADE.names, to_arrow(MADE, rows)), lazy=True)
        failed = set()
    except SchemaErrors as errors:
        failed = {(case["column"], int(case["index"])) for case in errors.failure_cases.to_dict("records")}
    assert failed == pandas_only


# Where libraries pass what is bad.


def test_pandera_reads_a_pattern_of_a_table_schema_as_if_its_ends_were_apart() -> None:
    pattern = {"name": "id", "type": "string", "constraints": {"pattern": "e|ev-[0-9]+"}}
    theirs = from_frictionless_schema({"fields": [pattern]})
    assert len(theirs.validate(pd.DataFrame({"id": ["exx"]}))) == 1
