"""Read what an article says of the lines of its text: which are set aside, and in which language they are.

`set_aside` has for each reason the lines: `3`, or `41-54` for all lines from 41 to 54 that are not empty.
A translation names the line that it translates: `12 of 3`. `languages` has the lines in a language
other than that of the article.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mmru.errors import Problem
from mmru.io.yaml_file import Document
from mmru.model.claim import text_of
from mmru.model.locator import Passage
from mmru.model.text import Path_


class Line(NamedTuple):
    """A line that is not empty.

    `number` is its place in the seeds: that of the entry that sets it aside, else of its fingerprint.
    """

    passage: Passage
    language: str
    use: str | None
    translation_of_line: int | None
    number: int


class _Entry(NamedTuple):
    """The lines from `first` to `last` that one entry names; `of` is the line that they translate."""

    path: Path_
    key: str
    written: str
    first: int
    last: int
    of: int | None


def read_lines(
    document: Document, passages: Mapping[int, Passage], language: str
) -> tuple[dict[int, Line], list[Problem]]:
    """Return the lines of a text by their number, and what is wrong with the entries on them."""
    aside, problems = _entries(document, "set_aside", passages)
    foreign, more = _entries(document, "languages", passages)
    lines = {}
    for number, (line, passage) in enumerate(passages.items()):
        entry, spoken = aside.get(line), foreign.get(line)
        lines[line] = Line(
            passage,
            spoken.key if spoken else language,
            entry.key if entry else None,
            entry.of if entry else None,
            int(entry.path[-1]) if entry else number,
        )
    return lines, [*problems, *more]


def _entries(
    document: Document, name: str, passages: Mapping[int, Passage]
) -> tuple[dict[int, _Entry], list[Problem]]:
    """Return the valid entry of each line that a block names, and the problems of the other entries."""
    found: dict[int, _Entry] = {}
    problems = []
    for entry in _written(document, name):
        lines = [line for line in passages if entry.first <= line <= entry.last]
        twice = next((line for line in lines if line in found), None)
        if wrong := _wrong(entry, passages):
            problems.append(document.problem(entry.path, *wrong))
        elif twice:
            message = f"line {twice} is in {name} twice, first at {document.position(found[twice].path)}"
            problems.append(document.problem(entry.path, "C02", message, "keep one"))
        else:
            found |= dict.fromkeys(lines, entry)
    return found, problems


def _written(document: Document, name: str) -> Iterator[_Entry]:
    """Yield the entries of a block that have the right form."""
    block: Any = document.data.get(name)
    for key, listed in block.items() if isinstance(block, dict) else ():
        for number, written in enumerate(listed) if isinstance(listed, list) else ():
            path: Path_ = (name, key, number)
            if document.is_valid(path):
                lines, _, of = text_of(written).partition(" of ")
                first, _, last = lines.partition("-")
                yield _Entry(path, key, lines, int(first), int(last or first), int(of) if of else None)


def _wrong(entry: _Entry, passages: Mapping[int, Passage]) -> tuple[str, str, str] | None:
    """Return code, message and fix for an entry on lines that the text does not have."""
    if entry.first > entry.last:
        return "R09", f"'{entry.written}' ends before it begins", f"write {entry.last}-{entry.first}"
    for line in (entry.first, entry.last):
        if line not in passages:
            return "A06", f"line {line} of the text is empty or not there", "name a line that is not empty"
    if entry.of is not None and (entry.of not in passages or entry.of == entry.first):
        message = f"line {entry.of}, which it translates, is not another line of the text"
        return "A07", message, "name the line in the original"
    return None
