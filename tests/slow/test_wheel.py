"""The wheel: its files, its requirements, and how it works in an environment with nothing else."""

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

import pyarrow.parquet as pq
import pytest
from conftest import ROOT, not_here
from mmru.errors import install_command
from mmru.verify import BY_HAND, EDITOR, PACKAGE, SUMS
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RUNTIME = ("pandas", "pyarrow")
# packages that only curators need
CURATE = ("click", "pandera", "frictionless", "yaml", "yaml_rs", "jsonschema", "jsonschema_rs")
pytestmark = pytest.mark.slow
# no module of the checkout may replace one of the wheel
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
ENVIRONMENT["SOURCE_DATE_EPOCH"] = "1735689600"
RELEASED = "mmru/released/"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that git knows, so that nothing of an earlier build gets into a wheel."""
    folder = tmp_path_factory.mktemp("copy") / "source"
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    assert (folder / "tests" / "slow" / "test_wheel.py").is_file()
    return folder


def build(source: Path, folder: Path, what: str = "wheel") -> subprocess.CompletedProcess[str]:
    """Build a wheel, an sdist or an editable wheel of a source into a folder."""
    command = f"import sys; from hatchling import build; build.build_{what}(sys.argv[1])"
    folder.mkdir(parents=True, exist_ok=True)
    return run(sys.executable, "-c", command, str(folder), cwd=source)


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """The wheel of the repository."""
    built = build(source, source.parent / "wheel")
    assert built.returncode == 0, built.stderr
    [path] = (source.parent / "wheel").glob("*.whl")
    return path


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the wheel, pandas, pyarrow and their requirements alone.

    Versions and hashes are those of requirements.lock. Without a network the tests that use it are
    skipped; in CI they fail.
    """
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "env", with_pip=True)
    programs = folder / "env" / "bin"
    (folder / "needed.txt").write_text("\n".join(pinned(RUNTIME)) + "\n", "utf-8")
    install = (programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    needed = run(*install, "--require-hashes", "--requirement", "needed.txt", cwd=folder)
    if needed.returncode:
        message = (
            f"pandas and pyarrow cannot be installed: {(needed.stderr.strip().splitlines() or ['?'])[-1]}"
        )
        # a wrong hash is not a missing network
        if "HASH" in needed.stderr.upper():
            pytest.fail(f"{message}\n{needed.stderr}")
        not_here(f"{message}\n{needed.stderr}")
    added = run(*install, "--no-index", "--no-deps", wheel, cwd=folder)
    assert added.returncode == 0, added.stderr
    return programs


def closure(names: tuple[str, ...]) -> set[str]:
    """Return these packages and all that they require on this platform."""
    found: set[str] = set()
    todo = [str(canonicalize_name(name)) for name in names]
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            declared = map(Requirement, requires(name) or [])
            todo += [
                canonicalize_name(r.name)
                for r in declared
                if not r.marker or r.marker.evaluate({"extra": ""})
            ]
    return found


def pinned(names: tuple[str, ...]) -> list[str]:
    """Return the entries of requirements.lock for these packages and their requirements."""
    entries = re.split(r"\n(?! )", (ROOT / "requirements.lock").read_text("utf-8").strip())
    wanted = closure(names)
    return [entry for entry in entries if entry.partition("==")[0] in wanted]


def test_it_has_the_package_and_the_release_and_nothing_else(wheel: Path) -> None:
    code = ROOT / "scripts"
    found = (p for p in (code / "mmru").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    package = {p.relative_to(code).as_posix() for p in found}
    assert {"mmru/checks/errors/tables.yaml", "mmru/verify.py", "mmru/__main__.py", "mmru/py.typed"} < package
    assert {"mmru/explorer/static/index.html", "mmru/explorer/static/vendor/vega.min.js"} < package
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        catalogue = archive.read("mmru/checks/errors/tables.yaml")
        sums = archive.read(f"{RELEASED}{SUMS}").decode()
    released = {name for name in held if name.startswith(RELEASED)}
    assert {name for name in held - released if ".dist-info/" not in name} == package
    assert {name.partition(".dist-info/")[2] for name in held - package - released} == {
        *("METADATA", "WHEEL", "RECORD", "entry_points.txt"),
        *("licenses/LICENSE", "licenses/LICENSE-DATA.md"),
    }
    assert catalogue == (ROOT / "scripts/mmru/checks/errors/tables.yaml").read_bytes()
    listed = [line.partition("  ")[2] for line in sums.splitlines()]
    assert listed == sorted(listed)
    assert released == {f"{RELEASED}{name}" for name in (*listed, SUMS)}


def test_it_has_every_generated_and_every_handwritten_file_of_the_release(wheel: Path) -> None:
    generated = [line.partition("  ")[2] for line in (ROOT / SUMS).read_text("utf-8").splitlines()]
    by_hand = run("git", "ls-files", "-z", "--", *BY_HAND, cwd=ROOT).stdout.split("\0")[:-1]
    assert {"datapackage.json", "data/claims.csv", "docs/codebook.md"} < set(generated)
    assert {"README.md", "LICENSE", "docs/method.md", "schemas/events.json"} < set(by_hand)
    with zipfile.ZipFile(wheel) as archive:
        released = [name for name in archive.namelist() if name.startswith(RELEASED)]
        carried = {name.removeprefix(RELEASED): archive.read(name) for name in released}
    del carried[SUMS]
    wanted = {name for name in (*generated, *by_hand) if not name.startswith(EDITOR)}
    assert set(carried) == wanted
    assert [name for name in wanted if carried[name] != (ROOT / name).read_bytes()] == []


def test_it_has_the_same_bytes_when_built_again_and_from_an_sdist(
    source: Path, wheel: Path, tmp_path: Path
) -> None:
    assert build(source, tmp_path / "again").returncode == 0
    assert (tmp_path / "again" / wheel.name).read_bytes() == wheel.read_bytes()
    assert build(source, tmp_path, "sdist").returncode == 0
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path / "sdist", filter="data")
    [unpacked] = (tmp_path / "sdist").iterdir()
    assert build(unpacked, tmp_path / "third").returncode == 0
    assert (tmp_path / "third" / wheel.name).read_bytes() == wheel.read_bytes()


def test_a_damaged_checkout_gives_no_wheel(source: Path, tmp_path: Path) -> None:
    copied = tmp_path / "source"
    shutil.copytree(source, copied)
    (copied / "data" / "events.csv").write_text("event_id\n", "utf-8")
    (copied / "data" / "claims.parquet").unlink()
    built = build(copied, tmp_path / "wheel")
    assert built.returncode != 0
    *faults, last = built.stderr.splitlines()[-3:]
    assert faults[0] == "data/claims.parquet:1:1: V01 is missing; get the release again"
    assert faults[1].startswith("data/events.csv:1:1: V02 has 9 bytes instead of ")
    assert last == "the wheel carries the data: run mmru build first"
    assert not list((tmp_path / "wheel").glob("*.whl"))


def test_an_editable_install_adds_a_path_and_no_import_hook(source: Path, tmp_path: Path) -> None:
    built = build(source, tmp_path, "editable")
    assert built.returncode == 0, built.stderr
    [path] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        [name] = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert name.endswith(".pth")
        assert archive.read(name).decode().strip() == str(source / "scripts")


def test_it_requires_pandas_and_pyarrow_and_all_else_as_an_extra(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [path] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        about = email.message_from_bytes(archive.read(path))
    requirements = [Requirement(text) for text in about.get_all("Requires-Dist", [])]
    assert {r.name for r in requirements if not r.marker} == set(RUNTIME)
    assert about.get_all("Provides-Extra") == ["curate", "spark"]
    extras = {
        extra: {str(r).partition(";")[0] for r in requirements if str(r.marker) == f'extra == "{extra}"'}
        for extra in ("curate", "spark")
    }
    assert sum(map(len, extras.values())) == sum(1 for r in requirements if r.marker)
    assert extras["spark"] - extras["curate"] == {"pandas<3", "pyspark>=4.3"}
    assert about["Requires-Python"] == ">=3.11"


def test_the_environment_has_all_requirements_and_nothing_else(clean: Path) -> None:
    checked = run(clean / "python", "-m", "pip", "check", cwd=clean)
    assert (checked.returncode, checked.stdout) == (0, "No broken requirements found.\n")
    listed = run(clean / "python", "-m", "pip", "list", "--format", "freeze", cwd=clean)
    names = {canonicalize_name(line.partition("==")[0]) for line in listed.stdout.splitlines()}
    assert names - {"pip", "setuptools", "wheel"} == closure(RUNTIME) | {"mmru"}


def test_the_import_comes_from_the_wheel_and_loads_no_package_for_curators(clean: Path) -> None:
    command = f"import sys, mmru; print(mmru.__version__, mmru.__file__, sorted(set(sys.modules) & {set(CURATE)!r}))"
    ran = run(clean / "python", "-I", "-c", command, cwd=clean)
    assert ran.returncode == 0, ran.stderr
    version, file, *absent = ran.stdout.split()
    assert version == json.loads((ROOT / PACKAGE).read_bytes())["version"]
    assert Path(file).is_relative_to(clean.parent)
    assert absent == ["[]"]


def test_it_verifies_a_checkout(clean: Path) -> None:
    ran = run(clean / "python", "-I", "-m", "mmru.verify", ROOT, cwd=clean)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("valid: myanmar-russia-relations ")


def test_it_verifies_its_own_release(clean: Path) -> None:
    ran = run(clean / "python", "-I", "-m", "mmru.verify", "--installed", cwd=clean)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("valid: myanmar-russia-relations ")


def alone(name: str) -> int:
    """Return how many events or agreements have no actor; a join has a row for each."""
    records, parts = (pq.read_table(ROOT / f"data/{t}.parquet") for t in (f"{name}s", f"{name}_actors"))
    return len(set(records[f"{name}_id"].to_pylist()) - set(parts[f"{name}_id"].to_pylist()))


def test_it_loads_the_data_offline_and_writes_nothing(clean: Path) -> None:
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
        f"{rows['event_actors'] + alone('event')} {rows['agreement_actors'] + alone('agreement')}",
        f"{rows['reactions']} True",
        f"events.status The Myanmar–Russia Relations contributors. ({package['created'][:4]}). "
        f"Myanmar–Russia Relations (Version {package['version']}) [Data set].",
        "there is no table 'event'; did you mean 'events'?",
    ]


@pytest.mark.parametrize("change", ["shortened", "changed"])
def test_it_names_a_damaged_file(change: str, wheel: Path, clean: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    damaged = tmp_path / "mmru" / "released" / "data" / "events.parquet"
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-1] if change == "shortened" else content[:-1] + b"x")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import mmru; mmru.load('events')"
    ran = run(clean / "python", "-I", "-c", code, tmp_path, cwd=clean)
    said = ran.stderr.splitlines()[-1]
    wrong = "has been changed: its SHA-256 is " if change == "changed" else f"has {len(content) - 1} bytes "
    assert said.startswith(f"mmru.errors.Damaged: {damaged} {wrong}")
    assert said.endswith("; install mmru again, with --force-reinstall")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from mmru import verify; sys.exit(verify.main(sys.argv[1:]))"
    ran = run(clean / "python", "-I", "-c", code, tmp_path, "--installed", cwd=clean)
    assert ran.returncode == 1
    first, last = ran.stderr.splitlines()
    assert first.startswith(f"data/events.parquet:1:1: V0{2 if change == 'shortened' else 3} {wrong}")
    assert first.endswith("; get the release again")
    assert last == "1 problem"


def test_it_runs_the_example_of_the_readme(clean: Path, tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    [(code, shown)] = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", readme, re.DOTALL)
    [name] = re.findall(r'read_parquet\("(.*?)"\)', code)
    save = f"import mmru; mmru.events_wide().to_parquet({name!r})"
    assert run(clean / "python", "-c", save, cwd=tmp_path).stderr == ""
    ran = run(clean / "python", "-c", code, cwd=tmp_path)
    assert (ran.stdout, ran.stderr) == (shown, "")


@pytest.mark.parametrize("arguments", [["--help"], ["build"], []])
def test_without_the_extra_the_command_names_it_in_one_line(clean: Path, arguments: list[str]) -> None:
    for command in ([clean / "mmru"], [clean / "python", "-I", "-m", "mmru"]):
        ran = run(*command, *arguments, cwd=clean)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr == f"mmru: click is not installed; the commands need: {install_command()}\n"
