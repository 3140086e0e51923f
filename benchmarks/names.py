"""The words of which a corpus is made up, and the actors and places that are named with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

WORDS: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
STATES: list[tuple[str, str, int]] = WORDS["states"]
NOUNS: dict[str, list[str]] = WORDS["nouns"]
Row = dict[str, Any]


def actors(draw: Random, number: int) -> Iterator[Row]:
    """States first, then so many bodies, media, groups and people in all."""
    for name, iso3, code in STATES:
        row: Row = {"actor_id": _slug(name), "name": name, "kind": "state", "country": iso3, "iso3": iso3}
        yield {**row, "gw_code": code, "description": f"The state of {name}."}
    words: dict[str, tuple[list[str], list[str]]] = {"person": (WORDS["given"], WORDS["family"])}
    words |= {kind: (WORDS["adjectives"], nouns) for kind, nouns in NOUNS.items()}
    kinds = [kind for other in NOUNS for kind in ("person", other)]
    counts = dict.fromkeys(words, 0)
    for n in range(number - len(STATES)):
        kind = kinds[n % len(kinds)]
        state, iso3, _ = draw.choice(STATES)
        name = _name(counts[kind], *words[kind])
        counts[kind] += 1
        row = {"actor_id": _slug(name), "name": name, "kind": kind, "country": iso3}
        if kind == "government-body":
            row["part_of_actor_id"] = _slug(state)
        if kind == "person" and draw.random() < 0.2:
            row["aliases"] = [name.split()[1]]
        yield {**row, "description": f"A made-up {kind.replace('-', ' ')} of {state}."}


def places(draw: Random, number: int) -> Iterator[Row]:
    """Countries first, then so many cities in them, and buildings in cities, in all."""
    rows: list[Row] = [
        {"place_id": f"pl-{_slug(name)}", "name": name, "kind": "country", "country": iso3}
        for name, iso3, _ in STATES
    ]
    wholes: dict[str, list[Row]] = {"city": [*rows], "building": []}
    for n in range(number - len(STATES)):
        kind, name = "building" if n % 4 == 3 else "city", _name(n, WORDS["towns"], WORDS["adjectives"])
        whole = draw.choice(wholes[kind])
        row: Row = {"place_id": f"pl-{_slug(name)}", "name": name, "kind": kind, "country": whole["country"]}
        if kind == "city":
            row["latitude"] = round(draw.uniform(-60, 70), 5)
            row["longitude"] = round(draw.uniform(-180, 180), 5)
            wholes["building"].append(row)
        rows.append(row | {"part_of_place_id": whole["place_id"]})
    yield from rows


def _name(number: int, first: list[str], second: list[str]) -> str:
    """The name of that number: all pairs of words in turn, then with a number behind."""
    turn, at = divmod(number, len(first))
    again = turn // len(second)
    # neighbours differ in both words
    name = f"{first[at]} {second[(turn + at) % len(second)]}"
    return f"{name} {again + 1}" if again else name


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
