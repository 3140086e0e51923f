"""Validate tables with pandera, constraints and rules alike, and return the failures as problems."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa
from pandera.config import ValidationDepth, config_context
from pandera.constants import CHECK_OUTPUT_KEY
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors
from pandera.polars import Check, DataFrameSchema, PolarsData

from mmru.checks.registry import OTHER, ROW, Distinct, Rule, RuleContext, lazy
from mmru.checks.rules import RULES
from mmru.checks.table_schema import polars_schema
from mmru.errors import Position, Problem
from mmru.model.schema import Schemas, Table

CONSTRAINT = "T01"
FEW_ROWS = 100_000  # up to which polars' streaming engine takes longer to start than to run


def check(
    tables: Mapping[str, pa.Table],
    position: Callable[[str, int], Position],
    schemas: Schemas,
    released: date,
    distinct: Distinct = (),
) -> list[Problem]:
    """Return every problem of the tables, sorted; `position` returns where a row of a table comes from.

    `released` is the day of their release; `distinct` lists records that are alike but distinct. An
    exception in a check is raised: it is not a row that fails.
    """
    frames = {name: pl.DataFrame(rows) for name, rows in tables.items()}
    numbered = {name: lazy(frame.lazy().with_row_index(ROW)) for name, frame in frames.items()}
    views: dict[Any, Any] = {}
    problems: set[Problem] = set()
    with _engine(sum(frame.height for frame in frames.values())):
        for name, table in schemas.tables.items():
            context = RuleContext(schemas, numbered, table, released, distinct, views)
            others: dict[tuple[str, int], str] = {}
            rules = {rule.check_name: rule for rule in RULES if rule.table == name}
            checks = [rule_check(rule, context, others) for rule in rules.values()]
            schema = polars_schema(table, schemas, lambda other, key: frames[other][key], checks)
            for row, check_name, message in failures(schema, frames[name]):
                cells = frames[name].row(row, named=True)
                broken, other = rules.get(check_name, message), others.get((check_name, row), "")
                problems.add(problem(table, cells, position(name, row), broken, other))
    return sorted(problems)


def _engine(rows: int) -> AbstractContextManager[object]:
    """Return a context in which polars runs the many small queries of pandera without streaming."""
    return pl.Config(engine_affinity="in-memory") if rows <= FEW_ROWS else nullcontext()


def rule_check(rule: Rule, context: RuleContext, others: dict[tuple[str, int], str]) -> Check:
    """Return a rule as a check of the whole frame of its table.

    The check fills `others` with the record that the message names beside each row.
    """

    def keeps(data: PolarsData) -> pl.LazyFrame:
        rows = data.lazyframe.with_row_index(ROW)
        found = rule.breaks(context.with_rows(lazy(rows))).select(*rule.columns)
        broken: pl.DataFrame = found.collect("polars").to_native()
        if OTHER in broken.columns:
            others.update({(rule.check_name, row): other for row, other in broken.iter_rows()})
        numbers = broken[ROW]
        kept: pl.LazyFrame = rows.select(~pl.col(ROW).is_in(numbers.implode()))
        return kept

    # the check's output has the number of every row that fails, so pandera need not list the rows
    return Check(keeps, name=rule.check_name, error=rule.message, n_failure_cases=1)


def failures(schema: DataFrameSchema, frame: pl.DataFrame) -> Iterator[tuple[int, str, str]]:
    """Return each row that fails a check, with the name of the check and what is wrong with the row."""
    # no row of an empty table can fail
    depth = ValidationDepth.SCHEMA_ONLY if frame.is_empty() else ValidationDepth.SCHEMA_AND_DATA
    try:
        with config_context(validation_depth=depth):
            schema.validate(frame, lazy=True)
        return
    except SchemaErrors as errors:
        found = errors.schema_errors
    for error in found:
        if error.reason_code is SchemaErrorReason.CHECK_ERROR:
            # pandera keeps only the text of an exception: run the check again to raise it
            column = (error.column_name,) if error.column_name else ()
            error.check(frame.lazy(), *column).check_passed.collect()
        if error.check_output is None:
            raise error  # the frame does not have the columns and types of its schema: a bug, not a bad row
        name = "" if error.column_name else getattr(error.check, "name", "")
        for row in (~error.check_output[CHECK_OUTPUT_KEY]).arg_true():
            yield row, name, _message(error, frame, row)


def _message(error: SchemaError, frame: pl.DataFrame, row: int) -> str:
    """Return what is wrong with a row that breaks a constraint."""
    column = error.column_name
    if error.reason_code is SchemaErrorReason.DUPLICATES:
        return "its key is used twice"
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:
        return f"{column} is empty"
    if not column:
        return str(error.check.error)
    value = frame[column][row]
    if isinstance(value, pl.Series):
        return f"{column} {json.dumps(value.to_list(), ensure_ascii=False)} {error.check.error}"
    return f"{column} '{value}' {error.check.error}"


def problem(
    table: Table, cells: Mapping[str, Any], position: Position, broken: Rule | str, other: str = ""
) -> Problem:
    """Return the problem of a row that breaks a rule, or a constraint with this message.

    `other` is the record that the message names beside the row.
    """
    key = " ".join("<NA>" if cells[name] is None else str(cells[name]) for name in table.primary_key)
    row = f"{table.name} {key}".strip()
    if isinstance(broken, Rule):
        message = broken.message.replace("{other}", other)
        return Problem(*position, broken.code, f"{row}: {message}", broken.fix)
    return Problem(*position, CONSTRAINT, f"{row}: {broken}")
