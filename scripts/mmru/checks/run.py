"""Validate tables with pandera, constraints and rules alike, and turn what fails into problems."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl
import pyarrow as pa

from mmru.checks import evidence, rules
from mmru.checks.registry import ROW, Rule, RuleContext, lazy
from mmru.errors import Position, Problem
from mmru.model.schema import Schemas, Table

if TYPE_CHECKING:
    from pandera.errors import SchemaError
    from pandera.polars import Check, DataFrameSchema, PolarsData

CONSTRAINT = "T01"
RULES = (*rules.RULES, *evidence.RULES)
FEW_ROWS = 100_000  # up to which polars' streaming engine takes longer to start than to run


def check(
    tables: Mapping[str, pa.Table], position: Callable[[str, int], Position], schemas: Schemas
) -> list[Problem]:
    """Return every problem of the tables, sorted; `position` returns where a row of a table comes from.

    Raises whatever a check raises: an exception in a check is not a row that fails.
    """
    frames = {name: pl.DataFrame(rows) for name, rows in tables.items()}
    numbered = {name: lazy(frame.lazy().with_row_index(ROW)) for name, frame in frames.items()}
    views: dict[Any, Any] = {}
    problems: set[Problem] = set()
    with _engine(sum(frame.height for frame in frames.values())):
        for name, table in schemas.tables.items():
            context = RuleContext(schemas, numbered, table, views)
            for error, rule in _errors(frames, context):
                for row in _failed_rows(error):
                    cells = frames[name].row(row, named=True)
                    problems.add(_problem(table, cells, error, rule, position(name, row)))
    return sorted(problems)


def _engine(rows: int) -> AbstractContextManager[object]:
    """Return a context in which polars runs the many small queries of pandera without streaming."""
    return pl.Config(engine_affinity="in-memory") if rows <= FEW_ROWS else nullcontext()


def _errors(
    frames: Mapping[str, pl.DataFrame], context: RuleContext
) -> Iterator[tuple[SchemaError, Rule | None]]:
    """Return each check of a table that fails, with the rule that it is, if it is one."""
    # imported here: a command that only lists the rules needs no pandera
    from pandera.errors import SchemaErrorReason

    from mmru.checks.table_schema import polars_schema

    table, frame = context.table, frames[context.table.name]
    of_table = {rule.check_name: rule for rule in RULES if rule.table == table.name}
    checks = [rule_check(rule, context) for rule in of_table.values()]
    schema = polars_schema(table, context.schemas, lambda other, key: frames[other][key], checks)
    for error in _validate(schema, frame):
        if error.reason_code is SchemaErrorReason.CHECK_ERROR:
            _raise_original(error, frame)
        if error.check_output is None:
            raise error  # the frame has not the columns and types of its schema: our error, in no row
        yield error, None if error.column_name else of_table.get(getattr(error.check, "name", ""))


def _validate(schema: DataFrameSchema, frame: pl.DataFrame) -> list[SchemaError]:
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return list(errors.schema_errors)
    return []


def rule_check(rule: Rule, context: RuleContext) -> Check:
    """Return a rule as a check of the whole frame of its table."""
    from pandera.polars import Check

    def keeps(data: PolarsData) -> pl.LazyFrame:
        rows = data.lazyframe.with_row_index(ROW)
        broken = rule.breaks(context.with_rows(lazy(rows))).select(ROW)
        numbers: pl.Series = broken.collect("polars").to_native()[ROW]
        kept: pl.LazyFrame = rows.select(~pl.col(ROW).is_in(numbers.implode()))
        return kept

    # pandera lists whole rows that fail; the check's output tells them all
    return Check(keeps, name=rule.check_name, error=rule.message, n_failure_cases=1)


def _raise_original(error: SchemaError, frame: pl.DataFrame) -> NoReturn:
    """Raise what a check raised: pandera keeps only its text, so run the check again."""
    column = (error.column_name,) if error.column_name else ()
    error.check(frame.lazy(), *column).check_passed.collect()
    raise RuntimeError(str(error))


def _failed_rows(error: SchemaError) -> list[int]:
    from pandera.constants import CHECK_OUTPUT_KEY

    rows: list[int] = (~error.check_output[CHECK_OUTPUT_KEY]).arg_true().to_list()
    return rows


def _problem(
    table: Table, cells: Mapping[str, Any], error: SchemaError, rule: Rule | None, position: Position
) -> Problem:
    """Return the problem of a row that fails a check."""
    key = " ".join("<NA>" if cells[name] is None else str(cells[name]) for name in table.primary_key)
    row = f"{table.name} {key}".strip()
    if rule:
        return Problem(*position, rule.code, f"{row}: {rule.message}", rule.fix)
    return Problem(*position, CONSTRAINT, f"{row}: {_constraint_message(error, cells)}")


def _constraint_message(error: SchemaError, cells: Mapping[str, Any]) -> str:
    from pandera.errors import SchemaErrorReason

    if error.reason_code is SchemaErrorReason.DUPLICATES:
        return "its key stands twice"
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:
        return f"{error.column_name} is empty"
    value = cells[error.column_name]
    shown = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else f"'{value}'"
    return f"{error.column_name} {shown} {error.check.error}"
