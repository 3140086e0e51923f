"""Locators: places in a text, made from quotes and held against the text."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from mmru.model.locator import Locator, Passage, digest, mismatch, misplaced, parse, passages
from mmru.seeds.anchor import locate

Mmru = Callable[..., Result]
Spoil = Callable[[str, str, str], None]
LINES = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])), min_size=1)


@given(LINES, st.data())
def test_a_quote_becomes_a_locator_that_holds_and_cuts_it_out_again(
    lines: list[str], data: st.DataObject
) -> None:
    number = data.draw(st.integers(1, len(lines)))
    line = lines[number - 1]
    start = data.draw(st.integers(0, len(line)))
    words = line[start : data.draw(st.integers(start, len(line)))]
    try:
        made = locate(words, lines, number)
    except ValueError:
        assert sum(line.startswith(words, n) for n in range(len(line) + 1)) != 1
        return
    assert parse(str(made)) == made
    assert made.cut(lines[made.line - 1]) == words
    assert mismatch(made, lines) == "" or not words.strip() or not line.strip()


@given(LINES, st.data())
def test_a_changed_character_breaks_the_locator(lines: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(lines)))
    line = lines[number - 1]
    whole = Locator(number, None, None, digest(line)[:8])
    assert mismatch(whole, lines) == "" or not line.strip()
    lines[number - 1] = line + "x"
    assert "does not match the text" in mismatch(whole, lines)


@given(st.text(max_size=30))
def test_any_text_is_a_locator_or_refused(text: str) -> None:
    try:
        assert str(parse(text)) == text or not text.isascii()
    except ValueError as refused:
        assert str(refused) == f"'{text}' is not a locator"  # noqa: PT017


def test_lines_are_counted_from_one_with_empty_ones_and_measured_in_code_points() -> None:
    assert [(p.line, p.chars) for p in passages("缅甸\n\n \na𝄞b")] == [(1, 2), (4, 3)]


KNOWN = {4: Passage(4, 10, digest("0123456789"))}


@pytest.mark.parametrize(
    ("locator", "message"),
    [
        ("L5~00000000", "L5~00000000 names line 5, which is empty or beyond the end of the text"),
        ("L4.3-11~00000000", "L4.3-11~00000000 leaves its line, which has 10 characters"),
        ("L4.5-5~00000000", "L4.5-5~00000000 names no character: its range ends before it begins"),
        (
            "L4~00000000",
            f"L4~00000000 does not match its line, whose hash begins with {digest('0123456789')[:8]}",
        ),
        (f"L4~{digest('0123456789')[:8]}", ""),
        ("L4.3-10~00000000", ""),
    ],
)
def test_much_shows_without_the_text(locator: str, message: str) -> None:
    assert misplaced(parse(locator), KNOWN.get(parse(locator).line)) == message


@pytest.mark.parametrize(
    ("words", "line", "message"),
    [
        ("green", None, "these words do not stand in the text"),
        ("red", None, "these words stand 3 times: L1.0, L1.8, L2.4"),
        ("red", 1, "these words stand 2 times: L1.0, L1.8"),
        ("blue", 2, "these words do not stand on line 2"),
        ("blue", 9, "these words do not stand on line 9"),
    ],
)
def test_a_quote_must_stand_once(words: str, line: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        locate(words, ["red and red, blue", "the red one"], line)
    assert str(refused.value) == message


def test_anchoring_keeps_comments_and_leaves_no_quote(small: Path) -> None:
    template = (ROOT / "docs" / "template.yaml").read_text("utf-8").splitlines()
    anchored = (small / "seeds/articles/src-alpha.yaml").read_text("utf-8").splitlines()
    assert len(anchored) == len(template)
    changed = [(old, new) for old, new in zip(template, anchored) if old != new]
    assert changed
    assert all("quote: " in old and "at: L" in new for old, new in changed)
    assert [line for line in anchored if "#" in line] == [line for line in template if "#" in line]


def test_a_line_given_beside_a_quote_tells_equal_words_apart(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    old = (small / path).read_text("utf-8")
    here = "    identity:\n      at: L4.0-60~ff80d7a8\n"
    spoil(path, here, "    identity:\n      quote: Arden\n")
    refused = mmru("anchor")
    assert refused.exit_code == 1
    assert (
        "src-alpha.yaml:40:14: A05 these words stand 2 times: L1.12, L4.22; quote words that stand there once"
        in refused.stderr
    )
    spoil(path, "      quote: Arden\n", "      quote: Arden\n      at: L4\n")
    assert mmru("anchor").exit_code == 0
    assert (small / path).read_text("utf-8") == old.replace(
        "at: L4.0-60~ff80d7a8", f"at: L4.22-27~{digest('Arden')[:8]}", 1
    )


def test_a_draft_locator_gets_its_hash_also_in_flow_style(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    spoil(path, "identity: {at: L4.86-118~b7e2f6e6, credibility: 3}", "identity: {at: L4, credibility: 3}")
    spoil(
        path,
        "identity: {at: L4.101-118~b895cd57, credibility: 3}",
        "identity: {at: L4, quote: a ferry agreement, credibility: 3}",
    )
    assert mmru("anchor").exit_code == 0
    content = (small / path).read_text("utf-8")
    line = (small / "texts/alpha.txt").read_text("utf-8").split("\n")[3]
    assert f"identity: {{at: L4~{digest(line)[:8]}, credibility: 3}}" in content
    assert "identity: {at: L4.101-118~b895cd57, credibility: 3}" in content


@pytest.mark.parametrize(
    "written",
    [
        "quote: |-\n        met Governor Bo Ren",
        "quote: >\n        met Governor\n        Bo Ren",
        '"quote": "met Governor Bo Ren"',
        "quote: 'met Governor Bo Ren' # the words of quote: here",
        "quote: # the quote\n        met Governor Bo Ren",
    ],
)
def test_a_quote_may_be_written_in_any_way_that_yaml_has(
    mmru: Mmru, spoil: Spoil, small: Path, written: str
) -> None:
    path = "seeds/articles/src-alpha.yaml"
    spoil(path, "      at: L4.65-84~3ea63601\n", f"      {written}\n")
    anchored = mmru("anchor")
    if written.startswith("quote: >\n"):
        assert "A05 these words do not stand in the text" in anchored.stderr
        return
    assert anchored.exit_code == 0, anchored.output
    assert "      at: L4.65-84~3ea63601" in (small / path).read_text("utf-8")
    assert mmru("build").exit_code == 0


def test_a_part_that_aliases_repeat_is_anchored_once(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    spoil(
        path,
        "    identity: {at: L4.86-118~b7e2f6e6, credibility: 3}",
        "    identity: {at: &place L4.86-118, credibility: 3}",
    )
    spoil(
        path,
        "      - at: L4.86-118~b7e2f6e6\n        credibility: 3\n        says:\n          event_type",
        "      - at: *place\n        credibility: 3\n        says:\n          event_type",
    )
    refused = mmru("anchor")
    assert refused.exit_code == 0 or "A10 cannot be anchored as it is written" in refused.stderr
    assert mmru("build").exit_code == 0 or refused.exit_code == 1


def test_a_brace_behind_a_quote_stays(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    spoil(
        path,
        "identity: {at: L4.86-118~b7e2f6e6, credibility: 3}",
        "identity: {credibility: 3, at: L4,\n      quote: The two signed a ferry agreement }",
    )
    assert mmru("anchor").exit_code == 0
    assert mmru("build").exit_code == 0


def test_a_range_that_ends_before_it_begins_is_not_anchored(mmru: Mmru, spoil: Spoil) -> None:
    spoil("seeds/articles/src-alpha.yaml", "      at: L4.65-84~3ea63601\n", "      at: L4.84-65\n")
    assert "A05 L4.84-65 names no character: its range ends before it begins" in mmru("anchor").stderr


def test_a_source_known_only_by_its_address_needs_no_text(mmru: Mmru, small: Path) -> None:
    path = small / "seeds/articles/src-beta.yaml"
    content = path.read_text("utf-8")
    kept = [row for row in content.splitlines() if not re.search(r"text_|- \{line|^ +at: |lines:", row)]
    path.write_text(
        "\n".join(kept)
        .replace("      - at: L1.0-12~5cdb02a1\n        ", "      - ")
        .replace("      - at: L1.13-30~05322f08\n        ", "      - ")
        .replace("records:", "lines: []\nrecords:")
        + "\n",
        "utf-8",
    )
    assert mmru("anchor", "--verify").exit_code == 0
    built = mmru("build")
    assert built.exit_code == 0, built.output


def test_original_words_stand_among_those_cited(mmru: Mmru, spoil: Spoil) -> None:
    spoil("seeds/articles/src-alpha.yaml", "original: on Friday", "original: on Thursday")
    spoil("seeds/articles/src-alpha.yaml", "original: fishing", "original: ferry")
    refused = mmru("anchor", "--verify")
    assert refused.exit_code == 1
    fix = "give words of the passage, or cite more of it"
    assert refused.stderr.splitlines()[:-1] == [
        f"seeds/articles/src-alpha.yaml:55:23: A11 'on Thursday' does not stand among the words cited; {fix}",
        f"seeds/articles/src-alpha.yaml:75:61: A11 'ferry' does not stand among the words cited; {fix}",
    ]


def test_verifying_changes_nothing_and_refuses_quotes(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    assert mmru("anchor", "--verify").exit_code == 0
    spoil(
        path,
        "identity: {at: L4.86-118~b7e2f6e6, credibility: 3}",
        "identity: {quote: The two signed, credibility: 3}",
    )
    before = (small / path).read_bytes()
    refused = mmru("anchor", "--verify")
    assert refused.exit_code == 1
    assert "A01 holds quotes or locators without a hash; run mmru anchor" in refused.stderr
    assert (small / path).read_bytes() == before


def test_locators_are_held_against_the_text(mmru: Mmru, spoil: Spoil) -> None:
    spoil("seeds/articles/src-beta.yaml", "{line: 1, chars: 31", "{line: 1, chars: 30")
    spoil("seeds/articles/src-alpha.yaml", "      at: L4.65-84~3ea63601\n", "      at: L4.65-85~3ea63601\n")
    refused = mmru("anchor")
    assert refused.exit_code == 1
    assert (
        "src-alpha.yaml:61:11: A05 L4.65-85~3ea63601 does not match the text, whose characters there hash to"
        in refused.stderr
    )
    assert "src-beta.yaml:15:5: A06 line 1 has 31 characters and hash" in refused.stderr


def test_a_text_that_is_not_at_hand_is_named(mmru: Mmru, small: Path) -> None:
    (small / "texts/beta.txt").unlink()
    refused = mmru("anchor", "seeds/articles/src-beta.yaml")
    assert refused.exit_code == 1
    assert "seeds/articles/src-beta.yaml:6:16: A09 no text with the hash" in refused.stderr
    shutil.rmtree(small / "texts")
    assert "texts:1:1: R01 is missing; name the texts' folder" in mmru("anchor").stderr


LACKING = (
    "no text with the hash '68e21f564457469dfa50e59cebbbbe926a3d0c0d2940f6961f831868ba984d4c' is at hand"
)


def test_without_files_what_can_be_anchored_is_and_a_lacking_text_is_named(
    mmru: Mmru, spoil: Spoil, small: Path
) -> None:
    (small / "texts/beta.txt").unlink()
    spoil(
        "seeds/articles/src-alpha.yaml",
        "{at: L4.86-118~b7e2f6e6, credibility: 3}",
        "{at: L4.86-118, credibility: 3}",
    )
    anchored = mmru("anchor")
    assert (anchored.exit_code, anchored.stderr) == (0, "")
    alpha, beta = anchored.stdout.splitlines()
    assert re.fullmatch(r"seeds/articles/src-alpha\.yaml: \d+ places anchored", alpha)
    assert beta == f"seeds/articles/src-beta.yaml: left as it is, since {LACKING}"
    assert "{at: L4.86-118~b7e2f6e6, credibility: 3}" in (small / "seeds/articles/src-alpha.yaml").read_text(
        "utf-8"
    )


def test_a_lacking_text_is_an_error_where_places_wait_for_it_and_the_others_are_anchored(
    mmru: Mmru, spoil: Spoil, small: Path
) -> None:
    (small / "texts/beta.txt").unlink()
    spoil(
        "seeds/articles/src-alpha.yaml",
        "{at: L4.86-118~b7e2f6e6, credibility: 3}",
        "{at: L4.86-118, credibility: 3}",
    )
    path = small / "seeds/articles/src-beta.yaml"
    path.write_text(path.read_text("utf-8").replace("at: L1.0-12~5cdb02a1", "at: L1.0-12"), "utf-8")
    refused = mmru("anchor")
    assert refused.exit_code == 1
    fix = "put the text into the folder named by --articles, or mend text_sha256"
    assert refused.stderr == f"seeds/articles/src-beta.yaml:6:16: A09 {LACKING}; {fix}\n1 problem\n"
    assert "{at: L4.86-118~b7e2f6e6, credibility: 3}" in (small / "seeds/articles/src-alpha.yaml").read_text(
        "utf-8"
    )
    assert mmru("anchor", "--verify").exit_code == 1


def test_every_locator_of_the_dataset_holds_against_its_article(
    mmru: Mmru, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    verified = mmru("anchor", "--verify", "--articles", str(articles))
    assert verified.exit_code == 0, verified.stderr
    assert verified.stdout.count("places hold") == 5
