"""Check a package on Spark: constraints by partition in pandera, rules on frames of Spark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession, functions
from pyspark.sql.pandas.types import from_arrow_schema

from mmru.checks.registry import OTHER, ROW, Frame, RuleContext, lazy
from mmru.checks.rules import RULES
from mmru.checks.run import failures, problem
from mmru.checks.table_schema import polars_schema
from mmru.datapackage.package import Package
from mmru.errors import Problem
from mmru.io.arrow import arrow_schema, stored
from mmru.model.schema import Schemas, Table

FAILURE = pa.schema([(ROW, pa.int64()), ("rule", pa.int64()), ("message", pa.string())])


@dataclass(frozen=True)
class SparkContext(RuleContext):
    """The context of rules on Spark: what several rules use is written to a folder that all workers reach."""

    folder: str

    def collected(self, frame: Frame) -> Frame:
        native, path = frame.to_native(), f"{self.folder}/{uuid4().hex}"
        native.write.parquet(path)
        return lazy(native.sparkSession.read.schema(native.schema).parquet(path))

    def intern(self, frame: Frame, *columns: str) -> Frame:
        return frame

    def lookup(self, columns: Mapping[str, pa.Array]) -> Frame:
        return lazy(SparkSession.active().createDataFrame(pa.table(dict(columns))))


def check(package: Package, root: Path) -> list[Problem]:
    """Return every problem of the tables of a package in Parquet, in the folder `root`, sorted."""
    session = SparkSession.builder.appName("mmru").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    above = session.conf.get("spark.checkpoint.dir", None)
    with tempfile.TemporaryDirectory(prefix="mmru-", dir=above) as folder:
        return sorted(set(_problems(session, package, root, folder)))


def _problems(session: SparkSession, package: Package, root: Path, folder: str) -> Iterator[Problem]:
    frames = {name: _read(session, package, root, name) for name in package.tables}
    lazy_frames = {name: lazy(frame) for name, frame in frames.items()}
    views: dict[Any, Any] = {}
    for name, table in package.schemas.tables.items():
        rules = [rule for rule in RULES if rule.table == name]
        context = SparkContext(
            package.schemas, lazy_frames, table, package.released, package.distinct, views, folder
        )
        failed = _constraints(table, package.schemas, frames)
        for number, rule in enumerate(rules):
            broken = rule.breaks(context).select(*rule.columns).to_native().distinct()
            broken = broken.withColumnRenamed(OTHER, "message").withColumn("rule", functions.lit(number))
            failed = failed.unionByName(broken, True)
        found = failed.toArrow().to_pylist()
        rows = [functions.lit(row) for row in {failure[ROW] for failure in found}]
        cells = frames[name].where(functions.col(ROW).isin(rows)).toArrow().to_pylist() if rows else []
        by_row = {row[ROW]: row for row in cells}
        for failure in found:
            number, message, cells = failure["rule"], failure["message"], by_row[failure[ROW]]
            what = message if number is None else rules[number]
            yield problem(table, cells, package.position(name, failure[ROW]), what, message or "")


def _read(session: SparkSession, package: Package, root: Path, name: str) -> DataFrame:
    """Return the rows of a table, numbered through all its files."""
    table = package.tables[name]
    schema = from_arrow_schema(pa.schema(list(stored(arrow_schema(table)))), prefer_timestamp_ntz=True)
    starts, start, paths = [], 0, []
    for path in package.paths(name):
        paths.append((root / path).resolve().as_uri())
        # Spark writes its own paths with one slash
        starts += [functions.lit(paths[-1].replace("file:///", "file:/", 1)), functions.lit(start)]
        start += package.count(path)
    first = functions.create_map(*starts)[functions.col("_metadata.file_path")]
    row = (first + functions.col("_metadata.row_index")).cast("long").alias(ROW)
    dates = {c.name: functions.col(c.name).cast("date") for c in table.columns if c.type == "date"}
    return session.read.schema(schema).parquet(*paths).select("*", row).withColumns(dates)


def _constraints(table: Table, schemas: Schemas, frames: Mapping[str, DataFrame]) -> DataFrame:
    """Return the rows that break a constraint, with the messages of pandera's checks."""
    ids = {
        (other, key): frames[other].select(key).toArrow()[key].to_pylist()
        for _, other, key in table.foreign_keys
    }

    def validate(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = [pl.DataFrame(pa.Table.from_batches([batch])) for batch in batches]
        if not rows:
            return
        frame = pl.concat(rows)
        schema = polars_schema(table, schemas, lambda *key: ids[key])
        failed = failures(schema, frame.drop(ROW))
        found = [{ROW: frame[ROW][row], "message": message} for row, _, message in failed]
        yield from pa.Table.from_pylist(found, FAILURE).to_batches()

    # rows of one key come into one partition, so that pandera finds keys that repeat
    return frames[table.name].repartition(*table.primary_key).mapInArrow(validate, from_arrow_schema(FAILURE))
