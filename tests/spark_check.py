"""Check published tables on a Spark cluster of two worker processes, one of which is killed meanwhile.

Run by .venv-spark/bin/python with the folder of the tables. Prints one JSON. Everything is on this machine and under a temporary folder, and ends with the script.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyspark
from mmru.checks.package import check_package
from pyspark.sql import SparkSession

HERE = "127.0.0.1"
WORKERS = 2
BACKEND = "org.apache.spark.executor.CoarseGrainedExecutorBackend"
PATIENCE = 240  # seconds for workers to come
LIMIT = 2400  # seconds for everything, on a machine that has much else to do
TASKS, DONE = 6, 2  # a worker is killed in a stage of so many tasks of which so many are done
# without an appender of its own, Spark takes its own settings
LOG = """\
rootLogger.level = off
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
"""


def settings(home: Path) -> dict[str, str]:
    """The settings of a cluster that starts fast and holds little."""
    java = f"-Djava.io.tmpdir={home / 'tmp'} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData"
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
        "spark.checkpoint.dir": str(home / "tmp"),
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.python.sql.dataFrameDebugging.enabled": "false",
        # plans of small tables cost more than their rows: few tasks, nothing compiled, nothing held twice
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.constraintPropagation.enabled": "false",
        "spark.sql.lightweightPlanChangeValidation": "false",
        "spark.sql.files.openCostInBytes": "1024",
        "spark.sql.shuffle.partitions": "1",
    }


@contextmanager
def cluster(home: Path) -> Iterator[SparkSession]:
    """A session on a cluster that starts here, and whose processes end with it."""
    installed = Path(pyspark.__file__).parent
    # workers write below SPARK_HOME
    for name in ("bin", "jars", "python"):
        (home / name).symlink_to(installed / name)
    for name in ("conf", "tmp"):
        (home / name).mkdir()
    (home / "conf/log4j2.properties").write_text(LOG)
    folders = {"SPARK_HOME": home, "SPARK_CONF_DIR": home / "conf", "SPARK_LOCAL_DIRS": home / "tmp"}
    os.environ.update({name: str(path) for name, path in folders.items()})
    os.environ.update(dict.fromkeys(("SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME", "SPARK_PUBLIC_DNS"), HERE))
    builder = SparkSession.builder.appName("mmru")
    for name, value in settings(home).items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
        until(lambda: complete(spark), f"{WORKERS} workers")
        yield spark
        _shut(spark)
    finally:
        for pid in descendants(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _shut(spark: SparkSession) -> None:
    gateway: Any = spark.sparkContext._gateway
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait(30)


def until(met: Callable[[], bool], what: str) -> None:
    """Wait until something is so. Raises TimeoutError where that takes too long."""
    end = time.monotonic() + PATIENCE
    while not met():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {PATIENCE} seconds")
        time.sleep(0.1)


def complete(spark: SparkSession) -> bool:
    """Whether all workers run and have told the driver."""
    context: Any = spark.sparkContext._jsc
    known: int = context.sc().getExecutorIds().size()
    return len(executors()) == known == WORKERS


def descendants(pid: int) -> list[int]:
    """The processes that a process started, and that these started."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for above in found:
        found += [child for child, parent in parents.items() if parent == above]
    return found[1:]


def executors() -> dict[str, int]:
    """The processes of the workers, by the ids that Spark gives them."""
    found = {}
    for pid in descendants(os.getpid()):
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            if BACKEND in words and "--executor-id" in words:
                found[words[words.index("--executor-id") + 1]] = pid
    return found


class Killer(threading.Thread):
    """Kills a worker once, in the middle of a stage; `killed` says which, and of which stage.

    `failed` counts the tasks of that stage that failed. It is read at once: Spark forgets old stages.
    """

    def __init__(self, spark: SparkSession) -> None:
        super().__init__(daemon=True)
        self.killed: dict[str, int] = {}
        self.failed = 0
        self.ended = False
        self._tracker = spark.sparkContext.statusTracker()

    def run(self) -> None:
        while not (self.failed or self.ended):
            if self.killed:
                stage = self._tracker.getStageInfo(self.killed["stage"])
                self.failed = int(stage.numFailedTasks) if stage else 0
            else:
                for number in self._tracker.getActiveStageIds():
                    self._kill_in(number, self._tracker.getStageInfo(number))
            time.sleep(0.02)

    def _kill_in(self, number: int, stage: Any) -> None:
        if self.killed or not stage or stage.numTasks < TASKS or stage.numCompletedTasks < DONE:
            return
        # where all workers are at a task, one of a killed worker is lost
        if stage.numActiveTasks == WORKERS == len(running := executors()):
            pid = running[min(running)]
            os.kill(pid, signal.SIGKILL)
            told = {"tasks": stage.numTasks, "done": stage.numCompletedTasks}
            self.killed = {"pid": pid, "stage": number, **told}


def found(spark: SparkSession, folder: Path) -> dict[str, Any]:
    """Return the problems of the tables in a folder, and what happened to the workers meanwhile."""
    report: dict[str, Any] = {"workers": executors()}
    killer = Killer(spark)
    killer.start()
    problems, _ = check_package(folder, "spark")
    report["problems"] = [[p.path, p.line, p.code, p.message] for p in problems]
    killer.ended = True
    killer.join(PATIENCE)
    if killer.killed:
        until(lambda: complete(spark), "another worker")
        report |= {"killed": {**killer.killed, "failed": killer.failed}, "workers_after": executors()}
    return report


def late(*_: object) -> None:
    raise TimeoutError(f"ended, or not done within {LIMIT} seconds")


def main() -> None:
    for reason in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(reason, late)
    signal.alarm(LIMIT)
    with tempfile.TemporaryDirectory(prefix="mmru-spark-") as folder, cluster(Path(folder)) as spark:
        report = found(spark, Path(sys.argv[1]))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
