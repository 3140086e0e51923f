"""Myanmar–Russia Relations: the dataset, and the tools that build it.

    >>> import mmru
    >>> events = mmru.load("events")

`mmru.tables()` lists the tables, `mmru.describe("events")` says what their columns and codes mean, and
`mmru.open("x.zip")` reads another release than the installed one.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know it by its name; importing it would take 5 ms

if TYPE_CHECKING:
    from mmru.api import (
        agreements_with_actors,
        cite,
        claims_for,
        describe,
        events_with_actors,
        find_spans,
        load,
        open,
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
    "agreements_with_actors",
    "cite",
    "claims_for",
    "describe",
    "events_with_actors",
    "find_spans",
    "load",
    "open",
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
