"""ro-crate-metadata.json: the dataset as a research object, in the top folder, which is its root.

Source: https://w3id.org/ro/crate/1.2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from mmru.export.articles import Article
from mmru.export.citation import authors, other_contributors, whole_description, without_empty
from mmru.export.paths import CODEBOOK, RO_CRATE, SKOS
from mmru.export.schema_org import article_facts
from mmru.verify import CSVW, PACKAGE, data_files

VERSION = "https://w3id.org/ro/crate/1.2"
ROOT = "./"
OTHERS = {  # title and media type of each file that has no table
    PACKAGE: ("Tables and columns (Data Package)", "application/json"),
    CSVW: ("CSV files (CSV on the Web)", "application/csvm+json"),
    SKOS: ("Vocabularies (SKOS)", "text/turtle"),
    CODEBOOK: ("Codebook", "text/markdown"),
}
About = Mapping[str, Any]  # seeds/dataset.yaml
Entity = dict[str, Any]


def ro_crate(
    about: About,
    sources: Sequence[Article],
    resources: Sequence[dict[str, Any]],
    others: Mapping[str, bytes],
) -> dict[str, Any]:
    """Return the content of ro-crate-metadata.json.

    `resources` are those of datapackage.json; `others` has the content of the other files by their
    paths.
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
    itself = {
        "@id": RO_CRATE,
        "@type": "CreativeWork",
        "about": {"@id": ROOT},
        "conformsTo": {"@id": VERSION},
    }
    name = {"@id": "#name", "@type": "PropertyValue", "name": "name", "value": about["name"]}
    rights = {
        "@id": licence["path"],
        "@type": "CreativeWork",
        "name": licence["title"],
        "description": f"Licence of the data ({licence['name']}).",
    }
    organizations = [{"@id": key, "@type": "Organization", "name": name} for name, key in bodies.items()]
    graph = [itself, _compact(root), name, *files, rights, *organizations, *places, *articles]
    return {"@context": f"{VERSION}/context", "@graph": graph}


def _links(ids: Iterable[str]) -> list[Entity]:
    return [{"@id": key} for key in ids]


def _compact(entity: Entity) -> Entity:
    """Return an entity without empty properties, and without lists of one value, as RO-Crate recommends."""
    whole = without_empty(entity)
    return {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in whole.items()}


def _file(listed: Mapping[str, Any], description: str) -> Entity:
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
    sha256 = hashlib.sha256(content).hexdigest()
    return _file({"path": path, "mediatype": kind, "bytes": len(content), "hash": sha256}, title)


def _article(number: int, article: Article, bodies: Mapping[str, str]) -> Entity:
    """Return an article that refers to its publisher."""
    publisher = {"@id": bodies[article.publisher]}
    return {"@id": f"#article-{number}", **article_facts(article), "publisher": publisher}
