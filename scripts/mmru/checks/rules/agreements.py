"""Rules on the life of an agreement: its status, its steps, its signing and its term."""

from __future__ import annotations

from datetime import date, timedelta

import narwhals as nw
from narwhals import col

from mmru.checks.registry import Frame, RuleContext, differs, rows_of, rule, within, without
from mmru.checks.times import apart, dated_by_events

REACHED = 4  # the score of the step from which on an agreement is made
DAYS_OF_YEAR = 365.25
TOLERANCE = 0.1  # years; a term ends a day before its anniversary
YEAR = timedelta(days=365)
ENDS = ["expired", "terminated"]


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


@rule(
    "T13",
    "agreement_milestones",
    "it is dated before a step that must come earlier",
    "put the steps in order",
)
def milestones_in_order(ctx: RuleContext) -> Frame:
    steps = ctx.rows.select(
        "agreement_id", col("milestone").alias("before"), col("date_earliest").alias("since")
    )
    pairs = ctx.rows.join(steps, on="agreement_id", how="inner").filter(col("since") > col("date_latest"))
    return within(pairs, ctx.view(_order), ["before", "milestone"])


def _order(ctx: RuleContext) -> Frame:
    """Return which step must not come after which other step.

    The scores of steps put most of them in order. An agreement is announced before or after it is signed,
    but not after it is in force; it expires after it was made, and not before its term is over.
    """
    scores = {name: code.score for name, code in ctx.schemas.vocabularies["milestone"].items()}
    scored = [(name, score) for name, score in scores.items() if score is not None]
    pairs = [(one, other) for one, low in scored for other, high in scored if low < high]
    pairs += [("announced", later) for later in ("in-force", "amended", *ENDS)]
    pairs += [(name, "expires") for name, _ in scored if name not in ("amended", *ENDS)]
    pairs += [("expires", "expired")]
    known = [pair for pair in pairs if set(pair) <= set(scores)]
    return ctx.texts(["before", "milestone"], known)


@rule(
    "T54",
    "agreements",
    "its valid_from, valid_until, duration_years and steps in-force, expires or expired exclude one another",
    "correct the one that is wrong",
)
def terms_fit(ctx: RuleContext) -> Frame:
    rows = ctx.with_meaning(ctx.rows, "valid_from", "valid_until")
    begins = ("valid_from_means_earliest", "valid_from_means_latest")
    ends = ("valid_until_means_earliest", "valid_until_means_latest")
    entry, expiry = (_with_step(ctx, rows, name) for name in ("in-force", "expires"))
    step = ("step_earliest", "step_latest")
    expired = _with_step(ctx, rows, "expired")
    return rows_of(
        [
            entry.filter(apart(begins, step)),
            expiry.filter(apart(ends, step)),
            expired.filter(apart(ends, step)),
            rows.filter(col(ends[1]) < col("signed_earliest")),
            _of_other_length(ctx, rows, begins, ends),
            _of_other_length(ctx, expiry, begins, step),
            _of_other_length(ctx, entry, step, ends),
        ]
    )


def _with_step(ctx: RuleContext, rows: Frame, milestone: str) -> Frame:
    """Return the rows with the bounds of each dated step of a kind."""
    steps = ctx["agreement_milestones"].filter(col("milestone") == milestone)
    bounds = steps.select(
        "agreement_id", col("date_earliest").alias("step_earliest"), col("date_latest").alias("step_latest")
    )
    return rows.join(bounds, on="agreement_id", how="inner")


def _of_unknown_start(ctx: RuleContext, rows: Frame) -> Frame:
    """Return the rows of agreements for which nothing says when they took effect."""
    entry = ctx["agreement_milestones"].filter(col("milestone") == "in-force")
    return without(rows.filter(col("valid_from").is_null()), entry, ["agreement_id"])


def _of_other_length(ctx: RuleContext, rows: Frame, begins: tuple[str, str], ends: tuple[str, str]) -> Frame:
    """Return the rows whose duration does not fit any of the days on which they can begin and end."""

    def is_other_length(years: float, *days: date) -> bool:
        first, last, until, latest = days
        least, most = (until - last).days / DAYS_OF_YEAR, (latest - first).days / DAYS_OF_YEAR
        return not least - TOLERANCE <= years <= most + TOLERANCE

    return ctx.where(rows, ["duration_years", *begins, *ends], is_other_length)


@rule(
    "T63",
    "agreements",
    "it supersedes an agreement that is later than itself",
    "correct a date, or let the later one supersede the earlier one",
)
def supersedes_an_earlier_one(ctx: RuleContext) -> Frame:
    rows = ctx.with_meaning(ctx.rows, "valid_from", "valid_until")
    since = nw.coalesce("signed_earliest", "valid_from_means_earliest")
    until = nw.coalesce("signed_latest", "valid_from_means_latest")
    others = rows.select(col("agreement_id").alias("earlier"), since.alias("since"))
    pairs = rows.join(others, left_on="supersedes_agreement_id", right_on="earlier", how="inner")
    return pairs.filter(col("since") > until)


@rule(
    "P21",
    "agreements",
    "its term was over more than a year before the release, but its status does not say so",
    "does a source say that it was extended or has expired?",
)
def expired_when_its_term_is_over(ctx: RuleContext) -> Frame:
    made = ctx.schemas.group(ctx.table["status"], "made")
    rows = ctx.with_meaning(ctx.rows, "valid_from", "valid_until").filter(col("status").is_in(made))
    # a plan for some years ends without a report
    rows = rows.filter((col("agreement_type") != "roadmap").fill_null(True))
    past = ctx.released - YEAR

    def is_over(begin: date, years: float) -> bool:
        return (past - begin).days / DAYS_OF_YEAR > years

    expiry = _with_step(ctx, rows, "expires")
    # where nothing says when it ends, its duration does
    unended = without(rows.filter(col("valid_until").is_null()), expiry, ["agreement_id"])
    return rows_of(
        [
            rows.filter(col("valid_until_means_latest") < past),
            expiry.filter(col("step_latest") < past),
            ctx.where(unended, ["valid_from_means_latest", "duration_years"], is_over),
            ctx.where(_with_step(ctx, unended, "in-force"), ["step_latest", "duration_years"], is_over),
            ctx.where(_of_unknown_start(ctx, unended), ["signed_latest", "duration_years"], is_over),
        ]
    )


@rule(
    "P26",
    "agreements",
    "its duration is none or over 99 years, or does not fit the day of its signing and its dates of validity",
    "is one of its dates or its duration wrong?",
)
def terms_are_plausible(ctx: RuleContext) -> Frame:
    rows = ctx.with_meaning(ctx.rows, "valid_from", "valid_until")
    dates = ["valid_from_means_latest", "signed_earliest"]
    # it then took effect on the day of its signing, or up to two years later
    signed = _of_unknown_start(ctx, rows)

    def is_unlikely(years: float, start: date, until: date) -> bool:
        length = (until - start).days / DAYS_OF_YEAR
        return not length - 2 <= years <= length + TOLERANCE

    return rows_of(
        [
            ctx.where(rows, dates, lambda begin, signing: signing - begin > YEAR),
            rows.filter((col("duration_years") <= 0) | (col("duration_years") > 99)),
            ctx.where(signed, ["duration_years", "signed_earliest", "valid_until_means_latest"], is_unlikely),
            ctx.where(
                _with_step(ctx, signed, "expires"),
                ["duration_years", "signed_earliest", "step_latest"],
                is_unlikely,
            ),
        ]
    )
