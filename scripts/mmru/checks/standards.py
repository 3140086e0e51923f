"""Countries of ISO 3166-1 with their boxes and state numbers; language tags of BCP 47 with their scripts.

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
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LIST = Path(__file__).with_name("countries.csv")
# the first word of the Unicode names of a script's letters
NAMES = {
    **{"Latn": ("LATIN",), "Cyrl": ("CYRILLIC",), "Grek": ("GREEK",), "Mymr": ("MYANMAR",)},
    **{"Thai": ("THAI",), "Laoo": ("LAO",), "Khmr": ("KHMER",), "Deva": ("DEVANAGARI",)},
    **{"Beng": ("BENGALI",), "Taml": ("TAMIL",), "Arab": ("ARABIC",), "Hebr": ("HEBREW",)},
    **{"Armn": ("ARMENIAN",), "Geor": ("GEORGIAN",), "Hang": ("HANGUL",)},
    **{"Hani": ("CJK",), "Jpan": ("CJK", "HIRAGANA", "KATAKANA"), "Kore": ("HANGUL", "CJK")},
    **{"Hans": ("CJK",), "Hant": ("CJK",)},
}
WRITTEN_IN = {
    "Latn": "en fr de es it pt nl sv da no nb nn fi et lv lt pl cs sk hu ro sl hr sq tr vi id ms tl cnh kac",
    "Cyrl": "ru uk be bg mk ky tg",
    **{"Mymr": "my shn ksw mnw rki", "Hani": "zh yue lzh", "Jpan": "ja", "Kore": "ko", "Thai": "th"},
    **{"Laoo": "lo", "Khmr": "km", "Deva": "hi mr ne", "Beng": "bn as", "Taml": "ta", "Arab": "ar fa ur"},
    **{"Hebr": "he yi", "Grek": "el", "Armn": "hy", "Geor": "ka"},
}
SCRIPTS = {language: script for script, languages in WRITTEN_IN.items() for language in languages.split()}


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


@cache
def is_language(tag: str) -> bool:
    """Return whether a tag is a language, and a script and a region if it has them, in this order.

    A language that has a code of two letters in ISO 639 is written with it.
    """
    import pycountry

    language, *others = tag.split("-")
    found = (
        pycountry.languages.get(alpha_2=language)
        if len(language) == 2
        else pycountry.languages.get(alpha_3=language)
    )
    if not found or (len(language) == 3 and hasattr(found, "alpha_2")):
        return False
    if others and len(others[0]) == 4 and pycountry.scripts.get(alpha_4=others[0]):
        others = others[1:]
    if others and len(others[0]) == 2:
        return len(others) == 1 and pycountry.countries.get(alpha_2=others[0]) is not None
    return not others


def is_written_in(text: str, tag: str, *, latin: bool) -> bool:
    """Return whether a text with letters has one of the script of its language; true if that is not known.

    With `latin`, Latin letters alone fit any language, as they do in names and units.
    """
    language, *others = tag.split("-")
    script = others[0] if others and others[0] in NAMES else SCRIPTS.get(language)
    found = scripts_of(text)
    if script is None or not found:
        return True
    return not found.isdisjoint((*NAMES[script], "LATIN") if latin else NAMES[script])


def scripts_of(text: str) -> set[str]:
    """Return the scripts of the letters of a text, as Unicode names them: LATIN, CYRILLIC, CJK."""
    return {_script(character) for character in set(text) if character.isalpha()}


@cache
def _script(letter: str) -> str:
    return unicodedata.name(letter, "?").split()[0]
