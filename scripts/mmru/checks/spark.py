"""The engine that is Spark: for tables that one machine cannot hold."""

from __future__ import annotations

import logging
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
from pyspark.sql import SparkSession, functions
from pyspark.sql.pandas.types import from_arrow_schema

from mmru.checks.engine import FILE, JOINT, ROW, Frame, Frames, lazy
from mmru.datapackage.published import Published
from mmru.io.arrow import arrow_schema
from mmru.model.schema import Table

# what the driver spends on plans, and not on rows; who sets another value has theirs
SETTINGS = {
    "spark.sql.maxPlanStringLength": "0",
    "spark.sql.dataFrameQueryContext.enabled": "false",
}


class Spark:
    """Spark, over Parquet files where they lie, in the session that there is or that its settings ask for."""

    # for Java's regular expressions, `$` is also before a last line break
    name, end = "spark", r"\z"
    at_once = 12  # more, and a plan takes longer to make than to run

    def __init__(self, package: Published) -> None:
        self._session = SparkSession.builder.appName("mmru").getOrCreate()
        # what fails is told in the end, in one line
        self._session.sparkContext.setLogLevel("OFF")
        logging.getLogger("DataFrameQueryContextLogger").setLevel(logging.CRITICAL + 1)
        for name, value in SETTINGS.items():
            if not self._session.sparkContext.getConf().contains(name):
                self._session.conf.set(name, value)
        self._kept, self._made = self._folder(), 0
        self.frames: Frames = {
            name: self._files(package.schemas.tables[name], [(package.root / p).resolve() for p in paths])
            for name, paths in package.files.items()
        }

    def keep(self, frame: Frame) -> Frame:
        # written, so that plans stay short, and that nothing is lost with a worker
        self._made += 1
        native, path = frame.to_native(), f"{self._kept}/{self._made}"
        native.hint("rebalance").write.parquet(path)
        return lazy(self._session.read.schema(native.schema).parquet(path))

    def lookup(self, columns: pa.Table) -> Frame:
        return lazy(self._session.createDataFrame(columns))

    def rows(self, *frames: Frame) -> list[list[dict[str, Any]]]:
        return [frame.to_native().toArrow().to_pylist() for frame in frames]

    def keyed(self, frame: Frame, name: str, columns: Sequence[str]) -> Frame:
        parts = [part for column in columns for part in (functions.lit(JOINT), functions.col(column))]
        text = functions.concat(*parts[1:])
        hashed = functions.when(text.isNotNull(), functions.xxhash64(text))
        return lazy(frame.to_native().withColumn(name, hashed))

    def _folder(self) -> str:
        """A folder that all workers reach, and that ends with this engine."""
        above = self._session.conf.get("spark.checkpoint.dir", None) or tempfile.gettempdir()
        name, context = f"{above}/mmru-{uuid4().hex}", self._session.sparkContext
        path = context._jvm.org.apache.hadoop.fs.Path(name)
        system = path.getFileSystem(context._jsc.hadoopConfiguration())
        weakref.finalize(self, system.delete, path, True)
        return name

    def _files(self, table: Table, paths: list[Path]) -> Frame:
        schema = from_arrow_schema(arrow_schema(table))
        read = self._session.read.schema(schema).parquet(*(path.as_uri() for path in paths))
        placed = ("*", f"_metadata.file_path as {FILE}", f"_metadata.row_index as {ROW}")
        return lazy(read.selectExpr(*placed))
