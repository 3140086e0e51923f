"""The whole flow, from seeds to files: read, claim, merge, shape, check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mmru.claim import Extraction, Place, extract
from mmru.document import mappings
from mmru.merge import Fused, Ruling, merge, origins
from mmru.problem import Problem, Refused
from mmru.read import Seeds, read_schemas, read_seeds
from mmru.schema import Schemas
from mmru.shape import Shaped, shape

if TYPE_CHECKING:
    import pyarrow as pa

Say = Callable[[str], None]


@dataclass(frozen=True)
class Dataset:
    """The dataset as built in memory, sound."""

    schemas: Schemas
    seeds: Seeds
    extractions: list[Extraction]
    fused: Fused
    shaped: dict[str, Shaped]
    tables: dict[str, pa.Table]
    warnings: list[Problem]


def build(root: Path, say: Say = lambda step: None) -> Dataset:
    """Build the dataset of `root` in memory; nothing is written.

    Raises Refused with everything that is wrong with schemas, seeds and tables.
    """
    problems: list[Problem] = []
    schemas = read_schemas(root)
    seeds = read_seeds(root, schemas, problems)
    say(f"read {len(seeds.articles)} articles")
    extractions = [e for d in seeds.articles if (e := extract(d, schemas, problems))]
    problems.extend(_same_source(extractions))
    publishers = origins((e.source.get("publisher_actor_id"), e.source.get("origin")) for e in extractions)
    claims = [replace(c, origin=publishers.get(c.origin, c.origin)) for e in extractions for c in e.claims]
    say(f"took {len(claims)} claims")
    fused = merge(claims, _rulings(seeds), schemas, _parts(seeds), problems)
    _stop_if(problems)
    shaped = shape(seeds, extractions, fused, schemas, problems)
    _stop_if(problems)
    say(f"fused them into {sum(len(s.rows) for s in shaped.values())} rows")
    tables = _checked(shaped, schemas, problems)
    _stop_if(problems)
    say("checked all tables")
    return Dataset(schemas, seeds, extractions, fused, shaped, tables, sorted(set(problems)))


def _checked(shaped: dict[str, Shaped], schemas: Schemas, problems: list[Problem]) -> dict[str, pa.Table]:
    # imported here: nothing before this step needs pandas, and a faulty seed is reported sooner
    from mmru.arrow import to_arrow
    from mmru.check import check

    tables = {name: to_arrow(schemas.tables[name], made.rows) for name, made in shaped.items()}
    problems.extend(check(tables, {name: made.places for name, made in shaped.items()}, schemas))
    return tables


def _stop_if(problems: list[Problem]) -> None:
    """Stop where anything is invalid; what is only implausible is told with it."""
    if any(not problem.is_warning for problem in problems):
        raise Refused(problems)


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


def _same_source(extractions: list[Extraction]) -> list[Problem]:
    """Two extractions of one article, or with one id; and files not named after their source."""
    problems = []
    for key, said in (("source_id", "the id"), ("text_sha256", "the text")):
        seen: dict[str, Extraction] = {}
        for extraction in extractions:
            value = extraction.source.get(key)
            if not isinstance(value, str):
                continue
            first = seen.setdefault(value, extraction)
            if first is not extraction:
                document = extraction.place.document
                message = f"{said} {value[:40]} is that of {first.place.document.path} too"
                problems.append(
                    document.problem(("source", key), "C02", message, "keep one extraction of it")
                )
    for extraction in extractions:
        document = extraction.place.document
        wanted = f"seeds/articles/{extraction.source.get('source_id')}.yaml"
        if document.path != wanted:
            message = f"the file is not named after its source_id '{extraction.source.get('source_id')}'"
            problems.append(
                document.problem(("source", "source_id"), "C07", message, f"rename it to {wanted}")
            )
    return problems
