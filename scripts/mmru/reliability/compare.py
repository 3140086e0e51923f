"""Compare two codings of an article field by field, in the records that both coders have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from mmru.model import edtf
from mmru.model.claim import BASES
from mmru.model.helper_rows import parse_path
from mmru.model.schema import SCORES, Column, Schemas, Table
from mmru.reliability.pairing import ArticlePair, CodedRecord
from mmru.seeds.reader import REGISTRY

Level = Literal["nominal", "interval"]
NOMINAL: Level = "nominal"
INTERVAL: Level = "interval"
PRESENT = "given"  # the value of a member that can only be present or absent
JOINED = " + "  # several values of one member; lists have `;` between their members
RECORD = "record"  # the field of a difference over whether a record exists
# which members of a field count as judged by both coders: every code that either used in any record,
# those that either used in this record, or those that both used in this record
ANYWHERE, EITHER, BOTH = "anywhere", "either", "both"

Values = dict[str, str]  # by member: a code, an actor, a claim; a single value has the member ""


@dataclass(frozen=True)
class Judgement:
    """The values of both coders for one field of one record, with the ids of the first coder."""

    source_id: str
    table: str
    first_id: str
    second_id: str
    field: str
    first: Values
    second: Values
    members: str = ""
    level: Level = NOMINAL

    @property
    def differs(self) -> bool:
        return self.first != self.second and self.level == NOMINAL


class Difference(NamedTuple):
    """A difference between two coders: a record that one of them lacks, or the values of a field."""

    source_id: str
    record_table: str
    first_id: str
    second_id: str
    field: str
    first_values: tuple[str, ...]
    second_values: tuple[str, ...]


def judgements(pair: ArticlePair, schemas: Schemas) -> Iterator[Judgement]:
    """Yield every comparable field of every record that both coders have, and the use of every line.

    Free text is not compared: summaries are left out, texts of details count as present or absent.
    """
    yield from _lines(pair)
    for table in ("sources", *REGISTRY):
        for one, other in pair.shared(table):
            yield from _RecordPair(pair, one, other, schemas).judgements()


def differences(pair: ArticlePair, judged: Iterable[Judgement]) -> Iterator[Difference]:
    """Yield every difference between the two codings of an article."""
    for table in REGISTRY:
        for one, other in pair.records(table):
            if not (one and other):
                first, second = (record.key[1] if record else "" for record in (one, other))
                values = (first,) * bool(one), (second,) * bool(other)
                yield Difference(pair.source_id, table, first, second, RECORD, *values)
    for j in judged:
        if j.differs:
            values = _only_in(j.first, j.second), _only_in(j.second, j.first)
            yield Difference(j.source_id, j.table, j.first_id, j.second_id, j.field, *values)


def _only_in(values: Values, others: Values) -> tuple[str, ...]:
    """Return the values of one coder that the other does not have, as text."""
    own = {m: v for m, v in values.items() if others.get(m) != v}
    return tuple(v if not m else m if v == PRESENT else f"{m}: {v}" for m, v in sorted(own.items()))


def _lines(pair: ArticlePair) -> Iterator[Judgement]:
    first, second = ({p.line: p.use for p in c.extraction.passages} for c in (pair.first, pair.second))
    for number, use in first.items():
        line = f"L{number}"
        yield Judgement(pair.source_id, "passages", line, line, "use", {"": use}, {"": second[number]})


@dataclass(frozen=True)
class _RecordPair:
    """A record that both coders have, compared field by field."""

    pair: ArticlePair
    first: CodedRecord
    second: CodedRecord
    schemas: Schemas

    @property
    def table(self) -> Table:
        return self.schemas.tables[self.first.key[0]]

    def judgements(self) -> Iterator[Judgement]:
        for column in self.table.columns:
            if _is_comparable(column, self.table):
                yield from self._column(column)
        for helper in self.schemas.helpers(self.table.name):
            yield self._helper(helper)
        if self.first.claims and self.second.claims:
            yield from self._grades()

    def _judgement(
        self, field: str, values: tuple[Values, Values], members: str = "", level: Level = NOMINAL
    ) -> Judgement:
        ids = self.first.key[1], self.second.key[1]
        return Judgement(self.pair.source_id, self.table.name, *ids, field, *values, members, level)

    def _column(self, column: Column) -> Iterator[Judgement]:
        values = _values(self.second, column)
        both = _values(self.first, column), self._translated(self.table.target(column.name), values)
        if column.is_list:
            first, second = (dict.fromkeys(values, PRESENT) for values in both)
            yield self._judgement(column.name, (first, second), ANYWHERE)
            return
        first, second = ({"": JOINED.join(sorted(values))} if values else {} for values in both)
        yield self._judgement(column.name, (first, second))
        if column.format == "edtf":
            for end in ("earliest", "latest"):
                days = _day(first, end), _day(second, end)
                yield self._judgement(f"{column.name}_{end}", days, BOTH, INTERVAL)
        if column.name in SCORES:
            scores = self._scores(column, first), self._scores(column, second)
            yield self._judgement(SCORES[column.name], scores, BOTH, INTERVAL)

    def _scores(self, column: Column, values: Values) -> Values:
        """Return the scores of the codes that have one."""
        scores = {code: meaning.score for code, meaning in self.schemas.codes(column).items()}
        found = {member: scores.get(value) for member, value in values.items()}
        return {member: f"{score:g}" for member, score in found.items() if score is not None}

    def _helper(self, table: Table) -> Judgement:
        """Compare the rows of a helper table as members of a set."""
        assert table.helper
        style, prefix = table.helper.style, table.helper.prefix
        both = self._members(table, self.first), self._members(table, self.second)
        part = {"member": f".{table.helper.key}", "named": ".role"}.get(style, "")
        return self._judgement(prefix + part, both, EITHER if style == "member" else ANYWHERE)

    def _members(self, table: Table, record: CodedRecord) -> Values:
        """Return one coder's members of a helper table: actors with roles, details with figures, steps."""
        assert table.helper
        found: dict[str, set[str]] = defaultdict(set)
        for path, values in record.values.items():
            cell = parse_path(self.schemas, self.table.name, path)
            if cell is None or cell.table is not table:
                continue
            column = table[cell.column]
            if table.helper.style == "member":
                for actor in self._translated("actors", values) if record is self.second else values:
                    found[actor].add(cell.name)
            elif table.helper.style == "measure":
                found[cell.name].update(values if column.type == "number" else [PRESENT])
            elif table.helper.style == "step":
                for step in [cell.name] if cell.name else values:
                    found[step].add(PRESENT)
            elif cell.column == "role":
                for role in values:
                    found[role].add(PRESENT)
        return {member: JOINED.join(sorted(values)) for member, values in found.items()}

    def _grades(self) -> Iterator[Judgement]:
        """Compare the grades of the claims that both coders have."""
        first, second = self._graded_facts(self.first), self._graded_facts(self.second)
        shared = [fact for fact in first if fact in second]
        for grade in ("basis", "credibility", "attributed_to_actor_id"):
            both = {f: first[f][grade] for f in shared}, {f: second[f][grade] for f in shared}
            yield self._judgement(f"claims.{grade}", both, BOTH)

    def _graded_facts(self, record: CodedRecord) -> dict[str, dict[str, str]]:
        """Return each claimed fact with its firmest basis, its best credibility and its speakers."""
        found: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
        for claim in record.claims:
            field = self.schemas.field(record.key[0], claim.field)
            value = "" if not field or _is_text(field.column, field.target) else claim.value
            speaker = claim.attributed_to_actor_id or ""
            if record is self.second:
                [value] = self._translated(field.target if field else "", [value])
                [speaker] = self._translated("actors", [speaker])
            fact = f"{claim.field} {value}".strip()
            found[fact].append((claim.basis, claim.credibility, speaker))
        return {
            fact: {
                "basis": min((basis for basis, _, _ in grades), key=BASES.index),
                "credibility": str(min(credibility for _, credibility, _ in grades)),
                "attributed_to_actor_id": JOINED.join(sorted({speaker for *_, speaker in grades} - {""})),
            }
            for fact, grades in found.items()
        }

    def _translated(self, target: str, values: Iterable[str]) -> list[str]:
        """Return ids of the second coder as those of the first; an id without a counterpart gets a `?`."""
        if not target:
            return list(values)
        return [self.pair.same.get((target, v), (target, f"?{v}"))[1] if v else v for v in values]


def _is_comparable(column: Column, table: Table) -> bool:
    """Return whether coders fill a column, and fill it with something other than free text."""
    coded = column.kind in ("claimed", "coded", "editorial") and column.name not in table.primary_key
    typed = column.type in ("string", "list", "number") and not _is_text(column, table.target(column.name))
    return coded and typed


def _is_text(column: Column, target: str) -> bool:
    """Return whether a column holds free text."""
    limited = column.vocabulary or target or column.format or "enum" in column.constraints
    return column.type in ("string", "list") and not limited


def _values(record: CodedRecord, column: Column) -> list[str]:
    """Return a coder's values for a column, claimed or registered."""
    if column.kind == "claimed":
        return record.values.get(column.name, [])
    value = record.row.get(column.name)
    return [str(v) for v in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _day(values: Mapping[str, str], end: str) -> Values:
    """Return the earliest or latest day of each date, as a number of days."""
    dates = ((member, edtf.parse(value)) for member, value in values.items() if JOINED not in value)
    days = {member: getattr(span, end) for member, span in dates}
    return {member: str(day.toordinal()) for member, day in days.items() if day}
