"""The dataset in the terms of schema.org: dataset.jsonld, what Croissant repeats of it, and RO-Crate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from mmru.export.facts import (
    CODEBOOK,
    RO_CRATE,
    SKOS,
    About,
    Article,
    Listed,
    authors,
    other_contributors,
    whole_description,
    without_empty,
)
from mmru.model.schema import Column, Schemas
from mmru.verify import CSVW, PACKAGE, data_files

PAGE = "README.md"  # describes the dataset, as long as it has no homepage
CRATE = "https://w3id.org/ro/crate/1.2"
ROOT = "./"  # the address of the folder of a file
OTHERS = {  # title and media type of each file that has no table
    PACKAGE: ("Tables and columns (Data Package)", "application/json"),
    CSVW: ("CSV files (CSV on the Web)", "application/csvm+json"),
    SKOS: ("Vocabularies (SKOS)", "text/turtle"),
    CODEBOOK: ("Codebook", "text/markdown"),
}
Entity = dict[str, Any]


def jsonld(
    about: About, sources: Sequence[Article], listed: Sequence[Listed], schemas: Schemas, top: str
) -> dict[str, Any]:
    """Return the content of dataset.jsonld, for search engines; its context need not be fetched.

    `top` leads from its folder to the top folder: empty, or such as `../`.

    Source: https://schema.org/Dataset, and https://github.com/ESIPFed/science-on-schema.org (1.3).
    """
    return {
        "@context": {"@vocab": "http://schema.org/"},
        "@type": "Dataset",
        "@id": top or ROOT,
        **dataset_facts(about, sources, f"{top}{PAGE}"),
        "measurementTechnique": f"{about['collection']} {about['methods']}",
        "variableMeasured": [
            _variable(table.name, column) for table in schemas.records.values() for column in table.columns
        ],
        "distribution": [
            {"@type": "DataDownload", **download(f, top), "encodingFormat": f["mediatype"]} for f in listed
        ],
    }


def dataset_facts(about: About, sources: Sequence[Article], page: str = "") -> dict[str, Any]:
    """Return the properties of the dataset; `page` is its address where it has no homepage."""
    return without_empty(
        {
            "identifier": about["name"],
            "name": about["title"],
            "description": whole_description(about),
            "version": about["version"],
            "datePublished": about["released"],
            "url": about.get("homepage") or page or None,
            "license": about["licenses"][0]["path"],
            "isAccessibleForFree": True,
            "keywords": about["keywords"],
            "creator": [_organization(name) for name in authors(about)],
            "contributor": [_organization(name) for name in other_contributors(about)],
            "publisher": _organization(authors(about)[0]),
            "temporalCoverage": about["coverage"]["temporal"],
            "spatialCoverage": [
                {"@type": "Country", "name": place["name"], "identifier": place["iso3"]}
                for place in about["coverage"]["places"]
            ],
            "isBasedOn": [_article(article) for article in sources],
            "hasPart": {
                "@type": "SoftwareSourceCode",
                "name": f"Code of {about['title']}",
                "license": about["code_license"]["path"],
            },
        }
    )


def _variable(table: str, column: Column) -> dict[str, str]:
    """Return a column of a table of records as a variable that the dataset measures."""
    variable = {
        "@type": "PropertyValue",
        "name": f"{table}.{column.name}",
        "alternateName": column.title,
        "description": column.description,
        "unitText": column.unit or None,
    }
    return without_empty(variable)


def _article(article: Article) -> dict[str, Any]:
    """Return the properties of an article; its publisher is written out."""
    return without_empty(
        {
            "@type": "Article",
            "name": article.title,
            "publisher": _organization(article.publisher),
            "datePublished": article.day,
            "inLanguage": article.language,
            "url": article.url,
        }
    )


def _organization(name: str) -> dict[str, str]:
    return {"@type": "Organization", "name": name}


def download(listed: Listed, top: str) -> dict[str, Any]:
    """Return name, address, size and hash of a file."""
    return {
        "name": PurePosixPath(listed["path"]).name,
        "contentUrl": f"{top}{listed['path']}",
        "contentSize": f"{listed['bytes']} B",
        "sha256": listed["hash"].removeprefix("sha256:"),
    }


def ro_crate(
    about: About, sources: Sequence[Article], resources: Sequence[dict[str, Any]], others: Mapping[str, bytes]
) -> dict[str, Any]:
    """Return the content of ro-crate-metadata.json: the dataset as a research object, in its top folder.

    `resources` are those of datapackage.json; `others` has the content of the other files by their paths.

    Source: https://w3id.org/ro/crate/1.2.
    """
    licence = about["licenses"][0]
    root = {
        "@id": ROOT,
        "@type": "Dataset",
        **dataset_facts(about, sources),
        "identifier": {"@id": "#name", "@type": "PropertyValue", "name": "name", "value": about["name"]},
        "license": {
            "@id": licence["path"],
            "@type": "CreativeWork",
            "name": licence["title"],
            "description": f"Licence of the data ({licence['name']}).",
        },
        "measurementTechnique": about["methods"],
        "hasPart": [
            *(_file(f, resource["description"]) for resource in resources for f in data_files([resource])),
            *(_other(path, content) for path, content in others.items()),
        ],
    }
    itself = {"@id": RO_CRATE, "@type": "CreativeWork", "about": {"@id": ROOT}, "conformsTo": {"@id": CRATE}}
    return {"@context": f"{CRATE}/context", "@graph": [itself, *_flat(root)]}


def _flat(whole: Entity) -> list[Entity]:
    """Return an entity and those that it contains: references in their places, equal ones once.

    A list of one value becomes this value, as RO-Crate recommends.
    """
    found: dict[str, Entity] = {}
    ids: dict[str, str] = {}

    def flattened(value: Any) -> Any:
        if isinstance(value, list):
            members = [flattened(member) for member in value]
            return members[0] if len(members) == 1 else members
        if not isinstance(value, dict):
            return value
        number = len(ids) + 1
        key = value.get("@id") or ids.setdefault(repr(value), f"#{value['@type'].lower()}-{number}")
        if key not in found:
            found[key] = {"@id": key}  # before what it contains
            found[key] |= {name: flattened(part) for name, part in value.items()}
        return {"@id": key}

    flattened(whole)
    return list(found.values())


def _file(listed: Listed, text: str) -> Entity:
    """Return a file, with the facts that datapackage.json has of one."""
    return {
        "@id": listed["path"],
        "@type": "File",
        "name": PurePosixPath(listed["path"]).name,
        "description": text,
        "encodingFormat": listed["mediatype"],
        "contentSize": str(listed["bytes"]),
        "sha256": listed["hash"].removeprefix("sha256:"),
    }


def _other(path: str, content: bytes) -> Entity:
    """Return a file that has no table."""
    title, kind = OTHERS[path]
    hashed = sha256(content).hexdigest()
    return _file({"path": path, "mediatype": kind, "bytes": len(content), "hash": hashed}, title)
