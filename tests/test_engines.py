"""The same rules on every engine: the same verdict on all bad examples, and on what is sound."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from conftest import ROOT, not_here
from mmru.checks import package_check
from mmru.checks.package_check import check_package, fitting
from mmru.errors import InvalidDataset
from mmru.io.tables import to_csv
from mmru.pipeline.build import Dataset, build
from spoiled import of_copy, side_by_side
from test_check import BROKEN

HERE = ("polars", "pandas", "duckdb")
SPARK = ROOT / ".venv-spark/bin/python"
Verdict = set[tuple[str, int, str, str]]
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def dataset(sound: Path) -> Dataset:
    return build(sound)


@pytest.fixture(scope="module")
def spoiled(dataset: Dataset) -> dict[str, pa.Table]:
    return side_by_side(dataset, {name: change for name, (change, _) in BROKEN.items()})


def package(folder: Path, tables: Mapping[str, pa.Table], parts: int = 0) -> Path:
    """A folder with published tables: a file each, or in so many parts."""
    shutil.copytree(ROOT / "schemas", folder / "schemas", ignore=shutil.ignore_patterns("editor"))
    (folder / "data").mkdir()
    for name, made in tables.items():
        rows = made.cast(pa.schema([field.with_nullable(True) for field in made.schema]))
        if not parts:
            pq.write_table(rows, folder / f"data/{name}.parquet")
            continue
        (folder / "data" / name).mkdir()
        size = -(-rows.num_rows // parts) or 1
        for number in range(parts):
            part = rows.slice(number * size, size)
            pq.write_table(part, folder / f"data/{name}/part-{number:05}.parquet")
    return folder


@pytest.fixture(scope="module")
def whole(spoiled: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("whole") / "package", spoiled)


@pytest.fixture(scope="module")
def in_parts(spoiled: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("parts") / "package", spoiled, 3)


def verdict(folder: Path, engine: str) -> Verdict:
    problems, said = check_package(folder, engine)
    assert said.startswith(f"{engine}: ")
    return {(p.path, p.line, p.code, p.message) for p in problems}


@pytest.fixture(scope="module")
def wanted(whole: Path) -> Verdict:
    return verdict(whole, "polars")


@pytest.mark.parametrize("name", BROKEN)
def test_every_bad_example_is_found_beside_all_others(dataset: Dataset, wanted: Verdict, name: str) -> None:
    number, (_, message) = list(BROKEN).index(name), BROKEN[name]
    for field in re.findall(r"{(.*?)}", message):
        ids = [row["claim_id"] for row in dataset.tables["claims"].to_pylist() if row["field"] == field]
        message = message.replace(f"{{{field}}}", ids[0])
    # remedies are compared where each example stands alone
    told = of_copy(message.partition("; ")[0], dataset, number)
    assert any(f"{code} {said}".startswith(told) for _, _, code, said in wanted)


@pytest.mark.parametrize("engine", HERE[1:])
def test_an_engine_has_the_same_verdict_on_all_bad_examples(
    whole: Path, wanted: Verdict, engine: str
) -> None:
    assert len(wanted) > len(BROKEN)
    assert verdict(whole, engine) == wanted


@pytest.fixture(scope="module")
def spark_python() -> Path:
    """The Python that has pyspark; without it or Java tests are skipped, but not in CI."""
    absent = [str(SPARK.relative_to(ROOT))] if not SPARK.is_file() else []
    if absent := absent + ([] if shutil.which("java") else ["Java"]):
        not_here(f"Spark cannot run here: {' and '.join(absent)} not found")
    return SPARK


@pytest.fixture(scope="module")
def on_spark(
    spark_python: Path, in_parts: Path, dataset: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What a cluster of two workers finds in what is sound, and in all bad examples while one is killed."""
    sound = package(tmp_path_factory.mktemp("sound-parts") / "package", dataset.tables, 3)
    ran = by_spark_python(spark_python, "tests/spark_check.py", in_parts, sound, timeout=900)
    assert ran.returncode == 0, ran.stderr[-5000:]
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


def by_spark_python(
    python: Path, *words: Path | str, timeout: int, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run what takes the package from here."""
    return subprocess.run(
        [python, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "scripts", **environment},
    )


def told_by(run: Mapping[str, Any]) -> Verdict:
    return {(path, line, code, message) for path, line, code, message in run["problems"]}


def test_spark_ran_in_two_worker_processes(on_spark: dict[str, Any]) -> None:
    assert len(set(on_spark["workers"].values())) == 2


def test_spark_has_the_same_verdict_on_all_bad_examples_though_a_worker_is_killed(
    on_spark: dict[str, Any], in_parts: Path
) -> None:
    killed, before, after = (on_spark[name] for name in ("killed", "workers", "workers_after"))
    assert killed["pid"] in before.values()
    assert killed["pid"] not in after.values()
    assert len(after) == 2
    assert killed["failed"] > 0
    assert told_by(on_spark["disturbed"]) == verdict(in_parts, "polars")


def test_a_sound_package_is_sound_on_spark(on_spark: dict[str, Any]) -> None:
    assert [told_by(run) for run in on_spark["others"]] == [set()]


def test_spark_without_java_is_one_line(spark_python: Path, in_parts: Path, tmp_path: Path) -> None:
    words = ("-m", "mmru", "check", in_parts, "--engine", "spark")
    ran = by_spark_python(spark_python, *words, timeout=60, PATH=str(tmp_path), JAVA_HOME="")
    said = "--engine spark:1:1: E01 needs Java, which is not installed here; install Java 17 or newer"
    assert (ran.returncode, ran.stderr.splitlines()) == (1, [said, "1 problem"])


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is not None, reason="pyspark is installed here")
def test_spark_without_pyspark_is_one_line(in_parts: Path, mmru: Run) -> None:
    ran = mmru("check", str(in_parts), "--engine", "spark")
    said = "--engine spark:1:1: E01 needs pyspark, which is not installed here; "
    fix = "in an environment of its own: pip install 'mmru[spark]'"
    assert (ran.exit_code, ran.stderr.splitlines()) == (1, [said + fix, "1 problem"])


def test_spark_refuses_csv_in_one_line(dataset: Dataset, mmru: Run, tmp_path: Path) -> None:
    folder = package(tmp_path / "package", {})
    for name, rows in dataset.tables.items():
        (folder / f"data/{name}.csv").write_bytes(to_csv(dataset.schemas.tables[name], rows))
    assert verdict(folder, "polars") == set()
    ran = mmru("check", str(folder), "--engine", "spark")
    first = next(iter(dataset.schemas.tables))
    said = f"--engine spark:1:1: E02 reads Parquet files, and data/{first}.csv is none; "
    fix = "take another engine, or write the tables as Parquet"
    assert (ran.exit_code, ran.stderr.splitlines()) == (1, [said + fix, "1 problem"])


PART = "data/events/part-00001.parquet"


def truncated(part: Path) -> None:
    part.write_bytes(part.read_bytes()[:-100])


def empty(part: Path) -> None:
    part.write_bytes(b"")


def without_a_column(part: Path) -> None:
    pq.write_table(pq.read_table(part).drop_columns("title"), part)


def of_another_type(part: Path) -> None:
    rows = pq.read_table(part)
    place = rows.column_names.index("claim_count")
    pq.write_table(rows.set_column(place, "claim_count", rows["claim_count"].cast(pa.float64())), part)


DAMAGES: dict[Callable[[Path], None], str] = {
    truncated: "cannot be read: ",
    empty: "cannot be read: ",
    without_a_column: "has other columns or types than its schema: it lacks title",
    of_another_type: "has other columns or types than its schema: claim_count is double, not int64",
}


@pytest.mark.parametrize("engine", [*HERE, "spark"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_part_that_is_not_of_its_form_is_named_before_an_engine_runs(
    dataset: Dataset, tmp_path: Path, engine: str, damage: Callable[[Path], None]
) -> None:
    folder = package(tmp_path / "package", dataset.tables, 2)
    damage(folder / PART)
    with pytest.raises(InvalidDataset) as refused:
        check_package(folder, engine)
    [problem] = refused.value.problems
    assert (problem.path, problem.code) == (PART, "V09")
    assert problem.message.startswith(DAMAGES[damage])


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_a_part_whose_pages_are_overwritten_is_named(dataset: Dataset, tmp_path: Path, engine: str) -> None:
    folder = package(tmp_path / "package", dataset.tables, 2)
    content = bytearray((folder / PART).read_bytes())
    pages = slice(4, len(content) - 8 - int.from_bytes(content[-8:-4], "little"))
    content[pages] = b"\xff" * len(content[pages])
    (folder / PART).write_bytes(content)
    with pytest.raises(InvalidDataset) as refused:
        check_package(folder, engine)
    [problem] = refused.value.problems
    assert (problem.path, problem.code) == (PART, "V09")
    assert problem.message.startswith("cannot be read: ")


def test_the_engine_is_the_quickest_that_holds_so_many_rows() -> None:
    rows = (0, 6_000_000, 6_000_001, 1_000_000_000, 1_000_000_001)
    assert [fitting(many) for many in rows] == ["polars", "polars", "duckdb", "duckdb", "spark"]


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_the_engine_that_is_taken_by_itself_is_told(monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    monkeypatch.setattr(package_check, "MOST", {engine: 1_000_000})
    problems, said = check_package(ROOT, None)
    assert problems == []
    assert re.fullmatch(rf"{engine}: \d+ rows in 20 tables", said)
