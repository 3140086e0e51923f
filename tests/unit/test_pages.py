"""Finding what a source cites in copies of its text: wrapped anew, in HTML, incomplete, or of another article."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable
from itertools import product
from pathlib import Path
from time import process_time

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from mmru.api import INSTALLED
from mmru.io.yaml_file import read_article
from mmru.model.locator import digest, passages
from mmru.model.pages import Span, find_spans, visible

Copy = Callable[[str], str]


def wrapped(text: str) -> str:
    """A text whose lines are broken between words at 60 characters."""
    return "\n".join(part for line in text.split("\n") for part in textwrap.wrap(line, 60) or [""])


def cut(text: str) -> str:
    """A text whose lines are cut after 60 characters, also inside a word."""
    lines = text.split("\n")
    return "\n".join(line[start : start + 60] for line in lines for start in range(0, len(line) or 1, 60))


def on_one_line(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())


def in_html(text: str) -> str:
    """A text as a web page, with a menu, an advertisement, a script, and tags inside lines."""
    lines = [html.escape(line).replace(" and ", " <em>and</em> ") for line in text.split("\n") if line]
    body = '\n<aside>Buy <b>one</b></aside>\n<p class="text">'.join(lines)
    head = "<head><title>Page</title><style>p {}</style><script>if (1 < 2) {}</script></head>"
    return f"<!DOCTYPE html>\n<html>{head}\n<nav><li>Home<li>World</nav><p>{body}</p>&copy; Page</html>"


def in_indented_html(text: str) -> str:
    """A web page with short, indented lines."""
    wide = in_html(text).replace(">", ">\n")
    return "\n".join(f"      {line}" for line in wrapped(wide).split("\n"))


COPIES: list[Copy] = [wrapped, cut, on_one_line, in_html, in_indented_html]


def spans_of(source: str) -> list[Span]:
    """What the published claims cite of a source."""
    claims = INSTALLED.load("claims").query("source_id == @source")
    rows = claims[["line", "char_start", "char_end", "span_sha256"]].drop_duplicates()
    return [Span(*row) for row in rows.itertuples(index=False, name=None)]


@pytest.fixture(scope="module")
def texts(articles: Path) -> dict[str, str]:
    """The texts of the five articles."""
    hashes = INSTALLED.load("sources").set_index("text_sha256")["source_id"]
    read = [read_article(path) for path in articles.glob("*.txt")]
    return {hashes[digest(text)]: text for text in read if isinstance(text, str) and digest(text) in hashes}


@pytest.mark.parametrize("copy", COPIES, ids=lambda copy: copy.__name__)
def test_every_published_span_is_found_once_in_a_copy_where_the_text_has_it(
    texts: dict[str, str], copy: Copy
) -> None:
    assert len(texts) == 5
    for source, text in texts.items():
        lines = text.split("\n")
        found = find_spans(spans_of(source), passages(text), copy(text))
        assert {s: [place.words for place in at] for s, at in found.items()} == {
            span: [lines[span.line - 1][span.start : span.end]] for span in found
        }


@pytest.mark.slow
def test_what_an_article_cites_is_in_another_only_if_that_has_the_same_words(texts: dict[str, str]) -> None:
    for source, other in product(texts, texts):
        if source != other:
            lines = texts[source].split("\n")
            found = find_spans(spans_of(source), passages(texts[source]), texts[other])
            for span, places in found.items():
                words = lines[span.line - 1][span.start : span.end]
                assert {place.words for place in places} <= {words}
                assert len(places) == texts[other].count(words), words


TEXT = "A ship came to Lindos.\nIt left.\n\nThe ship was new. It left."


def span(line: int, words: str, text: str = TEXT) -> Span:
    content = text.split("\n")[line - 1]
    start = content.index(words)
    return Span(line, start, start + len(words), digest(words)[:8])


def lines_of(page: str, *spans: Span, text: str = TEXT) -> list[list[int]]:
    found = find_spans(spans, passages(text), page)
    return [[place.line for place in found[span]] for span in spans]


def test_a_place_is_where_the_page_has_its_line() -> None:
    spans = span(2, "It left."), span(4, "It left.")
    assert lines_of(f"Menu\n{TEXT}", *spans) == [[3, 5], [5]]


def test_equal_lines_have_a_place_each_if_the_page_has_all_of_them() -> None:
    text = "It left.\nIt left."
    spans = span(1, "left", text), span(2, "left", text)
    assert lines_of(text, *spans, text=text) == [[1], [2]]
    assert lines_of(f"{text}\nIt left.", *spans, text=text) == [[1, 2, 3], [1, 2, 3]]


def test_words_of_a_line_that_the_page_changed_are_found_alone() -> None:
    page = TEXT.replace("came", "sailed")
    assert lines_of(page, span(1, "A ship came"), span(1, "to Lindos")) == [[], [1]]


@pytest.mark.parametrize(
    "page",
    [
        "The  ship\twas\u00a0new.",
        "The ship\r\nwas new.",
        "The ship w\nas new.",
        "<p>The ship <b>w</b>as&nbsp;new.",
        "<div>The<br>ship<!-- not --><span> was </span>new",
        "<p>The ship was <script>not</script>new",
    ],
)
def test_white_space_and_tags_make_no_difference(page: str) -> None:
    assert lines_of(page, span(4, "ship was new")) == [[1]]


@pytest.mark.parametrize(
    "page", ["The ship wasn't new.", "the ship WAS new.", "<p title='ship was new'>-</p>", ""]
)
def test_other_words_are_not_found(page: str) -> None:
    assert lines_of(page, span(4, "ship was new")) == [[]]


@pytest.mark.parametrize("text", ["两 国  签署\u3000协议", " indented", "twice  spaced", "trailing "])
def test_white_space_of_the_text_may_be_kept(text: str) -> None:
    assert lines_of(f"Menu\n{text}\nMore", Span(1, 0, len(text), digest(text)[:8]), text=text) == [[2]]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_page_is_read(page: str) -> None:
    read = visible(page)
    assert len(read.lines) == len(read.characters)
    assert set(read.lines) <= set(range(1, page.count("\n") + 2))
    find_spans([span(2, "left")], passages(TEXT), page)


@pytest.mark.parametrize("is_page", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_five_hundred_spans_on_a_page_of_20000_characters_take_a_few_seconds(is_page: bool) -> None:
    words = [f"word{n % 977}" for n in range(3000)]
    text = "\n".join(" ".join(words[start : start + 60]) for start in range(0, len(words), 60))[:20_000]
    lines = text.split("\n")
    spans = []
    for n in range(500):
        line = n % len(lines)
        cited = lines[line][n % 90 : n % 90 + 20 + n % 180]
        spans.append(Span(line + 1, n % 90, n % 90 + len(cited), digest(cited)[:8]))
    page = wrapped(text) if is_page else wrapped(text.replace("word", "term"))
    begun = process_time()
    found = find_spans(spans, passages(text), page)
    assert all(bool(places) == is_page for places in found.values())
    assert process_time() - begun < 10


def test_a_user_sees_the_words_behind_each_claim_with_the_release_alone() -> None:
    page = "<h1>Home</h1>\n<p>Little has changed since\n<b>the 2021 coup</b>.</p>"
    found = INSTALLED.find_spans("src-strategic-talks-2025", page)
    assert len(found) == len(INSTALLED.claims_for("src-strategic-talks-2025"))
    shown = found[found["words"].notna()]
    assert set(shown["record_id"]) == {"ev-coup-2021"}
    assert (set(shown["words"]), shown["page_lines"].tolist()) == ({"the 2021 coup"}, [[3]] * len(shown))


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(LookupError, match=r"no source 'src-strategic-talk-2025'; did you mean"):
        INSTALLED.find_spans("src-strategic-talk-2025", "")


def test_the_command_finds_every_place_in_a_page(small: Path, mmru: Callable[..., Result]) -> None:
    text = (small / "texts/alpha.txt").read_text("utf-8")
    (small / "page.html").write_text(in_html(text), "utf-8")
    result = mmru("anchor", "--verify", "src-alpha", "--text", "page.html")
    report = "seeds/articles/src-alpha.yaml: {0} of {0} places found in page.html, 0 not found, 0 found more than once\n"
    assert result.output in {report.format(number) for number in range(5, 20)}
    assert result.exit_code == 0


def test_the_command_needs_one_source_for_a_page(small: Path, mmru: Callable[..., Result]) -> None:
    for arguments in (["src-alpha"], ["--verify"], ["--verify", "src-alpha", "src-beta"]):
        result = mmru("anchor", *arguments, "--text", "texts/alpha.txt")
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (
            2,
            "Error: --text needs --verify and one source",
        )


def test_a_page_in_another_encoding_is_one_line(small: Path, mmru: Callable[..., Result]) -> None:
    (small / "page.txt").write_bytes("Москва".encode("cp1251"))
    result = mmru("anchor", "--verify", "src-alpha", "--text", "page.txt")
    assert result.exit_code == 1
    expected = (
        "page.txt:1:1: R02 byte 0xcc is not UTF-8; save the file as UTF-8\n1 problem; nothing was written\n"
    )
    assert result.output == expected


def test_no_word_of_an_article_is_in_this_file(texts: dict[str, str]) -> None:
    """The made-up text has no sentence of an article."""
    source = (ROOT / "tests/unit/test_pages.py").read_text("utf-8")
    assert not [
        line for text in texts.values() for line in text.split("\n") if len(line) > 20 and line in source
    ]
