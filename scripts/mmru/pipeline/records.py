"""Turn resolved values into the rows of record tables and of their helper tables."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from mmru.checks.registry import lazy, native
from mmru.checks.times import dated_by_events
from mmru.model import edtf
from mmru.model.claim import text_of
from mmru.model.helper_rows import parse_path
from mmru.model.schema import DOUBTFUL, SCORES, Helper, Schemas, Table
from mmru.pipeline.merge import INPUT_ROW

_CELLS = {
    "field": pl.String,
    "table": pl.String,
    "name": pl.String,
    "sequence": pl.Int64,
    "column": pl.String,
    "object": pl.String,
}


def record_rows(
    table: Table, registered: pl.DataFrame, values: pl.DataFrame, schemas: Schemas
) -> pl.DataFrame:
    """Return the registered rows of a record table with their claimed columns, and the columns that follow.

    `values` are the resolved values of the records of this table.
    """
    key = table.primary_key[0]
    lists = [column.name for column in table.columns if column.kind == "claimed" and column.is_list]
    singles = [column.name for column in table.columns if column.kind == "claimed" and not column.is_list]
    claimed = values.group_by(pl.col("record_id").alias(key)).agg(
        *(_of_field(name).alias(name) for name in lists),
        *(_of_field(name).first().alias(name) for name in singles),
        date_basis=_of_field("date", "basis").first(),
    )
    claimed = claimed.with_columns(pl.when(pl.col(name).list.len() > 0).then(name) for name in lists)
    booleans = (column.name for column in table.columns if column.type == "boolean")
    claimed = claimed.with_columns(pl.col(name) == text_of(True) for name in booleans)
    rows = registered.drop(claimed.columns[1:], strict=False)
    rows = rows.join(claimed, on=key, how="left", maintain_order="left")
    if "date" in singles:
        rows = rows.with_columns(date_bounds(rows["date"]))
    for column, score in SCORES.items():
        if score in table.names:
            codes = schemas.vocabularies[table[column].vocabulary].values()
            scores = {code.code: code.score for code in codes}
            rows = rows.with_columns(_looked_up(column, scores, pl.Float64()).alias(score))
    if "goldstein" in table.names:
        doubtful = schemas.group(table["status"], DOUBTFUL)
        rows = rows.with_columns(pl.when(~pl.col("status").is_in(doubtful)).then("goldstein"))
    return rows


def _of_field(name: str, column: str = "value") -> pl.Expr:
    """Return the cells of a column of `values` that belong to a field."""
    return pl.col(column).filter(pl.col("field") == name)


def _looked_up(column: str, meanings: Mapping[str, object], kind: pl.DataType) -> pl.Expr:
    """Return what each code in a column stands for, or null."""
    known = {code: meaning for code, meaning in meanings.items() if meaning is not None}
    return pl.col(column).replace_strict(known, default=None, return_dtype=kind)


def date_bounds(dates: pl.Series) -> list[pl.Series]:
    """Return the columns `_earliest`, `_latest` and `_precision` of a column of EDTF dates."""
    spans = [None if date is None else edtf.parse(date) for date in dates]
    return [
        pl.Series(f"{dates.name}_{part}", [getattr(span, part, None) for span in spans], kind)
        for part, kind in (("earliest", pl.Date), ("latest", pl.Date), ("precision", pl.String))
    ]


def first_signings(milestones: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
    """Return the date of the first signing of each agreement, its basis and bounds.

    If the signing has no date or a wider one, take that of its event. `values` has the dates of events.
    """
    of_events = values.filter(record_table="events", field="date")
    of_events = of_events.select(event_id="record_id", date="value", date_basis="basis")
    of_events = of_events.with_columns(date_bounds(of_events["date"]))
    signings = milestones.filter(pl.col("milestone") == "signed")
    found = native(dated_by_events(lazy(signings.lazy()), lazy(of_events.lazy())))
    dated = found.select("agreement_id", "sequence", "date_basis", signed="date").drop_nulls("signed")
    ordered = dated.with_columns(date_bounds(dated["signed"]))
    ordered = ordered.sort("signed_latest", "sequence", nulls_last=True)
    return ordered.unique("agreement_id", keep="first").drop("sequence")


def helper_tables(record_table: Table, values: pl.DataFrame, schemas: Schemas) -> dict[str, pl.DataFrame]:
    """Return the rows of each helper table of a record table.

    INPUT_ROW is the claim that each helper row rests on.
    """
    parsed = ((path, parse_path(schemas, record_table.name, path)) for path in values["field"].unique())
    addressed = [(path, cell.table.name, *cell[1:]) for path, cell in parsed if cell]
    cells = values.join(pl.DataFrame(addressed, _CELLS, orient="row"), on="field")
    # a step can be claimed by its name alone, which is then the value
    cells = cells.with_columns(name=pl.when(pl.col("name") == "").then("value").otherwise("name"))
    owner = pl.col("record_id").alias(record_table.primary_key[0])
    return {
        table.name: _helper_rows(table, owner, cells.filter(pl.col("table") == table.name), schemas)
        for table in schemas.helpers(record_table.name)
    }


def _helper_rows(table: Table, owner: pl.Expr, cells: pl.DataFrame, schemas: Schemas) -> pl.DataFrame:
    helper = table.helper
    assert helper
    if helper.has_columns:
        return _rows_with_columns(table, helper, owner, cells)
    codes = schemas.codes(table[helper.key]).values()
    name, row = pl.col("name").alias(helper.key), pl.col("first").alias(INPUT_ROW)
    if helper.style == "member":
        side = _looked_up("name", {code.code: code.side for code in codes}, pl.String())
        return cells.select(owner, name, pl.col("value").alias(helper.value), side.alias("side"), row)
    unit = _looked_up("name", {code.code: code.unit for code in codes}, pl.String())
    figure, quality = (pl.when(pl.col("column") == column).then("value") for column in ("value", "text"))
    counted = pl.when(pl.col("object") != "").then("object")
    ordered = cells.sort("record_id", "name", "object", "value")
    sequence = pl.int_range(1, pl.len() + 1).over("record_id", "name")
    return ordered.select(
        owner,
        name,
        sequence.alias("sequence"),
        figure.cast(pl.Float64).alias("value"),
        unit.alias("unit"),
        pl.coalesce(quality, counted).alias("text"),
        row,
    )


def _rows_with_columns(table: Table, helper: Helper, owner: pl.Expr, cells: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a helper table whose columns are fields of their own."""
    columns = [c for c in table.columns if c.kind == "claimed" and c.name != helper.key]
    values = [(c, pl.col("value").filter(pl.col("column") == c.name)) for c in columns]
    rows = cells.group_by("record_id", "name", "sequence").agg(
        pl.col("first").min().alias(INPUT_ROW),
        *((found if c.is_list else found.first()).alias(c.name) for c, found in values),
        date_basis=pl.col("basis").filter(pl.col("column") == "date").first(),
    )
    name = pl.concat_str("record_id", "name", separator=".") if helper.style == "named" else pl.col("name")
    rows = rows.with_columns(owner, name.alias(helper.key))
    lists = (c.name for c in columns if c.is_list)
    rows = rows.with_columns(pl.when(pl.col(name).list.len() > 0).then(name) for name in lists)
    return rows.with_columns(date_bounds(rows["date"])) if "date" in rows.columns else rows
