"""Warn of sources that may be copies of each other.

Sources with different origins confirm each other, so a copy with an origin of its own would confirm the
article of which it is a copy. The warnings decide nothing: the editor looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import polars as pl

from mmru.errors import Problem
from mmru.seeds.articles import Articles

MANY = 3  # lines that two articles do not share by chance; of a short article, half of its lines
COMMON = 50  # sources; a line that is in more of them tells nothing
OF_THE_PAGE = ("boilerplate", "metadata")  # uses of lines that any articles of a publisher share
ADDRESSES = ("url", "archive_url")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|ref_src", re.I)
_STANDARD_PORT = re.compile(r":(?:80|443)?$")

Row = dict[str, str]


def possible_copies(articles: Articles) -> Iterator[Problem]:
    """Yield a warning for each source like an earlier one."""
    rows = [{k: v for k, v in source.row.items() if isinstance(v, str)} for source in articles.sources]
    order = sorted(
        (n for n, row in enumerate(rows) if "source_id" in row), key=lambda n: rows[n]["source_id"]
    )
    yield from _of_one_address(articles, rows, order)
    yield from _of_equal_lines(articles, rows, order)


def _of_one_address(articles: Articles, rows: list[Row], order: list[int]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number in order:
        for name, address in _addresses(rows[number]).items():
            other = first.setdefault(address, number)
            if other != number and not _is_one_text(rows[number], rows[other]):
                message = f"{name} is also an address of {rows[other]['source_id']}"
                fix = "remove one source if both are the same article"
                yield articles.positions.part(number, ("source", name)).problem("P06", message, fix)
                break


def _of_equal_lines(articles: Articles, rows: list[Row], order: list[int]) -> Iterator[Problem]:
    """Yield sources with many lines of an earlier one: of those, the one with most."""
    lines = pl.DataFrame(articles.passages.select(["article", "use", "text_sha256"]))
    lines = lines.filter(~pl.col("use").is_in(OF_THE_PAGE)).select("article", "text_sha256").unique()
    lines = lines.with_columns(total=pl.len().over("article"))
    shared = lines.filter(pl.len().over("text_sha256").is_between(2, COMMON))
    pairs = shared.join(shared, on="text_sha256", suffix="_other")
    pairs = pairs.group_by("article", "article_other", "total", "total_other").agg(equal=pl.len())
    many = pl.min_horizontal(MANY, pl.min_horizontal("total", "total_other") / 2)
    place = {number: n for n, number in enumerate(order)}
    found: dict[int, tuple[int, int, int]] = {}
    for number, other, total, _, equal in pairs.filter(pl.col("equal") >= many).iter_rows():
        is_earlier = place.get(other, len(rows)) < place.get(number, -1)
        if is_earlier and not _is_explained(rows[number], rows[other]):
            found[number] = max(found.get(number, (0, 0, 0)), (equal, -place[other], total))
    for number, (equal, other, total) in found.items():
        source = rows[order[-other]]["source_id"]
        message = f"shares {equal} of its {total} lines with {source}"
        fix = (
            "remove one source if both are the same article, "
            "or give both the same origin if they repeat one report"
        )
        yield articles.positions.part(number, ("source", "origin")).problem("P07", message, fix)


def comparable(url: str) -> str:
    """Return an address without the parts that do not change the page.

    Left out are the scheme, `www.`, the case of the host, a standard port, the fragment, parameters that
    only track readers, and a slash at the end. Text that is not an address is returned unchanged.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    host = _STANDARD_PORT.sub("", parts.netloc.lower().removeprefix("www."))
    named = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([pair for pair in named if not _TRACKING.fullmatch(pair[0])])
    return f"{host}{parts.path.rstrip('/')}{'?' if query else ''}{query}"


def _addresses(row: Row) -> Row:
    return {name: comparable(row[name]) for name in ADDRESSES if name in row}


def _is_one_text(row: Row, other: Row) -> bool:
    """Return whether two articles have one text, which is an error already."""
    return "text_sha256" in row and row["text_sha256"] == other.get("text_sha256")


def _is_explained(row: Row, other: Row) -> bool:
    """Return whether there is another message on two articles, or they say that they repeat one report."""
    one, two = _addresses(row).values(), _addresses(other).values()
    repeats = row.get("origin") == other.get("origin")
    of_two_publishers = row.get("publisher_actor_id") != other.get("publisher_actor_id")
    return _is_one_text(row, other) or bool(set(one) & set(two)) or (repeats and of_two_publishers)
