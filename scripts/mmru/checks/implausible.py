"""What is valid but hard to believe: rules whose breach is a warning, not an error."""

from __future__ import annotations

from datetime import timedelta

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.engine import Frame
from mmru.checks.registry import Rule, Tables, registrar, within, without

RULES: list[Rule] = []
rule = registrar(RULES)

LONGEST_VISIT = timedelta(days=31)


@rule("P01", "events", "a visit that lasts longer than a month", "is one of its dates wrong?")
def visits_are_short(every: Tables) -> Frame:
    ends = ["date_earliest", "date_latest"]
    visits = every.rows.filter((col("event_type") == "visit") & (col("date_precision") == "interval"))
    stays = [tuple(row.values()) for row in every.told(visits.select(*ends).unique())]
    long = [(start, end) for start, end in stays if start and end and end - start >= LONGEST_VISIT]
    listed = {name: pa.array([stay[n] for stay in long], pa.date32()) for n, name in enumerate(ends)}
    return within(visits, every.engine.lookup(pa.table(listed)), ends)


@rule(
    "P02",
    "events",
    "it has happened only after a source that reports it was published",
    "is its date, its status or the date of the source wrong?",
)
def reported_after_the_event(every: Tables) -> Frame:
    reports = every["claims"].filter((col("field") == "status") & (col("value") == "occurred"))
    published = every["sources"].select("source_id", "published_latest")
    days = reports.join(published, on="source_id", how="inner")
    first = days.group_by("record_id").agg(col("published_latest").min().alias("reported"))
    rows = every.rows.join(first, left_on="event_id", right_on="record_id", how="inner")
    return rows.filter(col("date_earliest") > col("reported"))


@rule(
    "P03",
    "agreements",
    "it is signed, but names no event at which it was signed",
    "code milestones.signed.event_id with an event of type signing",
)
def signed_at_an_event(every: Tables) -> Frame:
    signings = every["events"].filter(col("event_type") == "signing")
    signed = every["agreement_milestones"].filter(col("milestone") == "signed")
    somewhere = within(signed, signings, ["event_id"])
    return without(within(every.rows, signed, ["agreement_id"]), somewhere, ["agreement_id"])


@rule(
    "P04",
    "actors places",
    "no record and no claim names it",
    "remove it, or code what an article says of it",
)
def registered_for_something(every: Tables) -> Frame:
    key = every.table.primary_key[0]
    named = []
    for other in every.schemas.tables.values():
        for column in other.columns:
            if other.target(column.name) == every.table.name:
                cells = every[other.name].select(col(column.name).alias(key)).filter(~col(key).is_null())
                named.append(cells.explode(key) if column.is_list else cells)
    return without(every.rows, nw.concat(named).unique(), [key])
