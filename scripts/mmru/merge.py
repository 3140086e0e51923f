"""Step 4: fuse what the sources say about one field of one record, or stop on a conflict.

Equal values corroborate. Of two dates, or two places, of which one lies within the other, the
narrower stands; of two stages, the further. Sets are united. Anything else is a conflict, and a
ruling must say which value stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mmru import dates
from mmru.claim import Claim, Place
from mmru.problem import Problem, did_you_mean
from mmru.schema import IDENTITY, Column, Schemas

Address = tuple[str, str, str]
INFERRED = "inferred"
BASES = ("stated", "implied", INFERRED)
CONFIRMED = 1


@dataclass(frozen=True)
class Ruling:
    """A conflict decided: the value that stands, and those that do not."""

    address: Address
    chosen: str
    rejected: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Value:
    """A published value: the firmest basis among the claims that give it, and its first claim."""

    text: str
    basis: str
    first: Claim


@dataclass(frozen=True)
class Fused:
    """All claims with their final grades, and for each address the values that stand."""

    claims: list[Claim]
    agrees: Mapping[str, bool]
    values: Mapping[Address, list[Value]]


Covers = Callable[[str, str], bool]


def merge(
    claims: Iterable[Claim],
    rulings: Iterable[Ruling],
    schemas: Schemas,
    parts: Mapping[str, str],
    problems: list[Problem],
) -> Fused:
    """Fuse all claims. Conflicts without a ruling, and rulings without a conflict, are noted.

    `parts` gives for each place the place in which it lies.
    """
    grouped: dict[Address, list[Claim]] = defaultdict(list)
    for claim in claims:
        grouped[claim.record_table, claim.record_id, claim.field].append(claim)
    ruled = {r.address: r for r in rulings}
    inferred = _inferred_identities(grouped)
    values: dict[Address, list[Value]] = {}
    agrees: dict[str, bool] = {}
    graded: list[Claim] = []
    for address, group in grouped.items():
        field = schemas.field(address[0], address[2])
        covers = coverage(field.column if field else None, schemas, parts)
        if field and field.many:
            chosen = sorted({c.value for c in group})
            agrees |= {c.claim_id: True for c in group}
        else:
            ruling = ruled.pop(address, None)
            stands = _decide(address, group, ruling, covers, problems)
            chosen = [stands]
            agrees |= {c.claim_id: covers(c.value, stands) for c in group}
        values[address] = [_value(text, group) for text in chosen]
        graded.extend(_graded(group, covers, inferred))
    problems.extend(_stale(ruled.values(), grouped))
    return Fused(graded, agrees, values)


def narrowest(values: list[str], covers: Covers) -> str | None:
    """The value that every other one covers, or None where two of them exclude each other."""
    best = [v for v in values if all(covers(other, v) for other in values)]
    return min(best, key=lambda v: (dates.qualifiers(v), v)) if best else None


def _decide(
    address: Address, group: list[Claim], ruling: Ruling | None, covers: Covers, problems: list[Problem]
) -> str:
    distinct = sorted({c.value for c in group})
    stands = narrowest(distinct, covers)
    if ruling is None:
        if stands is None:
            problems.append(_conflict(address, group, covers))
        return stands or distinct[0]
    if stands is not None:
        said = f"rules on {' '.join(address)}, on which the sources do not conflict"
        problems.append(ruling.place.problem("M02", said, "remove the ruling"))
    # a vaguer value that contains the chosen one is not rejected with the others
    excluded = [v for v in distinct if not covers(v, ruling.chosen)]
    if stands is None and (ruling.chosen not in distinct or sorted(ruling.rejected) != excluded):
        ruled = _listed([ruling.chosen, *ruling.rejected])
        said = f"speaks of {ruled}, but the sources say {_listed(distinct)}"
        remedy = "choose one of these and reject each that excludes it"
        problems.append(ruling.place.problem("M03", said, remedy))
    return ruling.chosen


def _conflict(address: Address, group: list[Claim], covers: Covers) -> Problem:
    first, second = next(
        (a, b)
        for n, b in enumerate(group)
        for a in group[:n]
        if not covers(a.value, b.value) and not covers(b.value, a.value)
    )
    table, record, field = address
    said = (
        f"{table} {record}: {field} is '{second.value}' here ({second.source_id}), "
        f"but '{first.value}' at {first.place} ({first.source_id})"
    )
    return second.place.problem("M01", said, "mend one of them, or decide in seeds/rulings.yaml")


def coverage(column: Column | None, schemas: Schemas, parts: Mapping[str, str]) -> Covers:
    """Whether the first value is equal to the second or contains it, as its column's kind has it."""
    if column is None:
        return lambda a, b: a == b
    if column.format == "edtf":
        return lambda a, b: dates.parse(a).contains(dates.parse(b))
    if column.name == "place_id":
        return lambda a, b: b == a or a in _around(b, parts)
    if column.name == "status":
        stages = {code: meaning.score for code, meaning in schemas.codes(column).items()}
        return lambda a, b: a == b or _not_beyond(stages.get(a), stages.get(b))
    return lambda a, b: a == b


def _not_beyond(stage: float | None, other: float | None) -> bool:
    return stage is not None and other is not None and stage <= other


def _around(place: str, parts: Mapping[str, str]) -> Iterator[str]:
    seen = {place}
    while (place := parts.get(place, "")) and place not in seen:
        seen.add(place)
        yield place


def _value(text: str, group: list[Claim]) -> Value:
    giving = [c for c in group if c.value == text] or group
    return Value(text, min((c.basis for c in giving), key=BASES.index), giving[0])


def _inferred_identities(grouped: Mapping[Address, list[Claim]]) -> set[Address]:
    """Table, record and source of each identity that was inferred."""
    identities = (c for (_, _, field), group in grouped.items() if field == IDENTITY for c in group)
    return {(c.record_table, c.record_id, c.source_id) for c in identities if c.basis == INFERRED}


def origins(sources: Iterable[tuple[object, object]]) -> dict[str, str]:
    """For each publisher the origin of what it publishes, so that its words count as its articles do.

    Takes the publisher and the origin of each source.
    """
    found: dict[str, str] = {}
    for publisher, origin in sources:
        if isinstance(publisher, str) and isinstance(origin, str):
            found.setdefault(publisher, origin)
    return found


@dataclass(frozen=True)
class Voice:
    """What matters of a claim for whether others confirm it; `firm` where nothing was inferred."""

    value: str
    source: str
    origin: str
    firm: bool


def confirmed(voices: list[Voice], covers: Covers) -> list[bool]:
    """For each of the voices on one field, whether another source of another origin confirms it.

    Inference confirms nothing and is not confirmed, be it of the value or of the record's identity.
    """
    return [
        voice.firm
        and any(
            other.firm
            and other.source != voice.source
            and other.origin != voice.origin
            and covers(voice.value, other.value)
            for other in voices
        )
        for voice in voices
    ]


def _graded(group: list[Claim], covers: Covers, inferred: set[Address]) -> Iterator[Claim]:
    """The claims, with grade 1 for those that others confirm."""
    voices = [
        Voice(
            c.value,
            c.source_id,
            c.origin,
            c.basis != INFERRED and (c.record_table, c.record_id, c.source_id) not in inferred,
        )
        for c in group
    ]
    for claim, sure in zip(group, confirmed(voices, covers)):
        yield replace(claim, credibility=CONFIRMED) if sure else claim


def _stale(rulings: Iterable[Ruling], grouped: Mapping[Address, list[Claim]]) -> Iterator[Problem]:
    """Rulings on sets, and on what nobody claims."""
    for ruling in rulings:
        table, record, field = ruling.address
        said, remedy = f"rules on {table} {record} {field}, ", "remove the ruling"
        if ruling.address in grouped:
            said += "whose values are united"
        else:
            said += "of which no source speaks"
            remedy = did_you_mean(field, [f for t, r, f in grouped if (t, r) == (table, record)]) or remedy
        yield ruling.place.problem("M02", said, remedy)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"'{v}'" for v in values)
