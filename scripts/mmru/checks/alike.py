"""Names that people take for one: equal but for case, accents, look-alike letters, spelling or order."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

Named = tuple[str, str, Sequence[str], Sequence[str]]  # id, kind, names, other names
Pair = tuple[str, str]
SHORTEST = 7  # letters of a name in which one of them may differ
_LOOK_ALIKE = str.maketrans("авеіјкмнорсѕтухαβεικνορτυχ", "abeijkmhopcstyxabeiknoptyx")
_ACCENTS = re.compile("[\u0300-\u036f]")
_SOUND_ALIKE = str.maketrans("yjw", "iiv")
_WORD = re.compile(r"[^\W_]+")
_DOUBLED = re.compile(r"([^\W\d])\1+")


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
    found = (pair for members in groups.values() if len(members) > 1 for pair in _pairs(members))
    return sorted(set(found))


def _pairs(members: Iterable[tuple[str, str]]) -> Iterator[Pair]:
    from rapidfuzz.distance import DamerauLevenshtein

    for (one, name), (other, other_name) in combinations(sorted(members), 2):
        if one != other and DamerauLevenshtein.distance(name, other_name, score_cutoff=1) <= 1:
            yield other, one


def _spellings(names: Iterable[str]) -> dict[str, set[str]]:
    """Return each name as it is compared: its words in their order, and in that of the alphabet."""
    listed = list(names)
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
