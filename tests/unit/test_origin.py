"""Origins: whose report an article is, and what may be a mistake."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import ROOT
from copies import Tables
from hypothesis import given
from hypothesis import strategies as st
from mmru.seeds.articles import read_articles
from mmru.seeds.copies import comparable, possible_copies
from mmru.seeds.fingerprints import fingerprints_of
from mmru.seeds.reader import read_schemas, read_seeds

Mmru = Callable[..., Result]
Spoil = Callable[[str, str, str], None]
VISIT = "ev-visit-quill-lindos"


# a paper with an article of its own, and one that repeats an agency


ACTORS = (
    "- {actor_id: the-gamma, name: The Gamma, kind: media, description: A made-up paper.}\n"
    "- {actor_id: agency, name: Agency, kind: media, description: A made-up agency.}\n"
)
TEXTS = ("Ada Quill came to Lindos in May.", "Quill went to Lindos, The Gamma writes.")


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def article(
    source: str,
    text: str,
    publisher: str = "the-gamma",
    origin: str = "the-gamma",
    speaker: str = "",
    says: str = "event_type: visit, status: occurred",
    **more: str,
) -> str:
    """Return an article of which every line says the same."""
    lines = text.split("\n")
    head = {
        "source_id": source,
        "publisher_kind": "news-media",
        "language": "en",
        "text_extent": "whole",
        "extent_basis": "implied",
        "publisher_actor_id": publisher,
        "reliability": "C",
        "reliability_reason": "A made-up paper.",
        "origin": origin,
        "rights": "Made up for the tests.",
        **more,
    }
    by = f"by: {speaker}, " if speaker else ""
    places = [f"at: L{n}~{hashed(line)[:8]}" for n, line in enumerate(lines, 1)]
    return "".join(
        [
            "source:\n",
            *(f"  {name}: {value}\n" for name, value in head.items()),
            f"records:\n  - event: {VISIT}\n    identity: {{{places[0]}, credibility: 3}}\n    claims:\n",
            *(f"      - {{{p}, {by}credibility: 3, says: {{{says}}}}}\n" for p in places),
        ]
    )


def files(**articles: Mapping[str, str]) -> dict[str, str]:
    """Return the files of articles of an id each."""
    content = {}
    for name, values in articles.items():
        source = f"src-{name.replace('_', '-')}"
        content[f"seeds/articles/{source}.yaml"] = article(source, **values)
        content[f"seeds/fingerprints/{source}.yaml"] = fingerprints_of(source, values["text"])
    return content


@pytest.fixture
def write(small: Path) -> Callable[..., None]:
    """Write articles of an id each, in a dataset with the actors that they need."""
    registry = small / "seeds/registry/actors.yaml"
    registry.write_text(registry.read_text("utf-8") + ACTORS, "utf-8")

    def write(**articles: Mapping[str, str]) -> None:
        for path, content in files(**articles).items():
            (small / path).write_text(content, "utf-8")

    return write


def articles_of(*origins: str) -> Any:
    """Return a dataset with two more articles, of one paper and of these origins."""
    first, second = ({"text": text, "origin": origin} for text, origin in zip(TEXTS, origins))
    added = files(gamma=first, gamma_2=second)
    edits = [("seeds/registry/actors.yaml", "", ACTORS), *((path, "", added[path]) for path in added)]
    return pytest.param([*origins], marks=pytest.mark.edited(*edits))


@pytest.mark.parametrize("origins", [articles_of("the-gamma", "agency"), articles_of("agency", "the-gamma")])
def test_a_paper_may_have_articles_of_its_own_and_of_an_agency(tables: Tables, origins: list[str]) -> None:
    assert [row["origin"] for row in tables["sources"]][2:] == origins
    claims = [row for row in tables["claims"] if (row["record_id"], row["field"]) == (VISIT, "event_type")]
    [visit] = [row for row in tables["events"] if row["event_id"] == VISIT]
    # alpha, and the two of the-gamma, confirm each other; the identity of beta's is inferred
    assert sorted(claim["credibility"] for claim in claims) == [1, 1, 1, 3]
    assert (visit["source_count"], visit["origin_count"]) == (4, 3)


# an origin is an actor


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("the-alfa", "11:11: C01 there is no 'the-alfa' among the actors; did you mean 'the-alpha'?; else"),
        ("src-alpha", "11:11: C01 there is no 'src-alpha' among the actors; did you mean 'the-alpha'?; else"),
        ("zzz", "11:11: C01 there is no 'zzz' among the actors; register it in seeds/registry/actors.yaml"),
    ],
)
def test_an_origin_is_the_id_of_an_actor(mmru: Mmru, small: Path, origin: str, message: str) -> None:
    path = "seeds/articles/src-beta.yaml"
    text = (small / path).read_text("utf-8")
    (small / path).write_text(text.replace("origin: the-beta", f"origin: {origin}"), "utf-8")
    result = mmru("check")
    assert result.exit_code == 1
    [line] = [line for line in result.stderr.splitlines() if line.startswith(path)]
    assert message in line


def test_a_new_extraction_leaves_the_origin_to_the_coder(mmru: Mmru, small: Path) -> None:
    (small / "texts/new.txt").write_text("Ada Quill came to Lindos.\n", "utf-8")
    assert mmru("new", "texts/new.txt", "src-new").exit_code == 0
    written = (small / "seeds/articles/src-new.yaml").read_text("utf-8")
    [line] = [line for line in written.splitlines() if "origin" in line]
    assert line == (
        "  origin: # the actor whose report it is: publisher_actor_id, or the agency that it repeats"
    )
    problem = "seeds/articles/src-new.yaml:12:10: R07 found nothing instead of one code or id"
    assert problem in mmru("check").stderr


# what may be a copy


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a",
        "http://example.org/a",
        "https://www.example.org/a",
        "https://WWW.Example.ORG/a/",
        "https://example.org:443/a#top",
        "https://example.org/a?utm_source=x&UTM_Medium=y",
        "https://example.org/a/?fbclid=1#p2",
    ],
)
def test_spellings_of_one_address_are_equal(url: str) -> None:
    assert comparable(url) == "example.org/a"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/A",
        "https://example.org/a/b",
        "https://example.org/a?id=2",
        "https://m.example.org/a",
        "https://example.org:8080/a",
        "https://[example.org/a",
    ],
)
def test_other_addresses_are_not(url: str) -> None:
    assert comparable(url) != "example.org/a"


@given(st.text(max_size=30), st.sampled_from(["", "http://", "https://www.", "https://["]))
def test_every_text_can_be_compared_as_an_address(text: str, start: str) -> None:
    assert isinstance(comparable(start + text), str)


def possible(root: Path) -> list[str]:
    """Return the warnings about sources, read without a build."""
    schemas = read_schemas(root)
    coding = read_seeds(root, schemas).coding
    articles = read_articles(root, coding.articles, schemas, coding.forms)
    assert articles.problems == []
    return sorted(map(str, possible_copies(articles)))


def test_two_sources_of_one_address_are_a_warning(small: Path, write: Callable[..., None]) -> None:
    first = {"text": TEXTS[0], "url": "https://www.example.org/visit/"}
    write(gamma=first, gamma_2={"text": TEXTS[1], "url": "http://example.org/visit?utm_source=feed"})
    message = "is also an address of src-gamma; remove one source if both are the same article"
    assert possible(small) == [f"seeds/articles/src-gamma-2.yaml:12:8: P06 url {message}"]
    write(gamma_2={"text": TEXTS[1], "archive_url": "https://example.org/visit"})
    assert possible(small) == [f"seeds/articles/src-gamma-2.yaml:12:16: P06 archive_url {message}"]
    write(gamma_2={"text": TEXTS[1], "url": "http://example.org/visit?page=2"})
    assert possible(small) == []


LINES = [f"Line {n} of a report of the agency on the visit." for n in range(8)]
COPIED = (
    "remove one source if both are the same article, or give both the same origin if they repeat one report"
)


def copied(*numbers: int) -> str:
    return "\n".join(LINES[n] for n in numbers)


@pytest.mark.parametrize(
    ("lines", "values", "message"),
    [
        # three lines, or half of a short article
        ((1, 2, 3, 6, 7), {}, "shares 3 of its 5 lines with src-delta"),
        ((3, 7), {}, "shares 1 of its 2 lines with src-delta"),
        ((1, 2, 6, 7, 5), {}, ""),
        ((6, 7), {}, ""),
        # two papers that repeat one report say so
        ((1, 2, 3, 6, 7), {"origin": "the-alpha"}, ""),
        # one paper that has one article twice
        (
            (1, 2, 3, 6, 7),
            {"publisher": "the-alpha", "origin": "the-alpha"},
            "shares 3 of its 5 lines with src-delta",
        ),
    ],
)
def test_two_sources_with_many_equal_lines_are_a_warning(
    small: Path, write: Callable[..., None], lines: tuple[int, ...], values: dict[str, str], message: str
) -> None:
    write(
        delta={"text": copied(0, 1, 2, 3, 4), "publisher": "the-alpha", "origin": "the-alpha"},
        gamma={"text": copied(*lines), **values},
    )
    wanted = [f"seeds/articles/src-gamma.yaml:10:11: P07 {message}; {COPIED}"] if message else []
    assert possible(small) == wanted


def test_a_copy_is_reported_once(mmru: Mmru, small: Path, write: Callable[..., None]) -> None:
    own = {"publisher": "the-alpha", "origin": "the-alpha"}
    other = {"publisher": "the-beta", "origin": "the-beta"}
    write(
        delta={"text": copied(0, 1, 2), **own},
        epsilon={"text": copied(0, 1, 2, 3, 4), **other},
        gamma={"text": copied(0, 1, 2, 3), "url": "https://example.org/a"},
    )
    assert possible(small) == [
        f"seeds/articles/src-epsilon.yaml:10:11: P07 shares 3 of its 5 lines with src-delta; {COPIED}",
        # the one with most
        f"seeds/articles/src-gamma.yaml:10:11: P07 shares 4 of its 4 lines with src-epsilon; {COPIED}",
    ]
    # what has another message: one address, and below, one text
    write(delta={"text": copied(0, 1, 2), "url": "https://example.org/a", **own})
    for folder in ("articles", "fingerprints"):
        (small / f"seeds/{folder}/src-epsilon.yaml").unlink()
    [line] = possible(small)
    assert " P06 " in line
    write(delta={"text": copied(0, 1, 2, 3), **own})
    refused = mmru("check")
    assert refused.stderr.count("\n") == 2
    assert " C02 the text " in refused.stderr


def test_no_article_may_be_a_copy() -> None:
    assert possible(ROOT) == []
