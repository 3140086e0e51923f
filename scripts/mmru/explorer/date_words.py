"""EDTF dates in plain English, for the explorer page."""

from __future__ import annotations

from mmru.model.edtf import Span, parse

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
OPEN = ("", "..")
SOME_TIME = "some time in "


def words(text: str) -> str:
    """Return an EDTF date in plain English: `[..2026-02-03]` is "by 3 Feb 2026"; raise ValueError."""
    if "/" not in text:
        return _choice(text, "by {}")
    first, _, last = text.partition("/")
    if first in OPEN:
        return f"until {_one(last)}" if not first else f"up to {_one(last)}"
    if last in OPEN:
        return f"from {_one(first)}" if not last else f"since {_one(first)}"
    return _stretch(first, last)


def words_after(text: str) -> str:
    """Return an EDTF date as it is written after "from", "until" or "as of"; raise ValueError.

    It begins with no preposition of its own: `/2040` is "2040 or earlier", not "until 2040".
    """
    if "/" not in text:
        return _choice(text, "{} or earlier")
    first, _, last = text.partition("/")
    if first in OPEN:
        return f"{_one(last)} or earlier"
    return f"{_one(first)} or later" if last in OPEN else _stretch(first, last)


def _choice(text: str, open_start: str) -> str:
    """Return a single date, or a set of dates; `open_start` formats a member without an earliest day."""
    parse(text)
    if not text.startswith("["):
        return _one(text)
    return " or ".join(_member(item.strip(), open_start) for item in text[1:-1].split(","))


def _member(item: str, open_start: str) -> str:
    first, dots, last = item.partition("..")
    if not dots:
        return _one(first)
    if not first:
        return open_start.format(_one(last))
    if not last:
        return f"{_one(first)} or later"
    return f"{SOME_TIME}{_stretch(first, last)}"


def _stretch(first: str, last: str) -> str:
    """Return two dates as one range, without repeating month or year."""
    if parse(first).precision == "unspecified-digits":
        first = f"{parse(first).earliest}{first[len(_bare(first)) :]}"
    if parse(last).precision == "unspecified-digits":
        last = f"{parse(last).latest}{last[len(_bare(last)) :]}"
    start, end = parse(first).earliest, parse(last).latest
    if start and end and len(first) == len(last) == len("2025-03-01") and "X" not in first + last:
        if (start.year, start.month) == (end.year, end.month):
            return f"{start.day}–{end.day} {MONTHS[end.month - 1][:3]} {end.year}"
        if start.year == end.year:
            return f"{start.day} {MONTHS[start.month - 1][:3]} – {_one(last)}"
    return f"{_one(first)} – {_one(last)}"


def _one(text: str) -> str:
    """Return a single date, with its marks of doubt in words."""
    about = "about " if text[-1] in "~%" else ""
    doubt = " (uncertain)" if text[-1] in "?%" else ""
    return f"{about}{_exact(parse(_bare(text)))}{doubt}"


def _bare(text: str) -> str:
    """Return a single date without its marks of doubt."""
    return text.rstrip("?~%")


def _exact(span: Span) -> str:
    """Return a date without marks of doubt."""
    start, end = span.earliest, span.latest
    assert start
    assert end
    if span.precision == "day":
        return f"{start.day} {MONTHS[start.month - 1][:3]} {start.year}"
    if span.precision == "month":
        return f"{MONTHS[start.month - 1][:3]} {start.year}"
    if span.precision == "year":
        return str(start.year)
    return f"{SOME_TIME}{_stretch(str(start), str(end))}"
