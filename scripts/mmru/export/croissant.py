"""The tables in the words of Croissant 1.1: a set of records each, and one for each vocabulary.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmru.model.schema import Column, Schemas, Table

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
# every term that is not schema.org's own, as appendix 1 of the specification lists them
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{
        term: f"cr:{term}"
        for term in (
            *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field"),
            *("fileObject", "fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset"),
            *("jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex"),
            *("repeated", "replace", "samplingRate", "separator", "source", "subField", "transform"),
        )
    },
}
DATA_TYPES = {
    "string": "sc:Text",
    "integer": "cr:Int64",
    "number": "cr:Float64",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "list": "sc:Text",
}


def record_sets(schemas: Schemas) -> list[dict[str, Any]]:
    """Every table, read from its Parquet file, and every vocabulary that a column takes codes from."""
    used = {c.vocabulary: c for t in schemas.tables.values() for c in t.columns if c.vocabulary}
    listed = [_enumeration(name, used[name], schemas) for name in schemas.vocabularies if name in used]
    return [*(_records(table, schemas) for table in schemas.tables.values()), *listed]


def _records(table: Table, schemas: Schemas) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.primary_key],
        "field": [_field(table, column, schemas) for column in table.columns],
    }


def _field(table: Table, column: Column, schemas: Schemas) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": column.description,
        "dataType": DATA_TYPES[column.type],
        "source": _column(table.name, column.name),
    }
    if column.is_list:
        field |= {"isArray": True, "arrayShape": "-1"}
    if column.vocabulary:
        field["inDefinedTermSet"] = _enumerated(column.vocabulary)
    target = table.target(column.name)
    # By file and column, as sources are: mlcroissant 1.1 stops at the bare id that the specification
    # shows, cannot load a set of records that refers to another one, and cannot join lists.
    if target and not column.is_list:
        field["references"] = _column(target, schemas.tables[target].primary_key[0])
    return field


def _column(table: str, column: str) -> dict[str, Any]:
    return {"fileObject": {"@id": f"data/{table}.parquet"}, "extract": {"column": column}}


def _enumerated(vocabulary: str) -> str:
    return f"vocabulary/{vocabulary}"


def _enumeration(vocabulary: str, column: Column, schemas: Schemas) -> dict[str, Any]:
    """The codes of a vocabulary, of the type that a column gives them."""
    name = _enumerated(vocabulary)
    types = {
        "code": DATA_TYPES[column.type],
        "name": DATA_TYPES["string"],
        "description": DATA_TYPES["string"],
    }
    number = column.type == "integer"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": vocabulary,
        "dataType": "sc:Enumeration",
        "key": {"@id": f"{name}/code"},
        "field": [
            {"@type": "cr:Field", "@id": f"{name}/{field}", "name": field, "dataType": kind}
            for field, kind in types.items()
        ],
        "data": [
            {
                f"{name}/code": int(code.code) if number else code.code,
                f"{name}/name": code.label,
                f"{name}/description": code.definition,
            }
            for code in schemas.vocabularies[vocabulary].values()
        ],
    }


def encoding(resource: Mapping[str, Any]) -> str | list[str]:
    """The media type; readers of Croissant know Parquet by the name it had before it was registered."""
    parquet = resource["format"] == "parquet"
    return [resource["mediatype"], "application/x-parquet"] if parquet else resource["mediatype"]
