"""Recognise dates in English, Russian and Chinese texts."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from mmru.model.edtf import Span, parse

_ENGLISH = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_RUSSIAN = ["янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"]
_WEEKDAYS = (
    *["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    *["пон", "вто", "сре", "чет", "пят", "суб", "вос"],
    *"一二三四五六日",
)
_PARTS = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}

_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_EN_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![a-z])"
)
_RU_MONTH = (
    "(?P<month>январ[ьяе]|феврал[ьяе]|март[ае]?|апрел[ьяе]|ма[йяе]|июн[ьяе]|июл[ьяе]|август[ае]?|сентябр[ьяе]"
    "|октябр[ьяе]|ноябр[ьяе]|декабр[ьяе])(?![а-я])"
)
_DAY = r"(?<!\d)(?P<day>[12]\d|3[01]|0?[1-9])(?:\s?[-–—]\s?(?P<last>[12]\d|3[01]|0?[1-9]))?(?!\d)"
# the first pattern that fits a place is used
_PATTERNS = tuple(
    map(
        re.compile,
        (
            rf"(?<!\d){_YEAR}-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>[0-2]\d|3[01]))?(?!\d)",
            rf"\b(?P<part>[Ee]arly|[Mm]id|[Ll]ate)[\s-]+{_EN_MONTH}(?:,?\s+{_YEAR})?",
            rf"{_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_EN_MONTH}(?:,?\s+{_YEAR})?",
            rf"\b{_EN_MONTH}\s+{_DAY}(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?",
            rf"\b{_EN_MONTH},?\s+{_YEAR}",
            rf"\b(?:[Ii]n|[Ss]ince|[Ll]ast|[Uu]ntil|[Dd]uring|[Bb]y)\s+{_EN_MONTH}",
            rf"{_DAY}\s+{_RU_MONTH}(?:\s+{_YEAR})?",
            rf"(?<![а-я]){_RU_MONTH}(?:\s+{_YEAR})",
            rf"(?:{_YEAR}年)?(?P<month>1[0-2]|0?[1-9])月(?P<day>[12]\d|3[01]|0?[1-9])[日号]",
            rf"(?:{_YEAR}年)(?P<month>1[0-2]|0?[1-9])月",
            r"\b(?P<weekday>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b",
            "(?i)(?<![а-я])(?P<weekday>понедельник|вторник|сред[ау]|четверг|пятниц[ау]|суббот[ау]|воскресенье)"
            "(?![а-я])",
            "(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])",
            rf"(?<![\d.,/-]){_YEAR}(?![./]\d|-\d|,\d)",
        ),
    )
)


class Dated(NamedTuple):
    """A range of a text that has a date, in EDTF; without a year it begins with XXXX."""

    start: int
    end: int
    date: str

    def span(self, year: int) -> Span | None:
        """Return its days; a date without a year is in this one. None if that year has no such day."""
        try:
            return parse(self.date.replace("XXXX", f"{year:04}"))
        except ValueError:
            return None


def dates(text: str, published: date | None = None) -> Iterator[Dated]:
    """Yield the dates in a text, in order.

    With the day of publication, a weekday is the last such day, and a date without a year is in the
    nearest year. Without it, weekdays are left out.
    """
    taken: list[Dated] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in taken):
                continue
            if written := _edtf(match.groupdict(), published):
                taken.append(Dated(match.start(), match.end(), written))
    yield from sorted(taken)


def _edtf(groups: dict[str, str | None], published: date | None) -> str:
    """Return the parts of a date in EDTF; empty if they are no date, or a weekday of an unknown week."""
    if weekday := groups.get("weekday"):
        return _weekday(weekday, published)
    year, month = groups.get("year"), _month(groups.get("month"))
    day, last = groups.get("day"), groups.get("last")
    if not month:
        return year or ""
    if not year and published:
        year = _nearest_year(month, int(day or 15), published)
    whole = f"{year or 'XXXX'}-{month:02}"
    if part := groups.get("part"):
        first, end = _PARTS[part.lower()]
        end = min(end, monthrange(int(year or 2001), month)[1])
        return f"[{whole}-{first:02}..{whole}-{end:02}]"
    if not day:
        return whole
    written = f"{whole}-{int(day):02}"
    written = f"{written}/{whole}-{int(last):02}" if last else written
    return written if Dated(0, 0, written).span(2000) else ""


def _month(written: str | None) -> int:
    """Return the number of a month; 0 if there is none."""
    if written is None or written.isdecimal():
        return int(written or 0)
    name = written.lower()
    for names in (_ENGLISH, _RUSSIAN):
        for number, start in enumerate(names, 1):
            # in Russian, the stem of May is the beginning of March
            if name.startswith(start) and not (start == "ма" and name.startswith("мар")):
                return number
    return 0


def _weekday(written: str, published: date | None) -> str:
    if not published:
        return ""
    name = written.lower().replace("天", "日")
    number = next(n for n, start in enumerate(_WEEKDAYS) if name.startswith(start)) % 7
    return str(published - timedelta(days=(published.weekday() - number) % 7))


def _nearest_year(month: int, day: int, published: date) -> str:
    def distance(year: int) -> int:
        return abs((date(year, month, min(day, 28)) - published).days)

    return str(min((published.year + n for n in (-1, 0, 1)), key=distance))
