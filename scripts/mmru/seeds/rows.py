"""The rows of claims and passages, as one article gives them, with their place in the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from mmru.model.claim import path_of
from mmru.model.text import Path_


class ClaimRow(NamedTuple):
    """One value that one source gives for one field of one record, at one place of its text.

    The last four columns are its place in the seeds: the numbers of the article, of the record, of the
    group of claims (None for the identity), and of the value in a list (None for a single value).
    """

    claim_id: str
    record_table: str
    record_id: str
    field: str
    value: str
    original: str | None
    source_id: str
    line: int | None
    char_start: int | None
    char_end: int | None
    span_sha256: str | None
    language: str
    attributed_to_actor_id: str | None
    basis: str
    reason: str | None
    credibility: int
    article: int
    record: int
    group: int | None
    member: int | None

    @property
    def path(self) -> Path_:
        """Its path in the file of the article."""
        return path_of(self.field, self.record, self.group, self.member)


class PassageRow(NamedTuple):
    """A non-empty line of an article.

    `article` and `number` are its place in the seeds: the number of the entry that sets it aside, or that
    of its fingerprint if it is coded.
    """

    source_id: str
    line: int
    char_count: int
    text_sha256: str
    language: str
    use: str
    translation_of_line: int | None
    share_cited: float
    claim_count: int
    article: int
    number: int


_INTEGERS = (
    "line",
    "char_start",
    "char_end",
    "char_count",
    "translation_of_line",
    "claim_count",
    "credibility",
)
_PLACES = ("article", "record", "group", "member", "number")
_TYPES = {
    **dict.fromkeys(_INTEGERS, pa.int64()),
    **dict.fromkeys(_PLACES, pa.int32()),
    "share_cited": pa.float64(),
}
CLAIMS = pa.schema([(name, _TYPES.get(name, pa.string())) for name in ClaimRow._fields])
PASSAGES = pa.schema([(name, _TYPES.get(name, pa.string())) for name in PassageRow._fields])


def to_table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Return rows as a table of CLAIMS or PASSAGES."""
    columns = zip(*rows) if rows else ([] for _ in schema)
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema)], schema=schema)
