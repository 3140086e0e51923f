"""Recognise dates in English, Russian, Chinese and Burmese texts."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple
from unicodedata import numeric

from mmru.model.edtf import Span, parse

_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    # the stem of May is also the beginning of March
    *("янв", "фев", "март", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"),
    *("ဇန်နဝါရီ", "ဖေဖော်ဝါရီ", "မတ်လ", "ဧပြီ", "မေလ", "ဇွန်"),
    *("ဇူလိုင်", "ဩဂုတ်", "စက်တင်ဘာ", "အောက်တိုဘာ", "နိုဝင်ဘာ", "ဒီဇင်ဘာ"),
)
_WEEKDAYS = (
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    *("пон", "вто", "сре", "чет", "пят", "суб", "вос"),
    *"一二三四五六日",
    *("တနင်္လာ", "အင်္ဂါ", "ဗုဒ္ဓဟူး", "ကြာသပတေး", "သောကြာ", "စနေ", "တနင်္ဂနွေ"),
)
_PARTS = {"early": (1, 10), "mid": (11, 20), "late": (21, 31)}

_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_EN_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
    r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![a-z])"
)
_RU_MONTH = (
    r"(?<![а-я])(?P<month>(?i:январ\w+|феврал\w+|март\w{0,2}|апрел\w+|ма[йяе]|июн\w|июл\w|август\w*|сентябр\w+"
    r"|октябр\w+|ноябр\w+|декабр\w+))(?![а-я])"
)
_ZH_NUMBER = "(?<![0-9一二三四五六七八九十])(?P<{}>[0-9]{{1,2}}|[一二三四五六七八九十]{{1,3}})"
_ZH_MONTH = f"{_ZH_NUMBER.format('month')}月"
_DAY = r"(?<!\d)(?P<day>[12]\d|3[01]|0?[1-9])(?:\s?[-–—]\s?(?P<last>[12]\d|3[01]|0?[1-9]))?(?!\d)"
# the first pattern that fits a place is used
_PATTERNS = (
    rf"(?<!\d){_YEAR}-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>0[1-9]|[12]\d|3[01]))?(?!\d)",
    rf"\b(?P<part>[Ee]arly|[Mm]id|[Ll]ate)[\s-]+{_EN_MONTH}(?:,?\s+{_YEAR})?",
    rf"{_DAY}(?:st|nd|rd|th)?\s+(?:of\s+)?{_EN_MONTH}(?:,?\s+{_YEAR})?",
    rf"\b{_EN_MONTH}\s+{_DAY}(?:st|nd|rd|th)?(?:,?\s+{_YEAR})?",
    rf"\b{_EN_MONTH},?\s+{_YEAR}",
    rf"\b(?:[Ii]n|[Ss]ince|[Ll]ast|[Uu]ntil|[Dd]uring|[Bb]y)\s+{_EN_MONTH}",
    rf"{_DAY}(?:-?го)?\s+{_RU_MONTH}(?:\s+{_YEAR})?",
    rf"{_RU_MONTH}\s+{_YEAR}",
    rf"(?:{_YEAR}年)?{_ZH_MONTH}{_ZH_NUMBER.format('day')}[日号]",
    rf"{_YEAR}年{_ZH_MONTH}",
    r"\b(?P<weekday>Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b",
    r"(?i)(?<![а-я])(?P<weekday>понедельник[ау]?|вторник[ау]?|сред[ауые]|четверг[ау]?"
    r"|пятниц[ауые]|суббот[ауые]|воскресень[ея])(?![а-я])",
    "(?:星期|周|礼拜)(?P<weekday>[一二三四五六日天])",
    rf"(?<![\d.,/-]){_YEAR}(?![./]\d|-\d|,\d)",
)
# what can be a part of a date, or another word or number
_BARE = (
    rf"\b{_EN_MONTH}",
    _RU_MONTH,
    _ZH_MONTH,
    f"(?P<month>{'|'.join(_MONTHS[24:])})",
    f"(?P<weekday>{'|'.join(_WEEKDAYS[21:])})",
    r"(?<!\d)(?P<year>(?:19|20|၁၉|၂၀)\d\d)(?!\d)",
)


class Mention(NamedTuple):
    """A range of a text that names a date or a part of one; what it does not name is 0, empty or None."""

    start: int
    end: int
    year: int
    month: int
    day: int
    last: int
    part: str
    weekday: int | None

    def bounds(self, year: int) -> tuple[date, date] | None:
        """Return its first and last day in a year; None if that year has no such day."""
        month = self.month or 12
        try:
            first = date(year, self.month or 1, self.day or 1)
            last = date(year, month, self.last or self.day or monthrange(year, month)[1])
        except ValueError:
            return None
        return (first, last) if first <= last else None


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
    for mention in mentions(text):
        if written := _edtf(mention, published):
            yield Dated(mention.start, mention.end, written)


def mentions(text: str, *, bare: bool = False) -> list[Mention]:
    """Return what a text names of dates, in order; with `bare` also a month or a year that may be none."""
    found: list[Mention] = []
    for pattern in (*_PATTERNS, *(_BARE if bare else ())):
        for match in re.finditer(pattern, text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            mention = _mention(match)
            if mention.bounds(mention.year or 2000):
                found.append(mention)
    return sorted(found)


def number_of(numeral: str) -> int:
    """Return the number that digits or Chinese characters write: 12, 十二."""
    total, digits = 0, 0
    for character in numeral:
        value = 2 if character == "两" else int(numeric(character))
        if value < 10:
            digits = digits * 10 + value
        else:
            total += (digits or 1) * value
            digits = 0
    return total + digits


def _mention(match: re.Match[str]) -> Mention:
    """Return what the groups of a pattern name."""
    found = {name: written for name, written in match.groupdict().items() if written}
    month, weekday = found.get("month", ""), found.get("weekday", "").replace("天", "日")
    of_year, of_week = _place(month, _MONTHS), _place(weekday, _WEEKDAYS)
    return Mention(
        *match.span(),
        int(found.get("year", 0)),
        number_of(month) if of_year is None else of_year % 12 + 1,
        number_of(found.get("day", "")),
        number_of(found.get("last", "")),
        found.get("part", "").lower(),
        None if of_week is None else of_week % 7,
    )


def _place(written: str, names: Iterable[str]) -> int | None:
    """Return the number of the first name with which a word begins; None if there is none."""
    return next((n for n, name in enumerate(names) if written.lower().startswith(name)), None)


def _edtf(mention: Mention, published: date | None) -> str:
    """Return a date in EDTF; empty for a day that does not exist, or the weekday of an unknown week."""
    if mention.weekday is not None:
        if not published:
            return ""
        return str(published - timedelta(days=(published.weekday() - mention.weekday) % 7))
    if not mention.month:
        return str(mention.year)
    year = mention.year
    if not year and published:
        year = _nearest_year(mention.month, mention.day or 15, published)
    if not mention.bounds(year or 2000):
        return ""
    month = f"{year or 'XXXX'}-{mention.month:02}"
    if mention.part:
        first, last = _PARTS[mention.part]
        return f"[{month}-{first:02}..{month}-{min(last, monthrange(year or 2001, mention.month)[1]):02}]"
    return "/".join(f"{month}-{day:02}" for day in (mention.day, mention.last) if day) or month


def _nearest_year(month: int, day: int, published: date) -> int:
    def distance(year: int) -> int:
        return abs((date(year, month, min(day, 28)) - published).days)

    return min((published.year + n for n in (-1, 0, 1)), key=distance)
