"""The workbook, read back with openpyxl: cells with their types, limits of Excel, cover and dictionary."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from exported import SCHEMAS, Published, Rows, hostile, published, tables_of
from hypothesis import given, settings
from mmru.errors import InvalidDataset
from mmru.export.excel import ROWS, to_workbook
from mmru.io.arrow import to_arrow
from mmru.model.schema import Column
from mmru.model.text import CELL

ABOUT = published().about


@pytest.fixture(scope="module")
def data() -> Published:
    """The first rows of each published table: a workbook of all rows takes long to read."""
    whole = published()
    return replace(whole, tables={name: rows.slice(0, 50) for name, rows in whole.tables.items()})


@pytest.fixture(scope="module")
def path(data: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("workbook") / "mmru.xlsx"
    to_workbook(data.tables, data.schemas, data.about, [], made)
    return made


@pytest.fixture(scope="module")
def book(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def expected(column: Column, value: Any) -> Any:
    """Return the value that openpyxl should read: days as midnight, those before March 1900 as text."""
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, date):
        return datetime(*value.timetuple()[:3]) if value >= date(1900, 3, 1) else value.isoformat()
    return pytest.approx(value, rel=1e-15) if isinstance(value, float) else value


def decoded(value: Any) -> Any:
    """Undo the escapes of a text (ECMA-376, ST_Xstring), as Excel does and openpyxl does not."""
    if not isinstance(value, str):
        return value
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), value)


def compare(book: Any, tables: dict[str, pa.Table]) -> None:
    for name, table in SCHEMAS.tables.items():
        rows = list(book[name].iter_rows())
        assert [cell.value for cell in rows[0]] == table.names
        made = tables[name].to_pylist()
        assert len(rows) - 1 == len(made)
        for cells, row in zip(rows[1:], made):
            for cell, column in zip(cells, table.columns):
                wanted, value = row[column.name], decoded(cell.value)
                assert value == expected(column, wanted), (name, column.name)
                assert isinstance(value, bool) == isinstance(wanted, bool)
                assert cell.data_type != "f"
                assert cell.hyperlink is None


def test_every_cell_equals_the_table_and_keeps_its_type(data: Published, book: Any) -> None:
    compare(book, dict(data.tables))


@pytest.mark.slow
def test_every_cell_of_all_rows_equals_the_table(tmp_path: Path) -> None:
    whole = published()
    to_workbook(whole.tables, whole.schemas, whole.about, [], tmp_path / "whole.xlsx")
    compare(openpyxl.load_workbook(tmp_path / "whole.xlsx"), dict(whole.tables))


@pytest.mark.slow
@settings(deadline=None, max_examples=25)
@given(hostile())
def test_any_cell_survives_the_round_trip(rows: Rows) -> None:
    tables = tables_of(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hostile.xlsx"
        if any(c in cell for cell in texts(tables) for c in "\ufffe\uffff"):
            with pytest.raises(InvalidDataset):
                to_workbook(tables, SCHEMAS, ABOUT, [], path)
            return
        to_workbook(tables, SCHEMAS, ABOUT, [], path)
        compare(openpyxl.load_workbook(path), tables)


def texts(tables: dict[str, pa.Table]) -> list[str]:
    cells = [c for t in tables.values() for column in t.to_pydict().values() for c in column]
    members = [m for c in cells for m in (c if isinstance(c, list) else [c])]
    return [m for m in members if isinstance(m, str)]


def with_name(name: str) -> dict[str, pa.Table]:
    """Return tables with one place of that name."""
    return tables_of({"places": [{"place_id": "pl-x", "name": name, "kind": "city"}]})


TEXTS = (
    *("=1+1", "+1", "-1", "@sum(A1)", "\t=1", "{=1}", "https://example.org", "internal:About!A1"),
    *("mailto:a@b", "007", "TRUE", "1e5", "2024-01-01", "'a", "#N/A", " a ", "\n"),
)


def test_no_text_becomes_a_formula_a_link_a_number_or_a_day(tmp_path: Path) -> None:
    rows = [{"place_id": f"pl-{n:02}", "name": text, "kind": "city"} for n, text in enumerate(TEXTS)]
    to_workbook(tables_of({"places": rows}), SCHEMAS, ABOUT, [], tmp_path / "x.xlsx")
    _, *cells = openpyxl.load_workbook(tmp_path / "x.xlsx")["places"]["B"]
    found = [(decoded(cell.value), cell.data_type, cell.hyperlink) for cell in cells]
    assert found == [(text, "s", None) for text in TEXTS]
    quoted = [text for text, cell in zip(TEXTS, cells) if cell.quotePrefix]
    assert quoted == ["=1+1", "+1", "-1", "@sum(A1)", "\t=1"]


LONGEST = "a" * (CELL - 2) + "\U0001f54a"


def test_the_longest_text_is_kept_whole(tmp_path: Path) -> None:
    to_workbook(with_name(LONGEST), SCHEMAS, ABOUT, [], tmp_path / "x.xlsx")
    assert openpyxl.load_workbook(tmp_path / "x.xlsx")["places"]["B2"].value == LONGEST


def places(**column: Any) -> dict[str, pa.Table]:
    return tables_of({"places": [{"place_id": "pl-x", "name": "X", "kind": "city", **column}]})


REFUSED: dict[str, dict[str, Any]] = {
    "name: a text of 32768 characters is too long: a workbook cell holds at most 32767": {
        "name": f"b{LONGEST}"
    },
    "name: the character U+FFFE cannot be stored in a workbook": {"name": "a\ufffeb"},
    "geonames_id: the number 1000000000000000 cannot be stored in a workbook, which keeps 15 digits": {
        "geonames_id": 10**15
    },
    "latitude: the number nan cannot be stored in a workbook, which keeps 15 digits": {
        "latitude": float("nan")
    },
    "latitude: the number -inf cannot be stored in a workbook, which keeps 15 digits": {
        "latitude": float("-inf")
    },
}


@pytest.mark.parametrize("said", REFUSED)
def test_values_that_no_cell_can_hold_are_refused(said: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidDataset) as refused:
        to_workbook(places(**REFUSED[said]), SCHEMAS, ABOUT, [], tmp_path / "x.xlsx")
    assert str(refused.value) == f"data/places.csv:2:1: R11 {said}; shorten it"
    assert not list(tmp_path.iterdir())


def test_a_list_that_is_too_long_once_joined_is_refused(tmp_path: Path) -> None:
    ruling: dict[str, Any] = {
        "record_table": "events",
        "record_id": "ev-x",
        "field": "date",
        "chosen_value": "a",
    }
    ruling |= {
        "rejected_values": ["b" * 20_000] * 2,
        "reason": "It is so, or so",
        "decided": date(2026, 1, 1),
    }
    with pytest.raises(InvalidDataset, match="rejected_values: a text of 40002 characters"):
        to_workbook(tables_of({"rulings": [ruling]}), SCHEMAS, ABOUT, [], tmp_path / "x.xlsx")


def test_more_rows_than_a_sheet_has_are_refused(tmp_path: Path) -> None:
    tables = with_name("X")
    tables["redirects"] = pa.table(
        {
            c.name: pa.nulls(ROWS, f.type)
            for c, f in zip(SCHEMAS.tables["redirects"].columns, tables["redirects"].schema)
        }
    )
    with pytest.raises(InvalidDataset) as refused:
        to_workbook(tables, SCHEMAS, ABOUT, [], tmp_path / "x.xlsx")
    said = (
        "has 1048576 rows, but a sheet of a workbook holds at most 1048575 below its header; split the table"
    )
    assert str(refused.value) == f"data/redirects.csv:1:1: R14 {said}"


def test_every_table_name_is_a_valid_sheet_name() -> None:
    assert all(len(name) <= 31 and re.fullmatch("[a-z_]+", name) for name in SCHEMAS.tables)


def test_the_cover_comes_first_and_describes_the_dataset(data: Published, book: Any) -> None:
    assert book.sheetnames == ["About", "Dictionary", *SCHEMAS.tables]
    rows = [row[:3] for row in book["About"].iter_rows(values_only=True)]
    said = {name: text for name, text, _ in rows}
    assert rows[0][0] == data.about["title"]
    assert said["Version"] == data.about["version"]
    assert said["Released"] == datetime.fromisoformat(data.about["released"])
    assert said["Licence of the data"].startswith("Creative Commons Attribution 4.0 International, https:")
    assert said["How to cite"] == (
        "The Myanmar–Russia Relations contributors. (2026). "
        f"Myanmar–Russia Relations (Version {data.about['version']}) [Data set]."
    )
    assert said["An empty cell"].startswith("Not stated")
    for name, table in SCHEMAS.tables.items():
        assert (name, table.description, data.tables[name].num_rows) in rows
    for code in SCHEMAS.vocabularies["column_kind"].values():
        assert (code.code, code.definition, None) in rows


def test_the_cover_links_to_every_sheet(book: Any) -> None:
    links = {c.value: c.hyperlink.location for (c,) in book["About"].iter_rows(max_col=1) if c.hyperlink}
    assert links == {name: f"'{name}'!A1" for name in SCHEMAS.tables}


def test_the_dictionary_has_a_row_for_each_column(book: Any) -> None:
    head, *rows = book["Dictionary"].iter_rows(values_only=True)
    listed = {(row[0], row[1]): dict(zip(head, row)) for row in rows}
    assert list(listed) == [(n, c.name) for n, t in SCHEMAS.tables.items() for c in t.columns]
    for (table, name), row in listed.items():
        column = SCHEMAS.tables[table][name]
        given = (row["title"], row["type"], row["kind"], row["required"], row["description"])
        assert given == (column.title, column.type, column.kind, column.required, column.description)
        assert (row["unit"] or "", row["vocabulary"] or "") == (column.unit, column.vocabulary)
        target = SCHEMAS.tables[table].target(name)
        assert (row["refers to"] or "").partition(".")[0] == target
    assert listed["agreements", "place_ids"]["refers to"] == "places.place_id"
    assert listed["reactions", "about_event_id"]["refers to"] == "events.event_id"


def test_sheets_have_frozen_headers_filters_notes_and_widths(book: Any) -> None:
    for name, table in SCHEMAS.tables.items():
        sheet = book[name]
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref == sheet.dimensions
        for cell, column in zip(sheet[1], table.columns):
            assert cell.font.bold
            assert column.description in cell.comment.text
            assert 10 <= sheet.column_dimensions[cell.column_letter].width <= 51


def test_pandas_reads_the_sheets(data: Published, path: Path) -> None:
    sheets = pd.read_excel(path, sheet_name=None, dtype={"cameo_code": "str"})
    assert list(sheets["events"]["event_id"]) == data.tables["events"]["event_id"].to_pylist()
    assert [v for v in sheets["events"]["cameo_code"] if isinstance(v, str)] == [
        v for v in data.tables["events"]["cameo_code"].to_pylist() if v
    ]
    assert sheets["events"]["date_earliest"].dtype.kind == "M"
    assert sheets["claims"]["agrees"].dtype == bool
    assert len(sheets["claims"]) == data.tables["claims"].num_rows


def test_no_timestamp_comes_from_the_clock(path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    days = re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)
    assert days == [f"{ABOUT['released']}T00:00:00Z"] * 2


def test_a_day_before_march_1900_is_text(tmp_path: Path) -> None:
    days = [(date(1900, 2, 28), "1900-02-28"), (date(1900, 3, 1), datetime(1900, 3, 1))]
    rulings = [
        {
            **{"record_table": "events", "record_id": f"ev-{n}", "field": "date", "chosen_value": "a"},
            **{"rejected_values": ["b"], "reason": "It is so, or so", "decided": day},
        }
        for n, (day, _) in enumerate(days)
    ]
    tables = {**with_name("X"), "rulings": to_arrow(SCHEMAS.tables["rulings"], rulings)}
    to_workbook(tables, SCHEMAS, ABOUT, [], tmp_path / "x.xlsx")
    cells = [
        row[-1] for row in openpyxl.load_workbook(tmp_path / "x.xlsx")["rulings"].iter_rows(values_only=True)
    ]
    assert cells[1:] == [read for _, read in days]
