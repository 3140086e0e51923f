"""Rules on wholes and their parts, and on what happens at an event."""

from __future__ import annotations

from datetime import date

from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, rows_of, rule, within, without
from mmru.checks.times import MOMENTARY, UNREAL, apart, event_times, with_event
from mmru.model import edtf
from mmru.model.redirects import circle
from mmru.model.schema import Table

HAPPENED = ["occurred", "ongoing"]
LONGER = ["visit", "conference", "joint-exercise", "port-call", "armed-conflict", "power-seizure"]


@rule(
    "T27",
    "events places actors agreements",
    "it is a part of itself, or supersedes itself, directly or through others",
    "correct the column that leads back to it",
)
def parts_end(ctx: RuleContext) -> Frame:
    key = ctx.key
    return rows_of(_in_circle(ctx, key, column) for column in self_references(ctx.table))


def self_references(table: Table) -> list[str]:
    """Return the columns that refer to another row of their own table."""
    return [column for column, target, _ in table.foreign_keys if target == table.name]


def _in_circle(ctx: RuleContext, key: str, column: str) -> Frame:
    """Return the rows to which a column leads back."""
    pairs = ctx.rows.select(col(key).alias("part"), col(column).alias("whole"))
    rows = ctx.to_dicts(pairs.filter(~col("part").is_null() & ~col("whole").is_null()))
    wholes = {row["part"]: row["whole"] for row in rows}
    members = {(part,) for start in wholes for part in circle(wholes, start)}
    return within(ctx.rows, ctx.texts([key], sorted(members)), [key])


@rule(
    "T32",
    "events",
    "its dates lie outside those of the event that contains it, directly or through undated ones",
    "correct one of the dates, or part_of_event_id",
)
def parts_within_wholes(ctx: RuleContext) -> Frame:
    return _outside(ctx.rows.join(ctx.view(event_times), on="event_id", how="inner"))


def _outside(rows: Frame) -> Frame:
    return rows.filter(apart(("date_earliest", "date_latest"), ("whole_begins", "whole_ends")))


@rule(
    "T59",
    "events",
    "it begins before its whole or goes on after it",
    "correct one of the dates, or part_of_event_id",
)
def parts_are_no_longer(ctx: RuleContext) -> Frame:
    known = ctx.rows.join(ctx.view(event_times), on="event_id", how="inner")
    rows = without(known, _outside(known), [ROW])
    rows = rows.filter(col("date_precision").is_in(["interval", "open-interval"]))
    early = ctx.where(rows, ["date", "whole_begins"], lambda text, day: _starts(text) < day)
    return rows_of([early, ctx.where(rows, ["date", "whole_ends"], lambda text, day: _ends(text) > day)])


def _starts(text: str) -> date:
    """Return the last day on which an interval can begin; an unknown beginning can be on any day."""
    start = text.partition("/")[0]
    return date.min if start == ".." else (edtf.parse(start).latest or date.max) if start else date.max


def _ends(text: str) -> date:
    """Return the first day on which an interval can end; an unknown end can be on any day."""
    end = text.partition("/")[2]
    return date.max if end == ".." else (edtf.parse(end).earliest or date.min) if end else date.min


@rule(
    "T60",
    "events",
    "it has happened, but its whole is planned, cancelled or denied",
    "correct one of the two statuses, or part_of_event_id",
)
def parts_of_what_happened(ctx: RuleContext) -> Frame:
    rows = with_event(ctx, ctx.rows, "part_of_event_id")
    return rows.filter(col("status").is_in(HAPPENED) & col("event_status").is_in(UNREAL))


@rule(
    "P27",
    "events agreement_milestones",
    "it has happened, but the event of which it is a part, or at which it was made, is only alleged",
    "is its status right, or that of the event?",
)
def parts_of_what_is_alleged(ctx: RuleContext) -> Frame:
    if ctx.table.name == "agreement_milestones":
        agreements = ctx["agreements"].filter(col("status").is_in(_made(ctx))).select("agreement_id")
        made = within(ctx.rows, agreements, ["agreement_id"])
        return with_event(ctx, made, "event_id").filter(col("event_status") == "alleged")
    rows = with_event(ctx, ctx.rows, "part_of_event_id")
    return rows.filter(col("status").is_in(HAPPENED) & (col("event_status") == "alleged"))


@rule(
    "P36",
    "events",
    "it goes on, but its whole has come to an end",
    "is one of the two statuses wrong?",
)
def parts_end_with_their_wholes(ctx: RuleContext) -> Frame:
    rows = with_event(ctx, ctx.rows, "part_of_event_id")
    return rows.filter((col("status") == "ongoing") & (col("event_status") == "occurred"))


@rule(
    "T61",
    "agreements agreement_milestones reactions",
    "it was made at an event that is planned, cancelled or denied",
    "correct the status of the event, or name another one",
)
def made_where_something_happened(ctx: RuleContext) -> Frame:
    column = "occasion_event_id" if ctx.table.name == "reactions" else "event_id"
    rows = with_event(ctx, ctx.rows, column).filter(col("event_status").is_in(UNREAL))
    if ctx.table.name == "agreement_milestones":
        return rows.filter(col("milestone") != "expires")
    if ctx.table.name == "agreements":
        # a step at that event is reported itself
        steps = ctx["agreement_milestones"].select("agreement_id", "event_id")
        return without(rows.filter(col("status").is_in(_made(ctx))), steps, ["agreement_id", "event_id"])
    return rows.filter(col("status").is_in(HAPPENED))


def _made(ctx: RuleContext) -> list[str]:
    """Return the statuses of agreements that were made, in force or over."""
    status = ctx.schemas.tables["agreements"]["status"]
    return [code for group in ("made", "ended") for code in ctx.schemas.group(status, group)]


@rule(
    "P28",
    "agreement_milestones",
    "it was signed at an event that is not a signing, although another event is its signing",
    "name the signing",
)
def signed_at_a_signing(ctx: RuleContext) -> Frame:
    rows = with_event(ctx, ctx.rows.filter(col("milestone") == "signed"), "event_id")
    signings = rows.filter(col("event_kind") == "signing")
    return within(rows.filter(col("event_kind") != "signing"), signings, ["agreement_id"])


@rule(
    "P29",
    "events",
    "its place lies in another country than that of its whole",
    "is it a part of that event, and is its place right?",
)
def parts_in_one_country(ctx: RuleContext) -> Frame:
    places = ctx["places"].select("place_id", "country")
    rows = ctx.rows.join(places, on="place_id", how="inner")
    wholes = rows.select(col("event_id").alias("whole"), col("country").alias("other"))
    pairs = rows.join(wholes, left_on="part_of_event_id", right_on="whole", how="inner")
    return pairs.filter(col("country") != col("other"))


@rule(
    "P30",
    "events",
    "it is part of an event that is too short to contain it",
    "is the shorter event a part of this one instead?",
)
def wholes_are_larger(ctx: RuleContext) -> Frame:
    rows = with_event(ctx, ctx.rows, "part_of_event_id")
    return rows.filter(col("event_type").is_in(LONGER) & col("event_kind").is_in(MOMENTARY))


@rule(
    "T64",
    "actors actor_roles places",
    "it is part of itself, or of something of a kind that cannot contain it",
    "correct what it is a part of, or one of the two kinds",
)
def kinds_of_wholes(ctx: RuleContext) -> Frame:
    if ctx.table.name == "actor_roles":
        return ctx.rows.filter(col("actor_id") == col("body_actor_id"))
    key = ctx.key
    wholes = ctx.rows.select(col(key).alias("whole"), col("kind").alias("kind_of_whole"))
    rows = ctx.rows.join(wholes, left_on=f"part_of_{key}", right_on="whole", how="inner")
    if ctx.table.name == "places":
        kinds = ctx.schemas.vocabularies["place_kind"]
        return ctx.misfits(rows, kinds, "kind", "kind_of_whole", "place_kind")
    of_states = ["international-organisation", "group", "state"]
    wrong_state = (col("kind") == "state") & ~col("kind_of_whole").is_in(of_states)
    # what a person belongs to is a role
    return rows.filter((col("kind") == "person") | (col("kind_of_whole") == "person") | wrong_state)
