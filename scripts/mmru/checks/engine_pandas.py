"""The engine that is pandas: here pandera runs the same constraints and rules, as checks of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
from pandera.errors import SchemaErrors

from mmru.checks.constraint import Constraint
from mmru.checks.engine import FILE, JOINT, PLACE, ROW, Frame, Frames, lazy
from mmru.checks.registry import Rule, Tables
from mmru.io.arrow import TYPES

OWN = {"required", "unique", "primaryKey"}  # constraints that pandera has itself
FAILED = {"not_nullable": "required", "field_uniqueness": "unique"}


class Pandas:
    """pandas, with Arrow's types, so that nothing changes its type or its nulls."""

    name, end, at_once = "pandas", "$", 0

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self.frames: Frames = {name: self.lookup(rows) for name, rows in tables.items()}

    def keep(self, frame: Frame) -> Frame:
        return frame

    def lookup(self, columns: pa.Table) -> Frame:
        return lazy(columns.to_pandas(types_mapper=pd.ArrowDtype))

    def rows(self, *frames: Frame) -> list[list[dict[str, Any]]]:
        native = (frame.collect().to_native() for frame in frames)
        return [pa.Table.from_pandas(rows, preserve_index=False).to_pylist() for rows in native]

    def keyed(self, frame: Frame, name: str, columns: Sequence[str]) -> Frame:
        rows = frame.collect().to_native()
        first, *others = (rows[column].astype("string[pyarrow]") for column in columns)
        text = first.str.cat(others, sep=JOINT)
        hashed = pd.Series(
            pd.util.hash_array(text.fillna("").to_numpy(object)), rows.index, "uint64[pyarrow]"
        )
        return lazy(rows.assign(**{name: hashed.mask(text.isna())}))


def judge(
    every: Tables, tests: Sequence[Constraint | Rule]
) -> Iterator[tuple[Constraint | Rule, dict[str, Any]]]:
    """The rows of a table that break a test, as pandera finds them."""
    frame = every.rows.collect().to_native()
    rows = frame.drop(columns=list(PLACE))
    try:
        pandera_schema(every, tests).validate(rows, lazy=True)
    except SchemaErrors as errors:
        failed = {_failure(case, tests) for case in errors.failure_cases.to_dict("records")}
        cells = every.told(every.rows)
        for number, row in sorted(failed):
            yield tests[number], cells[row]


def _failure(case: Mapping[str, Any], tests: Sequence[Constraint | Rule]) -> tuple[int, int]:
    """The number of the test that failed, and that of the row."""
    check = str(case["check"])
    if check.isdecimal():
        return int(check), int(case["index"])
    kind = "primaryKey" if check.startswith("multiple_fields") else FAILED.get(check, "")
    column = "" if kind == "primaryKey" else case["column"]
    for number, test in enumerate(tests):
        if isinstance(test, Constraint) and (test.kind, test.column) == (kind, column):
            return number, int(case["index"])
    raise RuntimeError(f"pandera says what no test asks: {check} of {column} ({case['failure_case']})")


def pandera_schema(every: Tables, tests: Sequence[Constraint | Rule]) -> pandera.DataFrameSchema:
    """The pandera schema of a table: types, nulls and keys are pandera's, all else its checks.

    A check is named by the number of its test.
    """
    table = every.table
    kinds = {(t.kind, t.column) for t in tests if isinstance(t, Constraint)}
    numbered = ((n, t) for n, t in enumerate(tests) if not (isinstance(t, Constraint) and t.kind in OWN))
    return pandera.DataFrameSchema(
        {
            c.name: pandera.Column(
                pd.ArrowDtype(TYPES[c.type]),
                nullable=("required", c.name) not in kinds,
                unique=("unique", c.name) in kinds,
                title=c.title,
                description=c.description,
            )
            for c in table.columns
        },
        checks=[pandera.Check(_Keeps(every, test), name=str(n)) for n, test in numbered],
        unique=list(table.primary_key),
        strict=True,
        ordered=True,
        name=table.name,
    )


class _Keeps:
    """Which rows keep a test: a check as pandera calls it."""

    def __init__(self, every: Tables, test: Constraint | Rule) -> None:
        # found before pandera asks, which takes a check that cannot be run for one that failed
        self.broken = every.told(test.breaks(every).select(*PLACE).unique())
        self.places = every.rows.select(*PLACE).collect().to_native()

    def __call__(self, rows: pd.DataFrame) -> pd.Series:
        broken = pd.MultiIndex.from_tuples([(b[FILE], b[ROW]) for b in self.broken], names=PLACE)
        places = pd.MultiIndex.from_frame(self.places)
        return pd.Series(~places.isin(broken), index=rows.index)
