"""Add to the tables what follows from who says what: witnesses, confirmation, grades, states and voices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa

from mmru.checks.registry import ROW, Frame, RuleContext, lazy
from mmru.checks.views import RECORD, TABLE, records
from mmru.checks.witnesses import (
    COUNTS,
    DERIVED,
    GRADES,
    ONGOING,
    actors_derived,
    as_of,
    confirmed,
    evidence,
    members,
    row_credibility,
)
from mmru.model.claim import CONFIRMED
from mmru.model.schema import Schemas, Table

Tables = dict[str, pa.Table]
Columns = Mapping[str, pl.Series]


def with_evidence(tables: Tables, schemas: Schemas, released: date) -> Tables:
    """Return the tables with their columns that rest on all claims, and with the final grades of claims."""
    context = _context(tables, schemas, released)
    graded = _native(context.view(confirmed))[ROW]
    claims = pl.DataFrame(tables["claims"]).with_row_index(ROW)
    is_confirmed = pl.col(ROW).is_in(graded.implode())
    credibility = claims.select(pl.when(is_confirmed).then(CONFIRMED).otherwise("credibility"))
    tables = _with(tables, "claims", {"credibility": credibility.to_series()})
    tables = _with_actors(tables, context)
    context = _context(tables, schemas, released)
    for table in schemas.tables.values():
        if "confirmation" in table.names:
            tables = _with(tables, table.name, _of_records(context, table))
        elif table.helper:
            tables = _with(tables, table.name, _of_helper_rows(context, table))
    return tables


def _context(tables: Tables, schemas: Schemas, released: date) -> RuleContext:
    """Return what views look at: the frames of these tables."""
    frames = {name: lazy(pl.DataFrame(rows).lazy().with_row_index(ROW)) for name, rows in tables.items()}
    return RuleContext(schemas, frames, schemas.tables["claims"], released, (), {})


def _with(tables: Tables, name: str, columns: Columns) -> Tables:
    """Return the tables with these columns of one of them replaced."""
    rows = tables[name]
    for column, cells in columns.items():
        place = rows.schema.get_field_index(column)
        field = rows.schema.field(column)
        rows = rows.set_column(place, field, cells.to_arrow().cast(field.type))
    return {**tables, name: rows}


def _with_actors(tables: Tables, context: RuleContext) -> Tables:
    """Return the tables with the states of actors, the sides of sources and the voices of reactions."""
    found = _native(context.view(actors_derived))
    for table, (actor, column, derived) in DERIVED.items():
        actors = pl.DataFrame({"actor_id": pl.DataFrame(tables[table].select([actor]))[actor]})
        joined = actors.join(found, on="actor_id", how="left", maintain_order="left")
        tables = _with(tables, table, {column: joined[derived]})
    return tables


def _of_records(context: RuleContext, table: Table) -> Columns:
    """Return the columns of a record table that rest on the claims on each record."""
    rows = _native(records(context, table)).select(*RECORD, *({"status"} & {*table.names}))
    lists = {name: _listed(frame, name) for name, frame in context.view(members).items()}
    for found in (_native(context.view(evidence)), *lists.values()):
        rows = rows.join(_texts(found), on=RECORD, how="left", maintain_order="left")
    columns = {name: rows[name] for name in (*COUNTS, *GRADES, *lists)}
    if "as_of" in table.names:
        seen = rows.join(_texts(_native(context.view(as_of))), on=RECORD, how="left", maintain_order="left")
        columns["as_of"] = seen.select(pl.when(pl.col("status") == ONGOING).then("last_seen")).to_series()
    return columns


def _of_helper_rows(context: RuleContext, table: Table) -> Columns:
    """Return the credibility of the rows of a helper table."""
    graded = _native(context.view(row_credibility)).filter(pl.col(TABLE) == table.name).select(ROW, "best")
    rows = _native(context[table.name]).select(ROW).join(graded, on=ROW, how="left", maintain_order="left")
    return {"credibility": rows["best"]}


def _listed(frame: Frame, name: str) -> pl.DataFrame:
    """Return the members of each record as a sorted list."""
    rows = _texts(_native(frame))
    return rows.group_by(RECORD).agg(pl.col("member").sort().alias(name))


def _native(frame: Frame) -> pl.DataFrame:
    found: Any = frame.collect("polars").to_native()
    rows: pl.DataFrame = found
    return rows


def _texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with their interned texts as texts."""
    return rows.with_columns(pl.col(pl.Categorical).cast(pl.String))
