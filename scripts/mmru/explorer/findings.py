"""The headline findings of the explorer page, and the questions on which the sources differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from mmru.explorer.date_words import MONTHS
from mmru.explorer.lists import CONFIRMATIONS, Labels, Row, Tables
from mmru.export.facts import About
from mmru.model.schema import DOUBTFUL

Rank = Callable[[Row], tuple[Any, ...]]

MOST = 7
TALKS = ("meeting", "talks", "call")  # types of events at which leaders meet, without the whole visits
LEADERS = ("head-of-state", "head-of-government", "head-of-military-government")


def findings(tables: Tables, about: About, labels: Labels) -> list[Row]:
    """Return up to seven records that say most, each with why it was chosen, when, and what was agreed there.

    Only what involves both states is chosen. Where two rules choose one record, it comes once.
    """
    countries = {place["iso3"] for place in about["coverage"]["places"]}
    found: dict[str, Row] = {}
    for why, record, dated in _chosen(tables, countries, labels):
        if record not in found:
            with_it = _agreed_at(tables, record, labels)
            when = headline_date(_dated(tables, dated))
            found[record] = {"record": record, "why": why, "when": when, "with": with_it}
    return [*found.values()][:MOST]


def _chosen(tables: Tables, countries: set[str], labels: Labels) -> Iterator[tuple[str, str, Row]]:
    """Yield reason, record and dates of each finding, the most important first."""
    homes = {row["actor_id"]: row["country"] for row in tables["actors"]}
    leaders = {row["actor_id"] for row in tables["actor_roles"] if row["role"] in LEADERS}
    events = _between(tables, "event", countries, homes)
    agreements = _between(tables, "agreement", countries, homes)
    of_leaders = {actor: home for actor, home in homes.items() if actor in leaders}
    with_leaders = _of_group(_between(tables, "event", countries, of_leaders), labels, "actual")
    meetings = [row for row in with_leaders if row["event_type"] in TALKS]
    made = [row for row in _of_group(agreements, labels, "made") if not row["part_of_agreement_id"]]
    lanes = {code: meaning.group for code, meaning in labels["event_type"].items()}
    actual = _of_group(events, labels, "actual")
    military = [row for row in actual if lanes.get(row["event_type"]) == "military"]
    doubtful = _of_group([*events, *agreements], labels, DOUBTFUL)
    disputed = [row for row in (*agreements, *events) if row["disputed_fields"]]
    between = {_id(row) for row in (*events, *agreements)}
    critical = [
        row
        for row in tables["reactions"]
        if (
            row["voice"] == "organised"
            or (row["voice"] == "official" and homes[row["actor_id"]] not in countries)
        )
        and (row["stance_score"] or 0) < 0
        and {row["about_event_id"], row["about_agreement_id"]} & between
    ]
    yield from _best("The latest meeting of the leaders", meetings, _newest)
    yield from _best("The best confirmed agreement", made, _best_confirmed)
    yield from _best("The latest agreement", made, _newest)
    yield from _best("The best confirmed military dealing", military, _best_confirmed)
    yield from _best("Where the sources disagree", disputed, _best_confirmed)
    yield from _best("Alleged or denied", doubtful, _best_confirmed)
    yield from _best("How others reacted", critical, _most_critical)
    yield from _best("The best confirmed meeting of the leaders", meetings, _best_confirmed)


def _best(why: str, rows: Iterable[Row], rank: Rank) -> Iterator[tuple[str, str, Row]]:
    """Yield the record of the highest rank, if there is any; between equals the first id decides."""
    ranked = sorted(rows, key=_id)
    if ranked:
        best = max(ranked, key=rank)
        yield why, _id(best), best


def _id(row: Row) -> str:
    own = "agreement_id" if "agreement_type" in row else "reaction_id" if "stance" in row else "event_id"
    return str(row[own])


def _bounds(row: Row) -> tuple[date | None, date | None]:
    """Return the first and last day of a record."""
    name = "signed" if "signed" in row else "date"
    return row[f"{name}_earliest"], row[f"{name}_latest"]


def _last_day(row: Row) -> str:
    earliest, latest = _bounds(row)
    return str(latest or earliest or "")


def _newest(row: Row) -> tuple[Any, ...]:
    return _last_day(row), *_best_confirmed(row)


def _best_confirmed(row: Row) -> tuple[Any, ...]:
    order = [*CONFIRMATIONS, row["confirmation"]]  # any other is the last
    return -order.index(row["confirmation"]), row["source_count"], _last_day(row)


def _most_critical(row: Row) -> tuple[Any, ...]:
    return -row["stance_score"], *_best_confirmed(row)


def _between(tables: Tables, noun: str, countries: set[str], homes: Mapping[str, str]) -> list[Row]:
    """Return the events or agreements that involve an actor of each country; `homes` are those of actors."""
    involved: dict[str, set[str]] = defaultdict(set)
    for part in tables[f"{noun}_actors"]:
        involved[part[f"{noun}_id"]].add(homes.get(part["actor_id"], ""))
    return [row for row in tables[f"{noun}s"] if countries <= involved[row[f"{noun}_id"]]]


def _of_group(rows: Iterable[Row], labels: Labels, group: str) -> list[Row]:
    """Return the events or agreements whose status is of a group."""

    def is_of_group(row: Row) -> bool:
        status = labels["agreement_status" if "agreement_type" in row else "status"].get(row["status"])
        return status is not None and status.group == group

    return [*filter(is_of_group, rows)]


def _agreed_at(tables: Tables, event: str, labels: Labels) -> list[str]:
    """Return the agreements that were made at an event, or at another part of the same visit."""
    wholes = {row["event_id"]: row["part_of_event_id"] for row in tables["events"]}
    if event not in wholes:
        return []
    whole = wholes[event] or event
    occasion = {whole, *(part for part, of in wholes.items() if of == whole)}
    made = _of_group(tables["agreements"], labels, "made")
    agreed = [row for row in made if row["event_id"] in occasion]
    return [row["agreement_id"] for row in sorted(agreed, key=_best_confirmed, reverse=True)]


def _dated(tables: Tables, row: Row) -> Row:
    """Return the record that dates another: for a reaction without a date, the event that it is about."""
    events = {event["event_id"]: event for event in tables["events"]}
    about = events.get(row.get("about_event_id"))
    return about if about and not any(_bounds(row)) else row


def headline_date(row: Row) -> str:
    """Return when something happened, no more exact than a month: "March 2025", "2007", "by May 2024"."""
    earliest, latest = _bounds(row)
    if not earliest and not latest:
        return f"ongoing in {_month(row['as_of'])}" if row.get("as_of") else ""
    if not earliest or not latest:
        return f"since {_month(earliest)}" if earliest else f"by {_month(latest)}"
    if earliest.year != latest.year:
        return f"{earliest.year}–{latest.year}"
    return _month(latest) if earliest.month == latest.month else str(latest.year)


def _month(day: date | None) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}" if day else ""


def questions(tables: Tables) -> Iterator[Row]:
    """Yield each field of a record for which a claim gives another value than the published one.

    `answers` has each value with the sources that give it, the published one first; `reason` is that of
    the ruling, and `unit` that of a figure.
    """
    claims: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for claim in tables["claims"]:
        claims[claim["record_id"], claim["field"]].append(claim)
    rulings = {(row["record_id"], row["field"]): row for row in tables["rulings"]}
    for (record, field), rows in sorted(claims.items()):
        ruling = rulings.get((record, field))
        if all(row["agrees"] for row in rows) and not ruling:
            continue
        figure = claims.get((record, f"{field.removesuffix('.value')}.unit"), [])
        yield {
            "record": record,
            "table": rows[0]["record_table"],
            "field": field,
            "unit": figure[0]["value"] if figure else "",
            "answers": _answers(rows, ruling),
            "reason": ruling["reason"] if ruling else "",
        }


def _answers(claims: list[Row], ruling: Row | None) -> list[Row]:
    """Return the values of a field with their sources: the published, those that fit it, the rejected."""
    sources: dict[str, set[str]] = defaultdict(set)
    fitting = {claim["value"] for claim in claims if claim["agrees"]}
    published = {ruling["chosen_value"]} if ruling else fitting
    for value in published:
        sources[value] = set()
    for claim in claims:
        sources[claim["value"]].add(claim["source_id"])
    ranked = sorted(
        sources, key=lambda value: (value not in published, value not in fitting, -len(sources[value]), value)
    )
    return [{"value": v, "published": v in published, "sources": sorted(sources[v])} for v in ranked]
