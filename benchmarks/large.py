"""A made-up dataset of any size, of the shape of the released one: what the explorer page is tried with."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mmru.explorer.data import RECORDS, Row, Rows
from mmru.model.edtf import parse

SHARES = {"events": 1.0, "agreements": 0.1, "reactions": 0.3}  # records for each event
HELPERS = {
    "events": ("event_actors", "event_details"),
    "agreements": ("agreement_actors", "agreement_milestones", "agreement_terms"),
    "reactions": (),
}
DATED = {"events": "date", "agreement_milestones": "date", "reactions": "date"}


def enlarged(tables: Rows, events: int, seed: int = 1) -> dict[str, list[Row]]:
    """The tables with so many events: those that there are, and others drawn from them.

    These have ids of their own, and helper rows and claims; dated ones are moved to other days
    within 30 years.
    """
    draw = random.Random(seed)
    made = {name: [*rows] for name, rows in tables.items()}
    claims = _by(tables["claims"], "record_id")
    for table, key in RECORDS.items():
        helpers = {name: _by(tables[name], key) for name in HELPERS[table]}
        for number in range(round(events * SHARES[table]) - len(tables[table])):
            row = draw.choice(tables[table])
            own, moved = f"{row[key]}-{number}", timedelta(days=draw.randrange(-9000, 1500))
            made[table].append(_moved(row, table, moved) | {key: own})
            for name, rows in helpers.items():
                made[name] += [_moved(helper, name, moved) | {key: own} for helper in rows[row[key]]]
            made["claims"] += [claim | {"record_id": own} for claim in claims[row[key]]]
    return made


def _by(rows: list[Row], key: str) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _moved(row: Row, table: str, by: timedelta) -> dict[str, Any]:
    """A row, its date another of the same width."""
    date = row.get(DATED.get(table, ""))
    if not date:
        return dict(row)
    span = parse(date)
    first, last = (bound and bound + by for bound in (span.earliest, span.latest))
    text = f"{first or ''}" if first == last else f"[{first or ''}..{last or ''}]"
    return row | {"date": text, "date_earliest": first, "date_latest": last}
