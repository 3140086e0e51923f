"""Read a git repository."""

from __future__ import annotations

import io
import os
import subprocess
from pathlib import Path
from typing import IO


class GitError(Exception):
    """git is not installed, or refuses a command; the message is the last line that it prints."""


def git(root: Path, *arguments: str) -> bytes:
    """Return what a git command prints in the repository of `root`; raise GitError."""
    try:
        ran = subprocess.run(["git", "-C", root, *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise GitError("git is not installed") from None
    if ran.returncode:
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
        raise GitError(lines[-1] if lines else "?")
    return ran.stdout


def find_commit(root: Path, revision: str) -> str | None:
    """Return the commit that a revision names in the repository of `root`, or None."""
    try:
        return git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    except GitError:
        return None


def tags(root: Path) -> list[str]:
    """Return the tags of the repository of `root`; none if there is no repository."""
    try:
        return os.fsdecode(git(root, "tag", "--list")).split()
    except GitError:
        return []


class Revision:
    """The files of `root` at a commit, as mmru.verify.Files."""

    def __init__(self, root: Path, commit: str) -> None:
        self.root, self.commit = root, commit

    def names(self) -> set[str]:
        listed = git(self.root, "ls-tree", "-r", "-z", "--name-only", self.commit)
        return {name for name in os.fsdecode(listed).split("\0") if name}

    def open(self, name: str) -> IO[bytes]:
        try:
            return io.BytesIO(git(self.root, "show", f"{self.commit}:./{name}"))
        except GitError as error:
            raise FileNotFoundError(name) from error
