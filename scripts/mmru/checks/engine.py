"""Engines on which the rules run: what each of them does in its own way, and nothing else.

Constraints and rules are written once, with narwhals, whose frames stand for those of polars, pandas,
DuckDB and Spark alike. An engine gives the tables as such frames, and four things that narwhals
leaves to it: to keep what several rules use, to take up a small table made in Python, to hand over
rows, and to make one number of a key of several columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import narwhals as nw
import numpy as np
import pyarrow as pa

FILE, ROW = "_file", "_row"
PLACE = (FILE, ROW)  # where a row stands: the file, empty where all rows are made, and the row, from 0

JOINT = "\x1f"  # between the texts of a key; no text holds it

Frame = nw.LazyFrame[Any]
Frames = Mapping[str, Frame]


class Engine(Protocol):
    """Something that can run the rules on all tables of an edition."""

    name: str
    end: str  # how its regular expressions say that a text ends
    at_once: int  # how many tests it is asked for at once, or 0 for all
    frames: Frames  # the tables, each with the columns of its schema and those of PLACE

    def keep(self, frame: Frame) -> Frame:
        """The same rows, computed once."""

    def lookup(self, columns: pa.Table) -> Frame:
        """A small table made in Python, to be joined."""

    def rows(self, *frames: Frame) -> list[list[dict[str, Any]]]:
        """The rows of each of the frames as Python has them."""

    def keyed(self, frame: Frame, name: str, columns: Sequence[str]) -> Frame:
        """The rows with a key `name`, a number of 64 bits that is as good as those columns.

        They hold texts, whole numbers or such keys. It differs where they do, but by chance: a row that
        breaks a rule among a billion others is taken for one of them once in 10^10 times. It is null
        where one of them is.
        """


def lazy(native: Any) -> Frame:
    """A frame that stands for one of an engine's own."""
    frame: Frame = nw.from_native(native).lazy()
    return frame


def placed(rows: pa.Table, file: str = "") -> pa.Table:
    """A table whose rows are numbered as PLACE has it."""
    numbers = pa.array(np.arange(rows.num_rows, dtype=np.int64))
    return rows.append_column(FILE, pa.repeat(file, rows.num_rows)).append_column(ROW, numbers)
