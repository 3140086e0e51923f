"""The history of the dataset: what a release changed, recorded in seeds/releases/ for all time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmru.datapackage.edition import CHANGES, Edition, fingerprint, open_edition
from mmru.errors import InvalidDataset, Problem
from mmru.io.atomic import replace_file
from mmru.io.git import git
from mmru.io.tables import to_csv
from mmru.io.yaml_file import Document
from mmru.model.version import numbers
from mmru.pipeline.build import Dataset, build
from mmru.release.diff import Change, diff, least, vanished
from mmru.seeds.reader import RELEASES

_BY_HAND = """\
# yaml-language-server: $schema=../../schemas/editor/release.json
# What this release brings, in a few sentences, for its readers:
notes:
# What has clearer words but means what it meant, as events.date or event_type:visit:
clarified: []
"""
_BY_COMMAND = "# All below is written by mmru changes.\n"


def record(root: Path, old: str | None) -> tuple[str, list[Problem]]:
    """Write seeds/releases/<version>.yaml for the version that seeds/dataset.yaml gives.

    `old` names the release before it, as open_edition takes it; None: the version of the newest
    record, as a tag or in dist/. What stands in the record by hand is kept. Gives a line to report,
    and what must be mended before the version can be released. Raises InvalidDataset.
    """
    dataset = build(root)
    made, changes, problems = recorded(root, dataset, old)
    path = _path(dataset)
    then = "run mmru build" if (root / path).is_file() else "write its notes there"
    (root / RELEASES).mkdir(exist_ok=True)
    replace_file(root / path, made.encode())
    first = "" if _previous(dataset) else ", the first release"
    number = f"{len(changes)} change{'' if len(changes) == 1 else 's'}"
    return f"{path}: {number}{first}; now {then}", problems


def recorded(root: Path, dataset: Dataset, old: str | None) -> tuple[str, list[Change], list[Problem]]:
    """The record of the version being released, as its file should be, what it changed, and what
    rule of docs/versioning.md that breaks.

    Raises InvalidDataset where the version cannot be recorded.
    """
    about, previous = dataset.seeds.dataset, _previous(dataset)
    version = about.data["version"]
    if version.endswith("-dev"):
        said = f"{version} is a version that is being made"
        raise InvalidDataset(
            [about.problem(("version",), "L02", said, f"write {version.removesuffix('-dev')}")]
        )
    by_hand = next((d for d in dataset.seeds.releases if d.data["version"] == version), None)
    changes: list[Change] = []
    problems: list[Problem] = []
    if previous:
        before = _opened(root, previous, old)
        after = Edition(version, dataset.schemas.tables, dataset.tables)
        changes = diff(before, after, by_hand.data["clarified"] if by_hand else [])
        problems = list(_broken_promises(dataset, before, after, changes))
    head = {
        "version": version,
        "released": about.data["released"],
        **({"previous": previous.data["version"]} if previous else {}),
        "fingerprint": _fingerprint(dataset),
        "rows": {name: rows.num_rows for name, rows in dataset.tables.items() if name != CHANGES},
    }
    kept = by_hand.text.partition(_BY_COMMAND)[0] if by_hand else _BY_HAND
    lines = [f"{name}: {_yaml(value)}\n" for name, value in head.items()]
    listed = [f"  - {_yaml(_row(change))}\n" for change in changes]
    rows = ["changes:\n", *listed] if listed else ["changes: []\n"]
    made = "".join([kept, _BY_COMMAND, *lines, *rows])
    if git(root, "show", f"v{version}:./{_path(dataset)}") not in (None, made.encode()):
        said = f"{version} was released otherwise, as the tag v{version}"
        raise InvalidDataset([about.problem(("version",), "L05", said, "write the next version")])
    return made, changes, problems


def unrecorded(dataset: Dataset, made: Mapping[str, bytes]) -> Iterator[Problem]:
    """A warning where the data are no longer those of the release whose version they still have."""
    about, releases = dataset.seeds.dataset, dataset.seeds.releases
    written = {name: made[f"data/{name}.csv"] for name in dataset.tables}
    for release in releases:
        version = release.data["version"]
        if version == about.data["version"] and release.data["fingerprint"] != fingerprint(
            dataset.schemas.tables, written
        ):
            said = f"the data are not those that were recorded for {version}"
            fix = "write the next version with -dev behind it, or run mmru changes before it is released"
            yield about.problem(("version",), "P05", said, fix)


def _path(dataset: Dataset) -> str:
    """Where the record of the version being released stands."""
    return f"{RELEASES}/{dataset.seeds.dataset.data['version']}.yaml"


def _previous(dataset: Dataset) -> Document | None:
    """The record of the newest release before the version of the dataset."""
    version = numbers(dataset.seeds.dataset.data["version"])
    earlier = [d for d in dataset.seeds.releases if numbers(d.data["version"]) < version]
    return earlier[-1] if earlier else None


def _opened(root: Path, previous: Document, old: str | None) -> Edition:
    """The release before, which must be the one that its record is about."""
    edition = open_edition(old or previous.data["version"], root)
    written = {name: to_csv(edition.schemas[name], rows) for name, rows in edition.tables.items()}
    if fingerprint(edition.schemas, written) != previous.data["fingerprint"]:
        version = previous.data["version"]
        said = f"is not the release {version} that {previous.path} records"
        fix = f"name the release {version} itself, or remove that record if there was no such release"
        raise InvalidDataset([Problem(old or version, 1, 1, "L03", said, fix)])
    return edition


def _broken_promises(
    dataset: Dataset, before: Edition, after: Edition, changes: Sequence[Change]
) -> Iterator[Problem]:
    """Ids that are gone, and a version that promises less than changed."""
    for table, record in vanished(before, after):
        said, fix = f"the id '{record}' of {table} is gone", "an id that was published never vanishes"
        fix = f"say here what became of it: {fix}"
        yield dataset.seeds.redirects.problem((), "L04", said, fix)
    wanted = least(before.version, changes)
    if numbers(after.version) < numbers(wanted):
        said = f"{after.version} is too little: {because(changes)}"
        fix = f"write {wanted} or more, and remove {_path(dataset)}"
        yield dataset.seeds.dataset.problem(("version",), "L06", said, fix)


def because(changes: Sequence[Change]) -> str:
    """Why a version must be what it must be: the first of the changes that weigh most."""
    weight = ("major", "minor", "patch")
    change = min(changes, key=lambda c: weight.index(c.level))
    named = " ".join(n for n in (change.table_name, change.row_key, change.column_name) if n)
    return f"{change.change} ({named}) is {change.level}"


def _fingerprint(dataset: Dataset) -> str:
    tables = dataset.schemas.tables
    return fingerprint(tables, {n: to_csv(tables[n], rows) for n, rows in dataset.tables.items()})


def _row(change: Change) -> dict[str, Any]:
    """A change as it is recorded: a row that was added stands in its table, and is not repeated."""
    left_out = ("new_value",) if change.change == "row-added" else ()
    return {k: v for k, v in vars(change).items() if v not in (None, ()) and k not in left_out}


def _yaml(value: object) -> str:
    """A value on one line; JSON is YAML, too."""
    return json.dumps(value, ensure_ascii=False)
