"""Rules on tables, beyond the bad rows of the catalogue, which test_errors.py runs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from mmru.checks.rules import RULES
from mmru.pipeline.build import Dataset
from steps import examples, messages_after

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Change = Callable[[Rows], None]

VISIT = "ev-visit-quill-lindos"


def redirected(*pairs: tuple[str, str | None, str]) -> Change:
    """Return a change that adds redirects from an old id to a new one in a table."""
    rows = [
        {"old_id": old, "record_table": table, "new_id": new, "reason": "It was the same.", "since": "1.0.0"}
        for old, new, table in pairs
    ]
    return lambda tables: tables["redirects"].extend(rows)


def test_a_redirect_may_lead_on_to_another_one(dataset: Dataset) -> None:
    change = redirected(
        ("ev-a", "ev-b", "events"),
        ("ev-b", VISIT, "events"),
        ("ev-c", "ev-d", "events"),
        ("ev-d", None, "events"),
        ("quill", "ada-quill", "actors"),
        ("src-a", "src-alpha", "sources"),
    )
    assert messages_after(dataset, change) == []


def test_a_circle_of_redirects_is_one_mistake(dataset: Dataset) -> None:
    circle = redirected(("ev-b", "ev-c", "events"), ("ev-c", "ev-b", "events"), ("ev-a", "ev-b", "events"))
    assert messages_after(dataset, circle) == [
        "T42 redirects ev-b: its redirects lead back to it; let them end at an id in use"
    ]


def test_a_record_that_only_an_overruled_claim_names_is_named(dataset: Dataset) -> None:
    nobody = {"name": "Silent One", "kind": "person", "description": "Nobody."}
    registered: list[tuple[str, Row]] = [
        ("places", {"place_id": "pl-nowhere", "name": "Nowhere", "kind": "city"}),
        ("actors", {"actor_id": "silent-one", **nobody}),
        ("actors", {"actor_id": "silent-two", **nobody, "name": "Nobody Else"}),
    ]
    claims: list[Row] = [
        {"record_id": VISIT, "field": "place_id", "value": "pl-nowhere", "agrees": False},
        {"record_table": "agreements", "record_id": "ag-ferry", "field": "actors.signatory"}
        | {"value": "silent-one", "agrees": False},
        {"record_table": "actors", "record_id": "silent-two", "field": "identity", "value": "silent-two"},
    ]

    def register(rows: Rows) -> None:
        for table, row in registered:
            rows[table].append(row)

    def register_and_claim(rows: Rows) -> None:
        register(rows)
        first = next(row for row in rows["claims"] if row["field"] == "place_id")
        rows["claims"] += [{**first, "claim_id": f"c-{n}", **claim} for n, claim in enumerate(claims)]

    unused = [" ".join(message.split(":")[0].split()) for message in messages_after(dataset, register)]
    assert sorted(unused) == ["P04 actors silent-one", "P04 actors silent-two", "P04 places pl-nowhere"]
    assert "P04" not in {message[:3] for message in messages_after(dataset, register_and_claim)}


def test_every_rule_has_a_bad_row_in_each_of_its_tables() -> None:
    codes = {rule.code for rule in RULES}
    found = (re.search(r"\b([PT]\d\d) (\w+) ", example.message) for example in examples())
    shown = {(match[1], match[2]) for match in found if match and match[1] in codes}
    assert shown == {(rule.code, rule.table) for rule in RULES}


def test_an_exception_in_a_rule_is_raised(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> NoReturn:
        raise KeyError("gone")

    [rule] = [rule for rule in RULES if rule.name == "parts-end events"]
    monkeypatch.setattr("mmru.checks.run.RULES", [replace(rule, breaks=fails)])
    with pytest.raises(KeyError, match="gone"):
        messages_after(dataset, lambda rows: None)
