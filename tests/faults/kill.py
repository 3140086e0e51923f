"""Kill builds at random moments; data/ must always be one complete release, old or new.

    python -m faults.kill [COUNT], in tests/     (by default 200; `make faults` runs them all)

A build that changes every table is started on a copy of the dataset and killed (SIGKILL): one half of
them at any moment, the other half at any moment after they begin to write. Then `mmru verify` must find
that data/ is the old release or the new one, and the next build must complete the new one and leave
nothing behind.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from mmru.verify import STAGING, verify

from faults.mutate import copied

MMRU = [sys.executable, "-m", "mmru"]


def fingerprint(root: Path) -> str:
    """Return the hash of all files of data/ and their names."""
    hashed = hashlib.sha256()
    for path in sorted((root / "data").iterdir()):
        hashed.update(path.name.encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()


def prepare(root: Path) -> tuple[Path, Path]:
    """Return two datasets whose seeds change every table; data/ is that of the seeds before."""
    old, new = root / "old", root / "new"
    old.mkdir()
    copied(old)
    for schema in (old / "schemas").glob("*.json"):
        # a title is in the Parquet file of every table, a description in the descriptor
        schema.write_text(schema.read_text("utf-8").replace('"title": "', '"title": "The ', 1), "utf-8")
    shutil.copytree(old, new)
    return old, new


def timed_build(root: Path) -> tuple[float, float]:
    """Build; return the seconds of the build, and those after it begins to write."""
    began = time.monotonic()
    build = subprocess.Popen([*MMRU, "build"], cwd=root, stdout=subprocess.DEVNULL)
    wrote = await_writing(build, root)
    assert build.wait() == 0
    return time.monotonic() - began, time.monotonic() - wrote


def await_writing(build: subprocess.Popen[bytes], root: Path) -> float:
    """Wait until a build begins to write, or ends; return the time."""
    while build.poll() is None and not list(root.glob(f"{STAGING}*")):
        time.sleep(0.0005)
    return time.monotonic()


def kill_once(work: Path, seconds: float, *, writing: bool) -> str:
    """Start a build and kill it after some seconds; with `writing`, count them after it begins to write."""
    build = subprocess.Popen([*MMRU, "build"], cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if writing:
        await_writing(build, work)
    try:
        build.wait(seconds)
    except subprocess.TimeoutExpired:
        build.send_signal(signal.SIGKILL)
        build.wait()
        return "killed"
    return "finished"


def state(work: Path, old: str, new: str) -> str:
    """Return which release data/ is; raise AssertionError where it is neither, or where verify differs."""
    found, name = verify(work)
    codes = {fault.code for fault in found}
    data = fingerprint(work)
    if data == old:
        assert not found, f"old data, but verify says {found}"
        return f"old ({name.partition('fingerprint ')[2][:8]}"
    assert data == new, "data/ is neither the old release nor the new one"
    assert not found or codes == {"V07"}, f"new data, but verify says {found}"
    return "new, its description not yet" if found else "new"


def main(count: int) -> int:
    chance = random.Random(1)
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        old, new = prepare(Path(folder))
        seconds, seconds_of_writing = timed_build(new)
        before, after = fingerprint(old), fingerprint(new)
        assert before != after
        for _ in range(count):
            work = Path(folder) / "work"
            shutil.copytree(old, work)
            writing = chance.random() < 0.5
            moment = chance.uniform(0, seconds_of_writing if writing else seconds)
            came = kill_once(work, moment, writing=writing)
            tally[f"{came}: {state(work, before, after).partition(' (')[0]}"] += 1
            timed_build(work)
            assert fingerprint(work) == after, "the next build did not bring the new release"
            assert not list(work.glob(f"{STAGING}*")), "something was left behind"
            assert not verify(work)[0]
            shutil.rmtree(work)
    for name, times in sorted(tally.items()):
        print(f"{name:45} {times:4}")
    killed = sum(times for name, times in tally.items() if name.startswith("killed"))
    print(f"{count} builds, {killed} of them killed: each left one whole release")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
