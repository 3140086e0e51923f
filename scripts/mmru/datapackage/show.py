"""Show a record as it is published, with the claims of each value and the words on which they rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from mmru.datapackage.package import Package
from mmru.errors import InvalidDataset, Unknown, did_you_mean
from mmru.model.characters import article_bytes
from mmru.model.claim import IDENTITY, in_order, text_of
from mmru.model.locator import Locator, mismatch, texts
from mmru.model.schema import Table

Row = dict[str, Any]


def show_record(package: Package, record: str, articles: Sequence[Path]) -> Iterator[str]:
    """Yield the lines to print for a record; for a withdrawn one, a line with the version and the reason.

    Raise Damaged, or InvalidDataset if there is no such record.
    """
    # an argument that is not UTF-8 has surrogates, which Arrow refuses; no id equals its escaped form
    record = record.encode("utf-8", "backslashreplace").decode()
    try:
        *retired, record = package.chain(record)
    except Unknown as withdrawn:
        yield str(withdrawn)
        return
    table, row = _find(package, record)
    yield f"{record}  ({table.name}){_redirected(package, retired)}"
    claims = [c for c in _select(package, "claims", "record_id", record) if c["record_table"] == table.name]
    claimed = {c["field"] for c in claims}
    for column in table.columns:
        value = row[column.name]
        if value is not None and column.name != table.primary_key[0] and column.name not in claimed:
            yield f"  {column.name}: {_shown(value)}"
    if table.name == "sources":
        return
    actors = package.rows("actors", ["actor_id", "name"]).to_pylist()
    names = {actor["actor_id"]: actor["name"] for actor in actors}
    quotes = _Quotes(package, articles)
    ruled = _select(package, "rulings", "record_id", record)
    rulings = {r["field"]: r["reason"] for r in ruled if r["record_table"] == table.name}
    for field in in_order(claimed, table.names):
        published = f": {_shown(row[field])}" if field in row else ""
        yield f"  {field}{published}"
        for claim in claims:
            if claim["field"] == field:
                yield from _claim_lines(claim, published, names, quotes.of(claim))
        if field in rulings:
            yield f"    ruled: {rulings[field]}"
    if quotes.missing:
        missing = ", ".join(sorted(quotes.missing))
        where = ", ".join(map(str, articles))
        yield f"(the text of {missing} is not in {where}; only locators are shown)"


def _redirected(package: Package, retired: list[str]) -> str:
    """Return a note on the ids that were redirected to a record, oldest first, with the reasons."""
    if not retired:
        return ""
    first, *others = retired
    way = f" by way of {', '.join(others)}" if others else ""
    reasons = " ".join(package.redirects[old]["reason"] for old in retired)
    return f", to which {first} was redirected{way}: {reasons}"


def _claim_lines(claim: Row, published: str, names: dict[str, str], quote: str) -> Iterator[str]:
    mark = "=" if claim["agrees"] else "≠"
    same = claim["field"] == IDENTITY or f": {claim['value']}" == published
    value = "" if same else f"{claim['value']}, "
    speaker = claim["attributed_to_actor_id"]
    voice = f", according to {names.get(speaker, speaker)}" if speaker else ""
    grade = f"{claim['basis']}, credibility {claim['credibility']}"
    yield f"    {mark} {value}{claim['source_id']} {Locator.of_claim(claim) or '(no text)'}{voice}; {grade}"
    if claim["reason"]:
        yield f"        because: {claim['reason']}"
    if quote:
        yield f"        “{quote}”"


class _Quotes:
    """The words of claims, from the texts of articles in folders; `missing` lists sources without one."""

    def __init__(self, package: Package, folders: Sequence[Path]) -> None:
        found = texts(folders)
        sources = package.rows("sources", ["source_id", "text_sha256"])
        self._paths = {r["source_id"]: found.get(r["text_sha256"]) for r in sources.to_pylist()}
        self._lines: dict[str, list[str]] = {}
        self.missing: set[str] = set()

    def of(self, claim: Row) -> str:
        """Return the words of a claim, or an empty string if their text is missing."""
        source, locator = claim["source_id"], Locator.of_claim(claim)
        path = self._paths.get(source)
        if path is None or locator is None:
            self.missing.add(source)
            return ""
        if source not in self._lines:
            self._lines[source] = article_bytes(path.read_bytes()).decode("utf-8").split("\n")
        lines = self._lines[source]
        return "" if mismatch(locator, lines) else locator.cut(lines[locator.line - 1])


def _find(package: Package, record: str) -> tuple[Table, Row]:
    """Return the table of a record and its row."""
    ids: list[str] = []
    for table in package.tables.values():
        if len(table.primary_key) > 1 or table.name in ("claims", "redirects"):
            continue
        if rows := _select(package, table.name, table.primary_key[0], record):
            return table, rows[0]
        ids += package.ids(table.name)
    fix = did_you_mean(record, ids) or "data/events.csv and the other tables list the ids"
    raise InvalidDataset.of("data", "C01", f"there is no record '{record}'", fix)


def _select(package: Package, table: str, column: str, value: str) -> list[Row]:
    """Return the rows of a table with a value in a column."""
    rows: list[Row] = package.rows(table).filter(pc.field(column) == value).to_pylist()
    return rows


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else text_of(value)
