"""What articles say, as columns (Arrow): a row for each line, each place cited, and each claim.

What all claims from one place have in common stands once, in the row of that place: a claim has its
number, counted from the first of its article.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from mmru.io.arrow import Numbers
from mmru.seeds.extract import Citation, Claim, Extraction

Row = tuple[Any, ...]
Shares = np.ndarray[Any, np.dtype[np.float64]]
_TEXT, _NUMBER, _AT = pa.string(), pa.int64(), pa.int32()
CLAIMS = pa.schema(
    [(name, _TEXT) for name in ("claim_id", "record_table", "record_id", "field", "value", "original")]
    + [("source_id", _TEXT), *((name, _NUMBER) for name in ("line", "char_start", "char_end"))]
    + [(name, _TEXT) for name in ("span_sha256", "language", "attributed_to_actor_id", "basis", "reason")]
    + [("credibility", _NUMBER), ("origin", _TEXT)]
    + [(name, _AT) for name in ("record", "group", "member")]
)
CITED = pa.schema([CLAIMS.field(name) for name in Citation._fields])
OWN = pa.schema([*(CLAIMS.field(name) for name in Claim._fields[:-1]), ("cited", _AT)])
PASSAGES = pa.schema(
    [("source_id", _TEXT), ("line", _NUMBER), ("char_count", _NUMBER)]
    + [(name, _TEXT) for name in ("text_sha256", "language", "use")]
    + [("translation_of_line", _NUMBER), ("share_cited", pa.float64()), ("claim_count", _NUMBER)]
    + [("number", _AT)]
)
_LISTED = [f for f in PASSAGES if f.name not in ("share_cited", "claim_count")]
ID = 8  # bytes of a hash that make the id of a claim
_DIGITS = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), "V2")
_BEYOND = 2**32  # no locator names a line from here


class Said(NamedTuple):
    """What one article says: rows of PASSAGES without what is counted in the end, of CITED, and of OWN.

    A claim has no id yet, but the beginning of the hash that becomes it, in `ids`.
    """

    lines: list[Row]
    cited: list[Row]
    claims: list[Row]
    ids: list[bytes]


def rows_of(extraction: Extraction, is_sound: bool) -> Said:
    """The rows of what an article says; of its lines only if it is sound."""
    said = Said([], [], [], [])
    source_id = extraction.source.get("source_id")
    for number, line in extraction.lines.items() if is_sound else ():
        _, chars, sha256 = line.passage
        use, of = line.use or "coded", line.translation_of_line
        said.lines.append((source_id, number, chars, sha256, line.language, use, of, line.number))
    for claim in extraction.claims:
        if not said.cited or claim.cited is not said.cited[-1]:
            said.cited.append(claim.cited)
        said.claims.append((*claim[1:-1], len(said.cited) - 1))
        said.ids.append(bytes.fromhex(claim.claim_id.removeprefix("c-")))
    return said


@dataclass(frozen=True)
class Rows:
    """The rows of several articles, one behind the other; `many` are how many each has of the three kinds."""

    said: Said = field(default_factory=lambda: Said([], [], [], []))
    many: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, one: Said) -> None:
        """Put what an article says behind what others say."""
        self.said.lines.extend(one.lines)
        self.said.cited.extend(one.cited)
        self.said.claims.extend(one.claims)
        self.said.ids.extend(one.ids)
        self.many.append((len(one.lines), len(one.cited), len(one.claims)))

    def tables(self) -> tuple[pa.Table, pa.Table, pa.Table]:
        """The rows as tables of PASSAGES, CITED and OWN."""
        cited = pa.table(_columns(self.said.cited, CITED), CITED)
        own = pa.table([_ids(self.said.ids), *_columns(self.said.claims, list(OWN)[1:])], OWN)
        listed = pa.table(_columns(self.said.lines, _LISTED), pa.schema(_LISTED))
        return _counted(listed, cited, own, np.array(self.many, np.int64).reshape(-1, 3)), cited, own


def _columns(rows: Sequence[Row], fields: Iterable[pa.Field]) -> list[pa.Array]:
    columns = zip(*rows) if rows else ([] for _ in fields)
    return [pa.array(column, f.type) for column, f in zip(columns, fields)]


def _ids(hashes: Sequence[bytes]) -> pa.Array:
    """The ids of claims, from the beginnings of hashes."""
    written = np.empty((len(hashes), 1 + ID), "V2")
    written[:, 0] = np.void(b"c-")
    written[:, 1:] = _DIGITS[np.frombuffer(b"".join(hashes), np.uint8)].reshape(-1, ID)
    ends = np.arange(len(hashes) + 1, dtype=np.int32) * written.itemsize * (1 + ID)
    return pa.StringArray.from_buffers(len(hashes), pa.py_buffer(ends), pa.py_buffer(written))


def expanded(cited: pa.Table, own: pa.Table, many: Numbers) -> pa.Table:
    """The claims, each with what it has in common with others; `many` rows of each are each article's."""
    places = _places(own, many)
    columns = (own[f.name] if f.name in OWN.names else cited[f.name].take(places) for f in CLAIMS)
    return pa.table(list(columns), CLAIMS)


def _places(own: pa.Table, many: Numbers) -> Numbers:
    """The row of CITED to which each claim belongs."""
    firsts = np.cumsum(many[:, 1]) - many[:, 1]
    places: Numbers = own["cited"].to_numpy() + np.repeat(firsts, many[:, 2])
    return places


def _counted(listed: pa.Table, cited: pa.Table, own: pa.Table, many: Numbers) -> pa.Table:
    """The passages, with how much of each is cited, and by how many claims."""
    passage, place = _cited_passages(listed, cited, many)
    claims = np.bincount(_places(own, many), minlength=len(cited))[place]
    count = np.bincount(passage, claims, len(listed)).astype(np.int64)
    start, end = (cited[name].take(place).to_numpy() for name in ("char_start", "char_end"))
    covered = _covered(passage, start, end, len(listed))
    shares = _rounded(covered / listed["char_count"].to_numpy())
    made = {"share_cited": pa.array(shares), "claim_count": pa.array(count)}
    return pa.table([made[f.name] if f.name in made else listed[f.name] for f in PASSAGES], PASSAGES)


def _cited_passages(listed: pa.Table, cited: pa.Table, many: Numbers) -> tuple[Numbers, Numbers]:
    """Rows of passages and of CITED that belong together."""
    article = np.arange(len(many))
    known = np.minimum(listed["line"].to_numpy(), _BEYOND - 1) + np.repeat(article, many[:, 0]) * _BEYOND
    line = cited["line"].fill_null(0).to_numpy()
    asked = line + np.repeat(article, many[:, 1]) * _BEYOND
    order = np.argsort(known)
    found = np.searchsorted(known, asked, sorter=order)
    place = np.flatnonzero(found < len(known))
    passage = order[found[place]]
    same = known[passage] == asked[place]
    return passage[same], place[same]


def _covered(passage: Numbers, start: Numbers, end: Numbers, many: int) -> Numbers:
    """How many characters of each of so many passages lie in at least one of the spans."""
    order = np.lexsort((start, passage))
    passage, start, end = passage[order], start[order], end[order]
    # the farthest end reached in the same passage: ends are compared by rank, behind the passage's number
    ends, rank = np.unique(end, return_inverse=True)
    reached = np.maximum.accumulate(passage * len(ends) + rank)[:-1] if len(ends) else rank
    follows = np.flatnonzero(passage[1:] == passage[:-1])
    start[follows + 1] = np.maximum(start[follows + 1], ends[reached[follows] % max(len(ends), 1)])
    covered = np.zeros(many, np.int64)
    np.add.at(covered, passage, np.maximum(end - start, 0))
    return covered


def _rounded(shares: Shares) -> Shares:
    """Shares to four digits, as Python rounds them: what is about halfway is left to it, for it is slow."""
    scaled = shares * 10**4
    rounded = np.rint(scaled) / 10**4
    for row in np.flatnonzero(np.abs(scaled % 1 - 0.5) < 10**-6):
        rounded[row] = round(float(shares[row]), 4)
    return rounded
