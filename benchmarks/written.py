"""YAML as it stands in seeds/: in blocks, with lists of codes on one line and long texts folded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from textwrap import fill
from typing import Any

WIDTH = 90
# words, or a day or month; anything else is put in quotes
PLAIN = re.compile(r"\d{4}-\d{2}(?:-\d{2})?|(?!\d)\w(?:[^:#\[\]{}\"]|:(?! ))*")


@cache
def scalar(value: str | int) -> str:
    """A value on one line: in quotes where it would be read as something else."""
    return str(value) if isinstance(value, int) or PLAIN.fullmatch(value) else f'"{value}"'


def folded(value: Any, indent: str) -> str:
    """A value behind its key: a list of codes on one line, a text folded where it is too long for it."""
    if isinstance(value, list):
        return f"[{', '.join(map(scalar, value))}]"
    if not isinstance(value, str):
        return str(value)
    if len(value) < WIDTH:
        return scalar(value)
    return ">-\n" + fill(value, WIDTH, initial_indent=indent, subsequent_indent=indent)


def indented(lines: str, indent: str) -> str:
    """The same lines, further in."""
    return "".join(f"{indent}{line}\n" for line in lines.splitlines())


def members(values: Sequence[str]) -> str:
    """One value behind its key in `says`, or a list of them; those with grounds are mappings on lines."""
    if not any("\n" in value for value in values):
        return f" {values[0] if len(values) == 1 else '[' + ', '.join(values) + ']'}\n"
    if len(values) == 1:
        return "\n" + indented(values[0], " " * 12)
    return "\n" + "".join(" " * 12 + "- " + indented(value, " " * 14).lstrip() for value in values)


def listing(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A file that lists rows: of the registry, or the rulings, or the redirects."""
    form = f"{'../' * name.count('/')}../schemas/editor/{name.rpartition('/')[2]}.json"
    parts = [f"# yaml-language-server: $schema={form}\n# Made up.\n"]
    for row in rows:
        lines = "".join(f"  {key}: {folded(value, '    ')}\n" for key, value in row.items())
        parts.append("- " + lines[2:])
    return "".join(parts if rows else [*parts, "[]\n"])
