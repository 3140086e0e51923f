"""Numbers and dates in words, and names that people take for one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmru.checks.alike import pairs_alike
from mmru.checks.spelled import dates_in, says_another_day, says_another_number

DAY = date(2031, 5, 2)  # a Friday
MAY = (date(2031, 5, 1), date(2031, 5, 31))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *(
            (7, "7 years"),
            (7, "seven-year"),
            (7, "семь лет"),
            (7, "七年"),
            (7, "၇ နှစ်"),
            (7, "in 2031, for 7"),
        ),
        *((25, "twenty-five times"), (12, "第十二次"), (3, "в третий раз"), (1500, "1,500 tonnes")),
        *((1.5, "1.5 billion"), (1_500_000_000, "1.5 billion"), (1.5, "18 months"), (10, "for a decade")),
        *(
            (110, "110 megawatts"),
            (110, "110,000 kW"),
            (24, "two dozen"),
            (7, "five ministers and two others"),
        ),
    ],
)
def test_a_number_in_words_is_its_value_and_no_other(value: float, words: str) -> None:
    assert not says_another_number(value, words)
    assert says_another_number(value * 17 + 3, words)


@pytest.mark.parametrize("words", ["", "one of them", "early", "once again", "since the coup of 2021"])
def test_words_without_a_number_say_none(words: str) -> None:
    assert not says_another_number(70, words)


@given(st.integers(min_value=0, max_value=10**6))
def test_digits_are_their_value(number: int) -> None:
    assert not says_another_number(number, f"{number:,} pieces")
    burmese = str(number).translate({ord("0") + n: chr(0x1040 + n) for n in range(10)})
    assert not says_another_number(number, f"{burmese} နှစ်")


@pytest.mark.parametrize(
    "words",
    [
        *("on Friday", "в пятницу", "周五", "သောကြာနေ့", "2 May", "May 2nd", "2 мая", "5月2日", "မေလ", "2031"),
        *("May 2, 2031", "1–3 May", "2-го мая", "五月二日", "2031-05-02", "၂၀၃၁"),
    ],
)
def test_the_words_of_a_day_fit_it_and_not_a_day_of_another_month_or_year(words: str) -> None:
    assert not says_another_day(DAY, DAY, words)
    assert says_another_day(date(2032, 6, 5), date(2032, 6, 5), words)


def test_a_day_fits_the_month_in_which_it_is() -> None:
    assert not says_another_day(*MAY, "2 May")
    assert says_another_day(*MAY, "2 June")
    assert not says_another_day(None, MAY[1], "on Sunday in June, as may be")
    assert says_another_day(None, MAY[1], "in 2032")


@given(st.dates(date(1950, 1, 1), date(2090, 1, 1)))
def test_every_english_date_is_read(day: date) -> None:
    words = f"Visit of Ada Quill, {day.day} {day:%B %Y}"
    assert list(dates_in(words)) == [(day, day)]
    assert not says_another_day(day, day, words)
    other = day + timedelta(days=40)
    assert says_another_day(other, other, words)


def alike(one: str, other: str) -> bool:
    return bool(pairs_alike([("a", "person", [one], []), ("b", "person", [other], [])]))


@pytest.mark.parametrize(
    "name",
    ["Ada Quill", "ADA QUILL", "Quill Ada", "Ada Quil", "Аdа Quill", "Àdá Quill", "Ada-Quill", "Ada Qulill"],
)
def test_names_that_differ_in_case_order_accents_letters_or_spelling_are_alike(name: str) -> None:
    assert alike("Ada Quill", name)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ada Quill", "Ada Quince"), ("Bo Ren", "Bo Lin"), ("Fleet 11", "Fleet 12"), ("Fleet 11", "Fleet 1")],
)
def test_other_names_are_not_alike(one: str, other: str) -> None:
    assert not alike(one, other)


def test_a_letter_may_differ_only_among_records_of_one_kind() -> None:
    assert pairs_alike([("a", "person", ["Ada Quill"], []), ("b", "media", ["ADA QUILL"], [])]) == [
        ("b", "a")
    ]
    assert pairs_alike([("a", "person", ["Ada Quill"], []), ("b", "media", ["Ada Quell"], [])]) == []
