"""Find which record of one coding of an article is which record of the other coding.

Coders choose their own ids, so records are recognised by what they are and by the words they cite.
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
from mmru.seeds.reader import REGISTRY, Coding
from mmru.seeds.rows import ClaimRow

Key = tuple[str, str]  # the table of a record, and its id
Characters = frozenset[tuple[int, int]]  # places in a text: line, and offset in the line
# the fields that make the kind of a record; the same kind counts as much as half of the cited words
KIND = {"events": ("event_type",), "agreements": ("agreement_type", "sectors"), "reactions": ("kind",)}
SAME_KIND = 0.5
SIMILAR_NAMES = 80  # of 100
TIE = 0.01  # weight of equal values: enough to choose between records that cite the same words


@dataclass(frozen=True)
class CodedRecord:
    """A record of one coder: its registered row, the claims about it, and the characters it cites."""

    key: Key
    row: Mapping[str, Any]
    claims: tuple[ClaimRow, ...]
    cited: Characters

    @cached_property
    def values(self) -> dict[str, list[str]]:
        """The distinct values claimed for each field, in the order of the claims."""
        found: dict[str, list[str]] = defaultdict(list)
        for claim in self.claims:
            if claim.field != IDENTITY and claim.value not in found[claim.field]:
                found[claim.field].append(claim.value)
        return dict(found)

    @cached_property
    def naming(self) -> Characters:
        """The characters by which the article names the record."""
        return frozenset().union(*(_characters(c) for c in self.claims if c.field == IDENTITY))

    @property
    def facts(self) -> set[tuple[str, str]]:
        """Every field with each of its values."""
        return {(field, value) for field, values in self.values.items() for value in values}

    @property
    def kind(self) -> set[str]:
        """The codes that make the kind of an event, an agreement or a reaction."""
        return {code for field in KIND[self.key[0]] for code in self.values.get(field, ())}


@dataclass(frozen=True)
class CodedArticle:
    """One coder's extraction of one article, and its records."""

    extraction: Extraction
    records: Mapping[Key, CodedRecord]

    @property
    def source_key(self) -> Key:
        return "sources", str(self.extraction.source["source_id"])

    @property
    def publisher_key(self) -> Key:
        return "actors", str(self.extraction.source["publisher_actor_id"])


@dataclass(frozen=True)
class ArticlePair:
    """Two codings of one article. `same` maps each paired record of the second to that of the first."""

    first: CodedArticle
    second: CodedArticle
    same: Mapping[Key, Key]

    @property
    def source_id(self) -> str:
        return self.first.source_key[1]

    def records(self, table: str) -> list[tuple[CodedRecord | None, CodedRecord | None]]:
        """Return the records of a table as pairs; a record of one coder alone is paired with None."""
        second = {self.same.get(key, key): r for key, r in self.second.records.items()}
        first = [r for key, r in self.first.records.items() if key[0] == table]
        pairs: list[tuple[CodedRecord | None, CodedRecord | None]] = [(r, second.get(r.key)) for r in first]
        unpaired = (r for key, r in self.second.records.items() if key[0] == table and key not in self.same)
        return pairs + [(None, record) for record in unpaired]

    def shared(self, table: str) -> Iterator[tuple[CodedRecord, CodedRecord]]:
        """Yield the records of a table that both coders have."""
        return ((one, other) for one, other in self.records(table) if one and other)


def coded_article(extraction: Extraction, coding: Coding, schemas: Schemas) -> CodedArticle:
    """Return one coder's records in one article: those with claims, and the actors and places named there."""
    claims: dict[Key, list[ClaimRow]] = defaultdict(list)
    cited: dict[Key, set[tuple[int, int]]] = defaultdict(set)
    cited["actors", str(extraction.source["publisher_actor_id"])] = set()
    for claim in extraction.claims:
        claims[claim.record_table, claim.record_id].append(claim)
        for key in _mentioned(claim, schemas):
            cited[key] |= _characters(claim)
    for claim in extraction.claims:  # who reacts is cited by the words of the reaction
        if claim.record_table == "reactions" and claim.field == "actor_id":
            cited["actors", claim.value] |= cited["reactions", claim.record_id]
    rows = {
        (table, str(row[schemas.tables[table].primary_key[0]])): row
        for table, document in coding.registry.items()
        for _, row in mappings(document.data)
    }
    _add_wholes(cited, rows)
    source = "sources", str(extraction.source["source_id"])
    records = {source: CodedRecord(source, extraction.source, (), frozenset())}
    records |= {
        key: CodedRecord(key, rows.get(key, {}), tuple(claims.get(key, ())), frozenset(cited[key]))
        for key in sorted(cited)
    }
    return CodedArticle(extraction, records)


def _mentioned(claim: ClaimRow, schemas: Schemas) -> Iterator[Key]:
    """Yield the records in a claim: the subject, an actor or place as the value, and the speaker."""
    yield claim.record_table, claim.record_id
    field = schemas.field(claim.record_table, claim.field)
    if field and field.target in ("actors", "places"):
        yield field.target, claim.value
    if claim.attributed_to_actor_id:
        yield "actors", claim.attributed_to_actor_id


def _add_wholes(cited: dict[Key, set[tuple[int, int]]], rows: Mapping[Key, Mapping[str, Any]]) -> None:
    """Add the actors and places that contain a cited one; they cite nothing themselves."""
    found = list(cited)
    for table, record in found:
        for column in ("part_of_actor_id", "part_of_place_id"):
            whole = (table, str(rows.get((table, record), {}).get(column)))
            if whole in rows and whole not in cited:
                cited[whole] = set()
                found.append(whole)


def _characters(claim: ClaimRow) -> set[tuple[int, int]]:
    """Return the characters that a claim cites."""
    if claim.line is None or claim.char_start is None or claim.char_end is None:
        return set()
    return {(claim.line, offset) for offset in range(claim.char_start, claim.char_end)}


def pair_records(first: CodedArticle, second: CodedArticle) -> ArticlePair:
    """Pair the records of two coders, in each table so that the sum of similarities is greatest.

    The article is one source, and its publisher one actor.
    """
    same = {second.publisher_key: first.publisher_key, second.source_key: first.source_key}
    for table in REGISTRY:
        ours = [r for key, r in first.records.items() if key[0] == table and key != first.publisher_key]
        theirs = [r for key, r in second.records.items() if key[0] == table and key != second.publisher_key]
        scores = np.array([[_similarity(a, b) for b in theirs] for a in ours]).reshape(len(ours), len(theirs))
        for row, column in zip(*linear_sum_assignment(scores, maximize=True)):
            if scores[row, column]:
                same[theirs[column].key] = ours[row].key
    return ArticlePair(first, second, same)


def _similarity(a: CodedRecord, b: CodedRecord) -> float:
    """Return how similar two records of one table are; 0 if they are different records.

    Actors and places are the same if they share a name; or if they share cited characters, and have
    similar names or, for actors, the same kind. Other records are compared by the characters that they
    cite and those that name them (Sørensen–Dice coefficients), and by the codes of their kind (Jaccard
    index). Among records that cite the same words, equal values decide.
    """
    have_names = a.key[0] in ("actors", "places")
    if have_names and _names(a) & _names(b):
        return 3.0
    if not a.cited & b.cited:
        return 0.0
    words = _dice(a.cited, b.cited)
    if not have_names:
        words = (words + _dice(a.naming, b.naming)) / 2
        return words + SAME_KIND * _jaccard(a.kind, b.kind) + TIE * _jaccard(a.facts, b.facts)
    similar = max((fuzz.token_sort_ratio(x, y) for x in _names(a) for y in _names(b)), default=0)
    if similar >= SIMILAR_NAMES:
        return words + 1
    return words if a.row.get("kind") == b.row.get("kind") and a.key[0] == "actors" else 0.0


def _jaccard(a: set[Any], b: set[Any]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def _dice(a: Characters, b: Characters) -> float:
    return 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def _names(record: CodedRecord) -> set[str]:
    """Return the names of an actor or a place in a form for comparison."""
    row = record.row
    names = [row.get(name) for name in ("name", "name_my", "name_ru", "name_zh")] + row.get("aliases", [])
    plain = (unicodedata.normalize("NFKD", str(name)).casefold() for name in names if name)
    return {re.sub(r"\W+", " ", re.sub(r"^the ", "", name)).strip() for name in plain}
