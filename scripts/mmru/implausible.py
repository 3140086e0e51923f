"""What is valid but hard to believe: rules whose breach is a warning, not an error."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from mmru.rule import Row, Rule, Tables, registrar, rows

RULES: list[Rule] = []
rule = registrar(RULES)

LONGEST_VISIT = timedelta(days=31)


@rule("P01", "events", "a visit that lasts longer than a month", "is one of its dates wrong?")
def visits_are_short(every: Tables) -> pd.Series:
    def keeps(row: Row) -> bool:
        visit = row["event_type"] == "visit" and row["date_precision"] == "interval"
        return not visit or row["date_latest"] - row["date_earliest"] < LONGEST_VISIT

    return rows(every, keeps)


@rule(
    "P02",
    "events",
    "it has happened only after a source that reports it was published",
    "is its date, its status or the date of the source wrong?",
)
def reported_after_the_event(every: Tables) -> pd.Series:
    published = {r["source_id"]: r["published_latest"] for r in every.rows("sources")}
    reported: dict[str, list[date]] = {}
    for claim in every.rows("claims"):
        day = published.get(claim["source_id"])
        if day and (claim["field"], claim["value"]) == ("status", "occurred"):
            reported.setdefault(claim["record_id"], []).append(day)

    def keeps(row: Row) -> bool:
        first = min(reported.get(row["event_id"], []), default=None)
        return not (first and row["date_earliest"] and row["date_earliest"] > first)

    return rows(every, keeps)


@rule(
    "P03",
    "agreements",
    "it is signed, but names no event at which it was signed",
    "code milestones.signed.event_id with an event of type signing",
)
def signed_at_an_event(every: Tables) -> pd.Series:
    signings = {r["event_id"] for r in every.rows("events") if r["event_type"] == "signing"}
    signed = [r for r in every.rows("agreement_milestones") if r["milestone"] == "signed"]
    somewhere = {r["agreement_id"] for r in signed if r["event_id"] in signings}
    nowhere = {r["agreement_id"] for r in signed} - somewhere
    return rows(every, lambda row: row["agreement_id"] not in nowhere)


@rule(
    "P04",
    "actors places",
    "no record and no claim names it",
    "remove it, or code what an article says of it",
)
def registered_for_something(every: Tables) -> pd.Series:
    table, key = every.table.name, every.table.primary_key[0]
    named: set[object] = set()
    for other in every.schemas.tables.values():
        for column in other.columns:
            if other.target(column.name) == table:
                cells = (row[column.name] for row in every.rows(other.name))
                named.update(v for cell in cells for v in (cell if isinstance(cell, list) else [cell]))
    return rows(every, lambda row: row[key] in named)
