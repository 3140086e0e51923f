"""Add to the tables what follows from who says what: witnesses, confirmation, grades, states and voices."""

from __future__ import annotations

from datetime import date

import polars as pl

from mmru.checks.registry import ROW, Frame, RuleContext, lazy, native
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

Frames = dict[str, pl.DataFrame]


def with_evidence(frames: Frames, schemas: Schemas, released: date) -> Frames:
    """Return the tables with their columns that rest on all claims, and with the final grades of claims."""
    context = _context(frames, schemas, released)
    graded = native(context.view(confirmed))[ROW]
    is_confirmed = pl.int_range(pl.len()).is_in(graded.implode())
    credibility = pl.when(is_confirmed).then(CONFIRMED).otherwise("credibility")
    frames = {**frames, "claims": _with(frames["claims"], credibility=credibility)}
    frames |= _with_actors(frames, context)
    context = _context(frames, schemas, released)
    for table in schemas.tables.values():
        if "confirmation" in table.names:
            frames[table.name] = _with(frames[table.name], **_of_records(context, table))
        elif table.helper:
            best = _best_credibility(context, table)
            frames[table.name] = _with(frames[table.name], credibility=best)
    return frames


def _context(frames: Frames, schemas: Schemas, released: date) -> RuleContext:
    """Return what views look at: these tables."""
    numbered = {name: lazy(frame.lazy().with_row_index(ROW)) for name, frame in frames.items()}
    return RuleContext(schemas, numbered, schemas.tables["claims"], released, (), {})


def _with(frame: pl.DataFrame, **columns: pl.Series | pl.Expr) -> pl.DataFrame:
    """Return a frame with these of its columns replaced, in the types that they had."""
    return frame.with_columns(**columns).cast(frame.schema)


def _with_actors(frames: Frames, context: RuleContext) -> Frames:
    """Return actors with their states, sources with their sides, and reactions with their voices."""
    found = native(context.view(actors_derived))
    tables = {}
    for table, (actor, column, derived) in DERIVED.items():
        of_actors = found.select(pl.col("actor_id").alias(actor), pl.col(derived).alias("derived"))
        joined = frames[table].select(actor).join(of_actors, on=actor, how="left", maintain_order="left")
        tables[table] = _with(frames[table], **{column: joined["derived"]})
    return tables


def _of_records(context: RuleContext, table: Table) -> dict[str, pl.Series]:
    """Return the columns of a record table that rest on the claims on each record."""
    rows = native(records(context, table)).select(*RECORD, *({"status"} & {*table.names}))
    lists = {name: _listed(frame, name) for name, frame in context.view(members).items()}
    for found in (native(context.view(evidence)), *lists.values()):
        rows = rows.join(_texts(found), on=RECORD, how="left", maintain_order="left")
    columns = {name: rows[name] for name in (*COUNTS, *GRADES, *lists)}
    if "as_of" in table.names:
        seen = rows.join(_texts(native(context.view(as_of))), on=RECORD, how="left", maintain_order="left")
        columns["as_of"] = seen.select(pl.when(pl.col("status") == ONGOING).then("last_seen")).to_series()
    return columns


def _best_credibility(context: RuleContext, table: Table) -> pl.Series:
    """Return the best credibility of the claims on each row of a helper table."""
    graded = native(context.view(row_credibility)).filter(pl.col(TABLE) == table.name).select(ROW, "best")
    rows = native(context[table.name]).select(ROW).join(graded, on=ROW, how="left", maintain_order="left")
    return rows["best"]


def _listed(frame: Frame, name: str) -> pl.DataFrame:
    """Return the members of each record as a sorted list."""
    rows = _texts(native(frame))
    return rows.group_by(RECORD).agg(pl.col("member").sort().alias(name))


def _texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with their interned texts as texts."""
    return rows.with_columns(pl.col(pl.Categorical).cast(pl.String))
