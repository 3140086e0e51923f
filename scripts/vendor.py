"""Compare the bundled libraries with the npm packages that they come from: make vendor.

scripts/mmru/explorer/static/vendor/ and tests/vendor/ hold files of npm packages, so that neither a
build nor a test needs npm. Their vendor.json lists each package with its version, its licence and its
files: name, path in the package, SHA-256. With --update, the files of the listed versions are written.

Exit codes: 0 every file is that of its package, or was written; 1 a file differs.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmru.io.atomic import replace_file

FOLDERS = (Path("scripts/mmru/explorer/static/vendor"), Path("tests/vendor"))
LIST = "vendor.json"


def download(package: str, version: str) -> dict[str, bytes]:
    """Return the files of a published package by path; raise CalledProcessError if npm fails."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--fetch-retries", "5", f"{package}@{version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        [archive] = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            members = [m for m in packed.getmembers() if m.isfile()]
            return {m.name.partition("/")[2]: packed.extractfile(m).read() for m in members}  # type: ignore[union-attr]


def differences(folder: Path, libraries: list[dict[str, Any]]) -> Iterator[str]:
    """Yield a message for each file or hash that is not that of its package."""
    for library in libraries:
        published = download(library["name"], library["version"])
        for file in library["files"]:
            path, content = folder / file["file"], published[file["from"]]
            digest = hashlib.sha256(content).hexdigest()
            if digest != file["sha256"]:
                yield f"{folder / LIST}:1:1: {file['file']} has another SHA-256 in the package: {digest}"
            if path.read_bytes() != content:
                yield f"{path}:1:1: differs from the file in {library['name']} {library['version']}"


def update(folder: Path, libraries: list[dict[str, Any]]) -> None:
    """Write the files of the listed versions, and their hashes and licences into the list: all or none."""
    files: dict[str, bytes] = {}
    for library in libraries:
        published = download(library["name"], library["version"])
        library["license"] = json.loads(published["package.json"])["license"]
        for file in library["files"]:
            content = published[file["from"]]
            files[file["file"]] = content
            file["sha256"] = hashlib.sha256(content).hexdigest()
    files[LIST] = (json.dumps(libraries, indent=2) + "\n").encode()
    for name, content in files.items():
        replace_file(folder / name, content)


def main(arguments: list[str]) -> int:
    """Compare or write the libraries; return the exit code."""
    messages: list[str] = []
    for folder in FOLDERS:
        libraries = json.loads((folder / LIST).read_text("utf-8"))
        if arguments == ["--update"]:
            update(folder, libraries)
        else:
            messages += differences(folder, libraries)
    print("\n".join(messages) or "the bundled libraries are those of their packages")
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
