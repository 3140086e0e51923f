"""Measure the agreement of the two coders of each article, and list what they have differently."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmru.errors import InvalidDataset, Problem
from mmru.io.atomic import replace_file
from mmru.io.yaml_file import Document, mappings
from mmru.model.schema import Schemas, missing
from mmru.reliability.alpha import ALL, figures
from mmru.reliability.compare import Difference, differences, judgements
from mmru.reliability.pairing import Coder, Paired, coder, pair
from mmru.seeds.articles import extractions
from mmru.seeds.reader import MEASURED, TWICE, codings, inputs, read_coding, read_schemas

FIRST = f"{TWICE}/first"
DECIDED = ("source_id", "record_table", "first_id", "second_id", "field", "first_values", "second_values")


def agree(root: Path, *, verify: bool) -> list[str]:
    """Measure the agreement of the codings under seeds/twice/; a line of report for each figure.

    Writes the figures, and adds every difference that is not decided yet to
    seeds/twice/decisions/<source_id>.yaml. With `verify` nothing is written, and figures that are
    not those of the codings are a problem. Raises InvalidDataset.
    """
    problems: list[Problem] = []
    schemas = read_schemas(root)
    pairs = paired(root, schemas, problems)
    if problems:
        raise InvalidDataset(problems)
    judged = [list(judgements(p, schemas)) for p in pairs]
    rows = figures(pairs, [j for of_article in judged for j in of_article])
    found = {p.source_id: list(differences(p, j)) for p, j in zip(pairs, judged)}
    made = {MEASURED: _measured(rows, inputs(root))}
    made |= dict(_decisions(root, found, problems))
    if verify:
        said = "is not what the codings under seeds/twice/ give"
        stale = (path for path, text in made.items() if _text(root / path) != text)
        problems.extend(Problem(path, 1, 1, "W01", said, "run mmru agree") for path in stale)
    if problems:
        raise InvalidDataset(problems)
    for path, text in made.items():
        if _text(root / path) != text:
            (root / path).parent.mkdir(exist_ok=True)
            replace_file(root / path, text.encode())
    return [*_report(rows), *_count(found)]


def paired(root: Path, schemas: Schemas, problems: list[Problem]) -> list[Paired]:
    """The two codings of every article that was coded twice, by the article's id. Raises InvalidDataset."""
    coders = {folder: _coders(root, folder, schemas, problems) for folder in codings(root)}
    first = coders.pop(FIRST, None)
    if first is None:
        raise InvalidDataset([missing(FIRST, "it holds the first coding of each article, as it was")])
    pairs = []
    for folder, second in coders.items():
        for text, other in second.items():
            if text in first:
                pairs.append(pair(first[text], other))
            else:
                said = "codes a text that the first coder did not code"
                problems.append(Problem(folder, 1, 1, "C08", said, f"put its first coding into {FIRST}"))
    return sorted(pairs, key=lambda p: p.source_id)


def _coders(root: Path, folder: str, schemas: Schemas, problems: list[Problem]) -> dict[str, Coder]:
    """What one coder wrote, by the hash of the article's text."""
    coding = read_coding(root, folder, schemas)
    found = list(extractions(root, coding.articles, schemas, coding.forms["extraction"]))
    problems.extend([*coding.problems, *(problem for e in found for problem in e.problems)])
    if problems:
        raise InvalidDataset(problems)
    return {str(e.source.get("text_sha256")): coder(e, coding, schemas) for e in found}


def _measured(rows: Sequence[Mapping[str, Any]], hashes: Mapping[str, str]) -> str:
    """The file of the figures; JSON values are YAML, too."""
    listed = [{k: v for k, v in row.items() if v is not None} for row in rows]
    return "".join(
        [
            "# Written by mmru agree from the codings beside it; outdated where they have changed.\n",
            "inputs:\n",
            *(f"  {path}: {hashed}\n" for path, hashed in hashes.items()),
            "rows:\n",
            *(f"  - {json.dumps(row, ensure_ascii=False)}\n" for row in listed),
        ]
    )


def _decisions(
    root: Path, found: Mapping[str, Sequence[Difference]], problems: list[Problem]
) -> Iterator[tuple[str, str]]:
    """Each file of decisions, with what is not decided yet added; decisions on nothing are noted."""
    for source_id, listed in found.items():
        path = f"{TWICE}/decisions/{source_id}.yaml"
        document = Document.read(root, path) if (root / path).is_file() else None
        problems.extend(document.problems if document else ())
        open_ = {_key(vars(d)): d for d in listed}
        for number, row in mappings(document.data if document else []):
            if open_.pop(_key(row), None) is None and document:
                said = "the coders do not differ so"
                problems.append(document.problem((number,), "C09", said, "remove this decision"))
        if open_:
            text = document.text if document else ""
            yield path, text + "".join(map(_undecided, open_.values()))


def _key(row: Mapping[str, Any]) -> str:
    """What identifies a difference: the article, the records, the field and the values."""
    parts = [row.get(name) or "" for name in DECIDED]
    return json.dumps([list(p) if isinstance(p, (list, tuple)) else str(p) for p in parts])


def _undecided(difference: Difference) -> str:
    given = {k: v for k, v in vars(difference).items() if v}
    lines = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in given.items()]
    lines += ["decision: # first, second, both or neither", "reason:", "decided:"]
    return "- " + "\n  ".join(lines) + "\n"


def _report(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        if row["scope"] == ALL:
            value = "undefined" if row["value"] is None else f"{row['value']:.3f}"
            between = "" if row["low"] is None else f" ({row['low']:.3f} to {row['high']:.3f})"
            name = f"{row['record_table']} {row['field']}"
            yield f"{name:45} {row['measure']:5} {value}{between}  {row['equal']} of {row['units']}"


def _count(found: Mapping[str, Sequence[Difference]]) -> Iterator[str]:
    for source_id, listed in found.items():
        yield f"{TWICE}/decisions/{source_id}.yaml: {len(listed)} differences"


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None
