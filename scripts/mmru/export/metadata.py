"""The files that describe the dataset to registries, search engines, reference managers and other tools.

Every fact comes from seeds/dataset.yaml, from the table of sources and from the files themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from mmru.export.citation import cff
from mmru.export.croissant import croissant
from mmru.export.csvw import csvw
from mmru.export.descriptor import descriptor
from mmru.export.facts import (
    CODEBOOK,
    METADATA,
    RO_CRATE,
    SKOS,
    About,
    Article,
    Listed,
    articles,
    authors,
    other_contributors,
    to_json,
    whole_description,
    without_empty,
)
from mmru.export.schema_org import jsonld, ro_crate
from mmru.export.skos import skos
from mmru.model.schema import Schemas
from mmru.verify import CSVW, PACKAGE, data_files

UP = "../../"  # the way from there to the top folder
OPEN = ".."  # the open end of an interval in ISO 8601-2; RKMS-ISO8601, which DataCite uses, has nothing there


def metadata(
    about: About,
    tables: Mapping[str, pa.Table],
    files: Mapping[str, bytes],
    schemas: Schemas,
    distinct: Sequence[tuple[str, str, str]] = (),
) -> dict[str, bytes]:
    """Return every file that describes the dataset, by its path from the top folder.

    `about` is seeds/dataset.yaml; `files` has the codebook and the files of the tables by path; `distinct`
    lists records that are alike but distinct. Raise InvalidDataset if frictionless finds a schema invalid.
    """
    sources = articles(tables)
    package = descriptor(about, sources, tables, files, schemas, distinct)
    inner = for_collectors(about, tables, package, schemas, UP)
    made = {PACKAGE: to_json(package), CSVW: to_json(csvw(about, schemas)), SKOS: skos(about, schemas)}
    described = {**made, CODEBOOK: files[CODEBOOK]}
    return {
        **made,
        RO_CRATE: to_json(ro_crate(about, sources, package["resources"], described)),
        "CITATION.cff": cff(about, sources),
        ".zenodo.json": to_json(zenodo(about, sources)),
        **{f"{METADATA}/{name}": content for name, content in inner.items()},
    }


def for_collectors(
    about: About, tables: Mapping[str, pa.Table], package: Mapping[str, Any], schemas: Schemas, top: str
) -> dict[str, bytes]:
    """Return the files for registries and search engines, by name.

    `package` is the content of datapackage.json. `top` leads from the folder of the files to the top folder.
    """
    sources, listed = articles(tables), list(data_files(package["resources"]))
    return {
        "datacite.json": to_json(datacite(about, sources, listed)),
        "croissant.json": to_json(croissant(about, sources, tables, listed, schemas, top)),
        "dataset.jsonld": to_json(jsonld(about, sources, listed, schemas, top)),
    }


def datacite(about: About, sources: Sequence[Article], listed: Sequence[Listed]) -> dict[str, Any]:
    """Return the content of datacite.json, for DataCite's REST API; registration adds the DOI.

    The schema has no type of date for the time covered, and no rights of a part: a description has the
    licence of the code.

    Source: https://datacite-metadata-schema.readthedocs.io (4.5).
    """
    licence = about["licenses"][0]
    record = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Dataset"},
        "url": about.get("homepage"),
        "titles": [{"title": about["title"]}],
        "creators": [{"name": name, "nameType": "Organizational"} for name in authors(about)],
        "contributors": [{"name": name, "contributorType": "Other"} for name in other_contributors(about)],
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
            {"description": f"{about['collection']} {about['methods']}", "descriptionType": "Methods"},
            {"description": about["limits"], "descriptionType": "Other"},
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
        "formats": sorted({r["mediatype"] for r in listed}),
        "sizes": [f"{sum(r['bytes'] for r in listed)} bytes"],
        "relatedIdentifiers": [
            {"relationType": "IsDerivedFrom", **identifier}
            for a in sources
            if (identifier := _identifier(a, "relatedIdentifier"))
        ],
        "relatedItems": [
            without_empty(
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
    return without_empty(record)


def _identifier(article: Article, name: str) -> dict[str, str]:
    return {name: article.url, f"{name}Type": "URL"} if article.url else {}


def zenodo(about: About, sources: Sequence[Article]) -> dict[str, Any]:
    """Return the content of .zenodo.json; the notes have the coverage and the licence of the code.

    Source: https://developers.zenodo.org/#representation.
    """
    covered = ", ".join(place["name"] for place in about["coverage"]["places"])
    record = {
        "upload_type": "dataset",
        "title": about["title"],
        "creators": [{"name": name} for name in authors(about)],
        "contributors": [{"name": name, "type": "Other"} for name in other_contributors(about)],
        "description": whole_description(about),
        "version": about["version"],
        "publication_date": about["released"],
        "access_right": "open",
        "license": about["licenses"][0]["name"],
        "keywords": about["keywords"],
        "notes": f"Coverage: {about['coverage']['temporal']} ({covered}). {_code_licence(about)}",
        "related_identifiers": [
            {"identifier": a.url, "relation": "isDerivedFrom", "scheme": "url"} for a in sources if a.url
        ],
        "references": [". ".join(filter(None, (a.publisher, a.day, a.title, a.url))) for a in sources],
    }
    return without_empty(record)


def _code_licence(about: About) -> str:
    licence = about["code_license"]
    return f"The code that builds the dataset is under the {licence['title']} ({licence['path']})."
