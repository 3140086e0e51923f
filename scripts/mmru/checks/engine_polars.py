"""The engine that is polars: in this process and its memory, the quickest for what fits there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa

from mmru.checks.engine import FILE, ROW, Frame, Frames, lazy
from mmru.datapackage.published import Published

FEW = 100_000  # rows up to which a plan takes longer to improve than to run


class Polars:
    """polars, over tables in memory; Parquet files it reads itself."""

    name, end, at_once = "polars", "$", 0

    def __init__(self, tables: Mapping[str, Sequence[pl.LazyFrame]], files: Sequence[str], size: int) -> None:
        """`tables` gives the parts of each table, with PLACE; `files` are all that it names.

        `size` is how many rows there are, or about so many.
        """
        self._how: dict[str, Any] = (
            {"engine": "in-memory", "optimizations": pl.QueryOptFlags.none()} if size <= FEW else {}
        )
        # a text for each row would be carried through every join
        self._file = pl.col(FILE).cast(pl.Enum(files))
        whole = [pl.concat(parts).with_columns(self._file) for parts in tables.values()]
        self.frames: Frames = dict(zip(tables, map(lazy, pl.collect_all(whole, **self._how))))

    def keep(self, frame: Frame) -> Frame:
        return lazy(frame.collect(**self._how).to_native())

    def lookup(self, columns: pa.Table) -> Frame:
        rows = pl.LazyFrame(columns)
        return lazy(rows.with_columns(self._file) if FILE in columns.column_names else rows)

    def rows(self, *frames: Frame) -> list[list[dict[str, Any]]]:
        collected = pl.collect_all([frame.to_native() for frame in frames], **self._how)
        return [rows.to_dicts() for rows in collected]

    def keyed(self, frame: Frame, name: str, columns: Sequence[str]) -> Frame:
        whole = pl.all_horizontal(pl.col(*columns).is_not_null())
        hashed = pl.when(whole).then(pl.struct(*columns).hash())
        return lazy(frame.to_native().with_columns(hashed.alias(name)))


def of_tables(tables: Mapping[str, pa.Table]) -> Polars:
    """The engine for tables as they were made."""
    size = sum(rows.num_rows for rows in tables.values())
    return Polars({name: [_placed(pl.LazyFrame(rows))] for name, rows in tables.items()}, [""], size)


def of_package(package: Published) -> Polars:
    """The engine for tables in files; those in CSV are read by Arrow."""
    files = [path for paths in package.files.values() for path in paths]
    if package.not_in_parquet:
        read = {name: [pl.LazyFrame(rows)] for name, rows in package.tables().items()}
        return Polars(read, files, package.rows)
    scanned = {
        name: [_placed(pl.scan_parquet(package.root / path, glob=False), path) for path in paths]
        for name, paths in package.files.items()
    }
    return Polars(scanned, files, package.rows)


def _placed(rows: pl.LazyFrame, file: str = "") -> pl.LazyFrame:
    """The rows of a file, numbered as PLACE has it."""
    return rows.with_columns(pl.lit(file).alias(FILE), pl.int_range(pl.len()).alias(ROW))
