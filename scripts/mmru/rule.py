"""What a named rule is: a test of the rows of one table, run as a pandera check.

A rule looks at its table, and at all others, and gives for each row whether the row keeps it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
import pandera.pandas as pandera

from mmru import dates
from mmru.schema import Schemas, Table

Frames = Mapping[str, pd.DataFrame]
Row = Mapping[str, Any]
View = TypeVar("View")


@dataclass(frozen=True)
class Tables:
    """What a rule may look at: the table it is about, and all frames and schemas.

    `views` keeps what several rules compute from the frames, for all rules of one run.
    """

    table: Table
    frames: Frames
    schemas: Schemas
    views: dict[Any, Any]

    @property
    def frame(self) -> pd.DataFrame:
        """The frame of the rule's own table."""
        return self.frames[self.table.name]

    def rows(self, name: str) -> list[Row]:
        """The rows of a table, with None for every empty cell."""
        if name not in self.views:
            records = self.frames[name].to_dict("records")
            self.views[name] = [{k: plain(v) for k, v in row.items()} for row in records]
        found: list[Row] = self.views[name]
        return found

    def once(self, view: Callable[[Tables], View]) -> View:
        """What a view of all frames gives, computed when it is first asked for."""
        if view not in self.views:
            self.views[view] = view(self)
        found: View = self.views[view]
        return found


Keeps = Callable[[Tables], pd.Series]


@dataclass(frozen=True)
class Rule:
    """A rule on the rows of one table; `message` says of a row that breaks it what is wrong."""

    name: str
    table: str
    code: str
    message: str
    remedy: str
    keeps: Keeps

    def check(self, frames: Frames, schemas: Schemas, views: dict[Any, Any]) -> pandera.Check:
        """The rule as a pandera check on its table's frame."""
        tables = Tables(schemas.tables[self.table], frames, schemas, views)
        return pandera.Check(lambda _: self.keeps(tables).astype(bool), name=self.name)


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


def rows(every: Tables, keeps: Callable[[Row], bool]) -> pd.Series:
    """Apply a test to each row of the rule's table."""
    kept = [keeps(row) for row in every.rows(every.table.name)]
    return pd.Series(kept, index=every.frame.index, dtype=bool)


def plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    return list(value) if hasattr(value, "tolist") else value


def span(text: str | None) -> dates.Span | None:
    try:
        return dates.parse(text) if text else None
    except ValueError:
        return None
