"""The named rules across the columns of a table and across tables; P codes are warnings: hard to believe."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks import evidence
from mmru.checks.registry import (
    ROW,
    Frame,
    RuleContext,
    differs,
    rows_of,
    rule_decorator,
    within,
    without,
)
from mmru.model.schema import SCORES

RULES = [*evidence.RULES]  # and those of this module
rule = rule_decorator(RULES)

LONGEST_VISIT = timedelta(days=31)


@rule(
    "T10",
    "sources actor_roles events agreements agreement_milestones reactions",
    "a date is not EDTF",
    "write it in EDTF",
)
def edtf_dates(ctx: RuleContext) -> Frame:
    columns = [c.name for c in ctx.table.columns if c.format == "edtf"]
    rows = ctx.with_meaning(ctx.rows, *columns)
    return rows_of(rows.filter(~col(c).is_null() & col(f"{c}_means_precision").is_null()) for c in columns)


@rule(
    "T11",
    "sources events agreements agreement_milestones reactions",
    "the bounds of a date are not those of its EDTF text",
    "rebuild: bounds are computed",
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


@rule("T13", "agreement_milestones", "it is dated before an earlier stage", "put the steps in order")
def milestones_in_order(ctx: RuleContext) -> Frame:
    rows = ctx.with_score(ctx.rows, "milestone", "milestone", "stage")
    others = rows.select("agreement_id", col("stage").alias("other"), col("date_earliest").alias("since"))
    pairs = rows.join(others, on="agreement_id", how="inner")
    return pairs.filter((col("other") < col("stage")) & (col("since") > col("date_latest")))


@rule("T14", "events reactions", "date_precision does not fit the date", "rebuild: it is computed")
def precision_matches(ctx: RuleContext) -> Frame:
    rows = ctx.with_meaning(ctx.rows, "date")
    return rows.filter(differs(col("date_precision"), col("date_means_precision")))


@rule(
    "T17",
    "agreements",
    "its status has no milestone of its own, or a milestone goes beyond it",
    "code milestones.<stage>, or mend the status",
)
def status_and_milestones(ctx: RuleContext) -> Frame:
    known = list(ctx.schemas.vocabularies["agreement_status"])
    rows = ctx.with_score(ctx.rows, "status", "agreement_status", "stage").filter(col("status").is_in(known))
    steps = ctx.with_score(ctx["agreement_milestones"], "milestone", "milestone", "step")
    reached = steps.select("agreement_id", col("milestone").alias("status"))
    beyond = rows.join(steps.select("agreement_id", "step"), on="agreement_id", how="inner")
    return rows_of(
        [
            without(rows, reached, ["agreement_id", "status"]),
            beyond.filter(col("step").fill_null(0.0) > col("stage")),
        ]
    )


@rule("T25", "events", "its PLOVER mode does not belong to its PLOVER type", "choose a mode of that type")
def plover_mode_fits(ctx: RuleContext) -> Frame:
    modes = ctx.schemas.vocabularies["plover_mode"]
    pairs = [(kind.removeprefix("plover:"), code) for code, mode in modes.items() for kind in mode.mapping]
    columns = {name: pa.array(values) for name, values in zip(("plover_type", "plover_mode"), zip(*pairs))}
    rows = ctx.rows.filter(~col("plover_mode").is_null())
    return without(rows, ctx.lookup(columns), ["plover_type", "plover_mode"])


@rule("T26", "events reactions", "a score is not that of its code", "rebuild: scores are looked up")
def scores_match(ctx: RuleContext) -> Frame:
    [(name, score)] = (pair for pair in SCORES.items() if pair[1] in ctx.table.names)
    rows = ctx.with_score(ctx.rows, name, ctx.table[name].vocabulary, "expected")
    return rows.filter(differs(col(score).cast(nw.Float64), col("expected")))


@rule("T27", "events places actors", "it is a part of itself", "mend part_of")
def parts_end(ctx: RuleContext) -> Frame:
    key = ctx.table.primary_key[0]
    pairs = ctx.rows.select(col(key).alias("part"), col(f"part_of_{key}").alias("whole"))
    rows = ctx.to_dicts(pairs.filter(~col("part").is_null() & ~col("whole").is_null()))
    endless = pa.array(_endless({row["part"]: row["whole"] for row in rows}), pa.string())
    return within(ctx.rows, ctx.lookup({key: endless}), [key])


def _endless(wholes: Mapping[str, str]) -> list[str]:
    """Return the parts whose chain of wholes never ends."""
    ends: dict[str | None, bool] = {None: True}
    for part in wholes:
        chain: dict[str | None, None] = {}
        whole: str | None = part
        while whole not in ends and whole not in chain:
            chain[whole] = None
            whole = wholes.get(whole) if whole else None
        ends |= dict.fromkeys(chain, ends.get(whole, False))
    return [part for part in wholes if not ends[part]]


@rule(
    "T28", "agreements", "it names a place that is not defined", "register it in seeds/registry/places.yaml"
)
def listed_ids_defined(ctx: RuleContext) -> Frame:
    listed = ctx.rows.select(ROW, col("place_ids").alias("place_id")).filter(~col("place_id").is_null())
    return without(listed.explode("place_id"), ctx["places"], ["place_id"])


@rule("T29", "actors places", "its country is not in ISO 3166-1", "use the alpha-3 code")
def countries_exist(ctx: RuleContext) -> Frame:
    import pycountry

    known = [country.alpha_3 for country in pycountry.countries]
    columns = [c for c in ("country", "iso3") if c in ctx.table.names]
    return rows_of(ctx.rows.filter(~col(c).is_null() & ~col(c).is_in(known)) for c in columns)


@rule("T30", "actors", "only states have codes of states", "remove iso3, gw_code and cow_code")
def codes_of_states(ctx: RuleContext) -> Frame:
    given = nw.any_horizontal(
        *(~col(n).is_null() for n in ("iso3", "gw_code", "cow_code")), ignore_nulls=True
    )
    return ctx.rows.filter((col("kind") != "state").fill_null(True) & given)


@rule(
    "T31", "redirects", "the old id is still in use, or the new one is not", "redirect to an id that stands"
)
def redirects_lead_on(ctx: RuleContext) -> Frame:
    keys = {t.name: t.primary_key[0] for t in ctx.schemas.tables.values() if len(t.primary_key) == 1}
    ids = nw.concat(
        [
            ctx[name].select(nw.lit(name).alias("record_table"), col(key).alias("new_id"))
            for name, key in keys.items()
            if name != "redirects"
        ]
    )
    leading = ctx.rows.filter(~col("new_id").is_null())
    return rows_of(
        [
            within(ctx.rows, ids.select(col("new_id").alias("old_id")), ["old_id"]),
            without(leading, ids, ["record_table", "new_id"]),
        ]
    )


@rule("T32", "events", "the dates of a part lie outside the whole", "mend one of the dates")
def parts_within_wholes(ctx: RuleContext) -> Frame:
    wholes = ctx.rows.select(
        col("event_id").alias("whole"), col("date_earliest").alias("begins"), col("date_latest").alias("ends")
    )
    rows = ctx.rows.join(wholes, left_on="part_of_event_id", right_on="whole", how="inner")
    late, early = col("date_earliest") > col("ends"), col("date_latest") < col("begins")
    return rows.filter(late.fill_null(False) | early.fill_null(False))


@rule(
    "T38",
    "event_actors event_details agreement_terms",
    "its side or its unit is not that of its code, or its numbering has a gap",
    "rebuild: they are looked up and counted",
)
def codes_looked_up(ctx: RuleContext) -> Frame:
    assert ctx.table.helper
    key = ctx.table.helper.key
    looked_up = "side" if "side" in ctx.table.names else "unit"
    codes = ctx.schemas.codes(ctx.table[key])
    expected = {
        key: pa.array(list(codes), pa.string()),
        "expected": pa.array([getattr(code, looked_up) for code in codes.values()], pa.string()),
    }
    rows = ctx.rows.join(ctx.lookup(expected), on=key, how="left")
    wrong = [rows.filter(differs(col(looked_up), col("expected")))]
    if "sequence" in ctx.table.names:
        address = [ctx.table.primary_key[0], key]
        numbered = ctx.rows.group_by(*address).agg(
            nw.len().alias("count"),
            col("sequence").min().alias("first"),
            col("sequence").max().alias("last"),
            col("sequence").n_unique().alias("distinct"),
        )
        gaps = (col("first") != 1) | (col("last") != col("count")) | (col("distinct") != col("count"))
        wrong.append(within(ctx.rows, numbered.filter(gaps), address))
    return rows_of(wrong)


@rule(
    "T39",
    "agreements",
    "signed and date_basis are not those of its first dated signing",
    "rebuild: they are taken from its milestones",
)
def signed_by_milestone(ctx: RuleContext) -> Frame:
    signings = ctx.with_meaning(ctx["agreement_milestones"].filter(col("milestone") == "signed"), "date")
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
    "T40",
    "coder_agreement",
    "coders agree too little on it, and nothing was sharpened",
    "make the codebook clearer, and say in seeds/twice/sharpened.yaml what was made clearer",
)
def sharpened_where_low(ctx: RuleContext) -> Frame:
    low = (col("measure") == "alpha") & (col("value") < 0.8)
    return ctx.rows.filter(low & col("sharpened").is_null())


@rule("P01", "events", "a visit that lasts longer than a month", "is one of its dates wrong?")
def visits_are_short(ctx: RuleContext) -> Frame:
    ends = ["date_earliest", "date_latest"]
    visits = ctx.rows.filter((col("event_type") == "visit") & (col("date_precision") == "interval"))
    stays = [tuple(row.values()) for row in ctx.to_dicts(visits.select(*ends).unique())]
    long = [(start, end) for start, end in stays if start and end and end - start >= LONGEST_VISIT]
    listed = {name: pa.array([stay[n] for stay in long], pa.date32()) for n, name in enumerate(ends)}
    return within(visits, ctx.lookup(listed), ends)


@rule(
    "P02",
    "events",
    "it has happened only after a source that reports it was published",
    "is its date, its status or the date of the source wrong?",
)
def reported_after_the_event(ctx: RuleContext) -> Frame:
    reports = ctx["claims"].filter((col("field") == "status") & (col("value") == "occurred"))
    published = ctx["sources"].select("source_id", "published_latest")
    days = reports.join(published, on="source_id", how="inner")
    first = days.group_by("record_id").agg(col("published_latest").min().alias("reported"))
    rows = ctx.rows.join(first, left_on="event_id", right_on="record_id", how="inner")
    return rows.filter(col("date_earliest") > col("reported"))


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
    "P04",
    "actors places",
    "no record and no claim names it",
    "remove it, or code what an article says of it",
)
def registered_for_something(ctx: RuleContext) -> Frame:
    key = ctx.table.primary_key[0]
    named = []
    for other in ctx.schemas.tables.values():
        for column in other.columns:
            if other.target(column.name) == ctx.table.name:
                cells = ctx[other.name].select(col(column.name).alias(key)).filter(~col(key).is_null())
                named.append(cells.explode(key) if column.is_list else cells)
    return without(ctx.rows, nw.concat(named).unique(), [key])
