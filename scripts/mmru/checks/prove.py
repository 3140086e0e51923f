"""Prove a release in full: its files, CSV against Parquet cell by cell, and every rule on its tables."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa

from mmru.checks.run import check
from mmru.errors import Position, Problem
from mmru.io.tables import from_parquet, to_csv
from mmru.model.schema import Schemas, Table
from mmru.seeds.reader import read_schemas
from mmru.verify import verify


def prove(path: Path) -> tuple[list[Problem], str]:
    """What is wrong with the release at a path, and what it is. Raises OSError, InvalidDataset."""
    faults, name = verify(path)
    problems = [Problem(f.path, 1, 1, f.code, f.message, f.fix) for f in faults]
    if problems:
        return problems, name
    if path.is_dir():
        return list(_tables(path)), name
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        # extractall keeps every member inside the folder
        archive.extractall(folder)
        inside = [p.parent for p in Path(folder).glob("**/datapackage.json")]
        return list(_tables(min(inside, key=lambda p: len(p.parts)))), name


def _tables(root: Path) -> Iterator[Problem]:
    """What is wrong with the tables of a release whose files are whole."""
    schemas = read_schemas(root)
    tables: dict[str, pa.Table] = {}
    problems = []
    for name, table in schemas.tables.items():
        path = f"data/{name}.parquet"
        try:
            rows = from_parquet(root / path, table)
        except ValueError as error:
            problems.append(Problem(path, 1, 1, "V09", str(error), "get the release again"))
            continue
        tables[name] = rows
        problems.extend(_unequal(table, rows, (root / f"data/{name}.csv").read_bytes()))
    if problems:
        yield from problems
        return
    yield from _broken_rules(tables, schemas)


def _unequal(table: Table, rows: pa.Table, written: bytes) -> Iterator[Problem]:
    """The cells in which a CSV file differs from the Parquet file."""
    expected = to_csv(table, rows)
    if written == expected:
        return
    path, fix = f"data/{table.name}.csv", "get the release again"
    try:
        ours, theirs = (
            list(csv.reader(io.StringIO(b.decode("utf-8")), strict=True)) for b in (expected, written)
        )
    except (UnicodeDecodeError, csv.Error) as error:
        yield Problem(path, 1, 1, "V08", f"cannot be read: {error}", fix)
        return
    if ours == theirs:
        yield Problem(path, 1, 1, "V08", "is written in another way than its Parquet file asks for", fix)
    nothing: list[str] = []
    for number, (one, other) in enumerate(zip_longest(ours, theirs, fillvalue=nothing), 1):
        for name, wanted, found in zip_longest(table.names, one, other, fillvalue=None):
            if wanted != found:
                said = f"{name} is {_shown(found)}, in the Parquet file {_shown(wanted)}"
                yield Problem(path, number, 1, "V08", said, fix)


def _shown(cell: str | None) -> str:
    return "not there" if cell is None else f"'{cell[:60]}'"


def _broken_rules(tables: dict[str, pa.Table], schemas: Schemas) -> Iterator[Problem]:
    yield from check(tables, lambda table, row: Position(f"data/{table}.csv", row + 2), schemas)
