"""Step 4: fuse what the sources say about one field of one record, or stop on a conflict.

Equal values corroborate. Of two dates, or two places, of which one lies within the other, the
narrower stands; of two stages, the further. Sets are united. Anything else is a conflict, and a
ruling must say which value stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mmru.errors import Position, Problem, did_you_mean
from mmru.io.arrow import Numbers, codes, firsts, ranks
from mmru.model import edtf
from mmru.model.claim import BASES, CONFIRMED, IDENTITY, INFERRED
from mmru.model.containment import Covers, coverages, kind
from mmru.model.schema import Schemas

Address = tuple[str, str, str]
Marks = np.ndarray[Any, np.dtype[np.bool_]]
ADDRESS = ("record_table", "record_id", "field")
# a value, the firmest basis among the claims that give it, and the row of the first of these
VALUES = pa.schema([*((name, pa.string()) for name in (*ADDRESS, "value", "basis")), ("first", pa.int64())])


@dataclass(frozen=True)
class Ruling:
    """A conflict decided: the value that stands, and those that do not."""

    address: Address
    chosen: str
    rejected: tuple[str, ...]
    place: Position


@dataclass(frozen=True)
class Keys:
    """For each claim the numbers of its record, address, address with value, source and origin."""

    record: Numbers
    address: Numbers
    said: Numbers
    source: Numbers
    origin: Numbers

    @classmethod
    def of(cls, claims: pa.Table) -> Keys:
        """The keys of claims, as `codes` numbers them."""
        record = codes(claims["record_table"], claims["record_id"])
        address = codes(record, codes(claims["field"]))
        said = codes(address, codes(claims["value"]))
        return cls(record, address, said, codes(claims["source_id"]), codes(claims["origin"]))


@dataclass(frozen=True)
class Fused:
    """All claims with their final grades, and the values that stand.

    `claims` are the rows that were merged, in their order, with the column `agrees`, and `keys` their
    keys; `values` has the columns of VALUES, and the values of one field of one record stand together
    and in order.
    """

    claims: pa.Table
    keys: Keys
    values: pa.Table


class Voice(NamedTuple):
    """What matters of a claim for whether others confirm it; `firm` where nothing was inferred."""

    value: str
    source: str
    origin: str
    firm: bool


class Heard(NamedTuple):
    """A claim on a field of which sources say different things."""

    row: int
    basis: str
    voice: Voice


def merge(
    claims: pa.Table,
    place: Callable[[int], Position],
    rulings: Iterable[Ruling],
    schemas: Schemas,
    parts: Mapping[str, str],
    problems: list[Problem],
) -> Fused:
    """Fuse all claims. Conflicts without a ruling, and rulings without a conflict, are noted.

    `place` gives for each row of claims where it stands, and `parts` for each place the one in which
    it lies. Most fields are a matter of counting; those on which sources differ are looked at one by one.
    """
    ruled, coverage = {r.address: r for r in rulings}, coverages(schemas, parts)
    keys = Keys.of(claims)
    given, firm = _given(claims, keys), _firm(claims, keys)
    agrees, sure = np.ones(len(firm), bool), _confirmed(keys, firm)
    standing: dict[int, tuple[str | int, ...]] = {}
    for address, heard in _contested(claims, keys, firm, ruled, schemas):
        field = schemas.field(address[0], address[2])
        covers = coverage[kind(field)]
        rows = [h.row for h in heard]
        sure[rows] = confirmed([h.voice for h in heard], covers)
        if not (field and field.is_list):
            stands = _decide(address, heard, ruled.pop(address, None), covers, place, problems)
            agrees[rows] = [covers(h.voice.value, stands) for h in heard]
            standing[int(keys.address[rows[0]])] = (*address, *_standing(stands, heard))
    problems.extend(_stale(ruled.values(), given))
    grades = pc.if_else(pa.array(sure), pa.scalar(CONFIRMED, pa.int64()), claims["credibility"])
    graded = claims.set_column(claims.column_names.index("credibility"), "credibility", grades)
    values = _settled(given, keys.address[firsts(keys.said)], standing)
    return Fused(graded.append_column("agrees", pa.array(agrees)), keys, values)


def _given(claims: pa.Table, keys: Keys) -> pa.Table:
    """The distinct values of each address, in the order in which they are claimed first."""
    first = firsts(keys.said)
    bases = pc.index_in(claims["basis"], value_set=pa.array(BASES)).to_numpy()
    firmest = np.full(len(first), len(BASES))
    np.minimum.at(firmest, keys.said, bases)
    told = claims.select((*ADDRESS, "value")).take(pa.array(first))
    basis = pa.array(BASES, pa.string()).take(pa.array(firmest))
    return pa.table([*told.columns, basis, pa.array(first)], schema=VALUES)


def _settled(given: pa.Table, address: Numbers, standing: Mapping[int, tuple[str | int, ...]]) -> pa.Table:
    """What is given, but where it was decided what stands, with the values of an address in order."""
    decided = np.array(list(standing), np.int64)
    left = ~np.isin(address, decided)
    columns = zip(*standing.values()) if standing else ([] for _ in VALUES)
    stand = pa.table([pa.array(c, f.type) for c, f in zip(columns, VALUES)], schema=VALUES)
    values = pa.concat_tables([given.filter(pa.array(left)), stand])
    order = np.lexsort((ranks(values["value"]), np.concatenate([address[left], decided])))
    return values.take(pa.array(order))


def _firm(claims: pa.Table, keys: Keys) -> Marks:
    """For each claim whether nothing of it was inferred, be it the value or the record's identity."""
    inferred = pc.equal(claims["basis"], INFERRED).to_numpy()
    identity = pc.equal(claims["field"], IDENTITY).to_numpy()
    spoken = codes(keys.record, keys.source)
    firm: Marks = ~inferred & ~np.isin(spoken, spoken[identity & inferred])
    return firm


def _confirmed(keys: Keys, firm: Marks) -> Marks:
    """For each claim whether a firm one of another source and another origin gives the same value.

    These are all that give it but those of its source and those of its origin; who is of both was
    taken off twice.
    """
    said, source, origin = keys.said[firm], keys.source[firm], keys.origin[firm]
    of_source = codes(said, source)
    both = _alike(codes(of_source, origin))
    others = _alike(said) - _alike(of_source) - _alike(codes(said, origin)) + both
    found = np.zeros(len(firm), bool)
    found[firm] = others > 0
    return found


def _alike(numbers: Numbers) -> Numbers:
    """For each row how many rows have the same number."""
    alike: Numbers = np.bincount(numbers)[numbers]
    return alike


def _contested(
    claims: pa.Table,
    keys: Keys,
    firm: Marks,
    ruled: Mapping[Address, Ruling],
    schemas: Schemas,
) -> Iterator[tuple[Address, list[Heard]]]:
    """The claims of each address that has different values, or a ruling, and of which equality is not all."""
    looked_at = _looked_at(claims, keys, ruled, schemas)
    rows = np.flatnonzero(np.isin(keys.address, looked_at))
    rows = rows[np.argsort(keys.address[rows], kind="stable")]
    told = claims.take(pa.array(rows))
    columns = (told[name].to_pylist() for name in (*ADDRESS, "basis", "value", "source_id", "origin"))
    heard = zip(keys.address[rows].tolist(), rows.tolist(), *columns, firm[rows].tolist())
    for _, group in groupby(heard, key=itemgetter(0)):
        claimed = list(group)
        _, _, table, record, field, *_ = claimed[0]
        yield (table, record, field), [Heard(c[1], c[5], Voice(*c[6:])) for c in claimed]


def _looked_at(claims: pa.Table, keys: Keys, ruled: Mapping[Address, Ruling], schemas: Schemas) -> Numbers:
    """The numbers of the addresses whose claims are looked at one by one."""
    first = firsts(keys.address)
    several = np.bincount(keys.address[firsts(keys.said)]) > 1
    addresses = claims.select(ADDRESS).take(pa.array(first))
    joined = pc.binary_join_element_wise(*addresses.columns, "\n")
    decided = pc.is_in(joined, pa.array(map("\n".join, ruled), pa.string())).to_numpy()
    number = np.flatnonzero(several | decided)
    table, field = (addresses[name].take(pa.array(number)) for name in ("record_table", "field"))
    kinds = codes(table, field)
    distinct = (column.take(pa.array(firsts(kinds))).to_pylist() for column in (table, field))
    united = np.array([_is_united(t, f, schemas) for t, f in zip(*distinct)], np.bool_)
    return number[~united[kinds]]


def narrowest(values: list[str], covers: Covers) -> str | None:
    """The value that every other one covers, or None where two of them exclude each other."""
    best = [v for v in values if all(covers(other, v) for other in values)]
    return min(best, key=lambda v: (edtf.qualifiers(v), v)) if best else None


def _decide(
    address: Address,
    heard: Sequence[Heard],
    ruling: Ruling | None,
    covers: Covers,
    place: Callable[[int], Position],
    problems: list[Problem],
) -> str:
    distinct = sorted({h.voice.value for h in heard})
    stands = narrowest(distinct, covers)
    if ruling is None:
        if stands is None:
            problems.append(_conflict(address, heard, covers, place))
        return stands or distinct[0]
    if stands is not None:
        said = f"rules on {' '.join(address)}, on which the sources do not conflict"
        problems.append(ruling.place.problem("M02", said, "remove the ruling"))
    # a vaguer value that contains the chosen one is not rejected with the others
    excluded = [v for v in distinct if not covers(v, ruling.chosen)]
    if stands is None and (ruling.chosen not in distinct or sorted(ruling.rejected) != excluded):
        ruled = _listed([ruling.chosen, *ruling.rejected])
        said = f"speaks of {ruled}, but the sources say {_listed(distinct)}"
        fix = "choose one of these and reject each that excludes it"
        problems.append(ruling.place.problem("M03", said, fix))
    return ruling.chosen


def _conflict(
    address: Address, heard: Sequence[Heard], covers: Covers, place: Callable[[int], Position]
) -> Problem:
    first, second = next(
        (a, b)
        for n, b in enumerate(heard)
        for a in heard[:n]
        if not covers(a.voice.value, b.voice.value) and not covers(b.voice.value, a.voice.value)
    )
    table, record, field = address
    said = (
        f"{table} {record}: {field} is '{second.voice.value}' here ({second.voice.source}), "
        f"but '{first.voice.value}' at {place(first.row)} ({first.voice.source})"
    )
    return place(second.row).problem("M01", said, "mend one of them, or decide in seeds/rulings.yaml")


def _is_united(table: str, name: str, schemas: Schemas) -> bool:
    """Whether a field holds a set of values none of which contains another."""
    field = schemas.field(table, name)
    return bool(field and field.is_list and not kind(field))


def _standing(text: str, heard: Sequence[Heard]) -> tuple[str, str, int]:
    """The value that stands, as VALUES has it; where nobody claims it, it rests on all that is claimed."""
    giving = [h for h in heard if h.voice.value == text] or heard
    return text, min((h.basis for h in giving), key=BASES.index), min(h.row for h in giving)


def origins(sources: Iterable[tuple[object, object]]) -> dict[str, str]:
    """For each publisher the origin of what it publishes, so that its words count as its articles do.

    Takes the publisher and the origin of each source.
    """
    found: dict[str, str] = {}
    for publisher, origin in sources:
        if isinstance(publisher, str) and isinstance(origin, str):
            found.setdefault(publisher, origin)
    return found


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


def _stale(rulings: Iterable[Ruling], given: pa.Table) -> Iterator[Problem]:
    """Rulings on sets, and on what nobody claims."""
    for ruling in rulings:
        table, record, field = ruling.address
        said, fix = f"rules on {table} {record} {field}, ", "remove the ruling"
        about = (pc.field("record_table") == table) & (pc.field("record_id") == record)
        spoken = given.filter(about)["field"].to_pylist()
        if field in spoken:
            said += "whose values are united"
        else:
            said += "of which no source speaks"
            fix = did_you_mean(field, spoken) or fix
        yield ruling.place.problem("M02", said, fix)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"'{v}'" for v in values)
