"""Writing: the same bytes wherever it is built, CSV equal to Parquet, all or nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from conftest import ROOT, command
from frictionless import Package
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.errors import InvalidDataset
from mmru.export.facts import to_json
from mmru.io.arrow import TYPES, memory, to_arrow
from mmru.io.atomic import NEW, replace_file
from mmru.io.tables import from_csv, from_parquet, to_csv, to_parquet
from mmru.model.claim import text_of
from mmru.model.schema import Column, Table
from mmru.pipeline.write import OLD, outdated, write
from mmru.seeds.reader import read_schemas
from mmru.verify import OF_NO_TABLE, STAGING, data_files
from steps import Snapshots, Step, spoil

Mmru = Callable[..., Result]
COMMAND = [sys.executable, "-c", "from mmru.__main__ import start; start()"]


def generated(root: Path) -> dict[str, bytes]:
    listed = (root / "SHA256SUMS").read_text("utf-8").splitlines()
    paths = [root / "SHA256SUMS", *(root / line[66:] for line in listed), *(root / "data").iterdir()]
    return {str(p.relative_to(root)): p.read_bytes() for p in paths}


JOURNEY: Step = {
    "edit": "seeds/registry/events.yaml",
    "old": "Visit of Ada Quill",
    "new": "Journey of Ada Quill",
}
BUILD: Step = {"run": "mmru build"}


@pytest.fixture(scope="session")
def journey(snapshots: Snapshots) -> dict[str, bytes]:
    """The generated files of the small dataset with another title."""
    return generated(snapshots.after([BUILD, JOURNEY, BUILD], command) / "dataset")


@pytest.mark.slow
def test_other_folder_time_zone_locale_hash_seed_and_umask_give_the_same_bytes(
    small: Path, tmp_path: Path
) -> None:
    other = tmp_path / "a folder with blanks" / "x"
    shutil.copytree(small, other)
    for path in sorted((other / "seeds/articles").iterdir(), reverse=True):
        path.rename(path.with_suffix(".moved"))
    for path in sorted((other / "seeds/articles").iterdir()):
        path.rename(path.with_suffix(".yaml"))
    plain = dict(os.environ, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    odd = dict(os.environ, PYTHONHASHSEED="77", TZ="Asia/Yangon", LC_ALL="C.UTF-8", LANG="ru_RU.UTF-8")
    subprocess.run([*COMMAND, "build"], cwd=small, env=plain, check=True, umask=0o022)
    subprocess.run([*COMMAND, "build"], cwd=other, env=odd, check=True, umask=0o077)
    assert generated(small) == generated(other)
    assert {p.stat().st_mode & 0o777 for p in (other / "data").iterdir()} == {0o644}


def test_an_ordinary_script_builds_without_a_main_guard(small: Path) -> None:
    script = small / "script.py"
    script.write_text(
        "from pathlib import Path\nfrom mmru.pipeline.build import build\n"
        "print(build(Path('.')).tables['sources'].num_rows)\n"
    )
    ran = subprocess.run([sys.executable, script], cwd=small, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("2\n", "")


def test_a_second_build_changes_nothing(mmru: Mmru, built_small: Path) -> None:
    stamps = {p: p.stat().st_mtime_ns for p in (built_small / "data").iterdir()}
    built = mmru("build")
    assert (built.stdout.endswith("; 0 files changed\n"), built.stderr) == (True, "")
    assert {p: p.stat().st_mtime_ns for p in (built_small / "data").iterdir()} == stamps


def test_what_is_committed_is_what_the_seeds_give(mmru: Mmru, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    checked = mmru("check")
    assert checked.exit_code == 0, checked.output


def test_an_edited_or_stray_file_is_named(mmru: Mmru, built_small: Path) -> None:
    built = generated(built_small)
    with (built_small / "data/events.csv").open("a") as file:
        file.write("\n")
    for path in ("data/notes.txt", "docs/metadata/notes.txt", "schemas/editor/README.md"):
        (built_small / path).write_text("x")
    (built_small / "data/README.md").write_text("edited by hand")
    (built_small / "data/claims.parquet").unlink()
    refused = mmru("check")
    assert refused.exit_code == 1
    assert refused.stderr.splitlines()[:-1] == [
        "data/README.md:1:1: W01 this file and 2 other files (data/claims.parquet, data/events.csv) do not match seeds/ and schemas/; run mmru build",
        *(
            f"{path}:1:1: W02 is not a file of the dataset; move it elsewhere, or remove it"
            for path in ("data/notes.txt", "docs/metadata/notes.txt", "schemas/editor/README.md")
        ),
    ]
    with pytest.raises(InvalidDataset, match=r"data/notes\.txt:1:1: W02 is not a file of the dataset"):
        write(built_small, built)
    assert (built_small / "data/notes.txt").read_text() == "x"
    for path in ("data/notes.txt", "docs/metadata/notes.txt", "schemas/editor/README.md"):
        (built_small / path).unlink()
    assert write(built_small, built) == ["data/README.md", "data/claims.parquet", "data/events.csv"]
    assert generated(built_small) == built


def test_stale_data_are_one_problem(built_small: Path) -> None:
    built = generated(built_small)
    shutil.rmtree(built_small / "data")
    others = "data/actor_roles.csv, data/actor_roles.parquet, data/actors.csv, …"
    message = f"this file and 45 other files ({others}) do not match seeds/ and schemas/"
    assert list(map(str, outdated(built_small, built))) == [
        f"data/README.md:1:1: W01 {message}; run mmru build"
    ]


def test_csv_is_utf8_with_lf_sorted_by_key_and_quoted_only_where_needed() -> None:
    for name, table in read_schemas(ROOT).tables.items():
        raw = (ROOT / f"data/{name}.csv").read_bytes()
        assert b"\r" not in raw
        assert raw.endswith(b"\n")
        assert raw.decode("utf-8").splitlines()[0] == ",".join(table.names)
        rows = pq.read_table(ROOT / f"data/{name}.parquet").to_pylist()
        keys = [tuple(row[k] for k in table.primary_key) for row in rows]
        assert keys == sorted(keys)


def test_duckdb_reads_the_same_cells_from_csv_and_parquet() -> None:
    for name, table in read_schemas(ROOT).tables.items():
        columns = []
        for column in table.columns:
            from_csv = f"nullif(\"{column.name}\", '')"
            if column.is_list:
                from_csv = f"string_split({from_csv}, ';')"
            kind = {
                "integer": "BIGINT",
                "number": "DOUBLE",
                "boolean": "BOOLEAN",
                "date": "TIMESTAMP",
                "list": "VARCHAR[]",
            }
            columns.append(f'CAST({from_csv} AS {kind.get(column.type, "VARCHAR")}) AS "{column.name}"')
        csv = f"SELECT {', '.join(columns)} FROM read_csv('{ROOT}/data/{name}.csv', all_varchar=true, header=true, nullstr='')"
        parquet = f"SELECT * FROM '{ROOT}/data/{name}.parquet'"
        assert (
            duckdb.sql(f"({csv} EXCEPT ALL {parquet}) UNION ALL ({parquet} EXCEPT ALL {csv})").fetchall()
            == []
        )


def test_parquet_has_true_types_zstd_and_descriptions() -> None:
    file = pq.ParquetFile(ROOT / "data/events.parquet")
    schema = file.schema_arrow
    types = {name: str(schema.field(name).type) for name in schema.names}
    assert types["date_earliest"] == "timestamp[ms]"
    assert types["sectors"] in ("list<element: string>", "list<item: string>")
    assert types["claim_count"] == "int64"
    assert types["goldstein"] == "double"
    assert str(pq.read_schema(ROOT / "data/claims.parquet").field("agrees").type) == "bool"
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert schema.metadata[b"title"] == b"Events"
    assert schema.field("date").metadata[b"description"].endswith(b"EDTF (ISO 8601-2).")
    assert schema.field("date").nullable
    assert not schema.field("event_id").nullable


def test_plain_pandas_filters_by_date() -> None:
    events = pd.read_parquet(ROOT / "data/events.parquet")
    since = events[events["date_earliest"] >= "2025-01-01"]
    assert len(since) > 3
    assert set(since["date_earliest"].dt.year) == {2025, 2026}


def test_dates_of_a_parquet_file_have_no_time_of_day() -> None:
    table = made_up_table(["date"])
    rows = to_arrow(table, [{"c0": "2031-05-02"}])
    old, out = pa.BufferOutputStream(), pa.BufferOutputStream()
    pq.write_table(rows, old)
    # as releases before 2.0.0 hold them
    assert from_parquet(pa.BufferReader(old.getvalue()), table).equals(rows)
    noon = pa.table({"c0": pa.array([datetime(2031, 5, 2, 12)], pa.timestamp("ms"))})
    pq.write_table(noon, out)
    with pytest.raises(ValueError, match="c0 has a time of day"):
        from_parquet(pa.BufferReader(out.getvalue()), table)


def test_the_package_names_every_file_with_size_and_hash() -> None:
    package = json.loads((ROOT / "datapackage.json").read_text("utf-8"))
    resources = {f["path"]: f for f in data_files(package["resources"])}
    assert set(resources) == {f"data/{p.name}" for p in (ROOT / "data").iterdir()} - {*OF_NO_TABLE}
    for path, resource in resources.items():
        raw = (ROOT / path).read_bytes()
        assert resource["bytes"] == len(raw)
        assert resource["hash"] == f"sha256:{sha256(raw).hexdigest()}"
        if path.endswith(".csv"):
            assert resource["type"] == "table"
            assert resource["rows"] == len(pq.read_table(ROOT / path.replace(".csv", ".parquet")))
            assert resource["schema"] == json.loads(
                (ROOT / f"schemas/{resource['name']}.json").read_text("utf-8")
            )


@pytest.mark.slow
def test_frictionless_finds_the_package_valid() -> None:
    validated = subprocess.run(
        [Path(sys.executable).parent / "frictionless", "validate", "datapackage.json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert validated.returncode == 0, validated.stdout
    assert "INVALID" not in validated.stdout


@pytest.mark.slow
def test_frictionless_sees_a_flipped_byte(built_small: Path) -> None:
    path = built_small / "data/events.csv"
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(bytes(raw))
    report = Package(str(built_small / "datapackage.json")).validate()
    assert not report.valid
    assert "hash-count" in {error.type for task in report.tasks for error in task.errors}


def test_a_failure_while_writing_leaves_the_old_data_whole(
    mmru: Mmru, built_small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = generated(built_small)
    written = []

    def full(path: Path, content: bytes) -> None:
        written.append(path)
        if len(written) > 5:
            raise OSError("No space left on device")

    monkeypatch.setattr("mmru.pipeline.write.write_durably", full)
    assert write(built_small, before) == []
    spoil(built_small, JOURNEY, mmru)
    failed = mmru("build")
    assert failed.exit_code == 1
    assert failed.stderr == "Error: cannot write here: No space left on device; data/ is unchanged\n"
    assert generated(built_small) == before
    assert not list(built_small.glob(f"{STAGING}*"))


@pytest.mark.parametrize("swap", [True, False])
def test_a_failure_after_the_exchange_puts_the_old_data_back(
    built_small: Path, monkeypatch: pytest.MonkeyPatch, swap: bool
) -> None:
    before = generated(built_small)

    def full(staging: Path, root: Path) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("mmru.pipeline.write._replace_others", full)
    if not swap:
        monkeypatch.setattr("mmru.io.atomic._swap", lambda one, other: False)
    with pytest.raises(OSError, match="No space"):
        write(built_small, {path: content + b"x" for path, content in before.items()})
    assert generated(built_small) == before
    assert not list(built_small.glob(f"{STAGING}*"))


def test_a_build_killed_between_data_and_descriptor_is_brought_to_its_end(
    built_small: Path, journey: dict[str, bytes]
) -> None:
    old = (built_small / "datapackage.json").read_bytes()
    assert "datapackage.json" in write(built_small, journey)
    (built_small / f"{STAGING}dead").mkdir()
    (built_small / "datapackage.json").rename(built_small / f"{STAGING}dead" / "datapackage.json")
    (built_small / "datapackage.json").write_bytes(old)
    assert write(built_small, journey) == []
    assert generated(built_small) == journey
    assert not list(built_small.glob(f"{STAGING}*"))


def test_what_a_build_killed_between_two_renames_left_is_put_back(built_small: Path) -> None:
    before = generated(built_small)
    (built_small / f"{STAGING}dead").mkdir()
    (built_small / "data").rename(built_small / f"{STAGING}dead" / OLD)
    assert write(built_small, before) == []
    assert generated(built_small) == before


# the standard library writes a carriage return without quotes, against RFC 4180; no cell can hold one
LETTERS = st.sampled_from("ab,;\"\n \t'é中=") | st.characters(codec="utf-8", exclude_characters="\r")
TEXTS = st.text(LETTERS, min_size=1, max_size=8)
CELLS = {
    "string": TEXTS | st.just(""),
    "integer": st.integers(-(2**63), 2**63 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6).map(float),
    "boolean": st.booleans(),
    "date": st.dates(),
    "list": st.lists(TEXTS, min_size=1, max_size=3),
}


def made_up_table(types: list[str]) -> Table:
    columns = tuple(Column(f"c{n}", kind, "", "", "derived") for n, kind in enumerate(types))
    return Table("made-up", "", "", columns, ("c0",), (), {})


@settings(max_examples=200, deadline=None)
@given(st.data(), st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5), st.integers(0, 6))
def test_csv_is_to_the_byte_what_the_standard_library_writes(
    data: st.DataObject, types: list[str], count: int
) -> None:
    table = made_up_table(types)
    cells = [[data.draw(st.none() | CELLS[kind]) for kind in types] for _ in range(count)]
    rows = pa.table(
        {c.name: pa.array([row[n] for row in cells], TYPES[c.type]) for n, c in enumerate(table.columns)}
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.names)
    writer.writerows(
        ["" if v is None else ";".join(v) if isinstance(v, list) else text_of(v) for v in row]
        for row in cells
    )
    assert to_csv(table, rows) == out.getvalue().encode()


@settings(max_examples=100, deadline=None)
@given(st.data(), st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=5), st.integers(0, 6))
def test_csv_is_read_back_as_the_rows_that_parquet_holds(
    data: st.DataObject, types: list[str], count: int
) -> None:
    table = made_up_table(types)
    # an empty text is written like null, and a member of a list has no semicolon
    cells = CELLS | {"string": TEXTS, "list": st.lists(TEXTS.filter(lambda t: ";" not in t), min_size=1)}
    rows = to_arrow(
        table,
        [{c.name: data.draw(st.none() | cells[c.type]) for c in table.columns} for _ in range(count)],
    )
    parquet = from_parquet(memory(to_parquet(rows)), table)
    assert parquet.equals(rows)
    assert from_csv(memory(to_csv(table, rows)), table).cast(rows.schema).equals(parquet)


def test_a_cell_with_a_carriage_return_is_quoted() -> None:
    table = made_up_table(["string", "string"])
    assert to_csv(table, to_arrow(table, [{"c0": "a\rb", "c1": "c"}])) == b'c0,c1\n"a\rb",c\n'


def test_one_column_has_no_empty_lines() -> None:
    table = made_up_table(["string"])
    assert to_csv(table, to_arrow(table, [{"c0": "a"}, {"c0": None}])) == b'c0\na\n""\n'


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
        lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    )
)
def test_json_is_to_the_byte_what_the_standard_library_writes(value: object) -> None:
    try:
        expected = (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
    except UnicodeEncodeError:
        return
    assert to_json(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_in_json_are_read_as_they_were(value: float) -> None:
    assert json.loads(to_json([value])) == [value]


def test_a_replaced_file_keeps_its_mode_and_a_new_one_has_that_of_the_umask(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_bytes(b"1")
    old.chmod(0o640)
    before = os.umask(0o022)
    try:
        replace_file(old, b"2")
        replace_file(new, b"3")
    finally:
        os.umask(before)
    assert (old.read_bytes(), old.stat().st_mode & 0o777) == (b"2", 0o640)
    assert (new.read_bytes(), new.stat().st_mode & 0o777) == (b"3", 0o644)


def test_a_link_to_a_replaced_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_bytes(b"1")
    (tmp_path / "link").symlink_to("folder/file")
    replace_file(tmp_path / "link", b"2")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "folder/file").read_bytes() == b"2"


@pytest.mark.parametrize("name", ["fsync", "fchmod", "replace"])
@pytest.mark.parametrize("error", [OSError("No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_replacement_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise error

    if name == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    else:
        monkeypatch.setattr(f"mmru.io.atomic.os.{name}", fail)
    with pytest.raises(type(error)):
        replace_file(path, b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("file", b"old")]


def test_what_a_killed_replacement_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / f"{NEW}dead").write_bytes(b"half")
    replace_file(tmp_path / "file", b"whole")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_reader_never_sees_half_of_a_file_that_several_processes_replace(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0" * 500_000)
    code = (
        "import sys; from pathlib import Path; from mmru.io.atomic import replace_file\n"
        "for n in range(60): replace_file(Path(sys.argv[1]), sys.argv[2].encode() * (300_000 + 1000 * n))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, path, letter]) for letter in "ab"]
    while any(writer.poll() is None for writer in writers):
        read = path.read_bytes()
        assert len(set(read)) == 1
        assert len(read) >= 300_000
    assert [writer.returncode for writer in writers] == [0, 0]
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_failed_download_leaves_all_bundled_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import vendor

    (tmp_path / "a.js").write_bytes(b"old")
    (tmp_path / vendor.LIST).write_text("old")
    libraries = [
        {"name": name, "version": "1", "files": [{"file": f"{name}.js", "from": "x", "sha256": ""}]}
        for name in "ab"
    ]

    def download(name: str, version: str) -> dict[str, bytes]:
        if name == "b":
            raise OSError("no network")
        return {"package.json": b'{"license": "MIT"}', "x": b"new"}

    monkeypatch.setattr(vendor, "download", download)
    with pytest.raises(OSError, match="no network"):
        vendor.update(tmp_path, libraries)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"a.js": b"old", vendor.LIST: b"old"}
