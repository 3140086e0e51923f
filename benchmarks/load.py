"""What mmru.load takes beside the bare pandas.read_parquet of the same file, and what `import mmru` takes.

Both are run in turn, warm, so that both meet the same machine; medians are compared. Memory is what
a call has allocated at its peak, in Python and numpy (tracemalloc) and in Arrow (a pool of its own).
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import mmru
import pandas as pd
import pyarrow as pa
from mmru.verify import installed

RUNS = 101
STARTS = 21
LIMIT = 1.3
POOLS: list[pa.MemoryPool] = []  # a pool must outlive all that was allocated in it
Call = Callable[[], object]


def seconds(call: Call) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def kilobytes(call: Call) -> float:
    """What a call has allocated at its peak, its result included."""
    pool = pa.proxy_memory_pool(pa.system_memory_pool())
    POOLS.append(pool)
    pa.set_memory_pool(pool)
    gc.collect()
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1] + pool.max_memory()
    tracemalloc.stop()
    pa.set_memory_pool(pa.system_memory_pool())
    return peak / 1000


def medians(ours: Call, floor: Call, measure: Callable[[Call], float], runs: int) -> tuple[float, float]:
    """The medians of two calls, made in turn, after one of each that does not count."""
    ours(), floor()
    pairs = [(measure(ours), measure(floor)) for _ in range(runs)]
    first, second = (statistics.median(column) for column in zip(*pairs, strict=True))
    return first, second


def python(statement: str) -> None:
    """Run a statement in a Python of its own, with its compiled modules kept, as users have them."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", statement], env=environment, check=True)


def figures(ours: float, floor: float) -> str:
    """Two times in milliseconds and their ratio, as columns."""
    return f"{ours * 1000:8.2f}{floor * 1000:8.2f}{ours / floor:8.2f}"


def main() -> int:
    """Print a line for each table and one for the import; 1 where a ratio is above the limit."""
    heads = "".join(f"{head:>8}" for head in ("ms", "floor", "ratio", "kB", "floor", "ratio"))
    print(f"{'mmru.load / pandas.read_parquet':32}{heads}")
    worst = 0.0
    for table in mmru.tables()["table"]:
        ours = partial(mmru.load, table)
        floor = partial(pd.read_parquet, installed() / "data" / f"{table}.parquet")
        took, took_floor = medians(ours, floor, seconds, RUNS)
        kept, kept_floor = medians(ours, floor, kilobytes, 5)
        memory = f"{kept:8.0f}{kept_floor:8.0f}{kept / kept_floor:8.2f}"
        print(f"{table:32}{figures(took, took_floor)}{memory}")
        worst = max(worst, took / took_floor, kept / kept_floor)
    starts = medians(partial(python, "import mmru"), partial(python, "pass"), seconds, STARTS)
    print(f"{'import mmru / a bare interpreter':32}{figures(*starts)}")
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
