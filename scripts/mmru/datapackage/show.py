"""Show one record as it is published, with each value's claims and the words they rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from mmru.errors import InvalidDataset, Problem, did_you_mean
from mmru.model.claim import IDENTITY, text_of
from mmru.model.locator import mismatch, parse, texts
from mmru.model.schema import Table, missing, tables

Row = dict[str, Any]


def show_record(root: Path, record: str, articles: Path) -> Iterator[str]:
    """The lines to print for a record of the published data in `root`. Raises InvalidDataset."""
    known = tables(root)
    if not (root / "data" / "claims.parquet").is_file():
        raise InvalidDataset([missing("data/claims.parquet", "run mmru build")])
    record, note = _redirected(root, record)
    table, row = _find(root, known, record)
    claims = _read(root, "claims", "record_id", record)
    if table.name == "sources":
        claims = _read(root, "claims", "source_id", record)
    names = {r["actor_id"]: r["name"] for r in pq.read_table(root / "data/actors.parquet").to_pylist()}
    words = _Words(root, articles)
    rulings = {r["field"]: r["reason"] for r in _read(root, "rulings", "record_id", record)}
    yield f"{record}  ({table.name})" + note
    claimed = {c["field"] for c in claims if c["record_table"] == table.name}
    for column in table.columns:
        value = row[column.name]
        if value is not None and column.name != table.primary_key[0] and column.name not in claimed:
            yield f"  {column.name}: {_shown(value)}"
    if table.name == "sources":
        return
    order = [IDENTITY, *table.names]
    fields = sorted(claimed, key=lambda f: (order.index(f) if f in order else len(order), f))
    for field in fields:
        published = f": {_shown(row[field])}" if field in row else ""
        yield f"  {field}{published}"
        for claim in claims:
            if claim["field"] == field:
                yield from _claim_lines(claim, published, names, words)
        if field in rulings:
            yield f"    ruled: {rulings[field]}"
    if words.missing:
        yield f"(the text of {', '.join(sorted(words.missing))} is not in {articles}; only places are shown)"


def _claim_lines(claim: Row, published: str, names: Mapping[str, str], words: _Words) -> Iterator[str]:
    mark = "=" if claim["agrees"] else "≠"
    same = claim["field"] == IDENTITY or f": {claim['value']}" == published
    said = "" if same else f"{claim['value']}, "
    by = claim["attributed_to_actor_id"]
    voice = f", according to {names.get(by, by)}" if by else ""
    grade = f"{claim['basis']}, credibility {claim['credibility']}"
    yield f"    {mark} {said}{claim['source_id']} {_place(claim)}{voice}; {grade}"
    if claim["reason"]:
        yield f"        because: {claim['reason']}"
    quoted = words.of(claim)
    if quoted:
        yield f"        “{quoted}”"


def _place(claim: Row) -> str:
    if claim["line"] is None:
        return "(no text held)"
    return f"L{claim['line']}.{claim['char_start']}-{claim['char_end']}~{claim['span_sha256']}"


class _Words:
    """The words of the articles, where their texts are at hand."""

    def __init__(self, root: Path, folder: Path) -> None:
        found = texts(folder) if folder.is_dir() else {}
        sources = pq.read_table(root / "data/sources.parquet", columns=["source_id", "text_sha256"])
        self._paths = {r["source_id"]: found.get(r["text_sha256"]) for r in sources.to_pylist()}
        self._lines: dict[str, list[str]] = {}
        self.missing: set[str] = set()

    def of(self, claim: Row) -> str:
        source = claim["source_id"]
        path = self._paths.get(source)
        if path is None or claim["line"] is None:
            self.missing.add(source)
            return ""
        if source not in self._lines:
            self._lines[source] = path.read_bytes().decode("utf-8").split("\n")
        locator, lines = parse(_place(claim)), self._lines[source]
        return "" if mismatch(locator, lines) else locator.cut(lines[locator.line - 1])


def _redirected(root: Path, record: str) -> tuple[str, str]:
    for row in _read(root, "redirects", "old_id", record):
        if row["new_id"]:
            return row["new_id"], f", to which {record} was redirected: {row['reason']}"
    return record, ""


def _find(root: Path, known: Mapping[str, Table], record: str) -> tuple[Table, Row]:
    ids: list[str] = []
    for table in known.values():
        key = table.primary_key[0]
        if len(table.primary_key) > 1 or table.name in ("claims", "redirects"):
            continue
        rows = _read(root, table.name, key, record)
        if rows:
            return table, rows[0]
        ids += pq.read_table(root / f"data/{table.name}.parquet", columns=[key])[key].to_pylist()
    fix = did_you_mean(record, ids) or "data/events.csv and its like list the ids"
    raise InvalidDataset([Problem("data", 1, 1, "C01", f"there is no record '{record}'", fix)])


def _read(root: Path, table: str, column: str, value: str) -> list[Row]:
    path = root / f"data/{table}.parquet"
    if not path.is_file():
        raise InvalidDataset([missing(f"data/{table}.parquet", "run mmru build")])
    rows: list[Row] = pq.read_table(path, filters=pc.field(column) == value).to_pylist()
    return rows


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else text_of(value)
