"""Step 1: read schemas/ and seeds/, and hold every file against its form."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema_rs

from mmru.errors import InvalidDataset, Problem
from mmru.io.yaml_file import Document, mappings
from mmru.model import edtf
from mmru.model.schema import Code, Column, Schemas, Table, misfits, missing, tables
from mmru.model.text import Path_
from mmru.model.version import numbers
from mmru.seeds import json_schema as form

REGISTRY = ("actors", "places", "events", "agreements", "reactions")
TWICE = "seeds/twice"
RELEASES = "seeds/releases"
MEASURED, SHARPENED = f"{TWICE}/measured.yaml", f"{TWICE}/sharpened.yaml"
TWICE_FILES = {MEASURED: "measured", SHARPENED: "sharpened"}
REGISTERED_KINDS = {"editorial", "coded", "looked-up"}


@dataclass(frozen=True)
class Coding:
    """What coders wrote under one folder: a registry, the paths of the articles coded with it, and forms."""

    registry: Mapping[str, Document]
    articles: list[str]
    forms: Mapping[str, form.Form]


@dataclass(frozen=True)
class Seeds:
    """Everything that is written by hand but the articles, as read: one document a file.

    `twice` holds the files of the measured agreement of coders (their two codings apart), by path,
    and `releases` the record of every release, oldest first.
    """

    coding: Coding
    dataset: Document
    rulings: Document
    redirects: Document
    twice: Mapping[str, Document]
    releases: list[Document]

    @property
    def registry(self) -> Mapping[str, Document]:
        return self.coding.registry

    @property
    def articles(self) -> list[str]:
        """The paths of the articles, which are read one by one when their claims are taken."""
        return self.coding.articles

    @property
    def forms(self) -> Mapping[str, form.Form]:
        """The JSON Schema of every kind of file under seeds/, by name."""
        return self.coding.forms


def read_schemas(root: Path) -> Schemas:
    """The schemas and vocabularies of the dataset in `root`. Raises InvalidDataset."""
    problems: list[Problem] = []
    found = tables(root)
    bare = Schemas(found, {})
    validator_form = form.vocabulary(found["vocabularies"], bare)
    validator = jsonschema_rs.validator_for(validator_form)
    vocabularies: dict[str, dict[str, Code]] = {}
    for path in sorted((root / "schemas" / "vocabularies").glob("*.yaml")):
        document = Document.read(root, f"schemas/vocabularies/{path.name}", problems)
        if document:
            document.conform(validator, validator_form, problems)
            if not document.faulty and document.data["vocabulary"] != path.stem:
                said = f"the file is not named after its vocabulary '{document.data['vocabulary']}'"
                problems.append(document.problem(("vocabulary",), "C07", said, "rename one of them"))
            elif not document.faulty:
                vocabularies[document.data["vocabulary"]] = _codes(document, problems)
    schemas = Schemas(found, vocabularies)
    if not problems:
        problems.extend(misfits(schemas))
    if problems:
        raise InvalidDataset(problems)
    return schemas


def read_seeds(root: Path, schemas: Schemas, problems: list[Problem]) -> Seeds:
    """The seeds of the dataset in `root`, with whatever is wrong in their form noted.

    Raises InvalidDataset where a file or folder that nothing can do without is missing or unreadable.
    """
    coding = read_coding(root, "seeds", schemas, problems)
    rest = {n: Document.read(root, f"seeds/{n}.yaml", problems) for n in ("dataset", "rulings", "redirects")}
    if any(d is None for d in rest.values()):
        raise InvalidDataset(problems)
    listed = _files(root)
    twice = {path: d for path in filter(_of_twice, listed) if (d := Document.read(root, path, problems))}
    problems.extend(_unread(root, listed))
    releases = _releases(root, listed, coding.forms["release"], problems)
    seeds = Seeds(coding, twice=twice, releases=releases, **{name: d for name, d in rest.items() if d})
    for name in ("rulings", "redirects"):
        _hold_listing(name, getattr(seeds, name), coding.forms, schemas, problems)
    kinds = {kind: coding.forms[kind] for kind in map(_of_twice, twice)}
    validators = {kind: jsonschema_rs.validator_for(wanted) for kind, wanted in kinds.items()}
    for path, document in twice.items():
        kind = _of_twice(path)
        document.conform(validators[kind], kinds[kind], problems)
        if path not in TWICE_FILES:
            for number, row in mappings(document.data):
                problems.extend(_dates(document, (number,), row, schemas.tables["adjudications"]))
    problems.extend(_outdated(root, twice))
    validator = jsonschema_rs.validator_for(coding.forms["dataset"])
    seeds.dataset.conform(validator, coding.forms["dataset"], problems)
    if not seeds.dataset.faulty:
        problems.extend(_untimely(seeds.dataset, releases))
    return seeds


def _releases(root: Path, listed: list[str], wanted: form.Form, problems: list[Problem]) -> list[Document]:
    """The records of the releases, oldest first; those without their form are noted and left out."""
    validator = jsonschema_rs.validator_for(wanted)
    found = []
    for path in filter(_of_release, listed):
        document = Document.read(root, path, problems)
        if document is None:
            continue
        document.conform(validator, wanted, problems)
        if document.faulty:
            continue
        if path != f"{RELEASES}/{document.data['version']}.yaml":
            said = f"the file is not named after its version '{document.data['version']}'"
            problems.append(document.problem(("version",), "C07", said, "rename it"))
        found.append(document)
    return sorted(found, key=lambda d: numbers(d.data["version"]))


def _untimely(about: Document, releases: list[Document]) -> Iterator[Problem]:
    """A day of release that is none, and records of releases after the version of the dataset."""
    version = about.data["version"]
    try:
        date.fromisoformat(about.data["released"])
    except ValueError as error:
        yield about.problem(("released",), "C04", str(error), "write a day as 2025-03-04")
    for document in releases:
        later = document.data["version"]
        # what is being made comes before its release
        if (numbers(later), True) > (numbers(version), not version.endswith("-dev")):
            said = f"{later} is later than the version of the dataset, {version}"
            fix = "write a later one into seeds/dataset.yaml, or remove this record if there was no release"
            yield document.problem(("version",), "L12", said, fix)


def read_coding(root: Path, folder: str, schemas: Schemas, problems: list[Problem]) -> Coding:
    """The registry under a folder, held against its form, and its articles. Raises InvalidDataset."""
    registry = {t: Document.read(root, f"{folder}/registry/{t}.yaml", problems) for t in REGISTRY}
    articles = root / folder / "articles"
    if not articles.is_dir():
        problems.append(missing(f"{folder}/articles", "it holds one extraction for each article"))
    present = {t: d for t, d in registry.items() if d}
    if len(present) < len(registry) or not articles.is_dir():
        raise InvalidDataset(problems)
    names = sorted(entry.name for entry in os.scandir(articles))
    paths = [f"{folder}/articles/{n}" for n in names if n.endswith(".yaml") and not n.startswith(".")]
    coding = Coding(present, paths, _forms(present, paths, schemas))
    for name, document in present.items():
        _hold_listing(name, document, coding.forms, schemas, problems)
    return coding


def hold_article(
    document: Document, validator: Any, wanted: form.Form, schemas: Schemas, problems: list[Problem]
) -> None:
    """Hold an article's extraction against its form."""
    document.conform(validator, wanted, problems)
    source = document.data.get("source") if isinstance(document.data, dict) else None
    if isinstance(source, dict):
        problems.extend(_dates(document, ("source",), source, schemas.tables["sources"]))


def codings(root: Path) -> list[str]:
    """The folders of the two codings of each article, by path: the first, and each second one."""
    found = (root / TWICE).glob("**/articles")
    return sorted(p.parent.relative_to(root).as_posix() for p in found if p.is_dir())


def inputs(root: Path) -> dict[str, str]:
    """The SHA-256 of every file of the two codings, by path."""
    files = (f for folder in codings(root) for f in (root / folder).rglob("*.yaml"))
    return {f.relative_to(root).as_posix(): sha256(f.read_bytes()).hexdigest() for f in sorted(files)}


def _outdated(root: Path, twice: Mapping[str, Document]) -> Iterator[Problem]:
    """Figures that are not there, or were measured on other codings."""
    measured, present = twice.get(MEASURED), inputs(root)
    if measured is None and present:
        yield missing(MEASURED, "run mmru agree")
    elif measured and not measured.faulty and measured.data["inputs"] != present:
        said = "the codings under seeds/twice/ have changed since these figures were made"
        yield measured.problem(("inputs",), "C10", said, "run mmru agree")


def _files(root: Path) -> list[str]:
    """The files under seeds/, by path."""
    found, folders = [], ["seeds"]
    for folder in folders:
        with suppress(OSError):  # what may not be looked into is not read
            for entry in os.scandir(root / folder):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(f"{folder}/{entry.name}")
                elif entry.is_file() and not entry.name.startswith("."):
                    found.append(f"{folder}/{entry.name}")
    return sorted(found)


def _of_twice(path: str) -> str:
    """The form of a file of the measured agreement; empty for other files."""
    if path.startswith(f"{TWICE}/decisions/") and path.endswith(".yaml"):
        return "adjudications"
    return TWICE_FILES.get(path, "")


def _of_release(path: str) -> bool:
    return path.rpartition("/")[0] == RELEASES and path.endswith(".yaml")


def _unread(root: Path, listed: list[str]) -> Iterator[Problem]:
    """Files under seeds/ that nothing reads."""
    folders = ["seeds", *codings(root)]
    known = {f"{folder}/registry/{t}.yaml" for folder in folders for t in REGISTRY}
    known |= {f"seeds/{name}.yaml" for name in ("dataset", "rulings", "redirects")}
    articles = {f"{folder}/articles" for folder in folders}
    for path in listed:
        article = path.rpartition("/")[0] in articles and path.endswith(".yaml")
        if not article and path not in known and not _of_twice(path) and not _of_release(path):
            fix = "move it away; extractions are seeds/articles/<source_id>.yaml"
            yield Problem(path, 1, 1, "R12", "is read by nothing", fix)


def _ids(documents: Mapping[str, Document], schemas: Schemas) -> dict[str, list[str]]:
    """The registered ids of each table, as far as they can be read."""
    return {
        table: [str(row[key]) for _, row in mappings(document.data) if key in row]
        for table, document in documents.items()
        for key in schemas.tables[table].primary_key
    }


def _forms(registry: Mapping[str, Document], articles: list[str], schemas: Schemas) -> dict[str, form.Form]:
    """The JSON Schema of every kind of file under seeds/, by name, with the ids registered there."""
    sources = [path.rpartition("/")[2].removesuffix(".yaml") for path in articles]
    extraction = form.extraction(schemas, {**_ids(registry, schemas), "sources": sources})
    made = {"extraction": extraction, "dataset": form.dataset()}
    figures = schemas.tables["coder_agreement"]
    made |= {"measured": form.measured(figures, schemas), "sharpened": form.sharpened(figures, schemas)}
    made["release"] = form.release(schemas.tables["changes"], schemas)
    for name in (*REGISTRY, "rulings", "redirects", "adjudications"):
        listing = form.listing(schemas.tables[name], schemas, REGISTERED_KINDS)
        made[name] = {**listing, "$defs": extraction["$defs"]}
    return made


def _hold_listing(
    name: str, document: Document, forms: Mapping[str, form.Form], schemas: Schemas, problems: list[Problem]
) -> None:
    """Hold a file that lists rows of a table against its form."""
    document.conform(jsonschema_rs.validator_for(forms[name]), forms[name], problems)
    table = schemas.tables[name]
    _unique(document, table.primary_key, problems)
    for number, row in mappings(document.data) if table.dated else ():
        problems.extend(_dates(document, (number,), row, table))


def _dates(document: Document, path: Path_, row: dict[str, Any], table: Table) -> Iterator[Problem]:
    """Dates in a row that are no dates."""
    for column in table.dated:
        if column.name not in row or document.is_faulty((*path, column.name)):
            continue
        try:
            parse_date(column, row[column.name])
        except ValueError as error:
            document.faulty.add((*path, column.name))
            yield document.problem((*path, column.name), "C04", str(error), "write a day as 2025-03-04")


def parse_date(column: Column, value: Any) -> None:
    """Raises ValueError, saying what is wrong, where a value is not such a date as its column holds."""
    if column.format == "edtf":
        edtf.parse(str(value))
    else:
        date.fromisoformat(value)


def _unique(document: Document, key: tuple[str, ...], problems: list[Problem]) -> None:
    if not document.faulty:
        columns = [[str(row.get(k)) for row in document.data] for k in key]
        if len(set(zip(*columns))) == len(document.data):
            return
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in mappings(document.data):
        if any(k not in row for k in key) or document.is_faulty(()):
            continue
        found = tuple(str(row[k]) for k in key)
        if found in seen:
            line, _ = document.locate((seen[found], key[0]))
            said = f"'{' '.join(found)}' is registered twice, first on line {line}"
            problems.append(document.problem((number, key[0]), "C02", said, "keep one, or choose another id"))
            document.faulty.add((number,))
        seen.setdefault(found, number)


def _codes(document: Document, problems: list[Problem]) -> dict[str, Code]:
    codes: dict[str, Code] = {}
    for number, row in enumerate(document.data["codes"]):
        if row["code"] in codes:
            said = f"the code '{row['code']}' is defined twice"
            problems.append(document.problem(("codes", number, "code"), "C02", said, "keep one"))
        mapping = tuple(row.get("mapping", ()))
        codes[row["code"]] = Code(**{**row, "mapping": mapping}, edition=document.data.get("edition"))
    return codes
