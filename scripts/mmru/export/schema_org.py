"""The dataset as a schema.org/Dataset: dataset.jsonld, and the part of it that Croissant repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from mmru.export.articles import Article
from mmru.export.citation import authors, other_contributors, whole_description, without_empty
from mmru.model.schema import Column, Schemas

About = Mapping[str, Any]  # seeds/dataset.yaml
Listed = Mapping[str, Any]  # what datapackage.json says of a file
PAGE = "README.md"  # describes the dataset, as long as it has no homepage


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
        "@id": top or "./",
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
