"""The released tables with ten thousand events, for the explorer page."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import cycle, islice

from mmru.explorer.data import RECORDS
from mmru.explorer.lists import Row, Tables

COUNTS = {"events": 10_000, "agreements": 1_000, "reactions": 3_000}
HELPERS = ("event_actors", "event_details", "agreement_actors", "agreement_milestones", "agreement_terms")


def enlarged(tables: Tables) -> dict[str, list[Row]]:
    """Return the tables with copies of their records, and of the helper rows, on other days of 30 years."""
    result = {name: [*rows] for name, rows in tables.items()}
    for table, key in RECORDS.items():
        helpers = [name for name in HELPERS if key == RECORDS[f"{name.partition('_')[0]}s"]]
        copies = islice(cycle(tables[table]), COUNTS[table] - len(tables[table]))
        for number, row in enumerate(copies):
            day = date(1995, 1, 1) + timedelta(days=number * 37 % 11_000)
            dates = {"date": f"{day}", "date_earliest": day, "date_latest": day}
            own = {key: f"{row[key]}-{number}"}
            result[table].append(row | own | (dates if row.get("date") else {}))
            for name in helpers:
                rows = (helper for helper in tables[name] if helper[key] == row[key])
                result[name] += [helper | own | (dates if helper.get("date") else {}) for helper in rows]
    return result
