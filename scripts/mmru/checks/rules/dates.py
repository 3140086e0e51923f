"""Rules on dates: their form and bounds, the dates that limit them, and the day of release."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import narwhals as nw
from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, any_of, differs, rows_of, rule, within, without
from mmru.checks.times import MOMENTARY, UNREAL, apart, record_times, with_event, with_publication

LONGEST_VISIT = timedelta(days=31)
INDEPENDENCE = date(1948, 1, 4)  # of Myanmar
YEAR = timedelta(days=365)
WEEK = timedelta(days=7)
LONGEST_OFFICE = 60 * YEAR
WORKS = 10 * YEAR  # what a delivery or a building may take
# kinds of event that end within days or weeks
SHORT = [*MOMENTARY, "visit", "conference", "joint-exercise", "port-call", "election-observation"]
DATE, EVENT = ("date_earliest", "date_latest"), ("begins", "ends")  # the bounds of the two
RECORDS = {
    "events": ("events", "event_id"),
    "reactions": ("reactions", "reaction_id"),
    "agreement_milestones": ("agreements", "agreement_id"),
    "actor_roles": ("actors", "actor_id"),
}


@rule(
    "T10",
    "sources actor_roles events agreements agreement_milestones reactions candidates",
    "a date is not EDTF",
    "write it in EDTF",
)
def edtf_dates(ctx: RuleContext) -> Frame:
    columns = [c for c in ctx.table.columns if c.format == "edtf"]
    names, lists = ([c.name for c in columns if c.is_list == is_list] for is_list in (False, True))
    members = (ctx.rows.select(ROW, name).drop_nulls(name).explode(name) for name in lists)
    return rows_of(
        [
            ctx.with_meaning(ctx.rows, *names).filter(any_of(map(_is_not_edtf, names))),
            *(ctx.with_meaning(rows, name).filter(_is_not_edtf(name)) for name, rows in zip(lists, members)),
        ]
    )


def _is_not_edtf(name: str) -> nw.Expr:
    """Return where a text in a column is not EDTF, on rows with its meaning."""
    return ~col(name).is_null() & col(f"{name}_means_precision").is_null()


@rule(
    "T11",
    "sources events agreements agreement_milestones reactions",
    "the bounds of a date do not match its EDTF text",
    "run mmru build, which computes bounds",
)
def bounds_match(ctx: RuleContext) -> Frame:
    name = next(c for c in ("published", "signed", "date") if c in ctx.table.names)
    bounds = ((col(f"{name}_{end}"), col(f"{name}_means_{end}")) for end in ("earliest", "latest"))
    return ctx.with_meaning(ctx.rows, name).filter(any_of(differs(*b) for b in bounds))


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


@rule(
    "T50",
    "events reactions agreement_milestones",
    "it is dated after all its sources were published, or, if one has no date, after the release",
    "correct the date, or give it the status planned",
)
def dated_before_its_sources(ctx: RuleContext) -> Frame:
    rows = with_publication(ctx, ctx.rows, *RECORDS[ctx.table.name])
    if "status" in ctx.table.names:
        rows = rows.filter(~col("status").is_in(["planned", "cancelled"]))
    else:
        rows = rows.filter(col("milestone") != "expires")
    return rows.filter(col("date_earliest") > col("last"))


@rule(
    "T51",
    "reactions",
    "it is dated before the event or agreement that it is about",
    "correct a date; if it is about a plan, code the status planned or the step that came before it",
)
def after_what_it_is_about(ctx: RuleContext) -> Frame:
    plans = ctx["claims"].filter(
        (col("record_table") == "events") & (col("field") == "status") & (col("value") == "planned")
    )
    about = with_event(ctx, ctx.rows, "about_event_id").filter(~col("event_status").is_in(UNREAL))
    about = without(about, plans.select(col("record_id").alias("about_event_id")), ["about_event_id"])
    steps = ctx["agreement_milestones"]
    undated = steps.filter(col("date_earliest").is_null())
    first = without(steps, undated, ["agreement_id"]).group_by("agreement_id")
    known = first.agg(col("date_earliest").min().alias("since"))
    agreed = ctx.rows.join(known, left_on="about_agreement_id", right_on="agreement_id", how="inner")
    return rows_of(
        [about.filter(col("date_latest") < col("begins")), agreed.filter(col("date_latest") < col("since"))]
    )


@rule(
    "T52",
    "reactions",
    "its date lies outside the occasion at which it was voiced",
    "correct one of the dates, or the occasion",
)
def voiced_at_its_occasion(ctx: RuleContext) -> Frame:
    rows = with_event(ctx, ctx.rows, "occasion_event_id")
    return rows.filter(apart(DATE, EVENT))


@rule(
    "T53",
    "agreements agreement_milestones",
    "its date is not that of the event at which the step was taken",
    "correct one of the dates, or name another event",
)
def steps_at_their_events(ctx: RuleContext) -> Frame:
    rows = with_event(ctx, ctx.rows, "event_id")
    if ctx.table.name == "agreement_milestones":
        return rows.filter(apart(DATE, EVENT))
    # where the step names its event, the step is reported
    placed = ctx["agreement_milestones"].filter((col("milestone") == "signed") & ~col("event_id").is_null())
    rows = without(rows.filter(col("event_kind") == "signing"), placed, ["agreement_id"])
    return rows.filter(apart(("signed_earliest", "signed_latest"), EVENT))


@rule(
    "T55",
    "rulings adjudications",
    "it was decided before a source was published on which it decides",
    "correct the day of the decision",
)
def decided_after_publication(ctx: RuleContext) -> Frame:
    published = ctx["sources"].select("source_id", "published_earliest")
    if "source_id" in ctx.table.names:
        rows = ctx.rows.join(published, on="source_id", how="inner")
    else:
        address = ["record_table", "record_id", "field"]
        claims = within(ctx["claims"], ctx.rows, address).select(*address, "source_id")
        newest = claims.join(published, on="source_id", how="inner").group_by(*address)
        rows = ctx.rows.join(newest.agg(col("published_earliest").max()), on=address, how="inner")
    return rows.filter(col("decided") < col("published_earliest"))


@rule(
    "T56",
    "sources",
    "it was retrieved or coded before it was published, or coded before it was retrieved",
    "correct one of the days",
)
def retrieved_after_publication(ctx: RuleContext) -> Frame:
    days = [name for name in ("published_earliest", "retrieved", "coded") if name in ctx.table.names]
    return ctx.rows.filter(any_of(col(later) < col(day) for day, later in combinations(days, 2)))


@rule(
    "T57",
    "sources",
    "it has a date of publication without a basis, or a basis without a date",
    "give both published and published_basis, or neither",
)
def date_with_basis(ctx: RuleContext) -> Frame:
    return ctx.rows.filter(col("published").is_null() != col("published_basis").is_null())


@rule(
    "T58",
    "actor_roles",
    "a source mentions it as held before it begins, after it ends, or after all sources were published",
    "correct valid_from, valid_until or as_of",
)
def held_while_valid(ctx: RuleContext) -> Frame:
    rows = with_publication(ctx, ctx.rows, *RECORDS["actor_roles"])
    rows = rows.filter(~col("as_of").is_null()).explode("as_of")
    rows = ctx.with_meaning(rows, "as_of", "valid_from", "valid_until")
    return rows.filter(
        any_of(
            [
                col("as_of_means_latest") < col("valid_from_means_earliest"),
                col("as_of_means_earliest") > col("valid_until_means_latest"),
                col("as_of_means_earliest") > col("last"),
            ]
        )
    )


@rule(
    "P20",
    "sources actor_roles events agreements agreement_milestones reactions candidates",
    "it is dated before 4 January 1948, when Myanmar became independent, or over 30 years after the release",
    "is the year right?",
)
def years_of_the_subject(ctx: RuleContext) -> Frame:
    columns = [c.name for c in ctx.table.columns if c.format == "edtf" and not c.is_list]
    rows = ctx.with_meaning(ctx.rows, *columns)
    far = ctx.released + 30 * YEAR
    early = (col(f"{name}_means_latest") < INDEPENDENCE for name in columns)
    late = (col(f"{name}_means_earliest") > far for name in columns)
    return rows.filter(any_of([*early, *late]))


@rule(
    "P22",
    "events reactions",
    "its status says that it is still to come or goes on, but on the day of release that is long past",
    "does a later source report the outcome?",
)
def not_still_to_come(ctx: RuleContext) -> Frame:
    rows = with_publication(ctx, ctx.rows, *RECORDS[ctx.table.name])
    past = ctx.released - YEAR
    # a plan without a day can be for any time
    old = rows.filter((col("status") == "planned") & (col("date_latest") < past))
    if "event_type" not in ctx.table.names:
        return old
    # deliveries and works can take years
    old = old.filter(col("event_type").is_in(SHORT) | (col("date_latest") < past - WORKS))
    going = rows.filter((col("status") == "ongoing") & col("event_type").is_in(SHORT))
    return rows_of([old, going.filter(nw.coalesce("date_earliest", "last") < past)])


@rule(
    "P63",
    "events reactions",
    "a dated source says that it is done, but it has no date",
    "if no words date it, the day of the source is its last possible day, such as [..2025-03-10]",
)
def dated_by_its_sources(ctx: RuleContext) -> Frame:
    is_done = (
        (col("record_table") == ctx.table.name) & (col("field") == "status") & (col("value") == "occurred")
    )
    dated = ctx["sources"].filter(~col("published_latest").is_null())
    done = within(ctx["claims"].filter(is_done), dated, ["source_id"]).select(col("record_id").alias(ctx.key))
    undated = without(ctx.rows.filter(col("status") == "occurred"), record_times(ctx), [ctx.key])
    return within(undated, done, [ctx.key])


@rule(
    "P23",
    "events reactions",
    "its status says that it is still to come or goes on, but its last day was over before its first source",
    "correct the date or the status",
)
def not_over_when_reported(ctx: RuleContext) -> Frame:
    rows = with_publication(ctx, ctx.rows, *RECORDS[ctx.table.name])
    return rows.filter(col("status").is_in(["planned", "ongoing"]) & (col("date_latest") < col("first")))


@rule(
    "P24",
    "events",
    "it lasts longer than a week, which an event of its type does not",
    "is its type right? if one day of several is meant, write a set, such as [2025-03-01..2025-03-10]",
)
def moments_are_short(ctx: RuleContext) -> Frame:
    rows = ctx.rows.filter(col("event_type").is_in(MOMENTARY) & (col("date_precision") == "interval"))
    return ctx.where(rows, ["date_earliest", "date_latest"], lambda start, end: end - start > WEEK)


@rule("P25", "actor_roles", "it is held for longer than 60 years", "is one of its years wrong?")
def offices_end(ctx: RuleContext) -> Frame:
    rows = ctx.with_meaning(ctx.rows, "valid_from", "valid_until")
    ends = ["valid_from_means_latest", "valid_until_means_earliest"]
    return ctx.where(rows, ends, lambda start, end: end - start > LONGEST_OFFICE)
