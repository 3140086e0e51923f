"""Version numbers: major.minor.patch, with -dev while a version is in preparation."""

from __future__ import annotations

_NUMBER = r"(?:0|[1-9]\d{0,8})"
VERSION = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version for comparison; a version in preparation has those of its release."""
    return tuple(map(int, version.removesuffix("-dev").split(".")))
