"""Run commands in turn, each as a process of its own, and keep what that tells as figures with a target.

This module and whoever runs it must stay small: to a child's peak memory Linux adds what its parent
held when it started it. So nothing is imported here but Python's own.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
PEER = HERE.parent / ".venv-bench" / "bin" / "python"  # has what asks for an environment of its own
LIBRARIES = ("pyarrow", "polars", "duckdb", "narwhals", "yaml-rs", "jsonschema-rs", "frictionless")


@dataclass(frozen=True)
class Command:
    """A command, where it runs, what is done before each run of it, and how it may end.

    With `tells`, its last line of output is JSON: `counted`, the seconds that alone count, or
    `uncounted`, those that do not, and whatever else it found.
    """

    argv: Sequence[str | Path]
    cwd: Path | None = None
    before: Callable[[], object] = lambda: None
    codes: tuple[int, ...] = (0,)
    tells: bool = False


@dataclass(frozen=True)
class Measured:
    """The median of some runs of a command, the most memory that a process of it took, and what it told."""

    seconds: float
    megabytes: float
    runs: int
    told: Mapping[str, Any]


def floor(name: str, *arguments: object, python: Path | str = PYTHON, **settings: Any) -> Command:
    """A part of benchmarks/floors.py, as a command."""
    argv = [python, HERE / "floors.py", name, *map(str, arguments)]
    return Command(argv, tells=True, **settings)


def in_turn(commands: Mapping[str, Command], runs: int) -> dict[str, Measured]:
    """Run the commands one after the other, so often, so that all meet the same machine."""
    took: dict[str, list[tuple[float, float, Mapping[str, Any]]]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            took[name].append(_run(command))
            print(f"  {name}: {took[name][-1][0]:.3f} s, {took[name][-1][1]:.0f} MB", flush=True)
    measured = {}
    for name, every in took.items():
        seconds, megabytes, told = zip(*every, strict=True)
        measured[name] = Measured(statistics.median(seconds), max(megabytes), runs, told[-1])
    return measured


def once(command: Command) -> Measured:
    """Run a command once."""
    return in_turn({" ".join(Path(part).name for part in command.argv[:3]): command}, 1).popitem()[1]


def _run(command: Command) -> tuple[float, float, Mapping[str, Any]]:
    """The seconds and megabytes of one run, and what it told. Raises RuntimeError where it fails."""
    command.before()
    # compiled modules are kept, as users have them
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command.argv, cwd=command.cwd, env=environment, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in command.codes:
            err.seek(0)
            said = err.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"{' '.join(map(str, command.argv))} ended with {process.returncode}:\n{said}")
        out.seek(0)
        told = json.loads(out.read().splitlines()[-1]) if command.tells else {}
    seconds = told.get("counted", seconds - told.get("uncounted", 0))
    return seconds, usage.ru_maxrss * 1024 / 1e6, told


@dataclass(frozen=True)
class Figure:
    """One figure: ours and, where there is one, that of a peer, and the most that may be, where that is set.

    What is held against the target is ours divided by the peer's, or ours where there is no peer.
    """

    item: str
    name: str
    size: str
    unit: str
    ours: float
    target: float | None
    runs: int
    peer_name: str = ""
    peer: float | None = None
    peer_runs: int = 0
    megabytes: float | None = None
    peer_megabytes: float | None = None
    note: str = ""

    @property
    def held(self) -> float:
        """What is held against the target."""
        return self.ours / self.peer if self.peer else self.ours

    def row(self) -> dict[str, Any]:
        """The figure as results.json has it."""
        told = {"ratio": self.held if self.peer else None, "held": self.held}
        return {**asdict(self), **told, "met": None if self.target is None else self.held <= self.target}


def against(
    item: str,
    name: str,
    size: str,
    target: float | None,
    ours: Measured,
    peer_name: str,
    peer: Measured,
    note: str = "",
) -> Figure:
    """The figure of a command beside a peer."""
    return Figure(
        *(item, name, size, "s", ours.seconds, target, ours.runs, peer_name, peer.seconds, peer.runs),
        *(ours.megabytes, peer.megabytes, note),
    )


def merge(path: Path, figure: Figure) -> None:
    """Put a figure in place of that of its name in results.json, and say on which machine it was measured."""
    known = json.loads(path.read_text("utf-8"))["figures"] if path.exists() else []
    rows = {row["name"]: row for row in [*known, figure.row()]}
    found = {"machine": machine(), "figures": sorted(rows.values(), key=lambda row: str(row["item"]))}
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", "utf-8")


def machine() -> dict[str, Any]:
    """The processor, cores and memory of this machine, and the versions of what is measured."""
    told = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    models = [line.partition(": ")[2] for line in told.splitlines() if line.startswith("model name")]
    versions = {name: version(name) for name in LIBRARIES}
    if PEER.exists():
        asked = "from importlib.metadata import version; print(version('csvw'))"
        versions["csvw"] = subprocess.check_output([PEER, "-c", asked], text=True).strip()
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9, 1),
        "python": platform.python_version(),
        "libraries": versions,
    }
