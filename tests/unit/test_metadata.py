"""Metadata: external validators accept every file and reject each error; all files state the same facts."""

from __future__ import annotations

import json
import os
import posixpath
import subprocess
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
import yaml_rs
from click.testing import Result
from conftest import ROOT, not_here
from frictionless import FrictionlessException, Package
from mmru.export.citation import bibtex
from mmru.export.metadata import metadata
from mmru.pipeline.build import Dataset, build
from mmru.pipeline.write import files, outdated, write
from mmru.verify import data_files
from validators import FILES

Mmru = Callable[..., Result]
Judge = Callable[[list[Path]], dict[Path, list[str]]]
Made = Mapping[str, bytes]
PYTHON = ROOT / ".venv-validators/bin/python"
ABOUT = "seeds/dataset.yaml"


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Return a function that runs the external validators; without them tests are skipped, but not in CI."""
    if not (PYTHON.parent.parent / "ready").exists():
        not_here("others' validators are not installed: run make .venv-validators/ready")
    # no network, which a validator could fetch a context or a profile from
    alone = {**os.environ, **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")}

    def errors(paths: list[Path]) -> dict[Path, list[str]]:
        command = [PYTHON, ROOT / "tests/validators.py", *paths]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, env=alone)
        assert ran.returncode == 0, ran.stderr
        return {Path(name): found for name, found in json.loads(ran.stdout).items()}

    return errors


@pytest.fixture(scope="session")
def made(dataset: Dataset) -> Made:
    """The files of the small dataset; one of its two articles has neither title nor date."""
    return files(dataset)


@pytest.fixture
def folder(made: Made, tmp_path: Path) -> Path:
    """A copy of the small dataset's metadata and data, to spoil."""
    return copied(made, tmp_path)


def copied(made: Made, folder: Path) -> Path:
    for path, content in made.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.mark.slow
def test_external_validators_accept_every_file(judge: Judge, folder: Path) -> None:
    paths = [root / name for root in (folder, ROOT) for name in FILES]
    assert judge(paths) == {path: [] for path in paths}


# How each file is spoiled: the place, what is put there (nothing removes it), what its validator says.
REMOVED = object()
SPOILED: list[tuple[str, tuple[str | int, ...], object, str]] = [
    ("datapackage.json", ("version",), 1, "version: 1 is not of type"),
    ("datapackage.json", ("created",), "soon", 'created: "soon" is not a "date-time"'),
    ("datapackage.json", ("sources",), "two articles", 'sources: "two articles" is not of type "array"'),
    ("datapackage.json", ("licenses", 0, "name"), "free for all", "licenses/0/name: "),
    ("datapackage.json", ("resources", 0, "schema", "fields", 0, "type"), "lists", "schema/fields/0: "),
    ("CITATION.cff", ("authors",), REMOVED, "'authors' is a required property"),
    ("CITATION.cff", ("type",), "data", "'data' is not one of ['dataset', 'software']"),
    ("CITATION.cff", ("date-released",), "2026-13-01", "'2026-13-01' is not a 'date'"),
    ("CITATION.cff", ("license",), "CC-BY", "'CC-BY' is not one of ['0BSD'"),
    (
        "CITATION.cff",
        ("coverage",),
        "2021",
        "Additional properties are not allowed ('coverage' was unexpected)",
    ),
    (
        "docs/metadata/datacite.json",
        ("publicationYear",),
        2026,
        'publicationYear: 2026 is not of type "string"',
    ),
    (
        "docs/metadata/datacite.json",
        ("relatedItems", 0, "relationType"),
        "DerivedFrom",
        "relatedItems/0/relationType: ",
    ),
    (
        "docs/metadata/datacite.json",
        ("rightsList", 0, "rightsUri"),
        "CC BY",
        'rightsList/0/rightsUri: "CC BY" is not a "uri"',
    ),
    (
        "docs/metadata/datacite.json",
        ("creators", 0, "title"),
        "x",
        "creators/0: Unevaluated properties are not allowed",
    ),
    ("docs/metadata/datacite.json", ("titles",), REMOVED, '"titles" is a required property'),
    (
        "docs/metadata/croissant.json",
        ("license",),
        REMOVED,
        'Property "https://schema.org/license" is recommended',
    ),
    (
        "docs/metadata/croissant.json",
        ("distribution", 1, "sha256"),
        "0" * 64,
        "Download(data/sources.parquet)",
    ),
    (
        "docs/metadata/croissant.json",
        ("distribution", 1, "contentUrl"),
        "data/none.parquet",
        "data/none.parquet",
    ),
    ("docs/metadata/croissant.json", ("recordSet", 0, "field", 0, "dataType"), REMOVED, "dataType"),
    (
        "docs/metadata/croissant.json",
        ("recordSet", 0, "field", 0, "source", "extract", "column"),
        "id",
        'Column "id" does not exist',
    ),
    (
        "docs/metadata/croissant.json",
        ("recordSet", 0, "field", 0, "source", "extract", "column"),
        "title",
        "sources: cells",
    ),
    (
        "docs/metadata/croissant.json",
        ("recordSet", 1, "field", 0, "references", "fileObject", "@id"),
        "x",
        'UUID "x"',
    ),
    ("docs/metadata/dataset.jsonld", ("description",), REMOVED, "Dataset must have a description"),
    ("docs/metadata/dataset.jsonld", ("url",), REMOVED, "Dataset requires a URL"),
    (
        "docs/metadata/dataset.jsonld",
        ("identifier",),
        {"@type": "Thing"},
        "Dataset identifiers must be a URL, Text or PropertyValue",
    ),
    (
        "docs/metadata/dataset.jsonld",
        ("@context", "@vocab"),
        "https://schema.org/",
        "Expecting SO namespace of <http://schema.org/>",
    ),
    ("docs/metadata/dataset.jsonld", ("isBaseOn",), "x", "schema.org has no http://schema.org/isBaseOn"),
    ("ro-crate-metadata.json", ("@graph", 1, "license"), REMOVED, "license"),
    ("ro-crate-metadata.json", ("@graph", -1, "@id"), "data/none.csv", "data/none.csv"),
    ("ro-crate-metadata.json", ("@graph", -1, "encodingFormat"), REMOVED, "encodingFormat"),
    ("data/csv-metadata.json", ("tables", 0, "url"), "none.csv", "none.csv"),
    (
        "data/csv-metadata.json",
        ("tables", 0, "tableSchema", "columns", 1, "name"),
        "_x",
        "Invalid column name",
    ),
    (
        "data/csv-metadata.json",
        ("tables", 0, "tableSchema", "columns", 0, "datatype"),
        "integer",
        "src-alpha",
    ),
    (
        "data/csv-metadata.json",
        ("tables", 0, "tableSchema", "columns", 0, "datatype", "format"),
        "x-.*",
        "src-alpha",
    ),
    (
        "data/csv-metadata.json",
        ("tables", 1, "tableSchema", "foreignKeys", 0, "reference", "resource"),
        "events.csv",
        "source_id",
    ),
    (".zenodo.json", ("title",), REMOVED, "title: Field required"),
    (".zenodo.json", ("upload_type",), "data", "upload_type: Input should be 'publication', 'poster'"),
    (".zenodo.json", ("keywords",), "test", "keywords: Input should be a valid list"),
    (".zenodo.json", ("license",), "MIT", "license: 'MIT', not 'CC0-1.0'"),
    (".zenodo.json", ("publication_date",), REMOVED, "publication_date: None, not '2031-06-01'"),
    (
        ".zenodo.json",
        ("related_identifiers",),
        [{"identifier": "the-alpha", "relation": "isDerivedFrom", "scheme": "url"}],
        "related_identifiers: the-alpha is no url",
    ),
]


VOCABULARIES = "docs/metadata/vocabularies.ttl"
# how this file is spoiled: a text in it, what replaces it, what its validator says
NOT_SKOS: list[tuple[str, str, str]] = [
    ('skos:prefLabel "Visit"@en', 'skos:altLabel "Visit"@en', "Less than 1 values"),
    ('skos:notation "visit"', 'skos:notation "visit" ; skos:notation "trip"', "More than 1 values"),
    ("skos:topConceptOf <#event_type>", "skos:topConceptOf <#stance>", "EqualsConstraintComponent"),
    ("@prefix skos:", "@prefix sko:", "rdflib: at line 5"),
]


def spoiled(name: str, content: bytes, place: tuple[str | int, ...], value: object) -> str:
    """Return a file of metadata with another value at a place."""
    told = read(name, content)
    inner = told
    for step in place[:-1]:
        inner = inner[step]
    if value is REMOVED:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return yaml.safe_dump(told) if name.endswith(".cff") else json.dumps(told)


@pytest.fixture(scope="module")
def rejected(judge: Judge, made: Made, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """The errors of each file of SPOILED and NOT_SKOS. Starting the validators takes longer than their work."""
    files = [(name, spoiled(name, made[name], place, value)) for name, place, value, _ in SPOILED]
    text = made[VOCABULARIES].decode("utf-8")
    assert all(old in text for old, _, _ in NOT_SKOS)
    files += [(VOCABULARIES, text.replace(old, new, 1)) for old, new, _ in NOT_SKOS]
    paths = [copied(made, tmp_path_factory.mktemp("spoiled")) / name for name, _ in files]
    for path, (_, content) in zip(paths, files):
        path.write_text(content, "utf-8")
    errors = judge(paths)
    return [errors[path] for path in paths]


WORDS = [
    *((name, words) for name, _, _, words in SPOILED),
    *((VOCABULARIES, words) for _, _, words in NOT_SKOS),
]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(WORDS)), ids=[f"{name}-{words[:30]}" for name, words in WORDS])
def test_external_validators_reject_each_error(rejected: list[list[str]], number: int) -> None:
    assert any(WORDS[number][1] in line for line in rejected[number]), rejected[number]


def test_frictionless_rejects_an_invalid_date(folder: Path) -> None:
    path = folder / "datapackage.json"
    path.write_text(path.read_text("utf-8").replace('"created": "2031', '"created": "20-31'), "utf-8")
    with pytest.raises(FrictionlessException, match='property "created" is not valid'):
        Package(str(path))


# The facts, and where each file says them.

Reader = Callable[[Any], Any]


def under(*path: str) -> Reader:
    """Return a reader of the value under these keys; of a list, of the value of each item that has it."""

    def reader(told: Any) -> Any:
        for key in path:
            told = (
                [item[key] for item in told if key in item] if isinstance(told, list) else told.get(key, [])
            )
        return told

    return reader


def article(told: Mapping[str, Any]) -> tuple[str, str | None]:
    return told.get("title") or told["name"], told.get("url") or told.get("path")


def described(kind: str) -> Reader:
    return lambda told: next(d["description"] for d in told["descriptions"] if d["descriptionType"] == kind)


def downloads(told: Any) -> dict[str, tuple[str, int]]:
    files = {d["contentUrl"]: (d["sha256"], int(d["contentSize"].split()[0])) for d in told["distribution"]}
    return {posixpath.normpath(f"docs/metadata/{url}"): found for url, found in files.items()}


def in_crate(*path: str) -> Reader:
    """Return a reader of a property of the root entity of an RO-Crate, which is the second one."""
    return lambda told: under(*path)(told["@graph"][1])


def entities(told: Any, name: str) -> list[dict[str, Any]]:
    """Return the entities to which a property of the root entity of an RO-Crate leads."""
    known = {entity["@id"]: entity for entity in told["@graph"]}
    return [known[link["@id"]] for link in several(told["@graph"][1][name])]


def several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


IN_SCHEMA_ORG: dict[str, Reader] = {
    "title": under("name"),
    "name": under("identifier"),
    "version": under("version"),
    "released": under("datePublished"),
    "description": under("description"),
    "licence": under("license"),
    "code licence": under("hasPart", "license"),
    "authors": under("creator", "name"),
    "keywords": under("keywords"),
    "time": under("temporalCoverage"),
    "places": under("spatialCoverage", "name"),
    "sources": lambda told: [article(a) for a in told["isBasedOn"]],
    "publishers": under("isBasedOn", "publisher", "name"),
    "days": under("isBasedOn", "datePublished"),
    "files": downloads,
}
SAYS: dict[str, dict[str, Reader]] = {
    "datapackage.json": {
        "title": under("title"),
        "name": under("name"),
        "version": under("version"),
        "released": lambda told: told["created"].removesuffix("T00:00:00Z"),
        "description": under("description"),
        "licence": lambda told: told["licenses"][0]["path"],
        "code licence": under("mmru:code_license", "path"),
        "collection": under("mmru:collection"),
        "methods": under("mmru:methods"),
        "limits": under("mmru:limits"),
        "authors": under("contributors", "title"),
        "keywords": under("keywords"),
        "time": under("mmru:coverage", "temporal"),
        "places": under("mmru:coverage", "places", "name"),
        "sources": lambda told: [article(a) for a in told["sources"]],
        "files": lambda told: {
            r["path"]: (r["hash"].removeprefix("sha256:"), r["bytes"]) for r in data_files(told["resources"])
        },
    },
    "CITATION.cff": {
        "title": under("title"),
        "version": under("version"),
        "released": under("date-released"),
        "description": under("abstract"),
        "licence id": under("license"),
        "authors": under("authors", "name"),
        "keywords": under("keywords"),
        "sources": lambda told: [article(a) for a in told["references"]],
        "publishers": lambda told: [a["authors"][0]["name"] for a in told["references"]],
        "days": under("references", "date-published"),
    },
    "docs/metadata/datacite.json": {
        "title": lambda told: told["titles"][0]["title"],
        "version": under("version"),
        "released": lambda told: told["dates"][0]["date"],
        "year": under("publicationYear"),
        "abstract": described("Abstract"),
        "limits": described("Other"),
        "licence": lambda told: told["rightsList"][0]["rightsUri"],
        "licence id": lambda told: told["rightsList"][0]["rightsIdentifier"],
        "code licence": lambda told: described("TechnicalInfo")(told).rpartition("(")[2].rstrip(")."),
        "authors": under("creators", "name"),
        "keywords": under("subjects", "subject"),
        "open time": lambda told: told["dates"][1]["date"],
        "places": under("geoLocations", "geoLocationPlace"),
        "sources": lambda told: [
            (i["titles"][0]["title"], i.get("relatedItemIdentifier", {}).get("relatedItemIdentifier"))
            for i in told["relatedItems"]
        ],
        "publishers": under("relatedItems", "publisher"),
        "years": under("relatedItems", "publicationYear"),
        "addresses": under("relatedIdentifiers", "relatedIdentifier"),
        "size": lambda told: int(told["sizes"][0].split()[0]),
    },
    "docs/metadata/croissant.json": {
        **IN_SCHEMA_ORG,
        "bibtex": under("citeAs"),
        "collection": under("rai:dataCollection"),
        "methods": under("rai:dataAnnotationProtocol"),
        "limits": under("rai:dataLimitations"),
    },
    "docs/metadata/dataset.jsonld": IN_SCHEMA_ORG,
    "ro-crate-metadata.json": {
        "title": in_crate("name"),
        "name": lambda told: entities(told, "identifier")[0]["value"],
        "version": in_crate("version"),
        "released": in_crate("datePublished"),
        "description": in_crate("description"),
        "licence": in_crate("license", "@id"),
        "authors": lambda told: [body["name"] for body in entities(told, "creator")],
        "keywords": lambda told: several(told["@graph"][1]["keywords"]),
        "time": in_crate("temporalCoverage"),
        "places": lambda told: [place["name"] for place in entities(told, "spatialCoverage")],
        "sources": lambda told: [article(a) for a in entities(told, "isBasedOn")],
        "files": lambda told: {
            file["@id"]: (file["sha256"], int(file["contentSize"]))
            for file in entities(told, "hasPart")
            if file["@id"].endswith((".csv", ".parquet"))
        },
        "methods": in_crate("measurementTechnique"),
    },
    ".zenodo.json": {
        "title": under("title"),
        "version": under("version"),
        "released": under("publication_date"),
        "description": under("description"),
        "licence id": under("license"),
        "code licence": lambda told: told["notes"].rpartition("(")[2].rstrip(")."),
        "authors": under("creators", "name"),
        "keywords": under("keywords"),
        "time": lambda told: told["notes"].split()[1],
        "places": lambda told: told["notes"].partition("(")[2].partition(")")[0].split(", "),
        "addresses": under("related_identifiers", "identifier"),
        "references": under("references"),
    },
}


def read(name: str, content: bytes) -> Any:
    if name.endswith(".ttl"):
        return content.decode("utf-8")
    return yaml.safe_load(content) if name.endswith(".cff") else json.loads(content)


def facts(root: Path, content: Callable[[str], bytes], tables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts from seeds/dataset.yaml, the table of sources and the files themselves."""
    about: Any = yaml_rs.loads((root / ABOUT).read_text("utf-8"), parse_datetime=False)
    rows = tables["sources"].to_pylist()
    names = {a["actor_id"]: a["name"] for a in tables["actors"].to_pylist()}
    sources = [(s["title"] or s["source_id"], s["url"]) for s in rows]
    publishers = [names[s["publisher_actor_id"]] for s in rows]
    bounds = [(s["published_earliest"], s["published_latest"]) for s in rows if s["published_latest"]]
    days = [str(first) for first, last in bounds if first == last]
    years = [str(last.year) for first, last in bounds if first and first.year == last.year]
    paths = [f"data/{name}.{kind}" for name in tables for kind in ("csv", "parquet")]
    hashes = {path: (sha256(content(path)).hexdigest(), len(content(path))) for path in paths}
    return {
        **{fact: about[fact] for fact in ("title", "name", "version", "released", "keywords")},
        **{fact: about[fact] for fact in ("collection", "methods", "limits")},
        "abstract": about["description"],
        "description": " ".join(about[part] for part in ("description", "methods", "limits")),
        "year": about["released"][:4],
        "licence": about["licenses"][0]["path"],
        "licence id": about["licenses"][0]["name"],
        "code licence": about["code_license"]["path"],
        "authors": [c["title"] for c in about["contributors"]],
        "time": about["coverage"]["temporal"],
        "open time": about["coverage"]["temporal"].removesuffix(".."),
        "places": [p["name"] for p in about["coverage"]["places"]],
        "sources": sources,
        "addresses": [url for _, url in sources if url],
        "references": [(publisher, title) for publisher, (title, _) in zip(publishers, sources)],
        "publishers": publishers,
        "days": days,
        "years": years,
        "files": hashes,
        "size": sum(size for _, size in hashes.values()),
        "bibtex": bibtex(about),
    }


@pytest.mark.parametrize("where", ["small", "committed"])
def test_all_files_state_the_same_facts(where: str, sound: Path, made: Made) -> None:
    root = sound if where == "small" else ROOT
    content = made.__getitem__ if where == "small" else lambda path: (ROOT / path).read_bytes()
    true = facts(root, content, build(root).tables)
    for name, readers in SAYS.items():
        told = read(name, content(name))
        for fact, reader in readers.items():
            found = reader(told)
            if fact == "references":
                pairs = zip(true[fact], found, strict=True)
                found = [told for told, raw in pairs if all(part in raw for part in told)]
            assert found == true[fact], (name, fact)


def test_every_format_is_compared_on_every_fact_that_it_has() -> None:
    everywhere = {"title", "version", "released", "authors", "keywords"}
    for name, readers in SAYS.items():
        assert everywhere <= set(readers), name
        assert {"licence", "licence id"} & set(readers), name
        assert {"description", "abstract"} & set(readers), name
        assert {"sources", "references"} & set(readers), name
    # the Citation File Format has no place for coverage
    for name in set(SAYS) - {"CITATION.cff"}:
        assert "places" in SAYS[name], name
        assert {"time", "open time"} & set(SAYS[name]), name
    # and for a licence of the code beside the data's; an RO-Crate has the data alone
    for name in set(SAYS) - {"CITATION.cff", "ro-crate-metadata.json"}:
        assert "code licence" in SAYS[name], name
    for name in ("datapackage.json", "docs/metadata/croissant.json", "docs/metadata/dataset.jsonld"):
        assert {"name", "files"} <= set(SAYS[name]), name


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".ttl")])
def test_every_description_says_that_models_coded_the_data_and_what_these_cannot_show(name: str) -> None:
    about: Any = yaml_rs.loads((ROOT / ABOUT).read_text("utf-8"), parse_datetime=False)
    assert about["methods"].startswith("Language models coded every source twice")
    assert about["methods"].endswith("No person has checked the coding.")
    texts = str(read(name, (ROOT / name).read_bytes()))
    assert about["methods"] in texts
    assert about["limits"] in texts


def test_the_readme_of_the_archive_says_that_models_coded_the_data() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "Language models coded" in text
    assert "No person has checked the coding" in text


def test_croissant_names_the_coders_in_the_terms_for_responsible_ai(dataset: Dataset, made: Made) -> None:
    told = json.loads((ROOT / "docs/metadata/croissant.json").read_bytes())
    assert told["rai:machineAnnotationTools"] == ["language model"]
    # no source of the small dataset names its coder
    assert "rai:machineAnnotationTools" not in json.loads(made["docs/metadata/croissant.json"])


def test_relations_to_the_articles_have_the_same_name(made: Made) -> None:
    datacite, zenodo = (
        json.loads((ROOT / name).read_bytes()) for name in ("docs/metadata/datacite.json", ".zenodo.json")
    )
    related = [*datacite["relatedItems"], *datacite["relatedIdentifiers"]]
    assert {i["relationType"] for i in related} == {"IsDerivedFrom"}
    assert {i["relation"] for i in zenodo["related_identifiers"]} == {"isDerivedFrom"}
    # no article of the small dataset has an address
    assert "related_identifiers" not in json.loads(made[".zenodo.json"])


def test_no_file_gives_the_licence_of_the_code_to_the_data() -> None:
    for name in SAYS:
        told = read(name, (ROOT / name).read_bytes())
        found = [told[key] for key in ("license", "licenses", "rightsList") if key in told]
        assert "MIT" not in str(found), name


# Croissant knows the tables as the schemas do.


def test_croissant_has_every_column_key_reference_and_code(dataset: Dataset, made: Made) -> None:
    schemas = dataset.schemas
    told = {r["@id"]: r for r in json.loads(made["docs/metadata/croissant.json"])["recordSet"]}
    for name, table in schemas.tables.items():
        records = told.pop(name)
        assert [f["name"] for f in records["field"]] == table.names
        assert [k["@id"] for k in records["key"]] == [f"{name}/{k}" for k in table.primary_key]
        fields = {f["name"]: f for f in records["field"]}
        rows = dataset.tables[name]
        for referring, other, key in table.foreign_keys:
            reference = {"fileObject": {"@id": f"data/{other}.parquet"}, "extract": {"column": key}}
            # a column without a value cannot be joined
            is_empty = rows[referring].null_count == rows.num_rows
            assert fields[referring].get("references") == (None if is_empty else reference)
        for column in table.columns:
            assert fields[column.name].get("isArray", False) == column.is_list
            if column.vocabulary:
                listed = told[fields[column.name]["inDefinedTermSet"]]["data"]
                codes = [str(row[f"vocabulary/{column.vocabulary}/code"]) for row in listed]
                assert codes == list(schemas.vocabularies[column.vocabulary])
    assert all(name.startswith("vocabulary/") for name in told)


def test_csvw_has_every_column_and_each_required_reference(dataset: Dataset, made: Made) -> None:
    told = {
        table["url"]: table["tableSchema"] for table in json.loads(made["data/csv-metadata.json"])["tables"]
    }
    for name, table in dataset.schemas.tables.items():
        schema = told.pop(f"{name}.csv")
        assert [column["name"] for column in schema["columns"]] == table.names
        assert schema["primaryKey"] == list(table.primary_key)
        keys = [key["columnReference"] for key in schema.get("foreignKeys", [])]
        assert keys == [[column] for column, _, _ in table.foreign_keys if table[column].required]
        for column, described in zip(table.columns, schema["columns"]):
            assert described["required"] == column.required
            assert described.get("separator") == (";" if column.is_list else None)
    assert told == {}


def test_skos_has_every_vocabulary_and_code(dataset: Dataset, made: Made) -> None:
    text = made["docs/metadata/vocabularies.ttl"].decode("utf-8")
    for vocabulary, codes in dataset.schemas.vocabularies.items():
        assert f"<#{vocabulary}> a skos:ConceptScheme ;" in text
        for code in codes:
            assert f"<#{vocabulary}/{code}> a skos:Concept ;" in text
    assert text.count("a skos:Concept ;") == sum(map(len, dataset.schemas.vocabularies.values()))


def test_schema_org_has_the_columns_of_records_as_variables(dataset: Dataset, made: Made) -> None:
    told = json.loads(made["docs/metadata/dataset.jsonld"])
    names = [variable["name"] for variable in told["variableMeasured"]]
    assert names == [f"{t.name}.{c.name}" for t in dataset.schemas.records.values() for c in t.columns]
    assert told["isAccessibleForFree"] is True
    about = dataset.seeds.dataset.data
    assert told["measurementTechnique"] == f"{about['collection']} {about['methods']}"


# Roles, a homepage, and what is not known.


def with_facts(dataset: Dataset, made: Made, **changed: object) -> dict[str, Any]:
    """Return the content of every file after a change of facts."""
    about = {**dataset.seeds.dataset.data, **changed}
    told = metadata(about, dataset.tables, made, dataset.schemas)
    return {name: read(name, content) for name, content in told.items()}


def test_a_contributor_without_the_role_creator_is_not_an_author(dataset: Dataset, made: Made) -> None:
    people = [{"title": "One Group", "roles": ["creator"]}, {"title": "Other Group", "roles": ["funder"]}]
    told = with_facts(dataset, made, contributors=people)
    assert told["CITATION.cff"]["authors"] == [{"name": "One Group"}]
    assert told["docs/metadata/datacite.json"]["contributors"] == [
        {"name": "Other Group", "contributorType": "Other"}
    ]
    assert told[".zenodo.json"]["contributors"] == [{"name": "Other Group", "type": "Other"}]
    for name in ("docs/metadata/croissant.json", "docs/metadata/dataset.jsonld"):
        assert [c["name"] for c in told[name]["creator"]] == ["One Group"]
        assert [c["name"] for c in told[name]["contributor"]] == ["Other Group"]
    assert told["datapackage.json"]["contributors"] == people


def test_without_creators_all_contributors_are_authors(dataset: Dataset, made: Made) -> None:
    told = with_facts(
        dataset, made, contributors=[{"title": "One Group"}, {"title": "Other", "roles": ["x"]}]
    )
    assert [a["name"] for a in told["CITATION.cff"]["authors"]] == ["One Group", "Other"]
    assert "contributors" not in told["docs/metadata/datacite.json"]


def test_the_homepage_is_in_every_format_that_has_one(dataset: Dataset, made: Made) -> None:
    page = "https://example.org/relations"
    places = {"CITATION.cff": "url", "docs/metadata/datacite.json": "url", "datapackage.json": "homepage"}
    places |= {"docs/metadata/croissant.json": "url", "docs/metadata/dataset.jsonld": "url"}
    told, without = with_facts(dataset, made, homepage=page), with_facts(dataset, made)
    for name, key in places.items():
        assert told[name][key] == page
        assert without[name].get(key, "../../README.md") == "../../README.md"


# Bad input.

BAD = {
    "no version": ("version: 0.1.0\n", "", "1:1: R06 the key 'version' is missing; add it"),
    "no coverage in space": (
        "  places:\n    - {name: Greece, iso3: GRC}\n",
        "",
        "18:3: R06 the key 'places' is missing; add it",
    ),
    "a number as version": (
        "version: 0.1.0",
        "version: 0.1",
        '3:10: R07 found 0.1 instead of text; put it in quotes: "0.1"',
    ),
    "two licences of the data": (
        "    title: Public domain\n",
        "    title: Public domain\n  - {name: MIT, path: https://spdx.org/licenses/MIT.html, title: MIT}\n",
        "8:3: R09 a list has the wrong form; name one licence, that of the data; the code's is code_license",
    ),
    "nobody says who coded": (
        "methods: Nobody coded them but the authors of the tests.\n",
        "",
        "1:1: R06 the key 'methods' is missing; add it",
    ),
    "no keyword": (
        "keywords: [test]",
        "keywords: []",
        "6:11: R09 a list has the wrong form; name at least one, and none twice",
    ),
    "an unknown key": (
        "keywords: [test]",
        "keyword: [test]",
        "6:1: R05 unknown key 'keyword'; did you mean 'keywords'?",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_an_invalid_fact_is_reported_at_its_line(
    case: str, mmru: Mmru, small: Path, spoil: Callable[[str, str, str], None]
) -> None:
    old, new, says = BAD[case]
    spoil(ABOUT, old, new)
    built = mmru("build")
    assert built.exit_code == 1
    assert f"{ABOUT}:{says}" in built.stderr.splitlines()
    assert not (small / "CITATION.cff").exists()


def test_an_edited_file_outside_data_is_reported_and_rebuilt(made: Made, folder: Path) -> None:
    (folder / "CITATION.cff").write_text("title: Mine\n")
    (folder / "docs/codebook.md").write_text("# Mine\n")
    (folder / ".zenodo.json").unlink()
    message = "this file and 2 other files (CITATION.cff, docs/codebook.md) do not match seeds/ and schemas/"
    assert list(map(str, outdated(folder, made))) == [f".zenodo.json:1:1: W01 {message}; run mmru build"]
    assert write(folder, made) == [".zenodo.json", "CITATION.cff", "docs/codebook.md"]
    assert outdated(folder, made) == []
