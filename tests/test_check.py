"""Checks on tables: each constraint and each named rule, with a bad example that it must catch."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from mmru.checks.run import RULES
from mmru.model.schema import ORDER
from mmru.pipeline.build import Dataset, build
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


EVENT = {"event_id": VISIT}
AGREEMENT = {"agreement_id": "ag-ferry"}
SIGNED = {"agreement_id": "ag-ferry", "milestone": "signed"}
REACTION = {"reaction_id": "re-ren-welcomes"}

# the rule, how a table is spoiled, and what must be said
BROKEN: dict[str, tuple[Change, str]] = {
    "edtf-dates sources": (
        edit("sources", {"source_id": "src-alpha"}, published="May 2031"),
        "T10 sources src-alpha: a date is not EDTF; write it in EDTF",
    ),
    "edtf-dates actor_roles": (
        edit("actor_roles", {"actor_id": "ada-quill"}, as_of="2031-13"),
        "T10 actor_roles ada-quill.minister: a date is not EDTF; write it in EDTF",
    ),
    "edtf-dates events": (
        edit("events", EVENT, date="2031-02-30"),
        f"T10 events {VISIT}: a date is not EDTF; write it in EDTF",
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
    "bounds-match sources": (
        edit("sources", {"source_id": "src-alpha"}, published_latest=date(2031, 5, 4)),
        "T11 sources src-alpha: the bounds of a date are not those of its EDTF text; rebuild: bounds are computed",
    ),
    "bounds-match events": (
        edit("events", EVENT, date_earliest=date(2031, 5, 1)),
        f"T11 events {VISIT}: the bounds of a date are not those of its EDTF text; rebuild: bounds are computed",
    ),
    "bounds-match agreements": (
        edit("agreements", AGREEMENT, signed_latest=date(2031, 5, 2)),
        "T11 agreements ag-ferry: the bounds of a date are not those of its EDTF text; rebuild: bounds are computed",
    ),
    "bounds-match agreement_milestones": (
        edit("agreement_milestones", SIGNED, date_earliest=date(2031, 5, 2)),
        "T11 agreement_milestones ag-ferry signed 1: the bounds of a date are not those of its EDTF text; "
        "rebuild: bounds are computed",
    ),
    "bounds-match reactions": (
        edit("reactions", REACTION, date_latest=date(2031, 5, 2)),
        "T11 reactions re-ren-welcomes: the bounds of a date are not those of its EDTF text; "
        "rebuild: bounds are computed",
    ),
    "validity-in-order agreements": (
        edit("agreements", AGREEMENT, valid_from="2032", valid_until="2031"),
        "T12 agreements ag-ferry: it ends before it begins; put valid_from and valid_until in order",
    ),
    "validity-in-order actor_roles": (
        edit("actor_roles", {"actor_id": "ada-quill"}, valid_from="2032-05", valid_until="2032-04"),
        "T12 actor_roles ada-quill.minister: it ends before it begins; put valid_from and valid_until in order",
    ),
    "milestones-in-order agreement_milestones": (
        both(
            edit(
                "agreement_milestones",
                SIGNED,
                date="2031",
                date_earliest=date(2031, 1, 1),
                date_latest=date(2031, 12, 31),
            ),
            lambda rows: rows["agreement_milestones"].append(
                row_of(rows, "agreement_milestones", **SIGNED)
                | {
                    "milestone": "discussed",
                    "date": "2032-01",
                    "date_earliest": date(2032, 1, 1),
                    "date_latest": date(2032, 1, 31),
                }
            ),
        ),
        "T13 agreement_milestones ag-ferry signed 1: it is dated before an earlier stage; put the steps in order",
    ),
    "precision-matches events": (
        edit("events", EVENT, date_precision="month"),
        f"T14 events {VISIT}: date_precision does not fit the date; rebuild: it is computed",
    ),
    "precision-matches reactions": (
        edit("reactions", REACTION, date_precision="day"),
        "T14 reactions re-ren-welcomes: date_precision does not fit the date; rebuild: it is computed",
    ),
    "precision-supported events": (
        lambda rows: claim(rows, "date").update(value="2031-05"),
        f"T15 events {VISIT}: the date is more precise than any claim that gives it; "
        "a date says no more than the claims on it",
    ),
    "precision-supported agreement_milestones": (
        edit("agreement_milestones", SIGNED, date="2031-05-02"),
        "T15 agreement_milestones ag-ferry signed 1: the date is more precise than any claim that gives it; "
        "a date says no more than the claims on it",
    ),
    "precision-supported reactions": (
        edit("reactions", REACTION, date="2031"),
        "T15 reactions re-ren-welcomes: the date is more precise than any claim that gives it; "
        "a date says no more than the claims on it",
    ),
    "claimed-cells events": (
        edit("events", EVENT, event_type="talks"),
        f"T16 events {VISIT}: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "claimed-cells agreements": (
        edit("agreements", AGREEMENT, duration_years=8.0),
        "T16 agreements ag-ferry: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "claimed-cells reactions": (
        edit("reactions", REACTION, topics=["asean"]),
        "T16 reactions re-ren-welcomes: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "claimed-cells event_actors": (
        drop_claims("actors.visitor"),
        f"T16 event_actors {VISIT} ada-quill visitor: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "claimed-cells event_details": (
        edit("event_details", EVENT, value=4.0),
        f"T16 event_details {VISIT} how-manieth 1: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "claimed-cells agreement_actors": (
        edit("agreement_actors", {"actor_id": "bo-ren"}, actor_id="lindos"),
        "T16 agreement_actors ag-ferry lindos signatory: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "claimed-cells agreement_milestones": (
        edit("agreement_milestones", SIGNED, event_id=MEETING),
        "T16 agreement_milestones ag-ferry signed 1: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "claimed-cells agreement_terms": (
        lambda rows: rows["agreement_terms"].append(
            {"agreement_id": "ag-ferry", "term": "capacity", "sequence": 1, "value": 9.0, "unit": "MW"}
        ),
        "T16 agreement_terms ag-ferry capacity 1: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "claimed-cells actor_roles": (
        edit("actor_roles", {"actor_id": "ada-quill"}, text="queen"),
        "T16 actor_roles ada-quill.minister: a cell has no claim that agrees with it; "
        "every claimed cell needs a claim; rebuild, or code it in an article",
    ),
    "status-and-milestones agreements": (
        edit("agreements", AGREEMENT, status="in-force"),
        "T17 agreements ag-ferry: its status has no milestone of its own, or a milestone goes beyond it; "
        "code milestones.<stage>, or mend the status",
    ),
    "counts-right events": (
        edit("events", EVENT, claim_count=99),
        f"T19 events {VISIT}: its counts are not those of its claims; rebuild: counts are computed",
    ),
    "counts-right agreements": (
        edit("agreements", AGREEMENT, source_count=2),
        "T19 agreements ag-ferry: its counts are not those of its claims; rebuild: counts are computed",
    ),
    "counts-right reactions": (
        edit("reactions", REACTION, origin_count=2),
        "T19 reactions re-ren-welcomes: its counts are not those of its claims; rebuild: counts are computed",
    ),
    "passage-counts-right sources": (
        edit("sources", {"source_id": "src-alpha"}, line_count=6),
        "T20 sources src-alpha: its counts or shares are not those of its claims and lines; rebuild: counts are computed",
    ),
    "passage-counts-right passages": (
        edit("passages", {"source_id": "src-alpha", "line": 4}, claim_count=1),
        "T20 passages src-alpha 4: its counts or shares are not those of its claims and lines; rebuild: counts are computed",
    ),
    "lines-accounted-for passages": (
        edit("passages", {"source_id": "src-alpha", "line": 6}, use="coded"),
        "T21 passages src-alpha 6: it is coded without a claim, or set aside with one; cite it, or set it aside",
    ),
    "spans-in-lines claims": (
        lambda rows: claim(rows, "date").update(claim_id="c-0000000000000000", char_end=147),
        "T22 claims c-0000000000000000: it cites characters that its source does not have, or gives them another hash or language; "
        "let mmru anchor make the locator",
    ),
    "claimed-records-defined claims": (
        lambda rows: claim(rows, "date").update(claim_id="c-0000000000000000", record_id="ev-none"),
        "T23 claims c-0000000000000000: it speaks of a record or a field that is not defined; register the record",
    ),
    "inference-has-a-reason claims": (
        lambda rows: claim(rows, "date").update(claim_id="c-0000000000000000", reason=None),
        "T24 claims c-0000000000000000: it is implied or inferred without a reason; say what it follows from",
    ),
    "plover-mode-fits events": (
        edit("events", EVENT, plover_mode="aerial"),
        f"T25 events {VISIT}: its PLOVER mode does not belong to its PLOVER type; choose a mode of that type",
    ),
    "scores-match events": (
        edit("events", EVENT, goldstein=2.0),
        f"T26 events {VISIT}: a score is not that of its code; rebuild: scores are looked up",
    ),
    "scores-match reactions": (
        edit("reactions", REACTION, stance_score=2),
        "T26 reactions re-ren-welcomes: a score is not that of its code; rebuild: scores are looked up",
    ),
    "parts-end events": (
        edit("events", EVENT, part_of_event_id=MEETING),
        f"T27 events {VISIT}: it is a part of itself; mend part_of",
    ),
    "parts-end places": (
        edit("places", {"place_id": "pl-lindos"}, part_of_place_id="pl-port-lindos"),
        "T27 places pl-lindos: it is a part of itself; mend part_of",
    ),
    "parts-end actors": (
        edit("actors", {"actor_id": "lindos"}, part_of_actor_id="lindos"),
        "T27 actors lindos: it is a part of itself; mend part_of",
    ),
    "listed-ids-defined agreements": (
        edit("agreements", AGREEMENT, place_ids=["pl-none"]),
        "T28 agreements ag-ferry: it names a place that is not defined; register it in seeds/registry/places.yaml",
    ),
    "countries-exist actors": (
        edit("actors", {"actor_id": "lindos"}, country="XYZ"),
        "T29 actors lindos: its country is not in ISO 3166-1; use the alpha-3 code",
    ),
    "countries-exist places": (
        edit("places", {"place_id": "pl-lindos"}, country="BUR"),
        "T29 places pl-lindos: its country is not in ISO 3166-1; use the alpha-3 code",
    ),
    "codes-of-states actors": (
        edit("actors", {"actor_id": "bo-ren"}, gw_code=775),
        "T30 actors bo-ren: only states have codes of states; remove iso3, gw_code and cow_code",
    ),
    "redirects-lead-on redirects": (
        lambda rows: rows["redirects"].append(
            {
                "old_id": VISIT,
                "record_table": "events",
                "new_id": SIGNING,
                "reason": "It was the same.",
                "since": "1.0.0",
            }
        ),
        f"T31 redirects {VISIT}: the old id is still in use, or the new one is not; redirect to an id that stands",
    ),
    "parts-within-wholes events": (
        edit(
            "events",
            {"event_id": MEETING},
            date="2031-06",
            date_earliest=date(2031, 6, 1),
            date_latest=date(2031, 6, 30),
        ),
        f"T32 events {MEETING}: the dates of a part lie outside the whole; mend one of the dates",
    ),
    "claims-have-cells claims": (
        edit("events", EVENT, place_id=None),
        "T33 claims {place_id}: it agrees with a cell that there is not; rebuild: every claim leads to a cell",
    ),
    "agreement-right claims": (
        lambda rows: claim(rows, "event_type").update(claim_id="c-0000000000000000", agrees=False),
        "T34 claims c-0000000000000000: whether it agrees with the published value, or what it says of identity, "
        "is not right; rebuild: agreement is computed",
    ),
    "confirmation-right claims": (
        lambda rows: claim(rows, "event_type").update(claim_id="c-0000000000000000", credibility=1),
        "T35 claims c-0000000000000000: it has grade 1 without being confirmed by another source, or lacks it; "
        "rebuild: confirmation is computed",
    ),
    "date-basis-right events": (
        edit("events", EVENT, date_basis="stated"),
        f"T36 events {VISIT}: date_basis is not the firmest basis of the claims that give the date; "
        "rebuild: it is computed",
    ),
    "date-basis-right reactions": (
        edit("reactions", REACTION, date_basis="stated"),
        "T36 reactions re-ren-welcomes: date_basis is not the firmest basis of the claims that give the date; "
        "rebuild: it is computed",
    ),
    "date-basis-right agreement_milestones": (
        edit("agreement_milestones", SIGNED, date_basis="stated"),
        "T36 agreement_milestones ag-ferry signed 1: date_basis is not the firmest basis of the claims "
        "that give the date; rebuild: it is computed",
    ),
    "rulings-fit rulings": (
        lambda rows: rows["rulings"].append(
            {
                "record_table": "events",
                "record_id": VISIT,
                "field": "event_type",
                "chosen_value": "visit",
                "rejected_values": ["talks"],
                "reason": "The first was there.",
                "decided": date(2031, 6, 1),
            }
        ),
        f"T37 rulings events {VISIT} event_type: it does not fit the claims: it must choose one of their values and "
        "reject each that excludes it; mend the ruling",
    ),
    "codes-looked-up event_actors": (
        edit("event_actors", EVENT, side="target"),
        f"T38 event_actors {VISIT} ada-quill visitor: its side or its unit is not that of its code, or its numbering "
        "has a gap; rebuild: they are looked up and counted",
    ),
    "codes-looked-up event_details": (
        edit("event_details", EVENT, sequence=2),
        f"T38 event_details {VISIT} how-manieth 2: its side or its unit is not that of its code, or its numbering "
        "has a gap; rebuild: they are looked up and counted",
    ),
    "codes-looked-up agreement_terms": (
        lambda rows: rows["agreement_terms"].append(
            {"agreement_id": "ag-ferry", "term": "capacity", "sequence": 1, "value": 9.0, "unit": "GW"}
        ),
        "T38 agreement_terms ag-ferry capacity 1: its side or its unit is not that of its code, or its numbering "
        "has a gap; rebuild: they are looked up and counted",
    ),
    "signed-by-milestone agreements": (
        edit(
            "agreements",
            AGREEMENT,
            signed="2031",
            signed_earliest=date(2031, 1, 1),
            signed_latest=date(2031, 12, 31),
        ),
        "T39 agreements ag-ferry: signed and date_basis are not those of its first dated signing; "
        "rebuild: they are taken from its milestones",
    ),
    "sharpened-where-low coder_agreement": (
        lambda rows: rows["coder_agreement"].append(
            {
                "scope": "all",
                "record_table": "events",
                "field": "date",
                "measure": "alpha",
                "level": "nominal",
            }
            | {"units": 9, "equal": 5, "first_given": 9, "second_given": 9, "value": 0.79}
        ),
        "T40 coder_agreement all events date alpha: coders agree too little on it, and nothing was sharpened; "
        "make the codebook clearer, and say in seeds/twice/sharpened.yaml what was made clearer",
    ),
    "visits-are-short events": (
        edit(
            "events",
            EVENT,
            date="2031-05-01/2031-06-20",
            date_precision="interval",
            date_earliest=date(2031, 5, 1),
            date_latest=date(2031, 6, 20),
        ),
        f"P01 events {VISIT}: a visit that lasts longer than a month; is one of its dates wrong?",
    ),
    "reported-after-the-event events": (
        edit("events", EVENT, date="2031-06", date_earliest=date(2031, 6, 1), date_latest=date(2031, 6, 30)),
        f"P02 events {VISIT}: it has happened only after a source that reports it was published; "
        "is its date, its status or the date of the source wrong?",
    ),
    "signed-at-an-event agreements": (
        edit("events", {"event_id": SIGNING}, event_type="talks"),
        "P03 agreements ag-ferry: it is signed, but names no event at which it was signed; "
        "code milestones.signed.event_id with an event of type signing",
    ),
    "registered-for-something actors": (
        lambda rows: rows["actors"].append(
            {"actor_id": "silent-one", "name": "Silent One", "kind": "person", "description": "Nobody."}
        ),
        "P04 actors silent-one: no record and no claim names it; remove it, or code what an article says of it",
    ),
    "registered-for-something places": (
        lambda rows: rows["places"].append({"place_id": "pl-nowhere", "name": "Nowhere", "kind": "city"}),
        "P04 places pl-nowhere: no record and no claim names it; remove it, or code what an article says of it",
    ),
    "a row of a helper table is deleted": (
        lambda rows: rows["event_details"].clear(),
        "T33 claims {details.how-manieth}: it agrees with a cell that there is not; rebuild: every claim leads to a cell",
    ),
    "the hash of a whole line": (
        lambda rows: claim(rows, "date").update(claim_id="c-0000000000000000", char_start=0, char_end=146),
        "T22 claims c-0000000000000000: it cites characters that its source does not have, or gives them another hash "
        "or language; let mmru anchor make the locator",
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
        "T01 actors lindos: wikidata_id 'Q12 or so' is not of the form Q[1-9][0-9]*",
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
        "T01 actors lindos: aliases [\"the isle; the rock\"] is not distinct members that are not empty and hold no ';'",
    ),
    "primary key": (
        lambda rows: rows["places"].append(dict(rows["places"][-1])),
        "T01 places pl-port-lindos: its key stands twice",
    ),
    "foreign key": (
        edit("events", EVENT, place_id="pl-none"),
        f"T01 events {VISIT}: place_id 'pl-none' is not an id of place_id",
    ),
}


def test_the_tables_are_sound_before_they_are_spoiled(dataset: Dataset) -> None:
    assert said(dataset, lambda rows: None) == []


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_catches_its_bad_example(dataset: Dataset, name: str) -> None:
    change, message = BROKEN[name]
    # a claim that stands for itself is named by its field
    for field in re.findall(r"{(.*?)}", message):
        ids = [row["claim_id"] for row in dataset.tables["claims"].to_pylist() if row["field"] == field]
        message = message.replace(f"{{{field}}}", ids[0])
    assert message in said(dataset, change)


def test_every_rule_has_a_bad_example() -> None:
    names = [rule.name for rule in RULES]
    assert set(names) == {name for name in BROKEN if name.split(" ")[-1] in ORDER}
    assert len(set(names)) == len(names)


def test_a_rule_that_cannot_be_run_is_not_taken_for_kept(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("gone")

    spoiled = [rule for rule in RULES if rule.name == "parts-end events"]
    monkeypatch.setattr("mmru.checks.run.RULES", [type(spoiled[0])(**{**vars(spoiled[0]), "breaks": fails})])
    with pytest.raises(KeyError, match="gone"):
        said(dataset, lambda rows: None)
