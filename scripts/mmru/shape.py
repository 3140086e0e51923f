"""Step 5: shape fused values, registered records and passages into the tables of the dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mmru import dates
from mmru.arrow import arrow_schema, codes, firsts, to_arrow
from mmru.claim import Place
from mmru.document import mappings
from mmru.merge import Fused, Value
from mmru.problem import Placed, Problem
from mmru.read import MEASURED, REGISTRY, SHARPENED, Seeds
from mmru.schema import Column, Schemas, Table
from mmru.take import Article, Later, Origins, Places, Taken

Row = dict[str, Any]
Made = dict[str, list[tuple[Row, Placed]]]


@dataclass(frozen=True)
class Shaped:
    """Rows sorted by key, and for each row the place in the seeds from which it comes."""

    rows: pa.Table
    places: Sequence[Placed]


def shape(
    seeds: Seeds, taken: Taken, fused: Fused, origins: Origins, schemas: Schemas, problems: list[Problem]
) -> dict[str, Shaped]:
    """Every table of the dataset. Registered records of which no source speaks are noted."""
    made: Made = {name: [] for name in schemas.tables if name not in ("passages", "claims")}
    by_record = _by_record(fused)
    counts = _counts(fused.claims)
    for name in REGISTRY:
        document = seeds.registry[name]
        for number, registered in enumerate(document.data):
            made[name].append((dict(registered), Place(document, (number,))))
    for table in schemas.records.values():
        _fill_records(table, made, by_record, counts, origins, schemas, problems)
    for number, article in enumerate(taken.articles):
        made["sources"].append((_source(article), Later(origins.source, number)))
    for name in ("rulings", "redirects"):
        document = getattr(seeds, name)
        made[name] = [(dict(row), Place(document, (n,))) for n, row in enumerate(document.data)]
    made["coder_agreement"] = list(_agreement(seeds, problems))
    made["adjudications"] = list(_decisions(seeds))
    made["changes"] = list(_changes(seeds))
    made["vocabularies"] = [(row, Place(seeds.dataset, ())) for row in _vocabularies(schemas)]
    shaped = {name: _sorted(schemas.tables[name], rows) for name, rows in made.items()}
    for name, rows, find in (
        ("passages", taken.passages, origins.passage),
        ("claims", fused.claims, origins.claim),
    ):
        table = schemas.tables[name]
        order = pc.sort_indices(rows, [(key, "ascending") for key in table.primary_key])
        ordered = rows.select(table.names).take(order).cast(arrow_schema(table))
        shaped[name] = Shaped(ordered, Places(find, order))
    return {name: shaped[name] for name in schemas.tables}


Records = Mapping[tuple[str, str], Mapping[str, list[Value]]]
Counts = Mapping[tuple[str, str], tuple[int, int, int]]


def _by_record(fused: Fused) -> Records:
    found: dict[tuple[str, str], dict[str, list[Value]]] = defaultdict(dict)
    for (table, record, field), values in fused.values.items():
        found[table, record][field] = values
    return found


def _counts(claims: pa.Table) -> Counts:
    """Sources, origins and claims of each record."""
    key = (claims["record_table"], claims["record_id"])
    records = codes(*key)
    first = firsts(records)
    of_each = [records]
    for name in ("origin", "source_id"):
        pairs = codes(*key, claims[name])
        of_each.insert(0, records[firsts(pairs)])
    found = zip(*(np.bincount(rows).tolist() for rows in of_each))
    return dict(zip(zip(*(column.take(pa.array(first)).to_pylist() for column in key)), found))


def _fill_records(
    table: Table,
    made: Made,
    by_record: Records,
    counts: Counts,
    origins: Origins,
    schemas: Schemas,
    problems: list[Problem],
) -> None:
    """Add to a record table its claimed and derived columns, and make the rows of its helpers."""
    key = table.primary_key[0]
    for row, place in made[table.name]:
        values = by_record.get((table.name, row[key]), {})
        if not values and table.name != "actors":
            said = f"no source speaks of '{row[key]}'"
            problems.append(place.problem("M04", said, "code what an article says of it, or remove it"))
        for path, found in values.items():
            field = schemas.field(table.name, path)
            if field and field.table is table:
                row[path] = [v.text for v in found] if field.many else _typed(field.column, found[0].text)
        for helper in schemas.helpers(table.name):
            rows = _helper_rows(helper, key, row[key], values, schemas)
            made[helper.name].extend((made_row, Later(origins.claim, first)) for made_row, first in rows)
        _derive(table, row, values, counts.get((table.name, row[key])), schemas)
    if table.name == "agreements":
        _sign(made[table.name], made["agreement_milestones"])


def _derive(
    table: Table,
    row: Row,
    values: Mapping[str, list[Value]],
    counts: tuple[int, int, int] | None,
    schemas: Schemas,
) -> None:
    if "date" in table.names:
        _bound(row, "date")
        if row.get("date"):
            row["date_precision"] = dates.parse(row["date"]).precision
            row["date_basis"] = values["date"][0].basis
    if counts and "claim_count" in table.names:
        row["source_count"], row["origin_count"], row["claim_count"] = counts
    if row.get("cameo_code"):
        row["goldstein"] = schemas.vocabularies["cameo"][row["cameo_code"]].score
    if row.get("stance"):
        score = schemas.vocabularies["stance"][row["stance"]].score
        row["stance_score"] = int(score) if score is not None else None


def _bound(row: Row, name: str) -> None:
    if row.get(name):
        span = dates.parse(row[name])
        row[f"{name}_earliest"], row[f"{name}_latest"] = span.earliest, span.latest


def _sign(agreements: list[tuple[Row, Placed]], milestones: list[tuple[Row, Placed]]) -> None:
    """An agreement's `signed` is the date of its first signing."""
    dated = [row for row, _ in milestones if row["milestone"] == "signed" and row.get("date")]
    dated.sort(key=lambda row: (row["date_latest"] or date.max, row["sequence"]), reverse=True)
    signings = {row["agreement_id"]: row for row in dated}
    for row, _ in agreements:
        signing = signings.get(row["agreement_id"])
        if signing:
            row["signed"], row["date_basis"] = signing["date"], signing["date_basis"]
            _bound(row, "signed")


def _helper_rows(
    table: Table, owner: str, record: str, values: Mapping[str, list[Value]], schemas: Schemas
) -> Iterator[tuple[Row, int]]:
    """The rows of a helper table about one record, each with the row of the claim that it rests on."""
    assert table.helper
    mine = {p: v for p, v in values.items() if p.partition(".")[0] == table.helper.prefix}
    if table.helper.style == "member":
        yield from _members(table, owner, record, mine, schemas)
    elif table.helper.style == "measure":
        yield from _measures(table, owner, record, mine, schemas)
    else:
        yield from _attributed(table, owner, record, mine)


def _members(
    table: Table, owner: str, record: str, values: Mapping[str, list[Value]], schemas: Schemas
) -> Iterator[tuple[Row, int]]:
    assert table.helper
    for path, members in values.items():
        code = path.partition(".")[2]
        side = schemas.codes(table[table.helper.key])[code].side
        for member in members:
            row = {owner: record, table.helper.key: code, table.helper.value: member.text}
            yield (row | ({"side": side} if "side" in table.names else {})), member.first


def _measures(
    table: Table, owner: str, record: str, values: Mapping[str, list[Value]], schemas: Schemas
) -> Iterator[tuple[Row, int]]:
    assert table.helper
    for path, members in values.items():
        code = path.partition(".")[2]
        unit = schemas.codes(table[table.helper.key])[code].unit
        ordered = sorted(members, key=lambda m: (float(m.text) if unit else 0.0, m.text))
        for number, member in enumerate(ordered, 1):
            row: Row = {owner: record, table.helper.key: code, "sequence": number, "unit": unit}
            row["value" if unit else "text"] = float(member.text) if unit else member.text
            yield row, member.first


def _attributed(
    table: Table, owner: str, record: str, values: Mapping[str, list[Value]]
) -> Iterator[tuple[Row, int]]:
    """Rows whose columns are fields of their own: steps of an agreement, roles of an actor."""
    assert table.helper
    rows: dict[tuple[str, int], tuple[Row, int]] = {}
    for path, found in values.items():
        _, *steps = path.split(".")
        column = steps.pop() if steps else ""
        names = [steps[0]] if steps else [v.text for v in found]
        sequence = int(steps[1]) if len(steps) > 1 else 1
        for name, value in zip(names, found):
            row, _ = rows.setdefault((name, sequence), ({owner: record}, value.first))
            if table.helper.style == "step":
                row |= {table.helper.key: name, "sequence": sequence}
            else:
                row[table.helper.key] = f"{record}.{name}"
            if column:
                row[column] = _typed(table[column], value.text)
                if column == "date":
                    row["date_basis"] = value.basis
                    _bound(row, "date")
    yield from rows.values()


def _source(article: Article) -> Row:
    row = dict(article.source)
    if row.get("published"):
        row["published"] = str(row["published"])
    _bound(row, "published")
    row["line_count"] = article.passages if row.get("text_sha256") else None
    row["claim_count"] = article.claims
    return row


def _agreement(seeds: Seeds, problems: list[Problem]) -> Iterator[tuple[Row, Place]]:
    """The figures of the agreement of coders, each with what was sharpened in the codebook for it."""
    measured, sharpened = seeds.twice.get(MEASURED), seeds.twice.get(SHARPENED)
    changes = {
        (r["record_table"], r["field"]): (n, r) for n, r in mappings(sharpened.data if sharpened else [])
    }
    for number, row in mappings(measured.data["rows"] if measured else []):
        _, change = changes.pop((row["record_table"], row["field"]), (0, {}))
        place = Place(measured or seeds.dataset, ("rows", number))
        yield row | ({"sharpened": change["sharpened"]} if change else {}), place
    for number, row in changes.values():
        said = f"there is no figure for {row['record_table']} {row['field']}"
        place = Place(sharpened or seeds.dataset, (number, "field"))
        problems.append(place.problem("C09", said, "name a field of coder_agreement"))


def _decisions(seeds: Seeds) -> Iterator[tuple[Row, Place]]:
    """What was decided on each difference between coders."""
    for path, document in seeds.twice.items():
        for number, row in mappings(document.data) if path not in (MEASURED, SHARPENED) else ():
            said = [
                str(row.get(n, "")) for n in ("source_id", "record_table", "first_id", "second_id", "field")
            ]
            made = sha256("\n".join(said).encode()).hexdigest()
            yield {**row, "difference_id": f"d-{made[:16]}"}, Place(document, (number,))


def _changes(seeds: Seeds) -> Iterator[tuple[Row, Place]]:
    """What each release changed, as its record has it."""
    for document in seeds.releases:
        for number, row in enumerate(document.data["changes"]):
            told = {"version": document.data["version"], "sequence": number + 1, **row}
            yield told, Place(document, ("changes", number))


def _vocabularies(schemas: Schemas) -> Iterator[Row]:
    for name, listed in schemas.vocabularies.items():
        for code in listed.values():
            row = {k: v for k, v in vars(code).items() if v not in (None, ())}
            yield {"vocabulary": name, **row, **({"mapping": list(code.mapping)} if code.mapping else {})}


def _typed(column: Column, text: str) -> Any:
    if column.type == "number":
        return float(text)
    return int(text) if column.type == "integer" else text


def _sorted(table: Table, rows: Iterable[tuple[Row, Placed]]) -> Shaped:
    ordered = sorted(rows, key=lambda made: tuple(made[0][k] for k in table.primary_key))
    return Shaped(to_arrow(table, [row for row, _ in ordered]), [place for _, place in ordered])
