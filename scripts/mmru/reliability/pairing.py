"""Two codings of one article: which record of the one is which record of the other.

Coders choose ids of their own, so records are recognised by what they are and by the words they cite.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment

from mmru.io.yaml_file import mappings
from mmru.model.claim import IDENTITY
from mmru.model.schema import Schemas
from mmru.seeds.extract import Extraction
from mmru.seeds.reader import Coding
from mmru.seeds.rows import ClaimRow

Key = tuple[str, str]  # the table of a record, and its id
PAIRED = ("actors", "places", "events", "agreements", "reactions")  # the tables whose records are paired
# what makes the kind of a record; being of one kind counts as much as sharing half of the words cited
KIND = {"events": ("event_type",), "agreements": ("agreement_type", "sectors"), "reactions": ("kind",)}
SAME_KIND = 0.5
SIMILAR_NAMES = 80  # of 100
TIE = 0.01  # what equal values add: enough to choose between records that cite the same words


@dataclass(frozen=True)
class Coded:
    """A record as one coder has it: its registered row, the claims about it, and what it cites."""

    key: Key
    row: Mapping[str, Any]
    claims: tuple[ClaimRow, ...]
    cited: frozenset[tuple[int, int]]

    @cached_property
    def said(self) -> dict[str, list[str]]:
        """The values claimed for each field, in the order of the claims."""
        found: dict[str, list[str]] = defaultdict(list)
        for claim in self.claims:
            if claim.field != IDENTITY and claim.value not in found[claim.field]:
                found[claim.field].append(claim.value)
        return dict(found)

    @cached_property
    def named(self) -> frozenset[tuple[int, int]]:
        """The characters by which the article names the record."""
        found = (_characters(c) for c in self.claims if c.field == IDENTITY)
        return frozenset(place for characters in found for place in characters)

    @property
    def facts(self) -> set[tuple[str, str]]:
        return {(field, value) for field, values in self.said.items() for value in values}

    @property
    def kind(self) -> set[str]:
        """The codes that make the kind of an event, an agreement or a reaction."""
        return {code for name in KIND[self.key[0]] for code in self.said.get(name, ())}


@dataclass(frozen=True)
class Coder:
    """One coder's reading of one article."""

    extraction: Extraction
    records: Mapping[Key, Coded]


@dataclass(frozen=True)
class Paired:
    """Two readings of one article, and their records, paired as far as they are the same.

    `same` gives the first coder's record for each of the second's that was paired.
    """

    first: Coder
    second: Coder
    same: Mapping[Key, Key]

    @property
    def source_id(self) -> str:
        return str(self.first.extraction.source["source_id"])

    def records(self, table: str) -> list[tuple[Coded | None, Coded | None]]:
        """The records of a table: those of both coders as pairs, those of one with None."""
        second = {self.same.get(key, key): r for key, r in self.second.records.items()}
        mine = [r for key, r in self.first.records.items() if key[0] == table]
        both: list[tuple[Coded | None, Coded | None]] = [(r, second.get(r.key)) for r in mine]
        alone = (r for key, r in self.second.records.items() if key[0] == table and key not in self.same)
        return both + [(None, r) for r in alone]

    def both(self, table: str) -> Iterator[tuple[Coded, Coded]]:
        """The records of a table that both coders have."""
        return ((a, b) for a, b in self.records(table) if a and b)


def coder(extraction: Extraction, coding: Coding, schemas: Schemas) -> Coder:
    """One coder's records in one article: those with claims, and the actors and places these name."""
    claims: dict[Key, list[ClaimRow]] = defaultdict(list)
    cited: dict[Key, set[tuple[int, int]]] = defaultdict(set)
    cited["actors", str(extraction.source["publisher_actor_id"])] = set()
    for claim in extraction.claims:
        claims[claim.record_table, claim.record_id].append(claim)
        for key in _named(claim, schemas):
            cited[key] |= _characters(claim)
    rows = {
        (table, str(row[schemas.tables[table].primary_key[0]])): row
        for table, document in coding.registry.items()
        for _, row in mappings(document.data)
    }
    _add_words_of_holders(cited, extraction.claims)
    _add_wholes(cited, rows, schemas)
    source = _source(extraction)
    records = {source: Coded(source, extraction.source, (), frozenset())}
    records |= {
        key: Coded(key, rows.get(key, {}), tuple(claims.get(key, ())), frozenset(cited[key]))
        for key in sorted(cited)
    }
    return Coder(extraction, records)


def _source(extraction: Extraction) -> Key:
    return "sources", str(extraction.source["source_id"])


def _named(claim: ClaimRow, schemas: Schemas) -> Iterator[Key]:
    """The records that a claim speaks of: its own, the one it gives as a value, its speaker."""
    yield claim.record_table, claim.record_id
    field = schemas.field(claim.record_table, claim.field)
    if field and field.target in ("actors", "places"):
        yield field.target, claim.value
    if claim.attributed_to_actor_id:
        yield "actors", claim.attributed_to_actor_id


def _add_words_of_holders(cited: dict[Key, set[tuple[int, int]]], claims: list[ClaimRow]) -> None:
    """Add the words that a reaction cites to those that speak of its holder."""
    for claim in claims:
        if claim.record_table == "reactions" and claim.field == "actor_id":
            cited["actors", claim.value] |= cited["reactions", claim.record_id]


def _add_wholes(
    cited: dict[Key, set[tuple[int, int]]], rows: Mapping[Key, Mapping[str, Any]], schemas: Schemas
) -> None:
    """Add the actors and places of which those that are cited are a part; they cite nothing themselves."""
    found = list(cited)
    while found:
        table, record = found.pop()
        for name in ("part_of_actor_id", "part_of_place_id"):
            whole = (table, str(rows.get((table, record), {}).get(name)))
            if name in schemas.tables[table].names and whole in rows and whole not in cited:
                cited[whole] = set()
                found.append(whole)


def _characters(claim: ClaimRow) -> set[tuple[int, int]]:
    if claim.line is None or claim.char_start is None or claim.char_end is None:
        return set()
    return {(claim.line, n) for n in range(claim.char_start, claim.char_end)}


def pair(first: Coder, second: Coder) -> Paired:
    """Pair the records of two coders, in each table so that the pairs are together as like as can be.

    The article is one source, and its publisher one actor.
    """
    mine, other = (("actors", str(c.extraction.source["publisher_actor_id"])) for c in (first, second))
    same = {other: mine, _source(second.extraction): _source(first.extraction)}
    for table in PAIRED:
        ours = [r for k, r in first.records.items() if k[0] == table and k != mine]
        theirs = [r for k, r in second.records.items() if k[0] == table and k != other]
        likeness = np.array([[_likeness(a, b) for b in theirs] for a in ours]).reshape(len(ours), len(theirs))
        for row, column in zip(*linear_sum_assignment(likeness, maximize=True)):
            if likeness[row, column]:
                same[theirs[column].key] = ours[row].key
    return Paired(first, second, same)


def _likeness(a: Coded, b: Coded) -> float:
    """How like two records of one table are; 0 where they are not the same.

    Actors and places are the same where they have a name in common, or similar names or, for
    actors, one kind, and share cited characters. Other records are like as far as they share all the
    characters cited, and those that name them (Sørensen–Dice coefficients), and are of one kind
    (Jaccard index of its codes); of records that cite the same words, those are liker that say the same.
    """
    names = a.key[0] in ("actors", "places")
    if names and _names(a) & _names(b):
        return 3.0
    if not a.cited & b.cited:
        return 0.0
    shared = _dice(a.cited, b.cited)
    if not names:
        words = (shared + _dice(a.named, b.named)) / 2
        return words + SAME_KIND * _jaccard(a.kind, b.kind) + TIE * _jaccard(a.facts, b.facts)
    similar = max((fuzz.token_sort_ratio(x, y) for x in _names(a) for y in _names(b)), default=0)
    if similar >= SIMILAR_NAMES:
        return shared + 1
    return shared if a.row.get("kind") == b.row.get("kind") and a.key[0] == "actors" else 0.0


def _jaccard(a: set[Any], b: set[Any]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def _dice(a: frozenset[tuple[int, int]], b: frozenset[tuple[int, int]]) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def _names(record: Coded) -> set[str]:
    """The names of an actor or a place, brought to one form."""
    row = record.row
    given = [row.get(name) for name in ("name", "name_my", "name_ru", "name_zh")] + row.get("aliases", [])
    plain = (unicodedata.normalize("NFKD", str(name)).casefold() for name in given if name)
    return {re.sub(r"\W+", " ", re.sub(r"^the ", "", name)).strip() for name in plain}
