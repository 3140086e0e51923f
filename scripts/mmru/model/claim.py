"""What a claim is made of, and where it is written."""

from __future__ import annotations

from typing import Any

from mmru.model.text import Path_

IDENTITY = "identity"
INFERRED = "inferred"
BASES = ("stated", "implied", INFERRED)
CONFIRMED = 1


def text_of(value: Any) -> str:
    """A value as the text that stands in a claim: whole numbers without a point, truth in lower case."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def path_of(field: str, record: int, group: int | None, member: int | None) -> Path_:
    """Where a claim stands in its file."""
    if group is None:
        return "records", record, IDENTITY
    at: Path_ = ("records", record, "claims", group, "says", field)
    return at if member is None else (*at, member)
