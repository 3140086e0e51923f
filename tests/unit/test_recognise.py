"""Names and dates are recognised in texts of several languages, at the right places."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmru.curating.find import overlap
from mmru.curating.names import Name, Names, fold, latin, spellings, words
from mmru.model.edtf import parse
from mmru.model.written_dates import dates

PUBLISHED = date(2031, 5, 5)  # a Monday


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on 12 May 2031", {"12 May 2031": "2031-05-12"}),
        ("on May 12th, 2031,", {"May 12th, 2031": "2031-05-12"}),
        ("the 3rd of May", {"3rd of May": "2031-05-03"}),
        ("12–14 May", {"12–14 May": "2031-05-12/2031-05-14"}),
        ("early March 2025", {"early March 2025": "[2025-03-01..2025-03-10]"}),
        ("late February", {"late February": "[2031-02-21..2031-02-28]"}),
        ("Sept. 2030", {"Sept. 2030": "2030-09"}),
        ("since December", {"since December": "2030-12"}),
        ("2031-05-04 and 2029", {"2031-05-04": "2031-05-04", "2029": "2029"}),
        ("on Sunday and Monday", {"Sunday": "2031-05-04", "Monday": "2031-05-05"}),
        ("12 мая 2031 года", {"12 мая 2031": "2031-05-12"}),
        ("5 марта", {"5 марта": "2031-03-05"}),
        ("в мае 2030 года, в среду", {"мае 2030": "2030-05", "среду": "2031-04-30"}),
        ("2031年5月12日", {"2031年5月12日": "2031-05-12"}),
        ("5月12日, 周六, 星期天", {"5月12日": "2031-05-12", "周六": "2031-05-03", "星期天": "2031-05-04"}),
        ("2007年", {"2007": "2007"}),
        ("31 June 2031", {"June 2031": "2031-06"}),
        # no dates
        ("1,500 of 2,000 and 20311", {}),
        ("May they march?", {}),
        ("Moнday мартышка", {}),
    ],
)
def test_dates_are_recognised_at_their_places(text: str, found: dict[str, str]) -> None:
    assert {text[start:end]: written for start, end, written in dates(text, PUBLISHED)} == found


def test_without_the_day_of_publication_no_week_and_no_year_is_guessed() -> None:
    text = "On Sunday, 12 May and 3 June 2031"
    assert [d.date for d in dates(text)] == ["XXXX-05-12", "2031-06-03"]
    assert next(d.span(2029) for d in dates(text)) == parse("2029-05-12")


@given(st.text("Mayi12 3,0年5月мя-", max_size=30))
def test_every_date_that_is_recognised_is_valid(text: str) -> None:
    for start, end, written in dates(text, PUBLISHED):
        assert 0 <= start < end <= len(text)
        parse(written)


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("2031-05", "2031-05-04", True),
        ("2031-05", "2031-06-01", False),
        ("2031/..", "2040", True),
        ("[2031-05-01,2031-05-09]", "2031-05-05", False),
        # a visit whose beginning is unknown did not begin years ago
        ("/2031-05-04", "2031-01", True),
        ("/2031-05-04", "2029", False),
    ],
)
def test_dates_overlap(one: str, other: str, both: bool) -> None:
    assert overlap(parse(one), parse(other)) == overlap(parse(other), parse(one)) == both


def names_of(*listed: tuple[str, str]) -> Names:
    return Names(
        name
        for text, record in listed
        for name in spellings(
            text, record, is_person=record not in ("place", "port"), has_surname=record != "than-hlaing"
        )
    )


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("José Núñez", "with JOSE  NUNEZ’s wife", ["JOSE  NUNEZ"]),
        ("José Núñez", "Núñez left", ["Núñez"]),
        ("Port Lindos", "Port Lindosian; Airport Lindos", []),
        ("Ада Квилл", "с Адой Квиллом", ["Адой Квиллом"]),
        ("阿达", "部长阿达访问", ["阿达"]),
        ("အေဒါ", "ဝန်ကြီးအေဒါသည်", ["အေဒါ"]),
        ("US", "us in the US", ["US"]),
        ("Ada Quill (cited)", "Ada Quill (cited)", []),
    ],
)
def test_names_are_recognised_whatever_their_form(name: str, text: str, found: list[str]) -> None:
    assert [
        text[f.start : f.end]
        for f in names_of((name, "place" if name.startswith("Port") else "ada")).find(text)
    ] == found


def test_the_longest_name_wins_and_one_name_can_be_of_two_records() -> None:
    names = names_of(("Lindos", "lindos"), ("Lindos", "place"), ("Port Lindos", "port"))
    [port, island] = names.find("Port Lindos on Lindos")
    assert [set(port.records), set(island.records)] == [{"port"}, {"lindos", "place"}]


def test_who_has_no_surname_is_not_found_by_the_last_part_of_the_name() -> None:
    assert not list(names_of(("Than Hlaing", "than-hlaing")).find("Hlaing spoke"))


def test_an_acronym_may_be_typed_in_any_case() -> None:
    assert list(Names([Name("US", "p", True)]).find("us", any_case=True))


def test_folded_names_can_be_compared() -> None:
    assert fold("Ёлка ＡＢ‑é") == "елка ab-e"
    assert latin("Лавров") == "lavrov"
    assert words("Ferry, “Port”") == ["ferry", "port"]
