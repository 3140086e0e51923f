"""The recipes for contributors are true: whoever follows one to the letter sees what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from guide import Commands, Reader, instructions
from mmru.cli.main import main
from steps import Run, copied_repository

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
RECIPES = dict(re.findall(r"^### (Add .*)\n((?:(?!#).*\n)+)", PAGE, re.MULTILINE))
IN_THE_DATASET = ["Add an article", "Add a code", "Add a column"]


def follow(recipe: str, reader: Reader) -> None:
    """Follow a recipe to its end."""
    for instruction in instructions(f"{recipe}\n{RECIPES[recipe]}"):
        reader.follow(instruction)


@pytest.mark.parametrize("recipe", IN_THE_DATASET)
def test_a_recipe_can_be_followed(
    recipe: str, built_small: Path, mmru: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(recipe, Reader(built_small, mmru, monkeypatch.chdir))


@pytest.mark.slow
def test_the_recipe_for_a_rule_can_be_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code is changed, so that commands run in processes of their own."""
    clone = tmp_path / "clone"
    copied_repository(clone)
    monkeypatch.setenv("PYTHONPATH", str(clone / "scripts"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")

    def mmru(*arguments: str) -> Result:
        command = [sys.executable, "-m", "mmru", *arguments]
        ran = subprocess.run(command, cwd=clone, capture_output=True, check=False)
        # the page does not show the one warning that the dataset has of its own
        printed = re.sub(rb"(?m)^.*: P22 .*\n|^1 warning\n", b"", ran.stdout + ran.stderr)
        return Result(CliRunner(), ran.stdout, ran.stderr, printed, None, ran.returncode, None)

    follow("Add a rule", Reader(clone, mmru, monkeypatch.chdir))


def test_every_recipe_is_followed() -> None:
    assert list(RECIPES) == [*IN_THE_DATASET, "Add a rule"]
    assert PAGE.count("```sh") == sum(text.count("```sh") for text in RECIPES.values())


def test_a_recipe_with_another_output_fails(built_small: Path, mmru: Run) -> None:
    wrong = Commands(["mmru show ag-ferry"], "ag-ferry  (events)…")
    with pytest.raises(AssertionError):
        Reader(built_small, mmru, lambda folder: None).follow(wrong)


def test_the_page_names_targets_commands_and_files_that_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make ([\w-]+)`", PAGE)) <= targets
    assert set(re.findall(r"`mmru (\w+)", PAGE)) <= set(main.commands)
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / target).is_file(), target
