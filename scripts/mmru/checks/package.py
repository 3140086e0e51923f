"""Check a published package: `mmru check PATH` its tables, `mmru verify [PATH]` its files too."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa

from mmru.checks.run import check
from mmru.datapackage.published import Published, published
from mmru.errors import InvalidDataset, Position, Problem
from mmru.io.tables import from_parquet, to_csv
from mmru.model.schema import Table
from mmru.seeds.reader import read_schemas
from mmru.verify import verify

GET_AGAIN = "get the release again"


def check_package(root: Path, engine: str = "polars") -> tuple[list[Problem], str]:
    """Return every problem of the tables published in a folder, and how many rows and tables it has.

    Raises InvalidDataset where a table is missing or cannot be read, or Spark cannot run.
    """
    package = published(root)
    if engine == "spark":
        problems, rows = _check_on_spark(package), sum(sum(f.values()) for f in package.files.values())
    else:
        tables = package.tables()
        problems = check(tables, package.position, package.schemas)
        rows = sum(table.num_rows for table in tables.values())
    return problems, f"{rows} rows in {len(package.files)} tables"


def _check_on_spark(package: Published) -> list[Problem]:
    if csv_files := [path for paths in package.files.values() for path in paths if path.endswith(".csv")]:
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
        return spark.check(package)
    except Exception:
        package.tables()  # raises InvalidDataset with the name of a file that cannot be read
        raise


def _spark_refuses(code: str, message: str, fix: str) -> InvalidDataset:
    return InvalidDataset([Problem("--engine spark", 1, 1, code, message, fix)])


def verify_package(path: Path) -> tuple[list[Problem], str]:
    """Return every problem of a release, a folder or a zip archive, and its name.

    Compares all files with their hashes, then CSV with Parquet, then checks the tables. Each step
    needs the one before to pass. Raises OSError, InvalidDataset.
    """
    faults, name = verify(path)
    if faults:
        return [Problem(f.path, 1, 1, f.code, f.message, f.fix) for f in faults], name
    if path.is_dir():
        return _verify_tables(path), name
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        # extractall keeps every member inside the folder
        archive.extractall(folder)
        inside = [p.parent for p in Path(folder).glob("**/datapackage.json")]
        return _verify_tables(min(inside, key=lambda p: len(p.parts))), name


def _verify_tables(root: Path) -> list[Problem]:
    schemas = read_schemas(root)
    problems: list[Problem] = []
    tables: dict[str, pa.Table] = {}
    for name, table in schemas.tables.items():
        path = f"data/{name}.parquet"
        try:
            tables[name] = from_parquet(root / path, table)
        except ValueError as error:
            problems.append(Problem(path, 1, 1, "V09", str(error), GET_AGAIN))
            continue
        problems.extend(_different_cells(table, tables[name], (root / f"data/{name}.csv").read_bytes()))
    # the header is on line 1
    return problems or check(tables, lambda name, row: Position(f"data/{name}.csv", row + 2), schemas)


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
