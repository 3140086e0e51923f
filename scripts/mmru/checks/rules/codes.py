"""Rules on codes: the codes of a row match each other, and its scores, sides and units match its codes."""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.registry import Frame, RuleContext, differs, rows_of, rule, within, without
from mmru.model.schema import DOUBTFUL, SCORES

CONTEXTS = {  # of PLOVER, and the sectors that call for them
    "economic": ["banking-finance", "industry", "investment", "tourism", "trade"],
    "election": ["elections"],
    "environment": ["environment"],
    "health": ["health"],
    "military": ["arms-trade", "defence"],
    "natural_resource": ["agriculture", "natural-resources", "oil-gas"],
    "technology": ["nuclear-energy", "science-technology", "space"],
}


@rule("T25", "events", "its PLOVER mode does not belong to its PLOVER type", "choose a mode of that type")
def plover_mode_fits(ctx: RuleContext) -> Frame:
    modes = ctx.schemas.vocabularies["plover_mode"]
    rows = ctx.rows.filter(~col("plover_mode").is_null())
    return ctx.misfits(rows, modes, "plover_mode", "plover_type", "plover_type")


@rule(
    "P55",
    "events",
    "one of its sectors needs a PLOVER context that it does not have",
    "add the context at its entry in the registry",
)
def contexts_of_sectors(ctx: RuleContext) -> Frame:
    pairs = [(sector, context) for context, sectors in CONTEXTS.items() for sector in sectors]
    sectors = ctx.rows.select("event_id", col("sectors").alias("sector")).explode("sector")
    wanted = sectors.join(ctx.texts(["sector", "context"], pairs), on="sector", how="inner")
    given = ctx.rows.select("event_id", col("plover_contexts").alias("context")).explode("context")
    return within(ctx.rows, without(wanted, given, ["event_id", "context"]), ["event_id"])


@rule("T26", "events reactions", "a score does not match its code", "run mmru build, which looks up scores")
def scores_match(ctx: RuleContext) -> Frame:
    [(name, score)] = (pair for pair in SCORES.items() if pair[1] in ctx.table.names)
    rows = ctx.with_score(ctx.rows, name, ctx.table[name].vocabulary, "expected")
    if score == "goldstein":
        doubtful = ctx.schemas.group(ctx.table["status"], DOUBTFUL)
        rows = rows.with_columns(nw.when(~col("status").is_in(doubtful)).then(col("expected")))
    return rows.filter(differs(col(score).cast(nw.Float64), col("expected")))


@rule("T29", "actors places", "its country is not in ISO 3166-1", "use the alpha-3 code")
def countries_exist(ctx: RuleContext) -> Frame:
    import pycountry

    known = [country.alpha_3 for country in pycountry.countries]
    columns = [c for c in ("country", "iso3") if c in ctx.table.names]
    return rows_of(ctx.rows.filter(~col(c).is_null() & ~col(c).is_in(known)) for c in columns)


@rule("T30", "actors", "only states have state codes", "remove iso3, gw_code and cow_code")
def codes_of_states(ctx: RuleContext) -> Frame:
    has_code = nw.any_horizontal(
        *(~col(n).is_null() for n in ("iso3", "gw_code", "cow_code")), ignore_nulls=True
    )
    return ctx.rows.filter((col("kind") != "state").fill_null(True) & has_code)


@rule(
    "T38",
    "event_actors event_details agreement_terms",
    "its side or unit does not match its code, or its numbering has a gap",
    "run mmru build, which computes them",
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
        address = [ctx.key, key]
        numbered = ctx.rows.group_by(*address).agg(
            nw.len().alias("count"),
            col("sequence").min().alias("first"),
            col("sequence").max().alias("last"),
            col("sequence").n_unique().alias("distinct"),
        )
        gaps = (col("first") != 1) | (col("last") != col("count")) | (col("distinct") != col("count"))
        wrong.append(within(ctx.rows, numbered.filter(gaps), address))
    return rows_of(wrong)
