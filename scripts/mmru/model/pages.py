"""Find what a source cites in any copy of its text: with other line breaks and white space, or in HTML.

A span is known by its length and the first digits of its hash. A window of that length slides over the
page, and the hashes are compared. A whole line that is found gives the places of all spans in it, so that
words that the page repeats are found where the article has them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from html.parser import HTMLParser
from itertools import accumulate
from typing import NamedTuple

from mmru.model.locator import Passage, digest

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|main|article|div|p|br|table)\b[^>]*>", re.IGNORECASE)
_SILENT = {"script", "style", "template"}  # elements whose content nobody reads
# elements inside a line of text; any other element ends the line
_INLINE = re.compile(
    "a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|q|s|samp|small|span|strong|sub|sup|time|u"
    "|var|wbr"
)
_GAP = re.compile(r"\s+")
_BREAKS = set("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_HYPHENS = set("-\u2010\u2012\u2013\u2014/")


class Span(NamedTuple):
    """A range of characters in a line of a text, and the first eight hexadecimal digits of its hash."""

    line: int
    start: int
    end: int
    digest: str

    def __str__(self) -> str:
        return f"L{self.line}.{self.start}-{self.end}~{self.digest}"


class Place(NamedTuple):
    """A place in a page: the line of the page on which it begins, and the words there."""

    line: int
    words: str


def find_spans(spans: Iterable[Span], passages: Iterable[Passage], page: str) -> dict[Span, list[Place]]:
    """Return for each span of a source the places where a page has it; none if the page lacks it.

    `passages` are the lines of the source. The page is plain text or HTML.
    """
    readings = list(_readings(visible(page)))
    spans = list(spans)
    lines = _find_lines({span.line for span in spans}, passages, readings)
    found = {span: list(_within(span, lines.get(span.line, []))) for span in spans}
    keys = {span: (span.end - span.start, bytes.fromhex(span.digest)) for span, at in found.items() if not at}
    places = _find(set(keys.values()), readings)
    return found | {span: [text.place(at, key[0]) for text, at in places[key]] for span, key in keys.items()}


@dataclass(frozen=True)
class Text:
    """A text, with the line of the page on which each of its characters is.

    `altered` has the offsets at which it differs from another reading of the page; None if there is none.
    """

    characters: str
    lines: list[int]
    altered: list[int] | None = None

    def find(self, length: int, hashes: set[bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield where a window of this length has one of these hashes, and the hash: its first four bytes."""
        content, offsets = self._encoded
        for start in self._starts(length):
            found = sha256(content[offsets[start] : offsets[start + length]]).digest()[:4]
            if found in hashes:
                yield start, found

    def place(self, start: int, length: int) -> Place:
        """Return the place of a window."""
        return Place(self.lines[start], self.characters[start : start + length])

    @cached_property
    def _encoded(self) -> tuple[bytes, list[int]]:
        """The text in UTF-8, with the offset of each character and of the end."""
        encoded = [character.encode(errors="replace") for character in self.characters]
        return b"".join(encoded), list(accumulate(map(len, encoded), initial=0))

    def _starts(self, length: int) -> Iterator[int]:
        """Yield where a window of this length begins that the other reading does not have."""
        end, begin = len(self.characters) - length + 1, 0
        if self.altered is None:
            yield from range(end)
        for offset in self.altered or ():
            yield from range(max(begin, offset - length + 1), min(offset + 1, end))
            begin = max(begin, offset + 1)


_Key = tuple[int, bytes]  # the length of a span, and the first four bytes of its hash
_Found = list[tuple[Text, int]]  # a reading of the page, and an offset in it


def _find(keys: set[_Key], readings: Iterable[Text]) -> dict[_Key, _Found]:
    """Return where each span is in the first reading that has it."""
    found: dict[_Key, _Found] = {key: [] for key in keys}
    for text in readings:
        missing: dict[int, set[bytes]] = defaultdict(set)
        for length, hashed in (key for key, places in found.items() if not places):
            missing[length].add(hashed)
        for length, hashes in missing.items():
            for offset, hashed in text.find(length, hashes):
                found[length, hashed].append((text, offset))
    return found


def _find_lines(numbers: set[int], passages: Iterable[Passage], readings: list[Text]) -> dict[int, _Found]:
    """Return where the page has whole lines of the source.

    If the page has the same words as often as the source, each line has a place of its own.
    """
    same: dict[tuple[int, str], list[int]] = defaultdict(list)
    for passage in passages:
        same[passage.chars, passage.sha256].append(passage.line)
    keys = {line: (line[0], bytes.fromhex(line[1])[:4]) for line, of in same.items() if numbers & set(of)}
    places = _find(set(keys.values()), readings)
    found: dict[int, _Found] = {}
    for (length, hashed), key in keys.items():
        at = [place for place in places[key] if digest(place[0].place(place[1], length).words) == hashed]
        lines = same[length, hashed]
        for number, line in enumerate(lines):
            found[line] = [at[number]] if len(at) == len(lines) else at
    return found


def _within(span: Span, places: _Found) -> Iterator[Place]:
    """Yield the places of a span, within those of its line."""
    for text, start in places:
        place = text.place(start + span.start, span.end - span.start)
        if digest(place.words)[:8] == span.digest:
            yield place


def _readings(page: Text) -> Iterator[Text]:
    """Yield the page in each way in which its white space can be that of the source.

    White space in a line is one space, or as it is. A line break is a space, or nothing: beside a Chinese
    character and behind a hyphen, or wherever lines are cut at a certain length, without or with the
    indentation of the next line.
    """
    seen = set()
    for of_break in (_one_space, _none_if_close, _none, _none_with_indent):
        for in_line in (_one_space, _as_it_is):
            reading = _spaced(page, of_break, in_line)
            if reading.characters not in seen:
                seen.add(reading.characters)
                yield reading


_Replacement = Callable[[str, str, str], str]  # for white space, with the characters before and behind it


def _one_space(gap: str, before: str, after: str) -> str:
    return " "


def _as_it_is(gap: str, before: str, after: str) -> str:
    return gap


def _none_if_close(gap: str, before: str, after: str) -> str:
    is_wide = any(unicodedata.east_asian_width(character) in "WF" for character in before + after)
    return "" if is_wide or before in _HYPHENS else " "


def _none(gap: str, before: str, after: str) -> str:
    return " " if set(gap) - _BREAKS else ""


def _none_with_indent(gap: str, before: str, after: str) -> str:
    return "" if gap[0] in _BREAKS else " "


def _spaced(page: Text, of_break: _Replacement, in_line: _Replacement) -> Text:
    """Return the page with its white space replaced, and where that differs from one space."""
    characters = page.characters
    parts: list[str] = []
    lines: list[int] = []
    altered: list[int] = []
    begin = 0
    for gap in _GAP.finditer(characters):
        start, end = gap.span()
        parts.append(characters[begin:start])
        lines += page.lines[begin:start]
        replacement = of_break if set(gap[0]) & _BREAKS else in_line
        white = replacement(gap[0], characters[start - 1 : start], characters[end : end + 1])
        if white != " ":
            altered.append(len(lines))
        parts.append(white)
        lines += [page.lines[end - 1]] * len(white)
        begin = end
    parts.append(characters[begin:])
    lines += page.lines[begin:]
    is_first = of_break is in_line is _one_space
    return Text("".join(parts), lines, None if is_first else altered)


def visible(page: str) -> Text:
    """Return the text of a page that people see: all of a plain text, and HTML without its tags."""
    if _HTML.search(page):
        parser = _Visible()
        parser.feed(page)
        parser.close()
        return Text("".join(parser.parts), parser.lines)
    counted = enumerate(page.split("\n"), 1)
    return Text(page, [number for number, line in counted for _ in range(len(line) + 1)][: len(page)])


class _Visible(HTMLParser):
    """Collects the text of a page in HTML, with the line on which each character is."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.lines: list[int] = []
        self._silent = 0  # how many elements without visible text are open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, unless the element is inside one."""
        self._silent += tag in _SILENT
        self._end_line(tag)

    def handle_endtag(self, tag: str) -> None:
        """End the line, unless the element was inside one."""
        self._silent = max(0, self._silent - (tag in _SILENT))
        self._end_line(tag)

    def handle_data(self, data: str) -> None:
        """Add text."""
        if self._silent:
            return
        self.parts.append(data)
        line = self.getpos()[0]
        self.lines += [line + before for before in accumulate((c == "\n" for c in data), initial=0)][:-1]

    def _end_line(self, tag: str) -> None:
        if not _INLINE.fullmatch(tag):
            self.parts.append("\n")
            self.lines.append(self.getpos()[0])
