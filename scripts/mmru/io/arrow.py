"""Tables in memory: Arrow schemas made from the Table Schemas, and rows brought into them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from mmru.model.schema import Column, Table

Numbers = np.ndarray[Any, np.dtype[np.int64]]
TYPES = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "list": pa.list_(pa.string()),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table, with the title and description of table and columns as metadata."""
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
    """Rows as an Arrow table; a column that a row lacks is null there, and so is an empty list."""
    told = {name for row in rows for name in row}
    columns = [
        pa.array([_cell(column, row.get(column.name)) for row in rows], TYPES[column.type])
        if column.name in told
        else pa.nulls(len(rows), TYPES[column.type])
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, schema=arrow_schema(table))


def from_polars(table: Table, frame: pl.DataFrame) -> pa.Table:
    """Return the columns of a table from a polars frame; texts are parsed, missing columns are null."""
    rows = frame.select(name for name in table.names if name in frame.columns).to_arrow()
    columns = [
        rows[column.name].cast(TYPES[column.type])
        if column.name in rows.column_names
        else pa.nulls(len(frame), TYPES[column.type])
        for column in table.columns
    ]
    return pa.Table.from_arrays(columns, schema=arrow_schema(table)).combine_chunks()


def owned(content: bytes) -> pa.Buffer:
    """These bytes, copied into Arrow's own memory.

    Threads of Arrow may let go of what they read after it was read. For Python's memory they need the
    interpreter, and abort a program that is about to end (apache/arrow#34314).
    """
    out = pa.BufferOutputStream()
    out.write(content)
    return out.getvalue()


def memory(content: bytes) -> pa.NativeFile:
    """A file of these bytes in Arrow's own memory."""
    return pa.BufferReader(owned(content))


def _cell(column: Column, value: Any) -> Any:
    if value is None or value == []:
        return None
    if column.type == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    return value
