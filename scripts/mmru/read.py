"""Step 1: read schemas/ and seeds/, and hold every file against its form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs

from mmru import dates, form
from mmru.document import Document, Path_, mappings
from mmru.problem import Problem, Refused
from mmru.schema import Code, Schemas, Table, misfits, missing, tables

REGISTRY = ("actors", "places", "events", "agreements", "reactions")
REGISTERED_KINDS = {"editorial", "coded", "looked-up"}


@dataclass(frozen=True)
class Seeds:
    """Everything that is written by hand, as read: one document a file, and the form of each kind."""

    dataset: Document
    registry: Mapping[str, Document]
    articles: list[Document]
    rulings: Document
    redirects: Document
    forms: Mapping[str, form.Form]


def read_schemas(root: Path) -> Schemas:
    """The schemas and vocabularies of the dataset in `root`. Raises Refused."""
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
        raise Refused(problems)
    return schemas


def read_seeds(root: Path, schemas: Schemas, problems: list[Problem]) -> Seeds:
    """The seeds of the dataset in `root`, with whatever is wrong in their form noted.

    Raises Refused where a file or folder that nothing can do without is missing or unreadable.
    """
    registry = {t: Document.read(root, f"seeds/registry/{t}.yaml", problems) for t in REGISTRY}
    rest = {n: Document.read(root, f"seeds/{n}.yaml", problems) for n in ("dataset", "rulings", "redirects")}
    folder = root / "seeds" / "articles"
    if not folder.is_dir():
        problems.append(missing("seeds/articles", "it holds one extraction for each article"))
    if any(d is None for d in (*registry.values(), *rest.values())) or not folder.is_dir():
        raise Refused(problems)
    present = {t: d for t, d in registry.items() if d}
    articles = [
        Document.read(root, f"seeds/articles/{p.name}", problems) for p in sorted(folder.glob("[!.]*.yaml"))
    ]
    problems.extend(_unread(root))
    seeds = Seeds(
        registry=present,
        articles=[d for d in articles if d],
        forms=_forms(present, schemas),
        **{name: d for name, d in rest.items() if d},
    )
    _hold_against_forms(seeds, schemas, problems)
    return seeds


def _unread(root: Path) -> Iterator[Problem]:
    """Files under seeds/ that nothing reads."""
    known = {f"seeds/registry/{t}.yaml" for t in REGISTRY}
    known |= {f"seeds/{name}.yaml" for name in ("dataset", "rulings", "redirects")}
    for path in sorted(p for p in (root / "seeds").rglob("*") if p.is_file() and not p.name.startswith(".")):
        shown = path.relative_to(root).as_posix()
        article = path.parent == root / "seeds" / "articles" and path.suffix == ".yaml"
        if not article and shown not in known:
            remedy = "move it away; extractions are seeds/articles/<source_id>.yaml"
            yield Problem(shown, 1, 1, "R12", "is read by nothing", remedy)


def _ids(documents: Mapping[str, Document], schemas: Schemas) -> dict[str, list[str]]:
    """The registered ids of each table, as far as they can be read."""
    return {
        table: [str(row[key]) for _, row in mappings(document.data) if key in row]
        for table, document in documents.items()
        for key in schemas.tables[table].primary_key
    }


def _forms(registry: Mapping[str, Document], schemas: Schemas) -> dict[str, form.Form]:
    """The JSON Schema of every kind of file under seeds/, by name, with the ids registered there."""
    extraction = form.extraction(schemas, _ids(registry, schemas))
    made = {"extraction": extraction, "dataset": form.dataset()}
    for name in (*REGISTRY, "rulings", "redirects"):
        listing = form.listing(schemas.tables[name], schemas, REGISTERED_KINDS)
        made[name] = {**listing, "$defs": extraction["$defs"]}
    return made


def _hold_against_forms(seeds: Seeds, schemas: Schemas, problems: list[Problem]) -> None:
    asked = seeds.forms
    validators = {name: jsonschema_rs.validator_for(made) for name, made in asked.items()}
    listings = {**seeds.registry, "rulings": seeds.rulings, "redirects": seeds.redirects}
    for name, document in listings.items():
        table = schemas.tables[name]
        document.conform(validators[name], asked[name], problems)
        _unique(document, table.primary_key, problems)
        for number, row in mappings(document.data):
            problems.extend(_dates(document, (number,), row, table))
    seeds.dataset.conform(validators["dataset"], asked["dataset"], problems)
    for document in seeds.articles:
        document.conform(validators["extraction"], asked["extraction"], problems)
        source = document.data.get("source") if isinstance(document.data, dict) else None
        if isinstance(source, dict):
            problems.extend(_dates(document, ("source",), source, schemas.tables["sources"]))


def _dates(document: Document, path: Path_, row: dict[str, Any], table: Table) -> Iterator[Problem]:
    """Dates in a row that are no dates."""
    for column in table.columns:
        if column.name not in row or document.is_faulty((*path, column.name)):
            continue
        try:
            if column.format == "edtf":
                dates.parse(str(row[column.name]))
            elif column.type == "date":
                date.fromisoformat(row[column.name])
        except ValueError as error:
            document.faulty.add((*path, column.name))
            yield document.problem((*path, column.name), "C04", str(error), "write a day as 2025-03-04")


def _unique(document: Document, key: tuple[str, ...], problems: list[Problem]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in mappings(document.data):
        if any(k not in row for k in key):
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
