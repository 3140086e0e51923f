"""Find a package by its name, prove that none of its files was changed, open the one that is installed."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from mmru.datapackage.package import Package
from mmru.errors import Damaged, InvalidDataset, Problem, did_you_mean
from mmru.io.git import Revision, find_commit, tags
from mmru.verify import (
    GET_AGAIN,
    MALFORMED,
    PACKAGE,
    UNREADABLE,
    Archive,
    Files,
    Folder,
    installed,
    verify,
)

_COMMIT = re.compile(rb"""^commit: *["']?([0-9a-f]{40})["']? *(?:#.*)?\r?$""", re.MULTILINE)


def open_package(name: str, root: Path) -> Package:
    """Return the package of that name: a folder, an archive, a version or a git revision.

    A version such as 1.0.0 is the tag v1.0.0 of the repository in `root`, else the commit that its record
    in seeds/releases/ names, else an archive in `root`/dist. Raise InvalidDataset if there is none of
    that name, and Damaged if it is not a package.
    """
    files = _find(name, root)
    if PACKAGE not in files.names():
        fix = "name a checkout, an unpacked release or its archive"
        raise Damaged.of(f"{name}/{PACKAGE}", "V01", "is missing", fix)
    package = Package(files, name)
    # so that nothing is compared or loaded before the descriptor is understood
    _ = package.version, package.tables, package.listed
    return package


def _find(name: str, root: Path) -> Files:
    path = Path(name)
    if name and path.exists():
        return _files(path, name)
    commits, archives = dict(_recorded(root)), dict(_released(root))
    for revision in (f"v{name}", name, commits.get(name)):
        if revision and (commit := find_commit(root, revision)):
            return Revision(root, commit)
    if name in archives:
        return _files(archives[name], name)
    if name in commits:
        message = f"is the commit {commits[name][:12]}, which is not in this repository"
        fix = "fetch the whole history with git fetch --unshallow, or name the archive of the release"
        raise InvalidDataset.of(name, "L01", message, fix)
    near = did_you_mean(name, [*archives, *commits, *(tag.removeprefix("v") for tag in tags(root))])
    fix = near or "name a folder, an archive, a version or a revision"
    raise InvalidDataset.of(name, "L01", "is not a release of the dataset", fix)


def _recorded(root: Path) -> Iterator[tuple[str, str]]:
    """Yield the commits that the records of releases name, by version.

    The text is searched, because reading a package does not require a parser of YAML.
    """
    for path in sorted(root.glob("seeds/releases/*.yaml")):
        if path.is_file() and (found := _COMMIT.search(path.read_bytes())):
            yield path.stem, found[1].decode()


def _released(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the archives of releases in dist/, by version."""
    for path in sorted(root.glob("dist/*.zip")):
        if found := re.search(r"-(\d+\.\d+\.\d+)\.zip$", path.name):
            yield found[1], path


def _files(path: Path, name: str) -> Files:
    """Return the files in a folder or archive; raise Damaged, which gives it the name."""
    try:
        return Folder(path) if path.is_dir() else Archive(zipfile.ZipFile(path))
    except (*MALFORMED, *UNREADABLE) as error:
        message = f"is not a zip archive that can be read: {error}"
        raise Damaged.of(name, "V05", message, "get it again") from None


def proven_package(path: Path) -> tuple[Package, str]:
    """Return the package in a folder or archive, and a line that identifies it, after verifying its files.

    Raise Damaged, which names every fault, or OSError if there is nothing at the path.
    """
    faults, line = verify(path)
    if faults:
        raise Damaged(Problem(f.path, 1, 1, f.code, f.message, f.fix) for f in faults)
    return Package(_files(path, path.name)), line


def frictionless_problems(path: Path) -> list[Problem]:
    """Return what frictionless, another implementation of the standard, finds in a folder or archive."""
    from mmru.export.descriptor import frictionless_errors

    if not path.is_dir():
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
            # extractall keeps every member inside the folder
            archive.extractall(folder)
            tops = (descriptor.parent for descriptor in Path(folder).rglob(PACKAGE))
            return frictionless_problems(min(tops, key=lambda top: len(top.parts)))
    found = frictionless_errors(path)
    return [Problem(file, 1, 1, "V10", f"frictionless: {message}", GET_AGAIN) for file, message in found]


def built_package(root: Path) -> Package:
    """Return the package that a build writes into the top folder; its descriptor is not yet read."""
    return Package(Folder(root), fix="run mmru build")


def installed_package() -> Package:
    """Return the package that is installed, read again when its descriptor has changed."""
    root = installed()
    try:
        written = (root / PACKAGE).stat().st_mtime_ns
    except OSError:
        written = 0
    return _installed(root, written)


@lru_cache(maxsize=1)
def _installed(root: Path, _written: int) -> Package:
    carried = root.name == "released"
    fix = "install mmru again, with --force-reinstall" if carried else "run mmru build"
    return Package(Folder(root), str(root), fix)
