"""Shared by the tests of the exports: the published tables, and tables with arbitrary values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa
import yaml_rs
from conftest import ROOT
from hypothesis import strategies as st
from mmru.io.arrow import to_arrow
from mmru.io.tables import from_parquet
from mmru.model.schema import Schemas
from mmru.seeds.reader import read_schemas

Rows = dict[str, list[dict[str, Any]]]
SCHEMAS = read_schemas(ROOT)


@dataclass(frozen=True)
class Published:
    """The published tables, and the content of seeds/dataset.yaml."""

    tables: Mapping[str, pa.Table]
    schemas: Schemas
    about: Mapping[str, Any]

    @cached_property
    def rows(self) -> Rows:
        """The rows of the tables, for reading only."""
        return {name: table.to_pylist() for name, table in self.tables.items()}


def published() -> Published:
    about: Any = yaml_rs.loads((ROOT / "seeds/dataset.yaml").read_text("utf-8"), parse_datetime=False)
    tables = {n: from_parquet(ROOT / f"data/{n}.parquet", table) for n, table in SCHEMAS.tables.items()}
    return Published(tables, SCHEMAS, dict(about))


def tables_of(rows: Rows) -> dict[str, pa.Table]:
    """Return all tables, with these rows only."""
    return {name: to_arrow(table, rows.get(name, [])) for name, table in SCHEMAS.tables.items()}


# every character that text in Arrow can hold: control characters, quotes, those beyond the basic plane
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
TEXTS = st.lists(TEXT, min_size=1, max_size=3)
DAYS = st.dates(date(1000, 1, 1), date(9999, 12, 31))
NUMBERS = st.floats(-1e14, 1e14, allow_nan=False)
ONE: dict[str, dict[str, Any]] = {
    "actors": {"actor_id": "ada", "kind": "person"},
    "places": {"place_id": "pl-x", "kind": "city"},
    "sources": {
        **{"source_id": "src-x", "publisher_kind": "unknown", "language": "en", "publisher_actor_id": "ada"},
        **{"text_extent": "whole", "extent_basis": "implied"},
        **{"reliability": "F", "origin": "ada", "origin_side": "unknown", "claim_count": 1},
    },
    "claims": {
        **{"claim_id": "c-0", "record_table": "actors", "record_id": "ada", "source_id": "src-x"},
        **{"field": "identity", "language": "en", "basis": "stated", "credibility": 3},
    },
    "rulings": {"record_table": "actors", "record_id": "ada", "field": "identity"},
}
FILLED: dict[str, dict[str, Any]] = {
    "actors": {
        **{"name": TEXT, "description": TEXT, "aliases": st.none() | TEXTS},
        "gw_code": st.none() | st.integers(-(10**14), 10**14),
    },
    "places": {"name": TEXT, "latitude": st.none() | NUMBERS},
    "sources": {"title": st.none() | TEXT, "reliability_reason": TEXT, "rights": TEXT, "retrieved": DAYS},
    "claims": {"value": TEXT, "original": st.none() | TEXT, "agrees": st.booleans()},
    "rulings": {"chosen_value": TEXT, "rejected_values": TEXTS, "reason": TEXT, "decided": DAYS},
}


@st.composite
def hostile(draw: st.DrawFn) -> Rows:
    """Return a row with arbitrary cells for each of some tables, which together have every type."""
    return {
        name: [{**fixed, **{column: draw(values) for column, values in FILLED[name].items()}}]
        for name, fixed in ONE.items()
    }


def as_published(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows as in the tables: null for a missing column, dates as dates."""
    published_rows: list[dict[str, Any]] = to_arrow(SCHEMAS.tables[table], rows).to_pylist()
    return published_rows
