"""What was taken from sound articles, kept in .mmru-cache/ until the next build or check.

It is no part of the dataset, and nobody need look after it. The name of a file ends with the SHA-256 of
what it holds, and one that holds anything else is not used, so that nothing wrong can come of a run
that was killed, or of a disk. It begins with what stands for code, schemas and vocabularies: where these
are others, a file is not opened. What it keeps holds as long as no id is gone that was registered when
the articles were read.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from mmru.errors import Problem
from mmru.io.atomic import replace_file
from mmru.io.yaml_file import LARGEST, Within
from mmru.model.schema import Schemas
from mmru.seeds.articles import Taken, Taker, expect, take_anew

FOLDER = ".mmru-cache"
MOST = 8  # files, beyond which they are made one
_ENDING = ".arrow"
_READING = ("jsonschema-rs", "pyarrow", "yaml-rs")  # the packages on which it depends what is read


class Cache:
    """What is kept of the articles of the dataset in `root`, by the hash of their bytes."""

    def __init__(self, root: Path, schemas: Schemas, ids: Mapping[str, Iterable[str]]) -> None:
        self._root, self._folder = root, root / FOLDER
        self._begins = f"{_key(schemas)[:16]}-"
        self._ids = {table: list(listed) for table, listed in ids.items()}
        self._files: dict[Path, Taken] = {}
        for path in sorted(self._folder.glob(f"{self._begins}*{_ENDING}")):
            kept = self._opened(path)
            if kept:
                self._files[path] = kept
        self.kept = {
            article.sha256: (taken, number)
            for taken in self._files.values()
            for number, article in enumerate(taken.articles)
        }

    def hashes(self, paths: Sequence[str]) -> dict[str, str]:
        """The hash of each article that may be kept; empty for what is not a moderate file of the dataset."""
        if not self.kept:
            return {}
        within = Within(self._root)
        return {path: self._hash(path) if within.holds(path) else "" for path in paths}

    def keep(self, fresh: Taken, all_: Taken) -> None:
        """Keep what is sound of what was read anew. `all_` is what all articles of the dataset say."""
        used = sum(article.sound for article in all_.articles)
        many = len(self._files) >= MOST or used < sum(len(t.articles) for t in self._files.values()) / 2
        sound = _sound(all_ if many else fresh)
        if not sound.articles:
            return
        try:
            path = self._write(sound)
            for old in self._folder.iterdir():
                if old != path and old.name != ".gitignore" and (many or old not in self._files):
                    old.unlink(missing_ok=True)
        except OSError:
            # a dataset that cannot be written to can be checked nevertheless
            return

    def _write(self, taken: Taken) -> Path:
        packed = taken.pack("lz4", ids=json.dumps(self._ids))
        self._folder.mkdir(exist_ok=True)
        (self._folder / ".gitignore").write_text("*\n")
        path = self._folder / self._name(packed)
        replace_file(path, packed)
        return path

    def _opened(self, path: Path) -> Taken | None:
        """What a file holds; None where it is damaged, or does not hold any longer."""
        try:
            with pa.memory_map(str(path)) as file:
                packed = file.read_buffer()
            if path.name != self._name(packed):
                return None
            taken, head = Taken.unpack(packed)
        except OSError:
            return None
        before = json.loads(head["ids"])
        gone = any(not set(listed).issubset(self._ids[table]) for table, listed in before.items())
        return None if before != self._ids and gone else taken

    def _name(self, packed: pa.Buffer) -> str:
        return f"{self._begins}{sha256(packed).hexdigest()}{_ENDING}"

    def _hash(self, path: str) -> str:
        file = self._root / path
        try:
            if file.is_symlink() or file.stat().st_size > LARGEST:
                return ""
            return sha256(file.read_bytes()).hexdigest()
        except OSError:
            return ""


def prepare(root: Path) -> None:
    """Begin what all articles are read with, where nothing is kept of them."""
    if not (root / FOLDER).exists():
        expect(sum(1 for _ in (root / "seeds/articles").glob("*.yaml")))


def take_all(
    taker: Taker, paths: Sequence[str], cache: Cache, problems: list[Problem]
) -> tuple[Taken, Taken]:
    """What was read anew; and what all articles say: that, and what is kept of those left as they were."""
    hashes = cache.hashes(paths)
    fresh = take_anew(taker, [path for path in paths if hashes.get(path) not in cache.kept], problems)
    read = {article.path: (fresh, number) for number, article in enumerate(fresh.articles)}
    known = {**{path: cache.kept[h] for path, h in hashes.items() if h in cache.kept}, **read}
    return fresh, Taken.gathered({path: known[path] for path in paths if path in known})


def _sound(taken: Taken) -> Taken:
    return Taken.gathered({a.path: (taken, n) for n, a in enumerate(taken.articles) if a.sound})


def _key(schemas: Schemas) -> str:
    """Stands for all on which it depends what is taken from an article, but the registry."""
    hashed = sha256(_code())
    hashed.update(json.dumps([t.descriptor for t in schemas.tables.values()]).encode())
    hashed.update(repr(schemas.vocabularies).encode())
    return hashed.hexdigest()


@cache
def _code() -> bytes:
    """Stands for this code, as it was when it was first asked for, and for what reads with it."""
    hashed = sha256(f"{sys.version} {[version(name) for name in _READING]}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        hashed.update(f"{path.name} {sha256(path.read_bytes()).hexdigest()}".encode())
    return hashed.digest()
