"""Build pandera schemas from Table Schema: types, required cells, constraints and keys of a table.

The error text of a check follows the column and the value in a message: `title 'x' is not …`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandera.polars as pa
import polars as pl

from mmru.model.schema import Column, Schemas, Table

if TYPE_CHECKING:
    import pandera.pandas

# every blank that `\s` matches in Python; in the regular expressions of polars and Arrow it matches fewer
BLANKS = "\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
POLARS_TYPES: Mapping[str, Any] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "list": pl.List(pl.String()),
}
References = Callable[[str, str], Collection[str]]  # the values of a column of another table


@dataclass(frozen=True)
class Dialect:
    """How the values of one kind of data frame are compared: dates, and the end of a text in a pattern."""

    day: type[date]
    text_end: str


POLARS = Dialect(date, "$")
PANDAS = Dialect(datetime, r"\Z")


def polars_schema(
    table: Table, schemas: Schemas, references: References, rules: Sequence[pa.Check] = ()
) -> pa.DataFrameSchema:
    """Return the schema of a table as a polars DataFrame; `rules` are checks of the whole frame."""
    columns = {
        column.name: pa.Column(
            POLARS_TYPES[column.type],
            list(column_checks(column, schemas, POLARS)),
            nullable=not is_required(table, column),
        )
        for column in table.columns
    }
    for name, other, key in table.foreign_keys:
        columns[name].checks.append(_reference(key, references(other, key)))
    return pa.DataFrameSchema(
        columns, list(rules), name=table.name, unique=list(table.primary_key), strict=True, ordered=True
    )


def pandas_schema(
    table: Table, schemas: Schemas, references: References | None = None
) -> pandera.pandas.DataFrameSchema:
    """Return the schema of a table as `mmru.load` returns it; ids are checked only with `references`."""
    import pandera.pandas as pandas_api

    columns = {
        column.name: pandas_api.Column(
            _pandas_type(column),
            list(column_checks(column, schemas, PANDAS)),
            nullable=not is_required(table, column),
            title=column.title,
            description=column.description,
        )
        for column in table.columns
    }
    if references:
        for name, other, key in table.foreign_keys:
            columns[name].checks.append(_reference(key, references(other, key)))
    return pandas_api.DataFrameSchema(
        columns,
        name=table.name,
        title=table.title,
        description=table.description,
        unique=list(table.primary_key),
        strict=True,
        ordered=True,
    )


def is_required(table: Table, column: Column) -> bool:
    """Return whether a column may have no empty cell."""
    return column.required or column.name in table.primary_key


def column_checks(column: Column, schemas: Schemas, dialect: Dialect) -> Iterator[pa.Check]:
    """Return the checks of a column alone; one that another implies is left out."""
    if column.constraints.get("unique"):
        # unlike pandera's own `unique`, it lets any number of cells be empty
        yield pa.Check(_is_distinct, name="unique", error="is used twice")
    codes = _codes(column, schemas, dialect)
    if column.is_list:
        yield from _list_checks(column, codes)
    elif codes:
        yield pa.Check.isin(codes, error=f"is not a code of {column.vocabulary or 'its enum'}")
    elif column.type == "string":
        yield from _text_checks(column, dialect)
    else:
        yield from _limit_checks(column, dialect)


def _codes(column: Column, schemas: Schemas, dialect: Dialect) -> list[Any]:
    """Return the codes that a column allows, as values of its type."""
    codes = column.constraints.get("enum") or list(schemas.codes(column))
    types: dict[str, Callable[[Any], Any]] = {"integer": int, "number": float, "string": str, "list": str}
    return [{**types, "date": dialect.day.fromisoformat}[column.type](code) for code in codes]


def _list_checks(column: Column, codes: list[Any]) -> Iterator[pa.Check]:
    error = "must have distinct members, none empty or with ';'"
    yield pa.Check(_has_valid_members, name="list", error=error)
    if codes:
        error = f"is not a code of {column.vocabulary or 'its enum'}"
        yield pa.Check(_has_members_in, name="enum", error=error, codes=codes)
    if least := column.constraints.get("minLength"):
        error = f"is not at least {least} characters long"
        yield pa.Check(_has_length, name="minLength", error=error, least=least)


def _text_checks(column: Column, dialect: Dialect) -> Iterator[pa.Check]:
    # an empty text would be written as an empty cell, which means null
    least, pattern = column.constraints.get("minLength", 1), column.constraints.get("pattern")
    if least > 1 or pattern is None or re.fullmatch(pattern, ""):
        yield pa.Check.str_length(min_value=least, error=f"is not at least {least} characters long")
    if pattern is not None:
        whole = f"^(?:{pattern.replace(chr(92) + 's', BLANKS)}){dialect.text_end}"
        yield pa.Check.str_matches(whole, error=f"is not of the form {pattern}")


def _limit_checks(column: Column, dialect: Dialect) -> Iterator[pa.Check]:
    limits = column.constraints
    parse = dialect.day.fromisoformat if column.type == "date" else lambda limit: limit
    if "minimum" in limits:
        least, error = parse(limits["minimum"]), f"is not at least {limits['minimum']}"
        if column.type == "number":
            # NaN breaks any limit; polars sorts it above infinity
            yield pa.Check.in_range(least, math.inf, error=error)
        else:
            yield pa.Check.ge(least, error=error)
    if "maximum" in limits:
        yield pa.Check.le(parse(limits["maximum"]), error=f"is not at most {limits['maximum']}")


def _is_distinct(data: Any) -> Any:
    if isinstance(data, pa.PolarsData):
        cell = pl.col(data.key)
        return data.lazyframe.select(cell.is_null() | cell.is_unique())
    return ~data.duplicated(keep=False)


def _has_valid_members(data: Any) -> Any:
    if isinstance(data, pa.PolarsData):
        cell, member = pl.col(data.key).list, pl.element()
        valid = cell.eval((member != "").fill_null(False) & ~member.str.contains(";", literal=True))
        return data.lazyframe.select(valid.list.all() & (cell.n_unique() == cell.len()))
    return data.map(
        lambda cell: len(set(cell)) == len(cell) and all(member and ";" not in member for member in cell)
    )


def _has_members_in(data: Any, codes: list[Any]) -> Any:
    if isinstance(data, pa.PolarsData):
        return data.lazyframe.select(pl.col(data.key).list.eval(pl.element().is_in(codes)).list.all())
    return data.map(set(codes).issuperset)


def _has_length(data: Any, least: int) -> Any:
    if isinstance(data, pa.PolarsData):
        return data.lazyframe.select(pl.col(data.key).list.len() >= least)
    return data.map(len) >= least


def _reference(key: str, ids: Collection[str]) -> pa.Check:
    """Return a check that a cell is one of the ids of another table, or empty."""
    known = pl.Series(ids, dtype=pl.String)

    def is_known(data: Any) -> Any:
        if isinstance(data, pa.PolarsData):
            return data.lazyframe.select(pl.col(data.key).is_in(known.implode()))
        return data.isin(known.to_list())

    return pa.Check(is_known, name="foreignKey", error=f"is not an id of {key}")


def _pandas_type(column: Column) -> Any:
    """Return the type of a column of `mmru.load`."""
    import numpy as np
    import pandas as pd

    text = pd.StringDtype(na_value=np.nan)
    if (codes := column.constraints.get("enum")) and column.type == "string":
        return pd.CategoricalDtype(pd.Index(codes, dtype=text), ordered=column.ordered)
    types = {
        "string": text,
        "integer": pd.Int64Dtype(),
        "number": "float64",
        "boolean": pd.BooleanDtype(),
        "date": "datetime64[us]",
        "list": object,
    }
    return types[column.type]
