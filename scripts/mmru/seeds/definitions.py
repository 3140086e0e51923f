"""Read the definitions of the tables from schemas/."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from mmru.errors import InvalidDataset, Problem
from mmru.model.characters import composed, hidden, with_lf
from mmru.model.schema import ORDER, Schemas, Table, hidden_problem, missing, table_of

CONSTRAINTS = {"required", "unique", "minLength", "minimum", "maximum", "pattern", "enum"}


def tables(root: Path, *, frozen: bool = False) -> dict[str, Table]:
    """Return the tables that `root`/schemas defines. Raise InvalidDataset if a file is missing or invalid.

    Schemas that were frozen may lack tables that came later.
    """
    problems: list[Problem] = []
    folder = root / "schemas"
    if not folder.is_dir():
        raise InvalidDataset([missing("schemas", "run the command in the dataset's top folder")])
    found = {}
    for name in ORDER:
        shown, path = f"schemas/{name}.json", folder / f"{name}.json"
        if not path.is_file():
            problems += [] if frozen else [missing(shown, "restore it: git checkout schemas")]
            continue
        try:
            text = with_lf(path.read_bytes()).decode("utf-8")
            if invisible := [hidden_problem(shown, *place) for place in hidden(text, escapes=True)]:
                problems += invisible
                continue
            found[name] = table_of(composed(json.loads(text)))
            problems.extend(_unchecked(shown, found[name]))
        except json.JSONDecodeError as error:
            message, fix = f"is not JSON: {error.msg}", "correct the syntax here"
            problems.append(Problem(shown, error.lineno, error.colno, "S01", message, fix))
        except (AttributeError, KeyError, TypeError, UnicodeDecodeError) as error:
            is_key = isinstance(error, KeyError)
            message = f"a table or column has no {error}" if is_key else "is not a Table Schema"
            problems.append(Problem(shown, 1, 1, "S02", message, "restore it: git checkout schemas"))
    for path in sorted(folder.glob("*.json")):
        if path.stem not in ORDER:
            fix = "name it in ORDER in scripts/mmru/model/schema.py, or remove it"
            problems.append(
                Problem(f"schemas/{path.name}", 1, 1, "S06", "is not a table of the dataset", fix)
            )
    if problems:
        raise InvalidDataset(problems)
    return found


def _unchecked(path: str, table: Table) -> Iterator[Problem]:
    """Yield the constraints that no check on tables enforces."""
    for column in table.columns:
        for name in set(column.constraints) - CONSTRAINTS:
            message = f"{column.name}: the constraint {name} is not supported"
            yield Problem(path, 1, 1, "S05", message, "use one of " + ", ".join(sorted(CONSTRAINTS)))


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
