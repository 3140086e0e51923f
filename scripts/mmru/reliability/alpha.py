"""Measure how well two coders agree: F1 for records, Krippendorff's alpha for fields.

Alpha is Klaus Krippendorff's coefficient of reliability (Content Analysis, 4th ed., 2018, ch. 12),
computed by the library krippendorff. The bootstrap samples need a thousand alphas for each field: for two
coders who judged every unit they follow from sums over clusters, which gives the same numbers.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import krippendorff
import numpy as np

from mmru.reliability.compare import ANYWHERE, BOTH, EITHER, INTERVAL, RECORD, Judgement, Level
from mmru.reliability.pairing import ArticlePair
from mmru.seeds.reader import REGISTRY

ALL = "all"  # the scope of a measure over all articles
RESAMPLES = 1000

Row = dict[str, Any]
Cluster = tuple[str, str]
Interval = tuple[float | None, float | None]


@dataclass(frozen=True)
class Unit:
    """The values of both coders for one thing; units of one cluster (a record, a line) belong together."""

    cluster: Cluster
    first: str
    second: str


def agreement_rows(pairs: Sequence[ArticlePair], judged: Sequence[Judgement]) -> list[Row]:
    """Return the rows of coder_agreement: F1 of the records of each table, alpha of each field.

    The intervals hold 95 % of 1,000 bootstrap samples of records (of lines, for lines). Their seed is
    fixed, so that the same codings give the same numbers.
    """
    rows = [_f1(table, pairs, ALL) for table in REGISTRY]
    rows += [_f1(table, [pair], pair.source_id) for pair in pairs for table in REGISTRY]
    by_field: dict[tuple[str, str], list[Judgement]] = defaultdict(list)
    for judgement in judged:
        by_field[judgement.table, judgement.field].append(judgement)
    for (table, field), of_field in by_field.items():
        units = list(_units(of_field))
        if any(unit.first or unit.second for unit in units):
            rows.append(_alpha(table, field, units, of_field[0].level))
    return [row for row in rows if row["units"]]


def _f1(table: str, pairs: Iterable[ArticlePair], scope: str) -> Row:
    """Return F1 of finding the same records; it does not depend on which coder counts as right."""
    found = [(bool(one), bool(other)) for pair in pairs for one, other in pair.records(table)]
    names = {"scope": scope, "record_table": table, "field": RECORD, "measure": "f1", "level": None}
    return _row(names, found, _f1_value(found), _interval(found, _f1_value))


def _row(names: Row, units: Sequence[tuple[Any, Any]], value: float | None, interval: Interval) -> Row:
    """Return a row of coder_agreement, from what both coders have of each unit."""
    return {
        **names,
        "units": len(units),
        "equal": sum(first == second for first, second in units),
        "first_given": sum(bool(first) for first, _ in units),
        "second_given": sum(bool(second) for _, second in units),
        "value": _rounded(value),
        "low": _rounded(interval[0]),
        "high": _rounded(interval[1]),
    }


def _f1_value(found: Sequence[tuple[bool, bool]]) -> float | None:
    total = sum(one + other for one, other in found)
    return 2 * sum(one and other for one, other in found) / total if total else None


def _units(judged: Sequence[Judgement]) -> Iterator[Unit]:
    """Yield the units of a field: one for a single value of a record, otherwise one for each member."""
    anywhere = sorted({member for j in judged for member in (*j.first, *j.second)})
    for j in judged:
        members = {
            ANYWHERE: anywhere,
            EITHER: sorted(j.first.keys() | j.second.keys()),
            BOTH: sorted(j.first.keys() & j.second.keys()),
        }.get(j.members, [""])
        for member in members:
            yield Unit((j.source_id, j.first_id), j.first.get(member, ""), j.second.get(member, ""))


def _alpha(table: str, field: str, units: Sequence[Unit], level: Level) -> Row:
    """Return alpha of a field, with its interval; None if all units have one value."""
    names = {"scope": ALL, "record_table": table, "field": field, "measure": "alpha", "level": level}
    values = sorted({value for unit in units for value in (unit.first, unit.second)})
    codes = {value: float(value) if level == INTERVAL else number for number, value in enumerate(values)}
    coded = [[codes[unit.first] for unit in units], [codes[unit.second] for unit in units]]
    has_values = len({*codes.values()}) > 1
    value = float(krippendorff.alpha(coded, level_of_measurement=level)) if has_values else None
    sums = np.array(_sums(units, codes, level))
    interval = _interval(range(len(sums)), lambda sample: alpha_of_sums(sums[sample].sum(axis=0), level))
    return _row(names, [(unit.first, unit.second) for unit in units], value, interval)


def _sums(units: Iterable[Unit], codes: Mapping[str, Any], level: Level) -> list[np.ndarray]:
    """Return for each cluster what alpha needs: disagreement, and the counts or the sums of values."""
    width = 4 if level == INTERVAL else len(codes) + 1
    clusters: dict[Cluster, np.ndarray] = defaultdict(lambda: np.zeros(width))
    for unit in units:
        x, y = codes[unit.first], codes[unit.second]
        row = clusters[unit.cluster]
        if level == INTERVAL:
            row += ((x - y) ** 2, 2, x + y, x**2 + y**2)
        else:
            row[0] += x != y
            row[1 + x] += 1
            row[1 + y] += 1
    return list(clusters.values())


def alpha_of_sums(sums: np.ndarray, level: Level) -> float | None:
    """Return alpha of two coders who judged every unit, from sums over the units.

    None if all units have one value. With n values, alpha is 1 - (n - 1) * observed / expected.
    """
    if level == INTERVAL:
        n, total, squares = sums[1:]
        expected = n * squares - total**2
    else:
        n = sums[1:].sum()
        expected = (n**2 - (sums[1:] ** 2).sum()) / 2
    return float(1 - (n - 1) * sums[0] / expected) if expected > 0 else None


def _interval(clusters: Sequence[Any], measure: Callable[[list[Any]], float | None]) -> Interval:
    """Return the middle 95 % of a measure over bootstrap samples of clusters."""
    chance = random.Random(0)
    samples = (chance.choices(clusters, k=len(clusters)) for _ in range(RESAMPLES))
    values = sorted(value for sample in samples if (value := measure(sample)) is not None)
    if not values:
        return None, None
    low, high = (values[round(share * (len(values) - 1))] for share in (0.025, 0.975))
    return low, high


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3) + 0.0  # no negative zero
