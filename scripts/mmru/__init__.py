"""Myanmar–Russia Relations: the dataset, and the tools that build it.

    >>> import mmru
    >>> events = mmru.load("events")

`mmru.tables()` lists the tables, `mmru.describe("events")` says what their columns and codes mean.
"""

from __future__ import annotations

TYPE_CHECKING = False  # known to type checkers by its name; importing it would take 5 ms

if TYPE_CHECKING:
    from mmru.datapackage.api import (
        agreements_with_actors,
        cite,
        claims_for,
        describe,
        events_with_actors,
        load,
        reactions_with_context,
        resolve,
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
    "load",
    "reactions_with_context",
    "resolve",
    "tables",
]


if not TYPE_CHECKING:  # type checkers are to know the names above and no others

    def __getattr__(name: str) -> object:
        """Import what is asked for (PEP 562), so that `import mmru` costs nothing."""
        if name not in __all__:
            raise AttributeError(f"module 'mmru' has no attribute '{name}'")
        from mmru import errors
        from mmru.datapackage import api

        if name == "__version__":
            return api.version()
        return getattr(errors if name in ("Damaged", "Unknown") else api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
