"""Step 3: claims, the atoms of the dataset: one value that one source gives for one field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from mmru.errors import Problem
from mmru.io.yaml_file import Document, Place, mappings
from mmru.model import edtf
from mmru.model.claim import IDENTITY, path_of, text_of
from mmru.model.locator import Locator, Passage, misplaced, parse
from mmru.model.schema import Schemas
from mmru.model.text import Path_
from mmru.seeds.anchor import groups


class Citation(NamedTuple):
    """A place in the text of a source, and what is common to all that is claimed there of one record.

    The last two are its place in the file: the number of the record, and of the group of claims (None
    for the identity).
    """

    record_table: str
    record_id: str
    source_id: str
    line: int | None
    char_start: int | None
    char_end: int | None
    span_sha256: str | None
    language: str
    attributed_to_actor_id: str | None
    credibility: int
    origin: str
    record: int
    group: int | None


class Claim(NamedTuple):
    """One value for one field of one record, said by one source at one place of its text.

    `member` is the number of the value in a list. A dataset has many claims, and a tuple is made soon.
    """

    claim_id: str
    field: str
    value: str
    original: str | None
    basis: str
    reason: str | None
    member: int | None
    cited: Citation

    @property
    def path(self) -> Path_:
        """Where it stands in its file."""
        return path_of(self.field, self.cited.record, self.cited.group, self.member)


class Line(NamedTuple):
    """A non-empty line of an article held: a passage, its language, and why it is set aside, if so."""

    passage: Passage
    language: str
    use: str | None
    translation_of_line: int | None
    number: int

    @property
    def path(self) -> Path_:
        """Where it stands in its file."""
        return "lines", self.number


@dataclass(frozen=True)
class Extraction:
    """What one article says: its bibliographic row, its lines, and its claims in reading order."""

    source: dict[str, Any]
    lines: Mapping[int, Line]
    claims: list[Claim]


def extract(document: Document, schemas: Schemas, problems: list[Problem]) -> Extraction | None:
    """The claims of one article. Whatever is wrong is noted, and left out; None if nothing is left."""
    source = document.data.get("source") if isinstance(document.data, dict) else None
    if document.is_faulty(()) or not isinstance(source, dict):
        return None
    lines = _lines(document, problems)
    reader = _Reader(document, lines, schemas, problems, source)
    claims = reader.claims()
    if not all(line.use or number in reader.cited for number, line in lines.items()):
        problems.extend(_unaccounted(document, lines))
    problems.extend(_repeated(document, claims))
    return Extraction(source, lines, claims)


def _is_sound(document: Document, path: Path_, written: dict[str, Any]) -> bool:
    """Whether a mapping, and each of its entries, has the form asked for."""
    return not any(document.is_faulty((*path, key)) for key in written) and not document.is_faulty(path)


def _lines(document: Document, problems: list[Problem]) -> dict[int, Line]:
    found: dict[int, Line] = {}
    language = _plain(document.data["source"], "language", "und")
    for number, row in mappings(document.data.get("lines")):
        if document.faulty and not _is_sound(document, ("lines", number), row):
            continue
        if row["line"] in found:
            said = f"line {row['line']} is listed twice"
            problems.append(document.problem(("lines", number, "line"), "C02", said, "keep one"))
            continue
        found[row["line"]] = Line(
            Passage(row["line"], row["chars"], row["sha256"]),
            row.get("language", language),
            row.get("use"),
            row.get("translation_of_line"),
            number,
        )
    for line in found.values():
        problems.extend(_translation_problems(document, line, found))
    return found


def _plain(source: dict[str, Any], key: str, otherwise: str) -> str:
    """A text of the source; what has not the form asked for was noted, and is left out here."""
    found = source.get(key)
    return found if isinstance(found, str) else otherwise


def _translation_problems(document: Document, line: Line, lines: Mapping[int, Line]) -> Iterator[Problem]:
    of = line.translation_of_line
    if of is not None and (of not in lines or of == line.passage.line):
        said = f"line {of}, which it translates, is not listed"
        yield document.problem(line.path, "A07", said, "name the line in the original")
    if (line.use == "translation") != (of is not None):
        said = "use: translation and translation_of_line go together"
        yield document.problem(line.path, "A07", said, "give both or neither")


class _Group(NamedTuple):
    """Claims on one record that rest on one place in the text: what is written, and where.

    `record` and `number` are those of the record and of the group in it; the identity has no number.
    """

    table: str
    record_id: str
    written: dict[str, Any]
    record: int
    number: int | None

    @property
    def path(self) -> Path_:
        if self.number is None:
            return "records", self.record, IDENTITY
        return "records", self.record, "claims", self.number


class _Given(NamedTuple):
    """A value of a group, and its grounds; `member` is its number in a list."""

    field: str
    grounds: dict[str, Any]
    member: int | None

    def place(self, group: _Group) -> Path_:
        """Where it stands in its file."""
        return path_of(self.field, group.record, group.number, self.member)


@dataclass(frozen=True)
class _Reader:
    """Reads the claims of one extraction, and notes what is wrong with them, and which lines they cite."""

    document: Document
    lines: Mapping[int, Line]
    schemas: Schemas
    problems: list[Problem]
    source: dict[str, Any]
    cited: set[int] = field(default_factory=set)

    def claims(self) -> list[Claim]:
        """All sound claims, in the order in which they are written."""
        records = mappings(self.document.data.get("records"))
        groups = (group for number, record in records for group in self._record(record, number))
        return [claim for group, given in groups if given for claim in self._claims(group, given)]

    def _record(self, record: dict[str, Any], of: int) -> Iterator[tuple[_Group, list[_Given]]]:
        """What is said of a record at one place in the text after the other."""
        faulty, path = self.document.is_faulty, ("records", of)
        if faulty(path):
            return
        named = [word for word in self.schemas.records if word in record]
        if len(named) != 1:
            said = "names no record" if not named else f"names {len(named)} records"
            self._note(path, "C03", said, "give exactly one of " + ", ".join(self.schemas.records))
            return
        if faulty((*path, named[0])):
            return
        table, record_id = self.schemas.records[named[0]].name, record[named[0]]
        identity = record.get(IDENTITY)
        if isinstance(identity, dict) and not faulty((*path, IDENTITY)):
            given = _Given(IDENTITY, {"value": record_id, **identity}, None)
            yield _Group(table, record_id, identity, of, None), [given]
        for number, written in mappings(record.get("claims")):
            group = _Group(table, record_id, written, of, number)
            if not self.document.faulty or not faulty(group.path):
                yield group, list(self._given(group))

    def _given(self, group: _Group) -> Iterator[_Given]:
        """The sound values of a group."""
        document, says = self.document, group.written.get("says")
        for name, given in says.items() if isinstance(says, dict) else ():
            of = self.schemas.field(group.table, name)
            if of is None or (document.faulty and document.is_faulty((*group.path, "says", name))):
                continue
            is_date = of.column.format == "edtf"
            for number, member in enumerate(given) if isinstance(given, list) else ((None, given),):
                one = _Given(name, member if isinstance(member, dict) else {"value": member}, number)
                if document.faulty and not _is_sound(document, one.place(group), one.grounds):
                    continue
                if not is_date or self._is_date(group, one):
                    yield one

    def _claims(self, group: _Group, given: list[_Given]) -> Iterator[Claim]:
        """The claims of a group, if its place and their grounds are sound."""
        grounded = [self._grounded(group, one) for one in given]
        locator = self._locator(group)
        if self.document.faulty:
            written = {key: of for key, of in group.written.items() if key != "says"}
            if not _is_sound(self.document, group.path, written):
                return
        cited = self._citation(group, locator)
        head = f"{cited.source_id}\n{group.table}\n{group.record_id}"
        behind = f"{locator or ''}\n{cited.attributed_to_actor_id or ''}"
        for (name, grounds, member), (basis, reason) in zip(given, grounded):
            value = text_of(grounds["value"])
            hashed = sha256(f"{head}\n{name}\n{value}\n{behind}".encode()).hexdigest()
            original = grounds.get("original")
            yield Claim(f"c-{hashed[:16]}", name, value, original, basis, reason, member, cited)

    def _citation(self, group: _Group, locator: Locator | None) -> Citation:
        source, by = self.source, group.written.get("by")
        line = self.lines.get(locator.line) if locator else None
        if locator:
            self.cited.add(locator.line)
        return Citation(
            group.table,
            group.record_id,
            str(source.get("source_id")),
            locator.line if locator else None,
            *_range(locator, line),
            locator.digest if locator else None,
            line.language if line else _plain(source, "language", "und"),
            by,
            group.written["credibility"],
            by or _plain(source, "origin", ""),
            group.record,
            group.number,
        )

    def _grounded(self, group: _Group, given: _Given) -> tuple[str, str | None]:
        """The basis of a value and the reason for it, which must be given for all but what is stated."""
        grounds, written = given.grounds, group.written
        basis = grounds.get("basis", written.get("basis", "stated"))
        reason = grounds.get("reason", None if "basis" in grounds else written.get("reason"))
        if basis != "stated" and not reason and not self.document.is_faulty((*group.path, "reason")):
            outside = ", naming the outside source" if basis == "inferred" else ""
            said = f"{given.field} is {basis} without a reason"
            self._note(given.place(group), "C05", said, f"add reason: what it follows from{outside}")
        return basis, reason

    def _is_date(self, group: _Group, given: _Given) -> bool:
        """Whether a value that should be a date is one."""
        try:
            edtf.parse(text_of(given.grounds["value"]))
        except ValueError as error:
            self._note(given.place(group), "C04", str(error), "write it in EDTF")
            return False
        return True

    def _locator(self, group: _Group) -> Locator | None:
        """Where the group stands; noted once if that is missing or cannot be."""
        at = (*group.path, "at")
        if "quote" in group.written:
            self._once(group.path, at, "A01", "is still a quote", "run mmru anchor")
            return None
        if "at" not in group.written:
            if self.source.get("text_sha256"):
                self._once(
                    group.path, at, "A02", "has no place in the text", "add quote: and run mmru anchor"
                )
            return None
        if self.document.is_faulty(at):
            return None
        locator = parse(group.written["at"])
        line = self.lines.get(locator.line)
        wrong = misplaced(locator, {line.passage.line: line.passage} if line else {})
        if wrong:
            self._once(at, at, "A03", wrong, "let mmru anchor make it anew from a quote")
        elif line and line.use:
            said = f"{locator} cites line {locator.line}, which is set aside as {line.use}"
            self._once(at, at, "A04", said, "drop the line's use, or cite another line")
        return locator

    def _note(self, path: Path_, code: str, said: str, fix: str) -> None:
        self.problems.append(self.document.problem(path, code, said, fix))

    def _once(self, path: Path_, mark: Path_, code: str, said: str, fix: str) -> None:
        """Note a problem, and leave out from now on what is marked."""
        if mark not in self.document.faulty:
            self.document.faulty.add(mark)
            self._note(path, code, said, fix)


def _range(locator: Locator | None, line: Line | None) -> tuple[int | None, int | None]:
    """First character and end of a locator in its line; a whole line is all of its characters."""
    if locator is None or locator.start is not None:
        return (locator.start, locator.end) if locator else (None, None)
    return 0, line.passage.chars if line else None


def _unaccounted(document: Document, lines: Mapping[int, Line]) -> Iterator[Problem]:
    """Lines that no claim cites and that are not set aside."""
    cited = set()
    for _, group in groups(document.data):
        text = str(group.get("at", ""))
        try:
            cited.add(parse(text).line)
        except ValueError:
            # a malformed locator has been noted; its line is not blamed a second time
            digits = text.removeprefix("L").partition(".")[0].partition("~")[0]
            cited.add(int(digits) if digits.isdecimal() else 0)
    for number, line in lines.items():
        if number not in cited and line.use is None and not document.is_faulty((*line.path, "use")):
            said = f"line {number} is neither cited by a claim nor set aside"
            yield document.problem(
                line.path, "A08", said, "cite it, or give its use: headline, repetition, …"
            )


def _repeated(document: Document, claims: list[Claim]) -> Iterator[Problem]:
    seen: dict[str, Claim] = {}
    for claim in claims:
        first = seen.setdefault(claim.claim_id, claim)
        if first is not claim:
            there = Place(document, first.path)
            said = f"{claim.field} is claimed twice from the same words, first at {there}"
            yield document.problem(claim.path, "C06", said, "keep one")
