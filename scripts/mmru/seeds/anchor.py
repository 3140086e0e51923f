"""Turn quotes into locators, which point into an article's text without repeating it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from mmru.errors import InvalidDataset, Problem, listed
from mmru.io.atomic import replace_file
from mmru.io.validation import check_text
from mmru.io.yaml_file import Document, mappings, read_article, read_text
from mmru.model.characters import align, article_bytes, comparable, is_boundary
from mmru.model.locator import Locator, digest, mismatch, parse, texts
from mmru.model.schema import missing
from mmru.model.text import Path_
from mmru.seeds.extract import groups
from mmru.seeds.fingerprints import fingerprints_of, path_for
from mmru.seeds.nearest import in_other_form, nearest

_Edit = tuple[int, int, str]  # start and end of the text to replace, and its replacement


class _Anchored(NamedTuple):
    """The new text of an extraction and of its fingerprints, and what is wrong; with problems, neither is
    written.

    `lacking` is the problem that the text of its article was not found.
    """

    document: Document
    text: str
    problems: list[Problem]
    lacking: Problem | None = None
    fingerprints: str = ""

    @property
    def is_changed(self) -> bool:
        return self.text != self.document.text


def anchor_files(
    root: Path, paths: list[str], folders: Sequence[Path], *, verify: bool
) -> tuple[list[str], list[Problem]]:
    """Anchor the extractions at `paths` (without paths: all) with the texts in `folders`.

    Return a line of report for each extraction. With `verify`, nothing is written, and a quote is a
    problem. Raise InvalidDataset with all problems; then nothing is written either. A text that is not
    found is such a problem if its extraction is named, or with `verify` if no text is found at all. Else it
    is reported, and returned as a problem only where its extraction has places without a locator.
    """
    fix = "name the texts' folder with --articles or MMRU_ARTICLES"
    if absent := [missing(str(folder), fix) for folder in folders if not folder.is_dir()]:
        raise InvalidDataset(absent)
    known = texts(folders)
    articles = sorted((root / "seeds" / "articles").glob("*.yaml"))
    is_named = bool(paths)
    paths = paths or [f"seeds/articles/{path.name}" for path in articles]
    if not paths:
        raise InvalidDataset([missing("seeds/articles", "run the command in the dataset's top folder")])
    results = [_anchor(root, path, known) for path in paths]
    problems = [problem for result in results for problem in result.problems]
    lacking = [result.lacking for result in results if result.lacking]
    if is_named or (verify and len(lacking) == len(results)):
        problems += lacking
    outdated = [(result, line) for result in results if (line := _outdated_line(root, result))]
    if verify:
        message = "has quotes, or locators without a hash"
        problems += [
            r.document.problem((), "A01", message, "run mmru anchor") for r in results if r.is_changed
        ]
        for result, line in outdated:
            path, fix = path_for(result.document.path), f"run mmru anchor {result.document.path}"
            problems.append(Problem(path, line, 1, "A06", "does not match the text", fix))
    if problems:
        raise InvalidDataset(problems)
    for result in results:
        if result.is_changed:
            _write(root / result.document.path, result.text)
    for result, _ in outdated:
        file = root / path_for(result.document.path)
        file.parent.mkdir(exist_ok=True)
        replace_file(file, result.fingerprints.encode())
    waiting = [r.lacking for r in results if r.lacking and _is_unfinished(r.document)]
    return [_report(result) for result in results], waiting


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
    return Locator.of(number, lines[number - 1], start, end)


def _cut_sequence(sought: str, lines: Iterable[tuple[int, str]]) -> str:
    """Return what is wrong with words that are in a text, but begin or end inside a combining sequence."""
    for number, line in lines:
        aligned = align(line)
        at = aligned.text.find(sought)
        if at >= 0:
            start, end = aligned.around(at, at + len(sought))
            return f"L{number}.{start}-{end} has '{line[start:end]}', and the quote cuts off a mark of it"
    return ""


def _outdated_line(root: Path, result: _Anchored) -> int:
    """Return the first line of the fingerprints that does not match the text; 0 if there is none."""
    if not result.fingerprints:
        return 0
    written = read_text(root, path_for(result.document.path))
    lines = written.split("\n") if isinstance(written, str) else []
    pairs = zip_longest(lines, result.fingerprints.split("\n"))
    return next((number for number, (one, other) in enumerate(pairs, 1) if one != other), 0)


def _write(path: Path, text: str) -> None:
    """Replace a file, with the line ends that it has."""
    newline = "\r\n" if b"\r\n" in path.read_bytes() else "\n"
    replace_file(path, text.replace("\n", newline).encode())


def _is_unfinished(document: Document) -> bool:
    """Return whether an extraction has quotes, or locators without a hash."""
    return any("quote" in group or "~" not in str(group.get("at", "~")) for _, group in groups(document.data))


def _report(result: _Anchored) -> str:
    document, places = result.document, sum(1 for _ in _placed(result.document))
    if result.lacking:
        return f"{document.path}: unchanged, since {result.lacking.message}"
    return f"{document.path}: {places} places {'anchored' if result.is_changed else 'verified'}"


def _anchor(root: Path, path: str, known: Mapping[str, Path]) -> _Anchored:
    """Anchor an extraction with its text."""
    document = Document.read(root, path)
    problems = list(document.problems) or list(_no_texts(document))
    if problems:
        return _Anchored(document, document.text, problems)
    found = _text_of(root, document, known)
    text = found if isinstance(found, Problem) else read_article(found)
    if isinstance(text, Problem):
        is_lacking = text.code == "A09"
        return _Anchored(document, document.text, [] if is_lacking else [text], text if is_lacking else None)
    if not document.nodes.are_known:
        message = "has several documents, or characters that YAML does not allow"
        problem = document.problem((), "R03", message, "write one document of plain text")
        return _Anchored(document, document.text, [problem])
    anchored, problems = _with_locators(document, text.split("\n"))
    if _without_places(Document.parse(document.path, anchored).data) != _without_places(document.data):
        fix = "write each quote: on a line of its own"
        problems.append(document.problem((), "A10", "cannot be anchored as it is written", fix))
    return _Anchored(document, anchored, problems, fingerprints=fingerprints_of(Path(path).stem, text))


def _placed(document: Document) -> Iterator[dict[str, Any]]:
    """Yield the parts of an extraction that give a place of their own."""
    return (group for _, group in groups(document.data) if "at" in group or "quote" in group)


def _text_of(root: Path, document: Document, known: Mapping[str, Path]) -> Path | Problem:
    """Return the file with the text of an extraction, or the problem that there is none.

    The text is known by the hash in the fingerprints. Without sound fingerprints it is the one in which
    most of the places verified.
    """
    held = Document.read(root, path_for(document.path))
    data = held.data if isinstance(held.data, dict) else {}
    hashed = data.get("text_sha256")
    if isinstance(hashed, str) and data.get("source_id") == Path(document.path).stem:
        message = f"no text with the hash '{hashed}' was found"
        fix = "put the text into the folder named by --articles, or remove this file if there is another text"
        return known.get(hashed) or held.problem(("text_sha256",), "A09", message, fix)
    counts = {path: _held(document, path) for path in known.values()}
    best = [path for path, count in counts.items() if count and count == max(counts.values())]
    if len(best) == 1:
        return best[0]
    message = "no text was found that has its quotes and locators"
    return document.problem((), "A09", message, "put the text into the folder named by --articles")


def _held(document: Document, path: Path) -> int:
    """Return how many places of an extraction a text has."""
    lines = article_bytes(path.read_bytes()).decode("utf-8", "replace").split("\n")
    text, held = comparable("\n".join(lines)), 0
    for group in _placed(document):
        if "quote" in group:
            held += comparable(group["quote"]) in text
        else:
            with suppress(ValueError):
                held += not mismatch(parse(group["at"]), lines)
    return held


def _no_texts(document: Document) -> Iterator[Problem]:
    """Yield what must be text and is read as a number, as true or false, or as nothing."""
    values: dict[Path_, Any] = {}
    for path, group in groups(document.data):
        values |= {(*path, key): group[key] for key in ("at", "quote") if key in group}
        values |= dict(_originals(path, group))
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
    text = document.text
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text, problems


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


def _misquoted(document: Document, path: Path_, group: dict[str, Any], lines: list[str]) -> Iterator[Problem]:
    """Yield original words that are not among the words that their claim cites."""
    placed = group if "at" in group or "quote" in group else _first_claim(document, path)
    cited = placed.get("quote") or _cut(placed.get("at", ""), lines)
    for place, original in _originals(path, group):
        if comparable(original) not in comparable(cited):
            message = f"'{original}' is not among the words cited"
            if form := in_other_form(original, cited):
                message += f", which have '{cited[form.start : form.end]}': it differs in {form.reasons}"
            fix = "quote words of the passage, or cite more of it"
            yield document.problem(place, "A11", message, fix)


def _first_claim(document: Document, identity: Path_) -> dict[str, Any]:
    """Return the first claim of a record, whose place its identity has."""
    record = document.data["records"][identity[1]]
    return next((claim for _, claim in mappings(record.get("claims"))), {})


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
