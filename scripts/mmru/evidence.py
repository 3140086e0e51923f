"""The named rules that tie every cell, count and line to the claims on which they rest, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from mmru.claim import text_of
from mmru.merge import BASES, CONFIRMED, INFERRED, Address, Covers, Voice, confirmed, coverage, origins
from mmru.rule import Row, Rule, Tables, registrar, rows, span
from mmru.schema import IDENTITY, Column, Schemas, Table

RULES: list[Rule] = []
rule = registrar(RULES)

CLAIMED = (
    "events agreements reactions event_actors event_details agreement_actors agreement_milestones "
    "agreement_terms actor_roles"
)


@rule(
    "T15",
    "events agreement_milestones reactions",
    "the date is more precise than any claim that gives it",
    "a date says no more than the claims on it",
)
def precision_supported(every: Tables) -> pd.Series:
    said = every.once(_said)

    def keeps(row: Row) -> bool:
        meant = span(row["date"])
        claims = next(
            (said.get(a, set()) for a, _ in _cells(every.table, row, every.schemas) if _is_date(a)), set()
        )
        return meant is None or any(meant.contains(one) for value in claims if (one := span(value)))

    return rows(every, keeps)


@rule(
    "T16",
    CLAIMED,
    "a cell has no claim that agrees with it",
    "every claimed cell needs a claim; rebuild, or code it in an article",
)
def claimed_cells(every: Tables) -> pd.Series:
    said = every.once(_said)
    return rows(
        every, lambda row: all(v in said.get(a, set()) for a, v in _cells(every.table, row, every.schemas))
    )


@rule("T33", "claims", "it agrees with a cell that there is not", "rebuild: every claim leads to a cell")
def claims_have_cells(every: Tables) -> pd.Series:
    published = every.once(_published)

    def keeps(row: Row) -> bool:
        if row["field"] == IDENTITY or not row["agrees"]:
            return True
        cells = published.get((row["record_table"], row["record_id"], row["field"]), set())
        field = every.schemas.field(row["record_table"], row["field"])
        return row["value"] in cells if field and field.many else bool(cells)

    return rows(every, keeps)


@rule(
    "T34",
    "claims",
    "whether it agrees with the published value, or what it says of identity, is not right",
    "rebuild: agreement is computed",
)
def agreement_right(every: Tables) -> pd.Series:
    published, covers_of = every.once(_published), every.once(_coverages)

    def keeps(row: Row) -> bool:
        address = (row["record_table"], row["record_id"], row["field"])
        if row["field"] == IDENTITY:
            return bool(row["agrees"] and row["value"] == row["record_id"])
        cells = published.get(address, set())
        field = every.schemas.field(*address[::2])
        if field is None or field.many or len(cells) != 1:
            return bool(row["agrees"])
        cell = next(iter(cells))
        dated = field.column.format == "edtf" and span(cell) is None
        return dated or bool(row["agrees"] == covers_of(address)(row["value"], cell))

    return rows(every, keeps)


@rule(
    "T35",
    "claims",
    "it has grade 1 without being confirmed by another source, or lacks it",
    "rebuild: confirmation is computed",
)
def confirmation_right(every: Tables) -> pd.Series:
    covers_of, origin_of, claims = every.once(_coverages), every.once(_speakers), every.once(_claims)
    inferred = {
        (record_table, record, claim["source_id"])
        for (record_table, record, field), group in claims.items()
        for claim in group
        if field == IDENTITY and claim["basis"] == INFERRED
    }
    sure: dict[str, bool] = {}
    for address, group in claims.items():
        voices = [
            Voice(
                claim["value"],
                claim["source_id"],
                origin_of(claim),
                claim["basis"] != INFERRED and (*address[:2], claim["source_id"]) not in inferred,
            )
            for claim in group
        ]
        sure |= zip((c["claim_id"] for c in group), confirmed(voices, covers_of(address)))
    return rows(every, lambda row: (row["credibility"] == CONFIRMED) == sure[row["claim_id"]])


@rule(
    "T36",
    "events reactions agreement_milestones",
    "date_basis is not the firmest basis of the claims that give the date",
    "rebuild: it is computed",
)
def date_basis_right(every: Tables) -> pd.Series:
    claims = every.once(_claims)

    def keeps(row: Row) -> bool:
        dated = [(a, v) for a, v in _cells(every.table, row, every.schemas) if _is_date(a)]
        given = [c["basis"] for a, v in dated for c in claims.get(a, []) if c["value"] == v]
        return bool(row["date_basis"] == (min(given, key=BASES.index) if given else None))

    return rows(every, keeps)


@rule(
    "T19",
    "events agreements reactions",
    "its counts are not those of its claims",
    "rebuild: counts are computed",
)
def counts_right(every: Tables) -> pd.Series:
    origin_of = every.once(_speakers)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for claim in every.rows("claims"):
        if claim["record_table"] == every.table.name:
            found[claim["record_id"]].append((claim["source_id"], origin_of(claim)))

    def keeps(row: Row) -> bool:
        voices = found[row[every.table.primary_key[0]]]
        counted = (len({s for s, _ in voices}), len({o for _, o in voices}), len(voices))
        return (row["source_count"], row["origin_count"], row["claim_count"]) == counted

    return rows(every, keeps)


@rule(
    "T20",
    "sources passages",
    "its counts or shares are not those of its claims and lines",
    "rebuild: counts are computed",
)
def passage_counts_right(every: Tables) -> pd.Series:
    cited: dict[tuple[str, int], set[int]] = defaultdict(set)
    claims: dict[Any, int] = defaultdict(int)
    columns = ["source_id", "line", "char_start", "char_end"]
    for source, line, start, end in every.frames["claims"][columns].itertuples(index=False):
        claims[source] += 1
        if pd.notna(line):
            claims[source, line] += 1
            cited[source, line].update(range(start, end))
    lines = every.frames["passages"].groupby("source_id").size().to_dict()

    def keeps(row: Row) -> bool:
        if every.table.name == "passages":
            at = (row["source_id"], row["line"])
            share = round(len(cited[at]) / row["char_count"], 4)
            return (row["claim_count"], row["share_cited"]) == (claims[at], share)
        counted = lines.get(row["source_id"], 0) if row["text_sha256"] is not None else None
        return (row["claim_count"], row["line_count"]) == (claims[row["source_id"]], counted)

    return rows(every, keeps)


@rule("T21", "passages", "it is coded without a claim, or set aside with one", "cite it, or set it aside")
def lines_accounted_for(every: Tables) -> pd.Series:
    return rows(every, lambda row: (row["use"] == "coded") == (row["claim_count"] > 0))


@rule(
    "T22",
    "claims",
    "it cites characters that its source does not have, or gives them another hash or language",
    "let mmru anchor make the locator",
)
def spans_in_lines(every: Tables) -> pd.Series:
    columns = ["source_id", "line", "char_count", "text_sha256", "language"]
    known = {
        (source, line): (chars, hashed, language)
        for source, line, chars, hashed, language in every.frames["passages"][columns].itertuples(index=False)
    }
    sources = every.frames["sources"]
    held = set(sources.loc[sources["text_sha256"].notna(), "source_id"])

    def keeps(row: Row) -> bool:
        if row["source_id"] not in held:
            return row["line"] is None
        if (row["source_id"], row["line"]) not in known:
            return False
        chars, hashed, language = known[row["source_id"], row["line"]]
        whole = (row["char_start"], row["char_end"]) == (0, chars)
        fits = not whole or hashed.startswith(row["span_sha256"])
        return bool(row["char_start"] < row["char_end"] <= chars and row["language"] == language and fits)

    return rows(every, keeps)


@rule("T23", "claims", "it speaks of a record or a field that is not defined", "register the record")
def claimed_records_defined(every: Tables) -> pd.Series:
    known = {t.name: set(every.frames[t.name][t.primary_key[0]]) for t in every.schemas.records.values()}

    def keeps(row: Row) -> bool:
        field = row["field"] == IDENTITY or every.schemas.field(row["record_table"], row["field"])
        return bool(field) and row["record_id"] in known.get(row["record_table"], set())

    return rows(every, keeps)


@rule("T24", "claims", "it is implied or inferred without a reason", "say what it follows from")
def inference_has_a_reason(every: Tables) -> pd.Series:
    return rows(every, lambda row: row["basis"] == "stated" or row["reason"] is not None)


@rule(
    "T37",
    "rulings",
    "it does not fit the claims: it must choose one of their values and reject each that excludes it",
    "mend the ruling",
)
def rulings_fit(every: Tables) -> pd.Series:
    published, covers_of, claims = every.once(_published), every.once(_coverages), every.once(_claims)

    def keeps(row: Row) -> bool:
        address = (row["record_table"], row["record_id"], row["field"])
        covers, chosen = covers_of(address), row["chosen_value"]
        values = {c["value"] for c in claims.get(address, [])}
        excluded = {v for v in values if not covers(v, chosen)}
        stands = published.get(address) == {chosen}
        return stands and chosen in values and set(row["rejected_values"] or ()) == excluded

    return rows(every, keeps)


def _cells(table: Table, row: Row, schemas: Schemas) -> Iterator[tuple[Address, str]]:
    """The address at which each claimed cell of a row must be claimed, with the cell's value as text."""
    helper = table.helper
    if helper is None:
        record = (table.name, row[table.primary_key[0]])
        columns = [(c, c.name) for c in table.columns if c.kind == "claimed"]
        yield from (((*record, name), v) for c, name in columns for v in _texts(c, row[c.name]))
        return
    record = (helper.of, row[schemas.tables[helper.of].primary_key[0]])
    path = f"{helper.prefix}.{row[helper.key]}"
    if helper.style == "member":
        yield (*record, path), row[helper.value]
    elif helper.style == "measure":
        given = table["value" if row["value"] is not None else "text"]
        yield from (((*record, path), v) for v in _texts(given, row[given.name]))
    else:
        path = _step_path(table, row)
        columns = [
            (c, f"{path}.{c.name}") for c in table.columns if c.kind == "claimed" and c.name != helper.key
        ]
        cells = [((*record, name), v) for c, name in columns for v in _texts(c, row[c.name])]
        yield from cells or [((*record, helper.prefix), row[helper.key])]


def _step_path(table: Table, row: Row) -> str:
    helper = table.helper
    assert helper
    if helper.style == "named":
        return f"{helper.prefix}.{row[helper.key].partition('.')[2]}"
    middle = "" if row["sequence"] == 1 else f".{row['sequence']}"
    return f"{helper.prefix}.{row[helper.key]}{middle}"


def _is_date(address: Address) -> bool:
    return address[2].rpartition(".")[2] == "date"


def _texts(column: Column, value: Any) -> list[str]:
    if value is None:
        return []
    if column.many:
        return list(value)
    return [text_of(value)]


def _claims(every: Tables) -> dict[Address, list[Row]]:
    """All claims, by address."""
    found: dict[Address, list[Row]] = defaultdict(list)
    for claim in every.rows("claims"):
        found[claim["record_table"], claim["record_id"], claim["field"]].append(claim)
    return found


def _said(every: Tables) -> dict[Address, set[str]]:
    """The values of all claims that agree, by address."""
    return {a: {c["value"] for c in group if c["agrees"]} for a, group in every.once(_claims).items()}


def _published(every: Tables) -> dict[Address, set[str]]:
    """The values of all claimed cells of all tables, by address."""
    found: dict[Address, set[str]] = defaultdict(set)
    for name in CLAIMED.split():
        table = every.schemas.tables[name]
        for row in every.rows(name):
            for address, value in _cells(table, row, every.schemas):
                found[address].add(value)
                # a step with a date or an event of its own is one of the record's steps as well
                if table.helper and table.helper.style == "step":
                    found[*address[:2], table.helper.prefix].add(row[table.helper.key])
    return found


def _coverages(every: Tables) -> Callable[[Address], Covers]:
    """A function that gives for an address how its values contain one another."""
    places = every.frames["places"][["place_id", "part_of_place_id"]].dropna()
    parts = dict(places.itertuples(index=False))

    def covers_of(address: Address) -> Covers:
        field = every.schemas.field(address[0], address[2])
        return coverage(field.column if field else None, every.schemas, parts)

    return covers_of


def _speakers(every: Tables) -> Callable[[Row], str]:
    """A function that gives the origin to which a claim counts."""
    sources = every.frames["sources"]
    own = dict(sources[["source_id", "origin"]].itertuples(index=False))
    publishers = origins(sources[["publisher_actor_id", "origin"]].itertuples(index=False))

    def origin_of(claim: Row) -> str:
        speaker = claim["attributed_to_actor_id"] or own.get(claim["source_id"], "")
        return str(publishers.get(speaker, speaker))

    return origin_of
