"""What two coders judged alike and differently, field by field, in the records that both have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mmru.model import edtf
from mmru.model.claim import BASES
from mmru.model.schema import Column, Schemas, Table
from mmru.reliability.pairing import PAIRED, Coded, Paired

Level = Literal["nominal", "interval"]
NOMINAL: Level = "nominal"
INTERVAL: Level = "interval"
GIVEN = "given"
JOINED = " + "  # several values of one member; lists have `;` between their members
RECORD = "record"  # stands for a field where coders differ over whether there is a record at all
SCORED = {"cameo_code": "goldstein", "stance": "stance_score"}
# over which members of a field coders are held to have judged: every code that either used anywhere,
# those that either gave this record, or those that both gave it
ANYWHERE, EITHER, BOTH = "anywhere", "either", "both"

Values = dict[str, str]  # by member: a code, an actor, a claim; a single value has the member ""


@dataclass(frozen=True)
class Judged:
    """What both coders gave for one field of one record, ids turned into those of the first."""

    source_id: str
    table: str
    first_id: str
    second_id: str
    field: str
    first: Values
    second: Values
    members: str = ""
    level: Level = NOMINAL

    def differs(self) -> bool:
        return self.first != self.second and self.level == NOMINAL


@dataclass(frozen=True)
class Difference:
    """What two coders have differently: a record that one of them lacks, or the values of a field."""

    source_id: str
    record_table: str
    first_id: str
    second_id: str
    field: str
    first_values: tuple[str, ...]
    second_values: tuple[str, ...]


def judgements(paired: Paired, schemas: Schemas) -> Iterator[Judged]:
    """Every field that can be compared, of every record that both coders have, and of every line.

    Free text cannot be compared: summaries are left out, texts of details count as given or not.
    """
    yield from _lines(paired)
    for table in ("sources", *PAIRED):
        for a, b in paired.both(table):
            yield from _Record(paired, a, b, schemas).judgements()


def differences(paired: Paired, judged: Iterable[Judged]) -> Iterator[Difference]:
    """Everything that the two coders of an article have differently."""
    for table in PAIRED:
        for a, b in paired.records(table):
            if not (a and b):
                ids = (a.key[1] if a else "", b.key[1] if b else "")
                yield Difference(
                    paired.source_id, table, *ids, RECORD, (ids[0],) * bool(a), (ids[1],) * bool(b)
                )
    for j in judged:
        if j.differs():
            values = (_shown(j.first, j.second), _shown(j.second, j.first))
            yield Difference(j.source_id, j.table, j.first_id, j.second_id, j.field, *values)


def _shown(values: Values, others: Values) -> tuple[str, ...]:
    """The values of one coder that the other does not have."""
    own = {m: v for m, v in values.items() if others.get(m) != v}
    return tuple(v if not m else m if v == GIVEN else f"{m}: {v}" for m, v in sorted(own.items()))


def _lines(paired: Paired) -> Iterator[Judged]:
    first, second = ({p.line: p.use for p in c.extraction.passages} for c in (paired.first, paired.second))
    for number, use in first.items():
        uses = ({"": use}, {"": second[number]})
        yield Judged(paired.source_id, "passages", f"L{number}", f"L{number}", "use", *uses)


@dataclass(frozen=True)
class _Record:
    """A record that both coders have, compared field by field."""

    paired: Paired
    a: Coded
    b: Coded
    schemas: Schemas

    @property
    def table(self) -> Table:
        return self.schemas.tables[self.a.key[0]]

    def judgements(self) -> Iterator[Judged]:
        for column in self.table.columns:
            if _comparable(column, self.table):
                yield from self._column(column)
        for helper in self.schemas.helpers(self.table.name):
            yield from self._helper(helper)
        if self.a.claims and self.b.claims:
            yield from self._grades()

    def _judged(
        self, field: str, values: tuple[Values, Values], members: str = "", level: Level = NOMINAL
    ) -> Judged:
        return Judged(
            self.paired.source_id,
            self.table.name,
            self.a.key[1],
            self.b.key[1],
            field,
            *values,
            members,
            level,
        )

    def _column(self, column: Column) -> Iterator[Judged]:
        target = self.table.target(column.name)
        both = (_given(self.a, column), self._turned(target, _given(self.b, column)))
        if column.is_list:
            yield self._judged(column.name, (_each(both[0]), _each(both[1])), ANYWHERE)
            return
        single = (_one(both[0]), _one(both[1]))
        yield self._judged(column.name, single)
        if column.format == "edtf":
            for end in ("earliest", "latest"):
                days = (_day(single[0], end), _day(single[1], end))
                yield self._judged(f"{column.name}_{end}", days, BOTH, INTERVAL)
        if column.name in SCORED:
            codes = self.schemas.codes(column)
            scores = tuple(
                {
                    m: f"{codes[v].score:g}"
                    for m, v in given.items()
                    if v in codes and codes[v].score is not None
                }
                for given in single
            )
            yield self._judged(SCORED[column.name], (scores[0], scores[1]), BOTH, INTERVAL)

    def _helper(self, table: Table) -> Iterator[Judged]:
        assert table.helper
        style, prefix = table.helper.style, table.helper.prefix
        both = (
            _joined(self._rows(table, prefix, self.a, False)),
            _joined(self._rows(table, prefix, self.b, True)),
        )
        part = {"member": f".{table.helper.key}", "named": ".role"}.get(style, "")
        yield self._judged(prefix + part, both, EITHER if style == "member" else ANYWHERE)

    def _rows(self, table: Table, prefix: str, coded: Coded, turn: bool) -> dict[str, set[str]]:
        """What one coder gave of a helper table: by member, the values."""
        assert table.helper
        found: dict[str, set[str]] = defaultdict(set)
        for path, values in coded.said.items():
            first, _, rest = path.partition(".")
            if first != prefix:
                continue
            if table.helper.style == "member":
                for actor in self._turned("actors", values) if turn else values:
                    found[actor].add(rest)
            elif table.helper.style == "measure":
                field = self.schemas.field(self.table.name, path)
                found[rest].update(values if field and field.column.type == "number" else [GIVEN])
            elif table.helper.style == "step":
                for step in [rest.partition(".")[0]] if rest else values:
                    found[step].add(GIVEN)
            elif rest.endswith(".role"):
                for role in values:
                    found[role].add(GIVEN)
        return found

    def _grades(self) -> Iterator[Judged]:
        """How both coders graded the claims that both made."""
        mine, others = self._facts(self.a, False), self._facts(self.b, True)
        shared = [fact for fact in mine if fact in others]
        for name in ("basis", "credibility", "attributed_to_actor_id"):
            both = ({f: mine[f][name] for f in shared}, {f: others[f][name] for f in shared})
            yield self._judged(f"claims.{name}", both, BOTH)

    def _facts(self, coded: Coded, turn: bool) -> dict[str, dict[str, str]]:
        """The facts that a coder claims, each with its grades: the firmest basis, the best credibility."""
        found: dict[str, list[dict[str, str]]] = defaultdict(list)
        for claim in coded.claims:
            field = self.schemas.field(coded.key[0], claim.field)
            value = [claim.value] if field and not _is_text(field.column, field.target) else [""]
            speaker = [claim.attributed_to_actor_id or ""]
            if turn:
                value = self._turned(field.target if field else "", value)
                speaker = self._turned("actors", speaker)
            fact = f"{claim.field} {value[0]}".strip()
            grades = {"basis": claim.basis, "credibility": str(claim.credibility)}
            found[fact].append({**grades, "attributed_to_actor_id": speaker[0]})
        return {
            fact: {
                "basis": min((g["basis"] for g in grades), key=BASES.index),
                "credibility": min(g["credibility"] for g in grades),
                "attributed_to_actor_id": JOINED.join(
                    sorted({g["attributed_to_actor_id"] for g in grades} - {""})
                ),
            }
            for fact, grades in found.items()
        }

    def _turned(self, target: str, values: Iterable[str]) -> list[str]:
        """The second coder's ids as the first's; an id without a counterpart is marked."""
        if not target:
            return list(values)
        return [self.paired.same.get((target, v), (target, f"?{v}"))[1] if v else v for v in values]


def _comparable(column: Column, table: Table) -> bool:
    """Whether coders can be held to agree on a column: it is theirs to fill, and not free text."""
    theirs = column.kind in ("claimed", "coded", "editorial") and column.name not in table.primary_key
    judged = column.type in ("string", "list", "number") and not _is_text(column, table.target(column.name))
    return theirs and judged


def _is_text(column: Column, target: str) -> bool:
    limited = column.vocabulary or target or column.format or "enum" in column.constraints
    return column.type in ("string", "list") and not limited


def _given(coded: Coded, column: Column) -> list[str]:
    if column.kind == "claimed":
        return coded.said.get(column.name, [])
    value = coded.row.get(column.name)
    return [str(v) for v in value] if isinstance(value, list) else [] if value is None else [str(value)]


def _one(values: list[str]) -> Values:
    return {"": JOINED.join(sorted(values))} if values else {}


def _each(values: list[str]) -> Values:
    return dict.fromkeys(values, GIVEN)


def _joined(rows: Mapping[str, set[str]]) -> Values:
    return {member: JOINED.join(sorted(values)) for member, values in rows.items()}


def _day(single: Values, end: str) -> Values:
    """The earliest or latest day of a date, as a number of days."""
    found = {}
    for member, value in single.items():
        day = getattr(edtf.parse(value), end) if JOINED not in value else None
        if day:
            found[member] = str(day.toordinal())
    return found
