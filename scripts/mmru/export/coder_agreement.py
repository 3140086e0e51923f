"""Write how far the coders agreed as a page: F1 and alpha of each round, and the decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mmru.export.markdown import table

Row = Mapping[str, Any]

_HEAD = """\
# How far the coders agreed

The agreement of two coders who did not see each other's work, before any difference was decided. \
`mmru build` generates this page from `data/coder_agreement.csv`, which also has F1 for each article, and \
from `data/adjudications.csv`. [method.md](method.md) says who the coders were.

Each round has its own articles and its own edition of the codebook. `seeds/twice/` keeps both codings.

**Pairs.** Two records of one article are a pair if they cite the same words. Pairs of the same kind are \
preferred. Actors and places are paired by their names, or because the same words mention them.

**F1** measures whether the coders found the same records. It is twice the number of records that both \
found, divided by the sum of the numbers that each found.

**Krippendorff's alpha** compares the paired records field by field. 1 is full agreement; 0 is agreement by \
chance.

- A field with one value is one unit for each record. A missing value counts as a value.
- A field with several values (sectors, topics, contexts, details) is one unit for each record and each code \
that either coder used anywhere.
- Parts in events and agreements (`actors.role`) are one unit for each actor with a part, according to at \
least one coder.
- Bounds of dates and scores are compared as numbers, if both coders have one. All other values are equal or \
not equal.
- `claims.` fields are the grades of the claims that both coders made.
- Free text is not compared.
- Alpha is undefined (–) if all units have the same value.

In brackets is the interval that contains the middle 95 % of 1,000 bootstrap samples. A sample draws whole \
records, with everything that belongs to them. Read alpha together with the number of equal units. If nearly \
all records have the same value, a few differences make alpha low, although nearly all units are equal.
"""
_DECISIONS = """\
How many differences were decided in favour of which coding. Nobody has compared the open ones with the \
text: the dataset has the first coder's value.
"""
_DIFFERENCES = """\
In many differences, only one coder gave a value. The table has the fields with at least ten differences in \
all rounds together. `record` means that only one coder has the record.
"""
MANY = 10


def as_page(figures: pa.Table, decisions: pa.Table, kinds: Sequence[str]) -> str:
    """Return the page in Markdown, of the tables coder_agreement and adjudications.

    `kinds` are the codes of decisions, in order.
    """
    rows = figures.filter(pc.field("scope") == "all").to_pylist()
    rounds = sorted({row["round"] for row in rows})
    heads = [f"round {number}" for number in rounds]
    f1, alpha = (_by_field(row for row in rows if row["measure"] == kind) for kind in ("f1", "alpha"))
    counts = Counter(zip(decisions["round"].to_pylist(), decisions["decision"].to_pylist()))
    parts = [
        f"{_HEAD}\n## Records: F1\n",
        *table(["records", *heads], ([name, *_cells(found, rounds)] for (name, _), found in f1)),
        "\n## Fields: alpha\n",
        *table(["field", *heads], ([" ".join(field), *_cells(found, rounds)] for field, found in alpha)),
        f"\n## Decisions\n\n{_DECISIONS}",
        *table(["round", *kinds], ([str(r), *(str(counts[r, k]) for k in kinds)] for r in rounds)),
        f"\n## Differences by field\n\n{_DIFFERENCES}",
        *table(["field", "differences", "one coder gave none", *kinds], _differences(decisions, kinds)),
    ]
    return "\n".join([*parts, ""])


def _differences(decisions: pa.Table, kinds: Sequence[str]) -> Iterator[list[str]]:
    """Return the number of differences in each field that has many, by their kind and decision."""
    fields: dict[str, list[Row]] = {}
    for row in decisions.to_pylist():
        fields.setdefault(f"{row['record_table']} {row['field']}", []).append(row)
    for name, rows in sorted(fields.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(rows) >= MANY:
            omitted = sum(not (row["first_values"] and row["second_values"]) for row in rows)
            decided = Counter(row["decision"] for row in rows)
            yield [name, *map(str, (len(rows), omitted, *(decided[kind] for kind in kinds)))]


def _by_field(rows: Iterable[Row]) -> list[tuple[tuple[str, str], dict[int, Row]]]:
    """Return the figure of each round for each field, in the order of the tables."""
    found: dict[tuple[str, str], dict[int, Row]] = {}
    for row in rows:
        found.setdefault((row["record_table"], row["field"]), {})[row["round"]] = row
    return list(found.items())


def _cells(found: Mapping[int, Row], rounds: Sequence[int]) -> list[str]:
    return [_cell(found[number]) if number in found else "" for number in rounds]


def _cell(row: Row) -> str:
    return f"{figure(row)}, {row['equal']} of {row['units']}"


def figure(row: Row) -> str:
    """Return a figure with its interval in brackets, or – if it is undefined."""
    if row["value"] is None:
        return "–"
    interval = "" if row["low"] is None else f" ({row['low']:.3f} to {row['high']:.3f})"
    return f"{row['value']:.3f}{interval}"
