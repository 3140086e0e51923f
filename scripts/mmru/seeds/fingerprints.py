"""The fingerprints of an article's text: what machines derive from it.

seeds/fingerprints/<source_id>.yaml has the hash and length of the text and of each line that is not
empty. `mmru new` and `mmru anchor` write it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from mmru.errors import Problem
from mmru.io.validation import Validator
from mmru.io.yaml_file import Document
from mmru.model.locator import Passage, digest, passages

_HEAD = "# Written by mmru new and mmru anchor from the text; not to be edited.\n"


class Fingerprints(NamedTuple):
    """What is known of a text without the text: its hash, its length, and its lines by number."""

    text_sha256: str
    text_characters: int
    lines: dict[int, Passage]


def path_for(extraction: str) -> str:
    """Return the path of the fingerprints that belong to an extraction."""
    path = PurePosixPath(extraction)
    return str(path.parent.parent / "fingerprints" / path.name)


def fingerprints_of(source_id: str, text: str) -> str:
    """Return the file with the fingerprints of a text: one line for each line that is not empty."""
    return "".join(
        [
            _HEAD,
            f"source_id: {source_id}\n",
            f'text_sha256: "{digest(text)}"\n',
            f"text_characters: {len(text)}\n",
            "lines: # number, length, SHA-256\n",
            *(f"  - {p.line} {p.chars} {p.sha256}\n" for p in passages(text)),
        ]
    )


def read_fingerprints(
    root: Path, extraction: str, validator: Validator
) -> tuple[Fingerprints | None, list[Problem]]:
    """Return the fingerprints that belong to an extraction; None and the problems if they are no use."""
    document = validator.validate(Document.read(root, path_for(extraction)))
    problems, lines = list(document.problems), []
    if not problems:
        rows = (row.split(" ") for row in document.data["lines"])
        lines = [Passage(int(line), int(chars), sha256) for line, chars, sha256 in rows]
        problems = list(_misfits(document, lines))
    if problems:
        fix = f"run mmru anchor {extraction}"
        return None, [replace(problem, fix=fix) for problem in problems]
    data, by_number = document.data, {passage.line: passage for passage in lines}
    return Fingerprints(data["text_sha256"], data["text_characters"], by_number), []


def _misfits(document: Document, lines: Sequence[Passage]) -> Iterator[Problem]:
    """Yield a problem of fingerprints of another source, and of the first line out of order."""
    source_id, name = document.data["source_id"], PurePosixPath(document.path).stem
    if source_id != name:
        message = f"the file is not named after its source_id '{source_id}'"
        yield document.problem(("source_id",), "C07", message)
    for number, (before, passage) in enumerate(pairwise(lines), 1):
        if passage.line <= before.line:
            yield document.problem(("lines", number), "C02", f"line {passage.line} is out of order")
            return
