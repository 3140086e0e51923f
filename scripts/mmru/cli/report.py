"""Print problems for people, programs or continuous integration, and lines on any terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from mmru.errors import Problem
from mmru.model.characters import with_lf
from mmru.verify import printable

WIDTH = 100  # characters of a file's line that are shown below a problem


def echo(line: str, *, err: bool = False) -> None:
    """Print a line; what the terminal cannot show, or would obey, becomes an escape such as \\x1b."""
    click.echo(shown(line, err=err), err=err)


def echo_json(text: str) -> None:
    """Print JSON in UTF-8, whatever the encoding of the terminal."""
    click.echo("\n".join(map(_json_line, text.split("\n"))).encode())


def shown(text: str, *, err: bool = False) -> str:
    """Return a line as it is printed."""
    return printable(text, (sys.stderr if err else sys.stdout).encoding or "utf-8")


def _json_line(line: str) -> str:
    """Return a line of JSON with the escapes of JSON for all that is invisible."""
    return (
        line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
    )


def report(problems: Sequence[Problem], form: str, root: Path, *, quote: bool) -> Iterator[str]:
    """Yield the lines to print for problems, in one of errors.FORMATS.

    With `quote`, text shows the line of the file below each problem, with a caret under its column.
    """
    if form == "json":
        yield json.dumps([_record(p) for p in problems], ensure_ascii=False, indent=2)
    elif form == "sarif":
        from mmru.cli.sarif import sarif

        yield json.dumps(sarif(problems), ensure_ascii=False, indent=2)
    elif form == "github":
        yield from map(_annotation, problems)
    else:
        for problem in problems:
            yield str(problem)
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
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


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
    before, behind = line[start : problem.column - 1], line[problem.column - 1 : start + WIDTH]
    yield f"    {before}{behind}"
    yield f"    {' ' * len(shown(before, err=True))}^"
