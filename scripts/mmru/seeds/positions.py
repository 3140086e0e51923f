"""Find the position of a row in the file of its article."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from mmru.errors import Position
from mmru.io.yaml_file import Document, read_text
from mmru.model.claim import path_of
from mmru.model.text import Path_
from mmru.seeds.fingerprints import path_for

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
