"""Step 6: check the tables: types, constraints and keys from the schemas, then the named rules.

All of it runs through pandera, one schema for each table. What fails is reported at the place in
the seeds from which the row comes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
from pandera.errors import SchemaErrors

from mmru import evidence, implausible, rules
from mmru.arrow import TYPES
from mmru.problem import Problem
from mmru.rule import Frames
from mmru.schema import Column, Schemas, Table

CONSTRAINT = "T01"
RULES = (*rules.RULES, *evidence.RULES, *implausible.RULES)


class Placed(Protocol):
    """Where a row comes from: a place in the seeds, or a line of a file."""

    def problem(self, code: str, message: str, remedy: str = "") -> Problem: ...


def check(
    tables: Mapping[str, pa.Table], places: Mapping[str, Sequence[Placed]], schemas: Schemas
) -> Iterator[Problem]:
    """Everything wrong with the tables. `places` gives for each row of each table its origin."""
    frames = to_pandas(tables)
    views: dict[Any, Any] = {}
    for name, table in schemas.tables.items():
        try:
            pandera_schema(table, schemas, frames, views).validate(frames[name], lazy=True)
        except SchemaErrors as errors:
            yield from _failures(table, errors.failure_cases, frames[name], places[name])


def to_pandas(tables: Mapping[str, pa.Table]) -> Frames:
    """The tables as pandas frames of Arrow types, so that nothing changes its type or its nulls."""
    return {name: table.to_pandas(types_mapper=pd.ArrowDtype) for name, table in tables.items()}


def pandera_schema(
    table: Table, schemas: Schemas, frames: Frames, views: dict[Any, Any]
) -> pandera.DataFrameSchema:
    """The pandera schema of a table: its columns, its keys and its rules, named for the reports.

    `frames` holds the other tables, which foreign keys and rules look into, and `views` keeps
    what rules of several tables compute from them.
    """
    checks = [_foreign_key(column, frames[other][target]) for column, other, target in table.foreign_keys]
    checks += [rule.check(frames, schemas, views) for rule in RULES if rule.table == table.name]
    return pandera.DataFrameSchema(
        {c.name: _column(c, schemas, c.name in table.primary_key) for c in table.columns},
        checks=checks,
        unique=list(table.primary_key),
        strict=True,
        ordered=True,
        name=table.name,
    )


def _column(column: Column, schemas: Schemas, in_key: bool) -> pandera.Column:
    """The pandera column; that it belongs to the primary key is as good as `required`."""
    return pandera.Column(
        pd.ArrowDtype(TYPES[column.type]),
        list(_constraints(column, schemas)),
        nullable=not (column.required or in_key),
        unique=bool(column.constraints.get("unique")),
        title=column.title,
        description=column.description,
    )


def _constraints(column: Column, schemas: Schemas) -> Iterator[pandera.Check]:
    """The constraints of Table Schema as pandera checks.

    A pattern must match the whole text, as Python's `re` reads it: for Arrow's regular
    expressions, which pandas would use, `\\s` is not every blank that Unicode has.
    """
    limits = column.constraints
    if "minimum" in limits:
        least = _limit(column, limits["minimum"])
        yield pandera.Check(lambda values: values >= least, name=f"{column.name}: at least {least}")
    if "maximum" in limits:
        most = _limit(column, limits["maximum"])
        yield pandera.Check(lambda values: values <= most, name=f"{column.name}: at most {most}")
    # an empty text would be written as an empty cell, which stands for null
    low = limits.get("minLength", 1 if column.type == "string" else 0)
    if low:
        yield _each(f"{column.name}: at least {low} characters long", lambda text: len(text) >= low)
    if "pattern" in limits:
        whole = re.compile(limits["pattern"]).fullmatch
        yield _each(f"{column.name}: of the form {limits['pattern']}", lambda text: whole(text) is not None)
    codes = limits.get("enum") or list(schemas.codes(column))
    if codes:
        # a code of a number may be written as text, or as another number that equals it
        allowed = {*codes, *map(str, codes)}
        said = f"{column.name}: a code of {column.vocabulary or 'its enum'}"
        yield _each(
            said, lambda v: allowed.issuperset(v) if column.many else not allowed.isdisjoint((v, str(v)))
        )
    if column.many:
        yield _each(f"{column.name}: distinct members that are not empty and hold no ';'", _sound_members)


def _limit(column: Column, written: Any) -> Any:
    """A limit as a value of the column's type: JSON has no dates."""
    return date.fromisoformat(written) if column.type == "date" else written


def _each(name: str, holds: Any) -> pandera.Check:
    return pandera.Check(lambda values: values.map(holds).astype(bool), name=name)


def _sound_members(members: Iterable[str]) -> bool:
    listed = list(members)
    return len(set(listed)) == len(listed) and all(m and ";" not in m for m in listed)


def _foreign_key(column: str, known: pd.Series) -> pandera.Check:
    return pandera.Check(
        lambda frame: frame[column].isna() | frame[column].isin(known.dropna()),
        name=f"{column}: an id of {known.name}",
    )


def _failures(
    table: Table, failed: pd.DataFrame, frame: pd.DataFrame, places: Sequence[Placed]
) -> Iterator[Problem]:
    """One problem for each row and column, or rule, that failed."""
    named = {rule.name: rule for rule in RULES}
    seen = set()
    for case in failed.to_dict("records"):
        number = case["index"]
        row = frame.iloc[int(number)] if pd.notna(number) else None
        if row is None and case["check"] in named:
            raise RuntimeError(f"the rule {case['check']} cannot be run: {case['failure_case']}")
        key = "" if row is None else " ".join(str(row[k]) for k in table.primary_key)
        rule = named.get(case["check"])
        code = rule.code if rule else CONSTRAINT
        said = rule.message if rule else _constraint_message(case, row)
        # a key of several columns fails once for each of them
        if (code, said, number) in seen:
            continue
        seen.add((code, said, number))
        where = f"{table.name} {key}".strip()
        place = places[int(number)] if row is not None else None
        remedy = rule.remedy if rule else ""
        if place is None:
            yield Problem(f"schemas/{table.name}.json", 1, 1, code, f"{where}: {said}", remedy)
        else:
            yield place.problem(code, f"{where}: {said}", remedy)


def _constraint_message(case: Mapping[str, Any], row: pd.Series | None) -> str:
    check, column = str(case["check"]), case["column"]
    if check == "not_nullable":
        return f"{column} is empty"
    if check.startswith("multiple_fields_uniqueness"):
        return "its key stands twice"
    if check == "field_uniqueness":
        return f"{column} '{case['failure_case']}' stands twice"
    name, _, wanted = check.partition(": ")
    if wanted and row is not None and name in row.index:
        value = row[name]
        listed = isinstance(value, list) or hasattr(value, "tolist")
        shown = json.dumps(list(value), ensure_ascii=False) if listed else f"'{value}'"
        return f"{name} {shown} is not {wanted}"
    return f"{check} ({case['failure_case']})"
