"""Read schemas/: the definitions of the tables, and the vocabularies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from mmru.errors import InvalidDataset, Problem, raise_errors
from mmru.io.validation import Validator
from mmru.io.yaml_file import Document
from mmru.model.characters import composed, hidden, with_lf
from mmru.model.schema import ORDER, Code, Schemas, Table, hidden_problem, missing, table_of
from mmru.seeds import json_schema

CONSTRAINTS = {"required", "unique", "minLength", "minimum", "maximum", "pattern", "enum"}
# the vocabulary, or the table, whose codes or columns `required_roles` of a vocabulary names
ROLES = {"event_type": "event_role", "agreement_type": "agreement_role", "reaction_kind": "reactions"}


def tables(root: Path, *, frozen: bool = False) -> dict[str, Table]:
    """Return the tables that `root`/schemas defines. Raise InvalidDataset if a file is missing or invalid.

    Schemas that were frozen may lack tables that came later.
    """
    folder = root / "schemas"
    if not folder.is_dir():
        raise InvalidDataset([missing("schemas", "run the command in the dataset's top folder")])
    found = {}
    message = "is not a table of the dataset"
    fix = "name it in ORDER in scripts/mmru/model/schema.py, or remove it"
    others = (path.name for path in folder.glob("*.json") if path.stem not in ORDER)
    problems = [Problem(f"schemas/{name}", 1, 1, "S06", message, fix) for name in others]
    for name in ORDER:
        path = f"schemas/{name}.json"
        if (root / path).is_file():
            try:
                found[name] = _table(root, path)
            except InvalidDataset as error:
                problems += error.problems
        elif not frozen:
            problems.append(missing(path, "restore it: git checkout schemas"))
    raise_errors(problems)
    return found


def _table(root: Path, path: str) -> Table:
    """Return the table that a file defines. Raise InvalidDataset if the file is invalid."""
    try:
        text = with_lf((root / path).read_bytes()).decode("utf-8")
        raise_errors(hidden_problem(path, *place) for place in hidden(text, escapes=True))
        table = table_of(composed(json.loads(text)))
    except json.JSONDecodeError as error:
        message, fix = f"is not JSON: {error.msg}", "correct the syntax here"
        raise InvalidDataset([Problem(path, error.lineno, error.colno, "S01", message, fix)]) from None
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError) as error:
        is_key = isinstance(error, KeyError)
        message = f"a table or column has no {error}" if is_key else "is not a Table Schema"
        raise InvalidDataset.of(path, "S02", message, "restore it: git checkout schemas") from None
    raise_errors(_unchecked(path, table))
    return table


def _unchecked(path: str, table: Table) -> Iterator[Problem]:
    """Yield the constraints that no check on tables enforces."""
    for column in table.columns:
        for name in set(column.constraints) - CONSTRAINTS:
            message = f"{column.name}: the constraint {name} is not supported"
            yield Problem(path, 1, 1, "S05", message, "use one of " + ", ".join(sorted(CONSTRAINTS)))


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


def misfits(schemas: Schemas) -> Iterator[Problem]:
    """Yield enums with undefined codes, and columns with an undefined vocabulary."""
    for table in schemas.tables.values():
        for column in table.columns:
            if not column.vocabulary:
                continue
            path = f"schemas/{table.name}.json"
            defined = schemas.vocabularies.get(column.vocabulary)
            if defined is None:
                message = f"{column.name}: there is no vocabulary '{column.vocabulary}'"
                yield Problem(path, 1, 1, "S03", message, "add it under schemas/vocabularies/")
                continue
            for code in column.constraints.get("enum", []):
                if code not in defined:
                    fix = f"add it to schemas/vocabularies/{column.vocabulary}.yaml"
                    yield Problem(path, 1, 1, "S04", f"{column.name}: '{code}' has no definition", fix)
