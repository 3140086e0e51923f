#!/usr/bin/env python3
"""Verify a release of the dataset with Python alone: every file is present and unchanged.

    python -m mmru.verify [PATH]        or, beside a release:  python verify.py [PATH]

PATH is a checkout, an unpacked release or its zip archive; by default the current folder. With
--installed instead of PATH, it verifies the release in the installed package. This file needs only
Python's standard library. Exit codes: 0 valid, 1 invalid, 2 wrong usage.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple, Protocol, TextIO

PACKAGE = "datapackage.json"
PARQUET = "mmru:parquet"  # the property of a resource that lists the Parquet file with the same rows
SUMS = "SHA256SUMS"
README = "data/README.md"
CSVW = "data/csv-metadata.json"  # describes the CSV files; its readers look for it beside them
OF_NO_TABLE = (README, CSVW)  # the other files in data/
STAGING = ".mmru-staging-"
# handwritten files and folders that belong to a release, beside the generated ones
BY_HAND = ("README.md", "RELEASING.md", "LICENSE", "LICENSE-DATA.md", "docs", "schemas")
EDITOR = "schemas/editor/"  # for editing seeds, which a release does not have
CHUNK = 1 << 20
# errors that reading a file or a member of an archive can raise
UNREADABLE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)
# errors that opening a missing file or member of an archive raises
ABSENT = (FileNotFoundError, KeyError)
MALFORMED = (ValueError, LookupError, TypeError, AttributeError)
GET_AGAIN = "get the release again"  # the fix of most problems


def printable(text: str, encoding: str = "utf-8") -> str:
    """Return the text with an escape, such as \\x1b, for each character that a terminal must not get.

    These are the invisible characters except blanks, and those that the encoding lacks.
    """
    if not text.isprintable():
        text = "".join(c if _is_visible(c) else c.encode("unicode_escape").decode() for c in text)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _is_visible(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


class BadSums(ValueError):
    """SHA256SUMS is not a list of checksums."""


class Fault(NamedTuple):
    """A problem of a file: its path from the top of the release, a code, a message and a fix."""

    path: str
    code: str
    message: str
    fix: str = GET_AGAIN

    def __str__(self) -> str:
        return printable(f"{self.path}:1:1: {self.code} {self.message}; {self.fix}")


class Listed(NamedTuple):
    """The hash and size of a file as the release lists them; SHA256SUMS gives no size."""

    sha256: str
    size: int | None


class Files(Protocol):
    """The files of a release, in a folder, an archive or elsewhere."""

    def names(self) -> set[str]: ...

    def open(self, name: str) -> IO[bytes]: ...


class Folder:
    """A release in a folder. Links that lead out of it are not followed."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def names(self) -> set[str]:
        found = set()
        for at, folders, names in os.walk(self.root):
            folder = Path(at).relative_to(self.root)
            if at == str(self.root):
                # such as .git and .venv: no file of a release is in them
                folders[:] = [name for name in folders if not name.startswith(".")]
            found |= {(folder / name).as_posix() for name in names}
        return found

    def open(self, name: str) -> IO[bytes]:
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise OSError("it is a link that leads out of the release")
        return path.open("rb")


class Archive:
    """A release in a zip archive, under one folder."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        listed = [n for n in archive.namelist() if not n.endswith("/")]
        tops = {n.partition("/")[0] for n in listed}
        self.top = f"{tops.pop()}/" if len(tops) == 1 and all("/" in n for n in listed) else ""

    def names(self) -> set[str]:
        return {n.removeprefix(self.top) for n in self.archive.namelist() if not n.endswith("/")}

    def open(self, name: str) -> IO[bytes]:
        return self.archive.open(self.top + name)


def by_hand(root: Path) -> set[str]:
    """Return the paths of the handwritten files of a release, without hidden ones."""
    found = (p for name in BY_HAND for p in (root / name, *(root / name).rglob("*")))
    return {p.relative_to(root).as_posix() for p in found if p.is_file() and not p.name.startswith(".")}


def faults(files: Files) -> Iterator[Fault]:
    """Yield every problem of the files of a release."""
    present = files.names()
    if PACKAGE not in present:
        message = "is missing: this is not a release of the dataset"
        yield Fault(PACKAGE, "V01", message, "name a checkout, an unpacked release or its archive")
        return
    try:
        listed = described(files)
    except BadSums as error:
        yield Fault(SUMS, "V05", f"cannot be understood: {error}")
        return
    except MALFORMED as error:
        message = f"cannot be understood: {type(error).__name__} {error}"
        yield Fault(PACKAGE, "V05", message)
        return
    except UNREADABLE as error:
        yield Fault(PACKAGE, "V05", f"cannot be read: {reason(error)}")
        return
    for name, known in sorted(listed.items()):
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            yield Fault(PACKAGE, "V06", f"lists '{name}', outside the release")
        elif name not in present:
            yield Fault(name, "V01", "is missing")
        else:
            yield from changed(files, name, known)
    if SUMS not in present:
        yield Fault(SUMS, "V01", "is missing: only the files that it lists can be verified")
    data = (n for n in present if n.startswith("data/") and n not in listed and n not in OF_NO_TABLE)
    for name in sorted(data):
        yield Fault(name, "V04", "is not a file of the release", "remove it")


def data_files(resources: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield what the descriptor says of each file: the CSV file of a resource, and its Parquet file."""
    for resource in resources:
        yield resource
        if PARQUET in resource:
            yield resource[PARQUET]


def described(files: Files) -> dict[str, Listed]:
    """Return the files that the descriptor and SHA256SUMS list, by path; raise UNREADABLE or MALFORMED."""
    with files.open(PACKAGE) as file:
        resources = json.load(file)["resources"]
    listed = {
        f["path"]: Listed(f["hash"].removeprefix("sha256:"), f["bytes"])
        for f in data_files(resources)
        if "hash" in f
    }
    if not listed:
        raise ValueError("it names no file")
    try:
        with files.open(SUMS) as file:
            sums = file.read()
    except ABSENT:
        return listed
    except UNREADABLE as error:
        raise BadSums(f"it cannot be read: {reason(error)}") from None
    _add_sums(sums, listed)
    return listed


def _add_sums(sums: bytes, listed: dict[str, Listed]) -> None:
    """Add the files that the list of checksums names. Raise BadSums."""
    *lines, end = sums.decode("utf-8").split("\n")
    if end:
        raise BadSums("it does not end with a line")
    for number, line in enumerate(lines, 1):
        found = re.fullmatch("([0-9a-f]{64})  (.+)", line)
        if not found:
            raise BadSums(f"line {number} is not a checksum and a name")
        hashed, name = found.groups()
        known = listed.get(name)
        if known and known.sha256 != hashed:
            raise BadSums(f"it gives {name} another hash than {PACKAGE}")
        listed[name] = Listed(hashed, known.size if known else None)
    if PACKAGE not in listed:
        raise BadSums(f"it does not name {PACKAGE}")


def changed(files: Files, name: str, known: Listed) -> Iterator[Fault]:
    """Yield the problem of a file that is present, if it has one."""
    hashed, size = hashlib.sha256(), 0
    try:
        with files.open(name) as file:
            while chunk := file.read(CHUNK):
                hashed.update(chunk)
                size += len(chunk)
    except UNREADABLE as error:
        yield Fault(name, "V02", f"cannot be read: {reason(error)}")
        return
    yield from differing(name, size, hashed.hexdigest(), known)


def differing(name: str, size: int, sha256: str, known: Listed) -> Iterator[Fault]:
    """Yield the problem of a file with this size and hash, if they are wrong."""
    if known.size is not None and size != known.size:
        yield Fault(name, "V02", f"has {size} bytes instead of {known.size}")
    elif sha256 != known.sha256:
        message = f"has been changed: its SHA-256 is {sha256[:16]}…, not {known.sha256[:16]}…"
        yield Fault(name, "V03", message)


def reason(error: Exception) -> str:
    """Return why a file cannot be read, without its path."""
    return str(getattr(error, "strerror", None) or error)


def interrupted(root: Path) -> bool:
    """Return whether data/ is complete but newer than its descriptor, because a build was interrupted."""
    for leftover in sorted(root.glob(f"{STAGING}*")):
        try:
            listed = described(Folder(leftover))
        except (*UNREADABLE, *MALFORMED):
            continue
        data = {name: known for name, known in listed.items() if name.startswith("data/")}
        if data and not any(fault for n, known in data.items() for fault in changed(Folder(root), n, known)):
            return True
    return False


def verify(path: Path) -> tuple[list[Fault], str]:
    """Return the problems of the release at a path, and its name if there are none; raise OSError."""
    if path.is_dir():
        found, name = _verified(Folder(path))
        if found and interrupted(path):
            message = "is older than data/: a build was interrupted"
            found = [Fault(PACKAGE, "V07", message, "run mmru build, which completes it")]
        return found, name
    try:
        with zipfile.ZipFile(path) as archive:
            return _verified(Archive(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        message = f"is not a zip archive that can be read: {error}"
        return [Fault(path.name, "V05", message, "get it again")], ""


def _verified(files: Files) -> tuple[list[Fault], str]:
    """Return the problems of the files of a release, and its name if there are none."""
    if found := list(faults(files)):
        return found, ""
    try:
        return [], _name(files)
    except KeyError as error:
        return [Fault(PACKAGE, "V05", f"cannot be understood: KeyError {error}")], ""


def _name(files: Files) -> str:
    """Return the name and version of a release, with what identifies it; raise KeyError if it has none."""
    with files.open(PACKAGE) as file:
        content = file.read()
    package, known = json.loads(content), described(files)
    fingerprint = hashlib.sha256(content).hexdigest()[:16]
    return f"{package['name']} {package['version']} ({len(known)} files, fingerprint {fingerprint})"


def installed() -> Path:
    """Return the folder of the installed release; in a checkout, the top folder."""
    package = Path(__file__).resolve().parent
    carried = package / "released"
    return carried if carried.is_dir() else package.parent.parent


def main(arguments: list[str]) -> int:
    """Verify the release that the arguments name, print its problems, and return the exit code."""
    if len(arguments) > 1 or arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0 if len(arguments) == 1 else 2
    path = installed() if arguments == ["--installed"] else Path(arguments[0] if arguments else ".")
    try:
        found, name = verify(path)
    except OSError as error:
        _print(f"{path}: {error.strerror or error}", sys.stderr)
        return 2
    for fault in found:
        _print(str(fault), sys.stderr)
    if found:
        _print(f"{len(found)} problem{'s' if len(found) > 1 else ''}", sys.stderr)
        return 1
    _print(f"valid: {name}", sys.stdout)
    return 0


def _print(line: str, stream: TextIO) -> None:
    print(printable(line, stream.encoding or "utf-8"), file=stream)


def start() -> None:
    """Run the command; end without a traceback if nobody reads what it prints."""
    try:
        code = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        # at exit, Python writes to the standard output once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    start()
