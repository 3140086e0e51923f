"""Replace files and folders so that no reader ever sees half of one."""

from __future__ import annotations

import ctypes
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Replace the content of a file in one step."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Lock a folder; wait while another process holds the lock."""
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def write_durably(path: Path, content: bytes) -> None:
    """Write a file readable by everyone, and flush it to the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)


def exchange(new: Path, current: Path, aside: Path) -> None:
    """Replace a folder by another, in one step where the system can; else by way of `aside`."""
    if current.exists() and _swap(new, current):
        return
    if current.exists():
        current.rename(aside)
    try:
        new.rename(current)
    except BaseException:
        if aside.exists():
            aside.rename(current)
        raise


def _swap(one: Path, other: Path) -> bool:
    """Exchange two folders in one step (Linux); return False where that is impossible."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    at_cwd, rename_exchange = -100, 2
    return bool(renameat2(at_cwd, os.fsencode(one), at_cwd, os.fsencode(other), rename_exchange) == 0)
