"""datasette shows the database: titles, descriptions, search, keys with labels, and counts."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import ROOT, not_here
from exported import SCHEMAS, Published, published
from mmru.export.sqlite import VIEWS, datasette_metadata, to_sqlite

pytestmark = pytest.mark.slow

DATASETTE = ROOT / ".venv-validators" / "bin" / "datasette"
Get = Callable[[str], str]


@pytest.fixture(scope="module")
def data() -> Published:
    return published()


@pytest.fixture(scope="module")
def path(data: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("datasette") / "mmru.sqlite"
    to_sqlite(data.tables, data.schemas, data.about, database)
    return database


@pytest.fixture(scope="module")
def get(data: Published, path: Path) -> Get:
    """Return a function that gets a page from datasette itself."""
    if not DATASETTE.is_file():
        not_here("datasette is not installed: run make .venv-validators/ready")
    metadata = path.with_name("metadata.json")
    metadata.write_bytes(datasette_metadata(data.about, data.schemas, path.stem))

    def page(address: str) -> str:
        command: list[str | Path] = [DATASETTE, path, "-m", metadata, "--get", address]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr or ran.stdout
        return ran.stdout

    return page


def test_datasette_shows_title_licence_and_version(data: Published, get: Get) -> None:
    page = get("/")
    assert f"<h1>{data.about['title']}</h1>" in page
    assert html.escape(data.about["description"]) in page
    assert 'href="https://creativecommons.org/licenses/by/4.0/">Creative Commons Attribution' in page
    assert f"contributors, version {data.about['version']}, {data.about['released']}" in page


def test_datasette_shows_descriptions_of_tables_columns_and_views(get: Get) -> None:
    page = html.unescape(get("/mmru/agreements"))
    table = SCHEMAS.tables["agreements"]
    assert table.description in page
    for column in table.columns:
        assert column.description in page
    assert f"{table['duration_years'].description} Unit: years." in page
    for name, (said, _) in VIEWS.items():
        assert said in html.unescape(get(f"/mmru/{name}"))


def test_every_page_of_datasette_opens(data: Published, get: Get) -> None:
    for name in SCHEMAS.tables:
        page = json.loads(get(f"/mmru/{name}.json?_shape=objects&_size=max&_facet_size=max"))
        assert page["filtered_table_rows_count"] == len(data.rows[name])


def test_datasette_searches_a_table_and_all_records(get: Get) -> None:
    found = json.loads(get("/mmru/agreements.json?_shape=array&_search=megawatts"))
    assert "ag-nuclear-power-plant-2025" in [row["agreement_id"] for row in found]
    assert 'name="_search"' in get("/mmru/events")
    asked = quote('nuclear "')
    assert json.loads(get("/mmru/find.json?_shape=array")) == []
    everywhere = json.loads(get(f"/mmru/find.json?_shape=array&words={asked}"))
    assert {"events", "agreements", "reactions"} <= {row["record_table"] for row in everywhere}
    assert all(row["record_id"] and row["title"] for row in everywhere)


def test_datasette_labels_foreign_keys(get: Get) -> None:
    page = get("/mmru/event_actors?event_id=ev-coup-2021")
    assert re.search(r'<a href="/mmru/events/ev-coup-2021">[^<]*Coup in Myanmar', html.unescape(page))
    [row] = json.loads(get("/mmru/claims.json?_shape=array&_size=1&_labels=on"))
    # a source without a title is called by its id, not None
    assert row["source_id"]["label"] == row["source_id"]["value"]


def test_datasette_counts_facets_and_sorts_by_date(data: Published, get: Get) -> None:
    page = json.loads(get("/mmru/events.json?_shape=objects"))
    assert set(page["facet_results"]) == {"event_type", "status", "sectors"}
    counted = {r["value"]: r["count"] for r in page["facet_results"]["sectors"]["results"]}
    sectors = [s for row in data.rows["events"] for s in row["sectors"] or ()]
    assert counted == {s: sectors.count(s) for s in sectors}
    # the newest first, those without a date last
    days = [row["date_earliest"] or "" for row in page["rows"]]
    assert days == sorted(days, reverse=True)
