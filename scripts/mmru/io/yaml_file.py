"""One YAML file: its data, its problems, and the position of any part of it.

The data come from a fast YAML 1.2 parser that refuses duplicate keys and alias bombs. Positions come
from a second parser, which runs only when a problem is noted.
"""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import yaml_rs

from mmru.errors import Position, Problem
from mmru.io.yaml_nodes import YamlNodes
from mmru.model.characters import composed, hidden, is_composed, is_zawgyi, with_lf
from mmru.model.schema import hidden_problem, missing
from mmru.model.text import TO_UNICODE, ZAWGYI, Path_

LARGEST = 16_000_000  # bytes of a file; larger ones are refused before they are read
MOST = 1_000  # problems reported of one file
# nesting that would crash one of the two parsers: it is refused before either sees it
_DEEP = re.compile(r"\n(?: {100}|(?: *[-?:][ \t]+){50})")
# what can come before the content of a document, and what begins another one
_HEAD = re.compile(r"(?:(?:[ \t]*#.*|%.*|[ \t]*)\n)*(?:---(?=\s))?")
_SECOND = re.compile(r"^---(?!\S)", re.MULTILINE)
_POSITION = re.compile(r"at line (\d+), column (\d+)")
_DUPLICATE = "duplicate mapping key"
INVALID: Any = object()  # what valid data have in the place of an invalid part


class Document:
    """A YAML file of the dataset.

    `problems` are the problems found so far; `invalid` has the paths of the parts that they make invalid.
    Later steps leave these parts out, so that one run reports everything.
    """

    def __init__(
        self,
        path: str,
        text: str,
        data: Any = None,
        problems: tuple[Problem, ...] = (),
        invalid: frozenset[Path_] = frozenset(),
        nodes: YamlNodes | None = None,
    ) -> None:
        self.path, self.text, self.data = path, text, data
        self.problems, self.invalid = problems, invalid
        self.nodes = nodes or YamlNodes(text)

    @classmethod
    def read(cls, root: Path, path: str) -> Document:
        """Read and parse `root`/`path`; a file that cannot be parsed has problems and no data."""
        text = read_inside(root, path)
        return cls._unreadable(text) if isinstance(text, Problem) else cls.parse(path, text)

    @classmethod
    def parse(cls, path: str, text: str) -> Document:
        """Parse a text; one that is not YAML, or has control or bidirectional characters, has no data.

        All texts in the data are in NFC.
        """
        if problems := _hidden_problems(path, text):
            return cls(path, text, None, problems, frozenset([()]))
        deep = _DEEP.search(f"\n{text}")
        if deep:
            line = text.count("\n", 0, deep.start()) + 1
            fix = "use fewer levels"
            return cls._unreadable(Problem(path, line, 1, "R15", "is nested too deeply", fix), text)
        content = _HEAD.sub("", text, count=1)
        if second := _SECOND.search(content):
            line = text.count("\n") - content.count("\n", second.start()) + 1
            fix = "write one document of plain text"
            return cls._unreadable(Problem(path, line, 1, "R03", "begins a second document", fix), text)
        try:
            data = yaml_rs.loads(text, parse_datetime=False)
        except ValueError as error:
            return cls._unreadable(_syntax_problem(path, YamlNodes(text), str(error)), text)
        return cls(path, text, data if is_composed(text) else composed(data))

    @classmethod
    def _unreadable(cls, problem: Problem, text: str = "") -> Document:
        return cls(problem.path, text, None, (problem,), frozenset([()]))

    def with_problems(self, problems: Iterable[Problem], invalid: Iterable[Path_] = ()) -> Document:
        """Return a copy that has these problems and invalid parts too."""
        noted, parts = (*self.problems, *problems), self.invalid.union(invalid)
        return Document(self.path, self.text, self.data, noted, parts, self.nodes)

    def is_valid(self, path: Path_ = ()) -> bool:
        """Return whether neither the part at `path` nor any part around it is invalid."""
        return not self.invalid or not any(path[:n] in self.invalid for n in range(len(path) + 1))

    def is_valid_throughout(self, path: Path_) -> bool:
        """Return whether the part at `path`, all around it and all in it is valid."""
        if not self.invalid:
            return True
        return self.is_valid(path) and not any(part[: len(path)] == path for part in self.invalid)

    def valid_data(self) -> Any:
        """Return the data with INVALID in the place of each invalid part."""
        return _without(self.data, self.invalid)

    def position(self, path: Path_, key: bool = False) -> Position:
        """Return the position of the part at `path` (of its key, with `key`)."""
        return Position(self.path, *self.nodes.locate(path, key))

    def written(self, path: Path_) -> str:
        """Return the value at `path` as it is written; empty if it is left out, or not found."""
        try:
            _, start, end = self.nodes.span(path)
        except LookupError:
            return ""
        return self.text[start:end]

    def problem(self, path: Path_, code: str, message: str, fix: str = "", *, key: bool = False) -> Problem:
        """Return a problem at the part at `path`."""
        return self.position(path, key).problem(code, message, fix)


def _without(data: Any, invalid: Collection[Path_]) -> Any:
    """Return data with INVALID in the place of each part at one of these paths."""
    if () in invalid:
        return INVALID
    if not invalid or not isinstance(data, (dict, list)):
        return data
    below: dict[str | int, list[Path_]] = defaultdict(list)
    for step, *rest in invalid:
        below[step].append(tuple(rest))
    if isinstance(data, dict):
        return {key: _without(value, below[key]) for key, value in data.items()}
    return [_without(member, below[number]) for number, member in enumerate(data)]


def mappings(items: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the mappings in what should be a list of mappings, with their numbers."""
    items = items if isinstance(items, list) else []
    return ((number, item) for number, item in enumerate(items) if isinstance(item, dict))


def read_text(root: Path, path: str) -> str | Problem:
    """Return the UTF-8 text of a file with LF as its line end; a problem where there is no such text."""
    try:
        raw = with_lf((root / path).read_bytes())
    except FileNotFoundError:
        return missing(path, "restore or create it")
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        return Problem(path, 1, 1, "R01", message, "it must be a readable file")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        return Problem(path, line, column, "R02", message, "save the file as UTF-8")


def read_article(path: Path) -> str | Problem:
    """Return the text of an article as it is counted and hashed; a problem where it cannot be coded."""
    text = read_text(Path(), str(path))
    if isinstance(text, Problem):
        return text
    text = text.removeprefix("\ufeff")
    for number, line in enumerate(text.split("\n"), 1):
        if is_zawgyi(line):
            return Problem(
                str(path), number, 1, "A12", f"the line {ZAWGYI}", f"{TO_UNICODE}, and code the result"
            )
    return text


def read_inside(root: Path, path: str) -> str | Problem:
    """Return the text of a file of the dataset, or the problem why it is refused."""
    file = root / path
    if not os.path.realpath(file).startswith(os.path.realpath(root) + os.sep):
        fix = "replace it with the file itself"
        return Problem(path, 1, 1, "R13", "is a link to a file outside the dataset", fix)
    if file.is_fifo():
        return Problem(path, 1, 1, "R01", "is a pipe", "it must be a readable file")
    if _size(file) > LARGEST:
        fix = "remove what does not belong, or split it"
        return Problem(path, 1, 1, "R14", f"has more than {LARGEST} bytes", fix)
    text = read_text(root, path)
    if isinstance(text, str) and text.startswith("\ufeff"):
        fix = "save the file as UTF-8 without one"
        return Problem(path, 1, 1, "R02", "begins with a byte order mark", fix)
    return text


def _hidden_problems(path: str, text: str) -> tuple[Problem, ...]:
    """Return the problems of the control and bidirectional characters in a file, comments included."""
    found = hidden(text)
    problems = [hidden_problem(path, *place) for place in islice(found, MOST)]
    if next(found, None):
        message = f"has more than {MOST} control or bidirectional characters"
        problems.append(Problem(path, 1, 1, "R16", message, "save the file as plain text"))
    return tuple(problems)


def _size(file: Path) -> int:
    """Return the bytes of a regular file; 0 for anything else."""
    try:
        found = file.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _syntax_problem(path: str, nodes: YamlNodes, error: str) -> Problem:
    """Return the problem for an error of the YAML parser."""
    found = _POSITION.search(error)
    if found:
        message = f"is not YAML: {error.strip().rpartition(chr(10))[2]}"
        return Problem(path, int(found[1]), int(found[2]), "R03", message, "correct the syntax here")
    if error.startswith(_DUPLICATE):
        offset, key = nodes.duplicate_key() or (0, error)
        message = f"the key '{key}' is repeated here"
        return Problem(path, *nodes.line_and_column(offset), "R04", message, "keep one of them")
    return Problem(path, 1, 1, "R03", f"is not YAML: {error}", "correct the file")
