"""A published package, read file by file from a folder, a zip archive, a git revision or memory.

pyarrow is imported only when rows are read.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import IO, TYPE_CHECKING, Any

from mmru.errors import Damaged, Position, Problem, Unknown
from mmru.export.facts import About, about_of
from mmru.model.redirects import follow
from mmru.model.schema import COLUMN_TYPES, DISTINCT, Code, Schemas, Table, table_of
from mmru.model.version import VERSION
from mmru.verify import (
    ABSENT,
    GET_AGAIN,
    MALFORMED,
    PACKAGE,
    SUMS,
    UNREADABLE,
    BadSums,
    Files,
    Listed,
    described,
    differing,
    reason,
)

if TYPE_CHECKING:
    import pyarrow as pa

VOCABULARIES, REDIRECTS = "vocabularies", "redirects"
_CSV_ROW = re.compile(r"Row #(\d+): ")  # counted from the header, which is row 1


class InMemory:
    """Files in memory, by path, as mmru.verify.Files."""

    def __init__(self, content: Mapping[str, bytes]) -> None:
        self._content = content

    def names(self) -> set[str]:
        return set(self._content)

    def open(self, name: str) -> IO[bytes]:
        return io.BytesIO(self._content[name])


class Package:
    """A package that reads each file when it is needed.

    Every property and method raises Damaged if a file is missing or is not valid.
    `label` precedes the paths in problems, and `fix` ends them. With `hashed`, each file must be listed
    with its hash; without, the files of a table are what data/ holds, and may be in parts.
    """

    def __init__(self, files: Files, label: str = "", fix: str = GET_AGAIN, *, hashed: bool = True) -> None:
        self.files = files
        self._label, self._fix, self._hashed = label, fix, hashed
        self._counts: dict[str, int] = {}
        self._lines: dict[str, list[int]] = {}

    def __repr__(self) -> str:
        return f"<Package {self.name} {self.version}>"

    # from the descriptor

    @cached_property
    def descriptor(self) -> dict[str, Any]:
        """The content of datapackage.json."""
        content = self._bytes(PACKAGE)
        with self._interpreting():
            descriptor: dict[str, Any] = json.loads(content)
            if not isinstance(descriptor["resources"], list):
                raise TypeError("resources is not a list")
            return descriptor

    @cached_property
    def name(self) -> str:
        with self._interpreting():
            return str(self.descriptor["name"])

    @cached_property
    def version(self) -> str:
        with self._interpreting():
            version = str(self.descriptor["version"])
            if not re.fullmatch(rf"{VERSION}(?:-dev)?", version):
                raise ValueError(f"'{version}' is not a version")
            return version

    @cached_property
    def about(self) -> About:
        """What seeds/dataset.yaml says of the dataset."""
        with self._interpreting():
            return about_of(self.descriptor)

    @cached_property
    def released(self) -> date:
        """The day of its release."""
        with self._interpreting():
            return date.fromisoformat(self.about["released"])

    @cached_property
    def distinct(self) -> list[tuple[str, str, str]]:
        """A table and two of its records, for each pair of records that are alike but distinct."""
        with self._interpreting():
            listed = self.descriptor.get(DISTINCT, [])
            return [(str(table), str(one), str(other)) for table, one, other in listed]

    @cached_property
    def tables(self) -> dict[str, Table]:
        """The tables by name, in the order in which data flow."""
        with self._interpreting():
            schemas = (r["schema"] for r in self.descriptor["resources"] if "schema" in r)
            tables = {table.name: table for table in map(table_of, schemas)}
            for table in tables.values():
                _check_table(table)
            return tables

    @cached_property
    def listed(self) -> dict[str, Listed]:
        """The hash and size of every file that the descriptor and the list of checksums name."""
        _ = self.descriptor
        with self._interpreting():
            return described(self.files)

    def row_count(self, table: str) -> int | None:
        """Return the number of rows that the descriptor gives for a table, or None if it gives none."""
        with self._interpreting():
            resources = {r.get("path"): r for r in self.descriptor["resources"]}
            rows = resources.get(f"data/{table}.csv", {}).get("rows")
            return rows if isinstance(rows, int) else None

    # files

    def content(self, path: str) -> bytes:
        """Return the bytes of a file, which must have the hash that is listed for it."""
        content = self._bytes(path)
        if not self._hashed:
            return content
        if path not in self.listed:
            raise self._damaged(path, "V01", "is missing")
        for fault in differing(path, len(content), sha256(content).hexdigest(), self.listed[path]):
            raise self._damaged(path, fault.code, fault.message)
        return content

    def paths(self, table: str) -> list[str]:
        """Return the files of a table: its parts, or its Parquet file, or its CSV file."""
        whole, csv, names = f"data/{table}.parquet", f"data/{table}.csv", self.names
        parts = [n for n in names if n.startswith(f"data/{table}/") and n.endswith(".parquet")]
        found = sorted(parts) or [path for path in (whole, csv) if path in names][:1]
        if not found:
            raise self._damaged(whole, "V01", "is missing")
        return found

    @cached_property
    def names(self) -> set[str]:
        """The paths of its files."""
        return set(self.listed) if self._hashed else self.files.names()

    # rows

    def rows(self, table: str, columns: Sequence[str] | None = None, source: str = "parquet") -> pa.Table:
        """Return the rows of a table, in all columns or in some, equal from Parquet and CSV."""
        import pyarrow as pa

        if table not in self.tables:
            raise self._damaged(PACKAGE, "V05", f"cannot be understood: it describes no table {table}")
        parts = [self._rows(self.tables[table], path, columns) for path in self._paths(table, source)]
        return pa.concat_tables(parts)

    def read(self, names: Iterable[str] | None = None) -> dict[str, pa.Table]:
        """Return the rows of tables, by default of all; the Damaged raised names every damaged file."""
        rows, problems = {}, []
        for name in self.tables if names is None else names:
            try:
                rows[name] = self.rows(name)
            except Damaged as damaged:
                problems += damaged.problems
        if problems:
            raise Damaged(problems)
        return rows

    def position(self, table: str, row: int, source: str = "parquet") -> Position:
        """Return the place of a row, counted from 0: its line in CSV, its number from 1 in Parquet."""
        *others, path = self._paths(table, source)
        for other in others:
            count = self.count(other)
            if row < count:
                path = other
                break
            row -= count
        if not path.endswith(".csv"):
            return Position(self._shown(path), row + 1)
        return Position(self._shown(path), self._line(path, row + 1))

    def count(self, path: str) -> int:
        """Return the number of rows of a Parquet file."""
        if path not in self._counts:
            import pyarrow.parquet as pq

            with self.files.open(path) as file:
                self._counts[path] = pq.read_metadata(file).num_rows
        return self._counts[path]

    def _paths(self, table: str, source: str) -> list[str]:
        return [f"data/{table}.csv"] if source == "csv" else self.paths(table)

    def _rows(self, table: Table, path: str, columns: Sequence[str] | None) -> pa.Table:
        import pyarrow as pa

        from mmru.io.arrow import memory
        from mmru.io.tables import WrongColumns, from_csv, from_parquet

        names = table.names if columns is None else list(dict.fromkeys(columns))
        file = memory(self.content(path))
        try:
            if path.endswith(".csv"):
                rows = from_csv(file, table).select(names)
            else:
                rows = from_parquet(file, table, names)
        except WrongColumns as error:
            detail = "" if self._hashed else f": {error.detail}"
            raise self._damaged(path, "V09", f"{error}{detail}") from None
        except (OSError, ValueError, pa.ArrowException) as error:
            message = str(error).partition("\n")[0].removeprefix("cannot be read: ")
            found = _CSV_ROW.search(message)
            line = self._line(path, int(found[1]) - 1) if found else 1
            raise self._damaged(path, "V09", f"cannot be read: {message}", line) from None
        # so that all parts have one schema, although different programs wrote them
        schema = pa.schema([field.with_nullable(True).remove_metadata() for field in rows.schema])
        return rows.cast(schema)

    def _line(self, path: str, row: int) -> int:
        """Return the line of a CSV file on which a row begins; row 0 is the header."""
        from mmru.io.tables import BadCsv, csv_rows

        if path not in self._lines:
            self._lines[path] = []
            with suppress(BadCsv):
                text = self._bytes(path).decode("utf-8", "replace")
                self._lines[path].extend(line for line, _ in csv_rows(text))
        lines = self._lines[path]
        return lines[row] if row < len(lines) else 1

    # relations between the tables

    @cached_property
    def schemas(self) -> Schemas:
        """The tables, and the vocabularies as far as their table has a code."""
        vocabularies: dict[str, dict[str, Code]] = {}
        for row in self.rows(VOCABULARIES).to_pylist() if VOCABULARIES in self.tables else ():
            if (vocabulary := row.get("vocabulary")) and row.get("code") is not None:
                code = Code.of(
                    {"label": "", "definition": ""} | {k: v for k, v in row.items() if v is not None}
                )
                vocabularies.setdefault(vocabulary, {})[row["code"]] = code
        return Schemas(self.tables, vocabularies)

    def ids(self, table: str) -> list[str]:
        """Return the first column of the key of a table."""
        key = self.tables[table].primary_key[0]
        ids: list[str] = self.rows(table, [key])[key].to_pylist()
        return ids

    @cached_property
    def record_tables(self) -> list[str]:
        """The tables whose ids never vanish: those that an entry of redirects can be about."""
        redirects = self.tables.get(REDIRECTS)
        return list(redirects["record_table"].constraints.get("enum", ())) if redirects else []

    @cached_property
    def records(self) -> dict[str, str]:
        """The table of each record whose id never vanishes, by id."""
        known = (table for table in self.record_tables if table in self.tables)
        return {record: table for table in known for record in self.ids(table)}

    @cached_property
    def redirects(self) -> dict[str, dict[str, Any]]:
        """The row of each retired id, by the id."""
        rows = self.rows(REDIRECTS).to_pylist() if REDIRECTS in self.tables else []
        return {row["old_id"]: row for row in rows}

    @cached_property
    def _targets(self) -> Mapping[str, str | None]:
        return {old: row["new_id"] for old, row in self.redirects.items()}

    def chain(self, record: str) -> list[str]:
        """Return an id and those to which it was redirected, one after the other; the last is in use.

        Raise Unknown if the last was withdrawn, and Damaged if the redirects lead in a circle.
        """
        retired, end = follow(self._targets, record)
        if end in retired:
            message = f"redirects {end}: its redirects lead back to it"
            raise self._damaged(self.paths(REDIRECTS)[0], "T42", message)
        if end is None:
            last = retired[-1]
            before = f"'{record}' was redirected to '{last}', which" if last != record else f"'{record}'"
            row = self.redirects[last]
            raise Unknown(f"{before} was withdrawn in {row['since']}: {row['reason']}")
        return [*retired, end]

    def current(self, record: str) -> str:
        """Return the id to which an id was redirected at last, or the id; raise Unknown as `chain` does."""
        return self.chain(record)[-1]

    def claimable(self, table: str) -> list[str]:
        """Return the fields of a table's records that claims can be about."""
        records = {found.name for found in self.schemas.records.values()}
        return list(self.schemas.fields(table)) if table in records else []

    # problems

    def _bytes(self, path: str) -> bytes:
        try:
            with self.files.open(path) as file:
                return file.read()
        except ABSENT:
            raise self._damaged(path, "V01", "is missing") from None
        except UNREADABLE as error:
            raise self._damaged(path, "V02", f"cannot be read: {reason(error)}") from None

    @contextmanager
    def _interpreting(self) -> Iterator[None]:
        """Raise Damaged instead of what a descriptor without the expected structure raises."""
        try:
            yield
        except BadSums as error:
            raise self._damaged(SUMS, "V05", f"cannot be understood: {error}") from None
        except MALFORMED as error:
            message = f"cannot be understood: {type(error).__name__} {error}"
            raise self._damaged(PACKAGE, "V05", message) from None
        except UNREADABLE as error:
            raise self._damaged(PACKAGE, "V02", f"cannot be read: {reason(error)}") from None

    def _damaged(self, path: str, code: str, message: str, line: int = 1) -> Damaged:
        return Damaged([Problem(self._shown(path), line, 1, code, message, self._fix)])

    def _shown(self, path: str) -> str:
        return f"{self._label}/{path}" if self._label else path


def _check_table(table: Table) -> None:
    """Raise ValueError if the schema of a table contradicts itself."""
    if not set(table.primary_key).issubset(table.names):
        raise ValueError(f"the key of {table.name} is not one of its columns")
    for column in table.columns:
        if column.type not in COLUMN_TYPES:
            raise ValueError(f"{table.name}.{column.name} has the unknown type '{column.type}'")
        if not isinstance(column.constraints, dict):
            raise ValueError(f"the constraints of {table.name}.{column.name} are not an object")
