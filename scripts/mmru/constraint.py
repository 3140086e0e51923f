"""The constraints of Table Schema, its keys among them, as tests that every engine can run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import narwhals as nw
from narwhals import col

from mmru.engine import PLACE, Frame
from mmru.rule import Tables, within, without
from mmru.schema import Column, Schemas, Table

# every blank that Python's `\s` knows: in the dialects of the engines, `\s` is fewer of them
BLANKS = "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


@dataclass(frozen=True)
class Constraint:
    """A constraint on a column, or on the columns of the key (`column` is empty).

    `kind` is its name in Table Schema. It is broken where `where` is true; where rows must be held
    against others, there is none, and `breaks` gives the rows that break it. `says` tells of the value
    that breaks it what is wrong.
    """

    kind: str
    column: str
    says: Callable[[Any], str]
    breaks: Callable[[Tables], Frame]
    where: nw.Expr | None = None

    def message(self, row: Mapping[str, Any]) -> str:
        """What is wrong with a row that breaks it."""
        return self.says(row.get(self.column))


def _at_sight(kind: str, column: str, says: Callable[[Any], str], where: nw.Expr) -> Constraint:
    """A constraint that each row keeps or breaks by itself."""
    return Constraint(kind, column, says, lambda every: every.rows.filter(where), where)


def constraints(table: Table, schemas: Schemas, end: str) -> Iterator[Constraint]:
    """All constraints of a table; `end` is how the engine's regular expressions say that a text ends."""
    for column in table.columns:
        if column.required or column.name in table.primary_key:
            yield _at_sight("required", column.name, _empty(column), col(column.name).is_null())
        yield from _limits(column)
        yield from _texts(column, end)
        yield from _codes(column, schemas)
        if column.constraints.get("unique"):
            yield Constraint("unique", column.name, _twice(column), _standing_twice(column.name))
    for name, other, target in table.foreign_keys:
        yield Constraint("foreignKey", name, _not(name, f"an id of {target}"), _dangling(name, other, target))
    yield Constraint("primaryKey", "", lambda _: "its key stands twice", _standing_twice(*table.primary_key))


def _limits(column: Column) -> Iterator[Constraint]:
    limits, value = column.constraints, col(column.name)
    # what is not a number is within no limit; engines differ on how it compares
    nan = value.is_nan() if column.type == "number" else nw.lit(False)
    if "minimum" in limits:
        least = _limit(column, limits["minimum"])
        yield _at_sight(
            "minimum", column.name, _not(column.name, f"at least {least}"), (value < nw.lit(least)) | nan
        )
    if "maximum" in limits:
        most = _limit(column, limits["maximum"])
        yield _at_sight(
            "maximum", column.name, _not(column.name, f"at most {most}"), (value > nw.lit(most)) | nan
        )


def _limit(column: Column, written: Any) -> Any:
    """A limit as a value of the column's type: JSON has no dates."""
    return date.fromisoformat(written) if column.type == "date" else written


def _texts(column: Column, end: str) -> Iterator[Constraint]:
    limits, value = column.constraints, col(column.name)
    # an empty text would be written as an empty cell, which stands for null
    least = limits.get("minLength", 1 if column.type == "string" else 0)
    if least:
        length = value.list.len() if column.many else value.str.len_chars()
        said = _not(column.name, f"at least {least} characters long")
        yield _at_sight("minLength", column.name, said, length < least)
    if "pattern" in limits:
        whole = value.str.contains(f"^(?:{_plain(limits['pattern'])}){end}")
        said = _not(column.name, f"of the form {limits['pattern']}")
        yield _at_sight("pattern", column.name, said, ~whole)
    if column.many:
        said = _not(column.name, "distinct members that are not empty and hold no ';'")
        yield Constraint("list", column.name, said, _unsound_members(column.name))


def _plain(pattern: str) -> str:
    """A pattern whose blanks are Python's, and whose groups keep nothing."""
    return _GROUP.sub("(?:", pattern.replace(r"\s", BLANKS))


def _codes(column: Column, schemas: Schemas) -> Iterator[Constraint]:
    codes = column.constraints.get("enum") or list(schemas.codes(column))
    if not codes:
        return
    said = _not(column.name, f"a code of {column.vocabulary or 'its enum'}")
    if column.many:
        yield Constraint("enum", column.name, said, _foreign_members(column.name, list(codes)))
    else:
        allowed = [_coded(column, code) for code in codes]
        yield _at_sight("enum", column.name, said, ~col(column.name).is_in(allowed))


def _coded(column: Column, code: Any) -> Any:
    """A code as a value of the column's type: vocabularies are written as texts."""
    if column.type in ("integer", "number"):
        return float(code) if column.type == "number" else int(code)
    return date.fromisoformat(code) if column.type == "date" else code


def _foreign_members(name: str, codes: list[str]) -> Callable[[Tables], Frame]:
    return lambda every: _members(every, name).filter(~col(name).is_in(codes))


def _unsound_members(name: str) -> Callable[[Tables], Frame]:
    def breaks(every: Tables) -> Frame:
        members = _members(every, name)
        unfit = members.filter((col(name) == "").fill_null(True) | col(name).str.contains(";", literal=True))
        counted = members.group_by(*PLACE, name).agg(nw.len().alias("times"))
        repeated = counted.filter(col("times") > 1)
        return nw.concat([unfit.select(*PLACE), repeated.select(*PLACE)])

    return breaks


def _members(every: Tables, name: str) -> Frame:
    """The members of the lists of a column, each with the place of its row."""
    given = every.rows.select(*PLACE, name).filter(~col(name).is_null() & (col(name).list.len() > 0))
    return given.explode(name)


def _standing_twice(*names: str) -> Callable[[Tables], Frame]:
    def breaks(every: Tables) -> Frame:
        counted = every.rows.group_by(*names).agg(nw.len().alias("times"))
        return within(every.rows, counted.filter(col("times") > 1), list(names))

    return breaks


def _dangling(name: str, other: str, target: str) -> Callable[[Tables], Frame]:
    def breaks(every: Tables) -> Frame:
        known = every[other].select(col(target).alias(name))
        return without(every.rows.filter(~col(name).is_null()), known, [name])

    return breaks


def _empty(column: Column) -> Callable[[Any], str]:
    return lambda _: f"{column.name} is empty"


def _twice(column: Column) -> Callable[[Any], str]:
    return lambda value: f"{column.name} '{value}' stands twice"


def _not(name: str, wanted: str) -> Callable[[Any], str]:
    def says(value: Any) -> str:
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else f"'{value}'"
        return f"{name} {shown} is not {wanted}"

    return says
