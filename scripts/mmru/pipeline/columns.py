"""Step 5a: the columns of records, and the rows of their helper tables, from the values that stand.

All is done by column. A record table has a row for each registered record, into which the values of its
fields are put; a helper table has a row for each value, or for each step or role of which values tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mmru.io.arrow import TYPES, Numbers, codes, firsts, ranks, together
from mmru.model import edtf
from mmru.model.schema import Helper, Schemas, Table

Columns = dict[str, pa.Array]


@dataclass(frozen=True)
class Told:
    """What is told of the records of one table.

    `values` has the columns of merge.VALUES, `record` gives for each value the row of its record among
    those registered, and `paths` has the rows of each field. Of one record they are in order.
    """

    values: pa.Table
    record: Numbers
    paths: Mapping[str, Numbers]

    @classmethod
    def of(cls, values: pa.Table, table: Table, ids: pa.Array) -> Told:
        """What values tell of the records of a table, of which these are the ids."""
        own = values.filter(pc.equal(values["record_table"], table.name)).combine_chunks()
        record = pc.index_in(own["record_id"], value_set=ids).to_numpy()
        fields = codes(own["field"])
        names = own["field"].take(pa.array(firsts(fields))).to_pylist()
        return cls(own, record, dict(zip(names, together(fields))))

    def under(self, prefix: str) -> dict[str, Numbers]:
        """The rows of each field with that prefix, by what follows it in its name."""
        parts = {path: path.partition(".") for path in self.paths}
        return {rest: self.paths[path] for path, (first, _, rest) in parts.items() if first == prefix}

    def cells(self, name: str, rows: Numbers) -> pa.Array:
        """The cells of a column of `values` in some rows, empty where the row is -1."""
        return self.values[name].combine_chunks().take(pa.array(rows, mask=rows < 0))


def record_columns(
    table: Table, registered: Columns, told: Told, counts: pa.Table, schemas: Schemas
) -> Columns:
    """The columns of a record table: what is registered, what is claimed, and what is derived of both.

    `counts` has a row for each record of which claims speak, of this table and others, with its id and
    how many sources, origins and claims these are.
    """
    ids = registered[table.primary_key[0]]
    columns = dict(registered)
    for path, rows in told.paths.items():
        field = schemas.field(table.name, path)
        if not field or field.table is not table:
            continue
        at = _put(rows, told.record[rows], len(ids))
        texts = told.cells("value", at)
        columns[path] = (
            _lists(told, rows, len(ids)) if field.is_list else texts.cast(TYPES[field.column.type])
        )
        if path == "date":
            columns |= {"date_basis": told.cells("basis", at), **meant("date", texts)}
    own = counts.filter(pc.equal(counts["record_table"], table.name)).combine_chunks()
    spoken = pc.index_in(ids, value_set=own["record_id"])
    columns |= {name: own[name].take(spoken) for name in ("source_count", "origin_count", "claim_count")}
    return columns | _scores(table, columns, schemas)


def _scores(table: Table, columns: Columns, schemas: Schemas) -> Columns:
    """The scores of codes that a table gives in columns of their own."""
    found = {}
    for name, coded in (("goldstein", "cameo_code"), ("stance_score", "stance")):
        if name in table.names:
            known = schemas.vocabularies[table[coded].vocabulary]
            place = pc.index_in(columns[coded], value_set=pa.array(list(known), pa.string()))
            scores = pa.array([code.score for code in known.values()], pa.float64())
            found[name] = scores.take(place).cast(TYPES[table[name].type])
    return found


def _put(values: Numbers, places: Numbers, size: int) -> Numbers:
    """As many numbers as asked for: the values at their places, and -1 at all others."""
    found = np.full(size, -1, np.int64)
    found[places] = values
    return found


def _lists(told: Told, rows: Numbers, size: int) -> pa.Array:
    """For each of so many records the list of its values, or null."""
    record = told.record[rows]
    many = np.bincount(record, minlength=size)
    offsets = np.concatenate([[0], np.cumsum(many)]).astype(np.int32)
    texts = told.cells("value", rows[np.argsort(record, kind="stable")])
    return pa.ListArray.from_arrays(pa.array(offsets), texts, mask=pa.array(many == 0))


def meant(name: str, texts: pa.Array) -> Columns:
    """What dates in EDTF mean: the columns `<name>_earliest`, `<name>_latest` and `<name>_precision`."""
    known = texts.dictionary_encode()
    spans = [edtf.parse(text) for text in known.dictionary.to_pylist()]
    return {
        f"{name}_earliest": pa.array([s.earliest for s in spans], pa.date32()).take(known.indices),
        f"{name}_latest": pa.array([s.latest for s in spans], pa.date32()).take(known.indices),
        f"{name}_precision": pa.array([s.precision for s in spans], pa.string()).take(known.indices),
    }


def signing(milestones: pa.Table, ids: pa.Array) -> Columns:
    """When each of the agreements of these ids was first signed, and what that rests on."""
    signed = milestones.filter((pc.field("milestone") == "signed") & pc.field("date").is_valid())
    signed = signed.sort_by([("date_latest", "ascending"), ("sequence", "ascending")])
    # the first of each that is found is the earliest
    first = pc.index_in(ids, value_set=signed["agreement_id"].combine_chunks())
    date, basis = (signed[name].combine_chunks().take(first) for name in ("date", "date_basis"))
    return {"signed": date, "date_basis": basis, **meant("signed", date)}


def helper_columns(table: Table, owner: str, told: Told, schemas: Schemas) -> tuple[Columns, Numbers]:
    """The columns of a helper table, and for each row that of the claim on which it rests.

    `owner` is the column with the id of the record that a row is of.
    """
    assert table.helper
    if table.helper.style == "member":
        columns, rows = _members(table, table.helper, told, schemas)
    elif table.helper.style == "measure":
        columns, rows = _measures(table, table.helper, told, schemas)
    else:
        return _attributed(table, table.helper, owner, told)
    return {owner: told.cells("record_id", rows), **columns}, told.cells("first", rows).to_numpy()


def _members(table: Table, helper: Helper, told: Told, schemas: Schemas) -> tuple[Columns, Numbers]:
    """A row for each member, and the row of its value."""
    paths = told.under(helper.prefix)
    rows, path = _spread(list(paths.values()))
    sides = [schemas.codes(table[helper.key])[code].side for code in paths]
    columns = {
        helper.key: pa.array(list(paths), pa.string()).take(pa.array(path)),
        helper.value: told.cells("value", rows),
        "side": pa.array(sides, pa.string()).take(pa.array(path)),
    }
    return columns, rows


def _measures(table: Table, helper: Helper, told: Told, schemas: Schemas) -> tuple[Columns, Numbers]:
    """A row for each figure, or text without a unit, numbered from the least; and the row of its value."""
    paths = told.under(helper.prefix)
    rows, path = _spread(list(paths.values()))
    units = pa.array([schemas.codes(table[helper.key])[code].unit for code in paths], pa.string())
    texts, unit = told.cells("value", rows), units.take(pa.array(path))
    is_figure = pc.is_valid(unit)
    figures = pc.if_else(is_figure, texts, pa.scalar(None, pa.string())).cast(pa.float64())
    order = np.lexsort((ranks(texts), figures.fill_null(0.0).to_numpy(), path, told.record[rows]))
    measured = codes(told.record[rows][order], path[order])
    columns = {
        helper.key: pa.array(list(paths), pa.string()).take(pa.array(path)),
        "unit": unit,
        "value": figures,
        "text": pc.if_else(is_figure, pa.scalar(None, pa.string()), texts),
    }
    ordered = {name: cells.take(pa.array(order)) for name, cells in columns.items()}
    sequence = np.arange(1, len(order) + 1) - firsts(measured)[measured]
    return {**ordered, "sequence": pa.array(sequence)}, rows[order]


def _spread(parts: list[Numbers]) -> tuple[Numbers, Numbers]:
    """The numbers of all parts, and for each of them the number of its part."""
    of_part = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.concatenate([np.empty(0, np.int64), *parts]), of_part


def _attributed(table: Table, helper: Helper, owner: str, told: Told) -> tuple[Columns, Numbers]:
    """Rows whose columns are fields of their own: steps of an agreement, roles of an actor."""
    paths = {_step(rest): rows for rest, rows in told.under(helper.prefix).items()}
    rows, path = _spread(list(paths.values()))
    names = pa.array([name for name, _, _ in paths], pa.string()).take(pa.array(path))
    names = pc.coalesce(names, told.cells("value", rows))
    sequence = np.array([number for _, number, _ in paths], np.int64)[path]
    row = codes(told.record[rows], codes(names), sequence)
    one = firsts(row)
    record, name = told.cells("record_id", rows[one]), names.take(pa.array(one))
    columns: Columns = {owner: record, helper.key: name, "sequence": pa.array(sequence[one])}
    if helper.style == "named":
        columns[helper.key] = pc.binary_join_element_wise(record, name, ".")
    of_column = np.array([column for _, _, column in paths])[path]
    for column in dict.fromkeys(column for _, _, column in paths if column):
        told_of = of_column == column
        at = _put(rows[told_of], row[told_of], len(one))
        columns[column] = told.cells("value", at).cast(TYPES[table[column].type])
        if column == "date":
            columns |= {"date_basis": told.cells("basis", at), **meant("date", columns["date"])}
    return columns, told.cells("first", rows[one]).to_numpy()


def _step(rest: str) -> tuple[str | None, int, str | None]:
    """The name, number and column of which a field tells that has this behind its prefix.

    Of `signed.2.date` they are `signed`, 2 and `date`; a field without more gives names as its values.
    """
    if not rest:
        return None, 1, None
    name, *number, column = rest.split(".")
    return name, int(number[0]) if number else 1, column
