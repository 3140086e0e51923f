"""Read schemas/: the definitions of the tables, and the vocabularies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from mmru.errors import InvalidDataset, Problem, did_you_mean, raise_errors
from mmru.io.validation import Validator
from mmru.io.yaml_file import Document, read_inside
from mmru.model.characters import hidden
from mmru.model.schema import ORDER, Code, Schemas, Table, hidden_problem, missing, table_of
from mmru.model.text import Path_
from mmru.seeds import json_schema

VOCABULARIES = "schemas/vocabularies"
BESIDE_TABLES = ("README.md", "editor", "vocabularies")  # what else schemas/ holds
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
    found: dict[str, Table] = {}
    validator = Validator(json_schema.table_schema())
    message = "is not a table of the dataset"
    fix = "name it in ORDER in scripts/mmru/model/schema.py, or remove it"
    known = {*BESIDE_TABLES, *(f"{name}.json" for name in ORDER)}
    others = (path.name for path in folder.glob("[!.]*") if path.name not in known)
    problems = [Problem(f"schemas/{name}", 1, 1, "S06", message, fix) for name in sorted(others)]
    for name in ORDER:
        path = f"schemas/{name}.json"
        if (root / path).is_file():
            try:
                found[name] = _table(root, path, validator)
            except InvalidDataset as error:
                problems += error.problems
        elif not frozen:
            problems.append(missing(path, "restore it: git checkout schemas"))
    raise_errors(problems)
    raise_errors(_lost(found))
    return found


def _table(root: Path, path: str, validator: Validator) -> Table:
    """Return the table that a file defines. Raise InvalidDataset if the file is invalid."""
    document = _read_json(root, path)
    raise_errors(document.problems)
    data = document.data
    # no other value of it may be an empty text
    own = {k: v for k, v in data.items() if k != "missingValues"} if isinstance(data, dict) else data
    validated = validator.validate(Document(path, document.text, own))
    raise_errors(replace(problem, code="S02") for problem in validated.problems)
    table = table_of(data)
    raise_errors([*_faults(document, table), *_unchecked(path, table)])
    return table


def _read_json(root: Path, path: str) -> Document:
    """Return a file of JSON, which is YAML too. Raise InvalidDataset if it is not JSON."""
    text = read_inside(root, path)
    if isinstance(text, Problem):
        raise InvalidDataset([text])
    raise_errors(hidden_problem(path, *place) for place in hidden(text, escapes=True))
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        message, fix = f"is not JSON: {error.msg}", "correct the syntax here"
        raise InvalidDataset([Problem(path, error.lineno, error.colno, "S01", message, fix)]) from None
    except RecursionError:
        raise InvalidDataset.of(path, "R15", "is nested too deeply", "use fewer levels") from None
    return Document.parse(path, text)


def _faults(document: Document, table: Table) -> Iterator[Problem]:
    """Yield a wrong name of the file, columns defined twice or not at all, and patterns that are none."""
    if table.name != Path(document.path).stem:
        message = f"the file is not named after its table '{table.name}'"
        yield document.problem(("name",), "C07", message, "rename one of them")
    for number, column in enumerate(table.columns):
        if column.name in table.names[:number]:
            message = f"the column '{column.name}' is defined twice"
            yield document.problem(("fields", number, "name"), "S02", message, "keep one")
        try:
            re.compile(column.constraints.get("pattern", ""))
        except re.error as error:
            message = f"{column.name}: the pattern is not a regular expression: {error}"
            yield document.problem(("fields", number, "constraints", "pattern"), "S02", message, "correct it")
    used: dict[Path_, str] = {("primaryKey", n): name for n, name in enumerate(table.primary_key)}
    used |= {("foreignKeys", n, "fields", 0): key[0] for n, key in enumerate(table.foreign_keys)}
    if table.helper:
        used[("mmru:helper", "key")] = table.helper.key
        used |= {("mmru:helper", "value"): table.helper.value} if table.helper.value else {}
    for place, name in used.items():
        if name not in table.names:
            fix = did_you_mean(name, table.names) or "name a column of the table"
            yield document.problem(place, "S02", f"there is no column '{name}'", fix)


def _unchecked(path: str, table: Table) -> Iterator[Problem]:
    """Yield the constraints that no check on tables enforces."""
    for column in table.columns:
        for name in set(column.constraints) - CONSTRAINTS:
            message = f"{column.name}: the constraint {name} is not supported"
            yield Problem(path, 1, 1, "S05", message, "use one of " + ", ".join(sorted(CONSTRAINTS)))


def _lost(found: Mapping[str, Table]) -> Iterator[Problem]:
    """Yield the references of tables to tables or columns that do not exist."""
    for table in found.values():
        named = [(name, f"{other}.{key}") for name, other, key in table.foreign_keys]
        named += [(column.name, column.references) for column in table.columns if column.references]
        known = {f"{other.name}.{name}" for other in found.values() for name in other.names}
        for column, target in named:
            if target not in known:
                fix = did_you_mean(target, known) or "name a column of another table"
                yield Problem(
                    f"schemas/{table.name}.json", 1, 1, "S02", f"{column}: there is no '{target}'", fix
                )
        if table.helper and table.helper.of not in found:
            message = f"its helper is of '{table.helper.of}', which is no table"
            yield Problem(f"schemas/{table.name}.json", 1, 1, "S02", message, "name a table of records")


def read_vocabularies(root: Path, tables: Mapping[str, Table]) -> dict[str, dict[str, Code]]:
    """Return the codes of each vocabulary of the dataset in `root`. Raise InvalidDataset."""
    folder = root / VOCABULARIES
    if not folder.is_dir():
        raise InvalidDataset([missing(VOCABULARIES, "restore it: git checkout schemas")])
    validator = Validator(json_schema.vocabulary(tables["vocabularies"], Schemas(tables, {})))
    paths = [f"{VOCABULARIES}/{path.name}" for path in sorted(folder.glob("[!.]*"))]
    others = [path for path in paths if not path.endswith(".yaml")]
    problems = [
        Problem(path, 1, 1, "S06", "is not a vocabulary", "name it *.yaml, or remove it") for path in others
    ]
    documents = [_validate(validator.validate(Document.read(root, p))) for p in paths if p not in others]
    problems += [problem for document in documents for problem in document.problems]
    raise_errors(problems)
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
                yield Problem(path, 1, 1, "S03", message, f"add it under {VOCABULARIES}/")
                continue
            for code in column.constraints.get("enum", []):
                if code not in defined:
                    fix = f"add it to {VOCABULARIES}/{column.vocabulary}.yaml"
                    yield Problem(path, 1, 1, "S04", f"{column.name}: '{code}' has no definition", fix)
