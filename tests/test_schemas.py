"""Schemas: complete, understood by frictionless, and carried over into types and checks unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyarrow as pa
import pytest
import yaml_rs
from conftest import ROOT
from frictionless import Schema
from mmru.io.arrow import arrow_schema
from mmru.model.schema import ORDER
from mmru.seeds.reader import read_schemas

SCHEMAS = read_schemas(ROOT)
COLUMNS = [(t.name, c) for t in SCHEMAS.tables.values() for c in t.columns]
CONTRACT = {
    "events": "event_id title summary event_type plover_type plover_mode plover_contexts cameo_code goldstein status date "
    "date_earliest date_latest date_precision date_basis place_id sectors part_of_event_id source_count origin_count claim_count",
    "event_actors": "event_id actor_id role side",
    "event_details": "event_id detail sequence value unit text",
    "agreements": "agreement_id title summary agreement_type status sectors place_ids signed signed_earliest signed_latest "
    "date_basis valid_from valid_until duration_years event_id supersedes_agreement_id source_count origin_count claim_count",
    "agreement_actors": "agreement_id actor_id role",
    "agreement_milestones": "agreement_id milestone sequence date date_earliest date_latest date_basis event_id",
    "agreement_terms": "agreement_id term sequence value unit text",
    "reactions": "reaction_id actor_id kind occasion_event_id addressed_to_actor_id about_event_id about_agreement_id "
    "about_actor_id stance stance_score topics demand summary date date_earliest date_latest date_precision date_basis status "
    "source_count origin_count claim_count",
    "claims": "claim_id record_table record_id field value original source_id line char_start char_end span_sha256 language "
    "attributed_to_actor_id basis reason credibility agrees",
    "passages": "source_id line char_count text_sha256 language use translation_of_line share_cited claim_count",
    "rulings": "record_table record_id field chosen_value rejected_values reason decided",
    "redirects": "old_id record_table new_id reason since",
}


def test_there_is_one_schema_for_each_table_and_nothing_else() -> None:
    assert {p.stem for p in (ROOT / "schemas").glob("*.json")} == set(ORDER)


@pytest.mark.parametrize("name", CONTRACT)
def test_columns_are_those_that_others_read(name: str) -> None:
    assert SCHEMAS.tables[name].names == CONTRACT[name].split()


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_every_column_says_what_it_is_and_what_empty_means(table: str, column: Any) -> None:
    assert column.title
    assert column.description.endswith(".")
    assert column.kind in SCHEMAS.vocabularies["column_kind"]
    if column.type in ("integer", "number", "date"):
        given = next(f for f in SCHEMAS.tables[table].descriptor["fields"] if f["name"] == column.name)
        assert {"mmru:unit", "mmru:format", "mmru:register"} & set(given), (
            f"{table}.{column.name} has no unit"
        )
    if not column.required:
        assert "mpty" in column.description, f"{table}.{column.name} does not say what empty means"


@pytest.mark.parametrize("name", ORDER)
def test_frictionless_understands_each_schema(name: str) -> None:
    descriptor = json.loads((ROOT / f"schemas/{name}.json").read_text("utf-8"))
    schema = Schema.from_descriptor(descriptor)
    assert schema.field_names == SCHEMAS.tables[name].names
    assert schema.primary_key == list(SCHEMAS.tables[name].primary_key)


def test_every_reference_leads_to_a_key() -> None:
    for table in SCHEMAS.tables.values():
        for column, other, key in table.foreign_keys:
            assert column in table.names
            assert SCHEMAS.tables[other].primary_key == (key,)


def test_every_code_is_used_by_some_column() -> None:
    described = {"column_kind"}
    named = ({column.vocabulary for _, column in COLUMNS} | described) - {""}
    assert set(SCHEMAS.vocabularies) == named


def test_arrow_types_follow_the_table_schema() -> None:
    wanted = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
    wanted |= {"date": pa.date32(), "list": pa.list_(pa.string())}
    for name, column in COLUMNS:
        made = arrow_schema(SCHEMAS.tables[name]).field(column.name)
        assert made.type == wanted[column.type]
        assert made.nullable == (not column.required)


# The forms that editors use.

EDITOR = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted((ROOT / "schemas/editor").glob("*.json"))}
SEEDS = {
    **dict.fromkeys(sorted((ROOT / "seeds/articles").glob("*.yaml")), "extraction"),
    **{p: p.stem for p in sorted((ROOT / "seeds").glob("*.yaml"))},
    **{p: p.stem for p in sorted((ROOT / "seeds/registry").glob("*.yaml"))},
}


@pytest.mark.parametrize("path", SEEDS, ids=lambda p: p.name)
def test_every_seed_names_its_form_and_has_it(path: Path) -> None:
    text = path.read_text("utf-8")
    named = text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == ROOT / f"schemas/editor/{SEEDS[path]}.json"
    jsonschema_rs.meta.validate(EDITOR[SEEDS[path]])
    validator = jsonschema_rs.validator_for(EDITOR[SEEDS[path]])
    assert list(validator.iter_errors(yaml_rs.loads(text, parse_datetime=False))) == []


def test_the_form_of_an_extraction_offers_ids_codes_and_what_they_are_for() -> None:
    form = EDITOR["extraction"]
    assert "min-aung-hlaing" in form["$defs"]["id-actors"]["enum"]
    says = form["$defs"]["says-events"]["properties"]
    assert says["event_type"]["description"] == SCHEMAS.tables["events"]["event_type"].description
    assert "visit" in says["event_type"]["else"]["enum"]
    assert {"actors.visitor", "details.ministers", "place_id"} <= set(says)
