"""Propose the records that a new text may be about, by the names, dates and words in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from math import fsum, log
from typing import NamedTuple

from mmru.curating.entries import Entries, Entry
from mmru.curating.find import overlap
from mmru.curating.names import Found, words
from mmru.model.locator import Locator, passages
from mmru.model.written_dates import Dated, dates

MOST = 30  # proposals
_MOST_NAMED = 15  # of them, actors and places
_PLACES = 3  # locators of a proposal
_TELLING = 1.25  # as many names or words that one record alone has tell enough
_NAMED, _TITLED, _DATED = 2.0, 2.5, 3.0  # weights of the names, the title and the date of a record
_ENOUGH = 0.4  # score of a record that may be meant; 1 where all that is known of it is in one line
_ELSEWHERE = 0.4  # what a name or word in another line counts
_OF_DATES = {"day": 1.0, "month": 0.7, "one-of": 0.8, "interval": 0.7}  # what a date in common counts
_VAGUE = 0.3
_OF_TITLES = ("events", "agreements")


class Line(NamedTuple):
    """A line of a text: its names and dates with their locators, and its words."""

    names: list[tuple[str, Found]]
    dates: list[tuple[str, Dated]]
    words: set[str]


class Proposal(NamedTuple):
    """A record, how well it fits, and the places of what leads to it."""

    score: float
    entry: Entry
    places: list[str]


def proposals(known: Entries, text: str, published: date | None) -> list[str]:
    """Return the lines to write into a new extraction: ids, titles and locators, best first."""
    lines = list(_lines(known, text, published))
    records = sorted(_records(known, lines, published), key=lambda p: (-p.score, p.entry.id))
    named = sorted(_named(known, lines), key=lambda p: (-p.score, p.entry.id))[:_MOST_NAMED]
    chosen = [*records[: MOST - len(named)], *named]
    shown = {place for proposal in chosen for place in proposal.places}
    others = (f"{found.date}: {place}" for line in lines for place, found in line.dates if place not in shown)
    dated = (line for line in others if not line.startswith(f"{published}:"))
    return [*map(_line, chosen), *islice(dated, MOST - len(chosen))]


def _line(proposal: Proposal) -> str:
    entry = proposal.entry
    title = f"{entry.label} ({entry.date})" if entry.date else entry.label
    return f"{entry.id}: {title}: {' '.join(proposal.places)}"


def _lines(known: Entries, text: str, published: date | None) -> Iterator[Line]:
    written = text.split("\n")
    for passage in passages(text):
        line, number = written[passage.line - 1], passage.line
        names = [(str(Locator.of(number, line, *f[:2])), f) for f in known.names.find(line)]
        found = [(str(Locator.of(number, line, *d[:2])), d) for d in dates(line, published)]
        yield Line(names, found, {stem(word) for word in words(line)})


def stem(word: str) -> str:
    """Return an English word without the commonest endings, so that visited is a visit."""
    for ending in ("ings", "ing", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) > 3:
            return word.removesuffix(ending)
    return word


def _named(known: Entries, lines: Iterable[Line]) -> Iterator[Proposal]:
    """Yield the actors and places that a text names, by how often."""
    places: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        for place, found in line.names:
            for record in found.records:
                places[record].append(place)
    for record, found_at in places.items():
        yield Proposal(len(found_at), known.by_id[record], found_at[:_PLACES])


class _Weights:
    """How much a name or a word tells of which record is meant: more, the fewer records have it."""

    def __init__(self, known: Entries, entries: list[Entry]) -> None:
        self._counts: dict[str, int] = defaultdict(int)
        self.links: dict[str, set[str]] = {}
        self.words: dict[str, set[str]] = {}
        for entry in entries:
            links = {record for record in entry.linked if known.by_id[record].names}
            named = {stem(word) for record in links for word in known.by_id[record].own_words}
            title = {stem(word) for word in words(entry.label) if len(word) > 3 and not word.isdecimal()}
            self.links[entry.id], self.words[entry.id] = links, title - named
            for term in (*links, *self.words[entry.id]):
                self._counts[term] += 1
        self._all = len(entries)
        self._enough = _TELLING * log(1 + self._all)

    def share(self, terms: set[str], found: set[str]) -> float:
        """Return the share of terms that are found, by their weights; less where all of them tell little."""
        return self._of(terms & found) / (max(self._of(terms), self._enough) or 1)

    def _of(self, terms: Iterable[str]) -> float:
        # exact, so that the order of the set makes no difference
        return fsum(log(1 + self._all / self._counts[term]) for term in terms)


def _records(known: Entries, lines: list[Line], published: date | None) -> Iterator[Proposal]:
    """Yield the events and agreements that fit one line of the text, with the other lines, well enough."""
    entries = [entry for entry in known.by_id.values() if entry.table in _OF_TITLES]
    weights = _Weights(known, entries)
    whole = Line(
        [name for line in lines for name in line.names],
        [dated for line in lines for dated in line.dates],
        set[str]().union(*(line.words for line in lines)),
    )
    for entry in entries:
        if published and entry.span and (entry.span.earliest or date.min) > published:
            continue
        best = max(lines, key=lambda line: _score(weights, entry, line))
        score = _ELSEWHERE * _score(weights, entry, whole) + (1 - _ELSEWHERE) * _score(weights, entry, best)
        if score >= _ENOUGH:
            evidence = list(_evidence(entry, weights.links[entry.id], best, whole))
            yield Proposal(score, entry, evidence[:_PLACES])


def _score(weights: _Weights, entry: Entry, line: Line) -> float:
    """Return the share of what is known of a record that a line has: its names, its title, its date."""
    named = weights.share(weights.links[entry.id], {r for _, found in line.names for r in found.records})
    dated = max((_agreement(entry, found) for _, found in line.dates), default=0.0)
    title = weights.share(weights.words[entry.id], line.words)
    if not named or not (dated or title):
        return 0
    parts = [(_NAMED, named), (_TITLED, title)] + ([(_DATED, dated)] if entry.span else [])
    return sum(weight * share for weight, share in parts) / sum(weight for weight, _ in parts)


def _agreement(entry: Entry, found: Dated) -> float:
    """Return how much it tells that a record and a text have this date."""
    if not entry.span:
        return 0
    day = entry.span.earliest or entry.span.latest
    span = found.span(day.year) if day else None
    if span is None or not overlap(entry.span, span):
        return 0
    return min(_OF_DATES.get(span.precision, _VAGUE), _OF_DATES.get(entry.span.precision, _VAGUE))


def _evidence(entry: Entry, links: set[str], *lines: Line) -> Iterator[str]:
    """Yield the place of the date that leads to a record, then those of the names, each name once."""
    seen: set[str] = set()
    for line in lines:
        place, best = max(
            ((place, _agreement(entry, found)) for place, found in line.dates),
            key=lambda pair: pair[1],
            default=("", 0.0),
        )
        if best and "date" not in seen:
            seen.add("date")
            yield place
        for place, name in line.names:
            if name.records & links and not name.records & seen:
                seen |= name.records
                yield place
