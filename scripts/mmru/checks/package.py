"""Check a published package: `mmru check PATH` its tables, `mmru verify [PATH]` its files too."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import chain, islice, zip_longest
from pathlib import Path

import polars as pl
import pyarrow as pa

from mmru.checks.rules import RULES
from mmru.checks.run import check
from mmru.datapackage.open import proven_package
from mmru.datapackage.package import Package
from mmru.errors import Damaged, InvalidDataset, Problem, listed, shortened
from mmru.io.arrow import memory
from mmru.io.tables import BadCsv, csv_rows, from_csv, to_csv
from mmru.model.schema import Table
from mmru.verify import GET_AGAIN, PACKAGE, Folder

Rows = Sequence[list[str]]
Key = tuple[tuple[str, ...], int]
MOST = 100  # differences that are listed of one table


def check_package(root: Path, engine: str = "polars") -> tuple[list[Problem], str]:
    """Return every problem of the tables published in a folder, and a line that describes the package.

    If a table has both formats, compare them, except on Spark, where tables may be too large for it.
    Raise Damaged if a table is missing or cannot be read, and InvalidDataset if Spark cannot run.
    """
    folder = Folder(root)
    if PACKAGE not in folder.names():
        raise Damaged.of(PACKAGE, "V01", "is missing", "name the folder that has it")
    package = Package(folder, hashed=False)
    if engine == "spark":
        problems = _check_on_spark(package, folder.root)
        rows = sum(package.count(path) for name in package.tables for path in package.paths(name))
        return problems, f"{rows} rows in {len(package.tables)} tables; read from Parquet"
    frames = _frames(package)
    with ThreadPoolExecutor() as pool:
        different = pool.map(lambda name: list(_csv_problems(package, name, frames[name])), frames)
        problems = check(frames, package.position, package.schemas, package.released, package.distinct)
        problems += chain.from_iterable(different)
    count = sum(map(len, frames.values()))
    return sorted(problems), f"{count} rows in {len(frames)} tables; {_formats(package)}"


def _frames(package: Package) -> dict[str, pl.DataFrame]:
    """Return all tables; raise Damaged if one that a rule needs is not described."""
    needed = {**package.tables, **{rule.table: None for rule in RULES}}
    return {name: pl.DataFrame(rows) for name, rows in package.read(needed).items()}


def _check_on_spark(package: Package, root: Path) -> list[Problem]:
    paths = [path for name in package.tables for path in package.paths(name)]
    if csv_files := [path for path in paths if path.endswith(".csv")]:
        message = f"reads only Parquet files, but {csv_files[0]} is not one"
        raise _spark_refuses("E02", message, "use another engine, or write the tables as Parquet")
    try:
        from mmru.checks import spark
    except ModuleNotFoundError as absent:
        message = f"needs {absent.name}, which is not installed here"
        fix = "in its own environment: pip install 'mmru[spark]'"
        raise _spark_refuses("E01", message, fix) from None
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        message = "needs Java, which is not installed here"
        raise _spark_refuses("E01", message, "install Java 17 or newer")
    try:
        return spark.check(package, root)
    except Exception:
        _frames(package)  # raises Damaged with the name of a file that cannot be read
        raise


def _spark_refuses(code: str, message: str, fix: str) -> InvalidDataset:
    return InvalidDataset([Problem("--engine spark", 1, 1, code, message, fix)])


def verify_package(path: Path) -> tuple[list[Problem], str]:
    """Return every problem of a release, a folder or a zip archive, and a line that identifies it.

    Compares all files with their hashes, then CSV with Parquet, then checks the tables. Each step
    needs the one before to pass. Raise OSError if the path does not exist.
    """
    try:
        package, line = proven_package(path)
        return _verify_tables(package), line
    except Damaged as damaged:
        return damaged.problems, ""


def _verify_tables(package: Package) -> list[Problem]:
    different = []
    frames, schemas = _frames(package), package.schemas
    for name, frame in frames.items():
        written, expected = package.content(f"data/{name}.csv"), to_csv(schemas.tables[name], frame)
        found = list(_differences(schemas.tables[name], expected, written))
        if not found and written != expected:
            message = "is formatted in another way than the build does it"
            found.append(Problem(f"data/{name}.csv", 1, 1, "V08", message, GET_AGAIN))
        different += found
    if different:
        return different
    position = partial(package.position, source="csv")
    return check(frames, position, schemas, package.released, package.distinct)


def _csv_problems(package: Package, name: str, rows: pl.DataFrame) -> Iterator[Problem]:
    """Yield where the CSV file of a table differs from its Parquet file; where it is alone, from its form."""
    table, path = package.tables[name], f"data/{name}.csv"
    if path not in package.names:
        return
    alone = path in package.paths(name)
    if alone:
        wanted = package.row_count(name)
        if wanted is not None and len(rows) != wanted:
            message = f"has {len(rows)} rows instead of {wanted}: does a cell begin with a quotation mark?"
            yield Problem(path, 1, 1, "V02", message, GET_AGAIN)
            return
    yield from _differences(table, to_csv(table, rows), package.content(path), "V09" if alone else "V08")


def _formats(package: Package) -> str:
    """Return in words from which formats the tables were read."""
    csv = {name for name in package.tables if f"data/{name}.csv" in package.names}
    only_csv = [name for name in package.tables if package.paths(name) == [f"data/{name}.csv"]]
    only_parquet = [name for name in package.tables if name not in csv]
    if len(only_csv) == len(package.tables):
        return "read from CSV, no Parquet"
    if len(only_parquet) == len(package.tables):
        return "read from Parquet, no CSV"
    parts = ["Parquet and CSV agree"] if len(only_csv) + len(only_parquet) < len(package.tables) else []
    parts += [f"no Parquet of {listed(only_csv)}"] if only_csv else []
    parts += [f"no CSV of {listed(only_parquet)}"] if only_parquet else []
    return "; ".join(parts)


def _differences(table: Table, expected: bytes, written: bytes, code: str = "V08") -> Iterator[Problem]:
    """Yield a problem for each cell or row in which a CSV file differs from the expected content."""
    if written == expected:
        return
    path = f"data/{table.name}.csv"
    try:
        text = written.decode("utf-8-sig")
        lines, rows = map(list, zip(*(list(csv_rows(text)) or [(1, [])])))
    except UnicodeDecodeError as error:
        line, message = written.count(b"\n", 0, error.start) + 1, f"cannot be read: {error}"
        yield Problem(path, line, 1, code, message, GET_AGAIN)
        return
    except BadCsv as error:
        yield Problem(path, error.line, 1, code, str(error), GET_AGAIN)
        return
    if rows[0] != table.names:
        message = f"has the columns {', '.join(rows[0])} instead of {', '.join(table.names)}"
        yield Problem(path, 1, 1, code, message, GET_AGAIN)
        return
    with suppress(ValueError, pa.ArrowException):
        # so that 1.0 equals 1
        rows = _rows(to_csv(table, from_csv(memory(written), table)))
    wanted = _rows(expected)
    compare = _different_cells if len(rows) == len(wanted) else _different_rows
    found = list(islice(compare(table, wanted, list(zip(lines, rows))), MOST + 1))
    for line, message in found[:MOST]:
        yield Problem(path, line, 1, code, message, GET_AGAIN)
    if len(found) > MOST:
        message = f"has more than {MOST} differences from the Parquet file"
        yield Problem(path, found[MOST][0], 1, code, message, GET_AGAIN)


def _rows(content: bytes) -> list[list[str]]:
    return [row for _, row in csv_rows(content.decode("utf-8"))]


def _different_cells(
    table: Table, wanted: Rows, found: Sequence[tuple[int, list[str]]]
) -> Iterator[tuple[int, str]]:
    """Yield the line of each cell that differs, and how, in as many rows."""
    for wanted_row, (line, found_row) in zip(wanted, found):
        if wanted_row != found_row:
            yield from _in_row(table, wanted_row, line, found_row)


def _in_row(table: Table, wanted: list[str], line: int, found: list[str]) -> Iterator[tuple[int, str]]:
    for name, wanted_cell, found_cell in zip_longest(table.names, wanted, found):
        if wanted_cell != found_cell:
            message = f"is {_shown(found_cell)}, in the Parquet file {_shown(wanted_cell)}"
            yield line, f"{name or 'a further cell'} {message}"


def _different_rows(
    table: Table, wanted: Rows, found: Sequence[tuple[int, list[str]]]
) -> Iterator[tuple[int, str]]:
    """Yield the line of each row that one side lacks, and of each cell that differs in the others."""
    keys = _keys(table, [row for _, row in found])
    rows, before = dict(zip(keys, found)), 1
    for key, wanted_row in zip(_keys(table, wanted), wanted):
        if key not in rows:
            yield before, f"the row {_named(key)} of the Parquet file is missing after this line"
            continue
        before, found_row = rows.pop(key)
        yield from _in_row(table, wanted_row, before, found_row)
    for key, (line, _) in rows.items():
        yield line, f"the row {_named(key)} is not in the Parquet file"


def _keys(table: Table, rows: Rows) -> Iterator[Key]:
    """Yield the key of each row, and how often it came before."""
    places = [table.names.index(name) for name in table.primary_key]
    counts: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        key = tuple(row[place] if place < len(row) else "" for place in places)
        yield key, counts[key]
        counts[key] += 1


def _named(key: Key) -> str:
    return f"'{shortened(' '.join(key[0]))}'"


def _shown(cell: str | None) -> str:
    return "not there" if cell is None else f"'{shortened(cell)}'"
