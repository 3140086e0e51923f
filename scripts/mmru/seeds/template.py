"""Write the template of a new extraction: the fingerprints of its text, and the form to fill in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

from mmru.errors import InvalidDataset, Problem
from mmru.io.atomic import replace_file
from mmru.io.yaml_file import read_article
from mmru.io.yaml_line import yaml_line
from mmru.model.characters import is_blank, is_boundary
from mmru.model.locator import Locator, digest, passages
from mmru.model.schema import SLUG, missing
from mmru.seeds.fingerprints import fingerprints_of, path_for

_SENTENCE_END = re.compile(r"[.!?][”\"’')\]]*\s+|[。！？။][”』」）]*\s*")

_HEAD = """\
# yaml-language-server: $schema=../../schemas/editor/extraction.json
# How to fill this in: docs/template.yaml
"""
_SOURCE = {  # the fields of a source in their order, each with a comment
    "source_id": "",
    "publisher_kind": "",
    "published": "",
    "language": "",
    "text_extent": "whole, opening (the first part of a page, or its end is not known) or headline",
    "extent_basis": "stated, implied or inferred",
    "publisher_actor_id": "the actor who speaks where the article speaks in its own voice",
    "reliability": "A to F",
    "reliability_reason": "why",
    "origin": "the actor whose report it is: publisher_actor_id, or the agency that it repeats",
    "rights": "who has the rights, and what the dataset uses",
}
_DEFAULTS = """\

# What every claim has that does not say otherwise: credibility, basis, by.
defaults: {}
"""
_LINES = """\

# Set every line that no claim cites aside: headline, metadata, boilerplate, off-topic, repetition or
# translation. These are the lines with their sentences:
"""
_RECORDS = """\
# Registered records that the text may be about, best first, and other dates in it. Many are wrong: look
# at each with mmru show, and delete this list at the end.
"""


def scaffold(
    root: Path,
    text: Path,
    source_id: str,
    published: date | None = None,
    propose: Callable[[str], Iterable[str]] = lambda content: (),
) -> str:
    """Write seeds/articles/<source_id>.yaml and the fingerprints of a text; return the former's path.

    `propose` returns, for the text, the records that it may be about, a line for each. Raises
    InvalidDataset.
    """
    path = f"seeds/articles/{source_id}.yaml"
    articles = root / "seeds" / "articles"
    if not re.fullmatch(f"src-{SLUG}", source_id):
        fix = "write src- followed by lowercase letters, digits and single hyphens"
        raise InvalidDataset.of(source_id, "R09", "is not a source id", fix)
    if not articles.is_dir():
        raise InvalidDataset([missing("seeds/articles", "run the command in the dataset's top folder")])
    if (root / path).exists():
        fix = "choose another id, or remove it"
        raise InvalidDataset.of(path, "R10", "already exists", fix)
    content = read_article(text)
    if isinstance(content, Problem):
        raise InvalidDataset([content])
    if not content.strip():
        raise InvalidDataset.of(str(text), "R10", "has no text", "give the article's text")
    fingerprints = root / path_for(path)
    for other in sorted(fingerprints.parent.glob("*.yaml")):
        if digest(content).encode() in other.read_bytes() and (articles / other.name).exists():
            message = f"is already coded in seeds/articles/{other.name}"
            raise InvalidDataset.of(str(text), "R10", message, "continue there")
    template = _template(content, source_id, published, propose(content))
    fingerprints.parent.mkdir(exist_ok=True)
    replace_file(fingerprints, fingerprints_of(source_id, content).encode())
    replace_file(root / path, template.encode())
    return path


def _template(text: str, source_id: str, published: date | None = None, proposals: Iterable[str] = ()) -> str:
    known = {"source_id": source_id, "publisher_kind": "unknown", "language": _language(text)}
    known |= {"published": str(published)} if published else {}
    source = {name: known.get(name) for name in _SOURCE if name != "published" or published}
    entries = (f"  {yaml_line({name: value})} # {_SOURCE[name]}" for name, value in source.items())
    fields = "".join(f"{entry.removesuffix(' # ')}\n" for entry in entries)
    lines = text.split("\n")
    sentences = (" ".join(_sentences(p.line, lines[p.line - 1])) for p in passages(text))
    listed = "".join(f"#   {places}\n" for places in sentences)
    proposed = "".join(f"# - {line}\n" for line in proposals)
    records = f"{_RECORDS * bool(proposed)}{proposed}records: []\n"
    return f"{_HEAD}source:\n{fields}{_DEFAULTS}{_LINES}{listed}set_aside: {{}}\n\n{records}"


def _language(text: str) -> str:
    """Guess the language by its script: en, my, zh, or und if the script is of no use."""
    if re.search("[\u3040-\u30ff]", text):
        return "und"
    if re.search("[\u4e00-\u9fff]", text):
        return "zh"
    if re.search("[\u1000-\u109f]", text):
        return "my"
    letters = [c for c in text if c.isalpha()]
    return "en" if sum(c.isascii() for c in letters) > len(letters) * 0.9 else "und"


def _sentences(number: int, line: str) -> Iterator[str]:
    """Yield the locators of the sentences of a line."""
    start = 0
    ends = [match.end() for match in _SENTENCE_END.finditer(line)] + [len(line)]
    for end in (end for end in ends if is_boundary(line, end)):
        sentence = line[start:end].rstrip()
        if not is_blank(sentence):
            yield str(Locator.of(number, line, start, start + len(sentence)))
        start = end
