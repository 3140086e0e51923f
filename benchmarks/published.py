"""Multiply the tables of a built dataset to a published package of any size, as sound as they are.

    python benchmarks/published.py make FOLDER CLAIMS --source DATASET [--seed 1] [--parts 0]
    python benchmarks/published.py plant FOLDER [--seed 1]
    python benchmarks/published.py alter OLD NEW [--share 0.01] [--seed 1]

Every row but those of places and vocabularies is copied so often that there are at least CLAIMS
claims; in each copy but the first, ids have a suffix, and claims and texts have other hashes. The
descriptor's list of articles is that of the dataset copied.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from mmru.io.arrow import arrow_schema
from mmru.io.tables import from_parquet
from mmru.model.claim import IDENTITY
from mmru.model.schema import Schemas, Table
from mmru.seeds.reader import read_schemas
from package import BATCH, describe, descriptor, in_batches, read_table, write_table
from planted import plant

__all__ = ["altered", "plant", "published"]

ONCE = ("places", "changes", "coder_agreement", "adjudications", "vocabularies")  # what is not copied
# columns that hold ids without being a key to another table
IDS = (
    *("source_id", "actor_id", "event_id", "agreement_id", "reaction_id"),
    *("record_id", "origin", "old_id", "new_id"),
)
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


@dataclass(frozen=True)
class Copies:
    """So many copies of the rows of one table, sorted by key: row r of copy c has the number c * rows + r."""

    table: Table
    base: pa.Table
    schemas: Schemas
    many: int
    seed: int

    @property
    def rows(self) -> int:
        return int(self.base.num_rows) * self.many

    def batches(self) -> Iterator[pa.Table]:
        """All rows in the order of their keys, so many at a time."""
        for start in range(0, self.rows, BATCH):
            yield self._rows(self._order[start : start + BATCH])

    @cached_property
    def _suffixes(self) -> pa.Array:
        return pa.array([f"-x{number}" if number else "" for number in range(self.many)])

    @cached_property
    def _endings(self) -> pa.Array:
        """What the hashes of texts end with in each copy."""
        return pa.array([f"{number:08x}" for number in range(self.many)])

    @cached_property
    def _claim_ids(self) -> np.ndarray:
        """The ids of all claims as numbers: of the first copy as they are, of others mixed (splitmix64)."""
        known = [int(claim_id[2:], 16) for claim_id in self.base["claim_id"].to_pylist()]
        copy = np.arange(self.many, dtype=np.uint64)[:, None]
        step = np.uint64((0x9E3779B97F4A7C15 + 2 * self.seed) % 2**64)
        mixed = np.array(known, np.uint64)[None, :] + copy * step
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        mixed ^= mixed >> np.uint64(31)
        mixed[0] = known
        return mixed.ravel()

    @cached_property
    def _order(self) -> np.ndarray:
        """The numbers of all rows, sorted by key."""
        if self.table.name == "claims":
            order: np.ndarray = np.argsort(self._claim_ids, kind="stable")
            assert (np.diff(self._claim_ids[order]) > 0).all(), "two claims have one id: take another seed"
            return order
        if self.many == 1:
            return np.arange(self.rows)
        keys = [self._rows(self._numbers(copy), self.table.primary_key) for copy in range(self.many)]
        by = [(name, "ascending") for name in self.table.primary_key]
        order = pc.sort_indices(pa.concat_tables(keys).combine_chunks(), by).to_numpy()
        return order

    def _numbers(self, copy: int) -> np.ndarray:
        return np.arange(copy * self.base.num_rows, (copy + 1) * self.base.num_rows)

    def _rows(self, numbers: np.ndarray, names: tuple[str, ...] = ()) -> pa.Table:
        """The rows of these numbers, or some of their columns."""
        copies, rows = numbers // self.base.num_rows, numbers % self.base.num_rows
        schema = arrow_schema(self.table)
        names = names or tuple(schema.names)
        taken = self.base.select([*dict.fromkeys((*names, *self._also))]).take(pa.array(rows))
        columns = [self._column(name, taken, numbers, copies) for name in names]
        return pa.Table.from_arrays(
            columns, schema=pa.schema([schema.field(n) for n in names], schema.metadata)
        )

    @cached_property
    def _also(self) -> tuple[str, ...]:
        return ("actor_id",) if self.table.name == "actor_roles" else ()

    def _column(self, name: str, taken: pa.Table, numbers: np.ndarray, copies: np.ndarray) -> pa.Array:
        cells = taken[name].combine_chunks()
        if self.many == 1:
            return cells
        if name == "claim_id":
            return _named(self._claim_ids[numbers])
        if name == "text_sha256":
            endings = self._endings.take(pa.array(copies))
            other = pc.binary_join_element_wise(pc.utf8_slice_codeunits(cells, 0, 56), endings, "")
            return pc.if_else(pa.array(copies > 0), other, cells)
        suffixes = self._suffixes.take(pa.array(copies))
        if name == "role_id":
            # the actor's id, a dot, and a name
            role = pc.struct_field(pc.extract_regex(cells, r"\.(?P<name>.*)$"), "name")
            owner = taken["actor_id"].combine_chunks()
            return pc.binary_join_element_wise(
                owner, suffixes, pc.binary_join_element_wise("", role, "."), ""
            )
        if name in ("value", "chosen_value") and self.table.name in ("claims", "rulings"):
            named = self._names_records.take(pa.array(numbers % self.base.num_rows))
            return pc.if_else(named, pc.binary_join_element_wise(cells, suffixes, ""), cells)
        target = self.table.target(name)
        if name in IDS or (target and target not in ONCE):
            return pc.binary_join_element_wise(cells, suffixes, "")
        return cells

    @cached_property
    def _names_records(self) -> pa.Array:
        """For each claim or ruling, whether its value is the id of something that is copied."""
        rows = self.base.select(["record_table", "field"]).to_pydict()
        known: dict[tuple[str, str], bool] = {}
        for address in set(zip(*rows.values())):
            field = self.schemas.field(*address)
            known[address] = address[1] == IDENTITY or bool(
                field and field.target and field.target not in ONCE
            )
        named = pa.array([known[address] for address in zip(*rows.values())], pa.bool_())
        assert self.table.name == "claims" or not pc.any(named).as_py(), "a ruling rejects ids"
        return named


def _named(numbers: np.ndarray) -> pa.Array:
    """Ids of claims from their numbers."""
    octets = numbers.astype(">u8").view(np.uint8).reshape(-1, 8)
    letters = np.empty((len(numbers), 18), np.uint8)
    letters[:, :2] = np.frombuffer(b"c-", np.uint8)
    letters[:, 2::2], letters[:, 3::2] = HEX[octets >> 4], HEX[octets & 15]
    offsets = np.arange(0, 18 * len(numbers) + 1, 18, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(letters))


def published(folder: Path, claims: int, seed: int = 1, *, source: Path, parts: int = 0) -> int:
    """Write a package of at least so many claims into a new folder, made of a built dataset.

    With `parts`, the Parquet file of each table is in so many parts, data/<table>/part-00000.parquet
    and on. Gives the number of copies.
    """
    schemas = read_schemas(source)
    base = {n: from_parquet(source / "data" / f"{n}.parquet", t) for n, t in schemas.tables.items()}
    many = max(1, -(-claims // int(base["claims"].num_rows)))
    shutil.copytree(source / "schemas", folder / "schemas", ignore=shutil.ignore_patterns("editor"))
    rows = {}
    for name, table in schemas.tables.items():
        copies = Copies(table, base[name], schemas, 1 if name in ONCE else many, seed)
        write_table(folder, table, copies.rows, copies.batches(), parts)
        rows[name] = copies.rows
    describe(folder, descriptor(source), schemas, rows)
    return many


def altered(old: Path, new: Path, share: float = 0.01, seed: int = 1) -> int:
    """Copy a package of whole files; a share of its cells, keys apart, has another value of the column.

    Gives the number of cells changed. What is copied reads well, and keeps no rule.
    """
    shutil.copytree(old, new)
    draw, schemas = np.random.default_rng(seed), read_schemas(new)
    rows, changed = {}, 0
    for name, table in schemas.tables.items():
        made = read_table(new, name)
        for place, column in enumerate(table.columns):
            if column.name not in table.primary_key:
                cells, many = _others(made[column.name].combine_chunks(), share, draw)
                made, changed = made.set_column(place, made.schema.field(place), cells), changed + many
        write_table(new, table, made.num_rows, in_batches(made))
        rows[name] = made.num_rows
    describe(new, descriptor(old), schemas, rows)
    return changed


def _others(cells: pa.Array, share: float, draw: np.random.Generator) -> tuple[pa.Array, int]:
    """Cells of which a share has another of their values, and how many have."""
    many = pa.types.is_list(cells.type)
    known = (pc.binary_join(cells, ";") if many else cells).dictionary_encode("encode")
    values = len(known.dictionary)
    if values < 2:
        return cells, 0
    codes, chosen = known.indices.to_numpy(), draw.random(len(cells)) < share
    codes = np.where(chosen, (codes + draw.integers(1, values, len(cells))) % values, codes)
    taken = known.dictionary.take(pa.array(codes))
    return (pc.split_pattern(taken, ";") if many else taken).cast(cells.type), int(chosen.sum())


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Made-up published packages."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("claims", type=click.IntRange(1))
@click.option("--source", type=click.Path(exists=True, path_type=Path), required=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--parts", default=0, show_default=True, help="Parts of each Parquet file; 0: one file.")
def make(folder: Path, claims: int, source: Path, seed: int, parts: int) -> None:
    """Write a package of at least so many CLAIMS into FOLDER, made of the built dataset SOURCE."""
    click.echo(f"{published(folder, claims, seed, source=source, parts=parts)} copies")


@main.command("plant")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.option("--seed", default=1, show_default=True)
def plant_errors(folder: Path, seed: int) -> None:
    """Plant errors of every kind in the package in FOLDER, and tell what must be found."""
    for table, key, code in plant(folder, seed):
        click.echo(f"{code} {table} {key}")


@main.command("alter")
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--share", default=0.01, show_default=True)
@click.option("--seed", default=1, show_default=True)
def alter_cells(old: Path, new: Path, share: float, seed: int) -> None:
    """Write the package in OLD into NEW, with a SHARE of its cells changed."""
    click.echo(f"{altered(old, new, share, seed)} cells")


if __name__ == "__main__":
    main()
