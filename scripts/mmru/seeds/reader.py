"""Read the schemas, and all seeds but the articles: one document for each file, validated."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from mmru.errors import InvalidDataset, Problem
from mmru.io.validation import Validator, validate_dates
from mmru.io.yaml_file import Document, mappings
from mmru.model.schema import Schemas, Table, missing
from mmru.model.text import Path_
from mmru.model.version import VERSION, numbers
from mmru.seeds import json_schema
from mmru.seeds.about import RELEASED, check_released, release_order, validate_about
from mmru.seeds.definitions import misfits, read_vocabularies, tables
from mmru.seeds.fingerprints import path_for
from mmru.seeds.json_schema import Form
from mmru.seeds.rounds import TWICE, Round, codings, outdated_figures, read_round, rounds

REGISTRY = ("actors", "places", "events", "agreements", "reactions")
RELEASES = "seeds/releases"
REGISTERED_KINDS = {"editorial", "coded", "looked-up"}
LISTINGS = ("rulings", "redirects", "searches", "candidates")
_FILES = ("dataset", *LISTINGS)
_README = "seeds/README.md"


@dataclass(frozen=True)
class Coding:
    """The work of coders under one folder: a registry, and the paths of the articles coded with it.

    `forms` holds the JSON Schema of every kind of file under seeds/, by name.
    """

    registry: Mapping[str, Document]
    articles: list[str]
    forms: Mapping[str, Form]

    @property
    def problems(self) -> list[Problem]:
        """The problems of the registry; the articles have not been read."""
        return _problems(self.registry.values())


@dataclass(frozen=True)
class Seeds:
    """All seeds but the articles, and their problems.

    `rounds` holds the rounds of coding twice, in order; `releases` holds the valid records of releases,
    oldest first.
    """

    coding: Coding
    dataset: Document
    rulings: Document
    redirects: Document
    searches: Document
    candidates: Document
    rounds: list[Round]
    releases: list[Document]
    problems: list[Problem]

    @property
    def registry(self) -> Mapping[str, Document]:
        return self.coding.registry

    @property
    def distinct(self) -> list[tuple[str, str, str]]:
        """A table and two of its records, for each pair that distinct_from lists."""
        rows = ((table, row) for table in REGISTRY for _, row in mappings(self.registry[table].data))
        return [
            (table, row[f"{table.removesuffix('s')}_id"], other)
            for table, row in rows
            for other in row.get(json_schema.DISTINCT_FROM, ())
        ]

    @property
    def articles(self) -> list[str]:
        """The paths of the articles."""
        return self.coding.articles

    @property
    def forms(self) -> Mapping[str, Form]:
        """The JSON Schema of every kind of file under seeds/, by name."""
        return self.coding.forms


def read_schemas(root: Path, *, frozen: bool = False) -> Schemas:
    """Return the schemas and vocabularies of the dataset in `root`. Raise InvalidDataset."""
    found = tables(root, frozen=frozen)
    schemas = Schemas(found, read_vocabularies(root, found))
    problems = list(misfits(schemas))
    if problems:
        raise InvalidDataset(problems)
    return schemas


def read_seeds(root: Path, schemas: Schemas) -> Seeds:
    """Return the seeds of the dataset in `root`, with all problems found in them.

    Raises InvalidDataset where a required file or folder is missing or unreadable.
    """
    files = {name: Document.read(root, f"seeds/{name}.yaml") for name in _FILES}
    coding = read_coding(root, "seeds", schemas, _ids({"searches": files["searches"]}, schemas))
    forms = coding.forms
    if any(document.problems for document in files.values()):
        raise InvalidDataset([*coding.problems, *_problems(files.values())])
    for name in LISTINGS:
        files[name] = _validate_listing(files[name], forms[name], schemas.tables[name])
    files["dataset"] = validate_about(Validator(forms["dataset"]).validate(files["dataset"]))
    paths = _seed_files(root)
    coded_twice = [read_round(root, number, paths, forms, schemas) for number in rounds(root)]
    releases = _read_releases(root, paths, forms["release"])
    valid = [document for document in releases if not document.invalid]
    valid.sort(key=lambda document: numbers(document.data["version"]))
    problems = [
        *coding.problems,
        *_problems([*files.values(), *(d for r in coded_twice for d in r.documents), *releases]),
        *_unexpected_files(root, paths),
        *outdated_figures(root, coded_twice),
        *_future_versions(files["dataset"], releases, files["redirects"]),
        *release_order(files["dataset"], valid),
    ]
    return Seeds(coding, **files, rounds=coded_twice, releases=valid, problems=problems)


def read_coding(
    root: Path, folder: str, schemas: Schemas, ids: Mapping[str, list[str]] = MappingProxyType({})
) -> Coding:
    """Return the registry under a folder, validated, and the paths of its articles.

    `ids` has the ids of tables beside the registry to which its files can refer.

    Raises InvalidDataset where a file of the registry, an id in it, or the folder of the articles is missing
    or unreadable.
    """
    registry = {name: Document.read(root, f"{folder}/registry/{name}.yaml") for name in REGISTRY}
    articles = root / folder / "articles"
    problems = _problems(registry.values())
    if not articles.is_dir():
        problems.append(missing(f"{folder}/articles", "create it for one extraction per article"))
    if problems:
        raise InvalidDataset(problems)
    names = sorted(entry.name for entry in os.scandir(articles))
    paths = [f"{folder}/articles/{n}" for n in names if n.endswith(".yaml") and not n.startswith(".")]
    forms = _forms(registry, paths, schemas, ids)
    validated = {
        name: _validate_listing(document, forms[name], schemas.tables[name])
        for name, document in registry.items()
    }
    if any(_lacks_ids(validated[name], schemas.tables[name].primary_key[0]) for name in REGISTRY):
        raise InvalidDataset(_problems(validated.values()))
    return Coding(validated, paths, forms)


def _lacks_ids(document: Document, key: str) -> bool:
    """Return whether an id cannot be read; each article that names its record would have a problem."""
    return not document.is_valid() or any(
        not isinstance(row, dict) or key not in row or (number, key) in document.invalid
        for number, row in enumerate(document.data)
    )


def _problems(documents: Iterable[Document]) -> list[Problem]:
    return [problem for document in documents for problem in document.problems]


def _forms(
    registry: Mapping[str, Document],
    articles: list[str],
    schemas: Schemas,
    others: Mapping[str, list[str]],
) -> dict[str, Form]:
    """Return the JSON Schema of every kind of file under seeds/, by name, with the registered ids."""
    sources = [path.rpartition("/")[2].removesuffix(".yaml") for path in articles]
    ids = {"searches": [], **others, **_ids(registry, schemas), "sources": sources}
    # the codings of the first release name the source itself as an origin
    frozen = any(path.startswith(f"{TWICE}/") for path in articles)
    extraction = json_schema.extraction(schemas, {**ids, "origins": ids["actors"] + sources * frozen})
    figures = schemas.tables["coder_agreement"]
    forms = {
        "extraction": extraction,
        "fingerprints": json_schema.fingerprints(schemas.tables["sources"], schemas),
        "dataset": json_schema.dataset(),
        "measured": json_schema.measured(figures, schemas),
        "sharpened": json_schema.sharpened(figures, schemas),
        "release": json_schema.release(schemas.tables["changes"], schemas),
    }
    # frozen schemas may lack tables that came later
    for name in (name for name in (*REGISTRY, *LISTINGS, "adjudications") if name in schemas.tables):
        make = json_schema.registry if name in REGISTRY else json_schema.listing
        listing = make(schemas.tables[name], schemas, REGISTERED_KINDS)
        forms[name] = {**listing, "$defs": extraction["$defs"]}
    return forms


def _ids(registry: Mapping[str, Document], schemas: Schemas) -> dict[str, list[str]]:
    """Return the registered ids of each table, as far as they can be read."""
    return {
        table: [str(row[key]) for _, row in mappings(document.data) if key in row]
        for table, document in registry.items()
        for key in schemas.tables[table].primary_key
    }


def _validate_listing(document: Document, form: Form, table: Table) -> Document:
    """Return a file that lists rows of a table with the problems of its rows, keys and dates."""
    document = _validate_keys(Validator(form).validate(document), table.primary_key)
    rows = (((number,), row) for number, row in mappings(document.data))
    return validate_dates(document, rows, table)


def _validate_keys(document: Document, key: tuple[str, ...]) -> Document:
    """Return the document with the problem of each row whose key an earlier row has."""
    if not document.is_valid():
        return document
    problems: list[Problem] = []
    invalid: list[Path_] = []
    first: dict[tuple[str, ...], int] = {}
    for number, row in mappings(document.data):
        if any(name not in row for name in key):
            continue
        values = tuple(str(row[name]) for name in key)
        if first.setdefault(values, number) != number:
            line = document.position((first[values], key[0])).line
            message = f"'{' '.join(values)}' is registered twice, first on line {line}"
            fix = "keep one, or choose another id"
            problems.append(document.problem((number, key[0]), "C02", message, fix))
            invalid.append((number,))
    return document.with_problems(problems, invalid)


def _seed_files(root: Path) -> list[str]:
    """Return the paths of all files under seeds/; folders that may not be read are left out."""
    found, folders = [], ["seeds"]
    for folder in folders:
        with suppress(OSError):
            for entry in os.scandir(root / folder):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{folder}/{entry.name}")
                elif not Path(entry).is_dir() and not entry.name.startswith("."):
                    found.append(f"{folder}/{entry.name}")
    return sorted(found)


def _unexpected_files(root: Path, paths: list[str]) -> Iterator[Problem]:
    """Yield files under seeds/ that nothing reads."""
    numbers = rounds(root)
    folders = ["seeds", *(folder for number in numbers for folder in codings(root, number))]
    known = {f"{folder}/registry/{name}.yaml" for folder in folders for name in REGISTRY}
    known |= {_README, *(f"seeds/{name}.yaml" for name in _FILES)}
    known |= {f"{TWICE}/{number}/{name}.yaml" for number in numbers for name in ("measured", "sharpened")}
    extractions = [path for path in paths if _folder(path) in {f"{folder}/articles" for folder in folders}]
    known |= {path for path in extractions if path.endswith(".yaml")}
    known |= {path_for(path) for path in known.intersection(extractions)}
    of_rounds = re.compile(rf"{TWICE}/[1-9][0-9]*/(?:decisions/[^/]+\.yaml|schemas/.*)")
    for path in paths:
        if path in known or of_rounds.fullmatch(path) or _is_release(path):
            continue
        fix = "move it elsewhere; extractions are seeds/articles/<source_id>.yaml"
        if _folder(path) in {f"{folder}/fingerprints" for folder in folders}:
            fix = "remove it, or restore the extraction of that name"
        yield Problem(path, 1, 1, "R12", "is not part of the seeds", fix)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_release(path: str) -> bool:
    return _folder(path) == RELEASES and path.endswith(".yaml")


def _read_releases(root: Path, paths: Iterable[str], form: Form) -> list[Document]:
    """Return the records of the releases, validated."""
    validator = Validator(form)
    found = []
    for path in filter(_is_release, paths):
        document = validator.validate(Document.read(root, path))
        if not document.invalid and (problem := check_released(document)):
            document = document.with_problems([problem], [RELEASED])
        if not document.invalid and path != f"{RELEASES}/{document.data['version']}.yaml":
            message = f"the file is not named after its version '{document.data['version']}'"
            problem = document.problem(("version",), "C07", message, "rename it")
            document = document.with_problems([problem])
        found.append(document)
    return found


def _future_versions(
    dataset: Document, releases: Iterable[Document], redirects: Document
) -> Iterator[Problem]:
    """Yield records of releases after the version of the dataset, and redirects since a later version.

    1.0.1-dev comes before 1.0.1.
    """
    if dataset.invalid:
        return
    current = dataset.data["version"]
    for number, row in mappings(redirects.data):
        is_version = redirects.is_valid_throughout((number,)) and re.fullmatch(VERSION, row["since"])
        if is_version and numbers(row["since"]) > numbers(current):
            message = f"{row['since']} is later than the version of the dataset, {current}"
            fix = "write the first version with this redirect"
            yield redirects.problem((number, "since"), "L12", message, fix)
    for document in releases:
        version = "" if document.invalid else document.data["version"]
        if version and (numbers(version), True) > (numbers(current), not current.endswith("-dev")):
            message = f"{version} is later than the version of the dataset, {current}"
            fix = "write a later one into seeds/dataset.yaml, or remove this record if there was no release"
            yield document.problem(("version",), "L12", message, fix)
