"""The same rules on every engine: the same verdict on all bad examples, and on what is sound."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from conftest import ROOT
from mmru.build import Dataset, build
from mmru.package_check import check_package
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
