"""Rules on wholes and their parts."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from narwhals import col

from mmru.checks.registry import Frame, Rule, RuleContext, rule_decorator, within

RULES: list[Rule] = []
rule = rule_decorator(RULES)


@rule("T27", "events places actors", "it is a part of itself", "correct part_of")
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
    "T32", "events", "its dates lie outside those of the event that contains it", "correct one of the dates"
)
def parts_within_wholes(ctx: RuleContext) -> Frame:
    wholes = ctx.rows.select(
        col("event_id").alias("whole"), col("date_earliest").alias("begins"), col("date_latest").alias("ends")
    )
    rows = ctx.rows.join(wholes, left_on="part_of_event_id", right_on="whole", how="inner")
    late, early = col("date_earliest") > col("ends"), col("date_latest") < col("begins")
    return rows.filter(late.fill_null(False) | early.fill_null(False))
