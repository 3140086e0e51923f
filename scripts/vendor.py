"""Hold the bundled libraries against the packages they are from: make vendor.

scripts/mmru/site/vendor/ and tests/vendor/ hold files of npm packages as they were published, so
that neither a build nor a test needs npm. Their vendor.json names each: package, version, licence,
file, path in the package and SHA-256. Each package is fetched anew and compared. With --update,
the files of the versions that vendor.json names are written, with their hashes.

Exit codes: 0 all are what was published, or written; 1 not so.
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

FOLDERS = (Path("scripts/mmru/site/vendor"), Path("tests/vendor"))
LIST = "vendor.json"


def fetched(package: str, version: str) -> dict[str, bytes]:
    """The files of a published package, by their paths in it. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--fetch-retries", "5", f"{package}@{version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        [archive] = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            members = [m for m in packed.getmembers() if m.isfile()]
            return {m.name.partition("/")[2]: packed.extractfile(m).read() for m in members}  # type: ignore[union-attr]


def compared(folder: Path, libraries: list[dict[str, Any]]) -> Iterator[str]:
    """What is not as it was published."""
    for library in libraries:
        published = fetched(library["name"], library["version"])
        for file in library["files"]:
            path = folder / file["file"]
            hashed = hashlib.sha256(published[file["from"]]).hexdigest()
            if hashed != file["sha256"]:
                yield f"{folder / LIST}:1:1: {file['file']} has another SHA-256 in the package: {hashed}"
            if path.read_bytes() != published[file["from"]]:
                yield f"{path}:1:1: is not what {library['name']} {library['version']} holds"


def update(folder: Path, libraries: list[dict[str, Any]]) -> None:
    """Write the files of the versions that are listed, and their hashes."""
    for library in libraries:
        published = fetched(library["name"], library["version"])
        library["license"] = json.loads(published["package.json"])["license"]
        for file in library["files"]:
            content = published[file["from"]]
            (folder / file["file"]).write_bytes(content)
            file["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / LIST).write_text(json.dumps(libraries, indent=2) + "\n", "utf-8")


def main(arguments: list[str]) -> int:
    """Compare the libraries with what was published, or write them; the exit code."""
    said: list[str] = []
    for folder in FOLDERS:
        libraries = json.loads((folder / LIST).read_text("utf-8"))
        if arguments == ["--update"]:
            update(folder, libraries)
        else:
            said += compared(folder, libraries)
    print("\n".join(said) or "the bundled libraries are what was published")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
