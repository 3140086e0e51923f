"""The named rules that tie every cell, count and line to the claims on which they rest, and back."""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.engine import PLACE, Frame
from mmru.checks.registry import Rule, Tables, differs, either, registrar, within, without
from mmru.checks.views import (
    ADDRESS,
    CLAIMED,
    COMPARED,
    PASSAGE,
    RECORD,
    SAID,
    TABLE,
    cells,
    cited,
    claims,
    counted,
    covered,
    dating,
    keyed,
    located,
    records,
    said,
    shown,
    single,
)
from mmru.model.claim import BASES, CONFIRMED, IDENTITY, INFERRED

RULES: list[Rule] = []
rule = registrar(RULES)

SPAN = ["char_start", "char_end"]


@rule(
    "T15",
    "events agreement_milestones reactions",
    "the date is more precise than any claim that gives it",
    "a date says no more than the claims on it",
)
def precision_supported(every: Tables) -> Frame:
    given = every.once(dating).filter(col("agrees")).select(*ADDRESS, *SAID, "value").unique()
    read = every.dated(_dates(every), "value").filter(~col("meant_value_precision").is_null())
    other = without(read, given, SAID).select(*PLACE, *ADDRESS, col("value").alias("wider"))
    pairs = other.join(given, on=ADDRESS, how="inner").select(
        *PLACE, nw.lit("date").alias("kind"), "wider", col("value").alias("narrower")
    )
    supported = within(pairs, covered(every, pairs), list(COMPARED))
    return without(other, supported, list(PLACE))


@rule(
    "T16",
    CLAIMED,
    "a cell has no claim that agrees with it",
    "every claimed cell needs a claim; rebuild, or code it in an article",
)
def claimed_cells(every: Tables) -> Frame:
    return every.once(_unclaimed).filter(col(TABLE) == every.table.name)


@rule("T33", "claims", "it agrees with a cell that there is not", "rebuild: every claim leads to a cell")
def claims_have_cells(every: Tables) -> Frame:
    other = every.once(_elsewhere)
    return either(
        [other.filter(_is("many")), without(other.filter(~_is("many")), every.once(shown), ADDRESS)]
    )


@rule(
    "T34",
    "claims",
    "whether it agrees with the published value, or what it says of identity, is not right",
    "rebuild: agreement is computed",
)
def agreement_right(every: Tables) -> Frame:
    agrees, differs_from_its_record = _is("agrees"), (col("value") != col("record_id")).fill_null(True)
    disagreeing = every.once(claims).filter(~col("of_identity") & ~agrees)
    # one that says what a cell at its address says agrees rightly
    doubtful = every.engine.keep(single(every, nw.concat([disagreeing, every.once(_elsewhere)])))
    # a claim on a field that shows one value agrees where it is equal to it, or contains it
    compared = _is("defined") & ~_is("many") & ~col("cell").is_null() & ~col("said").is_null()
    other = doubtful.filter(compared & (col("said") != col("cell"))).rename({"value": "wider"})
    shows = every.once(cells).select(col("said").alias("cell"), col("value").alias("narrower"))
    other = every.engine.keep(other.join(within(shows, other, ["cell"]).unique(), on="cell", how="inner"))
    unread = every.dated(other.filter(col("kind") == "date"), "narrower")
    unread = unread.filter(col("meant_narrower_precision").is_null())
    excluded = without(other, covered(every, other), list(COMPARED))
    return either(
        [
            every.rows.filter((col("field") == IDENTITY) & (~agrees | differs_from_its_record)),
            doubtful.filter(~agrees & (~compared | (col("said") == col("cell")))),
            without(other.filter(~agrees), excluded, list(PLACE)),
            without(excluded.filter(agrees), unread, list(PLACE)),
        ]
    )


@rule(
    "T35",
    "claims",
    "it has grade 1 without being confirmed by another source, or lacks it",
    "rebuild: confirmation is computed",
)
def confirmation_right(every: Tables) -> Frame:
    graded = (col("credibility") == CONFIRMED).fill_null(False)
    inferred = (col("basis") == INFERRED).fill_null(False)
    every_claim = every.once(claims)
    # inference confirms nothing and is not confirmed, be it of the value or of the record's identity
    guessed = every_claim.filter(col("of_identity") & inferred)
    of_guessed = [*RECORD, "source"]
    firm = _voiced(every, without(every_claim.filter(~inferred), guessed, of_guessed))
    voices, narrower = _confirmed_voices(every, firm), _confirmed_by_narrower(every, firm)
    return either(
        [
            every_claim.filter(graded & inferred),
            within(every_claim.filter(graded), guessed, of_guessed),
            without(without(firm.filter(graded), voices, ["voice"]), narrower, list(PLACE)),
            within(firm.filter(~graded), voices, ["voice"]),
            within(firm.filter(~graded), narrower, list(PLACE)),
        ]
    )


@rule(
    "T36",
    "events reactions agreement_milestones",
    "date_basis is not the firmest basis of the claims that give the date",
    "rebuild: it is computed",
)
def date_basis_right(every: Tables) -> Frame:
    ranks = pa.table({"basis": pa.array(BASES), "rank": pa.array(range(len(BASES)), pa.int64())})
    ranked = every.once(dating).join(every.engine.lookup(ranks), on="basis", how="inner")
    firmest = ranked.group_by(*SAID).agg(col("rank").min())
    given = _dates(every).join(firmest, on=SAID, how="inner").select(*PLACE, "rank")
    rows = every.rows.join(given, on=list(PLACE), how="left")
    wanted = every.engine.lookup(ranks.rename_columns(["meant_basis", "rank"]))
    rows = rows.join(wanted, on="rank", how="left")
    return rows.filter(differs(col("date_basis"), col("meant_basis")))


@rule(
    "T19",
    "events agreements reactions",
    "its counts are not those of its claims",
    "rebuild: counts are computed",
)
def counts_right(every: Tables) -> Frame:
    rows = records(every, every.table).join(every.once(counted), on=RECORD, how="left")
    counts = ("source_count", "origin_count", "claim_count")
    wrong = (differs(col(name), col(f"meant_{name}").fill_null(0)) for name in counts)
    return rows.filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@rule(
    "T20",
    "sources passages",
    "its counts or shares are not those of its claims and lines",
    "rebuild: counts are computed",
)
def passage_counts_right(every: Tables) -> Frame:
    return _of_passages(every) if every.table.name == "passages" else _of_sources(every)


def _of_sources(every: Tables) -> Frame:
    claimed = every.once(claims).group_by("source").agg(nw.len().alias("meant"))
    lines = every["passages"].group_by("source_id").agg(nw.len().alias("lines"))
    rows = every.engine.keyed(every.rows, "source", ["source_id"]).join(claimed, on="source", how="left")
    rows = rows.join(lines, on="source_id", how="left")
    held = nw.when(~col("text_sha256").is_null()).then(col("lines").fill_null(0))
    wrong = differs(col("claim_count"), col("meant").fill_null(0)) | differs(col("line_count"), held)
    return rows.filter(wrong)


def _of_passages(every: Tables) -> Frame:
    """The passages whose count, or share of cited characters to four decimals, is not of their claims."""
    spans = every.once(cited).group_by(*PASSAGE, *SPAN).agg(nw.len().alias("times"))
    long = spans.with_columns(nw.max_horizontal(col("char_end") - col("char_start"), nw.lit(0)).alias("long"))
    told = long.group_by(*PASSAGE).agg(
        *(nw.len().alias("spans"), col("times").sum(), col("long").sum()),
        *(col("char_start").max().alias("begin"), col("char_end").min().alias("end")),
    )
    rows = located(every, every.rows).join(told, on=PASSAGE, how="left")
    rows = rows.join(_overlapping(spans, told), on=PASSAGE, how="left")
    # what two spans share counts once
    shared = nw.max_horizontal(col("end") - col("begin"), nw.lit(0)) * (col("spans") - 1)
    characters = nw.coalesce(col("cited"), col("long") - shared, nw.lit(0))
    share, exact = col("share_cited"), characters.cast(nw.Float64) / col("char_count")
    near = (share - exact).abs() <= 0.00005 + 1e-12
    return rows.filter(
        differs(col("claim_count"), col("times").fill_null(0))
        | ~(near & (share.round(4) == share)).fill_null(False)
    )


def _overlapping(spans: Frame, told: Frame) -> Frame:
    """How many characters are cited of the passages with more than two spans, of which many may overlap."""
    of_many = within(spans, told.filter(col("spans") > 2), PASSAGE)
    reached = of_many.with_columns(col("char_end").cum_max().over(*PASSAGE, order_by=SPAN).alias("reached"))
    before = reached.with_columns(col("reached").shift(1).over(*PASSAGE, order_by=SPAN).alias("before"))
    begins = nw.max_horizontal(col("char_start"), col("before").fill_null(0))
    added = nw.max_horizontal(col("char_end") - begins, nw.lit(0))
    return before.select(*PASSAGE, added.alias("cited")).group_by(*PASSAGE).agg(col("cited").sum())


@rule("T21", "passages", "it is coded without a claim, or set aside with one", "cite it, or set it aside")
def lines_accounted_for(every: Tables) -> Frame:
    coded, cited = (col("use") == "coded").fill_null(False), (col("claim_count") > 0).fill_null(False)
    return every.rows.filter(coded != cited)


@rule(
    "T22",
    "claims",
    "it cites characters that its source does not have, or gives them another hash or language",
    "let mmru anchor make the locator",
)
def spans_in_lines(every: Tables) -> Frame:
    sources = every.engine.keyed(every["sources"], "source", ["source_id"])
    held = sources.filter(~col("text_sha256").is_null())
    written_in = col("language").alias("written_in")
    begins = col("text_sha256").str.slice(0, 8).alias("begins")
    passages = located(every, every["passages"]).select(*PASSAGE, "char_count", begins, written_in)
    rows = every.once(cited).join(passages, on=PASSAGE, how="left")
    inside = (col("char_start") < col("char_end")) & (col("char_end") <= col("char_count"))
    whole = (col("char_start") == 0) & (col("char_end") == col("char_count"))
    fits = ~whole | (col("begins") == col("span_sha256"))
    sound = inside & fits & (col("language") == col("written_in"))
    return either(
        [
            rows.filter(~sound.fill_null(False)),
            # what a source that is not held says has no line
            without(every.once(cited), held, ["source"]),
            within(every.rows.filter(col("line").is_null()), held, ["source_id"]),
        ]
    )


@rule("T23", "claims", "it speaks of a record or a field that is not defined", "register the record")
def claimed_records_defined(every: Tables) -> Frame:
    known = nw.concat([records(every, t).select(*RECORD) for t in every.schemas.records.values()])
    every_claim = every.once(claims)
    return either([every_claim.filter(~_is("defined")), without(every_claim, known, RECORD)])


@rule("T24", "claims", "it is implied or inferred without a reason", "say what it follows from")
def inference_has_a_reason(every: Tables) -> Frame:
    return every.rows.filter((col("basis") != "stated").fill_null(True) & col("reason").is_null())


@rule(
    "T37",
    "rulings",
    "it does not fit the claims: it must choose one of their values and reject each that excludes it",
    "mend the ruling",
)
def rulings_fit(every: Tables) -> Frame:
    ruled = keyed(every, every.rows.with_columns(col("chosen_value").alias("value")))
    claimed = within(every.once(claims), ruled, ADDRESS).select(*ADDRESS, *SAID, "value", "kind").unique()
    published = within(every.once(shown), ruled, ADDRESS)
    cell = published.select(*ADDRESS, col("said").alias("cell"))
    others = ruled.select(*PLACE, *ADDRESS, col("value").alias("narrower")).join(
        claimed.select(*ADDRESS, "kind", col("value").alias("wider")), on=ADDRESS, how="inner"
    )
    differing = others.filter(col("wider") != col("narrower"))
    excluded = without(differing, covered(every, differing), list(COMPARED)).select(
        *PLACE, col("wider").alias("member")
    )
    rejected = ruled.filter(~col("rejected_values").is_null()).explode("rejected_values")
    rejected = rejected.select(*PLACE, col("rejected_values").alias("member"))
    member = [*PLACE, "member"]
    return either(
        [
            without(ruled, claimed, SAID),
            without(ruled, published, SAID),
            ruled.join(cell, on=ADDRESS, how="inner").filter(col("cell") != col("said")),
            without(excluded, rejected, member),
            without(rejected, excluded, member),
        ]
    )


def _is(column: str) -> nw.Expr:
    """Where a column is true; empty cells are not."""
    return col(column).fill_null(False)


def _dates(every: Tables) -> Frame:
    """The cells of a table that date its rows."""
    return every.once(cells).filter(col("dates") & (col(TABLE) == every.table.name))


def _elsewhere(every: Tables) -> Frame:
    """A view: the claims that agree, but of which no cell at their address says the same."""
    agreeing = every.once(claims).filter(_is("agrees") & ~col("of_identity"))
    return every.engine.keep(without(agreeing, every.once(shown), SAID))


def _unclaimed(every: Tables) -> Frame:
    """A view: the claimed cells without a claim that agrees with them."""
    return every.engine.keep(without(every.once(cells), every.once(said), SAID))


def _voiced(every: Tables, firm: Frame) -> Frame:
    """Claims with numbers for what is said by a source, for an origin, and both: by a voice."""
    firm = every.engine.keyed(firm, "by_source", [*SAID, "source"])
    firm = every.engine.keyed(firm, "by_origin", [*SAID, "origin"])
    firm = every.engine.keyed(firm, "voice", ["by_source", "origin"])
    told = ("source", "origin", "by_source", "by_origin", "voice", "credibility", "kind", "value")
    return every.engine.keep(firm.select(*PLACE, *ADDRESS, *SAID, *told))


def _confirmed_voices(every: Tables, firm: Frame) -> Frame:
    """The voices that say what another source of another origin says as well."""
    voices = firm.select(*SAID, "by_source", "by_origin", "voice").unique()
    # of all voices, those of the same source and those of the same origin do not count; its own is both
    others = voices.with_columns(
        nw.len().over(*SAID).alias("all"),
        nw.len().over("by_source").alias("of_source"),
        nw.len().over("by_origin").alias("of_origin"),
    ).filter(col("all") - col("of_source") - col("of_origin") + 1 > 0)
    return every.engine.keep(others.select("voice"))


def _confirmed_by_narrower(every: Tables, firm: Frame) -> Frame:
    """The claims whose value contains another that a claim of another source and another origin gives."""
    comparable = firm.filter(~col("kind").is_null())
    spread = comparable.group_by(*ADDRESS).agg(
        col("said").min().alias("least"), col("said").max().alias("most")
    )
    comparable = within(comparable, spread.filter(col("least") != col("most")), ADDRESS)
    wider = comparable.select(*PLACE, "kind", "source", "origin", *ADDRESS, col("value").alias("wider"))
    voices = comparable.select(
        *ADDRESS,
        col("value").alias("narrower"),
        col("source").alias("other_source"),
        col("origin").alias("other_origin"),
    )
    pairs = wider.join(voices.unique(), on=ADDRESS, how="inner")
    apart = (col("source") != col("other_source")) & (col("origin") != col("other_origin"))
    pairs = every.engine.keep(pairs.filter(apart).select(*PLACE, *COMPARED))
    return within(pairs, covered(every, pairs), list(COMPARED))
