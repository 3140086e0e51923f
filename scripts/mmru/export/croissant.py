"""croissant.json: the tables in Croissant 1.1, a record set each, and one for each vocabulary.

Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmru.export.citation import bibtex
from mmru.export.facts import About, Article, Listed, without_empty
from mmru.export.schema_org import PAGE, dataset_facts, download
from mmru.model.schema import Column, Schemas, Table

if TYPE_CHECKING:
    import pyarrow as pa

CONFORMS_TO = ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]
# all terms that are not of schema.org: appendix 1 of the specification
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


def croissant(
    about: About,
    sources: Sequence[Article],
    tables: Mapping[str, pa.Table],
    listed: Sequence[Listed],
    schemas: Schemas,
    top: str,
) -> dict[str, Any]:
    """Return the content of croissant.json: a schema.org/Dataset with every table, column and code.

    `top` leads from its folder to the top folder: empty, or such as `../`.
    """
    used = {c.vocabulary: c for t in schemas.tables.values() for c in t.columns if c.vocabulary}
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        **dataset_facts(about, sources, f"{top}{PAGE}"),
        "citeAs": bibtex(about),
        **_responsible(about, tables),
        "distribution": [
            {"@type": "cr:FileObject", "@id": f["path"], **download(f, top), "encodingFormat": _encoding(f)}
            for f in listed
        ],
        "recordSet": [
            *(_record_set(table, tables[table.name], schemas) for table in schemas.tables.values()),
            *(_enumeration(name, used[name], schemas) for name in schemas.vocabularies if name in used),
        ],
    }


def _responsible(about: About, tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """Return how the data were collected and coded, and their limits, in the terms for responsible AI.

    Source: https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html (1.0).
    """
    coders = sorted({name for name in tables["sources"]["coder"].to_pylist() if name})
    return without_empty(
        {
            "rai:dataCollection": about["collection"],
            "rai:dataCollectionType": "Document analysis",
            "rai:dataAnnotationProtocol": about["methods"],
            "rai:machineAnnotationTools": coders,
            "rai:dataLimitations": about["limits"],
        }
    )


def _encoding(listed: Listed) -> str | list[str]:
    """Return the media type; readers of Croissant know Parquet by the type it had before registration."""
    kind = str(listed["mediatype"])
    return [kind, "application/x-parquet"] if kind.endswith("parquet") else kind


def _record_set(table: Table, rows: pa.Table, schemas: Schemas) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        "key": [{"@id": f"{table.name}/{name}"} for name in table.primary_key],
        "field": [_field(table, column, rows, schemas) for column in table.columns],
    }


def _field(table: Table, column: Column, rows: pa.Table, schemas: Schemas) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table.name}/{column.name}",
        "name": column.name,
        "description": column.description,
        "dataType": DATA_TYPES[column.type],
        "source": _extract(table.name, column.name),
    }
    if column.is_list:
        field |= {"isArray": True, "arrayShape": "-1"}
    if column.vocabulary:
        field["inDefinedTermSet"] = f"vocabulary/{column.vocabulary}"
    target = table.target(column.name)
    # The reference names file and column, like a source: mlcroissant 1.1 fails on the bare id that the
    # specification shows and on a record set that refers to another one. It cannot join lists, nor
    # columns without a value.
    is_empty = rows[column.name].null_count == rows.num_rows
    if target and not column.is_list and not is_empty:
        field["references"] = _extract(target, schemas.tables[target].primary_key[0])
    return field


def _extract(table: str, column: str) -> dict[str, Any]:
    return {"fileObject": {"@id": f"data/{table}.parquet"}, "extract": {"column": column}}


def _enumeration(vocabulary: str, column: Column, schemas: Schemas) -> dict[str, Any]:
    """Return the codes of a vocabulary, with the type of a column that uses it."""
    name = f"vocabulary/{vocabulary}"
    types = {"code": column.type, "name": "string", "description": "string"}
    number = column.type == "integer"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": vocabulary,
        "dataType": "sc:Enumeration",
        "key": {"@id": f"{name}/code"},
        "field": [
            {"@type": "cr:Field", "@id": f"{name}/{field}", "name": field, "dataType": DATA_TYPES[kind]}
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
