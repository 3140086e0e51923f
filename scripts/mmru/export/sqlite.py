"""The tables as one SQLite database: views that join names, a search over all records, and datasette."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlite_utils import Database
from sqlite_utils.db import quote_identifier as quoted

from mmru.export.facts import About, authors, to_json, whole_description, without_empty
from mmru.model.schema import Column, Schemas, Table
from mmru.model.version import numbers

Rows = Mapping[str, list[dict[str, Any]]]

APPLICATION_ID = int.from_bytes(b"mmru")  # by which the program `file` can recognise the database
TYPES = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}  # all others are TEXT
INDEXES = {"claims": [("record_table", "record_id", "field")]}  # beside those on foreign keys and dates
SEARCH_COLUMNS = ("rowid", "record_table", "record_id", "title", "text", "names")
# A word in the title weighs more than one in the text, and that more than the name of an actor or a place.
# sqlite-utils makes a search of one table only; this one covers all.
SEARCH = """
CREATE VIRTUAL TABLE search USING fts5 (
  record_table UNINDEXED, record_id UNINDEXED, title, text, names,
  tokenize = 'porter unicode61 remove_diacritics 2'
);
INSERT INTO search (search, rank) VALUES ('rank', 'bm25(0, 0, 10, 4, 1)');
"""
# Without words it finds nothing: an empty text would be an error, an empty phrase is none.
FIND = """\
SELECT record_table, record_id, title, snippet(search, -1, '[', ']', '…', 24) AS found
FROM search WHERE search MATCH coalesce(nullif(escape_fts(:words), ''), '""') ORDER BY rank"""
_VIEWS = Path(__file__).with_name("views.sql").read_text("utf-8")
# description and query of each view, by name
VIEWS = {name: rest for name, *rest in re.findall(r"^-- (\w+): (.+)\n((?:.+\n)*.+)", _VIEWS, re.MULTILINE)}


def to_sqlite(tables: Mapping[str, pa.Table], schemas: Schemas, about: About, path: Path) -> None:
    """Write all tables, the views and the search into a new SQLite database at `path`.

    Lists are JSON arrays, dates ISO 8601 text, booleans 0 and 1, empty cells NULL. The bytes are the
    same for the same tables and version of SQLite. SQLite 3.37 or newer reads them, since the tables
    are STRICT. `PRAGMA user_version` is the version, 10203 for 1.2.3. Raise sqlite3.IntegrityError
    if rows break a constraint of the schemas; then nothing is written.
    """
    rows: Rows = {name: tables[name].to_pylist() for name in schemas.tables}
    major, minor, patch = numbers(about["version"])
    db = Database(memory=True, execute_plugins=False)
    try:
        db.executescript("PRAGMA page_size = 4096; PRAGMA encoding = 'UTF-8'; PRAGMA foreign_keys = ON")
        for table in schemas.tables.values():
            db.execute(_create_table(table))
        db.executescript(SEARCH)
        with db.atomic():
            # keys may refer to rows that come later
            db.execute("PRAGMA defer_foreign_keys = ON")
            _insert(db, rows, schemas)
        for table in schemas.tables.values():
            for columns in _indexes(table):
                db.table(table.name).create_index(columns, f"{table.name}_by_{'_'.join(columns)}")
        for name, (description, query) in VIEWS.items():
            db.create_view(name, f"-- {description}\n{query}")
        db.table("search").optimize()
        version = major * 10_000 + minor * 100 + patch
        db.executescript(f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {version}; VACUUM")
        path.write_bytes(db.conn.serialize())
    finally:
        db.close()


def _create_table(table: Table) -> str:
    """Return the statement that creates a table.

    Descriptions are comments, which `.schema` shows. sqlite-utils can make neither these nor the CHECKs.
    """

    def key(names: Iterable[str]) -> str:
        return f"({', '.join(map(quoted, names))})"

    parts = [(_column(column), f" -- {' '.join(column.description.split())}") for column in table.columns]
    parts.append((f"PRIMARY KEY {key(table.primary_key)}", ""))
    for column, target, target_key in table.foreign_keys:
        parts.append((f"FOREIGN KEY {key([column])} REFERENCES {quoted(target)} {key([target_key])}", ""))
    *lines, last = (f"  {part},{comment}" for part, comment in parts)
    head = f"CREATE TABLE {quoted(table.name)} ( -- {' '.join(table.description.split())}"
    return "\n".join([head, *lines, last.removesuffix(","), ") STRICT"])


def _column(column: Column) -> str:
    name = quoted(column.name)
    check = ""
    if allowed := column.constraints.get("enum"):
        texts = ("'" + text.replace("'", "''") + "'" for text in allowed)
        check = f"{name} IN ({', '.join(texts)})"
    elif column.is_list:
        check = f"json_type({name}) = 'array'"
    elif column.type == "boolean":
        check = f"{name} IN (0, 1)"
    elif column.type == "date":
        check = f"date({name}) IS {name}"
    parts = [name, TYPES.get(column.type, "TEXT"), "NOT NULL" if column.required else ""]
    return " ".join(filter(None, [*parts, f"CHECK ({check})" if check else ""]))


def _indexes(table: Table) -> list[tuple[str, ...]]:
    """Return the columns of each index; the primary key has an index already."""
    keys = [(key,) for key, _, _ in table.foreign_keys if key != table.primary_key[0]]
    dates = [(column.name,) for column in table.columns if column.type == "date"]
    return [*keys, *dates, *INDEXES.get(table.name, [])]


def _insert(db: Database, rows: Rows, schemas: Schemas) -> None:
    """Insert all rows, and into the search a row with the same rowid for each record.

    A rowid is used in one table only, so that one search serves datasette's pages of all tables.
    """
    rowids = count(1)
    for name, table in schemas.tables.items():
        numbered = [(next(rowids), *row.values()) for row in rows[name]]
        db.table(name).insert_all(chain([("rowid", *table.names)], numbered))
        if table.label:
            found = (
                (rowid, name, *document)
                for (rowid, *_), document in zip(numbered, _documents(table, rows, schemas))
            )
            db.table("search").insert_all(chain([SEARCH_COLUMNS], found))


def _documents(table: Table, rows: Rows, schemas: Schemas) -> Iterator[tuple[str, str, str, str]]:
    """Yield id, title, text and names of each record for the search.

    The text is that of the record and of its helper rows; the names are those of the actors and places
    that either refers to.
    """
    key = table.primary_key[0]
    labels = {n: t.primary_key[0] for n, t in schemas.tables.items() if "name" in t.names}
    known = {name: {row[own_key]: row["name"] for row in rows[name]} for name, own_key in labels.items()}
    texts: dict[str, dict[str, None]] = defaultdict(dict)  # sets that keep their order
    names: dict[str, dict[str, None]] = defaultdict(dict)
    for part in (table, *schemas.helpers(table.name)):
        for column in part.columns:
            referred = known.get(part.target(column.name), {})
            for row in rows[part.name]:
                cell = row[column.name]
                values = cell if isinstance(cell, list) else [] if cell is None else [cell]
                if _is_prose(column):
                    texts[row[key]].update(dict.fromkeys(values))
                names[row[key]].update({referred[value]: None for value in values if value in referred})
    for row in rows[table.name]:
        title = row[table.label] or row[key]
        words, others = (
            "\n".join(t for t in found[row[key]] if t and t != title) for found in (texts, names)
        )
        yield row[key], title, words, others


def _is_prose(column: Column) -> bool:
    """Return whether a column holds words, rather than codes, ids, dates or figures."""
    form = column.vocabulary or column.format or column.references or column.constraints.get("pattern")
    return column.type in ("string", "list") and column.kind != "derived" and not form


def datasette_metadata(about: About, schemas: Schemas, database: str) -> bytes:
    """Return the metadata.json with which datasette (0.65) shows the database of that name."""
    licence = about["licenses"][0]
    tables = {name: _datasette_table(table) for name, table in schemas.tables.items()}
    tables |= {name: {"description": description} for name, (description, _) in VIEWS.items()}
    queries = {"find": {"title": "Search all records", "sql": FIND}}
    metadata = {
        "title": about["title"],
        "description": whole_description(about),
        "license": licence["title"],
        "license_url": licence["path"],
        "source": f"{', '.join(authors(about))}, version {about['version']}, {about['released']}",
        "source_url": about.get("homepage"),
        "databases": {database: {"tables": tables, "queries": queries}},
    }
    return to_json(without_empty(metadata))


def _datasette_table(table: Table) -> dict[str, Any]:
    """Return how datasette shows a table: what its columns mean, and what to search, count and sort by.

    Units are part of the descriptions: datasette's own `units` fails on those that the library Pint lacks.
    """
    facets = [c for c in table.columns if c.vocabulary and c.kind in ("claimed", "editorial")]
    shown: dict[str, Any] = {
        "title": table.title,
        "description": table.description,
        "columns": {
            c.name: f"{c.description} Unit: {c.unit}." if c.unit else c.description for c in table.columns
        },
        "facets": [{"array": c.name} if c.is_list else c.name for c in facets],
        "facet_size": 100,  # more than any vocabulary that is counted has codes; 30 by default
    }
    if name := table.label:
        # datasette would write None for an empty label
        shown["label_column"] = name if table[name].required else table.primary_key[0]
        shown |= {"fts_table": "search", "fts_pk": "rowid"}
    if date := next((c.name for c in table.columns if c.type == "date"), ""):
        shown["sort_desc"] = date
    return shown
