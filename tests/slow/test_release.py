"""Releasing: what is refused, what is written, the same to the byte, and what the next one says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml_rs
from click.testing import Result
from conftest import ROOT, STEM, command, fresh
from mmru.export.changelog import section
from mmru.io.archive import write_zip
from mmru.release.change import Change
from steps import COMMAND, VERSION, Snapshots, Step, commit, hashes, release, released, spoil

pytestmark = pytest.mark.slow
Run = Callable[..., Result]
NEXT = VERSION.rpartition(".")[0] + f".{int(VERSION.rpartition('.')[2]) + 1}"
FLAT = {f"-{t}-wide.{kind}" for t in ("events", "agreements", "reactions") for kind in ("csv", "parquet")}
SUFFIXES = {".zip", ".sqlite", "-datasette.json", ".xlsx", ".jsonl", ".sha256", *FLAT}


def test_a_release_has_all_its_files_and_their_checksums(checkout: Path) -> None:
    names = {path.name for path in (checkout / "dist").iterdir()}
    assert names == {f"{STEM}{suffix}" for suffix in SUFFIXES} | {f"mmru-{VERSION}-py3-none-any.whl"}
    ran = subprocess.run(
        ["sha256sum", "--check", f"{STEM}.sha256"],
        cwd=checkout / "dist",
        capture_output=True,
        text=True,
        check=True,
    )
    assert {line.removesuffix(": OK") for line in ran.stdout.splitlines()} == names - {f"{STEM}.sha256"}


def test_the_archive_holds_what_a_user_needs_and_its_own_proof(checkout: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(checkout / "dist" / f"{STEM}.zip", tmp_path)
    [top] = tmp_path.iterdir()
    assert top.name == STEM
    held = {p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_file()}
    wanted = {
        "README.md",
        "LICENSE",
        "LICENSE-DATA.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "SHA256SUMS",
        "verify.py",
    }
    wanted |= {"datapackage.json", "croissant.json", "datacite.json", "dataset.jsonld", ".zenodo.json"}
    wanted |= {
        "docs/using.md",
        "docs/versioning.md",
        "docs/method.md",
        "docs/codebook.md",
        "data/claims.parquet",
        "data/README.md",
        "schemas/README.md",
        "docs/metadata/croissant.json",
    }
    assert wanted <= held
    assert {name.partition("/")[0] for name in held if "/" in name} == {"data", "docs", "schemas"}
    listed = {line[66:] for line in (top / "SHA256SUMS").read_text("utf-8").splitlines()}
    assert listed == held - {"SHA256SUMS"}
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=top, check=True)
    ran = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=top, capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith(f"valid: myanmar-russia-relations {VERSION} (")


def test_the_metadata_in_the_archive_lead_to_its_files(checkout: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(checkout / "dist" / f"{STEM}.zip", tmp_path)
    top = tmp_path / STEM
    for folder in (top, top / "docs/metadata"):
        for name in ("croissant.json", "dataset.jsonld"):
            described = json.loads((folder / name).read_bytes())
            assert (folder / described["url"]).resolve() == top / "README.md"
            files = {(folder / f["contentUrl"]).resolve(): f["sha256"] for f in described["distribution"]}
            assert {path.parent for path in files} == {top / "data"}
            assert all(sha256(path.read_bytes()).hexdigest() == wanted for path, wanted in files.items())
    assert (top / "datacite.json").read_bytes() == (top / "docs/metadata/datacite.json").read_bytes()
    crate = json.loads((top / "ro-crate-metadata.json").read_bytes())
    found = {entity["@id"]: entity["sha256"] for entity in crate["@graph"] if entity["@type"] == "File"}
    assert {"datapackage.json", "data/events.csv", "data/csv-metadata.json", "docs/codebook.md"} < set(found)
    assert all(sha256((top / path).read_bytes()).hexdigest() == wanted for path, wanted in found.items())


def test_only_what_is_committed_counts_wherever_it_is_and_however_git_holds_it(
    checkout: Path, tmp_path: Path
) -> None:
    other = tmp_path / "a repository, with blanks" / "part of it"
    shutil.copytree(checkout, other, ignore=shutil.ignore_patterns(".git"))
    # of an earlier release of the same
    for path in (other / "dist").iterdir():
        if path.suffix != ".zip":
            path.unlink()
    commit(other.parent)
    for path in other.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
    git = ("git", "-C", str(other))
    for step in (
        ["config", "core.fileMode", "false"],
        ["config", "core.autocrlf", "true"],
        ["update-index", "--assume-unchanged", "README.md"],
    ):
        subprocess.run([*git, *step], check=True)
    (other / "README.md").write_text("An edit that git was told not to see.", "utf-8")
    # what a release that was killed leaves behind
    (other / "dist/.mmru-release-killed/x").mkdir(parents=True)
    odd = {"PYTHONHASHSEED": "77", "TZ": "Asia/Yangon", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1"}
    assert released(other, **odd) == hashes(checkout / "dist")


def test_a_checkout_has_the_same_bytes_whatever_ends_lines_elsewhere(checkout: Path, tmp_path: Path) -> None:
    other = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", checkout, other], check=True)
    for name in ("README.md", "data/events.csv"):
        assert (other / name).read_bytes() == (checkout / name).read_bytes()


PROJECT = '[project]\nname = "small"\nversion = "0.1.0"\n[tool.hatch.build.targets.wheel]\nbypass-selection = true\n'


@pytest.fixture
def project(small: Path) -> Path:
    """The small dataset with all that a release needs."""
    (small / "pyproject.toml").write_text(PROJECT, "utf-8")
    (small / ".gitignore").write_text("dist/\n", "utf-8")
    (small / "README.md").write_text("# The small dataset\n\nWritten by hand.\n", "utf-8")
    return small


def test_a_release_with_a_warning_is_the_same_from_a_checkout_with_cr_lf(
    project: Path, tmp_path: Path, mmru: Run
) -> None:
    actors = project / "seeds/registry/actors.yaml"
    silent = "- {actor_id: zz-silent, name: Silent, kind: person, description: Nobody speaks of him.}\n"
    actors.write_text(actors.read_text("utf-8") + silent, "utf-8")
    release(project, tmp_path / "kept", mmru)
    commit(project)
    ran = subprocess.run([*COMMAND, "release"], cwd=project, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "P04 actors zz-silent: " in ran.stderr
    assert ran.stderr.endswith("\n1 warning\n")
    expected = hashes(project / "dist")
    assert {Path(name).suffix for name in expected} >= {".zip", ".whl", ".xlsx"}
    # without .gitattributes git writes CR LF, into the checkout and into what a release is made from
    other = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "-c", "core.autocrlf=true", project, other], check=True)
    assert b"\r\n" in (other / "README.md").read_bytes()
    assert b"\r\n" in (other / "seeds/articles/src-alpha.yaml").read_bytes()
    subprocess.run([*COMMAND, "build"], cwd=other, check=True, capture_output=True)
    # git takes a file of another size for changed until it is added again
    subprocess.run(["git", "add", "-A"], cwd=other, check=True, capture_output=True)
    assert not subprocess.run(
        ["git", "diff", "--cached", "--name-only"], cwd=other, capture_output=True, check=True
    ).stdout
    assert released(other) == expected


def test_the_wheel_holds_the_data_of_the_archive(checkout: Path) -> None:
    with zipfile.ZipFile(checkout / "dist" / f"{STEM}.zip") as archive:
        data = {n.partition("/")[2]: archive.read(n) for n in archive.namelist() if "/data/" in n}
    with zipfile.ZipFile(checkout / f"dist/mmru-{VERSION}-py3-none-any.whl") as wheel:
        assert [n for n, content in data.items() if wheel.read(f"mmru/released/{n}") != content] == []
    assert "data/claims.parquet" in data


def test_every_file_has_the_version_and_readers_see_the_newest_release() -> None:
    version = re.findall(r"(?m)^version: (.*)$", (ROOT / "seeds/dataset.yaml").read_text("utf-8"))[0]
    newest, released_on = re.findall(r"(?m)^## (.*) \((.*)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"))[0]
    record: Any = yaml_rs.loads(
        (ROOT / f"seeds/releases/{newest}.yaml").read_text("utf-8"), parse_datetime=False
    )
    assert (record["version"], record["released"]) == (newest, released_on)
    assert newest == version or version.endswith("-dev")
    for path in (
        "datapackage.json",
        "CITATION.cff",
        "docs/metadata/croissant.json",
        "docs/metadata/datacite.json",
        "docs/metadata/dataset.jsonld",
        ".zenodo.json",
    ):
        assert version in (ROOT / path).read_text("utf-8"), path
    assert f"(Version {newest})" in (ROOT / "README.md").read_text("utf-8")


def test_a_release_that_is_stopped_or_refused_leaves_nothing(built_small: Path, mmru: Run) -> None:
    commit(built_small)
    refused = mmru("release")
    assert refused.output.endswith("1 problem; nothing was written\n")
    assert not (built_small / "dist").exists()


def test_every_change_that_is_not_committed_is_named(built_small: Path, mmru: Run) -> None:
    commit(built_small)
    (built_small / "data/events.csv").write_text("x", "utf-8")
    (built_small / "a new file").write_text("x", "utf-8")
    (built_small / 'an "ä".txt').write_text("x", "utf-8")
    subprocess.run(["git", "mv", "CITATION.cff", "C ITATION.cff"], check=True)
    (built_small / "seeds/rulings.yaml").unlink()
    refused = mmru("release")
    assert refused.output.splitlines()[:-1] == [
        f"{name}:1:1: L07 has uncommitted changes; commit or undo them"
        for name in (
            *("C ITATION.cff", "CITATION.cff", "a new file", 'an "ä".txt'),
            *("data/events.csv", "seeds/rulings.yaml"),
        )
    ]


def test_data_that_are_committed_but_not_what_the_seeds_give_are_refused(
    built_small: Path, mmru: Run
) -> None:
    (built_small / "data/events.csv").write_text("x", "utf-8")
    (built_small / "data/notes.txt").write_text("x", "utf-8")
    commit(built_small)
    said = mmru("release").output
    assert "data/events.csv:1:1: W01 does not match seeds/ and schemas/; run mmru build\n" in said
    assert "data/notes.txt:1:1: W02 is not a file of the dataset; move it elsewhere, or remove it\n" in said


def noted(record: Path) -> None:
    """Write the notes of a release into its record."""
    record.write_text(
        record.read_text("utf-8").replace("notes:\n", "notes: Made up for the tests.\n"), "utf-8"
    )


def version(root: Path, old: str, new: str) -> None:
    """Give the dataset another version."""
    about = root / "seeds/dataset.yaml"
    about.write_text(about.read_text("utf-8").replace(f"version: {old}\n", f"version: {new}\n"), "utf-8")


def test_the_first_release_has_no_changes(small: Path, mmru: Run) -> None:
    recorded = "seeds/releases/0.1.0.yaml: 0 changes, the first release; now write its notes there\n"
    assert mmru("changes").output == recorded


@pytest.fixture
def first(snapshots: Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small dataset, released and tagged as v0.1.0."""
    steps: list[Step] = [{"release": "../released"}, {"commit": "everything"}, {"tag": "v0.1.0"}]
    return fresh(snapshots.after(steps, command) / "dataset", tmp_path, monkeypatch)


def tagged(root: Path, mmru: Run, tag: str) -> None:
    assert mmru("build").exit_code == 0
    commit(root)
    subprocess.run(["git", "tag", tag], cwd=root, check=True)


def test_the_table_of_changes_holds_all_releases_and_their_records_stay(first: Path, mmru: Run) -> None:
    events, records = first / "seeds/registry/events.yaml", first / "seeds/releases"
    kept: dict[str, bytes] = {}
    for old, new in (("0.1.0", "0.1.1"), ("0.1.1", "0.1.2")):
        version(first, old, new)
        was = events.read_text("utf-8")
        events.write_text(was.replace(" Ada Quill to Lindos", f" Ada Quill to Lindos, {new}"), "utf-8")
        told = mmru("changes", old)
        assert told.output == f"seeds/releases/{new}.yaml: 1 change; now write its notes there\n"
        noted(records / f"{new}.yaml")
        assert mmru("changes").output == f"seeds/releases/{new}.yaml: 1 change; now run mmru build\n"
        tagged(first, mmru, f"v{new}")
        assert all((records / name).read_bytes() == content for name, content in kept.items())
        kept = {path.name: path.read_bytes() for path in records.iterdir()}
    changes = pd.read_csv("data/changes.csv")
    assert list(zip(changes["version"], changes["sequence"])) == [("0.1.1", 1), ("0.1.2", 1)]
    assert mmru("check").output.startswith("valid: ")


def test_what_was_only_clarified_can_be_said_in_the_record_and_is_a_patch(first: Path, mmru: Run) -> None:
    codes, record = first / "schemas/vocabularies/event_type.yaml", first / "seeds/releases/0.1.1.yaml"
    codes.write_text(codes.read_text("utf-8").replace("A journey of", "A trip of"), "utf-8")
    version(first, "0.1.0", "0.1.1")
    told = mmru("changes")
    assert told.exit_code == 1
    assert told.output == (
        "seeds/releases/0.1.1.yaml: 1 change; now write its notes there\n"
        "seeds/dataset.yaml:3:10: L06 0.1.1 is too low: meaning-changed (vocabularies event_type|visit definition) "
        "is major; write 1.0.0 or higher, and remove seeds/releases/0.1.1.yaml\n1 problem\n"
    )
    noted(record)
    assert mmru("build").exit_code == 0
    commit(first)
    refused = mmru("release")
    assert "L06 0.1.1 is too low" in refused.output
    assert refused.output.endswith("\n1 problem; nothing was written\n")
    record.write_text(
        record.read_text("utf-8").replace("clarified: []", "clarified: ['event_type:visit']"), "utf-8"
    )
    assert mmru("changes").output == "seeds/releases/0.1.1.yaml: 1 change; now run mmru build\n"
    assert mmru("build").exit_code == 0
    assert "clarified,clarified" not in (first / "data/changes.csv").read_text("utf-8")
    assert "event_type|visit,definition,clarified,patch" in (first / "data/changes.csv").read_text("utf-8")


def test_a_release_that_mends_code_or_pages_alone_changes_no_data(first: Path, mmru: Run) -> None:
    version(first, "0.1.0", "0.1.1")
    assert mmru("changes").output == "seeds/releases/0.1.1.yaml: 0 changes; now write its notes there\n"
    noted(first / "seeds/releases/0.1.1.yaml")
    assert mmru("build").exit_code == 0
    assert "After 0.1.0. Made up for the tests.\n\nRows: " in (first / "CHANGELOG.md").read_text("utf-8")


def test_what_was_released_is_not_recorded_again(first: Path, mmru: Run) -> None:
    record = first / "seeds/releases/0.1.0.yaml"
    assert mmru("changes").exit_code == 0
    record.write_text(record.read_text("utf-8").replace("Made up", "Made up again"), "utf-8")
    mmru("build")
    commit(first)
    said = "seeds/dataset.yaml:3:10: L05 0.1.0 was released with other content, as the tag v0.1.0; write the next version\n"
    for name in ("changes", "release"):
        assert mmru(name).output == f"{said}1 problem; nothing was written\n"


@pytest.mark.parametrize(("new", "allowed"), [("0.0.9", False), ("0.1.0-dev", False), ("0.1.1-dev", True)])
def test_no_record_is_later_than_the_dataset(first: Path, mmru: Run, new: str, allowed: bool) -> None:
    version(first, "0.1.0", new)
    said = mmru("build").output
    assert (f"L12 0.1.0 is later than the version of the dataset, {new}; " in said) is not allowed


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "released: 2031-06-01",
            "released: 2031-02-30",
            ":11: C04 '2031-02-30' is not a day of the calendar; ",
        ),
        ("released: 2031-06-01", "released: 1979-01-01", ":11: R09 "),
        ("name: small", "name: ../small", ":7: R09 "),
    ],
)
def test_what_cannot_name_or_date_a_release_is_refused(
    spoil: Callable[[str, str, str], None], mmru: Run, old: str, new: str, said: str
) -> None:
    spoil("seeds/dataset.yaml", old, new)
    assert said in mmru("check").output


def test_notes_name_no_values_where_there_are_none() -> None:
    rows = [
        vars(Change("rulings", "table-added", "minor")),
        vars(Change("events", "column-removed", "major", column_name="mode")),
        vars(Change("events", "codes-added", "minor", column_name="event_type", new_value="abuse")),
        vars(Change("events", "codes-added", "minor", column_name="mode")),
    ]
    items = [line for line in "\n".join(section(rows)).splitlines() if line.startswith("- ")]
    assert items == [
        "- `events` `mode`: column removed",
        "- `rulings`: table added",
        "- `events` `event_type`: codes added, `abuse`",
        "- `events` `mode`: codes added",
    ]


def next_release(root: Path, old: str) -> None:
    """Take the steps of RELEASING.md for the correction, up to the commit."""
    record = root / f"seeds/releases/{NEXT}.yaml"
    subprocess.run([*COMMAND, "changes", old], cwd=root, check=True, capture_output=True)
    notes = "notes: Two terms of an agreement are worded like all others.\n"
    record.write_text(record.read_text("utf-8").replace("notes:\n", notes), "utf-8")
    for step in (["changes", old], ["build"]):
        subprocess.run([*COMMAND, *step], cwd=root, check=True, capture_output=True)
    commit(root)


@pytest.fixture(scope="session")
def corrected(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout in which a release was corrected, and the next one recorded, built and committed."""
    root = tmp_path_factory.mktemp("corrected") / "repository"
    subprocess.run(["git", "clone", "-q", checkout, root], check=True)
    steps: Any = yaml_rs.loads((ROOT / "tests/correction/edits.yaml").read_text("utf-8"))
    for step in steps:
        spoil(root, step, lambda *arguments: pytest.fail("no command is run"))
    about = root / "seeds/dataset.yaml"
    released_on = re.sub(r"(?m)^released: .*$", "released: 2026-12-31", about.read_text("utf-8"))
    about.write_text(released_on.replace(f"version: {VERSION}", f"version: {NEXT}"), "utf-8")
    next_release(root, str(checkout / "dist" / f"{STEM}.zip"))
    return root


def test_the_notes_of_the_next_release_are_generated(corrected: Path) -> None:
    made = (corrected / "CHANGELOG.md").read_text("utf-8")
    notes, _, rows = made[made.index(f"## {NEXT}") : made.index(f"## {VERSION}")].rpartition("\n\nRows: ")
    expected = (ROOT / "tests/correction/changelog.md").read_text("utf-8")
    assert notes == expected.format(old=VERSION, new=NEXT).rstrip()
    assert rows.startswith("sources ")


def test_its_changes_are_a_table_that_gives_values_and_grounds(corrected: Path) -> None:
    changes = pd.read_parquet(corrected / "data/changes.parquet")
    assert set(changes["version"]) == {NEXT}
    assert set(changes["level"]) == {"patch"}
    terms = changes[changes["table_name"] == "agreement_terms"]
    assert list(zip(terms["column_name"], terms["old_value"], terms["new_value"])) == [
        ("text", "A consulate general of Myanmar in Novosibirsk.", "consulate general in Novosibirsk"),
        (
            "text",
            "A consulate general of Myanmar in Saint Petersburg.",
            "consulate general in Saint Petersburg",
        ),
    ]
    for places in terms["grounds"]:
        [place] = places
        assert place.startswith("src-irrawaddy-2023-09-15:L11.")
    sources = pd.read_parquet(corrected / "data/sources.parquet")
    assert "src-irrawaddy-2023-09-15" in set(sources["source_id"])


def test_the_next_release_is_released(
    corrected: Path, checkout: Path, mmru: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = checkout / "dist" / f"{STEM}.zip"
    made = released(corrected, "--old", str(archive))
    assert f"myanmar-russia-relations-{NEXT}.zip" in made
    monkeypatch.chdir(corrected)
    told = mmru("diff", str(archive), NEXT)
    assert told.output.endswith(f"the next version is at least {NEXT} (patch).\n")
    assert (
        "agreement_terms ag-consulates-general-2023|component|1 text: value-changed (patch)\n" in told.output
    )
    refused = mmru("release", "--old", ".")
    said = f".:1:1: L03 is not the release {VERSION} that seeds/releases/{VERSION}.yaml records; "
    said += f"name the release {VERSION} itself, "
    said += "or remove that record if there was no such release\n"
    assert refused.output.startswith(said)
    lacking = mmru("release")
    # the clone has neither a tag nor a commit of that version
    assert lacking.output.startswith(f"{VERSION}:1:1: L01 ")


def test_an_archive_is_the_same_for_the_same_members(tmp_path: Path) -> None:
    members: Mapping[str, bytes] = {"b": b"1", "a/c": "ü".encode(), ".hidden": b""}
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    write_zip(one, members, date(2026, 11, 23))
    other.touch()
    write_zip(other, members, date(2026, 11, 23))
    assert sha256(one.read_bytes()).digest() == sha256(other.read_bytes()).digest()
    with zipfile.ZipFile(one) as archive:
        assert {n: archive.read(n) for n in archive.namelist()} == members
        assert {i.compress_type for i in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_commands_of_the_page_on_releasing_exist() -> None:
    from mmru.cli.main import main

    page = (ROOT / "RELEASING.md").read_text("utf-8")
    named = {line.split()[1] for line in page.splitlines() if line.strip().startswith(".venv/bin/mmru")}
    assert {"changes", "build", "release", "verify", "anchor"} == named
    assert named <= set(main.commands)
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text("utf-8").splitlines()}
    assert {line.split()[1] for line in page.splitlines() if line.strip().startswith("make ")} <= targets
