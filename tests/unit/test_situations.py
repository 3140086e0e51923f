"""Rules on time, wholes, places and the dataset itself in situations of several rows, sound and unsound."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from mmru.checks.rules import RULES
from mmru.checks.rules.wholes import self_references
from mmru.checks.standards import countries, is_language, is_written_in
from mmru.model import edtf
from mmru.pipeline.build import Dataset
from spoiled import side_by_side
from steps import messages, messages_after

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Change = Callable[[Rows], None]
VISIT, MEETING, SIGNING = "ev-visit-quill-lindos", "ev-meeting-quill-ren", "ev-signing-ferry"
FERRY, WELCOME, PORT = "ag-ferry", "re-ren-welcomes", "pl-port-lindos"
# of what follows from claims, which these situations do not change
FROM_CLAIMS = {
    "T19",
    "T11",
    "T14",
    "T15",
    "T16",
    "T17",
    "T33",
    "T34",
    "T35",
    "T36",
    "T39",
    "T91",
    "T92",
    "P02",
    "P04",
}


def dated(text: str, column: str = "date") -> Row:
    span = edtf.parse(text)
    bounds = {f"{column}_earliest": span.earliest, f"{column}_latest": span.latest}
    return {column: text, **bounds, f"{column}_precision": span.precision}


def edit(table: str, key: str, **values: object) -> Change:
    def change(rows: Rows) -> None:
        row = next(r for r in rows[table] if key in r.values())
        row.update({name: value for name, value in values.items() if name in row})

    return change


def step(milestone: str, text: str) -> Change:
    row = {
        "agreement_id": FERRY,
        "milestone": milestone,
        "sequence": 1,
        "date_basis": "stated",
        "credibility": 3,
    }
    return lambda rows: rows["agreement_milestones"].append({**row, **_without_precision(dated(text))})


def signed(text: str) -> Change:
    return edit("agreement_milestones", FERRY, **_without_precision(dated(text)))


def _without_precision(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.endswith("_precision")}


def together(dataset: Dataset, situations: Iterable[list[Change]]) -> list[str]:
    """Return the messages on copies of the dataset, each changed in one way, without those from claims."""

    def take(changes: list[Change], rows: Rows) -> None:
        for change in changes:
            change(rows)

    changes = {str(number): partial(take, one) for number, one in enumerate(situations)}
    found = messages(dataset, side_by_side(dataset, changes))
    return [message for message in found if message[:3] not in FROM_CLAIMS]


@pytest.fixture(scope="module")
def on_unsound(dataset: Dataset) -> list[str]:
    """The messages on all unsound situations."""
    return together(dataset, (changes for _, changes in UNSOUND.values()))


UNSOUND: dict[str, tuple[str, list[Change]]] = {
    "a part outside the whole of its undated whole": (
        "T32",
        [edit("events", SIGNING, part_of_event_id=MEETING, **dated("2031-04-01"))],
    ),
    "a part that begins before its whole": (
        "T59",
        [
            edit("events", VISIT, **dated("2031-05-02/2031-05-05")),
            edit("events", MEETING, **dated("2031-04-28/2031-05-03")),
        ],
    ),
    "a part without an end in a whole with one": ("T59", [edit("events", MEETING, **dated("2031-05-02/.."))]),
    "a reaction before its occasion's whole": (
        "T52",
        [edit("reactions", WELCOME, occasion_event_id=MEETING, **dated("2031-04-01"))],
    ),
    "a reaction before the agreement": (
        "T51",
        [signed("2031-05-02"), edit("reactions", WELCOME, about_agreement_id=FERRY, **dated("2030"))],
    ),
    "announced after it is in force": ("T13", [step("in-force", "2031-02"), step("announced", "2031-03")]),
    "expired before its term is over": ("T13", [step("expires", "2031-03"), step("expired", "2031-02")]),
    "expires before it is signed": ("T13", [signed("2031-05-02"), step("expires", "2030")]),
    "valid from another day than in force": (
        "T54",
        [edit("agreements", FERRY, valid_from="2031-05"), step("in-force", "2031-02")],
    ),
    "valid until another year than it expires": (
        "T54",
        [edit("agreements", FERRY, valid_until="2038"), step("expires", "2035")],
    ),
    "seven years that end after two": (
        "P26",
        [
            signed("2031-05-02"),
            edit("agreements", FERRY, valid_until="2033", signed_earliest=date(2031, 5, 2)),
        ],
    ),
    "in force for seven years since 1999": (
        "P21",
        [edit("agreements", FERRY, valid_from="1999", status="in-force")],
    ),
    "signed for three years in 2022": (
        "P21",
        [edit("agreements", FERRY, duration_years=3.0, signed_latest=date(2022, 1, 10))],
    ),
    "a hundred years": ("P26", [edit("agreements", FERRY, duration_years=100.0)]),
    "planned long before the release": (
        "P22",
        [edit("events", MEETING, status="planned", **dated("2028-03"))],
    ),
    "a role after its term": (
        "T58",
        [edit("actor_roles", "ada-quill", as_of=["2031-05"], valid_until="2031-04")],
    ),
    "latitude and longitude exchanged": (
        "T66",
        [edit("places", PORT, country="GRC", latitude=28.08, longitude=36.09)],
    ),
    "outside the country of its whole": (
        "T66",
        [
            edit("places", "pl-lindos", country="GRC"),
            edit("places", PORT, part_of_place_id="pl-lindos", latitude=10.0, longitude=10.0),
        ],
    ),
    "a state with the code of another list": (
        "T69",
        [edit("actors", "arden", iso3="DEU", country="DEU", cow_code=260)],
    ),
    "two codes of two states": ("T69", [edit("actors", "arden", gw_code=775, cow_code=365)]),
}
PLANNED: Row = {
    **{"event_id": "ev-plan", "title": "Planned visit", "summary": "A visit that is to come."},
    **{"event_type": "visit", "status": "planned", "date_basis": "stated", **dated("2031-05-30")},
    **{"source_count": 1, "origin_count": 1, "claim_count": 1, "confirmation": "single-witness"},
    **{"source_ids": ["src-alpha"], "best_reliability": "C", "best_credibility": 3},
    "witness_ids": ["the-alpha"],
}
VISITOR: Row = {
    **{"event_id": "ev-plan", "actor_id": "ada-quill", "role": "visitor"},
    **{"side": "source", "credibility": 3},
}
SOUND: dict[str, list[Change]] = {
    "a month as the date of a part of a day": [edit("events", MEETING, **dated("2031-05"))],
    "a reaction on the day": [
        edit("reactions", WELCOME, about_event_id=VISIT, occasion_event_id=MEETING, **dated("2031-05-02"))
    ],
    "a reaction to what is planned": [
        lambda rows: rows["events"].append(PLANNED),
        lambda rows: rows["event_actors"].append(VISITOR),
        edit("reactions", WELCOME, about_event_id="ev-plan", **dated("2031-05-02")),
    ],
    "announced after it is signed": [signed("2031-05-02"), step("announced", "2031-05-03")],
    "five years from 2031 to 2035": [
        edit("agreements", FERRY, duration_years=5.0, valid_from="2031", valid_until="2035")
    ],
    "in force long after it was signed": [
        signed("2026-01-10"),
        edit("events", SIGNING, part_of_event_id=None, **dated("2026-01-10")),
        edit("agreements", FERRY, valid_from="2027-12-01", duration_years=3.5),
        edit("agreements", FERRY, **_without_precision(dated("2026-01-10", "signed"))),
    ],
    "a term that ends in the future": [
        signed("2031-05-02"),
        edit("agreements", FERRY, valid_until="2038-05-01"),
        step("expires", "2038-05"),
    ],
    "Russia east of the antimeridian": [edit("places", PORT, country="RUS", latitude=66.0, longitude=-170.0)],
    "the two codes of Germany": [
        edit("actors", "arden", iso3="DEU", country="DEU", state="DEU", gw_code=260, cow_code=255)
    ],
    "a name in Latin letters in a Chinese text": [edit("claims", "五月初", original="Rosatom")],
}


@pytest.mark.parametrize("name", UNSOUND)
def test_an_unsound_situation_has_its_code(on_unsound: list[str], name: str) -> None:
    code, copy = UNSOUND[name][0], list(UNSOUND).index(name)
    assert any(re.match(rf"{code} .*-copy-{copy}\b", message) for message in on_unsound)


def test_sound_situations_have_no_problem(dataset: Dataset) -> None:
    assert together(dataset, SOUND.values()) == []


def test_a_circle_is_reported_at_its_members_alone(dataset: Dataset) -> None:
    change = edit("actors", "lindos", part_of_actor_id="lindos")
    circles = [message for message in messages_after(dataset, change) if message.startswith("T27")]
    assert [message.split(" ")[2] for message in circles] == ["lindos:"]


def test_every_table_that_refers_to_itself_is_checked_for_circles(dataset: Dataset) -> None:
    tables = {name for name, table in dataset.schemas.tables.items() if self_references(table)}
    assert tables == {rule.table for rule in RULES if rule.code == "T27"}


def test_the_two_states_have_the_codes_of_the_codebook() -> None:
    codes_of = {iso3: (country.gw_code, country.cow_code) for iso3, country in countries().items()}
    assert codes_of["MMR"] == (775, 775)
    assert codes_of["RUS"] == (365, 365)
    assert countries()["MMR"].contains(16.8, 96.15)
    assert not countries()["MMR"].contains(55.75, 37.62)


@pytest.mark.parametrize("tag", ["en", "my", "zh", "zh-Hans", "sr-Latn-RS", "ksw", "en-GB"])
def test_a_language_tag_exists(tag: str) -> None:
    assert is_language(tag)


@pytest.mark.parametrize("tag", ["xq", "eng", "mm", "cz", "en-XQ", "zh-Hanz", "en-US-Latn", "en-GB-x"])
def test_a_language_tag_does_not_exist(tag: str) -> None:
    assert not is_language(tag)


@pytest.mark.parametrize(
    ("text", "tag", "latin", "fits"),
    [
        ("မြန်မာ", "my", False, True),
        ("မြန်မာ", "en", False, False),
        ("Rosatom", "zh", True, True),
        ("Rosatom", "zh", False, False),
        ("Министр", "ru-Latn", False, False),
        ("2031", "my", False, True),
        ("anything", "tlh", False, True),
    ],
)
def test_a_text_is_in_the_script_of_its_language(text: str, tag: str, latin: bool, fits: bool) -> None:
    assert is_written_in(text, tag, latin=latin) is fits


ABOUT = "seeds/dataset.yaml"
CONTRADICTORY = {
    "coverage out of order": (
        "temporal: 2023-01-01/2024-12-31",
        "temporal: 2024-12-31/2023-01-01",
        "C04 '2024-12-31/2023-01-01' ends before it begins; write two days in order, as 2021-02-01/2025-12-31",
    ),
    "a month that does not exist": (
        "temporal: 2023-01-01/2024-12-31",
        "temporal: 2024-13-45/2025-01-01",
        "C04 '2024-13-45' is not a day of the calendar; write two days in order, as 2021-02-01/2025-12-31",
    ),
    "coverage after the release": (
        "temporal: 2023-01-01/2024-12-31",
        "temporal: 2023-01-01/2099-12-31",
        "L13 the coverage ends on 2099-12-31, after the release on 2031-06-01; "
        "correct one of the days; write .. as the end where it goes on",
    ),
    "a country with the code of another": (
        "iso3: GRC",
        "iso3: TUR",
        "L13 'TUR' is not the code of Greece; write 'GRC', or correct the name",
    ),
    "a licence that is not in SPDX": (
        "name: CC0-1.0",
        "name: CC0 1.0",
        "R08 'CC0 1.0' is not among the codes of SPDX; write an id of https://spdx.org/licenses/, as CC-BY-4.0",
    ),
    "a licence with the address of another": (
        "name: CC0-1.0",
        "name: CC-BY-4.0",
        "L13 CC-BY-4.0 has the address of CC0-1.0; correct one of the two",
    ),
    "an address without a scheme": (
        "path: https://spdx.org/licenses/MIT.html",
        "path: spdx.org/licenses/MIT.html",
        "R09 'spdx.org/licenses/MIT.html' has the wrong form; write an address as https://example.org/page",
    ),
}


@pytest.mark.parametrize("case", CONTRADICTORY)
def test_what_the_dataset_says_of_itself_is_checked(
    case: str, small: Path, mmru: Callable[..., Result], spoil: Callable[[str, str, str], None]
) -> None:
    old, new, message = CONTRADICTORY[case]
    spoil(ABOUT, old, new)
    value = new.partition(": ")[2]
    line = next(n for n, text in enumerate((small / ABOUT).read_text("utf-8").splitlines(), 1) if new in text)
    at_path = "has the address" in message
    [problem] = [text for text in mmru("check").stderr.splitlines() if text.startswith(ABOUT)]
    assert problem.endswith(f" {message}")
    assert at_path or problem.startswith(f"{ABOUT}:{line}:"), value


RECORD = (
    'notes: Made up for the tests.\nclarified: []\nversion: "0.0.1"\nreleased: "DAY"\n'
    'fingerprint: "' + "0" * 64 + '"\nrows: {}\nchanges: []\n'
)


@pytest.mark.parametrize(("day", "is_refused"), [("2031-06-02", True), ("2031-06-01", False)])
def test_a_release_is_not_dated_before_the_one_before(
    small: Path, mmru: Callable[..., Result], day: str, is_refused: bool
) -> None:
    (small / "seeds/releases").mkdir()
    (small / "seeds/releases/0.0.1.yaml").write_text(RECORD.replace("DAY", day), "utf-8")
    message = (
        f"{ABOUT}:4:11: L13 0.1.0 is dated 2031-06-01, before the release of 0.0.1 on 2031-06-02; "
        "correct one of the two days"
    )
    assert (message in mmru("check").stderr.splitlines()) is is_refused
