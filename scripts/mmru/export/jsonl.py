"""The records as JSON lines, each with its helper rows, claims, rulings and passages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pyarrow as pa

from mmru.model.claim import in_order
from mmru.model.schema import Schemas, Table

Row = dict[str, Any]
Key = tuple[str, str]  # a table and the id of a record
ADDRESS = ("record_table", "record_id", "field")  # the columns by which claims and rulings name a cell
LEDGER = "candidates"  # pages that were found are no records


def to_jsonl(tables: Mapping[str, pa.Table], schemas: Schemas) -> Iterator[bytes]:
    """Yield one line (UTF-8, LF) for each source, actor, place, event, agreement and reaction, in order.

    A line is an object: `record_table`; the columns of the table in the order of its schema; its
    helper rows under the prefix that they have in claims (`actors`, `details`, `milestones`,
    `terms`, `roles`); `passages` for sources; and `claims` and `rulings` for records that claims are
    about, objects whose keys are fields. So `claims` → `actors.visitor` lists all claims about who
    visited. Nested rows leave out the columns that their place in the object gives.

    Every line of a table has the same keys: null is an empty cell, as in the tables. Lists are arrays,
    dates ISO 8601 text.
    """
    parts = {table.name: _parts(table, schemas) for table in schemas.tables.values()}
    rows: dict[Key, list[Row]] = defaultdict(list)
    for owner, owned in parts.items():
        for part in owned.values():
            for row in tables[part].to_pylist():
                rows[part, row.pop(schemas.tables[owner].primary_key[0])].append(row)
    claims: dict[Key, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for record, field, row in _addressed(tables["claims"]):
        claims[record][field].append(row)
    rulings: dict[Key, dict[str, Row]] = defaultdict(dict)
    for record, field, row in _addressed(tables["rulings"]):
        rulings[record][field] = row
    for table in schemas.tables.values():
        for row in tables[table.name].to_pylist() if table.label and table.name != LEDGER else ():
            key = row[table.primary_key[0]]
            line = {"record_table": table.name, **row}
            line |= {name: rows[part, key] for name, part in parts[table.name].items()}
            if table.record:
                about = claims[table.name, key]
                line["claims"] = {field: about[field] for field in in_order(about, table.names)}
                line["rulings"] = rulings[table.name, key]
            yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _parts(table: Table, schemas: Schemas) -> dict[str, str]:
    """Return the tables whose rows belong to records of this one, by the key that the rows have in a line."""
    parts = {part.helper.prefix: part.name for part in schemas.helpers(table.name) if part.helper}
    return parts | ({"passages": "passages"} if table.name == "sources" else {})


def _addressed(table: pa.Table) -> Iterator[tuple[Key, str, Row]]:
    """Yield the record and the field that each row is about, and the rest of the row."""
    for row in table.to_pylist():
        record_table, record_id, field = (row.pop(name) for name in ADDRESS)
        yield (record_table, record_id), field, row
