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
from mmru.model.locator import misplaced, parse
from mmru.model.schema import Schemas
from mmru.model.text import Path_
from mmru.seeds.fingerprints import Fingerprints
from mmru.seeds.lines import Line, read_lines
from mmru.seeds.rows import ClaimRow, PassageRow


class Extraction(NamedTuple):
    """The rows of one article, and its problems; `source` is empty where nothing can be extracted."""

    source: dict[str, Any]
    passages: list[PassageRow]
    claims: list[ClaimRow]
    problems: list[Problem]


def extract(
    document: Document, fingerprints: Fingerprints | None, schemas: Schemas, article: int = 0
) -> Extraction:
    """Return the rows of the valid parts of an article, and the problems of all of it.

    Without fingerprints, which is a problem already, claims have no place and there are no passages.
    """
    source = document.data.get("source") if isinstance(document.data, dict) else None
    if not document.is_valid() or not isinstance(source, dict):
        return Extraction({}, [], [], list(document.problems))
    lines: dict[int, Line] | None = None
    of_lines: list[Problem] = []
    if fingerprints:
        lines, of_lines = read_lines(document, fingerprints.lines, _text(source, "language", "und"))
        source = {
            **source,
            "text_sha256": fingerprints.text_sha256,
            "text_characters": fingerprints.text_characters,
        }
    parts = _Article(document, schemas, article, source, lines)
    found = list(parts.claims())
    claims = [row for row in found if isinstance(row, ClaimRow)]
    problems = [
        *document.problems,
        *(problem for problem in found if isinstance(problem, Problem)),
        *of_lines,
        # an entry with a mistake may be meant for any line
        *(_unaccounted(document, lines) if lines and not of_lines else ()),
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


class _Group(NamedTuple):
    """Claims on one record from one place in the text: the identity (no number), or a group of values.

    `grades` are its place, speaker, credibility, basis and reason: its own, else those of the first claim
    (an identity without a place has its path in `first`), else the defaults of the article.
    """

    path: Path_
    table: str
    record_id: str
    says: dict[str, Any]
    grades: dict[str, Any]
    first: Path_ | None
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
    lines: Mapping[int, Line] | None

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
        about = (self.schemas.records[word].name, record[word])
        claims = [((*path, "claims", n), n, group) for n, group in mappings(record.get("claims"))]
        yield self._identity(record.get(IDENTITY), (*path, IDENTITY), *about, number, claims[:1])
        for place, n, group in claims:
            says = group.get("says")
            values = says if isinstance(says, dict) else {}
            yield _Group(place, *about, values, {**self._defaults, **group}, None, number, n)

    def _identity(
        self, given: Any, path: Path_, table: str, record_id: str, number: int, first: list[Any]
    ) -> _Group:
        """Return the identity of a record; without a place it has that of the first claim."""
        own = given if isinstance(given, dict) else {}
        if "at" in own or "quote" in own or not first:
            return _Group(path, table, record_id, {}, {**self._defaults, **own}, None, number, None)
        [(place, _, claim)] = first
        # a reason belongs to its basis
        left_out = {"says", "reason"} if "basis" in own else {"says"}
        grades = {k: v for k, v in claim.items() if k not in left_out}
        grades = {**self._defaults, **grades, **own}
        return _Group(path, table, record_id, {}, grades, place, number, None)

    @property
    def _defaults(self) -> dict[str, Any]:
        defaults = self.document.data.get("defaults")
        return defaults if isinstance(defaults, dict) else {}

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
            if value.basis != "stated" and not value.reason and self._has_valid(group, "reason"):
                yield self._lacks_reason(group, value)
        place, problem = self._place(group) if values else (None, None)
        problems = [*self._misgraded(group), *([problem] if problem else [])]
        # what an identity takes from the first claim is reported there
        yield from problems if group.first is None else ()
        if place and self._has_valid_grades(group) and "credibility" in group.grades:
            for value in values:
                yield self._row(group, place, value)

    def _values(self, group: _Group) -> Iterator[_Value | Problem]:
        """Yield the valid values of a group; a problem for a date that is none."""
        if group.number is None:
            yield _value(group, IDENTITY, None, {"value": group.record_id, **group.grades})
        for name, given in group.says.items():
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
        if not self._has_valid(group, "quote") or not self._has_valid(group, "at"):
            return None, None
        if "quote" in grades:
            return nowhere, document.problem(
                group.path, "A01", "has a quote instead of a locator", "run mmru anchor"
            )
        if "at" not in grades:
            fix = "add quote: and run mmru anchor"
            return nowhere, document.problem(group.path, "A02", "cites no words of the text", fix)
        if self.lines is None:
            return nowhere, None
        locator = parse(grades["at"])
        line = self.lines.get(locator.line)
        wrong = misplaced(locator, line.passage if line else None)
        if wrong or line is None:
            return None, document.problem(path, "A03", wrong, "quote the words again and run mmru anchor")
        if line.use:
            message = f"{locator} cites line {locator.line}, which is set aside as {line.use}"
            fix = "take the line out of set_aside, or cite another line"
            return None, document.problem(path, "A04", message, fix)
        whole = (0, line.passage.chars)
        start, end = whole if locator.start is None else (locator.start, locator.end)
        return _Place(str(locator), locator.line, start, end, locator.digest, line.language), None

    def _misgraded(self, group: _Group) -> Iterator[Problem]:
        """Yield the problem of a missing credibility, and of an empty speaker where there is no other."""
        grades = group.grades
        if "credibility" not in grades:
            yield self.document.problem(group.path, "R06", "the key 'credibility' is missing", "add it")
        if "by" in grades and grades["by"] is None and "by" not in self._defaults:
            message = "found nothing instead of one code or id"
            yield self.document.problem((*group.path, "by"), "R07", message, "write it as text")

    def _has_valid(self, group: _Group, key: str) -> bool:
        """Whether a part of the grades of a group is valid, wherever it comes from."""
        if not self.document.invalid:
            return True
        places = (group.path, ("defaults",), *([group.first] if group.first else []))
        return all(self.document.is_valid((*place, key)) for place in places)

    def _has_valid_grades(self, group: _Group) -> bool:
        """Whether everything that a group says beside its values is valid."""
        return all(self._has_valid(group, key) for key in group.grades)

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


def _unaccounted(document: Document, lines: Mapping[int, Line]) -> Iterator[Problem]:
    """Yield lines that no claim cites and that are not set aside."""
    cited = {_line_of(str(group.get("at", ""))) for _, group in groups(document.data)}
    if not document.is_valid_throughout(("set_aside",)):
        return
    for number, line in lines.items():
        if number not in cited and line.use is None:
            message = f"line {number} is neither cited by a claim nor set aside"
            fix = "cite it, or set it aside: headline, repetition, …"
            yield document.problem(("set_aside",), "A08", message, fix)


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
    lines = article.lines or {}
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
        for number, line in lines.items()
    ]


def _covered(spans: Iterable[tuple[int, int]]) -> int:
    """Return how many characters lie in at least one of the spans."""
    covered = reached = 0
    for start, end in sorted(set(spans)):
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered
