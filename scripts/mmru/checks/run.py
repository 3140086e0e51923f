"""Step 6: check the tables: types, constraints and keys from the schemas, then the named rules.

What fails is reported at the place in the seeds, or in a file, from which the row comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa

from mmru.checks import evidence, implausible, rules
from mmru.checks.constraint import Constraint, Sight, constraints
from mmru.checks.engine import FILE, PLACE, ROW, Engine, Frame
from mmru.checks.registry import Rule, Tables, within
from mmru.errors import Placed, Position, Problem
from mmru.model.schema import Schemas, Table

CONSTRAINT = "T01"
RULES = (*rules.RULES, *evidence.RULES, *implausible.RULES)
Test = Constraint | Rule
Row = Mapping[str, Any]
Asked = tuple[Tables, Sequence[Test]]


def check(
    tables: Mapping[str, pa.Table], position: Callable[[str, int], Position], schemas: Schemas
) -> list[Problem]:
    """Return everything wrong with the tables, at the position of each row."""
    # imported here: who asks only what the rules are needs no engine
    from mmru.checks.engine_polars import of_tables

    broken_rows = broken(of_tables(tables), schemas)
    return [problem(table, test, row, position(table.name, row[ROW])) for table, test, row in broken_rows]


def broken(engine: Engine, schemas: Schemas) -> Iterator[tuple[Table, Test, Row]]:
    """Each row of each table that breaks a constraint or a rule, with which it breaks."""
    views: dict[Any, Any] = {}
    asked: list[Asked] = []
    for table in schemas.tables.values():
        named = (rule for rule in RULES if rule.table == table.name)
        tests: list[Test] = [*constraints(table, schemas, engine.end), *named]
        asked.append((Tables(table, engine, schemas, views), tests))
    return _by_pandera(asked) if engine.name == "pandas" else judge(engine, asked)


def _by_pandera(asked: Sequence[Asked]) -> Iterator[tuple[Table, Test, Row]]:
    from mmru.checks.engine_pandas import judge as by_pandera

    for every, tests in asked:
        yield from ((every.table, test, row) for test, row in by_pandera(every, tests))


def judge(engine: Engine, asked: Sequence[Asked]) -> Iterator[tuple[Table, Test, Row]]:
    """The rows that break a test, by table and test and in their order.

    One pass over the rows of a table tells which of the constraints that need no other row are broken
    at all; the rest is asked for at once.
    """
    groups: list[tuple[int, Frame]] = []
    for number, doubtful in enumerate(_doubtful(engine, asked)):
        every, tests = asked[number]
        frames = [tests[n].breaks(every).select(*PLACE, nw.lit(n).alias("test")) for n in doubtful]
        size = engine.at_once or len(tests)
        groups += [(number, nw.concat(frames[n : n + size]).unique()) for n in range(0, len(frames), size)]
    found: dict[int, list[Row]] = defaultdict(list)
    for (number, _), places in zip(groups, engine.rows(*(frame for _, frame in groups))):
        found[number] += places
    for number, told in found.items():
        every, tests = asked[number]
        rows = _rows(every, {(one[FILE], one[ROW]) for one in told})
        for one in sorted(told, key=lambda one: (one["test"], one[FILE], one[ROW])):
            yield every.table, tests[one["test"]], rows[one[FILE], one[ROW]]


def _doubtful(engine: Engine, asked: Sequence[Asked]) -> Iterator[list[int]]:
    """For each table the numbers of the tests that some row may break: none, where there is no row."""
    alike = [_alike(tests) for _, tests in asked]
    seen = (
        every.rows.select(
            nw.len().alias("rows"),
            *(
                sight.broken(nw.col(*of)).any().name.suffix(f" {n}")
                for n, (sight, of) in enumerate(sights.items())
            ),
        )
        for (every, _), sights in zip(asked, alike)
    )
    for (_, tests), sights, [told] in zip(asked, alike, engine.rows(*seen)):
        named = {f"{name} {n}": number for n, of in enumerate(sights.values()) for name, number in of.items()}
        kept = {number for name, number in named.items() if not told[name]}
        yield [number for number in range(len(tests)) if told["rows"] and number not in kept]


def _alike(tests: Sequence[Test]) -> dict[Sight, dict[str, int]]:
    """The numbers of the tests that are told at sight, by how that is done and the column."""
    alike: dict[Sight, dict[str, int]] = defaultdict(dict)
    for number, test in enumerate(tests):
        if test.sight:
            alike[test.sight][test.column] = number
    return alike


def _rows(every: Tables, places: set[tuple[str, int]]) -> dict[tuple[str, int], Row]:
    """The rows of a table at some places."""
    if not places:
        return {}
    columns = zip((FILE, ROW), (pa.string(), pa.int64()), zip(*places))
    listed = pa.table({name: pa.array(values, kind) for name, kind, values in columns})
    found = every.told(within(every.rows, every.engine.lookup(listed), list(PLACE)))
    return {(row[FILE], row[ROW]): row for row in found}


def problem(table: Table, test: Test, row: Row, place: Placed) -> Problem:
    """What is wrong with a row, and where."""
    key = " ".join("<NA>" if row[k] is None else str(row[k]) for k in table.primary_key)
    where = f"{table.name} {key}".strip()
    if isinstance(test, Rule):
        return place.problem(test.code, f"{where}: {test.message}", test.fix)
    return place.problem(CONSTRAINT, f"{where}: {test.message(row)}")
