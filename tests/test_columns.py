"""Merging by column says what comparing claim with claim says, and columns are numbered as they should be."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import NamedTuple

import pyarrow as pa
from exported import SCHEMAS
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.errors import Position, Problem
from mmru.io.arrow import codes, firsts, ranks, together
from mmru.model import edtf
from mmru.model.claim import BASES
from mmru.pipeline.merge import VALUES, merge, narrowest

TEXTS = st.lists(st.text(alphabet="ab\u00e9\U0001f600", max_size=2), max_size=12)
SAID = {
    "identity": ("x",),
    "event_type": ("visit", "meeting"),
    "sectors": ("trade", "energy", "tourism"),
    "date": ("2031", "2031-05", "2031-05-02", "2031-06"),
}


class Told(NamedTuple):
    """What matters of a claim for merging."""

    record_id: str
    field: str
    value: str
    source_id: str
    origin: str
    basis: str
    record_table: str = "events"
    credibility: int = 3

    @property
    def address(self) -> tuple[str, str]:
        return self.record_id, self.field


CLAIMS = st.lists(
    st.sampled_from([(field, value) for field, values in SAID.items() for value in values]).flatmap(
        lambda said: st.builds(
            Told,
            st.sampled_from("xy"),
            st.just(said[0]),
            st.just(said[1]),
            st.sampled_from("st"),
            st.sampled_from("op"),
            st.sampled_from(BASES),
            st.just("events"),
            st.just(3),
        )
    ),
    max_size=14,
)


def covers(field: str, wide: str, narrow: str) -> bool:
    return edtf.parse(wide).contains(edtf.parse(narrow)) if field == "date" else wide == narrow


def firm(claim: Told, claims: list[Told]) -> bool:
    guessed = {(c.record_id, c.source_id) for c in claims if (c.field, c.basis) == ("identity", "inferred")}
    return claim.basis != "inferred" and (claim.record_id, claim.source_id) not in guessed


def confirms(other: Told, claim: Told) -> bool:
    apart = other.source_id != claim.source_id and other.origin != claim.origin
    return other.address == claim.address and apart and covers(claim.field, claim.value, other.value)


@settings(max_examples=400)
@given(CLAIMS)
def test_columns_are_merged_as_claims_are_compared_one_with_another(claims: list[Told]) -> None:
    rows = pa.table(
        {
            name: pa.array(
                [getattr(c, name) for c in claims], pa.int64() if name == "credibility" else pa.string()
            )
            for name in Told._fields
        }
    )
    problems: list[Problem] = []
    place = Position("seeds/articles/a.yaml")
    fused = merge(rows, lambda _: place, (), SCHEMAS, {}, problems)
    sure = [firm(c, claims) and any(firm(o, claims) and confirms(o, c) for o in claims) for c in claims]
    assert fused.claims["credibility"].to_pylist() == [1 if one else 3 for one in sure]
    expected, conflicts = [], 0
    for address in dict.fromkeys(c.address for c in claims):
        about = [c for c in claims if c.address == address]
        distinct, field = sorted({c.value for c in about}), address[1]
        stands = narrowest(distinct, partial(covers, field))
        if field == "sectors":
            stand = distinct
        else:
            conflicts += stands is None
            stand = [stands or distinct[0]]
        for value in stand:
            giving = [c for c in about if c.value == value]
            basis = min((c.basis for c in giving), key=BASES.index)
            expected.append(("events", *address, value, basis, claims.index(giving[0])))
    found = list(zip(*(fused.values[name].to_pylist() for name in VALUES.names)))
    assert found == expected
    assert [p.code for p in problems] == ["M01"] * conflicts


@given(TEXTS)
def test_equal_texts_have_equal_numbers_as_they_come_and_ranks_in_order(texts: list[str]) -> None:
    column = pa.chunked_array([texts[:3], texts[3:]], pa.string())
    distinct = list(dict.fromkeys(texts))
    numbers = codes(column)
    assert numbers.tolist() == [distinct.index(text) for text in texts]
    assert firsts(numbers).tolist() == [texts.index(text) for text in distinct]
    assert ranks(column).tolist() == [sorted(distinct).index(text) for text in texts]
    if texts:
        rows = [[n for n, text in enumerate(texts) if text == one] for one in distinct]
        assert [part.tolist() for part in together(numbers)] == rows


@given(st.lists(st.sampled_from(list(product("ab", "bc", "a")))))
def test_rows_have_equal_numbers_where_all_columns_are_equal(rows: list[tuple[str, ...]]) -> None:
    columns = [pa.array([row[n] for row in rows], pa.string()) for n in range(3)]
    distinct = list(dict.fromkeys(rows))
    expected = [distinct.index(row) for row in rows]
    assert codes(*columns).tolist() == expected
    assert codes(codes(columns[0], columns[1]), codes(columns[2])).tolist() == expected
