"""Step 6: check the tables: types, constraints and keys from the schemas, then the named rules.

What fails is reported at the place in the seeds, or in a file, from which the row comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa

from mmru import evidence, implausible, rules
from mmru.constraint import Constraint, Sight, constraints
from mmru.engine import FILE, PLACE, ROW, Engine
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
    # imported here: who asks only what the rules are needs no engine
    from mmru.engine_polars import of_tables

    for table, test, row in broken(of_tables(tables), schemas):
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
    broken = [tests[n].breaks(every).select(*PLACE, nw.lit(n).alias("test")) for n in _doubtful(every, tests)]
    size = every.engine.at_once or len(tests)
    groups = (nw.concat(broken[n : n + size]).unique() for n in range(0, len(broken), size))
    found = [row for group in groups for row in every.engine.rows(group)]
    rows = _rows(every, {(told[FILE], told[ROW]) for told in found})
    for told in sorted(found, key=lambda told: (told["test"], told[FILE], told[ROW])):
        yield tests[told["test"]], rows[told[FILE], told[ROW]]


def _doubtful(every: Tables, tests: Sequence[Test]) -> list[int]:
    """The numbers of the tests that some row may break; none breaks one of a table that has none."""
    alike: dict[Sight, dict[str, int]] = defaultdict(dict)
    for number, test in enumerate(tests):
        if test.sight:
            alike[test.sight][test.column] = number
    asked = (
        sight.broken(nw.col(*of)).any().name.suffix(f" {n}") for n, (sight, of) in enumerate(alike.items())
    )
    told = every.engine.rows(every.rows.select(nw.len().alias("rows"), *asked))[0]
    if not told["rows"]:
        return []
    numbers = {f"{name} {n}": number for n, of in enumerate(alike.values()) for name, number in of.items()}
    kept = {number for name, number in numbers.items() if not told[name]}
    return [number for number in range(len(tests)) if number not in kept]


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
