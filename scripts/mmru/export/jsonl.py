"""The records as JSON lines, each with all that belongs to it: helper rows, claims, rulings, passages."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pyarrow as pa

from mmru.model.claim import IDENTITY
from mmru.model.schema import Schemas, Table

Row = dict[str, Any]
ADDRESS = ("record_table", "record_id", "field")  # by which claims and rulings name what they are about


def to_jsonl(tables: Mapping[str, pa.Table], schemas: Schemas) -> Iterator[bytes]:
    """One line (UTF-8, LF) for each source, actor, place, event, agreement and reaction, by table and id.

    A line is an object: `record_table`, the columns of the table in the order of its schema, its
    helper rows under the prefix that they have in claims (`actors`, `details`, `milestones`,
    `terms`, `roles`), for sources `passages`; then, for records of which claims are made, `claims`
    and `rulings`, objects whose keys are fields. So `claims` → `actors.visitor` lists all who say
    who visited. What is nested leaves out the columns that its place in the object gives.

    Every key of a table stands in each of its lines: null is an empty cell, as in the tables. Lists
    are arrays, dates ISO 8601 text.
    """
    nested = _Nested(tables, schemas)
    for table in schemas.tables.values():
        if table.label:
            for row in tables[table.name].to_pylist():
                record = {"record_table": table.name, **row, **nested.of(table, row)}
                yield (json.dumps(record, ensure_ascii=False, default=_day) + "\n").encode()


class _Nested:
    """What belongs to each record: rows of helper tables and passages, claims and rulings."""

    def __init__(self, tables: Mapping[str, pa.Table], schemas: Schemas) -> None:
        self._parts = {table.name: list(_parts(table, schemas)) for table in schemas.tables.values()}
        self._rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for owner, parts in self._parts.items():
            for _, part in parts:
                for row in tables[part].to_pylist():
                    key = row.pop(schemas.tables[owner].primary_key[0])
                    self._rows[part, key].append(row)
        self._claims: dict[tuple[str, str], dict[str, list[Row]]] = defaultdict(dict)
        for row in tables["claims"].to_pylist():
            table, record, field = (row.pop(name) for name in ADDRESS)
            self._claims[table, record].setdefault(field, []).append(row)
        self._rulings: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
        for row in tables["rulings"].to_pylist():
            table, record, field = (row.pop(name) for name in ADDRESS)
            self._rulings[table, record][field] = row

    def of(self, table: Table, row: Row) -> Row:
        record = row[table.primary_key[0]]
        made: Row = {name: self._rows.get((part, record), []) for name, part in self._parts[table.name]}
        if table.record:
            claims = self._claims.get((table.name, record), {})
            made["claims"] = {field: claims[field] for field in _in_order(claims, table)}
            made["rulings"] = self._rulings.get((table.name, record), {})
        return made


def _parts(table: Table, schemas: Schemas) -> Iterator[tuple[str, str]]:
    """The tables whose rows belong to a record of this one, each behind the key under which they stand."""
    for part in schemas.helpers(table.name):
        assert part.helper
        yield part.helper.prefix, part.name
    if table.name == "sources":
        yield "passages", "passages"


def _in_order(fields: Mapping[str, Any], table: Table) -> list[str]:
    """The identity first, then the columns as in the schema, then the fields of helper rows."""
    order = [IDENTITY, *table.names]
    return sorted(fields, key=lambda f: (order.index(f) if f in order else len(order), f))


def _day(value: date) -> str:
    return value.isoformat()
