"""Print problems for people, programs or continuous integration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from mmru.errors import Problem
from mmru.model.characters import with_lf

WIDTH = 100  # characters of a file's line that are shown below a problem


def report(problems: Sequence[Problem], form: str, root: Path, *, quote: bool) -> Iterator[str]:
    """Yield the lines to print for problems, in one of errors.FORMATS.

    With `quote`, text shows the line of the file below each problem, with a caret under its column.
    """
    if form == "json":
        yield json.dumps([_record(p) for p in problems], ensure_ascii=False, indent=2)
    elif form == "github":
        yield from map(_annotation, problems)
    else:
        for problem in problems:
            yield _printable(str(problem))
            if quote:
                yield from _quoted(problem, root)


def count(problems: Iterable[Problem]) -> str:
    """Return the numbers of problems and warnings, in words."""
    listed = list(problems)
    warnings = sum(p.is_warning for p in listed)
    numbers = ((len(listed) - warnings, "problem"), (warnings, "warning"))
    return ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in numbers if n)


def _record(problem: Problem) -> dict[str, str | int]:
    return {**vars(problem), "level": problem.level}


def _annotation(problem: Problem) -> str:
    """Return a workflow command of GitHub Actions, escaped as its toolkit does."""
    place = f"file={_property(problem.path)},line={problem.line},col={problem.column},title={problem.code}"
    message = f"{problem.message}; {problem.fix}" if problem.fix else problem.message
    return f"::{problem.level} {place}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _quoted(problem: Problem, root: Path) -> Iterator[str]:
    try:
        lines = with_lf((root / problem.path).read_bytes()).decode("utf-8").split("\n")
        line = lines[problem.line - 1]
    except (OSError, UnicodeDecodeError, IndexError):
        return
    if not line.strip():
        return
    # of a long line, show the part around the column
    start = max(0, problem.column - 1 - WIDTH // 2) if len(line) > WIDTH else 0
    yield f"    {_printable(line[start : start + WIDTH])}"
    yield f"    {' ' * (problem.column - 1 - start)}^"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
