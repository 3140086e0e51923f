"""Problems: what is wrong, where, and how to fix it, on one line each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, Self

from mmru.verify import printable


@dataclass(frozen=True, order=True)
class Problem:
    """An error or warning at one place.

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
        """Whether the data are valid but implausible; the code then begins with P."""
        return self.code.startswith("P")

    @property
    def level(self) -> str:
        return "warning" if self.is_warning else "error"

    @property
    def text(self) -> str:
        """What is wrong, and how to fix it."""
        return f"{self.message}; {self.fix}" if self.fix else self.message

    def __str__(self) -> str:
        return printable(f"{self.path}:{self.line}:{self.column}: {self.code} {self.text}")


class Position(NamedTuple):
    """A place in a file: its path from the dataset's top folder, and a line and column from 1."""

    path: str
    line: int = 1
    column: int = 1

    def problem(self, code: str, message: str, fix: str = "") -> Problem:
        """Return a problem at this place."""
        return Problem(*self, code, message, fix)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class InvalidDataset(Exception):
    """The input cannot be used; `problems` has every reason."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))

    @classmethod
    def of(cls, subject: str, code: str, message: str, fix: str) -> Self:
        """Return the error for one problem of a whole file or argument."""
        return cls([Problem(subject, 1, 1, code, message, fix)])


class Damaged(InvalidDataset):
    """A file of a package is missing or is not as it was released; the message names it."""

    def __str__(self) -> str:
        return printable(f"{self.problems[0].path} {self.problems[0].text}")


class Unknown(LookupError):
    """A table, column, record, style or package does not exist; the message names the nearest one."""

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


def did_you_mean(word: object, options: Iterable[object]) -> str:
    """Return `did you mean 'visit'?` for the nearest option, or an empty string if none is near."""
    return _did_you_mean(str(word), tuple(dict.fromkeys(map(str, options))))


@lru_cache(64)  # a mistake is often repeated, and ten thousand options take a second
def _did_you_mean(word: str, options: tuple[str, ...]) -> str:
    # resources of 1.0.0 had names such as events_parquet
    begun = sorted((option for option in options if word.startswith(f"{option}_")), key=len)
    near = begun[-1:] or get_close_matches(word, options, 1)
    return f"did you mean '{near[0]}'?" if near else ""


def shortened(text: str, most: int = 60) -> str:
    """Return the text, or its first characters and an ellipsis where it has more than `most`."""
    return text if len(text) <= most else f"{text[:most]}…"


def listed(names: Iterable[object], most: int = 8) -> str:
    """Return the names with commas between them; after the first ones an ellipsis where there are more."""
    shown = list(islice(map(str, names), most + 1))
    return ", ".join(shown if len(shown) <= most else [*shown[:most], "…"])


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1: `2 changes`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def has_error(problems: Iterable[Problem]) -> bool:
    """Return whether a problem is an error, not a warning."""
    return any(not problem.is_warning for problem in problems)


def raise_errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems if all are warnings; raise InvalidDataset with all of them if one is an error."""
    found = list(problems)
    if has_error(found):
        raise InvalidDataset(found)
    return found


def install_command() -> str:
    """Return the command that installs what the commands need, also where only the wheel is at hand."""
    from importlib.metadata import requires

    names = (re.match(r"[\w-]+", entry) for entry in requires("mmru") or [] if "curate" in entry)
    return "pip install " + " ".join(name[0] for name in names if name and name[0] != "mmru")


def check_text(kind: str, name: object) -> str:
    """Return the name; raise Unknown if it is not a string."""
    if not isinstance(name, str):
        shown = shortened(str(name), 40)
        raise Unknown(f"a {kind} must be named by one string, not by {type(name).__name__} {shown}")
    return name


def check_name(kind: str, name: object, options: Iterable[str], of: str = "") -> str:
    """Return the name; raise Unknown, which names the nearest option, if it is not one of them."""
    known = list(dict.fromkeys(options))
    if (text := check_text(kind, name)) in known:
        return text
    listed = f"choose from {', '.join(known)}" if 0 < len(known) < 40 else ""
    hint = did_you_mean(text, known) or listed
    message = f"there is no {kind} '{text}'" + (f" in {of}" if of else "")
    raise Unknown(f"{message}; {hint}" if hint else message)
