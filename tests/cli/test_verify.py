"""Verifying a release: every kind of damage is named, with Python alone and in full."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmru.verify import OF_NO_TABLE, PACKAGE, SUMS, verify
from steps import rehash

Run = Callable[..., Result]


SILENT = "- {actor_id: silent-one, name: Silent One, kind: person, description: Nobody speaks of him.}\n"
WARNING = (
    "P04 actors silent-one: no record and no claim names it; remove it, or code what an article says about it"
)


def test_a_warning_is_printed_and_a_release_stays_sound(small: Path, mmru: Run) -> None:
    path = small / "seeds/registry/actors.yaml"
    path.write_text(path.read_text("utf-8") + SILENT, "utf-8")
    assert mmru("build").exit_code == 0
    archive = pack(small, small.parent / "release.zip")
    result = mmru("verify", str(archive))
    assert result.exit_code == 0
    assert re.fullmatch(rf"data/actors\.csv:\d+:1: {re.escape(WARNING)}\n1 warning\n", result.stderr)
    assert result.stdout.startswith("valid: small 0.1.0 (")
    checked = mmru("check", ".")
    assert checked.exit_code == 0
    assert checked.stderr.endswith(f"{WARNING}\n1 warning\n")
    assert checked.stdout.endswith("; Parquet and CSV agree\n")
    assert mmru("site").exit_code == 0


def test_changes_are_recorded_with_a_warning(small: Path, mmru: Run) -> None:
    path = small / "seeds/registry/actors.yaml"
    path.write_text(path.read_text("utf-8") + SILENT, "utf-8")
    recorded = mmru("changes")
    assert recorded.exit_code == 0
    assert recorded.stderr.endswith(f"{WARNING}\n1 warning\n")
    assert (small / "seeds/releases/0.1.0.yaml").is_file()


@pytest.fixture
def release(built_small: Path) -> Path:
    """The small dataset, built."""
    return built_small


def pack(root: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                file.write(path, f"release-1/{path.relative_to(root).as_posix()}")
    return archive


def faults(path: Path) -> list[str]:
    found, name = verify(path)
    assert bool(found) != bool(name)
    return [str(fault) for fault in found]


def test_a_checkout_a_copy_of_its_files_and_an_archive_are_sound(release: Path, mmru: Run) -> None:
    archive = pack(release, release.parent / "release.zip")
    for path in (release, archive):
        found, name = verify(path)
        assert not found
        assert name.startswith("small 0.1.0 (")
    # an archive is verified in full where it has a warning
    result = mmru("verify", str(release))
    assert (result.exit_code, result.output) == (0, f"valid: {name}; frictionless found the package valid\n")


def test_it_needs_nothing_but_python(release: Path) -> None:
    command = [sys.executable, "-I", "-S", str(ROOT / "scripts" / "mmru" / "verify.py"), str(release)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("valid: ")


@pytest.mark.parametrize("arguments", [["/nowhere"], ["a", "b"]])
def test_wrong_use_ends_with_2(arguments: list[str]) -> None:
    ran = subprocess.run([sys.executable, "-m", "mmru.verify", *arguments], capture_output=True, check=False)
    assert ran.returncode == 2


def test_every_file_that_is_missing_is_named(release: Path) -> None:
    for path in sorted((release / "data").iterdir()):
        path.unlink()
    assert len(faults(release)) == len(list((ROOT / "schemas").glob("*.json"))) * 2 + len(OF_NO_TABLE)
    (release / PACKAGE).unlink()
    assert faults(release) == [
        "datapackage.json:1:1: V01 is missing: this is not a release of the dataset; "
        "name a checkout, an unpacked release or its archive"
    ]


def test_a_file_cut_short_and_a_stray_one_are_named(release: Path) -> None:
    file = release / "data" / "events.csv"
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:-1])
    (release / "data" / "notes.txt").write_text("mine")
    assert faults(release) == [
        f"data/events.csv:1:1: V02 has {size - 1} bytes instead of {size}; get the release again",
        "data/notes.txt:1:1: V04 is not a file of the release; remove it",
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(choice=st.integers(0, 10**6), at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_in_any_generated_file_is_named(release: Path, choice: int, at: int, bit: int) -> None:
    listed = [line.partition("  ")[2] for line in (release / SUMS).read_text("utf-8").splitlines()]
    path = sorted([*listed, SUMS])[choice % (len(listed) + 1)]
    file = release / path
    whole = file.read_bytes()
    changed = bytearray(whole)
    changed[at % len(whole)] ^= 1 << bit
    file.write_bytes(changed)
    try:
        found = faults(release)
        assert found
        if path not in (SUMS, PACKAGE):
            assert [line.partition(":")[0] for line in found] == [path]
    finally:
        file.write_bytes(whole)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(at=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_in_an_archive_never_goes_unseen_in_a_file(release: Path, at: int, bit: int) -> None:
    archive = release.parent / "release.zip"
    if not archive.exists():
        pack(release, archive)
    content = bytearray(archive.read_bytes())
    content[at % len(content)] ^= 1 << bit
    changed = release.parent / "changed.zip"
    changed.write_bytes(content)
    found, _ = verify(changed)
    if found:
        assert all(": V0" in str(fault) for fault in found)
        return
    # what is not seen does not reach a file: a time stamp or an attribute of the archive itself
    with zipfile.ZipFile(changed) as one, zipfile.ZipFile(archive) as other:
        inside = {n: one.read(n) for n in one.namelist() if "/data/" in n or n.endswith((PACKAGE, SUMS))}
        assert all(other.read(n) == c for n, c in inside.items())


# a prime number of bits, so that each place in a byte has its turn
@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.slow)])
def test_no_flipped_bit_of_a_small_archive_ends_in_a_traceback(tmp_path: Path, step: int) -> None:
    archive = tmp_path / "release.zip"
    data = b"a\n1\n"
    resource = {
        "path": "data/a.csv",
        "bytes": len(data),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
    }
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("r/data/a.csv", data)
        file.writestr(
            "r/datapackage.json", json.dumps({"name": "x", "version": "1", "resources": [resource]})
        )
    whole = archive.read_bytes()
    for place in range(0, len(whole) * 8, step):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        archive.write_bytes(changed)
        found, name = verify(archive)
        assert bool(found) != bool(name)


def test_a_path_that_leaves_the_release_is_not_read(release: Path) -> None:
    (release / SUMS).unlink()
    package = json.loads((release / PACKAGE).read_text("utf-8"))
    package["resources"][0]["path"] = "../secret.csv"
    (release / PACKAGE).write_text(json.dumps(package), "utf-8")
    assert (
        "datapackage.json:1:1: V06 lists '../secret.csv', outside the release; get the release again"
        in faults(release)
    )


def test_a_link_that_leaves_the_release_is_not_followed(release: Path) -> None:
    outside = release.parent / "secret.csv"
    shutil.move(release / "data" / "events.csv", outside)
    (release / "data" / "events.csv").symlink_to(outside)
    assert faults(release) == [
        "data/events.csv:1:1: V02 cannot be read: it is a link that leads out of the release; get the release again"
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[]", "V05 cannot be understood: TypeError"),
        (b"{", "V05 cannot be understood: JSONDecodeError"),
        (b"\xff", "V05 cannot be understood: UnicodeDecodeError"),
        (b'{"resources": []}', "V05 cannot be understood: ValueError it names no file"),
        (b'{"resources": [{"hash": 1}]}', "V05 cannot be understood: KeyError"),
    ],
)
def test_a_descriptor_that_is_none(release: Path, content: bytes, expected: str) -> None:
    (release / PACKAGE).write_bytes(content)
    assert faults(release)[0].startswith(f"datapackage.json:1:1: {expected}")


def test_a_folder_in_the_place_of_the_checksums(built_small: Path, mmru: Run) -> None:
    (built_small / SUMS).unlink()
    (built_small / SUMS).mkdir()
    message = "SHA256SUMS:1:1: V05 cannot be understood: it cannot be read: Is a directory; "
    assert faults(built_small) == [f"{message}get the release again"]
    assert mmru("show", "ada-quill").stderr.startswith(f"{message}run mmru build")


def test_a_release_without_a_version(built_small: Path) -> None:
    descriptor = json.loads((built_small / PACKAGE).read_text("utf-8"))
    del descriptor["version"]
    (built_small / PACKAGE).write_text(json.dumps(descriptor), "utf-8")
    rehash(built_small)
    message = "datapackage.json:1:1: V05 cannot be understood: KeyError 'version'; get the release again"
    assert faults(built_small) == [message]


def test_what_is_no_archive(release: Path) -> None:
    assert faults(release / "seeds" / "dataset.yaml") == [
        "dataset.yaml:1:1: V05 is not a zip archive that can be read: File is not a zip file; get it again"
    ]


def test_a_csv_file_edited_and_rehashed_is_held_against_its_parquet_file(release: Path, mmru: Run) -> None:
    file = release / "data" / "events.csv"
    file.write_text(
        file.read_text("utf-8").replace("2031-05-02,2031-05-02", "2031-05-03,2031-05-02", 1), "utf-8"
    )
    rehash(release)
    assert faults(release) == []
    assert mmru("verify").output == (
        "data/events.csv:4:1: V08 date is '2031-05-03', in the Parquet file '2031-05-02'; get the release again\n"
        "1 problem\n"
    )


def test_a_line_added_to_a_csv_file_is_named(release: Path, mmru: Run) -> None:
    file = release / "data" / "redirects.csv"
    file.write_text(file.read_text("utf-8") + "a,events,b,c,1\n", "utf-8")
    rehash(release)
    output = mmru("verify").output
    assert output == (
        "data/redirects.csv:2:1: V08 the row 'a' is not in the Parquet file; get the release again\n1 problem\n"
    )


def test_both_files_edited_alike_break_a_rule(release: Path, mmru: Run) -> None:
    path = release / "data" / "events.parquet"
    rows = pq.read_table(path)
    counts = pa.array([n + 1 for n in rows["claim_count"].to_pylist()], pa.int64())
    place = rows.schema.get_field_index("claim_count")
    pq.write_table(rows.set_column(place, rows.schema.field(place), counts), path)
    lines = (release / "data" / "events.csv").read_text("utf-8").splitlines()
    edited = [lines[0], *(f"{a},{int(b) + 1}" for a, _, b in (line.rpartition(",") for line in lines[1:]))]
    (release / "data" / "events.csv").write_text("\n".join(edited) + "\n", "utf-8")
    rehash(release)
    output = mmru("verify").output
    wanted = "T19 events ev-meeting-quill-ren: its counts, grades, confirmation or lists of sources and fields are not those of its claims; run mmru build, which computes them"
    assert f"data/events.csv:2:1: {wanted}\n" in output


def test_a_descriptor_against_the_standard_is_named(release: Path, mmru: Run) -> None:
    package = json.loads((release / PACKAGE).read_text("utf-8"))
    package["licenses"] = [{"title": "no name and no path"}]
    (release / PACKAGE).write_text(json.dumps(package), "utf-8")
    rehash(release)
    # the example of V10 is a folder
    result = mmru("verify", str(pack(release, release.parent / "release.zip")))
    assert result.exit_code == 1
    assert "datapackage.json:1:1: V10 frictionless: " in result.output
    assert "license requires" in result.output


def test_a_parquet_file_with_other_types_is_named(release: Path, mmru: Run) -> None:
    path = release / "data" / "places.parquet"
    rows = pq.read_table(path)
    pq.write_table(rows.set_column(0, "place_id", rows["place_id"].cast(pa.large_string())), path)
    rehash(release)
    message = "V09 has other columns or types than its schema; get the release again"
    assert f"data/places.parquet:1:1: {message}\n" in mmru("verify").output


@pytest.mark.parametrize(
    ("sums", "message"),
    [
        (
            None,
            "SHA256SUMS:1:1: V01 is missing: only the files that it lists can be verified; get the release again",
        ),
        (
            "",
            "SHA256SUMS:1:1: V05 cannot be understood: it does not name datapackage.json; get the release again",
        ),
        (
            "junk\n",
            "SHA256SUMS:1:1: V05 cannot be understood: line 1 is not a checksum and a name; get the release again",
        ),
        (
            "junk",
            "SHA256SUMS:1:1: V05 cannot be understood: it does not end with a line; get the release again",
        ),
    ],
)
def test_a_list_of_checksums_that_is_none_is_named(built_small: Path, sums: str | None, message: str) -> None:
    path = built_small / "SHA256SUMS"
    path.unlink() if sums is None else path.write_text(sums, "utf-8")
    (built_small / "docs/codebook.md").write_text("junk", "utf-8")
    assert [str(fault) for fault in verify(built_small)[0]] == [message]
