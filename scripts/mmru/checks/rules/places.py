"""Rules on geography: coordinates, countries and the wholes in which places and actors are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.countries import countries
from mmru.checks.registry import Frame, Rule, RuleContext, rows_of, rule_decorator

RULES: list[Rule] = []
rule = rule_decorator(RULES)

COORDINATES = ["latitude", "longitude"]
NEAR = 2.0  # degrees between a place and the city or zone in which it lies
WITHIN_STATES = ["government-body", "armed-forces"]  # what has the country of its state


@rule(
    "T65",
    "places",
    "it has a latitude without a longitude, or a longitude without a latitude",
    "give both, or neither",
)
def whole_coordinates(ctx: RuleContext) -> Frame:
    return ctx.rows.filter(col("latitude").is_null() != col("longitude").is_null())


@rule(
    "T66",
    "places",
    "its coordinates lie outside its country",
    "look them up again: is a sign missing, or are latitude and longitude exchanged?",
)
def coordinates_in_country(ctx: RuleContext) -> Frame:
    rows = ctx.rows.join(_nearest_country(ctx), on="place_id", how="inner")

    def is_abroad(country: str, latitude: float, longitude: float) -> bool:
        known = countries().get(country)
        return known is not None and not known.contains(latitude, longitude)

    return ctx.where(rows, ["country_of_place", *COORDINATES], is_abroad)


@rule(
    "T67",
    "places actors",
    "its country differs from that of its whole",
    "correct the country, or what it is a part of",
)
def in_the_country_of_its_whole(ctx: RuleContext) -> Frame:
    key = ctx.table.primary_key[0]
    rows = ctx.rows.join(_country_of_whole(ctx), on=key, how="inner")
    if ctx.table.name == "actors":
        # firms, media and persons may work abroad
        rows = rows.filter(col("kind").is_in(WITHIN_STATES))
    return rows.filter(col("country") != col("country_of_whole"))


@rule(
    "P34",
    "actors",
    "its country differs from that of its state or organisation",
    "is it really based in another country?",
)
def at_home_in_its_whole(ctx: RuleContext) -> Frame:
    rows = ctx.rows.join(_country_of_whole(ctx), on="actor_id", how="inner")
    rows = rows.filter(~col("kind").is_in(WITHIN_STATES))
    return rows.filter(col("country") != col("country_of_whole"))


@rule(
    "P31",
    "places",
    "its coordinates are 0, 0, or those of another place that is not its whole",
    "look them up again",
)
def coordinates_of_its_own(ctx: RuleContext) -> Frame:
    origin = (col("latitude") == 0.0) & (col("longitude") == 0.0)
    others = ctx.rows.select(
        *COORDINATES, col("place_id").alias("other"), col("part_of_place_id").alias("whole_of_other")
    )
    pairs = ctx.rows.join(others, on=COORDINATES, how="inner").filter(col("place_id") != col("other"))
    is_whole = (col("part_of_place_id") == col("other")) | (col("whole_of_other") == col("place_id"))
    return rows_of([ctx.rows.filter(origin), pairs.filter(~is_whole.fill_null(False))])


@rule(
    "P32",
    "places",
    "its coordinates lie more than two degrees from those of the city, building or zone in which it lies",
    "look both up again",
)
def near_its_whole(ctx: RuleContext) -> Frame:
    small = ctx.rows.filter(col("kind").is_in(["city", "building", "zone"]))
    wholes = small.select(
        col("place_id").alias("whole"), col("latitude").alias("north"), col("longitude").alias("east")
    )
    rows = ctx.rows.join(wholes, left_on="part_of_place_id", right_on="whole", how="inner")
    away = [(col("latitude") - col("north")).abs() > NEAR, (col("longitude") - col("east")).abs() > NEAR]
    return rows.filter(nw.any_horizontal(*away, ignore_nulls=True))


def _nearest_country(ctx: RuleContext) -> Frame:
    """Return the country of each place: its own, or that of the nearest whole that has one."""
    rows = _by_key(ctx)
    found = {key: row["country"] or _of_wholes(rows, key) for key, row in rows.items()}
    return _lookup(ctx, found, "country_of_place")


def _country_of_whole(ctx: RuleContext) -> Frame:
    """Return for each row the country of the nearest whole that has one."""
    rows = _by_key(ctx)
    return _lookup(ctx, {key: _of_wholes(rows, key) for key in rows}, "country_of_whole")


def _by_key(ctx: RuleContext) -> dict[str, dict[str, Any]]:
    key = ctx.table.primary_key[0]
    columns = [col(key).alias("key"), col(f"part_of_{key}").alias("whole"), col("country"), col("kind")]
    return {row["key"]: row for row in ctx.to_dicts(ctx.rows.select(*columns)) if row["key"] is not None}


def _of_wholes(rows: Mapping[str, Mapping[str, Any]], key: str) -> str | None:
    """Return the country of the nearest whole that has one; None where there is none."""
    seen, whole = {key}, rows[key]["whole"]
    while whole in rows and whole not in seen:
        if (country := rows[whole]["country"]) is not None:
            return str(country)
        seen.add(whole)
        whole = rows[whole]["whole"]
    return None


def _lookup(ctx: RuleContext, found: Mapping[str, str | None], name: str) -> Frame:
    columns = {ctx.table.primary_key[0]: list(found), name: list(found.values())}
    return ctx.lookup({column: pa.array(values, pa.string()) for column, values in columns.items()})
