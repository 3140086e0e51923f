"""Constants of claims, their values as text, and their paths in the files of articles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mmru.model.text import Path_

IDENTITY = "identity"
INFERRED = "inferred"
BASES = ("stated", "implied", INFERRED)
CONFIRMED = 1


def text_of(value: Any) -> str:
    """Return a value as claims write it: whole numbers without a point, booleans in lower case."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def path_of(field: str, record: int, group: int | None, member: int | None) -> Path_:
    """Return the path of a claim in the YAML of its article; only the claim of identity has no group."""
    if group is None:
        return "records", record, IDENTITY
    path: Path_ = ("records", record, "claims", group, "says", field)
    return path if member is None else (*path, member)


def in_order(fields: Iterable[str], columns: Sequence[str]) -> list[str]:
    """Return fields in the order of a table's columns: the identity first, those of helper rows last."""
    order = [IDENTITY, *columns]
    return sorted(fields, key=lambda f: (order.index(f) if f in order else len(order), f))
