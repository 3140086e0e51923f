"""What is wrong, where, and what to do about it: one line for each problem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

FORMATS = ("text", "json", "github")  # in which problems can be reported
ENGINES = ("polars", "spark")  # on which published tables can be checked
TOLD = ("text", "json", "markdown")  # in which a difference between editions can be told


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong at one place.

    `line` and `column` count from 1, in lines of the file and code points of the line.
    `code` is stable, so that people and programs can look it up.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    fix: str = ""

    @property
    def is_warning(self) -> bool:
        """Whether it is valid, but implausible: all codes that begin with P."""
        return self.code.startswith("P")

    @property
    def level(self) -> str:
        return "warning" if self.is_warning else "error"

    def __str__(self) -> str:
        text = f"{self.path}:{self.line}:{self.column}: {self.code} {self.message}"
        return f"{text}; {self.fix}" if self.fix else text


class Position(NamedTuple):
    """A place in a file: its path from the dataset's top folder, and a line and column from 1."""

    path: str
    line: int = 1
    column: int = 1


class Placed(Protocol):
    """Where something comes from, so that it can be told what is wrong there."""

    def problem(self, code: str, message: str, fix: str = "") -> Problem: ...


class InvalidDataset(Exception):
    """The input cannot be used; `problems` says why, all of it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(word: object, options: Iterable[object]) -> str:
    """`did you mean 'visit'?` for the nearest option, or an empty string where none is near."""
    from rapidfuzz import fuzz, process

    best = process.extractOne(str(word), [str(o) for o in options], scorer=fuzz.ratio)
    return f"did you mean '{best[0]}'?" if best and best[1] >= 60 else ""


class Unknown(LookupError):
    """There is no table, column, record or style of that name; the message names the nearest."""


class Damaged(Exception):
    """A file of the release is missing or is not as it was released; the message names it."""
