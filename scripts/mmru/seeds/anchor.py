"""Turn quotes into locators, which point into an article's text without repeating it.

A locator names a line of the text (from 1), a half-open range of its characters (Unicode code
points, from 0) and the first eight hexadecimal digits of the SHA-256 of those characters in
UTF-8: `L12.40-93~7f3ac19e`. A whole line is `L12~7f3ac19e`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

from mmru.errors import InvalidDataset, Problem, listed
from mmru.io.atomic import replace_file
from mmru.io.validation import check_text
from mmru.io.yaml_file import Document, mappings, read_article
from mmru.model.characters import align, comparable, is_boundary
from mmru.model.locator import Locator, digest, mismatch, parse, passages, texts
from mmru.model.schema import missing
from mmru.model.text import Path_
from mmru.seeds.extract import groups
from mmru.seeds.json_schema import NO_TEXT
from mmru.seeds.nearest import in_other_form, nearest

_Edit = tuple[int, int, str]  # start and end of the text to replace, and its replacement


class _Anchored(NamedTuple):
    """The new text of an extraction, and what is wrong with it; with problems, it is not written.

    `lacking` is the problem that the text of its article is not at hand.
    """

    document: Document
    text: str
    problems: list[Problem]
    lacking: Problem | None = None


def anchor_files(
    root: Path, paths: list[str], folder: Path, *, verify: bool
) -> tuple[list[str], list[Problem]]:
    """Anchor the extractions at `paths` (without paths: all) with the texts in `folder`.

    Return a line of report for each extraction. With `verify`, nothing is written, and a quote is a
    problem. Raise InvalidDataset with all problems; then nothing is written either. A text that is not
    at hand is such a problem where its extraction is named, or with `verify`. Else it is reported, and
    returned as a problem only where its extraction has places without a locator.
    """
    if not folder.is_dir():
        fix = "name the texts' folder with --articles or MMRU_ARTICLES"
        raise InvalidDataset([missing(str(folder), fix)])
    known = texts(folder)
    articles = sorted((root / "seeds" / "articles").glob("*.yaml"))
    needed = verify or bool(paths)
    paths = paths or [f"seeds/articles/{path.name}" for path in articles]
    if not paths:
        raise InvalidDataset([missing("seeds/articles", "run the command in the dataset's top folder")])
    results = [_anchor(Document.read(root, path), known) for path in paths]
    problems = [problem for result in results for problem in result.problems]
    lacking = [result.lacking for result in results if result.lacking]
    problems += lacking if needed else []
    changed = [result for result in results if result.text != result.document.text]
    if verify:
        message = "has quotes, or locators without a hash"
        problems += [r.document.problem((), "A01", message, "run mmru anchor") for r in changed]
    if problems:
        raise InvalidDataset(problems)
    for result in changed:
        _write(root / result.document.path, result.text)
    unfinished = {result.document.path for result in results if _is_unfinished(result.document)}
    return [_report(result) for result in results], [p for p in lacking if p.path in unfinished]


def locate(words: str, lines: list[str], line: int | None = None) -> Locator:
    """Return the locator of words quoted from a text, or from one line of it.

    The words may be composed in another way than the text, and lack characters that nobody sees. Raises
    ValueError where the words are not there, are there more than once, or cut a combining sequence.
    """
    sought = comparable(words)
    if not sought.strip():
        raise ValueError("these words have no visible character")
    numbered = list(enumerate(lines, 1)) if line is None else [*enumerate(lines[line - 1 : line], line)]
    found = [(number, place) for number, content in numbered for place in align(content).find(sought)]
    if len(found) > 1:
        where = listed((f"L{number}.{start}" for number, (start, _) in found), 4)
        raise ValueError(f"these words occur {len(found)} times: {where}")
    if not found:
        message = "these words are not " + (f"on line {line}" if line else "in the text")
        instead = _cut_sequence(sought, numbered) or nearest(words, numbered)
        raise ValueError(f"{message}: {instead}" if instead else message)
    number, (start, end) = found[0]
    return Locator(number, start, end, digest(lines[number - 1][start:end])[:8])


def _cut_sequence(sought: str, lines: Iterable[tuple[int, str]]) -> str:
    """Return what is wrong with words that are in a text, but begin or end inside a combining sequence."""
    for number, line in lines:
        aligned = align(line)
        at = aligned.text.find(sought)
        if at >= 0:
            start, end = aligned.around(at, at + len(sought))
            return f"L{number}.{start}-{end} has '{line[start:end]}', and the quote cuts off a mark of it"
    return ""


def _write(path: Path, text: str) -> None:
    """Replace a file, with the line ends that it has."""
    newline = "\r\n" if b"\r\n" in path.read_bytes() else "\n"
    replace_file(path, text.replace("\n", newline).encode())


def _is_unfinished(document: Document) -> bool:
    """Return whether an extraction has quotes, or locators without a hash."""
    return any("quote" in group or "~" not in str(group.get("at", "~")) for _, group in groups(document.data))


def _report(result: _Anchored) -> str:
    document, places = result.document, sum(1 for _ in groups(result.document.data))
    if result.lacking:
        return f"{document.path}: unchanged, since {result.lacking.message}"
    return f"{document.path}: {places} places {'verified' if result.text == document.text else 'anchored'}"


def _anchor(document: Document, known: Mapping[str, Path]) -> _Anchored:
    """Anchor an extraction with its text, which is found by its hash."""
    if document.problems:
        return _Anchored(document, document.text, list(document.problems))
    text = _text_of(document, known)
    problems = list(_no_texts(document))
    if isinstance(text, Problem):
        if text.code == "A09":
            return _Anchored(document, document.text, problems, text)
        return _Anchored(document, document.text, [text])
    if problems:
        return _Anchored(document, document.text, problems)
    hashed = document.data["source"]["text_sha256"]
    problems = list(_departures(document, text, hashed))
    if not document.nodes.are_known:
        message = "has several documents, or characters that YAML does not allow"
        problems.append(document.problem((), "R03", message, "write one document of plain text"))
        return _Anchored(document, document.text, problems)
    lines = text.split("\n")
    anchored, failed = _with_locators(document, lines)
    problems += failed
    if _without_places(Document.parse(document.path, anchored).data) != _without_places(document.data):
        fix = "write each quote: on a line of its own"
        problems.append(document.problem((), "A10", "cannot be anchored as it is written", fix))
    return _Anchored(document, anchored, problems)


def _text_of(document: Document, known: Mapping[str, Path]) -> str | Problem:
    """Return the text of an extraction, or the problem why there is none."""
    source = document.data.get("source") if isinstance(document.data, dict) else None
    path: Path_ = ("source", "text_sha256")
    if not isinstance(source, dict) or "text_sha256" not in source:
        return document.problem(("source",), "R06", "the key 'text_sha256' is missing", NO_TEXT)
    hashed = source["text_sha256"]
    if problem := check_text(document, path, hashed):
        return problem
    if hashed in known:
        return read_article(known[hashed])
    message = f"no text with the hash '{hashed}' was found"
    fix = "put the text into the folder named by --articles, or correct text_sha256"
    return document.problem(path, "A09", message, fix)


def _no_texts(document: Document) -> Iterator[Problem]:
    """Yield what must be text and is read as a number, as true or false, or as nothing."""
    values: dict[Path_, Any] = {}
    for path, group in groups(document.data):
        values |= {(*path, key): group[key] for key in ("at", "quote") if key in group}
        values |= dict(_originals(path, group))
    for number, row in mappings(document.data.get("lines")):
        values |= {("lines", number, "sha256"): row["sha256"]} if "sha256" in row else {}
    for path, value in values.items():
        if problem := check_text(document, path, value):
            yield problem


def _with_locators(document: Document, lines: list[str]) -> tuple[str, list[Problem]]:
    """Return the text of an extraction with locators for quotes and drafts, and those that fail.

    Everything else, comments included, stays as it is.
    """
    edits: set[_Edit] = set()  # a set, since YAML aliases repeat one part at several paths
    problems: list[Problem] = []
    for path, group in groups(document.data):
        try:
            edits.update(_edits(document, path, group, lines))
            problems += _misquoted(document, path, group, lines)
        except ValueError as error:
            place = (*path, "quote") if "quote" in group else (*path, "at")
            fix = "quote words that occur once, or add at: L12 beside quote: to name their line"
            problems.append(document.problem(place, "A05", str(error), fix))
    return _edited(document.text, edits), problems


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _edits(document: Document, path: Path_, group: dict[str, Any], lines: list[str]) -> Iterator[_Edit]:
    """Yield the edits that give a group its locator. Raises ValueError where there is none."""
    at = parse(group["at"]) if "at" in group else None
    if "quote" in group:
        if at and at.start is not None:
            raise ValueError("at: beside quote: must name a line only, such as L12")
        locator = str(locate(group["quote"], lines, at.line if at else None))
        key, _, end = document.nodes.span((*path, "quote"))
        if at is None:
            yield key, end, f"at: {locator}"
            return
        _, at_start, at_end = document.nodes.span((*path, "at"))
        yield at_start, at_end, locator
        yield _removal(document.text, key, end)
    elif at is not None:
        wrong = mismatch(at, lines)
        if wrong:
            raise ValueError(wrong)
        if at.digest is None:
            line = lines[at.line - 1]
            if not all(is_boundary(line, offset) for offset in (at.start, at.end) if offset is not None):
                raise ValueError(f"{at} cuts a combining sequence of the text")
            complete = at._replace(digest=digest(at.cut(line))[:8])
            _, start, end = document.nodes.span((*path, "at"))
            yield start, end, str(complete)


def _removal(text: str, key: int, end: int) -> _Edit:
    """Return the edit that removes an entry with its line, or with its comma."""
    line_start = text.rfind("\n", 0, key) + 1
    line_end = text.find("\n", end) + 1 or len(text)
    if not text[line_start:key].strip() and re.fullmatch(r"\s*(#.*)?\s*", text[end:line_end]):
        return line_start, line_end, ""
    before = re.compile(r",\s*$").search(text, 0, key)
    if before:
        return before.start(), end, ""
    behind = re.compile(r"\s*,\s*").match(text, end)
    return key, behind.end() if behind else end, ""


def _departures(document: Document, text: str, raw_sha256: str) -> Iterator[Problem]:
    """Yield where an extraction records another hash, length or line than its text has."""
    source, rows = document.data["source"], mappings(document.data.get("lines"))
    for key, actual in {"text_sha256": raw_sha256, "text_characters": len(text)}.items():
        if source.get(key) != actual:
            fix = "record that, or find the right text"
            yield document.problem(("source", key), "A06", f"the text's {key} is {actual}", fix)
    unlisted = {passage.line: passage for passage in passages(text)}
    for number, row in ((n, row) for n, row in rows if isinstance(row.get("line"), int)):
        passage = unlisted.pop(row["line"], None)
        if passage is None:
            message = f"line {row['line']} of the text is empty or missing"
            yield document.problem(("lines", number), "A06", message, "remove it")
        elif (row.get("chars"), row.get("sha256")) != (passage.chars, passage.sha256):
            message = f"line {row['line']} has {passage.chars} characters and hash {passage.sha256}"
            yield document.problem(("lines", number), "A06", message, "record that")
    for line in unlisted:
        yield document.problem(("lines",), "A06", f"line {line} of the text is not listed", "add it")


def _misquoted(document: Document, path: Path_, group: dict[str, Any], lines: list[str]) -> Iterator[Problem]:
    """Yield original words that are not among the words that their claim cites."""
    cited = group.get("quote") or _cut(group.get("at", ""), lines)
    for place, original in _originals(path, group):
        if comparable(original) not in comparable(cited):
            message = f"'{original}' is not among the words cited"
            if form := in_other_form(original, cited):
                message += f", which have '{cited[form.start : form.end]}': it differs in {form.reasons}"
            fix = "quote words of the passage, or cite more of it"
            yield document.problem(place, "A11", message, fix)


def _originals(path: Path_, group: dict[str, Any]) -> Iterator[tuple[Path_, Any]]:
    """Yield the original words given for an identity or for the values of a group, with their paths."""
    says = group.get("says")
    values = {(*path, "says", name): v for name, v in says.items()} if isinstance(says, dict) else {}
    for place, value in {path: group, **values}.items():
        members = (
            [((*place, n), v) for n, v in enumerate(value)] if isinstance(value, list) else [(place, value)]
        )
        for at, member in members:
            if isinstance(member, dict) and "original" in member:
                yield (*at, "original"), member["original"]


def _cut(at: str, lines: list[str]) -> str:
    """Return the words at a place in a text; none where there is no such place."""
    try:
        locator = parse(at)
    except ValueError:
        return ""
    return locator.cut(lines[locator.line - 1]) if locator.line <= len(lines) else ""


def _without_places(data: Any) -> Any:
    """Return an extraction without its places: what anchoring must not change."""
    copied = deepcopy(data)
    for _, group in groups(copied):
        group.pop("at", None)
        group.pop("quote", None)
    return copied
