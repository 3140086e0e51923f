"""The ledger of searches and candidates, and the counts of what was found, coded and left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import command
from mmru.datapackage.open import open_package
from steps import Snapshots, spoil

Mmru = Callable[..., Result]
SEARCHES = """\
- {search_id: search-ferry, query: ferry Lindos, language: en, searched: 2031-05-06, result_count: 9}
- {search_id: search-visit, query: visit Quill, language: en, searched: "2031-05-07", event_id: ev-visit-quill-lindos}
"""
HEAD = "language: en, origin_side: third-party, text_extent: opening, search_id: search-ferry"
CODED = "search_id: search-ferry, decision: coded, origin_side: third-party, text_extent: whole"
TITLE = "Minister of Arden calls at Port Lindos"
CANDIDATES = f"""\
- {{candidate_id: cand-a, {HEAD}, published: 2031-05, decision: later, reason: It may be whole elsewhere.}}
- {{candidate_id: cand-b, {HEAD}, published: "[..2031-05-04]", decision: copy, reason: It repeats cand-c.}}
- {{candidate_id: cand-c, {CODED}, language: en, published: "2031-05-03", title: {TITLE},
   publisher: The Alpha, origin: the-alpha, source_id: src-alpha}}
- {{candidate_id: cand-d, {CODED}, language: zh, publisher: The Beta, origin: the-beta, source_id: src-beta}}
"""


LEDGER = [
    {"write": "seeds/searches.yaml", "text": SEARCHES},
    {"write": "seeds/candidates.yaml", "text": CANDIDATES},
]


@pytest.fixture
def kept(small: Path, mmru: Mmru) -> Path:
    """The small dataset with a ledger."""
    for step in LEDGER:
        spoil(small, step, mmru)
    return small


@pytest.fixture(scope="module")
def built(snapshots: Snapshots) -> Path:
    """The small dataset with a ledger and its generated files, for reading only."""
    return snapshots.after([*LEDGER, {"run": "mmru build"}], command) / "dataset"


def rows(root: Path, name: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = open_package(str(root), root).rows(name).to_pylist()
    return listed


@pytest.fixture
def printed(built: Path, mmru: Mmru, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines that mmru coverage prints."""
    monkeypatch.chdir(built)
    return mmru("coverage").stdout.splitlines()


def test_an_empty_ledger_is_counted(built_small: Path, mmru: Mmru) -> None:
    first, second, *_ = mmru("coverage").stdout.splitlines()
    assert first.startswith("What was found. Searches: 0. Pages that they found: 0.")
    assert second.startswith("Sources by extent.")


def test_each_search_has_the_number_of_its_candidates(built: Path) -> None:
    assert [(row["search_id"], row["new_count"]) for row in rows(built, "searches")] == [
        ("search-ferry", 4),
        ("search-visit", 0),
    ]


def test_the_counts_are_by_year_language_side_and_extent(printed: list[str]) -> None:
    assert [line.split() for line in printed[1:6]] == [
        ["year", "language", "side", "extent", "found", "coded", "set", "aside", "left"],
        ["2031", "en", "third-party", "opening", "1", "0", "0", "1"],
        ["2031", "en", "third-party", "whole", "1", "1", "0", "0"],
        ["–", "en", "third-party", "opening", "1", "0", "1", "0"],
        ["–", "zh", "third-party", "whole", "1", "1", "0", "0"],
    ]


def test_the_page_and_the_command_have_the_same_rows(built: Path, printed: list[str]) -> None:
    page = (built / "docs/coverage.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in page if row.startswith("| ")]
    of_page = [" ".join(row).split() for row in cells if not set("".join(row)) <= set("-:")]
    assert of_page == [line.split() for line in printed if line.startswith("  ")]


def test_events_of_one_witness_are_listed_with_their_sources(built: Path, printed: list[str]) -> None:
    single = {row["event_id"] for row in rows(built, "events") if row["confirmation"] == "single-witness"}
    assert single
    assert {line.split()[0] for line in printed if line.startswith("  ev-")} - {"event"} == single


def test_a_row_of_the_ledger_is_reported_at_its_place(kept: Path, mmru: Mmru) -> None:
    text = CANDIDATES.replace("decision: copy, reason: It repeats cand-c.", "decision: copy")
    (kept / "seeds/candidates.yaml").write_text(text, "utf-8")
    assert mmru("check").stderr == (
        "seeds/candidates.yaml:2:3: T99 candidates cand-b: its decision does not fit: if coded, it has a source and "
        "no reason, else a reason and no source; correct decision, source_id or reason\n1 problem\n"
    )
