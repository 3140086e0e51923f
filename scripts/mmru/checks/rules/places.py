"""Rules on geography: coordinates, countries and the wholes in which places and actors are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from narwhals import col

from mmru.checks.registry import Frame, RuleContext, any_of, rows_of, rule
from mmru.checks.standards import countries
from mmru.checks.times import of_nearest_whole

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
    rows = _abroad(ctx)
    # firms, media and persons may work abroad
    return rows.filter(col("kind").is_in(WITHIN_STATES)) if ctx.table.name == "actors" else rows


@rule(
    "P34",
    "actors",
    "its country differs from that of its state or organisation",
    "is it really based in another country?",
)
def at_home_in_its_whole(ctx: RuleContext) -> Frame:
    return _abroad(ctx).filter(~col("kind").is_in(WITHIN_STATES))


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
    return rows.filter(any_of(away))


def _nearest_country(ctx: RuleContext) -> Frame:
    """Return the country of each place: its own, or that of the nearest whole that has one."""
    rows = _by_key(ctx)
    found = ((key, row["country"] or _of_whole(ctx, rows, key)) for key, row in rows.items())
    return ctx.texts([ctx.key, "country_of_place"], found)


def _abroad(ctx: RuleContext) -> Frame:
    """Return the rows whose country is not that of the nearest whole that has one."""
    rows = _by_key(ctx)
    found = ctx.texts([ctx.key, "of_whole"], ((key, _of_whole(ctx, rows, key)) for key in rows))
    return ctx.rows.join(found, on=ctx.key, how="inner").filter(col("country") != col("of_whole"))


def _by_key(ctx: RuleContext) -> dict[str, dict[str, Any]]:
    key = ctx.key
    rows = ctx.to_dicts(ctx.rows.select(key, f"part_of_{key}", "country"))
    return {row[key]: row for row in rows if row[key] is not None}


def _of_whole(ctx: RuleContext, rows: Mapping[str, Mapping[str, Any]], key: str) -> str | None:
    """Return the country of the nearest whole that has one; None where there is none."""
    country: str | None = of_nearest_whole(rows, key, f"part_of_{ctx.key}", "country")
    return country
