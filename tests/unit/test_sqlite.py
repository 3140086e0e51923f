"""SQLite: cells, constraints, keys, indexes, views with names, and the search."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exported import SCHEMAS, Published, Rows, as_published, hostile, published, tables_of
from hypothesis import given, settings
from mmru.export.sqlite import VIEWS, to_sqlite
from mmru.io.arrow import to_arrow
from mmru.model.schema import Column, Schemas, Table

ABOUT = {"version": "1.0.0"}


@pytest.fixture(scope="module")
def data() -> Published:
    return published()


@pytest.fixture(scope="module")
def path(data: Published, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sqlite") / "mmru.sqlite"
    to_sqlite(data.tables, data.schemas, data.about, made)
    return made


@pytest.fixture
def database(path: Path) -> Iterator[sqlite3.Connection]:
    found = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    found.row_factory = sqlite3.Row
    yield found
    found.close()


def rows_of(database: sqlite3.Connection, name: str) -> list[dict[str, Any]]:
    """Return the rows of a table, converted back from JSON, ISO dates, 0 and 1."""
    table = SCHEMAS.tables[name]
    keys = ", ".join(f'"{key}"' for key in table.primary_key)
    rows = []
    for row in map(dict, database.execute(f'SELECT * FROM "{name}" ORDER BY {keys}')):
        for column in table.columns:
            value = row[column.name]
            if column.is_list and value is not None:
                row[column.name] = json.loads(value)
            if column.type == "boolean" and value is not None:
                assert value in (0, 1)
                row[column.name] = bool(value)
        rows.append(row)
    return as_published(name, rows)


def test_every_cell_equals_the_table(data: Published, database: sqlite3.Connection) -> None:
    for name in SCHEMAS.tables:
        assert rows_of(database, name) == data.rows[name]


@settings(deadline=None, max_examples=50)
@given(hostile())
def test_any_cell_survives_the_round_trip(rows: Rows) -> None:
    tables = tables_of(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hostile.sqlite"
        to_sqlite(tables, SCHEMAS, ABOUT, path)
        database = sqlite3.connect(path)
        database.row_factory = sqlite3.Row
        for name, table in tables.items():
            assert rows_of(database, name) == table.to_pylist()
        database.close()


def test_names_and_codes_are_quoted(tmp_path: Path) -> None:
    columns = (
        Column('i"d', "string", "Id", "An id.", "editorial", {"required": True}),
        Column("select", "list", "List", "Two\nlines; -- and 'more'.", "editorial"),
        Column("o'clock", "string", "Code", "A code.", "coded", {"enum": ["it's", 'say "so"']}),
    )
    odd = Table('t"; x', "Odd", "An odd table.", columns, ('i"d',), (("o'clock", 't"; x', 'i"d'),), {})
    rows = [{'i"d': "it's", "select": ["é", ";"], "o'clock": "it's"}]
    tables = {odd.name: to_arrow(odd, rows)}
    to_sqlite(tables, Schemas({odd.name: odd}, {}), ABOUT, tmp_path / "odd.sqlite")
    database = sqlite3.connect(tmp_path / "odd.sqlite")
    found = database.execute('SELECT "i""d", "select", "o\'clock" FROM "t""; x"').fetchall()
    assert found == [("it's", '["é", ";"]', "it's")]
    [(written,)] = database.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name LIKE 't%'")
    assert "-- Two lines; -- and 'more'.\n" in written


def test_types_keys_and_required_columns_match_the_schemas(database: sqlite3.Connection) -> None:
    types = {"integer": "INTEGER", "boolean": "INTEGER", "number": "REAL"}
    strict = {r["name"]: r["strict"] for r in database.execute("PRAGMA table_list")}
    for name, table in SCHEMAS.tables.items():
        columns = database.execute(f'PRAGMA table_info("{name}")').fetchall()
        wanted = [(c.name, types.get(c.type, "TEXT"), int(c.required)) for c in table.columns]
        assert [(c["name"], c["type"], c["notnull"]) for c in columns] == wanted
        keys = sorted((c["pk"], c["name"]) for c in columns if c["pk"])
        assert tuple(key for _, key in keys) == table.primary_key
        foreign = database.execute(f'PRAGMA foreign_key_list("{name}")').fetchall()
        assert {(f["from"], f["table"], f["to"]) for f in foreign} == set(table.foreign_keys)
        assert strict[name] == 1


def test_the_database_is_intact_and_has_an_application_id(database: sqlite3.Connection) -> None:
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert [r[0] for r in database.execute("PRAGMA integrity_check")] == ["ok"]
    assert database.execute("PRAGMA application_id").fetchone()[0].to_bytes(4) == b"mmru"


def test_the_version_is_the_user_version(tmp_path: Path) -> None:
    for version in ("2.13.4", "2.13.4-dev"):
        to_sqlite(tables_of({}), SCHEMAS, {"version": version}, tmp_path / "x.sqlite")
        found = sqlite3.connect(tmp_path / "x.sqlite").execute("PRAGMA user_version").fetchone()
        assert found == (21304,)


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "FOREIGN KEY constraint failed": ("events", {"place_id": "pl-nowhere"}),
    "CHECK constraint failed": ("events", {"status": "perhaps"}),
    "NOT NULL constraint failed: actors.name": ("actors", {"name": None}),
    "UNIQUE constraint failed: events.event_id": ("events", {"event_id": "ev-coup-2021"}),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_broken_constraint_raises_and_writes_nothing(said: str, data: Published, tmp_path: Path) -> None:
    name, wrong = WRONG[said]
    first, *others = data.rows[name]
    rows = {**data.rows, name: [first | wrong, *others]}
    with pytest.raises(sqlite3.IntegrityError, match=re.escape(said)):
        to_sqlite(tables_of(rows), SCHEMAS, ABOUT, tmp_path / "x.sqlite")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET sectors = '{\"a\": 1}' WHERE event_id = 'ev-coup-2021'",
        "UPDATE events SET date_latest = '2021-2-1' WHERE event_id = 'ev-coup-2021'",
        "UPDATE claims SET agrees = 2",
        "UPDATE claims SET line = 'first'",
    ],
)
def test_checks_refuse_values_of_the_wrong_type(change: str, path: Path) -> None:
    copy = sqlite3.connect(":memory:")
    copy.deserialize(path.read_bytes())
    with pytest.raises(sqlite3.IntegrityError):
        copy.execute(change)


def test_json_each_reads_lists(data: Published, database: sqlite3.Connection) -> None:
    query = "SELECT event_id, value FROM events, json_each(sectors) ORDER BY event_id, key"
    wanted = [(r["event_id"], sector) for r in data.rows["events"] for sector in r["sectors"] or ()]
    assert [tuple(row) for row in database.execute(query)] == wanted


def test_descriptions_are_comments_in_the_schema(database: sqlite3.Connection) -> None:
    written = {r["name"]: r["sql"] for r in database.execute("SELECT name, sql FROM sqlite_master")}
    for name, table in SCHEMAS.tables.items():
        assert table.description in written[name]
        for column in table.columns:
            assert f"-- {column.description}\n" in written[name]
    for name, (said, _) in VIEWS.items():
        assert said in written[name]


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (
            "claims WHERE record_table = 'events' AND record_id = 'x'",
            "claims_by_record_table_record_id_field",
        ),
        ("claims WHERE source_id = 'x'", "claims_by_source_id"),
        ("events WHERE date_latest >= '2022'", "events_by_date_latest"),
        ("event_actors WHERE actor_id = 'x'", "event_actors_by_actor_id"),
        ("event_actors WHERE event_id = 'x'", "sqlite_autoindex_event_actors_1"),
    ],
)
def test_common_filters_use_an_index(asked: str, index: str, database: sqlite3.Connection) -> None:
    [plan] = database.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {asked}")
    assert f"USING INDEX {index} " in plan["detail"]


def of_view(database: sqlite3.Connection, name: str) -> list[dict[str, Any]]:
    return [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')]


def named(data: Published, table: str, column: str) -> dict[str | None, str | None]:
    key = SCHEMAS.tables[table].primary_key[0]
    return {None: None} | {row[key]: row[column] for row in data.rows[table]}


def joined(parts: list[str], end: str = "; ") -> str | None:
    return end.join(parts) or None


def test_events_have_the_names_of_place_and_actors(data: Published, database: sqlite3.Connection) -> None:
    places, actors = named(data, "places", "name"), named(data, "actors", "name")
    titles = named(data, "events", "title")
    seen = {row["event_id"]: row for row in of_view(database, "events_with_names")}
    for row in data.rows["events"]:
        made = seen.pop(row["event_id"])
        parts = [r for r in data.rows["event_actors"] if r["event_id"] == row["event_id"]]
        acting = sorted((p["role"], actors[p["actor_id"]]) for p in parts)
        assert made["actors"] == joined([f"{role}: {name}" for role, name in acting])
        assert (made["place"], made["part_of"]) == (places[row["place_id"]], titles[row["part_of_event_id"]])
        assert all(made[name] == row[name] for name in ("title", "status", "date", "claim_count"))
    assert not seen


def test_parts_in_events_have_the_names_of_event_and_actor(
    data: Published, database: sqlite3.Connection
) -> None:
    actors, titles = named(data, "actors", "name"), named(data, "events", "title")
    wanted = [
        (titles[r["event_id"]], r["role"], r["side"], actors[r["actor_id"]])
        for r in data.rows["event_actors"]
    ]
    rows = of_view(database, "event_actors_with_names")
    made = [(r["title"], r["role"], r["side"], r["actor"]) for r in rows]
    assert sorted(made, key=str) == sorted(wanted, key=str)


def test_agreements_have_the_names_of_parties_milestones_and_places(
    data: Published, database: sqlite3.Connection
) -> None:
    actors, places = named(data, "actors", "name"), named(data, "places", "name")
    seen = {row["agreement_id"]: row for row in of_view(database, "agreements_with_names")}
    for row in data.rows["agreements"]:
        made = seen.pop(row["agreement_id"])
        parts = [r for r in data.rows["agreement_actors"] if r["agreement_id"] == row["agreement_id"]]
        parties = sorted(str(actors[p["actor_id"]]) for p in parts if p["role"] == "party")
        others = sorted((p["role"], str(actors[p["actor_id"]])) for p in parts if p["role"] != "party")
        assert made["parties"] == joined(parties)
        assert made["other_actors"] == joined([f"{role}: {name}" for role, name in others])
        assert made["places"] == joined([str(places[p]) for p in row["place_ids"] or ()])
        steps = [r for r in data.rows["agreement_milestones"] if r["agreement_id"] == row["agreement_id"]]
        shown = {f"{s['milestone']} {s['date']}" if s["date"] else s["milestone"] for s in steps}
        assert set((made["milestones"] or "").split("; ")) - {""} == shown
        dated = sorted(s["date_earliest"] for s in steps if s["date_earliest"] and s["date"].isascii())
        firsts = [s for s in steps if s["date_earliest"] == (dated[0] if dated else None)]
        if dated and not [s for s in steps if s["date_latest"] and not s["date_earliest"]]:
            assert made["milestones"].split("; ")[0] in [f"{s['milestone']} {s['date']}" for s in firsts]
        titles = named(data, "events", "title")
        assert made["event"] == (titles[row["event_id"]] if row["event_id"] else None)
    assert not seen


def test_reactions_have_the_names_of_holder_and_subject(
    data: Published, database: sqlite3.Connection
) -> None:
    actors, events = named(data, "actors", "name"), named(data, "events", "title")
    agreements = named(data, "agreements", "title")
    seen = {row["reaction_id"]: row for row in of_view(database, "reactions_with_names")}
    for row in data.rows["reactions"]:
        made = seen.pop(row["reaction_id"])
        assert made["holder"] == actors[row["actor_id"]]
        assert made["about_event"] == events[row["about_event_id"]]
        assert made["about_agreement"] == agreements[row["about_agreement_id"]]
        assert made["about_actor"] == actors[row["about_actor_id"]]
        assert made["occasion"] == events[row["occasion_event_id"]]
        assert made["addressed_to"] == actors[row["addressed_to_actor_id"]]
    assert not seen


def test_claims_have_the_names_of_record_source_and_speaker(
    data: Published, database: sqlite3.Connection
) -> None:
    actors, sources = named(data, "actors", "name"), {r["source_id"]: r for r in data.rows["sources"]}
    labels = {
        n: named(data, n, SCHEMAS.tables[n].label) for n in ("actors", "events", "agreements", "reactions")
    }
    seen = {row["claim_id"]: row for row in of_view(database, "claims_with_names")}
    for row in data.rows["claims"]:
        made, source = seen.pop(row["claim_id"]), sources[row["source_id"]]
        assert made["record"] == labels[row["record_table"]][row["record_id"]]
        assert made["source"] == (source["title"] or row["source_id"])
        assert made["publisher"] == source["publisher"]
        assert made["speaker"] == actors[row["attributed_to_actor_id"]]
    assert not seen


def search(database: sqlite3.Connection, words: str) -> list[tuple[str, str]]:
    query = "SELECT record_table, record_id FROM search WHERE search MATCH ? ORDER BY rank"
    return [tuple(row) for row in database.execute(query, (words,))]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("title: nuclear memorandum", ("agreements", "ag-nuclear-power-plant-2025")),
        ("megawatts", ("agreements", "ag-nuclear-power-plant-2025")),  # a text of its terms
        ("names: shoigu", ("events", "ev-visit-shoigu-myanmar-2026-02")),
        ("baron", ("reactions", "re-baron-on-leverage-2022")),  # the holder's name
        ("artem", ("actors", "artyom-lukin")),  # another name
        ("卢金", ("actors", "artyom-lukin")),
        ("peak", ("sources", "src-irrawaddy-2023-09-15")),
        ("novosibirsk", ("places", "pl-novosibirsk")),
    ],
)
def test_a_word_finds_its_record(words: str, found: tuple[str, str], database: sqlite3.Connection) -> None:
    assert found in search(database, words)


def test_the_search_stems_words_and_ranks_titles_first(database: sqlite3.Connection) -> None:
    assert search(database, "sanctions") == search(database, "sanction")
    query = "SELECT title FROM search WHERE search MATCH 'lavrov' ORDER BY rank"
    in_title = ["Lavrov" in title for (title,) in database.execute(query)]
    assert len(set(in_title)) == 2
    # a title weighs more than the text or a name
    assert all(in_title[:5])


def test_every_record_is_found_by_its_label_and_its_demand(
    data: Published, database: sqlite3.Connection
) -> None:
    for name, table in SCHEMAS.tables.items():
        for row in data.rows[name] if table.label else ():
            for words in (row[table.label], row.get("demand")):
                if words:
                    key = row[table.primary_key[0]]
                    assert (name, key) in search(database, '"' + words.replace('"', '""') + '"')


def test_a_hit_has_the_rowid_of_its_record(data: Published, database: sqlite3.Connection) -> None:
    found = 0
    for name, table in SCHEMAS.tables.items():
        if table.label:
            key = table.primary_key[0]
            query = f'SELECT count(*) FROM "{name}" t JOIN search s ON s.rowid = t.rowid WHERE s.record_id = t."{key}"'
            [(count,)] = database.execute(query)
            assert count == len(data.rows[name])
            found += count
    assert found == database.execute("SELECT count(*) FROM search").fetchone()[0]
