"""Step 5: shape fused values, registered records and passages into the tables of the dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mmru.errors import Placed, Position, Problem
from mmru.io.arrow import TYPES, Numbers, arrow_schema, codes, firsts, to_arrow
from mmru.io.yaml_file import Document, mappings
from mmru.model import edtf
from mmru.model.schema import Schemas, Table
from mmru.model.text import Path_
from mmru.pipeline.columns import Told, helper_columns, record_columns, signing
from mmru.pipeline.merge import Fused
from mmru.seeds.articles import Articles, Source
from mmru.seeds.positions import Positions
from mmru.seeds.reader import MEASURED, SHARPENED, Seeds

Row = dict[str, Any]
Find = Callable[[int], Position]


class _Later(NamedTuple):
    """A position that is found only when a problem is noted there."""

    find: Find
    row: int

    def problem(self, code: str, message: str, fix: str = "") -> Problem:
        return self.find(self.row).problem(code, message, fix)


class _Places(Sequence[_Later]):
    """The positions of rows of which each comes from one of those that `find` knows."""

    def __init__(self, find: Find, rows: pa.Array) -> None:
        self._find, self._rows = find, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> _Later: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[_Later]: ...
    def __getitem__(self, number: int | slice) -> _Later | Sequence[_Later]:
        if isinstance(number, slice):
            return _Places(self._find, self._rows[number])
        return _Later(self._find, self._rows[number].as_py())


@dataclass(frozen=True)
class Shaped:
    """Rows sorted by key, and for each row the place in the seeds from which it comes."""

    rows: pa.Table
    places: Sequence[Placed]

    @classmethod
    def of(cls, table: Table, rows: pa.Table, find: Find) -> Shaped:
        """Rows in any order, of which `find` gives the place by their number."""
        order = pc.sort_indices(rows, [(key, "ascending") for key in table.primary_key])
        return cls(rows.take(order), _Places(find, order))


def shape(
    seeds: Seeds,
    articles: Articles,
    fused: Fused,
    origins: Positions,
    schemas: Schemas,
    problems: list[Problem],
) -> dict[str, Shaped]:
    """Every table of the dataset. Registered records of which no source speaks are noted."""
    tables = schemas.tables
    with ThreadPoolExecutor(1) as aside:
        # by far the largest, and Arrow's alone
        claims = aside.submit(_taken, tables["claims"], fused.claims, origins.claim)
        shaped = {"places": _listing(tables["places"], seeds.registry["places"])}
        counts = _counts(fused)
        for table in schemas.records.values():
            registered = seeds.registry[table.name]
            shaped |= _records(table, registered, fused.values, counts, origins, schemas, problems)
        sources = to_arrow(tables["sources"], [_source(source) for source in articles.sources])
        shaped["sources"] = Shaped.of(tables["sources"], sources, origins.source)
        shaped["passages"] = _taken(tables["passages"], articles.passages, origins.passage)
    for name, document in (("rulings", seeds.rulings), ("redirects", seeds.redirects)):
        shaped[name] = _listing(tables[name], document)
    for name, made in (
        ("coder_agreement", _agreement(seeds, problems)),
        ("adjudications", _decisions(seeds)),
        ("changes", _changes(seeds)),
        ("vocabularies", ((row, _at(seeds.dataset, ())) for row in _vocabularies(schemas))),
    ):
        shaped[name] = _made(tables[name], list(made))
    shaped["claims"] = claims.result()
    return {name: shaped[name] for name in tables}


def _listing(table: Table, document: Document) -> Shaped:
    """The entries of a file of the seeds."""
    return Shaped.of(table, to_arrow(table, document.data), _entries(document))


def _entries(document: Document) -> Find:
    return lambda number: document.position((number,))


def _at(document: Document, path: Path_) -> Find:
    """The position of one part of a document, found when it is asked for."""
    return lambda _: document.position(path)


def _made(table: Table, made: Sequence[tuple[Row, Find]]) -> Shaped:
    """Rows that come from here and there."""
    return Shaped.of(table, to_arrow(table, [row for row, _ in made]), lambda number: made[number][1](number))


def _taken(table: Table, rows: pa.Table, find: Find) -> Shaped:
    """Rows that were taken from the articles as they stand in the table."""
    columns = rows.select(table.names).columns
    return Shaped.of(table, pa.Table.from_arrays(columns, schema=arrow_schema(table)), find)


def _records(
    table: Table,
    document: Document,
    values: pa.Table,
    counts: pa.Table,
    origins: Positions,
    schemas: Schemas,
    problems: list[Problem],
) -> dict[str, Shaped]:
    """A record table, and its helpers."""
    key, registered = table.primary_key[0], to_arrow(table, document.data)
    ids, entry = registered[key].combine_chunks(), _entries(document)
    told = Told.of(values, table, ids)
    if table.name != "actors":
        for number in np.flatnonzero(np.bincount(told.record, minlength=len(ids)) == 0).tolist():
            said = f"no source speaks of '{ids[number]}'"
            fix = "code what an article says of it, or remove it"
            problems.append(entry(number).problem("M04", said, fix))
    given = dict(zip(table.names, (column.combine_chunks() for column in registered.columns)))
    columns = record_columns(table, given, told, counts, schemas)
    shaped = {}
    for helper in schemas.helpers(table.name):
        made, first = helper_columns(helper, key, told, schemas)
        rows = _table(helper, made, len(first))
        if helper.name == "agreement_milestones":
            columns |= signing(rows, ids)
        shaped[helper.name] = Shaped.of(helper, rows, _claimed(origins, first))
    return {table.name: Shaped.of(table, _table(table, columns, len(ids)), entry), **shaped}


def _claimed(origins: Positions, first: Numbers) -> Find:
    """The claims on which rows rest."""
    return lambda number: origins.claim(int(first[number]))


def _table(table: Table, columns: Mapping[str, pa.Array], size: int) -> pa.Table:
    """A table of so many rows; what there is no column for is empty, and what is no column of it left out."""
    cells = [columns.get(c.name, pa.nulls(size, TYPES[c.type])) for c in table.columns]
    return pa.Table.from_arrays(cells, schema=arrow_schema(table))


def _counts(fused: Fused) -> pa.Table:
    """Sources, origins and claims of each record."""
    keys = fused.keys
    told = fused.claims.select(("record_table", "record_id")).take(pa.array(firsts(keys.record)))
    for name, counted in (("source_count", keys.source), ("origin_count", keys.origin)):
        told_by = firsts(codes(keys.record, counted))
        told = told.append_column(name, pa.array(np.bincount(keys.record[told_by])))
    return told.append_column("claim_count", pa.array(np.bincount(keys.record)))


def _source(source: Source) -> Row:
    row = dict(source.row)
    if row.get("published"):
        row["published"] = str(row["published"])
        span = edtf.parse(row["published"])
        row["published_earliest"], row["published_latest"] = span.earliest, span.latest
    row["line_count"] = source.line_count if row.get("text_sha256") else None
    row["claim_count"] = source.claim_count
    return row


def _agreement(seeds: Seeds, problems: list[Problem]) -> Iterator[tuple[Row, Find]]:
    """The figures of the agreement of coders, each with what was sharpened in the codebook for it."""
    measured, sharpened = seeds.twice.get(MEASURED), seeds.twice.get(SHARPENED)
    changes = {
        (r["record_table"], r["field"]): (n, r) for n, r in mappings(sharpened.data if sharpened else [])
    }
    for number, row in mappings(measured.data["rows"] if measured else []):
        _, change = changes.pop((row["record_table"], row["field"]), (0, {}))
        place = _at(measured or seeds.dataset, ("rows", number))
        yield row | ({"sharpened": change["sharpened"]} if change else {}), place
    for number, row in changes.values():
        said = f"there is no figure for {row['record_table']} {row['field']}"
        position = (sharpened or seeds.dataset).position((number, "field"))
        problems.append(position.problem("C09", said, "name a field of coder_agreement"))


def _decisions(seeds: Seeds) -> Iterator[tuple[Row, Find]]:
    """What was decided on each difference between coders."""
    for path, document in seeds.twice.items():
        for number, row in mappings(document.data) if path not in (MEASURED, SHARPENED) else ():
            said = [
                str(row.get(n, "")) for n in ("source_id", "record_table", "first_id", "second_id", "field")
            ]
            made = sha256("\n".join(said).encode()).hexdigest()
            yield {**row, "difference_id": f"d-{made[:16]}"}, _at(document, (number,))


def _changes(seeds: Seeds) -> Iterator[tuple[Row, Find]]:
    """What each release changed, as its record has it."""
    for document in seeds.releases:
        for number, row in enumerate(document.data["changes"]):
            told = {"version": document.data["version"], "sequence": number + 1, **row}
            yield told, _at(document, ("changes", number))


def _vocabularies(schemas: Schemas) -> Iterator[Row]:
    for name, listed in schemas.vocabularies.items():
        for code in listed.values():
            row = {k: v for k, v in vars(code).items() if v not in (None, ())}
            yield {"vocabulary": name, **row, **({"mapping": list(code.mapping)} if code.mapping else {})}
