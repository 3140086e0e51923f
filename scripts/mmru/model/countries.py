"""The countries of ISO 3166-1 by their names."""

from __future__ import annotations

from functools import cache


@cache
def codes_named(name: str) -> list[str]:
    """Return the alpha-3 codes of the countries whose names begin with a name; none where no name does."""
    import pycountry

    begin = name.casefold()
    return [
        country.alpha_3
        for country in pycountry.countries
        if any(
            str(getattr(country, kind, "")).casefold().startswith(begin)
            for kind in ("name", "common_name", "official_name")
        )
    ]
