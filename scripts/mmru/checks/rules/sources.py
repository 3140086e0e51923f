"""Rules on sources: the searches that found them, how much of them was read, and how coders agree."""

from __future__ import annotations

import narwhals as nw
from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, any_of, differs, rule, within, without
from mmru.checks.witnesses import HEADLINE

CODED = "coded"  # the decision on a candidate that became a source
SHARED = ("url", "publisher", "published", "title", "language", "text_extent", "origin", "origin_side")
WHOLE = "whole"
CUT, NOT_CORE = "cut", "not-core"
LONGEST_HEADLINE = 200  # characters


@rule(
    "T98",
    "searches",
    "new_count is not the number of its candidates, or is higher than result_count",
    "run mmru build, which counts them, or correct result_count",
)
def new_pages_counted(ctx: RuleContext) -> Frame:
    counts = ctx["candidates"].group_by("search_id").agg(nw.len().alias("counted"))
    rows = ctx.rows.join(counts, on="search_id", how="left")
    more = (col("new_count") > col("result_count")).fill_null(False)
    return rows.filter(differs(col("new_count"), col("counted").fill_null(0)) | more)


@rule(
    "T99",
    "candidates",
    "its decision does not fit: if coded, it has a source and no reason, else a reason and no source",
    "correct decision, source_id or reason",
)
def decisions_fit(ctx: RuleContext) -> Frame:
    is_coded = (col("decision") == CODED).fill_null(False)
    has_source, has_reason = ~col("source_id").is_null(), ~col("reason").is_null()
    return ctx.rows.filter((is_coded != has_source) | (is_coded == has_reason))


@rule(
    "T86",
    "candidates",
    "it was coded, but its page, date, extent or origin is not that of its source",
    "give it the values of the source",
)
def coded_as_its_source(ctx: RuleContext) -> Frame:
    sources = ctx["sources"].select("source_id", *(col(name).alias(f"source_{name}") for name in SHARED))
    coded = ctx.rows.filter(col("decision") == CODED).join(sources, on="source_id", how="inner")
    different = (differs(col(name), col(f"source_{name}")) for name in SHARED)
    return coded.filter(any_of(different))


@rule(
    "T89",
    "sources",
    "it was coded, but is not listed as a candidate",
    "add it to seeds/candidates.yaml with the decision coded",
)
def sources_are_candidates(ctx: RuleContext) -> Frame:
    coded = ctx["candidates"].filter(col("decision") == CODED)
    missing = without(ctx.rows, coded, ["source_id"]).with_columns(nw.lit(CODED).alias("wanted"))
    # a dataset without a ledger is valid
    kept = ctx["candidates"].with_columns(nw.lit(CODED).alias("wanted"))
    return within(missing, kept, ["wanted"])


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


@rule(
    "T40",
    "coder_agreement",
    "coders agree too little on it, and no clearer wording is recorded",
    "make the codebook clearer, and record how in the sharpened.yaml of its round",
)
def sharpened_where_low(ctx: RuleContext) -> Frame:
    low = (col("measure") == "alpha") & (col("value") < 0.8)
    return ctx.rows.filter(low & col("sharpened").is_null())
