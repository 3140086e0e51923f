"""The whole flow, from seeds to files: read, claim, merge, shape, check."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from mmru.errors import InvalidDataset, Placed, Problem
from mmru.io.yaml_file import mappings
from mmru.model.schema import Schemas
from mmru.pipeline.merge import Ruling, merge, origins
from mmru.pipeline.tables import Shaped, shape
from mmru.seeds.articles import Articles, read_articles
from mmru.seeds.reader import Seeds, read_schemas, read_seeds

Say = Callable[[str], None]


@dataclass(frozen=True)
class Dataset:
    """The dataset as built in memory, sound: its tables, and where each row comes from."""

    schemas: Schemas
    seeds: Seeds
    tables: Mapping[str, pa.Table]
    places: Mapping[str, Sequence[Placed]]
    warnings: list[Problem]


def build(root: Path, say: Say = lambda step: None) -> Dataset:
    """Build the dataset of `root` in memory; nothing is written.

    Raises InvalidDataset with everything that is wrong with schemas, seeds and tables.
    """
    # rows hold no cycles: to look for some again and again takes a third of the time
    gc.disable()
    try:
        return _build(root, say)
    finally:
        gc.enable()


def _build(root: Path, say: Say) -> Dataset:
    schemas = read_schemas(root)
    seeds = read_seeds(root, schemas)
    problems = list(seeds.problems)
    shaped = _shaped(root, seeds, schemas, say, problems)
    say(f"fused them into {sum(s.rows.num_rows for s in shaped.values())} rows")
    tables = {name: made.rows for name, made in shaped.items()}
    sources = {name: made.places for name, made in shaped.items()}
    # imported here: a faulty seed is reported sooner
    from mmru.checks.run import check

    problems.extend(check(tables, sources, schemas))
    _stop_if(problems)
    say("checked all tables")
    return Dataset(schemas, seeds, tables, sources, sorted(set(problems)))


def _shaped(
    root: Path, seeds: Seeds, schemas: Schemas, say: Say, problems: list[Problem]
) -> Mapping[str, Shaped]:
    """The tables that all articles give. What they are made of is let go with the end of it."""
    articles = read_articles(root, seeds.articles, schemas, seeds.forms)
    problems.extend(articles.problems)
    say(f"read {len(seeds.articles)} articles")
    say(f"took {articles.claims.num_rows} claims")
    positions = articles.positions
    fused = merge(_traced(articles), positions.claim, _rulings(seeds), schemas, _parts(seeds), problems)
    _stop_if(problems)
    shaped = shape(seeds, articles, fused, positions, schemas, problems)
    _stop_if(problems)
    return shaped


def _traced(articles: Articles) -> pa.Table:
    """The claims, the words of a publisher traced to the origin of what it publishes."""
    rows = (source.row for source in articles.sources)
    publishers = origins((row.get("publisher_actor_id"), row.get("origin")) for row in rows)
    given = articles.claims["origin"]
    known = pc.unique(given)
    traced = pa.array([publishers.get(origin, origin) for origin in known.to_pylist()], pa.string())
    column = articles.claims.column_names.index("origin")
    return articles.claims.set_column(column, "origin", traced.take(pc.index_in(given, value_set=known)))


def _stop_if(problems: list[Problem]) -> None:
    """Stop where anything is invalid; what is only implausible is told with it."""
    if any(not problem.is_warning for problem in problems):
        raise InvalidDataset(problems)


def _rulings(seeds: Seeds) -> list[Ruling]:
    document = seeds.rulings
    return [
        Ruling(
            (row["record_table"], row["record_id"], row["field"]),
            row["chosen_value"],
            tuple(row["rejected_values"]),
            document.position((number,)),
        )
        for number, row in mappings(document.data)
        if document.is_valid_throughout((number,))
    ]


def _parts(seeds: Seeds) -> dict[str, str]:
    """For each place that lies in another, the other."""
    rows = mappings(seeds.registry["places"].data)
    pairs = ((r.get("place_id"), r.get("part_of_place_id")) for _, r in rows)
    return {part: whole for part, whole in pairs if isinstance(part, str) and isinstance(whole, str)}
