"""The origin of a claim: the actor whose report it is. Claims of one origin do not confirm each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any


class Origins:
    """The origins of claims.

    A claim without a speaker has the origin of its source. A speaker is an origin itself, unless the
    speaker publishes sources and all of these have one and the same origin: then it is that origin.
    """

    def __init__(self, sources: Iterable[Mapping[str, Any]]) -> None:
        self._of_source: dict[str, str] = {}
        published: dict[str, set[str]] = defaultdict(set)
        for source in sources:
            source_id, publisher = source.get("source_id"), source.get("publisher_actor_id")
            if isinstance(origin := source.get("origin"), str):
                # an invalid source was reported; it may hold a list here
                if isinstance(source_id, str):
                    self._of_source[source_id] = origin
                if isinstance(publisher, str):
                    published[publisher].add(origin)
        self._of_publisher = {actor: min(found) for actor, found in published.items() if len(found) == 1}

    def of(self, source: str | None, speaker: str | None) -> str | None:
        """Return the origin of what a source says, in its own voice or by a speaker; None if unknown."""
        if not speaker:
            return self._of_source.get(source or "")
        return self._of_publisher.get(speaker, speaker)
