"""Rules on the life of an agreement: its status, its milestones and its signing."""

from __future__ import annotations

from datetime import date

import narwhals as nw
from narwhals import col

from mmru.checks.registry import Frame, RuleContext, differs, rows_of, rule, within, without
from mmru.checks.times import dated_by_events

REACHED = 4  # the score of the step from which on an agreement is made


@rule(
    "T17",
    "agreements",
    "its status has no milestone, or a milestone is of a later stage",
    "code milestones.<stage>, or correct the status",
)
def status_and_milestones(ctx: RuleContext) -> Frame:
    rows = ctx.with_score(ctx.rows, "status", "agreement_status", "stage").filter(~col("stage").is_null())
    steps = ctx.with_score(ctx["agreement_milestones"], "milestone", "milestone", "step")
    reached = steps.select("agreement_id", col("milestone").alias("status"))
    beyond = rows.join(steps.select("agreement_id", "step"), on="agreement_id", how="inner")
    denied = ctx.rows.filter(col("status") == "denied")
    denied = denied.join(steps.select("agreement_id", "step"), on="agreement_id", how="inner")
    return rows_of(
        [
            without(rows, reached, ["agreement_id", "status"]),
            beyond.filter(col("step").fill_null(0.0) > col("stage")),
            denied.filter(col("step") >= REACHED),
        ]
    )


@rule(
    "T39",
    "agreements",
    "signed and date_basis do not match its first dated signing",
    "run mmru build, which copies them from the milestones and their events",
)
def signed_by_milestone(ctx: RuleContext) -> Frame:
    signings = ctx["agreement_milestones"].filter(col("milestone") == "signed")
    signings = dated_by_events(signings, ctx["events"])
    signings = ctx.with_meaning(signings, "date")
    dated = signings.filter(~col("date_means_precision").is_null()).select(
        "agreement_id",
        "sequence",
        col("date").alias("first_signed"),
        col("date_basis").alias("first_basis"),
        col("date_means_latest").fill_null(nw.lit(date.max)).alias("until"),
    )
    for name in ("until", "sequence"):
        first = dated.group_by("agreement_id").agg(col(name).min())
        dated = within(dated, first, ["agreement_id", name])
    rows = ctx.rows.join(dated, on="agreement_id", how="left")
    return rows.filter(
        differs(col("signed"), col("first_signed")) | differs(col("date_basis"), col("first_basis"))
    )


@rule(
    "P03",
    "agreements",
    "it is signed, but names no event at which it was signed",
    "code milestones.signed.event_id with an event of type signing",
)
def signed_at_an_event(ctx: RuleContext) -> Frame:
    signings = ctx["events"].filter(col("event_type") == "signing")
    signed = ctx["agreement_milestones"].filter(col("milestone") == "signed")
    somewhere = within(signed, signings, ["event_id"])
    return without(within(ctx.rows, signed, ["agreement_id"]), somewhere, ["agreement_id"])
