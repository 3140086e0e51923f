"""Myanmar–Russia Relations: the dataset, and the tools that build it.

    >>> import mmru
    >>> events = mmru.load("events")

Tables:

- mmru.tables() lists the tables, mmru.describe("events") explains their columns and codes
- mmru.load("events") returns a table as a DataFrame, mmru.schema("events") its pandera schema
- mmru.events_wide(), mmru.agreements_wide() and mmru.reactions_wide() have names instead of ids
- mmru.events_with_actors(), mmru.agreements_with_actors() and mmru.reactions_with_context() are joins
- mmru.dyads() returns the pairs of states in events
- mmru.between(events, "2022", "2023") keeps what can lie in a period

Evidence:

- mmru.claims_for("ev-coup-2021") says who says so, and on which line
- mmru.find_spans("src-strategic-talks-2025", page) finds these words in your copy of an article

Releases:

- mmru.cite() returns the citation, mmru.resolve(id) the present id of a record
- mmru.open("x.zip") reads another release than the installed one
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know it by its name; importing it would take 5 ms

if TYPE_CHECKING:
    from mmru.api import (
        agreements_wide,
        agreements_with_actors,
        between,
        cite,
        claims_for,
        describe,
        dyads,
        events_wide,
        events_with_actors,
        find_spans,
        load,
        open,
        reactions_wide,
        reactions_with_context,
        resolve,
        schema,
        tables,
    )
    from mmru.errors import Damaged, Unknown

    __version__: str

__all__ = [
    "Damaged",
    "Unknown",
    "__version__",
    "agreements_wide",
    "agreements_with_actors",
    "between",
    "cite",
    "claims_for",
    "describe",
    "dyads",
    "events_wide",
    "events_with_actors",
    "find_spans",
    "load",
    "open",
    "reactions_wide",
    "reactions_with_context",
    "resolve",
    "schema",
    "tables",
]


if not TYPE_CHECKING:  # so that type checkers know the names above and no others

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used (PEP 562), so that `import mmru` stays cheap."""
        if name not in __all__:
            raise AttributeError(f"module 'mmru' has no attribute '{name}'")
        from mmru import api, errors

        if name == "__version__":
            return api.INSTALLED.version
        return getattr(errors if name in ("Damaged", "Unknown") else api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
