"""Characters: line ends, composition, what nobody sees, and the places of words that are composed otherwise."""

from __future__ import annotations

import unicodedata
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmru.model.characters import (
    HIDDEN,
    IGNORABLE,
    align,
    article_bytes,
    comparable,
    composed,
    continues,
    hidden,
    is_blank,
    is_boundary,
    is_composed,
    is_zawgyi,
)
from mmru.model.locator import mismatch
from mmru.model.text import forbidden
from mmru.seeds.anchor import locate

EVERY = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
BURMESE = "က ခ မ န ရ သ ၊ ။ ာ ိ ု ေ ံ့ ့် ် ျ ြ ှ ွ ္ န့် င့်"
ODD = "\u200b\u200c\u200d\u2060\u00ad\ufeff\u034f\u200e\ufe0f"
LETTERS = "ab é e\u0301 e\u0323\u0302 각 \u1100\u1161\u11a8 ffi Å \u212b 1 ."
PIECES = st.sampled_from([*BURMESE.split(), *LETTERS.split(), *ODD, " ", "\u00a0", "日"])
LINE = st.lists(PIECES, max_size=20).map("".join) | st.text(
    st.characters(exclude_characters="\n"), max_size=12
)
FORM = st.sampled_from(["NFC", "NFD"])


def test_the_ignorable_characters_are_those_of_the_unicode_character_database() -> None:
    listed = pl.Series(EVERY).str.contains(r"^\p{Default_Ignorable_Code_Point}$")
    assert [c for c, ignorable in zip(EVERY, listed) if ignorable != bool(IGNORABLE.match(c))] == []
    assert sum(listed) == 4174


def test_control_and_bidirectional_characters_are_hidden() -> None:
    listed = pl.Series(EVERY).str.contains(r"^[\p{Bidi_Control}\p{Cc}\p{Zl}\p{Zp}]$")
    assert {c for c, odd in zip(EVERY, listed) if odd} - {c for c in EVERY if HIDDEN.match(c)} == {"\t", "\n"}
    assert not {c for c in EVERY if HIDDEN.match(c)} - {c for c, odd in zip(EVERY, listed) if odd}


def test_what_composes_with_the_character_before_it_belongs_to_it() -> None:
    pairs = (unicodedata.decomposition(c).split() for c in EVERY if not continues(c))
    apart = {pair[1] for pair in pairs if len(pair) == 2 and "<" not in pair[0]}
    assert [c for c in EVERY if unicodedata.combining(c) and not continues(c)] == []
    assert [code for code in apart if not continues(chr(int(code, 16)))] == []
    assert [c for c in EVERY if not continues(c) and continues(unicodedata.normalize("NFD", c)[0])] == []


@given(LINE)
def test_the_parts_of_a_line_make_up_its_comparable_form(line: str) -> None:
    aligned = align(line)
    assert aligned.text == comparable(line) == comparable(comparable(line))
    assert "".join(comparable(line[start:end]) for start, end in aligned.spans) == aligned.text
    assert len(aligned.offsets) == len(aligned.spans) + 1
    assert all(is_boundary(line, end) for _, end in aligned.spans)


@given(LINE, st.data(), FORM, FORM)
def test_words_are_found_however_they_and_the_text_are_composed(
    line: str, data: st.DataObject, form: Any, other: Any
) -> None:
    line = unicodedata.normalize(form, line)
    spans = align(line).spans
    if not spans:
        return
    first = data.draw(st.integers(0, len(spans) - 1))
    last = data.draw(st.integers(first, len(spans) - 1))
    start, end = spans[first][0], spans[last][1]
    words = unicodedata.normalize(other, IGNORABLE.sub("", line[start:end]))
    # what nobody sees stands anywhere in the quote
    for at in data.draw(st.lists(st.integers(0, len(words)), max_size=3)):
        words = words[:at] + data.draw(st.sampled_from(ODD)) + words[at:]
    assert (start, end) in align(line).find(comparable(words))
    if not is_blank(words):
        try:
            locator = locate(words, [line])
        except ValueError as error:
            assert str(error).startswith("these words occur ")  # noqa: PT017
            return
        assert (locator.start, locator.end) == (start, end)
        assert mismatch(locator, [line]) == ""


@given(LINE, LINE)
def test_what_is_found_is_equal_and_cuts_no_combining_sequence(words: str, line: str) -> None:
    for start, end in align(line).find(comparable(words)):
        assert comparable(line[start:end]) == comparable(words)
        assert not continues(line[start : start + 1]) or start == 0 or not comparable(line[:start])
        assert not continues(line[end : end + 1])
        assert not IGNORABLE.match(line[start])


@pytest.mark.parametrize(
    ("words", "line", "found"),
    [
        # as it is typed, the dot below comes before the killer: composed, it is behind it
        ("န့်", "မြန်မာန့်", "န့်"),
        ("မြန်မာ", "\u200bမြန်\u200bမာ\u200bနိုင်ငံ", "မြန်\u200bမာ"),
        ("က", "ကို က", "က"),
        ("café", "a cafe\u0301.", "cafe\u0301"),
        ("cooperation", "co\u00adoper\u00adation", "co\u00adoper\u00adation"),
        ("❤", "a ❤\ufe0f", "❤\ufe0f"),
        ("각", "\u1100\u1161\u11a8", "\u1100\u1161\u11a8"),
    ],
)
def test_a_locator_is_that_of_the_text_as_it_is(words: str, line: str, found: str) -> None:
    assert locate(words, [line]).cut(line) == found


@pytest.mark.parametrize(
    ("words", "line", "message"),
    [
        ("မြန်မာ", "မြန်မာ့", "L1.0-7 has 'မြန်မာ့', and the quote cuts off a mark of it"),
        ("x", "x\u0301", "L1.0-2 has 'x\u0301', and the quote cuts off a mark of it"),
        ("\u0301", "x\u0301", "L1.0-2 has 'x\u0301', and the quote cuts off a mark of it"),
        (
            "May 4",
            "on May\u00a04 of",
            "L1.3-8 has 'May\u00a04', which differs in white space (no-break space)",
        ),
        ("It's", "It’s here", "L1.0-4 has 'It’s', which differs in quotation marks"),
        ('"Peak"', "new “Peak” yet", "L1.4-10 has '“Peak”', which differs in quotation marks"),
        ("co-op", "a co–op", "L1.2-7 has 'co–op', which differs in dashes"),
        (
            "Port Lindos",
            "in PORT  LINDOS",
            "L1.3-15 has 'PORT  LINDOS', which differs in white space and case",
        ),
        ("ﬁve", "the five", "L1.4-8 has 'five', which differs in composition"),
        ("a b\n", "see a b", "L1.4-7 has 'a b', which differs in white space (line break)"),
        ("၀န်ကြီး", "ဝန်ကြီး", "L1.0-7 has 'ဝန်ကြီး', which differs in the digit ၀ and the letter ဝ"),
        (
            "signed a fishing agreement",
            "The two signed a ferry agreement there.",
            "L1.8-32 has 'signed a ferry agreement', with 'ferry' where the quote has 'fishing'",
        ),
        ("the minister came", "日本", ""),
    ],
)
def test_a_quote_that_is_not_there_is_told_what_is(words: str, line: str, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        locate(words, [line])
    assert str(refused.value) == "these words are not in the text" + (f": {message}" if message else "")


@pytest.mark.parametrize("words", ["", " ", "\u200b", "\u3164", "\ufeff \u00ad"])
def test_words_without_a_visible_character_are_no_quote(words: str) -> None:
    with pytest.raises(ValueError, match=r"^these words have no visible character$"):
        locate(words, ["a \u200b"])


@given(LINE, LINE)
def test_any_quote_is_found_or_refused_in_one_line(words: str, line: str) -> None:
    try:
        locate(words, [line, line[::-1]])
    except ValueError as error:
        assert "\n" not in str(error).replace(words, "").replace(line, "")  # noqa: PT017


@given(st.text(), st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_a_text_is_the_same_with_cr_lf_and_a_byte_order_mark(text: str, mark: bytes) -> None:
    text = text.replace("\r", "").removeprefix("\ufeff")
    assert article_bytes(mark + text.replace("\n", "\r\n").encode()) == text.encode()


def test_texts_are_composed_and_words_of_articles_lose_what_nobody_sees() -> None:
    typed, nfc = "န\u1037\u103a", "န\u1037\u103a"
    assert unicodedata.normalize("NFC", typed) == nfc
    swapped = "န\u103a\u1037"
    data = {
        "name": swapped,
        "original": [f"{swapped}\u200b", "\u202e"],
        "quote": "\u200bx",
        "title": "\u200bx",
    }
    assert composed(data) == {"name": nfc, "original": [nfc, "\u202e"], "quote": "x", "title": "\u200bx"}
    for text in (swapped, "a\u200b", '"\\u0301"'):
        assert not is_composed(text)
    assert is_composed(f"name: {nfc} é")


@given(
    st.recursive(st.text() | st.integers() | st.none(), lambda d: st.lists(d) | st.dictionaries(st.text(), d))
)
def test_composed_data_stay_as_they_are(data: Any) -> None:
    once = composed(data)
    assert composed(once) == once


def test_hidden_characters_are_found_at_their_place() -> None:
    assert list(hidden("a\x07\n\tb\u202e\r\nc\u2028")) == [
        (1, 2, "U+0007"),
        (2, 3, "U+202E"),
        (2, 4, "U+000D"),
        (3, 2, "U+2028"),
    ]
    assert list(hidden("\u200b\ufeffက")) == []
    assert list(hidden(r'"\\u202e \u202e \n é"', escapes=True)) == [(1, 10, "U+202E")]


ZAWGYI = ["ျမန္မာႏိုင္ငံ", "မင္းေအာင္လိႈင္", "ေနျပည္ေတာ္", "႐ုရွား"]
UNICODE = [
    "မြန်မာနိုင်ငံ",
    "မင်းအောင်လှိုင်",
    "နေပြည်တော်",
    "ရုရှား",
    "မထားဘူး",
    "ဘာသာစကားကို",
    "၂၀၂၅",
    "က",
    "တႆး",
    "ပအိုဝ်ႏ",
    "abc",
]


@pytest.mark.parametrize("text", ZAWGYI)
def test_burmese_in_zawgyi_is_refused(text: str) -> None:
    assert is_zawgyi(text)
    [(path, fault)] = forbidden({"name_my": text})
    assert (path, fault) == (
        ("name_my",),
        (
            "R11",
            "the text is Burmese in Zawgyi, not in Unicode",
            "convert it, for example with uconv -x Zawgyi-my",
        ),
    )


@pytest.mark.parametrize("text", UNICODE)
def test_burmese_in_unicode_is_not(text: str) -> None:
    assert not is_zawgyi(text)
    assert not list(forbidden(text))
