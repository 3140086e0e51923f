"""One package, whatever holds its files: a folder, an archive, a git revision or memory."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.datapackage.open import open_package, proven_package
from mmru.datapackage.package import InMemory, Package
from mmru.errors import Damaged, InvalidDataset, Position
from mmru.model.schema import Schemas
from mmru.pipeline.build import Dataset
from mmru.pipeline.write import files
from mmru.verify import PACKAGE, Folder
from steps import commit

Run = Callable[..., Result]
EVENTS = "data/events.parquet"


@pytest.fixture(scope="module")
def built(dataset: Dataset) -> dict[str, bytes]:
    return files(dataset)


@pytest.fixture
def folder(built: dict[str, bytes], tmp_path: Path) -> Path:
    """The small dataset as an unpacked release."""
    for path, content in built.items():
        (tmp_path / "release" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "release" / path).write_bytes(content)
    return tmp_path / "release"


def lines(error: InvalidDataset) -> list[str]:
    return [str(problem) for problem in error.problems]


def test_a_folder_an_archive_a_revision_and_memory_hold_the_same(
    folder: Path, built: dict[str, bytes], dataset: Dataset, tmp_path: Path
) -> None:
    archive = shutil.make_archive(str(tmp_path / "small-0.1.0"), "zip", tmp_path, "release")
    commit(folder)
    subprocess.run(["git", "tag", "v0.1.0"], cwd=folder, check=True)
    shutil.copytree(folder, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))
    revision = open_package("0.1.0", folder)
    for path in (folder / "data").iterdir():
        path.unlink()  # the revision is not read from the folder
    for package in (
        open_package(str(tmp_path / "copy"), folder),
        open_package(archive, folder),
        revision,
        Package(InMemory(built)),
    ):
        assert (package.name, package.version) == ("small", "0.1.0")
        assert list(package.tables) == list(dataset.tables)
        for name, rows in dataset.tables.items():
            assert package.rows(name).to_pylist() == rows.to_pylist()
            assert package.rows(name, source="csv").to_pylist() == rows.to_pylist()
            assert package.row_count(name) == rows.num_rows


def test_schemas_come_from_the_descriptor_and_the_table_of_vocabularies(
    built: dict[str, bytes], dataset: Dataset
) -> None:
    found: Schemas = Package(InMemory(built)).schemas
    assert found.tables == dataset.schemas.tables
    for name, codes in dataset.schemas.vocabularies.items():
        assert dict(found.vocabularies[name]) == dict(codes)


def test_a_vocabulary_with_bad_rows_is_read_as_far_as_it_has_codes(folder: Path) -> None:
    path = folder / "data/vocabularies.parquet"
    rows = pq.read_table(path)
    values = rows.to_pylist()
    values[0]["code"], values[1]["vocabulary"], values[2]["label"] = None, None, None
    nullable = rows.schema
    for number, field in enumerate(rows.schema):
        nullable = nullable.set(number, field.with_nullable(True))
    pq.write_table(type(rows).from_pylist(values, nullable), path)
    found = Package(Folder(folder), hashed=False).schemas.vocabularies
    assert sum(map(len, found.values())) == len(values) - 2
    third = found[values[2]["vocabulary"]][values[2]["code"]]
    assert (third.label, third.definition) == ("", values[2]["definition"])


def test_columns_are_selected_from_parquet_and_csv(built: dict[str, bytes]) -> None:
    package = Package(InMemory(built))
    for source in ("parquet", "csv"):
        assert package.rows("events", ["title", "event_id", "title"], source).column_names == [
            "title",
            "event_id",
        ]


@pytest.mark.parametrize(
    ("path", "damage", "said"),
    [
        (EVENTS, Path.unlink, "V01 is missing"),
        (EVENTS, lambda p: p.write_bytes(b""), "V02 has 0 bytes instead of "),
        (EVENTS, lambda p: p.write_bytes(b"?" + p.read_bytes()[1:]), "V03 has been changed: its SHA-256 is "),
        (PACKAGE, Path.unlink, "V01 is missing"),
        (PACKAGE, lambda p: p.write_text("{}"), "V05 cannot be understood: KeyError 'resources'"),
        ("SHA256SUMS", lambda p: p.write_text("x"), "V05 cannot be understood: it does not end with a line"),
    ],
)
def test_damage_is_a_problem_and_a_sentence(
    folder: Path, path: str, damage: Callable[[Path], None], said: str
) -> None:
    damage(folder / path)
    with pytest.raises(Damaged) as caught:
        Package(Folder(folder), "here", "run mmru build").rows("events")
    [line] = lines(caught.value)
    assert line.startswith(f"here/{path}:1:1: {said}")
    _, _, message = said.partition(" ")
    assert str(caught.value).startswith(f"here/{path} {message}")
    assert str(caught.value).endswith("; run mmru build")


def test_all_damaged_tables_are_named_at_once(folder: Path) -> None:
    (folder / EVENTS).unlink()
    (folder / "data/actors.parquet").write_bytes(b"")
    with pytest.raises(Damaged) as caught:
        open_package(str(folder), folder).read()
    assert [p.path for p in caught.value.problems] == [f"{folder}/data/actors.parquet", f"{folder}/{EVENTS}"]


def test_a_proven_package_has_no_changed_file(folder: Path) -> None:
    package, line = proven_package(folder)
    assert line.startswith("small 0.1.0 (")
    assert package.version == "0.1.0"
    (folder / "docs/codebook.md").write_text("another")
    with pytest.raises(Damaged, match=r"^docs/codebook.md has been changed: "):
        proven_package(folder)


def split(folder: Path, name: str, sizes: list[int]) -> None:
    """Replace the Parquet file of a table by parts of so many rows."""
    rows, start = pq.read_table(folder / f"data/{name}.parquet"), 0
    (folder / f"data/{name}.parquet").unlink()
    (folder / f"data/{name}").mkdir()
    for number, size in enumerate([*sizes, rows.num_rows - sum(sizes)]):
        pq.write_table(rows.slice(start, size), folder / f"data/{name}/part-{number}.parquet")
        start += size


def test_rows_in_parts_are_one_table_and_each_has_its_place(folder: Path, dataset: Dataset) -> None:
    whole = Package(Folder(folder), hashed=False)
    assert whole.position("claims", 4) == Position("data/claims.parquet", 5)
    assert whole.position("claims", 4, "csv") == Position("data/claims.csv", 6)
    split(folder, "claims", [3, 0, 2])
    package = Package(Folder(folder), hashed=False)
    assert package.rows("claims").to_pylist() == dataset.tables["claims"].to_pylist()
    places = [package.position("claims", row) for row in (0, 2, 3, 4, 5)]
    assert places == [
        Position("data/claims/part-0.parquet", 1),
        Position("data/claims/part-0.parquet", 3),
        Position("data/claims/part-2.parquet", 1),
        Position("data/claims/part-2.parquet", 2),
        Position("data/claims/part-3.parquet", 1),
    ]


def test_rows_are_read_from_csv_where_there_is_no_parquet(folder: Path, dataset: Dataset) -> None:
    (folder / EVENTS).unlink()
    package = Package(Folder(folder), hashed=False)
    assert package.rows("events").to_pylist() == dataset.tables["events"].to_pylist()
    assert package.position("events", 0) == Position("data/events.csv", 2)


def test_a_file_without_hash_that_does_not_fit_its_schema_says_how(folder: Path) -> None:
    rows = pq.read_table(folder / EVENTS)
    pq.write_table(rows.drop_columns("title"), folder / EVENTS)
    (folder / "data/actors.parquet").unlink()
    (folder / "data/actors.csv").write_text("actor_id\n")
    (folder / "data/claims.parquet").unlink()
    claims = (folder / "data/claims.csv").read_text().split("\n")
    claims[2] += ",another cell"

    (folder / "data/claims.csv").write_text("\n".join(claims))
    with pytest.raises(Damaged) as caught:
        Package(Folder(folder), hashed=False).read()
    actors, claims_, events = lines(caught.value)
    assert actors.startswith("data/actors.csv:1:1: V09 cannot be read: has the columns actor_id instead of ")
    assert claims_.startswith("data/claims.csv:3:1: V09 cannot be read: ")
    assert events == (
        f"{EVENTS}:1:1: V09 has other columns or types than its schema: it lacks title; get the release again"
    )


@settings(deadline=None, max_examples=40)
@given(noise=st.binary(min_size=1, max_size=40), at=st.integers(0, 10**6))
def test_no_descriptor_ends_in_a_traceback(noise: bytes, at: int, built: dict[str, bytes]) -> None:
    content = built[PACKAGE]
    at %= len(content)
    spoiled = content[:at] + noise + content[at + len(noise) :]
    package = Package(InMemory({**built, PACKAGE: spoiled}))
    with suppress(Damaged):
        _ = package.name, package.version, package.tables, package.listed
        package.row_count("events")


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(resources={}),
        lambda d: d.update(resources=[1]),
        lambda d: d["resources"][0].update(schema="sources.json"),
        lambda d: d["resources"][0]["schema"].update({"mmru:helper": {"wrong": 1}}),
        lambda d: d["resources"][0]["schema"].update(foreignKeys=[{}]),
        lambda d: d["resources"][0]["schema"]["fields"][0].pop("title"),
    ],
)
def test_a_descriptor_of_another_structure_is_named(
    change: Callable[[dict[str, object]], None], built: dict[str, bytes]
) -> None:
    descriptor = json.loads(built[PACKAGE])
    change(descriptor)
    with pytest.raises(Damaged, match=r"^datapackage\.json cannot be understood: "):
        _ = Package(InMemory({PACKAGE: json.dumps(descriptor).encode()})).tables


def test_a_table_that_a_package_lacks_is_named(mmru: Run, built_small: Path) -> None:
    descriptor = json.loads((built_small / PACKAGE).read_text("utf-8"))
    descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] != "claims"]
    (built_small / PACKAGE).write_text(json.dumps(descriptor), "utf-8")
    message = "V05 cannot be understood: it describes no table claims; run mmru build\n"
    for command in (["show", "ev-signing-ferry"], ["coverage"], ["find", "ferry"]):
        assert mmru(*command).stderr.startswith(f"datapackage.json:1:1: {message}")


def test_a_damaged_archive_member_is_named(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "release.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            file.write(path, f"release/{path.relative_to(folder)}")
    content = archive.read_bytes()
    events = (folder / EVENTS).read_bytes()
    archive.write_bytes(content.replace(events, b"?" + events[1:]))
    with pytest.raises(Damaged, match=r"release\.zip/data/events\.parquet cannot be read: Bad CRC-32"):
        open_package(str(archive), tmp_path).rows("events")
