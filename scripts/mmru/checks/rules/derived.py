"""The named rules that prove what follows from all claims on a record: witnesses, grades and voices."""

from __future__ import annotations

import narwhals as nw
from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, any_of, differs, rows_of, rule, without
from mmru.checks.views import RECORD, TABLE, claims, records
from mmru.checks.witnesses import (
    COUNTS,
    DERIVED,
    GRADES,
    OF_SOURCE,
    ONGOING,
    STATUS,
    actors_derived,
    as_of,
    confirmed,
    evidence,
    members,
    row_credibility,
)
from mmru.model.claim import CONFIRMED

RECORDS = "events agreements reactions"


@rule(
    "T19",
    RECORDS,
    "its counts, grades, confirmation or lists of sources and fields are not those of its claims",
    "run mmru build, which computes them",
)
def evidence_right(ctx: RuleContext) -> Frame:
    of_claims = ctx.view(evidence).rename({name: f"right_{name}" for name in (*COUNTS, *GRADES)})
    rows = _interned(ctx).join(of_claims, on=RECORD, how="left")
    counts = [differs(col(name), col(f"right_{name}").fill_null(0)) for name in COUNTS]
    grades = [differs(col(name), col(f"right_{name}")) for name in GRADES]
    return rows_of(
        [
            rows.filter(any_of([*counts, *grades])),
            *(_wrong_list(ctx, name, frame) for name, frame in ctx.view(members).items()),
        ]
    )


@rule(
    "P54",
    "claims",
    "its source says which record it means, but not the status of the record",
    "code the status too: without it the source is not a witness of the record",
)
def a_witness_gives_the_status(ctx: RuleContext) -> Frame:
    every_claim = ctx.view(claims)
    identities = every_claim.filter(col("is_identity") & col("record_table").is_in(RECORDS.split()))
    return without(identities, every_claim.filter(col("name") == STATUS), OF_SOURCE)


@rule(
    "T35",
    "claims",
    "it has credibility 1 without confirmation by another source, or the reverse",
    "run mmru build, which computes confirmation",
)
def confirmation_right(ctx: RuleContext) -> Frame:
    is_graded = (col("credibility") == CONFIRMED).fill_null(False)
    sure = ctx.view(confirmed)
    return rows_of(
        [
            without(ctx.rows.filter(is_graded), sure, [ROW]),
            ctx.rows.filter(~is_graded).join(sure, on=ROW, how="semi"),
        ]
    )


@rule(
    "T90",
    "events",
    "as_of is not the last day on which a source says that it goes on",
    "run mmru build, which computes it",
)
def as_of_right(ctx: RuleContext) -> Frame:
    rows = _interned(ctx).join(ctx.view(as_of), on=RECORD, how="left")
    goes_on = (col("status") == ONGOING).fill_null(False)
    return rows.filter(differs(col("as_of"), nw.when(goes_on).then(col("last_seen"))))


@rule(
    "T91",
    "actors sources reactions",
    "its state, side or voice is not that of its actor's body and roles",
    "run mmru build, which computes it",
)
def bodies_right(ctx: RuleContext) -> Frame:
    actor, column, derived = DERIVED[ctx.table.name]
    found = ctx.view(actors_derived).select(col("actor_id").alias(actor), col(derived).alias("right"))
    return ctx.rows.join(found, on=actor, how="left").filter(differs(col(column), col("right")))


@rule(
    "T92",
    "event_actors event_details agreement_actors agreement_milestones agreement_terms actor_roles",
    "credibility is not the best of the claims on the row",
    "run mmru build, which computes it",
)
def row_credibility_right(ctx: RuleContext) -> Frame:
    graded = ctx.view(row_credibility).filter(col(TABLE) == ctx.table.name).select(ROW, "best")
    return ctx.rows.join(graded, on=ROW, how="left").filter(differs(col("credibility"), col("best")))


@rule(
    "T93",
    "actor_roles",
    "the actor has this role in this body twice",
    "make it one role, with a time in as_of for each source",
)
def one_row_for_an_office(ctx: RuleContext) -> Frame:
    office = ["actor_id", "role", "body_actor_id", "valid_from", "valid_until"]
    filled = ctx.rows.with_columns(col(*office).fill_null(""))
    return filled.filter(nw.len().over(*office) > 1)


@rule(
    "T94",
    "event_details agreement_terms",
    "there are two figures of one kind, for one object",
    "decide on one of them in seeds/rulings.yaml, or give each its object",
)
def one_figure_for_an_object(ctx: RuleContext) -> Frame:
    helper = ctx.table.helper
    assert helper
    figures = ctx.rows.filter(~col("value").is_null()).with_columns(col("text").fill_null(""))
    return figures.filter(nw.len().over(ctx.key, helper.key, "text") > 1)


def _interned(ctx: RuleContext) -> Frame:
    """Return the rows of the rule's table, each with its record."""
    return ctx.intern(records(ctx, ctx.table), *RECORD)


def _wrong_list(ctx: RuleContext, name: str, right: Frame) -> Frame:
    """Return the records whose list has other members than it should have, or in another order."""
    rows = _interned(ctx).select(ROW, *RECORD, col(name).alias("member"))
    listed = rows.filter(~col("member").is_null())
    each = ctx.intern(listed.explode("member"), "member")
    right = ctx.intern(right, "member").join(rows.select(ROW, *RECORD), on=RECORD, how="inner")
    unsorted = listed.filter(col("member") != col("member").list.sort())
    pair = [ROW, "member"]
    return rows_of([without(each, right, pair), without(right, each, pair), unsorted])
