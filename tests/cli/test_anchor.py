"""Locators: places in a text, made from quotes and compared with the text."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from mmru.model.locator import Locator, Passage, digest, mismatch, misplaced, parse, passages
from mmru.seeds.anchor import locate
from mmru.seeds.articles import read_articles
from mmru.seeds.reader import read_schemas, read_seeds

Mmru = Callable[..., Result]
Spoil = Callable[[str, str, str], None]
PRINTS = "seeds/fingerprints/src-beta.yaml"
LINES = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])), min_size=1)


@given(LINES, st.data())
def test_a_changed_character_breaks_the_locator(lines: list[str], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, len(lines)))
    line = lines[number - 1]
    whole = Locator(number, None, None, digest(line)[:8])
    assert mismatch(whole, lines) == "" or not passages(line)
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
        ("L4.3-11~00000000", "L4.3-11~00000000 goes beyond its line, which has 10 characters"),
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
        ("green", None, "these words are not in the text"),
        ("red", None, "these words occur 3 times: L1.0, L1.8, L2.4"),
        ("red", 1, "these words occur 2 times: L1.0, L1.8"),
        ("blue", 2, "these words are not on line 2"),
        ("blue", 9, "these words are not on line 9"),
    ],
)
def test_a_quote_must_stand_once(words: str, line: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        locate(words, ["red and red, blue", "the red one"], line)
    assert str(refused.value) == message


def claims(root: Path) -> list[dict[str, Any]]:
    """Return the claims of a dataset, and assert that its articles can be read."""
    schemas = read_schemas(root)
    coding = read_seeds(root, schemas).coding
    articles = read_articles(root, coding.articles, schemas, coding.forms)
    assert articles.problems == []
    rows: list[dict[str, Any]] = articles.claims.to_pylist()
    return rows


def test_anchoring_keeps_comments_and_leaves_no_quote(small: Path) -> None:
    template = (ROOT / "docs" / "template.yaml").read_text("utf-8").splitlines()
    anchored = (small / "seeds/articles/src-alpha.yaml").read_text("utf-8").splitlines()
    assert len(anchored) == len(template)
    changed = [(old, new) for old, new in zip(template, anchored) if old != new]
    assert changed
    assert all("quote: " in old and "at: L" in new for old, new in changed)
    comments = [[line.partition("#")[2] for line in lines] for lines in (anchored, template)]
    assert comments[0] == comments[1]


def test_a_line_given_beside_a_quote_tells_equal_words_apart(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    old = (small / path).read_text("utf-8")
    spoil(path, "      - at: L4.0-60~ff80d7a8\n", "      - quote: Arden\n")
    spoil(path, "original: on Friday", "original: Arden")
    refused = mmru("anchor")
    assert refused.exit_code == 1
    assert (
        "src-alpha.yaml:46:16: A05 these words occur 2 times: L1.12, L4.22; quote words that occur once"
        in refused.stderr
    )
    spoil(path, "      - quote: Arden\n", "      - quote: Arden\n        at: L4\n")
    assert mmru("anchor").exit_code == 0
    wanted = old.replace("- at: L4.0-60~ff80d7a8\n", f"- \n        at: L4.22-27~{digest('Arden')[:8]}\n", 1)
    assert (small / path).read_text("utf-8") == wanted.replace("original: on Friday", "original: Arden")


REACTION = "identity: {at: L5.95-112~66afde02, credibility: 2}"


def test_a_draft_locator_gets_its_hash_also_in_flow_style(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    spoil(path, "identity: {at: L4.101-118~b895cd57}", "identity: {at: L4, credibility: 3}")
    spoil(path, REACTION, "identity: {at: L5, quote: Governor Ren said, credibility: 2}")
    assert mmru("anchor").exit_code == 0
    content = (small / path).read_text("utf-8")
    line = (small / "texts/alpha.txt").read_text("utf-8").split("\n")[3]
    assert f"identity: {{at: L4~{digest(line)[:8]}, credibility: 3}}" in content
    assert REACTION in content


@pytest.mark.parametrize(
    "written",
    [
        "quote: |-\n          met Governor Bo Ren",
        "quote: >\n          met Governor\n          Bo Ren",
        '"quote": "met Governor Bo Ren"',
        "quote: 'met Governor Bo Ren' # the words of quote: here",
        "quote: # the quote\n          met Governor Bo Ren",
    ],
)
def test_a_quote_may_be_written_in_any_way_that_yaml_has(
    mmru: Mmru, spoil: Spoil, small: Path, written: str
) -> None:
    path = "seeds/articles/src-alpha.yaml"
    spoil(path, "      - at: L4.65-84~3ea63601\n", f"      - {written}\n")
    anchored = mmru("anchor")
    if written.startswith("quote: >\n"):
        message = "L4.65-84 has 'met Governor Bo Ren', which differs in white space (line break)"
        assert f"A05 these words are not in the text: {message}" in anchored.stderr
        return
    assert anchored.exit_code == 0, anchored.output
    assert "      - at: L4.65-84~3ea63601" in (small / path).read_text("utf-8")
    assert claims(small)


def test_a_part_that_aliases_repeat_is_anchored_once(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    spoil(
        path,
        "    identity: {at: L4.101-118~b895cd57}",
        "    identity: {at: &place L4.86-118}",
    )
    spoil(
        path,
        "      - at: L4.86-118~b7e2f6e6\n        says:\n          agreement_type",
        "      - at: *place\n        says:\n          agreement_type",
    )
    refused = mmru("anchor")
    assert refused.exit_code == 0 or "A10 cannot be anchored as it is written" in refused.stderr
    assert refused.exit_code == 1 or claims(small)


def test_a_brace_behind_a_quote_stays(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    spoil(
        path,
        "identity: {at: L4.101-118~b895cd57}",
        "identity: {credibility: 3, at: L4,\n      quote: a ferry agreement }",
    )
    assert mmru("anchor").exit_code == 0
    assert claims(small)


def test_a_range_that_ends_before_it_begins_is_not_anchored(mmru: Mmru, spoil: Spoil) -> None:
    spoil("seeds/articles/src-alpha.yaml", "      - at: L4.65-84~3ea63601\n", "      - at: L4.84-65\n")
    assert "A05 L4.84-65 names no character: its range ends before it begins" in mmru("anchor").stderr


def test_a_source_without_a_text_is_refused_in_one_line(mmru: Mmru, small: Path) -> None:
    (small / PRINTS).unlink()
    line = f"{PRINTS}:1:1: R01 is missing; run mmru anchor seeds/articles/src-beta.yaml"
    assert mmru("check").stderr.splitlines() == [line, "1 problem"]
    (small / "texts/beta.txt").unlink()
    fix = "put the text into the folder named by --articles"
    line = f"seeds/articles/src-beta.yaml:1:1: A09 no text was found that has its quotes and locators; {fix}"
    refused = mmru("anchor", "seeds/articles/src-beta.yaml")
    assert refused.stderr.splitlines() == [line, "1 problem; nothing was written"]


@pytest.mark.parametrize("spoiled", ["", "source_id: src-alpha", "source_id: [src-beta", "x: 1", "\ufeff"])
def test_anchoring_makes_missing_or_broken_fingerprints_again(mmru: Mmru, small: Path, spoiled: str) -> None:
    path = small / PRINTS
    written = path.read_bytes()
    path.write_text(spoiled, "utf-8") if spoiled else path.unlink()
    refused = mmru("check")
    assert refused.exit_code == 1
    assert all(
        line.startswith(f"{PRINTS}:") and line.endswith("; run mmru anchor seeds/articles/src-beta.yaml")
        for line in refused.stderr.splitlines()[:-1]
    )
    verified = mmru("anchor", "--verify")
    assert f"{PRINTS}:1:1: A06 does not match the text" in verified.stderr
    assert mmru("anchor", "seeds/articles/src-beta.yaml").exit_code == 0
    assert path.read_bytes() == written


def test_fingerprints_of_no_extraction_are_reported(mmru: Mmru, small: Path) -> None:
    shutil.copy(small / PRINTS, small / "seeds/fingerprints/src-gone.yaml")
    line = (
        "seeds/fingerprints/src-gone.yaml:1:1: R12 is not part of the seeds; "
        "remove it, or restore the extraction of that name"
    )
    assert mmru("check").stderr.splitlines() == [line, "1 problem"]


QUOTE = "      - at: L5.26-63~db90ec1d"


@pytest.mark.parametrize(
    ("written", "column", "message"),
    [
        ("", 15, "found nothing instead of text; write text, in quotes"),
        ("# no words", 15, "found nothing instead of text; write text, in quotes"),
        ("null", 16, 'found null instead of text; put it in quotes: "null"'),
        ("~", 16, 'found ~ instead of text; put it in quotes: "~"'),
        ("true", 16, 'found true instead of text; put it in quotes: "true"'),
        ("1e3 # a number", 16, 'found 1e3 instead of text; put it in quotes: "1e3"'),
        ("0x10", 16, 'found 0x10 instead of text; put it in quotes: "0x10"'),
        ("057", 16, 'found 057 instead of text; put it in quotes: "057"'),
        (".nan", 16, 'found .nan instead of text; put it in quotes: ".nan"'),
        ("[words]", 16, "found a list instead of text; write text"),
        ("{value: words}", 16, "found a mapping instead of text; write text"),
    ],
)
def test_a_quote_that_yaml_reads_as_something_else_is_refused(
    mmru: Mmru, spoil: Spoil, small: Path, written: str, column: int, message: str
) -> None:
    text = small / "texts/alpha.txt"
    spoil("seeds/articles/src-alpha.yaml", QUOTE, f"      - quote: {written}")
    before = text.read_bytes()
    expected = f"seeds/articles/src-alpha.yaml:66:{column}: R07 {message}"
    assert mmru("anchor").stderr.splitlines() == [expected, "1 problem; nothing was written"]
    if written != ".nan":
        assert mmru("check").stderr.splitlines() == [expected, "1 problem"]
    assert text.read_bytes() == before


@pytest.mark.parametrize("written", ["No", "2031-05-02", "12:30", "off"])
def test_what_yaml_reads_as_text_is_a_quote(mmru: Mmru, spoil: Spoil, written: str) -> None:
    spoil("seeds/articles/src-alpha.yaml", QUOTE, f"      - quote: {written}")
    assert ":66:16: A05 these words are not in the text" in mmru("anchor").stderr


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        (QUOTE, "      - at: 12", "66:13", 'R07 found 12 instead of text; put it in quotes: "12"'),
        (QUOTE, "      - at:", "66:12", "R07 found nothing instead of text; write text, in quotes"),
        (
            "original: on Friday",
            "original: 057",
            "54:23",
            'R07 found 057 instead of text; put it in quotes: "057"',
        ),
    ],
)
def test_other_parts_that_must_be_text(
    mmru: Mmru, spoil: Spoil, old: str, new: str, place: str, message: str
) -> None:
    spoil("seeds/articles/src-alpha.yaml", old, new)
    line = f"seeds/articles/src-alpha.yaml:{place}: {message}"
    assert mmru("anchor").stderr.splitlines() == [line, "1 problem; nothing was written"]


TYPED = "ရုရှားနိုင်ငံ၏\u200bဝန်ကြီးသည်\u200b မြန်မာနိုင်ငံသို့ လာရောက်ခဲ့သည်။ န့်"
GAMMA = """source:
  source_id: src-gamma
  publisher_kind: news-media
  language: my
  text_extent: whole
  extent_basis: implied
  publisher_actor_id: the-alpha
  reliability: C
  reliability_reason: A made-up paper for the tests.
  origin: the-alpha
  rights: Made up for the tests; free for any use.
records:
  - event: ev-visit-quill-lindos
    identity: {{quote: "{quote}", credibility: 3}}
    claims:
      - quote: "{quote}"
        credibility: 3
        says:
          actors.visitor: {{value: ada-quill, original: "{original}"}}
"""


@pytest.mark.parametrize("form", ["NFC", "NFD", "as typed"])
@pytest.mark.parametrize("ignorable", ["", "\u200b", "\u200c"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_burmese_is_coded_as_it_is_typed(
    mmru: Mmru, small: Path, form: Any, ignorable: str, end: bytes
) -> None:
    (small / "texts/gamma.txt").write_bytes(b"\xef\xbb\xbf" * (end != b"\n") + TYPED.encode() + end)
    words = TYPED[TYPED.index("မြန်မာ") :]
    original = TYPED[-3:] if form == "as typed" else unicodedata.normalize(form, TYPED[-3:])
    quote = ignorable.join(words) if form == "as typed" else unicodedata.normalize(form, words)
    seed = GAMMA.format(quote=quote, original=original + ignorable)
    path = small / "seeds/articles/src-gamma.yaml"
    path.write_bytes(seed.encode().replace(b"\n", end))
    anchored = mmru("anchor")
    assert anchored.exit_code == 0, anchored.output
    start = TYPED.index(words)
    locator = f"L1.{start}-{len(TYPED)}~{digest(words)[:8]}"
    assert path.read_bytes().count(locator.encode()) == 2
    assert path.read_bytes().count(b"\r\n") == (path.read_bytes().count(b"\n") if end == b"\r\n" else 0)
    assert mmru("anchor", "--verify").exit_code == 0
    originals = [row["original"] for row in claims(small) if row["source_id"] == "src-gamma"]
    assert [o for o in originals if o] == [unicodedata.normalize("NFC", TYPED[-3:])]
    if (form, ignorable, end) == ("as typed", "\u200b", b"\r\n"):
        built = mmru("build")
        assert built.exit_code == 0, built.output


def test_a_draft_locator_cuts_no_combining_sequence(mmru: Mmru, small: Path) -> None:
    (small / "texts/gamma.txt").write_text(TYPED, "utf-8")
    seed = GAMMA.format(quote="ရုရှား", original="ရုရှား")
    path = small / "seeds/articles/src-gamma.yaml"
    path.write_text(seed.replace('{quote: "ရုရှား"', "{at: L1.0-1"), "utf-8")
    fix = "quote words that occur once, or add at: L12 beside quote: to name their line"
    assert mmru("anchor").stderr.splitlines()[0] == (
        f"seeds/articles/src-gamma.yaml:14:20: A05 L1.0-1 cuts a combining sequence of the text; {fix}"
    )


ZAWGYI = "\u103b\u1019\u1014\u1039\u1019\u102c\u108f\u102d\u102f\u1004\u1039\u1004\u1036"
CONVERT = "is Burmese in Zawgyi, not in Unicode; convert it, for example with uconv -x Zawgyi-my"


def test_a_text_in_zawgyi_is_neither_begun_nor_anchored(mmru: Mmru, small: Path) -> None:
    (small / "texts/gamma.txt").write_bytes(f"Gamma\r\n{ZAWGYI}".encode())
    begun = mmru("new", "texts/gamma.txt", "src-gamma")
    line = f"texts/gamma.txt:2:1: A12 the line {CONVERT}, and code the result"
    assert begun.stderr.splitlines() == [line, "1 problem; nothing was written"]
    seed = GAMMA.format(quote="Gamma", original="Gamma")
    (small / "seeds/articles/src-gamma.yaml").write_text(seed, "utf-8")
    assert mmru("anchor").stderr.splitlines() == [line, "1 problem; nothing was written"]


def test_a_quote_in_zawgyi_is_refused(mmru: Mmru, spoil: Spoil) -> None:
    spoil("seeds/articles/src-alpha.yaml", QUOTE, f"      - quote: {ZAWGYI}")
    line = f"seeds/articles/src-alpha.yaml:66:16: R11 the text {CONVERT}"
    assert mmru("anchor").stderr.splitlines() == [line, "1 problem; nothing was written"]


def test_a_text_with_cr_lf_and_a_byte_order_mark_is_the_same_text(mmru: Mmru, built_small: Path) -> None:
    for path in (built_small / "texts").glob("*.txt"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert mmru("anchor", "--verify").exit_code == 0
    again = mmru("new", "texts/alpha.txt", "src-gamma")
    assert again.stderr.startswith(
        "texts/alpha.txt:1:1: R10 is already coded in seeds/articles/src-alpha.yaml"
    )
    shown = mmru("show", "ev-visit-quill-lindos").stdout
    assert "“Minister Ada Quill of Arden arrived in Port Lindos on Friday”" in shown
    (built_small / "seeds/articles/src-alpha.yaml").unlink()
    assert mmru("new", "texts/alpha.txt", "src-gamma").exit_code == 0
    begun = (built_small / "seeds/fingerprints/src-gamma.yaml").read_text("utf-8")
    assert "013949e0c88ecb96a4121402a57c6dadb59b8f70c732b9a460735bd2169e39ad" in begun
    assert "text_characters: 340\n" in begun
    assert "  - 1 38 a82b7dbe9328bf0a8e9e6888f0bd6a37d4ac418b87df5acfa5410bf622dafe4e\n" in begun


def test_original_words_in_another_form_are_told_what_differs(mmru: Mmru, spoil: Spoil) -> None:
    spoil("seeds/articles/src-alpha.yaml", "original: on Friday", "original: On\u00a0Friday")
    assert mmru("anchor").stderr.splitlines()[0] == (
        "seeds/articles/src-alpha.yaml:54:23: A11 'On\u00a0Friday' is not among the words cited, which have "
        "'on Friday': it differs in case and white space (no-break space); "
        "quote words of the passage, or cite more of it"
    )


def test_original_words_stand_among_those_cited(mmru: Mmru, spoil: Spoil) -> None:
    spoil("seeds/articles/src-alpha.yaml", "original: on Friday", "original: on Thursday")
    spoil("seeds/articles/src-alpha.yaml", "original: fishing", "original: ferry")
    refused = mmru("anchor", "--verify")
    assert refused.exit_code == 1
    fix = "quote words of the passage, or cite more of it"
    assert refused.stderr.splitlines()[:-1] == [
        f"seeds/articles/src-alpha.yaml:54:23: A11 'on Thursday' is not among the words cited; {fix}",
        f"seeds/articles/src-alpha.yaml:69:61: A11 'ferry' is not among the words cited; {fix}",
    ]


def test_verifying_changes_nothing_and_refuses_quotes(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    path = "seeds/articles/src-alpha.yaml"
    assert mmru("anchor", "--verify").exit_code == 0
    spoil(
        path,
        "identity: {at: L4.101-118~b895cd57}",
        "identity: {quote: a ferry agreement}",
    )
    before = (small / path).read_bytes()
    refused = mmru("anchor", "--verify")
    assert refused.exit_code == 1
    assert "A01 has quotes, or locators without a hash; run mmru anchor" in refused.stderr
    assert (small / path).read_bytes() == before


def test_locators_are_held_against_the_text(mmru: Mmru, spoil: Spoil) -> None:
    spoil(
        "seeds/articles/src-alpha.yaml", "      - at: L4.65-84~3ea63601\n", "      - at: L4.65-85~3ea63601\n"
    )
    refused = mmru("anchor")
    assert refused.exit_code == 1
    assert (
        "src-alpha.yaml:60:13: A05 L4.65-85~3ea63601 does not match the text, whose characters there hash to"
        in refused.stderr
    )


def test_a_text_that_is_not_at_hand_is_named(mmru: Mmru, small: Path) -> None:
    (small / "texts/beta.txt").unlink()
    refused = mmru("anchor", "seeds/articles/src-beta.yaml")
    assert refused.exit_code == 1
    assert f"{PRINTS}:3:14: A09 no text with the hash" in refused.stderr
    shutil.rmtree(small / "texts")
    assert "texts:1:1: R01 is missing; name the texts' folder" in mmru("anchor").stderr


LACKING = "no text with the hash '68e21f564457469dfa50e59cebbbbe926a3d0c0d2940f6961f831868ba984d4c' was found"


def test_without_files_what_can_be_anchored_is_and_a_lacking_text_is_named(
    mmru: Mmru, spoil: Spoil, small: Path
) -> None:
    (small / "texts/beta.txt").unlink()
    spoil(
        "seeds/articles/src-alpha.yaml",
        "{at: L4.101-118~b895cd57}",
        "{at: L4.101-118}",
    )
    anchored = mmru("anchor")
    assert (anchored.exit_code, anchored.stderr) == (0, "")
    alpha, beta = anchored.stdout.splitlines()
    assert re.fullmatch(r"seeds/articles/src-alpha\.yaml: \d+ places anchored", alpha)
    assert beta == f"seeds/articles/src-beta.yaml: unchanged, since {LACKING}"
    assert "{at: L4.101-118~b895cd57}" in (small / "seeds/articles/src-alpha.yaml").read_text("utf-8")


def test_a_lacking_text_is_an_error_where_places_wait_for_it_and_the_others_are_anchored(
    mmru: Mmru, spoil: Spoil, small: Path
) -> None:
    (small / "texts/beta.txt").unlink()
    spoil(
        "seeds/articles/src-alpha.yaml",
        "{at: L4.101-118~b895cd57}",
        "{at: L4.101-118}",
    )
    path = small / "seeds/articles/src-beta.yaml"
    path.write_text(path.read_text("utf-8").replace("at: L1.0-12~5cdb02a1", "at: L1.0-12"), "utf-8")
    refused = mmru("anchor")
    assert refused.exit_code == 1
    fix = "put the text into the folder named by --articles, or remove this file if there is another text"
    assert refused.stderr == f"{PRINTS}:3:14: A09 {LACKING}; {fix}\n1 problem\n"
    assert "{at: L4.101-118~b895cd57}" in (small / "seeds/articles/src-alpha.yaml").read_text("utf-8")
    assert mmru("anchor", "--verify").exit_code == 1


def test_every_locator_of_the_dataset_holds_against_its_article(
    mmru: Mmru, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    verified = mmru("anchor", "--verify", "--articles", str(articles))
    assert verified.exit_code == 0, verified.stderr
    assert verified.stdout.count("places verified") == 5
    others = len(list((ROOT / "seeds/articles").iterdir())) - 5
    assert verified.stdout.count(": unchanged, since no text with the hash ") == others
