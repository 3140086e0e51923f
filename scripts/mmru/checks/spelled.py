"""Numbers and dates in words: what a few words of a text say in English, Russian, Chinese or Burmese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from math import isclose, prod

Day = tuple[int, int]  # month and day
_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = {
    **{word: number for number, word in enumerate(f"{_ONES} seventeen eighteen nineteen".split(), 1)},
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
_CHINESE = {"〇": 0, "零": 0, "两": 2, **{digit: n for n, digit in enumerate("一二三四五六七八九", 1)}}
_PLACES = {"十": 10, "百": 100, "千": 1000}
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
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")

_ENGLISH_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|March|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?"
    r"|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_RUSSIAN_MONTHS = (
    r"январ\w*",
    r"феврал\w*",
    r"март\w{0,2}",
    r"апрел\w*",
    r"ма[йяе]",
    r"июн\w",
    r"июл\w",
    r"август\w*",
    r"сентябр\w*",
    r"октябр\w*",
    r"ноябр\w*",
    r"декабр\w*",
)
_BURMESE_MONTHS = (
    *("ဇန်နဝါရီ", "ဖေဖော်ဝါရီ", "မတ်လ", "ဧပြီ", "မေလ", "ဇွန်"),
    *("ဇူလိုင်", "ဩဂုတ်", "စက်တင်ဘာ", "အောက်တိုဘာ", "နိုဝင်ဘာ", "ဒီဇင်ဘာ"),
)
_CHINESE_MONTH = re.compile(
    r"(?<![\d一二三四五六七八九十])(\d{1,2}|[一二三四五六七八九十]{1,3})月(?:(\d{1,2}|[一二三四五六七八九十]{1,3})[日号])?"
)
_WEEKDAYS = (
    r"Monday|понедельник|(?:周|星期|礼拜)一|တနင်္လာ",
    r"Tuesday|вторник|(?:周|星期|礼拜)二|အင်္ဂါ",
    r"Wednesday|сред[ауые]\b|(?:周|星期|礼拜)三|ဗုဒ္ဓဟူး",
    r"Thursday|четверг|(?:周|星期|礼拜)四|ကြာသပတေး",
    r"Friday|пятниц|(?:周|星期|礼拜)五|သောကြာ",
    r"Saturday|суббот|(?:周|星期|礼拜)六|စနေ",
    r"Sunday|воскресень|(?:周|星期|礼拜)[日天]|တနင်္ဂနွေ",
)


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
    yield from map(_of_chinese, re.findall(f"[{''.join([*_CHINESE, *_PLACES])}]+", text))


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


def _of_chinese(numeral: str) -> float:
    total, digit = 0, 0
    for character in numeral:
        if character in _PLACES:
            total += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            digit = digit * 10 + _CHINESE[character]
    return float(total + digit)


def says_another_day(earliest: date | None, latest: date | None, text: str) -> bool:
    """Return whether a text names a weekday, day, month or year, and none within these bounds."""
    if earliest and earliest == latest:
        weekdays = {n for n, name in enumerate(_WEEKDAYS) if re.search(name, text)}
        if weekdays and earliest.weekday() not in weekdays:
            return True
    found = list(years(text))
    if found and not any(_within(date(y, 1, 1), date(y, 12, 31), earliest, latest) for y in found):
        return True
    if earliest is None or latest is None or (latest - earliest).days > 366:
        return False
    months = list(_months(text))
    named = [bounds for month, day in months for bounds in _bounds(month, day, {earliest.year, latest.year})]
    return bool(months) and not any(_within(*bounds, earliest, latest) for bounds in named)


def dates_in(text: str) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of each English date with a year: 2 May 2031, May 2031, or 2031."""
    pattern = rf"(?:(?P<day>\d{{1,2}}) )?\b{_ENGLISH_MONTH} (?P<year>(?:19|20)\d\d)\b"
    for match in re.finditer(pattern, text):
        yield from _bounds(
            _number_of(match["month"]), int(match["day"]) if match["day"] else None, {int(match["year"])}
        )
    rest = re.sub(pattern, "", text)
    yield from ((date(year, 1, 1), date(year, 12, 31)) for year in years(rest))


def dated_in_months(text: str) -> list[tuple[date, date]]:
    """Return the English dates of a text that name a month or a day."""
    return [(first, last) for first, last in dates_in(text) if (last - first).days < 31]


def years(text: str) -> Iterator[int]:
    """Yield the years that a text names in digits, from 1900 to 2099."""
    found = (int(match[0]) for match in _YEAR.finditer(text))
    return (year for year in found if 1900 <= year < 2100)


def _months(text: str) -> Iterator[tuple[int, int | None]]:
    """Yield the months that a text names, with their day or None."""
    day = r"(?P<day>\d{1,2})"
    for match in re.finditer(
        rf"(?:\b{day}(?:st|nd|rd|th)?(?: of)? )?\b{_ENGLISH_MONTH}(?: (?P<after>\d{{1,2}})(?!\d))?", text
    ):
        found = match["day"] or match["after"]
        yield _number_of(match["month"]), int(found) if found else None
    for number, name in enumerate(_RUSSIAN_MONTHS, 1):
        for match in re.finditer(rf"(?:\b{day}(?:-?го)? )?\b(?:{name})\b", text, re.IGNORECASE):
            yield number, int(match["day"]) if match["day"] else None
    for match in _CHINESE_MONTH.finditer(text):
        if 1 <= (month := _of_numeral(match[1])) <= 12:
            yield month, _of_numeral(match[2]) if match[2] else None
    yield from ((number, None) for number, name in enumerate(_BURMESE_MONTHS, 1) if name in text)


def _of_numeral(text: str) -> int:
    return int(text) if text.isdecimal() else int(_of_chinese(text))


def _number_of(month: str) -> int:
    return _MONTHS.index(month[:3].lower()) + 1


def _bounds(month: int, day: int | None, of_years: set[int]) -> Iterator[tuple[date, date]]:
    """Yield the first and last day of a month, or a day of it twice, in each of the years."""
    for year in of_years:
        try:
            first = date(year, month, day or 1)
        except ValueError:
            continue
        following = date(year + month // 12, month % 12 + 1, 1)
        yield first, first if day else date.fromordinal(following.toordinal() - 1)


def _within(first: date, last: date, earliest: date | None, latest: date | None) -> bool:
    """Return whether two ranges of days have a day in common; None is no bound."""
    return (latest is None or first <= latest) and (earliest is None or last >= earliest)
