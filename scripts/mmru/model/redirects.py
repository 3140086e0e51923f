"""Follow references that lead on: from a retired id to the next, from a part to its whole."""

from __future__ import annotations

from collections.abc import Mapping

Targets = Mapping[str, str | None]  # where ids lead: to a new id, None if it was withdrawn; or to a whole


def follow(targets: Targets, record: str) -> tuple[list[str], str | None]:
    """Return the ids that lead on from an id, itself included, and the id at the end.

    The end leads nowhere; it is None if the last retired id was withdrawn. In a circle, it is the first
    id that repeats.
    """
    passed: dict[str, None] = {}
    end: str | None = record
    while end is not None and end in targets and end not in passed:
        passed[end] = None
        end = targets[end]
    return list(passed), end


def circle(targets: Targets, record: str) -> list[str]:
    """Return the ids of the circle into which an id leads; empty if there is none."""
    passed, end = follow(targets, record)
    return passed[passed.index(end) :] if end in passed else []
