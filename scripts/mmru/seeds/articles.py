"""Read all articles: validate each one and extract its rows.

Many articles are shared out among processes. The rows come in the order of the files, however many
processes there are.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import islice
from multiprocessing import current_process, get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pyarrow as pa

from mmru.errors import Problem, shortened
from mmru.io.validation import Validator, validate_dates
from mmru.io.yaml_file import Document
from mmru.model.schema import Schemas
from mmru.seeds.extract import Extraction, extract
from mmru.seeds.fingerprints import read_fingerprints
from mmru.seeds.json_schema import Form
from mmru.seeds.rows import CLAIMS, PASSAGES, Positions, to_table

PER_PROCESS = 150  # articles that are worth a process of their own
BATCH = 100  # articles whose rows are held as Python objects before they become columns


class Source(NamedTuple):
    """The bibliographic row of an article (empty where it cannot be read), and the number of its rows."""

    path: str
    row: dict[str, Any]
    line_count: int
    claim_count: int


@dataclass(frozen=True)
class Articles:
    """The rows of articles, and their problems; there is one source for each path, in order."""

    root: Path
    sources: list[Source]
    passages: pa.Table
    claims: pa.Table
    problems: list[Problem]

    @cached_property
    def positions(self) -> Positions:
        """The positions of the rows; they can be kept when the rows are not needed any more."""
        return Positions(self.root, [s.path for s in self.sources], self.claims, self.passages)


def read_articles(root: Path, paths: Sequence[str], schemas: Schemas, forms: Mapping[str, Form]) -> Articles:
    """Return the rows of the articles at `paths`, and everything that is wrong with the articles.

    Raises ChildProcessError where a process that reads articles is killed.
    """
    read = partial(_read, root, schemas, forms)
    size = -(-len(paths) // _processes(len(paths))) or 1
    firsts = range(0, len(paths), size)
    shares = [paths[first : first + size] for first in firsts]
    parts = list(map(read, shares, firsts) if len(shares) < 2 else _map_in_processes(read, shares, firsts))
    articles = _joined(root, parts)
    return replace(articles, problems=[*articles.problems, *_naming_problems(articles)])


def extractions(
    root: Path, paths: Iterable[str], schemas: Schemas, forms: Mapping[str, Form], first: int = 0
) -> Iterator[Extraction]:
    """Yield what each article says; the articles are numbered from `first`."""
    validator, of_text = Validator(forms["extraction"]), Validator(forms["fingerprints"])
    sources = schemas.tables["sources"]
    for number, path in enumerate(paths, first):
        document = validator.validate(Document.read(root, path))
        source = document.data.get("source") if isinstance(document.data, dict) else None
        if isinstance(source, dict):
            document = validate_dates(document, [(("source",), source)], sources)
        # an article that cannot be read gives no claims
        fingerprints, problems = read_fingerprints(root, path, of_text) if document.is_valid() else (None, [])
        yield extract(document.with_problems(problems), fingerprints, schemas, number)


def _read(
    root: Path, schemas: Schemas, forms: Mapping[str, Form], paths: Sequence[str], first: int
) -> Articles:
    found = zip(paths, extractions(root, paths, schemas, forms, first))
    batches = iter(lambda: list(islice(found, BATCH)), [])
    return _joined(root, [_batch(root, batch) for batch in batches])


def _batch(root: Path, extracted: Sequence[tuple[str, Extraction]]) -> Articles:
    sources = [Source(path, e.source, len(e.passages), len(e.claims)) for path, e in extracted]
    return Articles(
        root,
        sources,
        to_table([row for _, e in extracted for row in e.passages], PASSAGES),
        to_table([row for _, e in extracted for row in e.claims], CLAIMS),
        [problem for _, e in extracted for problem in e.problems],
    )


def _joined(root: Path, parts: Sequence[Articles]) -> Articles:
    # combining copies what came from other processes into Arrow's own memory: Arrow's threads may free
    # it at any time, which they cannot do with Python's memory at exit (apache/arrow#34314)
    return Articles(
        root,
        [source for part in parts for source in part.sources],
        pa.concat_tables([PASSAGES.empty_table(), *(p.passages for p in parts)]).combine_chunks(),
        pa.concat_tables([CLAIMS.empty_table(), *(p.claims for p in parts)]).combine_chunks(),
        [problem for part in parts for problem in part.problems],
    )


def _processes(articles: int) -> int:
    """Return how many processes shall read so many articles.

    Only Linux forks safely. A forked process does not import the main module again, so a script needs
    no guard. A daemon may not start processes.
    """
    if sys.platform != "linux" or current_process().daemon:
        return 1
    return max(1, min(len(os.sched_getaffinity(0)), articles // PER_PROCESS))


def _map_in_processes(
    read: partial[Articles], shares: Sequence[Sequence[str]], firsts: Sequence[int]
) -> Sequence[Articles]:
    """Read each share in a process of its own. Processes use no threads of Arrow, and no polars."""
    try:
        with ProcessPoolExecutor(len(shares), get_context("fork"), _end_with_parent) as pool:
            return list(pool.map(read, shares, firsts))
    except BrokenProcessPool:
        raise ChildProcessError("a process that read articles was killed; run the command again") from None


def _end_with_parent() -> None:
    """End this process silently when it is interrupted, or when its parent is gone."""
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_await_parent, daemon=True).start()


def _await_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _naming_problems(articles: Articles) -> Iterator[Problem]:
    """Yield a problem for each text that two articles share, and each file not named after its source."""
    first: dict[str, str] = {}
    for number, source in enumerate(articles.sources):
        text = source.row.get("text_sha256")
        if text and first.setdefault(text, source.path) != source.path:
            message = f"the text {shortened(text, 40)} is also that of {first[text]}"
            position = articles.positions.of_text(number, ("text_sha256",))
            yield position.problem("C02", message, "keep one extraction of it")
        wanted = f"seeds/articles/{source.row.get('source_id')}.yaml"
        if "source_id" in source.row and source.path != wanted:
            message = f"the file is not named after its source_id '{source.row['source_id']}'"
            position = articles.positions.part(number, ("source", "source_id"))
            yield position.problem("C07", message, f"rename it to {wanted}")
