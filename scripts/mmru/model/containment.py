"""Which values contain others: a month its days, a country its towns, a stage those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from mmru.model import edtf
from mmru.model.schema import Field, Schemas

Covers = Callable[[str, str], bool]
Stages = Mapping[str, float | None]


def kind(field: Field | None) -> str | None:
    """How the values of a field contain one another, or None where only equal ones do."""
    if field is None:
        return None
    if field.column.format == "edtf":
        return "date"
    return {"place_id": "place", "status": f"status {field.table.name}"}.get(field.column.name)


def coverages(schemas: Schemas, parts: Mapping[str, str]) -> dict[str | None, Covers]:
    """For each kind whether the first of two values is equal to the second or contains it.

    `parts` gives for each place the one in which it lies. Texts that are no dates contain none.
    """
    found: dict[str | None, Covers] = {"date": _dates_cover, "place": partial(_place_covers, parts)}
    for table in schemas.tables.values():
        if "status" in table.names:
            codes = schemas.codes(table["status"])
            stages = {code: meaning.score for code, meaning in codes.items()}
            found[f"status {table.name}"] = partial(_stage_covers, stages)
    # the same values are compared again and again
    return {None: _equal, **{name: cache(covers) for name, covers in found.items()}}


def _equal(one: str, other: str) -> bool:
    return one == other


def _dates_cover(wide: str, narrow: str) -> bool:
    try:
        return edtf.parse(wide).contains(edtf.parse(narrow))
    except ValueError:
        return False


def _place_covers(parts: Mapping[str, str], wide: str, narrow: str) -> bool:
    return wide == narrow or wide in _around(narrow, parts)


def _around(place: str, parts: Mapping[str, str]) -> Iterator[str]:
    seen = {place}
    while (place := parts.get(place, "")) and place not in seen:
        seen.add(place)
        yield place


def _stage_covers(stages: Stages, wide: str, narrow: str) -> bool:
    stage, other = stages.get(wide), stages.get(narrow)
    return wide == narrow or (stage is not None and other is not None and stage <= other)
