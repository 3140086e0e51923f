"""The last step: a release, made from a clean checkout, into dist/."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from mmru import verify
from mmru.checks.package import verify_package
from mmru.errors import InvalidDataset, Problem
from mmru.export.excel import to_workbook
from mmru.export.jsonl import to_jsonl
from mmru.export.sqlite import datasette_metadata, to_sqlite
from mmru.io.archive import repack, write_zip
from mmru.io.atomic import alone
from mmru.io.git import exported
from mmru.pipeline.build import Dataset, build
from mmru.pipeline.write import drift, files, strays
from mmru.release.history import recorded
from mmru.seeds.reader import RELEASES
from mmru.verify import EDITOR, SUMS, by_hand

Say = Callable[[str], None]
VERIFIER = Path(verify.__file__)
_STAGING = ".mmru-release-"


def release(root: Path, old: str | None, say: Say = lambda step: None) -> list[str]:
    """Write the release of the version in seeds/dataset.yaml into `root`/dist.

    `old` names the release before it, as open_edition takes it. Everything is made and proved in
    a folder beside, and put in place when all of it is sound. Gives a line for each file. Raises
    InvalidDataset where the tree is not clean, a check fails, the version breaks a rule, or dist/ holds
    another release of that version.
    """
    with alone(root):
        _clean(root)
        dataset = build(root, say)
        made = files(dataset)
        _checked(root, dataset, made, old)
        say("made the tables, and held them against what is committed")
        (root / "dist").mkdir(exist_ok=True)
        for leftover in root.glob(f"dist/{_STAGING}*"):
            shutil.rmtree(leftover)
        with tempfile.TemporaryDirectory(prefix=_STAGING, dir=root / "dist") as folder:
            staged = Path(folder)
            names = _write(root, staged, dataset, made, say)
            _unlike(root, staged, names)
            for name in names:
                (staged / name).replace(root / "dist" / name)
    return [f"dist/{name}: {(root / 'dist' / name).stat().st_size:,} bytes" for name in names]


def _clean(root: Path) -> None:
    """Refuse what git does not hold as it stands: a release can be had again from its commit."""
    found = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    said, fix = "is not committed as it stands", "commit it, or take it back"
    # each is two letters, a blank and a path
    if found:
        raise InvalidDataset(
            [Problem(entry[3:], 1, 1, "L07", said, fix) for entry in found.split("\0") if entry]
        )


def _checked(root: Path, dataset: Dataset, made: Mapping[str, bytes], old: str | None) -> None:
    """Refuse what the checks refuse, and a version whose record is not what changed."""
    said = "is not what seeds/ and schemas/ give"
    problems = [Problem(path, 1, 1, "W01", said, "run mmru build") for path in drift(root, made)]
    problems += strays(root, made)
    path = f"{RELEASES}/{dataset.seeds.dataset.data['version']}.yaml"
    wanted, changes, broken = recorded(root, dataset, old)
    problems += broken
    if not (root / path).is_file() or (root / path).read_text("utf-8") != wanted:
        said = f"is not the record of this version, with its {len(changes)} changes"
        problems.append(Problem(path, 1, 1, "L08", said, "run mmru changes and mmru build"))
    if problems:
        raise InvalidDataset(problems)


def _write(root: Path, staged: Path, dataset: Dataset, made: Mapping[str, bytes], say: Say) -> list[str]:
    """Write every file of the release into a folder, and prove its archive; their names."""
    about, tables, schemas = dataset.seeds.dataset.data, dataset.tables, dataset.schemas
    day, stem = date.fromisoformat(about["released"]), f"{about['name']}-{about['version']}"
    with tempfile.TemporaryDirectory() as folder, exported(root, "HEAD") as committed:
        shutil.unpack_archive(committed, folder)
        write_zip(staged / f"{stem}.zip", _members(Path(folder), made, stem), day)
        problems, _ = verify_package(staged / f"{stem}.zip")
        if problems:
            raise InvalidDataset(problems)
        say("proved the archive")
        _write_wheel(folder, staged, day)
        say("made the wheel")
    to_sqlite(tables, schemas, about, staged / f"{stem}.sqlite")
    (staged / f"{stem}-datasette.json").write_bytes(datasette_metadata(about, schemas, stem))
    to_workbook(tables, schemas, about, staged / f"{stem}.xlsx")
    repack(staged / f"{stem}.xlsx", day)
    (staged / f"{stem}.jsonl").write_bytes(b"".join(to_jsonl(tables, schemas)))
    names = sorted(p.name for p in staged.iterdir())
    sums = "".join(f"{_sha256(staged / name)}  {name}\n" for name in names)
    (staged / f"{stem}.sha256").write_text(sums, "utf-8")
    return [*names, f"{stem}.sha256"]


def _members(committed: Path, made: Mapping[str, bytes], stem: str) -> dict[str, bytes]:
    """The files of the archive, all in one folder, with their checksums and the program that proves them."""
    found = {path: (committed / path).read_bytes() for path in by_hand(committed)} | dict(made)
    found["verify.py"] = VERIFIER.read_bytes()
    listed = sorted(path for path in found if path != SUMS and not path.startswith(EDITOR))
    found[SUMS] = "".join(f"{sha256(found[path]).hexdigest()}  {path}\n" for path in listed).encode()
    return {f"{stem}/{path}": found[path] for path in sorted([*listed, SUMS])}


def _write_wheel(committed: str, folder: Path, day: date) -> None:
    """Build the wheel from a copy of what is committed, with the same bytes every time."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(midnight.timestamp()))}
    program = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    command = [sys.executable, "-c", program, str(folder.resolve())]
    ran = subprocess.run(command, cwd=committed, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        said = f"the wheel cannot be built: {(ran.stderr.strip().splitlines() or ['?'])[-1]}"
        raise InvalidDataset(
            [Problem("pyproject.toml", 1, 1, "L09", said, "run make, which installs what it needs")]
        )
    [wheel] = folder.glob("*.whl")
    repack(wheel, day)


def _unlike(root: Path, staged: Path, names: list[str]) -> None:
    """Refuse to write another release over one of the same version."""
    said, fix = "is there already, and is another", "release a new version, or remove it if nobody has it"
    there = [name for name in names if (root / "dist" / name).is_file()]
    unlike = [name for name in there if _sha256(root / "dist" / name) != _sha256(staged / name)]
    if unlike:
        raise InvalidDataset([Problem(f"dist/{name}", 1, 1, "L10", said, fix) for name in unlike])


def _sha256(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _git(root: Path, *arguments: str) -> str:
    try:
        ran = subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise InvalidDataset([Problem(".", 1, 1, "L11", "git is not installed", "install git")]) from None
    if ran.returncode:
        said = f"is no checkout of git: {(ran.stderr.strip().splitlines() or ['?'])[-1]}"
        raise InvalidDataset([Problem(".", 1, 1, "L11", said, "clone the repository and release from there")])
    return ran.stdout
