"""Rules on strength: no claim is surer than its source, each has one speaker, a summary names who speaks."""

from __future__ import annotations

import re

from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, rows_of, rule, within
from mmru.checks.views import claims
from mmru.checks.witnesses import OF_SOURCE, inferred_identities
from mmru.model.claim import CONFIRMED

# words that hide who is sure, or who is not
NOBODY = (
    r"(?i)\b(it (is|was|has been) (said|reported|believed|alleged|claimed|rumou?red)|reportedly|allegedly)\b"
)
MOST_IDEAS = 15  # an essay has about a dozen
FILLING = {"a", "an", "and", "at", "for", "from", "in", "of", "on", "other", "the", "to", "who", "with"}


@rule(
    "T87",
    "claims",
    "it is on, or names, a record that its source identifies only by inference, but it is not inferred",
    "write basis: inferred, with the reason, or correct the identity",
)
def no_surer_than_the_identity(ctx: RuleContext) -> Frame:
    guessed = ctx.view(inferred_identities)
    surer_claims = ctx.view(claims).filter(~col("is_identity") & (col("basis") != "inferred"))
    # an id names one record, whatever its table is
    named = guessed.select("source_id", col("record_id").alias("value"))
    return rows_of(
        [within(surer_claims, guessed, OF_SOURCE), within(surer_claims, named, ["source_id", "value"])]
    )


@rule(
    "T43",
    "claims",
    "its source gives other claims on this reaction another credibility",
    "judge once whether the holder holds the view, and give all these claims one grade",
)
def one_grade_for_a_reaction(ctx: RuleContext) -> Frame:
    # the merge gives grade 1 to some of them
    graded = ctx.rows.filter((col("record_table") == "reactions") & (col("credibility") != CONFIRMED))
    return _divided(graded, ["source_id", "record_id"], "credibility")


@rule(
    "T44",
    "claims",
    "its source gives other claims on this record, from the same words, another speaker",
    "give all these claims, the identity too, one speaker: by:",
)
def one_speaker_of_the_same_words(ctx: RuleContext) -> Frame:
    placed = ctx.rows.filter(~col("line").is_null())
    spoken = placed.with_columns(col("attributed_to_actor_id").fill_null("").alias("speaker"))
    words = ["source_id", "line", "char_start", "char_end", "record_table", "record_id"]
    return _divided(spoken, words, "speaker")


def _divided(rows: Frame, group: list[str], column: str) -> Frame:
    """Return one row of each group that has several values in a column: one with the last value."""
    values = rows.group_by(group).agg(col(column).n_unique().alias("values"), col(column).max())
    last = within(rows, values.filter(col("values") > 1), [*group, column])
    return last.group_by(group).agg(col(ROW).min())


@rule(
    "T45",
    "claims",
    "its speaker is the holder of the reaction",
    "leave out by:, or name the medium that reports the words of the holder",
)
def speakers_are_not_holders(ctx: RuleContext) -> Frame:
    holders = ctx["reactions"].select(
        col("reaction_id").alias("record_id"), col("actor_id").alias("attributed_to_actor_id")
    )
    return within(ctx.rows, holders, ["record_id", "attributed_to_actor_id"])


@rule(
    "P61",
    "claims",
    "it says that something goes on, and cites no word for that",
    "give the word as original, or write basis: implied, with the reason",
)
def ongoing_has_a_word(ctx: RuleContext) -> Frame:
    going_on = (col("field") == "status") & (col("value") == "ongoing") & (col("basis") == "stated")
    return ctx.rows.filter(going_on & col("original").is_null())


@rule(
    "P62",
    "claims",
    "its last day is the day on which its source was published, and it cites no word for that",
    "give the words as original; for one day of several, write a set, such as [2025-03-01..2025-03-10]",
)
def not_over_on_the_day_of_publication(ctx: RuleContext) -> Frame:
    intervals = ctx.rows.filter(
        col("value").str.contains(r"^\d{4}(-\d\d){0,2}/\d{4}-\d\d-\d\d$") & col("original").is_null()
    )
    published = ctx["sources"].select("source_id", "published")
    rows = intervals.join(published, on="source_id", how="inner")
    return ctx.where(rows, ["value", "published"], lambda value, day: value.split("/")[1] == day)


@rule(
    "P48",
    "events agreements reactions",
    "its summary does not say whose words or doubts it repeats",
    'name who says so, in place of words such as "it is said" or "allegedly"',
)
def summaries_name_who_is_sure(ctx: RuleContext) -> Frame:
    return ctx.rows.filter(col("summary").str.contains(NOBODY))


@rule(
    "P49",
    "reactions",
    "its summary does not name its holder",
    "begin the summary with the name of the holder",
)
def summaries_name_their_holder(ctx: RuleContext) -> Frame:
    holders = ctx["actors"].select("actor_id", "name")
    rows = ctx.rows.join(holders, on="actor_id", how="inner")
    return ctx.where(rows, ["summary", "name"], lambda summary, name: not _words(name) & _words(summary))


def _words(text: str) -> set[str]:
    """Return the words of a text, but for those that any name may have."""
    return {word.lower() for word in re.findall(r"\w+", text)} - FILLING


@rule(
    "P53",
    "reactions",
    f"its holder has more than {MOST_IDEAS} reactions in one source",
    "does each have an idea of its own? merge those that repeat one",
)
def few_ideas_in_a_source(ctx: RuleContext) -> Frame:
    rows = ctx.rows.select(ROW, "actor_id", "source_ids").explode("source_ids")
    on = ["actor_id", "source_ids"]
    counts = rows.group_by(*on).agg(col(ROW).len().alias("count"))
    return within(rows, counts.filter(col("count") > MOST_IDEAS), on)
