"""Rules on identifiers from outside: each belongs to one record, those of a state belong together."""

from __future__ import annotations

import narwhals as nw
from narwhals import col

from mmru.checks.registry import Frame, RuleContext, rows_of, rule, within, without
from mmru.checks.standards import countries, is_language, is_written_in
from mmru.model.countries import codes_named

IDENTIFIERS = ["wikidata_id", "geonames_id", "iso3", "gw_code", "cow_code"]
# tables whose rows have their language from a row of another table, where a mistake is reported
LANGUAGE_OF = {"passages": ("sources",), "claims": ("sources", "passages"), "candidates": ("sources",)}
OTHER_LETTERS = r"[\u0370-\u1fff\u2e80-\ufaff]"  # letters that are not Latin


@rule(
    "T62",
    "sources passages claims searches candidates",
    "its language is not a tag of BCP 47",
    "write a language of ISO 639, such as en, my or zh-Hans",
)
def languages_exist(ctx: RuleContext) -> Frame:
    wrong = ctx.where(ctx.rows, ["language"], lambda tag: not is_language(tag))
    columns = ["source_id", "language"]
    for table in LANGUAGE_OF.get(ctx.table.name, ()):
        wrong = without(wrong, ctx[table].select(*columns), columns)
    return wrong


@rule(
    "T68",
    "actors places",
    "an identifier of it is that of another record",
    "look both up again, or merge the two records",
)
def identifiers_of_one_record(ctx: RuleContext) -> Frame:
    repeated = []
    for name in (name for name in IDENTIFIERS if name in ctx.table.names):
        known = ctx.rows.filter(~col(name).is_null())
        counts = known.group_by(name).agg(nw.len().alias("times"))
        repeated.append(within(known, counts.filter(col("times") > 1), [name]))
    if "wikidata_id" in ctx["places"].collect_schema().names():
        repeated.append(_items_of_the_other_table(ctx))
    return rows_of(repeated)


def _items_of_the_other_table(ctx: RuleContext) -> Frame:
    """Return the rows with a Wikidata item of an actor and a place, but for a state and its country."""
    other, own, shared = ("places", "state", "country")
    if ctx.table.name == "places":
        other, own, shared = ("actors", "country", "state")
    items = ctx[other].select("wikidata_id", col("kind").alias("kind_of_other"))
    rows = ctx.rows.filter(~col("wikidata_id").is_null()).join(items, on="wikidata_id", how="inner")
    return rows.filter((col("kind") != own) | (col("kind_of_other") != shared))


@rule(
    "T69",
    "actors",
    "its iso3, country, gw_code and cow_code are not those of one state",
    "look them up again",
)
def codes_of_one_state(ctx: RuleContext) -> Frame:
    rows = ctx.rows.filter(col("kind") == "state")
    iso3 = rows.with_columns(nw.coalesce("iso3", "country").alias("state"))
    known = list(countries().values())

    def differs(name: str, state: str, code: int) -> bool:
        return state in countries() and getattr(countries()[state], name) != code

    def belong_to_two(gw_code: int, cow_code: int) -> bool:
        return {c.iso3 for c in known if c.gw_code == gw_code} != {
            c.iso3 for c in known if c.cow_code == cow_code
        }

    unnamed = iso3.filter(col("state").is_null())
    return rows_of(
        [
            rows.filter(col("iso3") != col("country")),
            ctx.where(iso3, ["state", "gw_code"], lambda *cells: differs("gw_code", *cells)),
            ctx.where(iso3, ["state", "cow_code"], lambda *cells: differs("cow_code", *cells)),
            ctx.where(unnamed, ["gw_code", "cow_code"], belong_to_two),
        ]
    )


@rule(
    "P35",
    "actors places",
    "its country is not the one that its name means",
    "is the country code right?",
)
def countries_of_their_names(ctx: RuleContext) -> Frame:
    whole = "state" if ctx.table.name == "actors" else "country"

    def differs(name: str, code: str) -> bool:
        named = codes_named(name)
        return bool(named) and code not in named

    return ctx.where(ctx.rows.filter(col("kind") == whole), ["name", "country"], differs)


@rule(
    "P33",
    "sources claims",
    "its title or original is not in the script of its language",
    "is the language right?",
)
def texts_in_their_script(ctx: RuleContext) -> Frame:
    if ctx.table.name == "sources":
        return ctx.where(
            ctx.rows, ["title", "language"], lambda t, tag: not is_written_in(t, tag, latin=False)
        )
    rows = ctx.rows.filter(col("original").str.contains(OTHER_LETTERS))
    return ctx.where(rows, ["original", "language"], lambda t, tag: not is_written_in(t, tag, latin=True))
