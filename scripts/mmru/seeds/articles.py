"""Steps 1 to 3 for all articles: each is read, held against its form, and its claims are taken.

Many articles are shared out among processes. What they say comes back as columns (Arrow), in the
order of the files, however many processes there are; an article itself is not kept.
"""

from __future__ import annotations

import gc
import json
import os
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import numpy as np
import pyarrow as pa

from mmru.errors import Position, Problem
from mmru.io.arrow import Numbers, owned
from mmru.io.yaml_file import Document, Within, read_text
from mmru.model.claim import path_of
from mmru.model.locator import digest
from mmru.model.schema import Schemas
from mmru.model.text import Path_
from mmru.seeds.extract import Extraction, extract
from mmru.seeds.json_schema import Form
from mmru.seeds.reader import hold_article
from mmru.seeds.rows import CITED, OWN, PASSAGES, Rows, Said, expanded, rows_of
from mmru.seeds.sound import Sound

FEW = 300  # articles that are read sooner than other processes have begun
SHARE = 100  # articles that a process reads at a time
# imported once for all processes; mmru is not, of which what forks them might find another one
PRELOADED = ["jsonschema_rs", "pyarrow.compute", "pyarrow.csv", "pyarrow.parquet", "yaml_rs"]

Answer = tuple[bytes, list[Problem]]


class Article(NamedTuple):
    """An article that was read: the hash of its bytes, its bibliographic row, how many rows are its own."""

    path: str
    sha256: str
    sound: bool
    source: dict[str, Any]
    passages: int
    cited: int
    claims: int


@dataclass(frozen=True)
class Taken:
    """What articles say: rows of PASSAGES, CITED and OWN, in the order of the articles.

    The rows of `passages` and `claims` are those of the tables of the dataset, as far as one article
    gives them, with their place in its file.
    """

    articles: Sequence[Article]
    passages: pa.Table
    cited: pa.Table
    own: pa.Table

    @cached_property
    def claims(self) -> pa.Table:
        """The claims, as rows of CLAIMS."""
        return expanded(self.cited, self.own, self._many)

    @cached_property
    def _many(self) -> Numbers:
        """How many rows of each kind each article has."""
        many = [(a.passages, a.cited, a.claims) for a in self.articles]
        return np.array(many, np.int64).reshape(-1, 3)

    @cached_property
    def offsets(self) -> Numbers:
        """The first row of each kind of each article, and behind the last."""
        return np.concatenate([np.zeros((1, 3), np.int64), np.cumsum(self._many, axis=0)])

    @classmethod
    def joined(cls, parts: Sequence[Taken]) -> Taken:
        """What several parts have taken, one behind the other."""
        articles = [a for part in parts for a in part.articles]
        passages = pa.concat_tables([PASSAGES.empty_table(), *(part.passages for part in parts)])
        cited = pa.concat_tables([CITED.empty_table(), *(part.cited for part in parts)])
        own = pa.concat_tables([OWN.empty_table(), *(part.own for part in parts)])
        return cls(articles, *(rows.combine_chunks() for rows in (passages, cited, own)))

    def pack(self, compression: str | None = None, **about: str) -> pa.Buffer:
        """All of it as one piece, three Arrow streams; what is told `about` it stands in its head."""
        sink, options = pa.BufferOutputStream(), pa.ipc.IpcWriteOptions(compression=compression)
        head = {"articles": json.dumps(self.articles), **about}
        for table in (self.passages.replace_schema_metadata(head), self.cited, self.own):
            with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
                stream.write_table(table)
        return sink.getvalue()

    @classmethod
    def unpack(cls, packed: pa.Buffer) -> tuple[Taken, dict[str, str]]:
        """What was packed, and what was told about it."""
        source = pa.BufferReader(packed)
        passages, cited, own = (pa.ipc.open_stream(source).read_all() for _ in range(3))
        head = {k.decode(): v.decode() for k, v in passages.schema.metadata.items()}
        articles = [Article(*row) for row in json.loads(head.pop("articles"))]
        return cls(articles, passages.replace_schema_metadata(None), cited, own), head

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
        return cls(articles, found.passages, found.cited, found.own)

    def _slice(self, first: int, end: int) -> Taken:
        firsts, ends = self.offsets[first], self.offsets[end]
        tables = (self.passages, self.cited, self.own)
        sliced = (rows.slice(at, to - at) for rows, at, to in zip(tables, firsts.tolist(), ends.tolist()))
        return Taken(self.articles[first:end], *sliced)


@dataclass(frozen=True)
class Taker:
    """Reads articles of the dataset in `root` that must have the form of an extraction."""

    root: Path
    schemas: Schemas
    form: Form

    def read(self, path: str, problems: list[Problem]) -> Document | None:
        """An article; None where it cannot be parsed."""
        return Document.read(self.root, path, problems, self._within)

    def extraction(self, document: Document, problems: list[Problem]) -> Extraction | None:
        """What an article says; None where it cannot be told."""
        hold_article(document, self._validator, self.form, self.schemas, problems)
        return extract(document, self.schemas, problems)

    def take(self, paths: Iterable[str], problems: list[Problem]) -> Taken:
        """What articles say; what is wrong with them is noted, and left out."""
        articles, rows = [], Rows()
        for path in paths:
            noted = len(problems)
            document = self.read(path, problems)
            said = self._said(document, problems) if document else None
            if document and said:
                rows.add(said)
                many = len(said.lines), len(said.cited), len(said.claims)
                source, sound = document.data["source"], len(problems) == noted
                articles.append(Article(path, digest(document.text), sound, source, *many))
        return Taken(articles, *rows.tables())

    @cached_property
    def _validator(self) -> Any:
        return jsonschema_rs.validator_for(self.form)

    @cached_property
    def _within(self) -> Within:
        return Within(self.root)

    @cached_property
    def _sound(self) -> Sound:
        return Sound(self.schemas)

    def _said(self, document: Document, problems: list[Problem]) -> Said | None:
        """The rows of an article; None where it cannot be told what it says."""
        said = self._sound.said(document.data) if document.has_form(self._validator) else None
        if said:
            return said
        noted = len(problems)
        extraction = self.extraction(document, problems)
        return rows_of(extraction, len(problems) == noted) if extraction else None


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
                answers[at_work.pop(pipe)] = pipe.recv_bytes(), pipe.recv()
                _give(pipe, left, at_work)
    except (EOFError, ConnectionError):
        raise ChildProcessError("a process that read articles was killed; run the command again") from None
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return [answers[number] for number in range(len(shares))]


def expect(many: int) -> None:
    """Begin what begins the processes that will read so many articles, since that takes its time."""
    if many >= FEW:
        with _uninterrupted():
            forkserver.ensure_running()


def _begun(taker: Taker, many: int) -> dict[BaseProcess, Any]:
    """So many processes that read articles, each with the pipe to it."""
    begun: dict[BaseProcess, Any] = {}
    with _uninterrupted() as context:
        for _ in range(many):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, taker), daemon=True)
            process.start()
            there.close()
            begun[process] = here
    return begun


@contextmanager
def _uninterrupted() -> Iterator[ForkServerContext]:
    """What processes are begun with; of all of them, only this one can be interrupted."""
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    resource_tracker.ensure_running()  # begun later, it would undo what is done to signals here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield context
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
            pipe.send_bytes(taker.take(pipe.recv(), problems).pack())
            pipe.send(problems)


@dataclass(frozen=True)
class Articles:
    """What all articles say, and where in the files each row comes from.

    `sources` are bibliographic rows; `claims` and `passages` have the columns of their tables, and
    `article`, `record`, `group` and `member`, which address a part of an article's file.
    """

    root: Path
    paths: Sequence[str]
    sources: Sequence[Mapping[str, Any]]
    passages: pa.Table
    claims: pa.Table
    problems: Sequence[Problem]

    def position_of_source(self, number: int) -> Position:
        """Return the position of the bibliographic row of an article."""
        return self._position(number, ("source",))

    def position_of_passage(self, row: int) -> Position:
        """Return the position of the entry for a line of text."""
        article, number = (self.passages[name][row].as_py() for name in ("article", "record"))
        return self._position(article, ("lines", number))

    def position_of_claim(self, row: int) -> Position:
        """Return the position of a claim."""
        columns = ("article", "field", "record", "group", "member")
        article, *at = (self.claims[name][row].as_py() for name in columns)
        return self._position(article, path_of(*at))

    def _position(self, article: int, path: Path_) -> Position:
        document = self._document(article)
        return Position(document.path, *document.locate(path))

    def _document(self, article: int) -> Document:
        if article not in self._documents:
            path = self.paths[article]
            self._documents[article] = Document(path, read_text(self.root, path, []) or "", None)
        return self._documents[article]

    @cached_property
    def _documents(self) -> dict[int, Document]:
        return {}


def read_articles(root: Path, paths: Sequence[str], schemas: Schemas, forms: Mapping[str, Form]) -> Articles:
    """Return the sources, passages and claims of all articles, and everything wrong with them."""
    problems: list[Problem] = []
    taken = Taker(root, schemas, forms["extraction"]).take(paths, problems)
    article = np.arange(len(taken.articles))
    numbers = pa.array(np.repeat(article, [a.claims for a in taken.articles]), pa.int32())
    claims = taken.claims.append_column("article", numbers)
    numbers = pa.array(np.repeat(article, [a.passages for a in taken.articles]), pa.int32())
    passages = taken.passages.rename_columns({"number": "record"}).append_column("article", numbers)
    sources = [a.source for a in taken.articles]
    articles = Articles(root, [a.path for a in taken.articles], sources, passages, claims, problems)
    problems.extend(_repeated_sources(articles))
    return articles


def _repeated_sources(articles: Articles) -> Iterator[Problem]:
    """Two extractions of one article, or with one id; and files not named after their source."""
    for key, name in (("source_id", "the id"), ("text_sha256", "the text")):
        seen: dict[str, str] = {}
        for number, (path, source) in enumerate(zip(articles.paths, articles.sources)):
            value = source.get(key)
            if isinstance(value, str) and seen.setdefault(value, path) != path:
                message = f"{name} {value[:40]} is that of {seen[value]} too"
                position = articles._position(number, ("source", key))
                yield position.problem("C02", message, "keep one extraction of it")
    for number, (path, source) in enumerate(zip(articles.paths, articles.sources)):
        wanted = f"seeds/articles/{source.get('source_id')}.yaml"
        if path != wanted:
            message = f"the file is not named after its source_id '{source.get('source_id')}'"
            position = articles._position(number, ("source", "source_id"))
            yield position.problem("C07", message, f"rename it to {wanted}")
