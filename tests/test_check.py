"""Checks on tables: each constraint and each named rule, with a bad example that it must catch."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from mmru.checks.catalogue import catalogue
from mmru.checks.rules import RULES
from mmru.checks.run import CONSTRAINT, check
from mmru.errors import Position
from mmru.model.schema import ORDER
from mmru.pipeline.build import Dataset, build
from spoiled import of_copy, side_by_side
from steps import said

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Change = Callable[[Rows], None]

VISIT, MEETING, SIGNING = "ev-visit-quill-lindos", "ev-meeting-quill-ren", "ev-signing-ferry"


@pytest.fixture(scope="session")
def dataset(sound: Path) -> Dataset:
    return build(sound)


def row_of(rows: Rows, table: str, **wanted: object) -> Row:
    return next(r for r in rows[table] if all(r.get(k) == v for k, v in wanted.items()))


def edit(table: str, wanted: Row, **values: object) -> Change:
    return lambda rows: row_of(rows, table, **wanted).update(values)


def claim(rows: Rows, field: str, record: str = VISIT) -> Row:
    return row_of(rows, "claims", field=field, record_id=record, source_id="src-alpha")


def drop_claims(field: str, record: str = VISIT) -> Change:
    def change(rows: Rows) -> None:
        rows["claims"] = [c for c in rows["claims"] if (c["field"], c["record_id"]) != (field, record)]

    return change


def both(*changes: Change) -> Change:
    def change(rows: Rows) -> None:
        for one in changes:
            one(rows)

    return change


def redirected(old: str, new: str | None, table: str = "events") -> Change:
    row = {
        "old_id": old,
        "record_table": table,
        "new_id": new,
        "reason": "It was the same.",
        "since": "1.0.0",
    }
    return lambda rows: rows["redirects"].append(row)


PREFIXES = (
    "its id lacks the prefix of its table, or has that of another one; begin it with ag-, ev-, pl-, re- or src-, "
    "as its table requires; an actor's id has no prefix"
)
NO_END = (
    "the old id is still in use, or the new one is neither in use nor redirected itself; "
    "redirect to an id in use"
)
CIRCLE = (
    "it is a part of itself, or supersedes itself, directly or through others; "
    "correct the column that leads back to it"
)
LATE = (
    "it is dated after all its sources were published, or, where one has no date, after the release; "
    "correct the date, or give it the status planned"
)
NOT_THERE = (
    "it was made at an event that is planned, cancelled or denied; "
    "correct the status of the event, or name another one"
)
NO_WHOLE = (
    "it is part of itself, or of something of a kind that cannot contain it; "
    "correct what it is a part of, or one of the two kinds"
)
NO_LANGUAGE = "its language is no tag of BCP 47; write a language of ISO 639, as en, my or zh-Hans"
OLD = (
    "it is dated before 4 January 1948, when Myanmar became independent, or over 30 years after the release; "
    "is the year right?"
)
EVENT = {"event_id": VISIT}
AGREEMENT = {"agreement_id": "ag-ferry"}
SIGNED = {"agreement_id": "ag-ferry", "milestone": "signed"}
REACTION = {"reaction_id": "re-ren-welcomes"}

# the rule, how a table is spoiled, and what must be said; errors.yaml has an example of each code
BROKEN: dict[str, tuple[Change, str]] = {
    "edtf-dates sources": (
        edit("sources", {"source_id": "src-alpha"}, published="May 2031"),
        "T10 sources src-alpha: a date is not EDTF; write it in EDTF",
    ),
    "edtf-dates actor_roles": (
        edit("actor_roles", {"actor_id": "ada-quill"}, as_of="2031-13"),
        "T10 actor_roles ada-quill.minister: a date is not EDTF; write it in EDTF",
    ),
    "edtf-dates agreements": (
        edit("agreements", AGREEMENT, valid_until="later"),
        "T10 agreements ag-ferry: a date is not EDTF; write it in EDTF",
    ),
    "edtf-dates agreement_milestones": (
        edit("agreement_milestones", SIGNED, date="soon"),
        "T10 agreement_milestones ag-ferry signed 1: a date is not EDTF; write it in EDTF",
    ),
    "edtf-dates reactions": (
        edit("reactions", REACTION, date="once"),
        "T10 reactions re-ren-welcomes: a date is not EDTF; write it in EDTF",
    ),
    "bounds-match events": (
        edit("events", EVENT, date_earliest=date(2031, 5, 1)),
        f"T11 events {VISIT}: the bounds of a date do not match its EDTF text; run mmru build, which computes bounds",
    ),
    "bounds-match agreements": (
        edit("agreements", AGREEMENT, signed_latest=date(2031, 5, 2)),
        "T11 agreements ag-ferry: the bounds of a date do not match its EDTF text; run mmru build, which computes bounds",
    ),
    "bounds-match agreement_milestones": (
        edit("agreement_milestones", SIGNED, date_earliest=date(2031, 5, 2)),
        "T11 agreement_milestones ag-ferry signed 1: the bounds of a date do not match its EDTF text; "
        "run mmru build, which computes bounds",
    ),
    "bounds-match reactions": (
        edit("reactions", REACTION, date_latest=date(2031, 5, 2)),
        "T11 reactions re-ren-welcomes: the bounds of a date do not match its EDTF text; "
        "run mmru build, which computes bounds",
    ),
    "validity-in-order actor_roles": (
        edit("actor_roles", {"actor_id": "ada-quill"}, valid_from="2032-05", valid_until="2032-04"),
        "T12 actor_roles ada-quill.minister: it ends before it begins; put valid_from and valid_until in order",
    ),
    "precision-matches reactions": (
        edit("reactions", REACTION, date_precision="day"),
        "T14 reactions re-ren-welcomes: date_precision does not fit the date; run mmru build, which computes it",
    ),
    "precision-supported events": (
        lambda rows: claim(rows, "date").update(value="2031-05"),
        f"T15 events {VISIT}: the date is more precise than every claim on it; "
        "make it no more precise than they are",
    ),
    "precision-supported agreement_milestones": (
        edit("agreement_milestones", SIGNED, date="2031-05-02"),
        "T15 agreement_milestones ag-ferry signed 1: the date is more precise than every claim on it; "
        "make it no more precise than they are",
    ),
    "claimed-cells agreements": (
        edit("agreements", AGREEMENT, duration_years=8.0),
        "T16 agreements ag-ferry: a cell has no claim that agrees with it; "
        "code its value in an article, or run mmru build",
    ),
    "claimed-cells reactions": (
        edit("reactions", REACTION, topics=["asean"]),
        "T16 reactions re-ren-welcomes: a cell has no claim that agrees with it; "
        "code its value in an article, or run mmru build",
    ),
    "claimed-cells event_actors": (
        drop_claims("actors.visitor"),
        f"T16 event_actors {VISIT} ada-quill visitor: a cell has no claim that agrees with it; "
        "code its value in an article, or run mmru build",
    ),
    "claimed-cells event_details": (
        edit("event_details", EVENT, value=4.0),
        f"T16 event_details {VISIT} how-manieth 1: a cell has no claim that agrees with it; "
        "code its value in an article, or run mmru build",
    ),
    "claimed-cells agreement_actors": (
        edit("agreement_actors", {"actor_id": "bo-ren"}, actor_id="lindos"),
        "T16 agreement_actors ag-ferry lindos signatory: a cell has no claim that agrees with it; "
        "code its value in an article, or run mmru build",
    ),
    "claimed-cells agreement_milestones": (
        edit("agreement_milestones", SIGNED, event_id=MEETING),
        "T16 agreement_milestones ag-ferry signed 1: a cell has no claim that agrees with it; "
        "code its value in an article, or run mmru build",
    ),
    "claimed-cells agreement_terms": (
        lambda rows: rows["agreement_terms"].append(
            {"agreement_id": "ag-ferry", "term": "capacity", "sequence": 1, "value": 9.0, "unit": "MW"}
        ),
        "T16 agreement_terms ag-ferry capacity 1: a cell has no claim that agrees with it; "
        "code its value in an article, or run mmru build",
    ),
    "claimed-cells actor_roles": (
        edit("actor_roles", {"actor_id": "ada-quill"}, text="queen"),
        "T16 actor_roles ada-quill.minister: a cell has no claim that agrees with it; "
        "code its value in an article, or run mmru build",
    ),
    "counts-right agreements": (
        edit("agreements", AGREEMENT, source_count=2),
        "T19 agreements ag-ferry: its counts do not match its claims; run mmru build, which computes counts",
    ),
    "counts-right reactions": (
        edit("reactions", REACTION, origin_count=2),
        "T19 reactions re-ren-welcomes: its counts do not match its claims; run mmru build, which computes counts",
    ),
    "passage-counts-right passages": (
        edit("passages", {"source_id": "src-alpha", "line": 4}, claim_count=1),
        "T20 passages src-alpha 4: its counts or shares do not match its claims and lines; run mmru build, which computes counts",
    ),
    "scores-match reactions": (
        edit("reactions", REACTION, stance_score=2),
        "T26 reactions re-ren-welcomes: a score does not match its code; run mmru build, which looks up scores",
    ),
    "parts-end events": (
        edit("events", EVENT, part_of_event_id=MEETING),
        f"T27 events {VISIT}: {CIRCLE}",
    ),
    "parts-end places": (
        edit("places", {"place_id": "pl-lindos"}, part_of_place_id="pl-port-lindos"),
        f"T27 places pl-lindos: {CIRCLE}",
    ),
    "countries-exist places": (
        edit("places", {"place_id": "pl-lindos"}, country="BUR"),
        "T29 places pl-lindos: its country is not in ISO 3166-1; use the alpha-3 code",
    ),
    "date-basis-right reactions": (
        edit("reactions", REACTION, date_basis="stated"),
        "T36 reactions re-ren-welcomes: date_basis is not the firmest basis of the claims that give the date; "
        "run mmru build, which computes it",
    ),
    "date-basis-right agreement_milestones": (
        edit("agreement_milestones", SIGNED, date_basis="stated"),
        "T36 agreement_milestones ag-ferry signed 1: date_basis is not the firmest basis of the claims "
        "that give the date; run mmru build, which computes it",
    ),
    "codes-looked-up event_details": (
        edit("event_details", EVENT, sequence=2),
        f"T38 event_details {VISIT} how-manieth 2: its side or unit does not match its code, or its numbering "
        "has a gap; run mmru build, which computes them",
    ),
    "codes-looked-up agreement_terms": (
        lambda rows: rows["agreement_terms"].append(
            {"agreement_id": "ag-ferry", "term": "capacity", "sequence": 1, "value": 9.0, "unit": "GW"}
        ),
        "T38 agreement_terms ag-ferry capacity 1: its side or unit does not match its code, or its numbering "
        "has a gap; run mmru build, which computes them",
    ),
    "registered-for-something places": (
        lambda rows: rows["places"].append({"place_id": "pl-nowhere", "name": "Nowhere", "kind": "city"}),
        "P04 places pl-nowhere: no record and no claim names it; remove it, or code what an article says about it",
    ),
    "ids-of-one-table redirects": (redirected("ag-call", VISIT), f"T41 redirects ag-call: {PREFIXES}"),
    "an old id of an event without its prefix": (
        redirected("call", VISIT),
        f"T41 redirects call: {PREFIXES}",
    ),
    "an old id of an actor with a prefix": (
        redirected("src-quill", "ada-quill", "actors"),
        f"T41 redirects src-quill: {PREFIXES}",
    ),
    "an actor with the id of an agreement": (
        lambda rows: rows["actors"].append(
            {"actor_id": "ag-ferry", "name": "Ferry", "kind": "company", "description": "A company."}
        ),
        f"T41 actors ag-ferry: {PREFIXES}",
    ),
    "a redirect to itself": (
        redirected("ev-self", "ev-self"),
        "T42 redirects ev-self: its redirects lead back to it; let them end at an id in use",
    ),
    "redirects that lead to no id": (
        both(redirected("ev-a", "ev-b"), redirected("ev-b", "ev-none")),
        f"T31 redirects ev-b: {NO_END}",
    ),
    "a redirect to a retired id of other records": (
        both(redirected("ev-d", "ag-d"), redirected("ag-d", "ag-ferry", "agreements")),
        f"T31 redirects ev-d: {NO_END}",
    ),
    "a row of a helper table is deleted": (
        lambda rows: rows["event_details"].clear(),
        "T33 claims {details.how-manieth}: it is marked as agreeing, but no published cell has its value; run mmru build, which publishes a cell for it",
    ),
    "the hash of a whole line": (
        lambda rows: claim(rows, "date").update(claim_id="c-0000000000000000", char_start=0, char_end=146),
        "T22 claims c-0000000000000000: it cites characters that its source does not have, or gives them another hash "
        "or language; quote the words again and run mmru anchor",
    ),
    "parts-end agreements": (
        edit("agreements", AGREEMENT, supersedes_agreement_id="ag-ferry"),
        f"T27 agreements ag-ferry: {CIRCLE}",
    ),
    "dated-before-its-sources reactions": (
        edit("reactions", REACTION, date="2031-05-04", date_earliest=date(2031, 5, 4)),
        f"T50 reactions re-ren-welcomes: {LATE}",
    ),
    "dated-before-its-sources agreement_milestones": (
        edit("agreement_milestones", SIGNED, date="2031-05-04", date_earliest=date(2031, 5, 4)),
        f"T50 agreement_milestones ag-ferry signed 1: {LATE}",
    ),
    "steps-at-their-events agreements": (
        both(
            edit("agreements", AGREEMENT, event_id=SIGNING, signed_latest=date(2031, 4, 30)),
            edit("agreement_milestones", SIGNED, event_id=None),
            edit("events", {"event_id": SIGNING}, date_earliest=date(2031, 5, 1)),
        ),
        "T53 agreements ag-ferry: its date is not that of the event at which the step was taken; "
        "correct one of the dates, or name another event",
    ),
    "decided-after-publication rulings": (
        lambda rows: rows["rulings"].append(
            {
                **{"record_table": "events", "record_id": VISIT, "field": "date", "chosen_value": "2031"},
                **{"rejected_values": ["2030"], "reason": "It is so.", "decided": date(2031, 5, 2)},
            }
        ),
        f"T55 rulings events {VISIT} date: it was decided before a source was published on which it decides; "
        "correct the day of the decision",
    ),
    "made-where-something-happened agreements": (
        both(
            edit("events", {"event_id": SIGNING}, status="planned"),
            edit("agreement_milestones", SIGNED, event_id=None),
        ),
        f"T61 agreements ag-ferry: {NOT_THERE}",
    ),
    "made-where-something-happened reactions": (
        both(
            edit("events", {"event_id": MEETING}, status="cancelled"),
            edit("reactions", REACTION, occasion_event_id=MEETING),
        ),
        f"T61 reactions re-ren-welcomes: {NOT_THERE}",
    ),
    "languages-exist passages": (
        edit("passages", {"source_id": "src-beta", "line": 1}, language="zh-Hanz"),
        f"T62 passages src-beta 1: {NO_LANGUAGE}",
    ),
    "languages-exist claims": (
        lambda rows: claim(rows, "date").update(claim_id="c-0000000000000000", language="en-XQ"),
        f"T62 claims c-0000000000000000: {NO_LANGUAGE}",
    ),
    "in-the-country-of-its-whole actors": (
        both(
            edit("actors", {"actor_id": "lindos"}, country="GRC"),
            edit("actors", {"actor_id": "state-radio"}, country="TUR", kind="government-body"),
        ),
        "T67 actors state-radio: its country is not that of the whole of which it is a part; "
        "correct the country, or what it is a part of",
    ),
    "identifiers-of-one-record places": (
        both(
            edit("places", {"place_id": "pl-lindos"}, geonames_id=400666),
            edit("places", {"place_id": "pl-port-lindos"}, geonames_id=400666),
        ),
        "T68 places pl-lindos: an identifier of it is that of another record; "
        "look both up again, or merge the two records",
    ),
    "years-of-the-subject sources": (
        edit("sources", {"source_id": "src-alpha"}, published="1931"),
        f"P20 sources src-alpha: {OLD}",
    ),
    "years-of-the-subject actor_roles": (
        edit("actor_roles", {"actor_id": "ada-quill"}, valid_from="1931"),
        f"P20 actor_roles ada-quill.minister: {OLD}",
    ),
    "years-of-the-subject agreements": (
        edit("agreements", AGREEMENT, valid_from="1931"),
        f"P20 agreements ag-ferry: {OLD}",
    ),
    "years-of-the-subject agreement_milestones": (
        edit("agreement_milestones", SIGNED, date="1931"),
        f"P20 agreement_milestones ag-ferry signed 1: {OLD}",
    ),
    "years-of-the-subject reactions": (
        edit("reactions", REACTION, date="1931"),
        f"P20 reactions re-ren-welcomes: {OLD}",
    ),
    "not-still-to-come reactions": (
        edit("reactions", REACTION, status="planned", date_latest=date(2030, 5, 1)),
        "P22 reactions re-ren-welcomes: its status says that it is still to come or goes on, but on the day of "
        "release that is long past; does a later source say what became of it?",
    ),
    "not-over-when-reported reactions": (
        edit("reactions", REACTION, status="planned", date_latest=date(2031, 5, 1)),
        "P23 reactions re-ren-welcomes: its status says that it is still to come or goes on, but its last day was "
        "over before its first source; correct the date or the status",
    ),
    "texts-in-their-script claims": (
        lambda rows: row_of(rows, "claims", original="五月初").update(claim_id="c-0", language="ru"),
        "P33 claims c-0: its title or original is not in the script of its language; is the language right?",
    ),
    "parts-of-what-is-alleged agreement_milestones": (
        edit("events", {"event_id": SIGNING}, status="alleged"),
        "P27 agreement_milestones ag-ferry signed 1: it has happened, but the event of which it is a part, "
        "or at which it was made, is only alleged; is the one alleged where the other is not?",
    ),
    "kinds-of-wholes actor_roles": (
        edit("actor_roles", {"actor_id": "ada-quill"}, body_actor_id="ada-quill"),
        f"T64 actor_roles ada-quill.minister: {NO_WHOLE}",
    ),
    "kinds-of-wholes places": (
        lambda rows: rows["places"].append(
            {"place_id": "pl-isle", "name": "Isle", "kind": "region", "part_of_place_id": "pl-port-lindos"}
        ),
        f"T64 places pl-isle: {NO_WHOLE}",
    ),
    "countries-of-their-names actors": (
        edit("actors", {"actor_id": "arden"}, name="Belarus", country="RUS"),
        "P35 actors arden: its country is not the one of its name; is the code of its country right?",
    ),
    # constraints, keys and references of the schemas
    "required": (edit("events", EVENT, title=None), f"T01 events {VISIT}: title is empty"),
    "minimum": (
        edit("events", EVENT, source_count=0),
        f"T01 events {VISIT}: source_count '0' is not at least 1",
    ),
    "maximum": (
        edit("passages", {"source_id": "src-alpha", "line": 6}, share_cited=1.5),
        "T01 passages src-alpha 6: share_cited '1.5' is not at most 1",
    ),
    "minLength": (
        edit("actors", {"actor_id": "lindos"}, description="Isle"),
        "T01 actors lindos: description 'Isle' is not at least 5 characters long",
    ),
    "pattern, held against the whole text": (
        edit("actors", {"actor_id": "lindos"}, wikidata_id="Q12 or so"),
        "T01 actors lindos: wikidata_id 'Q12 or so' is not of the form Q[1-9][0-9]{0,8}",
    ),
    "enum": (
        edit("events", EVENT, date_basis="guessed"),
        f"T01 events {VISIT}: date_basis 'guessed' is not a code of basis",
    ),
    "codes in a list": (
        edit("events", EVENT, plover_contexts=["diplomatic", "space"]),
        f'T01 events {VISIT}: plover_contexts ["diplomatic", "space"] is not a code of plover_context',
    ),
    "a list member that holds the delimiter": (
        edit("actors", {"actor_id": "lindos"}, aliases=["the isle; the rock"]),
        "T01 actors lindos: aliases [\"the isle; the rock\"] must have distinct members, none empty or with ';'",
    ),
    "primary key": (
        lambda rows: rows["places"].append(dict(rows["places"][-1])),
        "T01 places pl-port-lindos: its key is used twice",
    ),
    "foreign key": (
        edit("events", EVENT, place_id="pl-none"),
        f"T01 events {VISIT}: place_id 'pl-none' is not an id of place_id",
    ),
}


def test_the_tables_are_sound_before_they_are_spoiled(dataset: Dataset) -> None:
    assert said(dataset, lambda rows: None) == []


@pytest.fixture(scope="module")
def found(dataset: Dataset) -> set[str]:
    """What the checks say of copies of the dataset, of which each has one bad example."""
    tables = side_by_side(dataset, {name: change for name, (change, _) in BROKEN.items()})
    problems = check(tables, lambda name, _: Position(name), dataset.schemas, dataset.released)
    return {f"{p.code} {p.message}; {p.fix}" if p.fix else f"{p.code} {p.message}" for p in problems}


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_catches_its_bad_example(dataset: Dataset, found: set[str], name: str) -> None:
    message = BROKEN[name][1]
    # a claim is named by its field here
    for field in re.findall(r"{([a-z].*?)}", message):
        ids = [row["claim_id"] for row in dataset.tables["claims"].to_pylist() if row["field"] == field]
        message = message.replace(f"{{{field}}}", ids[0])
    assert of_copy(message, dataset, list(BROKEN).index(name)) in found


@pytest.mark.parametrize(
    "change",
    [
        both(redirected("ev-a", "ev-b"), redirected("ev-b", VISIT)),
        both(redirected("ev-a", "ev-b"), redirected("ev-b", None)),
        redirected("quill", "ada-quill", "actors"),
        redirected("src-a", "src-alpha", "sources"),
    ],
)
def test_a_redirect_may_lead_on_to_another_one(dataset: Dataset, change: Change) -> None:
    assert said(dataset, change) == []


def test_a_circle_of_redirects_is_one_mistake(dataset: Dataset) -> None:
    circle = both(redirected("ev-b", "ev-c"), redirected("ev-c", "ev-b"), redirected("ev-a", "ev-b"))
    assert said(dataset, circle) == [
        "T42 redirects ev-b: its redirects lead back to it; let them end at an id in use"
    ]


SILENT = {"actor_id": "silent-one", "name": "Silent One", "kind": "person", "description": "Nobody."}


@pytest.mark.parametrize(
    ("table", "row", "claim"),
    [
        (
            "places",
            {"place_id": "pl-nowhere", "name": "Nowhere", "kind": "city"},
            {"record_id": VISIT, "field": "place_id", "value": "pl-nowhere", "agrees": False},
        ),
        (
            "actors",
            SILENT,
            {"record_table": "agreements", "record_id": "ag-ferry", "field": "actors.signatory"}
            | {"value": "silent-one", "agrees": False},
        ),
        (
            "actors",
            SILENT,
            {"record_table": "actors", "record_id": "silent-one", "field": "identity", "value": "silent-one"},
        ),
    ],
)
def test_what_only_an_overruled_claim_names_is_named(
    dataset: Dataset, table: str, row: Row, claim: Row
) -> None:
    def add_claim(rows: Rows) -> None:
        rows["claims"].append({**row_of(rows, "claims", field="place_id"), "claim_id": "c-0", **claim})

    register = lambda rows: rows[table].append(row)  # noqa: E731
    assert [m[:3] for m in said(dataset, register)] == ["P04"]
    assert "P04" not in {m[:3] for m in said(dataset, both(register, add_claim))}


def test_every_rule_has_one_bad_example_here_or_in_the_catalogue() -> None:
    shown = [entry["message"].split(" ")[:2] for entry in catalogue() if not entry["run"].startswith("mmru")]
    here = [message.split(" ")[:2] for name, (_, message) in BROKEN.items() if name.split(" ")[-1] in ORDER]
    rules = sorted([rule.code, rule.table] for rule in RULES)
    assert sorted([*here, *(s for s in shown if s[0] != CONSTRAINT)]) == rules


def test_a_rule_that_cannot_be_run_is_not_taken_for_kept(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("gone")

    spoiled = [rule for rule in RULES if rule.name == "parts-end events"]
    monkeypatch.setattr("mmru.checks.run.RULES", [type(spoiled[0])(**{**vars(spoiled[0]), "breaks": fails})])
    with pytest.raises(KeyError, match="gone"):
        said(dataset, lambda rows: None)
