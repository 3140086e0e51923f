"""An edition of the dataset: its tables as they are in a folder, an archive or a revision of git."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from mmru.errors import InvalidDataset, Problem
from mmru.io.arrow import arrow_schema, memory
from mmru.io.git import exported, git
from mmru.io.tables import from_parquet
from mmru.model.schema import Table, table_of
from mmru.model.version import VERSION
from mmru.verify import MALFORMED, PACKAGE, UNREADABLE, Archive, Files, Folder, Listed, changed, described

CHANGES = "changes"  # what the history of the dataset tells of itself is no part of what it compares


@dataclass(frozen=True)
class Edition:
    """The tables of one state of the dataset, with their schemas, and the version it calls itself."""

    version: str
    schemas: Mapping[str, Table] = field(repr=False)
    tables: Mapping[str, pa.Table] = field(repr=False)


def fingerprint(schemas: Mapping[str, Table], written: Mapping[str, bytes]) -> str:
    """The SHA-256, in hexadecimal, of the schemas and CSV files of all tables but that of the changes."""
    hashed = sha256()
    for name in sorted(set(schemas) - {CHANGES}):
        hashed.update(json.dumps(schemas[name].descriptor, sort_keys=True, ensure_ascii=False).encode())
        hashed.update(written[name])
    return hashed.hexdigest()


def open_edition(name: str, root: Path) -> Edition:
    """The edition that a name stands for: a folder, an archive, a revision of git or a version.

    A version such as 1.0.0 is the tag v1.0.0 of the repository in `root`, or an archive in
    `root`/dist. Every file read is held against the hash that the edition gives for it. Raises
    InvalidDataset where there is none of that name, or a file of it is missing or damaged.
    """
    path = Path(name)
    if name and path.is_dir():
        return _read(Folder(path), name)
    if path.is_file():
        return _read_archive(path, name)
    for revision in (f"v{name}", name):
        if commit := git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"):
            with exported(root, commit.decode().strip()) as archive:
                return _read_archive(archive, name)
    known = dict(_versions(root))
    if found := known.get(name):
        return _read_archive(found, name)
    near = get_close_matches(name, known, 1) or get_close_matches(name, _tags(root), 1)
    fix = f"did you mean '{near[0]}'?" if near else "name a folder, an archive, a version or a revision"
    raise InvalidDataset([Problem(name, 1, 1, "L01", "is no edition of the dataset", fix)])


def _versions(root: Path) -> Iterator[tuple[str, Path]]:
    """The archives of releases in dist/, by version."""
    for path in sorted(root.glob("dist/*.zip")):
        if found := re.search(r"-(\d+\.\d+\.\d+)\.zip$", path.name):
            yield found[1], path


def _tags(root: Path) -> list[str]:
    return [tag.removeprefix("v") for tag in (git(root, "tag", "--list") or b"").decode().split()]


def _read_archive(path: Path, name: str) -> Edition:
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(Archive(archive), name)
    except zipfile.BadZipFile as error:
        said = f"is not a zip archive that can be read: {error}"
        raise InvalidDataset([Problem(name, 1, 1, "V05", said, "get it again")]) from None


def _read(files: Files, name: str) -> Edition:
    """Read the tables that the descriptor of an edition lists; `name` is how it was asked for."""
    if PACKAGE not in files.names():
        fix = "name a checkout, an unpacked release or its archive"
        raise InvalidDataset([Problem(f"{name}/{PACKAGE}", 1, 1, "V01", "is missing", fix)])
    try:
        with files.open(PACKAGE) as file:
            package = json.load(file)
        listed = described(files)
        schemas = {r["name"]: _schema(r["schema"]) for r in package["resources"] if "schema" in r}
        version = str(package["version"])
        if not re.fullmatch(rf"{VERSION}(?:-dev)?", version):
            raise ValueError(f"'{version}' is no version")
    except (*MALFORMED, *UNREADABLE) as error:
        said = f"cannot be understood: {type(error).__name__} {error}"
        raise InvalidDataset(
            [Problem(f"{name}/{PACKAGE}", 1, 1, "V05", said, "get the release again")]
        ) from None
    problems: list[Problem] = []
    found = {t: _table(files, schema, listed, name, problems) for t, schema in schemas.items()}
    if problems:
        raise InvalidDataset(problems)
    return Edition(version, schemas, {t: rows for t, rows in found.items() if rows is not None})


def _schema(descriptor: dict[str, Any]) -> Table:
    """The schema of a table. Raises one of MALFORMED where it cannot be understood."""
    table = table_of(descriptor)
    if not set(table.primary_key).issubset(arrow_schema(table).names):
        raise ValueError(f"the key of {table.name} is no column of it")
    return table


def _table(
    files: Files, schema: Table, listed: Mapping[str, Listed], name: str, problems: list[Problem]
) -> pa.Table | None:
    path, fix = f"data/{schema.name}.parquet", "get the release again"
    shown = f"{name}/{path}"
    if path not in files.names() or path not in listed:
        problems.append(Problem(shown, 1, 1, "V01", "is missing", fix))
        return None
    faults = list(changed(files, path, listed[path]))
    problems.extend(Problem(shown, 1, 1, f.code, f.message, f.fix) for f in faults)
    if faults:
        return None
    try:
        with files.open(path) as file:
            return from_parquet(memory(file.read()), schema)
    except ValueError as error:
        problems.append(Problem(shown, 1, 1, "V09", str(error), fix))
        return None
