"""Tables in memory: Arrow schemas made from the Table Schemas, and rows brought into them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmru.schema import Column, Table

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


def to_arrow(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as an Arrow table; a column that a row lacks is null there, and so is an empty list."""
    schema = arrow_schema(table)
    columns = [pa.array([_cell(c, row.get(c.name)) for row in rows], TYPES[c.type]) for c in table.columns]
    return pa.Table.from_arrays(columns, schema=schema)


def memory(content: bytes) -> pa.NativeFile:
    """A file of these bytes, copied into Arrow's own memory.

    Threads of Arrow may let go of what they read after it was read. For Python's memory they need the
    interpreter, and abort a program that is about to end (apache/arrow#34314).
    """
    out = pa.BufferOutputStream()
    out.write(content)
    return pa.BufferReader(out.getvalue())


def from_parquet(source: Path | pa.NativeFile, table: Table) -> pa.Table:
    """The rows of a table's Parquet file. Raises ValueError, saying why, where it does not hold them."""
    try:
        rows = pq.read_table(source)
    except (OSError, pa.ArrowException) as error:
        raise ValueError(f"cannot be read: {str(error).partition(chr(10))[0]}") from None
    if not rows.schema.equals(arrow_schema(table)):
        raise ValueError("has other columns or types than its schema")
    return rows


def _cell(column: Column, value: Any) -> Any:
    if value in (None, []):
        return None
    if column.type == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    return value
