"""Check seeds and schemas again whenever one of their files changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import watchfiles

from mmru.errors import InvalidDataset, Problem
from mmru.model.schema import missing
from mmru.pipeline.build import build

WATCHED = ("seeds", "schemas")
GENERATED = "schemas/editor/"
DEBOUNCE = 20  # milliseconds without a further change before a check starts
TIMEOUT = 100  # milliseconds to wait for changes at a time


def watch(root: Path) -> Iterator[tuple[list[Problem], float]]:
    """Yield the problems of schemas/ and seeds/, now and after every change, and the seconds each check took.

    data/ is not compared: while seeds are edited, it differs. Raise InvalidDataset if one of the
    folders is missing at the start.
    """
    for name in WATCHED:
        if not (root / name).is_dir():
            raise InvalidDataset([missing(name, "run the command in the dataset's top folder")])
    checked = False
    folders = [root / name for name in WATCHED]
    # watching starts before the first check, so that no change is missed
    changes_by_time = watchfiles.watch(
        *folders, step=DEBOUNCE, rust_timeout=TIMEOUT, yield_on_timeout=True, raise_interrupt=True
    )
    for changes in changes_by_time:
        if not checked or any(GENERATED not in Path(path).as_posix() for _, path in changes):
            checked = True
            yield _check(root)


def _check(root: Path) -> tuple[list[Problem], float]:
    start = perf_counter()
    try:
        problems = build(root).warnings
    except InvalidDataset as error:
        problems = error.problems
    return problems, perf_counter() - start
