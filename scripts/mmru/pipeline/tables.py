"""Make every table of the dataset from seeds, articles and merged claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from mmru.checks.table_schema import POLARS_TYPES
from mmru.errors import Position, Problem
from mmru.io.arrow import to_arrow
from mmru.io.yaml_file import Document, mappings
from mmru.model import edtf
from mmru.model.schema import Schemas, Table
from mmru.model.text import CELL, LISTED, Path_, too_long
from mmru.pipeline.merge import INPUT_ROW, PUBLICATION, Merged
from mmru.pipeline.records import first_signings, helper_tables, record_rows
from mmru.seeds.articles import Articles
from mmru.seeds.reader import Seeds
from mmru.seeds.rounds import Round

Row = dict[str, Any]


class Rows(NamedTuple):
    """Rows in any order, with the column INPUT_ROW, and the position of each row of the input."""

    frame: pl.DataFrame
    position: Callable[[int], Position]


class Entry(NamedTuple):
    """A row that is written in a file."""

    row: Row
    document: Document
    path: Path_

    @property
    def position(self) -> Position:
        return self.document.position(self.path)


@dataclass(frozen=True)
class Tables:
    """All tables, each sorted by its key, and everything wrong with the rows.

    `inputs` has for each table the input row of every row, and its position.
    """

    frames: dict[str, pl.DataFrame]
    inputs: dict[str, tuple[pl.Series, Callable[[int], Position]]]
    problems: list[Problem]

    def position(self, table: str, row: int) -> Position:
        """Return the position in the seeds of a row of a table."""
        numbers, position = self.inputs[table]
        return position(numbers[row])


def make_tables(seeds: Seeds, articles: Articles, merged: Merged, schemas: Schemas) -> Tables:
    """Return all tables. Registered records without a claim, and notes without a figure, are problems."""
    tables = schemas.tables
    found = {
        "sources": Rows(_sources(articles, tables["sources"]), articles.positions.source),
        "passages": Rows(_numbered(articles.passages), articles.positions.passage),
        "claims": Rows(merged.claims, articles.positions.claim),
        "places": _listed(tables["places"], seeds.registry["places"]),
        "rulings": _listed(tables["rulings"], seeds.rulings),
        "redirects": _listed(tables["redirects"], seeds.redirects),
        "candidates": (candidates := _listed(tables["candidates"], seeds.candidates)),
        "searches": _with_new(_listed(tables["searches"], seeds.searches), candidates),
        "coder_agreement": _entered(tables["coder_agreement"], _agreement(seeds)),
        "adjudications": _entered(tables["adjudications"], _adjudications(seeds)),
        "changes": _entered(tables["changes"], _changes(seeds)),
        "vocabularies": _entered(tables["vocabularies"], _vocabularies(seeds, schemas)),
    }
    for table in schemas.records.values():
        found |= _records(table, seeds.registry[table.name], articles, merged, schemas)
    ordered = {
        n: found[n].frame.sort(t.primary_key, nulls_last=True, maintain_order=True) for n, t in tables.items()
    }
    return Tables(
        {name: conformed(tables[name], rows) for name, rows in ordered.items()},
        {name: (rows[INPUT_ROW], found[name].position) for name, rows in ordered.items()},
        [*_unclaimed(seeds, merged, schemas), *_without_figure(seeds)],
    )


def oversized(
    frames: Mapping[str, pl.DataFrame], schemas: Schemas, position: Callable[[str, int], Position]
) -> Iterator[Problem]:
    """Yield a problem at the position of each row with a cell that a workbook has no room for.

    Cells that come from the seeds as they are have been checked there; a list may be put together.
    """
    for name, table in schemas.tables.items():
        for column in table.columns:
            if column.type in ("string", "list"):
                cells = frames[name][column.name]
                cells = cells.list.join(LISTED) if column.is_list else cells
                for row in (cells.str.len_chars() > CELL // 2).arg_true():
                    if message := too_long(cells[row]):
                        yield position(name, row).problem("R11", f"{column.name}: {message}", "shorten it")


def published_days(articles: Articles) -> pl.DataFrame:
    """Return the latest day of publication of each source, null if undated, in the columns of PUBLICATION."""
    rows = (source.row for source in articles.sources if isinstance(source.row.get("source_id"), str))
    days = [(row["source_id"], _span(row, "latest")) for row in rows]
    return pl.DataFrame(days, PUBLICATION, orient="row")


def _span(source: Row, end: str) -> date | None:
    """Return the earliest or latest day of publication of a source, None without a valid date."""
    try:
        found: date | None = getattr(edtf.parse(str(source["published"])), end)
    except (KeyError, ValueError):
        return None
    return found


def _records(
    table: Table, document: Document, articles: Articles, merged: Merged, schemas: Schemas
) -> dict[str, Rows]:
    """Return the rows of a record table and of its helper tables."""
    key, registered = table.primary_key[0], _listed(table, document)
    values = merged.values.filter(record_table=table.name)
    helpers = helper_tables(table, values, schemas)
    rows = record_rows(table, registered.frame, values, schemas)
    if table.name == "agreements":
        signed = first_signings(helpers["agreement_milestones"], merged.values)
        rows = rows.drop(set(signed.columns) - {key}, strict=False).join(signed, on=key, how="left")
    return {
        table.name: Rows(rows, registered.position),
        **{name: Rows(frame, articles.positions.claim) for name, frame in helpers.items()},
    }


def _unclaimed(seeds: Seeds, merged: Merged, schemas: Schemas) -> Iterator[Problem]:
    """Yield a problem for each registered record, other than an actor, that no claim is about."""
    for table in schemas.records.values():
        if table.name != "actors":
            claimed = set(merged.values.filter(record_table=table.name)["record_id"])
            document = seeds.registry[table.name]
            for number, row in mappings(document.data):
                if (record := row[table.primary_key[0]]) not in claimed:
                    fix = "code what an article says about it, or remove it"
                    yield document.problem((number,), "M04", f"no source mentions '{record}'", fix)


def _listed(table: Table, document: Document) -> Rows:
    """Return the entries of a file that lists rows."""
    rows = _numbered(to_arrow(table, document.data))
    return Rows(rows, lambda number: document.position((number,)))


def _with_new(searches: Rows, candidates: Rows) -> Rows:
    """Return the searches with the number of candidates that each found first."""
    counts = candidates.frame.group_by("search_id").agg(new_count=pl.len().cast(pl.Int64))
    rows = searches.frame.drop("new_count").join(counts, on="search_id", how="left")
    return Rows(rows.with_columns(pl.col("new_count").fill_null(0)), searches.position)


def _entered(table: Table, entries: Iterator[Entry]) -> Rows:
    """Return rows that are written in several files, or in parts of a file."""
    listed = list(entries)
    rows = _numbered(to_arrow(table, [entry.row for entry in listed]))
    return Rows(rows, lambda number: listed[number].position)


def _numbered(rows: pa.Table) -> pl.DataFrame:
    """Return the rows with the column INPUT_ROW."""
    return pl.DataFrame(rows).with_row_index(INPUT_ROW)


def conformed(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of a table in their types; columns that the frame lacks are null."""
    return frame.select(
        (pl.col(column.name) if column.name in frame.columns else pl.lit(None).alias(column.name)).cast(
            POLARS_TYPES[column.type]
        )
        for column in table.columns
    )


def _sources(articles: Articles, table: Table) -> pl.DataFrame:
    """Return the bibliographic rows with the bounds of their dates, and with counts."""
    rows = []
    for source in articles.sources:
        row: Row = {**source.row, "claim_count": source.claim_count}
        if row.get("text_sha256"):
            row["line_count"] = source.line_count
        if row.get("published"):
            row["published"] = str(row["published"])
            row |= {f"published_{end}": _span(row, end) for end in ("earliest", "latest")}
        rows.append(row)
    return _numbered(to_arrow(table, rows))


def _agreement(seeds: Seeds) -> Iterator[Entry]:
    """Yield the measured agreement of coders, with what was made clearer in the codebook since."""
    for each in seeds.rounds:
        notes = _notes(each)
        for number, row in _figures(each):
            note = notes.get((row["record_table"], row["field"]))
            sharpened = {"sharpened": note.row["sharpened"]} if note else {}
            assert each.measured
            yield Entry({**row, "round": each.number, **sharpened}, each.measured, ("rows", number))


def _figures(each: Round) -> Iterator[tuple[int, Row]]:
    return mappings(each.measured.data["rows"] if each.measured else [])


def _without_figure(seeds: Seeds) -> Iterator[Problem]:
    """Yield a problem for each note on a field that has no measured agreement."""
    for each in seeds.rounds:
        fields = {(row["record_table"], row["field"]) for _, row in _figures(each)}
        for (table, field), note in _notes(each).items():
            if (table, field) not in fields:
                message = f"coder_agreement has no row for {table} {field}"
                yield note.position.problem("C09", message, "name one of its fields")


def _notes(each: Round) -> dict[tuple[str, str], Entry]:
    """Return the notes on what was made clearer in the codebook, by record table and field."""
    document = each.sharpened
    if document is None:
        return {}
    return {
        (row["record_table"], row["field"]): Entry(row, document, (number, "field"))
        for number, row in mappings(document.data)
    }


def _adjudications(seeds: Seeds) -> Iterator[Entry]:
    """Yield the decisions on differences between coders."""
    identity = ("source_id", "record_table", "first_id", "second_id", "field")
    for each in seeds.rounds:
        for document in each.decisions:
            for number, row in mappings(document.data):
                digest = sha256("\n".join(str(row.get(name, "")) for name in identity).encode()).hexdigest()
                derived = {"round": each.number, "difference_id": f"d-{digest[:16]}"}
                yield Entry({**row, **derived}, document, (number,))


def _changes(seeds: Seeds) -> Iterator[Entry]:
    """Yield the recorded changes of each release."""
    for document in seeds.releases:
        for number, change in enumerate(document.data["changes"]):
            row = {"version": document.data["version"], "sequence": number + 1, **change}
            yield Entry(row, document, ("changes", number))


def _vocabularies(seeds: Seeds, schemas: Schemas) -> Iterator[Entry]:
    """Yield every code of every vocabulary."""
    for name, codes in schemas.vocabularies.items():
        for code in codes.values():
            cells = {k: list(v) if isinstance(v, tuple) else v for k, v in vars(code).items()}
            row = {"vocabulary": name, **cells}
            yield Entry(row, seeds.dataset, ())
