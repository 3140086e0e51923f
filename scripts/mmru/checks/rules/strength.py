"""Rules on strength: no claim is surer than its source, and a summary names who speaks."""

from __future__ import annotations

import re

from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, rule, within
from mmru.checks.views import claims
from mmru.checks.witnesses import inferred_identities

# words that hide who is sure, or who is not
NOBODY = (
    r"(?i)\b(it (is|was|has been) (said|reported|believed|alleged|claimed|rumou?red)|reportedly|allegedly)\b"
)
MOST_IDEAS = 15  # an essay has about a dozen
FILLING = {"a", "an", "and", "at", "for", "from", "in", "of", "on", "other", "the", "to", "who", "with"}


@rule(
    "T87",
    "claims",
    "its source identifies the record in its value only by inference, but the claim is not inferred",
    "write basis: inferred, with the reason, or correct the identity",
)
def no_surer_than_the_identity(ctx: RuleContext) -> Frame:
    # an id names one record, whatever its table is
    guessed = ctx.view(inferred_identities).select("source_id", "record_id")
    surer_claims = ctx.view(claims).filter(~col("is_identity") & (col("basis") != "inferred"))
    return within(surer_claims, guessed.rename({"record_id": "value"}), ["source_id", "value"])


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
