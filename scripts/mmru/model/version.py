"""Version numbers: major.minor.patch, with -dev while a version is in preparation."""

from __future__ import annotations

VERSION = r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version for comparison; a version in preparation has those of its release."""
    return tuple(map(int, version.removesuffix("-dev").split(".")))
