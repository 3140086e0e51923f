"""Spark finds what polars finds, on a real cluster of two workers of which one is killed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, not_here
from mmru.checks.package import check_package
from mmru.pipeline.build import Dataset
from spoiled import side_by_side
from steps import change, examples, write_package

BAD_ROWS = [example for example in examples() if example.is_on_rows]
SPARK = ROOT / ".venv-spark/bin/python"


@pytest.fixture(scope="module")
def spoiled(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package in three parts with all bad examples."""
    changes = {e.id: partial(change, steps=e.steps) for e in BAD_ROWS}
    tables = side_by_side(dataset, changes)
    return write_package(tmp_path_factory.mktemp("spoiled") / "package", tables, 3)


@pytest.fixture(scope="module")
def spark_python() -> Path:
    """The Python that has pyspark; without it or Java tests are skipped, but not in CI."""
    absent = [str(SPARK.relative_to(ROOT))] if not SPARK.is_file() else []
    if absent := absent + ([] if shutil.which("java") else ["Java"]):
        not_here(f"Spark cannot run here: {' and '.join(absent)} not found")
    return SPARK


def run_spark(
    python: Path, *words: Path | str, timeout: int, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command with the package of this checkout."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "scripts"),
        "PYSPARK_PYTHON": str(python),
        **environment,
    }
    command = [python, *words]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=timeout, cwd=ROOT, env=environment
    )


@pytest.mark.slow
def test_spark_finds_what_polars_finds_though_a_worker_is_killed(spark_python: Path, spoiled: Path) -> None:
    ran = run_spark(spark_python, "tests/spark_check.py", spoiled, timeout=2700)
    assert ran.returncode == 0, ran.stderr[-5000:]
    report: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    assert len(set(report["workers"].values())) == 2
    assert report["killed"]["pid"] in report["workers"].values()
    assert report["killed"]["pid"] not in report["workers_after"].values()
    assert len(report["workers_after"]) == 2
    assert report["killed"]["failed"] > 0
    by_polars = [[p.path, p.line, p.code, p.message] for p in check_package(spoiled)[0]]
    assert len(by_polars) > len(BAD_ROWS)
    assert report["problems"] == by_polars


@pytest.mark.slow
def test_spark_without_java_is_one_line(spark_python: Path, spoiled: Path, tmp_path: Path) -> None:
    words = ("-m", "mmru", "check", spoiled, "--engine", "spark")
    ran = run_spark(spark_python, *words, timeout=120, PATH=str(tmp_path), JAVA_HOME="")
    message = "--engine spark:1:1: E01 needs Java, which is not installed here; install Java 17 or newer"
    assert (ran.returncode, ran.stderr.splitlines()) == (1, [message, "1 problem"])
