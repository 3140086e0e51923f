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
from mmru.seeds.rows import ClaimRow, PassageRow


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
    """Claims on one record from one place in the text: the identity (no number), or a group of values."""

    path: Path_
    table: str
    record_id: str
    grades: dict[str, Any]
    record: int
    number: int | None


class _Value(NamedTuple):
    """One value of a group, with its grounds; `member` is its number in a list."""

    field: str
    text: str
    original: str | None
    basis: str
    reason: str | None
    member: int | None


class _Place(NamedTuple):
    """A place in the text; `locator` is empty where none is given, which is a problem."""

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
            yield _Group((*path, IDENTITY), table, record_id, record[IDENTITY], number, None)
        for place, group in mappings(record.get("claims")):
            yield _Group((*path, "claims", place), table, record_id, group, number, place)

    def _claims_of(self, group: _Group) -> Iterator[ClaimRow | Problem]:
        """Yield the claims of a group, and what is wrong with its values, their grounds and its place."""
        if not self.document.is_valid(group.path):
            return
        values: list[_Value] = []
        for value in self._values(group):
            if isinstance(value, Problem):
                yield value
                continue
            values.append(value)
            if (
                value.basis != "stated"
                and not value.reason
                and self.document.is_valid((*group.path, "reason"))
            ):
                yield self._lacks_reason(group, value)
        place, problem = self._place(group) if values else (None, None)
        if problem:
            yield problem
        if place and self._has_valid_grades(group):
            for value in values:
                yield self._row(group, place, value)

    def _values(self, group: _Group) -> Iterator[_Value | Problem]:
        """Yield the valid values of a group; a problem for a date that is none."""
        if group.number is None:
            yield _value(group, IDENTITY, None, {"value": group.record_id, **group.grades})
            return
        says = group.grades.get("says")
        for name, given in says.items() if isinstance(says, dict) else ():
            field = self.schemas.field(group.table, name)
            if field is None or not self.document.is_valid((*group.path, "says", name)):
                continue
            is_date = field.column.format == "edtf"
            for member, grounds in enumerate(given) if isinstance(given, list) else ((None, given),):
                path = path_of(name, group.record, group.number, member)
                if not self.document.is_valid_throughout(path):
                    continue
                value = _value(group, name, member, grounds)
                wrong = _wrong_date(value.text) if is_date else None
                yield self.document.problem(path, "C04", *wrong) if wrong else value

    def _lacks_reason(self, group: _Group, value: _Value) -> Problem:
        path = path_of(value.field, group.record, group.number, value.member)
        outside = ", naming the outside source" if value.basis == "inferred" else ""
        message = f"{value.field} is {value.basis} without a reason"
        return self.document.problem(path, "C05", message, f"add reason: what it follows from{outside}")

    def _place(self, group: _Group) -> tuple[_Place | None, Problem | None]:
        """Return where a group stands in the text (None if that cannot be), and what is wrong with it."""
        document, path, grades = self.document, (*group.path, "at"), group.grades
        nowhere = _Place("", None, None, None, None, _text(self.source, "language", "und"))
        if "quote" in grades:
            if not document.is_valid((*group.path, "quote")):
                return None, None
            return nowhere, document.problem(
                group.path, "A01", "has a quote instead of a locator", "run mmru anchor"
            )
        if "at" not in grades:
            fix = "add quote: and run mmru anchor"
            return nowhere, document.problem(group.path, "A02", "cites no words of the text", fix)
        if not document.is_valid(path):
            return None, None
        locator = parse(grades["at"])
        line = self.lines.get(locator.line)
        wrong = misplaced(locator, line.passage if line else None)
        if wrong or line is None:
            return None, document.problem(path, "A03", wrong, "quote the words again and run mmru anchor")
        if line.use:
            message = f"{locator} cites line {locator.line}, which is set aside as {line.use}"
            fix = "remove the line's use, or cite another line"
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
        about, where = f"{source_id}\n{group.table}\n{group.record_id}", f"{place.locator}\n{speaker or ''}"
        hashed = sha256(f"{about}\n{value.field}\n{value.text}\n{where}".encode()).hexdigest()
        return ClaimRow(
            f"c-{hashed[:16]}",
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
            self.number,
            group.record,
            group.number,
            value.member,
        )


def _value(group: _Group, name: str, member: int | None, grounds: Any) -> _Value:
    """Return a value with its grounds; those that it does not give itself are those of its group."""
    if not isinstance(grounds, dict):
        return _Value(name, text_of(grounds), None, *_grades_of(group), member)
    common_basis, common_reason = _grades_of(group)
    basis = grounds.get("basis", common_basis)
    reason = grounds.get("reason", None if "basis" in grounds else common_reason)
    return _Value(name, text_of(grounds["value"]), grounds.get("original"), basis, reason, member)


def _grades_of(group: _Group) -> tuple[str, str | None]:
    return group.grades.get("basis", "stated"), group.grades.get("reason")


def _wrong_date(text: str) -> tuple[str, str] | None:
    """Return why a text is no date that the dataset uses and what to write; None where it is one."""
    try:
        edtf.parse(text)
    except ValueError as error:
        return str(error), getattr(error, "fix", "write it in EDTF")
    return None


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
            yield document.problem(line.path, "A07", message, "give the number of the original line")
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
