"""Find the records that words, dates, names or ids could mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from math import log
from typing import NamedTuple

from rapidfuzz import fuzz, process

from mmru.curating.entries import Claim, Entries, Entry
from mmru.curating.names import Found, is_unspaced, latin, words
from mmru.errors import InvalidDataset, listed
from mmru.model.claim import IDENTITY
from mmru.model.edtf import Span, parse
from mmru.model.written_dates import Dated, dates
from mmru.seeds.reader import REGISTRY

_LIKE_EDTF = re.compile(r"\d{4}|\d{3}X|\d{4}[-~?%X/].*|[\[{/.]+\d{3}.*")
_SIMILAR = 80  # percent of equal characters of a misspelt word
_NEAR = 60  # percent, of a name that may be meant
_CITED = 3  # claims shown of a record
# the fields that say most about a record; the first ones are shown
_FIELDS = ("date", "milestones.signed.date", "event_type", "agreement_type", "actor_id", "status", "place_id")
# scores of a term: the record itself, a record that it is linked to, a day, a month, a longer time
_ITSELF, _LINKED = 8.0, 4.0
_PRECISE = {"day": 4.0, "month": 3.0}
_VAGUE = 1.5


class Query(NamedTuple):
    """What is sought: days, records that are named, each with its other meanings, and other words."""

    spans: list[Span]
    records: list[frozenset[str]]
    words: list[str]


def query(known: Entries, given: Sequence[str]) -> Query:
    """Return what the words of a command mean; raise InvalidDataset without any, or for a bad date."""
    spans, rest, records = [], [], []
    for word in " ".join(given).split():
        if word in known.by_id:
            records.append(frozenset([word]))
        elif _LIKE_EDTF.fullmatch(word):
            spans.append(span_of(word, word))
        else:
            rest.append(word)
    text = " ".join(rest)
    # of a date without a year, only the words are sought
    dated = [found for found in dates(text) if "XXXX" not in found.date]
    text = blanked(text, dated)
    named = list(known.names.find(text, any_case=True))
    spans += [parse(found.date) for found in dated]
    records += [found.records for found in named]
    sought = Query(spans, records, words(blanked(text, named)))
    if not any(sought):
        fix = "write words of a title, a date as 2025-03, or the name or id of an actor or a place"
        raise InvalidDataset.of("find", "R09", "there is no word to search for", fix)
    return sought


def blanked(text: str, ranges: Iterable[Dated | Found]) -> str:
    """Return a text with blanks in place of the dates or names that were found in it."""
    for start, end, _ in ranges:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def span_of(written: str, subject: str) -> Span:
    """Return the days of a date in EDTF; raise InvalidDataset with the subject if it is malformed."""
    try:
        return parse(written)
    except ValueError as error:
        fix = getattr(error, "fix", "write a date as 2025-03-04, 2025-03 or 2025-03-01/2025-03-10")
        raise InvalidDataset.of(subject, "C04", str(error), fix) from None


def find(known: Entries, sought: Query, table: str | None = None) -> list[Entry]:
    """Return the records that fit most parts of a query, best first."""
    scores: dict[str, list[float]] = defaultdict(list)
    for part in _parts(known, sought):
        for record, score in part.items():
            if table is None or known.by_id[record].table == table:
                scores[record].append(score)
    most = max(map(len, scores.values()), default=0)
    ranked = sorted((-sum(found), record) for record, found in scores.items() if len(found) == most)
    return [known.by_id[record] for _, record in ranked]


def _parts(known: Entries, sought: Query) -> Iterator[Mapping[str, float]]:
    """Yield for each part of a query the scores of the records that fit it."""
    dated = [(entry.id, entry.span) for entry in known.by_id.values() if entry.span]
    for span in sought.spans:
        yield {name: _PRECISE.get(of.precision, _VAGUE) for name, of in dated if overlap(of, span)}
    for records in sought.records:
        linked = (entry.id for record in records for entry in known.linked_to.get(record, ()))
        yield dict.fromkeys(linked, _LINKED) | dict.fromkeys(records, _ITSELF)
    if sought.words:
        index = WordIndex(known)
        yield from map(index.scores, sought.words)


def overlap(one: Span, other: Span) -> bool:
    """Return whether two dates can mean the same day; an unknown beginning is at most a year back."""
    spans = ((a, b) for a in one.members or (one,) for b in other.members or (other,))
    return any(_reaches(a, b) and _reaches(b, a) for a, b in spans)


def _reaches(one: Span, other: Span) -> bool:
    """Return whether a date ends on or after the first day of another one."""
    begins = other.earliest or (other.latest or date.max) - timedelta(days=366)
    return one.latest is None or one.latest >= begins


class WordIndex:
    """The records by the words of their titles, descriptions, codes, and of the names that they link to."""

    def __init__(self, known: Entries) -> None:
        self._weights: dict[str, dict[str, float]] = defaultdict(dict)
        for entry in known.by_id.values():
            linked = (known.by_id[record].own_words for record in entry.linked)
            for weight, found in (
                (0.5, set[str]().union(*linked)),
                (1, entry.other_words),
                (3 if entry.names else 2, entry.own_words),
            ):
                for word in found:
                    self._weights[word][entry.id] = weight
        self._count = len(known.by_id)

    def scores(self, word: str) -> dict[str, float]:
        """Return the scores of the records with a word, or else with its beginning or a similar word."""
        similar = {word: 1.0} if word in self._weights else dict(self._similar(word))
        found: dict[str, float] = {}
        for known, likeness in similar.items():
            # a word tells more, the fewer records have it
            rarity = log(1 + self._count / len(self._weights[known]))
            for record, weight in self._weights[known].items():
                found[record] = max(found.get(record, 0), weight * likeness * rarity)
        return found

    def _similar(self, word: str) -> Iterator[tuple[str, float]]:
        if is_unspaced(word):
            yield from (
                (known, 0.9) for known in self._weights if word in known or (len(known) > 1 and known in word)
            )
            return
        yield from ((known, 0.8) for known in self._weights if len(word) > 2 and known.startswith(word))
        # imported words are compared in Latin letters, so that Лавров finds Lavrov
        spelt = latin(word)
        for known, percent, _ in process.extract(
            spelt, sorted(self._weights), scorer=fuzz.ratio, score_cutoff=_SIMILAR, limit=5
        ):
            yield known, percent / 200


def lines(entries: Iterable[Entry], sought: Query) -> Iterator[str]:
    """Yield the lines to print: of each record its id, title, date and status, then what sources say."""
    for entry in entries:
        facts = ", ".join(fact for fact in (entry.date, entry.status) if fact)
        yield "  ".join(part for part in (entry.id, entry.label, facts) if part)
        cited = [_cited(entry, claim) for claim in _telling(entry, sought)]
        yield f"    {'; '.join(cited) or 'registered; no source in data/ names it yet'}"


def _telling(entry: Entry, sought: Query) -> list[Claim]:
    """Return one claim of each source: those that name what is sought, then those that say most."""
    named = frozenset[str]().union(*sought.records) - {entry.id}

    def order(claim: Claim) -> tuple[bool, bool, int, str, int]:
        place = _FIELDS.index(claim.field) if claim.field in _FIELDS else len(_FIELDS)
        return claim.value not in named, claim.field == IDENTITY, place, claim.source, claim.line or 0

    first: dict[str, Claim] = {}
    for claim in sorted(entry.claims, key=order):
        first.setdefault(claim.source, claim)
    return list(first.values())[:_CITED]


def _cited(entry: Entry, claim: Claim) -> str:
    line = f" L{claim.line}" if claim.line else ""
    if claim.record != entry.id:
        return f"{claim.source}{line}: {claim.field} of {claim.record}"
    return f"{claim.source}{line}: {claim.field} {claim.value}".removesuffix(f" {entry.id}")


def nothing_found(known: Entries, given: Sequence[str], table: str | None) -> str:
    """Return a line with what was searched, and the names that are nearest to the words."""
    entries = [entry for entry in known.by_id.values() if table in (None, entry.table)]
    named = {name: latin(name) for entry in entries for name in entry.names or [entry.label]}
    sought = latin(" ".join(given))
    near = process.extract(sought, named, scorer=fuzz.WRatio, score_cutoff=_NEAR, limit=3)
    searched = table or listed(REGISTRY)
    hint = " or ".join(f"'{name}'" for _, _, name in near)
    message = f"found nothing for '{' '.join(given)}' in {searched}"
    return f"{message}; did you mean {hint}?" if hint else f"{message}; try fewer words, or another spelling"
