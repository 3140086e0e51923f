"""Validate a package with frictionless, an implementation of the Data Package standard."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmru.datapackage.package import GET_AGAIN
from mmru.errors import Problem
from mmru.verify import PACKAGE


def frictionless_problems(path: Path) -> list[Problem]:
    """Return what frictionless finds wrong with the package in a folder or zip archive."""
    from mmru.export.descriptor import frictionless_errors

    with _unpacked(path) as folder:
        lines = [line.partition(": ") for line in frictionless_errors(folder)]
    return [Problem(file, 1, 1, "V10", f"frictionless: {message}", GET_AGAIN) for file, _, message in lines]


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
        # extractall keeps every member inside the folder
        archive.extractall(folder)
        descriptors = Path(folder).rglob(PACKAGE)
        yield min((p.parent for p in descriptors), key=lambda p: len(p.parts))
