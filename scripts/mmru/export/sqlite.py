"""The tables as one SQLite database: views that join names, a search over all records, and datasette."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from mmru.model.schema import Column, Schemas, Table

Row = dict[str, Any]
Rows = Mapping[str, list[Row]]

APPLICATION = int.from_bytes(b"mmru")  # by which the program `file` can tell the database from others
TYPES = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}  # all else is TEXT
INDEXES = {"claims": [("record_table", "record_id", "field")]}  # beside those on foreign keys and dates
# a word in the title weighs more than one in the text, and more than the name of an actor or a place
SEARCH = """
CREATE VIRTUAL TABLE search USING fts5 (
  record_table UNINDEXED, record_id UNINDEXED, title, text, names,
  tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO search (search, rank) VALUES ('rank', 'bm25(0, 0, 10, 4, 1)');
"""
# no words find nothing: an empty phrase, where the empty text would be an error
FIND = """\
SELECT record_table, record_id, title, snippet(search, -1, '[', ']', '…', 24) AS found
FROM search WHERE search MATCH coalesce(nullif(escape_fts(:words), ''), '""') ORDER BY rank"""

# each with what a row of it is; `role: name` and the like are joined with `; `
VIEWS = {
    "events_with_names": (
        "Events with the names of place and actors, the actors as `role: name`.",
        """
SELECT e.event_id, e.title, e.event_type, e.status, e.date, e.date_earliest, e.date_latest, e.date_basis,
  p.name AS place, p.country AS place_country,
  (SELECT group_concat(named, '; ') FROM (
    SELECT x.role || ': ' || a.name AS named FROM event_actors x JOIN actors a USING (actor_id)
    WHERE x.event_id = e.event_id ORDER BY x.role, a.name)) AS actors,
  e.sectors, w.title AS part_of, e.summary, e.source_count, e.origin_count, e.claim_count
FROM events e
LEFT JOIN places p USING (place_id)
LEFT JOIN events w ON w.event_id = e.part_of_event_id""",
    ),
    "event_actors_with_names": (
        "One row for each part that an actor has in an event, with the event's title, date and place.",
        """
SELECT x.event_id, e.title, e.event_type, e.status, e.date, e.date_earliest, e.date_latest,
  p.name AS place, x.role, x.side, x.actor_id, a.name AS actor, a.kind AS actor_kind,
  a.country AS actor_country
FROM event_actors x
JOIN events e USING (event_id)
JOIN actors a USING (actor_id)
LEFT JOIN places p USING (place_id)""",
    ),
    "agreements_with_names": (
        "Agreements with the names of their parties, other actors (`role: name`) and places, and their "
        "milestones, each with its date, in the order of time.",
        """
SELECT g.agreement_id, g.title, g.agreement_type, g.status,
  (SELECT group_concat(name, '; ') FROM (
    SELECT a.name FROM agreement_actors x JOIN actors a USING (actor_id)
    WHERE x.agreement_id = g.agreement_id AND x.role = 'party' ORDER BY a.name)) AS parties,
  (SELECT group_concat(named, '; ') FROM (
    SELECT x.role || ': ' || a.name AS named FROM agreement_actors x JOIN actors a USING (actor_id)
    WHERE x.agreement_id = g.agreement_id AND x.role <> 'party' ORDER BY x.role, a.name)) AS other_actors,
  (SELECT group_concat(step, '; ') FROM (
    SELECT m.milestone || coalesce(' ' || m.date, '') AS step FROM agreement_milestones m
    WHERE m.agreement_id = g.agreement_id
    ORDER BY coalesce(m.date_earliest, m.date_latest, '9999'), m.milestone, m.sequence)) AS milestones,
  (SELECT group_concat(name, '; ') FROM (
    SELECT p.name FROM json_each(g.place_ids) i JOIN places p ON p.place_id = i.value
    ORDER BY i.key)) AS places,
  g.sectors, g.signed, g.signed_earliest, g.signed_latest, g.valid_from, g.valid_until, g.duration_years,
  e.title AS event, s.title AS supersedes, g.summary, g.source_count, g.origin_count, g.claim_count
FROM agreements g
LEFT JOIN events e USING (event_id)
LEFT JOIN agreements s ON s.agreement_id = g.supersedes_agreement_id""",
    ),
    "reactions_with_names": (
        "Reactions with the name of the holder and the titles of what they are about; where no event, "
        "agreement or actor is named, they are about the relationship at large.",
        """
SELECT r.reaction_id, h.name AS holder, h.kind AS holder_kind, h.country AS holder_country, r.kind,
  r.stance, r.stance_score, r.topics, r.summary, r.demand, r.date, r.date_earliest, r.date_latest, r.status,
  e.title AS about_event, g.title AS about_agreement, a.name AS about_actor, o.title AS occasion,
  t.name AS addressed_to, r.source_count, r.origin_count, r.claim_count
FROM reactions r
JOIN actors h USING (actor_id)
LEFT JOIN events e ON e.event_id = r.about_event_id
LEFT JOIN agreements g ON g.agreement_id = r.about_agreement_id
LEFT JOIN actors a ON a.actor_id = r.about_actor_id
LEFT JOIN events o ON o.event_id = r.occasion_event_id
LEFT JOIN actors t ON t.actor_id = r.addressed_to_actor_id""",
    ),
    "claims_with_names": (
        "Claims with what their record is called, with title, publisher and date of the source, and with "
        "the name of whom the source cites; a source without a title is shown by its id.",
        """
SELECT c.claim_id, c.record_table, c.record_id, coalesce(e.title, g.title, r.summary, a.name) AS record,
  c.field, c.value, c.original, c.agrees, c.basis, c.reason, c.credibility,
  coalesce(s.title, s.source_id) AS source, s.publisher, s.published, s.reliability,
  n.name AS speaker, c.source_id, c.line, c.char_start, c.char_end, c.language
FROM claims c
JOIN sources s USING (source_id)
LEFT JOIN events e ON c.record_table = 'events' AND e.event_id = c.record_id
LEFT JOIN agreements g ON c.record_table = 'agreements' AND g.agreement_id = c.record_id
LEFT JOIN reactions r ON c.record_table = 'reactions' AND r.reaction_id = c.record_id
LEFT JOIN actors a ON c.record_table = 'actors' AND a.actor_id = c.record_id
LEFT JOIN actors n ON n.actor_id = c.attributed_to_actor_id""",
    ),
}


def to_sqlite(tables: Mapping[str, pa.Table], schemas: Schemas, about: Mapping[str, Any], path: Path) -> None:
    """Write all tables, the views and the search into a new SQLite database at `path`.

    Lists are JSON arrays, dates ISO 8601 text, booleans 0 and 1, empty cells NULL. The bytes are the
    same for the same tables and version of SQLite; SQLite 3.37 or newer reads them, for the tables
    are STRICT. `PRAGMA user_version` is the version, 10203 for 1.2.3. Raises sqlite3.IntegrityError
    where rows break a constraint of the schemas; then nothing is written.
    """
    rows: Rows = {name: tables[name].to_pylist() for name in schemas.tables}
    database = sqlite3.connect(":memory:", isolation_level=None)
    try:
        database.executescript("PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA foreign_keys = ON")
        for table in schemas.tables.values():
            database.execute(_table(table))
        database.executescript(SEARCH)
        # keys may lead to rows that come later: they are held to account at the end
        database.executescript("BEGIN; PRAGMA defer_foreign_keys = ON")
        _fill(database, rows, schemas)
        database.execute("COMMIT")
        for statement in (*_indexes(schemas), *_views()):
            database.execute(statement)
        database.executescript(
            f"INSERT INTO search (search) VALUES ('optimize');"
            f"PRAGMA application_id = {APPLICATION};"
            f"PRAGMA user_version = {_number(about['version'])}; VACUUM"
        )
        path.write_bytes(database.serialize())
    finally:
        database.close()


def _number(version: str) -> int:
    major, minor, patch = map(int, version.partition("-")[0].split("."))
    return major * 10_000 + minor * 100 + patch


def _name(name: str) -> str:
    """An identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    """A text, quoted."""
    return "'" + text.replace("'", "''") + "'"


def _names(names: Iterable[str]) -> str:
    return f"({', '.join(map(_name, names))})"


def _line(text: str) -> str:
    return " ".join(text.split())


def _table(table: Table) -> str:
    """The statement that makes a table, with the descriptions as comments, which `.schema` shows."""
    lines = [(_column(c), c.description) for c in table.columns]
    lines.append((f"PRIMARY KEY {_names(table.primary_key)}", ""))
    for column, target, key in table.foreign_keys:
        lines.append((f"FOREIGN KEY {_names([column])} REFERENCES {_name(target)} {_names([key])}", ""))
    ends = [","] * (len(lines) - 1) + [""]
    said = (
        f"  {part}{end}{f' -- {_line(about)}' if about else ''}" for (part, about), end in zip(lines, ends)
    )
    return (
        f"CREATE TABLE {_name(table.name)} ( -- {_line(table.description)}\n" + "\n".join(said) + "\n) STRICT"
    )


def _column(column: Column) -> str:
    name = _name(column.name)
    parts = [name, TYPES.get(column.type, "TEXT")]
    if column.required:
        parts.append("NOT NULL")
    if allowed := column.constraints.get("enum"):
        parts.append(f"CHECK ({name} IN ({', '.join(map(_text, allowed))}))")
    elif column.is_list:
        parts.append(f"CHECK (json_type({name}) = 'array')")
    elif column.type == "boolean":
        parts.append(f"CHECK ({name} IN (0, 1))")
    elif column.type == "date":
        parts.append(f"CHECK (date({name}) IS {name})")
    return " ".join(parts)


def _indexes(schemas: Schemas) -> Iterator[str]:
    for table in schemas.tables.values():
        single = [key for key, _, _ in table.foreign_keys if key != table.primary_key[0]]
        single += [c.name for c in table.columns if c.type == "date"]
        for columns in [*((name,) for name in single), *INDEXES.get(table.name, [])]:
            name = f"{table.name}_by_{'_'.join(columns)}"
            yield f"CREATE INDEX {_name(name)} ON {_name(table.name)} {_names(columns)}"


def _views() -> Iterator[str]:
    for name, (about, select) in VIEWS.items():
        yield f"CREATE VIEW {_name(name)} AS -- {about}{select}"


def _fill(database: sqlite3.Connection, rows: Rows, schemas: Schemas) -> None:
    """Fill the tables, and the search with a row of the same rowid for each row that has a label.

    No rowid stands in two tables: so one search serves the pages of all of them.
    """
    first = 1
    documents = _Documents(rows, schemas)
    for name, table in schemas.tables.items():
        columns = ["rowid", *table.names]
        places = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {_name(name)} {_names(columns)} VALUES ({places})"
        cells = ([n, *map(_cell, row.values())] for n, row in enumerate(rows[name], first))
        database.executemany(insert, cells)
        if table.label:
            found = ([n, *documents.of(table, row)] for n, row in enumerate(rows[name], first))
            insert = "INSERT INTO search (rowid, record_table, record_id, title, text, names)"
            database.executemany(f"{insert} VALUES (?, ?, ?, ?, ?, ?)", found)
        first += len(rows[name])


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date) else value


def _is_prose(column: Column) -> bool:
    """Whether a column holds words, rather than codes, ids, dates or figures."""
    form = column.vocabulary or column.format or column.references or column.constraints.get("pattern")
    return column.type in ("string", "list") and column.kind != "derived" and not form


class _Documents:
    """What the search knows of each record: its own words and those of its helper rows."""

    def __init__(self, rows: Rows, schemas: Schemas) -> None:
        self._schemas = schemas
        named = {n: t.primary_key[0] for n, t in schemas.tables.items() if "name" in t.names}
        self._named = {n: {row[key]: row["name"] for row in rows[n]} for n, key in named.items()}
        self._helpers: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for table in schemas.tables.values():
            if table.helper:
                owner = schemas.tables[table.helper.of].primary_key[0]
                for row in rows[table.name]:
                    self._helpers[table.name, row[owner]].append(row)

    def of(self, table: Table, row: Row) -> tuple[str, str, str, str, str]:
        """Table, id, title, text, and the names of the actors and places that have to do with it."""
        key = row[table.primary_key[0]]
        parts = [(table, row)]
        for helper in self._schemas.helpers(table.name):
            parts += [(helper, found) for found in self._helpers[helper.name, key]]
        words = dict.fromkeys(word for part in parts for word in _words(*part))
        names = dict.fromkeys(name for part in parts for name in self._names(*part))
        title = row[table.label] or key
        text, others = ("\n".join(said for said in found if said != title) for found in (words, names))
        return table.name, key, title, text, others

    def _names(self, table: Table, row: Row) -> Iterator[str]:
        for column in table.columns:
            named = self._named.get(table.target(column.name), {})
            yield from (named[key] for key in _members(row[column.name]) if key in named)


def _words(table: Table, row: Row) -> Iterator[str]:
    for column in filter(_is_prose, table.columns):
        yield from _members(row[column.name])


def _members(value: Any) -> list[Any]:
    """The values of a cell: none, one, or those of its list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def datasette_metadata(about: Mapping[str, Any], schemas: Schemas, database: str) -> bytes:
    """The metadata.json with which datasette (0.65) shows the database of that name.

    Units stand in the descriptions of columns: datasette's own `units` are those of the library
    Pint, which fails on others.
    """
    licence = about["licenses"][0]
    makers = ", ".join(maker["title"] for maker in about["contributors"])
    made: Row = {
        "title": about["title"],
        "description": about["description"],
        "license": licence["title"],
        "license_url": licence["path"],
        "source": f"{makers}, version {about['version']}, {about['released']}",
    }
    if homepage := about.get("homepage"):
        made["source_url"] = homepage
    shown = {name: _shown(table) for name, table in schemas.tables.items()}
    shown |= {name: {"description": said} for name, (said, _) in VIEWS.items()}
    queries = {"find": {"title": "Search all records", "sql": FIND}}
    made["databases"] = {database: {"tables": shown, "queries": queries}}
    return (json.dumps(made, ensure_ascii=False, indent=2) + "\n").encode()


def _shown(table: Table) -> Row:
    """How datasette shows a table: what its columns mean, what to search, count and sort by."""
    shown: Row = {
        "title": table.title,
        "description": table.description,
        "columns": {c.name: _about(c) for c in table.columns},
        "facets": [{"array": c.name} if c.is_list else c.name for c in table.columns if _is_facet(c)],
    }
    if name := table.label:
        # what may be empty makes no label: datasette would write None in its place
        named = table[name].required
        shown |= {"label_column": name if named else table.primary_key[0]}
        shown |= {"fts_table": "search", "fts_pk": "rowid"}
    if latest := next((c.name for c in table.columns if c.type == "date"), ""):
        shown["sort_desc"] = latest
    return shown


def _about(column: Column) -> str:
    return f"{column.description} Unit: {column.unit}." if column.unit else column.description


def _is_facet(column: Column) -> bool:
    return bool(column.vocabulary) and column.kind in ("claimed", "editorial")
