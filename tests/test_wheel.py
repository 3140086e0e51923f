"""The wheel: what it holds, what it needs, and what it does where nothing but that is installed."""

from __future__ import annotations

import email
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import textwrap
import venv
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from conftest import ROOT, not_here
from mmru.verify import BY_HAND, EDITOR, PACKAGE, SUMS
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RUNTIME = ("pandas", "pyarrow")
# what only the making of the data needs
CURATE = ("click", "pandera", "frictionless", "yaml", "yaml_rs", "jsonschema", "jsonschema_rs")
# no module of the checkout may stand in for one of the wheel
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
ENVIRONMENT["SOURCE_DATE_EPOCH"] = "1735689600"
RELEASED = "mmru/released/"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is in the repository, so that nothing left by a build gets into a wheel."""
    folder = tmp_path_factory.mktemp("copy") / "source"
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    assert (folder / "tests" / "test_wheel.py").is_file()
    return folder


def build(source: Path, folder: Path, what: str = "wheel") -> subprocess.CompletedProcess[str]:
    """Have setuptools build a wheel or an sdist of a source into a folder."""
    command = f"import sys; from setuptools import build_meta; build_meta.build_{what}(sys.argv[1])"
    folder.mkdir(parents=True, exist_ok=True)
    return run(sys.executable, "-c", command, str(folder), cwd=source)


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """The wheel of what is in the repository."""
    built = build(source, source.parent / "wheel")
    assert built.returncode == 0, built.stderr
    [path] = (source.parent / "wheel").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment in which only the wheel, pandas and pyarrow are, and what these need.

    Versions and hashes are those of requirements.lock. Without a network it cannot be made: then
    the tests that ask for it are skipped, but not in CI.
    """
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / "bin"
    (folder / "needed.txt").write_text("\n".join(pinned(RUNTIME)) + "\n", "utf-8")
    install = (programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    needed = run(*install, "--require-hashes", "--requirement", "needed.txt", cwd=folder)
    if needed.returncode:
        said = f"pandas and pyarrow cannot be installed: {(needed.stderr.strip().splitlines() or ['?'])[-1]}"
        # what is reached, but is not what the lock names, is no lack of a network
        if "HASH" in needed.stderr.upper():
            pytest.fail(f"{said}\n{needed.stderr}")
        not_here(f"{said}\n{needed.stderr}")
    added = run(*install, "--no-index", "--no-deps", wheel, cwd=folder)
    assert added.returncode == 0, added.stderr
    return programs


def closure(names: tuple[str, ...]) -> set[str]:
    """The packages that these need on this platform, themselves included."""
    found: set[str] = set()
    todo = [str(canonicalize_name(name)) for name in names]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            needs = map(Requirement, requires(name) or [])
            todo += [
                canonicalize_name(r.name) for r in needs if not r.marker or r.marker.evaluate({"extra": ""})
            ]
    return found


def pinned(names: tuple[str, ...]) -> list[str]:
    """The entries of requirements.lock for these packages and what they need, with their hashes."""
    entries = re.split(r"\n(?! )", (ROOT / "requirements.lock").read_text("utf-8").strip())
    wanted = closure(names)
    return [entry for entry in entries if entry.partition("==")[0] in wanted]


def test_it_holds_the_package_the_release_and_nothing_else(wheel: Path) -> None:
    code = ROOT / "scripts"
    found = (p for p in (code / "mmru").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    package = {p.relative_to(code).as_posix() for p in found}
    assert {"mmru/errors.yaml", "mmru/verify.py", "mmru/__main__.py", "mmru/py.typed"} < package
    assert {"mmru/site/index.html", "mmru/site/vendor/vega.min.js"} < package
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        catalogue = archive.read("mmru/errors.yaml")
        sums = archive.read(f"{RELEASED}{SUMS}").decode()
    released = {name for name in held if name.startswith(RELEASED)}
    assert {name for name in held - released if ".dist-info/" not in name} == package
    assert {name.partition(".dist-info/")[2] for name in held - package - released} == {
        *("METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt"),
        *("licenses/LICENSE", "licenses/LICENSE-DATA.md"),
    }
    assert catalogue == (ROOT / "scripts" / "mmru" / "errors.yaml").read_bytes()
    listed = [line.partition("  ")[2] for line in sums.splitlines()]
    assert listed == sorted(listed)
    assert released == {f"{RELEASED}{name}" for name in (*listed, SUMS)}


def test_it_holds_all_that_is_generated_and_all_that_is_written_by_hand_of_a_release(wheel: Path) -> None:
    made = [line.partition("  ")[2] for line in (ROOT / SUMS).read_text("utf-8").splitlines()]
    by_hand = run("git", "ls-files", "-z", "--", *BY_HAND, cwd=ROOT).stdout.split("\0")[:-1]
    assert {"datapackage.json", "data/claims.csv", "docs/codebook.md"} < set(made)
    assert {"README.md", "LICENSE", "docs/method.md", "schemas/events.json"} < set(by_hand)
    with zipfile.ZipFile(wheel) as archive:
        released = [name for name in archive.namelist() if name.startswith(RELEASED)]
        carried = {name.removeprefix(RELEASED): archive.read(name) for name in released}
    del carried[SUMS]
    wanted = {name for name in (*made, *by_hand) if not name.startswith(EDITOR)}
    assert set(carried) == wanted
    assert [name for name in wanted if carried[name] != (ROOT / name).read_bytes()] == []


def test_it_is_the_same_when_built_again_where_an_older_one_was_and_from_an_sdist(
    source: Path, wheel: Path, tmp_path: Path
) -> None:
    older = source / "build/lib/mmru/released/data/older.csv"
    older.parent.mkdir(parents=True, exist_ok=True)
    older.write_text("left by a build of another version\n", "utf-8")
    assert build(source, tmp_path / "again").returncode == 0
    assert (tmp_path / "again" / wheel.name).read_bytes() == wheel.read_bytes()
    assert build(source, tmp_path, "sdist").returncode == 0
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "sdist", filter="data")
    [unpacked] = (tmp_path / "sdist").iterdir()
    assert build(unpacked, tmp_path / "third").returncode == 0
    assert (tmp_path / "third" / wheel.name).read_bytes() == wheel.read_bytes()


def test_of_a_checkout_that_is_not_whole_there_is_no_wheel(source: Path, tmp_path: Path) -> None:
    copied = tmp_path / "source"
    shutil.copytree(source, copied, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    (copied / "data" / "events.csv").write_text("event_id\n", "utf-8")
    (copied / "data" / "claims.parquet").unlink()
    built = build(copied, tmp_path / "wheel")
    assert built.returncode != 0
    *faults, last = built.stderr.splitlines()[-3:]
    assert faults[0] == "data/claims.parquet:1:1: V01 is missing; get the release again"
    assert faults[1].startswith("data/events.csv:1:1: V02 has 9 bytes instead of ")
    assert last == "the wheel carries the data: run mmru build first"
    assert not list((tmp_path / "wheel").glob("*.whl"))


def test_an_editable_install_is_one_path_and_no_finder(source: Path, tmp_path: Path) -> None:
    built = build(source, tmp_path, "editable")
    assert built.returncode == 0, built.stderr
    [path] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        [name] = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert name.endswith(".pth")
        assert archive.read(name).decode().strip() == str(source / "scripts")


def test_it_declares_pandas_and_pyarrow_and_all_else_as_an_extra(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [path] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        about = email.message_from_bytes(archive.read(path))
    needs = [Requirement(text) for text in about.get_all("Requires-Dist", [])]
    assert {r.name for r in needs if not r.marker} == set(RUNTIME)
    assert about.get_all("Provides-Extra") == ["curate", "spark"]
    of_extras = {str(r.marker) for r in needs if r.marker}
    assert of_extras == {'extra == "curate"', 'extra == "spark"'}
    of_spark = {str(r).partition(";")[0] for r in needs if str(r.marker) == 'extra == "spark"'}
    assert of_spark == {"mmru[curate]", "pandas<3", "pyspark>=4.3"}
    assert about["Requires-Python"] == ">=3.11"


def test_nothing_more_is_needed_than_is_installed(clean: Path) -> None:
    checked = run(clean / "python", "-m", "pip", "check", cwd=clean)
    assert (checked.returncode, checked.stdout) == (0, "No broken requirements found.\n")
    listed = run(clean / "python", "-m", "pip", "list", "--format", "freeze", cwd=clean)
    names = {canonicalize_name(line.partition("==")[0]) for line in listed.stdout.splitlines()}
    assert names - {"pip", "setuptools", "wheel"} == closure(RUNTIME) | {"mmru"}


def test_the_package_is_imported_from_the_wheel_and_imports_nothing_of_the_workshop(clean: Path) -> None:
    command = f"import sys, mmru; print(mmru.__version__, mmru.__file__, sorted(set(sys.modules) & {set(CURATE)!r}))"
    ran = run(clean / "python", "-I", "-c", command, cwd=clean)
    assert ran.returncode == 0, ran.stderr
    version, file, *absent = ran.stdout.split()
    assert version == json.loads((ROOT / PACKAGE).read_bytes())["version"]
    assert Path(file).is_relative_to(clean.parent)
    assert absent == ["[]"]


def test_a_release_is_verified_there(clean: Path) -> None:
    ran = run(clean / "python", "-I", "-m", "mmru.verify", ROOT, cwd=clean)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("sound: myanmar-russia-relations ")


def test_the_release_that_it_carries_is_verified_there(clean: Path) -> None:
    ran = run(clean / "python", "-I", "-m", "mmru.verify", "--installed", cwd=clean)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("sound: myanmar-russia-relations ")


def test_the_data_are_loaded_there_offline_and_nothing_is_written(clean: Path) -> None:
    code = """
        import os, sys

        def refuse(event, arguments):
            writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT
            if event.startswith("socket.") or event == "open" and arguments[2] & writes:
                raise PermissionError(f"{event} {arguments}")

        sys.addaudithook(refuse)
        import mmru
        from pandas.testing import assert_frame_equal

        for table in mmru.tables()["table"]:
            assert_frame_equal(mmru.load(table), mmru.load(table, source="csv"))
        events = mmru.load("events", ["event_id", "date_earliest", "event_type"])
        print(len(events), *map(str, events.dtypes))
        print(len(mmru.events_with_actors()), len(mmru.agreements_with_actors()))
        print(len(mmru.reactions_with_context()), len(mmru.claims_for(events["event_id"][0])) > 0)
        print(mmru.describe("events", "status").split()[1], mmru.cite())
        try:
            mmru.load("event")
        except mmru.Unknown as unknown:
            print(unknown)
    """
    ran = run(clean / "python", "-I", "-B", "-c", textwrap.dedent(code), cwd=clean)
    assert (ran.returncode, ran.stderr) == (0, "")
    package = json.loads((ROOT / PACKAGE).read_bytes())
    rows = {r["name"]: r["rows"] for r in package["resources"] if "rows" in r}
    assert ran.stdout.splitlines() == [
        f"{rows['events']} str datetime64[us] category",
        f"{rows['event_actors']} {rows['agreement_actors']}",
        f"{rows['reactions']} True",
        f"events.status The Myanmar–Russia Relations contributors. ({package['created'][:4]}). "
        f"Myanmar–Russia Relations (Version {package['version']}) [Data set].",
        "there is no table 'event'; did you mean 'events'?",
    ]


def test_a_damaged_file_is_named_there(wheel: Path, clean: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    damaged = tmp_path / "mmru" / "released" / "data" / "events.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    code = "import sys; sys.path.insert(0, sys.argv[1]); import mmru; mmru.load('events')"
    ran = run(clean / "python", "-I", "-c", code, tmp_path, cwd=clean)
    said = ran.stderr.splitlines()[-1]
    assert said.startswith(f"mmru.errors.Damaged: {damaged} has ")
    assert said.endswith("; install mmru again, with --force-reinstall")


def test_the_example_of_the_readme_runs_there(clean: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    [(code, shown)] = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", readme, re.DOTALL)
    ran = run(clean / "python", "-c", code, cwd=ROOT)
    assert (ran.stdout, ran.stderr) == (shown, "")


@pytest.mark.parametrize("arguments", [["--help"], ["build"], []])
def test_the_command_says_in_one_line_what_to_install(clean: Path, arguments: list[str]) -> None:
    for command in ([clean / "mmru"], [clean / "python", "-I", "-m", "mmru"]):
        ran = run(*command, *arguments, cwd=clean)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr == "mmru: click is not installed; the commands need: pip install 'mmru[curate]'\n"
