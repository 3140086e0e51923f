"""How well two coders agree, as figures: F1 for records, Krippendorff's alpha for fields.

Alpha is Klaus Krippendorff's coefficient of reliability (Content Analysis, 4th ed., 2018, ch. 12),
as the library krippendorff computes it.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import krippendorff
import numpy as np

from mmru.reliability.compare import ANYWHERE, BOTH, INTERVAL, RECORD, Judged, Level
from mmru.reliability.pairing import PAIRED, Paired

ALL = "all"
RESAMPLES = 1000


@dataclass(frozen=True)
class Unit:
    """One thing that both coders judged; the units of one cluster (a record, a line) belong together."""

    cluster: tuple[str, str]
    first: str
    second: str


def figures(pairs: Sequence[Paired], judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The rows of coder_agreement: F1 of the records of each table, alpha of each field.

    Intervals hold 95 % of 1,000 bootstrap samples of records (of lines, for lines). Their seed is
    fixed, so that the same codings give the same figures.
    """
    rows = [_f1(table, pairs, ALL) for table in PAIRED]
    rows += [_f1(table, [p], p.source_id) for p in pairs for table in PAIRED]
    by_field: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for one in judged:
        by_field[one.table, one.field].append(one)
    for (table, field), found in by_field.items():
        units = list(_units(found))
        if any(u.first or u.second for u in units):
            rows.append(_alpha(table, field, units, found[0].level))
    return [row for row in rows if row["units"]]


def _f1(table: str, pairs: Iterable[Paired], scope: str) -> dict[str, Any]:
    """F1 of finding the same records, which is the same whoever is held to be right."""
    found = [(bool(a), bool(b)) for p in pairs for a, b in p.records(table)]
    low, high = _interval(found, _share)
    return {
        **{"scope": scope, "record_table": table, "field": RECORD, "measure": "f1", "level": None},
        **{"units": len(found), "equal": sum(a and b for a, b in found)},
        **{"first_given": sum(a for a, _ in found), "second_given": sum(b for _, b in found)},
        **{"value": _rounded(_share(found)), "low": low, "high": high},
    }


def _share(found: Sequence[tuple[bool, bool]]) -> float | None:
    given = sum(a + b for a, b in found)
    return 2 * sum(a and b for a, b in found) / given if given else None


def _units(judged: Sequence[Judged]) -> Iterator[Unit]:
    """The units of a field: for a single value one a record, else one for each member judged."""
    anywhere = sorted({m for j in judged for m in (*j.first, *j.second)})
    for j in judged:
        members: Iterable[str] = [""]
        if j.members == ANYWHERE:
            members = anywhere
        elif j.members == BOTH:
            members = sorted(j.first.keys() & j.second.keys())
        elif j.members:
            members = sorted(j.first.keys() | j.second.keys())
        for member in members:
            yield Unit((j.source_id, j.first_id), j.first.get(member, ""), j.second.get(member, ""))


def _alpha(table: str, field: str, units: Sequence[Unit], level: Level) -> dict[str, Any]:
    values = sorted({v for u in units for v in (u.first, u.second)}, key=float if level == INTERVAL else str)
    order = {value: n for n, value in enumerate(values)}
    domain = np.array([float(v) for v in values] if level == INTERVAL else range(len(values)))

    def alpha(sample: Sequence[np.ndarray]) -> float | None:
        counts = np.concatenate(sample)
        used = counts.sum(axis=0) > 0
        if used.sum() < 2:
            return None
        counts, kept = counts[:, used], domain[used]
        return float(krippendorff.alpha(value_counts=counts, value_domain=kept, level_of_measurement=level))

    clusters: dict[tuple[str, str], list[np.ndarray]] = defaultdict(list)
    for u in units:
        row = np.zeros(len(values), dtype=int)
        row[order[u.first]] += 1
        row[order[u.second]] += 1
        clusters[u.cluster].append(row)
    blocks = [np.array(rows) for rows in clusters.values()]
    low, high = _interval(blocks, alpha)
    return {
        **{"scope": ALL, "record_table": table, "field": field, "measure": "alpha", "level": level},
        **{"units": len(units), "equal": sum(u.first == u.second for u in units)},
        **{
            "first_given": sum(bool(u.first) for u in units),
            "second_given": sum(bool(u.second) for u in units),
        },
        **{"value": _rounded(alpha(blocks)), "low": low, "high": high},
    }


def _interval(
    clusters: Sequence[Any], measure: Callable[[Any], float | None]
) -> tuple[float | None, float | None]:
    """The range that holds the middle 95 % of a measure over bootstrap samples of clusters."""
    chance = random.Random(0)
    found = []
    for _ in range(RESAMPLES):
        value = measure(chance.choices(clusters, k=len(clusters)))
        if value is not None:
            found.append(value)
    if not found:
        return None, None
    found.sort()
    low, high = found[round(0.025 * (len(found) - 1))], found[round(0.975 * (len(found) - 1))]
    return _rounded(low), _rounded(high)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3) + 0.0
