"""Plant errors of every kind in the tables of a published package, CSV and Parquet alike.

Each is on rows of its own, whose codes (docs/errors.md) are known. Null where a value is required
is an empty text here, since Parquet holds no null in a column that is required.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from mmru.seeds.reader import read_schemas
from names import Row
from package import describe, descriptor, in_batches, parquet_files, read_table, write_table

Planted = tuple[str, str, str]  # table, key, code
LONG_AGO = date(1990, 1, 1)
# the ids that no two plants may share, in tables where that is not the first column of the key
OWN = {"claims": ("record_id", "source_id"), "rulings": ("record_id",), "actor_roles": ("actor_id",)}


def _a(name: str) -> pc.Expression:
    return pc.field(name)


LASTS = _a("date_precision") == "interval"
# table, the rows that will do, what is changed in one of them, and the codes of what is then wrong with it
CELLS: tuple[tuple[str, pc.Expression, Callable[[Row], Row], str], ...] = (
    # constraints of the schemas: a pattern, a code, what is required, lengths, limits, lists and keys
    ("actors", _a("kind") == "person", lambda _: {"wikidata_id": "item 12"}, "T01"),
    ("passages", _a("use") != "coded", lambda r: {"text_sha256": r["text_sha256"][:-1] + "g"}, "T01"),
    ("places", _a("kind") != "country", lambda _: {"kind": "village"}, "T01"),
    ("events", _a("plover_contexts").is_valid(), lambda r: _more(r, "plover_contexts", "parades"), "T01"),
    ("actors", _a("kind") == "media", lambda _: {"description": ""}, "T01"),
    ("events", _a("event_id").is_valid(), lambda _: {"title": "Short"}, "T01"),
    ("places", _a("latitude").is_valid(), lambda _: {"latitude": 95.5}, "T01"),
    ("actors", _a("kind") == "person", lambda _: {"aliases": ["Ada", "Ada"]}, "T01"),
    ("actors", _a("kind") == "person", lambda _: {"part_of_actor_id": "nobody"}, "T01"),
    # dates: no EDTF, other bounds, ends before beginnings, precision, and more than claims say
    ("sources", _a("published").is_valid(), lambda _: {"published": "2025-13-45"}, "T10 T11"),
    ("actor_roles", _a("as_of").is_null(), lambda _: {"as_of": "long ago"}, "T10 T16"),
    ("reactions", _a("date_latest").is_valid(), lambda r: _later(r, "date_latest", 1), "T11"),
    ("agreements", _a("signed_latest").is_valid(), lambda r: _later(r, "signed_latest", 1), "T11"),
    ("events", (_a("event_type") == "visit") & LASTS, lambda r: _later(r, "date_latest", 40), "T11 P01"),
    ("actor_roles", _a("valid_from").is_valid(), lambda _: {"valid_until": "1990"}, "T12 T16"),
    ("reactions", _a("date_precision") == "day", lambda _: {"date_precision": "year"}, "T14"),
    ("events", _a("date_precision") == "day", lambda _: {"date_precision": "year"}, "T14"),
    ("reactions", _a("date").is_null(), lambda _: _day("day"), "T15 T16 T36"),
    ("reactions", _a("date_basis") == "stated", lambda _: {"date_basis": "inferred"}, "T36"),
    ("events", _a("date_basis") == "stated", lambda _: {"date_basis": "inferred"}, "T36"),
    ("agreements", _a("date_basis") == "stated", lambda _: {"date_basis": "inferred"}, "T39"),
    # cells without a claim, and what is counted
    ("events", _a("sectors").is_valid(), lambda r: _more(r, "sectors", "religion"), "T16"),
    ("agreements", _a("duration_years").is_null(), lambda _: {"duration_years": 77.5}, "T16"),
    ("agreements", _a("place_ids").is_null(), lambda _: {"place_ids": ["pl-nowhere"]}, "T16 T28"),
    ("events", _a("event_id").is_valid(), lambda r: _more(r, "claim_count", 1), "T19"),
    ("agreements", _a("agreement_id").is_valid(), lambda r: _more(r, "source_count", 1), "T19"),
    ("reactions", _a("reaction_id").is_valid(), lambda r: _more(r, "origin_count", 1), "T19"),
    ("sources", _a("source_id").is_valid(), lambda r: _more(r, "claim_count", 1), "T20"),
    ("sources", _a("line_count").is_valid(), lambda r: _more(r, "line_count", 1), "T20"),
    ("passages", _a("share_cited") < 1, lambda _: {"share_cited": 1.0}, "T20"),
    ("passages", _a("use") == "coded", lambda _: {"use": "headline"}, "T21"),
    # claims
    ("claims", _a("line").is_valid(), lambda _: {"language": "xx"}, "T22"),
    ("claims", _a("basis") != "stated", lambda _: {"reason": None}, "T24"),
    ("claims", _a("field") == "identity", lambda _: {"agrees": False}, "T34"),
    ("claims", ~_a("agrees"), lambda _: {"agrees": True}, "T34"),
    ("claims", _a("credibility") == 1, lambda _: {"credibility": 3}, "T35"),
    ("claims", _a("credibility") == 3, lambda _: {"credibility": 1}, "T35"),
    ("rulings", _a("field").is_valid(), lambda r: _more(r, "rejected_values", "nothing"), "T37"),
    # codes, and what is looked up for them
    ("events", _a("plover_type") == "CONSULT", lambda _: {"plover_mode": "aerial"}, "T25"),
    ("events", _a("goldstein") < 9, lambda r: _more(r, "goldstein", 0.5), "T26"),
    ("reactions", _a("stance_score") < 0, lambda _: {"stance_score": 0}, "T26"),
    ("actors", _a("kind") == "person", lambda r: {"part_of_actor_id": r["actor_id"]}, "T27"),
    ("actors", _a("kind") == "person", lambda _: {"country": "XXX"}, "T29"),
    ("actors", _a("kind") == "person", lambda _: {"iso3": "MMR"}, "T30"),
    ("redirects", _a("new_id").is_valid(), lambda _: {"new_id": "ev-nowhere"}, "T31"),
    ("event_actors", _a("side") == "source", lambda _: {"side": "target"}, "T38"),
    ("event_details", _a("unit").is_valid(), lambda _: {"unit": "yards"}, "T38"),
)


def plant(folder: Path, seed: int = 1) -> list[Planted]:
    """Plant the errors in rows that the seed draws; table, key and code of each that must be found.

    Raises LookupError where the package is too small to have a row for each of them.
    """
    package = _Package(folder, seed)
    # fewer rows will do for these
    for compound in COMPOUNDS:
        compound(package)
    for table, will_do, change, codes in CELLS:
        index, row = package.pick(table, will_do)
        package.change(table, index, row | change(row), codes)
    package.write()
    return sorted(set(package.planted))


class _Package:
    """The tables of a package, read where they are asked for, and what was planted in them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.draw, self.schemas = folder, Random(seed), read_schemas(folder)
        self.planted: list[Planted] = []
        self._tables: dict[str, pa.Table] = {}
        self._taken: set[Any] = set()
        self._changed: dict[str, dict[int, Row]] = defaultdict(dict)
        self._added: dict[str, list[tuple[int, Row]]] = defaultdict(list)

    def rows(self, table: str) -> pa.Table:
        """The rows of a table as they were."""
        if table not in self._tables:
            self._tables[table] = read_table(self.folder, table)
        return self._tables[table]

    def which(self, table: str, will_do: pc.Expression) -> list[int]:
        """The numbers of the rows that will do."""
        rows = self.rows(table)
        numbered = rows.append_column("#", pa.array(np.arange(rows.num_rows)))
        found: list[int] = ds.dataset(numbered).to_table(columns=["#"], filter=will_do)["#"].to_pylist()
        return found

    def row(self, table: str, index: int) -> Row:
        """One row."""
        found: Row = self.rows(table).slice(index, 1).to_pylist()[0]
        return found

    def pick(self, table: str, will_do: pc.Expression) -> tuple[int, Row]:
        """A row that will do, with ids that no plant has; they are taken from now on."""
        found = self.which(table, will_do)
        own = OWN.get(table, self.schemas.tables[table].primary_key[:1])
        for index in self.draw.sample(found, min(len(found), 2000)):
            row = self.row(table, index)
            if self._taken.isdisjoint(row[name] for name in own):
                self._taken.update(row[name] for name in own)
                return index, row
        raise LookupError(f"{table} has no row left where {will_do}")

    def change(self, table: str, index: int, row: Row, codes: str) -> None:
        """Put a row in place of another; the codes are of what is then wrong with it."""
        self._changed[table][index] = row
        self.expect(table, row, codes)

    def add(self, table: str, before: int, row: Row, codes: str) -> None:
        """Put a row before another."""
        self._added[table].append((before, row))
        self.expect(table, row, codes)

    def expect(self, table: str, row: Row, codes: str) -> None:
        """Keep what must be found wrong with a row."""
        key = " ".join(str(row[name]) for name in self.schemas.tables[table].primary_key)
        self.planted += [(table, key, code) for code in codes.split()]

    def owner(self, table: str, record: str, codes: str) -> None:
        """Keep what must be found wrong with a record of that id."""
        self.planted += [(table, record, code) for code in codes.split()]

    def claims(self, record: str, field: str, will_do: pc.Expression, codes: str) -> None:
        """Keep what must be found wrong with claims on one field of a record."""
        asked = (_a("record_id") == record) & (_a("field") == field) & will_do
        for index in self.which("claims", asked):
            self.expect("claims", self.row("claims", index), codes)

    def single(self) -> pc.Expression:
        """Claims on events of which one source speaks alone."""
        alone = self.rows("events").filter(_a("source_count") == 1)["event_id"].combine_chunks()
        return (_a("record_table") == "events") & _a("record_id").isin(alone)

    def write(self) -> None:
        """Write the tables that were changed, and describe them anew."""
        package = descriptor(self.folder)
        counts = {r["name"]: r["rows"] for r in package["resources"] if "rows" in r}
        for name in {**self._changed, **self._added}:
            made = pa.concat_tables(self._pieces(name))
            files = parquet_files(self.folder, name)
            parts = len(files) if files[0].name.startswith("part-") else 0
            write_table(self.folder, self.schemas.tables[name], made.num_rows, in_batches(made), parts)
            counts[name] = made.num_rows
        describe(self.folder, package, self.schemas, counts)

    def _pieces(self, table: str) -> Iterator[pa.Table]:
        """A table, in pieces between which the planted rows stand."""
        rows, at = self.rows(table), 0
        edits = [(before, before, row) for before, row in self._added[table]]
        edits += [(index, index + 1, row) for index, row in self._changed[table].items()]
        for start, end, row in sorted(edits, key=lambda edit: edit[:2]):
            yield rows.slice(at, start - at)
            yield pa.Table.from_pylist([row], schema=rows.schema)
            at = end
        yield rows.slice(at)


def _duplicate_place(package: _Package) -> None:
    index, row = package.pick("places", _a("kind") == "country")
    package.add("places", index, row, "T01")


def _duplicate_claim(package: _Package) -> None:
    """A claim that stands twice is counted twice."""
    index, row = package.pick("claims", package.single() & _a("line").is_valid())
    package.add("claims", index, row, "T01")
    package.owner("events", row["record_id"], "T19")
    package.owner("sources", row["source_id"], "T20")
    package.owner("passages", f"{row['source_id']} {row['line']}", "T20")


def _unknown_speaker(package: _Package) -> None:
    """A claim with a dangling key, which is an origin more."""
    index, row = package.pick("claims", package.single() & _a("attributed_to_actor_id").is_null())
    package.change("claims", index, row | {"attributed_to_actor_id": "nobody"}, "T01")
    package.owner("events", row["record_id"], "T19")


def _beyond_the_line(package: _Package) -> None:
    index, row = package.pick("claims", _a("char_end").is_valid())
    package.change("claims", index, row | {"char_end": row["char_end"] + 1000}, "T22")
    package.owner("passages", f"{row['source_id']} {row['line']}", "T20")


def _unknown_record(package: _Package) -> None:
    stated = (_a("field") == "identity") & (_a("basis") == "stated")
    index, row = package.pick("claims", package.single() & stated)
    package.change("claims", index, row | {"record_id": "ev-nowhere", "value": "ev-nowhere"}, "T23")
    package.owner("events", row["record_id"], "T19")


def _step_out_of_order(package: _Package) -> None:
    """An agreement ended long before it was made, which nobody claims and its status does not reach."""
    _, row = package.pick(
        "agreement_milestones", (_a("milestone") == "signed") & _a("date_latest").is_valid()
    )
    agreement = row["agreement_id"]
    last = package.which("agreement_milestones", _a("agreement_id") == agreement)[-1]
    step = row | {"milestone": "terminated", "sequence": 1, "event_id": None, **_day("")}
    package.add("agreement_milestones", last + 1, step, "T13 T15 T16 T36")
    package.owner("agreements", agreement, "T17")


def _signed_nowhere(package: _Package) -> None:
    signed = (_a("milestone") == "signed") & _a("date").is_valid() & _a("event_id").is_valid()
    index, row = package.pick("agreement_milestones", signed)
    package.change("agreement_milestones", index, row | {"event_id": None}, "")
    package.owner("agreements", row["agreement_id"], "P03")
    package.claims(row["agreement_id"], "milestones.signed.event_id", _a("agrees"), "T33")


def _part_outside_the_whole(package: _Package) -> None:
    free = _a("part_of_event_id").is_null() & _a("date_latest").is_valid()
    _, whole = package.pick("events", free & (_a("date_latest") < date(2023, 1, 1)))
    index, part = package.pick("events", free & (_a("date_earliest") > date(2023, 1, 1)))
    package.change("events", index, part | {"part_of_event_id": whole["event_id"]}, "T16 T32")


def _claims_without_a_cell(package: _Package) -> None:
    index, row = package.pick("reactions", pc.list_value_length(_a("topics")) > 1)
    *kept, lost = row["topics"]
    package.change("reactions", index, row | {"topics": kept}, "")
    package.claims(row["reaction_id"], "topics", _a("value") == lost, "T33")


def _published_before(package: _Package) -> None:
    """A source of long ago that reports as done what was done later."""
    later = package.rows("events").filter(_a("date_earliest") > LONG_AGO)["event_id"].combine_chunks()
    done = (_a("field") == "status") & (_a("value") == "occurred") & _a("record_id").isin(later)
    _, claim = package.pick("claims", done)
    source = claim["source_id"]
    (index,) = package.which("sources", _a("source_id") == source)
    days = {"published": f"{LONG_AGO}", "published_earliest": LONG_AGO, "published_latest": LONG_AGO}
    package.change("sources", index, package.row("sources", index) | days, "")
    for told in package.which("claims", done & (_a("source_id") == source)):
        package.owner("events", package.row("claims", told)["record_id"], "P02")


def _named_by_nobody(package: _Package) -> None:
    about = {"name": "Nobody", "kind": "person", "description": "A person whom no source names."}
    last = package.rows("actors").num_rows
    package.add("actors", last, {"actor_id": "zz-nobody", **about}, "P04")


def _agreed_too_little(package: _Package) -> None:
    counts = {"units": 9, "equal": 5, "first_given": 9, "second_given": 9}
    row = {"scope": "all", "record_table": "events", "field": "status", "measure": "alpha", "value": 0.5}
    package.add("coder_agreement", 0, {**row, **counts, "level": "nominal"}, "T40")


COMPOUNDS = (
    *(_duplicate_place, _duplicate_claim, _unknown_speaker, _beyond_the_line, _unknown_record),
    *(_step_out_of_order, _signed_nowhere, _part_outside_the_whole, _claims_without_a_cell),
    *(_published_before, _named_by_nobody, _agreed_too_little),
)


def _more(row: Row, name: str, more: Any) -> Row:
    """One member more in a list, or a number that is larger by that."""
    return {name: [*row[name], more] if isinstance(row[name], list) else row[name] + more}


def _later(row: Row, name: str, days: int) -> Row:
    return {name: row[name] + timedelta(days=days)}


def _day(precision: str) -> Row:
    """A date that nobody claims."""
    day = {"date": f"{LONG_AGO}", "date_earliest": LONG_AGO, "date_latest": LONG_AGO, "date_basis": "stated"}
    return day | ({"date_precision": precision} if precision else {})
