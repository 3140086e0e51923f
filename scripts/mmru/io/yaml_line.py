"""Write values as YAML that every parser reads alike."""

from __future__ import annotations

import textwrap
from typing import Any

import yaml

from mmru.io.yaml_file import Document

_WIDTH = 100  # characters of a line of YAML


class _Dumper(yaml.SafeDumper):
    """Writes an empty value as nothing, and quotes what a parser of YAML 1.2 takes for a number."""


_Dumper.add_representer(type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", ""))
_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, "'" if Document.parse("", text).data != text else None
    ),
)
_Dumper.add_representer(
    list, lambda dumper, members: dumper.represent_sequence("tag:yaml.org,2002:seq", members, flow_style=True)
)


def yaml_line(row: dict[str, Any]) -> str:
    """Return a row as YAML, each value on one line."""
    dumped = yaml.dump(
        row, Dumper=_Dumper, default_flow_style=False, sort_keys=False, width=1_000_000, allow_unicode=True
    )
    return str(dumped).strip()


def yaml_entry(row: dict[str, Any]) -> str:
    """Return a row as an entry of a list: a key on each line, long texts folded."""
    lines = [line for key, value in row.items() for line in _lines(key, value)]
    return "".join(f"{'  ' if number else '- '}{line}\n" for number, line in enumerate(lines))


def _lines(key: str, value: Any) -> list[str]:
    line = yaml_line({key: value})
    if len(line) + 2 <= _WIDTH or not isinstance(value, str):
        return [line]
    folded = textwrap.wrap(value, _WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    return [f"{key}: >-", *(f"  {part}" for part in folded)]
