"""Rules on records that a reader would take for one; `distinct_from` in the registry settles a pair.

Names are alike if they are equal but for case, accents, look-alike letters, spelling or order.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations

import narwhals as nw
from narwhals import col

from mmru.checks.registry import OTHER, ROW, Frame, RuleContext, rule, within, without
from mmru.checks.rules.wholes import self_references
from mmru.checks.times import record_times
from mmru.model.claim import IDENTITY

SETTLE = "merge the two, or list the other in distinct_from at its entry in the registry"
OBJECT = [
    *("actor_id", "kind", "about_event_id", "about_agreement_id", "about_actor_id", "about_relationship"),
]
AGREEING = ["party", "signatory"]  # roles by which agreements are told apart
LATEST = 2**31 - 1  # character of a claim that cites a whole line
Named = tuple[str, str, Sequence[str], Sequence[str]]  # id, kind, names, other names
Pair = tuple[str, str]
SHORTEST = 7  # letters of a name in which one of them may differ
_LOOK_ALIKE = str.maketrans("авеіјкмнорсѕтухαβεικνορτυχ", "abeijkmhopcstyxabeiknoptyx")
_ACCENTS = re.compile("[\u0300-\u036f]")
_SOUND_ALIKE = str.maketrans("yjw", "iiv")
_WORD = re.compile(r"[^\W_]+")
_DOUBLED = re.compile(r"([^\W\d])\1+")


@rule(
    "P50",
    "actors places events agreements",
    "its name, alias or title differs from that of {other} only in spelling or the order of words",
    SETTLE,
)
def named_alike(ctx: RuleContext) -> Frame:
    return _unsettled(ctx, ctx.view(_ALIKE[ctx.table.name]))


@rule(
    "P51",
    "events agreements reactions",
    "it has the same type and actors as {other}, and the same time or the same words",
    SETTLE,
)
def reported_alike(ctx: RuleContext) -> Frame:
    return _unsettled(ctx, ctx.view(_SAME[ctx.table.name]))


@rule(
    "P52",
    "actors places events agreements reactions",
    "its distinct_from names {other}, but the two are not alike",
    "remove it from distinct_from",
)
def settled_for_a_reason(ctx: RuleContext) -> Frame:
    key, name = ctx.key, ctx.table.name
    if not any(table == name for table, _, _ in ctx.distinct):
        return _first(ctx, _pairs(ctx, []))
    pairs = nw.concat(
        [ctx.view(views[name]).select(key, OTHER) for views in (_ALIKE, _SAME) if name in views]
    )
    back = pairs.select(col(OTHER).alias(key), col(key).alias(OTHER))
    settled = without(_settled(ctx), nw.concat([pairs, back]), [key, OTHER])
    listed = _pairs(ctx, [pair for table, *pair in ctx.distinct if table == name])
    return _first(ctx, within(listed, settled, [key, OTHER]))


def _unsettled(ctx: RuleContext, pairs: Frame) -> Frame:
    """Return the later record of each pair that is not settled, with the first such other record."""
    key = ctx.key
    later = pairs.filter(col(key) > col(OTHER))
    return _first(ctx, without(later, _settled(ctx), [key, OTHER]))


def _first(ctx: RuleContext, pairs: Frame) -> Frame:
    key = ctx.key
    return ctx.rows.join(pairs.select(key, OTHER), on=key, how="inner").group_by(ROW).agg(col(OTHER).min())


def _settled(ctx: RuleContext) -> Frame:
    """Return the pairs of the table that distinct_from lists, in both orders."""
    listed = [pair for table, *pair in ctx.distinct if table == ctx.table.name]
    return _pairs(ctx, [*listed, *(pair[::-1] for pair in listed)])


def _pairs(ctx: RuleContext, pairs: Iterable[Iterable[str]]) -> Frame:
    """Return pairs of ids as a frame with the key of the table and OTHER."""
    return ctx.texts([ctx.key, OTHER], map(tuple, pairs))


def _alike(ctx: RuleContext) -> Frame:
    """Return the pairs of records whose names or titles are alike, the later id first."""
    key = ctx.key
    columns = ("name", "title", "kind", "aliases", "name_my", "name_ru", "name_zh", f"part_of_{key}")
    present = [name for name in columns if name in ctx.table.names]
    rows = {row[key]: row for row in ctx.to_dicts(ctx.rows.select(key, *present)) if row[key]}
    if "name" in present:
        found = pairs_alike((k, row["kind"] or "", *_names(row)) for k, row in rows.items())
        # a country and its capital may have one name
        whole = {k: row[f"part_of_{key}"] for k, row in rows.items()}
        found = [(a, b) for a, b in found if whole[a] != b and whole[b] != a]
    else:
        found = pairs_alike((k, "", [row["title"]] if row["title"] else [], []) for k, row in rows.items())
    return _pairs(ctx, found)


def _names(row: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return the name of an actor or place, and its other names."""
    others = [row.get(name) for name in ("name_my", "name_ru", "name_zh")]
    aliases = row.get("aliases") or []
    assert isinstance(aliases, list)
    return [str(row["name"] or "")], [str(name) for name in (*others, *aliases) if name]


def _same_events(ctx: RuleContext) -> Frame:
    """Return the pairs of events of one type with the same actors, or those of one among the other's."""
    typed = ctx.rows.select("event_id", "event_type")
    held = ctx["event_actors"].join(typed, on="event_id", how="inner")
    return _at_one_time(ctx, _sharing(held, "event_id", ["event_type", "actor_id", "role"]))


def _same_agreements(ctx: RuleContext) -> Frame:
    """Return the pairs of agreements of one type between the same parties, not in other sectors."""
    typed = ctx.rows.select("agreement_id", "agreement_type")
    held = ctx["agreement_actors"].filter(col("role").is_in(AGREEING))
    held = held.join(typed, on="agreement_id", how="inner")
    pairs = _sharing(held, "agreement_id", ["agreement_type", "actor_id", "role"])
    pair = ["agreement_id", OTHER]
    sectors = ctx.rows.select("agreement_id", "sectors").filter(~col("sectors").is_null()).explode("sectors")
    with_sectors = sectors.select("agreement_id")
    both = within(
        within(pairs, with_sectors, ["agreement_id"]), with_sectors.rename({"agreement_id": OTHER}), [OTHER]
    )
    apart = without(both, _with_common(both, "agreement_id", sectors, "sectors"), pair)
    return _at_one_time(ctx, without(pairs, apart, pair))


def _same_reactions(ctx: RuleContext) -> Frame:
    """Return the pairs of reactions of one holder and kind to one object.

    They have the same words, or the same stance and a common topic in different sources.
    """
    named = [col(name).cast(nw.String).fill_null("") for name in (*OBJECT, "stance")]
    rows = ctx.rows.select("reaction_id", "topics", *named)
    worded = within(_joined(rows, "reaction_id", OBJECT), _same_words(ctx), ["reaction_id", OTHER])
    topics = rows.explode("topics").with_columns(col("topics").fill_null(""))
    pairs = (
        _joined(topics, "reaction_id", [*OBJECT, "stance", "topics"]).select("reaction_id", OTHER).unique()
    )
    sources = (
        ctx["claims"]
        .filter(col("record_table") == "reactions")
        .select(col("record_id").alias("reaction_id"), "source_id")
        .unique()
    )
    common = _with_common(pairs, "reaction_id", sources, "source_id")
    pairs = _overlapping(ctx, without(pairs, common, ["reaction_id", OTHER]))
    found = [frame.select("reaction_id", OTHER) for frame in (worded, pairs)]
    return ctx.collected(nw.concat(found).unique())


# a view for each table
_ALIKE = {name: partial(_alike) for name in ("actors", "places", "events", "agreements")}
_SAME: dict[str, Callable[[RuleContext], Frame]] = {
    "events": _same_events,
    "agreements": _same_agreements,
    "reactions": _same_reactions,
}


def _sharing(held: Frame, key: str, on: list[str]) -> Frame:
    """Return the pairs of records that share all members of at least one of them.

    The members of a record can all be in another one only if its rarest member is.
    """
    sizes = held.group_by(key).agg(nw.len().alias("size"))
    members = held.select(key, *on)
    counts = members.group_by(*on).agg(nw.len().alias("records"))
    counted = members.join(counts, on=on, how="inner")
    rarest = counted.unique(key, keep="first", order_by=["records", *on]).select(key, *on)
    pairs = rarest.join(members.rename({key: OTHER}), on=on, how="inner").filter(col(key) != col(OTHER))
    pairs = pairs.select(key, OTHER)
    shared = pairs.join(members, on=key, how="inner")
    shared = shared.join(members.rename({key: OTHER}), on=[OTHER, *on], how="inner")
    shared = shared.group_by(key, OTHER).agg(nw.len().alias("shared")).join(sizes, on=key, how="inner")
    whole = shared.filter(col("shared") == col("size")).select(key, OTHER)
    later = col(key) > col(OTHER)
    turned = whole.filter(~later).select(col(OTHER).alias(key), col(key).alias(OTHER))
    return nw.concat([whole.filter(later), turned]).unique()


def _joined(rows: Frame, key: str, on: list[str]) -> Frame:
    """Return the pairs of records that are equal in these columns, the later id first."""
    others = rows.select(col(key).alias(OTHER), *on)
    return rows.select(key, *on).join(others, on=on, how="inner").filter(col(key) > col(OTHER))


def _with_common(pairs: Frame, key: str, members: Frame, column: str) -> Frame:
    """Return the pairs that have a member in common."""
    others = members.rename({key: OTHER})
    return pairs.join(members, on=key, how="inner").join(others, on=[OTHER, column], how="inner")


def _at_one_time(ctx: RuleContext, pairs: Frame) -> Frame:
    """Return the pairs whose times overlap, or that have the same words; parts of each other are left out."""
    key = ctx.key
    found = [_overlapping(ctx, pairs), within(pairs, _same_words(ctx), [key, OTHER])]
    together = nw.concat([frame.select(key, OTHER) for frame in found]).unique()
    for column in self_references(ctx.table):
        for names in ({key: key, column: OTHER}, {key: OTHER, column: key}):
            part = ctx.rows.select(*(col(name).alias(alias) for name, alias in names.items()))
            together = without(together, part, [key, OTHER])
    return ctx.collected(together)


def _overlapping(ctx: RuleContext, pairs: Frame) -> Frame:
    """Return the pairs whose times have a day in common; an open or unknown time has every day."""
    key = ctx.key
    times = record_times(ctx)
    pairs = pairs.join(times, on=key, how="left")
    others = times.rename({key: OTHER, "begins": "other_begins", "ends": "other_ends"})
    pairs = pairs.join(others, on=OTHER, how="left")
    before = (col("ends") < col("other_begins")).fill_null(False)
    return pairs.filter(~before & ~(col("other_ends") < col("begins")).fill_null(False))


def _same_words(ctx: RuleContext) -> Frame:
    """Return the pairs of records that one source identifies by the same words, the later id first."""
    key = ctx.key
    identities = (col("record_table") == ctx.table.name) & (col("field") == IDENTITY)
    cited = ctx["claims"].filter(identities & ~col("line").is_null())
    cited = cited.select(
        *("source_id", "line", col("record_id").alias(key)),
        col("char_start").fill_null(0).alias("start"),
        col("char_end").fill_null(LATEST).alias("end"),
    )
    others = cited.rename({key: OTHER, "start": "other_start", "end": "other_end"})
    pairs = cited.join(others, on=["source_id", "line"], how="inner").filter(col(key) > col(OTHER))
    return pairs.filter((col("start") < col("other_end")) & (col("other_start") < col("end")))


def pairs_alike(records: Iterable[Named]) -> list[Pair]:
    """Return the pairs of ids of records whose names are alike, the later id first.

    Names, aliases and names in other scripts are compared as wholes. In a long name one letter may
    differ, among records of one kind.
    """
    groups: defaultdict[tuple[str, ...], set[tuple[str, str]]] = defaultdict(set)
    blocks: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    listed = list(records)
    spellings = _spellings({name for _, _, names, others in listed for name in (*names, *others)})
    for key, kind, names, others in listed:
        for name in (*names, *others):
            for folded in spellings[name]:
                groups["", folded].add((key, folded))
                if name in names and len(folded) >= SHORTEST:
                    blocks[kind, "".join(filter(str.isdigit, folded))].add((key, folded))
    for block, members in blocks.items():
        if len({key for key, _ in members}) > 1:
            for key, folded in members:
                for shorter in _without_a_letter(folded):
                    groups[*block, shorter].add((key, folded))
    found = (pair for members in groups.values() if len(members) > 1 for pair in _near(members))
    return sorted(set(found))


def _near(members: Iterable[tuple[str, str]]) -> Iterator[Pair]:
    from rapidfuzz.distance import DamerauLevenshtein

    for (one, name), (other, other_name) in combinations(sorted(members), 2):
        if one != other and DamerauLevenshtein.distance(name, other_name, score_cutoff=1) <= 1:
            yield other, one


def _spellings(names: Iterable[str]) -> dict[str, set[str]]:
    """Return each name as it is compared: its words in their order, and in that of the alphabet."""
    listed = list(names) or [""]
    # a name in each line, because one long text takes less time than many short ones
    lines = "\n".join(name.replace("\n", " ") for name in listed)
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", lines)).casefold().translate(_LOOK_ALIKE)
    words = [_WORD.findall(line) or [line] for line in unicodedata.normalize("NFC", plain).split("\n")]
    orders = ("\n".join(map("".join, each)) for each in (words, map(sorted, words)))
    spelled = (_spelled(order).split("\n") for order in orders)
    return {name: {*found} for name, *found in zip(listed, *spelled, strict=True)}


def _spelled(text: str) -> str:
    return _DOUBLED.sub(r"\1", text.translate(_SOUND_ALIKE).replace("ck", "k"))


def _without_a_letter(name: str) -> Iterator[str]:
    yield name
    yield from (name[:n] + name[n + 1 :] for n in range(len(name)))
