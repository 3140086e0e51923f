"""Read and write tables as CSV and Parquet files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from mmru.io.arrow import STORED_DATE, TYPES, arrow_schema, stored
from mmru.model.claim import text_of
from mmru.model.schema import Column, Table

if TYPE_CHECKING:
    import polars as pl


def to_csv(table: Table, rows: pa.Table | pl.DataFrame) -> bytes:
    """Return rows as CSV (RFC 4180): UTF-8, LF, quotes only where needed.

    Null and empty texts are written alike, and members of lists are joined with `;`.
    """
    import polars as pl  # here: to read tables takes no polars

    frame = pl.DataFrame(rows)

    def written(column: Column) -> pl.Expr:
        cells = pl.col(column.name)
        if column.is_list:
            cells = cells.list.join(";")
        elif column.type == "number":
            numbers = frame[column.name].drop_nulls().unique()
            texts = pl.Series(map(text_of, numbers), dtype=pl.String)
            cells = cells.replace_strict(numbers, texts, default=None, return_dtype=pl.String)
        return cells.cast(pl.String).replace("", None)

    frame = frame.select(written(column) for column in table.columns)
    if frame.width == 1:
        frame = frame.fill_null("")  # written as `""`: an empty line would not be a row
    out = io.BytesIO()
    frame.write_csv(out, quote_style="necessary")
    return out.getvalue()


def to_parquet(rows: pa.Table) -> bytes:
    """Return rows as Parquet with zstd; titles and descriptions are metadata of its schema.

    A date is written as a timestamp without a zone, which pandas can compare and filter.
    """
    out = pa.BufferOutputStream()
    pq.write_table(rows.cast(stored(rows.schema)), out, compression="zstd", version="2.6", store_schema=True)
    return bytes(out.getvalue())


class WrongColumns(ValueError):
    """A file has other columns or types than its schema; `detail` says which."""

    def __init__(self, detail: str) -> None:
        super().__init__("has other columns or types than its schema")
        self.detail = detail


def from_parquet(
    source: Path | pa.NativeFile, table: Table, columns: Sequence[str] | None = None
) -> pa.Table:
    """Return the rows of a table's Parquet file, in all columns or in some.

    Raise WrongColumns if it has other columns or types than its schema, and ValueError, which says
    why, if it cannot be read.
    """
    try:
        file, wanted = pq.ParquetFile(source), arrow_schema(table)
        # releases before 2.0.0 store dates as dates
        details = [differing_columns(file.schema_arrow, each) for each in (stored(wanted), wanted)]
        if all(details):
            raise WrongColumns(min(details, key=len))
        return _with_dates(file.read(columns=columns))
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"cannot be read: {str(error).partition(chr(10))[0]}") from None


def _with_dates(rows: pa.Table) -> pa.Table:
    """Return rows with their timestamps as dates; raise ValueError where one has a time of day."""
    for place, field in enumerate(rows.schema):
        if field.type == STORED_DATE:
            days = rows.column(place).cast(TYPES["date"])
            if not days.cast(STORED_DATE).equals(rows.column(place)):
                raise ValueError(f"{field.name} has a time of day")
            rows = rows.set_column(place, field.with_type(TYPES["date"]), days)
    return rows


def differing_columns(found: pa.Schema, wanted: pa.Schema) -> str:
    """Return how columns differ in name, type or order from the expected ones, or an empty string."""
    if len(set(found.names)) < len(found.names):
        return "two columns have one name"
    details = [f"it lacks {name}" for name in wanted.names if name not in found.names]
    details += [f"it has {name}" for name in found.names if name not in wanted.names]
    details += [
        f"{name} is {found.field(name).type}, not {wanted.field(name).type}"
        for name in wanted.names
        if name in found.names and found.field(name).type != wanted.field(name).type
    ]
    return ", ".join(details) or ("" if found.names == wanted.names else "their order is different")


class BadCsv(ValueError):
    """A text is not CSV; `line` is the one on which the row begins that cannot be read."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"cannot be read: {message}")
        self.line = line


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row of a CSV text with the line on which it begins; raise BadCsv. Empty lines are no rows.

    Rows and lines have different numbers where a quoted cell holds line feeds.
    """
    reader, line = csv.reader(io.StringIO(text), strict=True), 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadCsv(str(error), line) from None


def from_csv(source: Path | pa.NativeFile, table: Table) -> pa.Table:
    """Return the rows of a table's CSV file, lists split; raise ValueError if it has other columns.

    Raise OSError and ArrowException if it cannot be read, or has values of another type.
    """
    types = {c.name: pa.string() if c.is_list else TYPES[c.type] for c in table.columns}
    rows = arrow_csv.read_csv(
        source,
        # one thread: only then does an error name its row
        read_options=arrow_csv.ReadOptions(block_size=1 << 24, use_threads=False),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types, null_values=[""], strings_can_be_null=True
        ),
    )
    if rows.column_names != table.names:
        raise ValueError(
            f"has the columns {', '.join(rows.column_names)} instead of {', '.join(table.names)}"
        )
    for place, column in enumerate(table.columns):
        if column.is_list:
            rows = rows.set_column(place, column.name, pc.split_pattern(rows[column.name], ";"))
    return rows
