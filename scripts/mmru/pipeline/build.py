"""Build the dataset: seeds and articles, merged claims, tables, checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from mmru.checks.run import check
from mmru.errors import Position, Problem, raise_errors
from mmru.io.arrow import from_frame
from mmru.io.yaml_file import mappings
from mmru.model.schema import Schemas
from mmru.pipeline.evidence import with_evidence
from mmru.pipeline.merge import merge, read_rulings, unread_rulings
from mmru.pipeline.tables import make_tables, oversized, published_days
from mmru.seeds.about import early_release
from mmru.seeds.articles import read_articles
from mmru.seeds.copies import possible_copies
from mmru.seeds.reader import Seeds, read_schemas, read_seeds


@dataclass(frozen=True)
class Dataset:
    """A valid dataset in memory: its tables, the position in the seeds of each of their rows, its day."""

    schemas: Schemas
    seeds: Seeds
    tables: Mapping[str, pa.Table]
    position: Callable[[str, int], Position]
    released: date
    warnings: list[Problem]


def build(root: Path, report: Callable[[str], None] = lambda step: None) -> Dataset:
    """Return the dataset of `root`; write nothing.

    Raises InvalidDataset with everything that is wrong with schemas, seeds and tables.
    """
    schemas = read_schemas(root)
    seeds = read_seeds(root, schemas)
    articles = read_articles(root, seeds.coding.articles, schemas, seeds.coding.forms)
    report(f"read {len(articles.sources)} articles with {articles.claims.num_rows} claims")

    rulings, wholes = read_rulings(seeds.rulings), _enclosing_places(seeds)
    merged = merge(
        articles.claims,
        published_days(articles),
        rulings,
        schemas,
        wholes,
        articles.positions.claim,
        unread_rulings(seeds.rulings),
    )
    problems = raise_errors([*seeds.problems, *articles.problems, *merged.problems])

    tables = make_tables(seeds, articles, merged, schemas)
    released = date.fromisoformat(seeds.dataset.data["released"])
    frames = with_evidence(tables.frames, schemas, released)
    oversized_cells = oversized(frames, schemas, tables.position)
    early = early_release(seeds.dataset, frames, schemas)
    problems = raise_errors(
        [*problems, *possible_copies(articles), *tables.problems, *oversized_cells, *early]
    )
    report(f"merged them into {sum(map(len, frames.values()))} rows")

    found = check(frames, tables.position, schemas, released, seeds.distinct)
    problems = raise_errors([*problems, *found])
    report("checked all tables")
    rows = {name: from_frame(schemas.tables[name], frame) for name, frame in frames.items()}
    return Dataset(schemas, seeds, rows, tables.position, released, sorted(set(problems)))


def _enclosing_places(seeds: Seeds) -> dict[str, str]:
    """Return for each place that lies in another one, the id of that other place."""
    rows = (row for _, row in mappings(seeds.registry["places"].data))
    pairs = ((row.get("place_id"), row.get("part_of_place_id")) for row in rows)
    return {part: whole for part, whole in pairs if isinstance(part, str) and isinstance(whole, str)}
