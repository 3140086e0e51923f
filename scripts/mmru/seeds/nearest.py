"""Find the words of a text that are nearest to a quote that is not in it, and say what differs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher
from typing import NamedTuple

from mmru.model.characters import align, comparable

LONGEST_SHOWN = 80  # characters
_NEAR = 70  # percent of equal characters
_MARKS = dict.fromkeys(map(ord, "‘’‚‛′`´"), "'") | dict.fromkeys(map(ord, "“”„‟″«»"), '"')
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
# what is made equal, in this order, so that words can be found that differ in nothing else
_FOLDINGS: Mapping[str, Callable[[str], str]] = {
    "white space": lambda c: " " if c.isspace() else c,
    "quotation marks": lambda c: c.translate(_MARKS),
    "dashes": lambda c: c.translate(_DASHES),
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
            place, shown = f"L{number}.{form.start}-{form.end}", _short(line[form.start : form.end])
            return f"{place} has '{shown}', which differs in {form.reasons}"
    return _similar(comparable(words), numbered)


def in_other_form(words: str, line: str) -> OtherForm | None:
    """Return where a line has these words, but for case, white space, quotation marks and the like."""
    words, aligned = comparable(words), align(line)
    folded, (text, offsets) = _folded(words)[0].strip(), _folded(aligned.text)
    at = text.find(folded) if folded else -1
    if at < 0:
        return None
    start, end = aligned.around(offsets[at], offsets[at + len(folded) - 1] + 1)
    found = comparable(line[start:end])
    differing = [name for name in _FOLDINGS if _folded(words, name)[0] != _folded(found, name)[0]]
    reasons = " and ".join(_named(name, words, found) for name in differing)
    return OtherForm(start, end, reasons or "white space around it")


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
            start, end = _whole_words(text, found.dest_start, found.dest_end)
            best, (first, last) = found.score, aligned.around(offsets[start], offsets[end - 1] + 1)
            difference = _first_difference(words, comparable(line[first:last]))
            result = f"L{number}.{first}-{last} has '{_short(line[first:last])}'{difference}"
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
            if part == " " == (characters or [""])[-1] and without != "white space":
                continue
            characters.append(part)
            offsets.append(offset)
    return "".join(characters), offsets


def _named(name: str, words: str, found: str) -> str:
    """Return the name of a difference; of white space, with the kinds of it that one side alone has."""
    if name != "white space":
        return name
    kinds = sorted({c for c in words + found if c.isspace() and c != " " and (c in words) != (c in found)})
    named = (unicodedata.name(c, f"U+{ord(c):04X}").lower() for c in kinds)
    return f"white space ({', '.join(named)})" if kinds else name


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a range with the words that it cuts; scripts without spaces stay as they are cut."""
    before, after = re.search(r"\S{0,20}$", text[:start]), re.match(r"\S{0,20}", text[end:])
    return start - len(before[0] if before else ""), end + len(after[0] if after else "")


def _first_difference(words: str, found: str) -> str:
    """Return the first part in which the words found differ from a quote."""
    ours, theirs = (re.findall(r"\w+|\W", text) for text in (words, found))
    codes = SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes()
    # what is before and behind belongs to the whole words that are shown
    for kind, start, end, other_start, other_end in codes:
        at_end = other_start == 0 or other_end == len(theirs)
        here, there = "".join(ours[start:end]), "".join(theirs[other_start:other_end])
        if kind != "equal" and not (kind == "insert" and at_end) and (here + there).strip():
            return f", with {_part(there)} where the quote has {_part(here)}"
    return ""


def _part(text: str) -> str:
    """Return a part of a text to show; of a few characters that can look alike, with their code points."""
    if not text:
        return "nothing"
    codes = " ".join(f"U+{ord(c):04X}" for c in text)
    return f"'{_short(text)}'" + (f" ({codes})" if not text.isascii() and len(text) < 4 else "")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
