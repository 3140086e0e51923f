"""Validate tables with pandera, constraints and rules alike, and return the failures as problems."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, partial
from typing import Any

import polars as pl
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


def check(
    frames: Mapping[str, pl.DataFrame],
    position: Callable[[str, int], Position],
    schemas: Schemas,
    released: date,
    distinct: Distinct = (),
) -> list[Problem]:
    """Return every problem of the tables, sorted; `position` returns where a row of a table comes from.

    `released` is the day of their release; `distinct` lists records that are alike but distinct. An
    exception in a check is raised: it is not a row that fails.
    """
    numbered = {name: lazy(frame.lazy().with_row_index(ROW)) for name, frame in frames.items()}
    views: dict[Any, Any] = {}
    problems: set[Problem] = set()
    # for the many small queries of pandera, the streaming engine takes longer to start than to run
    with pl.Config(engine_affinity="in-memory"):
        for name, table in schemas.tables.items():
            context = RuleContext(schemas, numbered, table, released, distinct, views)
            rules = {rule.check_name: rule for rule in RULES if rule.table == name}
            # the first of the rules asks for it, when pandera has checked the columns
            found = cache(partial(_broken_rows, context, rules))
            checks = [rule_check(rule, found) for rule in rules.values()]
            schema = polars_schema(table, schemas, lambda other, key: frames[other][key], checks)
            others: dict[str, dict[int, str]] = {}
            for row, check_name, message in failures(schema, frames[name]):
                cells, broken, other = frames[name].row(row, named=True), rules.get(check_name), ""
                if broken and OTHER in broken.columns:
                    if check_name not in others:
                        others[check_name] = dict(found()[check_name].iter_rows())
                    other = others[check_name][row]
                problems.add(problem(table, cells, position(name, row), broken or message, other))
    return sorted(problems)


def _broken_rows(context: RuleContext, rules: Mapping[str, Rule]) -> dict[str, pl.DataFrame]:
    """Return the rows that break each rule of a table, by the name of its check."""
    plans = [rule.breaks(context).select(*rule.columns).to_native() for rule in rules.values()]
    return dict(zip(rules, pl.collect_all(plans)))


def rule_check(rule: Rule, found: Callable[[], Mapping[str, pl.DataFrame]]) -> Check:
    """Return a rule as a check of the whole frame of its table; `found` returns the rows that break it."""

    def keeps(data: PolarsData) -> pl.LazyFrame | bool:
        broken = found()[rule.check_name]
        numbered = data.lazyframe.with_row_index(ROW)
        return broken.is_empty() or numbered.select(~pl.col(ROW).is_in(broken[ROW].implode()))

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
