"""All bad rows at once: copies of a small dataset side by side, each changed in another way.

So the checks run once for all of them.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
from mmru.io.arrow import to_arrow
from mmru.model.schema import Schemas
from mmru.pipeline.build import Dataset

Rows = dict[str, list[dict[str, Any]]]
NAMED = {"actors": "actor_id", "places": "place_id"}
ONCE = ("vocabularies",)  # tables that all copies share


def side_by_side(dataset: Dataset, changes: Mapping[str, Callable[[Rows], None]]) -> dict[str, pa.Table]:
    """Return the tables of an unchanged copy and of a copy for each change; ids of copy n end in `-copy-n`."""
    sound = {name: table.to_pylist() for name, table in dataset.tables.items()}
    made: Rows = {name: copy.deepcopy(rows) for name, rows in sound.items()}
    ids = _ids(sound, dataset.schemas)
    names = {row[key]: row["name"] for table, key in NAMED.items() for row in sound[table]}
    for number, change in enumerate(changes.values()):
        rows = copy.deepcopy(sound)
        change(rows)
        _rename(rows, names, number)
        for name, table in rows.items():
            if name not in ONCE:
                made[name] += [_apart(row, ids, number) for row in table]
    return {name: to_arrow(dataset.schemas.tables[name], rows) for name, rows in made.items()}


def _rename(rows: Rows, names: Mapping[str, str], number: int) -> None:
    """Begin names and titles with the number of the copy, so that no two copies have the same.

    A name that the example changes stays as it is.
    """
    words = sorted(names.values(), key=len, reverse=True)
    name = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in words))
    for table, key in NAMED.items():
        for row in rows[table]:
            if names.get(row[key], row["name"]) == row["name"]:
                row["name"] = f"{number} {row['name']}"
    for table in ("events", "agreements"):
        for row in rows[table]:
            row["title"] = row["title"] and name.sub(rf"{number} \g<0>", f"{number} {row['title']}")


def of_copy(message: str, dataset: Dataset, number: int) -> str:
    """Return a message about records of the dataset as a message about those of copy `number`."""
    ids = _ids({name: table.to_pylist() for name, table in dataset.tables.items()}, dataset.schemas)

    def moved(word: re.Match[str]) -> str:
        return str(
            _moved("claim_id" if word[0].startswith(("c-", "d-")) else "role_id", word[0], ids, number)
        )

    return re.sub(r"[\w.-]*\w", moved, message)


def _ids(rows: Rows, schemas: Schemas) -> set[str]:
    """Return the ids of all records, except those of claims and roles, which contain other ids."""
    keyed = (
        t
        for t in schemas.tables.values()
        if len(t.primary_key) == 1 and t.name not in ("claims", "redirects")
    )
    return {row[table.primary_key[0]] for table in keyed for row in rows[table.name]}


def _apart(row: Mapping[str, Any], ids: set[str], number: int) -> dict[str, Any]:
    """Return a row with the ids and hashes of copy `number`."""
    return {name: _moved(name, value, ids, number) for name, value in row.items()}


def _moved(name: str, value: Any, ids: set[str], number: int) -> Any:
    if isinstance(value, list):
        return [_moved(name, member, ids, number) for member in value]
    if not isinstance(value, str):
        return value
    own = value.partition(".")[0]  # a role's id begins with its actor's
    if own in ids and (value == own or name == "role_id"):
        return value.replace(own, f"{own}-copy-{number}", 1)
    if name in {"claim_id", "difference_id"}:
        return f"{value[:2]}{_hash(value, number)[:16]}"
    if name == "text_sha256":  # a whole line is known by the first digits
        return value[:8] + _hash(value, number)[8:64]
    return value


def _hash(text: str, number: int) -> str:
    return hashlib.sha256(f"{text} {number}".encode()).hexdigest()
