"""Check published tables on the engine that fits them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlparse

from mmru.check import broken, problem
from mmru.engine import FILE, ROW, Engine, Polars
from mmru.problem import Problem, Refused
from mmru.published import Published, damaged, line, published

# the rows of all tables up to which an engine is taken where none is named: docs/scaling.md
MOST = {"polars": 3_000_000, "duckdb": 1_000_000_000}


def check_package(root: Path, engine: str | None) -> tuple[list[Problem], str]:
    """Everything wrong with the tables published in a folder, and on which engine that was found.

    Raises Refused where tables cannot be read, or the engine cannot be had.
    """
    package = published(root)
    name = engine or fitting(package.rows)
    said = f"{name}: {package.rows} rows in {len(package.files)} tables"
    try:
        return list(_problems(package, _engine(name, package))), said
    except Exception as error:
        # what an engine says of a damaged file differs from engine to engine, and may not name it
        if problems := list(damaged(package)):
            raise Refused(problems) from error
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
        from mmru.engine_duckdb import DuckDB

        return DuckDB(package)
    if name == "pandas":
        from mmru.engine_pandas import Pandas

        return Pandas(package.tables())
    return Polars(package.tables())


def _spark(package: Published) -> Engine:
    try:
        from mmru.engine_spark import Spark
    except ModuleNotFoundError as absent:
        said = f"needs {absent.name}, which is not installed here"
        remedy = "in an environment of its own: pip install 'mmru[spark]'"
        raise Refused([Problem("--engine spark", 1, 1, "E01", said, remedy)]) from None
    if not shutil.which("java"):
        said, remedy = "needs Java, which is not installed here", "install Java 17 or newer"
        raise Refused([Problem("--engine spark", 1, 1, "E01", said, remedy)])
    if not package.in_parquet:
        said, remedy = "reads Parquet files, and these are CSV", "take another engine, or write Parquet"
        raise Refused([Problem("--engine spark", 1, 1, "E02", said, remedy)])
    return Spark(package)
