"""Replace files and folders so that no reader ever sees half of one."""

from __future__ import annotations

import ctypes
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from stat import S_IMODE

NEW = ".mmru-new-"  # how the name of a file begins that is not yet complete


def replace_file(path: Path, content: bytes) -> None:
    """Replace the content of a file in one step, on the disk too; keep its mode, and a link to it.

    If that fails, the old file stays. What a killed process left in the folder is removed.
    """
    path = path.resolve()
    with alone(path.parent):
        for leftover in path.parent.glob(f"{NEW}*"):
            leftover.unlink()
        beside = path.with_name(f"{NEW}{token_hex(8)}")
        try:
            with beside.open("xb") as file:
                if path.exists():
                    os.fchmod(file.fileno(), S_IMODE(path.stat().st_mode))
                file.write(content)
            move(beside, path)
        finally:
            beside.unlink(missing_ok=True)


def move(new: Path, path: Path) -> None:
    """Put a file in the place of another one in one step, after flushing it to the disk."""
    with new.open("rb") as file:
        os.fsync(file.fileno())
    new.replace(path)


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
    """Replace a folder by another, in one step if the system can; else through `aside`."""
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
