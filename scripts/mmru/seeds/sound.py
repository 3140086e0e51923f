"""Steps 2 and 3 where everything is in order: what an article says becomes rows at once.

Most articles are sound. Here they are taken without keeping what it takes to say that something is
wrong, and where; an article of which anything is in doubt is left to `claim`, which finds that out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from mmru.model import edtf
from mmru.model.claim import IDENTITY, text_of
from mmru.model.locator import LOCATOR, parse
from mmru.model.schema import Schemas
from mmru.model.text import are_plain
from mmru.seeds.json_schema import LARGEST
from mmru.seeds.reader import parse_date
from mmru.seeds.rows import ID, Row, Said

_LOCATOR = re.compile(LOCATOR)
Written = Mapping[str, Any]


class _Doubt(ValueError):
    """Something is not plainly in order."""


class _Dated(dict[str, bool]):
    """Whether the fields of a table hold dates, found out as they come."""

    def __init__(self, table: str, schemas: Schemas) -> None:
        super().__init__({IDENTITY: False})
        self._table, self._schemas = table, schemas

    def __missing__(self, name: str) -> bool:
        field = self._schemas.field(self._table, name)
        if field is None:
            raise _Doubt
        self[name] = field.column.format == "edtf"
        return self[name]


@dataclass(frozen=True)
class Sound:
    """Takes what articles say that have the form of an extraction."""

    schemas: Schemas

    def said(self, data: Written) -> Said | None:
        """What an article says; None where anything is in doubt."""
        try:
            return self._said(data)
        except ValueError:
            return None

    @cached_property
    def _tables(self) -> dict[str, tuple[str, _Dated]]:
        """The tables of records, by the word that names one."""
        tables = self.schemas.records.items()
        return {word: (table.name, _Dated(table.name, self.schemas)) for word, table in tables}

    def _said(self, data: Written) -> Said:
        for column in self.schemas.tables["sources"].dated:
            if column.name in data["source"]:
                parse_date(column, data["source"][column.name])
        article = _Article(data["source"], data["lines"])
        for number, record in enumerate(data["records"]):
            named = [word for word in self._tables if word in record]
            if len(named) != 1:
                raise _Doubt
            article.take(number, record, record[named[0]], *self._tables[named[0]])
        article.hold()
        return article.said


class _Article:
    """What one article says, as it is gathered. Anything that is not plainly in order raises _Doubt."""

    def __init__(self, source: Written, lines: Sequence[Written]) -> None:
        self._source, self._id, self._language = source, source["source_id"], source["language"]
        self.said = Said(list(self._passages(lines)), [], [], [])
        self._lines = {row["line"]: row for row in lines if "use" not in row}
        # places by their locators; there may be none only where no text is held
        nowhere = (None, None, None, None, self._language), ""
        self._places: dict[str | None, tuple[Row, str]] = {} if source.get("text_sha256") else {None: nowhere}

    def _passages(self, lines: Sequence[Written]) -> Iterator[Row]:
        numbers = {row["line"] for row in lines}
        if len(numbers) < len(lines):
            raise _Doubt
        for number, row in enumerate(lines):
            line, of, use = row["line"], row.get("translation_of_line"), row.get("use", "coded")
            if (of is not None or use == "translation") and not (
                use == "translation" and of in numbers and of != line
            ):
                raise _Doubt
            language = row.get("language", self._language)
            yield self._id, line, row["chars"], row["sha256"], language, use, of, number

    def take(self, number: int, record: Written, record_id: str, table: str, dated: _Dated) -> None:
        """Add the claims on a record."""
        about, head = (table, record_id, self._id), f"{self._id}\n{table}\n{record_id}"
        identity = record[IDENTITY]
        behind = self._cite(about, identity, (number, None))
        self._claim({IDENTITY: record_id}, identity, dated, head, behind)
        for place, written in enumerate(record.get("claims", ())):
            behind = self._cite(about, written, (number, place))
            self._claim(written["says"], written, dated, head, behind)

    def _cite(self, about: Row, written: Written, number: Row) -> str:
        """Add the place of a group of claims; gives what their ids are made of behind the values."""
        at, by = written.get("at"), written.get("by")
        found = self._places.get(at)
        if found is None:
            found = self._places[at] = self._place(at)
        if "quote" in written:
            raise _Doubt
        place, shown = found
        self.said.cited.append(
            (*about, *place, by, written["credibility"], by or self._source["origin"], *number)
        )
        return f"{shown}\n{by or ''}"

    def _place(self, at: str | None) -> tuple[Row, str]:
        """Line, characters, hash and language of a place in the text, and its locator."""
        if at is None:
            raise _Doubt
        found = _LOCATOR.fullmatch(at)
        row = self._lines.get(int(found[1])) if found else None
        if not found or not row:
            raise _Doubt
        line, first, last, digest = found.groups()
        start, end = (int(first), int(last)) if first else (0, row["chars"])
        if not (start < end <= row["chars"] if first else row["sha256"].startswith(digest)):
            raise _Doubt
        # the zeros that a number begins with are no part of it
        shown = str(parse(at)) if ".0" in at or "-0" in at else at
        return (int(line), start, end, digest, row.get("language", self._language)), shown

    def _claim(self, says: Written, written: Written, dated: _Dated, head: str, behind: str) -> None:
        """Add the claims of a group, which are those from the place cited last."""
        rows: list[Row] = []
        place = len(self.said.cited) - 1
        basis, reason = _grounded(written.get("basis", "stated"), written.get("reason"))
        for name, given in says.items():
            first = len(rows)
            if isinstance(given, str):
                rows.append((name, given, written.get("original"), basis, reason, None, place))
            else:
                rows += [(name, *one, place) for one in _unfolded(given, basis, reason)]
            if dated[name]:
                for row in rows[first:]:
                    edtf.parse(row[1])
        self.said.claims.extend(rows)
        self.said.ids.extend(
            [sha256(f"{head}\n{row[0]}\n{row[1]}\n{behind}".encode()).digest()[:ID] for row in rows]
        )

    def hold(self) -> None:
        """Hold against each other what the article says, and look whether its texts are plain."""
        cited = {place[0] for place, _ in self._places.values()}
        repeated = len(set(self.said.ids)) < len(self.said.ids)
        if repeated or not cited.issuperset(self._lines) or not are_plain(self._texts()):
            raise _Doubt

    def _texts(self) -> list[str]:
        """All texts but those of which its form lets nothing odd pass.

        A number that is claimed is written out; its form lets none pass that is large but negative ones,
        which are as little plain as what begins with a dash.
        """
        texts = [value for value in self._source.values() if isinstance(value, str)]
        for value in self._source.values():
            if not isinstance(value, str) and (type(value) is not int or abs(value) > LARGEST):
                raise _Doubt
        texts += {row[1] for row in self.said.claims}
        for row in self.said.claims:
            if row[2]:
                texts.append(row[2])
            if row[4]:
                texts.append(row[4])
        texts += {row[8] for row in self.said.cited if row[8]}
        return texts


def _grounded(basis: str, reason: str | None) -> tuple[str, str | None]:
    if basis != "stated" and not reason:
        raise _Doubt
    return basis, reason


def _unfolded(given: Any, basis: str, reason: str | None) -> Iterator[Row]:
    """Value, original, basis, reason and number of each member of what a field is said to be."""
    for member, one in enumerate(given) if isinstance(given, list) else ((None, given),):
        if isinstance(one, str):
            yield one, None, basis, reason, member
            continue
        grounds = one if isinstance(one, dict) else {"value": one}
        why = grounds.get("reason", None if "basis" in grounds else reason)
        yield (
            text_of(grounds["value"]),
            grounds.get("original"),
            *_grounded(grounds.get("basis", basis), why),
            member,
        )
