"""What the commands share: the option --articles, and how they print help, lines and problems."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote as quoted_url

import click

from mmru.errors import Problem, counted, has_error
from mmru.model.characters import with_lf
from mmru.verify import printable

FORMATS = ("text", "json", "github", "sarif")  # in which problems can be reported
ARTICLES = click.option(
    "--articles",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MMRU_ARTICLES",
    multiple=True,
    default=["../shared/articles"],
    show_default=True,
    help="Folder with texts of articles, found by their hashes; give it again for another one. Also: "
    "MMRU_ARTICLES, with a colon (on Windows a semicolon) between folders.",
)
SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
WIDTH = 100  # characters of a file's line that are shown below a problem


class Command(click.Command):
    """A command whose help can be printed on any terminal."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help."""
        return "\n".join(map(shown, super().get_help(ctx).split("\n")))


def echo(line: str, *, err: bool = False) -> None:
    """Print a line; what the terminal cannot show, or would obey, becomes an escape such as \\x1b."""
    click.echo(shown(line, err=err), err=err)


def echo_json(text: str) -> None:
    """Print JSON in UTF-8, whatever the encoding of the terminal; all that is invisible becomes an escape."""

    def visible(found: re.Match[str]) -> str:
        return found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1]

    click.echo(re.sub(r"[^\n -~]", visible, text).encode())


def shown(text: str, *, err: bool = False) -> str:
    """Return a line as it is printed."""
    return printable(text, (sys.stderr if err else sys.stdout).encoding or "utf-8")


def print_step(step: str) -> None:
    """Print progress, on a terminal only and not in continuous integration."""
    if sys.stderr.isatty() and not os.environ.get("CI"):
        click.echo(click.style(shown(f"… {step}", err=True), dim=True), err=True)


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        echo(line)


def print_problems(problems: Sequence[Problem], outcome: str = "", form: str = "text") -> None:
    """Print problems and their number; on a terminal with the line of the file that has each."""
    text = form == "text"
    for line in report(problems, form, Path.cwd(), quote=text and sys.stderr.isatty()):
        if form in ("json", "sarif"):
            echo_json(line)
        else:
            echo(line, err=text)
    if text and problems:
        echo(f"{count(problems)}{outcome}", err=True)


def exit_if_invalid(problems: Iterable[Problem]) -> None:
    if has_error(problems):
        raise SystemExit(1)


def report(problems: Sequence[Problem], form: str, root: Path, *, quote: bool) -> Iterator[str]:
    """Yield the lines to print for problems, in one of FORMATS.

    With `quote`, text shows the line of the file below each problem, with a caret under its column.
    """
    if form == "json":
        yield json.dumps([{**vars(p), "level": p.level} for p in problems], ensure_ascii=False, indent=2)
    elif form == "sarif":
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
    return ", ".join(counted(number, noun) for number, noun in numbers if number)


def _annotation(problem: Problem) -> str:
    """Return a workflow command of GitHub Actions, escaped as its toolkit does."""
    place = f"file={_property(problem.path)},line={problem.line},col={problem.column},title={problem.code}"
    return f"::{problem.level} {place}::{_data(problem.text)}"


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


def sarif(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return problems as a log of one run in SARIF 2.1.0; its rules are the codes that occur."""
    from mmru.checks.catalogue import catalogue

    found = {problem.code for problem in problems}
    rules = [
        {
            "id": entry["code"],
            "shortDescription": {"text": entry["title"]},
            "fullDescription": {"text": entry["cause"]},
            "help": {"text": entry["fix"]},
        }
        for entry in catalogue()
        if entry["code"] in found
    ]
    run = {
        "tool": {"driver": {"name": "mmru", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem) for problem in problems],
    }
    return {"$schema": SARIF, "version": "2.1.0", "runs": [run]}


def _result(problem: Problem) -> dict[str, Any]:
    place = {
        "artifactLocation": {"uri": quoted_url(os.fsencode(problem.path)), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": problem.line, "startColumn": problem.column},
    }
    return {
        "ruleId": problem.code,
        "level": problem.level,
        "message": {"text": printable(problem.text)},
        "locations": [{"physicalLocation": place}],
    }
