"""The engine that is Spark: for tables that one machine cannot hold."""

from __future__ import annotations

import logging
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.storagelevel import StorageLevel

from mmru.engine import FILE, ROW, Frame, Frames, lazy
from mmru.published import Published


class Spark:
    """Spark, over Parquet files where they lie, in the session that there is or that its settings ask for."""

    # for Java's regular expressions, `$` is also before a last line break
    name, end = "spark", r"\z"

    def __init__(self, package: Published) -> None:
        self._session = SparkSession.builder.appName("mmru").getOrCreate()
        # what fails is told in the end, in one line
        self._session.sparkContext.setLogLevel("OFF")
        logging.getLogger("DataFrameQueryContextLogger").setLevel(logging.CRITICAL + 1)
        self.frames: Frames = {
            name: self._files([(package.root / path).resolve().as_uri() for path in paths])
            for name, paths in package.files.items()
        }

    def keep(self, frame: Frame) -> Frame:
        # not a checkpoint: what a lost worker kept is computed again
        return lazy(frame.to_native().persist(StorageLevel.MEMORY_AND_DISK))

    def lookup(self, columns: pa.Table) -> Frame:
        return lazy(self._session.createDataFrame(columns))

    def rows(self, frame: Frame) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = frame.to_native().toArrow().to_pylist()
        return found

    def _files(self, paths: list[str]) -> Frame:
        read = self._session.read.parquet(*paths)
        placed = ("*", f"_metadata.file_path as {FILE}", f"_metadata.row_index as {ROW}")
        return lazy(read.selectExpr(*placed))
