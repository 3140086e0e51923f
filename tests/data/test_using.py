"""The page on using the data: each example runs beside the files of a release and prints what is shown."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, STEM, not_here
from mmru.cli.main import main
from steps import IN_PREPARATION, VERSION

PAGE = (ROOT / "docs" / "using.md").read_text("utf-8")
EXAMPLES = re.findall(
    r"^## ([^\n]+)\n|```(python|r)\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE
)
RUNS = {"python": [sys.executable, "-c"], "r": ["Rscript", "--vanilla", "-e"]}


def examples() -> list[object]:
    """Return language, code and printed text of each example, with its heading as its name."""
    found: list[object] = []
    heading, count = "", 0
    for title, language, code, shown in EXAMPLES:
        heading, count = (title, 0) if title else (heading, count + 1)
        if code:
            found.append(pytest.param(language, code, shown, id=f"{heading}-{count}"))
    return found


@pytest.fixture(scope="session")
def files(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all files of the release and with its archive unpacked."""
    folder = tmp_path_factory.mktemp("using") / "files"
    shutil.copytree(checkout / "dist", folder)
    shutil.unpack_archive(folder / f"{STEM}.zip", folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("language", "code", "shown"), examples())
def test_each_example_prints_what_is_shown(files: Path, language: str, code: str, shown: str) -> None:
    if not shutil.which(RUNS[language][0]):
        not_here(f"{RUNS[language][0]} is not installed")
    ran = subprocess.run([*RUNS[language], code], cwd=files, capture_output=True, text=True, check=False)
    # the installed package may be one of a version in preparation
    printed = ran.stdout.replace(IN_PREPARATION, VERSION)
    assert (printed, ran.returncode) == (shown, 0), ran.stderr


def test_every_example_is_run() -> None:
    assert len(examples()) == len(re.findall(r"^```(?:python|r)$", PAGE, re.MULTILINE)) == 25


@pytest.mark.slow
def test_the_shell_commands_verify_the_release(files: Path) -> None:
    [commands] = [code for code in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) if "sha256sum" in code]
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["sh", "-ec", commands],
        cwd=files,
        env={**os.environ, "PATH": programs},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    name, version = STEM.rsplit("-", 1)
    assert ran.stdout.replace(IN_PREPARATION, VERSION).count(f"valid: {name} {version} (") == 3


@pytest.mark.slow
def test_every_file_of_a_release_is_named(files: Path) -> None:
    for path in files.glob(f"{STEM}*"):
        name = path.name.replace(STEM, "NAME")
        assert path.is_dir() or f"`{name}`" in PAGE, name


def test_the_pages_name_commands_that_exist() -> None:
    for page in ("docs/versioning.md", "docs/using.md"):
        assert set(re.findall(r"`?mmru (\w+)", (ROOT / page).read_text("utf-8"))) <= {*main.commands, "again"}
