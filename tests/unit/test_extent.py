"""How much of a page was read: what counts, what may be set aside, and which texts must be at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from copies import Edit, Tables
from mmru.model.locator import digest
from mmru.seeds.fingerprints import fingerprints_of

Mmru = Callable[..., Result]
VISIT = "ev-visit-quill-lindos"
CORE, REST = "Ada Quill of Arden visited Lindos on 2 May 2031.", "She wore a hat. The crowd che"
SOURCE = """source:
  source_id: src-gamma
  publisher: The Beta
  publisher_kind: news-media
  language: en
  text_extent: {extent}
  extent_basis: inferred
  publisher_actor_id: the-beta
  reliability: C
  reliability_reason: A made-up paper for the tests.
  origin: the-beta
  rights: Made up for the tests; free for any use.
defaults: {{credibility: 3}}
set_aside: {{{aside}}}
records:
  - event: ev-visit-quill-lindos
    claims:
      - at: L1~{digest}
        says: {{event_type: visit, status: occurred, date: "2031-05-02", actors.visitor: ada-quill}}
"""


ARTICLE, PRINTS = "seeds/articles/src-gamma.yaml", "seeds/fingerprints/src-gamma.yaml"


def coded(extent: str, set_aside: str = "", text: str = CORE) -> dict[str, str]:
    """Return the files of an article of which so much was read."""
    content = SOURCE.format(extent=extent, aside=set_aside, digest=digest(CORE)[:8])
    return {ARTICLE: content, PRINTS: fingerprints_of("src-gamma", text)}


def code(root: Path, extent: str) -> None:
    """Add an article of which so much was read, and its text."""
    for path, content in {"texts/gamma.txt": CORE, **coded(extent)}.items():
        (root / path).write_text(content, "utf-8")


def added(files: Mapping[str, str]) -> list[Edit]:
    return [(path, "", content) for path, content in files.items()]


def read(extent: str, *expected: object) -> Any:
    return pytest.param(*expected, id=extent, marks=pytest.mark.edited(*added(coded(extent))))


@pytest.mark.parametrize(
    ("witnesses", "confirmation", "grades"),
    [
        read("whole", 2, "independent", {1}),
        read("opening", 2, "independent", {1}),
        read("headline", 1, "single-witness", {3}),
    ],
)
def test_a_headline_is_no_witness_and_confirms_nothing(
    tables: Tables, witnesses: int, confirmation: str, grades: set[int]
) -> None:
    [visit] = [row for row in tables["events"] if row["event_id"] == VISIT]
    assert (visit["source_count"], visit["origin_count"], visit["confirmation"]) == (
        3,
        witnesses,
        confirmation,
    )
    of_status = {
        c["credibility"] for c in tables["claims"] if (c["record_id"], c["field"]) == (VISIT, "status")
    }
    inferred = {3}  # that of src-beta, which names nobody
    assert of_status == grades | inferred


SECOND = "- {event_id: ev-second-visit, title: A second visit, summary: The minister came to Lindos again., plover_type: CONSULT}\n"


@pytest.mark.edited(
    *added(coded("headline")),
    (ARTICLE, "- event: ev-visit-quill-lindos", "- event: ev-second-visit"),
    ("seeds/registry/events.yaml", "", SECOND),
)
def test_what_only_a_headline_reports_is_unconfirmed(tables: Tables) -> None:
    [visit] = [row for row in tables["events"] if row["event_id"] == "ev-second-visit"]
    assert (visit["source_count"], visit["origin_count"], visit["confirmation"]) == (1, 0, "unconfirmed")


def aside(extent: str, use: str) -> Any:
    files = added(coded(extent, f"{use}: [2]", f"{CORE}\n{REST}"))
    return pytest.param(extent, use, marks=pytest.mark.edited(*files))


# the examples of T95 show that of a whole page none is
@pytest.mark.parametrize(
    ("extent", "use"), [aside("opening", "cut"), aside("opening", "not-core"), aside("headline", "cut")]
)
def test_of_a_part_of_a_page_a_line_is_cut_or_not_of_the_core(tables: Tables, extent: str, use: str) -> None:
    [source] = [row for row in tables["sources"] if row["source_id"] == "src-gamma"]
    uses = [row["use"] for row in tables["passages"] if row["source_id"] == "src-gamma"]
    assert (source["text_extent"], uses) == (extent, ["coded", use])


@pytest.mark.parametrize("extent", ["whole", "opening", "headline"])
@pytest.mark.parametrize(("named", "exit_code"), [([], 0), (["src-gamma"], 1)])
def test_a_text_must_be_at_hand_only_where_its_source_is_named(
    small: Path, mmru: Mmru, extent: str, exit_code: int, named: list[str]
) -> None:
    code(small, extent)
    (small / "texts/gamma.txt").unlink()
    result = mmru("anchor", "--verify", *named)
    missing = f"no text with the hash '{digest(CORE)}' was found"
    assert (result.exit_code, result.output.count(missing)) == (exit_code, 1)
    assert (f"seeds/articles/src-gamma.yaml: unchanged, since {missing}\n" in result.output) == (
        exit_code == 0
    )


def test_without_any_text_nothing_is_verified(small: Path, mmru: Mmru) -> None:
    for path in (small / "texts").iterdir():
        path.unlink()
    result = mmru("anchor", "--verify")
    assert result.exit_code == 1
    assert result.stderr.count(" A09 ") == 2


def test_texts_are_found_in_several_folders(small: Path, mmru: Mmru, monkeypatch: pytest.MonkeyPatch) -> None:
    code(small, "opening")
    (small / "openings").mkdir()
    (small / "texts/gamma.txt").rename(small / "openings/gamma.txt")
    assert "src-gamma.yaml: unchanged" in mmru("anchor", "--verify").output
    monkeypatch.setenv("MMRU_ARTICLES", "texts:openings")
    assert mmru("anchor", "--verify").output.count("verified\n") == 3
    assert f"“{CORE}”" in command_of_record(mmru)


def command_of_record(mmru: Mmru) -> str:
    """Return what mmru show prints of the visit, after a build."""
    assert mmru("build").exit_code == 0
    return mmru("show", VISIT).output
