"""Steps 1 to 3 for all articles: each is read, held against its form, and its claims are taken.

Many articles are shared out among processes. What they say comes back as columns (Arrow), in the
order of the files, however many processes there are; an article itself is not kept.
"""

from __future__ import annotations

import gc
import json
import os
import signal
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple, overload

import jsonschema_rs
import numpy as np
import pyarrow as pa

from mmru.anchor import digest
from mmru.arrow import owned
from mmru.claim import Citation, Claim, Extraction, Place, extract, path_of
from mmru.document import Document, read_text
from mmru.form import Form
from mmru.problem import Problem
from mmru.read import read_article
from mmru.schema import Schemas

FEW = 300  # articles that are read sooner than other processes have begun
SHARE = 40  # articles that a process reads at a time

_PACKED = pa.ipc.IpcWriteOptions(compression="lz4")
Answer = tuple[bytes, list[Problem]]
_TEXT, _NUMBER, _AT = pa.string(), pa.int64(), pa.int32()
CLAIMS = pa.schema(
    [(name, _TEXT) for name in ("claim_id", "record_table", "record_id", "field", "value", "original")]
    + [("source_id", _TEXT), *((name, _NUMBER) for name in ("line", "char_start", "char_end"))]
    + [(name, _TEXT) for name in ("span_sha256", "language", "attributed_to_actor_id", "basis", "reason")]
    + [("credibility", _NUMBER), ("origin", _TEXT)]
    + [(name, _AT) for name in ("record", "group", "member")]
)
PASSAGES = pa.schema(
    [("source_id", _TEXT), ("line", _NUMBER), ("char_count", _NUMBER)]
    + [(name, _TEXT) for name in ("text_sha256", "language", "use")]
    + [("translation_of_line", _NUMBER), ("share_cited", pa.float64()), ("claim_count", _NUMBER)]
    + [("number", _AT)]
)


class Article(NamedTuple):
    """An article that was read: the hash of its bytes, its bibliographic row, how many rows are its own."""

    path: str
    sha256: str
    sound: bool
    source: dict[str, Any]
    passages: int
    claims: int


@dataclass(frozen=True)
class Taken:
    """What articles say: a row for each line and each claim, in the order of the articles.

    The rows of `passages` and `claims` are those of the tables of the dataset, as far as one article
    gives them, with their place in its file.
    """

    articles: Sequence[Article]
    passages: pa.Table
    claims: pa.Table

    @classmethod
    def joined(cls, parts: Sequence[Taken]) -> Taken:
        """What several parts have taken, one behind the other."""
        articles = [a for part in parts for a in part.articles]
        passages = pa.concat_tables([PASSAGES.empty_table(), *(part.passages for part in parts)])
        claims = pa.concat_tables([CLAIMS.empty_table(), *(part.claims for part in parts)])
        return cls(articles, passages.combine_chunks(), claims.combine_chunks())

    def pack(self, **about: str) -> pa.Buffer:
        """All of it as one piece, two Arrow streams; what is told `about` it stands in its head."""
        sink = pa.BufferOutputStream()
        head = {"articles": json.dumps(self.articles), **about}
        for table in (self.claims.replace_schema_metadata(head), self.passages):
            with pa.ipc.new_stream(sink, table.schema, options=_PACKED) as stream:
                stream.write_table(table)
        return sink.getvalue()

    @classmethod
    def unpack(cls, packed: pa.Buffer) -> tuple[Taken, dict[str, str]]:
        """What was packed, and what was told about it."""
        source = pa.BufferReader(packed)
        claims, passages = pa.ipc.open_stream(source).read_all(), pa.ipc.open_stream(source).read_all()
        head = {k.decode(): v.decode() for k, v in claims.schema.metadata.items()}
        articles = [Article(*row) for row in json.loads(head.pop("articles"))]
        return cls(articles, passages, claims.replace_schema_metadata(None)), head

    @classmethod
    def gathered(cls, picked: Mapping[str, tuple[Taken, int]]) -> Taken:
        """The articles of these paths, each given by its number in a part, in their order."""
        runs: list[tuple[Taken, int, int]] = []
        for part, number in picked.values():
            if runs and (runs[-1][0] is part and runs[-1][2] == number):
                runs[-1] = (part, runs[-1][1], number + 1)
            else:
                runs.append((part, number, number + 1))
        slices = [part._slice(first, end) for part, first, end in runs]
        found = slices[0] if len(slices) == 1 else cls.joined(slices)
        articles = [a._replace(path=path) for path, a in zip(picked, found.articles)]
        return cls(articles, found.passages, found.claims)

    def _slice(self, first: int, end: int) -> Taken:
        passages, claims = (rows[first : end + 1] for rows in self.offsets)
        return Taken(
            self.articles[first:end],
            self.passages.slice(passages[0], passages[-1] - passages[0]),
            self.claims.slice(claims[0], claims[-1] - claims[0]),
        )

    @cached_property
    def offsets(self) -> tuple[list[int], list[int]]:
        """Where the passages, and the claims, of each article begin."""
        passages, claims = [0], [0]
        for article in self.articles:
            passages.append(passages[-1] + article.passages)
            claims.append(claims[-1] + article.claims)
        return passages, claims


@dataclass(frozen=True)
class Taker:
    """Reads articles of the dataset in `root` that must have the form of an extraction."""

    root: Path
    schemas: Schemas
    form: Form

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.validator_for(self.form)

    def extraction(self, path: str, problems: list[Problem]) -> tuple[str, Extraction | None]:
        """The hash of an article's bytes, and what it says; None where it cannot be told."""
        document = read_article(self.root, path, self._validator, self.form, self.schemas, problems)
        if document is None:
            return "", None
        return digest(document.text), extract(document, self.schemas, problems)

    def take(self, paths: Iterable[str], problems: list[Problem]) -> Taken:
        """What articles say; what is wrong with them is noted, and left out."""
        articles: list[Article] = []
        passages: list[tuple[Any, ...]] = []
        claims: list[Claim] = []
        for path in paths:
            noted = len(problems)
            hashed, found = self.extraction(path, problems)
            if found is None:
                continue
            sound = len(problems) == noted
            rows = list(_passages(found)) if sound else []
            articles.append(Article(path, hashed, sound, found.source, len(rows), len(found.claims)))
            passages += rows
            claims += found.claims
        return Taken(articles, _table(passages, PASSAGES), _claims(claims))


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows) if rows else ([] for _ in schema)
    return pa.Table.from_arrays([pa.array(c, f.type) for c, f in zip(columns, schema)], schema=schema)


def _claims(claims: Sequence[Claim]) -> pa.Table:
    """The rows of claims, as CLAIMS has them; what many have in common becomes a cell once."""
    cited: list[Citation] = []
    of_each = []
    for claim in claims:
        if not cited or claim.cited is not cited[-1]:
            cited.append(claim.cited)
        of_each.append(len(cited) - 1)
    common = _table(cited, pa.schema([CLAIMS.field(name) for name in Citation._fields])).take(
        np.array(of_each, np.int64)
    )
    of_own = [CLAIMS.field(name) for name in Claim._fields[:-1]]
    own = _table([claim[:-1] for claim in claims], pa.schema(of_own))
    return pa.table({f.name: (own if f in of_own else common)[f.name] for f in CLAIMS}, CLAIMS)


def _passages(extraction: Extraction) -> Iterator[tuple[Any, ...]]:
    """The rows of an article's lines, as PASSAGES has them."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for claim in extraction.claims:
        cited = claim.cited
        if cited.line and cited.char_start is not None and cited.char_end is not None:
            spans[cited.line].append((cited.char_start, cited.char_end))
    source_id = extraction.source["source_id"]
    for number, line in extraction.lines.items():
        chars, places = line.passage.chars, spans.get(number, [])
        yield (
            *(source_id, number, chars, line.passage.sha256, line.language, line.use or "coded"),
            *(line.translation_of_line, round(_covered(places) / chars, 4), len(places), line.number),
        )


def _covered(spans: Iterable[tuple[int, int]]) -> int:
    """How many characters lie in at least one of the spans."""
    covered = reached = 0
    for start, end in sorted(spans):
        if end > reached:
            covered += end - max(start, reached)
            reached = end
    return covered


def take_anew(taker: Taker, paths: Sequence[str], problems: list[Problem]) -> Taken:
    """What articles say, read by as many processes as there are cores. Raises OSError."""
    if len(paths) < FEW:
        return taker.take(paths, problems)
    shares = [paths[n : n + SHARE] for n in range(0, len(paths), SHARE)]
    parts = []
    for packed, noted in _shared_out(taker, shares):
        parts.append(Taken.unpack(owned(packed))[0])
        problems.extend(noted)
    return Taken.joined(parts)


def _shared_out(taker: Taker, shares: Sequence[Sequence[str]]) -> list[Answer]:
    """What each share says. Raises ChildProcessError where a process was killed.

    No process is forked from this one, in which threads may run, nor does a thread look after them:
    an executor's prints what it stumbles over when a process is killed.
    """
    answers: dict[int, Answer] = {}
    left = iter(enumerate(shares))
    at_work: dict[Any, int] = {}
    processes = _begun(taker, min(os.cpu_count() or 1, len(shares)))
    try:
        for pipe in processes.values():
            _give(pipe, left, at_work)
        while at_work:
            ready: list[Any] = wait(list(at_work))
            for pipe in ready:
                answers[at_work.pop(pipe)] = pipe.recv()
                _give(pipe, left, at_work)
    except (EOFError, ConnectionError):
        raise ChildProcessError("a process that read articles was killed; run the command again") from None
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return [answers[number] for number in range(len(shares))]


def _begun(taker: Taker, many: int) -> dict[BaseProcess, Any]:
    """So many processes that read articles, each with the pipe to it; only this one can be interrupted."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["jsonschema_rs", "pyarrow", "yaml_rs"])
    resource_tracker.ensure_running()  # begun later, it would undo what is done to signals here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    begun: dict[BaseProcess, Any] = {}
    try:
        for _ in range(many):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, taker), daemon=True)
            process.start()
            there.close()
            begun[process] = here
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return begun


def _give(pipe: Any, left: Iterator[tuple[int, Sequence[str]]], at_work: dict[Any, int]) -> None:
    """Give the next share to a process, if one is left."""
    for number, share in left:
        pipe.send(share)
        at_work[pipe] = number
        return


def _serve(pipe: Any, taker: Taker) -> None:
    """Read shares of articles until whoever asks is gone."""
    gc.disable()  # what is read holds no cycles
    with suppress(EOFError, ConnectionError):
        while True:
            problems: list[Problem] = []
            packed = taker.take(pipe.recv(), problems).pack()
            pipe.send((packed.to_pybytes(), problems))


class Origins:
    """Where what was taken stands. An article is read anew, and only to show a place in it."""

    def __init__(self, root: Path, taken: Taken) -> None:
        self._root, self._taken = root, taken
        self._documents: dict[int, Document] = {}

    def article(self, number: int) -> Document:
        """The article of that number, by which places in it are found."""
        if number not in self._documents:
            path = self._taken.articles[number].path
            self._documents[number] = Document(path, read_text(self._root, path, []) or "", None)
        return self._documents[number]

    def source(self, number: int) -> Place:
        """Where the bibliographic row of an article stands."""
        return Place(self.article(number), ("source",))

    def passage(self, row: int) -> Place:
        """Where the line in a row of the passages stands."""
        number = self._taken.passages["number"][row].as_py()
        return Place(self.article(bisect_right(self._taken.offsets[0], row) - 1), ("lines", number))

    def claim(self, row: int) -> Place:
        """Where the claim in a row stands."""
        at = (self._taken.claims[name][row].as_py() for name in ("field", "record", "group", "member"))
        return Place(self.article(bisect_right(self._taken.offsets[1], row) - 1), path_of(*at))


class Later(NamedTuple):
    """A place that is found only when something is wrong there."""

    find: Callable[[int], Place]
    row: int

    def problem(self, code: str, message: str, remedy: str = "") -> Problem:
        return self.find(self.row).problem(code, message, remedy)


class Places(Sequence[Later]):
    """The places of rows of which each comes from one of those that were taken."""

    def __init__(self, find: Callable[[int], Place], rows: pa.Array) -> None:
        self._find, self._rows = find, rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, number: int) -> Later: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Later]: ...
    def __getitem__(self, number: int | slice) -> Later | Sequence[Later]:
        if isinstance(number, slice):
            return Places(self._find, self._rows[number])
        return Later(self._find, self._rows[number].as_py())
