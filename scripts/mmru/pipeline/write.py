"""Step 7: write data/ and datapackage.json, to the byte the same for the same tables, all or nothing."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from mmru.checks.catalogue import page
from mmru.errors import InvalidDataset, Problem
from mmru.export.changelog import changelog
from mmru.export.codebook import codebook
from mmru.export.metadata import articles, head, metadata, to_json
from mmru.io.atomic import alone, exchange, write_durably
from mmru.io.tables import to_csv, to_parquet
from mmru.model.schema import Schemas, Table
from mmru.pipeline.build import Dataset
from mmru.verify import PACKAGE, STAGING, SUMS

CODEBOOK, ERRORS, CHANGELOG = "docs/codebook.md", "docs/errors.md", "CHANGELOG.md"
GENERATED = ("data", "schemas/editor")  # folders that hold nothing written by hand
OLD = "old"


def files(dataset: Dataset) -> dict[str, bytes]:
    """Every generated file of the dataset, by its path from the top folder."""
    about = dataset.seeds.dataset.data
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        # Arrow makes several of these at once, while Python makes others
        tables = dict(_tables(dataset, threads))
        sources = articles(dataset.tables)
        made = {f"schemas/editor/{name}.json": to_json(form) for name, form in dataset.seeds.forms.items()}
        made[CODEBOOK] = codebook(dataset.schemas).encode()
        made[ERRORS] = page().encode()
        made[CHANGELOG] = changelog([record.data for record in dataset.seeds.releases]).encode()
    made |= {path: content.result() for path, content in tables.items()}
    resources = list(described(made, dataset.tables, dataset.schemas))
    made[PACKAGE] = to_json({**head(about, sources), "resources": resources})
    made |= metadata(about, sources, dataset.schemas, resources)
    hashes = {r["path"]: r["hash"].removeprefix("sha256:") for r in resources}
    hashes |= {path: sha256(made[path]).hexdigest() for path in made if path not in hashes}
    made[SUMS] = "".join(f"{hashes[path]}  {path}\n" for path in sorted(made)).encode()
    return made


def _tables(dataset: Dataset, threads: ThreadPoolExecutor) -> Iterator[tuple[str, Future[bytes]]]:
    """The files of all tables, by path, as they are made."""
    for name, rows in dataset.tables.items():
        yield f"data/{name}.csv", threads.submit(to_csv, dataset.schemas.tables[name], rows)
        yield f"data/{name}.parquet", threads.submit(to_parquet, rows)


def described(
    made: Mapping[str, bytes], tables: Mapping[str, pa.Table], schemas: Schemas
) -> Iterator[dict[str, Any]]:
    """The files of the tables, as the Data Package (v2) descriptor tells of them.

    CSV files are tables with schema and row count. Parquet files are described as plain files,
    with `type: file`: without it frictionless takes them for tables, of which it checks neither
    size nor hash, and fails on their lists.
    """
    for name, table in schemas.tables.items():
        yield _csv_resource(table, made[f"data/{name}.csv"], tables[name].num_rows)
        yield _parquet_resource(table, made[f"data/{name}.parquet"])


def _csv_resource(table: Table, content: bytes, rows: int) -> dict[str, Any]:
    return {
        "name": table.name,
        "type": "table",
        "path": f"data/{table.name}.csv",
        "title": table.title,
        "description": table.description,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "delimiter": ",",
            "lineTerminator": "\n",
            "quoteChar": '"',
            "doubleQuote": True,
            "header": True,
        },
        **_proof(content),
        "rows": rows,
        "schema": table.descriptor,
    }


def _parquet_resource(table: Table, content: bytes) -> dict[str, Any]:
    return {
        "name": f"{table.name}_parquet",
        "type": "file",
        "path": f"data/{table.name}.parquet",
        "title": f"{table.title} (Parquet)",
        "description": f"The same rows as data/{table.name}.csv, with true types.",
        "scheme": "file",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        **_proof(content),
    }


def _proof(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "hash": f"sha256:{sha256(content).hexdigest()}"}


def drift(root: Path, made: Mapping[str, bytes]) -> list[str]:
    """The generated files under `root` that are not what was made, by path."""
    return sorted(path for path, content in made.items() if _content(root / path) != content)


def strays(root: Path, made: Mapping[str, bytes]) -> list[Problem]:
    """What stands in the generated folders without having been made."""
    present = {f"{folder}/{p.name}" for folder in GENERATED for p in (root / folder).glob("*")}
    said, fix = "is not a file of the dataset", "move it elsewhere, or remove it"
    if (root / "data").is_symlink():
        return [Problem("data", 1, 1, "W02", "is a link", "make it a folder of its own")]
    return [Problem(path, 1, 1, "W02", said, fix) for path in sorted(present - set(made))]


def write(root: Path, made: Mapping[str, bytes]) -> list[str]:
    """Put the files in place of the old ones; the paths that changed.

    Everything is first written beside them. Then the folder data/ is exchanged as a whole and the
    other files are replaced one by one, so that no file is ever seen half written; when that
    fails, data/ is exchanged back. Builds that run at once wait for each other. Raises InvalidDataset
    where files stand in the generated folders that nothing made.
    """
    with alone(root):
        _recover(root)
        foreign = strays(root, made)
        if foreign:
            raise InvalidDataset(foreign)
        changed = drift(root, made)
        if not changed:
            return []
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=root))
        exchanged = False
        try:
            for path, content in made.items():
                write_durably(staging / path, content)
            exchange(staging / "data", root / "data", staging / OLD)
            exchanged = True
            _replace_others(staging, root)
        except BaseException:
            if exchanged:
                _exchange_back(staging, root)
            raise
        finally:
            # without data/, what was staged holds the only copy of it
            if (root / "data").exists() or not (staging / OLD).exists():
                shutil.rmtree(staging, ignore_errors=True)
    return changed


def _replace_others(staging: Path, root: Path) -> None:
    """Put what was staged beside data/ in place, the package's descriptor last."""
    folders = {staging / "data", staging / OLD}
    staged = [p for p in sorted(staging.rglob("*")) if p.is_file() and folders.isdisjoint(p.parents)]
    # of a build that was killed here, some are in place already
    for path in sorted(staged, key=lambda p: (p.name == PACKAGE, p.name == SUMS)):
        target = root / path.relative_to(staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)


def _exchange_back(staging: Path, root: Path) -> None:
    old = staging / OLD if (staging / OLD).exists() else staging / "data"
    if old.exists():
        exchange(old, root / "data", staging / "discarded")


def _recover(root: Path) -> None:
    """Bring to its end, or undo, what a build that was killed has left behind."""
    for leftover in root.glob(f"{STAGING}*"):
        if (leftover / OLD).exists() and not (root / "data").exists():
            (leftover / OLD).rename(root / "data")
        elif _describes(leftover / PACKAGE, root):
            _replace_others(leftover, root)
        shutil.rmtree(leftover)


def _describes(package: Path, root: Path) -> bool:
    """Whether a descriptor is whole and gives the hash of every file of `root`/data."""
    try:
        resources = json.loads(package.read_bytes())["resources"]
        return all(r["hash"] == _proof((root / r["path"]).read_bytes())["hash"] for r in resources)
    except (OSError, ValueError, LookupError):
        return False


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
