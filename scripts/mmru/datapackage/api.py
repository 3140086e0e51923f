"""What a user of the data calls: load, describe, join, cite. pandas and pyarrow are imported when called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from mmru.datapackage.installed import known, known_text, release
from mmru.errors import Unknown

if TYPE_CHECKING:
    import pandas as pd

    from mmru.model.schema import Table


class Text(str):
    """A text of several lines, shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Entry(Text):
    """A text in Markdown, which notebooks render."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


def version() -> str:
    """The version of the data, which is that of the package."""
    return str(release().about["version"])


def load(
    table: str,
    columns: str | Iterable[str] | None = None,
    ids: str | Iterable[str] | None = None,
    source: Literal["parquet", "csv"] = "parquet",
) -> pd.DataFrame:
    """A table of the dataset as a DataFrame, equal from Parquet and from CSV.

    `columns` names those wanted, in their order; by default all. `ids` names the records whose
    rows are wanted, in their order, by the first column of the key that holds ids: `event_id` in
    events and in event_actors. A retired id gives the record to which it was redirected.

    What a column is in its schema decides its type:

    | schema | pandas |
    | --- | --- |
    | string | `str`, pandas' text |
    | string with a list of codes | `category`, unordered, with all codes in the order of the schema |
    | integer | `Int64` |
    | number | `float64` |
    | boolean | `boolean` |
    | date | `datetime64[us]` |
    | list | `object`: lists of Python |

    An empty cell is missing (`isna()`), an empty list too. EDTF dates are texts; the columns
    `…_earliest` and `…_latest` beside them are dates.

    Raises Unknown where there is no such table, column, record or source, or the record was
    withdrawn, and Damaged where a file is missing or is not as it was released.
    """
    from mmru.datapackage.frames import SOURCES, frame, id_column, read, rows_of

    held = release()
    found = held.table(table)
    names = found.names if columns is None else _several(columns)
    for name in names:
        known("column", name, found.names, of=table)
    known("source", source, SOURCES)
    if ids is None:
        return frame(found, names, read(held, found, names, source))
    rows = read(held, found, [*names, id_column(found)], source)
    return frame(found, names, rows_of(held, found, _several(ids), rows))


def tables() -> pd.DataFrame:
    """The tables, in the order in which data flow: name, title, rows, columns, key, description."""
    import pandas as pd

    held = release()
    return pd.DataFrame(
        [
            {
                "table": table.name,
                "title": table.title,
                "rows": held.rows(table.name),
                "columns": len(table.columns),
                "key": list(table.primary_key),
                "description": table.description,
            }
            for table in held.tables.values()
        ]
    )


def describe(table: str, column: str | None = None) -> Entry:
    """The codebook's entry of a table, or of one of its columns with the codes it allows, as Markdown.

    Raises Unknown where there is no such table or column.
    """
    from mmru.export.codebook import column_entry, table_entry

    held = release()
    found = held.table(table)
    if column is None:
        lines = table_entry(found)
    else:
        lines = column_entry(held.schemas, found, found[known("column", column, found.names, of=table)])
    # links into the codebook lead nowhere outside of it
    return Entry(re.sub(r"\[([^]]+)]\(#[^)]+\)", r"`\1`", "\n".join(lines)))


def resolve(record: str) -> str:
    """The id under which a record stands now: its own, or the one to which it was redirected.

    Raises Unknown where there is no such record, or it was withdrawn.
    """
    held = release()
    return known("record", held.current(known_text("record", record)), held.records)


def claims_for(record: str, field: str | None = None) -> pd.DataFrame:
    """The claims about a record, or those that a source makes, field by field: what, by whom, and where.

    `field` is a claimed column of the record (`status`), a field of its helper rows
    (`actors.visitor`) or what such fields begin with (`actors`). Beside the columns of claims there
    are `publisher`, `source_title`, `source_url` and `speaker`, the name of whom the article gives
    as its source; where that is missing, the article says it itself. Raises Unknown where there is
    no such record or field, and where the column is not claimed.
    """
    held = release()
    current = resolve(record)
    table = held.records[current]
    claims = load("claims")
    claims = claims[claims["source_id" if table == "sources" else "record_id"] == current]
    if field is not None:
        known_text("field", field)
        asked = claims["field"].str.split(".").str[0].isin([field]) | (claims["field"] == field)
        if not asked.any():
            _claimable(held.table(table), field, current, [*held.claimable(table), *claims["field"]])
        claims = claims[asked]
    claims = claims.sort_values(["field", "source_id", "line", "char_start"], kind="stable")
    sources = load("sources", ["source_id", "publisher", "title", "url"])
    claims = claims.merge(
        sources.rename(columns={"title": "source_title", "url": "source_url"}), on="source_id", how="left"
    )
    return claims.assign(speaker=_looked_up(claims["attributed_to_actor_id"], "actors", "name"))


def events_with_actors() -> pd.DataFrame:
    """Events, one row for each part that an actor has in one; an event without actors has one row.

    Beside the columns of events there are `place` (its name), `actor_id`, `role`, `side`, `actor`
    (the name), `actor_kind` and `actor_country`.
    """
    events = load("events")
    events = events.assign(place=_looked_up(events["place_id"], "places", "name"))
    return _with_actor(events.merge(load("event_actors"), on="event_id", how="left"))


def agreements_with_actors() -> pd.DataFrame:
    """Agreements, one row for each part that an actor has in one; one without actors has one row.

    Beside the columns of agreements there are `actor_id`, `role`, `actor` (the name), `actor_kind`
    and `actor_country`.
    """
    return _with_actor(load("agreements").merge(load("agreement_actors"), on="agreement_id", how="left"))


def reactions_with_context() -> pd.DataFrame:
    """Reactions, with the names of who reacts and who is addressed, and the titles of what it is about.

    Beside the columns of reactions there are `actor` (the holder's name), `actor_kind`,
    `actor_country`, `addressed_to`, `about_actor` (names), `occasion`, `about_event` and
    `about_agreement` (titles).
    """
    reactions = _with_actor(load("reactions"))
    named = {
        "addressed_to": ("addressed_to_actor_id", "actors", "name"),
        "about_actor": ("about_actor_id", "actors", "name"),
        "occasion": ("occasion_event_id", "events", "title"),
        "about_event": ("about_event_id", "events", "title"),
        "about_agreement": ("about_agreement_id", "agreements", "title"),
    }
    return reactions.assign(
        **{new: _looked_up(reactions[ids], table, name) for new, (ids, table, name) in named.items()}
    )


def cite(style: Literal["apa", "bibtex", "ris"] = "apa") -> Text:
    """How to cite the version that is installed, in the style of APA 7, as BibTeX or as RIS.

    Raises Unknown where there is no such style.
    """
    from mmru.export.citation import STYLES

    return Text(STYLES[known("style", style, STYLES)](release().about))


def _claimable(table: Table, field: str, record: str, fields: list[str]) -> None:
    """Raise Unknown where a record has no such field, or one of which nobody claims anything."""
    if field in table.names and (kind := table[field].kind) != "claimed":
        said = f"{table.name}.{field} is {kind} and has no claims"
        raise Unknown(f"{said}; mmru.describe('{table.name}', '{field}') says where it is from")
    known("field", field, fields, of=record)


def _several(names: str | Iterable[str]) -> list[str]:
    if isinstance(names, str):
        return [names]
    if not isinstance(names, Iterable):
        raise Unknown(f"a name, or several, is wanted, not {names!r}")
    return list(dict.fromkeys(names))


def _with_actor(rows: pd.DataFrame) -> pd.DataFrame:
    actors = load("actors", ["actor_id", "name", "kind", "country"])
    names = {"name": "actor", "kind": "actor_kind", "country": "actor_country"}
    return rows.merge(actors.rename(columns=names), on="actor_id", how="left")


def _looked_up(ids: pd.Series, table: str, column: str) -> pd.Series:
    """For each id, a column of the row that has it."""
    key = release().table(table).primary_key[0]
    return ids.map(load(table, [key, column]).set_index(key)[column])
