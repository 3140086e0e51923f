"""Rules on dates: they are EDTF, in order, and their bounds are those of the text."""

from __future__ import annotations

from datetime import timedelta

import narwhals as nw
from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, differs, rows_of, rule
from mmru.checks.times import with_publication
from mmru.model.schema import Column

LONGEST_VISIT = timedelta(days=31)


@rule(
    "T10",
    "sources actor_roles events agreements agreement_milestones reactions",
    "a date is not EDTF",
    "write it in EDTF",
)
def edtf_dates(ctx: RuleContext) -> Frame:
    columns = [c for c in ctx.table.columns if c.format == "edtf"]
    return rows_of(_not_edtf(ctx, c) for c in columns)


def _not_edtf(ctx: RuleContext, column: Column) -> Frame:
    """Return the rows with a text in a column, or in one of its lists, that is not EDTF."""
    cells = ctx.rows.select(ROW, column.name).filter(~col(column.name).is_null())
    cells = cells.explode(column.name) if column.is_list else cells
    return ctx.with_meaning(cells, column.name).filter(col(f"{column.name}_means_precision").is_null())


@rule(
    "T11",
    "sources events agreements agreement_milestones reactions",
    "the bounds of a date do not match its EDTF text",
    "run mmru build, which computes bounds",
)
def bounds_match(ctx: RuleContext) -> Frame:
    name = next(c for c in ("published", "signed", "date") if c in ctx.table.names)
    bounds = ((col(f"{name}_{end}"), col(f"{name}_means_{end}")) for end in ("earliest", "latest"))
    return ctx.with_meaning(ctx.rows, name).filter(
        nw.any_horizontal(*(differs(*b) for b in bounds), ignore_nulls=True)
    )


@rule("T12", "agreements actor_roles", "it ends before it begins", "put valid_from and valid_until in order")
def validity_in_order(ctx: RuleContext) -> Frame:
    rows = ctx.with_meaning(ctx.rows, "valid_from", "valid_until")
    return rows.filter(col("valid_from_means_earliest") > col("valid_until_means_latest"))


@rule("T14", "events reactions", "date_precision does not fit the date", "run mmru build, which computes it")
def precision_matches(ctx: RuleContext) -> Frame:
    rows = ctx.with_meaning(ctx.rows, "date")
    return rows.filter(differs(col("date_precision"), col("date_means_precision")))


@rule("P01", "events", "the visit lasts longer than a month", "is one of its dates wrong?")
def visits_are_short(ctx: RuleContext) -> Frame:
    ends = ["date_earliest", "date_latest"]
    visits = ctx.rows.filter((col("event_type") == "visit") & (col("date_precision") == "interval"))
    return ctx.where(visits, ends, lambda start, end: end - start >= LONGEST_VISIT)


@rule(
    "P02",
    "events",
    "it is dated after the publication of a source that reports it",
    "is its date, its status or the date of the source wrong?",
)
def reported_after_the_event(ctx: RuleContext) -> Frame:
    happened = col("value").is_in(["occurred", "ongoing", "alleged"])
    reports = ctx["claims"].filter((col("field") == "status") & happened)
    published = ctx["sources"].select("source_id", "published_latest")
    days = reports.join(published, on="source_id", how="inner")
    first = days.group_by("record_id").agg(col("published_latest").min().alias("reported"))
    rows = ctx.rows.join(first, left_on="event_id", right_on="record_id", how="inner")
    rows = with_publication(ctx, rows, "events", "event_id")
    # what is dated after all its sources is an error
    return rows.filter((col("date_earliest") > col("reported")) & (col("date_earliest") <= col("last")))
