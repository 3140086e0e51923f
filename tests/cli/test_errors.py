"""Every code: documented, with an example that raises it and prints exactly what the catalogue says.

The examples on rows are all checked in one run, side by side. Those that run a command do so in this
process, each in a copy of the dataset after the steps that it shares with others.
"""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from mmru.checks.catalogue import LETTERS, catalogue, page
from mmru.checks.rules import RULES
from mmru.cli.report import count, report, sarif
from mmru.errors import Problem
from mmru.pipeline.build import Dataset
from spoiled import of_copy, side_by_side
from steps import Example, Snapshots, Step, change, examples, matches, messages, spoil

Run = Callable[..., Result]
ENTRIES = catalogue()
EXAMPLES = examples()
ON_ROWS = {example.id: example for example in EXAMPLES if example.is_on_rows}
BUILDS_A_WHEEL = {"L09", "L10"}
# codes whose examples change different records or files, so that one run shows the messages of all
TOGETHER = [("P06", "P52"), ("W01", "W02")]
GROUPS = [[e for e in EXAMPLES if e.code in codes] for codes in TOGETHER]
BETA = "seeds/articles/src-beta.yaml"


@pytest.fixture(scope="session")
def messages_on_rows(dataset: Dataset) -> set[str]:
    """The messages on copies of the dataset, each changed by one example, and one unchanged."""
    changes = {name: partial(change, steps=example.steps) for name, example in ON_ROWS.items()}
    return set(messages(dataset, side_by_side(dataset, changes)))


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(e, id=e.id, marks=[pytest.mark.slow] if e.code in BUILDS_A_WHEEL else [])
        for e in EXAMPLES
        if not e.is_on_rows and not any(e in group for group in GROUPS)
    ],
)
def test_the_example_of_a_code_prints_what_is_documented(
    example: Example,
    snapshots: Snapshots,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mmru: Run,
) -> None:
    result = run_after(example.steps, example, snapshots, tmp_path, monkeypatch, mmru)
    assert any(matches(example.message, line) for line in result.stderr.splitlines()), result.stderr


def run_after(
    steps: list[Step],
    example: Example,
    snapshots: Snapshots,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    mmru: Run,
) -> Result:
    """Return the result of the command of an example, in the dataset after these steps."""
    monkeypatch.setenv("MMRU_ARTICLES", "texts")
    steps = snapshots.copy(steps, folder, mmru)
    root = folder / "dataset"
    monkeypatch.chdir(root)
    for step in steps:
        spoil(root, step, mmru)
    result = mmru(*example.run.split()[1:])
    # a warning does not fail
    assert result.exit_code == (0 if example.code.startswith("P") else 1), result.output
    assert isinstance(result.exception, SystemExit | None)
    return result


@pytest.mark.parametrize("group", GROUPS, ids=["-".join(codes) for codes in TOGETHER])
def test_the_examples_of_a_group_print_what_is_documented_and_nothing_else(
    group: list[Example],
    snapshots: Snapshots,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mmru: Run,
) -> None:
    steps = [step for example in group for step in example.steps]
    steps = [step for number, step in enumerate(steps) if step not in steps[:number]]
    result = run_after(steps, group[0], snapshots, tmp_path, monkeypatch, mmru)
    *lines, last = result.stderr.splitlines()
    assert sorted(lines) == sorted(example.message for example in group)
    kind = "warnings" if group[0].code.startswith("P") else "problems"
    assert last == f"{len(group)} {kind}"
    # the next check of these files finds the same
    assert mmru("check").stderr == result.stderr


@pytest.mark.parametrize("name", ON_ROWS)
def test_the_example_of_a_rule_has_the_documented_message(
    name: str, dataset: Dataset, messages_on_rows: set[str]
) -> None:
    message, separator, fix = ON_ROWS[name].message.partition("; ")
    # ids are those of the copy in the message, and stay as they are in the fix
    assert of_copy(message, dataset, list(ON_ROWS).index(name)) + separator + fix in messages_on_rows


def test_the_dataset_has_no_problem_before_it_is_changed(dataset: Dataset) -> None:
    assert messages(dataset, dataset.tables) == []


def test_every_code_in_the_source_has_an_entry() -> None:
    code = re.compile(r'"([A-Z][0-9]{2})"')
    sources = [p.read_text("utf-8") for p in (ROOT / "scripts/mmru").rglob("*.py")]
    raised = {c for text in sources for c in code.findall(text) if c[0] in LETTERS}
    assert sorted(e["code"] for e in ENTRIES) == sorted(raised | {r.code for r in RULES})


def test_every_entry_is_complete() -> None:
    for entry in ENTRIES:
        keys = {"code", "title", "cause", "fix", "example", "run", "message"}
        assert keys <= set(entry) <= {*keys, "more_examples"}


def test_every_example_has_a_name_of_its_own_and_the_message_of_its_code() -> None:
    names = [example.id for example in EXAMPLES]
    assert sorted(set(names)) == sorted(names)
    for example in EXAMPLES:
        assert f" {example.code} " in f" {example.message} "


def test_the_page_has_a_heading_for_each_code() -> None:
    headings = re.findall(r"^### ([A-Z][0-9]{2}) ", page(), re.MULTILINE)
    assert sorted(headings) == sorted(e["code"] for e in ENTRIES)


@pytest.fixture
def faulty(small: Path, mmru: Run) -> Path:
    """A dataset with one error."""
    old = "          event_type: visit"
    spoil(small, {"edit": BETA, "old": old, "new": "          event_type: vist"}, mmru)
    return small


MESSAGE = "'vist' is not among the codes of event_type"


def test_problems_are_reported_as_json(faulty: Path, mmru: Run) -> None:
    result = mmru("check", "--format", "json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            **{"path": BETA, "line": 28, "column": 23, "code": "R08", "level": "error"},
            **{"message": MESSAGE, "fix": "did you mean 'visit'?"},
        }
    ]
    assert result.stderr == ""


def test_problems_are_reported_as_annotations(faulty: Path, mmru: Run) -> None:
    result = mmru("check", "--format", "github")
    assert result.exit_code == 1
    assert (
        result.stdout == f"::error file={BETA},line=28,col=23,title=R08::{MESSAGE}; did you mean 'visit'?\n"
    )


def test_problems_are_reported_as_sarif(faulty: Path, mmru: Run) -> None:
    result = mmru("check", "--format", "sarif")
    assert result.exit_code == 1
    assert result.stderr == ""
    log = json.loads(result.stdout)
    assert not_sarif(log) == []
    [run] = log["runs"]
    assert run["results"] == [
        {
            **{"ruleId": "R08", "level": "error"},
            "message": {"text": f"{MESSAGE}; did you mean 'visit'?"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": BETA, "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": 28, "startColumn": 23},
                    }
                }
            ],
        }
    ]
    [rule] = run["tool"]["driver"]["rules"]
    assert rule["id"] == "R08"
    assert rule["shortDescription"]["text"] == next(e["title"] for e in ENTRIES if e["code"] == "R08")


def test_a_problem_with_any_path_and_text_is_valid_sarif() -> None:
    odd = Problem("data/\udce9 ü.csv", 1, 1, "P04", "a \x1b[31m message")
    log = sarif([odd])
    assert not_sarif(log) == []
    [found] = log["runs"][0]["results"]
    assert found["level"] == "warning"
    assert found["message"] == {"text": r"a \x1b[31m message"}
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "data/%E9%20%C3%BC.csv"


def test_the_schema_of_sarif_rejects_a_log_that_is_none() -> None:
    log = sarif([Problem("data", 0, 1, "P04", "a message")])
    assert not_sarif(log) == ["0 is less than the minimum of 1"]


def not_sarif(log: object) -> list[str]:
    """Return the errors that the schema of SARIF 2.1.0 finds in a log."""
    schema = json.loads((ROOT / "tests/vendor/sarif-2.1.0.json").read_text("utf-8"))
    return [error.message for error in Draft4Validator(schema).iter_errors(log)]


def test_a_valid_dataset_is_reported_in_each_format(built_small: Path, mmru: Run) -> None:
    assert json.loads(mmru("check", "--format", "json").stdout) == []
    [log] = report([], "sarif", built_small, quote=False)
    assert json.loads(log)["runs"][0]["results"] == []
    assert list(report([], "github", built_small, quote=False)) == []
    assert mmru("check", "--format", "xml").exit_code == 2


def test_a_terminal_shows_the_line_with_a_caret(faulty: Path) -> None:
    ours, theirs = pty.openpty()
    command = [str(Path(sys.executable).parent / "mmru"), "check"]
    # in continuous integration no progress is printed
    quiet = {**os.environ, "CI": "1"}
    ran = subprocess.Popen(command, cwd=faulty, stdout=subprocess.DEVNULL, stderr=theirs, env=quiet)
    assert ran.wait() == 1
    shown = os.read(ours, 100_000).decode().replace("\r\n", "\n")
    wanted = f"R08 {MESSAGE}; did you mean 'visit'?\n{' ' * 14}event_type: vist\n{' ' * 26}^\n1 problem\n"
    assert wanted in shown


def test_the_caret_is_below_its_column_in_a_long_line(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text("x" * 300 + "HERE" + "y" * 300, "utf-8")
    _, line, caret = report([Problem("long.yaml", 1, 301, "R08", "no")], "text", tmp_path, quote=True)
    assert line[caret.index("^") :].startswith("HERE")
    assert len(line) <= 104


def test_a_missing_or_binary_file_is_reported_without_its_line(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    problems = [Problem("none", 1, 1, "R01", "a"), Problem("bytes", 1, 1, "R02", "b")]
    assert len(list(report(problems, "text", tmp_path, quote=True))) == 2


@given(st.text(), st.text())
def test_an_annotation_is_one_line_whatever_its_text(path: str, message: str) -> None:
    [line] = report([Problem(path, 1, 1, "R08", message)], "github", Path(), quote=False)
    assert line.startswith("::error file=")
    assert "\n" not in line
    assert "\r" not in line


def test_problems_and_warnings_are_counted_separately() -> None:
    error, warning = Problem("a", 1, 1, "R08", "x"), Problem("a", 1, 1, "P01", "x")
    assert count([error]) == "1 problem"
    assert count([warning, warning, error]) == "1 problem, 2 warnings"


def test_a_warning_has_the_level_warning_for_programs() -> None:
    lines = report([Problem("a", 1, 1, "P04", "x")], "json", Path(), quote=False)
    assert [p["level"] for p in json.loads("\n".join(lines))] == ["warning"]
