"""EDTF: the calendar days that a text can mean."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmru.model.edtf import Span, Unused, parse, qualifiers


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2025-03-04", "2025-03-04", "2025-03-04", "day"),
        ("2025-03", "2025-03-01", "2025-03-31", "month"),
        ("2024-02", "2024-02-01", "2024-02-29", "month"),
        ("2025", "2025-01-01", "2025-12-31", "year"),
        ("2025-03~", "2025-03-01", "2025-03-31", "month"),
        ("2025?", "2025-01-01", "2025-12-31", "year"),
        ("2025-03-04%", "2025-03-04", "2025-03-04", "day"),
        ("202X", "2020-01-01", "2029-12-31", "unspecified-digits"),
        ("20XX", "2000-01-01", "2099-12-31", "unspecified-digits"),
        ("2025-XX", "2025-01-01", "2025-12-31", "year"),
        ("2025-03-XX", "2025-03-01", "2025-03-31", "month"),
        ("2025-XX-XX", "2025-01-01", "2025-12-31", "year"),
        ("2025-03-0X", "2025-03-01", "2025-03-09", "unspecified-digits"),
        ("2025-04-3X", "2025-04-30", "2025-04-30", "unspecified-digits"),
        ("2025-1X", "2025-10-01", "2025-12-31", "unspecified-digits"),
        ("2025-03-01/2025-03-10", "2025-03-01", "2025-03-10", "interval"),
        ("2025-03/2025-04", "2025-03-01", "2025-04-30", "interval"),
        ("2021/..", "2021-01-01", None, "open-interval"),
        ("2000~/..", "2000-01-01", None, "open-interval"),
        ("../2023-09-14", None, "2023-09-14", "open-interval"),
        ("/2023-09-14", None, "2023-09-14", "open-interval"),
        ("2023/", "2023-01-01", None, "open-interval"),
        ("[2025..2026]", "2025-01-01", "2026-12-31", "one-of"),
        ("[2022-07-11..2022-07-17]", "2022-07-11", "2022-07-17", "one-of"),
        ("[2025-01-02,2025-03]", "2025-01-02", "2025-03-31", "one-of"),
        ("[..2025]", None, "2025-12-31", "one-of"),
        ("[2025-01,2026..]", "2025-01-01", None, "one-of"),
    ],
)
def test_bounds_and_precision(text: str, earliest: str | None, latest: str | None, precision: str) -> None:
    first, last = (date.fromisoformat(day) if day else None for day in (earliest, latest))
    assert parse(text) == Span(first, last, precision)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("March 2025", "'March 2025' is not an EDTF date (such as 2025-03-04, 2025-03 or 2025-03~)"),
        ("2025-3-4", "'2025-3-4' is not an EDTF date (such as 2025-03-04, 2025-03 or 2025-03~)"),
        ("25", "'25' is not an EDTF date (such as 2025-03-04, 2025-03 or 2025-03~)"),
        ("2025-02-30", "'2025-02-30' is not a day of the calendar"),
        ("2025-13", "'2025-13' is not a day of the calendar"),
        ("2025-00", "'2025-00' is not a day of the calendar"),
        ("2025-02-3X", "'2025-02-3X' is not a day of the calendar"),
        ("XXXX", "'XXXX' says nothing: leave the date empty"),
        ("../..", "'../..' is open on both sides and says nothing"),
        ("2025-03-10/2025-03-01", "'2025-03-10/2025-03-01' ends before it begins"),
        ("2025/2026/2027", "'2025/2026/2027' has more than one '/'"),
        ("[2026..2025]", "'[2026..2025]' ends before it begins"),
        ("[2025,]", "'[2025,]' has an empty member"),
        ("", "'' is not an EDTF date (such as 2025-03-04, 2025-03 or 2025-03~)"),
        (
            "2025-03-04T10:00",
            "'2025-03-04T10:00' is not an EDTF date (such as 2025-03-04, 2025-03 or 2025-03~)",
        ),
    ],
)
def test_other_texts_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parse(text)
    assert str(refused.value) == message


UNUSED = {
    "2025-21": "write its months, as 2025-03/2025-05",
    "2025-24~": "write its months, as 2025-12/2026-02",
    "2025-30": "write its months, as 2025-12/2026-02",
    "2025-34": "write its months, as 2025-04/2025-06",
    "2025-38": "write its months, as 2025-05/2025-08",
    "2025-41": "write its months, as 2025-07/2025-12",
    "202X-21": "write its months, as 2025-03/2025-05",
    "Y170000002": "write a year from 0001 to 9999",
    "Y-17E7": "write a year from 0001 to 9999",
    "Y171010000S3": "write a year from 0001 to 9999",
    "-1985": "write a year from 0001 to 9999",
    "-1985-04-12": "write a year from 0001 to 9999",
    "0000": "write a year from 0001 to 9999",
    "1950S2": "write 1950~",
    "1985-04-12T23:20:30": "write the day, 1985-04-12",
    "1985-04-12T23:20:30Z": "write the day, 1985-04-12",
    "1985-04-12T23:20:30-04": "write the day, 1985-04-12",
    "1985-04-12T23:20:30+04:30": "write the day, 1985-04-12",
    "2004-06~-11": "write one mark at the end, as 2004-06-11~",
    "?2004-06-~11": "write one mark at the end, as 2004-06-11?",
    "2004-?06": "write one mark at the end, as 2004-06?",
    "2004%-06-11": "write one mark at the end, as 2004-06-11%",
    **dict.fromkeys(
        ["156X-12-25", "15XX-12-25", "XXXX-12-XX", "1XXX-12", "20X5", "2025-XX-04", "2025-X3-01"],
        "write the part before the X, or a set of all that it can be, as [2025-03-04,2025-04-04]",
    ),
    **dict.fromkeys(
        ["{1667,1668,1670..1672}", "{1960,1961-12}", "{..1984}"],
        "write each date as a value of its own, or an interval such as 2025-03/2025-05",
    ),
}


@pytest.mark.parametrize("text", UNUSED)
def test_valid_edtf_that_is_not_used_is_told_apart(text: str) -> None:
    with pytest.raises(Unused) as refused:
        parse(text)
    assert str(refused.value) == f"'{text}' is valid EDTF that the dataset does not use"
    assert refused.value.fix == UNUSED[text]


@pytest.mark.parametrize(
    ("text", "part"),
    [("2004-06-~01/2004-06-~20", "2004-06-~01"), ("2025-21/..", "2025-21"), ("[2025,Y20000]", "Y20000")],
)
def test_a_part_that_is_not_used_is_named(text: str, part: str) -> None:
    with pytest.raises(Unused, match=f"^'{part}' is valid EDTF that the dataset does not use$"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["2025-20", "2025-42", "Y2025", "-1985-13", "{2025-3}", "2025-02-30T10:00:00Z", "~"]
)
def test_what_is_no_edtf_is_not_called_valid(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not (an EDTF date|a day of the calendar)") as refused:
        parse(text)
    assert not isinstance(refused.value, Unused)


DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@given(DAYS, st.sampled_from(["", "?", "~", "%"]))
def test_a_month_contains_its_days_and_a_year_its_months(day: date, mark: str) -> None:
    texts = [day.isoformat() + mark, day.isoformat()[:7] + mark, day.isoformat()[:4] + mark]
    spans = [parse(t) for t in texts]
    assert spans[0] == Span(day, day, "day")
    assert spans[1].contains(spans[0])
    assert not spans[0].contains(spans[1])
    assert spans[2].contains(spans[1])
    assert [qualifiers(t) for t in texts] == [len(mark)] * 3


@given(DAYS, st.integers(0, 4000))
def test_an_interval_or_set_lasts_from_its_first_day_to_its_last(start: date, days: int) -> None:
    end = min(start + timedelta(days), date(2100, 12, 31))
    interval, one_of = parse(f"{start}/{end}"), parse(f"[{start}..{end}]")
    assert (interval.earliest, interval.latest) == (start, end)
    assert (one_of.earliest, one_of.latest) == (start, end)
    assert one_of.contains(interval)


@given(DAYS, st.integers(1, 4000), DAYS, st.integers(0, 4000))
def test_an_interval_contains_nothing_but_itself(start: date, days: int, other: date, more: int) -> None:
    interval = parse(f"{start}/{start + timedelta(days)}")
    assert interval.contains(interval)
    assert not interval.contains(parse(f"{start}"))
    assert not interval.contains(parse(f"[{start}..{start + timedelta(days)}]"))
    another = parse(f"{other}/{other + timedelta(more)}")
    assert interval.contains(another) == (another == interval)


@pytest.mark.parametrize(
    ("one", "other", "contains"),
    [
        ("2021/..", "2021/..", True),
        # an open and an unknown end are told apart
        ("2021/..", "2021/", False),
        ("2021/", "2021/..", False),
        ("../2021", "/2021", False),
        # whoever does not know the end does not deny that there is one
        ("2021/", "2021/2023", True),
        ("/2023-09-14", "2023-09-10/2023-09-14", True),
        ("/2023-09-14", "2023-09-10/2023-09-15", False),
        ("2021/..", "2021/2023", False),
        # an end can be a month
        ("2025-03/2025-05", "2025-03-04/2025-05-06", True),
        ("2025-03/2025-05", "2025-03-04/2025-06-06", False),
        # a month contains a stay within it, and a stay does not contain a day
        ("2025-03", "2025-03-01/2025-03-10", True),
        ("2025-03-01/2025-03-10", "2025-03-04", False),
    ],
)
def test_how_long_something_lasted_is_no_vaguer_date(one: str, other: str, contains: bool) -> None:
    assert parse(one).contains(parse(other)) is contains


@given(st.text() | st.text(alphabet="0123456789X-/.[],?~%", max_size=24))
def test_any_text_is_a_span_or_refused_with_a_message(text: str) -> None:
    try:
        span = parse(text)
    except ValueError as refused:
        assert str(refused).startswith("'")  # noqa: PT017
        return
    assert span.earliest or span.latest
    if span.earliest and span.latest:
        assert span.earliest <= span.latest


def test_an_unknown_end_is_less_precise_than_an_open_end() -> None:
    assert [qualifiers(t) for t in ("2021/..", "2021/", "../2021", "/2021", "2021/2022")] == [0, 1, 0, 1, 0]
