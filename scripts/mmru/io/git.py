"""Read a git repository."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def git(root: Path, *arguments: str) -> bytes | None:
    """What git says in the repository of `root`, or None where it says no."""
    try:
        ran = subprocess.run(["git", "-C", root, *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return None if ran.returncode else ran.stdout


@contextmanager
def exported(root: Path, commit: str) -> Iterator[Path]:
    """What `root` held at a commit, as an archive."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "revision.zip"
        archive.write_bytes(git(root, "archive", "--format=zip", "-0", commit) or b"")
        yield archive
