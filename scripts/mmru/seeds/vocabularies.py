"""Read the vocabularies: one document for each, validated alone and against the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mmru.errors import InvalidDataset, Problem
from mmru.io.validation import Validator
from mmru.io.yaml_file import Document
from mmru.model.schema import Code, Schemas, Table
from mmru.seeds import json_schema

# the vocabulary, or the table, whose codes or columns `required_roles` of a vocabulary names
ROLES = {"event_type": "event_role", "agreement_type": "agreement_role", "reaction_kind": "reactions"}


def read_vocabularies(root: Path, tables: Mapping[str, Table]) -> dict[str, dict[str, Code]]:
    """Return the codes of each vocabulary of the dataset in `root`. Raise InvalidDataset."""
    validator = Validator(json_schema.vocabulary(tables["vocabularies"], Schemas(tables, {})))
    paths = sorted((root / "schemas" / "vocabularies").glob("*.yaml"))
    documents = [
        _validate(validator.validate(Document.read(root, f"schemas/vocabularies/{path.name}")))
        for path in paths
    ]
    if problems := [problem for document in documents for problem in document.problems]:
        raise InvalidDataset(problems)
    vocabularies = {document.data["vocabulary"]: _codes(document) for document in documents}
    known = {
        **{name: list(codes) for name, codes in vocabularies.items()},
        **{name: table.names for name, table in tables.items()},
    }
    if problems := [problem for document in documents for problem in _dangling(document, known)]:
        raise InvalidDataset(problems)
    return vocabularies


def _validate(document: Document) -> Document:
    """Return a vocabulary with the problems of its name and of its codes."""
    if document.invalid:
        return document
    stem = Path(document.path).stem
    problems = []
    if document.data["vocabulary"] != stem:
        message = f"the file is not named after its vocabulary '{document.data['vocabulary']}'"
        problems.append(document.problem(("vocabulary",), "C07", message, "rename one of them"))
    codes = [row["code"] for row in document.data["codes"]]
    for number, row in enumerate(document.data["codes"]):
        if row["code"] in codes[:number]:
            message = f"the code '{row['code']}' is defined twice"
            problems.append(document.problem(("codes", number, "code"), "C02", message, "keep one"))
        if "minimum" in row and "maximum" in row and row["minimum"] > row["maximum"]:
            message = f"the minimum of '{row['code']}' is above its maximum"
            problems.append(document.problem(("codes", number, "minimum"), "S08", message, "swap them"))
    return document.with_problems(problems)


def _codes(document: Document) -> dict[str, Code]:
    """Return the codes of a vocabulary, by name."""
    edition = document.data.get("edition")
    return {row["code"]: Code.of({**row, "edition": edition}) for row in document.data["codes"]}


def _dangling(document: Document, known: Mapping[str, list[str]]) -> Iterator[Problem]:
    """Yield the references to codes or columns that do not exist; `known` has those of each list."""
    roles = ROLES.get(document.data["vocabulary"], "")
    for number, row in enumerate(document.data["codes"]):
        for place, entry in enumerate(row.get("allowed_with", ())):
            name, _, code = entry.partition(":")
            if code not in known.get(name, ()):
                fix = (
                    f"add it to {name}" if name in known else "write vocabulary:code, such as stance:welcomes"
                )
                yield _unknown(document, ("codes", number, "allowed_with", place), entry, fix)
        for place, entry in enumerate(row.get("required_roles", ())):
            for role in sorted({*entry.split("+")} - {*known.get(roles, ())}):
                fix = (
                    f"name one of {roles}"
                    if roles
                    else f"remove it: {document.data['vocabulary']} has no roles"
                )
                yield _unknown(document, ("codes", number, "required_roles", place), role, fix)


def _unknown(document: Document, place: tuple[str | int, ...], name: str, fix: str) -> Problem:
    return document.problem(place, "S07", f"there is no '{name}'", fix)
