"""The tables as an Excel workbook: a cover, a dictionary of all columns, and one sheet for each table."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from mmru.errors import InvalidDataset, Problem
from mmru.export.citation import apa
from mmru.model.schema import Column, Schemas, Table

# limits of Excel: "Excel specifications and limits", and the 15 digits of its numbers
CELL, ROWS, NUMBER = 32_767, 1_048_576, 10**15
FIRST_DAY = date(1900, 3, 1)  # before it, programs do not agree which day a number is
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which spreadsheets begin a formula
NO_XML = ("\ufffe", "\uffff")  # which no XML can hold
NARROWEST, WIDEST, WORDS = 10, 50, 100  # columns of values, and of sentences, in characters
DICTIONARY = (
    *("table", "column", "title", "type", "kind", "unit", "vocabulary", "required", "refers to"),
    "description",
)
EMPTY = "Not stated, or what the description of its column says. It is never zero, and never 'no'."
DATES = (
    "A column of type date holds calendar days. What a source says of a time stands beside them as text "
    "in EDTF (ISO 8601-2), such as 2025-03 or 2021/.."
)
LISTS = "The members of a list stand in one cell, with '; ' between them."


def to_workbook(
    tables: Mapping[str, pa.Table], schemas: Schemas, about: Mapping[str, Any], path: Path
) -> None:
    """Write the workbook (Office Open XML) to `path`; `about` is the mapping of seeds/dataset.yaml.

    Dates are dates, numbers numbers and truth values truth values, numbers with 16 significant
    digits; days before 1 March 1900 are text. Nothing that a text says becomes a formula or a link.
    The same tables give the same bytes with one version of zlib. Raises InvalidDataset with all that Excel
    cannot hold; then nothing is written.
    """
    problems = [p for name, table in schemas.tables.items() for p in _misfits(table, tables[name])]
    if problems:
        raise InvalidDataset(problems)
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as workbook:
        workbook.set_properties(
            {
                "title": f"{about['title']} {about['version']}",
                "author": _makers(about),
                "keywords": ", ".join(about["keywords"]),
                "comments": about["description"],
                "created": datetime.fromisoformat(str(about["released"])),
            }
        )
        writer = _Writer(workbook)
        _cover(writer, tables, schemas, about)
        _dictionary(writer, schemas)
        for name, table in schemas.tables.items():
            _sheet(writer, table, tables[name])
    path.write_bytes(out.getvalue())


def _misfits(table: Table, rows: pa.Table) -> Iterator[Problem]:
    """What of a table Excel cannot hold."""
    path = f"data/{table.name}.csv"
    if rows.num_rows >= ROWS:
        said = f"has {rows.num_rows} rows, and a sheet of a workbook holds {ROWS - 1} below its header"
        yield Problem(path, 1, 1, "R14", said, "split the table")
        return
    for column in table.columns:
        for line, value in enumerate(_values(column, rows), 2):
            if said := _misfit(value):
                yield Problem(path, line, 1, "R11", f"{column.name}: {said}", "shorten it")


def _misfit(value: Any) -> str:
    """Why Excel cannot hold a value, or an empty string."""
    if isinstance(value, str):
        # a character outside the basic plane counts twice
        length = len(value.encode("utf-16-le")) // 2
        if length > CELL:
            return f"a text of {length} characters stands here, and a cell of a workbook holds {CELL}"
        if found := next((c for c in NO_XML if c in value), ""):
            return f"the character U+{ord(found):04X} stands here, which a workbook cannot hold"
    # not the other way round, which would let pass what is not a number
    elif isinstance(value, (int, float)) and not abs(value) < NUMBER:
        return f"the number {value} stands here, and a workbook keeps 15 digits"
    return ""


def _values(column: Column, rows: pa.Table) -> list[Any]:
    values = rows.column(column.name).to_pylist()
    return [v and "; ".join(v) for v in values] if column.is_list else values


class _Writer:
    """Writes cells, each by what it is."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self.title: Format = workbook.add_format({"bold": True, "font_size": 16})
        self.head: Format = workbook.add_format({"bold": True, "bottom": 1, "valign": "top"})
        self.strong: Format = workbook.add_format({"bold": True, "valign": "top"})
        self.wrapped: Format = workbook.add_format({"text_wrap": True, "valign": "top", "align": "left"})
        self.link: Format = workbook.add_format({"hyperlink": True, "valign": "top"})
        # stays text when someone edits the cell, too
        self._quoted: Format = workbook.add_format({"quote_prefix": True})
        self._day: Format = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"})

    def cell(self, sheet: Worksheet, row: int, column: int, value: Any, form: Format | None = None) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            sheet.write_boolean(row, column, value, form)
        elif isinstance(value, (int, float)):
            sheet.write_number(row, column, value, form)
        elif isinstance(value, date) and value >= FIRST_DAY:
            sheet.write_datetime(row, column, value, self._day)
        elif isinstance(value, date):
            sheet.write_string(row, column, value.isoformat(), form)
        else:
            sheet.write_string(row, column, value, self._quoted if value.startswith(FORMULA) else form)

    def prose(self, sheet: Worksheet, row: int, column: int, text: str) -> None:
        """A text in a column of the width WORDS; its row is made as high as it needs."""
        self.cell(sheet, row, column, text, self.wrapped)
        sheet.set_row(row, 15 * (len(text) // WORDS + 1))

    def grid(
        self, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], form: Format | None = None
    ) -> Worksheet:
        """A sheet with a header that stays in sight, a filter, and columns as wide as what they hold."""
        sheet = self.workbook.add_worksheet(name)
        widths = [len(title) + 4 for title in head]
        last = 0
        for column, title in enumerate(head):
            sheet.write_string(0, column, title, self.head)
        for last, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                self.cell(sheet, last, column, value, form)
                widths[column] = max(widths[column], 0 if value is None else len(str(value)) + 1)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, min(max(width, NARROWEST), WIDEST))
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, last, len(head) - 1)
        # codes such as 043 are text, and no mistake
        sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(last, len(head) - 1)}"})
        sheet.set_landscape()
        sheet.repeat_rows(0)
        return sheet


def _sheet(writer: _Writer, table: Table, rows: pa.Table) -> None:
    """A table, with what each column means as a note on its name."""
    columns = [_values(c, rows) for c in table.columns]
    sheet = writer.grid(table.name, table.names, zip(*columns))
    for number, column in enumerate(table.columns):
        note = f"{column.title}: {column.description}" + (f" Unit: {column.unit}." if column.unit else "")
        size = {"width": 280, "height": 20 * (len(note) // 40 + 2)}
        sheet.write_comment(0, number, note, size)


def _dictionary(writer: _Writer, schemas: Schemas) -> None:
    rows = [_entry(table, column) for table in schemas.tables.values() for column in table.columns]
    sheet = writer.grid("Dictionary", DICTIONARY, rows, writer.wrapped)
    last = len(DICTIONARY) - 1
    sheet.set_column(last, last, WORDS)
    for number, row in enumerate(rows, 1):
        writer.prose(sheet, number, last, str(row[last]))
    sheet.fit_to_pages(1, 0)


def _entry(table: Table, column: Column) -> tuple[str | bool | None, ...]:
    keys = {name: f"{target}.{key}" for name, target, key in table.foreign_keys}
    refers = keys.get(column.name, column.references)
    return (
        *(table.name, column.name, column.title, column.type, column.kind, column.unit or None),
        *(column.vocabulary or None, column.required, refers or None, column.description),
    )


def _cover(
    writer: _Writer, tables: Mapping[str, pa.Table], schemas: Schemas, about: Mapping[str, Any]
) -> None:
    """What this is, whose, how to cite it, how to read it, and what the sheets are."""
    sheet = writer.workbook.add_worksheet("About")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, WORDS)
    sheet.set_column(2, 2, 10)
    sheet.set_row(0, 24)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, about["title"], writer.title)
    said = list(_said(about))
    for row, (name, words) in enumerate(said, 2):
        sheet.write_string(row, 0, name, writer.strong)
        if isinstance(words, str):
            writer.prose(sheet, row, 1, words)
        else:
            writer.cell(sheet, row, 1, words)
    top = len(said) + 3
    sheet.write_row(top, 0, ("sheet", "what a row is", "rows"), writer.head)
    for row, (name, table) in enumerate(schemas.tables.items(), top + 1):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", writer.link, name)
        writer.prose(sheet, row, 1, table.description)
        writer.cell(sheet, row, 2, tables[name].num_rows, writer.wrapped)
    top += len(schemas.tables) + 2
    sheet.write_row(top, 0, ("kind of column", "what it says"), writer.head)
    for row, code in enumerate(schemas.vocabularies["column_kind"].values(), top + 1):
        sheet.write_string(row, 0, code.code)
        writer.prose(sheet, row, 1, code.definition)


def _said(about: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    data, code = about["licenses"][0], about["code_license"]
    yield "Description", about["description"]
    yield "Version", about["version"]
    yield "Released", date.fromisoformat(str(about["released"]))
    yield "Authors", _makers(about)
    yield "Licence of the data", f"{data['title']}, {data['path']}"
    yield "Licence of the code", f"{code['title']}, {code['path']}"
    if homepage := about.get("homepage"):
        yield "Homepage", homepage
    yield "How to cite", apa({**about, "created": about["released"]})
    yield "An empty cell", EMPTY
    yield "Dates", DATES
    yield "Lists", LISTS
    yield (
        "What columns mean",
        "The sheet Dictionary says it, and so does the note on the name of each column.",
    )


def _makers(about: Mapping[str, Any]) -> str:
    return "; ".join(maker["title"] for maker in about["contributors"])
