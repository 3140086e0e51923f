"""The wheel: what it holds, what it needs, and what it does where nothing but that is installed."""

from __future__ import annotations

import email
import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RUNTIME = ("pandas", "pyarrow")
# what only the making of the data needs
CURATE = ("click", "pandera", "frictionless", "yaml", "yaml_rs", "jsonschema", "jsonschema_rs")
# no module of the checkout may stand in for one of the wheel
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what is in the repository, built in a copy, so that nothing left by a build gets in."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / "source" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / "source" / name)
    assert (folder / "source" / "tests" / "test_wheel.py").is_file()
    command = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    built = run(sys.executable, "-c", command, str(folder), cwd=folder / "source")
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("*.whl")
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
        if os.environ.get("CI") or "HASH" in needed.stderr.upper():
            pytest.fail(f"{said}\n{needed.stderr}")
        pytest.skip(said)
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


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    package = {f"mmru/{p.name}" for p in (ROOT / "scripts" / "mmru").iterdir() if p.is_file()}
    assert {"mmru/errors.yaml", "mmru/verify.py", "mmru/__main__.py"} < package
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        catalogue = archive.read("mmru/errors.yaml")
    assert {name for name in held if ".dist-info/" not in name} == package
    assert {name.partition(".dist-info/")[2] for name in held - package} == {
        *("METADATA", "WHEEL", "RECORD", "entry_points.txt", "top_level.txt", "licenses/LICENSE")
    }
    assert catalogue == (ROOT / "scripts" / "mmru" / "errors.yaml").read_bytes()


def test_it_declares_pandas_and_pyarrow_and_all_else_as_an_extra(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [path] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        about = email.message_from_bytes(archive.read(path))
    needs = [Requirement(text) for text in about.get_all("Requires-Dist", [])]
    assert {r.name for r in needs if not r.marker} == set(RUNTIME)
    assert about.get_all("Provides-Extra") == ["curate"]
    assert all(str(r.marker) == 'extra == "curate"' for r in needs if r.name not in RUNTIME)
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
    assert version in (ROOT / "scripts" / "mmru" / "__init__.py").read_text("utf-8")
    assert Path(file).is_relative_to(clean.parent)
    assert absent == ["[]"]


def test_a_release_is_verified_there(clean: Path) -> None:
    ran = run(clean / "python", "-I", "-m", "mmru.verify", ROOT, cwd=clean)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("sound: myanmar-russia-relations ")


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
