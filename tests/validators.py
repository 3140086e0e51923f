"""Run other people's validators on files of metadata, in the environment .venv-validators.

    .venv-validators/bin/python tests/validators.py FILE ...

Print JSON: for each file the list of its errors. No validator may use the network. The exit code is 0,
or 1 and a traceback where a validator fails.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from importlib import resources
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any


def package(path: Path) -> Iterator[str]:
    """The JSON Schema of Data Package v2 that dplib carries, as published.

    It lacks fields of type `list`, which the standard has: a departure at such a field is left out.
    """
    import dplib

    root = Path(next(iter(dplib.__path__)))
    schema = json.loads((root / "profiles/2.0/datapackage.json").read_text("utf-8"))
    package = json.loads(path.read_text("utf-8"))
    lists = {
        f"resources/{place}/schema/fields/{number}"
        for place, resource in enumerate(package["resources"])
        for number, field in enumerate(resource["schema"]["fields"])
        if field["type"] == "list"
    }
    for departure in _departures(schema, package):
        if departure.partition(": ")[0] not in lists:
            yield departure


def citation(path: Path) -> Iterator[str]:
    """cffconvert, with the schema of CFF 1.2.0."""
    from cffconvert import Citation
    from jsonschema import ValidationError

    try:
        Citation(path.read_text("utf-8")).validate()
    except (ValidationError, ValueError) as error:
        yield str(error).partition("\n")[0]


def datacite(path: Path) -> Iterator[str]:
    """The newest JSON Schema that the package datacite carries."""
    carried = {f.name: f for f in (resources.files("datacite") / "schemas").iterdir()}
    newest = max(name for name in carried if name.startswith("datacite-v4."))
    schema = json.loads(carried[newest].read_text("utf-8"))
    yield from _departures(schema, json.loads(path.read_text("utf-8")))


def croissant(path: Path) -> Iterator[str]:
    """mlcroissant: errors and warnings; every set of records loaded and held against its Parquet file."""
    import mlcroissant
    import pyarrow.parquet as pq

    try:
        dataset = mlcroissant.Dataset(path)
        files = {file.id: path.parent / file.content_url for file in dataset.metadata.file_objects}
        issues = dataset.metadata.ctx.issues
        yield from sorted(issues.errors | issues.warnings)
        for records in dataset.metadata.record_sets:
            loaded = list(dataset.records(records.id))
            if records.data:
                wanted = [{k: len(records.data) for k in records.data[0]}]
            else:
                rows = pq.read_table(files[f"data/{records.id}.parquet"])
                counts = {f"{records.id}/{c}": len(rows) - rows[c].null_count for c in rows.column_names}
                wanted = [counts] if len(rows) else [{}]
                if len(loaded) != len(rows):
                    yield f"{records.id}: {len(loaded)} records of {len(rows)}"
            found = {name: sum(r[name] is not None for r in loaded) for name in (loaded or [{}])[0]}
            if found != wanted[0]:
                yield f"{records.id}: cells {found}, not {wanted[0]}"
    except (mlcroissant.ValidationError, mlcroissant.GenerationError) as error:
        yield f"{error} {error.__cause__ or ''}".strip()


def dataset(path: Path) -> Iterator[str]:
    """The SHACL shapes for schema.org/Dataset that soso carries; and whether schema.org has each term."""
    from pyshacl import validate
    from rdflib import RDF, SDO, Graph, URIRef

    graph = Graph().parse(path, format="json-ld")
    shapes = str(resources.files("soso.data") / "soso_common_v1.2.3.ttl")
    conforms, _, said = validate(graph, shacl_graph=shapes, allow_warnings=True)
    if not conforms:
        yield said
    terms = {p for p in graph.predicates() if p != RDF.type} | set(graph.objects(predicate=RDF.type))
    for term in sorted(map(str, terms)):
        name = term.removeprefix("http://schema.org/")
        if name == term or URIRef(f"{SDO}{name}") not in SDO:
            yield f"schema.org has no {term}"


def zenodo(path: Path) -> Iterator[str]:
    """zenodo-client's model of a deposit, idutils for identifiers, and what cffconvert makes for Zenodo."""
    from cffconvert import Citation
    from idutils import detect_identifier_schemes
    from pydantic import ValidationError
    from zenodo_client import Metadata

    told = json.loads(path.read_text("utf-8"))
    try:
        Metadata.model_validate(told, strict=True)
    except ValidationError as error:
        for wrong in error.errors():
            # it asks for "family, given", which organisations do not have
            if "Family name, given names" not in wrong["msg"]:
                yield f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
    for related in told.get("related_identifiers", []):
        if related["scheme"] not in detect_identifier_schemes(related["identifier"]):
            yield f"related_identifiers: {related['identifier']} is no {related['scheme']}"
    made = json.loads(Citation(path.with_name("CITATION.cff").read_text("utf-8")).as_zenodo())
    made["license"] = made["license"]["id"]
    for key, value in made.items():
        if told.get(key) != value:
            yield f"{key}: {told.get(key)!r}, not {value!r}"


def crate(path: Path) -> Iterator[str]:
    """roc-validator, with all that RO-Crate 1.2 requires or recommends; nothing is fetched but the context.

    The cache of the validator gets the context from tests/vendor.
    """
    from requests import PreparedRequest, Response
    from requests_cache import CachedSession
    from rocrate_validator.models import Severity
    from rocrate_validator.services import validate
    from urllib3 import HTTPResponse

    with TemporaryDirectory() as folder:
        cache = Path(folder, "cache")
        context = Response()
        context.url, context.status_code = "https://w3id.org/ro/crate/1.2/context", 200
        context.request = PreparedRequest()
        context.request.prepare("GET", context.url)
        content = (Path(__file__).parent / "vendor/ro-crate-1.2-context.json").read_bytes()
        context.headers["Content-Type"] = "application/ld+json"
        context.raw = HTTPResponse(BytesIO(content), context.headers, 200, preload_content=False)
        with CachedSession(str(cache), backend="sqlite") as session:
            session.cache.save_response(context)
        result = validate(
            {
                "rocrate_uri": str(path.parent),
                "profile_identifier": "ro-crate-1.2",
                "requirement_severity": Severity.RECOMMENDED,
                "skip_availability_check": True,
                "offline": True,
                "cache_path": cache,
            }
        )
        # what would have to be invented: addresses of organisations, and of somebody to contact
        wanted = ("SHOULD have a URL", "SHOULD have a ROR", "contactPoint")
        issues = {f"{i.check.identifier}: {i.violatingEntity} {i.message}" for i in result.get_issues()}
        yield from sorted(issue for issue in issues if not any(words in issue for words in wanted))


def tables_on_the_web(path: Path) -> Iterator[str]:
    """csvw in its strict mode: the metadata, and every cell, key and reference of the CSV files."""
    from csvw import CSVW

    try:
        checked = CSVW(str(path), validate=True)
        valid = checked.is_valid
        yield from (str(warning.message) for warning in checked.warnings)
        if not valid and not checked.warnings:
            yield "a cell, a key or a reference is invalid"
    except (ValueError, OSError) as error:
        yield str(error)


def vocabularies(path: Path) -> Iterator[str]:
    """rdflib parses the file; shapes for the integrity conditions of SKOS; skosify."""
    import logging
    from io import StringIO

    import skosify
    from pyshacl import validate
    from rdflib import Graph

    try:
        graph = Graph().parse(path, format="turtle")
    except Exception as error:
        yield f"rdflib: {error}".partition("\n")[0]
        return
    conforms, _, found = validate(graph, shacl_graph=str(Path(__file__).with_name("skos.shacl.ttl")))
    if not conforms:
        yield found
    messages = StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(messages))
    skosify.skosify(graph)
    # it asks for one scheme, to which it would add concepts without any
    yield from (line for line in messages.getvalue().splitlines() if not line.startswith("Multiple concept"))


def _departures(schema: dict[str, Any], value: object) -> Iterator[str]:
    import jsonschema_rs

    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    for error in validator.iter_errors(value):
        yield f"{'/'.join(map(str, error.instance_path))}: {error.message}"


VALIDATORS = {
    "datapackage.json": package,
    "CITATION.cff": citation,
    "datacite.json": datacite,
    "croissant.json": croissant,
    "dataset.jsonld": dataset,
    ".zenodo.json": zenodo,
    "ro-crate-metadata.json": crate,
    "csv-metadata.json": tables_on_the_web,
    "vocabularies.ttl": vocabularies,
}
FILES = [
    *("datapackage.json", "CITATION.cff", ".zenodo.json", "ro-crate-metadata.json", "data/csv-metadata.json"),
    *(f"docs/metadata/{name}" for name in ("datacite.json", "croissant.json", "dataset.jsonld")),
    "docs/metadata/vocabularies.ttl",
]

if __name__ == "__main__":
    failed = 0
    try:
        print(json.dumps({name: list(VALIDATORS[Path(name).name](Path(name))) for name in sys.argv[1:]}))
    except Exception:
        traceback.print_exc()
        failed = 1
    sys.stdout.flush()
    # mlcroissant lets Arrow read from a file of Python's: a thread of Arrow may still hold its bytes, and
    # would abort the process if it let go of them while the interpreter ends (apache/arrow#34314)
    os._exit(failed)
