"""How a row of a helper table is addressed as a field of its record, in both directions.

    event_actors   (member)   actors.visitor               one actor of the set
    event_details  (measure)  details.purpose              one text of the set
                              details.ministers            the figure
                              details.delivered.su-30      the figure of an object, which is in `text`
    milestones     (step)     milestones.signed.2.date     a column of the second signing
    actor_roles    (named)    roles.minister.as_of         a column of the role min-aung-hlaing.minister

A step can also be claimed by its name alone: the field is then `milestones` and the value `signed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mmru.model.schema import Helper, Schemas, Table

Row = Mapping[str, Any]


class HelperCell(NamedTuple):
    """A cell of a helper row: `name` is a code, or the slug of a named row; empty for a bare step.

    `object` is what a figure counts, empty where it counts the whole.
    """

    table: Table
    name: str
    sequence: int
    column: str
    object: str = ""


def record_id(table: Table, row: Row) -> str:
    """Return the id of the record that a row belongs to."""
    if table.helper and table.helper.style == "named":
        return str(row[table.helper.key]).partition(".")[0]
    return str(row[table.primary_key[0]])


def row_path(table: Table, row: Row) -> str:
    """Return the field of a helper row, without a column: `actors.visitor`, `milestones.signed.2`.

    Where the row of a measure has a figure, its text is the object.
    """
    helper = table.helper
    assert helper, f"{table.name} is not a helper table"
    name = str(row[helper.key])
    if helper.style == "named":
        name = name.partition(".")[2]
    last = ""
    if helper.style == "step" and row["sequence"] > 1:
        last = f".{row['sequence']}"
    elif helper.style == "measure" and row.get("value") is not None and row.get("text"):
        last = f".{row['text']}"
    return f"{helper.prefix}.{name}{last}"


def cell_path(table: Table, row: Row, column: str) -> str:
    """Return the field of a cell of a record or helper table, as claims name it."""
    if not table.helper:
        return column
    path = row_path(table, row)
    return f"{path}.{column}" if table.helper.has_columns else path


def path_template(helper: Helper) -> str:
    """Return how fields of a helper table are named: `details.<detail>`, `milestones.<step>.<column>`."""
    name = {"step": "step", "named": "name"}.get(helper.style, helper.key)
    return f"{helper.prefix}.<{name}>" + (".<column>" if helper.has_columns else "")


def parse_path(schemas: Schemas, record_table: str, path: str) -> HelperCell | None:
    """Return the cell that a field of a record addresses, or None if it is not a helper field."""
    field = schemas.field(record_table, path)
    if field is None or field.table.helper is None:
        return None
    _, *steps = path.split(".")
    if field.table.helper.has_columns:
        steps = steps[:-1]  # without the column
    name, last = (*steps, "", "")[:2]
    if field.table.helper.style == "measure":
        return HelperCell(field.table, name, 1, field.column.name, last)
    return HelperCell(field.table, name, int(last or 1), field.column.name)
