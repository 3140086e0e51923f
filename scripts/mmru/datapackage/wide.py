"""Tables for reading and filtering, made from those of a release.

Joins have names and titles beside ids. Flat tables have names instead of ids, one row for each record, and
no lists. `load` returns a table of the release.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date

import pandas as pd
import pyarrow as pa

from mmru.io.arrow import arrow_schema
from mmru.model.schema import Column, Table

Load = Callable[[str], pd.DataFrame]

# what the columns mean that the tables themselves do not have
DESCRIPTIONS = {
    "place": "Name of the place.",
    "place_country": "Country of the place, ISO 3166-1 alpha-3.",
    "places": "Names of the places.",
    "actors": "Names of the actors, each with its parts in brackets.",
    "states": "States whose organs or officials take part, ISO 3166-1 alpha-3, in alphabetical order.",
    "witnesses": "Names of the witnesses that `origin_count` counts.",
    "sources": "Publishers of the sources, each with its date of publication.",
    "part_of": "Title of the whole to which the record belongs.",
    "details": "Figures and qualities: the code, its object, the value and the unit.",
    "terms": "Figures and conditions: the code, its object, the value and the unit.",
    "milestones": "Steps in the life of the agreement, each with its date.",
    "event": "Title of the event at which it was signed or reached.",
    "agreements": "Titles of the agreements that were signed or reached at the event.",
    "actor": "Name of the actor who reacts.",
    "actor_kind": "Kind of that actor.",
    "actor_country": "Country of that actor, ISO 3166-1 alpha-3.",
    "about": "What the reaction is about: titles, names, or the relationship at large.",
    "occasion": "Title of the event at which it was expressed.",
    "addressed_to": "Name of the actor to whom it is addressed.",
}
EVIDENCE = ["confirmation", "witnesses", "disputed_fields", "sources"]
GRADES = ["best_reliability", "best_credibility", "source_count", "origin_count", "claim_count"]
COLUMNS = {  # of the flat table of each of these tables
    "events": [
        *("event_id", "date", "title", "event_type", "status", "place", "actors", "states", "sectors"),
        *(*EVIDENCE, "summary", "details", "agreements", "part_of", "place_country"),
        *("date_earliest", "date_latest", "date_precision", "date_basis", "as_of"),
        *("plover_type", "plover_mode", "cameo_code", "goldstein", *GRADES),
    ],
    "agreements": [
        *("agreement_id", "signed", "title", "agreement_type", "status", "actors", "states", "sectors"),
        *("places", *EVIDENCE, "summary", "terms", "milestones", "event", "part_of"),
        *("signed_earliest", "signed_latest", "date_basis", "valid_from", "valid_until", "duration_years"),
        *GRADES,
    ],
    "reactions": [
        *("reaction_id", "date", "actor", "kind", "stance", "summary", "about", "status", "voice", "topics"),
        *(*EVIDENCE, "demand", "occasion", "addressed_to", "actor_kind", "actor_country", "stance_score"),
        *("date_earliest", "date_latest", "date_precision", "date_basis", *GRADES),
    ],
}


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


def wide(load: Load, table: str) -> pd.DataFrame:
    """Return the flat table of events, agreements or reactions."""
    rows = load(table)
    key = str(rows.columns[0])
    rows = rows.assign(sources=_named(rows, "source_ids", _publications(load("sources"))))
    if "witness_ids" in rows:  # releases before 4.0.0 do not name witnesses
        rows = rows.assign(
            witnesses=_named(rows, "witness_ids", load("actors").set_index("actor_id")["name"])
        )
    add = {"events": _with_event_context, "agreements": _with_agreement_context, "reactions": _with_context}
    found = add[table](load, rows, key)
    found = found[[name for name in COLUMNS[table] if name in found]]
    listed = [name for name in ("sectors", "topics", "disputed_fields") if name in found]
    return found.assign(**{name: [_joined(cell, "; ") for cell in found[name]] for name in listed})


def wide_table(table: Table) -> Table:
    """Return the definition of the flat table of a table: its columns, those with lists as texts."""
    columns = []
    for name in COLUMNS[table.name]:
        if name in DESCRIPTIONS:
            title = name.replace("_", " ").capitalize()
            columns.append(Column(name, "string", title, DESCRIPTIONS[name], "derived"))
        else:
            column = table[name]
            columns.append(replace(column, type="string") if column.is_list else column)
    description = f"{table.description} Flat: with names instead of ids, and no lists."
    name, title = f"{table.name}_wide", f"{table.title}, flat"
    return Table(name, title, description, tuple(columns), table.primary_key, (), {})


def wide_rows(load: Load, table: Table) -> pa.Table:
    """Return the rows of a flat table, of the types of its definition."""
    rows = wide(load, table.name)
    codes = rows.select_dtypes("category").columns
    schema = arrow_schema(wide_table(table))
    return pa.Table.from_pandas(rows.astype(dict.fromkeys(codes, "str")), schema, preserve_index=False)


def _with_event_context(load: Load, rows: pd.DataFrame, key: str) -> pd.DataFrame:
    agreements = load("agreements").dropna(subset="event_id")
    titles = rows.set_index(key)["title"]
    return rows.assign(
        place=looked_up(load, rows["place_id"], "places", "name"),
        place_country=looked_up(load, rows["place_id"], "places", "country"),
        details=_gathered(rows[key], key, _measures(load("event_details"), "detail")),
        agreements=_gathered(rows[key], key, agreements.assign(text=agreements["title"])),
        part_of=rows["part_of_event_id"].map(titles),
        **_parts(load, rows[key], key, load("event_actors")),
    )


def _with_agreement_context(load: Load, rows: pd.DataFrame, key: str) -> pd.DataFrame:
    names = load("places").set_index("place_id")["name"]
    steps = load("agreement_milestones")
    steps = steps.assign(text=[_joined([m, d], " ") for m, d in zip(steps["milestone"], steps["date"])])
    steps = steps.sort_values("date_earliest", kind="stable", na_position="last")
    return rows.assign(
        places=_named(rows, "place_ids", names.to_dict()),
        terms=_gathered(rows[key], key, _measures(load("agreement_terms"), "term")),
        milestones=_gathered(rows[key], key, steps),
        event=looked_up(load, rows["event_id"], "events", "title"),
        part_of=rows["part_of_agreement_id"].map(rows.set_index(key)["title"]),
        **_parts(load, rows[key], key, load("agreement_actors")),
    )


def _with_context(load: Load, rows: pd.DataFrame, key: str) -> pd.DataFrame:
    named = reactions_with_context(load)
    evidence = {name: rows[name] for name in ("sources", "witnesses") if name in rows}
    relationship = named["about_relationship"].map({True: "the relationship at large"})
    objects = (named["about_event"], named["about_agreement"], named["about_actor"], relationship)
    about = [_joined(texts, "; ") for texts in zip(*objects)]
    return named.assign(about=about, **evidence)


def _parts(load: Load, ids: pd.Series, key: str, parts: pd.DataFrame) -> dict[str, object]:
    """Return the columns `actors` and `states` of records."""
    named = parts.assign(
        role=parts["role"].astype("str"),
        name=looked_up(load, parts["actor_id"], "actors", "name"),
        text=looked_up(load, parts["actor_id"], "actors", "state"),
    )
    grouped = named.groupby([key, "actor_id"], sort=False)
    names = grouped.agg(name=("name", "first"), roles=("role", ", ".join)).reset_index()
    names = names.assign(text=names["name"] + " (" + names["roles"] + ")")
    states = named.dropna(subset="text").drop_duplicates([key, "text"]).sort_values("text", kind="stable")
    return {"actors": _gathered(ids, key, names), "states": _gathered(ids, key, states)}


def _measures(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return rows of figures and qualities with a `text`, such as `capacity: 110 MW`."""
    values = ("" if pd.isna(value) else f"{value:,.15g}" for value in rows["value"])
    cells = zip(rows[code], values, rows["unit"], rows["text"])
    return rows.assign(text=[f"{name}: {_joined(measure, ' ')}" for name, *measure in cells])


def _publications(sources: pd.DataFrame) -> dict[str, str]:
    """Return publisher and date of each source; a publisher without a name is shown by the source's id."""
    names = sources["publisher"].fillna(sources["source_id"])
    texts = names.str.cat(" " + sources["published"], na_rep="")
    return dict(zip(sources["source_id"], texts))


def _named(rows: pd.DataFrame, column: str, names: Mapping[str, str]) -> list[str | None]:
    """Return the names of the members of a column of lists."""
    return [_joined([names[i] for i in ids], "; ") if isinstance(ids, list) else None for ids in rows[column]]


def _gathered(ids: pd.Series, key: str, rows: pd.DataFrame) -> pd.Series:
    """Return the texts of the rows of each record, joined in their order."""
    return ids.map(rows.groupby(key, sort=False)["text"].agg("; ".join))


def _joined(texts: Iterable[object] | None, between: str) -> str | None:
    """Return the texts that are not missing, joined; None without any."""
    return between.join(str(text) for text in texts or () if text and pd.notna(text)) or None


def dyads(load: Load) -> pd.DataFrame:
    """Return the pairs of states in each event, with the parts that each side has."""
    parts = load("event_actors")
    states = looked_up(load, parts["actor_id"], "actors", "state")
    parts = parts.assign(state=states, role=parts["role"].astype("str"))
    sides = parts.dropna(subset="state").sort_values(["event_id", "state", "role"], kind="stable")
    sides = sides.groupby(["event_id", "state"])["role"].agg(lambda roles: "; ".join(dict.fromkeys(roles)))
    pairs = sides.reset_index().merge(sides.reset_index(), on="event_id", suffixes=("_1", "_2"))
    pairs = pairs[pairs["state_1"] < pairs["state_2"]]
    about = ["date_earliest", "date_latest", "event_type", "status", "confirmation", "title"]
    events = load("events")[["event_id", *about]]
    actors = load("actors")[["iso3", "cow_code"]].dropna()
    numbers = actors.set_index("iso3")["cow_code"]
    pairs = pairs.assign(cow_1=pairs["state_1"].map(numbers), cow_2=pairs["state_2"].map(numbers))
    columns = ["event_id", "state_1", "state_2", "cow_1", "cow_2", "role_1", "role_2"]
    return pairs[columns].merge(events, on="event_id").reset_index(drop=True)


def between(rows: pd.DataFrame, start: str | date, end: str | date) -> pd.DataFrame:
    """Return the rows whose date can lie in a period; raise ValueError as `mmru.between` does."""
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    if first > last:
        raise ValueError(f"the first day, {first:%Y-%m-%d}, is after the last, {last:%Y-%m-%d}")
    names = (name.removesuffix("_earliest") for name in rows.columns if name.endswith("_earliest"))
    bounds = next((name for name in names if f"{name}_latest" in rows), "")
    if not bounds:
        raise ValueError("the rows have no columns …_earliest and …_latest; load all columns")
    earliest, latest = rows[f"{bounds}_earliest"], rows[f"{bounds}_latest"]
    dated = earliest.notna() | latest.notna()
    return rows[dated & ~(earliest > last) & ~(latest < first)]
