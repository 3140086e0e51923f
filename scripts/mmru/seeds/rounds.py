"""Rounds of coding twice: seeds/twice/1 has the first, with its two codings, figures and decisions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mmru.errors import Problem
from mmru.io.validation import Validator, validate_dates
from mmru.io.yaml_file import Document, mappings
from mmru.model.characters import with_lf
from mmru.model.schema import Schemas, missing
from mmru.seeds.json_schema import Form

TWICE = "seeds/twice"


@dataclass(frozen=True)
class Round:
    """The files of the measured agreement of one round of coding twice, but for its two codings."""

    number: int
    measured: Document | None
    sharpened: Document | None
    decisions: list[Document]

    @property
    def documents(self) -> list[Document]:
        """All files."""
        return [d for d in (self.measured, self.sharpened, *self.decisions) if d]


def rounds(root: Path) -> list[int]:
    """Return the numbers of the rounds of coding twice; seeds/twice/1 has the first."""
    folders = (root / TWICE).glob("*/")
    return sorted(int(folder.name) for folder in folders if re.fullmatch("[1-9][0-9]{0,2}", folder.name))


def codings(root: Path, number: int) -> list[str]:
    """Return the folders of the two codings of each article in a round: the first, and each second one."""
    found = (root / TWICE / str(number)).glob("**/articles")
    return sorted(p.parent.relative_to(root).as_posix() for p in found if p.is_dir())


def inputs(root: Path, number: int) -> dict[str, str]:
    """Return the SHA-256 of every file of the two codings, with LF as its line end, by path."""
    files = (f for folder in codings(root, number) for f in (root / folder).rglob("*.yaml"))
    return {
        f.relative_to(root).as_posix(): sha256(with_lf(f.read_bytes())).hexdigest() for f in sorted(files)
    }


def read_round(
    root: Path, number: int, paths: Iterable[str], forms: Mapping[str, Form], schemas: Schemas
) -> Round:
    """Return the files of the measured agreement of a round, validated."""
    folder = f"{TWICE}/{number}"
    measured, sharpened = (
        Validator(forms[name]).validate(Document.read(root, path)) if path in paths else None
        for name in ("measured", "sharpened")
        for path in [f"{folder}/{name}.yaml"]
    )
    decisions, validator = [], Validator(forms["adjudications"])
    for path in paths:
        if path.rpartition("/")[0] == f"{folder}/decisions" and path.endswith(".yaml"):
            document = validator.validate(Document.read(root, path))
            rows = (((number,), row) for number, row in mappings(document.data))
            decisions.append(validate_dates(document, rows, schemas.tables["adjudications"]))
    return Round(number, measured, sharpened, decisions)


def outdated_figures(root: Path, found: Iterable[Round]) -> Iterator[Problem]:
    """Yield a problem where the figures are missing, or were measured on other codings."""
    for each in found:
        measured, present = each.measured, inputs(root, each.number)
        if measured is None and present:
            yield missing(f"{TWICE}/{each.number}/measured.yaml", "run mmru agree")
        elif measured and not measured.invalid and measured.data["inputs"] != present:
            message = "the codings under seeds/twice/ have changed since the agreement was measured"
            yield measured.problem(("inputs",), "C10", message, "run mmru agree")
