"""JSON lines: every cell of a record, its helper rows, claims and rulings, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from exported import SCHEMAS, Published, Rows, as_published, hostile, published, tables_of
from hypothesis import given, settings
from mmru.export.jsonl import to_jsonl
from mmru.model.claim import IDENTITY

NOT_THERE = {
    "redirects",
    "changes",
    "coder_agreement",
    "adjudications",
    "vocabularies",
    "searches",
    "candidates",
}  # which belong to no record
Record = dict[str, Any]


@pytest.fixture(scope="module")
def data() -> Published:
    return published()


@pytest.fixture(scope="module")
def lines(data: Published) -> list[bytes]:
    return list(to_jsonl(data.tables, data.schemas))


@pytest.fixture(scope="module")
def records(lines: list[bytes]) -> list[Record]:
    return [json.loads(line) for line in lines]


def rebuilt(records: Iterable[Record]) -> Rows:
    """Rebuild the tables from the lines alone."""
    rows: Rows = {name: [] for name in SCHEMAS.tables if name not in NOT_THERE}
    for record in records:
        name = record["record_table"]
        table = SCHEMAS.tables[name]
        key = {table.primary_key[0]: record[table.primary_key[0]]}
        address = {"record_table": name, "record_id": record[table.primary_key[0]]}
        rows[name].append({column: record[column] for column in table.names})
        for helper in SCHEMAS.helpers(name):
            assert helper.helper
            rows[helper.name] += [{**key, **row} for row in record[helper.helper.prefix]]
        rows["passages"] += [{**key, **row} for row in record.get("passages", [])]
        for field, claims in record.get("claims", {}).items():
            rows["claims"] += [{**address, "field": field, **claim} for claim in claims]
        for field, ruling in record.get("rulings", {}).items():
            rows["rulings"].append({**address, "field": field, **ruling})
    for name, made in rows.items():
        keys = SCHEMAS.tables[name].primary_key
        made.sort(key=lambda row: tuple(row[k] for k in keys))
        rows[name] = as_published(name, made)
    return rows


def test_the_tables_can_be_rebuilt_from_the_lines(data: Published, records: list[Record]) -> None:
    assert rebuilt(records) == {n: rows for n, rows in data.rows.items() if n not in NOT_THERE}


@settings(deadline=None, max_examples=50)
@given(hostile())
def test_any_cell_survives_the_round_trip(rows: Rows) -> None:
    tables = tables_of(rows)
    lines = list(to_jsonl(tables, SCHEMAS))
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in lines)
    made = rebuilt(map(json.loads, lines))
    assert made == {n: table.to_pylist() for n, table in tables.items() if n not in NOT_THERE}


def test_one_line_for_each_record_by_table_and_id(data: Published, records: list[Record]) -> None:
    tables = ["sources", "actors", "places", "events", "agreements", "reactions"]
    listed = [(r["record_table"], r[SCHEMAS.tables[r["record_table"]].primary_key[0]]) for r in records]
    assert listed == [(n, row[SCHEMAS.tables[n].primary_key[0]]) for n in tables for row in data.rows[n]]


def test_each_line_of_a_table_has_the_same_keys_in_the_order_of_the_schema(records: list[Record]) -> None:
    nested = {
        "sources": ["passages"],
        "actors": ["roles", "claims", "rulings"],
        "places": [],
        "events": ["actors", "details", "claims", "rulings"],
        "agreements": ["actors", "milestones", "terms", "claims", "rulings"],
        "reactions": ["claims", "rulings"],
    }
    for record in records:
        name = record["record_table"]
        assert list(record) == ["record_table", *SCHEMAS.tables[name].names, *nested[name]]


def test_claims_are_listed_by_field(data: Published, records: list[Record]) -> None:
    """The identity first, then columns in the order of the schema, then helper rows."""
    record = next(r for r in records if r.get("agreement_id") == "ag-nuclear-training-2022")
    fields = list(record["claims"])
    columns = [f for f in fields if "." not in f]
    assert fields == [*columns, *sorted(f for f in fields if "." in f)]
    assert columns[0] == IDENTITY
    assert columns[1:] == [n for n in SCHEMAS.tables["agreements"].names if n in columns]
    said = {(c["value"], c["agrees"]) for c in record["claims"]["agreement_type"]}
    assert said == {("memorandum", True), ("agreement", False)}
    assert record["rulings"]["agreement_type"]["chosen_value"] == record["agreement_type"] == "memorandum"
    asked = [r for r in data.rows["claims"] if r["field"] == "actors.signatory"]
    found = [c for r in records for c in r.get("claims", {}).get("actors.signatory", [])]
    assert {c["claim_id"] for c in found} == {r["claim_id"] for r in asked}


def test_text_is_not_escaped(lines: list[bytes]) -> None:
    assert "阿尔乔姆·卢金".encode() in b"".join(lines)


def test_pandas_and_duckdb_read_the_lines(data: Published, lines: list[bytes], tmp_path: Path) -> None:
    path = tmp_path / "mmru.jsonl"
    path.write_bytes(b"".join(lines))
    frame = pd.read_json(path, lines=True)
    events = frame[frame["record_table"] == "events"]
    assert list(events["event_id"]) == [row["event_id"] for row in data.rows["events"]]
    query = f"""
        SELECT event_id, unnest(actors).actor_id FROM read_ndjson('{path}', maximum_object_size=10000000)
        WHERE record_table = 'events' ORDER BY ALL"""
    wanted = sorted((row["event_id"], row["actor_id"]) for row in data.rows["event_actors"])
    assert duckdb.sql(query).fetchall() == wanted
