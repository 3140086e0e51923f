"""pandera enforces every constraint and rule, on every path, for polars and for pandas."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import mmru as library
import pandas as pd
import pandera.polars
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from conftest import ROOT
from mmru.checks.package import check_package
from mmru.checks.run import check
from mmru.checks.table_schema import pandas_schema
from mmru.errors import InvalidDataset, Position
from mmru.io.arrow import to_arrow
from mmru.io.tables import to_csv
from mmru.model.schema import ORDER, Column, Table
from mmru.pipeline.build import Dataset
from mmru.seeds.reader import read_schemas
from pandera.errors import SchemaErrors
from pandera.pandas import DataFrameSchema
from steps import write_package

Run = Callable[..., Result]
SCHEMAS = read_schemas(ROOT)


# pandas: what a user of `mmru.load` validates.


@cache
def ids(table: str, column: str) -> list[str]:
    return list(library.load(table)[column])


@cache
def schema_of(table: str) -> DataFrameSchema:
    return pandas_schema(SCHEMAS.tables[table], SCHEMAS, ids)


def failed_checks(table: str, frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the column and the check of each failure of a frame."""
    try:
        schema_of(table).validate(frame, lazy=True)
    except SchemaErrors as errors:
        return [(case["column"], str(case["check"])) for case in errors.failure_cases.to_dict("records")]
    return []


def spoiled_cells(table: Table, column: Column) -> Iterator[tuple[str, Any, str]]:
    """Return each kind of constraint of a column, with a bad value and the check that must fail."""
    limits = column.constraints
    if column.required or column.name in table.primary_key:
        yield "required", None, "not_nullable"
    if column.is_list:
        yield "list", ["a", "a"], "must have distinct members, none empty or with ';'"
        if SCHEMAS.codes(column):
            yield "codes in a list", ["no-such-code"], f"is not a code of {column.vocabulary}"
    elif column.vocabulary and "enum" not in limits:
        yield (
            "vocabulary",
            99 if column.type == "integer" else "none",
            f"is not a code of {column.vocabulary}",
        )
    elif column.type == "string" and "enum" not in limits:
        if "pattern" in limits:
            yield "pattern", "? \n", f"is not of the form {limits['pattern']}"
        else:
            least = limits.get("minLength", 1)
            yield "minLength", "x" * (least - 1), f"is not at least {least} characters long"
    elif "minimum" in limits:
        yield "minimum", limits["minimum"] - 1, f"is not at least {limits['minimum']}"
        if "maximum" in limits:
            yield "maximum", limits["maximum"] + 1, f"is not at most {limits['maximum']}"
    for name, other, key in table.foreign_keys:
        if name == column.name and other not in ("vocabularies",):
            yield "foreignKey", "src-none-ev-ag-pl", f"is not an id of {key}"


@pytest.mark.parametrize("name", ORDER)
def test_the_pandas_schema_rejects_a_spoiled_copy_of_a_loaded_table(name: str) -> None:
    table, frame = SCHEMAS.tables[name], library.load(name)
    first = frame.head(1)
    numbers = {column: pd.Series(0, first.index, dtype="int8") for column in table.names}
    retyped = {column for column, check in failed_checks(name, first.assign(**numbers)) if "dtype" in check}
    assert retyped == set(table.names)
    if frame.empty:
        return
    twice = pd.concat([first, first], ignore_index=True)
    assert any("unique" in check for _, check in failed_checks(name, twice))
    # each row has another kind of bad value in every column
    kinds = {column.name: list(spoiled_cells(table, column)) for column in table.columns}
    spoiled = pd.concat([first] * max(map(len, kinds.values())), ignore_index=True)
    for column, bad in kinds.items():
        cells = [*(value for _, value, _ in bad), *spoiled[column][len(bad) :]]
        spoiled[column] = pd.Series(cells, dtype=frame[column].dtype)
    expected = {(column, check) for column, bad in kinds.items() for _, _, check in bad}
    assert expected - set(failed_checks(name, spoiled)) == set()


def test_the_pandas_schema_rejects_other_columns() -> None:
    frame = library.load("places")
    checks = [
        *failed_checks("places", frame.drop(columns="name")),
        *failed_checks("places", frame.assign(note="x")),
        *failed_checks("places", frame[frame.columns[::-1]]),
    ]
    assert {check for _, check in checks} == {"column_in_dataframe", "column_in_schema", "column_ordered"}


def test_every_kind_of_constraint_is_spoiled_in_some_table() -> None:
    kinds = {k for t in SCHEMAS.tables.values() for c in t.columns for k, _, _ in spoiled_cells(t, c)}
    wanted = "required list vocabulary pattern minLength minimum maximum foreignKey"
    assert kinds == {*wanted.split(), "codes in a list"}


def test_a_date_is_compared_as_a_date_and_a_code_outside_an_enum_is_another_type() -> None:
    events = library.load("events")
    later = events.assign(date_earliest=events["date_earliest"].fillna(datetime(2021, 1, 1)))
    assert failed_checks("events", later) == []
    other = events["status"].cat.add_categories(["no-such-status"])
    assert failed_checks("events", events.assign(status=other)) == [("status", "dtype('category')")]


# polars: what the commands validate.


def check_tables(dataset: Dataset, **spoiled: pa.Table) -> list[str]:
    frames = {name: pl.DataFrame(rows) for name, rows in {**dataset.tables, **spoiled}.items()}
    return [
        str(p)
        for p in check(frames, lambda name, row: Position(name, row + 1), dataset.schemas, dataset.released)
    ]


@pytest.mark.parametrize("change", ["dropped", "added", "moved", "retyped"])
def test_a_table_of_other_columns_or_types_is_an_error_of_whoever_made_it(
    dataset: Dataset, change: str
) -> None:
    events = dataset.tables["events"]
    changed = {
        "dropped": lambda: events.drop_columns("title"),
        "added": lambda: events.append_column("note", events["title"]),
        "moved": lambda: events.select([*events.column_names[1:], events.column_names[0]]),
        "retyped": lambda: events.set_column(1, "title", pa.array([1] * events.num_rows)),
    }
    with pytest.raises(pandera.errors.SchemaError):
        check_tables(dataset, events=changed[change]())


def test_an_empty_table_of_other_columns_is_an_error_too(dataset: Dataset) -> None:
    redirects = dataset.tables["redirects"]
    assert redirects.num_rows == 0
    with pytest.raises(pandera.errors.SchemaError):
        check_tables(dataset, redirects=redirects.drop_columns("reason"))


def test_an_exception_in_a_constraint_is_raised_and_not_reported_as_a_failed_row(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(data: object) -> None:
        raise ZeroDivisionError("in a check")

    monkeypatch.setattr("mmru.checks.table_schema._has_valid_members", fails)
    with pytest.raises(ZeroDivisionError, match="in a check"):
        check_tables(dataset)


def test_all_rows_that_fail_are_reported_however_many(dataset: Dataset) -> None:
    rows = dataset.tables["events"].to_pylist()
    many = [{**rows[0], "title": None if n % 3 else rows[0]["title"]} for n in range(3000)]
    found = check_tables(dataset, events=to_arrow(dataset.schemas.tables["events"], many))
    assert sum("its key is used twice" in line for line in found) == 3000
    assert sum("title is empty" in line for line in found) == 2000
    assert found == sorted(found, key=lambda line: (line.split(":")[0], int(line.split(":")[1])))


def test_the_engine_of_polars_is_restored(dataset: Dataset) -> None:
    before = pl.Config.state()
    assert check_tables(dataset) == []
    assert pl.Config.state() == before


@pytest.mark.parametrize("words", [["build"], ["check"], ["check", "."], ["verify"]])
def test_every_command_that_checks_tables_uses_pandera(
    built_small: Path, mmru: Run, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("pandera was asked")

    monkeypatch.setattr(pandera.polars.DataFrameSchema, "validate", fails)
    assert str(mmru(*words).exception) == "pandera was asked"


# packages: whole, in parts, in CSV, damaged.


def test_a_row_of_a_package_in_parts_is_named_by_its_part(dataset: Dataset, tmp_path: Path) -> None:
    rows = dataset.tables["events"].to_pylist()
    rows[-1]["goldstein"] = 99.0
    events = to_arrow(dataset.schemas.tables["events"], rows)
    folder = write_package(tmp_path / "package", {**dataset.tables, "events": events}, 2)
    problems, size = check_package(folder)
    [problem] = [p for p in problems if p.code == "T01"]
    row = len(rows) - -(-len(rows) // 2)
    assert (problem.path, problem.line) == ("data/events/part-00001.parquet", row)
    assert problem.message.endswith("goldstein '99.0' is not at most 10")
    assert (
        size
        == f"{sum(t.num_rows for t in dataset.tables.values())} rows in 22 tables; read from Parquet, no CSV"
    )


def test_a_row_of_a_package_in_csv_is_named_by_its_line(dataset: Dataset, tmp_path: Path) -> None:
    folder = write_package(tmp_path / "package", dataset.tables, 1)
    shutil.rmtree(folder / "data")
    (folder / "data").mkdir()
    for name, rows in dataset.tables.items():
        (folder / f"data/{name}.csv").write_bytes(to_csv(dataset.schemas.tables[name], rows))
    descriptor = json.loads((folder / "datapackage.json").read_bytes())
    for resource in descriptor["resources"]:
        if resource["name"] in dataset.tables:
            resource["rows"] = dataset.tables[resource["name"]].num_rows
    (folder / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    path = folder / "data/places.csv"
    path.write_text(path.read_text("utf-8").replace(",Lindos,", ",L,", 1), "utf-8")
    line = next(n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if ",L," in text)
    [problem] = check_package(folder)[0]
    assert (problem.path, problem.line, problem.code) == ("data/places.csv", line, "T01")


PART = "data/events/part-00001.parquet"


def truncate(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-100])


def empty(part: Path) -> None:
    part.write_bytes(b"")


def drop_a_column(part: Path) -> None:
    pq.write_table(pq.read_table(part).drop_columns("title"), part)


def retype_a_column(part: Path) -> None:
    rows = pq.read_table(part)
    place = rows.column_names.index("claim_count")
    pq.write_table(rows.set_column(place, "claim_count", rows["claim_count"].cast(pa.float64())), part)


def overwrite_pages(part: Path) -> None:
    content = bytearray(part.read_bytes())
    pages = slice(4, len(content) - 8 - int.from_bytes(content[-8:-4], "little"))
    content[pages] = b"\xff" * len(content[pages])
    part.write_bytes(content)


DAMAGES: dict[Callable[[Path], None], str] = {
    truncate: "cannot be read: ",
    empty: "cannot be read: ",
    overwrite_pages: "cannot be read: ",
    drop_a_column: "has other columns or types than its schema: it lacks title",
    retype_a_column: "has other columns or types than its schema: claim_count is double, not int64",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_part_is_named_before_anything_is_checked(
    dataset: Dataset, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = write_package(tmp_path / "package", dataset.tables, 2)
    damage(folder / PART)
    with pytest.raises(InvalidDataset) as refused:
        check_package(folder)
    [problem] = refused.value.problems
    assert (problem.path, problem.code) == (PART, "V09")
    assert problem.message.startswith(DAMAGES[damage])
