"""Compare numbers and dates with the words behind them, in English, Russian, Chinese or Burmese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from math import isclose, prod

from mmru.model.written_dates import mentions, number_of

_ONES = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = {
    **{word: number for number, word in enumerate(_ONES.split(), 1)},
    **{word: number for number, word in enumerate(_ORDINALS.split(), 1)},
    **{word: 10 * number for number, word in enumerate(_TENS.split(), 2)},
}
_RUSSIAN = {
    **{r"од(?:ин|на|но|ного|ной|ному)|перв\w+": 1, r"дв(?:а|е|ух|ум|умя|ое)|втор\w+": 2},
    **{r"тр(?:и|ех|ём|ем|емя|ое)|трех|трёх|трет\w+": 3, r"четыр\w+|четверо|четв[её]рт\w+": 4},
    **{r"пят(?:ь|и|ью|еро|\w{2})": 5, r"шест(?:ь|и|ью|еро|\w{2})": 6, r"сем(?:ь|и|ью|еро)|седьм\w+": 7},
    **{r"вос(?:е|ь)м(?:ь|и|ью|\w{2})": 8, r"девят(?:ь|и|ью|\w{2})": 9, r"десят(?:ь|и|ью|\w{2})": 10},
    **{r"одиннадцат\w+": 11, r"двенадцат\w+": 12, r"пятнадцат\w+": 15, r"двадцат\w+": 20},
    **{r"тридцат\w+": 30, r"сорок\w*": 40, r"пятьдесят\w*|пятидесят\w*": 50, r"сто|ста": 100},
}
_CHINESE = re.compile("[〇零两一二三四五六七八九十百千]+")
_FACTORS = {
    r"hundred|сот": 100,
    r"thousand|тысяч|тыс\b|kilo": 1000,
    r"million|миллион|млн|သန်း": 1_000_000,
    r"billion|миллиард|млрд|giga": 1_000_000_000,
    r"decade|десятилет|十年|ဆယ်စု": 10,
    r"dozen|дюжин": 12,
    r"万|萬": 10_000,
    r"亿|億": 100_000_000,
    r"သိန်း": 100_000,
    r"\bGW\b|gigawatt|ГВт|吉瓦": 1000,
    r"\bkW\b|kilowatt|кВт|千瓦": 1 / 1000,
    r"month|месяц|个月": 1 / 12,
    r"week|недел|周|星期": 7,
}
_ONE_UNIT = r"\ban? (?:decade|dozen|hundred|thousand|million|billion|month|week)\b"
_NUMERAL = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+")


def says_another_number(value: float, text: str) -> bool:
    """Return whether a text names numbers, and none of them, in any unit or sum, is the value."""
    found = set(_numbers(text))
    one_unit = re.search(_ONE_UNIT, text)
    if not found - {1.0} and not one_unit:  # "one" is also a pronoun and an article
        return False
    found |= {1.0} if one_unit else set()
    factors = [factor for pattern, factor in _FACTORS.items() if re.search(pattern, text, re.IGNORECASE)]
    products = [prod(some) for size in range(4) for some in combinations(factors, size)]
    sums = found | {sum(found)}
    return not any(isclose(number * factor, value, rel_tol=0.01) for number in sums for factor in products)


def _numbers(text: str) -> Iterator[float]:
    """Yield the numbers that a text names, other than years."""
    for match in _NUMERAL.finditer(text):
        yield from _of_digits(match[0])
    words = re.findall(r"[a-z]+", text.lower())
    for word, following in zip(words, [*words[1:], ""]):
        if word in _ENGLISH:
            number = _ENGLISH[word]
            unit = _ENGLISH.get(following, 0)
            yield number + unit if number >= 20 and 0 < unit < 10 else number
    for word in re.findall(r"[а-яё]+", text.lower()):
        yield from (number for pattern, number in _RUSSIAN.items() if re.fullmatch(pattern, word))
    yield from map(number_of, _CHINESE.findall(text))


def _of_digits(numeral: str) -> Iterator[float]:
    """Yield what digits can mean: 1.500 is either a thousand and a half or one and a half."""
    parts = re.split(r"[.,\u00a0\u202f ]", numeral)
    if len(parts) == 1:
        number = float(numeral)
        if not (len(numeral) == 4 and 1900 <= number <= 2100):
            yield number
        return
    if _THOUSANDS.fullmatch(numeral):
        yield float("".join(parts))
    if len(parts) == 2:
        yield float(".".join(parts))
    if " " in numeral or ", " in numeral:
        yield from map(float, parts)


def says_another_day(earliest: date | None, latest: date | None, text: str) -> bool:
    """Return whether a text names a weekday, day, month or year, and none within these bounds."""
    named = mentions(text, bare=True)
    weekdays = {mention.weekday for mention in named} - {None}
    if weekdays and earliest and earliest == latest and earliest.weekday() not in weekdays:
        return True
    years = {mention.year for mention in named if mention.year}
    if years and not any(_within(date(y, 1, 1), date(y, 12, 31), earliest, latest) for y in years):
        return True
    if earliest is None or latest is None or (latest - earliest).days > 366:
        return False
    months = [mention for mention in named if mention.month]
    bounds = (mention.bounds(year) for mention in months for year in {earliest.year, latest.year})
    return bool(months) and not any(_within(*days, earliest, latest) for days in bounds if days)


def dates_in(text: str) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each date with a year: 2 May 2031, May 2031, or 2031."""
    for mention in mentions(text, bare=True):
        if mention.year and (bounds := mention.bounds(mention.year)):
            yield bounds


def dated_in_months(text: str) -> list[tuple[date, date]]:
    """Return the dates of a text that name a month or a day."""
    return [(first, last) for first, last in dates_in(text) if (last - first).days < 31]


def _within(first: date, last: date, earliest: date | None, latest: date | None) -> bool:
    """Return whether two ranges of days have a day in common; None is no bound."""
    return (latest is None or first <= latest) and (earliest is None or last >= earliest)
