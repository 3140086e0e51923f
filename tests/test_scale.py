"""The measurements: what counts, what is kept of it, and that the floors do the work they are said to do."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ROOT
from mmru.cli.main import main

sys.path.insert(0, str(ROOT / "benchmarks"))
import floors
from corpus import corpus
from measure import PYTHON, Command, Figure, against, in_turn, merge
from published import altered, published
from scale_page import BEGIN, END, PAGE, PICTURE, write


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of a small corpus, twice."""
    root = tmp_path_factory.mktemp("scale")
    corpus(root / "dataset", 10)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root / "dataset")
        made = CliRunner().invoke(main, ["build"])
    assert made.exit_code == 0, made.output
    published(root / "package", 1000, source=root / "dataset")
    return root / "package"


def test_the_floor_of_a_comparison_counts_the_cells_that_were_changed(package: Path, tmp_path: Path) -> None:
    changed = altered(package, tmp_path / "changed", 0.05)
    assert changed > 100
    assert floors.diff(package, str(tmp_path / "changed")) == {"gone": 0, "added": 0, "cells": changed}
    assert floors.verify(tmp_path / "changed") == {}


def test_the_floor_of_a_proof_finds_a_cell_that_differs(package: Path, tmp_path: Path) -> None:
    altered(package, tmp_path / "changed", 0.05)
    shutil.copy(package / "data" / "events.csv", tmp_path / "changed" / "data")
    with pytest.raises(AssertionError, match="events"):
        floors.verify(tmp_path / "changed")
    (tmp_path / "changed" / "SHA256SUMS").write_text("", "utf-8")
    with pytest.raises(AssertionError, match="events"):
        floors.verify(tmp_path / "changed")


def test_the_other_validator_is_told_the_types_limits_and_keys(package: Path) -> None:
    floors.describe(package)
    tables = {t["url"]: t["tableSchema"] for t in json.loads((package / floors.CSVW).read_bytes())["tables"]}
    passages = tables["data/passages.csv"]
    assert passages["primaryKey"] == ["source_id", "line"]
    assert passages["foreignKeys"] == [
        {
            "columnReference": ["source_id"],
            "reference": {"resource": "data/sources.csv", "columnReference": ["source_id"]},
        }
    ]
    columns = {column["name"]: column for column in passages["columns"]}
    assert columns["line"]["datatype"] == {"base": "integer", "minimum": 1}
    assert columns["line"]["required"]
    lists = {c["name"]: c.get("separator") for c in tables["data/events.csv"]["columns"]}
    assert (lists["sectors"], lists["title"]) == (";", None)


def test_commands_run_in_turn_and_only_what_counts_is_counted(tmp_path: Path) -> None:
    order: list[str] = []

    def said(name: str, told: str) -> Command:
        return Command([PYTHON, "-c", f"print('{told}')"], before=lambda: order.append(name), tells=True)

    took = in_turn({"one": said("one", '{"counted": 7.5}'), "other": said("other", '{"uncounted": -60}')}, 2)
    assert order == ["one", "other", "one", "other"]
    assert took["one"].seconds == 7.5
    assert took["other"].seconds > 60
    assert took["one"].megabytes > 1
    with pytest.raises(RuntimeError, match="ended with 3"):
        in_turn({"failing": Command([PYTHON, "-c", "raise SystemExit(3)"])}, 1)


def test_a_figure_takes_the_place_of_that_of_its_name_and_the_page_shows_it(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / PAGE, tmp_path / PAGE)
    results = tmp_path / "results.json"
    took = in_turn({"pass": Command([PYTHON, "-c", "pass"])}, 1)["pass"]
    merge(results, Figure("1", "memory", "9 articles", "GB", 9.9, 1.5, 1))
    merge(results, Figure("1", "memory", "9 articles", "GB", 1.25, 1.5, 1))
    merge(results, against("2", "a build", "9 articles", 0.02, took, "a peer", took))
    merge(results, against("3", "a comparison", "", None, took, "by hand", took))
    found = json.loads(results.read_text("utf-8"))
    assert [(f["name"], f["ratio"], f["met"]) for f in found["figures"]] == [
        ("memory", None, True),
        ("a build", 1, False),
        ("a comparison", 1, None),
    ]
    for _ in range(2):
        write(tmp_path, found)
        page = (tmp_path / PAGE).read_text("utf-8")
        assert page.count(BEGIN) == page.count(END) == 1
        assert "| memory | 9 articles | 1.25 GB | – | – | 1.50 GB | yes | – | – | 1 |" in page
        assert "| 1.00 | 1/50 | no |" in page
        assert page.partition(END)[2] == (ROOT / PAGE).read_text("utf-8").partition(END)[2]
    assert "a build" in (tmp_path / PICTURE).read_text("utf-8")
    assert "a comparison" not in (tmp_path / PICTURE).read_text("utf-8")
