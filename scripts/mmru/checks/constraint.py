"""The constraints of Table Schema, its keys among them, as tests that every engine can run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import narwhals as nw
from narwhals import col

from mmru.checks.engine import PLACE, Frame
from mmru.checks.registry import Tables, within
from mmru.model.schema import Column, Schemas, Table

# every blank that Python's `\s` knows: in the dialects of the engines, `\s` is fewer of them
BLANKS = "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_GROUP = re.compile(r"(?<!\\)\((?!\?)")


@dataclass(frozen=True)
class Sight:
    """How it is told at the sight of a value that it breaks a constraint.

    `broken` takes one column or many; it does the same where `alike` is the same.
    """

    alike: Hashable
    broken: Callable[[nw.Expr], nw.Expr] = field(compare=False)


@dataclass(frozen=True)
class Constraint:
    """A constraint on a column, or on the columns of the key (`column` is empty).

    `kind` is its name in Table Schema. `breaks` gives the rows that break it; where rows need not be
    held against others for that, `sight` tells which they are. `says` tells of the value that breaks
    it what is wrong.
    """

    kind: str
    column: str
    says: Callable[[Any], str]
    breaks: Callable[[Tables], Frame]
    sight: Sight | None = None

    def message(self, row: Mapping[str, Any]) -> str:
        """What is wrong with a row that breaks it."""
        return self.says(row.get(self.column))


def _at_sight(
    kind: str, column: str, says: Callable[[Any], str], limit: Hashable, broken: Callable[[nw.Expr], nw.Expr]
) -> Constraint:
    """A constraint that each row keeps or breaks by itself; `limit` is all that `broken` depends on."""
    sight = Sight((kind, limit), broken)
    return Constraint(kind, column, says, lambda every: every.rows.filter(broken(col(column))), sight)


def constraints(table: Table, schemas: Schemas, end: str) -> Iterator[Constraint]:
    """All constraints of a table; `end` is how the engine's regular expressions say that a text ends."""
    for column in table.columns:
        if column.required or column.name in table.primary_key:
            yield _at_sight("required", column.name, _empty(column), None, lambda value: value.is_null())
        yield from _limits(column)
        yield from _texts(column, end)
        yield from _codes(column, schemas)
        if column.constraints.get("unique"):
            yield Constraint("unique", column.name, _twice(column), _standing_twice(column.name))
    for name, other, target in table.foreign_keys:
        yield Constraint("foreignKey", name, _not(name, f"an id of {target}"), _dangling(name, other, target))
    yield Constraint("primaryKey", "", lambda _: "its key stands twice", _standing_twice(*table.primary_key))


def _limits(column: Column) -> Iterator[Constraint]:
    limits = column.constraints
    if "minimum" in limits:
        least = _limit(column, limits["minimum"])
        said = _not(column.name, f"at least {least}")
        yield _at_sight("minimum", column.name, said, *_number(column, least, lambda v: v < nw.lit(least)))
    if "maximum" in limits:
        most = _limit(column, limits["maximum"])
        said = _not(column.name, f"at most {most}")
        yield _at_sight("maximum", column.name, said, *_number(column, most, lambda v: v > nw.lit(most)))


def _number(
    column: Column, limit: Any, beyond: Callable[[nw.Expr], nw.Expr]
) -> tuple[Hashable, Callable[[nw.Expr], nw.Expr]]:
    """How numbers beyond a limit are told, and on what that depends."""
    if column.type != "number":
        return limit, beyond
    # what is not a number is within no limit; engines differ on how it compares. Two tests of one value
    # are put together for one column only
    return (column.name, limit), lambda value: beyond(value) | value.is_nan()


def _limit(column: Column, written: Any) -> Any:
    """A limit as a value of the column's type: JSON has no dates."""
    return date.fromisoformat(written) if column.type == "date" else written


def _texts(column: Column, end: str) -> Iterator[Constraint]:
    limits, many = column.constraints, column.is_list
    # an empty text would be written as an empty cell, which stands for null
    least = limits.get("minLength", 1 if column.type == "string" else 0)
    if least:
        said = _not(column.name, f"at least {least} characters long")
        yield _at_sight("minLength", column.name, said, (many, least), _shorter(many, least))
    if "pattern" in limits:
        whole = f"^(?:{_plain(limits['pattern'])}){end}"
        said = _not(column.name, f"of the form {limits['pattern']}")
        yield _at_sight("pattern", column.name, said, whole, lambda value: ~value.str.contains(whole))
    if many:
        said = _not(column.name, "distinct members that are not empty and hold no ';'")
        yield Constraint("list", column.name, said, _unsound_members(column.name))


def _shorter(many: bool, least: int) -> Callable[[nw.Expr], nw.Expr]:
    if many:
        return lambda value: value.list.len() < least
    return lambda value: value == "" if least == 1 else value.str.len_chars() < least


def _plain(pattern: str) -> str:
    """A pattern whose blanks are Python's, and whose groups keep nothing."""
    return _GROUP.sub("(?:", pattern.replace(r"\s", BLANKS))


def _codes(column: Column, schemas: Schemas) -> Iterator[Constraint]:
    codes = column.constraints.get("enum") or list(schemas.codes(column))
    if not codes:
        return
    said = _not(column.name, f"a code of {column.vocabulary or 'its enum'}")
    if column.is_list:
        yield Constraint("enum", column.name, said, _foreign_members(column.name, list(codes)))
    else:
        allowed = tuple(_coded(column, code) for code in codes)
        yield _at_sight("enum", column.name, said, allowed, lambda value: ~value.is_in(allowed))


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
        repeated = _repeated(members, *PLACE, name)
        return nw.concat([unfit.select(*PLACE), repeated.select(*PLACE)])

    return breaks


def _members(every: Tables, name: str) -> Frame:
    """The members of the lists of a column, each with the place of its row."""
    given = every.rows.select(*PLACE, name).filter(~col(name).is_null() & (col(name).list.len() > 0))
    return given.explode(name)


def _standing_twice(*names: str) -> Callable[[Tables], Frame]:
    def breaks(every: Tables) -> Frame:
        # equal keys have equal numbers, which are counted sooner; of the few rows found so, the keys are
        rows = every.engine.keyed(every.rows, "number", names)
        few = within(rows, _repeated(rows, "number"), ["number"])
        return within(few, _repeated(few, *names), list(names))

    return breaks


def _repeated(rows: Frame, *names: str) -> Frame:
    counted = rows.group_by(*names).agg(nw.len().alias("times"))
    return counted.filter(col("times") > 1)


def _dangling(name: str, other: str, target: str) -> Callable[[Tables], Frame]:
    def breaks(every: Tables) -> Frame:
        given = every.rows.filter(~col(name).is_null())
        return given.join(every[other], left_on=name, right_on=target, how="anti")

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
