"""Helper rows are addressed as fields of their records, and back."""

from __future__ import annotations

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from mmru.model.helper_rows import cell_path, parse_path, path_template, record_id
from mmru.model.schema import Table
from mmru.seeds.reader import read_schemas

SCHEMAS = read_schemas(ROOT)
HELPERS = [table for table in SCHEMAS.tables.values() if table.helper]


@st.composite
def rows(draw: st.DrawFn) -> tuple[Table, dict[str, object], str]:
    """A helper table, the key of one of its rows, and a claimed column of it."""
    table = draw(st.sampled_from(HELPERS))
    helper = table.helper
    assert helper
    owner = SCHEMAS.tables[helper.of].primary_key[0]
    record = draw(st.from_regex(r"[a-z]{2}-[a-z0-9]{1,8}", fullmatch=True))
    if helper.style == "named":
        slug = draw(st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)?", fullmatch=True))
        row: dict[str, object] = {helper.key: f"{record}.{slug}"}
    else:
        code = draw(st.sampled_from(sorted(SCHEMAS.codes(table[helper.key]))))
        row = {owner: record, helper.key: code, "sequence": draw(st.integers(1, 999))}
    if helper.style == "measure":
        if SCHEMAS.codes(table[helper.key])[str(row[helper.key])].unit:
            row |= {
                "value": 9.0,
                "text": draw(st.none() | st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)?", fullmatch=True)),
            }
            return table, row, "value"
        return table, row | {"value": None, "text": "some quality"}, "text"
    columns = [c.name for c in table.columns if c.kind == "claimed" and c.name not in (helper.key, "unit")]
    return table, row, draw(st.sampled_from(columns))


@given(rows())
def test_a_path_leads_back_to_its_cell(given_row: tuple[Table, dict[str, object], str]) -> None:
    table, row, column = given_row
    helper = table.helper
    assert helper
    cell = parse_path(SCHEMAS, helper.of, cell_path(table, row, column))
    assert cell
    assert cell.table is table
    assert str(row[helper.key]).endswith(cell.name)
    assert record_id(table, row) in row.values() or helper.style == "named"
    if helper.has_columns:
        assert cell.column == column
    if helper.style == "step":
        assert cell.sequence == row["sequence"]
    if helper.style == "measure":
        assert cell.column == column
        assert cell.object == (row["text"] or "" if column == "value" else "")


@pytest.mark.parametrize("record", sorted(SCHEMAS.records))
def test_every_field_of_a_helper_row_is_the_path_of_the_cell_it_is_parsed_to(record: str) -> None:
    table = SCHEMAS.records[record]
    paths = [p for p in SCHEMAS.fields(table.name) if parse_path(SCHEMAS, table.name, p)]
    assert bool(paths) == any(t.helper and t.helper.style != "named" for t in SCHEMAS.helpers(table.name))
    for path in paths:
        cell = parse_path(SCHEMAS, table.name, path)
        assert cell
        helper = cell.table.helper
        assert helper
        if cell.name:
            row = {helper.key: cell.name, "sequence": cell.sequence}
            assert cell_path(cell.table, row, cell.column) == path
        else:
            assert (path, cell.column) == (helper.prefix, helper.key)


def test_templates_name_the_parts_of_a_path() -> None:
    templates = {table.name: path_template(table.helper) for table in HELPERS if table.helper}
    assert templates == {
        "actor_roles": "roles.<name>.<column>",
        "event_actors": "actors.<role>",
        "event_details": "details.<detail>",
        "agreement_actors": "actors.<role>",
        "agreement_milestones": "milestones.<step>.<column>",
        "agreement_terms": "terms.<term>",
    }


@pytest.mark.parametrize(
    ("table", "path", "expected"),
    [
        ("events", "actors.visitor", ("event_actors", "visitor", 1, "actor_id", "")),
        ("events", "details.ministers", ("event_details", "ministers", 1, "value", "")),
        ("events", "details.delivered.su-30", ("event_details", "delivered", 1, "value", "su-30")),
        ("events", "details.purpose", ("event_details", "purpose", 1, "text", "")),
        ("agreements", "milestones", ("agreement_milestones", "", 1, "milestone", "")),
        ("agreements", "milestones.signed.2.date", ("agreement_milestones", "signed", 2, "date", "")),
        ("actors", "roles.minister.as_of", ("actor_roles", "minister", 1, "as_of", "")),
    ],
)
def test_each_style_of_helper_row_is_parsed(
    table: str, path: str, expected: tuple[str, str, int, str, str]
) -> None:
    cell = parse_path(SCHEMAS, table, path)
    assert cell
    assert (cell.table.name, *cell[1:]) == expected


@pytest.mark.parametrize(
    "path", ["status", "actors", "actors.nobody", "milestones.signed.date", "roles.x.y", "details.purpose.x"]
)
def test_what_is_no_helper_field_of_an_event_has_no_cell(path: str) -> None:
    assert parse_path(SCHEMAS, "events", path) is None
