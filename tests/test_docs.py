"""The README is true: its example prints what it says, and its layout is the repository's."""

from __future__ import annotations

import re
import subprocess
import sys

from conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_example_prints_what_the_readme_shows() -> None:
    [(code, shown)] = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.DOTALL)
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == shown


def test_the_example_needs_nothing_but_pandas_and_pyarrow() -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)) == {"pandas"}
    check = (
        code
        + "\nimport sys\nassert not {'pandera', 'frictionless', 'click', 'yaml_rs', 'mmru'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, check=True)


def test_the_layout_has_a_line_for_each_folder() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    folders = {path.split("/")[0] for path in listed if "/" in path and not path.startswith(".")}
    assert {f"{folder}/" for folder in folders} <= set(re.findall(r"^\| `([^`]+)`", README, re.MULTILINE))


def test_the_commands_of_the_readme_exist() -> None:
    from mmru.cli import main

    assert set(re.findall(r"`mmru (\w+)", README)) <= set(main.commands)
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)`", README)) <= targets
