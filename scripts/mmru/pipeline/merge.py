"""Merge what the sources say about each field of each record.

A value contained in another one wins: the narrower date or place, the later stage of a status. Of
`ongoing` and `occurred`, what the later source says wins. Lists are united. Anything else is a conflict,
which a ruling must resolve.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from mmru.checks.registry import lazy, native
from mmru.checks.witnesses import STATUS, later_status
from mmru.errors import Position, Problem, did_you_mean
from mmru.io.yaml_file import Document, mappings
from mmru.model import edtf
from mmru.model.claim import BASES
from mmru.model.containment import Covers, coverages, kind
from mmru.model.schema import Schemas

Address = tuple[str, str, str]
ADDRESS = ("record_table", "record_id", "field")
BASIS = pl.Enum(BASES)  # ordered from the firmest to the weakest
INPUT_ROW = "input_row"  # the number of the input row, such as a claim, that a row rests on
# a resolved value, the firmest basis of the claims that give it, and the row of the first of these claims
VALUES = pl.Schema(
    {**dict.fromkeys((*ADDRESS, "value"), pl.String()), "basis": pl.String(), "first": pl.Int64()}
)
PUBLICATION = {"source_id": pl.String(), "published_latest": pl.Date()}


@dataclass(frozen=True)
class Ruling:
    """A decision on a conflict: the value to publish, and the values to reject."""

    address: Address
    chosen: str
    rejected: tuple[str, ...]
    document: Document
    number: int

    def problem(self, code: str, message: str, fix: str) -> Problem:
        """Return a problem at the entry of this ruling."""
        return self.document.problem((self.number,), code, message, fix)


@dataclass(frozen=True)
class Merged:
    """All claims, the resolved values, and everything wrong with them.

    `claims` has the input rows in order, with the added columns INPUT_ROW and `agrees`; `values` has the
    columns of VALUES, sorted by address and value.
    """

    claims: pl.DataFrame
    values: pl.DataFrame
    problems: list[Problem]


class ContestedClaim(NamedTuple):
    """A claim about a field for which sources give different values."""

    row: int
    value: str
    basis: str
    source: str


@dataclass(frozen=True)
class ContestedField:
    """A field of a record with different values, or with a ruling, and all claims about it."""

    address: Address
    claims: Sequence[ContestedClaim]
    covers: Covers

    @property
    def values(self) -> list[str]:
        """Return the distinct values in order."""
        return sorted({claim.value for claim in self.claims})

    def resolved(self, value: str) -> tuple[Any, ...]:
        """Return the chosen value as a row of VALUES; if no claim gives it, all claims support it."""
        support = [claim for claim in self.claims if claim.value == value] or self.claims
        basis = min((claim.basis for claim in support), key=BASES.index)
        return *self.address, value, basis, min(claim.row for claim in support)


def merge(
    claims: pa.Table,
    published: pl.DataFrame,
    rulings: Iterable[Ruling],
    schemas: Schemas,
    wholes: Mapping[str, str],
    position: Callable[[int], Position],
    unread: Collection[Address] = (),
) -> Merged:
    """Merge all claims; conflicts without a ruling, and rulings without a conflict, are problems.

    `published` has the columns of PUBLICATION, `wholes` maps each place to the place that contains it, and
    `position` locates a row of `claims`. On the fields in `unread` there is a ruling that is invalid, which
    is a problem already.
    """
    rows = pl.DataFrame(claims).with_row_index(INPUT_ROW)
    values = _distinct_values(rows)
    ruled = {ruling.address: ruling for ruling in rulings}
    coverage = coverages(schemas, wholes)
    contested = list(_contested_fields(rows, values, ruled, schemas, coverage, _later(rows, published)))
    problems: list[Problem] = []
    resolved, disagreeing = [], []
    for field in contested:
        value, found = _resolve(field, ruled.pop(field.address, None), position)
        problems += found if field.address not in unread else []
        resolved.append(field.resolved(value))
        disagreeing += [claim.row for claim in field.claims if not field.covers(claim.value, value)]
    problems += _stale(ruled.values(), values)
    agreeing = rows.with_columns(agrees=~pl.col(INPUT_ROW).is_in(disagreeing))
    return Merged(agreeing, _replaced(values, resolved), problems)


def read_rulings(document: Document) -> list[Ruling]:
    """Return the well-formed rulings of a file."""
    return [
        Ruling(
            (row["record_table"], row["record_id"], row["field"]),
            row["chosen_value"],
            tuple(row["rejected_values"]),
            document,
            number,
        )
        for number, row in mappings(document.data)
        if document.is_valid_throughout((number,))
    ]


def unread_rulings(document: Document) -> set[Address]:
    """Return the fields on which a malformed ruling decides, as far as they can be read."""
    rows = (row for number, row in mappings(document.data) if not document.is_valid_throughout((number,)))
    found = ([row.get(name) for name in ADDRESS] for row in rows)
    return {(table, record, field) for table, record, field in found if table and record and field}


def narrowest(values: Sequence[str], covers: Covers) -> str | None:
    """Return the value that all others contain, or None where two values exclude each other."""
    best = [value for value in values if all(covers(other, value) for other in values)]
    return min(best, key=lambda value: (edtf.qualifiers(value), value)) if best else None


def _later(claims: pl.DataFrame, published: pl.DataFrame) -> dict[tuple[str, str], tuple[str, str]]:
    """Return for each record of which a later source replaces a status, the later and the earlier one."""
    of_status = claims.filter(pl.col("field") == STATUS)
    found = native(later_status(lazy(of_status.lazy()), lazy(published.lazy())))
    return {(table, record): (later, earlier) for table, record, later, earlier in found.iter_rows()}


def _distinct_values(claims: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct values of each field of each record, with the columns of VALUES."""
    grouped = claims.group_by(*ADDRESS, "value")
    return grouped.agg(
        pl.col("basis").cast(BASIS).min().cast(pl.String),
        pl.col(INPUT_ROW).min().cast(pl.Int64).alias("first"),
    )


def _replaced(values: pl.DataFrame, resolved: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    """Return the values with those of resolved fields replaced, sorted by address and value."""
    chosen = pl.DataFrame(resolved, VALUES, orient="row")
    others = values.join(chosen, on=ADDRESS, how="anti")
    return pl.concat([others, chosen]).sort(*ADDRESS, "value")


def _contested_fields(
    claims: pl.DataFrame,
    values: pl.DataFrame,
    ruled: Iterable[Address],
    schemas: Schemas,
    coverage: Mapping[str | None, Covers],
    later: Mapping[tuple[str, str], tuple[str, str]],
) -> Iterator[ContestedField]:
    """Yield the fields that have several values or a ruling, but for lists, which are united."""
    several = values.group_by(ADDRESS).len().filter(pl.col("len") > 1).select(ADDRESS)
    with_ruling = pl.DataFrame(list(ruled), dict.fromkeys(ADDRESS, pl.String), orient="row")
    contested = claims.join(pl.concat([several, with_ruling]), on=ADDRESS, how="semi")
    columns = contested.sort(*ADDRESS, INPUT_ROW).select(*ADDRESS, INPUT_ROW, "value", "basis", "source_id")
    for address, rows in groupby(columns.iter_rows(), key=lambda row: row[:3]):
        field = schemas.field(address[0], address[2])
        if field and field.is_list:
            continue
        covers = coverage[kind(field)]
        if address[2] == STATUS and address[:2] in later:
            covers = partial(_covers_earlier, covers, later[address[:2]])
        yield ContestedField(address, [ContestedClaim(*row[3:]) for row in rows], covers)


def _covers_earlier(covers: Covers, statuses: tuple[str, str], wide: str, narrow: str) -> bool:
    """Return whether one status covers another, or the other is what a later source says instead."""
    return covers(wide, narrow) or (narrow, wide) == statuses


def _resolve(
    field: ContestedField, ruling: Ruling | None, position: Callable[[int], Position]
) -> tuple[str, list[Problem]]:
    """Return the value to publish, and what is wrong with the values or with the ruling."""
    values, covers = field.values, field.covers
    value = narrowest(values, covers)
    if ruling is None:
        return (value, []) if value is not None else (values[0], [_conflict(field, position)])
    if value is not None:
        message = f"rules on {' '.join(field.address)}, on which the sources do not conflict"
        return ruling.chosen, [ruling.problem("M02", message, "remove the ruling")]
    # a vaguer value that contains the chosen one is not among the rejected values
    excluded = [other for other in values if not covers(other, ruling.chosen)]
    if ruling.chosen not in values or sorted(ruling.rejected) != excluded:
        ruled = _quoted([ruling.chosen, *ruling.rejected])
        message = f"names {ruled}, but the sources give {_quoted(values)}"
        fix = "choose one of their values and reject each that excludes it"
        return ruling.chosen, [ruling.problem("M03", message, fix)]
    return ruling.chosen, []


def _conflict(field: ContestedField, position: Callable[[int], Position]) -> Problem:
    """Return the problem of the first two claims that exclude each other."""
    first, second = next(
        (one, other)
        for number, other in enumerate(field.claims)
        for one in field.claims[:number]
        if not field.covers(one.value, other.value) and not field.covers(other.value, one.value)
    )
    table, record, name = field.address
    message = (
        f"{table} {record}: {name} is '{second.value}' here ({second.source}), "
        f"but '{first.value}' at {position(first.row)} ({first.source})"
    )
    fix = "correct one of them, or add a ruling to seeds/rulings.yaml"
    return position(second.row).problem("M01", message, fix)


def _stale(rulings: Iterable[Ruling], values: pl.DataFrame) -> Iterator[Problem]:
    """Yield a problem for each ruling on a list, or on a field without a claim."""
    for ruling in rulings:
        table, record, field = ruling.address
        claimed = values.filter(record_table=table, record_id=record)["field"].unique().to_list()
        if field in claimed:
            message, fix = "a list that keeps all values", "remove the ruling"
        else:
            message = "which no source mentions"
            fix = did_you_mean(field, sorted(claimed)) or "remove the ruling"
        yield ruling.problem("M02", f"rules on {table} {record} {field}, {message}", fix)


def _quoted(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)
