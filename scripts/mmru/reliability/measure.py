"""Measure the agreement of the two coders of each article, and list their differences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmru.errors import InvalidDataset, Problem, counted, raise_errors
from mmru.export.coder_agreement import figure
from mmru.io.atomic import replace_file
from mmru.io.yaml_file import Document, mappings
from mmru.model.schema import Schemas, missing
from mmru.pipeline.write import differing, drift
from mmru.reliability.alpha import ALL, agreement_rows
from mmru.reliability.compare import Difference, differences, judgements
from mmru.reliability.pairing import ArticlePair, CodedArticle, coded_article, pair_records
from mmru.seeds.articles import extractions
from mmru.seeds.reader import read_coding, read_schemas
from mmru.seeds.rounds import TWICE, codings, inputs, rounds


def agree(root: Path, *, verify: bool) -> tuple[list[str], list[Problem]]:
    """Measure the agreement of the codings under seeds/twice/.

    Return a line of report for each measure and for each file of differences, and the warnings.
    Write the measures, and add each undecided difference to decisions/<source_id>.yaml of its round.
    With `verify`, write nothing; outdated measures are a problem. Raise InvalidDataset if there are errors.
    """
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    lines: list[str] = []
    for number in rounds(root):
        folder = f"{TWICE}/{number}"
        schemas = schemas_of_round(root, number)
        pairs = article_pairs(root, number, schemas)
        judged = [list(judgements(pair, schemas)) for pair in pairs]
        rows = agreement_rows(pairs, [j for of_article in judged for j in of_article])
        found = {pair.source_id: list(differences(pair, j)) for pair, j in zip(pairs, judged)}
        decisions, of_decisions = _decision_files(root, folder, found)
        files |= {**decisions, f"{folder}/measured.yaml": _measured_file(rows, inputs(root, number))}
        problems += of_decisions
        lines += _report(folder, rows, found)
    changed = drift(root, files)
    if verify:
        problems += differing(changed, "the codings under seeds/twice/", "run mmru agree")
    warnings = raise_errors(problems)
    for path in changed:
        (root / path).parent.mkdir(exist_ok=True)
        replace_file(root / path, files[path])
    return lines, warnings


def schemas_of_round(root: Path, number: int) -> Schemas:
    """Return the schemas with which a round was coded: its own, which are frozen, or the dataset's."""
    folder = f"{TWICE}/{number}"
    if not (root / folder / "schemas").is_dir():
        return read_schemas(root)
    try:
        return read_schemas(root / folder, frozen=True)
    except InvalidDataset as error:
        problems = [replace(problem, path=f"{folder}/{problem.path}") for problem in error.problems]
        raise InvalidDataset(problems) from None


def article_pairs(root: Path, number: int, schemas: Schemas) -> list[ArticlePair]:
    """Return the two codings of each article of a round, by source id. Raise InvalidDataset."""
    path = f"{TWICE}/{number}/first"
    coders = {folder: _read_coder(root, folder, schemas) for folder in codings(root, number)}
    first = coders.pop(path, None)
    if first is None:
        raise InvalidDataset([missing(path, "create it with the first coding of each article, unchanged")])
    second = [(folder, text, article) for folder, found in coders.items() for text, article in found.items()]
    message, fix = "codes a text that the first coder did not code", f"put its first coding into {path}"
    raise_errors(Problem(f, 1, 1, "C08", message, fix) for f, text, _ in second if text not in first)
    pairs = (pair_records(first[text], article) for _, text, article in second)
    return sorted(pairs, key=lambda pair: pair.source_id)


def _read_coder(root: Path, folder: str, schemas: Schemas) -> dict[str, CodedArticle]:
    """Return one coder's articles by the hash of their texts. Raise InvalidDataset."""
    coding = read_coding(root, folder, schemas)
    found = list(extractions(root, coding.articles, schemas, coding.forms))
    raise_errors([*coding.problems, *(problem for extraction in found for problem in extraction.problems)])
    return {str(e.source.get("text_sha256")): coded_article(e, coding, schemas) for e in found}


def _measured_file(rows: Sequence[Mapping[str, Any]], hashes: Mapping[str, str]) -> bytes:
    """Return the YAML file of the measures; its values are written as JSON, which is YAML too."""
    files = (f"  {path}: {digest}" for path, digest in hashes.items())
    known = ({name: value for name, value in row.items() if value is not None} for row in rows)
    listed = (f"  - {json.dumps(row, ensure_ascii=False)}" for row in known)
    head = "# Written by mmru agree from the codings beside it; outdated where they have changed."
    return "\n".join([head, "inputs:", *files, "rows:", *listed, ""]).encode()


def _decision_files(
    root: Path, folder: str, found: Mapping[str, Sequence[Difference]]
) -> tuple[dict[str, bytes], list[Problem]]:
    """Return the files of decisions with undecided differences added, and the decisions on no difference."""
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for source_id, listed in found.items():
        path = f"{folder}/decisions/{source_id}.yaml"
        document = Document.read(root, path) if (root / path).is_file() else Document(path, "")
        problems += document.problems
        undecided = {_identity(difference._asdict()): difference for difference in listed}
        for number, row in mappings(document.data):
            if undecided.pop(_identity(row), None) is None:
                message, fix = "the coders do not differ in this way", "remove this decision"
                problems.append(document.problem((number,), "C09", message, fix))
        if undecided:
            decided = document.text.strip()
            entries = [f"{decided}\n"] if decided not in ("", "[]") else []
            files[path] = "".join([*entries, *map(_undecided_entry, undecided.values())]).encode()
    return files, problems


def _identity(row: Mapping[str, Any]) -> str:
    """Return what identifies a difference: the article, the records, the field and the values."""
    parts = [row.get(name) or "" for name in Difference._fields]
    return json.dumps([list(p) if isinstance(p, (list, tuple)) else str(p) for p in parts])


def _undecided_entry(difference: Difference) -> str:
    """Return an entry of the file of decisions, for people to fill in."""
    present = {k: v for k, v in difference._asdict().items() if v}
    lines = [f"{k}: {json.dumps(v, ensure_ascii=False)}" for k, v in present.items()]
    lines += ["decision: # first, second, both or neither", "reason:", "decided:"]
    return "- " + "\n  ".join(lines) + "\n"


def _report(
    folder: str, rows: Sequence[Mapping[str, Any]], found: Mapping[str, Sequence[Difference]]
) -> Iterator[str]:
    """Yield a line for each measure over all articles, and for each file of differences."""
    yield f"{folder}:"
    for row in rows:
        if row["scope"] == ALL:
            name = f"{row['record_table']} {row['field']}"
            yield f"{name:45} {row['measure']:5} {figure(row)}  {row['equal']} of {row['units']}"
    for source_id, listed in found.items():
        yield f"{folder}/decisions/{source_id}.yaml: {counted(len(listed), 'difference')}"
