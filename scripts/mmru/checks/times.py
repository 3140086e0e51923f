"""Views for rules that look at wholes, and at the sources of records: one row for each record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.registry import Frame, RuleContext, any_of
from mmru.checks.views import RECORD, reports

FIRST, LAST = date(1000, 1, 1), date(9999, 12, 31)  # Java reads years of four digits alone
MOMENTARY = [  # types of events that last a week at most, and do not contain longer ones
    *("meeting", "call", "press-conference", "message", "signing", "departure", "invitation"),
    *("appointment", "announcement", "ceremony", "request", "refusal", "vote"),
]
UNREAL = ["planned", "cancelled", "denied"]  # statuses of events that no source reports as happened


def publication(ctx: RuleContext) -> Frame:
    """Return for each record when its sources were published: `first`, and `last`, after which none was.

    Where a source has no date, `last` is the day of release.
    """
    last = nw.coalesce("published_latest", nw.lit(ctx.released)).alias("last")
    days = ctx["sources"].select("source_id", col("published_earliest").alias("first"), last)
    dated = ctx.view(reports).join(ctx.intern(days, "source_id"), on="source_id", how="inner")
    spans = dated.group_by(*RECORD).agg(col("first").min(), col("last").max())
    return ctx.collected(spans.with_columns(col(*RECORD).cast(nw.String)))


def dated_by_events(signings: Frame, events: Frame) -> Frame:
    """Return signings with the date and basis of their events if those are narrower or the only ones.

    Both have the columns event_id, date, date_basis, date_earliest and date_latest.
    """
    names = ("date", "date_basis", "date_earliest", "date_latest")
    of_events = events.select("event_id", *(col(name).alias(f"event_{name}") for name in names))
    rows = signings.join(of_events, on="event_id", how="left")
    starts, finishes = ("event_date_earliest", "date_earliest"), ("event_date_latest", "date_latest")
    begins, earliest = (col(name).fill_null(nw.lit(FIRST)) for name in starts)
    ends, latest = (col(name).fill_null(nw.lit(LAST)) for name in finishes)
    is_narrower = (begins >= earliest) & (ends <= latest) & ((begins > earliest) | (ends < latest))
    of_event = nw.when(col("date").is_null() | (is_narrower & ~col("event_date").is_null()))
    return rows.with_columns(
        of_event.then(col("event_date")).otherwise(col("date")).alias("date"),
        of_event.then(col("event_date_basis")).otherwise(col("date_basis")).alias("date_basis"),
    )


def with_publication(ctx: RuleContext, rows: Frame, table: str, key: str) -> Frame:
    """Return rows with when the sources of the record were published whose id is in `key`."""
    known = ctx.view(publication).filter(col("record_table") == table)
    return rows.join(known.select(col("record_id").alias(key), "first", "last"), on=key, how="left")


def event_times(ctx: RuleContext) -> Frame:
    """Return for each event the bounds of its wholes, and its own bounds or else those of its wholes.

    On each side the bound is that of the nearest whole that has one, however many have none between.
    """
    columns = ("event_id", "part_of_event_id", "date_earliest", "date_latest")
    rows = {row["event_id"]: row for row in ctx.to_dicts(ctx["events"].select(*columns)) if row["event_id"]}
    starts = [of_nearest_whole(rows, event, "part_of_event_id", "date_earliest") for event in rows]
    ends = [of_nearest_whole(rows, event, "part_of_event_id", "date_latest") for event in rows]
    return ctx.lookup(
        {
            "event_id": pa.array(list(rows), pa.string()),
            "whole_begins": pa.array(starts, pa.date32()),
            "whole_ends": pa.array(ends, pa.date32()),
            "begins": _or_else([row["date_earliest"] for row in rows.values()], starts),
            "ends": _or_else([row["date_latest"] for row in rows.values()], ends),
        }
    )


def record_times(ctx: RuleContext) -> Frame:
    """Return the bounds of each record of the table, `begins` and `ends`, from the first to the last date.

    For an event without a date they are those of its wholes; a record without any date has no row.
    """
    key = ctx.key
    events = ctx.view(event_times).select("event_id", "begins", "ends")
    if ctx.table.name == "events":
        found = [events]
    elif ctx.table.name == "agreements":
        rows = ctx.with_meaning(ctx.rows, "valid_from", "valid_until")
        of_rows = ("valid_from_means", "valid_until_means", "signed")
        found = [_spans(rows, key, f"{name}_earliest", f"{name}_latest") for name in of_rows]
        found.append(_spans(ctx["agreement_milestones"], key, "date_earliest", "date_latest"))
        found.append(rows.join(events, on="event_id", how="inner").select(key, "begins", "ends"))
    else:
        found = [_spans(ctx.rows, key, "date_earliest", "date_latest")]
    dated = nw.concat(found).filter(~col("begins").is_null() | ~col("ends").is_null())
    bounded = dated.with_columns(col("begins").fill_null(nw.lit(FIRST)), col("ends").fill_null(nw.lit(LAST)))
    return bounded.group_by(key).agg(col("begins").min(), col("ends").max())


def _spans(rows: Frame, key: str, earliest: str, latest: str) -> Frame:
    return rows.select(key, col(earliest).alias("begins"), col(latest).alias("ends"))


def apart(one: tuple[str, str], other: tuple[str, str]) -> nw.Expr:
    """Return where two dates have no day in common; a date is its earliest and latest day."""
    return any_of([col(one[1]) < col(other[0]), col(other[1]) < col(one[0])])


def with_event(ctx: RuleContext, rows: Frame, column: str) -> Frame:
    """Return the rows that name an event in a column, with its times, type and status: `event_status`, …"""
    facts = ctx["events"].select(
        "event_id", col("status").alias("event_status"), col("event_type").alias("event_kind")
    )
    known = facts.join(ctx.view(event_times), on="event_id", how="left").rename({"event_id": "named_event"})
    return rows.join(known, left_on=column, right_on="named_event", how="inner")


def of_nearest_whole(rows: Mapping[str, Mapping[str, Any]], key: str, part_of: str, column: str) -> Any:
    """Return the value in a column of the nearest whole of a row that has one; None without one."""
    seen, whole = {key}, rows[key][part_of]
    while whole in rows and whole not in seen:
        if (value := rows[whole][column]) is not None:
            return value
        seen.add(whole)
        whole = rows[whole][part_of]
    return None


def _or_else(own: list[date | None], others: list[date | None]) -> pa.Array:
    return pa.array([day or other for day, other in zip(own, others)], pa.date32())
