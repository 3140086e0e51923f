"""What a named rule is: a test of the rows of one table, run as a pandera check.

A rule takes the frame of its table and all tables, and gives for each row whether the row keeps it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pandera.pandas as pandera

from mmru import dates
from mmru.schema import Schemas, Table

Frames = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Tables:
    """What a rule may look at: the table it is about, and all frames and schemas."""

    table: Table
    frames: Frames
    schemas: Schemas


Keeps = Callable[[pd.DataFrame, Tables], pd.Series]


@dataclass(frozen=True)
class Rule:
    """A rule on the rows of one table; `message` says of a row that breaks it what is wrong."""

    name: str
    table: str
    code: str
    message: str
    remedy: str
    keeps: Keeps

    def check(self, frames: Frames, schemas: Schemas) -> pandera.Check:
        """The rule as a pandera check on its table's frame."""
        tables = Tables(schemas.tables[self.table], frames, schemas)
        return pandera.Check(lambda frame: self.keeps(frame, tables).astype(bool), name=self.name)


def registrar(rules: list[Rule]) -> Callable[[str, str, str, str], Callable[[Keeps], Keeps]]:
    """A decorator that adds a rule to `rules`, once for each of the tables named.

    A rule's name is that of its function and its table.
    """

    def rule(code: str, tables: str, message: str, remedy: str) -> Callable[[Keeps], Keeps]:
        def register(keeps: Keeps) -> Keeps:
            for table in tables.split():
                name = f"{keeps.__name__.replace('_', '-')} {table}"
                rules.append(Rule(name, table, code, message, remedy, keeps))
            return keeps

        return register

    return rule


def rows(frame: pd.DataFrame, keeps: Callable[[Mapping[str, Any]], bool]) -> pd.Series:
    """Apply a test to each row, with None for every empty cell."""
    kept = [keeps({k: plain(v) for k, v in row.items()}) for row in frame.to_dict("records")]
    return pd.Series(kept, index=frame.index, dtype=bool)


def plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return list(value) if hasattr(value, "tolist") else value


def span(text: str | None) -> dates.Span | None:
    try:
        return dates.parse(text) if text else None
    except ValueError:
        return None
