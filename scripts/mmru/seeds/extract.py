"""Extract the rows of one article: its source, its passages and its claims.

Each value that the article gives for a field of a record is a claim, the atom of the dataset. Invalid
parts are left out, so that one run reports every problem.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from mmru.errors import Problem
from mmru.io.validation import EDTF_FIX, check_date
from mmru.io.yaml_file import INVALID, Document, mappings
from mmru.model.claim import BASES, IDENTITY, INFERRED, path_of, text_of
from mmru.model.locator import misplaced, parse
from mmru.model.schema import Schemas
from mmru.model.text import Path_
from mmru.seeds.fingerprints import Fingerprints
from mmru.seeds.lines import Line, read_lines
from mmru.seeds.rows import ClaimRow, PassageRow

_NEEDS_REASON = BASES[1:]
_COMMON = ("by", "credibility", "basis")  # what the claims of an article can have in common


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
    written = document.data.get("source") if isinstance(document.data, dict) else None
    if not document.is_valid() or not isinstance(written, dict):
        return Extraction({}, [], [], list(document.problems))
    source = {name: cell for name, cell in written.items() if document.is_valid(("source", name))}
    lines: dict[int, Line] | None = None
    of_lines: list[Problem] = []
    if fingerprints:
        lines, of_lines = read_lines(document, fingerprints.lines, _language(source))
        source = {
            **source,
            "text_sha256": fingerprints.text_sha256,
            "text_characters": fingerprints.text_characters,
        }
    data, source_id = document.valid_data(), str(source.get("source_id"))
    defaults = data.get("defaults", {})
    if defaults is INVALID:
        defaults = dict.fromkeys(_COMMON, INVALID)
    reader = _Reader(document, schemas, article, source_id, _language(source), lines, data, defaults)
    found = list(reader.rows())
    claims = [row for row in found if isinstance(row, ClaimRow)]
    problems = [
        *document.problems,
        *(problem for problem in found if isinstance(problem, Problem)),
        *of_lines,
        # an entry with a mistake may be meant for any line
        *(_unaccounted(document, lines) if lines and not of_lines else ()),
        *_repeated_claims(document, claims),
    ]
    return Extraction(source, _passages(reader, lines or {}, claims), claims, problems)


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
    for an identity without a place (`follows`), else the defaults of the article.
    """

    path: Path_
    table: str
    record_id: str
    says: dict[str, Any]
    grades: dict[str, Any]
    record: int
    number: int | None = None
    follows: bool = False


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


class _Reader(NamedTuple):
    """Reads the claims of an article in order; its methods yield claims, and problems in their place.

    `number` is that of the article.
    """

    document: Document
    schemas: Schemas
    number: int
    source_id: str
    language: str
    lines: Mapping[int, Line] | None
    data: Any
    defaults: Mapping[str, Any]

    def rows(self) -> Iterator[ClaimRow | Problem]:
        """Yield the claims of all records."""
        for number, record in mappings(self.data.get("records")):
            for group in self._groups(number, record):
                if isinstance(group, Problem):
                    yield group
                else:
                    yield from self._claims(group)

    def _groups(self, number: int, record: dict[str, Any]) -> Iterator[_Group | Problem]:
        """Yield the identity and the groups of claims of a record."""
        path = ("records", number)
        words = [word for word in self.schemas.records if word in record]
        if not words and INVALID in record.values():
            return  # what names it is misspelt
        if len(words) != 1:
            message = f"names {len(words)} records" if words else "names no record"
            fix = "give exactly one of " + ", ".join(self.schemas.records)
            yield self.document.problem(path, "C03", message, fix)
            return
        table, record_id = self.schemas.records[words[0]].name, record[words[0]]
        if record_id is INVALID:
            return
        claims, identity = record.get("claims", []), record.get(IDENTITY, {})
        if identity is not INVALID:
            yield from self._identity(identity, claims, table, record_id, number)
        for n, group in mappings(claims):
            place, grades = (*path, "claims", n), {**self.defaults, **group}
            says = {} if group["says"] is INVALID else group["says"]
            yield _Group(place, table, record_id, says, grades, number, n)

    def _identity(
        self, own: dict[str, Any], claims: Any, table: str, record_id: str, number: int
    ) -> Iterator[_Group]:
        """Yield the identity of a record; without a place it has that of a valid first claim."""
        path = ("records", number, IDENTITY)
        if "at" in own or "quote" in own or claims == []:
            yield _Group(path, table, record_id, {}, {**self.defaults, **own}, number)
        elif claims is not INVALID and claims[0] is not INVALID:
            # a reason belongs to its basis
            left_out = {"says", "reason"} if "basis" in own else {"says"}
            first = {key: grade for key, grade in claims[0].items() if key not in left_out}
            yield _Group(path, table, record_id, {}, {**self.defaults, **first, **own}, number, follows=True)

    def _claims(self, group: _Group) -> Iterator[ClaimRow | Problem]:
        """Yield the claims of a group, and what is wrong with its values, their grounds and its place."""
        values = []
        for found in self._values(group):
            if isinstance(found, Problem):
                yield found
                continue
            values.append(found)
            if found.basis in _NEEDS_REASON and not found.reason:
                yield self._lacks_reason(group, found)
        place, problem = self._place(group) if values else (None, None)
        # what an identity takes from the first claim is reported there
        if not group.follows:
            yield from self._misgraded(group)
            if problem:
                yield problem
        grades = group.grades
        if place is None or "credibility" not in grades or INVALID in grades.values():
            return
        speaker, credibility = grades.get("by"), grades["credibility"]
        locator, line, start, end, digest, language = place
        about = f"{self.source_id}\n{group.table}\n{group.record_id}"
        where = f"{locator}\n{speaker or ''}"
        for field, text, original, basis, reason, member in values:
            hashed = sha256(f"{about}\n{field}\n{text}\n{where}".encode()).hexdigest()
            yield ClaimRow(
                f"c-{hashed[:16]}",
                group.table,
                group.record_id,
                field,
                text,
                original,
                self.source_id,
                line,
                start,
                end,
                digest,
                language,
                speaker,
                basis,
                reason,
                credibility,
                self.number,
                group.record,
                group.number,
                member,
            )

    def _values(self, group: _Group) -> Iterator[_Value | Problem]:
        """Yield the valid values of a group; in the place of a date that is none, its problem."""
        grades = group.grades
        basis, reason = grades.get("basis", "stated"), grades.get("reason")
        if group.number is None:
            yield _Value(IDENTITY, group.record_id, grades.get("original"), basis, reason, None)
        for name, given in group.says.items():
            field = self.schemas.field(group.table, name)
            if field is None:
                continue
            is_date = field.column.format == "edtf"
            for member, one in enumerate(given) if isinstance(given, list) else ((None, given),):
                value = _value(name, member, one, basis, reason)
                if value and is_date:
                    yield check_date(self.document, _path(group, value), value.text, EDTF_FIX) or value
                elif value:
                    yield value

    def _lacks_reason(self, group: _Group, value: _Value) -> Problem:
        outside = ", naming the outside source" if value.basis == INFERRED else ""
        message = f"{value.field} is {value.basis} without a reason"
        fix = f"add reason: what it follows from{outside}"
        return self.document.problem(_path(group, value), "C05", message, fix)

    def _place(self, group: _Group) -> tuple[_Place | None, Problem | None]:
        """Return the place of a group in the text, None if it has none, and what is wrong with it."""
        document, path, grades = self.document, (*group.path, "at"), group.grades
        nowhere = _Place("", None, None, None, None, self.language)
        if grades.get("quote") is INVALID or grades.get("at") is INVALID:
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
        if "by" in grades and grades["by"] is None and "by" not in self.defaults:
            message = "found nothing instead of one code or id"
            yield self.document.problem((*group.path, "by"), "R07", message, "write it as text")


def _value(field: str, member: int | None, given: Any, basis: str, reason: str | None) -> _Value | None:
    """Return a value with its grounds, its own or else those of its group; None where it is invalid."""
    own = given if isinstance(given, dict) else {"value": given}
    if INVALID in own.values():
        return None
    if "basis" in own:
        # a reason belongs to its basis
        basis, reason = own["basis"], None
    return _Value(field, text_of(own["value"]), own.get("original"), basis, own.get("reason", reason), member)


def _path(group: _Group, value: _Value) -> Path_:
    return path_of(value.field, group.record, group.number, value.member)


def _language(source: Mapping[str, Any]) -> str:
    """Return the language of the text; that of no text known if it is invalid, which has been noted."""
    language = source.get("language")
    return language if isinstance(language, str) else "und"


def _unaccounted(document: Document, lines: Mapping[int, Line]) -> Iterator[Problem]:
    """Yield a problem for each line that no claim cites and that is not set aside."""
    cited = {_line_of(str(group.get("at", ""))) for _, group in groups(document.data)}
    if not document.is_valid_throughout(("set_aside",)) or not document.is_valid(("records",)):
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
    """Yield a problem for each claim that repeats an earlier one, from the same words."""
    seen: dict[str, ClaimRow] = {}
    for claim in claims:
        first = seen.setdefault(claim.claim_id, claim)
        if first is not claim:
            there = document.position(first.path)
            message = f"{claim.field} is claimed twice from the same words, first at {there}"
            yield document.problem(claim.path, "C06", message, "keep one")


def _passages(reader: _Reader, lines: Mapping[int, Line], claims: Iterable[ClaimRow]) -> list[PassageRow]:
    """Return the row of each line, with the share of it that claims cite."""
    spans: dict[int | None, list[tuple[int, int]]] = defaultdict(list)
    for claim in claims:
        spans[claim.line].append((claim.char_start or 0, claim.char_end or 0))
    return [
        PassageRow(
            reader.source_id,
            *line.passage,
            line.language,
            line.use or "coded",
            line.translation_of_line,
            round(_covered(spans[number]) / line.passage.chars, 4),
            len(spans[number]),
            reader.number,
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
