"""Check again whenever something changes, for whoever edits seeds and wants to be told at once."""

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
SETTLED = 20  # milliseconds without a further change, after which one is taken for done
PAUSE = 100  # milliseconds for which changes are waited for at a time


def watch(root: Path) -> Iterator[tuple[list[Problem], float]]:
    """What is wrong with schemas/ and seeds/, at once and after every change, and the seconds it took.

    Whether data/ is what they give is not asked: while they are edited, it is not. Raises InvalidDataset
    where one of the folders is not there to begin with.
    """
    for name in WATCHED:
        if not (root / name).is_dir():
            raise InvalidDataset([missing(name, "run the command in the dataset's top folder")])
    begun = False
    folders = [root / name for name in WATCHED]
    # it is asked before the first check, so that no change falls between the two
    asked = watchfiles.watch(
        *folders, step=SETTLED, rust_timeout=PAUSE, yield_on_timeout=True, raise_interrupt=True
    )
    for changes in asked:
        if not begun or any(GENERATED not in Path(path).as_posix() for _, path in changes):
            begun = True
            yield _timed(root)


def _timed(root: Path) -> tuple[list[Problem], float]:
    begun = perf_counter()
    try:
        problems = build(root).warnings
    except InvalidDataset as refused:
        problems = refused.problems
    return problems, perf_counter() - begun
