"""Recognise the names of the registry in a text, whatever their case, accents, script or Russian endings."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from text_unidecode import unidecode

from mmru.model.characters import DASHES, IGNORABLE, MARKS

_ACCENT = re.compile("[\u0300-\u036f]")
_SAME = MARKS | DASHES | {ord("၀"): "ဝ"}
# scripts without spaces between words: Chinese, Japanese, Burmese
_UNSPACED = re.compile("[\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uaa60-\uaa7f]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_ENDING = re.compile("[аеийоуыэюяь]{1,2}$")
_SPACE = r"\s+"
_WORD = re.compile(r"\w+")
_SHORTEST_SURNAME = 4  # letters
_LONGEST_ACRONYM = 5


class Name(NamedTuple):
    """A name of a record; `is_exact` where only the same case will do, as in US."""

    text: str
    record: str
    is_exact: bool


class Found(NamedTuple):
    """A range of a text that has a name, and the records that have this name."""

    start: int
    end: int
    records: frozenset[str]


@cache
def fold(text: str) -> str:
    """Return a text without case, accents and characters that nobody sees."""
    return "".join(map(_folded, text))


@cache
def latin(text: str) -> str:
    """Return a name in Latin letters, so that names in several scripts can be compared."""
    return fold(str(unidecode(text)))


def words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return _WORD.findall(fold(text))


def is_unspaced(text: str) -> bool:
    """Return whether a text is in a script without spaces between words."""
    return bool(_UNSPACED.search(text))


@cache
def _folded(character: str) -> str:
    if character.isascii():
        return character.lower()
    character = unicodedata.normalize("NFKC", character.translate(_SAME)).casefold()
    return IGNORABLE.sub("", _ACCENT.sub("", unicodedata.normalize("NFD", character)))


class Names:
    """The names of records, to be found in texts."""

    def __init__(self, names: Iterable[Name]) -> None:
        records: dict[tuple[str, bool], set[str]] = defaultdict(set)
        for name in names:
            if folded := fold(name.text).strip():
                records[name.text if name.is_exact else folded, name.is_exact].add(name.record)
        # the longest name first, so that Port Lindos is not found as Lindos
        self._names = sorted(records.items(), key=lambda item: (-len(item[0][0]), item[0]))
        patterns = (f"({_pattern(fold(text))})" for (text, _), _ in self._names)
        self._pattern = re.compile("|".join(patterns) or "(?!)")

    def find(self, text: str, *, any_case: bool = False) -> Iterator[Found]:
        """Yield the names in a text, in order."""
        folded: list[str] = []
        offsets: list[int] = []
        for offset, character in enumerate(text):
            for part in _folded(character):
                folded.append(part)
                offsets.append(offset)
        for match in self._pattern.finditer("".join(folded)):
            assert match.lastindex
            (name, is_exact), records = self._names[match.lastindex - 1]
            start, end = offsets[match.start()], offsets[match.end() - 1] + 1
            if any_case or not is_exact or text[start:end] == name:
                yield Found(start, end, frozenset(records))


def spellings(text: str, record: str, *, is_person: bool, has_surname: bool) -> Iterator[Name]:
    """Yield a name as it can be in a text: whole, and of a person the surname alone."""
    if "(" in text:
        return
    yield Name(text, record, text.isupper() and text.isascii() and len(text) <= _LONGEST_ACRONYM)
    *first, last = text.split() or [""]
    if is_person and has_surname and first and len(last) >= _SHORTEST_SURNAME:
        yield Name(last, record, False)


def _pattern(name: str) -> str:
    """Return a pattern for a folded name: whole words, in Russian with any ending."""
    if is_unspaced(name):
        return re.escape(name)
    parts = name.split()
    shortest = 2 if len(parts) > 1 else 3
    return rf"\b{_SPACE.join(_inflected(word, shortest) for word in parts)}\b"


def _inflected(word: str, shortest: int) -> str:
    """Return a pattern for a word; a Russian one with a stem that is long enough may have any ending."""
    stem = _ENDING.sub("", word) if _CYRILLIC.search(word) else ""
    return f"{re.escape(stem)}[а-я]{{0,3}}" if len(stem) >= shortest else re.escape(word)
