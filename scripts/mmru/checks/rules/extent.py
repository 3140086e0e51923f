"""Named rules on how much of a source was read: the whole page, its opening, or a headline."""

from __future__ import annotations

from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, rule, within, without
from mmru.checks.witnesses import HEADLINE

WHOLE = "whole"
CUT, NOT_CORE = "cut", "not-core"
LONGEST_HEADLINE = 200  # characters


@rule(
    "T95",
    "passages",
    "it is set aside as cut or not-core, but its source was read whole",
    "code it, set it aside for another reason, or correct text_extent",
)
def whole_sources_are_coded_whole(ctx: RuleContext) -> Frame:
    whole = ctx["sources"].filter(col("text_extent") == WHOLE).select("source_id")
    return within(ctx.rows.filter(col("use").is_in([CUT, NOT_CORE])), whole, ["source_id"])


@rule(
    "T96",
    "passages",
    "it is set aside as cut, but is not the last line of its text",
    "code it, or set it aside as not-core",
)
def only_the_last_line_is_cut(ctx: RuleContext) -> Frame:
    last = ctx.rows.group_by("source_id").agg(col("line").max())
    return without(ctx.rows.filter(col("use") == CUT), last, ["source_id", "line"]).select(ROW)


@rule(
    "T97",
    "sources",
    "it is a headline, but its text has several lines and more than 200 characters",
    "set text_extent to opening or whole",
)
def headlines_are_short(ctx: RuleContext) -> Frame:
    is_long = (col("text_characters") > LONGEST_HEADLINE) & (col("line_count") > 1)
    return ctx.rows.filter((col("text_extent") == HEADLINE) & is_long)
