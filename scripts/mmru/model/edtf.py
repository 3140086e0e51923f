"""Dates as the dataset writes them: EDTF (ISO 8601-2), with the calendar days they can mean.

Read are level 0 dates and intervals, the level 1 marks `?`, `~` and `%`, trailing `X` and open
or unknown ends, and level 2 sets (`[2025..2026]`) and trailing `X` within a day or month.
Source of the forms: https://www.loc.gov/standards/datetime/
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from functools import cache

_DATE = re.compile(r"([0-9]{1,4}X{0,3}|X{4})(?:-([0-9X]{2})(?:-([0-9X]{2}))?)?[?~%]?")
_MARKS = "?~%"


@dataclass(frozen=True)
class Span:
    """The calendar days that a date can mean.

    `earliest` and `latest` are None where that side is open or unknown; `precision` is a code
    of the vocabulary date_precision. `?` and `~` do not widen the span.
    """

    earliest: date | None
    latest: date | None
    precision: str
    members: tuple[Span, ...] = field(default=(), compare=False)

    def contains(self, other: Span) -> bool:
        """Whether every day that `other` can mean is a day that this can mean.

        Of a set, which has `members`, each must lie in one of the other's, or in the other.
        """
        ours, theirs = self.members or (self,), other.members or (other,)
        return all(any(_surrounds(one, their) for one in ours) for their in theirs)


def _surrounds(span: Span, other: Span) -> bool:
    begins = (span.earliest or date.min) <= (other.earliest or date.min)
    return begins and (other.latest or date.max) <= (span.latest or date.max)


@cache
def parse(text: str) -> Span:
    """The span of an EDTF text. Raises ValueError, saying what is wrong, if it is none."""
    if text.startswith("[") and text.endswith("]"):
        return _one_of(text)
    if "/" in text:
        return _interval(text)
    return _date(text)


def qualifiers(text: str) -> int:
    """How many marks of doubt (`?`, `~`, `%`, `X`) and unknown ends (`2021/`) an EDTF text carries."""
    return sum(text.count(mark) for mark in _MARKS + "X") + text.startswith("/") + text.endswith("/")


def _interval(text: str) -> Span:
    start, _, end = text.partition("/")
    if "/" in end:
        raise ValueError(f"'{text}' has more than one '/'")
    first = None if start in ("", "..") else _date(start)
    last = None if end in ("", "..") else _date(end)
    if first is None and last is None:
        raise ValueError(f"'{text}' is open on both sides and says nothing")
    span = Span(
        first.earliest if first else None,
        last.latest if last else None,
        "interval" if first and last else "open-interval",
    )
    return _ordered(span, text)


def _one_of(text: str) -> Span:
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
    if span.earliest and span.latest and span.earliest > span.latest:
        raise ValueError(f"'{text}' ends before it begins")
    return span


def _date(text: str) -> Span:
    match = _DATE.fullmatch(text)
    if not match or len(match[1]) != 4:
        raise ValueError(f"'{text}' is not an EDTF date (such as 2025-03-04, 2025-03 or 2025-03~)")
    year, month, day = match.groups()
    parts = "-".join(p for p in (year, month, day) if p)
    if re.search(r"X-?\d", parts):
        raise ValueError(f"'{text}' has a digit behind an X")
    if year == "XXXX":
        raise ValueError(f"'{text}' says nothing: leave the date empty")
    precision = ["year", "month", "day"][parts.count("-")]
    if "X" in parts:
        # 2025-XX and 2025-03-XX say no more than 2025 and 2025-03
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


def _fill(digits: str, low: int, high: int) -> list[int]:
    """Lowest and highest number that a text of digits and X can be, within bounds; empty if none."""
    lowest, highest = int(digits.replace("X", "0")), int(digits.replace("X", "9"))
    lowest, highest = max(lowest, low), min(highest, high)
    return [lowest, highest] if lowest <= highest else []
