"""csv-metadata.json: the CSV files in the vocabulary of CSV on the Web, which lies beside them.

Source: https://www.w3.org/TR/2015/REC-tabular-metadata-20151217/.
"""

from __future__ import annotations

import re
from typing import Any

from mmru.export.facts import About, whole_description, without_empty
from mmru.model.schema import Column, Schemas, Table

DATA_TYPES = {"number": "double", "list": "string"}  # all others have the same name here


def csvw(about: About, schemas: Schemas) -> dict[str, Any]:
    """Return the content of csv-metadata.json: every table with its columns and keys."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": about["title"],
        "dc:description": whole_description(about),
        "dc:license": {"@id": about["licenses"][0]["path"]},
        "schema:version": about["version"],
        "tables": [_table(table) for table in schemas.tables.values()],
    }


def _table(table: Table) -> dict[str, Any]:
    """Return a table. A reference must have a value in CSVW, so that optional ones are not listed."""
    keys = [key for key in table.foreign_keys if table[key[0]].required]
    schema = {
        "columns": [_column(column) for column in table.columns],
        "primaryKey": list(table.primary_key),
        "foreignKeys": [
            {
                "columnReference": [column],
                "reference": {"resource": f"{target}.csv", "columnReference": [key]},
            }
            for column, target, key in keys
        ],
    }
    return {
        "url": f"{table.name}.csv",
        "dc:title": table.title,
        "dc:description": table.description,
        "tableSchema": without_empty(schema),
    }


def _column(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:title": column.title,
        "dc:description": column.description,
        "datatype": without_empty({"base": DATA_TYPES.get(column.type, column.type), **_limits(column)}),
        "required": column.required,
    }
    return described | ({"separator": ";"} if column.is_list else {})


def _limits(column: Column) -> dict[str, Any]:
    """Return the constraints of a column that CSVW can express; a list of codes is a pattern."""
    limits = column.constraints
    codes = column.type in ("string", "list") and limits.get("enum")
    pattern = "|".join(map(re.escape, codes)) if codes else limits.get("pattern")
    return {
        "format": pattern,
        **{name: limits.get(name) for name in ("minimum", "maximum", "minLength", "maxLength")},
    }
