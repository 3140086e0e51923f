"""The rows of claims and passages, as articles give them, and their positions in the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from mmru.errors import Position
from mmru.io.yaml_file import Document, read_text
from mmru.model.claim import path_of
from mmru.model.text import Path_
from mmru.seeds.fingerprints import path_for


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


_OF_CLAIM = ("article", "field", "record", "group", "member")
_OF_PASSAGE = ("article", "use", "number")


class Positions:
    """The positions of the rows of articles.

    Keeps only the columns that lead to a position. An article is read again when a position in it is
    asked for.
    """

    def __init__(self, root: Path, paths: Sequence[str], claims: pa.Table, passages: pa.Table) -> None:
        self._root, self._paths = root, paths
        self._claims, self._passages = claims.select(_OF_CLAIM), passages.select(_OF_PASSAGE)
        self._documents: dict[str, Document] = {}

    def claim(self, row: int) -> Position:
        """Return the position of a row of the claims."""
        article, *place = (column[row].as_py() for column in self._claims.columns)
        return self.part(article, path_of(*place))

    def passage(self, row: int) -> Position:
        """Return the position of a row of the passages: where it is set aside, or its fingerprint."""
        article, use, number = (column[row].as_py() for column in self._passages.columns)
        if use == "coded":
            return self.of_text(article, ("lines", number))
        return self.part(article, ("set_aside", use, number))

    def source(self, article: int) -> Position:
        """Return the position of the bibliographic row of an article."""
        return self.part(article, ("source",))

    def part(self, article: int, path: Path_) -> Position:
        """Return the position of the part of an article at a path in its YAML."""
        return self._position(self._paths[article], path)

    def of_text(self, article: int, path: Path_) -> Position:
        """Return the position of a part of the fingerprints of an article's text."""
        return self._position(path_for(self._paths[article]), path)

    def _position(self, file: str, path: Path_) -> Position:
        if file not in self._documents:
            text = read_text(self._root, file)
            self._documents[file] = Document(file, text if isinstance(text, str) else "")
        return self._documents[file].position(path)
