"""One YAML file: its data at once, and the line and column of any part of it when asked.

The data come from a YAML 1.2 parser that refuses duplicate keys and alias bombs. Positions are
needed only once something is wrong, so a second, slower parser finds them only then.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml_rs

from mmru.errors import Problem, did_you_mean
from mmru.model.schema import missing
from mmru.model.text import Path_, is_plain, strays

_TYPES = {"object": "a mapping", "array": "a list", "string": "text", "number": "a number"}
_TYPES |= {"integer": "a whole number", "boolean": "true or false", "null": "nothing"}

LARGEST = 16_000_000  # bytes of a file; larger ones are refused before they are read
MOST = 1_000  # problems told of the form of one file
# nesting that would end one parser or the other in a crash: it is refused before either sees it
_DEEP = re.compile(r"\n(?: {100}|(?: *[-?:][ \t]+){50})")
_OPENING, _RUN = bytes.maketrans(b"-?:\t", b"    "), b" " * 100
_POSITION = re.compile(r"at line (\d+), column (\d+)")
_DUPLICATE = "duplicate mapping key"
_ODD = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class Within:
    """The top folder of a dataset, out of which no link may lead.

    What is found out about a folder is remembered: it holds for one run.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._top = root, os.path.realpath(root) + os.sep
        self._folders: dict[str, bool] = {}

    def holds(self, path: str) -> bool:
        """Whether a file, be it there or not, is in the dataset."""
        folder = path.rpartition("/")[0]
        if (self._root / path).is_symlink():
            return self._is_inside(path)
        if folder not in self._folders:
            self._folders[folder] = self._is_inside(path)
        return self._folders[folder]

    def _is_inside(self, path: str) -> bool:
        return os.path.realpath(self._root / path).startswith(self._top)


@dataclass(eq=False)
class Document:
    """A YAML file of the dataset.

    `faulty` holds the paths of the parts that do not have the form asked for; later steps leave
    these out, so that one run can report everything that is wrong.
    """

    path: str
    text: str
    data: Any
    faulty: set[Path_] = field(default_factory=set)

    @classmethod
    def read(
        cls, root: Path, path: str, problems: list[Problem], within: Within | None = None
    ) -> Document | None:
        """The file `root`/`path`; None, with its problems noted, where it cannot be parsed."""
        within = within or Within(root)
        if not within.holds(path):
            said, fix = "is a link that leads out of the dataset", "put the file itself in its place"
            problems.append(Problem(path, 1, 1, "R13", said, fix))
            return None
        if _size(root / path) > LARGEST:
            said = f"has more than {LARGEST} bytes"
            problems.append(Problem(path, 1, 1, "R14", said, "see what has got into it, or split it"))
            return None
        text = read_text(root, path, problems)
        if text is None:
            return None
        if text.startswith("\ufeff"):
            said = "begins with a byte order mark"
            problems.append(Problem(path, 1, 1, "R02", said, "save the file as UTF-8 without one"))
            return None
        return cls.parse(path, text, problems)

    @classmethod
    def parse(cls, path: str, text: str, problems: list[Problem]) -> Document | None:
        """The document that a text holds; None, with its problem noted, where it is not YAML."""
        document = cls(path, text, None)
        deep = _may_be_deep(text) and _DEEP.search(f"\n{text}")
        if deep:
            line = text.count("\n", 0, deep.start()) + 1
            problems.append(Problem(path, line, 1, "R15", "is nested too deeply", "write it in fewer levels"))
            return None
        try:
            document.data = yaml_rs.loads(text, parse_datetime=False)
        except ValueError as error:
            problems.append(document._syntax_problem(str(error)))
            return None
        return document

    def locate(self, path: Path_, key: bool = False) -> tuple[int, int]:
        """Line and column of the part at `path` (of its key, if asked), both from 1.

        Where the part is not there, the nearest part around it is located.
        """
        node = self._nodes
        for number, step in enumerate(path, 1):
            child = _child(node, step)
            if child is None:
                break
            key_node, value_node = child
            node = key_node if key and number == len(path) and key_node else value_node
        return self._place(node.start_mark.index) if node is not None else (1, 1)

    def span(self, path: Path_) -> tuple[int, int, int]:
        """Offsets at which the key of the entry at `path` begins, its value begins, and its value ends."""
        node, key_node = self._nodes, None
        for step in path:
            child = _child(node, step)
            assert child, f"{path} is not in {self.path}"
            key_node, node = child
        start, end = node.start_mark.index, node.end_mark.index
        written = self.text[start:end].rstrip()
        return (key_node or node).start_mark.index, start, start + len(written)

    def _place(self, index: int) -> tuple[int, int]:
        """Line and column of an offset; lines end with LF alone."""
        line = bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    @cached_property
    def _starts(self) -> list[int]:
        """The offsets at which lines begin."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    @property
    def locatable(self) -> bool:
        """Whether parts of the text can be located."""
        return self._nodes is not None

    def problem(self, path: Path_, code: str, message: str, fix: str = "", *, key: bool = False) -> Problem:
        """A problem at the part at `path`."""
        return Problem(self.path, *self.locate(path, key), code, message, fix)

    def is_faulty(self, path: Path_) -> bool:
        """Whether the part at `path`, or one around it, lacks the form asked for."""
        return bool(self.faulty) and any(path[:n] in self.faulty for n in range(len(path) + 1))

    def has_form(self, validator: Any) -> bool:
        """Whether a JSON Schema finds nothing wrong with the data."""
        try:
            return bool(validator.is_valid(self.data))
        except ValueError:
            return False  # a key is no text

    def conform(self, validator: Any, form: Any, problems: list[Problem]) -> None:
        """Hold the data against a JSON Schema and note every departure from it."""
        if is_plain(self.data) and self.has_form(validator):
            return
        stray = islice(strays(self.data, ()), MOST)
        for path, code, said, fix in stray:
            self.faulty.add(path if code == "R11" else ())
            key = bool(path) and not isinstance(path[-1], str)
            problems.append(self.problem(path, code, said, fix, key=key))
        if () in self.faulty:
            return
        departures = validator.iter_errors(self.data)
        for departure in islice(departures, MOST):
            problems.extend(self._departure(departure, form))
        if next(departures, None):
            self.faulty.add(())
            said = f"has more than {MOST} problems of form"
            problems.append(self.problem((), "R16", said, "mend those that are told first"))

    @cached_property
    def _nodes(self) -> Any:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            # characters that only one of the parsers knows must not move the others
            return yaml.compose(_ODD.sub("?", self.text), Loader=loader)
        except yaml.YAMLError:
            # what only the other parser accepts is located at the top of the file
            return None

    def _syntax_problem(self, message: str) -> Problem:
        found = _POSITION.search(message)
        if found:
            said = f"is not YAML: {message.strip().rpartition(chr(10))[2]}"
            return Problem(self.path, int(found[1]), int(found[2]), "R03", said, "mend what stands there")
        if message.startswith(_DUPLICATE):
            index, key = next(_duplicates(self._nodes, set()), (0, message))
            fix = "keep one of the two"
            said = f"the key '{key}' stands twice here"
            return Problem(self.path, *self._place(index), "R04", said, fix)
        return Problem(self.path, 1, 1, "R03", f"is not YAML: {message}", "mend the file")

    def _departure(self, error: Any, form: Any) -> Iterator[Problem]:
        path: Path_ = tuple(error.instance_path)
        kind = error.kind.name
        schema = _walk(form, error.schema_path[:-1])
        if kind in ("additionalProperties", "unevaluatedProperties"):
            for name in error.kind.unexpected:
                self.faulty.add((*path, name))
                fix = did_you_mean(name, schema.get("properties", {})) or "remove it"
                yield self.problem((*path, name), "R05", f"unknown key '{name}'", fix, key=True)
        elif kind == "required":
            self.faulty.add(path)
            yield self.problem(path, "R06", f"the key '{error.kind.property}' is missing", "add it")
        elif kind == "type":
            self.faulty.add(path)
            wanted = schema["type"]
            wanted = [wanted] if isinstance(wanted, str) else wanted
            words = " or ".join(_TYPES[w] for w in wanted)
            said = f"{_show(error.instance)} stands where {words} is wanted"
            yield self.problem(path, "R07", said, f"write {words}")
        elif kind == "enum":
            self.faulty.add(path)
            yield self._not_listed(path, error.instance, schema)
        else:
            self.faulty.add(path)
            wanted = schema.get("x-fix", error.message)
            yield self.problem(
                path, "R09", f"{_show(error.instance)} does not have the form asked for", wanted
            )

    def _not_listed(self, path: Path_, value: object, schema: dict[str, Any]) -> Problem:
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            said = f"{_show(value)} stands where one code or id is wanted"
            return self.problem(path, "R07", said, "write it as text")
        if str(value) in map(str, schema["enum"]):
            wanted = "without quotes" if isinstance(value, str) else "in quotes"
            return self.problem(path, "R07", f"{_show(value)} is of the wrong type", f"write it {wanted}")
        near = did_you_mean(value, schema["enum"])
        table = schema.get("x-ids")
        if table:
            fix = f"{near}; else add it under seeds/registry/{table}.yaml".removeprefix("; else ")
            return self.problem(path, "C01", f"there is no '{value}' among the {table}", fix)
        listed = schema.get("x-vocabulary", "the values allowed")
        fix = near or "one of: " + ", ".join(map(str, schema["enum"][:8]))
        return self.problem(path, "R08", f"'{value}' is not among the codes of {listed}", fix)


class Place(NamedTuple):
    """A place in a file of the seeds, from which line and column can be had."""

    document: Document
    path: Path_

    def problem(self, code: str, message: str, fix: str = "") -> Problem:
        return self.document.problem(self.path, code, message, fix)

    def __str__(self) -> str:
        line, column = self.document.locate(self.path)
        return f"{self.document.path}:{line}:{column}"


def mappings(items: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The mappings in what should be a list of them, with their numbers."""
    items = items if isinstance(items, list) else []
    return ((number, item) for number, item in enumerate(items) if isinstance(item, dict))


def read_text(root: Path, path: str, problems: list[Problem]) -> str | None:
    """The UTF-8 text of a file; None, with the problem noted, where it is missing or not UTF-8."""
    try:
        raw = (root / path).read_bytes()
    except FileNotFoundError:
        problems.append(missing(path, "restore or create it"))
        return None
    except OSError as error:
        said = f"cannot be read: {error.strerror}"
        problems.append(Problem(path, 1, 1, "R01", said, "it must be a file that you may read"))
        return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
        said = f"byte 0x{raw[error.start]:02x} is not UTF-8"
        problems.append(Problem(path, line, column, "R02", said, "save the file as UTF-8"))
        return None


def _size(file: Path) -> int:
    """The bytes of a file; 0 for what is none."""
    try:
        found = file.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _may_be_deep(text: str) -> bool:
    """Whether `_DEEP` may be found; it never is where this tells of none."""
    return _RUN in text.encode(errors="replace").translate(_OPENING)


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """Key node (None in a list) and value node of one step down."""
    children = getattr(node, "value", None)
    if not isinstance(children, list):
        return None
    if isinstance(step, int) and not (children and isinstance(children[0], tuple)):
        return (None, children[step]) if step < len(children) else None
    for pair in children:
        if isinstance(pair, tuple) and pair[0].value == str(step):
            return pair
    return None


def _duplicates(node: Any, seen: set[int]) -> Iterator[tuple[int, str]]:
    """Offset and name of each key that its mapping holds already."""
    children = getattr(node, "value", None)
    if not isinstance(children, list) or id(node) in seen:
        return
    seen.add(id(node))
    keys = set()
    for child in children:
        key, value = child if isinstance(child, tuple) else (None, child)
        if key is not None and isinstance(key.value, str):
            if key.value in keys:
                yield key.start_mark.index, key.value
            keys.add(key.value)
        yield from _duplicates(value, seen)


def _walk(form: Any, path: list[str | int]) -> Any:
    for step in path:
        form = form[step]
    return form


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "...'"
