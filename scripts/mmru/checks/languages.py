"""Language tags of BCP 47: language, script and region; and the scripts in which languages are written."""

from __future__ import annotations

import unicodedata
from functools import cache

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
