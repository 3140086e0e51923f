"""Schemas: complete, understood by frictionless, and the source of the types, checks and editor forms."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import mmru
import pandas as pd
import pyarrow as pa
import pytest
import yaml_rs
from conftest import ROOT
from frictionless import Schema
from mmru.io.arrow import arrow_schema
from mmru.model.schema import ORDER, Column, Table
from mmru.seeds.reader import read_schemas
from pandera.errors import SchemaError, SchemaErrors

SCHEMAS = read_schemas(ROOT)
COLUMNS = [(table, column) for table in SCHEMAS.tables.values() for column in table.columns]
CONTRACT = {
    "events": "event_id title summary event_type plover_type plover_mode plover_contexts cameo_code goldstein status date "
    "date_earliest date_latest date_precision date_basis as_of place_id sectors part_of_event_id source_ids best_reliability "
    "best_credibility confirmation witness_ids disputed_fields source_count origin_count claim_count",
    "sources": "source_id title publisher publisher_kind url published published_earliest published_latest published_basis "
    "language text_extent extent_basis text_sha256 text_characters publisher_actor_id archive_url retrieved reliability reliability_reason origin "
    "origin_side coded coder codebook_version rights line_count claim_count",
    "actors": "actor_id name kind country state part_of_actor_id name_my name_ru name_zh aliases iso3 gw_code cow_code "
    "wikidata_id description",
    "actor_roles": "role_id actor_id role body_actor_id text valid_from valid_until as_of credibility",
    "places": "place_id name kind country latitude longitude geonames_id wikidata_id part_of_place_id",
    "event_actors": "event_id actor_id role side credibility",
    "event_details": "event_id detail sequence value unit text credibility",
    "agreements": "agreement_id title summary agreement_type status sectors place_ids signed signed_earliest signed_latest "
    "date_basis valid_from valid_until duration_years event_id part_of_agreement_id supersedes_agreement_id "
    "source_ids best_reliability best_credibility confirmation witness_ids disputed_fields source_count origin_count claim_count",
    "agreement_actors": "agreement_id actor_id role credibility",
    "agreement_milestones": "agreement_id milestone sequence date date_earliest date_latest date_basis event_id credibility",
    "agreement_terms": "agreement_id term sequence value unit text credibility",
    "reactions": "reaction_id actor_id voice kind occasion_event_id addressed_to_actor_id about_event_id about_agreement_id "
    "about_actor_id about_relationship stance stance_score topics demand summary date date_earliest date_latest date_precision date_basis status "
    "source_ids best_reliability best_credibility confirmation witness_ids disputed_fields source_count origin_count claim_count",
    "claims": "claim_id record_table record_id field value original source_id line char_start char_end span_sha256 language "
    "attributed_to_actor_id basis reason credibility agrees",
    "passages": "source_id line char_count text_sha256 language use translation_of_line share_cited claim_count",
    "rulings": "record_table record_id field chosen_value rejected_values reason decided",
    "redirects": "old_id record_table new_id reason since",
    "searches": "search_id query language searched event_id result_count new_count",
    "candidates": "candidate_id url publisher published title language text_extent origin origin_side event_id search_id "
    "decision reason source_id",
}


def test_each_table_has_one_schema() -> None:
    assert {p.stem for p in (ROOT / "schemas").glob("*.json")} == set(ORDER)


def test_columns_are_those_that_users_read() -> None:
    assert {name: SCHEMAS.tables[name].names for name in CONTRACT} == {
        name: columns.split() for name, columns in CONTRACT.items()
    }


def missing(table: Table, column: Column) -> list[str]:
    """Return the parts that the description of a column lacks."""
    field = next(f for f in table.descriptor["fields"] if f["name"] == column.name)
    needs_unit = column.type in ("integer", "number", "date")
    parts = {
        "title": column.title,
        "description that ends in a full stop": column.description.endswith("."),
        "kind": column.kind in SCHEMAS.vocabularies["column_kind"],
        "unit": not needs_unit or {"mmru:unit", "mmru:format", "mmru:register"} & set(field),
        "meaning of an empty cell": column.required or "mpty" in column.description,
    }
    return [f"{table.name}.{column.name}: {part}" for part, there in parts.items() if not there]


def test_every_column_is_described() -> None:
    assert [part for table, column in COLUMNS for part in missing(table, column)] == []


def test_frictionless_reads_each_schema() -> None:
    for name, table in SCHEMAS.tables.items():
        descriptor = json.loads((ROOT / f"schemas/{name}.json").read_text("utf-8"))
        schema = Schema.from_descriptor(descriptor)
        assert (schema.field_names, schema.primary_key) == (table.names, list(table.primary_key))


def test_every_reference_names_a_key() -> None:
    for table in SCHEMAS.tables.values():
        for column, other, key in table.foreign_keys:
            assert column in table.names
            assert SCHEMAS.tables[other].primary_key == (key,)


def test_every_vocabulary_is_used_by_a_column() -> None:
    used = {column.vocabulary for _, column in COLUMNS} | {"column_kind"}
    assert set(SCHEMAS.vocabularies) == used - {""}


def test_arrow_types_follow_the_table_schema() -> None:
    types = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
    types |= {"date": pa.date32(), "list": pa.list_(pa.string())}
    for table, column in COLUMNS:
        field = arrow_schema(table).field(column.name)
        assert (field.type, field.nullable) == (types[column.type], not column.required), column.name


# The pandera schemas that users get.

CHANGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "a date as text": lambda df: df.assign(date_earliest=df["date"]),
    "a count as a decimal number": lambda df: df.assign(claim_count=df["claim_count"].astype("float64")),
    "a text as a number": lambda df: df.assign(title=1),
    "a list as text": lambda df: df.assign(sectors="a;b"),
    "a column dropped": lambda df: df.drop(columns="title"),
    "a column added": lambda df: df.assign(note=df["title"]),
    "a column moved": lambda df: df[["title", *[c for c in df.columns if c != "title"]]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_pandera_schema_refuses_other_columns_and_types(change: str) -> None:
    events, schema = mmru.load("events"), mmru.schema("events")
    schema.validate(events, lazy=True)
    with pytest.raises((SchemaError, SchemaErrors)):
        schema.validate(CHANGES[change](events), lazy=True)


# The forms that editors use.

EDITOR = ROOT / "schemas/editor"
FORMS = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted(EDITOR.glob("*.json"))}
SEEDS = {
    **dict.fromkeys(sorted((ROOT / "seeds/articles").glob("*.yaml")), "extraction"),
    **{p: p.stem for folder in ("seeds", "seeds/registry") for p in sorted((ROOT / folder).glob("*.yaml"))},
}


def form_named_by(path: Path) -> Path:
    """Return the form that the first line of a seed names for editors."""
    line = path.read_text("utf-8").splitlines()[0]
    return (path.parent / line.removeprefix("# yaml-language-server: $schema=")).resolve()


def test_every_form_is_a_json_schema() -> None:
    for form in FORMS.values():
        jsonschema_rs.meta.validate(form)


def test_every_seed_names_its_form_and_fits_it() -> None:
    for path, name in SEEDS.items():
        assert form_named_by(path) == EDITOR / f"{name}.json"
        data = yaml_rs.loads(path.read_text("utf-8"), parse_datetime=False)
        errors = editor_validator(name).iter_errors(data)
        assert [f"{path.name}: {error.message}" for error in errors] == []


@cache
def editor_validator(name: str) -> Any:
    """Return a validator that follows references from file to file, as an editor does."""
    return jsonschema_rs.validator_for(FORMS[name], base_uri=(EDITOR / f"{name}.json").as_uri())


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        (
            "articles/src-irrawaddy-2023-09-15",
            "event_type: ",
            "event_type: none-",
            "claims/0/says/event_type",
        ),
        ("registry/actors", "kind: ", "kind: none-", "0/kind"),
        ("registry/places", "part_of_place_id: ", "part_of_place_id: none-", "part_of_place_id"),
        ("rulings", "field: ", "field_: ", "0"),
    ],
)
def test_an_editor_marks_what_does_not_fit(name: str, old: str, new: str, where: str) -> None:
    path = ROOT / f"seeds/{name}.yaml"
    text = path.read_text("utf-8").replace(old, new, 1)
    data = yaml_rs.loads(text, parse_datetime=False)
    found = ["/".join(map(str, e.instance_path)) for e in editor_validator(SEEDS[path]).iter_errors(data)]
    assert found
    assert all(place.endswith(where) for place in found)


def test_every_reference_between_forms_leads_to_a_definition() -> None:
    defined = {f"definitions.json#/$defs/{name}" for name in FORMS["definitions"]["$defs"]}
    inside = {link.removeprefix("definitions.json") for link in defined}
    for name, form in FORMS.items():
        links = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(form)))
        assert links <= (inside if name == "definitions" else defined), name


def test_the_forms_have_no_copies_of_the_definitions() -> None:
    assert [name for name, form in FORMS.items() if "$defs" in form] == ["definitions"]
    sizes = {path.stem: path.stat().st_size for path in EDITOR.iterdir()}
    assert sum(size for name, size in sizes.items() if name != "definitions") < 100_000


def test_the_form_of_an_article_offers_ids_codes_and_descriptions() -> None:
    definitions = FORMS["definitions"]["$defs"]
    assert "min-aung-hlaing" in definitions["id-actors"]["enum"]
    says = definitions["says-events"]["properties"]
    assert says["event_type"]["description"] == SCHEMAS.tables["events"]["event_type"].description
    assert "visit" in says["event_type"]["else"]["enum"]
    assert {"actors.visitor", "details.ministers", "place_id"} <= set(says)
