"""Decide which values contain other values: a month its days, a country its towns, a stage later stages.

A stage of a status has a score. What is doubtful (alleged, denied, cancelled) is no stage, and `ongoing`
and `occurred` are equal ones: there the dates of the sources decide (mmru.checks.witnesses.later_status).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial

from mmru.model import edtf
from mmru.model.schema import Field, Schemas

Covers = Callable[[str, str], bool]
Stages = Mapping[str, float | None]


def kind(field: Field | None) -> str | None:
    """Return how values of a field contain each other, or None if only equal values match."""
    if field is None:
        return None
    if field.column.format == "edtf":
        return "date"
    return {"place_id": "place", "status": f"status {field.table.name}"}.get(field.column.name)


def coverages(schemas: Schemas, wholes: Mapping[str, str]) -> dict[str | None, Covers]:
    """Return for each kind a function: whether its first value equals or contains its second.

    `wholes` maps each place to the place that contains it. Text that is not a date contains nothing.
    """
    found: dict[str | None, Covers] = {"date": _dates_cover, "place": partial(_place_covers, wholes)}
    for table in schemas.tables.values():
        if "status" in table.names:
            codes = schemas.codes(table["status"])
            stages = {code: meaning.score for code, meaning in codes.items()}
            found[f"status {table.name}"] = partial(_stage_covers, stages)
    return {None: _equal, **{name: cache(covers) for name, covers in found.items()}}


def _equal(one: str, other: str) -> bool:
    return one == other


def _dates_cover(wide: str, narrow: str) -> bool:
    try:
        return edtf.parse(wide).contains(edtf.parse(narrow))
    except ValueError:
        return False


def _place_covers(wholes: Mapping[str, str], wide: str, narrow: str) -> bool:
    return wide == narrow or wide in _around(narrow, wholes)


def _around(place: str, wholes: Mapping[str, str]) -> Iterator[str]:
    """Yield the places that contain a place, from the nearest; stop where they form a cycle."""
    seen = {place}
    while (place := wholes.get(place, "")) and place not in seen:
        seen.add(place)
        yield place


def _stage_covers(stages: Stages, wide: str, narrow: str) -> bool:
    stage, other = stages.get(wide), stages.get(narrow)
    return wide == narrow or (stage is not None and other is not None and stage < other)
