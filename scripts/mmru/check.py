"""Step 6: check the tables: types, constraints and keys from the schemas, then the named rules.

What fails is reported at the place in the seeds, or in a file, from which the row comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa

from mmru import evidence, implausible, rules
from mmru.constraint import Constraint, constraints
from mmru.engine import FILE, PLACE, ROW, Engine, Polars, placed
from mmru.problem import Placed, Problem
from mmru.rule import Rule, Tables, within
from mmru.schema import Schemas, Table

CONSTRAINT = "T01"
RULES = (*rules.RULES, *evidence.RULES, *implausible.RULES)
Test = Constraint | Rule
Row = Mapping[str, Any]


def check(
    tables: Mapping[str, pa.Table], places: Mapping[str, Sequence[Placed]], schemas: Schemas
) -> Iterator[Problem]:
    """Everything wrong with the tables. `places` gives for each row of each table its origin."""
    engine = Polars({name: placed(rows) for name, rows in tables.items()})
    for table, test, row in broken(engine, schemas):
        yield problem(table, test, row, places[table.name][row[ROW]])


def broken(engine: Engine, schemas: Schemas) -> Iterator[tuple[Table, Test, Row]]:
    """Each row of each table that breaks a constraint or a rule, with which it breaks."""
    views: dict[Any, Any] = {}
    for table in schemas.tables.values():
        every = Tables(table, engine, schemas, views)
        named = (rule for rule in RULES if rule.table == table.name)
        tests: list[Test] = [*constraints(table, schemas, engine.end), *named]
        judged = _by_pandera if engine.name == "pandas" else judge
        yield from ((table, test, row) for test, row in judged(every, tests))


def _by_pandera(every: Tables, tests: Sequence[Test]) -> Iterator[tuple[Test, Row]]:
    from mmru.engine_pandas import judge as by_pandera

    return by_pandera(every, tests)


def judge(every: Tables, tests: Sequence[Test]) -> Iterator[tuple[Test, Row]]:
    """The rows of a table that break a test, by test and in their order.

    One pass over the rows tells which of the constraints that need no other row are broken at all;
    the rest is asked for at once.
    """
    at_sight = {n: test.where for n, test in enumerate(tests) if test.where is not None}
    counted = (where.cast(nw.Int64).sum().alias(f"test_{n}") for n, where in at_sight.items())
    counts = every.engine.rows(every.rows.select(nw.len(), *counted))[0]
    asked = [n for n in range(len(tests)) if n not in at_sight or counts[f"test_{n}"]]
    broken = [tests[n].breaks(every).select(*PLACE, nw.lit(n).alias("test")) for n in asked]
    size = every.engine.at_once or len(tests)
    groups = (nw.concat(broken[n : n + size]).unique() for n in range(0, len(broken), size))
    found = [row for group in groups for row in every.engine.rows(group)]
    rows = _rows(every, {(told[FILE], told[ROW]) for told in found})
    for told in sorted(found, key=lambda told: (told["test"], told[FILE], told[ROW])):
        yield tests[told["test"]], rows[told[FILE], told[ROW]]


def _rows(every: Tables, places: set[tuple[str, int]]) -> dict[tuple[str, int], Row]:
    """The rows of a table at some places."""
    if not places:
        return {}
    columns = zip((FILE, ROW), (pa.string(), pa.int64()), zip(*places))
    listed = pa.table({name: pa.array(values, kind) for name, kind, values in columns})
    found = every.engine.rows(within(every.rows, every.engine.lookup(listed), list(PLACE)))
    return {(row[FILE], row[ROW]): row for row in found}


def problem(table: Table, test: Test, row: Row, place: Placed) -> Problem:
    """What is wrong with a row, and where."""
    key = " ".join("<NA>" if row[k] is None else str(row[k]) for k in table.primary_key)
    where = f"{table.name} {key}".strip()
    if isinstance(test, Rule):
        return place.problem(test.code, f"{where}: {test.message}", test.remedy)
    return place.problem(CONSTRAINT, f"{where}: {test.message(row)}")
