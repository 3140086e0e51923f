"""The examples of the catalogue in errors/: their steps, which change the small dataset, and their messages."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import chdir
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from click.testing import Result
from mmru.checks.catalogue import catalogue
from mmru.checks.run import check
from mmru.errors import Position
from mmru.io.arrow import to_arrow
from mmru.pipeline.build import Dataset
from mmru.verify import data_files

Step = dict[str, Any]
Rows = dict[str, list[dict[str, Any]]]
Run = Callable[..., Result]
NOT_COPIED = shutil.ignore_patterns(".mmru-cache")
SUMS = "SHA256SUMS"
COMMAND = [sys.executable, "-c", "from mmru.__main__ import start; start()"]
ROOT = Path(__file__).parent.parent
IN_PREPARATION = re.search(
    r"^version: (.*)$", (ROOT / "seeds/dataset.yaml").read_text("utf-8"), re.MULTILINE
)[1]  # type: ignore[index]
VERSION = IN_PREPARATION.removesuffix("-dev")
COSTLY = {"run", "release", "twice", "commit"}  # steps that examples share, so that each is taken once


def matches(shown: str, text: str) -> bool:
    """Return whether a text is the one that a page shows, in which `…` stands for any text."""
    return bool(re.fullmatch(".*".join(map(re.escape, shown.split("…"))), text, re.DOTALL))


class Example(NamedTuple):
    """An example of the catalogue: how the small dataset is changed, what is run, what is printed."""

    id: str
    code: str
    steps: list[Step]
    run: str
    message: str

    @property
    def is_on_rows(self) -> bool:
        """Return whether the example changes rows of tables, and not files."""
        return not self.run.startswith("mmru")


def examples() -> list[Example]:
    """Return all examples of the catalogue, the first of each code first."""
    return [
        Example(
            f"{entry['code']} {one.get('name', '')}".strip(),
            entry["code"],
            one["example"],
            one.get("run", entry["run"]),
            one["message"],
        )
        for entry in catalogue()
        for one in (entry, *entry.get("more_examples", ()))
    ]


class Snapshots:
    """The small dataset after some steps; equal steps are taken once a session.

    A snapshot is a folder. The dataset is in `dataset`, and what the steps wrote elsewhere is beside it.
    """

    def __init__(self, sound: Path, folder: Path) -> None:
        self._sound, self._folder = sound, folder
        self._taken: dict[str, Path] = {}

    def copy(self, steps: Sequence[Step], target: Path, mmru: Run) -> list[Step]:
        """Copy to `target` the dataset after the costly steps that come first; return the other steps."""
        costly = list(takewhile(lambda step: COSTLY & step.keys(), steps))
        shutil.copytree(self.after(costly, mmru), target, dirs_exist_ok=True)
        return list(steps[len(costly) :])

    def after(self, steps: Sequence[Step], mmru: Run) -> Path:
        """Return the snapshot after these steps. It belongs to all tests: copy it, do not change it."""
        key = json.dumps(steps)
        if key not in self._taken:
            before = self.after(steps[:-1], mmru) if steps else None
            folder = self._folder / str(len(self._taken))
            if before:
                shutil.copytree(before, folder)
                with chdir(folder / "dataset"):
                    spoil(folder / "dataset", steps[-1], mmru)
            else:
                shutil.copytree(self._sound, folder / "dataset", ignore=NOT_COPIED)
            self._taken[key] = folder
        return self._taken[key]


def spoil(root: Path, step: Step, mmru: Run) -> None:
    """Take one step in the dataset at `root`."""
    match step:
        case {"edit": path, "old": old, "new": new}:
            edit(root / path, old, new)
        case {"replace": path, "old": old, "new": new}:
            (root / path).write_text((root / path).read_text("utf-8").replace(old, new), "utf-8")
        case {"write": path, "text": text}:
            (root / path).write_text(text, "utf-8")
        case {"repeat": path, "text": text, "times": times}:
            (root / path).write_text(text * times, "utf-8")
        case {"fill": path, "bytes": size}:
            (root / path).write_bytes(b"#" * size)
        case {"delete": path}:
            shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()
        case {"mkdir": path}:
            (root / path).mkdir()
        case {"move": path, "to": target}:
            shutil.move(root / path, root / target)
        case {"link": path, "to": target}:
            (root / path).symlink_to(target)
        case {"run": command}:
            assert mmru(*command.split()[1:]).exit_code == 0
        case {"twice": source}:
            code_twice(root, source)
        case {"retype": table}:
            path = root / "data" / f"{table}.parquet"
            rows = pq.read_table(path)
            pq.write_table(
                rows.set_column(0, rows.column_names[0], rows.column(0).cast(pa.large_string())), path
            )
        case {"rehash": _}:
            rehash(root)
        case {"release": folder}:
            release(root, root / folder, mmru)
        case {"commit": _}:
            commit(root)
        case {"tag": name}:
            subprocess.run(["git", "-C", root, "tag", name], check=True)
        case _:
            raise AssertionError(f"no such step: {step}")


def edit(file: Path, old: str, new: str) -> None:
    """Replace a text that occurs exactly once in a file."""
    content = file.read_text("utf-8")
    assert content.count(old) == 1, f"{old!r} occurs {content.count(old)} times in {file.name}"
    file.write_text(content.replace(old, new), "utf-8")


def release(root: Path, kept: Path, mmru: Run) -> None:
    """Record the version of the dataset as released, and keep what was released elsewhere."""
    version = re.findall(r"^version: (.*)$", (root / "seeds/dataset.yaml").read_text("utf-8"), re.MULTILINE)[
        0
    ]
    assert mmru("changes").exit_code == 0
    path = root / f"seeds/releases/{version}.yaml"
    path.write_text(path.read_text("utf-8").replace("notes:\n", "notes: Made up for the tests.\n"), "utf-8")
    assert mmru("build").exit_code == 0
    shutil.copytree(root / "data", kept / "data")
    shutil.copy(root / "datapackage.json", kept)


def copied_repository(root: Path) -> None:
    """Copy the repository as it stands, without what git does not hold or ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)


def record_version(root: Path) -> None:
    """Make the version ready for release, as the first release of a repository without history."""
    about = root / "seeds/dataset.yaml"
    about.write_text(
        about.read_text("utf-8").replace(f"version: {IN_PREPARATION}", f"version: {VERSION}"), "utf-8"
    )
    for earlier in (root / "seeds/releases").iterdir():
        earlier.unlink()
    subprocess.run([*COMMAND, "changes"], cwd=root, check=True, capture_output=True)
    path = root / f"seeds/releases/{VERSION}.yaml"
    path.write_text(path.read_text("utf-8").replace("notes:\n", "notes: Made up for the tests.\n"), "utf-8")
    subprocess.run([*COMMAND, "build"], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    """Commit everything in the dataset's folder to git."""
    git = ("git", "-C", str(root), "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org")
    for step in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "as it stands"]):
        subprocess.run([*git, *step], check=True)


def released(root: Path, *arguments: str, **environment: str) -> dict[str, str]:
    """The SHA-256 of each file that `mmru release` writes in a checkout, by name."""
    command = [*COMMAND, "release", *arguments]
    env = {**os.environ, **environment}
    ran = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return hashes(root / "dist")


def hashes(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file of a folder, by name."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def code_twice(root: Path, source: str) -> None:
    """Let one article be coded twice, and alike."""
    for folder in ("first", f"second/{source}"):
        coding = root / "seeds/twice/1" / folder
        shutil.copytree(root / "seeds/registry", coding / "registry")
        for part in ("articles", "fingerprints"):
            (coding / part).mkdir()
            shutil.copy(root / f"seeds/{part}/{source}.yaml", coding / part)


def rehash(root: Path) -> None:
    """Make the descriptor and the checksums fit files that were changed, as a forger would."""
    package = json.loads((root / "datapackage.json").read_text("utf-8"))
    for file in data_files(package["resources"]):
        content = (root / file["path"]).read_bytes()
        file["bytes"], file["hash"] = len(content), f"sha256:{hashlib.sha256(content).hexdigest()}"
    (root / "datapackage.json").write_text(json.dumps(package), "utf-8")
    names = [line.partition("  ")[2] for line in (root / SUMS).read_text("utf-8").splitlines()]
    lines = [f"{hashlib.sha256((root / p).read_bytes()).hexdigest()}  {p}\n" for p in names]
    (root / SUMS).write_text("".join(lines), "utf-8")


def write_package(folder: Path, tables: Mapping[str, pa.Table], parts: int) -> Path:
    """Write tables as a package whose Parquet files are in parts."""
    folder.mkdir()
    shutil.copy(ROOT / "datapackage.json", folder)
    for name, table in tables.items():
        # a bad example may lack a cell that is required
        rows = table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))
        (folder / "data" / name).mkdir(parents=True)
        size = -(-rows.num_rows // parts) or 1
        for number in range(parts):
            part = rows.slice(number * size, size)
            pq.write_table(part, folder / f"data/{name}/part-{number:05}.parquet")
    return folder


def change(rows: Rows, steps: Sequence[Step]) -> None:
    """Take the steps of an example on the rows of the tables."""
    for step in steps:
        table = rows[step["rows"]]
        if "add" in step:
            for n in range(step.get("times", 1)):
                table.append({k: v.format(n=n) if isinstance(v, str) else v for k, v in step["add"].items()})
            continue
        wanted = [row for row in table if step["where"].items() <= row.items()]
        assert wanted, f"no such row: {step}"
        if "remove" in step:
            table[:] = [row for row in table if row not in wanted]
        else:
            wanted[0].update({k: _cell(k, v) for k, v in step["set"].items()})


def messages_after(dataset: Dataset, changed: Callable[[Rows], None]) -> list[str]:
    """Return the messages of the checks on a dataset after a change of its rows, without the place."""
    tables = {name: table.to_pylist() for name, table in dataset.tables.items()}
    changed(tables)
    schemas = dataset.schemas.tables
    return messages(dataset, {name: to_arrow(schemas[name], rows) for name, rows in tables.items()})


def messages(dataset: Dataset, tables: Mapping[str, pa.Table]) -> list[str]:
    """Return the messages of the checks on these tables of a dataset, without the place."""
    frames = {name: pl.DataFrame(rows) for name, rows in tables.items()}
    found = check(frames, Position, dataset.schemas, dataset.released)
    return [f"{p.code} {p.message}; {p.fix}" if p.fix else f"{p.code} {p.message}" for p in found]


def _cell(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name.endswith(("_earliest", "_latest")) and value else value
