"""Joins of tables that show names and titles beside ids; `load` returns a table of a release."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

Load = Callable[[str], "pd.DataFrame"]


def looked_up(load: Load, ids: pd.Series, table: str, column: str) -> pd.Series:
    """Return for each id a column of the row that has it."""
    rows = load(table)
    return ids.map(rows.set_index(str(rows.columns[0]))[column])


def events_with_actors(load: Load) -> pd.DataFrame:
    """Return events, with a row for each actor's part in one, or one row without actors."""
    events = load("events")
    events = events.assign(place=looked_up(load, events["place_id"], "places", "name"))
    return _with_actor(load, events.merge(load("event_actors"), on="event_id", how="left"))


def agreements_with_actors(load: Load) -> pd.DataFrame:
    """Return agreements, with a row for each actor's part in one, or one row without actors."""
    agreements, parts = load("agreements"), load("agreement_actors")
    return _with_actor(load, agreements.merge(parts, on="agreement_id", how="left"))


def reactions_with_context(load: Load) -> pd.DataFrame:
    """Return reactions, with the names of actors and the titles of what each reaction is about."""
    reactions = _with_actor(load, load("reactions"))
    named = {
        "addressed_to": ("addressed_to_actor_id", "actors", "name"),
        "about_actor": ("about_actor_id", "actors", "name"),
        "occasion": ("occasion_event_id", "events", "title"),
        "about_event": ("about_event_id", "events", "title"),
        "about_agreement": ("about_agreement_id", "agreements", "title"),
    }
    return reactions.assign(
        **{new: looked_up(load, reactions[ids], table, name) for new, (ids, table, name) in named.items()}
    )


def _with_actor(load: Load, rows: pd.DataFrame) -> pd.DataFrame:
    actors = load("actors")[["actor_id", "name", "kind", "country"]]
    names = {"name": "actor", "kind": "actor_kind", "country": "actor_country"}
    return rows.merge(actors.rename(columns=names), on="actor_id", how="left")
