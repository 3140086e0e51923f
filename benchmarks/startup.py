"""How long the commands take to start, beside the bare imports that they cannot do without.

Each pair of commands is run in turn, so that both meet the same machine; medians are compared.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 9
BIN = Path(sys.executable).parent
PYTHON = str(BIN / "python")
PAIRS = {
    "mmru --help / import click": ([str(BIN / "mmru"), "--help"], [PYTHON, "-c", "import click"]),
    "mmru build / import pandera, pyarrow": (
        [str(BIN / "mmru"), "build"],
        [PYTHON, "-c", "import pandera.pandas, pyarrow.parquet"],
    ),
}


def seconds(command: list[str]) -> float:
    """Wall time of one run of a command."""
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print a line for each pair: both medians in seconds, and their ratio."""
    print(f"{'pair':40} {'median s':>9} {'floor s':>8} {'ratio':>6}")
    for name, (command, floor) in PAIRS.items():
        times = [(seconds(command), seconds(floor)) for _ in range(RUNS)]
        ours, bare = (statistics.median(column) for column in zip(*times, strict=True))
        print(f"{name:40} {ours:9.3f} {bare:8.3f} {ours / bare:6.2f}")


if __name__ == "__main__":
    main()
