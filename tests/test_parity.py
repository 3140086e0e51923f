"""Parity with frictionless: what Table Schema can express has one verdict in the library and in our checks.

For each constraint of each column a bad row is made from the schemas. The bad rows of a table
stand in one file beside sound ones, so that a verdict is one on a row: the library reads the CSV
file, our checks the Arrow table that it was written from. The named rules are left out, since no
other tool knows them. What the library cannot see, ours must see: such cases expect silence from
the library, so that a test tells when it learns to see them.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from conftest import ROOT
from frictionless import Checklist, Package
from mmru.checks.prove import prove
from mmru.checks.run import CONSTRAINT, check
from mmru.errors import Position
from mmru.export.descriptor import descriptor
from mmru.export.metadata import to_json
from mmru.io.arrow import to_arrow
from mmru.io.tables import to_csv, to_parquet
from mmru.model.schema import CONSTRAINTS, Column, Schemas, Table, table_of
from mmru.seeds.reader import read_schemas
from mmru.verify import PACKAGE, SUMS, verify
from pandera.io.pandas_io import from_frictionless_schema

Row = dict[str, Any]
# what a tool says of a row: of which column, or of none, and what
Verdict = set[tuple[str, str]]

STORED = read_schemas(ROOT)
ABOUT = {
    **dict.fromkeys(("name", "title", "description"), "made"),
    **{"version": "0.1.0", "released": "2031-05-01", "coverage": {}, "code_license": {}},
    **{"keywords": ["made"], "licenses": [{"name": "MIT"}], "contributors": [{"title": "Made"}]},
}
# Constraints that our checks know, of types with which no stored schema uses them yet.
MADE: Mapping[str, Any] = {
    "name": "made",
    "title": "Made",
    "description": "One row for each thing.",
    "missingValues": [""],
    "primaryKey": ["key"],
    "fields": [
        {"name": name, "type": kind, "constraints": limits, "title": name, "description": name}
        | {"mmru:kind": "derived", **({"delimiter": ";"} if kind == "list" else {})}
        for name, kind, limits in (
            ("key", "string", {"minLength": 3}),  # not `required`, but of the primary key
            ("either", "string", {"pattern": "e|ev-[0-9]+"}),
            ("anchored", "string", {"pattern": "^e|ev-[0-9]+$"}),
            ("single", "string", {"unique": True}),
            ("rank", "integer", {"enum": [1, 2]}),
            ("half", "number", {"enum": [1, 2.5]}),
            ("early", "date", {"minimum": "2031-05-01", "maximum": "2031-05-31"}),
            ("day", "date", {"enum": ["2031-05-01", "2031-05-02"]}),
            ("plain", "string", {}),
            ("needed", "string", {"required": True}),
            ("pair", "list", {"minLength": 2}),
        )
    ],
}
SCHEMAS = Schemas({**STORED.tables, "made": table_of(dict(MADE))}, STORED.vocabularies)

# Texts of the forms that patterns ask for, with a place for a number; the first that fits is taken.
SHAPES = (
    *("made-{}", "ev-{}", "ag-{}", "pl-{}", "re-{}", "src-{}", "made.part-{}"),
    *("{:08x}", "{:064x}", "c-{:016x}", "d-{:016x}"),
    *("Q1{}", "1.0.{}", "https://example.org/{}", "AAA", "my", "made"),
)
UNKNOWN = 9999  # the number of an id that no row has
LIBRARY_BEYOND = ""  # the library says nothing


@dataclass(frozen=True)
class Case:
    """A bad row: how it differs from a sound one, and what each tool must say of it.

    `library` is the constraint or the error that frictionless names; empty where it sees nothing.
    """

    table: str
    column: str
    kind: str
    change: Mapping[str, Any]
    library: str
    ours: str
    # the row stands twice, alike but for the change
    twice: bool = False

    @property
    def name(self) -> str:
        beyond = "" if self.library else " (beyond the library)"
        return f"{self.kind}: {self.table}.{self.column}{beyond}".replace(".:", ":")


# The values of a sound row.


def text(pattern: str, number: int) -> str:
    """A text of the form that a pattern asks for."""
    made = (shape.format(number) for shape in SHAPES)
    found = next((t for t in made if re.fullmatch(pattern, t)), None)
    assert found, f"SHAPES has no text of the form {pattern}"
    return found


def codes(column: Column) -> list[Any]:
    """The codes that a column allows, as values of its type."""
    allowed = column.constraints.get("enum") or list(SCHEMAS.codes(column))
    return [int(code) for code in allowed] if column.type == "integer" else list(allowed)


def sound_value(column: Column, number: int = 0) -> Any:
    """A value that keeps every constraint of a column, at its lower limit; numbered where it is free text."""
    limits = column.constraints
    if allowed := codes(column):
        return allowed[:1] if column.is_list else allowed[0]
    if "pattern" in limits:
        return text(limits["pattern"], number)
    if column.type == "string":
        return str(number).rjust(limits.get("minLength", 1), "x")
    plain = {
        "integer": limits.get("minimum", 1),
        "number": float(limits.get("minimum", 0.5)) if column.type == "number" else None,
        "date": limits.get("minimum", "2031-05-01"),
        "boolean": True,
        "list": ["one", "two"],
    }
    return plain[column.type]


def key_of(table: Table) -> str:
    """The column of the primary key by which sound rows differ."""
    columns = (table[name] for name in table.primary_key)
    return next(c.name for c in columns if sound_value(c, 0) != sound_value(c, 1))


def sound_row(table: Table, number: int) -> Row:
    """A row of a table with every cell filled, that differs from others by its number."""
    row: Row = {}
    foreign = {column: SCHEMAS.tables[other][key] for column, other, key in table.foreign_keys}
    for column in table.columns:
        own = column.name == key_of(table) or column.constraints.get("unique")
        # a row of the table itself is referred to by the id of its first row
        row[column.name] = sound_value(foreign.get(column.name, column), number if own else 0)
    return row


def parent_rows(table: Table, known: int) -> dict[str, list[Row]]:
    """What is needed of the tables that a table refers to: their keys, as many as it has rows."""
    return {
        other: [{key: sound_value(SCHEMAS.tables[other][key], n)} for n in range(known)]
        for _, other, key in table.foreign_keys
        if other != table.name
    }


# The sound rows beside the bad ones: what is allowed, at its limits.


def sound_changes(table: Table) -> Iterator[tuple[str, Row]]:
    """What distinguishes each sound row of a table, by name."""
    yield "full", {}
    optional = [c for c in table.columns if not c.required and c.name not in table.primary_key]
    yield "sparse", dict.fromkeys(c.name for c in optional)
    limits = {c.name: c.constraints["maximum"] for c in table.columns if "maximum" in c.constraints}
    if limits:
        yield "at the upper limits", limits
    listed = {c.name: codes(c) for c in table.columns if codes(c)}
    for number in range(max((len(allowed) for allowed in listed.values()), default=0)):
        chosen = {name: allowed[number % len(allowed)] for name, allowed in listed.items()}
        many = {name: [code] for name, code in chosen.items() if table[name].is_list}
        yield f"codes {number + 1}", {**chosen, **many}


# The bad rows.


def cases_of(table: Table) -> Iterator[Case]:
    for column in table.columns:
        # where the key is one column, its null is the case `primary key null`
        if column.required and table.primary_key != (column.name,):
            empty = {column.name: None}
            said = f"{column.name} is empty"
            yield Case(table.name, column.name, "required", empty, "required", said)
        foreign = any(name == column.name for name, *_ in table.foreign_keys)
        for kind, value, seen, wanted in values_of(column, int(foreign)):
            library = seen
            # a text that the library takes to be of the form asked for is still an id that no row has
            if not seen and foreign and kind.startswith("pattern"):
                library = "foreign-key"
            if table.primary_key == (column.name,) and value == "":
                library = "primary-key"
            said = f"{column.name} {{}} is not {wanted}"
            yield Case(table.name, column.name, kind, {column.name: value}, library, said)
        if column.constraints.get("unique"):
            alike = f"{column.name} {{}} stands twice"
            change = {key_of(table): sound_value(table[key_of(table)], UNKNOWN)}
            yield Case(table.name, column.name, "unique", change, "unique-error", alike, twice=True)
    key = "+".join(table.primary_key)
    yield Case(table.name, key, "primary key twice", {}, "primary-key", "its key stands twice", twice=True)
    empty = dict.fromkeys(table.primary_key)
    yield Case(table.name, key, "primary key null", empty, "primary-key", f"{table.primary_key[0]} is empty")
    for column_name, other, key in table.foreign_keys:
        dangling = sound_value(SCHEMAS.tables[other][key], UNKNOWN)
        said = f"{column_name} {{}} is not an id of {key}"
        change = {column_name: dangling}
        yield Case(table.name, column_name, "foreign key dangling", change, "foreign-key", said)


def values_of(column: Column, number: int) -> Iterator[tuple[str, Any, str, str]]:
    """Each kind of bad value of a column, what the library calls it, and what ours must say.

    Bad texts are made from the sound one of a number.
    """
    limits, name = column.constraints, column.name
    if "minimum" in limits:
        least = typed(column, limits["minimum"])
        yield "minimum", least - step(column), "minimum", f"at least {least}"
    if "maximum" in limits:
        most = typed(column, limits["maximum"])
        yield "maximum", most + step(column), "maximum", f"at most {most}"
    if column.type == "number" and {"minimum", "maximum"} & set(limits):
        limit, said = ("minimum", "at least") if "minimum" in limits else ("maximum", "at most")
        yield "not a number", float("nan"), limit, f"{said} {limits[limit]}"
    if column.type == "string":
        yield from texts_of(column, number)
    if column.is_list and "minLength" in limits:
        low = limits["minLength"]
        yield "minLength", ["one"] * (low - 1), "minLength", f"at least {low} characters long"
    if allowed := codes(column):
        said = f"a code of {column.vocabulary or 'its enum'}"
        for kind, value in bad_codes(column, allowed):
            # a vocabulary that stands in no enum is unknown to the library, whose limits may say as much
            library = "enum" if "enum" in limits else "maximum" if "maximum" in limits else LIBRARY_BEYOND
            yield kind, value, library, said
    if column.is_list:
        one = str(sound_value(column)[0])
        said = "distinct members that are not empty and hold no ';'"
        yield "list member empty", [one, ""], LIBRARY_BEYOND, said
        yield "list member twice", [one, one], LIBRARY_BEYOND, said
        yield "list member with delimiter", [f"{one};{name}", one], LIBRARY_BEYOND, said


def texts_of(column: Column, number: int) -> Iterator[tuple[str, Any, str, str]]:
    limits = column.constraints
    low = limits.get("minLength", 1)
    short = f"at least {low} characters long"
    if low > 1:
        yield "minLength", "x" * (low - 1), "minLength", short
    # CSV has no other sign for null, so that the library misses an empty text only where a cell must be filled
    yield "empty text", "", "required" if column.required else LIBRARY_BEYOND, short
    if pattern := limits.get("pattern"):
        good, said = text(pattern, number), f"of the form {pattern}"
        # the library, and pandera's converter, hold only the last alternative against the end
        longer, seen = ("exx", LIBRARY_BEYOND) if "e|" in pattern else (f"{good} ?", "pattern")
        yield "pattern", "?", "pattern", said
        yield "pattern, more after it", longer, seen, said
        yield "pattern, more before it", f"? {good}", "pattern", said
        if r"\s" in pattern:
            for blank in ("\u00a0", "\u2003", "\u3000"):
                yield f"pattern, blank U+{ord(blank):04X}", f"{good}{blank}x", "pattern", said
        # `$` stands before a last line break too
        yield "pattern, line break after it", f"{good}\n", LIBRARY_BEYOND, said


def bad_codes(column: Column, allowed: list[Any]) -> Iterator[tuple[str, Any]]:
    kind = "enum" if "enum" in column.constraints else "vocabulary"
    if column.is_list:
        yield f"{kind} of members", [allowed[0], "no-such-code"]
        yield f"{kind} of members, capitals", [str(allowed[0]).upper()]
    elif column.type == "string":
        yield kind, "no-such-code"
        yield f"{kind}, blank after it", f"{allowed[0]} "
        if (other := str(allowed[0]).swapcase()) != allowed[0]:
            yield f"{kind}, capitals", other
    else:
        yield kind, typed(column, max(allowed)) + step(column)


def typed(column: Column, limit: Any) -> Any:
    return date.fromisoformat(limit) if column.type == "date" else limit


def step(column: Column) -> Any:
    return {"integer": 1, "number": 0.25, "date": timedelta(days=1)}[column.type]


CASES = [case for table in SCHEMAS.tables.values() for case in cases_of(table)]

# Cells of CSV that are no value of their column's type, and such as are one, written in another way.
NO_VALUE = {
    "integer": ("one", "1.5"),
    "number": ("one", "1,5"),
    "boolean": ("yes", "maybe"),
    "date": ("tomorrow", "2031-02-30"),
}
OTHER_SPELLING = {"integer": " {}", "number": "{}e0", "boolean": "TRUE", "date": "2031-5-1"}
CELLS = [
    (table, column, f"type, {cell!r}", cell)
    for table in STORED.tables.values()
    for column in table.columns
    for cell in NO_VALUE.get(column.type, ())
] + [
    (table, column, "other spelling", OTHER_SPELLING[column.type])
    for table in STORED.tables.values()
    for column in table.columns
    if column.type in OTHER_SPELLING
]


# The two judges.


@dataclass
class Held:
    """The sound and the bad rows of a table in one file, and what each tool says of each row."""

    table: Table
    folder: Path
    places: dict[str, int] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[Row]:
        """All rows; `places` tells where the row of each name stands."""
        rows: list[Row] = []

        def add(name: str, change: Mapping[str, Any]) -> None:
            self.places[name] = len(rows)
            rows.append(sound_row(self.table, len(rows)) | dict(change))

        for name, change in sound_changes(self.table):
            add(name, change)
        for case in CASES:
            if case.table == self.table.name:
                add(case.name, case.change)
                if case.twice:
                    rows.append(rows[-1] | self._apart(case))
                    self.places[f"{case.name} again"] = len(rows) - 1
        return rows

    def _apart(self, case: Case) -> Row:
        """What tells a row from the one that is otherwise alike: all that may not stand twice, but one thing."""
        columns = {c.name: c for c in self.table.columns if c.constraints.get("unique")}
        columns |= {key_of(self.table): self.table[key_of(self.table)]}
        alike = case.column if case.kind == "unique" else key_of(self.table)
        return {name: sound_value(c, UNKNOWN + 1) for name, c in columns.items() if name != alike}

    @cached_property
    def arrow(self) -> pa.Table:
        return to_arrow(self.table, self.rows)

    @cached_property
    def library(self) -> dict[int, Verdict]:
        """What frictionless says of each row of the CSV file."""
        return ask_library(self.table, to_csv(self.table, self.arrow), len(self.rows), self.folder)

    @cached_property
    def ours(self) -> dict[int, Verdict]:
        """What our checks say of each row of the Arrow table."""
        tables = {self.table.name: self.arrow}
        for name, rows in parent_rows(self.table, len(self.rows)).items():
            tables[name] = to_arrow(SCHEMAS.tables[name], rows)
        alone = Schemas({self.table.name: self.table}, SCHEMAS.vocabularies)
        said: dict[int, Verdict] = {}
        for problem in check(tables, Position, alone):
            assert problem.code == CONSTRAINT, problem
            assert problem.path == self.table.name, (
                f"the checks of {self.table.name} cannot be run: {problem}"
            )
            row = self.rows[problem.line]
            key = " ".join("<NA>" if row[k] is None else str(row[k]) for k in self.table.primary_key)
            message = problem.message.removeprefix(f"{self.table.name} {key}".strip()).removeprefix(": ")
            first = message.partition(" ")[0]
            column = first if first in self.table.names else ""
            said.setdefault(problem.line, set()).add((column, message))
        return said


def ask_library(table: Table, written: bytes, known: int, folder: Path) -> dict[int, Verdict]:
    """What frictionless says of each row of a CSV file, beside the keys of the tables that it refers to."""
    folder.mkdir(exist_ok=True)
    (folder / f"{table.name}.csv").write_bytes(written)
    resources = [{"name": table.name, "path": f"{table.name}.csv", "schema": dict(table.descriptor)}]
    for name, rows in parent_rows(table, known).items():
        [key] = SCHEMAS.tables[name].primary_key
        lines = [key, *(row[key] for row in rows)]
        (folder / f"{name}.csv").write_text("".join(f"{line}\n" for line in lines), "utf-8")
        keys = {"fields": [{"name": key, "type": "string"}]}
        resources.append({"name": name, "path": f"{name}.csv", "schema": keys})
    for resource in resources:
        resource |= {"scheme": "file", "format": "csv", "encoding": "utf-8"}
    package = Package.from_descriptor({"name": "held", "resources": resources}, basepath=str(folder))
    report = package.validate(Checklist(), limit_errors=10_000)
    assert not report.errors, report.errors
    said: dict[int, Verdict] = {}
    for task in report.tasks:
        for error in task.errors:
            assert task.name == table.name, error
            assert hasattr(error, "row_number"), error
            constraint = re.match(r'constraint "(\w+)" is', error.note)
            what = constraint[1] if constraint else error.type
            columns = getattr(error, "field_names", None) if error.type == "foreign-key" else None
            column = columns[0] if columns else getattr(error, "field_name", "")
            # the first row stands on the second line
            said.setdefault(error.row_number - 2, set()).add((column, what))
    return said


@pytest.fixture(scope="module", autouse=True)
def _constraints_alone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmru.checks.run.RULES", ())
        yield


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Held]:
    """Each table with its sound and its bad rows; it is judged when it is first asked for."""
    folder = tmp_path_factory.mktemp("held")
    return MappingProxyType({t.name: Held(t, folder / t.name) for t in SCHEMAS.tables.values()})


SOUND = [(table.name, name) for table in SCHEMAS.tables.values() for name, _ in sound_changes(table)]


@pytest.mark.parametrize(("table", "name"), SOUND, ids=[f"{t}: {n}" for t, n in SOUND])
def test_a_sound_row_passes_in_both(held: Mapping[str, Held], table: str, name: str) -> None:
    judged = held[table]
    assert judged.rows
    number = judged.places[name]
    assert judged.library.get(number, set()) == set()
    assert judged.ours.get(number, set()) == set()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_bad_row_has_the_same_verdict_in_both(held: Mapping[str, Held], case: Case) -> None:
    judged = held[case.table]
    assert judged.rows
    number = judged.places[f"{case.name} again" if case.twice else case.name]
    library, ours = judged.library.get(number, set()), judged.ours.get(number, set())
    if case.library:
        assert case.library in {what for _, what in library}
    else:
        assert library == set()
    wanted = re.escape(case.ours).replace(re.escape("{}"), "(?s:.*)")
    assert any(re.fullmatch(wanted, message) for _, message in ours), ours
    # and for this reason alone; an empty text is null in CSV, as another row's key is
    about, keyed = {*case.change, case.column}, case.library == "primary-key"
    assert {column for column, _ in ours} <= about | ({""} if keyed else set())
    assert {column for column, _ in library} <= about | (
        {""} if keyed or case.kind == "empty text" else set()
    )


def test_every_empty_column_of_a_key_is_named(held: Mapping[str, Held]) -> None:
    for case in CASES:
        if case.kind == "primary key null":
            judged = held[case.table]
            assert judged.rows
            said = {message for _, message in judged.ours[judged.places[case.name]]}
            assert said >= {f"{column} is empty" for column in case.change}


# Types. The library reads texts from CSV. Our checks never do: rows are typed before they become
# an Arrow table, which takes no other type, and the CSV file is written from it. So a text that is no
# value of its column's type is held to be caught where it can arise: in the conversion to Arrow,
# and, where a released CSV file was edited, when it is held against the Parquet file.


@pytest.fixture(scope="module")
def sound_cells() -> Mapping[str, list[Row]]:
    """For each table as many sound rows as it has cells to spoil, and one for each row that others refer to."""
    wanted = Counter(table.name for table, *_ in CELLS)
    return {
        name: [sound_row(table, number) for number in range(max(1, wanted[name]))]
        for name, table in STORED.tables.items()
    }


def spoilt_cells(table: Table, rows: list[Row]) -> bytes:
    """The CSV file of a table with one bad cell on each line."""
    lines = list(csv.reader(io.StringIO(to_csv(table, to_arrow(table, rows)).decode("utf-8"))))
    for number, (column, cell) in enumerate((c, cell) for t, c, _, cell in CELLS if t.name == table.name):
        place = table.names.index(column.name)
        lines[number + 1][place] = cell.format(lines[number + 1][place])
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode()


def line_of(table: Table, column: Column, kind: str) -> int:
    """The line of the CSV file on which the cell of a case stands."""
    own = [(c.name, k) for t, c, k, _ in CELLS if t.name == table.name]
    return own.index((column.name, kind)) + 2


def release(folder: Path, rows: Mapping[str, list[Row]], spoilt: bool) -> Path:
    """A release whose files are whole, of made rows; with bad cells in its CSV files, or without."""
    shutil.copytree(ROOT / "schemas", folder / "schemas", ignore=shutil.ignore_patterns("editor"))
    (folder / "data").mkdir()
    tables = {name: to_arrow(table, rows[name]) for name, table in STORED.tables.items()}
    made: dict[str, bytes] = {}
    for name, table in STORED.tables.items():
        whole = to_csv(table, tables[name])
        made[f"data/{name}.csv"] = spoilt_cells(table, rows[name]) if spoilt else whole
        made[f"data/{name}.parquet"] = to_parquet(tables[name])
    made[PACKAGE] = to_json(descriptor(ABOUT, [], tables, made, STORED))
    for path, content in made.items():
        (folder / path).write_bytes(content)
    (folder / SUMS).write_text("".join(f"{sha256(made[p]).hexdigest()}  {p}\n" for p in made), "utf-8")
    return folder


@pytest.fixture(scope="module")
def proved(sound_cells: Mapping[str, list[Row]], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What proving a release says whose CSV files hold the bad cells."""
    problems, _ = prove(release(tmp_path_factory.mktemp("spoilt") / "release", sound_cells, spoilt=True))
    return [str(problem) for problem in problems]


@pytest.fixture(scope="module")
def read_cells(
    sound_cells: Mapping[str, list[Row]], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, dict[int, Verdict]]:
    """What the library says of the CSV files with the bad cells."""
    folder = tmp_path_factory.mktemp("cells")
    return {
        name: ask_library(
            table, spoilt_cells(table, sound_cells[name]), len(sound_cells[name]), folder / name
        )
        for name, table in STORED.tables.items()
    }


CELL_NAMES = [f"{kind}: {table.name}.{column.name}" for table, column, kind, _ in CELLS]


@pytest.mark.parametrize(("table", "column", "kind", "cell"), CELLS, ids=CELL_NAMES)
def test_a_cell_of_another_type_has_the_same_verdict_in_both(
    proved: list[str],
    read_cells: Mapping[str, dict[int, Verdict]],
    table: Table,
    column: Column,
    kind: str,
    cell: str,
) -> None:
    line = line_of(table, column, kind)
    library = read_cells[table.name].get(line - 2, set())
    # the library takes another spelling for the same value, and so it is; yet no release has it
    assert library == ({(column.name, "type-error")} if kind != "other spelling" else set())
    said = [message for message in proved if message.startswith(f"data/{table.name}.csv:{line}:")]
    [message] = said
    assert f" V08 {column.name} is '" in message
    if kind != "other spelling":
        with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError, ValueError)):
            to_arrow(table, [sound_row(table, 0) | {column.name: cell}])


def test_the_same_release_without_bad_cells_passes_in_both(
    sound_cells: Mapping[str, list[Row]], tmp_path: Path
) -> None:
    root = release(tmp_path / "release", sound_cells, spoilt=False)
    assert prove(root)[0] == []
    report = Package(str(root / PACKAGE)).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "note"])


# Nothing is left out.


def test_every_constraint_of_every_schema_has_a_bad_row() -> None:
    kinds = {(case.table, case.column, case.kind.partition(",")[0]) for case in CASES}
    covered = {(t, c, "minLength" if k == "empty text" else k) for t, c, k in kinds}
    for table in SCHEMAS.tables.values():
        key = "+".join(table.primary_key)
        assert {(table.name, key, "primary key twice"), (table.name, key, "primary key null")} <= covered
        for name, _, _ in table.foreign_keys:
            assert (table.name, name, "foreign key dangling") in covered
        for column in table.columns:
            for constraint, value in column.constraints.items():
                if constraint == "required" and table.primary_key == (column.name,):
                    continue
                assert not value or (table.name, column.name, constraint) in covered, constraint
            if column.vocabulary and "enum" not in column.constraints:
                kind = "vocabulary of members" if column.is_list else "vocabulary"
                assert (table.name, column.name, kind) in covered
    assert {case.kind for case in CASES} >= CONSTRAINTS
    assert {type(case.change.get(case.column)) for case in CASES} >= {str, int, float, list, date}


def test_each_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert len(set(CELL_NAMES)) == len(CELL_NAMES)


# Where libraries pass what is bad.


def test_pandera_reads_a_pattern_of_a_table_schema_as_if_its_ends_were_apart() -> None:
    pattern = {"name": "id", "type": "string", "constraints": {"pattern": "e|ev-[0-9]+"}}
    theirs = from_frictionless_schema({"fields": [pattern]})
    assert len(theirs.validate(pd.DataFrame({"id": ["exx"]}))) == 1
    assert any(
        c.kind == "pattern, more after it" and not c.library and c.change == {"either": "exx"} for c in CASES
    )


@pytest.mark.parametrize("kind", ["table", "file"])
def test_the_hash_of_a_parquet_file_is_checked_by_the_library_only_where_it_is_a_plain_file(
    sound_cells: Mapping[str, list[Row]], tmp_path: Path, kind: str
) -> None:
    root = release(tmp_path / "release", sound_cells, spoilt=False)
    package = json.loads((root / PACKAGE).read_text("utf-8"))
    path = "data/redirects.parquet"
    # as large as before, and a Parquet file still, but of another row
    known = sound_cells["redirects"][0]
    other = to_parquet(to_arrow(STORED.tables["redirects"], [known | {"reason": known["reason"][::-1]}]))
    before = (root / path).read_bytes()
    assert len(other) == len(before)
    assert other != before
    (root / path).write_bytes(other)
    [resource] = [r for r in package["resources"] if r["path"] == path]
    assert resource["type"] == "file"
    if kind == "table":
        # read as a table, its size is not known to the library, and its hash passed over
        del resource["type"], resource["bytes"]
    report = Package.from_descriptor({"name": "made", "resources": [resource]}, basepath=str(root)).validate()
    assert {e.type for task in report.tasks for e in task.errors} == (
        {"hash-count"} if kind == "file" else set()
    )
    [fault] = verify(root)[0]
    assert (fault.path, fault.code) == (path, "V03")
