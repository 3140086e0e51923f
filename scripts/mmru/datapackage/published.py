"""The tables of a package in a folder: find the files of each, and check their form before reading them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mmru.errors import InvalidDataset, Position, Problem
from mmru.io.arrow import arrow_schema
from mmru.io.tables import from_csv
from mmru.model.schema import Schemas, Table, missing
from mmru.seeds.reader import read_schemas

AGAIN = "get the release again"
_ROW = re.compile(r"Row #(\d+): ")


@dataclass(frozen=True)
class Published:
    """The tables of a package in a folder: in Parquet, whole or in parts, or else in CSV.

    `files` has the paths of each table's files from `root`, with how many rows a Parquet file has.
    """

    root: Path
    schemas: Schemas
    files: Mapping[str, Mapping[str, int]]

    def tables(self) -> dict[str, pa.Table]:
        """Return the rows of all tables. Raises InvalidDataset where a file cannot be read."""
        problems: list[Problem] = []
        tables = {
            name: _rows(self.root, self.schemas.tables[name], list(paths), problems)
            for name, paths in self.files.items()
        }
        if problems:
            raise InvalidDataset(problems)
        return tables

    def position(self, table: str, row: int) -> Position:
        """Return the line of a row in a CSV file, or its number in a Parquet file; `row` counts from 0."""
        for path, count in self.files[table].items():
            if path.endswith(".csv"):
                return Position(path, row + 2)
            if row < count:
                return Position(path, row + 1)
            row -= count
        raise IndexError(f"{table} has no row {row}")


def published(root: Path) -> Published:
    """Return the tables published in a folder. Raises InvalidDataset where one is missing or damaged."""
    schemas = read_schemas(root)
    problems: list[Problem] = []
    files: dict[str, dict[str, int]] = {}
    for name, table in schemas.tables.items():
        paths = _paths(root, name)
        if not paths:
            fix = "name a folder with data/ in Parquet or CSV"
            problems.append(missing(f"data/{name}.parquet", fix))
        files[name] = {}
        for path in paths:
            try:
                files[name][path] = _count(root / path, table)
            except ValueError as error:
                problems.append(Problem(path, 1, 1, "V09", str(error), AGAIN))
    if problems:
        raise InvalidDataset(problems)
    return Published(root, schemas, files)


def _paths(root: Path, name: str) -> list[str]:
    """The files of a table: its Parquet file, the parts in its folder, or its CSV file."""
    found = [p for p in (root / f"data/{name}.parquet", root / f"data/{name}.csv") if p.is_file()]
    parts = sorted((root / "data" / name).rglob("*.parquet"))
    return [p.relative_to(root).as_posix() for p in parts or found[:1]]


def _count(path: Path, table: Table) -> int:
    """How many rows a Parquet file has, 0 for CSV. Raises ValueError where it is not of its form."""
    if path.suffix == ".csv":
        return 0
    try:
        about = pq.read_metadata(path)
        columns = about.schema.to_arrow_schema()
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"cannot be read: {_first_line(error)}") from None
    if wrong := _otherwise(columns, arrow_schema(table)):
        raise ValueError(f"has other columns or types than its schema: {wrong}")
    return int(about.num_rows)


def _otherwise(found: pa.Schema, wanted: pa.Schema) -> str:
    """How the columns of a file differ from those of its schema, or an empty string."""
    told = [f"it lacks {name}" for name in wanted.names if name not in found.names]
    told += [f"it has {name}" for name in found.names if name not in wanted.names]
    both = [name for name in wanted.names if name in found.names]
    told += [
        f"{name} is {found.field(name).type}, not {wanted.field(name).type}"
        for name in both
        if found.field(name).type != wanted.field(name).type
    ]
    return ", ".join(told) or ("" if found.names == wanted.names else "their order is another")


def _rows(root: Path, table: Table, paths: Sequence[str], problems: list[Problem]) -> pa.Table:
    """The rows of a table; files that cannot be read are noted."""
    # that a cell is empty which may not be is for the checks to say, with all else
    schema, read = pa.schema([field.with_nullable(True) for field in arrow_schema(table)]), []
    for path in paths:
        try:
            rows = from_csv(root / path, table) if path.endswith(".csv") else pq.read_table(root / path)
            read.append(rows.cast(schema))
        except (OSError, ValueError, pa.ArrowException) as error:
            problems.append(_unreadable(path, error))
    return pa.concat_tables(read or [schema.empty_table()])


def _unreadable(path: str, error: Exception) -> Problem:
    said = _first_line(error)
    row = _ROW.search(said)
    return Problem(path, int(row[1]) if row else 1, 1, "V09", f"cannot be read: {said}", AGAIN)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
