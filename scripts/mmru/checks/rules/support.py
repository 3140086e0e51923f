"""The named rules that tie every cell and line to the claims that support it, and back."""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.registry import (
    ROW,
    Frame,
    RuleContext,
    differs,
    edtf_meaning,
    is_true,
    rows_of,
    rule,
    within,
    without,
)
from mmru.checks.views import (
    ADDRESS,
    CLAIMED,
    COMPARED,
    PASSAGE,
    RECORD,
    STATEMENT,
    TABLE,
    cells,
    cited,
    claims,
    covered,
    dating,
    published,
    records,
    statements,
    with_cell,
)
from mmru.checks.witnesses import compatible
from mmru.model.claim import BASES, IDENTITY

SPAN = ["char_start", "char_end"]


@rule(
    "T15",
    "events agreement_milestones reactions",
    "the date is more precise than every claim on it",
    "make it no more precise than they are",
)
def precision_supported(ctx: RuleContext) -> Frame:
    claimed = ctx.view(dating).filter(col("agrees")).select(*STATEMENT).unique()
    dates = within(_dates(ctx), _edtf(ctx, "value"), ["value"])
    unclaimed = without(dates, claimed, STATEMENT).rename({"value": "wider"})
    pairs = unclaimed.join(claimed.rename({"value": "narrower"}), on=ADDRESS, how="inner")
    pairs = pairs.select(ROW, nw.lit("date").alias("kind"), "wider", "narrower")
    supported = within(pairs, covered(ctx, pairs), COMPARED)
    return without(unclaimed, supported, [ROW])


@rule(
    "T16",
    CLAIMED,
    "a cell has no claim that agrees with it",
    "code its value in an article, or run mmru build",
)
def claimed_cells(ctx: RuleContext) -> Frame:
    return ctx.view(_unclaimed).filter(col(TABLE) == ctx.table.name)


@rule(
    "T33",
    "claims",
    "it is marked as agreeing, but no published cell has its value",
    "run mmru build, which publishes a cell for it",
)
def claims_have_cells(ctx: RuleContext) -> Frame:
    unpublished = ctx.view(_unpublished)
    of_lists, of_single = unpublished.filter(is_true("is_list")), unpublished.filter(~is_true("is_list"))
    return rows_of([of_lists, without(of_single, ctx.view(published), ADDRESS)])


@rule(
    "T34",
    "claims",
    "its agrees is wrong, or its identity is not that of its record",
    "run mmru build, which computes agrees",
)
def agreement_right(ctx: RuleContext) -> Frame:
    agrees, is_other = is_true("agrees"), (col("value") != col("record_id")).fill_null(True)
    disagreeing = ctx.view(claims).filter(~col("is_identity") & ~agrees)
    # a claim that says what a cell at its address says agrees rightly
    doubtful = ctx.collected(with_cell(ctx, nw.concat([disagreeing, ctx.view(_unpublished)])))
    # a claim on a field with one value agrees where it equals that value, or contains it
    comparable = (
        is_true("is_defined") & ~is_true("is_list") & ~col("cell").is_null() & ~col("value").is_null()
    )
    other = doubtful.filter(comparable & (col("value") != col("cell")))
    other = ctx.collected(other.rename({"value": "wider", "cell": "narrower"}))
    excluded = without(other, compatible(ctx, other), [*RECORD, *COMPARED])
    unread = without(other.filter(col("kind") == "date"), _edtf(ctx, "narrower"), ["narrower"])
    return rows_of(
        [
            ctx.rows.filter((col("field") == IDENTITY) & (~agrees | is_other)),
            doubtful.filter(~agrees & (~comparable | (col("value") == col("cell")))),
            without(other.filter(~agrees), excluded, [ROW]),
            without(excluded.filter(agrees), unread, [ROW]),
        ]
    )


@rule(
    "T36",
    "events reactions agreement_milestones",
    "date_basis is not the firmest basis of the claims that give the date",
    "run mmru build, which computes it",
)
def date_basis_right(ctx: RuleContext) -> Frame:
    ranks = {"basis": pa.array(BASES), "rank": pa.array(range(len(BASES)), pa.int64())}
    ranked = ctx.view(dating).join(ctx.lookup(ranks), on="basis", how="inner")
    firmest = ranked.group_by(*STATEMENT).agg(col("rank").min())
    dates = _dates(ctx).join(firmest, on=STATEMENT, how="inner").select(ROW, "rank")
    bases = ctx.lookup({"firmest_basis": ranks["basis"], "rank": ranks["rank"]})
    rows = ctx.rows.join(dates, on=ROW, how="left").join(bases, on="rank", how="left")
    return rows.filter(differs(col("date_basis"), col("firmest_basis")))


@rule(
    "T20",
    "sources passages",
    "its counts or shares do not match its claims and lines",
    "run mmru build, which computes counts",
)
def passage_counts_right(ctx: RuleContext) -> Frame:
    return _passages_miscounted(ctx) if ctx.table.name == "passages" else _sources_miscounted(ctx)


def _sources_miscounted(ctx: RuleContext) -> Frame:
    counted_claims = ctx["claims"].group_by("source_id").agg(nw.len().alias("counted"))
    lines = ctx["passages"].group_by("source_id").agg(nw.len().alias("lines"))
    rows = ctx.rows.join(counted_claims, on="source_id", how="left").join(lines, on="source_id", how="left")
    held = nw.when(~col("text_sha256").is_null()).then(col("lines").fill_null(0))
    return rows.filter(
        differs(col("claim_count"), col("counted").fill_null(0)) | differs(col("line_count"), held)
    )


def _passages_miscounted(ctx: RuleContext) -> Frame:
    """Return the passages whose count, or share of cited characters to four decimals, is wrong."""
    spans = ctx.collected(ctx.view(cited).group_by(*PASSAGE, *SPAN).agg(nw.len().alias("times")))
    length = nw.max_horizontal(col("char_end") - col("char_start"), nw.lit(0))
    sums = spans.with_columns(length.alias("length")).group_by(*PASSAGE)
    totals = ctx.collected(
        sums.agg(
            *(nw.len().alias("spans"), col("times").sum(), col("length").sum()),
            *(col("char_start").max().alias("begin"), col("char_end").min().alias("end")),
        )
    )
    rows = ctx.intern(ctx.rows, "source_id").join(totals, on=PASSAGE, how="left")
    rows = rows.join(_cited_of_many(spans, totals), on=PASSAGE, how="left")
    # what two spans share counts once
    shared = nw.max_horizontal(col("end") - col("begin"), nw.lit(0)) * (col("spans") - 1)
    characters = nw.coalesce(col("cited"), col("length") - shared, nw.lit(0))
    share, exact = col("share_cited"), characters.cast(nw.Float64) / col("char_count")
    near = (share - exact).abs() <= 0.00005 + 1e-12
    return rows.filter(
        differs(col("claim_count"), col("times").fill_null(0))
        | ~(near & (share.round(4) == share)).fill_null(False)
    )


def _cited_of_many(spans: Frame, totals: Frame) -> Frame:
    """Return how many characters are cited of the passages with more than two spans."""
    of_many = within(spans, totals.filter(col("spans") > 2), PASSAGE)
    reached = of_many.with_columns(col("char_end").cum_max().over(*PASSAGE, order_by=SPAN).alias("reached"))
    before = reached.with_columns(col("reached").shift(1).over(*PASSAGE, order_by=SPAN).alias("before"))
    begins = nw.max_horizontal(col("char_start"), col("before").fill_null(0))
    added = nw.max_horizontal(col("char_end") - begins, nw.lit(0))
    return before.select(*PASSAGE, added.alias("cited")).group_by(*PASSAGE).agg(col("cited").sum())


@rule("T21", "passages", "it is coded but not cited, or set aside but cited", "cite it, or set it aside")
def lines_accounted_for(ctx: RuleContext) -> Frame:
    is_coded, is_cited = (col("use") == "coded").fill_null(False), (col("claim_count") > 0).fill_null(False)
    return ctx.rows.filter(is_coded != is_cited)


@rule(
    "T22",
    "claims",
    "it cites characters that its source does not have, or gives them another hash or language",
    "quote the words again and run mmru anchor",
)
def spans_in_lines(ctx: RuleContext) -> Frame:
    held = ctx["sources"].filter(~col("text_sha256").is_null()).select("source_id")
    line_hash = col("text_sha256").str.slice(0, 8).alias("line_hash")
    written_in = col("language").alias("written_in")
    # a source whose text is not held has no lines
    passages = within(ctx["passages"], held, ["source_id"])
    passages = passages.select(*PASSAGE, "char_count", line_hash, written_in)
    rows = ctx.view(cited).join(ctx.intern(passages, "source_id"), on=PASSAGE, how="left")
    inside = (col("char_start") < col("char_end")) & (col("char_end") <= col("char_count"))
    whole = (col("char_start") == 0) & (col("char_end") == col("char_count"))
    fits = ~whole | (col("line_hash") == col("span_sha256"))
    sound = inside & fits & (col("language") == col("written_in"))
    return rows_of(
        [
            rows.filter(~sound.fill_null(False)),
            within(ctx.rows.filter(col("line").is_null()), held, ["source_id"]),
        ]
    )


@rule("T23", "claims", "its record or field is not defined", "register the record, or correct the field")
def claimed_records_defined(ctx: RuleContext) -> Frame:
    known = nw.concat([records(ctx, table).select(*RECORD) for table in ctx.schemas.records.values()])
    known = ctx.intern(known, *RECORD)
    every_claim = ctx.view(claims)
    return rows_of([every_claim.filter(~is_true("is_defined")), without(every_claim, known, RECORD)])


@rule("T24", "claims", "it is implied or inferred without a reason", "add the reason")
def inference_has_a_reason(ctx: RuleContext) -> Frame:
    return ctx.rows.filter((col("basis") != "stated").fill_null(True) & col("reason").is_null())


@rule(
    "T37",
    "rulings",
    "it does not fit the claims: it must choose one of their values and reject each that excludes it",
    "correct the ruling",
)
def rulings_fit(ctx: RuleContext) -> Frame:
    rulings = ctx.intern(ctx.rows.rename({"chosen_value": "value"}), *STATEMENT)
    claimed = within(ctx.view(claims), rulings, ADDRESS).select(*STATEMENT, "kind").unique()
    shown = within(ctx.view(published), rulings, ADDRESS)
    cell = shown.rename({"value": "cell"})
    others = rulings.select(ROW, *ADDRESS, col("value").alias("narrower")).join(
        claimed.rename({"value": "wider"}), on=ADDRESS, how="inner"
    )
    differing = ctx.collected(others.filter(col("wider") != col("narrower")))
    excluded = without(differing, compatible(ctx, differing), [*RECORD, *COMPARED]).rename(
        {"wider": "member"}
    )
    rejected = rulings.select(ROW, col("rejected_values").alias("member")).filter(~col("member").is_null())
    rejected = ctx.intern(rejected.explode("member"), "member")
    member = [ROW, "member"]
    return rows_of(
        [
            without(rulings, claimed, STATEMENT),
            without(rulings, shown, STATEMENT),
            rulings.join(cell, on=ADDRESS, how="inner").filter(col("cell") != col("value")),
            without(excluded, rejected, member),
            without(rejected, excluded, member),
        ]
    )


def _edtf(ctx: RuleContext, name: str) -> Frame:
    """Return all texts that are EDTF dates, as a column of this name."""
    return ctx.intern(ctx.view(edtf_meaning).select(col("text").alias(name)), name)


def _dates(ctx: RuleContext) -> Frame:
    """Return the cells of the rule's table that date its rows."""
    return ctx.view(cells).filter(col("is_date") & (col(TABLE) == ctx.table.name))


def _unpublished(ctx: RuleContext) -> Frame:
    """Return the claims that agree, but whose value is in no cell at their address."""
    agreeing = ctx.view(claims).filter(is_true("agrees") & ~col("is_identity"))
    return ctx.collected(without(agreeing, ctx.view(published), STATEMENT))


def _unclaimed(ctx: RuleContext) -> Frame:
    """Return the claimed cells without a claim that agrees with them."""
    return ctx.collected(without(ctx.view(cells), ctx.view(statements), STATEMENT))
