"""Articles that are in order are taken at once: what comes of it is what comes of looking at each part."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmru.errors import Problem
from mmru.io.yaml_file import _DEEP, Document, _may_be_deep
from mmru.model.text import Path_, are_plain, is_plain, strays
from mmru.seeds.articles import Taker
from mmru.seeds.reader import read_coding, read_schemas
from mmru.seeds.rows import Rows, Said
from mmru.seeds.sound import Sound

ALPHA, BETA = "seeds/articles/src-alpha.yaml", "seeds/articles/src-beta.yaml"
ARTICLES = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "seeds/articles").glob("*.yaml"))

# what may come to stand anywhere in an article: some of it is sound somewhere, some nowhere
ODD: list[Any] = [
    *("", " ", " x", "x ", "=1", "+x", "-5", "@x", "a\nb", "a\tb", "a\u200bb", "\ufeff", "e\u0301", "\u0301"),
    *("\u00a0", "\u3000a", "\x85", "\ud7ff\ue000", "x" * 100_001, '"', "'", "\\", "true", "und"),
    *(None, True, False, 0, -1, 5, 2, 1.0, 2.5, -7, 10**39, -(10**39), 10**400, 1e300, 2**53, 2021),
    *([], {}, ["x"], [[]], {"value": "x"}, {"value": 3}, {"value": "x", "basis": "inferred"}),
    *("2021", "2021-13", "2021-02~", "[2021..2022]", "2021/", "x/y", "implied", "inferred", "stated"),
    *("headline", "translation", "repetition", "coded", "L1~00000000", "L999999999.0-1~00000000", "en", "my"),
]
KEYS = ["quote", "at", "by", "basis", "reason", "original", "use", "translation_of_line", "language"]
KEYS += ["event", "agreement", "reaction", "identity", "date", "status", "origin", "retrieved", "zzz"]


@pytest.fixture(scope="module")
def taker(sound: Path) -> Taker:
    return _taker(sound)


def _taker(root: Path) -> Taker:
    schemas = read_schemas(root)
    return Taker(root, schemas, read_coding(root, "seeds", schemas, []).forms["extraction"])


def outcome(taker: Taker, text: str) -> tuple[Any, ...]:
    """Everything that a process tells of one article of that text."""
    problems: list[Problem] = []
    (taker.root / "one.yaml").write_text(text, "utf-8")
    taken = taker.take(["one.yaml"], problems)
    rows = taken.passages, taken.claims
    return taken.articles, *(table.to_pylist() for table in rows), list(map(str, problems))


def slowly(taker: Taker, text: str) -> tuple[Any, ...]:
    """The same, every part looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sound, "said", lambda sound, data: None)
        return outcome(taker, text)


@cache
def _parts(text: str) -> list[Path_]:
    return list(_paths(json.loads(text), ()))


def _paths(data: Any, at: Path_) -> Iterator[Path_]:
    yield at
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in items:
        yield from _paths(value, (*at, step))


def _part(data: Any, path: Path_) -> Any:
    for step in path:
        data = data[step]
    return data


def changed(draw: Callable[[Any], Any], text: str) -> str:
    """An article in which a part or two are others, gone, doubled, or stand elsewhere."""
    data, paths = json.loads(text), _parts(text)[1:]
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(paths))
        try:
            around, step = _part(data, path[:-1]), path[-1]
            was = around[step]
            match draw(st.integers(0, 6)):
                case 0 | 1:
                    around[step] = copy.deepcopy(draw(st.sampled_from(ODD)))
                case 2:
                    del around[step]
                case 3 if isinstance(around, list):
                    around.insert(draw(st.integers(0, len(around))), copy.deepcopy(was))
                case 4:
                    around[step] = copy.deepcopy(_part(data, draw(st.sampled_from(paths))))
                case 5 if isinstance(was, dict):
                    was[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(ODD)))
                case _ if isinstance(was, str):
                    place, size = draw(st.integers(0, len(was))), draw(st.integers(0, 2))
                    new = draw(st.sampled_from(["", "0", "1", ".", "-", "9", "a", "\u0301", "é", " "]))
                    around[step] = was[:place] + new + was[place + size :]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken that part away
    return json.dumps(data)


@pytest.mark.parametrize("path", [ALPHA, BETA])
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_taken_at_once_is_what_is_taken_part_by_part(
    taker: Taker, path: str, data: st.DataObject
) -> None:
    document = Document.read(taker.root, path, [])
    assert document
    text = changed(data.draw, json.dumps(document.data))
    assert outcome(taker, text) == slowly(taker, text)


AT = "L1.0-12~5cdb02a1"
EDITS = {
    "a quote beside a locator": (f"- at: {AT}", f"- at: {AT}\n        quote: words"),
    "two records named": ("    identity:", "    agreement: ag-ferry\n    identity:"),
    "two records named that share their fields": (
        "records:\n",
        "records:\n  - event: ev-visit-quill-lindos\n    agreement: ag-ferry\n    identity: {at: L1.13-30~05322f08, credibility: 3}\n",
    ),
    "zeros before numbers": (AT, "L1.00-012~5cdb02a1"),
    "a whole line": (AT, "L1~99f493f0"),
    "a whole line with another hash": (AT, "L1~00000000"),
    "a line that translates itself": ("translation_of_line: 1", "translation_of_line: 2"),
    "a line that translates another, and is cited": (", use: translation,", ","),
    "a day that is none": ("  rights:", "  retrieved: 2021-13-01\n  rights:"),
    "a day": ("  rights:", "  retrieved: 2021-12-01\n  rights:"),
    "a basis of its own without a reason": (
        "          event_type: visit",
        "          event_type: {value: visit, basis: implied}",
    ),
    "a reason in common, a basis of its own without one": (
        "        credibility: 3\n        says:\n          event_type: visit",
        "        credibility: 3\n        basis: implied\n        reason: For all of it.\n        says:\n"
        "          event_type: {value: visit, basis: inferred}",
    ),
    "numbers": (
        "          event_type: visit",
        "          event_type: visit\n          details.ministers: [-3, 4.0, 4.5, 1.0e+300]",
    ),
    "a number that is large": (
        "          event_type: visit",
        f"          event_type: visit\n          details.ministers: [-{10**39}]",
    ),
    "a number with a fraction that is none": (
        "          event_type: visit",
        "          event_type: visit\n          details.ministers: [-1.0e+300]",
    ),
    "no text held": ("  text_sha256: 68e2", "  # 68e2"),
    "no text held, and a claim without a place": (
        "  text_sha256: 68e2",
        "  # 68e2",
        f"    claims:\n      - at: {AT}\n        credibility: 3",
        "    claims:\n      - credibility: 3",
    ),
    "a text held, and a claim without a place": (f"      - at: {AT}\n        cred", "      - cred"),
    "a line break in a reason": ("The year is that", '"The year\\nis that'),
}


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_an_edited_article_is_taken_as_part_by_part(taker: Taker, edits: tuple[str, ...]) -> None:
    text = (taker.root / BETA).read_text("utf-8")
    for old, new in zip(edits[::2], edits[1::2]):
        assert old in text
        text = text.replace(old, new, 1)
    assert outcome(taker, text) == slowly(taker, text)


@pytest.mark.parametrize("path", ARTICLES)
def test_no_sound_article_is_in_doubt(path: str) -> None:
    taker = _taker(ROOT)
    document = taker.read(path, [])
    assert document
    assert Sound(taker.schemas).said(document.data)


SPANS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 60), st.integers(0, 60)), max_size=30)


@given(spans=SPANS, chars=st.lists(st.integers(60, 2_000), min_size=5, max_size=5))
def test_the_share_cited_is_counted_as_if_character_by_character(
    spans: list[tuple[int, int, int]], chars: list[int]
) -> None:
    cited: list[set[int]] = [set() for _ in chars]
    said = Said(
        [("src-a", n, of, "0" * 64, "en", "coded", None, n) for n, of in enumerate(chars)], [], [], []
    )
    for place, (line, start, end) in enumerate(spans):
        cited[line] |= set(range(start, end))
        about = ("events", "ev-a", "src-a", line, start, end, "0" * 8, "en", None, 3, "a", 0, place)
        said.cited.append(about)
        said.claims.extend((name, "x", None, "stated", None, None, place) for name in ("date", "status"))
        said.ids.extend([bytes(8)] * 2)
    rows = Rows()
    rows.add(said)
    rows.add(said)
    passages, _, own = rows.tables()
    assert passages["share_cited"].to_pylist() == [round(len(c) / n, 4) for c, n in zip(cited, chars)] * 2
    assert passages["claim_count"].to_pylist() == [2 * sum(s[0] == n for s in spans) for n in range(5)] * 2
    assert set(own["claim_id"].to_pylist()) <= {f"c-{0:016x}"}


@given(st.text(max_size=12) | st.text("-?: \t\n", max_size=300), st.integers(1, 120), st.booleans())
def test_what_is_not_looked_at_closely_is_not_deep(text: str, many: int, blank: bool) -> None:
    shown = "\n" + (" " if blank else "- ") * many + text
    assert _may_be_deep(shown) or not _DEEP.search(f"\n{shown}")


@given(st.lists(st.text(max_size=5) | st.sampled_from([o for o in ODD if isinstance(o, str)])))
def test_texts_that_are_plain_at_one_look_can_stand_in_cells(texts: list[str]) -> None:
    if are_plain(texts):
        assert list(strays(texts, ())) == []


@given(st.recursive(st.sampled_from(ODD) | st.text(max_size=5) | st.integers(), st.lists, max_leaves=8))
def test_data_that_are_plain_at_one_look_hold_no_stray(data: Any) -> None:
    for some in (data, ["plain", data] * 3, {"key": data}):
        if is_plain(some):
            assert list(strays(some, ())) == []
