"""Begin the extraction of a new article: its hashes and lines, and the form to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from mmru.errors import InvalidDataset, Problem
from mmru.io.atomic import replace_file
from mmru.io.yaml_file import read_text
from mmru.model.locator import digest, passages
from mmru.model.schema import SLUG, missing

_SENTENCE_END = re.compile(r"[.!?][”\"’')\]]*\s+|[。！？][”』」）]*")

_HEAD = """\
# yaml-language-server: $schema=../../schemas/editor/extraction.json
# How to fill this in: docs/template.yaml
source:
  source_id: {source_id}
  publisher_kind: unknown
  language: {language}
  text_sha256: {sha256}
  text_characters: {characters}
  publisher_actor_id: # the actor who speaks where the article speaks in its own voice
  reliability: # A to F
  reliability_reason: # why
  origin: {source_id}
  rights: # who holds the rights, and what is taken from it

# Every line below is either cited by a claim, or set aside with use: headline, metadata,
# boilerplate, off-topic, repetition or translation. Behind each stand its sentences.
lines:
"""


def scaffold(root: Path, text: Path, source_id: str) -> str:
    """Write seeds/articles/<source_id>.yaml for a text; its path. Raises InvalidDataset."""
    path = f"seeds/articles/{source_id}.yaml"
    problems: list[Problem] = []
    if not re.fullmatch(f"src-{SLUG}", source_id):
        fix = "write src- and then small letters, digits and single hyphens"
        raise InvalidDataset([Problem(source_id, 1, 1, "R09", "is not the id of a source", fix)])
    if not (root / "seeds" / "articles").is_dir():
        raise InvalidDataset([missing("seeds/articles", "run the command in the dataset's top folder")])
    if (root / path).exists():
        raise InvalidDataset(
            [Problem(path, 1, 1, "R10", "is there already", "choose another id, or remove it")]
        )
    content = read_text(Path(), str(text), problems)
    if content is None:
        raise InvalidDataset(problems)
    if not content.strip():
        raise InvalidDataset([Problem(str(text), 1, 1, "R10", "holds no text", "give the article's text")])
    hashed = digest(content)
    for other in sorted((root / "seeds" / "articles").glob("*.yaml")):
        if hashed.encode() in other.read_bytes():
            said = f"is coded already, in seeds/articles/{other.name}"
            raise InvalidDataset([Problem(str(text), 1, 1, "R10", said, "go on there")])
    replace_file(root / path, _draft(content, source_id).encode())
    return path


def _draft(text: str, source_id: str) -> str:
    head = _HEAD.format(
        source_id=source_id,
        language=_language(text),
        sha256=digest(text),
        characters=len(text),
    )
    lines = text.split("\n")
    entries = [
        f"  - {{line: {p.line}, chars: {p.chars}, sha256: {p.sha256}}}"
        f" # {' '.join(_sentences(p.line, lines[p.line - 1]))}\n"
        for p in passages(text)
    ]
    return head + "".join(entries) + "\nrecords: []\n"


def _language(text: str) -> str:
    """A first guess at the language, by script: en, zh, or und for what it cannot tell."""
    if re.search("[\u3040-\u30ff]", text):
        return "und"
    if re.search("[\u4e00-\u9fff]", text):
        return "zh"
    letters = [c for c in text if c.isalpha()]
    return "en" if sum(c.isascii() for c in letters) > len(letters) * 0.9 else "und"


def _sentences(number: int, line: str) -> Iterator[str]:
    """The locators of the sentences of a line."""
    start = 0
    ends = [match.end() for match in _SENTENCE_END.finditer(line)] + [len(line)]
    for end in ends:
        sentence = line[start:end].rstrip()
        if sentence:
            yield f"L{number}.{start}-{start + len(sentence)}~{digest(sentence)[:8]}"
        start = end
