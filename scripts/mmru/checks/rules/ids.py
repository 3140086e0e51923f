"""Rules on ids: they lead to a record, and every record is needed."""

from __future__ import annotations

import narwhals as nw
from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, any_of, rows_of, rule, within, without
from mmru.checks.views import fields
from mmru.model.redirects import circle


@rule(
    "T28", "agreements", "it names a place that is not defined", "register it in seeds/registry/places.yaml"
)
def listed_ids_defined(ctx: RuleContext) -> Frame:
    listed = ctx.rows.select(ROW, col("place_ids").alias("place_id")).filter(~col("place_id").is_null())
    return without(listed.explode("place_id"), ctx["places"], ["place_id"])


@rule(
    "T31",
    "redirects",
    "the old id is still in use, or the new one is neither in use nor redirected itself",
    "redirect to an id in use",
)
def redirects_lead_on(ctx: RuleContext) -> Frame:
    tables = [ctx.schemas.tables[name] for name in ctx.schemas.codes(ctx.table["record_table"])]
    ids = nw.concat(
        [
            ctx[t.name].select(nw.lit(t.name).alias("record_table"), col(t.primary_key[0]).alias("new_id"))
            for t in tables
        ]
    )
    retired = ctx.rows.select("record_table", col("old_id").alias("new_id"))
    leading = ctx.rows.filter(~col("new_id").is_null())
    return rows_of(
        [
            within(ctx.rows, ids.select(col("new_id").alias("old_id")), ["old_id"]),
            without(leading, nw.concat([ids, retired]), ["record_table", "new_id"]),
        ]
    )


@rule(
    "T41",
    "actors redirects",
    "its id lacks the prefix of its table, or has that of another one",
    "begin it with ag-, ev-, pl-, re- or src-, as its table requires; an actor's id has no prefix",
)
def ids_of_one_table(ctx: RuleContext) -> Frame:
    key, owner = ctx.key, nw.lit(ctx.table.name)
    rows = ctx.rows if "record_table" in ctx.table.names else ctx.rows.with_columns(record_table=owner)
    prefixes = ctx.schemas.prefixes.items()
    wrong = (col(key).str.starts_with(prefix) != (col("record_table") == name) for name, prefix in prefixes)
    return rows.filter(any_of(wrong))


@rule("T42", "redirects", "its redirects lead back to it", "let them end at an id in use")
def redirects_end(ctx: RuleContext) -> Frame:
    rows = ctx.to_dicts(ctx.rows.select("old_id", "new_id").filter(~col("old_id").is_null()))
    targets = {row["old_id"]: row["new_id"] for row in rows}
    # each circle is one mistake
    first = {min(found) for old in targets if (found := circle(targets, old))}
    return within(ctx.rows, ctx.texts(["old_id"], ([old] for old in sorted(first))), ["old_id"])


@rule(
    "P04",
    "actors places",
    "no record and no claim names it",
    "remove it, or code what an article says about it",
)
def registered_for_something(ctx: RuleContext) -> Frame:
    key = ctx.key
    claims = ctx["claims"]
    about = ctx.view(fields).filter(col("target") == ctx.table.name)
    named = [
        within(claims, about, ["record_table", "field"]).select(col("value").alias(key)),
        claims.filter(col("record_table") == ctx.table.name).select(col("record_id").alias(key)),
    ]
    for other in ctx.schemas.tables.values():
        for column in other.columns:
            if other.target(column.name) == ctx.table.name:
                cells = ctx[other.name].select(col(column.name).alias(key)).filter(~col(key).is_null())
                named.append(cells.explode(key) if column.is_list else cells)
    return without(ctx.rows, nw.concat(named).unique(), [key])
