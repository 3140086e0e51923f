"""Tables in memory: Arrow schemas made from the Table Schemas, and rows brought into them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.abc import MetaPathFinder
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mmru.model.schema import Column, Table


class _Spared(MetaPathFinder):
    """Lets an import of pandas fail."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def _spare_pandas() -> None:
    """Keep pyarrow from importing pandas, which takes a second, only to see that a list is no Series.

    It asks once in a process; what is to become a frame later imports pandas nevertheless.
    """
    if "pandas" not in sys.modules:
        spared = _Spared()
        sys.meta_path.insert(0, spared)
        try:
            pa.array([""])
        finally:
            sys.meta_path.remove(spared)


_spare_pandas()

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


def codes(*columns: pa.Array | pa.ChunkedArray | Numbers) -> Numbers:
    """A number for each row, the same where all columns are the same, from 0 as they come.

    A column holds texts, of which none is null, or such numbers.
    """
    first, *others = (c if isinstance(c, np.ndarray) else _numbered(c) for c in columns)
    for column in others:
        first = _numbered(pa.array(first * (column.max(initial=0) + 1) + column))
    return first


def _numbered(cells: pa.Array | pa.ChunkedArray) -> Numbers:
    numbers: Numbers = _distinct(cells).indices.to_numpy().astype(np.int64)
    return numbers


def _distinct(cells: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """The cells of a column as places among its distinct values, which stand as they come."""
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    return whole.dictionary_encode()


def firsts(numbers: Numbers) -> Numbers:
    """The row in which each of the numbers that `codes` gives stands first."""
    highest = np.maximum.accumulate(numbers)
    return np.flatnonzero(np.diff(highest, prepend=-1))


def together(numbers: Numbers) -> list[Numbers]:
    """The rows of each of the numbers that `codes` gives, in their order."""
    return np.split(np.argsort(numbers, kind="stable"), np.cumsum(np.bincount(numbers))[:-1])


def ranks(texts: pa.Array | pa.ChunkedArray) -> Numbers:
    """For each row the place of its text among all that stand in the column, in order."""
    known = _distinct(texts)
    place = np.empty(len(known.dictionary), np.int64)
    place[pc.sort_indices(known.dictionary).to_numpy()] = np.arange(len(place))
    of_each: Numbers = place[known.indices.to_numpy()]
    return of_each


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
