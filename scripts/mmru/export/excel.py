"""The tables as an Excel workbook: a cover, the flat tables, a dictionary, and a sheet for each table."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from mmru.errors import InvalidDataset, Problem
from mmru.export.citation import apa
from mmru.export.facts import About, authors
from mmru.model.schema import Column, Schemas, Table
from mmru.model.text import LARGEST, LISTED, too_long

ROWS = 1_048_576  # of a sheet: "Excel specifications and limits"
FIRST_DAY = date(1900, 3, 1)  # programs disagree on the numbers of earlier days
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a formula can begin
NO_XML = ("\ufffe", "\uffff")  # which XML cannot contain
NARROWEST, WIDEST, PROSE = 10, 32, 100  # widths of columns of values, and of sentences, in characters
DICTIONARY = (
    *("table", "column", "title", "type", "kind", "unit", "vocabulary", "required", "refers to"),
    "description",
)
EMPTY = "Not stated, or what the description of its column says. It is never zero, and never 'no'."
DATES = (
    "A column of type date has calendar days. The column beside it has the date as the source gives it, as "
    "text in EDTF (ISO 8601-2), such as 2025-03 or 2021/.."
)
LISTS = "The members of a list are in one cell, with '; ' between them."
COLUMNS = "See the sheet Dictionary, or the note on the name of each column."


def to_workbook(
    tables: Mapping[str, pa.Table],
    schemas: Schemas,
    about: About,
    flat: Sequence[tuple[Table, pa.Table]],
    path: Path,
) -> None:
    """Write the workbook (Office Open XML) to `path`; `about` is the content of seeds/dataset.yaml.

    The sheets of the flat tables come before those of the tables.

    Dates, numbers and truth values keep their types, numbers with 16 significant digits; days before
    1 March 1900 are text. No text becomes a formula or a link. The same tables give the same bytes with
    one version of zlib. Raise InvalidDataset with everything that Excel cannot hold; then nothing is
    written.
    """
    sheets = [*flat, *((table, tables[name]) for name, table in schemas.tables.items())]
    problems = [p for table, rows in sheets for p in _problems(table, rows)]
    if problems:
        raise InvalidDataset(problems)
    out = io.BytesIO()
    with Workbook(out, {"in_memory": True}) as workbook:
        workbook.set_properties(
            {
                "title": f"{about['title']} {about['version']}",
                "author": "; ".join(authors(about)),
                "keywords": ", ".join(about["keywords"]),
                "comments": about["description"],
                "created": datetime.fromisoformat(str(about["released"])),
            }
        )
        writer = _Writer(workbook)
        _cover(writer, sheets, schemas, about)
        for table, rows in flat:
            _sheet(writer, table, rows)
        _dictionary(writer, [table for table, _ in sheets])
        for name, table in schemas.tables.items():
            _sheet(writer, table, tables[name])
    path.write_bytes(out.getvalue())


def _problems(table: Table, rows: pa.Table) -> Iterator[Problem]:
    """Yield a problem for everything in a table that Excel cannot hold."""
    path = f"data/{table.name}.csv"
    if rows.num_rows >= ROWS:
        message = (
            f"has {rows.num_rows} rows, but a sheet of a workbook holds at most {ROWS - 1} below its header"
        )
        yield Problem(path, 1, 1, "R14", message, "split the table")
        return
    for column in table.columns:
        for line, value in enumerate(_values(column, rows), 2):
            if message := _problem(value):
                yield Problem(path, line, 1, "R11", f"{column.name}: {message}", "shorten it")


def _problem(value: Any) -> str:
    """Return why Excel cannot hold a value, or an empty string."""
    if isinstance(value, str):
        if message := too_long(value):
            return message
        if found := next((c for c in NO_XML if c in value), ""):
            return f"the character U+{ord(found):04X} cannot be stored in a workbook"
    elif (
        isinstance(value, (int, float)) and not abs(value) < LARGEST + 1
    ):  # true for what is not a number, too
        return f"the number {value} cannot be stored in a workbook, which keeps 15 digits"
    return ""


def _values(column: Column, rows: pa.Table) -> list[Any]:
    values = rows.column(column.name).to_pylist()
    return [v and LISTED.join(v) for v in values] if column.is_list else values


class _Writer:
    """Adds sheets that keep the type of every value."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self.title = workbook.add_format({"bold": True, "font_size": 16})
        self.head = workbook.add_format({"bold": True, "bottom": 1, "valign": "top"})
        self.strong = workbook.add_format({"bold": True, "valign": "top"})
        self.wrapped = workbook.add_format({"text_wrap": True, "valign": "top", "align": "left"})
        self.link = workbook.add_format({"hyperlink": True, "valign": "top"})
        # keeps it text when someone edits the cell
        self._quoted = workbook.add_format({"quote_prefix": True, "text_wrap": True, "valign": "top"})
        self._day = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"})

    def sheet(self, name: str) -> Worksheet:
        """Add a sheet; its `write` takes a text as text, whatever it looks like."""
        sheet = self._workbook.add_worksheet(name)
        sheet.add_write_handler(str, self._text)
        sheet.add_write_handler(date, self._date)
        sheet.set_landscape()
        return sheet

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, form: Format | None = None) -> Any:
        return sheet.write_string(row, column, text, self._quoted if text.startswith(FORMULA) else form)

    def _date(self, sheet: Worksheet, row: int, column: int, day: date, form: Format | None = None) -> Any:
        if day < FIRST_DAY:
            return sheet.write_string(row, column, day.isoformat(), form)
        return sheet.write_datetime(row, column, day, self._day)

    def prose(self, sheet: Worksheet, row: int, column: int, text: object) -> None:
        """Write a text into a column of the width PROSE, and make its row high enough."""
        sheet.write(row, column, text, self.wrapped)
        sheet.set_row(row, 15 * (len(str(text)) // PROSE + 1))

    def grid(self, name: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Worksheet:
        """Add a sheet with a header that stays in sight, a filter, and columns as wide as their values.

        Long texts are wrapped. On paper all columns are on one page, under a header on each.
        """
        sheet = self.sheet(name)
        sheet.write_row(0, 0, head, self.head)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row, self.wrapped)
        for column, title in enumerate(head):
            longest = max((len(str(row[column])) + 1 for row in rows if row[column] is not None), default=0)
            sheet.set_column(column, column, min(max(longest, len(title) + 4, NARROWEST), WIDEST))
        area = (0, 0, len(rows), len(head) - 1)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(*area)
        # codes such as 043 are text on purpose
        sheet.ignore_errors({"number_stored_as_text": xl_range(*area)})
        sheet.repeat_rows(0)
        sheet.print_area(*area)
        sheet.fit_to_pages(1, 0)
        return sheet


def _sheet(writer: _Writer, table: Table, rows: pa.Table) -> None:
    """Add a table, with the meaning of each column as a note on its name."""
    columns = [_values(column, rows) for column in table.columns]
    sheet = writer.grid(table.name, table.names, list(zip(*columns)))
    for number, column in enumerate(table.columns):
        note = f"{column.title}: {column.description}" + (f" Unit: {column.unit}." if column.unit else "")
        sheet.write_comment(0, number, note, {"width": 280, "height": 20 * (len(note) // 40 + 2)})


def _dictionary(writer: _Writer, tables: Sequence[Table]) -> None:
    """Add a row for each column of each table."""
    rows = []
    for table in tables:
        keys = {name: f"{target}.{key}" for name, target, key in table.foreign_keys}
        for c in table.columns:
            refers = keys.get(c.name, c.references) or None
            values = (table.name, c.name, c.title, c.type, c.kind, c.unit or None, c.vocabulary or None)
            rows.append((*values, c.required, refers, c.description))
    sheet = writer.grid("Dictionary", DICTIONARY, rows)
    last = len(DICTIONARY) - 1
    sheet.set_column(last, last, PROSE)
    for number, row in enumerate(rows, 1):
        writer.prose(sheet, number, last, row[last])


def _cover(
    writer: _Writer,
    sheets: Sequence[tuple[Table, pa.Table]],
    schemas: Schemas,
    about: About,
) -> None:
    """Add a sheet with what the dataset is, how to cite and read it, and what the sheets are."""
    sheet = writer.sheet("About")
    for column, width in enumerate((24, PROSE, 10)):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 24)
    sheet.hide_gridlines(2)
    sheet.fit_to_pages(1, 0)
    sheet.write(0, 0, about["title"], writer.title)
    facts = list(_facts(about))
    for row, (name, text) in enumerate(facts, 2):
        sheet.write(row, 0, name, writer.strong)
        writer.prose(sheet, row, 1, text)
    top = len(facts) + 3
    sheet.write_row(top, 0, ("sheet", "meaning of a row", "rows"), writer.head)
    for row, (table, rows) in enumerate(sheets, top + 1):
        sheet.write_url(row, 0, f"internal:'{table.name}'!A1", writer.link, table.name)
        writer.prose(sheet, row, 1, table.description)
        sheet.write(row, 2, rows.num_rows, writer.wrapped)
    top += len(sheets) + 2
    sheet.write_row(top, 0, ("kind of column", "meaning"), writer.head)
    for row, code in enumerate(schemas.vocabularies["column_kind"].values(), top + 1):
        sheet.write(row, 0, code.code)
        writer.prose(sheet, row, 1, code.definition)


def _facts(about: About) -> Iterator[tuple[str, str | date]]:
    """Yield the name and text of each fact on the cover."""
    data, code = about["licenses"][0], about["code_license"]
    yield "Description", about["description"]
    yield "Methods", about["methods"]
    yield "Limits", about["limits"]
    yield "Version", about["version"]
    yield "Released", date.fromisoformat(str(about["released"]))
    yield "Authors", "; ".join(authors(about))
    yield "Licence of the data", f"{data['title']}, {data['path']}"
    yield "Licence of the code", f"{code['title']}, {code['path']}"
    if homepage := about.get("homepage"):
        yield "Homepage", homepage
    yield "How to cite", apa(about)
    yield "An empty cell", EMPTY
    yield "Dates", DATES
    yield "Lists", LISTS
    yield "What columns mean", COLUMNS
