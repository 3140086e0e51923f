"""Merging all claims at once gives the same result as comparing claim with claim."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import polars as pl
import pyarrow as pa
from exported import SCHEMAS
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.errors import Position
from mmru.model import edtf
from mmru.model.claim import BASES
from mmru.pipeline.merge import PUBLICATION, VALUES, merge, narrowest

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
            st.sampled_from("abcdefghij"),
            st.just(said[0]),
            st.just(said[1]),
            st.sampled_from("st"),
            st.sampled_from(BASES),
            st.just("events"),
            st.just(3),
        )
    ),
    min_size=30,
    max_size=90,
)


def covers(field: str, wide: str, narrow: str) -> bool:
    return edtf.parse(wide).contains(edtf.parse(narrow)) if field == "date" else wide == narrow


# ten records in each example: it costs hardly more than one
@settings(max_examples=20, deadline=None)
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
    merged = merge(
        rows,
        pl.DataFrame(schema=PUBLICATION),
        (),
        SCHEMAS,
        {},
        lambda row: Position("seeds/articles/a.yaml", row + 1),
    )
    expected, conflicts = [], 0
    for address in sorted({c.address for c in claims}):
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
    found = merged.values.select(VALUES.names()).rows()
    assert found == expected
    assert [p.code for p in merged.problems] == ["M01"] * conflicts
