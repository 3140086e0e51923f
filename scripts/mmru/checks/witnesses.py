"""What records rest on: witnesses, confirmation and grades. The build computes them, and rules prove them.

Each function is a view: it is computed once for all rules. The witness of a source for a record is the body
to which its claim of the record's status is attributed, else the body of its origin.
"""

from __future__ import annotations

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, is_true, within, without
from mmru.checks.views import (
    ADDRESS,
    COMPARED,
    RECORD,
    STATEMENT,
    TABLE,
    bodies,
    cells,
    claims,
    covered,
    origin_bodies,
    reports,
)
from mmru.model.bodies import OPPOSITION, THIRD_PARTY
from mmru.model.claim import INFERRED
from mmru.model.schema import Table

OF_SOURCE = [*RECORD, "source_id"]
STATUS = "status"
HEADLINE = "headline"  # the extent of a source of which only the title was read
DOUBTFUL = "doubtful"  # the group of statuses that are no facts
ONGOING, OCCURRED = "ongoing", "occurred"
LATER = [*RECORD, "later", "earlier"]
COUNTS = ("source_count", "origin_count", "claim_count")
GRADES = ("best_reliability", "best_credibility", "confirmation")
DERIVED = {  # a column that follows from an actor: the actor and what is derived from it
    "actors": ("actor_id", "state", "state"),
    "sources": ("origin", "origin_side", "side"),
    "reactions": ("actor_id", "voice", "voice"),
}
CLOSED = (
    r"^\d{4}(-\d\d){0,2}(/\d{4}(-\d\d){0,2})?$"  # a day, month or year in EDTF, or an interval of two of them
)
TYPES = ("event_type", "agreement_type", "kind")  # fields that say what sort of record it is


def testimonies(ctx: RuleContext) -> Frame:
    """Return for each record and source the claim of its status that counts.

    It is one in the source's own voice, if there is any; of several, that of the furthest stage, then the
    first. `is_doubtful` says whether it presents the record as alleged, denied or cancelled, and `stage` how
    far it has got in other cases.
    """
    of_status = ctx.view(claims).filter(col("field") == STATUS)
    of_status = of_status.join(ctx.view(_statuses), on=["record_table", "value"], how="left")
    ranked = of_status.with_columns(
        (~col("is_own")).alias("is_quoted"),
        (-col("stage").fill_null(-1)).alias("behind"),
        col("line", "char_start").fill_null(0),
        is_true("is_doubtful").alias("is_doubtful"),
    )
    order = ["is_quoted", "behind", "line", "char_start", ROW]
    chosen = ranked.unique(OF_SOURCE, keep="first", order_by=order)
    return ctx.collected(chosen.select(*OF_SOURCE, "body", "agrees", "stage", "is_doubtful"))


def witnesses(ctx: RuleContext) -> Frame:
    """Return the witness of each source for each record, with its side, where the source counts.

    A source that knows only an earlier stage, such as a plan, is no witness to what came of it.
    """
    of_status = ctx.view(claims).filter((col("field") == STATUS) & is_true("agrees"))
    of_status = of_status.join(ctx.view(_statuses), on=["record_table", "value"], how="left")
    furthest = of_status.group_by(*RECORD).agg(col("stage").max().alias("furthest"))
    agreeing = ctx.view(testimonies).filter(is_true("agrees")).join(furthest, on=RECORD, how="left")
    agreeing = agreeing.filter((col("stage") == col("furthest")) | col("furthest").is_null())
    certain = without(agreeing, ctx.view(inferred_identities), OF_SOURCE)
    certain = without(certain, ctx.view(_headlines), ["source_id"])
    return ctx.collected(certain.select(*OF_SOURCE, "body").join(ctx.view(_sides), on="body", how="left"))


def evidence(ctx: RuleContext) -> Frame:
    """Return the counts, the best grades and the confirmation of each record."""
    reliability = ctx.intern(ctx["sources"].select("source_id", "reliability"), "source_id")
    graded = ctx.view(reports).join(reliability, on="source_id", how="left")
    found = graded.group_by(*RECORD).agg(
        nw.len().alias("source_count"),
        col("claims").sum().alias("claim_count"),
        col("reliability").min().alias("best_reliability"),
    )
    main = ctx.view(claims).filter(col("name").is_in([STATUS, *TYPES]) & is_true("agrees"))
    credible = main.group_by(*RECORD).agg(col("credibility").min().alias("best_credibility"))
    found = found.join(credible, on=RECORD, how="left").join(ctx.view(_witnessed), on=RECORD, how="left")
    return ctx.collected(_confirmation(found))


def _confirmation(rows: Frame) -> Frame:
    """Return rows with their confirmation, by the numbers of witnesses of each side."""
    several = col("origin_count") > 1
    both = (col("myanmar") > 0) & (col("russia") > 0)
    is_known = (col("myanmar") > 0) | (col("russia") > 0) | (col("neither") > 0)
    return rows.with_columns(
        nw.when((several & (col("neither") > 0)).fill_null(False))
        .then(nw.lit("independent"))
        .otherwise(
            nw.when(both.fill_null(False))
            .then(nw.lit("both-governments"))
            .otherwise(
                nw.when(is_known.fill_null(False))
                .then(nw.lit("single-witness"))
                .otherwise(nw.lit("unconfirmed"))
            )
        )
        .alias("confirmation"),
        col("origin_count").fill_null(0),
    )


def _witnessed(ctx: RuleContext) -> Frame:
    """Return how many witnesses each record has, and how many of them are of each side."""
    distinct = ctx.view(witnesses).select(*RECORD, "body", "side").unique()
    side = col("side")
    return distinct.group_by(*RECORD).agg(
        nw.len().alias("origin_count"),
        (side == "myanmar").cast(nw.Int64).sum().alias("myanmar"),
        (side == "russia").cast(nw.Int64).sum().alias("russia"),
        side.is_in([OPPOSITION, THIRD_PARTY]).cast(nw.Int64).sum().alias("neither"),
    )


def members(ctx: RuleContext) -> dict[str, Frame]:
    """Return the members of the lists of sources, witnesses and disputed fields of each record."""
    every_claim = ctx.view(claims).select(*ADDRESS, "source_id", "agrees")
    overruled = every_claim.filter(~is_true("agrees"))
    contested = within(every_claim, overruled, ADDRESS)
    sources = contested.group_by(*ADDRESS).agg(col("source_id").n_unique().alias("sources"))
    agreed = within(sources, contested.filter(is_true("agrees")), ADDRESS)
    disputed = agreed.filter(col("sources") > 1)
    return {
        "source_ids": ctx.view(reports).select(*RECORD, col("source_id").alias("member")),
        "witness_ids": ctx.view(witnesses).select(*RECORD, col("body").alias("member")).unique(),
        "disputed_fields": ctx.collected(disputed.select(*RECORD, col("field").alias("member"))),
    }


def confirmed(ctx: RuleContext) -> Frame:
    """Return the claims whose value a source with another witness gives too, in the voice of another body.

    They have grade 1. Both sources are witnesses of the record. What they say is stated, or a day, month,
    year or interval that the calendar alone gives; no identity, nothing that rests on an inferred identity,
    nothing of a headline, and nothing of a source that presents the record as doubtful.
    """
    is_closed = col("value").cast(nw.String).str.contains(CLOSED)
    by_calendar = (col("basis") == "implied") & is_true("is_edtf") & is_closed
    firm = ctx.view(claims).filter(~col("is_identity") & ((col("basis") == "stated") | by_calendar))
    firm = firm.select(ROW, *STATEMENT, "source_id", "body")
    doubting = ctx.view(testimonies).filter(col("is_doubtful")).select(*OF_SOURCE)
    unsure = nw.concat([ctx.view(inferred_identities), doubting])
    firm = without(without(firm, unsure, OF_SOURCE), ctx.view(_headlines), ["source_id"])
    doubtful = ctx.view(_statuses).filter(col("is_doubtful")).with_columns(nw.lit(STATUS).alias("field"))
    firm = without(firm, ctx.intern(doubtful, "field"), ["record_table", "field", "value"])
    witnessed = ctx.view(witnesses).select(*OF_SOURCE, col("body").alias("witness"))
    firm = firm.join(nw.concat([witnessed, _of_origin(ctx)]), on=OF_SOURCE, how="inner")
    firm = firm.with_columns(col(ROW).min().over(*STATEMENT).alias("statement"))
    # of all claims with this value, those of the same witness and those of the same body do not count
    counted = firm.with_columns(
        nw.len().over("statement").alias("all"),
        nw.len().over("statement", "witness").alias("of_witness"),
        nw.len().over("statement", "body").alias("of_body"),
        nw.len().over("statement", "witness", "body").alias("of_both"),
    )
    others = col("all") + col("of_both") - col("of_witness") - col("of_body")
    return ctx.collected(counted.drop_nulls(["witness", "body"]).filter(others > 0).select(ROW))


def _of_origin(ctx: RuleContext) -> Frame:
    """Return the body of the origin of each source as its witness for records of tables without a status."""
    own = ctx.texts(["source_id", "witness"], ctx.view(origin_bodies).items())
    witness = ctx.intern(own, "source_id", "witness")
    with_status = [table.name for table in status_tables(ctx)]
    others = ctx.view(reports).filter(~col("record_table").cast(nw.String).is_in(with_status))
    return others.select(*OF_SOURCE).join(witness, on="source_id", how="inner")


def row_credibility(ctx: RuleContext) -> Frame:
    """Return the best credibility of the claims on each row of a table that agree with it."""
    agreeing = ctx.view(claims).filter(is_true("agrees"))
    of_lists, of_single = agreeing.filter(is_true("is_list")), agreeing.filter(~is_true("is_list"))
    graded_tables = [table.name for table in ctx.schemas.tables.values() if table.helper]
    every_cell = ctx.view(cells).filter(col(TABLE).is_in(graded_tables))
    graded = [
        every_cell.join(of_lists.select(*STATEMENT, "credibility"), on=STATEMENT, how="inner"),
        every_cell.join(of_single.select(*ADDRESS, "credibility"), on=ADDRESS, how="inner"),
    ]
    both = nw.concat([frame.select(TABLE, ROW, "credibility") for frame in graded])
    return ctx.collected(both.group_by(TABLE, ROW).agg(col("credibility").min().alias("best")))


def as_of(ctx: RuleContext) -> Frame:
    """Return the latest day of publication of the sources that say that an event goes on."""
    going_on = ctx.view(claims).filter((col("field") == STATUS) & (col("value") == ONGOING))
    published = ctx.intern(ctx["sources"].select("source_id", "published_latest"), "source_id")
    dated = going_on.select(*OF_SOURCE).join(published, on="source_id", how="inner")
    return ctx.collected(dated.group_by(*RECORD).agg(col("published_latest").max().alias("last_seen")))


def later_status(status_claims: Frame, published: Frame) -> Frame:
    """Return the records of which sources say both `ongoing` and `occurred`, and what the later ones say.

    `status_claims` has RECORD, value and source_id; `published` has source_id and published_latest. Left
    out are records for which a source is undated, or on which both say so on one day.
    """
    rival = status_claims.filter(col("value").is_in([ONGOING, OCCURRED]))
    dated = rival.join(published, on="source_id", how="left")
    last = dated.group_by(*RECORD, "value").agg(
        col("published_latest").max().alias("last"),
        col("published_latest").is_null().max().alias("is_undated"),
    )
    sides = {
        value: last.filter((col("value") == value) & ~col("is_undated")).select(
            *RECORD, col("last").alias(value)
        )
        for value in (ONGOING, OCCURRED)
    }
    both = sides[ONGOING].join(sides[OCCURRED], on=RECORD, how="inner")
    both = both.filter(col(ONGOING) != col(OCCURRED))
    goes_on = col(ONGOING) > col(OCCURRED)
    return both.select(
        *RECORD,
        nw.when(goes_on).then(nw.lit(ONGOING)).otherwise(nw.lit(OCCURRED)).alias("later"),
        nw.when(goes_on).then(nw.lit(OCCURRED)).otherwise(nw.lit(ONGOING)).alias("earlier"),
    )


def superseded(ctx: RuleContext) -> Frame:
    """Return the records with a status that a later source replaces, with both statuses."""
    of_status = ctx.view(claims).filter(col("field") == STATUS).select(*RECORD, "value", "source_id")
    published = ctx.intern(ctx["sources"].select("source_id", "published_latest"), "source_id")
    return ctx.collected(ctx.intern(later_status(of_status, published), "later", "earlier"))


def compatible(ctx: RuleContext, pairs: Frame) -> Frame:
    """Return the pairs of values of which `wider` contains `narrower`, or is an earlier status."""
    columns = [*RECORD, *COMPARED]
    earlier = ctx.view(superseded).rename({"earlier": "wider", "later": "narrower"})
    kinds = pairs.select(*columns)
    return nw.concat(
        [
            within(kinds, covered(ctx, pairs), COMPARED),
            within(kinds, earlier, [*RECORD, "wider", "narrower"]),
        ]
    )


def actors_derived(ctx: RuleContext) -> Frame:
    """Return the state, the side and the voice of each actor."""
    found = ctx.view(bodies)
    ids = [row["actor_id"] for row in ctx.to_dicts(ctx["actors"].select("actor_id"))]
    rows = ((i, found.state(i), found.side(i), found.voice(i)) for i in ids)
    return ctx.texts(["actor_id", "state", "side", "voice"], rows)


def status_tables(ctx: RuleContext) -> list[Table]:
    """Return the record tables that have a status."""
    return [table for table in ctx.schemas.records.values() if STATUS in table.names]


def _sides(ctx: RuleContext) -> Frame:
    """Return the side of each body."""
    found = ctx.view(bodies)
    names = [row["body"] for row in ctx.to_dicts(ctx.view(testimonies).select("body").unique())]
    return ctx.intern(ctx.texts(["body", "side"], ((name, found.side(name)) for name in names)), "body")


def inferred_identities(ctx: RuleContext) -> Frame:
    """Return the records that a source identifies by inference, each with the source."""
    inferred = ctx.view(claims).filter(col("is_identity") & (col("basis") == INFERRED))
    return ctx.collected(inferred.select(*OF_SOURCE).unique())


def _headlines(ctx: RuleContext) -> Frame:
    """Return the sources of which only a headline was read."""
    headlines = ctx["sources"].filter(col("text_extent") == HEADLINE).select("source_id")
    return ctx.collected(ctx.intern(headlines, "source_id"))


def _statuses(ctx: RuleContext) -> Frame:
    """Return the statuses of each table: whether they are doubtful, and else how far a record has got."""
    tables = status_tables(ctx)
    codes = [(table.name, code) for table in tables for code in ctx.schemas.codes(table[STATUS]).values()]
    columns = {
        "record_table": pa.array([name for name, _ in codes], pa.string()),
        "value": pa.array([code.code for _, code in codes], pa.string()),
        "stage": pa.array([code.score for _, code in codes], pa.float64()),
        "is_doubtful": pa.array([code.group == DOUBTFUL for _, code in codes], pa.bool_()),
    }
    return ctx.intern(ctx.lookup(columns), "record_table", "value")
