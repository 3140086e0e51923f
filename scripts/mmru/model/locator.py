"""Locators, which point into an article's text without repeating it.

A locator names a line of the text (from 1), a half-open range of its characters (Unicode code
points, from 0) and the first eight hexadecimal digits of the SHA-256 of those characters in
UTF-8: `L12.40-93~7f3ac19e`. A whole line is `L12~7f3ac19e`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from mmru.model.characters import article_bytes, is_blank

_PLACE = r"L([1-9][0-9]{0,8})(?:\.([0-9]{1,9})-([0-9]{1,9}))?"
LOCATOR = rf"{_PLACE}~([0-9a-f]{{8}})"
CLAIM_COLUMNS = ("line", "char_start", "char_end", "span_sha256")  # where a claim has its locator
_DRAFT = re.compile(rf"{_PLACE}(?:~([0-9a-f]{{8}}))?")


class Locator(NamedTuple):
    """A place in a text; `start` and `end` are None for a whole line, `digest` is None in a draft."""

    line: int
    start: int | None
    end: int | None
    digest: str | None

    @classmethod
    def of(cls, number: int, line: str, start: int, end: int) -> Locator:
        """Return the place of a range of the line with this number."""
        return cls(number, start, end, digest(line[start:end])[:8])

    @classmethod
    def of_claim(cls, claim: Mapping[str, Any]) -> Locator | None:
        """Return the place that a row of claims names, or None if it names no line."""
        line, *span = map(claim.get, CLAIM_COLUMNS)
        return None if line is None else cls(line, *span)

    def __str__(self) -> str:
        span = "" if self.start is None else f".{self.start}-{self.end}"
        return f"L{self.line}{span}" + (f"~{self.digest}" if self.digest else "")

    def cut(self, line: str) -> str:
        """Return the characters of its line that it names."""
        return line if self.start is None else line[self.start : self.end]


class Passage(NamedTuple):
    """A non-empty line of an article: its length in code points and the hash of its UTF-8 bytes."""

    line: int
    chars: int
    sha256: str


def digest(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal."""
    return sha256(text.encode()).hexdigest()


@lru_cache(1024)
def parse(text: str) -> Locator:
    """Return the locator that a text describes, drafts without a hash included; raise ValueError."""
    match = _DRAFT.fullmatch(text)
    if not match:
        raise ValueError(f"'{text}' is not a locator")
    line, start, end, hashed = match.groups()
    return Locator(int(line), int(start) if start else None, int(end) if end else None, hashed)


def passages(text: str) -> list[Passage]:
    """Return the lines of a text with a visible character; lines end with LF, and empty ones are counted."""
    lines = enumerate(text.split("\n"), 1)
    return [Passage(n, len(line), digest(line)) for n, line in lines if not is_blank(line)]


def misplaced(locator: Locator, passage: Passage | None) -> str:
    """Return what is wrong with a locator for its line (None: no such line), or an empty string.

    The text itself is not needed for it.
    """
    if passage is None:
        return f"{locator} names line {locator.line}, which is empty or beyond the end of the text"
    if locator.start is None or locator.end is None:
        if locator.digest and not passage.sha256.startswith(locator.digest):
            return f"{locator} does not match its line, whose hash begins with {passage.sha256[:8]}"
        return ""
    if locator.start >= locator.end:
        return f"{locator} names no character: its range ends before it begins"
    if locator.end > passage.chars:
        return f"{locator} goes beyond its line, which has {passage.chars} characters"
    return ""


def mismatch(locator: Locator, lines: list[str]) -> str:
    """Return how a locator does not match the text, or an empty string."""
    line = lines[locator.line - 1] if locator.line <= len(lines) else ""
    passage = Passage(locator.line, len(line), digest(line)) if not is_blank(line) else None
    wrong = misplaced(locator._replace(digest=None), passage)
    if wrong:
        return wrong
    actual = digest(locator.cut(line))[:8]
    if locator.digest and actual != locator.digest:
        return f"{locator} does not match the text, whose characters there hash to {actual}"
    return ""


def texts(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the files of texts in folders, by their SHA-256 with LF and without a byte-order mark."""
    paths = (path for folder in folders for path in sorted(folder.glob("*.txt")))
    return {sha256(article_bytes(path.read_bytes())).hexdigest(): path for path in paths}
