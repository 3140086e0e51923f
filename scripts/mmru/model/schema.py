"""The definitions of tables, columns and vocabularies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from mmru.errors import Problem

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
SCORES = {"cameo_code": "goldstein", "stance": "stance_score"}  # the column with the score of a code
DOUBTFUL = "doubtful"  # the group of statuses of what has no Goldstein score
DISTINCT = "mmru:distinct"  # the property of datapackage.json with pairs that are alike but distinct
COLUMN_TYPES = ("string", "integer", "number", "boolean", "date", "list")
KINDS = ("claimed", "coded", "derived", "editorial", "looked-up")  # of columns
LABELS = ("title", "name", "summary")  # the first of these columns that a table has names its records


@dataclass(frozen=True)
class Column:
    """A column of a table, as its Table Schema (Data Package v2) describes it."""

    name: str
    type: str
    title: str
    description: str
    kind: str
    constraints: Mapping[str, Any] = field(default_factory=dict)
    vocabulary: str = ""
    format: str = ""
    unit: str = ""
    references: str = ""
    ordered: bool = False  # whether the codes of its enum have an order

    @property
    def required(self) -> bool:
        return bool(self.constraints.get("required"))

    @property
    def is_list(self) -> bool:
        return self.type == "list"


@dataclass(frozen=True)
class Helper:
    """How rows of a helper table are written as fields of the records of its main table.

    Styles: member (`actors.visitor` = an actor), measure (`details.ministers` = a figure, of an object in
    `details.delivered.su-30`, or `details.purpose` = texts), step (`milestones.signed.date`), named
    (`roles.minister.as_of`).
    """

    of: str
    prefix: str
    style: str
    key: str
    value: str = ""

    @property
    def has_columns(self) -> bool:
        """Return whether each column of a row is a field of its own, as in `milestones.signed.date`."""
        return self.style in ("step", "named")


@dataclass(frozen=True)
class Table:
    """A table of the dataset."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[tuple[str, str, str], ...]
    descriptor: Mapping[str, Any]
    record: str = ""
    helper: Helper | None = None

    def __getitem__(self, column: str) -> Column:
        return self._by_name[column]

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {c.name: c for c in self.columns}

    @property
    def rules(self) -> list[str]:
        """The coding rules of its rows."""
        return list(self.descriptor.get("mmru:rules", []))

    @cached_property
    def names(self) -> list[str]:
        return [c.name for c in self.columns]

    @cached_property
    def dated(self) -> list[Column]:
        """The columns that hold dates."""
        return [c for c in self.columns if c.format == "edtf" or c.type == "date"]

    @property
    def label(self) -> str:
        """The column that names its records, or an empty string."""
        return next((name for name in LABELS if name in self.names), "")

    def target(self, column: str) -> str:
        """Return the table that a column refers to, or an empty string."""
        keys = {name: table for name, table, _ in self.foreign_keys}
        return keys.get(column) or self[column].references.partition(".")[0]


@dataclass(frozen=True)
class Field:
    """A field that claims can be about: a column of a record or of its helper rows.

    A field with `is_list` holds a set of values; each value has its own claim.
    """

    path: str
    table: Table
    column: Column
    is_list: bool

    @property
    def target(self) -> str:
        return self.table.target(self.column.name)


@dataclass(frozen=True)
class Code:
    """One code of a vocabulary."""

    code: str
    label: str
    definition: str
    mapping: tuple[str, ...] = ()
    edition: str | None = None
    score: float | None = None
    unit: str | None = None
    side: str | None = None
    allowed_with: tuple[str, ...] = ()
    required_roles: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole_number: bool | None = None
    group: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Code:
        """Return the code that a row of a vocabulary describes."""
        given = {f.name: row[f.name] for f in fields(cls) if row.get(f.name) is not None}
        cells: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
        return cls(**cells)

    def allowed(self, name: str) -> tuple[str, ...]:
        """Return the codes of another vocabulary, or columns of a table, that `allowed_with` names."""
        return tuple(e.removeprefix(f"{name}:") for e in self.allowed_with if e.startswith(f"{name}:"))

    @property
    def required(self) -> dict[str, int]:
        """How many actors each required role needs."""
        return {entry.partition("+")[0]: entry.count("+") + 1 for entry in self.required_roles}


@dataclass(frozen=True)
class Schemas:
    """All tables, in order of dependency, and all vocabularies."""

    tables: Mapping[str, Table]
    vocabularies: Mapping[str, Mapping[str, Code]]

    @cached_property
    def records(self) -> dict[str, Table]:
        """The tables whose records claims are about, by the key that names a record in articles."""
        return {t.record: t for t in self.tables.values() if t.record}

    @cached_property
    def prefixes(self) -> dict[str, str]:
        """The prefix of the ids of each table whose ids have one, such as `ev-` of events."""
        keys = {t.name: t[t.primary_key[0]] for t in self.tables.values() if len(t.primary_key) == 1}
        patterns = ((name, column.constraints.get("pattern", "")) for name, column in keys.items())
        found = ((name, re.match(r"([a-z]+-)\[a-z0-9\]\+", pattern)) for name, pattern in patterns)
        return {name: match[1] for name, match in found if match}

    def helpers(self, table: str) -> Iterator[Table]:
        """Yield the helper tables of a main table."""
        return (t for t in self.tables.values() if t.helper and t.helper.of == table)

    def codes(self, column: Column) -> Mapping[str, Code]:
        """Return the codes that a column allows; empty if any value is allowed."""
        codes = self.vocabularies.get(column.vocabulary, {})
        allowed = column.constraints.get("enum")
        if not allowed:
            return codes
        key = (column.vocabulary, *allowed)
        if key not in self._allowed:
            self._allowed[key] = {c: codes[c] for c in allowed if c in codes}
        return self._allowed[key]

    def group(self, column: Column, name: str) -> list[str]:
        """Return the codes of a column that belong to a group, such as the doubtful statuses."""
        return [code for code, meaning in self.codes(column).items() if meaning.group == name]

    @cached_property
    def _allowed(self) -> dict[tuple[Any, ...], dict[str, Code]]:
        """Cache of the codes of columns that allow a part of a vocabulary."""
        return {}

    @cached_property
    def _fields(self) -> dict[str, dict[str, Field]]:
        return {t.name: {f.path: f for f in self._fixed(t)} for t in self.records.values()}

    def fields(self, table: str) -> dict[str, Field]:
        """Return the fields of a record table that have a fixed name, in the order of its columns."""
        return self._fields[table]

    def field(self, table: str, path: str) -> Field | None:
        """Return the field of that name, numbered steps and named rows included, or None."""
        fields = self._fields.get(table, {})
        if path in fields:
            return fields[path]
        if (table, path) not in self._open:
            matching = (field for field in self.open_fields(table) if re.fullmatch(field.path, path))
            self._open[table, path] = next(matching, None)
        return self._open[table, path]

    @cached_property
    def _open(self) -> dict[tuple[str, str], Field | None]:
        """Cache of the fields whose names are not fixed."""
        return {}

    def _fixed(self, table: Table) -> Iterator[Field]:
        for column in table.columns:
            if column.kind == "claimed":
                yield Field(column.name, table, column, column.is_list)
        for helper_table in self.helpers(table.name):
            helper = helper_table.helper
            assert helper
            key = helper_table[helper.key]
            if helper.style == "step":
                yield Field(helper.prefix, helper_table, key, True)
            for code, meaning in self.codes(key).items():
                path = f"{helper.prefix}.{code}"
                if helper.style == "member":
                    yield Field(path, helper_table, helper_table[helper.value], True)
                elif helper.style == "measure":
                    column = helper_table["value" if meaning.unit else "text"]
                    yield Field(path, helper_table, column, not meaning.unit)
                else:
                    for column in _attributes(helper_table):
                        yield Field(f"{path}.{column.name}", helper_table, column, column.is_list)

    def open_fields(self, table: str) -> Iterator[Field]:
        """Yield the fields of a record table whose names are not fixed; their paths are patterns."""
        for helper_table in self.helpers(table):
            helper = helper_table.helper
            assert helper
            codes = self.codes(helper_table[helper.key]).values()
            if helper.style == "measure":
                figures = "|".join(code.code for code in codes if code.unit)
                pattern = rf"{helper.prefix}\.(?:{figures})\.{SLUG}"
                yield Field(pattern, helper_table, helper_table["value"], False)
            elif helper.has_columns:
                number = rf"(?:{'|'.join(code.code for code in codes)})\.(?:[2-9]|[1-9][0-9]{{1,2}})"
                middle = number if helper.style == "step" else SLUG
                for column in _attributes(helper_table):
                    pattern = rf"{helper.prefix}\.{middle}\.{column.name}"
                    yield Field(pattern, helper_table, column, column.is_list)


def _attributes(table: Table) -> Iterator[Column]:
    """Yield the claimed columns of a helper table beside its key."""
    assert table.helper
    return (c for c in table.columns if c.kind == "claimed" and c.name != table.helper.key)


ORDER = (
    *("sources", "passages", "actors", "actor_roles", "places"),
    *("events", "event_actors", "event_details"),
    *("agreements", "agreement_actors", "agreement_milestones", "agreement_terms"),
    *("reactions", "claims", "rulings", "redirects", "changes"),
    *("searches", "candidates"),
    *("coder_agreement", "adjudications", "vocabularies"),
)


def missing(path: str, fix: str) -> Problem:
    """Return the problem of a missing file or folder."""
    return Problem(path, 1, 1, "R01", "is missing", fix)


def hidden_problem(path: str, line: int, column: int, name: str) -> Problem:
    """Return the problem of a control or bidirectional character in a file."""
    return Problem(
        path, line, column, "R11", f"the invisible character {name} is not allowed here", "remove it"
    )


def table_of(descriptor: dict[str, Any]) -> Table:
    """Return the table that a Table Schema describes."""
    helper = descriptor.get("mmru:helper")
    return Table(
        name=descriptor["name"],
        title=descriptor["title"],
        description=descriptor["description"],
        columns=tuple(map(_column, descriptor["fields"])),
        primary_key=tuple(descriptor["primaryKey"]),
        foreign_keys=tuple(
            (key["fields"][0], key["reference"]["resource"], key["reference"]["fields"][0])
            for key in descriptor.get("foreignKeys", [])
        ),
        descriptor=descriptor,
        record=descriptor.get("mmru:record", ""),
        helper=Helper(**helper) if helper else None,
    )


def _column(descriptor: dict[str, Any]) -> Column:
    return Column(
        name=descriptor["name"],
        type=descriptor["type"],
        title=descriptor["title"],
        description=descriptor["description"],
        kind=descriptor["mmru:kind"],
        constraints=descriptor.get("constraints", {}),
        vocabulary=descriptor.get("mmru:vocabulary", ""),
        format=descriptor.get("mmru:format", ""),
        unit=descriptor.get("mmru:unit", ""),
        references=descriptor.get("mmru:references", ""),
        ordered=descriptor.get("mmru:ordered", False),
    )
