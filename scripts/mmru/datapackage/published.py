"""Published tables where they lie: the files of each, held against its schema before anything is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmru.checks.engine import placed
from mmru.errors import InvalidDataset, Problem
from mmru.io.arrow import arrow_schema
from mmru.io.tables import from_csv
from mmru.model.schema import Schemas, Table, missing
from mmru.seeds.reader import read_schemas

BYTES_OF_A_ROW = 200  # in CSV, about
AGAIN = "get the release again"
_ROW = re.compile(r"Row #(\d+): ")


@dataclass(frozen=True)
class Published:
    """The tables of a package in a folder: in Parquet, whole or in parts, or else in CSV.

    `files` gives the files of each table by their paths from `root`, and `rows` how many rows all of
    them have, of CSV files about.
    """

    root: Path
    schemas: Schemas
    files: Mapping[str, Sequence[str]]
    rows: int

    @property
    def not_in_parquet(self) -> list[str]:
        """The files in CSV."""
        return [path for paths in self.files.values() for path in paths if not path.endswith(".parquet")]

    def tables(self) -> dict[str, pa.Table]:
        """All tables, in memory, each row with its file and number. Raises InvalidDataset."""
        problems: list[Problem] = []
        read = {
            name: _rows(self.root, self.schemas.tables[name], paths, problems)
            for name, paths in self.files.items()
        }
        if problems:
            raise InvalidDataset(problems)
        return read


@dataclass(frozen=True)
class Line:
    """The place of a row of a file: in CSV its line, in Parquet its number, both from 1."""

    path: str
    number: int

    def problem(self, code: str, message: str, fix: str = "") -> Problem:
        return Problem(self.path, self.number, 1, code, message, fix)


def line(path: str, row: int) -> Line:
    """The place of a row, counted from 0, of a file."""
    return Line(path, row + (2 if path.endswith(".csv") else 1))


@dataclass(frozen=True)
class Lines(Sequence[Line]):
    """The places of all rows of a file, each made when it is asked for."""

    path: str
    rows: int

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, row: Any) -> Any:
        return line(self.path, row)


def published(root: Path) -> Published:
    """Return the tables published in a folder. Raises InvalidDataset where one is missing or damaged."""
    schemas = read_schemas(root)
    files = {name: _files(root, name) for name in schemas.tables}
    problems = [
        missing(f"data/{name}.parquet", "name a folder with data/ in Parquet or CSV")
        for name, paths in files.items()
        if not paths
    ]
    rows = 0
    for name, paths in files.items():
        for path in paths:
            try:
                rows += _count(root / path, schemas.tables[name])
            except ValueError as error:
                problems.append(Problem(path, 1, 1, "V09", str(error), AGAIN))
    if problems:
        raise InvalidDataset(problems)
    return Published(root, schemas, files, rows)


def _files(root: Path, name: str) -> list[str]:
    """The files of a table: its Parquet file, the parts in its folder, or its CSV file."""
    found = [p for p in (root / f"data/{name}.parquet", root / f"data/{name}.csv") if p.is_file()]
    parts = sorted((root / "data" / name).rglob("*.parquet"))
    return [p.relative_to(root).as_posix() for p in parts or found[:1]]


def _count(path: Path, table: Table) -> int:
    """How many rows a file has, of CSV about. Raises ValueError where it is not of its form."""
    if path.suffix == ".csv":
        return path.stat().st_size // BYTES_OF_A_ROW
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
            read.append(placed(rows.cast(schema), path))
        except (OSError, ValueError, pa.ArrowException) as error:
            problems.append(_unreadable(path, error))
    return pa.concat_tables(read or [schema.empty_table()])


def _unreadable(path: str, error: Exception) -> Problem:
    said = _first_line(error)
    row = _ROW.search(said)
    return Problem(path, int(row[1]) if row else 1, 1, "V09", f"cannot be read: {said}", AGAIN)


def damaged(package: Published) -> Iterator[Problem]:
    """The files of which some bytes cannot be read, found by reading each of them to its end."""
    for name, paths in package.files.items():
        for path in paths:
            problems: list[Problem] = []
            _rows(package.root, package.schemas.tables[name], [path], problems)
            yield from problems


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
