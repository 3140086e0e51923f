"""Check published tables on a real Spark cluster of two worker processes, and again while one is killed.

Run with .venv-spark/bin/python and the folders: the first is checked undisturbed and disturbed, others
undisturbed. Prints one JSON. All of it is on this machine, and under a temporary folder that is removed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyspark
from mmru.package_check import check_package
from pyspark.sql import SparkSession

HERE = "127.0.0.1"
WORKERS = 2
BACKEND = "org.apache.spark.executor.CoarseGrainedExecutorBackend"
PATIENCE = 120  # seconds
LOG = """\
rootLogger.level = off
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
"""


def settings(home: Path) -> dict[str, str]:
    """The settings of a cluster that is small, and starts fast."""
    java = f"-Djava.io.tmpdir={home / 'tmp'} -XX:TieredStopAtLevel=1 -XX:-UsePerfData -XX:+UseSerialGC"
    return {
        "spark.master": f"local-cluster[{WORKERS},1,512]",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "512m",
        "spark.executor.cores": "1",
        "spark.driver.host": HERE,
        "spark.driver.bindAddress": HERE,
        "spark.driver.extraJavaOptions": java,
        "spark.executor.extraJavaOptions": java,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "60s",
        "spark.locality.wait": "0s",
        "spark.sql.session.timeZone": "UTC",
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.checkpoint.dir": str(home / "tmp"),
        # the tables are small: few tasks
        "spark.sql.shuffle.partitions": "2",
        **dict(a.split("=", 1) for a in os.environ.get("XCONF", "").split()),
    }


def session(home: Path) -> SparkSession:
    """A session on a cluster that starts, in a folder of its own where workers write."""
    installed = Path(pyspark.__file__).parent
    for name in ("bin", "jars", "python"):
        (home / name).symlink_to(installed / name)
    for name in ("conf", "tmp"):
        (home / name).mkdir()
    (home / "conf/log4j2.properties").write_text(LOG)
    folders = {"SPARK_HOME": home, "SPARK_CONF_DIR": home / "conf", "SPARK_LOCAL_DIRS": home / "tmp"}
    os.environ.update({name: str(path) for name, path in folders.items()})
    for name in ("SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME", "SPARK_PUBLIC_DNS"):
        os.environ[name] = HERE
    builder = SparkSession.builder.appName("mmru")
    for name, value in settings(home).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def descendants(pid: int) -> list[int]:
    """The processes below a process, from /proc."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                told = (folder / "stat").read_text()
            except OSError:
                continue
            parents[int(folder.name)] = int(told[told.rindex(")") + 2 :].split()[1])
    found, todo = [], [pid]
    while todo:
        above = todo.pop()
        below = [child for child, parent in parents.items() if parent == above]
        found += below
        todo += below
    return found


def executors() -> dict[str, int]:
    """The worker processes below this one, by their ids for Spark."""
    found = {}
    for pid in descendants(os.getpid()):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if BACKEND in words and "--executor-id" in words:
            found[words[words.index("--executor-id") + 1]] = pid
    return found


def until(met: Callable[[], Any], what: str, pause: float = 0.1) -> None:
    """Wait for something. Raises TimeoutError where it takes too long."""
    end = time.monotonic() + PATIENCE
    while not met():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(pause)


def ready(spark: SparkSession) -> bool:
    """Whether all workers are there, and known to the driver."""
    return len(executors()) == WORKERS == spark.sparkContext._jsc.sc().getExecutorIds().size()


def main() -> None:
    t = time.time()
    with tempfile.TemporaryDirectory(prefix="mmru-spark-") as folder:
        spark = session(Path(folder))
        until(lambda: ready(spark), "workers")
        print("up", time.time() - t, flush=True)
        for path in sys.argv[1:]:
            t = time.time()
            problems, _ = check_package(Path(path), "spark")
            print("checked", path, time.time() - t, len(problems), flush=True)
            Path("/tmp/wt-out.spark").write_text("".join(f"{p}\n" for p in problems))
        gateway = spark.sparkContext._gateway
        spark.stop()
        gateway.shutdown(); gateway.proc.stdin.close(); gateway.proc.wait(30)
if __name__ == "__main__":
    main()
