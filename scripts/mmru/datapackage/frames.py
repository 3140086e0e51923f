"""A table of a release as a DataFrame, of the types that its schema declares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from mmru.datapackage.installed import Release, known
from mmru.errors import Unknown
from mmru.io.arrow import memory
from mmru.io.tables import from_csv
from mmru.model.schema import Column, Table

SOURCES = ("parquet", "csv")
TEXT = pd.StringDtype(na_value=np.nan)  # what pandas 3 takes for texts by itself
NULLABLE = {"string": TEXT, "integer": pd.Int64Dtype(), "boolean": pd.BooleanDtype()}


def read(release: Release, table: Table, columns: Sequence[str], source: str) -> pa.Table:
    """At least these columns of a table in Arrow, the same from Parquet and CSV. Raises Damaged."""
    content = memory(release.content(f"data/{table.name}.{source}"))
    if source == "parquet":
        return parquet.ParquetFile(content).read(columns=columns)
    return from_csv(content, table)


def rows_of(release: Release, table: Table, ids: Iterable[str], rows: pa.Table) -> pa.Table:
    """The rows of records, in the order in which they are asked for; those of retired ids instead of them.

    Raises Unknown where there is no such record, or it was withdrawn.
    """
    column = id_column(table)
    redirected = table.name != "redirects"
    wanted = list(dict.fromkeys(release.current(i) if redirected else i for i in ids))
    found = set(rows[column].to_pylist())
    if not found.issuperset(wanted):
        found |= _ids(release, table, column)
        for record in wanted:
            if record not in found and (other := release.records.get(record)):
                hint = f"mmru.claims_for('{record}') gives its claims" if table.name == "claims" else ""
                said = f"'{record}' is one of {other}, not an id in {table.name}.{column}"
                raise Unknown(f"{said}; {hint}" if hint else said)
            known("record", record, sorted(found), of=table.name)
    place = pc.index_in(rows[column], pa.array(wanted, pa.string())).fill_null(-1).to_numpy()
    order = np.argsort(place, kind="stable")
    return rows.take(order[place[order] >= 0])


def id_column(table: Table) -> str:
    """The column by whose ids rows are asked for: the first of the key that holds ids."""
    return next((name for name in table.primary_key if name.endswith("_id")), table.primary_key[0])


def _ids(release: Release, table: Table, column: str) -> set[str]:
    """The ids that a record may have which has no row in a table, such as an event without details."""
    if target := table.target(column):
        return set(release.ids(target))
    return set(release.records) if column == "record_id" else set()


def frame(table: Table, names: Iterable[str], rows: pa.Table) -> pd.DataFrame:
    """Columns of a table as a DataFrame; the docstring of mmru.load says which type each of them gets."""
    columns = {name: _values(table[name], rows[name]) for name in names}
    return pd.DataFrame(columns, index=pd.RangeIndex(rows.num_rows), copy=False)


def _values(column: Column, cells: pa.ChunkedArray) -> object:
    """The cells of a column as an array of pandas or numpy."""
    codes = column.constraints.get("enum")
    if codes and column.type == "string":
        dtype, listed = _categories(tuple(codes))
        places = pc.index_in(cells, listed).fill_null(-1).to_numpy()
        return pd.Categorical.from_codes(places, dtype=dtype, validate=False)
    if column.type == "date":
        return cells.cast(pa.timestamp("us")).to_numpy()
    if column.type == "number":
        return cells.to_numpy()
    if column.is_list:
        return np.fromiter(cells.to_pylist(), dtype=object, count=len(cells))
    return NULLABLE[column.type].__from_arrow__(cells)


@cache
def _categories(codes: tuple[str, ...]) -> tuple[pd.CategoricalDtype, pa.Array]:
    """The codes of an enum, in its order, for pandas and for Arrow."""
    return pd.CategoricalDtype(pd.Index(codes, dtype=TEXT)), pa.array(codes, pa.string())
