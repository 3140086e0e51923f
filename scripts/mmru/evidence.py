"""The named rules that tie every cell, count and line to the claims on which they rest, and back."""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.engine import PLACE, Frame
from mmru.merge import BASES, CONFIRMED, INFERRED
from mmru.rule import Rule, Tables, differs, either, registrar, within, without
from mmru.schema import IDENTITY
from mmru.views import (
    ABOUT,
    ADDRESS,
    CLAIMED,
    COMPARED,
    DATES,
    RECORD,
    SAID,
    TABLE,
    cells,
    claims,
    covered,
    dating,
    keyed,
    said,
    shown,
)

RULES: list[Rule] = []
rule = registrar(RULES)


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
    agreeing = every.once(claims).filter(col("agrees") & (col("field") != IDENTITY))
    many, single = agreeing.filter(_is("many")), agreeing.filter(~_is("many") & col("cell").is_null())
    return either([without(many, every.once(shown), SAID), without(single, every.once(shown), ADDRESS)])


@rule(
    "T34",
    "claims",
    "whether it agrees with the published value, or what it says of identity, is not right",
    "rebuild: agreement is computed",
)
def agreement_right(every: Tables) -> Frame:
    of_identity, agrees = (col("field") == IDENTITY).fill_null(False), _is("agrees")
    mistaken = ~agrees | (col("value") != col("record_id")).fill_null(True)
    # a claim on a field that shows one value agrees where it is equal to it, or contains it
    compared = ~of_identity & _is("defined") & ~_is("many") & ~col("cell").is_null() & ~col("value").is_null()
    other = every.once(claims).filter(compared & (col("value") != col("cell")))
    other = every.engine.keep(other.rename({"value": "wider", "cell": "narrower"}))
    unread = every.dated(other.filter(col("kind") == "date"), "narrower")
    unread = unread.filter(col("meant_narrower_precision").is_null())
    excluded = without(other, covered(every, other), list(COMPARED))
    return either(
        [
            every.once(claims).filter(of_identity & mistaken),
            every.once(claims).filter(~of_identity & ~compared & ~agrees),
            every.once(claims).filter(compared & (col("value") == col("cell")) & ~agrees),
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
    confirmed, graded = every.once(_confirmed), (col("credibility") == CONFIRMED).fill_null(False)
    every_claim = every.once(claims)
    return either(
        [
            without(every_claim.filter(graded), confirmed, list(PLACE)),
            within(every_claim.filter(~graded), confirmed, list(PLACE)),
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
    own = every.once(claims).filter(col("record_table") == every.table.name)
    key = every.table.primary_key[0]
    counted = {
        "source_count": own.select("record_id", "source_id").unique(),
        "origin_count": own.select("record_id", "origin").unique(),
        "claim_count": own,
    }
    rows = every.rows
    for name, found in counted.items():
        counts = found.group_by("record_id").agg(nw.len().alias(f"meant_{name}"))
        rows = rows.join(
            counts.rename({"record_id": f"of_{name}"}), left_on=key, right_on=f"of_{name}", how="left"
        )
    wrong = (differs(col(name), col(f"meant_{name}").fill_null(0)) for name in counted)
    return rows.filter(nw.any_horizontal(*wrong, ignore_nulls=True))


@rule(
    "T20",
    "sources passages",
    "its counts or shares are not those of its claims and lines",
    "rebuild: counts are computed",
)
def passage_counts_right(every: Tables) -> Frame:
    of_passages = every.table.name == "passages"
    key = ["source_id", "line"] if of_passages else ["source_id"]
    every_claim = every["claims"].filter(~col("line").is_null()) if of_passages else every["claims"]
    counts = every_claim.group_by(*key).agg(nw.len().alias("meant"))
    rows = every.rows.join(counts, on=key, how="left")
    wrong = rows.filter(differs(col("claim_count"), col("meant").fill_null(0)))
    return either([wrong, _wrong_shares(every) if of_passages else _wrong_line_counts(every)])


def _wrong_line_counts(every: Tables) -> Frame:
    lines = every["passages"].group_by("source_id").agg(nw.len().alias("lines"))
    rows = every.rows.join(lines, on="source_id", how="left")
    held = nw.when(~col("text_sha256").is_null()).then(col("lines").fill_null(0))
    return rows.filter(differs(col("line_count"), held))


def _wrong_shares(every: Tables) -> Frame:
    """The passages whose share of cited characters is not that of their claims, to four decimals."""
    line = ["source_id", "line"]
    spans = every["claims"].filter(~col("line").is_null()).select(*line, "char_start", "char_end").unique()
    order = ["char_start", "char_end"]
    reached = spans.with_columns(col("char_end").cum_max().over(*line, order_by=order).alias("reached"))
    before = reached.with_columns(col("reached").shift(1).over(*line, order_by=order).alias("before"))
    begins = nw.max_horizontal(col("char_start"), col("before").fill_null(0))
    added = nw.max_horizontal(col("char_end") - begins, nw.lit(0))
    cited = before.select(*line, added.alias("cited")).group_by(*line).agg(col("cited").sum())
    rows = every.rows.join(cited, on=line, how="left")
    share, exact = col("share_cited"), col("cited").fill_null(0).cast(nw.Float64) / col("char_count")
    near = (share - exact).abs() <= 0.00005 + 1e-12
    return rows.filter(~(near & (share.round(4) == share)).fill_null(False))


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
    held = (
        every["sources"].filter(~col("text_sha256").is_null()).select("source_id", nw.lit(True).alias("held"))
    )
    passages = every["passages"].select(
        "source_id", "line", "char_count", "text_sha256", col("language").alias("written_in")
    )
    rows = every.rows.join(held.unique(), on="source_id", how="left")
    rows = rows.join(passages, on=["source_id", "line"], how="left")
    inside = (col("char_start") < col("char_end")) & (col("char_end") <= col("char_count"))
    whole = (col("char_start") == 0) & (col("char_end") == col("char_count"))
    fits = ~whole | (col("text_sha256").str.slice(0, 8) == col("span_sha256"))
    sound = inside & fits & (col("language") == col("written_in"))
    # what a source that is not held says has no line
    return rows.filter(nw.when(_is("held")).then(~sound.fill_null(False)).otherwise(~col("line").is_null()))


@rule("T23", "claims", "it speaks of a record or a field that is not defined", "register the record")
def claimed_records_defined(every: Tables) -> Frame:
    known = nw.concat(
        [
            every[t.name].select(
                nw.lit(t.name).alias("record_table"), col(t.primary_key[0]).alias("record_id")
            )
            for t in every.schemas.records.values()
        ]
    )
    every_claim = every.once(claims)
    return either([every_claim.filter(~_is("defined")), without(every_claim, known, ABOUT[:2])])


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
    cell = published.select(*ADDRESS, col("value").alias("cell"))
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
            ruled.join(cell, on=ADDRESS, how="inner").filter(col("cell") != col("chosen_value")),
            without(excluded, rejected, member),
            without(rejected, excluded, member),
        ]
    )


def _is(column: str) -> nw.Expr:
    """Where a column is true; empty cells are not."""
    return col(column).fill_null(False)


def _dates(every: Tables) -> Frame:
    """The cells of a table that date its rows."""
    own = every.once(cells).filter(col(TABLE) == every.table.name)
    return own.filter(col("field").str.contains(DATES))


def _unclaimed(every: Tables) -> Frame:
    """A view: the claimed cells without a claim that agrees with them."""
    return every.engine.keep(without(every.once(cells), every.once(said), SAID))


def _confirmed(every: Tables) -> Frame:
    """A view: the claims that another source of another origin confirms, be it by a value they contain.

    Inference confirms nothing and is not confirmed, be it of the value or of the record's identity.
    """
    every_claim, inferred = every.once(claims), (col("basis") == INFERRED).fill_null(False)
    guessed = every_claim.filter((col("field") == IDENTITY) & inferred)
    firm = without(every_claim.filter(~inferred), guessed, [*RECORD, "source_id"])
    return every.engine.keep(
        either([_confirmed_by_equals(every, firm), _confirmed_by_narrower(every, firm)]).unique()
    )


def _confirmed_by_equals(every: Tables, firm: Frame) -> Frame:
    """The claims whose value a claim of another source and another origin gives as well."""
    for name, texts in {
        "by_source": ["source_id"],
        "by_origin": ["origin"],
        "voice": ["source_id", "origin"],
    }.items():
        firm = every.engine.keyed(firm, name, [*ABOUT, "value", *texts])
    firm = every.engine.keep(firm.select(*PLACE, *SAID, "by_source", "by_origin", "voice"))
    voices = firm.select(*SAID, "by_source", "by_origin", "voice").unique()
    # of all voices, those of the same source and those of the same origin do not count; its own is both
    others = voices.with_columns(
        nw.len().over(*SAID).alias("all"),
        nw.len().over("by_source").alias("of_source"),
        nw.len().over("by_origin").alias("of_origin"),
    ).filter(col("all") - col("of_source") - col("of_origin") + 1 > 0)
    return within(firm, others, ["voice"])


def _confirmed_by_narrower(every: Tables, firm: Frame) -> Frame:
    """The claims whose value contains another that a claim of another source and another origin gives."""
    comparable = firm.filter(~col("kind").is_null())
    spread = comparable.group_by(*ADDRESS).agg(
        col("value").min().alias("least"), col("value").max().alias("most")
    )
    comparable = within(comparable, spread.filter(col("least") != col("most")), ADDRESS)
    told = ("kind", "source_id", "origin", *ADDRESS)
    wider = comparable.select(*PLACE, *told, col("value").alias("wider"))
    voices = comparable.select(
        *ADDRESS,
        col("value").alias("narrower"),
        col("source_id").alias("other_source"),
        col("origin").alias("other_origin"),
    )
    pairs = wider.join(voices.unique(), on=ADDRESS, how="inner")
    apart = (col("source_id") != col("other_source")) & (col("origin") != col("other_origin"))
    pairs = every.engine.keep(pairs.filter(apart).select(*PLACE, *COMPARED))
    return within(pairs, covered(every, pairs), list(COMPARED))
