"""Find the seeds of cells and tables that are too large for the workbook of a release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from mmru.errors import Position, Problem
from mmru.model.schema import Schemas
from mmru.model.text import CELL, LISTED, too_long

ROWS = 1_048_576  # of a sheet: "Excel specifications and limits"


def oversized(
    tables: Mapping[str, pa.Table], schemas: Schemas, position: Callable[[str, int], Position]
) -> Iterator[Problem]:
    """Yield a problem at the position of each row that a workbook has no room for, or for a cell of it.

    Cells that come from the seeds as they are have been checked there; a list may be put together.
    """
    for name, table in schemas.tables.items():
        rows = tables[name]
        if message := too_many(rows):
            yield position(name, ROWS - 1).problem("R14", f"{name} {message}", "split the table")
        for column in table.columns:
            if column.type in ("string", "list"):
                cells = pc.binary_join(rows[column.name], LISTED) if column.is_list else rows[column.name]
                long = pc.indices_nonzero(pc.greater(pc.utf8_length(cells), CELL // 2)).to_pylist()
                for row in long:
                    if message := too_long(cells[row].as_py()):
                        yield position(name, row).problem("R11", f"{column.name}: {message}", "shorten it")


def too_many(rows: pa.Table) -> str:
    """Return how a table has more rows than a sheet of a workbook, or an empty string."""
    if rows.num_rows < ROWS:
        return ""
    return f"has {rows.num_rows} rows, but a sheet of a workbook holds at most {ROWS - 1} below its header"
