"""Extract the rows of one article: its source, its passages and its claims.

Each value that the article gives for a field of a record is a claim, the atom of the dataset. Invalid
parts are left out, so that one run reports every problem.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from mmru.errors import Problem
from mmru.io.yaml_file import Document, mappings
from mmru.model import edtf
from mmru.model.claim import IDENTITY, path_of, text_of
from mmru.model.locator import Passage, misplaced, parse
from mmru.model.schema import Schemas
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
    origin: str
    article: int
    record: int
    group: int | None
    member: int | None

    @property
    def path(self) -> Path_:
        """Its path in the file of the article."""
        return path_of(self.field, self.record, self.group, self.member)


class PassageRow(NamedTuple):
    """A non-empty line of an article; `article` and `number` are its place in the seeds."""

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


class Extraction(NamedTuple):
    """The rows of one article, and its problems; `source` is empty where nothing can be extracted."""

    source: dict[str, Any]
    passages: list[PassageRow]
    claims: list[ClaimRow]
    problems: list[Problem]


def extract(document: Document, schemas: Schemas, article: int = 0) -> Extraction:
    """Return the rows of the valid parts of an article, and the problems of all of it."""
    source = document.data.get("source") if isinstance(document.data, dict) else None
    if not document.is_valid() or not isinstance(source, dict):
        return Extraction({}, [], [], list(document.problems))
    lines = _lines(document, _text(source, "language", "und"))
    parts = _Article(document, schemas, article, source, lines)
    found = list(parts.claims())
    claims = [row for row in found if isinstance(row, ClaimRow)]
    problems = [
        *document.problems,
        *(problem for problem in found if isinstance(problem, Problem)),
        *_repeated_lines(document, lines),
        *_translation_problems(document, lines),
        *_unaccounted(document, lines),
        *_repeated_claims(document, claims),
    ]
    return Extraction(source, _passages(parts, claims), claims, problems)


def groups(data: Any) -> Iterator[tuple[Path_, dict[str, Any]]]:
    """Yield each part of an article that has a place in the text: identities and groups of claims."""
    for r, record in mappings(data.get("records") if isinstance(data, dict) else None):
        if isinstance(record.get(IDENTITY), dict):
            yield ("records", r, IDENTITY), record[IDENTITY]
        for g, group in mappings(record.get("claims")):
            yield ("records", r, "claims", g), group


class _Line(NamedTuple):
    """A line as the article lists it."""

    passage: Passage
    language: str
    use: str | None
    translation_of_line: int | None
    number: int

    @property
    def path(self) -> Path_:
        return "lines", self.number


class _Group(NamedTuple):
    """Claims on one record from one place in the text: the identity, or a group of values."""

    table: str
    record_id: str
    grades: dict[str, Any]
    record: int
    number: int | None

    @property
    def path(self) -> Path_:
        if self.number is None:
            return "records", self.record, IDENTITY
        return "records", self.record, "claims", self.number


class _Value(NamedTuple):
    """One value of a group, with its grounds; `member` is its number in a list."""

    field: str
    text: str
    original: str | None
    basis: str
    reason: str | None
    member: int | None


class _Place(NamedTuple):
    """A place in the text; `locator` is empty where no text is held."""

    locator: str
    line: int | None
    start: int | None
    end: int | None
    digest: str | None
    language: str


@dataclass(frozen=True)
class _Article:
    """The parts of an article on which its claims depend."""

    document: Document
    schemas: Schemas
    number: int
    source: dict[str, Any]
    lines: Mapping[int, _Line]

    def claims(self) -> Iterator[ClaimRow | Problem]:
        """Yield all claims in reading order, and the problems met on the way."""
        for number, record in mappings(self.document.data.get("records")):
            for group in self._groups(number, record):
                if isinstance(group, Problem):
                    yield group
                else:
                    yield from self._claims_of(group)

    def _groups(self, number: int, record: dict[str, Any]) -> Iterator[_Group | Problem]:
        """Yield the identity and the groups of claims of a record."""
        document, path = self.document, ("records", number)
        if not document.is_valid(path):
            return
        words = [word for word in self.schemas.records if word in record]
        if len(words) != 1:
            message = f"names {len(words)} records" if words else "names no record"
            fix = "give exactly one of " + ", ".join(self.schemas.records)
            yield document.problem(path, "C03", message, fix)
            return
        word = words[0]
        if not document.is_valid((*path, word)):
            return
        table, record_id = self.schemas.records[word].name, record[word]
        if isinstance(record.get(IDENTITY), dict):
            yield _Group(table, record_id, record[IDENTITY], number, None)
        for place, group in mappings(record.get("claims")):
            yield _Group(table, record_id, group, number, place)

    def _claims_of(self, group: _Group) -> Iterator[ClaimRow | Problem]:
        if not self.document.is_valid(group.path):
            return
        values: list[_Value] = []
        for value in self._values(group):
            if isinstance(value, Problem):
                yield value
            else:
                values.append(value)
        place, problem = self._place(group) if values else (None, None)
        if problem:
            yield problem
        if place and self._has_valid_grades(group):
            for value in values:
                yield self._row(group, place, value)

    def _values(self, group: _Group) -> Iterator[_Value | Problem]:
        """Yield the valid values of a group, and problems of dates and reasons."""
        if group.number is None:
            grounds = {"value": group.record_id, **group.grades}
            yield from self._value(group, IDENTITY, None, grounds, is_date=False)
            return
        says = group.grades.get("says")
        for name, given in says.items() if isinstance(says, dict) else ():
            field = self.schemas.field(group.table, name)
            if field is None or not self.document.is_valid((*group.path, "says", name)):
                continue
            is_date = field.column.format == "edtf"
            for member, value in enumerate(given) if isinstance(given, list) else ((None, given),):
                grounds = value if isinstance(value, dict) else {"value": value}
                path = path_of(name, group.record, group.number, member)
                if self.document.is_valid_throughout(path):
                    yield from self._value(group, name, member, grounds, is_date=is_date)

    def _value(
        self, group: _Group, name: str, member: int | None, grounds: dict[str, Any], *, is_date: bool
    ) -> Iterator[_Value | Problem]:
        """Yield a value, unless it should be a date and is none; and what is wrong with its grounds."""
        text, grades = text_of(grounds["value"]), group.grades
        path = path_of(name, group.record, group.number, member)
        if is_date:
            try:
                edtf.parse(text)
            except ValueError as error:
                yield self.document.problem(path, "C04", str(error), "write it in EDTF")
                return
        basis = grounds.get("basis", grades.get("basis", "stated"))
        reason = grounds.get("reason", None if "basis" in grounds else grades.get("reason"))
        if basis != "stated" and not reason and self.document.is_valid((*group.path, "reason")):
            outside = ", naming the outside source" if basis == "inferred" else ""
            fix = f"add reason: what it follows from{outside}"
            yield self.document.problem(path, "C05", f"{name} is {basis} without a reason", fix)
        yield _Value(name, text, grounds.get("original"), basis, reason, member)

    def _place(self, group: _Group) -> tuple[_Place | None, Problem | None]:
        """Return where a group stands in the text (None if that cannot be), and what is wrong with it."""
        document, path, grades = self.document, (*group.path, "at"), group.grades
        nowhere = _Place("", None, None, None, None, _text(self.source, "language", "und"))
        if "quote" in grades:
            return nowhere, document.problem(group.path, "A01", "is still a quote", "run mmru anchor")
        if "at" not in grades:
            if not self.source.get("text_sha256"):
                return nowhere, None
            fix = "add quote: and run mmru anchor"
            return nowhere, document.problem(group.path, "A02", "has no place in the text", fix)
        if not document.is_valid(path):
            return None, None
        locator = parse(grades["at"])
        line = self.lines.get(locator.line)
        wrong = misplaced(locator, line.passage if line else None)
        if wrong or line is None:
            return None, document.problem(path, "A03", wrong, "let mmru anchor make it anew from a quote")
        if line.use:
            message = f"{locator} cites line {locator.line}, which is set aside as {line.use}"
            fix = "drop the line's use, or cite another line"
            return None, document.problem(path, "A04", message, fix)
        whole = (0, line.passage.chars)
        start, end = whole if locator.start is None else (locator.start, locator.end)
        return _Place(str(locator), locator.line, start, end, locator.digest, line.language), None

    def _has_valid_grades(self, group: _Group) -> bool:
        """Whether everything that a group says beside its values is valid."""
        document = self.document
        keys = (key for key in group.grades if key != "says")
        return not document.invalid or all(document.is_valid((*group.path, key)) for key in keys)

    def _row(self, group: _Group, place: _Place, value: _Value) -> ClaimRow:
        source_id, speaker = str(self.source.get("source_id")), group.grades.get("by")
        identifying = (
            *(source_id, group.table, group.record_id, value.field, value.text),
            *(place.locator, speaker or ""),
        )
        return ClaimRow(
            f"c-{sha256(chr(10).join(identifying).encode()).hexdigest()[:16]}",
            group.table,
            group.record_id,
            value.field,
            value.text,
            value.original,
            source_id,
            place.line,
            place.start,
            place.end,
            place.digest,
            place.language,
            speaker,
            value.basis,
            value.reason,
            group.grades["credibility"],
            speaker or _text(self.source, "origin", ""),
            self.number,
            group.record,
            group.number,
            value.member,
        )


def _text(source: dict[str, Any], key: str, default: str) -> str:
    """Return a text of the source; the default where it is invalid, which has been noted."""
    found = source.get(key)
    return found if isinstance(found, str) else default


def _lines(document: Document, language: str) -> dict[int, _Line]:
    """Return the valid lines by their number in the text; of a repeated one, the first."""
    lines: dict[int, _Line] = {}
    for number, row in mappings(document.data.get("lines")):
        if document.is_valid_throughout(("lines", number)):
            line = _Line(
                Passage(row["line"], row["chars"], row["sha256"]),
                row.get("language", language),
                row.get("use"),
                row.get("translation_of_line"),
                number,
            )
            lines.setdefault(line.passage.line, line)
    return lines


def _repeated_lines(document: Document, lines: Mapping[int, _Line]) -> Iterator[Problem]:
    """Yield lines that are listed twice."""
    for number, row in mappings(document.data.get("lines")):
        path: Path_ = ("lines", number)
        if document.is_valid_throughout(path) and lines[row["line"]].number != number:
            message = f"line {row['line']} is listed twice"
            yield document.problem((*path, "line"), "C02", message, "keep one")


def _translation_problems(document: Document, lines: Mapping[int, _Line]) -> Iterator[Problem]:
    """Yield translations of no line, and lines that are only half marked as translations."""
    for number, line in lines.items():
        of = line.translation_of_line
        if of is not None and (of not in lines or of == number):
            message = f"line {of}, which it translates, is not listed"
            yield document.problem(line.path, "A07", message, "name the line in the original")
        if (line.use == "translation") != (of is not None):
            message = "use: translation and translation_of_line go together"
            yield document.problem(line.path, "A07", message, "give both or neither")


def _unaccounted(document: Document, lines: Mapping[int, _Line]) -> Iterator[Problem]:
    """Yield lines that no claim cites and that are not set aside."""
    cited = {_line_of(str(group.get("at", ""))) for _, group in groups(document.data)}
    for number, line in lines.items():
        if number not in cited and line.use is None:
            message = f"line {number} is neither cited by a claim nor set aside"
            fix = "cite it, or give its use: headline, repetition, …"
            yield document.problem(line.path, "A08", message, fix)


def _line_of(at: str) -> int:
    """Return the line that a locator names; of a malformed one, the line that it seems to name, or 0."""
    try:
        return parse(at).line
    except ValueError:
        digits = at.removeprefix("L").partition(".")[0].partition("~")[0]
        return int(digits) if digits.isdecimal() else 0


def _repeated_claims(document: Document, claims: Iterable[ClaimRow]) -> Iterator[Problem]:
    """Yield claims that repeat an earlier one, from the same words."""
    seen: dict[str, ClaimRow] = {}
    for claim in claims:
        first = seen.setdefault(claim.claim_id, claim)
        if first is not claim:
            there = document.position(first.path)
            message = f"{claim.field} is claimed twice from the same words, first at {there}"
            yield document.problem(claim.path, "C06", message, "keep one")


def _passages(article: _Article, claims: Iterable[ClaimRow]) -> list[PassageRow]:
    """Return the row of each line, with the share of it that claims cite."""
    spans: dict[int | None, list[tuple[int, int]]] = defaultdict(list)
    for claim in claims:
        spans[claim.line].append((claim.char_start or 0, claim.char_end or 0))
    source_id = str(article.source.get("source_id"))
    return [
        PassageRow(
            source_id,
            *line.passage,
            line.language,
            line.use or "coded",
            line.translation_of_line,
            round(_covered(spans[number]) / line.passage.chars, 4),
            len(spans[number]),
            article.number,
            line.number,
        )
        for number, line in article.lines.items()
    ]


def _covered(spans: Iterable[tuple[int, int]]) -> int:
    """Return how many characters lie in at least one of the spans."""
    covered = reached = 0
    for start, end in sorted(set(spans)):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered
