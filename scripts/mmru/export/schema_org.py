"""The dataset in the terms of schema.org: dataset.jsonld, what Croissant repeats of it, and RO-Crate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        **description(about, sources, top),
        "measurementTechnique": f"{about['collection']} {about['methods']}",
        "variableMeasured": [
            _variable(table.name, column) for table in schemas.records.values() for column in table.columns
        ],
        "distribution": [
            {"@type": "DataDownload", **download(f, top), "encodingFormat": f["mediatype"]} for f in listed
        ],
    }


def description(about: About, sources: Sequence[Article], top: str) -> dict[str, Any]:
    """Return the properties of the dataset as a whole."""
    return without_empty(
        {
            "identifier": about["name"],
            "name": about["title"],
            "description": whole_description(about),
            "version": about["version"],
            "datePublished": about["released"],
            "url": about.get("homepage", f"{top}{PAGE}"),
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
            "isBasedOn": [article_facts(article) for article in sources],
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


def article_facts(article: Article) -> dict[str, Any]:
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
    names = dict.fromkeys([*authors(about), *other_contributors(about), *(a.publisher for a in sources)])
    bodies = {name: f"#organization-{number}" for number, name in enumerate(names, 1)}
    articles = [_article(number, article, bodies) for number, article in enumerate(sources, 1)]
    places: list[Entity] = [
        {"@id": f"#{place['iso3']}", "@type": "Country", "name": place["name"]}
        for place in about["coverage"]["places"]
    ]
    files: list[Entity] = [
        *(_file(f, resource["description"]) for resource in resources for f in data_files([resource])),
        *(_other(path, content) for path, content in others.items()),
    ]
    root = {
        "@id": ROOT,
        "@type": "Dataset",
        "name": about["title"],
        "description": whole_description(about),
        "identifier": {"@id": "#name"},
        "version": about["version"],
        "datePublished": about["released"],
        "url": about.get("homepage"),
        "keywords": about["keywords"],
        "license": {"@id": licence["path"]},
        "isAccessibleForFree": True,
        "measurementTechnique": about["methods"],
        "creator": _links(bodies[name] for name in authors(about)),
        "contributor": _links(bodies[name] for name in other_contributors(about)),
        "publisher": {"@id": bodies[authors(about)[0]]},
        "temporalCoverage": about["coverage"]["temporal"],
        "spatialCoverage": _links(entity["@id"] for entity in places),
        "isBasedOn": _links(entity["@id"] for entity in articles),
        "hasPart": _links(entity["@id"] for entity in files),
    }
    itself = {"@id": RO_CRATE, "@type": "CreativeWork", "about": {"@id": ROOT}, "conformsTo": {"@id": CRATE}}
    name = {"@id": "#name", "@type": "PropertyValue", "name": "name", "value": about["name"]}
    rights = {
        "@id": licence["path"],
        "@type": "CreativeWork",
        "name": licence["title"],
        "description": f"Licence of the data ({licence['name']}).",
    }
    organizations = [{"@id": key, "@type": "Organization", "name": name} for name, key in bodies.items()]
    graph = [itself, _compact(root), name, *files, rights, *organizations, *places, *articles]
    return {"@context": f"{CRATE}/context", "@graph": graph}


def _links(ids: Iterable[str]) -> list[Entity]:
    return [{"@id": key} for key in ids]


def _compact(entity: Entity) -> Entity:
    """Return an entity without empty properties, and without lists of one value, as RO-Crate recommends."""
    whole = without_empty(entity)
    return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in whole.items()}


def _file(listed: Listed, description: str) -> Entity:
    """Return a file, with the facts that datapackage.json has of one."""
    return {
        "@id": listed["path"],
        "@type": "File",
        "name": PurePosixPath(listed["path"]).name,
        "description": description,
        "encodingFormat": listed["mediatype"],
        "contentSize": str(listed["bytes"]),
        "sha256": listed["hash"].removeprefix("sha256:"),
    }


def _other(path: str, content: bytes) -> Entity:
    """Return a file that has no table."""
    title, kind = OTHERS[path]
    hashed = sha256(content).hexdigest()
    return _file({"path": path, "mediatype": kind, "bytes": len(content), "hash": hashed}, title)


def _article(number: int, article: Article, bodies: Mapping[str, str]) -> Entity:
    """Return an article that refers to its publisher."""
    publisher = {"@id": bodies[article.publisher]}
    return {"@id": f"#article-{number}", **article_facts(article), "publisher": publisher}
