"""Rules on words: what they say against the values beside them, their script, blanks and punctuation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial

from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, any_of, rows_of, rule, within, without
from mmru.checks.spelled import dated_in_months, dates_in, says_another_day, says_another_number
from mmru.checks.standards import is_written_in, scripts_of
from mmru.checks.times import record_times
from mmru.model import edtf
from mmru.model.schema import Column, Field, Table

WORDED = "sources actors actor_roles places events event_details agreements agreement_terms reactions claims"
NAMES = {"name": "en", "name_my": "my", "name_ru": "ru", "name_zh": "zh"}
LABELS = ("title", "name", *NAMES)
STRAY = r"^\s|\s$|\s\s|[\t\n\r]"
IN_ID = re.compile(r"-((?:19|20)\d\d)(?:-(\d\d))?(?:-(\d\d))?(?=-|$)")
CONFUSABLE = {"LATIN", "CYRILLIC", "GREEK"}
BOUNDS = ["begins", "ends"]
YEAR = "19|20"  # how the years of dates in texts begin
Days = tuple[date, date]  # the first and the last


@rule(
    "T83",
    WORDED,
    "a text begins or ends with a blank, or has two blanks or a line break within",
    "leave one blank between words",
)
def no_stray_blanks(ctx: RuleContext) -> Frame:
    names, lists = ([c.name for c in _worded(ctx.table) if c.is_list == is_list] for is_list in (False, True))
    members = (ctx.rows.select(ROW, name).drop_nulls(name).explode(name) for name in lists)
    return rows_of(
        [
            ctx.rows.filter(any_of(col(name).str.contains(STRAY) for name in names)),
            *(rows.filter(col(name).str.contains(STRAY)) for name, rows in zip(lists, members)),
        ]
    )


def _worded(table: Table) -> list[Column]:
    """Return the columns that hold words, not codes, ids or dates."""
    columns = (c for c in table.columns if c.kind in ("claimed", "editorial") or table.name == "claims")
    texts = (c for c in columns if c.type in ("string", "list") and not c.format and not c.references)
    words = (c for c in texts if not c.vocabulary and not table.target(c.name))
    return [c for c in words if "pattern" not in c.constraints and c.name != "value"]


@rule(
    "T84",
    "actors places",
    "a name is not in the script of its column",
    "name is in Latin, name_my in Burmese, name_ru in Cyrillic and name_zh in Chinese letters",
)
def names_in_their_script(ctx: RuleContext) -> Frame:
    found = []
    for name, language in NAMES.items():
        if name in ctx.table.names:
            strict = name == "name"

            def is_foreign(text: str, language: str = language, strict: bool = strict) -> bool:
                return not is_written_in(text, language, latin=False) or (
                    strict and not scripts_of(text) <= {"LATIN", "MODIFIER"}
                )

            found.append(ctx.where(ctx.rows, [name], is_foreign))
    return rows_of(found)


@rule(
    "T85",
    "actors places events agreements reactions",
    "a word mixes Latin with Cyrillic or Greek letters that look alike",
    "write the whole word in one script",
)
def words_in_one_script(ctx: RuleContext) -> Frame:
    columns = [name for name in (*LABELS, "summary") if name in ctx.table.names]
    return rows_of(ctx.where(ctx.rows, [name], _mixes) for name in dict.fromkeys(columns))


def _mixes(text: str) -> bool:
    if text.isascii():
        return False
    words = re.findall(r"[^\W\d_]+", text)
    return any(len(scripts_of(word) & CONFUSABLE) > 1 for word in words)


@rule(
    "P42",
    "claims",
    "its original names a number, and its value is another one",
    "is the value right, and are these the words behind it?",
)
def numbers_as_in_words(ctx: RuleContext) -> Frame:
    claims = _with_original(ctx, lambda field: field.column.type in ("number", "integer"))
    return ctx.where(claims, ["value", "original"], _is_another_number)


def _is_another_number(value: str, original: str) -> bool:
    try:
        return says_another_number(float(value), original)
    except ValueError:
        return False


@rule(
    "P43",
    "claims",
    "its original names a weekday, day, month or year, and its value is another one",
    "is the date right, and are these the words behind it?",
)
def dates_as_in_words(ctx: RuleContext) -> Frame:
    claims = _with_original(ctx, lambda field: field.column.format == "edtf")
    return ctx.where(claims, ["value", "original"], _is_another_day)


def _is_another_day(value: str, original: str) -> bool:
    try:
        span = edtf.parse(value)
    except ValueError:
        return False
    return says_another_day(span.earliest, span.latest, original)


def _with_original(ctx: RuleContext, of_kind: Callable[[Field], bool]) -> Frame:
    """Return the claims with an original whose fields are of a kind."""
    claims = ctx.rows.filter(~col("original").is_null())
    addressed = ctx.to_dicts(claims.select("record_table", "field").unique())
    found = ((row, ctx.schemas.field(*row.values())) for row in addressed if None not in row.values())
    kept = [tuple(row.values()) for row, field in found if field and of_kind(field)]
    return within(claims, ctx.texts(["record_table", "field"], kept), ["record_table", "field"])


@rule(
    "P44",
    "sources actors places events agreements",
    "its title or a name ends with punctuation",
    "remove it, unless the source writes it so",
)
def labels_without_end(ctx: RuleContext) -> Frame:
    # an abbreviation such as Co. or Jr. keeps its stop
    columns = [name for name in LABELS if name in ctx.table.names]
    if ctx.table.name == "sources":  # headlines ask questions
        return ctx.rows.filter(col("title").str.contains(r"[,;:]$"))
    ends = r"([,;:!?…。၊။]|[^\s.]{4,}\.)$"
    return ctx.rows.filter(any_of(col(name).str.contains(ends) for name in dict.fromkeys(columns)))


@rule(
    "P45",
    "events agreements reactions",
    "its summary does not end like a sentence",
    "write a full sentence, with a full stop",
)
def summaries_are_sentences(ctx: RuleContext) -> Frame:
    return ctx.rows.filter(~col("summary").str.contains(r"[.!?…][\"”’')\]]*$"))


@rule(
    "P46",
    "events agreements reactions",
    "a year, month or day in its id or title, or the dates in its summary, are not those of its dates",
    "correct the words or the date",
)
def dates_in_words_fit(ctx: RuleContext) -> Frame:
    rows = ctx.rows.join(record_times(ctx), on=ctx.key, how="inner")
    readers = {ctx.key: _dates_of_id, "title": dates_in, "summary": dated_in_months}

    def differ(read: Callable[[str], Iterable[Days]], text: str, begins: date, ends: date) -> bool:
        named = list(read(text))
        return bool(named) and not any(first <= ends and last >= begins for first, last in named)

    return rows_of(
        ctx.where(rows.filter(col(name).str.contains(YEAR)), [name, *BOUNDS], partial(differ, read))
        for name, read in readers.items()
        if name in ctx.table.names
    )


def _dates_of_id(key: str) -> Iterator[Days]:
    for match in IN_ID.finditer(key):
        try:
            span = edtf.parse("-".join(part for part in match.groups() if part))
        except ValueError:
            continue
        if span.earliest and span.latest:
            yield span.earliest, span.latest


@rule(
    "P47",
    "events agreements",
    "its title names a person who has no part in it",
    "add the person, or correct the title",
)
def persons_of_titles(ctx: RuleContext) -> Frame:
    key = ctx.key
    people = ctx["actors"].filter(col("kind") == "person").select("actor_id", "name")
    titles = {row["title"] or "" for row in ctx.to_dicts(ctx.rows.select("title").unique())}
    words = set(re.findall(r"\w+", " ".join(titles)))
    whole = {row["name"] for row in ctx.to_dicts(people) if " " in (row["name"] or "")}
    # a name can only be in a title if each of its words is in one
    names = sorted((name for name in whole if words.issuperset(re.findall(r"\w+", name))), key=len)
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, reversed(names)))})\b")
    named = [(title, name) for title in titles for name in pattern.findall(title) if name]
    rows = ctx.rows.join(ctx.texts(["title", "name"], named), on="title", how="inner")
    helper = "event_actors" if ctx.table.name == "events" else "agreement_actors"
    parts = ctx[helper].select(key, "actor_id").join(people, on="actor_id", how="inner")
    return without(rows, parts, [key, "name"])
