"""Step 7: what the dataset says about itself, in the form that each reader of metadata asks for.

Nothing is stated here. What is said comes from seeds/dataset.yaml, from the table of sources and
from the files themselves; each function only knows where its format wants it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import orjson
import pyarrow as pa

from mmru.export.articles import Article, articles
from mmru.export.citation import authors, bibtex
from mmru.export.croissant import CONFORMS_TO, CONTEXT, encoding, record_sets
from mmru.export.descriptor import descriptor
from mmru.model.schema import Schemas
from mmru.verify import PACKAGE

Facts = Mapping[str, Any]
PAGE = "README.md"  # the page that describes the dataset, as long as it has no homepage
OPEN = ".."  # how an interval of ISO 8601-2 goes on; in RKMS-ISO8601, which DataCite asks for, nothing


def metadata(
    about: Facts, tables: Mapping[str, pa.Table], files: Mapping[str, bytes], schemas: Schemas
) -> dict[str, bytes]:
    """Return every file that describes the dataset, by its path from the top folder.

    `about` is seeds/dataset.yaml; `files` has the files of the tables by path. Raises InvalidDataset
    where frictionless finds a schema invalid.
    """
    sources = articles(tables)
    package = descriptor(about, sources, tables, files, schemas)
    resources = package["resources"]
    return {
        PACKAGE: to_json(package),
        "CITATION.cff": citation(about, sources),
        "datacite.json": datacite(about, sources, resources),
        "croissant.json": croissant(about, sources, resources, schemas),
        "dataset.jsonld": dataset(about, sources, resources),
        ".zenodo.json": zenodo(about, sources),
    }


def citation(about: Facts, sources: Sequence[Article]) -> bytes:
    """CITATION.cff; its licence is that of the data, since several would mean a choice between them.

    Each reference stands on a line of its own, as JSON, which YAML holds to be YAML.

    Source: https://github.com/citation-file-format/citation-file-format (schema 1.2.0).
    """
    import yaml

    form = {
        "cff-version": "1.2.0",
        "message": "Please cite the version that you used.",
        "type": "dataset",
        "title": about["title"],
        "version": about["version"],
        "date-released": about["released"],
        "authors": [{"name": name} for name in authors(about)],
        "abstract": about["description"],
        "keywords": about["keywords"],
        "license": _licence(about)["name"],
        "url": about.get("homepage"),
    }
    references = [
        _filled(
            {
                "type": "generic",
                "title": a.title,
                "authors": [{"name": a.publisher}],
                "date-published": a.day,
                "languages": [a.language.partition("-")[0]],
                "url": a.url,
            }
        )
        for a in sources
    ]
    written = yaml.safe_dump(_filled(form), sort_keys=False, allow_unicode=True, width=100)
    lines = (f"- {json.dumps(reference, ensure_ascii=False)}\n" for reference in references)
    return "".join([written, *(["references:\n"] if references else []), *lines]).encode()


def datacite(about: Facts, sources: Sequence[Article], resources: Sequence[Facts]) -> bytes:
    """datacite.json, as DataCite's REST API takes it; a DOI is added by whoever registers one.

    Source: https://datacite-metadata-schema.readthedocs.io (4.5). It has no type of date for the
    time covered, and only rights of the resource itself: the code's licence is told in words.
    """
    licence = _licence(about)
    form = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
        "url": about.get("homepage"),
        "titles": [{"title": about["title"]}],
        "creators": [{"name": name, "nameType": "Organizational"} for name in authors(about)],
        "contributors": [{"name": name, "contributorType": "Other"} for name in _helpers(about)],
        "publisher": {"name": authors(about)[0]},
        "publicationYear": about["released"][:4],
        "version": about["version"],
        "dates": [
            {"date": about["released"], "dateType": "Issued"},
            {
                "date": about["coverage"]["temporal"].removesuffix(OPEN),
                "dateType": "Other",
                "dateInformation": "time that the data cover",
            },
        ],
        "geoLocations": [{"geoLocationPlace": place["name"]} for place in about["coverage"]["places"]],
        "subjects": [{"subject": keyword} for keyword in about["keywords"]],
        "descriptions": [
            {"description": about["description"], "descriptionType": "Abstract"},
            {"description": _code_licence(about), "descriptionType": "TechnicalInfo"},
        ],
        "rightsList": [
            {
                "rights": licence["title"],
                "rightsUri": licence["path"],
                "rightsIdentifier": licence["name"],
                "rightsIdentifierScheme": "SPDX",
                "schemeUri": "https://spdx.org/licenses/",
            }
        ],
        "formats": sorted({r["mediatype"] for r in resources}),
        "sizes": [f"{sum(r['bytes'] for r in resources)} bytes"],
        "relatedIdentifiers": [
            {"relationType": "IsDerivedFrom", **identifier}
            for a in sources
            if (identifier := _identifier(a, "relatedIdentifier"))
        ],
        "relatedItems": [
            _filled(
                {
                    "relationType": "IsDerivedFrom",
                    "relatedItemType": "Text",
                    "titles": [{"title": a.title}],
                    "publisher": a.publisher,
                    "publicationYear": a.year,
                    "relatedItemIdentifier": _identifier(a, "relatedItemIdentifier"),
                }
            )
            for a in sources
        ],
    }
    return to_json(_filled(form))


def _identifier(article: Article, name: str) -> dict[str, str]:
    return {name: article.url, f"{name}Type": "URL"} if article.url else {}


def dataset(about: Facts, sources: Sequence[Article], resources: Sequence[Facts]) -> bytes:
    """dataset.jsonld, for search engines: a schema.org/Dataset, whose context nobody has to fetch.

    Source: https://schema.org/Dataset, and https://github.com/ESIPFed/science-on-schema.org (1.3).
    """
    downloads = [{"@type": "DataDownload", **_file(r), "encodingFormat": r["mediatype"]} for r in resources]
    form = {
        "@context": {"@vocab": "http://schema.org/"},
        "@type": "Dataset",
        "@id": "./",
        **_described(about, sources),
        "distribution": downloads,
    }
    return to_json(form)


def _described(about: Facts, sources: Sequence[Article]) -> dict[str, Any]:
    """The dataset in the words of schema.org, in which Croissant speaks too."""
    return _filled(
        {
            "identifier": about["name"],
            "name": about["title"],
            "description": about["description"],
            "version": about["version"],
            "datePublished": about["released"],
            "url": about.get("homepage", PAGE),
            "license": _licence(about)["path"],
            "isAccessibleForFree": True,
            "keywords": about["keywords"],
            "creator": [_organization(name) for name in authors(about)],
            "contributor": [_organization(name) for name in _helpers(about)],
            "publisher": _organization(authors(about)[0]),
            "temporalCoverage": about["coverage"]["temporal"],
            "spatialCoverage": [
                {"@type": "Country", "name": place["name"], "identifier": place["iso3"]}
                for place in about["coverage"]["places"]
            ],
            "isBasedOn": [
                _filled(
                    {
                        "@type": "Article",
                        "name": a.title,
                        "publisher": _organization(a.publisher),
                        "datePublished": a.day,
                        "inLanguage": a.language,
                        "url": a.url,
                    }
                )
                for a in sources
            ],
            "hasPart": {
                "@type": "SoftwareSourceCode",
                "name": f"Code of {about['title']}",
                "license": about["code_license"]["path"],
            },
        }
    )


def _organization(name: str) -> dict[str, str]:
    return {"@type": "Organization", "name": name}


def _file(resource: Facts) -> dict[str, Any]:
    return {
        "name": PurePosixPath(resource["path"]).name,
        "contentUrl": resource["path"],
        "contentSize": f"{resource['bytes']} B",
        "sha256": resource["hash"].removeprefix("sha256:"),
    }


def zenodo(about: Facts, sources: Sequence[Article]) -> bytes:
    """.zenodo.json; what Zenodo has no field for (coverage, the code's licence) stands in the notes.

    Source: https://developers.zenodo.org/#representation.
    """
    covered = ", ".join(place["name"] for place in about["coverage"]["places"])
    form = {
        "upload_type": "dataset",
        "title": about["title"],
        "creators": [{"name": name} for name in authors(about)],
        "contributors": [{"name": name, "type": "Other"} for name in _helpers(about)],
        "description": about["description"],
        "version": about["version"],
        "publication_date": about["released"],
        "access_right": "open",
        "license": _licence(about)["name"],
        "keywords": about["keywords"],
        "notes": f"Coverage: {about['coverage']['temporal']} ({covered}). {_code_licence(about)}",
        "related_identifiers": [
            {"identifier": a.url, "relation": "isDerivedFrom", "scheme": "url"} for a in sources if a.url
        ],
        "references": [". ".join(filter(None, (a.publisher, a.day, a.title, a.url))) for a in sources],
    }
    return to_json(_filled(form))


def croissant(
    about: Facts, sources: Sequence[Article], resources: Sequence[Facts], schemas: Schemas
) -> bytes:
    """croissant.json, for machine learning: schema.org/Dataset with every table, column and code.

    Source: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html.
    """
    files = [
        {"@type": "cr:FileObject", "@id": r["path"], **_file(r), "encodingFormat": encoding(r)}
        for r in resources
    ]
    form = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        **_described(about, sources),
        "citeAs": bibtex({**about, "created": about["released"]}),
        "distribution": files,
        "recordSet": record_sets(schemas),
    }
    return to_json(form)


def _helpers(about: Facts) -> list[str]:
    return [c["title"] for c in about["contributors"] if c["title"] not in authors(about)]


def _licence(about: Facts) -> Facts:
    """The licence of the data: the form of seeds/dataset.yaml allows one."""
    licence: Facts = about["licenses"][0]
    return licence


def _code_licence(about: Facts) -> str:
    licence = about["code_license"]
    return f"The code that builds the dataset is under the {licence['title']} ({licence['path']})."


def _filled(form: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping without the keys for which there is nothing to say."""
    return {key: value for key, value in form.items() if value not in (None, [], {})}


def to_json(value: object) -> bytes:
    """JSON as all generated files have it: UTF-8, two blanks a level, one line feed at the end."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
