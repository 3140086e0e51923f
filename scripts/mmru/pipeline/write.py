"""Generate the files of the dataset, and replace the old ones: all of them or none."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path

from mmru.checks.catalogue import page
from mmru.errors import InvalidDataset, Problem, listed
from mmru.export.changelog import changelog
from mmru.export.codebook import codebook
from mmru.export.coder_agreement import as_page as agreement
from mmru.export.coverage import as_page as coverage
from mmru.export.facts import CODEBOOK, METADATA, to_json
from mmru.export.metadata import metadata
from mmru.io.atomic import alone, exchange, write_durably
from mmru.io.tables import to_csv, to_parquet
from mmru.pipeline.build import Dataset
from mmru.seeds.json_schema import as_files
from mmru.verify import PACKAGE, README, STAGING, SUMS, data_files

ERRORS, CHANGELOG = "docs/errors.md", "CHANGELOG.md"
AGREEMENT = "docs/agreement.md"
COVERAGE = "docs/coverage.md"
GENERATED = ("data", "schemas/editor", METADATA)  # folders with generated files only
DATA_README = """\
# Data

The published tables: one CSV and one Parquet file for each, with the same rows.
`mmru build` writes this folder, this page included, from `seeds/` and `schemas/`; never edit it by hand.
`mmru.load`, pandas, DuckDB, R and others read it ([docs/using.md](../docs/using.md)); \
[datapackage.json](../datapackage.json) describes each column; `csv-metadata.json` does so for CSV on the Web.
"""
OLD = "old"  # the old data/ within the staging folder, while it is replaced


def files(dataset: Dataset) -> dict[str, bytes]:
    """Return every generated file of the dataset, by its path from the top folder.

    The same dataset gives the same bytes.
    """
    forms = as_files(dataset.seeds.forms)
    built = {f"schemas/editor/{name}.json": to_json(form) for name, form in forms.items()}
    built[README] = DATA_README.encode()
    built[CODEBOOK] = codebook(dataset.schemas).encode()
    built[ERRORS] = page().encode()
    built[COVERAGE] = coverage(dataset.tables).encode()
    figures, decisions = dataset.tables["coder_agreement"], dataset.tables["adjudications"]
    kinds = list(dataset.schemas.vocabularies["adjudication"])
    built[AGREEMENT] = agreement(figures, decisions, kinds).encode()
    built[CHANGELOG] = changelog([record.data for record in dataset.seeds.releases]).encode()
    for name, rows in dataset.tables.items():
        built[f"data/{name}.csv"] = to_csv(dataset.schemas.tables[name], rows)
        built[f"data/{name}.parquet"] = to_parquet(rows)
    seeds = dataset.seeds
    built |= metadata(seeds.dataset.data, dataset.tables, built, dataset.schemas, seeds.distinct)
    built[SUMS] = checksums(built)
    return built


def checksums(content: Mapping[str, bytes]) -> bytes:
    """Return a list of the SHA-256 of files, by name, as the command sha256sum writes and reads it."""
    return "".join(f"{_sha256(content[name])}  {name}\n" for name in sorted(content)).encode()


def drift(root: Path, built: Mapping[str, bytes]) -> list[str]:
    """Return the paths of the generated files that differ from the files under `root`."""
    return sorted(path for path, content in built.items() if _content(root / path) != content)


def outdated(root: Path, built: Mapping[str, bytes]) -> list[Problem]:
    """Return one problem for all generated files that differ from the files under `root`."""
    return differing(drift(root, built), "seeds/ and schemas/", "run mmru build")


def differing(paths: Collection[str], origin: str, fix: str) -> list[Problem]:
    """Return one problem for all these generated files, which are not what their origin gives."""
    first, *others = sorted(paths) or [""]
    message = f"does not match {origin}"
    if others:
        number = f"{len(others)} other file{'s' if len(others) > 1 else ''}"
        message = f"this file and {number} ({listed(others, 3)}) do not match {origin}"
    return [Problem(first, 1, 1, "W01", message, fix)] if paths else []


def strays(root: Path, built: Mapping[str, bytes]) -> list[Problem]:
    """Return a problem for each file in the generated folders that was not generated."""
    if (root / "data").is_symlink():
        return [Problem("data", 1, 1, "W02", "is a link", "replace it with a folder")]
    present = {f"{folder}/{p.name}" for folder in GENERATED for p in (root / folder).glob("*")}
    message, fix = "is not a file of the dataset", "move it elsewhere, or remove it"
    return [Problem(path, 1, 1, "W02", message, fix) for path in sorted(present - set(built))]


def write(root: Path, built: Mapping[str, bytes]) -> list[str]:
    """Replace the files under `root`, and return the paths that changed.

    All files are first written into a staging folder. Then data/ is exchanged as a whole, and the other
    files are replaced one by one, so that no reader sees half of a file. If that fails, data/ is exchanged
    back. Builds at the same time wait for each other. Raises InvalidDataset if the generated folders hold
    other files, and OSError if a file cannot be written.
    """
    with alone(root):
        _recover(root)
        if unexpected := strays(root, built):
            raise InvalidDataset(unexpected)
        changed = drift(root, built)
        if changed:
            _replace(root, built)
    return changed


def _replace(root: Path, built: Mapping[str, bytes]) -> None:
    """Stage all files, and put them in place; restore data/ if that fails."""
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=root))
    exchanged = False
    try:
        for path, content in built.items():
            write_durably(staging / path, content)
        exchange(staging / "data", root / "data", staging / OLD)
        exchanged = True
        _replace_others(staging, root)
    except BaseException:
        if exchanged:
            _restore(staging, root)
        raise
    finally:
        # without data/, the staging folder holds the only copy of it
        if (root / "data").exists() or not (staging / OLD).exists():
            shutil.rmtree(staging, ignore_errors=True)


def _replace_others(staging: Path, root: Path) -> None:
    """Move the staged files outside data/ into place, the checksums and the descriptor last."""
    folders = {staging / "data", staging / OLD}
    staged = [p for p in sorted(staging.rglob("*")) if p.is_file() and folders.isdisjoint(p.parents)]
    for path in sorted(staged, key=lambda p: (p.name == PACKAGE, p.name == SUMS)):
        target = root / path.relative_to(staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _restore(staging: Path, root: Path) -> None:
    """Put the old data/ back."""
    old = staging / OLD if (staging / OLD).exists() else staging / "data"
    if old.exists():
        exchange(old, root / "data", staging / "discarded")


def _recover(root: Path) -> None:
    """Finish or undo the work of a build that was killed."""
    for leftover in root.glob(f"{STAGING}*"):
        if (leftover / OLD).exists() and not (root / "data").exists():
            (leftover / OLD).rename(root / "data")
        elif _describes(leftover / PACKAGE, root):
            _replace_others(leftover, root)
        shutil.rmtree(leftover)


def _describes(package: Path, root: Path) -> bool:
    """Return whether a descriptor is complete and has the hash of every file in `root`/data."""
    try:
        resources = json.loads(package.read_bytes())["resources"]
        return all(
            f["hash"] == f"sha256:{_sha256((root / f['path']).read_bytes())}" for f in data_files(resources)
        )
    except (OSError, ValueError, LookupError):
        return False


def _sha256(content: bytes) -> str:
    return sha256(content).hexdigest()


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
