"""Follow the redirects of a retired id, which may lead on from one retired id to the next."""

from __future__ import annotations

from collections.abc import Mapping

Targets = Mapping[str, str | None]  # the new id of each retired id, or None if it was withdrawn


def follow(targets: Targets, record: str) -> tuple[list[str], str | None]:
    """Return the retired ids that lead on from an id, itself included, and the id at the end.

    The end is in use, or None if the last retired id was withdrawn. In a circle, it is the first of
    the retired ids that repeats.
    """
    retired: dict[str, None] = {}
    end: str | None = record
    while end is not None and end in targets and end not in retired:
        retired[end] = None
        end = targets[end]
    return list(retired), end


def circle(targets: Targets, record: str) -> list[str]:
    """Return the ids of the circle into which the redirects of an id lead; empty if they end."""
    retired, end = follow(targets, record)
    return retired[retired.index(end) :] if end in retired else []
