"""Origins: whose report an article is, whose report a speaker's words are, and what may be a mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from exported import SCHEMAS, tables_of
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.checks.registry import ROW, RuleContext, lazy
from mmru.checks.rules.evidence import confirmation_right
from mmru.checks.views import claims as viewed_claims
from mmru.checks.views import counted
from mmru.errors import Position
from mmru.explorer.data import pairs
from mmru.model.address import comparable
from mmru.model.origin import Origins
from mmru.pipeline.merge import merge, with_origins
from mmru.seeds.fingerprints import fingerprints_of

Mmru = Callable[..., Result]
Spoil = Callable[[str, str, str], None]
VISIT = "ev-visit-quill-lindos"
MISTAKE = "check that each is the actor whose report it is"


# the definition


class Said(NamedTuple):
    """A claim of an article."""

    field: str
    value: str
    speaker: str | None
    basis: str


class Article(NamedTuple):
    publisher: str
    origin: str
    claims: Sequence[Said]


VALUES = [
    *(("identity", "ev-x"), ("event_type", "visit"), ("event_type", "meeting"), ("sectors", "trade")),
    *(("sectors", "energy"), ("date", "2031-05"), ("date", "2031-05-02")),
]
SAID = st.builds(
    lambda value, speaker, basis: Said(value[0], value[1], speaker, basis),
    st.sampled_from(VALUES),
    st.sampled_from([None, None, "paper", "other-paper", "agency", "minister"]),
    st.sampled_from(["stated", "stated", "inferred"]),
)
ARTICLES = st.lists(
    st.builds(
        Article,
        st.sampled_from(["paper", "other-paper", "agency"]),
        st.sampled_from(["paper", "other-paper", "agency"]),
        st.lists(SAID, min_size=1, max_size=5),
    ),
    min_size=2,
    max_size=5,
)


def expected_origin(articles: Sequence[Article], article: Article, claim: Said) -> str:
    """Return the origin of a claim, as the definition says it."""
    if claim.speaker is None:
        return article.origin
    published = {a.origin for a in articles if a.publisher == claim.speaker}
    return published.pop() if len(published) == 1 else claim.speaker


class Outcome(NamedTuple):
    """What depends on origins, by the numbers of articles and claims and not by the names of sources."""

    claims: dict[str, tuple[str, int, bool]]
    counts: tuple[int, int]
    pairs: Counter[tuple[str, str, frozenset[int], str]]


def merged(articles: Sequence[Article], order: Sequence[int], names: Sequence[str]) -> Outcome:
    """Merge the articles in an order of files and under names, and compare build, rules and page."""
    number = count()
    ids = {n: [f"c-{next(number):016x}" for _ in articles[n].claims] for n in range(len(articles))}
    sources = [
        {"source_id": names[n], "publisher_actor_id": articles[n].publisher, "origin": articles[n].origin}
        for n in order
    ]
    rows: list[dict[str, Any]] = [
        {"claim_id": claim_id, "record_table": "events", "record_id": "ev-x", "field": c.field}
        | {"value": c.value, "source_id": names[n], "attributed_to_actor_id": c.speaker}
        | {"basis": c.basis, "credibility": 3}
        for n in order
        for claim_id, c in zip(ids[n], articles[n].claims)
    ]
    names_of_columns = SCHEMAS.tables["claims"].names
    extracted = tables_of({"claims": rows})["claims"].select([c for c in names_of_columns if c != "agrees"])
    result = merge(with_origins(extracted, sources), (), SCHEMAS, {}, lambda _: Position("a.yaml"))
    published = result.claims.select(names_of_columns).to_dicts()

    tables = tables_of({"claims": published, "sources": sources})
    frames = {n: lazy(pl.DataFrame(t).lazy().with_row_index(ROW)) for n, t in tables.items()}
    context = RuleContext(SCHEMAS, frames, SCHEMAS.tables["claims"], date(2031, 6, 1), (), {})
    assert context.to_dicts(confirmation_right(context)) == []
    in_rules = [str(row["origin"]) for row in context.to_dicts(context.view(viewed_claims).sort(ROW))]
    assert in_rules == result.claims["origin"].to_list()
    [counts] = context.to_dicts(context.view(counted))
    numbers = {name: n for n, name in enumerate(names)}
    shown = pairs({"sources": sources, "claims": published}, SCHEMAS)
    return Outcome(
        {c["claim_id"]: (c["origin"], c["credibility"], c["agrees"]) for c in result.claims.to_dicts()},
        (counts["counted_source_count"], counts["counted_origin_count"]),
        Counter((r, f, frozenset({numbers[one], numbers[other]}), how) for r, f, one, other, how in shown),
    )


@settings(max_examples=20)
@given(ARTICLES, st.data())
def test_names_and_order_of_sources_decide_nothing(articles: list[Article], data: st.DataObject) -> None:
    size = range(len(articles))
    first = merged(articles, size, [f"src-{n}" for n in size])
    origins = [expected_origin(articles, article, claim) for article in articles for claim in article.claims]
    assert [origin for origin, _, _ in dict(sorted(first.claims.items())).values()] == origins
    assert first.counts[1] == len(set(origins))
    order = data.draw(st.permutations(size))
    names = [f"src-{n}" for n in data.draw(st.permutations(size))]
    assert merged(articles, order, names) == first


def test_a_publisher_with_one_origin_speaks_with_it_and_one_with_several_for_itself() -> None:
    origins = Origins(
        [
            {"source_id": "a", "publisher_actor_id": "paper", "origin": "agency"},
            {"source_id": "b", "publisher_actor_id": "paper", "origin": "agency"},
            {"source_id": "c", "publisher_actor_id": "radio", "origin": "radio"},
            {"source_id": "d", "publisher_actor_id": "radio", "origin": "agency"},
            {"source_id": "e", "publisher_actor_id": "blog", "origin": "paper"},
            {"source_id": "f", "publisher_actor_id": "blog"},
        ]
    )
    assert [origins.of("c", s) for s in ("paper", "radio", "minister")] == ["agency", "radio", "minister"]
    # an article's origin is what its extraction says, even where that is a publisher
    assert [origins.of(s, None) for s in "acdef"] == ["agency", "radio", "agency", "paper", None]
    assert origins.of("a", "blog") == "paper"


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
    says: str = "event_type: visit",
    **more: str,
) -> str:
    """Return an article of which every line says the same."""
    lines = text.split("\n")
    head = {
        "source_id": source,
        "publisher_kind": "news-media",
        "language": "en",
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


@pytest.fixture
def write(small: Path) -> Callable[..., None]:
    """Write articles of an id each, in a dataset with the actors that they need."""
    registry = small / "seeds/registry/actors.yaml"
    registry.write_text(registry.read_text("utf-8") + ACTORS, "utf-8")

    def write(**articles: Mapping[str, str]) -> None:
        for name, values in articles.items():
            source = f"src-{name.replace('_', '-')}"
            (small / f"seeds/articles/{source}.yaml").write_text(article(source, **values), "utf-8")
            path = small / f"seeds/fingerprints/{source}.yaml"
            path.write_text(fingerprints_of(source, values["text"]), "utf-8")

    return write


def warnings(result: Result) -> list[str]:
    """Return the warnings about sources, and assert that the dataset is valid."""
    assert result.exit_code == 0, result.output
    return [line for line in result.stderr.splitlines() if " P0" in line and " P04 " not in line]


def grades(root: Path, field: str = "event_type") -> tuple[list[int], tuple[int, int]]:
    """Return the credibility of the claims on a field of the visit, and how many sources and origins it has."""
    rows = pq.read_table(root / "data/claims.parquet").to_pylist()
    [visit] = (
        row for row in pq.read_table(root / "data/events.parquet").to_pylist() if row["event_id"] == VISIT
    )
    claims = [row for row in rows if row["record_id"] == VISIT and row["field"] == field]
    return sorted(c["credibility"] for c in claims), (visit["source_count"], visit["origin_count"])


@pytest.mark.parametrize("own", ["src-gamma", "src-gamma-2"])
def test_a_paper_may_have_articles_of_its_own_and_of_an_agency(
    mmru: Mmru, small: Path, write: Callable[..., None], own: str
) -> None:
    other = {"src-gamma": "src-gamma-2", "src-gamma-2": "src-gamma"}[own]
    origins = {own: "the-gamma", other: "agency"}
    write(
        gamma={"text": TEXTS[0], "origin": origins["src-gamma"]},
        gamma_2={"text": TEXTS[1], "origin": origins["src-gamma-2"]},
    )
    result = mmru("build")
    assert warnings(result) == [
        "seeds/articles/src-gamma-2.yaml:8:11: P08 articles of the-gamma have several origins: "
        f"'{origins['src-gamma']}' in src-gamma, '{origins['src-gamma-2']}' in src-gamma-2; {MISTAKE}"
    ]
    # alpha, and the two of the-gamma, confirm each other; the identity of beta's is inferred
    assert grades(small) == ([1, 1, 1, 3], (4, 4))
    assert mmru("check", ".").exit_code == 0


def test_the_words_of_a_paper_have_the_origin_of_its_articles(
    mmru: Mmru, small: Path, write: Callable[..., None]
) -> None:
    says = {"says": "sectors: energy"}
    write(
        gamma={"text": TEXTS[0], "origin": "agency", **says},
        delta={
            "text": TEXTS[1],
            "publisher": "the-beta",
            "origin": "the-beta",
            "speaker": "the-gamma",
            **says,
        },
    )
    assert warnings(mmru("build")) == []
    # the-beta quotes the-gamma, whose articles repeat the agency: both claims have one origin
    assert grades(small, "sectors") == ([3, 3], (4, 3))
    write(epsilon={"text": "A visit.", "origin": "the-gamma"})
    assert len(warnings(mmru("build"))) == 1
    # now the-gamma has reports of its own, and its words are its own
    assert grades(small, "sectors") == ([1, 1], (5, 4))


# an origin is an actor


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("the-alfa", "9:11: C01 there is no 'the-alfa' among the actors; did you mean 'the-alpha'?; else"),
        ("src-alpha", "9:11: C01 there is no 'src-alpha' among the actors; did you mean 'the-alpha'?; else"),
        ("zzz", "9:11: C01 there is no 'zzz' among the actors; register it in seeds/registry/actors.yaml"),
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
    problem = "seeds/articles/src-new.yaml:10:10: R07 found nothing instead of one code or id"
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


def test_two_sources_of_one_address_are_a_warning(mmru: Mmru, write: Callable[..., None]) -> None:
    first = {"text": TEXTS[0], "url": "https://www.example.org/visit/"}
    write(gamma=first, gamma_2={"text": TEXTS[1], "url": "http://example.org/visit?utm_source=feed"})
    message = "is also an address of src-gamma; remove one source if both are the same article"
    assert warnings(mmru("build")) == [f"seeds/articles/src-gamma-2.yaml:10:8: P06 url {message}"]
    write(gamma_2={"text": TEXTS[1], "archive_url": "https://example.org/visit"})
    assert warnings(mmru("build")) == [f"seeds/articles/src-gamma-2.yaml:10:16: P06 archive_url {message}"]
    write(gamma_2={"text": TEXTS[1], "url": "http://example.org/visit?page=2"})
    assert warnings(mmru("build")) == []


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
    mmru: Mmru, write: Callable[..., None], lines: tuple[int, ...], values: dict[str, str], message: str
) -> None:
    write(
        delta={"text": copied(0, 1, 2, 3, 4), "publisher": "the-alpha", "origin": "the-alpha"},
        gamma={"text": copied(*lines), **values},
    )
    wanted = [f"seeds/articles/src-gamma.yaml:8:11: P07 {message}; {COPIED}"] if message else []
    assert warnings(mmru("build")) == wanted


def test_a_copy_is_reported_once(mmru: Mmru, small: Path, write: Callable[..., None]) -> None:
    own = {"publisher": "the-alpha", "origin": "the-alpha"}
    other = {"publisher": "the-beta", "origin": "the-beta"}
    write(
        delta={"text": copied(0, 1, 2), **own},
        epsilon={"text": copied(0, 1, 2, 3, 4), **other},
        gamma={"text": copied(0, 1, 2, 3), "url": "https://example.org/a"},
    )
    assert warnings(mmru("build")) == [
        f"seeds/articles/src-epsilon.yaml:8:11: P07 shares 3 of its 5 lines with src-delta; {COPIED}",
        # the one with most
        f"seeds/articles/src-gamma.yaml:8:11: P07 shares 4 of its 4 lines with src-epsilon; {COPIED}",
    ]
    # what has another message: one address, and below, one text
    write(delta={"text": copied(0, 1, 2), "url": "https://example.org/a", **own})
    for folder in ("articles", "fingerprints"):
        (small / f"seeds/{folder}/src-epsilon.yaml").unlink()
    [line] = warnings(mmru("build"))
    assert " P06 " in line
    write(delta={"text": copied(0, 1, 2, 3), **own})
    result = mmru("build")
    assert result.stderr.count("\n") == 2
    assert " C02 the text " in result.stderr


def test_the_origins_of_a_publisher_are_listed_once(mmru: Mmru, write: Callable[..., None]) -> None:
    write(
        gamma={"text": "One."},
        gamma_2={"text": "Two.", "origin": "agency"},
        gamma_3={"text": "Three.", "origin": "agency"},
        gamma_4={"text": "Four.", "origin": "the-alpha"},
    )
    assert warnings(mmru("build")) == [
        "seeds/articles/src-gamma-2.yaml:8:11: P08 articles of the-gamma have several origins: "
        f"'the-gamma' in src-gamma, 'agency' in src-gamma-2, 'the-alpha' in src-gamma-4; {MISTAKE}"
    ]


def test_the_five_articles_are_no_copies(mmru: Mmru, monkeypatch: pytest.MonkeyPatch) -> None:
    from conftest import ROOT

    monkeypatch.chdir(ROOT)
    assert warnings(mmru("check")) == []
