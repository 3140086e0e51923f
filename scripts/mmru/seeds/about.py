"""Check what the dataset says of itself in seeds/dataset.yaml, and the days of its releases."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from mmru.errors import Problem, did_you_mean
from mmru.io.validation import DAY_FIX, check_date
from mmru.io.yaml_file import Document, mappings
from mmru.model import edtf
from mmru.model.countries import codes_named
from mmru.model.schema import Schemas
from mmru.model.text import Path_
from mmru.model.version import numbers

TEMPORAL = ("coverage", "temporal")
RELEASED = ("released",)
CONTRADICTION = "L13"
# days that a release cannot precede: table, column, and what happened to a row on them
EARLIER = (
    ("sources", "published_earliest", "was published"),
    ("sources", "retrieved", "was retrieved"),
    ("sources", "coded", "was coded"),
    ("searches", "searched", "was made"),
    ("rulings", "decided", "was decided"),
    ("adjudications", "decided", "was decided"),
)
_LICENCE = re.compile(
    r"https?://(?:spdx\.org/licenses/(?P<spdx>[^/]+?)(?:\.html)?"
    r"|creativecommons\.org/(?:licenses/(?P<cc>[a-z-]+)|publicdomain/(?P<zero>zero))/(?P<version>[0-9.]+))/?"
)


def validate_about(document: Document) -> Document:
    """Return seeds/dataset.yaml with the problems of its days, countries and licences."""
    if document.invalid:
        return document
    return document.with_problems(
        [
            *_days(document),
            *_countries(document),
            *(p for path in (("licenses", 0), ("code_license",)) for p in _licence(document, path)),
        ]
    )


def check_released(document: Document) -> Problem | None:
    """Return the problem of a day of release that is no day of the calendar."""
    return check_date(document, RELEASED, document.data["released"], DAY_FIX)


def release_order(dataset: Document, releases: Sequence[Document]) -> Iterator[Problem]:
    """Yield each release dated before the one before it; `releases` are in the order of their versions."""
    for document in releases:
        version, previous = document.data["version"], document.data.get("previous")
        if previous and numbers(previous) >= numbers(version):
            message = f"previous is {previous}, which is not before {version}"
            yield document.problem(("previous",), CONTRADICTION, message, "name the release before it")
    dated = [(document, document.data["version"]) for document in releases]
    if dataset.is_valid(RELEASED) and dataset.data and "released" in dataset.data:
        dated += [(dataset, str(dataset.data.get("version")))]
    for (earlier, before), (later, version) in pairwise(dated):
        day, day_before = later.data["released"], earlier.data["released"]
        if day < day_before:
            message = f"{version} is dated {day}, before the release of {before} on {day_before}"
            yield later.problem(RELEASED, CONTRADICTION, message, "correct one of the two days")


def early_release(
    dataset: Document, frames: Mapping[str, pl.DataFrame], schemas: Schemas
) -> Iterator[Problem]:
    """Yield the problem of a day of release that comes before something in the tables."""
    released = date.fromisoformat(dataset.data["released"])
    for table, column, what in EARLIER:
        rows = frames[table].filter(pl.col(column) > released)
        if len(rows):
            row = rows.row(0, named=True)
            key = " ".join(str(row[name]) for name in schemas.tables[table].primary_key)
            message = f"released is {released}, before {key} {what} on {row[column]}"
            fix = "write the day of the release to come, or correct the other day"
            yield dataset.problem(RELEASED, CONTRADICTION, message, fix)
            return


def _days(document: Document) -> Iterator[Problem]:
    """Yield the days that do not exist or are out of order."""
    released, temporal = document.data["released"], document.data["coverage"]["temporal"]
    fix = "write two days in order, as 2021-02-01/2025-12-31"
    problem = check_released(document) or check_date(document, TEMPORAL, temporal, fix)
    if problem:
        yield problem
        return
    span = edtf.parse(temporal)
    for bound, ends in ((span.earliest, "begins"), (span.latest, "ends")):
        if bound and bound > date.fromisoformat(released):
            message = f"the coverage {ends} on {bound}, after the release on {released}"
            fix = "correct one of the days; write .. as the end where it goes on"
            yield document.problem(TEMPORAL, CONTRADICTION, message, fix)
            return


def _countries(document: Document) -> Iterator[Problem]:
    """Yield the countries named twice, and the names that are those of another country."""
    first: dict[str, int] = {}
    for number, place in mappings(document.data["coverage"]["places"]):
        path: Path_ = ("coverage", "places", number, "iso3")
        code, name = place["iso3"], place["name"]
        if first.setdefault(code, number) != number:
            yield document.problem(path, CONTRADICTION, f"'{code}' is named twice", "keep one")
        if (found := codes_named(name)) and code not in found:
            message = f"'{code}' is not the code of {name}"
            yield document.problem(path, CONTRADICTION, message, f"write '{found[0]}', or correct the name")


def _licence(document: Document, path: Path_) -> Iterator[Problem]:
    """Yield the problem of a licence that is not in SPDX's list, or whose address is that of another one."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    licence: Any = document.data
    for step in path:
        licence = licence[step]
    name, address = licence["name"], licence["path"]
    known: list[str] = []
    with suppress(InvalidLicenseExpression):
        known = [] if " " in name else [str(canonicalize_license_expression(name))]
    if name not in known:
        message = f"'{name}' is not among the codes of SPDX"
        fix = did_you_mean(name, known) or "write an id of https://spdx.org/licenses/, as CC-BY-4.0"
        yield document.problem((*path, "name"), "R08", message, fix)
        return
    if (match := _LICENCE.fullmatch(address)) and (named := _named(match)).lower() != name.lower():
        message = f"{name} has the address of {named}"
        yield document.problem((*path, "path"), CONTRADICTION, message, "correct one of the two")


def _named(match: re.Match[str]) -> str:
    """Return the licence that an address of SPDX or Creative Commons is of."""
    if match["spdx"]:
        return match["spdx"]
    return f"CC0-{match['version']}" if match["zero"] else f"CC-{match['cc'].upper()}-{match['version']}"
