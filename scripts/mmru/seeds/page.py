"""Compare the places that an extraction cites with any copy of the article: a page, plain or in HTML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mmru.errors import Problem, listed, raise_errors
from mmru.io.validation import Validator
from mmru.io.yaml_file import Document, read_article
from mmru.model.characters import is_blank
from mmru.model.locator import Passage, misplaced, parse
from mmru.model.pages import Span, find_spans, visible
from mmru.model.text import Path_
from mmru.seeds.extract import groups
from mmru.seeds.fingerprints import read_fingerprints
from mmru.seeds.json_schema import fingerprints
from mmru.seeds.reader import read_schemas


def verify_page(root: Path, extraction: str, page: Path) -> tuple[list[str], list[Problem]]:
    """Return a line of report, and the places of an extraction that a page lacks or has more than once.

    Raise InvalidDataset if the page or the extraction cannot be read.
    """
    schemas = read_schemas(root)
    validator = Validator(fingerprints(schemas.tables["sources"], schemas))
    prints, problems = read_fingerprints(root, extraction, validator)
    document = Document.read(root, extraction)
    text = read_article(page)
    if isinstance(text, Problem):
        problems.append(text)
    elif is_blank(visible(text).characters):
        problems.append(Problem(str(page), 1, 1, "A14", "has no text", "give a page with the article"))
    raise_errors([*problems, *document.problems])
    assert prints
    assert isinstance(text, str)
    cited = _cited(document, prints.lines)
    found = find_spans(cited, prints.lines.values(), text)
    lacking = [span for span, places in found.items() if not places]
    repeated = {span: places for span, places in found.items() if len(places) > 1}
    line = (
        f"{extraction}: {len(found) - len(lacking) - len(repeated)} of {len(found)} places found in {page}, "
        f"{len(lacking)} not found, {len(repeated)} found more than once"
    )
    for span in lacking:
        fix = "give a page with the whole text, or find out how its words differ"
        problems.append(document.problem(cited[span], "A13", f"{span} is not in {page}", fix))
    for span, places in repeated.items():
        where = listed((place.line for place in places), 4)
        message = f"{span} is in {page} {len(places)} times, on lines {where}"
        problems.append(document.problem(cited[span], "P60", message, "leave only the article in it"))
    return [line], sorted(problems)


def _cited(document: Document, lines: Mapping[int, Passage]) -> dict[Span, Path_]:
    """Return the places that an extraction cites, with the first part that cites each.

    Raise InvalidDataset if a place has no locator, or an impossible one.
    """
    cited: dict[Span, Path_] = {}
    problems = []
    for path, group in groups(document.data):
        if "at" not in group and "quote" not in group:
            continue
        place = (*path, "at")
        try:
            locator = parse(str(group.get("at", "")))
        except ValueError:
            locator = None
        if locator is None or not locator.digest:
            message = "has a quote, or a locator without a hash"
            problems.append(document.problem(path, "A01", message, "run mmru anchor"))
        elif wrong := misplaced(locator, lines.get(locator.line)):
            fix = "quote the words again and run mmru anchor"
            problems.append(document.problem(place, "A03", wrong, fix))
        else:
            end = locator.end or lines[locator.line].chars
            cited.setdefault(Span(locator.line, locator.start or 0, end, locator.digest), place)
    raise_errors(problems)
    return cited
