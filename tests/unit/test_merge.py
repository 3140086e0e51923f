"""Merging: corroborate, refine, or stop on a conflict; and what a ruling does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import ROOT
from copies import Edit, Tables
from hypothesis import given
from hypothesis import strategies as st
from mmru.datapackage.open import open_package
from mmru.model import edtf
from mmru.pipeline.build import Dataset, build
from mmru.pipeline.merge import narrowest

Mmru = Callable[..., Result]
Spoil = Callable[[str, str, str], None]
Row = dict[str, Any]

ALPHA = "seeds/articles/src-alpha.yaml"
BETA = "seeds/articles/src-beta.yaml"
RULINGS = "seeds/rulings.yaml"
VISIT = "ev-visit-quill-lindos"
FIGURE = "          actors.visitor: ada-quill"
SIGNED = "          milestones.signed.event_id: ev-signing-ferry"
INFERRED_IDENTITY = (
    "    identity:\n      basis: inferred\n"
    "      reason: The article names neither minister nor year; src-alpha reports one such visit.\n"
)


def rows(tables: Tables, name: str, **wanted: object) -> list[Row]:
    """Return the rows of a table that have these values."""
    return [row for row in tables[name] if all(row[k] == v for k, v in wanted.items())]


@pytest.fixture(scope="module")
def published() -> Tables:
    """The published tables of which the tests read rows."""
    package = open_package(str(ROOT), ROOT)
    return {name: package.rows(name).to_pylist() for name in ("events", "actor_roles", "claims", "rulings")}


def claims_on(tables: Tables, field: str, record: str = VISIT) -> dict[str, Row]:
    """Return the claims on a field, by source."""
    return {row["source_id"]: row for row in rows(tables, "claims", record_id=record, field=field)}


def ruling(chosen: str, rejected: str, field: str = "event_type", record: str = VISIT) -> str:
    return (
        f"- {{record_table: events, record_id: {record}, field: {field}, chosen_value: {chosen}, "
        f"rejected_values: [{rejected}], reason: The first source was there., decided: '2031-06-01'}}\n"
    )


@pytest.mark.edited
def test_datasets_that_are_built_together_have_the_tables_of_each_alone(
    tables: Tables, dataset: Dataset
) -> None:
    def comparable(rows: list[Row]) -> list[Row]:
        own = {"claim_id", "text_sha256", "name", "title"}  # which name the copy
        return sorted(({c: v for c, v in row.items() if c not in own} for row in rows), key=repr)

    for name in tables.keys() - {"vocabularies"}:
        assert comparable(tables[name]) == comparable(dataset.tables[name].to_pylist()), name


@pytest.mark.edited(
    (BETA, INFERRED_IDENTITY, "    identity: {basis: stated}\n"),
    (BETA, "event_type: visit", "event_type: {value: visit, basis: stated}"),
)
def test_equal_values_corroborate(tables: Tables) -> None:
    [visit] = rows(tables, "events", event_id=VISIT)
    assert visit["event_type"] == "visit"
    assert (visit["source_count"], visit["origin_count"]) == (2, 2)
    claims = claims_on(tables, "event_type")
    assert {c["agrees"] for c in claims.values()} == {True}
    assert {c["credibility"] for c in claims.values()} == {1}


@pytest.mark.edited
def test_an_inferred_identity_confirms_nothing(tables: Tables) -> None:
    assert claims_on(tables, "identity")["src-beta"]["basis"] == "inferred"
    assert {c["credibility"] for c in claims_on(tables, "event_type").values()} == {3}


@pytest.mark.edited((BETA, INFERRED_IDENTITY, ""), (BETA, "  origin: the-beta", "  origin: the-alpha"))
def test_sources_of_one_origin_do_not_confirm_each_other(tables: Tables) -> None:
    assert {c["credibility"] for c in claims_on(tables, "event_type").values()} == {3}
    [visit] = rows(tables, "events", event_id=VISIT)
    assert (visit["source_count"], visit["origin_count"]) == (2, 1)


@pytest.mark.edited
def test_a_more_precise_date_and_place_stand_and_the_vaguer_agree(tables: Tables) -> None:
    [visit] = rows(tables, "events", event_id=VISIT)
    assert visit["date"] == "2031-05-02"
    assert (visit["date_earliest"], visit["date_latest"]) == (date(2031, 5, 2), date(2031, 5, 2))
    assert (visit["date_precision"], visit["date_basis"]) == ("day", "implied")
    assert claims_on(tables, "date")["src-beta"]["value"] == "[2031-05-01..2031-05-10]"
    assert claims_on(tables, "date")["src-beta"]["agrees"] is True
    assert visit["place_id"] == "pl-port-lindos"
    assert claims_on(tables, "place_id")["src-beta"]["value"] == "pl-lindos"
    assert claims_on(tables, "place_id")["src-beta"]["agrees"] is True


def statuses(alpha: str, beta: str, published: str = "") -> list[Edit]:
    """Return the edits that let the two articles give these statuses of the visit, and date the second."""
    old = "          event_type: visit\n          status: occurred\n"
    edits = [(path, old, old.replace("occurred", to)) for path, to in ((ALPHA, alpha), (BETA, beta))]
    head = "  language: zh"
    dated = (BETA, head, f"  published: {published}\n  published_basis: stated\n{head}")
    return [*edits, dated] if published else edits


@pytest.mark.edited(*statuses("occurred", "planned"))
def test_what_occurred_is_published_over_what_was_planned(tables: Tables) -> None:
    [visit] = rows(tables, "events", event_id=VISIT)
    assert (visit["status"], visit["as_of"]) == ("occurred", None)
    assert claims_on(tables, "status")["src-beta"]["agrees"] is True


def later(alpha: str, beta: str, published: str, status: str, as_of: date | None) -> Any:
    return pytest.param(status, as_of, marks=pytest.mark.edited(*statuses(alpha, beta, published)))


@pytest.mark.parametrize(
    ("status", "as_of"),
    [
        # alpha is of 3 May 2031
        later("ongoing", "occurred", "2031-05-09", "occurred", None),
        later("ongoing", "occurred", "2031-05-01", "ongoing", date(2031, 5, 3)),
        later("occurred", "ongoing", "2031-06", "ongoing", date(2031, 6, 30)),
    ],
)
def test_of_ongoing_and_occurred_the_later_source_decides(
    tables: Tables, status: str, as_of: date | None
) -> None:
    [visit] = rows(tables, "events", event_id=VISIT)
    assert (visit["status"], visit["as_of"]) == (status, as_of)
    assert {c["agrees"] for c in claims_on(tables, "status").values()} == {True}


@pytest.mark.parametrize(
    ("alpha", "beta", "published"),
    [
        ("ongoing", "occurred", ""),
        ("ongoing", "occurred", "2031-05-03"),
        ("occurred", "alleged", "2031-06"),
        ("planned", "cancelled", "2031-06"),
        ("planned", "alleged", ""),
        ("alleged", "denied", ""),
    ],
)
def test_what_is_undecided_or_doubtful_is_a_conflict(
    mmru: Mmru, spoil: Spoil, alpha: str, beta: str, published: str
) -> None:
    for edit in statuses(alpha, beta, published):
        spoil(*edit)
    [line] = [line for line in mmru("build").stderr.splitlines() if " M01 " in line]
    assert f"M01 events {VISIT}: status is '{beta}' here (src-beta), but '{alpha}' at" in line


@pytest.mark.edited(
    (
        ALPHA,
        "            basis: implied\n            reason: The article is",
        "            basis: inferred\n            reason: The article is",
    )
)
def test_an_inferred_value_is_published_as_such(tables: Tables) -> None:
    [visit] = rows(tables, "events", event_id=VISIT)
    assert visit["date_basis"] == "inferred"
    assert claims_on(tables, "date")["src-alpha"]["original"] == "on Friday"


CONFLICTS = {
    "date": ('value: "[2031-05-01..2031-05-10]"', 'value: "2031-06"', "2031-06", "2031-05-02", 32, 53),
    "event_type": ("event_type: visit", "event_type: meeting", "meeting", "visit", 28, 48),
    "status": ("status: occurred", "status: denied", "denied", "occurred", 29, 49),
}


@pytest.mark.parametrize("field", CONFLICTS)
def test_a_conflict_stops_the_build_and_names_both_places(mmru: Mmru, spoil: Spoil, field: str) -> None:
    old, new, beta, alpha, here, there = CONFLICTS[field]
    spoil(BETA, old, new)
    refused = mmru("check")
    assert refused.exit_code == 1
    place = refused.stderr.splitlines()[0]
    assert place.startswith(f"{BETA}:{here}:")
    assert (
        f"M01 events {VISIT}: {field} is '{beta}' here (src-beta), but '{alpha}' at {ALPHA}:{there}:" in place
    )
    assert place.endswith("(src-alpha); correct one of them, or add a ruling to seeds/rulings.yaml")


def ruled(chosen: str, rejected: str) -> Any:
    other = (BETA, "event_type: visit", "event_type: port-call")
    marks = pytest.mark.edited(other, (RULINGS, "[]\n", ruling(chosen, rejected)))
    return pytest.param(chosen, rejected, marks=marks)


@pytest.mark.parametrize(("chosen", "rejected"), [ruled("visit", "port-call"), ruled("port-call", "visit")])
def test_a_ruling_lets_either_value_stand_and_is_published(
    tables: Tables, chosen: str, rejected: str
) -> None:
    [visit] = rows(tables, "events", event_id=VISIT)
    assert visit["event_type"] == chosen
    claims = claims_on(tables, "event_type")
    assert {c["value"]: c["agrees"] for c in claims.values()} == {chosen: True, rejected: False}
    [published] = rows(tables, "rulings")
    assert published["chosen_value"] == chosen
    assert published["rejected_values"] == [rejected]
    assert published["decided"] == date(2031, 6, 1)


@pytest.mark.parametrize(
    ("conflict", "written", "message"),
    [
        (
            False,
            ruling("visit", "meeting"),
            f"1:3: M02 rules on events {VISIT} event_type, on which the sources do not conflict; remove the ruling",
        ),
        (
            True,
            ruling("visit", "talks"),
            "1:3: M03 names 'visit', 'talks', but the sources give 'meeting', 'visit'; choose one of their values and reject each that excludes it",
        ),
        (
            True,
            ruling("visit", "meeting", field="event_typ"),
            f"1:3: M02 rules on events {VISIT} event_typ, which no source mentions; did you mean 'event_type'?",
        ),
    ],
)
def test_a_ruling_that_does_not_fit_is_refused(
    mmru: Mmru, spoil: Spoil, small: Path, conflict: bool, written: str, message: str
) -> None:
    if conflict:
        spoil(BETA, "event_type: visit", "event_type: meeting")
    (small / "seeds/rulings.yaml").write_text(written)
    refused = mmru("build")
    assert refused.exit_code == 1
    assert f"seeds/rulings.yaml:{message}" in refused.stderr.splitlines()


@pytest.mark.edited(
    (BETA, 'value: "[2031-05-01..2031-05-10]"', 'value: "2031-06-02"'),
    (RULINGS, "[]\n", ruling("2031-05-02", "2031-06-02", field="date")),
    (ALPHA, FIGURE, f'{FIGURE}\n      - at: L4.86-118~b7e2f6e6\n        says: {{date: "2031-05"}}'),
)
def test_a_vaguer_value_is_not_rejected_with_the_others(tables: Tables) -> None:
    claims = rows(tables, "claims", record_id=VISIT, field="date")
    assert {c["value"]: c["agrees"] for c in claims} == {
        "2031-05-02": True,
        "2031-05": True,
        "2031-06-02": False,
    }


def test_values_that_are_united_are_not_ruled_on(mmru: Mmru, small: Path) -> None:
    (small / "seeds/rulings.yaml").write_text(ruling("ada-quill", "bo-ren", field="actors.visitor"))
    message = f"seeds/rulings.yaml:1:3: M02 rules on events {VISIT} actors.visitor, a list that keeps all values; remove the ruling"
    assert message in mmru("build").stderr.splitlines()


@pytest.mark.edited(
    (BETA, INFERRED_IDENTITY, ""),
    (BETA, "L1.0-12~5cdb02a1\n        says", "L1.0-12~5cdb02a1\n        by: the-alpha\n        says"),
)
def test_a_publisher_s_words_are_not_confirmed_by_its_own_article(tables: Tables) -> None:
    assert {c["credibility"] for c in claims_on(tables, "event_type").values()} == {3}
    [visit] = rows(tables, "events", event_id=VISIT)
    assert (visit["source_count"], visit["origin_count"], visit["confirmation"]) == (2, 1, "single-witness")


def test_of_several_dates_only_those_of_a_set_are_meant() -> None:
    days = edtf.parse("[2031-05-01,2031-05-10]")
    assert days.contains(edtf.parse("2031-05-10"))
    assert not days.contains(edtf.parse("2031-05-02"))
    assert edtf.parse("2031-05").contains(days)


@pytest.mark.edited(
    (
        ALPHA,
        SIGNED,
        f"{SIGNED}\n          milestones.signed.date: 2031-05\n          milestones.signed.2.date: 2031-03-02",
    )
)
def test_an_agreement_is_signed_when_it_is_first_signed(tables: Tables) -> None:
    [agreement] = rows(tables, "agreements")
    assert (agreement["signed"], agreement["signed_latest"]) == ("2031-03-02", date(2031, 3, 2))


SIGNING = "          event_type: signing\n          status: occurred\n"
ON_THE_VISIT = "          date: {value: 2031-05-02, basis: implied, reason: It was on the visit.}\n"


def signed(date_of_step: str | None) -> Any:
    step = f'{SIGNED}\n          milestones.signed.date: "{date_of_step}"' if date_of_step else SIGNED
    marks = pytest.mark.edited((ALPHA, SIGNING, SIGNING + ON_THE_VISIT), (ALPHA, SIGNED, step))
    return pytest.param(date_of_step, marks=marks)


@pytest.mark.parametrize(
    "date_of_step", [signed(None), signed("2031-05"), signed("[2031-04..2031-05]"), signed("[..2031-05]")]
)
def test_a_signing_without_a_date_or_with_a_vaguer_one_has_that_of_its_event(
    tables: Tables, date_of_step: str | None
) -> None:
    [step] = rows(tables, "agreement_milestones")
    assert step["date"] == date_of_step
    [agreement] = rows(tables, "agreements")
    assert (agreement["signed"], agreement["date_basis"]) == ("2031-05-02", "implied")


def test_an_article_removed_takes_its_claims_with_it_and_others_stand(small: Path, dataset: Dataset) -> None:
    for path in (BETA, BETA.replace("articles", "fingerprints")):
        (small / path).unlink()
    tables = {name: table.to_pylist() for name, table in build(small).tables.items()}
    before = {"claims": dataset.tables["claims"].to_pylist()}
    assert rows(tables, "claims") == rows(before, "claims", source_id="src-alpha")
    [visit] = rows(tables, "events", event_id=VISIT)
    assert (visit["date"], visit["source_count"]) == ("2031-05-02", 1)
    assert rows(tables, "event_details") == []
    assert [s["source_id"] for s in rows(tables, "sources")] == ["src-alpha"]


@pytest.mark.edited(
    (
        BETA,
        "          status: occurred",
        "          status: occurred\n          sectors: [tourism, energy]\n          actors.host: bo-ren",
    ),
    (ALPHA, FIGURE, f"          sectors: trade\n{FIGURE}\n          details.ordinal: 3"),
)
def test_sets_and_helper_rows_are_united(tables: Tables) -> None:
    [visit] = rows(tables, "events", event_id=VISIT)
    assert visit["sectors"] == ["energy", "tourism", "trade"]
    details = rows(tables, "event_details", event_id=VISIT)
    assert [(d["sequence"], d["value"], d["unit"]) for d in details] == [(1, 3.0, "ordinal number")]
    actors = rows(tables, "event_actors", event_id=VISIT)
    assert [(a["actor_id"], a["role"], a["side"]) for a in actors] == [
        ("ada-quill", "visitor", "source"),
        ("bo-ren", "host", "target"),
    ]


FOURTH = (ALPHA, FIGURE, f"{FIGURE}\n          details.ordinal: 4")


def test_two_figures_for_one_thing_are_a_conflict(mmru: Mmru, spoil: Spoil) -> None:
    spoil(*FOURTH)
    [line] = [line for line in mmru("build").stderr.splitlines() if " M01 " in line]
    assert f"M01 events {VISIT}: details.ordinal is '3' here (src-beta), but '4' at {ALPHA}" in line


@pytest.mark.edited(FOURTH, (RULINGS, "[]\n", ruling("'3'", "'4'", field="details.ordinal")))
def test_a_ruling_decides_between_two_figures(tables: Tables) -> None:
    [detail] = rows(tables, "event_details", event_id=VISIT)
    assert (detail["value"], detail["credibility"]) == (3.0, 3)
    [visit] = rows(tables, "events", event_id=VISIT)
    assert visit["disputed_fields"] == ["details.ordinal"]


@pytest.mark.edited(
    (
        ALPHA,
        FIGURE,
        f"{FIGURE}\n          details.delivered: 6\n          details.delivered.su-30: 4\n"
        "          details.delivered.yak-130: 2\n          details.ordered.su-30: 6",
    )
)
def test_two_objects_have_a_figure_each(tables: Tables) -> None:
    details = rows(tables, "event_details", event_id=VISIT)
    shown = [(d["detail"], d["sequence"], d["value"], d["text"]) for d in details]
    assert shown == [
        ("delivered", 1, 6.0, None),
        ("delivered", 2, 4.0, "su-30"),
        ("delivered", 3, 2.0, "yak-130"),
        ("ordered", 1, 6.0, "su-30"),
        ("ordinal", 1, 3.0, None),
    ]


def test_an_office_is_one_row_with_the_times_at_which_sources_mention_it(published: Tables) -> None:
    [president] = rows(published, "actor_roles", actor_id="vladimir-putin", role="head-of-state")
    assert {"2022-07", "2023-09-15"} <= set(president["as_of"])


@pytest.mark.edited(
    (
        ALPHA,
        SIGNED,
        f"{SIGNED}\n          milestones: [announced]\n"
        "          milestones.discussed.date: 2029\n          milestones.discussed.2.date: 2030",
    )
)
def test_steps_are_numbered_and_need_neither_date_nor_event(tables: Tables) -> None:
    steps = rows(tables, "agreement_milestones", agreement_id="ag-ferry")
    assert [(s["milestone"], s["sequence"], s["date"]) for s in steps] == [
        ("announced", 1, None),
        ("discussed", 1, "2029"),
        ("discussed", 2, "2030"),
        ("signed", 1, None),
    ]


# The five articles hold real cases.


def test_an_undated_article_on_a_visit_that_another_dates(published: Tables) -> None:
    visit = "ev-visit-min-aung-hlaing-russia-2025-03"
    identities = claims_on(published, "identity", visit)
    assert identities["src-cooperation-talks-2025"]["basis"] == "inferred"
    assert identities["src-strategic-talks-2025"]["basis"] == "stated"
    dates = claims_on(published, "date", visit)
    assert "src-cooperation-talks-2025" not in dates
    [row] = rows(published, "events", event_id=visit)
    # "early March", which another source narrows
    assert dates["src-strategic-talks-2025"]["value"] == "[2025-03-01..2025-03-10]" != row["date"]
    assert date(2025, 3, 1) <= row["date_earliest"] <= date(2025, 3, 10)


def test_a_visit_is_unofficial_in_the_words_of_a_ministry(published: Tables) -> None:
    rank = claims_on(published, "details.rank", "ev-visit-min-aung-hlaing-russia-2022-07")
    assert rank["src-observers-on-visit-2022"]["attributed_to_actor_id"] == "russian-ministry-of-defence"
    assert rank["src-observers-on-visit-2022"]["value"] == "unofficial visit"


def test_a_memorandum_that_an_analyst_calls_an_agreement_is_ruled_on(published: Tables) -> None:
    claims = rows(published, "claims", record_id="ag-nuclear-training-2022", field="agreement_type")
    claims = [claim for claim in claims if claim["source_id"] == "src-observers-on-visit-2022"]
    assert {(c["value"], c["attributed_to_actor_id"], c["agrees"]) for c in claims} == {
        ("memorandum", None, True),
        ("agreement", None, False),
        ("agreement", "sam-baron", False),
    }
    assert rows(published, "rulings", record_id="ag-nuclear-training-2022")


DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(DAYS, st.permutations(["day", "month", "year", "set", "uncertain"]))
def test_the_narrowest_date_stands_whatever_the_order(day: date, order: list[str]) -> None:
    text = {
        "day": day.isoformat(),
        "month": day.isoformat()[:7],
        "year": day.isoformat()[:4],
        "set": f"[{day}..]",
        "uncertain": f"{day}~",
    }
    covers = lambda a, b: edtf.parse(a).contains(edtf.parse(b))  # noqa: E731
    assert narrowest([text[name] for name in order], covers) == text["day"]


@given(st.lists(DAYS, min_size=1, max_size=4))
def test_days_that_differ_conflict_and_a_day_does_not_conflict_with_itself(days: list[date]) -> None:
    covers = lambda a, b: edtf.parse(a).contains(edtf.parse(b))  # noqa: E731
    stands = narrowest(sorted({d.isoformat() for d in days}), covers)
    assert stands == (days[0].isoformat() if len(set(days)) == 1 else None)
