"""Check a published package: `mmru check PATH` its tables, `mmru verify [PATH]` its files too."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa

from mmru.checks.run import check
from mmru.datapackage.package import GET_AGAIN, Package, proven_package
from mmru.errors import Damaged, InvalidDataset, Position, Problem
from mmru.io.tables import to_csv
from mmru.model.schema import Table
from mmru.verify import Folder


def check_package(root: Path, engine: str = "polars") -> tuple[list[Problem], str]:
    """Return every problem of the tables published in a folder, and how many rows and tables it has.

    Raises Damaged where a table is missing or cannot be read, and InvalidDataset where Spark cannot run.
    """
    folder = Folder(root)
    package = Package(folder, hashed=False)
    if engine == "spark":
        problems = _check_on_spark(package, folder.root)
        rows = sum(package.count(path) for name in package.tables for path in package.paths(name))
    else:
        tables = package.read()
        problems = check(tables, package.position, package.schemas)
        rows = sum(table.num_rows for table in tables.values())
    return problems, f"{rows} rows in {len(package.tables)} tables"


def _check_on_spark(package: Package, root: Path) -> list[Problem]:
    paths = [path for name in package.tables for path in package.paths(name)]
    if csv_files := [path for path in paths if path.endswith(".csv")]:
        message = f"reads Parquet files, and {csv_files[0]} is none"
        raise _spark_refuses("E02", message, "take another engine, or write the tables as Parquet")
    try:
        from mmru.checks import spark
    except ModuleNotFoundError as absent:
        message = f"needs {absent.name}, which is not installed here"
        fix = "in an environment of its own: pip install 'mmru[spark]'"
        raise _spark_refuses("E01", message, fix) from None
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        message = "needs Java, which is not installed here"
        raise _spark_refuses("E01", message, "install Java 17 or newer")
    try:
        return spark.check(package, root)
    except Exception:
        package.read()  # raises Damaged with the name of a file that cannot be read
        raise


def _spark_refuses(code: str, message: str, fix: str) -> InvalidDataset:
    return InvalidDataset([Problem("--engine spark", 1, 1, code, message, fix)])


def verify_package(path: Path) -> tuple[list[Problem], str]:
    """Return every problem of a release, a folder or a zip archive, and a line that identifies it.

    Compares all files with their hashes, then CSV with Parquet, then checks the tables. Each step
    needs the one before to pass. Raises OSError where there is nothing at the path.
    """
    try:
        package, line = proven_package(path)
        return _verify_tables(package), line
    except Damaged as damaged:
        return damaged.problems, ""


def _verify_tables(package: Package) -> list[Problem]:
    tables, schemas = package.read(), package.schemas
    different = [
        problem
        for name, rows in tables.items()
        for problem in _different_cells(schemas.tables[name], rows, package.content(f"data/{name}.csv"))
    ]
    # the header is on line 1
    return different or check(tables, lambda name, row: Position(f"data/{name}.csv", row + 2), schemas)


def _different_cells(table: Table, rows: pa.Table, written: bytes) -> Iterator[Problem]:
    """Return a problem for each cell in which a CSV file differs from the Parquet file."""
    expected = to_csv(table, rows)
    if written == expected:
        return
    path = f"data/{table.name}.csv"
    try:
        in_parquet, in_csv = (
            list(csv.reader(io.StringIO(content.decode("utf-8")), strict=True))
            for content in (expected, written)
        )
    except (UnicodeDecodeError, csv.Error) as error:
        yield Problem(path, 1, 1, "V08", f"cannot be read: {error}", GET_AGAIN)
        return
    if in_parquet == in_csv:
        yield Problem(
            path, 1, 1, "V08", "is written in another way than its Parquet file asks for", GET_AGAIN
        )
    no_row: list[str] = []
    for line, (wanted_row, found_row) in enumerate(zip_longest(in_parquet, in_csv, fillvalue=no_row), 1):
        for name, wanted, found in zip_longest(table.names, wanted_row, found_row, fillvalue=None):
            if wanted != found:
                message = f"{name} is {_shown(found)}, in the Parquet file {_shown(wanted)}"
                yield Problem(path, line, 1, "V08", message, GET_AGAIN)


def _shown(cell: str | None) -> str:
    return "not there" if cell is None else f"'{cell[:60]}'"
