"""Ties between two actors, for the network of the explorer page: who meets, supplies or accuses whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, product
from typing import Any

from mmru.explorer.lists import TIES, Labels, Row, Tables, unproven
from mmru.model.schema import DOUBTFUL

Tie = tuple[str, str, str]  # one actor, the kind of tie, the other actor

MEETINGS = ("visit", "meeting", "talks", "call", "conference", "press-conference", "ceremony")
COOPERATION = (
    "joint-exercise",
    "port-call",
    "aid",
    "trade",
    "transport-link",
    "people-exchange",
    "project-step",
)
EQUALS = ("participant", "speaker", "party", "signatory", "negotiator")  # roles that meet or sign as equals
REFUTED = ("denied", "cancelled")  # what did not happen ties nobody


def ties(tables: Tables, labels: Labels) -> Iterator[Row]:
    """Yield each tie of two actors with its record, and whether it is only alleged or intended.

    Actors of one country do not meet or sign with each other, and no tie joins a perpetrator to a victim.
    """
    doubtful = {*unproven(labels)} | {
        code
        for code, meaning in labels["agreement_status"].items()
        if meaning.group in (DOUBTFUL, "intended")
    }
    homes = {row["actor_id"]: row["state"] or row["country"] for row in tables["actors"]}
    for table, key, found in (
        ("events", "event_id", _of_events(tables)),
        ("agreements", "agreement_id", _of_agreements(tables, labels)),
        ("reactions", "reaction_id", _of_reactions(tables)),
    ):
        for row in tables[table]:
            if row["status"] in REFUTED:
                continue
            for one, kind, other in sorted(set(found.get(row[key], ()))):
                at_home = homes.get(one) and homes.get(one) == homes.get(other)
                if one != other and (TIES[kind] or not at_home):
                    yield {
                        "record": row[key],
                        "kind": kind,
                        "from": one,
                        "to": other,
                        "doubtful": row["status"] in doubtful,
                    }


def _of_events(tables: Tables) -> dict[str, list[Tie]]:
    """Return the ties of each event. A signing of several documents has none: each agreement has its own."""
    documents = Counter(row["event_id"] for row in tables["agreements"])
    roles = _roles(tables["event_actors"], "event_id")
    found: dict[str, list[Tie]] = defaultdict(list)
    for row in tables["events"]:
        of_role = roles[row["event_id"]]
        kind = row["event_type"]
        ends = found[row["event_id"]]
        ends += _directed(of_role, "supplier", "supplies", "recipient")
        ends += _directed(of_role, "imposer", "sanctions", "target")
        if kind in MEETINGS:
            pairs = map(sorted, product(of_role["visitor"], of_role["host"]))
            ends += [(one, "meets", other) for one, other in pairs]
            ends += _equal(of_role, "meets")
        elif kind == "signing" and documents[row["event_id"]] < 2:
            ends += _equal(of_role, "signs with")
        elif kind in COOPERATION:
            ends += _equal(of_role, "cooperates with")
    return found


def _of_agreements(tables: Tables, labels: Labels) -> dict[str, list[Tie]]:
    roles = _roles(tables["agreement_actors"], "agreement_id")
    groups = {code: meaning.group for code, meaning in labels["agreement_status"].items()}
    return {
        row["agreement_id"]: _equal(
            roles[row["agreement_id"]],
            "cooperates with" if groups.get(row["status"]) == "intended" else "signs with",
        )
        for row in tables["agreements"]
    }


def _of_reactions(tables: Tables) -> dict[str, list[Tie]]:
    """Return who accuses or condemns whom: an actor, or those who did what the reaction is about."""
    roles = _roles(tables["event_actors"], "event_id")
    found: dict[str, list[Tie]] = defaultdict(list)
    for row in tables["reactions"]:
        if row["kind"] == "accusation" or row["stance"] == "condemns":
            about = [row["about_actor_id"]] if row["about_actor_id"] else []
            accused = about or roles[row["about_event_id"]]["perpetrator"]
            found[row["reaction_id"]] = [(row["actor_id"], "accuses", other) for other in accused]
    return found


def _roles(parts: Iterable[Row], key: str) -> dict[Any, dict[str, list[str]]]:
    """Return the actors of each record, by role."""
    found: dict[Any, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for part in parts:
        found[part[key]][part["role"]].append(part["actor_id"])
    return found


def _directed(of_role: Mapping[str, list[str]], role: str, kind: str, other_role: str) -> list[Tie]:
    pairs = product(of_role.get(role, []), of_role.get(other_role, []))
    return [(one, kind, other) for one, other in pairs]


def _equal(of_role: Mapping[str, list[str]], kind: str) -> list[Tie]:
    """Return the ties of all pairs of actors that have the same role, one that meets or signs as an equal."""
    pairs = (pair for role in EQUALS for pair in combinations(sorted(set(of_role.get(role, []))), 2))
    return [(one, kind, other) for one, other in pairs]
