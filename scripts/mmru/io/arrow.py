"""Arrow schemas of the tables, and rows as Arrow tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mmru.model.schema import Column, Table

if TYPE_CHECKING:
    import polars as pl

TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "list": pa.list_(pa.string()),
}
STORED_DATE = pa.timestamp("ms")  # of a date in Parquet: pandas reads it as datetime64


def arrow_schema(table: Table) -> pa.Schema:
    """Return the Arrow schema of a table, with titles and descriptions as metadata."""
    fields = [
        pa.field(
            c.name,
            TYPES[c.type],
            nullable=not c.required,
            metadata={"title": c.title, "description": c.description, "kind": c.kind},
        )
        for c in table.columns
    ]
    about = {"name": table.name, "title": table.title, "description": table.description}
    about["primaryKey"] = json.dumps(table.primary_key)
    return pa.schema(fields, metadata=about)


def to_arrow(table: Table, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows as an Arrow table; a missing cell and an empty list are null."""
    present = {name for row in rows for name in row}
    columns = [
        pa.array(_cells(column, rows), TYPES[column.type])
        if column.name in present
        else pa.nulls(len(rows), TYPES[column.type])
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, schema=arrow_schema(table))


def from_frame(table: Table, frame: pl.DataFrame) -> pa.Table:
    """Return a frame with the columns of a table as an Arrow table."""
    return frame.to_arrow().cast(arrow_schema(table)).combine_chunks()


def stored(schema: pa.Schema) -> pa.Schema:
    """Return the schema in which Parquet holds rows of an Arrow schema: each date is a timestamp."""
    dates = (name for name in schema.names if schema.field(name).type == TYPES["date"])
    for name in dates:
        schema = schema.set(schema.get_field_index(name), schema.field(name).with_type(STORED_DATE))
    return schema


def memory(content: bytes) -> pa.NativeFile:
    """Return a file of these bytes in Arrow's own memory.

    Threads of Arrow may free what they read after reading it. For Python's memory they need the
    interpreter, and abort a program that is about to end (apache/arrow#34314).
    """
    out = pa.BufferOutputStream()
    out.write(content)
    return pa.BufferReader(out.getvalue())


def _cells(column: Column, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the values of a column as Arrow takes them."""
    cells = [row.get(column.name) for row in rows]
    if column.is_list:
        return [cell or None for cell in cells]
    if column.type == "date":
        return [date.fromisoformat(cell) if isinstance(cell, str) else cell for cell in cells]
    return cells
