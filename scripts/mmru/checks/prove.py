"""Prove a release in full: its files, CSV against Parquet cell by cell, and every rule on its tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa

from mmru.checks.run import check
from mmru.datapackage.package import Package, proven_package
from mmru.errors import Damaged, Position, Problem
from mmru.io.tables import to_csv
from mmru.model.schema import Table


def prove(path: Path) -> tuple[list[Problem], str]:
    """Return the problems of the release at a path, and a line that identifies it; raise OSError."""
    try:
        package, line = proven_package(path)
        return list(_problems(package)), line
    except Damaged as damaged:
        return damaged.problems, ""


def _problems(package: Package) -> Iterator[Problem]:
    """Yield the problems of the tables of a release whose files are verified; raise Damaged."""
    tables, schemas = package.read(), package.schemas
    problems = [
        problem
        for name, rows in tables.items()
        for problem in _unequal(schemas.tables[name], rows, package.content(f"data/{name}.csv"))
    ]
    if problems:
        yield from problems
        return
    yield from check(tables, lambda table, row: Position(f"data/{table}.csv", row + 2), schemas)


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
