"""Write zip archives with the same bytes on every machine."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path


def write_zip(path: Path, members: Mapping[str, bytes], day: date) -> None:
    """Write members, in their order, with the date of `day` and the same rights for all.

    Nothing is compressed: what a compressor writes depends on its version. The format is that of
    PKWARE's APPNOTE 6.3.10, as the standard library writes it.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, content)


def repack(path: Path, day: date) -> None:
    """Rewrite the archive of another library as write_zip does."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    write_zip(path, members, day)
