"""The whole flow, from seeds to files: read, claim, merge, shape, check."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from mmru.errors import InvalidDataset, Placed, Position, Problem
from mmru.io.yaml_file import Place, mappings
from mmru.model.schema import Schemas
from mmru.pipeline.merge import Ruling, merge, origins
from mmru.pipeline.tables import Shaped, shape
from mmru.seeds.articles import Origins, Taken, Taker
from mmru.seeds.cache import Cache, prepare, take_all
from mmru.seeds.reader import REGISTRY, Seeds, read_schemas, read_seeds

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
    problems: list[Problem] = []
    prepare(root)
    schemas = read_schemas(root)
    seeds = read_seeds(root, schemas, problems)
    shaped = _shaped(root, seeds, schemas, say, problems)
    say(f"fused them into {sum(s.rows.num_rows for s in shaped.values())} rows")
    tables = {name: made.rows for name, made in shaped.items()}
    sources = {name: made.places for name, made in shaped.items()}
    # imported here: a faulty seed is reported sooner
    from mmru.checks.run import check

    def position(table: str, row: int) -> Position:
        place = sources[table][row].problem("", "")
        return Position(place.path, place.line, place.column)

    problems.extend(check(tables, position, schemas))
    _stop_if(problems)
    say("checked all tables")
    return Dataset(schemas, seeds, tables, sources, sorted(set(problems)))


def _shaped(
    root: Path, seeds: Seeds, schemas: Schemas, say: Say, problems: list[Problem]
) -> Mapping[str, Shaped]:
    """The tables that all articles give. What they are made of is let go with the end of it."""
    taker = Taker(root, schemas, seeds.forms["extraction"])
    cache = Cache(root, schemas, _registered(taker))
    fresh, taken = take_all(taker, seeds.articles, cache, problems)
    say(f"read {len(seeds.articles)} articles")
    with ThreadPoolExecutor(1) as aside:
        kept = aside.submit(cache.keep, fresh, taken)
        say(f"took {taken.claims.num_rows} claims")
        places = Origins(root, taken)
        problems.extend(_same_source(taken, places))
        fused = merge(_traced(taken), places.claim, _rulings(seeds), schemas, _parts(seeds), problems)
        _stop_if(problems)
        shaped = shape(seeds, taken, fused, places, schemas, problems)
        _stop_if(problems)
        kept.result()
    return shaped


def _registered(taker: Taker) -> dict[str, list[str]]:
    """The ids of each table of the registry, as the form of an article allows them."""
    return {table: taker.form["$defs"][f"id-{table}"]["enum"] for table in REGISTRY}


def _traced(taken: Taken) -> pa.Table:
    """The claims, the words of a publisher traced to the origin of what it publishes."""
    publishers = origins((a.source.get("publisher_actor_id"), a.source.get("origin")) for a in taken.articles)
    given = taken.claims["origin"]
    known = pc.unique(given)
    traced = pa.array([publishers.get(origin, origin) for origin in known.to_pylist()], pa.string())
    column = taken.claims.column_names.index("origin")
    return taken.claims.set_column(column, "origin", traced.take(pc.index_in(given, value_set=known)))


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
            Place(document, (number,)),
        )
        for number, row in mappings(document.data)
        if () not in document.faulty and not any(path[:1] == (number,) for path in document.faulty)
    ]


def _parts(seeds: Seeds) -> dict[str, str]:
    """For each place that lies in another, the other."""
    rows = mappings(seeds.registry["places"].data)
    pairs = ((r.get("place_id"), r.get("part_of_place_id")) for _, r in rows)
    return {part: whole for part, whole in pairs if isinstance(part, str) and isinstance(whole, str)}


def _same_source(taken: Taken, places: Origins) -> list[Problem]:
    """Two extractions of one article, or with one id; and files not named after their source."""
    problems = []
    for key, said in (("source_id", "the id"), ("text_sha256", "the text")):
        seen: dict[str, str] = {}
        for number, article in enumerate(taken.articles):
            value = article.source.get(key)
            if not isinstance(value, str):
                continue
            first = seen.setdefault(value, article.path)
            if first != article.path:
                message = f"{said} {value[:40]} is that of {first} too"
                document = places.article(number)
                problems.append(
                    document.problem(("source", key), "C02", message, "keep one extraction of it")
                )
    for number, article in enumerate(taken.articles):
        wanted = f"seeds/articles/{article.source.get('source_id')}.yaml"
        if article.path != wanted:
            message = f"the file is not named after its source_id '{article.source.get('source_id')}'"
            document = places.article(number)
            problems.append(
                document.problem(("source", "source_id"), "C07", message, f"rename it to {wanted}")
            )
    return problems
