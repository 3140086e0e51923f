"""Parse EDTF dates (ISO 8601-2) into the calendar days that they can mean.

Supported are level 0 dates and intervals; of level 1 the marks `?`, `~` and `%`, a trailing `X`, and
open or unknown ends; of level 2 sets (`[2025..2026]`) and a trailing `X` in a day or month. Other valid
EDTF raises Unused; all other text raises ValueError.
Specification: https://www.loc.gov/standards/datetime/
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from functools import cache

_DATE = re.compile(r"([0-9]{1,4}X{0,3}|X{4})(?:-([0-9X]{2})(?:-([0-9X]{2}))?)?[?~%]?")
_MARKS = "?~%"
OPEN, NOT_KNOWN = "..", ""  # ends of an interval: it goes on, or it is not known when it ended

# valid EDTF that the dataset does not use
_TIME = re.compile(r"(-?\d{4}-\d\d-\d\d)T([01]\d|2[0-4]):[0-5]\d:[0-5]\d(Z|[+-]\d\d(:[0-5]\d)?)?")
_YEAR = re.compile(r"(Y-?\d{5,}|Y-?\d+E\d+|-\d{4}|0000)(-(0[1-9]|1[0-2])(-([0-2]\d|3[01]))?)?(S\d+)?[?~%]?")
_ESTIMATE = re.compile(r"(\d{4})S\d+[?~%]?")
_SEASON = re.compile(r"(-?[0-9X]{4})-(2[1-9]|3\d|4[01])[?~%]?")
_DIGITS = re.compile(r"[0-9X]{4}(-[01X][0-9X](-[0-3X][0-9X])?)?[?~%]?")
_MARKED = re.compile(r"[?~%]?[0-9X]{4}[?~%]?(-[?~%]?[0-9X]{2}[?~%]?){0,2}")
_MONTHS = {**dict.fromkeys(range(21, 37), 3), **dict.fromkeys(range(37, 40), 4), 40: 6, 41: 6}  # their number
_BEGINS = [3, 6, 9, 12, 3, 6, 9, 12, 9, 12, 3, 6, 1, 4, 7, 10, 1, 5, 9, 1, 7]  # first month of 21 to 41


class Unused(ValueError):
    """A date is valid EDTF that the dataset does not use; `fix` says what to write instead."""

    def __init__(self, text: str, fix: str) -> None:
        super().__init__(f"'{text}' is valid EDTF that the dataset does not use")
        self.fix = fix


@dataclass(frozen=True)
class Span:
    """The calendar days that a date can mean.

    `earliest` and `latest` are None where that side is open or unknown; `precision` is a code
    of the vocabulary date_precision. `?` and `~` do not widen the span. `ends` are those of an
    interval: dates, OPEN or NOT_KNOWN.
    """

    earliest: date | None
    latest: date | None
    precision: str
    members: tuple[Span, ...] = field(default=(), compare=False)
    ends: tuple[Span | str, ...] = field(default=(), compare=False)

    def contains(self, other: Span) -> bool:
        """Return whether every day that `other` can mean is a day that this span can mean.

        Each member of a set must lie in one member of the other set, or in the other span. An interval
        says how long something lasted: it contains only an interval whose ends its own ends contain.
        """
        if self.ends:
            return bool(other.ends) and all(map(_is_end_of, self.ends, other.ends))
        ours, theirs = self.members or (self,), other.members or (other,)
        return all(any(_surrounds(one, their) for one in ours) for their in theirs)


def _is_end_of(end: Span | str, other: Span | str) -> bool:
    """Return whether an end of an interval is another end, or can be: an end not known can be any date."""
    if isinstance(end, Span) and isinstance(other, Span):
        return end.contains(other)
    return end == other or (end == NOT_KNOWN and other != OPEN)


def _surrounds(span: Span, other: Span) -> bool:
    """Return whether the bounds of a span enclose those of another span."""
    starts_before = (span.earliest or date.min) <= (other.earliest or date.min)
    return starts_before and (other.latest or date.max) <= (span.latest or date.max)


@cache
def parse(text: str) -> Span:
    """Return the span of an EDTF text. Raise ValueError, which says what is wrong, if it is not one."""
    if text.startswith("[") and text.endswith("]"):
        return _set(text)
    if text.startswith("{") and text.endswith("}"):
        _set(f"[{text[1:-1]}]")
        raise Unused(text, "write each date as a value of its own, or an interval such as 2025-03/2025-05")
    if "/" in text:
        return _interval(text)
    return _date(text)


def qualifiers(text: str) -> int:
    """Return the number of marks of doubt (`?`, `~`, `%`, `X`) and of unknown ends (`2021/`)."""
    return sum(text.count(mark) for mark in _MARKS + "X") + text.startswith("/") + text.endswith("/")


def _interval(text: str) -> Span:
    """Parse an interval: `2025-03-01/2025-03-05`, `2025/..`."""
    start, _, end = text.partition("/")
    if "/" in end:
        raise ValueError(f"'{text}' has more than one '/'")
    first = None if start in (NOT_KNOWN, OPEN) else _date(start)
    last = None if end in (NOT_KNOWN, OPEN) else _date(end)
    if first is None and last is None:
        raise ValueError(f"'{text}' is open on both sides and says nothing")
    span = Span(
        first.earliest if first else None,
        last.latest if last else None,
        "interval" if first and last else "open-interval",
        ends=(first or start, last or end),
    )
    return _ordered(span, text)


def _set(text: str) -> Span:
    """Parse a set: `[2025-03-01,2025-03-05..]`."""
    spans = []
    for item in text[1:-1].split(","):
        start, dots, end = item.strip().partition("..")
        first = _date(start) if start else None
        last = (_date(end) if end else None) if dots else first
        if first is None and last is None:
            raise ValueError(f"'{text}' has an empty member")
        span = Span(first.earliest if first else None, last.latest if last else None, "one-of")
        spans.append(_ordered(span, text))
    starts = [s.earliest for s in spans if s.earliest]
    ends = [s.latest for s in spans if s.latest]
    return Span(
        min(starts) if len(starts) == len(spans) else None,
        max(ends) if len(ends) == len(spans) else None,
        "one-of",
        tuple(spans),
    )


def _ordered(span: Span, text: str) -> Span:
    """Return the span. Raise ValueError if it ends before it begins."""
    if span.earliest and span.latest and span.earliest > span.latest:
        raise ValueError(f"'{text}' ends before it begins")
    return span


def _date(text: str) -> Span:
    """Parse a date: `2025-03-04`, `2025-03~`, `202X`."""
    if fix := _instead(text):
        raise Unused(text, fix)
    match = _DATE.fullmatch(text)
    if not match or len(match[1]) != 4:
        raise ValueError(f"'{text}' is not an EDTF date (such as 2025-03-04, 2025-03 or 2025-03~)")
    year, month, day = match.groups()
    parts = "-".join(p for p in (year, month, day) if p)
    if year == "XXXX":
        raise ValueError(f"'{text}' says nothing: leave the date empty")
    precision = ["year", "month", "day"][parts.count("-")]
    if "X" in parts:
        # 2025-XX and 2025-03-XX mean the same as 2025 and 2025-03
        whole = re.sub(r"(-XX)+$", "", parts)
        precision = ["year", "month"][whole.count("-")] if "X" not in whole else "unspecified-digits"
    years = _fill(year, 1, 9999)
    months = _fill(month or "XX", 1, 12)
    try:
        last_of_month = monthrange(years[-1], months[-1])[1]
        days = _fill(day or "XX", 1, last_of_month)
        return Span(date(years[0], months[0], days[0]), date(years[-1], months[-1], days[-1]), precision)
    except (IndexError, ValueError):
        raise ValueError(f"'{text}' is not a day of the calendar") from None


def _instead(text: str) -> str:
    """Return what to write instead of valid EDTF that the dataset does not use; empty for all else."""
    if match := _TIME.fullmatch(text):
        _date(match[1])
        return f"write the day, {match[1]}"
    if _YEAR.fullmatch(text):
        return "write a year from 0001 to 9999"
    if match := _ESTIMATE.fullmatch(text):
        return f"write {match[1]}~"
    if match := _SEASON.fullmatch(text):
        return f"write its months, as {_season(match[1], int(match[2]))}"
    if _DIGITS.fullmatch(text) and re.search(r"X-?\d", text):
        return "write the part before the X, or a set of all that it can be, as [2025-03-04,2025-04-04]"
    bare = re.sub(f"[{_MARKS}]", "", text)
    if _MARKED.fullmatch(text) and not _DATE.fullmatch(text) and _DATE.fullmatch(bare):
        return f"write one mark at the end, as {bare}{re.sub('[^?~%]', '', text)[0]}"
    return ""


def _season(year: str, code: int) -> str:
    """Return the months of a season, quarter or half of a year as an interval."""
    year = year if year.isdecimal() else "2025"
    first = _BEGINS[code - 21]
    last = first + _MONTHS[code] - 1
    return f"{year}-{first:02}/{int(year) + (last > 12):04}-{(last - 1) % 12 + 1:02}"


def _fill(digits: str, low: int, high: int) -> list[int]:
    """Return the lowest and highest number that digits and X can mean within bounds; none: empty."""
    lowest, highest = int(digits.replace("X", "0")), int(digits.replace("X", "9"))
    lowest, highest = max(lowest, low), min(highest, high)
    return [lowest, highest] if lowest <= highest else []
