"""The history of the dataset: seeds/releases/ records what each release changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from mmru.datapackage.open import open_package
from mmru.datapackage.package import InMemory, Package
from mmru.errors import InvalidDataset, Problem, counted
from mmru.io.atomic import replace_file
from mmru.io.git import GitError, git
from mmru.io.yaml_file import Document
from mmru.model.version import numbers
from mmru.pipeline.build import Dataset, build
from mmru.pipeline.write import files
from mmru.release.change import Change, least, weightiest
from mmru.release.diff import CHANGES, diff, vanished
from mmru.seeds.reader import RELEASES

_BY_HAND = """\
# yaml-language-server: $schema=../../schemas/editor/release.json
# What this release brings, in a few sentences, for its readers:
notes:
# Columns and codes that have clearer words but the same meaning, such as events.date or event_type:visit:
clarified: []
"""
_BY_COMMAND = "# All below is written by mmru changes.\n"


def record(root: Path, old: str | None) -> tuple[str, list[Problem]]:
    """Write seeds/releases/<version>.yaml for the version in seeds/dataset.yaml.

    `old` names the release before it, as for open_package; None is the version of the newest record.
    The handwritten part of the record is kept. Return a line to report, and the warnings with what must be
    corrected before the version can be released. Raise InvalidDataset.
    """
    dataset = build(root)
    text, changes, problems = recorded(root, dataset, files(dataset), old)
    problems += dataset.warnings
    path = _path(dataset)
    then = "run mmru build" if (root / path).is_file() else "write its notes there"
    (root / RELEASES).mkdir(exist_ok=True)
    replace_file(root / path, text.encode())
    first = "" if _previous(dataset) else ", the first release"
    return f"{path}: {counted(len(changes), 'change')}{first}; now {then}", problems


def recorded(
    root: Path, dataset: Dataset, built: Mapping[str, bytes], old: str | None
) -> tuple[str, list[Change], list[Problem]]:
    """Return the record of a version as its file should be, its changes, and the rules that they break.

    `built` holds the generated files of the dataset; the rules are those of docs/versioning.md. Raise
    InvalidDataset where the version cannot be recorded.
    """
    about, previous = dataset.seeds.dataset, _previous(dataset)
    version = about.data["version"]
    if version.endswith("-dev"):
        message = f"{version} is a development version"
        raise InvalidDataset(
            [about.problem(("version",), "L02", message, f"write {version.removesuffix('-dev')}")]
        )
    existing = next((d for d in dataset.seeds.releases if d.data["version"] == version), None)
    after = Package(InMemory(built))
    changes: list[Change] = []
    problems: list[Problem] = []
    if previous:
        before = _opened(root, previous, old)
        changes = diff(before, after, existing.data["clarified"] if existing else [])
        problems = list(_broken_promises(dataset, before, after, changes))
    head = {
        "version": version,
        "released": about.data["released"],
        **({"previous": previous.data["version"]} if previous else {}),
        "fingerprint": fingerprint(after),
        "rows": {name: rows.num_rows for name, rows in dataset.tables.items() if name != CHANGES},
    }
    handwritten = existing.text.partition(_BY_COMMAND)[0] if existing else _BY_HAND
    lines = [f"{name}: {_yaml(value)}\n" for name, value in head.items()]
    listed = [f"  - {_yaml(_row(change))}\n" for change in changes]
    rows = ["changes:\n", *listed] if listed else ["changes: []\n"]
    text = "".join([handwritten, _BY_COMMAND, *lines, *rows])
    tagged = _tagged(root, version, _path(dataset))
    if tagged is not None and _content(tagged) != _content(text):
        message = f"{version} was released with other content, as the tag v{version}"
        raise InvalidDataset([about.problem(("version",), "L05", message, "write the next version")])
    return text, changes, problems


def fingerprint(package: Package) -> str:
    """Return the SHA-256 of the schemas and CSV files of all tables but that of the changes."""
    hashed = sha256()
    for name in sorted(set(package.tables) - {CHANGES}):
        descriptor = package.tables[name].descriptor
        hashed.update(json.dumps(descriptor, sort_keys=True, ensure_ascii=False).encode())
        hashed.update(package.content(f"data/{name}.csv"))
    return hashed.hexdigest()


def unrecorded(dataset: Dataset, built: Mapping[str, bytes]) -> Iterator[Problem]:
    """Yield a warning where the data differ from those of the release whose version they have."""
    about = dataset.seeds.dataset
    version = about.data["version"]
    for release in dataset.seeds.releases:
        if release.data["version"] != version:
            continue
        if release.data["fingerprint"] != fingerprint(Package(InMemory(built))):
            message = f"the data differ from those recorded for {version}"
            fix = "write the next version with -dev at its end, or run mmru changes if it is not released yet"
            yield about.problem(("version",), "P05", message, fix)


def _path(dataset: Dataset) -> str:
    """Return the path of the record of the version being released."""
    return f"{RELEASES}/{dataset.seeds.dataset.data['version']}.yaml"


def _previous(dataset: Dataset) -> Document | None:
    """Return the record of the newest release before the version of the dataset."""
    version = numbers(dataset.seeds.dataset.data["version"])
    earlier = [d for d in dataset.seeds.releases if numbers(d.data["version"]) < version]
    return earlier[-1] if earlier else None


def _tagged(root: Path, version: str, path: str) -> str | None:
    """Return a file as it is in the tag of a version, or None if it is not there."""
    try:
        return git(root, "show", f"v{version}:./{path}").decode("utf-8", "replace")
    except GitError:
        return None


def _content(record: str) -> Any:
    """Return the content of a record without the commit, which is added after the release."""
    data = Document.parse("", record).data
    return {k: v for k, v in data.items() if k != "commit"} if isinstance(data, dict) else record


def _opened(root: Path, previous: Document, old: str | None) -> Package:
    """Return the previous release; raise InvalidDataset if it is not the one that was recorded."""
    package = open_package(old or previous.data["version"], root)
    if fingerprint(package) != previous.data["fingerprint"]:
        version = previous.data["version"]
        message = f"is not the release {version} that {previous.path} records"
        fix = f"name the release {version} itself, or remove that record if there was no such release"
        raise InvalidDataset.of(old or version, "L03", message, fix)
    return package


def _broken_promises(
    dataset: Dataset, before: Package, after: Package, changes: Sequence[Change]
) -> Iterator[Problem]:
    """Yield vanished ids, and a version that is too low for the changes."""
    for table, record in vanished(before, after):
        message = f"the id '{record}' of {table} is gone"
        fix = "record here what became of it: a published id stays valid"
        yield dataset.seeds.redirects.problem((), "L04", message, fix)
    wanted, change = least(before.version, changes), weightiest(changes)
    if change and numbers(after.version) < numbers(wanted):
        named = " ".join(n for n in (change.table_name, change.row_key, change.column_name) if n)
        message = f"{after.version} is too low: {change.change} ({named}) is {change.level}"
        fix = f"write {wanted} or higher, and remove {_path(dataset)}"
        yield dataset.seeds.dataset.problem(("version",), "L06", message, fix)


def _row(change: Change) -> dict[str, Any]:
    """Return a change as it is recorded: without the content of an added row, which is in its table."""
    left_out = ("new_value",) if change.change == "row-added" else ()
    return {k: v for k, v in vars(change).items() if v not in (None, ()) and k not in left_out}


def _yaml(value: object) -> str:
    """Return a value on one line; JSON is YAML, too."""
    return json.dumps(value, ensure_ascii=False)
