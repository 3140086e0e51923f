"""Made-up datasets of any size: sound as they stand, the same from the same seed, and spoiled on purpose."""

from __future__ import annotations

import csv
import filecmp
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from mmru.checks.package import verify_package
from mmru.cli.main import main
from mmru.io.arrow import arrow_schema
from mmru.io.tables import from_parquet, to_csv
from mmru.model.claim import IDENTITY
from mmru.pipeline.build import Dataset, build
from mmru.seeds.reader import read_schemas
from mmru.verify import PACKAGE, verify

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from corpus import corpus, touch
from package import csv_lines, parquet_files, read_table
from planted import Planted
from published import plant, published

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of 40 articles, built."""
    root = tmp_path_factory.mktemp("corpus") / "dataset"
    corpus(root, 40)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        made = CliRunner().invoke(main, ["build"])
    assert made.exit_code == 0, made.output
    assert made.output.startswith("data/: ")
    return root


@pytest.fixture(scope="module")
def claims(built: Path) -> int:
    return int(read_table(built, "claims").num_rows)


@pytest.fixture(scope="module")
def doubled(built: Path, claims: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of the corpus, twice."""
    folder = tmp_path_factory.mktemp("published") / "package"
    assert published(folder, 2 * claims, source=built) == 2
    return folder


def same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same files with the same bytes."""
    names = [sorted(p.relative_to(root) for p in root.rglob("*") if p.is_file()) for root in (one, other)]
    return names[0] == names[1] and not any(
        filecmp.cmpfiles(one, other, map(str, names[0]), shallow=False)[1:]
    )


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        corpus(tmp_path / name, 10, seed)
    assert same(tmp_path / "one", tmp_path / "again")
    assert not same(tmp_path / "one", tmp_path / "other")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ten_articles_are_sound_and_agree_refine_and_conflict(tmp_path: Path, seed: int) -> None:
    corpus(tmp_path, 10, seed)
    dataset = build(tmp_path)
    assert not dataset.warnings
    rows = {name: table.to_pylist() for name, table in dataset.tables.items()}
    assert {row["source_id"][-5:] for row in rows["sources"]} == {f"{n:05d}" for n in range(10)}
    assert 25 <= sum(len(rows[name]) for name in ("events", "agreements", "reactions")) <= 55
    assert 400 <= len(rows["claims"]) <= 800
    assert any(row["source_count"] > 1 for row in rows["events"])
    assert any(claim["credibility"] == 1 for claim in rows["claims"])
    dates = {row["event_id"]: row.get("date") for row in rows["events"]}
    dated = [c for c in rows["claims"] if c["record_table"] == "events" and c["field"] == "date"]
    assert any(claim["agrees"] and claim["value"] != dates[claim["record_id"]] for claim in dated)
    assert rows["rulings"]
    assert any(not claim["agrees"] for claim in rows["claims"])
    assert 50 <= sum(claim["field"] == IDENTITY for claim in rows["claims"]) <= 120  # records told


def told(dataset: Dataset) -> set[tuple[str, str]]:
    """The id and value of each claim."""
    return {(row["claim_id"], row["value"]) for row in dataset.tables["claims"].to_pylist()}


def test_one_claim_is_changed_and_the_corpus_stays_sound(tmp_path: Path) -> None:
    corpus(tmp_path, 10)
    before = told(build(tmp_path))
    for times in (1, 2):
        path = touch(tmp_path, 7)
        assert path.stem.endswith("-00007")
        dataset = build(tmp_path)
        assert not dataset.warnings
        now = told(dataset)
        gone, new = before - now, now - before
        assert (len(gone), len(new)) == (1, 1), times
        assert {value for _, value in new} <= {"space", "religion"}


def test_a_package_of_one_copy_is_the_dataset(built: Path, claims: int, tmp_path: Path) -> None:
    assert published(tmp_path / "package", claims, source=built) == 1
    for path in (tmp_path / "package" / "data").iterdir():
        assert path.read_bytes() == (built / "data" / path.name).read_bytes(), path.name
    assert (tmp_path / "package" / PACKAGE).read_bytes() == (built / PACKAGE).read_bytes()
    assert not verify(tmp_path / "package")[0]


def test_a_package_of_two_copies_is_sound_sorted_and_written_alike(doubled: Path, built: Path) -> None:
    problems, said = verify_package(doubled)
    assert not problems
    assert said.startswith("myanmar-russia-relations ")
    for table in read_schemas(doubled).tables.values():
        name = table.name
        rows = from_parquet(doubled / "data" / f"{name}.parquet", table)
        assert (doubled / "data" / f"{name}.csv").read_bytes() == to_csv(table, rows)
        keys = list(zip(*(rows[column].to_pylist() for column in table.primary_key)))
        assert keys == sorted(set(keys)), name
        copies = rows.num_rows / max(1, read_table(built, name).num_rows)
        assert copies in ((1,) if name in ("places", "vocabularies") else (2, 0)), name
    for name, column in (("sources", "text_sha256"), ("claims", "claim_id")):
        values = read_table(doubled, name)[column].to_pylist()
        assert len(set(values)) == len(values)


def test_a_package_in_parts_holds_the_same_rows(
    doubled: Path, built: Path, claims: int, tmp_path: Path
) -> None:
    published(tmp_path / "package", 2 * claims, source=built, parts=3)
    found, name = verify(tmp_path / "package")
    assert not found
    assert name
    for table in read_schemas(doubled).tables:
        parts = parquet_files(tmp_path / "package", table)
        assert [p.name for p in parts] == [f"part-{n:05d}.parquet" for n in range(len(parts))]
        assert read_table(tmp_path / "package", table).equals(read_table(doubled, table))
        assert (tmp_path / "package" / f"data/{table}.csv").read_bytes() == (
            doubled / f"data/{table}.csv"
        ).read_bytes()
    assert len(parquet_files(tmp_path / "package", "claims")) == 3


def test_csv_is_written_as_by_the_build(doubled: Path) -> None:
    """Also what no corpus holds."""
    tables = read_schemas(doubled).tables
    odd = ['a, "b"', '"', "a\nb", ";", " a ", "ä — 缅", "x" * 99, None]
    for name in ("places", "claims"):
        schema = pa.schema([pa.field(f.name, f.type) for f in arrow_schema(tables[name])])
        numbers = [0.5, 7.0, -0.0001, 1e20, 1e-7, 123456789.125, -3.0, None]
        cells = {pa.string(): odd, pa.float64(): numbers, pa.int64(): [-1, 0, 1, 2, 3, 4, 2**53, None]}
        cells[pa.bool_()] = [True, False, None] * 2 + [True, False]
        rows = pa.table([pa.array(cells[f.type], f.type) for f in schema], schema=schema)
        head = ",".join(tables[name].names).encode() + b"\n"
        assert head + bytes(csv_lines(tables[name], rows)) == to_csv(tables[name], rows)
        assert (
            len(list(csv.reader((head + bytes(csv_lines(tables[name], rows))).decode().splitlines(True))))
            == 9
        )


def test_planted_errors_are_found_and_nothing_else(doubled: Path, tmp_path: Path) -> None:
    shutil.copytree(doubled, tmp_path / "package")
    planted = plant(tmp_path / "package")
    codes = {code for _, _, code in planted}
    assert codes == {
        "T01",
        *(f"T{n}" for n in range(10, 41) if n != 18),
        *(f"P0{n}" for n in range(1, 5)),
    }
    problems, _ = verify_package(tmp_path / "package")
    found: set[Planted] = set()
    for problem in problems:
        table, _, key = problem.message.partition(": ")[0].partition(" ")
        found.add((table, key, problem.code))
    assert sorted(found) == planted
