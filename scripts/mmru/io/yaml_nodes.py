"""Positions in a YAML text: a second, slower parse that runs only when a position is needed."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from mmru.model.text import Path_

_ODD = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class YamlNodes:
    """The nodes of a YAML text, which know where they begin and end."""

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def are_known(self) -> bool:
        """Whether the text can be parsed for positions."""
        return self._root is not None

    def locate(self, path: Path_, key: bool = False) -> tuple[int, int]:
        """Return line and column, both from 1, of the part at `path` (of its key, with `key`).

        A missing part is located at the nearest part around it.
        """
        node = self._root
        for number, step in enumerate(path, 1):
            child = _child(node, step)
            if child is None:
                break
            key_node, value_node = child
            node = key_node if key and number == len(path) and key_node else value_node
        return self.line_and_column(node.start_mark.index) if node is not None else (1, 1)

    def span(self, path: Path_) -> tuple[int, int, int]:
        """Return the offsets of an entry: start of its key, start of its value, end of its value.

        Raise LookupError if there is no such entry.
        """
        node, key_node = self._root, None
        for step in path:
            child = _child(node, step)
            if child is None:
                raise LookupError(path)
            key_node, node = child
        if node is None:
            raise LookupError(path)
        start, end = node.start_mark.index, node.end_mark.index
        written = self._text[start:end].rstrip()
        return (key_node or node).start_mark.index, start, start + len(written)

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset; lines end with LF alone."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def duplicate_key(self) -> tuple[int, str] | None:
        """Return offset and name of the first key that its mapping holds already."""
        return next(_duplicate_keys(self._root, set()), None)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    @cached_property
    def _root(self) -> Any:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            # a character that only one of the two parsers knows is replaced, so that offsets agree
            return yaml.compose(_ODD.sub("?", self._text), Loader=loader)
        except yaml.YAMLError:
            # valid for the other parser only: all of it is located at the top of the file
            return None


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """Return key node (None in a list) and value node one step down."""
    children = getattr(node, "value", None)
    if not isinstance(children, list):
        return None
    if isinstance(step, int) and not (children and isinstance(children[0], tuple)):
        return (None, children[step]) if step < len(children) else None
    # a key that is not text can be written in several ways
    names = {step} if isinstance(step, str) else {str(step), str(step).lower()}
    names |= {"", "~", "null"} if step is None else set()
    for pair in children:
        if isinstance(pair, tuple) and isinstance(pair[0].value, str) and pair[0].value in names:
            return pair
    return None


def _duplicate_keys(node: Any, visited: set[int]) -> Iterator[tuple[int, str]]:
    children = getattr(node, "value", None)
    if not isinstance(children, list) or id(node) in visited:
        return
    visited.add(id(node))
    keys = set()
    for child in children:
        key, value = child if isinstance(child, tuple) else (None, child)
        if key is not None and isinstance(key.value, str):
            if key.value in keys:
                yield key.start_mark.index, key.value
            keys.add(key.value)
        yield from _duplicate_keys(value, visited)
