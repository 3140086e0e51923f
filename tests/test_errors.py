"""Every code: documented, with an example that raises it and says exactly what the catalogue says."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from mmru.checks.catalogue import LETTERS, catalogue, page
from mmru.checks.rules import RULES
from mmru.cli.report import count, report
from mmru.errors import Problem
from mmru.pipeline.build import Dataset, build
from steps import checked, spoil

Run = Callable[..., Result]
ENTRIES = catalogue()
COMMANDS = [e for e in ENTRIES if e["run"].startswith("mmru")]
ON_TABLES = [e for e in ENTRIES if e not in COMMANDS]
BETA = "seeds/articles/src-beta.yaml"


@pytest.fixture(scope="session")
def dataset(sound: Path) -> Dataset:
    return build(sound)


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda e: e["code"])
def test_the_example_of_each_code_says_what_is_documented(
    entry: dict[str, Any], small: Path, mmru: Run
) -> None:
    for step in entry["example"]:
        spoil(small, step, mmru)
    result = mmru(*entry["run"].split()[1:])
    # a warning does not fail
    assert result.exit_code == (0 if entry["code"].startswith("P") else 1), result.output
    assert any(line.startswith(entry["says"]) for line in result.output.splitlines()), result.output


@pytest.mark.parametrize("entry", ON_TABLES, ids=lambda e: e["code"])
def test_the_example_of_each_rule_says_what_is_documented(entry: dict[str, Any], dataset: Dataset) -> None:
    assert entry["says"] in checked(dataset, entry["example"])


def test_no_code_exists_without_an_entry() -> None:
    code = re.compile(r'"([A-Z][0-9]{2})"')
    sources = [p.read_text("utf-8") for p in (ROOT / "scripts/mmru").rglob("*.py")]
    raised = {c for text in sources for c in code.findall(text) if c[0] in LETTERS}
    listed = [e["code"] for e in ENTRIES]
    assert sorted(listed) == sorted(raised | {r.code for r in RULES})
    for entry in ENTRIES:
        assert set(entry) == {"code", "title", "cause", "mend", "example", "run", "says"}
        assert f" {entry['code']} " in f" {entry['says']} "


def test_the_page_has_a_heading_for_each_code() -> None:
    headings = re.findall(r"^### ([A-Z][0-9]{2}) ", page(), re.MULTILINE)
    assert sorted(headings) == sorted(e["code"] for e in ENTRIES)


@pytest.fixture
def faulty(small: Path, mmru: Run) -> Path:
    """A dataset with one error."""
    old = "          event_type: visit"
    spoil(small, {"edit": BETA, "old": old, "new": "          event_type: vist"}, mmru)
    return small


SAID = "'vist' is not among the codes of event_type"


def test_problems_for_programs(faulty: Path, mmru: Run) -> None:
    result = mmru("check", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            **{"path": BETA, "line": 29, "column": 23, "code": "R08", "level": "error"},
            **{"message": SAID, "fix": "did you mean 'visit'?"},
        }
    ]
    assert result.stderr == ""


def test_problems_as_annotations(faulty: Path, mmru: Run) -> None:
    result = mmru("check", "--format", "github")
    assert result.exit_code == 1
    assert result.stdout == f"::error file={BETA},line=29,col=23,title=R08::{SAID}; did you mean 'visit'?\n"


def test_a_sound_dataset_in_each_format(small: Path, mmru: Run) -> None:
    mmru("build")
    assert json.loads(mmru("check", "--format", "json").stdout) == []
    assert mmru("check", "--format", "github").output == ""
    assert mmru("check", "--format", "xml").exit_code == 2


def test_on_a_terminal_the_line_is_shown_with_a_caret(faulty: Path) -> None:
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).parent / "mmru"), "check"]
    # in continuous integration no steps are told
    quiet = {**os.environ, "CI": "1"}
    ran = subprocess.Popen(command, cwd=faulty, stdout=subprocess.DEVNULL, stderr=theirs, env=quiet)
    assert ran.wait() == 1
    shown = os.read(ours, 100_000).decode().replace("\r\n", "\n")
    assert f"R08 {SAID}; did you mean 'visit'?\n{' ' * 14}event_type: vist\n{' ' * 26}^\n1 problem\n" in shown


def test_the_caret_stands_under_its_column_in_a_long_line(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text("x" * 300 + "HERE" + "y" * 300, "utf-8")
    _, line, caret = report([Problem("long.yaml", 1, 301, "R08", "no")], "text", tmp_path, quote=True)
    assert line[caret.index("^") :].startswith("HERE")
    assert len(line) <= 104


def test_what_is_not_there_or_not_text_is_shown_without_a_line(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    problems = [Problem("none", 1, 1, "R01", "a"), Problem("bytes", 1, 1, "R02", "b")]
    assert len(list(report(problems, "text", tmp_path, quote=True))) == 2


@given(st.text(), st.text())
def test_an_annotation_is_one_line_whatever_it_says(path: str, message: str) -> None:
    [line] = report([Problem(path, 1, 1, "R08", message)], "github", Path(), quote=False)
    assert line.startswith("::error file=")
    assert "\n" not in line
    assert "\r" not in line


def test_problems_and_warnings_are_counted_apart() -> None:
    error, warning = Problem("a", 1, 1, "R08", "x"), Problem("a", 1, 1, "P01", "x")
    assert count([error]) == "1 problem"
    assert count([warning, warning, error]) == "1 problem, 2 warnings"


SILENT = "- actor_id: silent-one\n  name: Silent One\n  kind: person\n  description: Nobody speaks of him.\n"


def test_a_warning_is_told_and_does_not_fail(small: Path, mmru: Run) -> None:
    path = small / "seeds/registry/actors.yaml"
    path.write_text(path.read_text("utf-8") + SILENT, "utf-8")
    built = mmru("build")
    said = "P04 actors silent-one: no record and no claim names it; remove it, or code what an article says of it"
    assert built.exit_code == 0
    assert re.fullmatch(rf"seeds/registry/actors\.yaml:\d+:3: {re.escape(said)}\n1 warning\n", built.stderr)
    looked = mmru("check")
    assert (looked.exit_code, looked.stderr) == (0, built.stderr)
    assert json.loads(mmru("check", "--format", "json").stdout)[0]["level"] == "warning"
