"""Questions on which the sources give different answers, for the explorer page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

Row = dict[str, Any]
UNIT = ".unit"


def questions(tables: Mapping[str, list[Row]]) -> Iterator[Row]:
    """Yield each field of a record for which a claim gives another value than the published one.

    `answers` has each value with the sources that give it, the published one first; `reason` is that of
    the ruling, and `unit` that of a figure.
    """
    claims = _by_field(tables["claims"])
    rulings = {(row["record_id"], row["field"]): row for row in tables["rulings"]}
    for (record, field), rows in sorted(claims.items()):
        ruling = rulings.get((record, field))
        if all(row["agrees"] for row in rows) and not ruling:
            continue
        figure = claims.get((record, field.removesuffix(".value") + UNIT), [])
        yield {
            "record": record,
            "table": rows[0]["record_table"],
            "field": field,
            "unit": figure[0]["value"] if figure else "",
            "answers": _answers(rows, ruling),
            "reason": ruling["reason"] if ruling else "",
        }


def _by_field(claims: list[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for claim in claims:
        found[claim["record_id"], claim["field"]].append(claim)
    return found


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
