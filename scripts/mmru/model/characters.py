"""Characters as people read them: line ends, composition, and characters that nobody sees.

Texts are compared in NFC without default-ignorable characters. A place found in that form is mapped back
to the text as it is, and never begins or ends inside a combining sequence.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

# Default_Ignorable_Code_Point=Yes in DerivedCoreProperties.txt of the Unicode Character Database 16.0
# (https://www.unicode.org/Public/16.0.0/ucd/DerivedCoreProperties.txt): soft hyphen, grapheme joiner,
# zero-width space, joiner and non-joiner, marks of direction, word joiner, variation selectors, byte-order
# mark, tags, fillers
_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
IGNORABLE = re.compile(f"[{_IGNORABLE}]")
_JOINERS = "\u200c\u200d"  # they belong to a combining sequence (definition D56 of the Unicode Standard)
_JAMO = "\u1161-\u11ff\ud7b0-\ud7ff"  # vowels and finals of Hangul, which compose with what is before them
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
# control characters, other line ends than LF, and characters that change the direction of what is beside them
HIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029{_DIRECTION}]")
_ESCAPED = re.compile(rf"(?<!\\)(?:\\\\)*(\\u([0-9a-fA-F]{{4}}))|{HIDDEN.pattern}")
_BOM = "\ufeff"
# what people write for the quotation marks and the hyphen of a keyboard
MARKS = dict.fromkeys(map(ord, "‘’‚‛′`´"), "'") | dict.fromkeys(map(ord, "“”„‟″«»"), '"')
DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")

_BURMESE = re.compile("[\u1000-\u109f]")
# what Burmese in Unicode does not have: a vowel or medial without its consonant before it, a stacking sign
# that stacks nothing, and code points that Zawgyi uses for other shapes
_ZAWGYI = re.compile(
    "(?<![\u1000-\u102a\u1039\u103b-\u103f\u104e\u1050-\u1070\u1075-\u1082\uaa60-\uaa7f])[\u1031\u103b]"
    "|\u1039(?![\u1000-\u1021])|[\u1033\u1034\u105a\u1060-\u1097]"
)


def with_lf(content: bytes) -> bytes:
    """Return a text with LF as its only line end."""
    return content.replace(b"\r\n", b"\n")


def article_bytes(content: bytes) -> bytes:
    """Return the text of an article as it is counted and hashed: with LF, and without a byte-order mark."""
    return with_lf(content.removeprefix(_BOM.encode()))


def comparable(text: str) -> str:
    """Return a text in the form in which texts are compared: NFC without default-ignorable characters."""
    return text if text.isascii() else unicodedata.normalize("NFC", IGNORABLE.sub("", text))


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character."""
    return not comparable(text).strip()


@dataclass(frozen=True)
class Aligned:
    """A line in the form in which texts are compared, with the place in the line of each of its parts.

    A part is a combining sequence: a character with the marks and joiners that follow it. `spans` holds
    the range of each part in the line, and `offsets` where it begins in `text`, with the end of the text.
    """

    text: str
    spans: list[tuple[int, int]]
    offsets: list[int]

    def find(self, words: str) -> Iterator[tuple[int, int]]:
        """Yield the range in the line of each place that has these words, which must be comparable."""
        for match in re.finditer(f"(?={re.escape(words)})", self.text) if words else ():
            start, end = self._part(match.start()), self._part(match.start() + len(words))
            if start is not None and end is not None:
                yield self.spans[start][0], self.spans[end - 1][1]

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return the range in the line of all parts that a range of `text` touches."""
        first = max(0, bisect_left(self.offsets, start + 1) - 1)
        last = max(first, bisect_left(self.offsets, end) - 1)
        return self.spans[first][0], self.spans[last][1]

    def _part(self, offset: int) -> int | None:
        """Return the number of the part that begins at an offset of `text`; None inside a part."""
        number = bisect_left(self.offsets, offset)
        return number if self.offsets[number] == offset else None


@lru_cache(4096)
def align(line: str) -> Aligned:
    """Return a line in comparable form, with the places of its parts."""
    spans: list[tuple[int, int]] = []
    for offset, character in enumerate(line):
        if continues(character) and spans:
            spans[-1] = (spans[-1][0], offset + 1)
        elif not IGNORABLE.match(character):
            spans.append((offset, offset + 1))
    parts = [comparable(line[start:end]) for start, end in spans]
    return Aligned("".join(parts), spans, list(accumulate(map(len, parts), initial=0)))


def continues(character: str) -> bool:
    """Whether a character belongs to the one before it: a mark, a joiner, a vowel or final of Hangul."""
    if character.isascii():
        return False
    return unicodedata.category(character)[0] == "M" or bool(_CONTINUES.match(character))


_CONTINUES = re.compile(f"[{_JOINERS}{_JAMO}]")


def is_boundary(text: str, offset: int) -> bool:
    """Whether a text may be cut at an offset: not inside a combining sequence."""
    following = next((c for c in text[offset:] if c in _JOINERS or not IGNORABLE.match(c)), "")
    return not following or offset == 0 or not continues(following)


def is_composed(text: str) -> bool:
    """Whether a file in YAML has nothing that `composed` changes; an escape can be any character."""
    if "\\" in text:
        return False
    return text.isascii() or (unicodedata.is_normalized("NFC", text) and not IGNORABLE.search(text))


def composed(data: Any, *, quoted: bool = False) -> Any:
    """Return YAML or JSON data with all texts in NFC.

    The words of an article under the keys `quote` and `original` lose their ignorable characters too;
    those that change the direction stay, to be refused.
    """
    if isinstance(data, str):
        if quoted:
            data = re.sub(f"(?![{_DIRECTION}])[{_IGNORABLE}]", "", data)
        return unicodedata.normalize("NFC", data)
    if isinstance(data, dict):
        return {composed(k): composed(v, quoted=k in ("quote", "original")) for k, v in data.items()}
    return [composed(member, quoted=quoted) for member in data] if isinstance(data, list) else data


def hidden(text: str, *, escapes: bool = False) -> Iterator[tuple[int, int, str]]:
    r"""Yield line, column and name of each control or bidirectional character in a text with LF.

    With `escapes`, also of those written as in JSON: \u202e.
    """
    line, counted = 1, 0
    for match in (_ESCAPED if escapes else HIDDEN).finditer(text):
        escaped = bool(escapes and match[1])
        offset, character = (match.start(1), chr(int(match[2], 16))) if escaped else (match.start(), match[0])
        if HIDDEN.match(character):
            line, counted = line + text.count("\n", counted, offset), offset
            yield line, offset - text.rfind("\n", 0, offset), f"U+{ord(character):04X}"


def is_zawgyi(text: str) -> bool:
    """Whether a text is Burmese in the font encoding Zawgyi instead of Unicode.

    Google's detector judges pairs of characters. Short words can be the same in both encodings, so that
    one sign is needed that only Zawgyi has.
    """
    if not _BURMESE.search(text) or not _ZAWGYI.search(text):
        return False
    return bool(_detector().get_zawgyi_probability(text) > 0.95)


@cache
def _detector() -> Any:
    # imported here: only Burmese needs it
    from myanmartools import ZawgyiDetector

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return ZawgyiDetector()
