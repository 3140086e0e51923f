"""Find the words of a text that are nearest to a quote that is not in it, and say what differs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from mmru.errors import shortened
from mmru.model.characters import DASHES, MARKS, align, comparable

_SHOWN = 79  # characters
_NEAR = 70  # percent of equal characters
_CONTROLS = {"\n": "line break", "\t": "tab"}
_TOKEN = re.compile(r"\w+|\W")
# what is made equal, in this order, so that words can be found that differ in nothing else
_FOLDINGS: Mapping[str, Callable[[str], str]] = {
    "white space": lambda c: " " if c.isspace() else c,
    "quotation marks": lambda c: c.translate(MARKS),
    "dashes": lambda c: c.translate(DASHES),
    "composition": lambda c: unicodedata.normalize("NFKC", c),
    "case": str.casefold,
    "the digit ၀ and the letter ဝ": lambda c: c.replace("၀", "ဝ"),
}


class OtherForm(NamedTuple):
    """A range of a line with the words sought in another form, and what differs."""

    start: int
    end: int
    reasons: str


def nearest(words: str, lines: Iterable[tuple[int, str]]) -> str:
    """Return what numbered lines of a text have instead of these words; empty where nothing is near."""
    numbered = list(lines)
    for number, line in numbered:
        if form := in_other_form(words, line):
            shown = shortened(line[form.start : form.end], _SHOWN)
            return f"L{number}.{form.start}-{form.end} has '{shown}', which differs in {form.reasons}"
    return _similar(comparable(words), numbered)


def in_other_form(words: str, line: str) -> OtherForm | None:
    """Return where a line has these words, but for case, white space, quotation marks and the like."""
    words, aligned = comparable(words), align(line)
    folded, (text, offsets) = _folded(words)[0].strip(), _folded(aligned.text)
    at = text.find(folded) if folded else -1
    if at < 0:
        return None
    start, end = aligned.around(offsets[at], offsets[at + len(folded) - 1] + 1)
    return OtherForm(start, end, " and ".join(_reasons(words, comparable(line[start:end]))))


def _similar(words: str, lines: Iterable[tuple[int, str]]) -> str:
    """Return what lines have that is similar to these words, and the first difference."""
    # imported here: most quotes are found
    from rapidfuzz.fuzz import partial_ratio_alignment

    folded, best, result = _folded(words)[0], float(_NEAR), ""
    for number, line in lines:
        aligned = align(line)
        text, offsets = _folded(aligned.text)
        # a line shorter than the quote is sought in the quote
        found = partial_ratio_alignment(folded, text, score_cutoff=best) if len(text) >= len(folded) else None
        if found and found.dest_start < found.dest_end and (found.score > best or not result):
            start, end = _narrowed(folded, text, *_whole_words(text, found.dest_start, found.dest_end))
            best, (first, last) = found.score, aligned.around(offsets[start], offsets[end - 1] + 1)
            difference = _first_difference(words, comparable(line[first:last]))
            result = f"L{number}.{first}-{last} has '{shortened(line[first:last], _SHOWN)}'{difference}"
    return result


def _folded(text: str, without: str = "") -> tuple[str, list[int]]:
    """Return a text with its form made equal, and for each character the offset in `text` it comes from.

    Runs of white space become one space. `without` names a folding that is left out.
    """
    characters: list[str] = []
    offsets: list[int] = []
    for offset, character in enumerate(text):
        folded = character
        for name, fold in _FOLDINGS.items():
            folded = folded if name == without else fold(folded)
        for part in folded:
            if part != " " or characters[-1:] != [" "] or without == "white space":
                characters.append(part)
                offsets.append(offset)
    return "".join(characters), offsets


def _reasons(words: str, found: str) -> list[str]:
    """Return in what two texts differ that are equal but for their form, in order and once each."""
    reasons: dict[str, None] = {}
    for here, there in _differences(words, found, r"\s+|\S"):
        if (here + there).isspace():
            kinds = sorted({*here, *there} - {" "})
            named = (_CONTROLS.get(c) or unicodedata.name(c, f"U+{ord(c):04X}").lower() for c in kinds)
            reasons[f"white space ({', '.join(named)})" if kinds else "white space"] = None
        else:
            alone = (name for name, fold in _FOLDINGS.items() if fold(here) == fold(there))
            name = next(alone, "")
            reasons |= dict.fromkeys([name] if name else _needed(here, there))
    return list(reasons)


def _needed(here: str, there: str) -> list[str]:
    """Return the foldings without any of which two texts stay different."""
    needed = [name for name in _FOLDINGS if _folded(here, name)[0] != _folded(there, name)[0]]
    return needed or ["composition"]


def _differences(words: str, found: str, part: str) -> list[tuple[str, str]]:
    """Return the parts in which two texts differ, compared by what matches a pattern."""
    ours, theirs = (re.findall(part, text) for text in (words, found))
    codes = SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes()
    pairs = [(kind, "".join(ours[a:b]), "".join(theirs[c:d])) for kind, a, b, c, d in codes]
    return [(here, there) for kind, here, there in pairs if kind != "equal"]


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a range with the words that it cuts; scripts without spaces stay as they are cut."""
    before, after = re.search(r"\S{0,20}$", text[:start]), re.match(r"\S{0,20}", text[end:])
    return start - len(before[0] if before else ""), end + len(after[0] if after else "")


def _narrowed(words: str, text: str, start: int, end: int) -> tuple[int, int]:
    """Return the part of a range that stands for these words, without what is only before or behind it."""
    ours, theirs = _TOKEN.findall(words), list(_TOKEN.finditer(text, start, end))
    tokens = [match[0] for match in theirs]
    *blocks, _ = SequenceMatcher(a=ours, b=tokens, autojunk=False).get_matching_blocks()
    if not blocks:
        return start, end
    first = max(0, blocks[0].b - blocks[0].a)
    last = min(len(theirs), blocks[-1].b + len(ours) - blocks[-1].a)
    return theirs[first].start(), theirs[last - 1].end()


def _first_difference(words: str, found: str) -> str:
    """Return the first part in which the words found differ from a quote."""
    for here, there in _differences(words, found, _TOKEN.pattern):
        if (here + there).strip():
            return f", with {_part(there)} where the quote has {_part(here)}"
    return ""


def _part(text: str) -> str:
    """Return a part of a text to show; of a few characters that can look alike, with their code points."""
    if not text:
        return "nothing"
    codes = " ".join(f"U+{ord(c):04X}" for c in text)
    return f"'{shortened(text, _SHOWN)}'" + (f" ({codes})" if not text.isascii() and len(text) < 4 else "")
