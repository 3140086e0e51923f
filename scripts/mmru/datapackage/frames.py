"""Rows of a package as a DataFrame, of the types that their schema declares."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mmru.datapackage.package import Package
from mmru.errors import Unknown, check_name
from mmru.model.schema import Column, Table

TEXT = pd.StringDtype(na_value=np.nan)  # the type that pandas 3 uses for texts
NULLABLE = {"string": TEXT, "integer": pd.Int64Dtype(), "boolean": pd.BooleanDtype()}


class Members(list[str]):
    """The members of a list cell; its text is that of the CSV files, as `to_csv` writes it."""

    def __str__(self) -> str:
        return ";".join(self)


def rows_of_records(package: Package, table: Table, ids: Iterable[str], rows: pa.Table) -> pa.Table:
    """Return the rows of records in the order of their ids; a retired id stands for its redirect.

    Raise Unknown if there is no such record, or it was withdrawn.
    """
    column = id_column(table)
    redirected = table.name != "redirects"
    wanted = list(dict.fromkeys(package.current(i) if redirected else i for i in ids))
    found = set(rows[column].to_pylist())
    if not found.issuperset(wanted):
        found |= _possible_ids(package, table, column)
        for record in wanted:
            if record not in found and (other := package.records.get(record)):
                hint = f"mmru.claims_for('{record}') gives its claims" if table.name == "claims" else ""
                message = f"'{record}' is one of {other}, not an id in {table.name}.{column}"
                raise Unknown(f"{message}; {hint}" if hint else message)
            check_name("record", record, sorted(found), of=table.name)
    place = pc.index_in(rows[column], pa.array(wanted, pa.string())).fill_null(-1).to_numpy()
    order = np.argsort(place, kind="stable")
    return rows.take(order[place[order] >= 0])


def id_column(table: Table) -> str:
    """Return the column by whose ids rows are selected: the first of the key that holds ids."""
    return next((name for name in table.primary_key if name.endswith("_id")), table.primary_key[0])


def _possible_ids(package: Package, table: Table, column: str) -> set[str]:
    """Return the ids of records that need not have a row in a table, such as an event without details."""
    if target := table.target(column):
        return set(package.ids(target))
    return set(package.records) if column == "record_id" else set()


def frame(table: Table, names: Iterable[str], rows: pa.Table) -> pd.DataFrame:
    """Return columns of a table as a DataFrame, of the types that the docstring of mmru.load lists."""
    columns = {name: _values(table[name], rows[name]) for name in names}
    return pd.DataFrame(columns, index=pd.RangeIndex(rows.num_rows), copy=False)


def _values(column: Column, cells: pa.ChunkedArray) -> object:
    """Return the cells of a column as an array of pandas or numpy."""
    codes = column.constraints.get("enum")
    if codes and column.type == "string":
        dtype, listed = _categories(tuple(codes), column.ordered)
        places = pc.index_in(cells, listed).fill_null(-1).to_numpy()
        return pd.Categorical.from_codes(places, dtype=dtype, validate=False)
    if column.type == "date":
        return cells.cast(pa.timestamp("us")).to_numpy()
    if column.type == "number":
        return cells.to_numpy()
    if column.is_list:
        members = (cell and Members(cell) for cell in cells.to_pylist())
        return np.fromiter(members, dtype=object, count=len(cells))
    return NULLABLE[column.type].__from_arrow__(cells)


@cache
def _categories(codes: tuple[str, ...], ordered: bool) -> tuple[pd.CategoricalDtype, pa.Array]:
    """Return the codes of an enum, in its order, for pandas and for Arrow."""
    return pd.CategoricalDtype(pd.Index(codes, dtype=TEXT), ordered=ordered), pa.array(codes, pa.string())
