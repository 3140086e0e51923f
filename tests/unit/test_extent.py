"""How much of a page was read: what counts, what may be set aside, and which texts must be at hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from mmru.model.locator import digest
from mmru.pipeline.build import build
from mmru.seeds.fingerprints import fingerprints_of
from steps import edit

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


def code(root: Path, extent: str, aside: str = "", text: str = CORE) -> None:
    """Add an article of which so much was read."""
    (root / "texts/gamma.txt").write_text(text, "utf-8")
    content = SOURCE.format(extent=extent, aside=aside, digest=digest(CORE)[:8])
    (root / "seeds/articles/src-gamma.yaml").write_text(content, "utf-8")
    prints = fingerprints_of("src-gamma", text)
    (root / "seeds/fingerprints/src-gamma.yaml").write_text(prints, "utf-8")


@pytest.mark.parametrize(
    ("extent", "witnesses", "confirmation", "grades"),
    [
        ("whole", 2, "independent", {1}),
        ("opening", 2, "independent", {1}),
        ("headline", 1, "single-witness", {3}),
    ],
)
def test_a_headline_is_no_witness_and_confirms_nothing(
    small: Path, extent: str, witnesses: int, confirmation: str, grades: set[int]
) -> None:
    code(small, extent)
    dataset = build(small)
    [visit] = [row for row in dataset.tables["events"].to_pylist() if row["event_id"] == VISIT]
    assert (visit["source_count"], visit["origin_count"], visit["confirmation"]) == (
        3,
        witnesses,
        confirmation,
    )
    claims = dataset.tables["claims"].to_pylist()
    of_status = {c["credibility"] for c in claims if (c["record_id"], c["field"]) == (VISIT, "status")} - {
        None
    }
    inferred = {3}  # that of src-beta, which names nobody
    assert of_status == grades | inferred


def test_what_only_a_headline_reports_is_unconfirmed(small: Path) -> None:
    code(small, "headline")
    article = small / "seeds/articles/src-gamma.yaml"
    edit(article, "- event: ev-visit-quill-lindos", "- event: ev-second-visit")
    registry = small / "seeds/registry/events.yaml"
    entry = "- {event_id: ev-second-visit, title: A second visit, summary: The minister came to Lindos again., plover_type: CONSULT}\n"
    registry.write_text(registry.read_text("utf-8") + entry, "utf-8")
    [visit] = [
        row for row in build(small).tables["events"].to_pylist() if row["event_id"] == "ev-second-visit"
    ]
    assert (visit["source_count"], visit["origin_count"], visit["confirmation"]) == (1, 0, "unconfirmed")


@pytest.mark.parametrize(
    ("extent", "aside", "code_"),
    [
        ("opening", "cut: [2]", ""),
        ("opening", "not-core: [2]", ""),
        ("headline", "cut: [2]", ""),
        ("whole", "cut: [2]", "T95"),
        ("whole", "not-core: [2]", "T95"),
    ],
)
def test_only_of_a_part_of_a_page_a_line_is_cut_or_not_of_the_core(
    small: Path, mmru: Mmru, extent: str, aside: str, code_: str
) -> None:
    code(small, extent, aside, f"{CORE}\n{REST}")
    found = [line.split()[1] for line in mmru("check").stderr.splitlines() if line.startswith("seeds/")]
    assert [code for code in found if code != "W01"] == [code_] * bool(code_)


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
