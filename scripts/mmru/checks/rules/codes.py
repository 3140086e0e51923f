"""Rules on codes: those of a row fit one another, and its scores, sides, units and figures fit its codes."""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.registry import (
    Frame,
    RuleContext,
    any_of,
    differs,
    is_true,
    rows_of,
    rule,
    within,
    without,
)
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
    return ctx.rows.filter(any_of(~col(c).is_null() & ~col(c).is_in(known) for c in columns))


@rule("T30", "actors", "only states have state codes", "remove iso3, gw_code and cow_code")
def codes_of_states(ctx: RuleContext) -> Frame:
    has_code = any_of(~col(n).is_null() for n in ("iso3", "gw_code", "cow_code"))
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


@rule(
    "T77",
    "events",
    "its PLOVER type or mode is not one that its event type can have",
    "choose codes that schemas/vocabularies/event_type.yaml allows, or correct the type",
)
def plover_fits_type(ctx: RuleContext) -> Frame:
    return rows_of(_misfits(ctx, "event_type", name) for name in ("plover_type", "plover_mode"))


@rule(
    "T78",
    "events",
    "its CAMEO code is not one that its event type or its PLOVER type can have",
    "choose codes that schemas/vocabularies/event_type.yaml and cameo.yaml allow",
)
def cameo_fits(ctx: RuleContext) -> Frame:
    # a code without a PLOVER type fits none
    coded = ctx.rows.filter(~col("cameo_code").is_null())
    untyped = coded.filter(col("plover_type").is_null())
    return rows_of(
        [_misfits(ctx, "event_type", "cameo_code"), _misfits(ctx, "cameo_code", "plover_type"), untyped]
    )


@rule(
    "T79",
    "reactions",
    "its stance, demand or addressee is not one that its kind can have, or a demand is missing",
    "correct the kind, or what does not fit it in schemas/vocabularies/reaction_kind.yaml",
)
def kind_of_reaction_fits(ctx: RuleContext) -> Frame:
    kinds = ctx.schemas.codes(ctx.table["kind"])
    columns = {name for kind in kinds.values() for name in kind.allowed("reactions")}
    found = [_misfits(ctx, "kind", "stance")]
    for name in sorted(columns):
        barred = [code for code, kind in kinds.items() if name not in kind.allowed("reactions")]
        found.append(ctx.rows.filter(col("kind").is_in(barred) & ~col(name).is_null()))
    for code, kind in kinds.items():
        missing = (col(name).is_null() for name in kind.required_roles)
        if kind.required_roles:
            found.append(ctx.rows.filter((col("kind") == code) & any_of(missing)))
    return rows_of(found)


@rule(
    "T80",
    "event_details agreement_terms",
    "its figure is smaller or larger than such a figure can be",
    "is it given in the unit of the code, and is the decimal point right?",
)
def figures_in_range(ctx: RuleContext) -> Frame:
    rows = _with_limits(ctx)
    return rows.filter((col("value") < col("minimum")) | (col("value") > col("maximum")))


@rule(
    "T81",
    "event_details agreement_terms",
    "its figure has a fraction, but its code counts or numbers things",
    "give a whole number, or choose another code",
)
def counts_are_whole(ctx: RuleContext) -> Frame:
    rows = _with_limits(ctx).filter(is_true("is_whole") & ~col("value").is_null())
    return rows.filter(col("value") != col("value").floor())


@rule(
    "T82",
    "event_details agreement_terms",
    "it has a figure, but its code takes a text, or it has no figure, but its code takes one",
    "choose a code of the other kind",
)
def figures_where_codes_take_them(ctx: RuleContext) -> Frame:
    rows = _with_limits(ctx)
    return rows.filter(col("value").is_null() == col("takes_figure"))


@rule(
    "P41",
    "event_details",
    "more pieces were delivered than ordered",
    "is one of the two figures wrong, or are they of two orders?",
)
def delivered_as_ordered(ctx: RuleContext) -> Frame:
    ordered = (
        ctx.rows.filter(col("detail") == "ordered").group_by("event_id").agg(col("value").max().alias("most"))
    )
    rows = ctx.rows.filter(col("detail") == "delivered").join(ordered, on="event_id", how="inner")
    return rows.filter(col("value") > col("most"))


def _misfits(ctx: RuleContext, name: str, other: str) -> Frame:
    """Return the rows whose code in one column is not allowed with that in another; empty cells fit."""
    rows = ctx.rows.filter(~col(name).is_null() & ~col(other).is_null())
    return ctx.misfits(rows, ctx.schemas.codes(ctx.table[name]), name, other, ctx.table[other].vocabulary)


def _with_limits(ctx: RuleContext) -> Frame:
    """Return the rows with the limits of their code: minimum, maximum, is_whole and takes_figure."""
    assert ctx.table.helper
    key = ctx.table.helper.key
    codes = ctx.schemas.codes(ctx.table[key])
    meanings = list(codes.values())
    limits = {
        key: pa.array(list(codes), pa.string()),
        "minimum": pa.array([code.minimum for code in meanings], pa.float64()),
        "maximum": pa.array([code.maximum for code in meanings], pa.float64()),
        "is_whole": pa.array([code.whole_number for code in meanings], pa.bool_()),
        "takes_figure": pa.array([code.unit is not None for code in meanings], pa.bool_()),
    }
    return ctx.rows.join(ctx.lookup(limits), on=key, how="inner")
