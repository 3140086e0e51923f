"""Check published tables on the engine that fits them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

from mmru.checks.engine import FILE, ROW, Engine
from mmru.checks.run import broken, problem
from mmru.datapackage.published import Published, damaged, line, published
from mmru.errors import InvalidDataset, Problem

# the rows of all tables up to which an engine is taken where none is named: docs/scaling.md
MOST = {"polars": 6_000_000, "duckdb": 1_000_000_000}
PARQUET = "take another engine, or write the tables as Parquet"
INSTALL = "in an environment of its own: pip install 'mmru[spark]'"


def check_package(root: Path, engine: str | None) -> tuple[list[Problem], str]:
    """Everything wrong with the tables published in a folder, and on which engine that was found.

    Raises InvalidDataset where tables cannot be read, or the engine cannot be had.
    """
    package = published(root)
    name = engine or fitting(package.rows)
    said = f"{name}: {package.rows} rows in {len(package.files)} tables"
    try:
        return list(_problems(package, _engine(name, package))), said
    except InvalidDataset:
        raise
    except Exception as error:
        # what an engine says of a damaged file differs from engine to engine, and may not name it
        if problems := list(damaged(package)):
            raise InvalidDataset(problems) from error
        raise


def fitting(rows: int) -> str:
    """The engine for so many rows: the quickest that can hold them."""
    return next((name for name, most in MOST.items() if rows <= most), "spark")


def _problems(package: Published, engine: Engine) -> Iterator[Problem]:
    root = package.root.resolve()
    for table, test, row in broken(engine, package.schemas):
        told = str(row[FILE])
        path = Path(unquote(urlparse(told).path) if told.startswith("file:") else told)
        shown = path.relative_to(root).as_posix() if path.is_absolute() else told
        yield problem(table, test, row, line(shown, row[ROW]))


def _engine(name: str, package: Published) -> Engine:
    if name == "spark":
        return _spark(package)
    if name == "duckdb":
        from mmru.checks.engine_duckdb import DuckDB

        return DuckDB(package)
    if name == "pandas":
        from mmru.checks.engine_pandas import Pandas

        return Pandas(package.tables())
    from mmru.checks.engine_polars import of_package

    return of_package(package)


def _spark(package: Published) -> Engine:
    if other := package.not_in_parquet:
        raise _unfit("E02", f"reads Parquet files, and {other[0]} is none", PARQUET)
    try:
        from mmru.checks.spark import Spark
    except ModuleNotFoundError as absent:
        raise _unfit("E01", f"needs {absent.name}, which is not installed here", INSTALL) from None
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise _unfit("E01", "needs Java, which is not installed here", "install Java 17 or newer")
    return Spark(package)


def _unfit(code: str, said: str, fix: str) -> InvalidDataset:
    return InvalidDataset([Problem("--engine spark", 1, 1, code, said, fix)])
