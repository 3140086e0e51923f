"""Tables as CSV and Parquet files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from mmru.io.arrow import TYPES, arrow_schema
from mmru.model.claim import text_of
from mmru.model.schema import Column, Table

AT_ONCE = 1 << 16  # rows that are written as text at once


def to_csv(table: Table, rows: pa.Table) -> bytes:
    """RFC 4180 with LF, UTF-8; quotes only where needed, lists joined with `;`, nothing for null."""
    out = io.BytesIO()
    out.write(f"{','.join(table.names)}\n".encode())
    for batch in rows.combine_chunks().to_batches(max_chunksize=AT_ONCE):
        cells = [_quoted(_texts(batch.column(c.name), c)) for c in table.columns]
        if len(cells) == 1:
            # an empty line would be no row
            cells = [pc.if_else(pc.equal(cells[0], ""), pa.scalar('""', pa.large_string()), cells[0])]
        lines = _joined(_joined(*cells, between=","), "", between="\n")
        out.write(lines.buffers()[2])
    return out.getvalue()


def _texts(cells: pa.Array, column: Column) -> pa.Array:
    """The cells of a column as texts."""
    if column.is_list:
        cells = pc.binary_join(cells, ";")
    elif column.type == "number":
        known = cells.dictionary_encode()
        texts = pa.array([text_of(value) for value in known.dictionary.to_pylist()], pa.string())
        cells = texts.take(known.indices)
    return cells.cast(pa.large_string()).fill_null("")


def _quoted(texts: pa.Array) -> pa.Array:
    """Texts in quotes where they hold a comma, a quote or a line feed."""
    written = texts.buffers()[2]
    held = bytes(written) if written else b""
    if not any(mark in held for mark in (b",", b'"', b"\n")):
        return texts
    doubled = pc.replace_substring(texts, '"', '""') if b'"' in held else texts
    quoted = _joined('"', doubled, '"')
    return pc.if_else(pc.match_substring_regex(texts, '[,"\n]'), quoted, texts)


def _joined(*parts: pa.Array | str, between: str = "") -> pa.Array:
    """The texts of each row, one behind the other."""
    texts = (pa.scalar(p, pa.large_string()) if isinstance(p, str) else p for p in (*parts, between))
    return pc.binary_join_element_wise(*texts)


def to_parquet(rows: pa.Table) -> bytes:
    """Parquet with zstd; titles and descriptions of table and columns are in its schema's metadata."""
    out = pa.BufferOutputStream()
    pq.write_table(rows, out, compression="zstd", version="2.6", store_schema=True)
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

    Raise WrongColumns where it has other columns or types than its schema, and ValueError, which says
    why, where it cannot be read.
    """
    try:
        file = pq.ParquetFile(source)
        if detail := differing_columns(file.schema_arrow, arrow_schema(table)):
            raise WrongColumns(detail)
        return file.read(columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"cannot be read: {str(error).partition(chr(10))[0]}") from None


def differing_columns(found: pa.Schema, wanted: pa.Schema) -> str:
    """Return how columns differ in name, type or order from those wanted, or an empty string."""
    if len(set(found.names)) < len(found.names):
        return "two columns have one name"
    details = [f"it lacks {name}" for name in wanted.names if name not in found.names]
    details += [f"it has {name}" for name in found.names if name not in wanted.names]
    details += [
        f"{name} is {found.field(name).type}, not {wanted.field(name).type}"
        for name in wanted.names
        if name in found.names and found.field(name).type != wanted.field(name).type
    ]
    return ", ".join(details) or ("" if found.names == wanted.names else "their order is another")


def from_csv(source: Path | pa.NativeFile, table: Table) -> pa.Table:
    """The rows of a table's CSV file, lists split. Raises ValueError, saying why, where it has other columns.

    Raises OSError and ArrowException where it cannot be read, or holds what is of another type.
    """
    types = {c.name: pa.string() if c.is_list else TYPES[c.type] for c in table.columns}
    rows = csv.read_csv(
        source,
        # one thread: only then does an error name its row
        read_options=csv.ReadOptions(block_size=1 << 24, use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
    )
    if rows.column_names != table.names:
        raise ValueError(
            f"has the columns {', '.join(rows.column_names)} instead of {', '.join(table.names)}"
        )
    for place, column in enumerate(table.columns):
        if column.is_list:
            rows = rows.set_column(place, column.name, pc.split_pattern(rows[column.name], ";"))
    return rows
