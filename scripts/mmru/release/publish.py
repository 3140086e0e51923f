"""Write a release into dist/, from a clean checkout."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from mmru import verify
from mmru.checks.package import verify_package
from mmru.datapackage.frames import frame
from mmru.datapackage.open import frictionless_problems
from mmru.datapackage.wide import COLUMNS as WIDE
from mmru.datapackage.wide import wide_rows, wide_table
from mmru.errors import InvalidDataset, Problem, counted, raise_errors
from mmru.export.excel import to_workbook
from mmru.export.jsonl import to_jsonl
from mmru.export.metadata import for_collectors
from mmru.export.sqlite import datasette_metadata, to_sqlite
from mmru.io.archive import repack, write_zip
from mmru.io.atomic import alone, move
from mmru.io.git import GitError, git
from mmru.io.tables import to_csv, to_parquet
from mmru.model.characters import with_lf
from mmru.pipeline.build import Dataset, build
from mmru.pipeline.write import checksums, files, outdated, strays
from mmru.release.history import recorded
from mmru.seeds.reader import RELEASES
from mmru.verify import EDITOR, PACKAGE, SUMS, by_hand

Report = Callable[[str], None]
VERIFIER = Path(verify.__file__)
_STAGING = ".mmru-release-"


def release(
    root: Path, old: str | None, report: Report = lambda step: None
) -> tuple[list[str], list[Problem]]:
    """Write the release of the version in seeds/dataset.yaml into `root`/dist; return lines and warnings.

    `old` names the release before it, as for open_package. Everything is written and verified in a
    temporary folder, and moved into place if all of it is valid. Raise InvalidDataset if the tree is
    not clean, a check fails, the version breaks a rule, or dist/ holds another release of that version.
    """
    with alone(root):
        _check_clean(root)
        dataset = build(root, report)
        built = files(dataset)
        _check_record(root, dataset, built, old)
        report("built the tables, and compared them with those committed")
        (root / "dist").mkdir(exist_ok=True)
        for leftover in root.glob(f"dist/{_STAGING}*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=root / "dist") as folder:
            staged = Path(folder)
            names, summary = _write(root, staged, dataset, built, report)
            _check_unreleased(root, staged, names)
            for name in names:
                move(staged / name, root / "dist" / name)
    sizes = [f"dist/{name}: {(root / 'dist' / name).stat().st_size:,} bytes" for name in names]
    return [*sizes, f"valid: {summary}; frictionless found the package valid"], dataset.warnings


def _check_clean(root: Path) -> None:
    """Raise InvalidDataset if a file is not committed: a release can be built again from its commit."""
    try:
        status = git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    except GitError as error:
        missing = shutil.which("git") is None
        message = str(error) if missing else f"is not a git checkout: {error}"
        fix = "install git" if missing else "clone the repository and release from there"
        raise InvalidDataset.of(".", "L11", message, fix) from None
    message, fix = "has uncommitted changes", "commit or undo them"
    # each entry is two letters, a blank and a path
    entries = [entry for entry in os.fsdecode(status).split("\0") if entry]
    if entries:
        raise InvalidDataset(Problem(entry[3:], 1, 1, "L07", message, fix) for entry in entries)


def _check_record(root: Path, dataset: Dataset, built: Mapping[str, bytes], old: str | None) -> None:
    """Raise InvalidDataset if files differ from those built, or the record from the changes."""
    problems = [*outdated(root, built), *strays(root, built)]
    path = f"{RELEASES}/{dataset.seeds.dataset.data['version']}.yaml"
    wanted, changes, broken = recorded(root, dataset, built, old)
    problems += broken
    if not (root / path).is_file() or (root / path).read_text("utf-8") != wanted:
        message = f"does not record this version with its {counted(len(changes), 'change')}"
        problems.append(Problem(path, 1, 1, "L08", message, "run mmru changes and mmru build"))
    raise_errors(problems)


def _write(
    root: Path, staged: Path, dataset: Dataset, built: Mapping[str, bytes], report: Report
) -> tuple[list[str], str]:
    """Write every file of the release into a folder, and verify the archive.

    Return their names, and a line that identifies the archive.
    """
    about = dataset.seeds.dataset.data
    day, stem = date.fromisoformat(about["released"]), f"{about['name']}-{about['version']}"
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(io.BytesIO(git(root, "archive", "--format=zip", "-0", "HEAD"))) as committed:
            committed.extractall(folder)
        _unify_line_ends(Path(folder))
        package = json.loads(built[PACKAGE])
        generated = {**built, **for_collectors(about, dataset.tables, package, dataset.schemas, "")}
        write_zip(staged / f"{stem}.zip", _members(Path(folder), generated, stem), day)
        problems, summary = verify_package(staged / f"{stem}.zip")
        raise_errors(problems)
        raise_errors(frictionless_problems(staged / f"{stem}.zip"))
        report("verified the archive")
        _write_wheel(folder, staged, day)
        report("built the wheel")
    _write_exports(dataset, staged, stem, day)
    names = sorted(p.name for p in staged.iterdir())
    sums = checksums({name: (staged / name).read_bytes() for name in names})
    (staged / f"{stem}.sha256").write_bytes(sums)
    return [*names, f"{stem}.sha256"], summary


def _write_exports(dataset: Dataset, folder: Path, stem: str, day: date) -> None:
    """Write the tables in other formats: flat tables, SQLite, Excel, JSON lines."""
    about, tables, schemas = dataset.seeds.dataset.data, dataset.tables, dataset.schemas

    def load(name: str) -> pd.DataFrame:
        return frame(schemas.tables[name], schemas.tables[name].names, tables[name])

    to_sqlite(tables, schemas, about, folder / f"{stem}.sqlite")
    (folder / f"{stem}-datasette.json").write_bytes(datasette_metadata(about, schemas, stem))
    flat = [(wide_table(schemas.tables[name]), wide_rows(load, schemas.tables[name])) for name in WIDE]
    for table, rows in flat:
        for kind, content in (("csv", to_csv(table, rows)), ("parquet", to_parquet(rows))):
            (folder / f"{stem}-{table.name.replace('_', '-')}.{kind}").write_bytes(content)
    to_workbook(tables, schemas, about, flat, folder / f"{stem}.xlsx")
    repack(folder / f"{stem}.xlsx", day)
    (folder / f"{stem}.jsonl").write_bytes(b"".join(to_jsonl(tables, schemas)))


def _unify_line_ends(folder: Path) -> None:
    """Write the text files of a folder with LF, which git may have changed; a file with NUL is not text."""
    for path in folder.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        if b"\r\n" in content and b"\0" not in content:
            path.write_bytes(with_lf(content))


def _members(committed: Path, generated: Mapping[str, bytes], stem: str) -> dict[str, bytes]:
    """Return the files of the archive, with their checksums and the program to verify them."""
    files = {path: (committed / path).read_bytes() for path in by_hand(committed)} | dict(generated)
    files["verify.py"] = with_lf(VERIFIER.read_bytes())
    listed = sorted(path for path in files if path != SUMS and not path.startswith(EDITOR))
    files[SUMS] = checksums({path: files[path] for path in listed})
    return {f"{stem}/{path}": files[path] for path in sorted([*listed, SUMS])}


def _write_wheel(committed: str, folder: Path, day: date) -> None:
    """Build the wheel from a copy of the committed files, with the same bytes every time."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(midnight.timestamp()))}
    target = ["--target", "wheel", "--directory", str(folder.resolve())]
    command = [sys.executable, "-m", "hatchling", "build", *target]
    ran = subprocess.run(command, cwd=committed, env=environment, capture_output=True, check=False)
    if ran.returncode:
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        message = f"the wheel cannot be built: {lines[-1] if lines else '?'}"
        raise InvalidDataset.of("pyproject.toml", "L09", message, "run make, which installs what it needs")
    [wheel] = folder.glob("*.whl")
    repack(wheel, day)


def _check_unreleased(root: Path, staged: Path, names: list[str]) -> None:
    """Raise InvalidDataset if dist/ holds another release of the same version."""
    message, fix = "already exists with other content", "release a new version, or remove it if nobody has it"
    existing = [name for name in names if (root / "dist" / name).is_file()]
    different = [n for n in existing if (root / "dist" / n).read_bytes() != (staged / n).read_bytes()]
    if different:
        raise InvalidDataset(Problem(f"dist/{name}", 1, 1, "L10", message, fix) for name in different)
