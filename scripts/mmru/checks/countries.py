"""What is known of each country of ISO 3166-1: where it lies, and its numbers as a state.

countries.csv has a bounding box in degrees, rounded outwards to a tenth, and the codes of the state in the
list of Gleditsch and Ward and in the Correlates of War. A box whose west is greater than its east crosses
the antimeridian. The boxes are computed from Natural Earth 4.1 at 1:10 million, as the npm package
world-atlas 2.0.2 has it; that of Ukraine includes Crimea, as does that of Russia. The codes are those on
which country_converter 1.3.2 and countrycode 0.6.0 agree, and for Vietnam, Yemen, Serbia and the smallest
states those of the lists themselves: https://correlatesofwar.org/data-sets/state-system-membership/ and
http://ksgleditsch.com/data-4.html
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("countries.csv")


@dataclass(frozen=True)
class Country:
    """A country: its box, None where it has none, and the codes of its state, None where it is no state."""

    iso3: str
    west: float | None
    south: float | None
    east: float | None
    north: float | None
    gw_code: int | None
    cow_code: int | None

    def contains(self, latitude: float, longitude: float) -> bool:
        """Return whether a point lies within the box; true without a box."""
        if self.west is None or self.south is None or self.east is None or self.north is None:
            return True
        if not self.south <= latitude <= self.north:
            return False
        if self.west <= self.east:
            return self.west <= longitude <= self.east
        return longitude >= self.west or longitude <= self.east


@cache
def countries() -> dict[str, Country]:
    """Return the countries of the list by their alpha-3 codes."""
    with LIST.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["iso3"]: _country(row) for row in rows}


def _country(row: dict[str, str]) -> Country:
    west, south, east, north = (float(row[n]) if row[n] else None for n in ("west", "south", "east", "north"))
    gw_code, cow_code = (int(row[n]) if row[n] else None for n in ("gw_code", "cow_code"))
    return Country(row["iso3"], west, south, east, north, gw_code, cow_code)
