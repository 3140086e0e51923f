"""The release that is installed: its files, each held against its hash, and the names it knows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from mmru.errors import Damaged, Unknown
from mmru.model.schema import Code, Schemas, Table, table_of
from mmru.verify import MALFORMED, PACKAGE, installed


@dataclass(frozen=True)
class Release:
    """A release in a folder, read as far as it is asked for."""

    root: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """The package's descriptor, datapackage.json. Raises Damaged."""
        try:
            about = json.loads(_bytes(self.root / PACKAGE))
            return {**about, "resources": {r["path"]: r for r in about["resources"]}}
        except MALFORMED as error:
            raise _damaged(self.root / PACKAGE, f"cannot be understood: {error}") from None

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables, in the order in which data flow."""
        described = (r["schema"] for r in self.about["resources"].values() if "schema" in r)
        return {descriptor["name"]: table_of(descriptor) for descriptor in described}

    def table(self, name: str) -> Table:
        """The table of that name. Raises Unknown."""
        return self.tables[known("table", name, self.tables)]

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.about["resources"][f"data/{table}.csv"]["rows"])

    def content(self, path: str) -> bytes:
        """The bytes of a file, by its path from the release's top. Raises Damaged."""
        content = _bytes(self.root / path)
        if f"sha256:{sha256(content).hexdigest()}" != self.about["resources"][path]["hash"]:
            raise _damaged(self.root / path, "is not as it was released")
        return content

    @cached_property
    def schemas(self) -> Schemas:
        """The tables and the vocabularies, whose codes stand in a table of their own."""
        vocabularies: dict[str, dict[str, Code]] = {}
        for row in self._parquet("vocabularies"):
            vocabulary, mapping = row.pop("vocabulary"), tuple(row.pop("mapping") or ())
            vocabularies.setdefault(vocabulary, {})[row["code"]] = Code(**row, mapping=mapping)
        return Schemas(self.tables, vocabularies)

    @cached_property
    def redirects(self) -> Mapping[str, dict[str, str | None]]:
        """What became of each id that was retired, by the id."""
        return {row["old_id"]: row for row in self._parquet("redirects")}

    def ids(self, table: str) -> list[str]:
        """The ids of a table's rows, by the first column of its key."""
        key = self.tables[table].primary_key[0]
        return [row[key] for row in self._parquet(table, [key])]

    @cached_property
    def records(self) -> dict[str, str]:
        """The table of each record whose id never vanishes, by the id."""
        tables = self.tables["redirects"]["record_table"].constraints["enum"]
        return {record: table for table in tables for record in self.ids(table)}

    def claimable(self, table: str) -> list[str]:
        """The fields of a table's records of which sources can claim something."""
        records = {found.name for found in self.schemas.records.values()}
        return list(self.schemas.fields(table)) if table in records else []

    def current(self, record: str) -> str:
        """The id to which a retired one was redirected, or the id itself.

        Raises Unknown where the record was withdrawn.
        """
        redirect = self.redirects.get(record)
        if redirect is None:
            return record
        if redirect["new_id"] is None:
            raise Unknown(f"'{record}' was withdrawn in {redirect['since']}: {redirect['reason']}")
        return redirect["new_id"]

    def _parquet(self, table: str, columns: list[str] | None = None) -> list[dict[str, Any]]:
        from mmru.datapackage.frames import read

        table_, names = self.tables[table], columns or self.tables[table].names
        rows: list[dict[str, Any]] = read(self, table_, names, "parquet").to_pylist()
        return rows


def release() -> Release:
    """The release of this package, read anew when its descriptor was written anew. Raises Damaged."""
    root = installed()
    try:
        written = (root / PACKAGE).stat().st_mtime_ns
    except OSError:
        raise _damaged(root / PACKAGE, "is missing") from None
    return _read_once(root, written)


@lru_cache(maxsize=1)
def _read_once(root: Path, _: int) -> Release:
    return Release(root)


def known_text(kind: str, name: object) -> str:
    """The name, where it is a text. Raises Unknown."""
    if not isinstance(name, str):
        raise Unknown(f"a {kind} is named by one text, not by {type(name).__name__} {str(name)[:40]}")
    return name


def known(kind: str, name: str, options: Iterable[str], of: str = "") -> str:
    """The name, where it is one of the options. Raises Unknown, which names the nearest."""
    options = list(dict.fromkeys(options))
    if known_text(kind, name) in options:
        return name
    near = get_close_matches(name, options, 1)
    listed = f"there are {', '.join(options)}" if 0 < len(options) < 40 else ""
    hint = f"did you mean '{near[0]}'?" if near else listed
    said = f"there is no {kind} '{name}'" + (f" in {of}" if of else "")
    raise Unknown(f"{said}; {hint}" if hint else said)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise _damaged(path, "is missing") from None
    except OSError as error:
        raise _damaged(path, f"cannot be read: {error.strerror}") from None


def _damaged(path: Path, said: str) -> Damaged:
    carried = installed() in path.parents and installed().name == "released"
    fix = "install mmru again, with --force-reinstall" if carried else "run mmru build"
    return Damaged(f"{path} {said}; {fix}")
