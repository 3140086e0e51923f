"""Step 2: locators, which point into an article's text without repeating it.

A locator names a line of the text (from 1), a half-open range of its characters (Unicode code
points, from 0) and the first eight hexadecimal digits of the SHA-256 of those characters in
UTF-8: `L12.40-93~7f3ac19e`. A whole line is `L12~7f3ac19e`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from mmru.errors import InvalidDataset, Problem
from mmru.io.atomic import replace_file
from mmru.io.yaml_file import Document, mappings, read_text
from mmru.model.locator import Locator, digest, mismatch, parse, passages, texts
from mmru.model.schema import missing
from mmru.model.text import Path_


def locate(words: str, lines: list[str], line: int | None = None) -> Locator:
    """The locator of words quoted from a text, on one line of it if asked.

    Raises ValueError where they do not stand in the text or stand in it more than once.
    """
    numbered = (
        enumerate(lines, 1) if line is None else [(line, lines[line - 1])] if line <= len(lines) else []
    )
    found = [
        (number, match.start())
        for number, content in numbered
        for match in re.finditer(f"(?={re.escape(words)})", content)
    ]
    if not found:
        raise ValueError("these words do not stand " + (f"on line {line}" if line else "in the text"))
    if len(found) > 1:
        where = ", ".join(f"L{number}.{start}" for number, start in found[:4])
        raise ValueError(f"these words stand {len(found)} times: {where}")
    number, start = found[0]
    return Locator(number, start, start + len(words), digest(words)[:8])


def anchor(document: Document, text: str, problems: list[Problem]) -> str:
    """The extraction's own text with every quote and draft locator turned into a locator.

    Everything else, comments included, stays as it is. Quotes that are not found and locators
    that do not match `text` are noted, and left as they are.
    """
    lines = text.split("\n")
    # a part that YAML aliases repeat is edited once
    edits: set[tuple[int, int, str]] = set()
    for path, group in groups(document.data):
        try:
            edits.update(_edits(document, path, group, lines))
        except ValueError as error:
            place = (*path, "quote") if "quote" in group else (*path, "at")
            fix = "quote words that stand there once; at: L12 beside quote: names their line"
            problems.append(document.problem(place, "A05", str(error), fix))
    anchored = document.text
    for start, end, replacement in sorted(edits, reverse=True):
        anchored = anchored[:start] + replacement + anchored[end:]
    return anchored


def groups(data: Any) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Each part of an extraction that has a place in the text: identities and groups of claims."""
    for r, record in mappings(data.get("records") if isinstance(data, dict) else None):
        if isinstance(record.get("identity"), dict):
            yield ("records", r, "identity"), record["identity"]
        for g, group in mappings(record.get("claims")):
            yield ("records", r, "claims", g), group


def _edits(
    document: Document, path: Path_, group: dict[str, Any], lines: list[str]
) -> Iterator[tuple[int, int, str]]:
    at = parse(str(group["at"])) if "at" in group else None
    if "quote" in group:
        if at and at.start is not None:
            raise ValueError("at: beside quote: names a line alone, such as L12")
        made = str(locate(str(group["quote"]), lines, at.line if at else None))
        key, _, end = document.span((*path, "quote"))
        if at is None:
            yield key, end, f"at: {made}"
            return
        _, at_start, at_end = document.span((*path, "at"))
        yield at_start, at_end, made
        yield _whole_entry(document.text, key, end)
    elif at is not None:
        wrong = mismatch(at, lines)
        if wrong:
            raise ValueError(wrong)
        if at.digest is None:
            whole = Locator(at.line, at.start, at.end, digest(at.cut(lines[at.line - 1]))[:8])
            _, start, end = document.span((*path, "at"))
            yield start, end, str(whole)


def _whole_entry(text: str, key: int, end: int) -> tuple[int, int, str]:
    """The edit that takes out an entry, with its line or its comma."""
    line_start = text.rfind("\n", 0, key) + 1
    line_end = text.find("\n", end) + 1 or len(text)
    if not text[line_start:key].strip() and re.fullmatch(r"\s*(#.*)?\s*", text[end:line_end]):
        return line_start, line_end, ""
    before = re.compile(r",\s*$").search(text, 0, key)
    if before:
        return before.start(), end, ""
    behind = re.compile(r"\s*,\s*").match(text, end)
    return key, behind.end() if behind else end, ""


def departures(document: Document, text: str, raw_sha256: str) -> Iterator[Problem]:
    """Where what an extraction records of its text (hash, length, lines) is not what the text is."""
    source, listed = document.data["source"], document.data.get("lines")
    rows = [(n, row) for n, row in mappings(listed) if isinstance(row.get("line"), int)]
    recorded = {"text_sha256": raw_sha256, "text_characters": len(text)}
    for key, actual in recorded.items():
        if source.get(key) != actual:
            said = f"the text's {key} is {actual}"
            yield document.problem(("source", key), "A06", said, "write that, or find the right text")
    known = {p.line: p for p in passages(text)}
    for number, row in rows:
        actual_line = known.pop(row["line"], None)
        if actual_line is None:
            said = f"line {row['line']} of the text is empty or not there"
            yield document.problem(("lines", number), "A06", said, "remove it")
        elif (row.get("chars"), row.get("sha256")) != (actual_line.chars, actual_line.sha256):
            said = f"line {row['line']} has {actual_line.chars} characters and hash {actual_line.sha256}"
            yield document.problem(("lines", number), "A06", said, "write that")
    for line in known:
        yield document.problem(("lines",), "A06", f"line {line} of the text is not listed", "add it")


def anchor_files(root: Path, paths: list[str], folder: Path, *, verify: bool) -> list[str]:
    """Anchor the extractions at `paths` (all of them, if none is given) with the texts in `folder`.

    Gives a line of report for each. With `verify` nothing is written, and a quote is a problem
    too. Raises InvalidDataset with everything that is wrong; then nothing is written either.
    """
    problems: list[Problem] = []
    if not folder.is_dir():
        raise InvalidDataset(
            [missing(str(folder), "name the texts' folder with --articles or MMRU_ARTICLES")]
        )
    known = texts(folder)
    listed = paths or [
        f"seeds/articles/{p.name}" for p in sorted((root / "seeds" / "articles").glob("*.yaml"))
    ]
    documents = [d for path in listed if (d := Document.read(root, path, problems))]
    if not listed:
        raise InvalidDataset([missing("seeds/articles", "run the command in the dataset's top folder")])
    anchored = {d: _anchored(d, known, problems) for d in documents}
    if verify:
        drafts = (d for d, made in anchored.items() if made != d.text)
        said = "holds quotes or locators without a hash"
        problems.extend(d.problem((), "A01", said, "run mmru anchor") for d in drafts)
    if problems:
        raise InvalidDataset(problems)
    for document, made in anchored.items():
        if made != document.text:
            replace_file(root / document.path, made.encode())
    return [
        f"{d.path}: {sum(1 for _ in groups(d.data))} places {'hold' if made == d.text else 'anchored'}"
        for d, made in anchored.items()
    ]


def _anchored(document: Document, known: Mapping[str, Path], problems: list[Problem]) -> str:
    """The extraction anchored with its text, which is found by its hash."""
    source = document.data.get("source") if isinstance(document.data, dict) else None
    hashed = str(source.get("text_sha256") or "") if isinstance(source, dict) else ""
    if isinstance(source, dict) and not hashed:
        return document.text
    if hashed not in known:
        said = f"no text with the hash '{hashed}' is at hand"
        fix = "put the text into the folder named by --articles, or mend text_sha256"
        problems.append(document.problem(("source", "text_sha256"), "A09", said, fix))
        return document.text
    text = read_text(Path(), str(known[hashed]), problems)
    if text is None:
        return document.text
    problems.extend(departures(document, text, hashed))
    if not document.locatable:
        said = "holds several documents or characters that YAML does not allow"
        problems.append(document.problem((), "R03", said, "write one document of plain text"))
        return document.text
    anchored = anchor(document, text, problems)
    problems.extend(_misquoted(document, text.split("\n")))
    made = Document.parse(document.path, anchored, [])
    if made is None or _unanchored(made.data) != _unanchored(document.data):
        said = "cannot be anchored as it is written"
        problems.append(document.problem((), "A10", said, "write each quote: on a line of its own"))
        return document.text
    return anchored


def _misquoted(document: Document, lines: list[str]) -> Iterator[Problem]:
    """Original words that do not stand among the words that their claim cites."""
    for path, group in groups(document.data):
        cited = str(group.get("quote") or _cut(str(group.get("at")), lines))
        says = group.get("says")
        given = [((*path, "says", name), v) for name, v in says.items()] if isinstance(says, dict) else []
        for place, value in [(path, group), *given]:
            for member, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
                original = one.get("original") if isinstance(one, dict) else None
                if original and str(original) not in cited:
                    said = f"'{original}' does not stand among the words cited"
                    at = (*place, "original") if member is None else (*place, member, "original")
                    yield document.problem(at, "A11", said, "give words of the passage, or cite more of it")


def _cut(at: str, lines: list[str]) -> str:
    """The words at a place in a text; none where there is no such place."""
    try:
        locator = parse(at)
    except ValueError:
        return ""
    return locator.cut(lines[locator.line - 1]) if locator.line <= len(lines) else ""


def _unanchored(data: Any) -> Any:
    """An extraction without its places, to compare what anchoring must not change."""
    copied = deepcopy(data)
    for _, group in groups(copied):
        group.pop("at", None)
        group.pop("quote", None)
    return copied
