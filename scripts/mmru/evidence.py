"""The named rules that tie every cell, count and line to the claims on which they rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from mmru.rule import Frames, Rule, registrar, rows, table_of
from mmru.schema import IDENTITY, Column, Schemas, Table

RULES: list[Rule] = []
rule = registrar(RULES)


@rule(
    "T15",
    "events agreement_milestones reactions",
    "the date is more precise than any claim that gives it",
    "a date must be one that a source claims",
)
def precision_supported(frame: pd.DataFrame, frames: Frames, schemas: Schemas) -> pd.Series:
    said = _said(frames)
    table, key, path = _address(frame, schemas)

    def keeps(row: Mapping[str, Any]) -> bool:
        if row["date"] is None:
            return True
        return row["date"] in said.get((table, row[key], path(row, "date")), set())

    return rows(frame, keeps)


@rule(
    "T16",
    "events agreements reactions event_actors event_details agreement_actors agreement_milestones "
    "agreement_terms actor_roles",
    "a cell has no claim that agrees with it",
    "every claimed cell needs a claim; rebuild, or code it in an article",
)
def claimed_cells(frame: pd.DataFrame, frames: Frames, schemas: Schemas) -> pd.Series:
    said = _said(frames)
    name = table_of(frame, schemas)
    if name.helper is None:
        key = name.primary_key[0]
        columns = [c for c in name.columns if c.kind == "claimed"]

        def keeps(row: Mapping[str, Any]) -> bool:
            return all(
                value in said.get((name.name, row[key], c.name), set())
                for c in columns
                for value in _texts(c, row[c.name])
            )

        return rows(frame, keeps)
    return rows(frame, lambda row: all(v in said.get(a, set()) for a, v in _helper_cells(name, row, schemas)))


def _helper_cells(
    table: Table, row: Mapping[str, Any], schemas: Schemas
) -> Iterator[tuple[tuple[str, str, str], str]]:
    """The addresses at which a helper row's cells must be claimed, each with its value."""
    helper = table.helper
    assert helper
    owner = schemas.tables[helper.of].primary_key[0]
    record = (helper.of, row[owner])
    if helper.style == "member":
        yield (*record, f"{helper.prefix}.{row[helper.key]}"), row[helper.value]
    elif helper.style == "measure":
        given = "value" if row["value"] is not None else "text"
        for value in _texts(table[given], row[given]):
            yield (*record, f"{helper.prefix}.{row[helper.key]}"), value
    else:
        cells = [
            (c, value)
            for c in table.columns
            if c.kind == "claimed" and c.name != helper.key
            for value in _texts(c, row[c.name])
        ]
        path = _step_path(table, row)
        for column, value in cells:
            yield (*record, f"{path}.{column.name}"), value
        if not cells:
            yield (*record, helper.prefix), row[helper.key]


def _step_path(table: Table, row: Mapping[str, Any]) -> str:
    helper = table.helper
    assert helper
    if helper.style == "named":
        return f"{helper.prefix}.{row[helper.key].partition('.')[2]}"
    middle = "" if row["sequence"] == 1 else f".{row['sequence']}"
    return f"{helper.prefix}.{row[helper.key]}{middle}"


def _texts(column: Column, value: Any) -> list[str]:
    if value is None:
        return []
    if column.many:
        return list(value)
    return [str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)]


def _address(
    frame: pd.DataFrame, schemas: Schemas
) -> tuple[str, str, Callable[[Mapping[str, Any], str], str]]:
    """Record table, its key, and the path of a column of a row, as claims give them."""
    table = table_of(frame, schemas)
    if table.helper is None:
        return table.name, table.primary_key[0], lambda row, column: column
    owner = schemas.tables[table.helper.of].primary_key[0]
    return table.helper.of, owner, lambda row, column: f"{_step_path(table, row)}.{column}"


def _said(frames: Frames) -> dict[tuple[str, str, str], set[str]]:
    """The values of all claims that agree, by address."""
    claims = frames["claims"]
    found: dict[tuple[str, str, str], set[str]] = {}
    for table, record, field, value in claims.loc[
        claims["agrees"].fillna(False), ["record_table", "record_id", "field", "value"]
    ].itertuples(index=False):
        found.setdefault((table, record, field), set()).add(value)
    return found


@rule(
    "T19",
    "events agreements reactions",
    "its counts are not those of its claims",
    "rebuild: counts are computed",
)
def counts_right(frame: pd.DataFrame, frames: Frames, schemas: Schemas) -> pd.Series:
    table = table_of(frame, schemas)
    origins = dict(frames["sources"][["source_id", "origin"]].itertuples(index=False))
    claims = frames["claims"]
    own = claims[claims["record_table"] == table.name]
    speaker = own["attributed_to_actor_id"].fillna(own["source_id"].map(origins))
    own = own.assign(speaker=speaker)
    counted = {
        record: (group["source_id"].nunique(), group["speaker"].nunique(), len(group))
        for record, group in own.groupby("record_id")
    }
    names = ("source_count", "origin_count", "claim_count")
    return rows(frame, lambda row: tuple(row[n] for n in names) == counted.get(row[table.primary_key[0]]))


@rule(
    "T20",
    "sources passages",
    "its counts are not those of its claims and lines",
    "rebuild: counts are computed",
)
def passage_counts_right(frame: pd.DataFrame, frames: Frames, schemas: Schemas) -> pd.Series:
    claims = frames["claims"]
    if "char_count" in frame:
        per_line = claims.groupby(["source_id", "line"]).size().to_dict()
        return rows(frame, lambda row: row["claim_count"] == per_line.get((row["source_id"], row["line"]), 0))
    per_source = claims.groupby("source_id").size().to_dict()
    lines = frames["passages"].groupby("source_id").size().to_dict()

    def keeps(row: Mapping[str, Any]) -> bool:
        held = row["text_sha256"] is not None
        counted = lines.get(row["source_id"], 0) if held else None
        return (row["claim_count"], row["line_count"]) == (per_source.get(row["source_id"], 0), counted)

    return rows(frame, keeps)


@rule("T21", "passages", "it is coded without a claim, or set aside with one", "cite it, or set it aside")
def lines_accounted_for(frame: pd.DataFrame, frames: Frames, schemas: Schemas) -> pd.Series:
    return rows(frame, lambda row: (row["use"] == "coded") == (row["claim_count"] > 0))


@rule(
    "T22", "claims", "it cites characters that its source does not have", "let mmru anchor make the locator"
)
def spans_in_lines(frame: pd.DataFrame, frames: Frames, schemas: Schemas) -> pd.Series:
    lengths = {
        (source, line): chars
        for source, line, chars in frames["passages"][["source_id", "line", "char_count"]].itertuples(
            index=False
        )
    }
    held = set(frames["sources"].loc[frames["sources"]["text_sha256"].notna(), "source_id"])

    def keeps(row: Mapping[str, Any]) -> bool:
        if row["source_id"] not in held:
            return row["line"] is None
        chars = lengths.get((row["source_id"], row["line"]))
        return chars is not None and row["char_start"] < row["char_end"] <= chars

    return rows(frame, keeps)


@rule("T23", "claims", "it speaks of a record or a field that is not defined", "register the record")
def claimed_records_defined(frame: pd.DataFrame, frames: Frames, schemas: Schemas) -> pd.Series:
    known = {t.name: set(frames[t.name][t.primary_key[0]]) for t in schemas.records.values()}

    def keeps(row: Mapping[str, Any]) -> bool:
        field = row["field"] == IDENTITY or schemas.field(row["record_table"], row["field"])
        return bool(field) and row["record_id"] in known.get(row["record_table"], set())

    return rows(frame, keeps)


@rule("T24", "claims", "it is implied or inferred without a reason", "say what it follows from")
def inference_has_a_reason(frame: pd.DataFrame, frames: Frames, schemas: Schemas) -> pd.Series:
    return rows(frame, lambda row: row["basis"] == "stated" or row["reason"] is not None)
