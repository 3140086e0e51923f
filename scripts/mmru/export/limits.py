"""Find cells that are too long for a workbook, at their place in the seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from mmru.errors import Position, Problem
from mmru.model.schema import Schemas
from mmru.model.text import CELL, LISTED, too_long


def oversized(
    tables: Mapping[str, pa.Table], schemas: Schemas, position: Callable[[str, int], Position]
) -> Iterator[Problem]:
    """Yield a problem at the position of each row with a cell that a workbook has no room for.

    Cells that come from the seeds as they are have been checked there; a list may be put together.
    """
    for name, table in schemas.tables.items():
        rows = tables[name]
        for column in table.columns:
            if column.type in ("string", "list"):
                cells = pc.binary_join(rows[column.name], LISTED) if column.is_list else rows[column.name]
                long = pc.indices_nonzero(pc.greater(pc.utf8_length(cells), CELL // 2)).to_pylist()
                for row in long:
                    if message := too_long(cells[row].as_py()):
                        yield position(name, row).problem("R11", f"{column.name}: {message}", "shorten it")
