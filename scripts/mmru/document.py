"""One YAML file: its data at once, and the line and column of any part of it when asked.

The data come from a YAML 1.2 parser that refuses duplicate keys and alias bombs. Positions are
needed only once something is wrong, so a second, slower parser finds them only then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml_rs

from mmru.problem import Problem, did_you_mean
from mmru.schema import missing

type_names = {"object": "a mapping", "array": "a list", "string": "text", "number": "a number"}
type_names |= {"integer": "a whole number", "boolean": "true or false", "null": "nothing"}

Path_ = tuple[str | int, ...]
_POSITION = re.compile(r"at line (\d+), column (\d+)")
_DUPLICATE = "duplicate mapping key"


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
    def read(cls, root: Path, path: str, problems: list[Problem]) -> Document | None:
        """The file `root`/`path`; None, with its problems noted, where it cannot be parsed."""
        text = read_text(root, path, problems)
        if text is None:
            return None
        document = cls(path, text, None)
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
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            key_node, value_node = child
            node = key_node if key and step is path[-1] and key_node else value_node
        if node is None:
            return 1, 1
        return node.start_mark.line + 1, node.start_mark.column + 1

    def span(self, path: Path_) -> tuple[int, int]:
        """Offsets in the text at which the value at `path` begins and ends."""
        node = self._nodes
        for step in path:
            child = _child(node, step)
            assert child, f"{path} is not in {self.path}"
            node = child[1]
        return node.start_mark.index, node.end_mark.index

    def problem(
        self, path: Path_, code: str, message: str, remedy: str = "", *, key: bool = False
    ) -> Problem:
        """A problem at the part at `path`."""
        return Problem(self.path, *self.locate(path, key), code, message, remedy)

    def is_faulty(self, path: Path_) -> bool:
        """Whether the part at `path`, or one around it, lacks the form asked for."""
        return any(path[:n] in self.faulty for n in range(len(path) + 1))

    def conform(self, validator: Any, form: Any, problems: list[Problem]) -> None:
        """Hold the data against a JSON Schema and note every departure from it."""
        stray = next(_keys_that_are_no_text(self.data, ()), None)
        if stray is not None:
            self.faulty.add(())
            said = f"the key {stray[-1]} is not text"
            problems.append(self.problem(stray, "R07", said, "write it in quotes", key=True))
            return
        for departure in validator.iter_errors(self.data):
            problems.extend(self._departure(departure, form))

    @property
    def _nodes(self) -> Any:
        import yaml

        if not hasattr(self, "_composed"):
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            self._composed = yaml.compose(self.text, Loader=loader)
        return self._composed

    def _syntax_problem(self, message: str) -> Problem:
        found = _POSITION.search(message)
        if found:
            said = message.strip().rpartition("\n")[2]
            return Problem(self.path, int(found[1]), int(found[2]), "R03", f"is not YAML: {said}")
        if message.startswith(_DUPLICATE):
            line, column, key = next(_duplicates(self._nodes), (1, 1, message))
            remedy = "keep one of the two"
            return Problem(self.path, line, column, "R04", f"the key '{key}' stands twice here", remedy)
        return Problem(self.path, 1, 1, "R03", f"is not YAML: {message}")

    def _departure(self, error: Any, form: Any) -> Iterator[Problem]:
        path: Path_ = tuple(error.instance_path)
        kind = error.kind.name
        schema = _walk(form, error.schema_path[:-1])
        if kind in ("additionalProperties", "unevaluatedProperties"):
            for name in error.kind.unexpected:
                self.faulty.add((*path, name))
                remedy = did_you_mean(name, schema.get("properties", {})) or "remove it"
                yield self.problem((*path, name), "R05", f"unknown key '{name}'", remedy, key=True)
        elif kind == "required":
            self.faulty.add(path)
            yield self.problem(path, "R06", f"the key '{error.kind.property}' is missing", "add it")
        elif kind == "type":
            self.faulty.add(path)
            wanted = schema["type"]
            wanted = [wanted] if isinstance(wanted, str) else wanted
            words = " or ".join(type_names[w] for w in wanted)
            yield self.problem(path, "R07", f"{_show(error.instance)} stands where {words} is wanted")
        elif kind == "enum":
            self.faulty.add(path)
            yield self._not_listed(path, error.instance, schema)
        else:
            self.faulty.add(path)
            wanted = schema.get("x-remedy", error.message)
            yield self.problem(
                path, "R09", f"{_show(error.instance)} does not have the form asked for", wanted
            )

    def _not_listed(self, path: Path_, value: object, schema: dict[str, Any]) -> Problem:
        near = did_you_mean(value, schema["enum"])
        table = schema.get("x-ids")
        if table:
            remedy = f"{near}; else add it under seeds/registry/{table}.yaml".removeprefix("; else ")
            return self.problem(path, "C01", f"there is no '{value}' among the {table}", remedy)
        listed = schema.get("x-vocabulary", "the values allowed")
        remedy = near or "one of: " + ", ".join(map(str, schema["enum"][:8]))
        return self.problem(path, "R08", f"'{value}' is not among the codes of {listed}", remedy)


def read_text(root: Path, path: str, problems: list[Problem]) -> str | None:
    """The UTF-8 text of a file; None, with the problem noted, where it is missing or not UTF-8."""
    try:
        raw = (root / path).read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        problems.append(missing(path, "restore or create it"))
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


def _keys_that_are_no_text(data: Any, path: Path_) -> Iterator[Path_]:
    if isinstance(data, dict):
        for key, value in data.items():
            if not isinstance(key, str):
                yield (*path, key)
            yield from _keys_that_are_no_text(value, (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from _keys_that_are_no_text(value, (*path, number))


def _duplicates(node: Any) -> Iterator[tuple[int, int, str]]:
    children = getattr(node, "value", None)
    if not isinstance(children, list):
        return
    seen = set()
    for child in children:
        if not isinstance(child, tuple):
            yield from _duplicates(child)
            continue
        key, value = child
        if isinstance(key.value, str):
            if key.value in seen:
                yield key.start_mark.line + 1, key.start_mark.column + 1, key.value
            seen.add(key.value)
        yield from _duplicates(value)


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
