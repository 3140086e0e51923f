"""Rules on the measured agreement of coders."""

from __future__ import annotations

from narwhals import col

from mmru.checks.registry import Frame, RuleContext, rule


@rule(
    "T40",
    "coder_agreement",
    "coders agree too little on it, and no clearer wording is recorded",
    "make the codebook clearer, and record how in the sharpened.yaml of its round",
)
def sharpened_where_low(ctx: RuleContext) -> Frame:
    low = (col("measure") == "alpha") & (col("value") < 0.8)
    return ctx.rows.filter(low & col("sharpened").is_null())
