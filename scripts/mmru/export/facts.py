"""What several formats state of the dataset: its authors, its articles, and the paths of its files.

`about` is the content of seeds/dataset.yaml, which `about_of` finds in datapackage.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

About = Mapping[str, Any]
Listed = Mapping[str, Any]  # what datapackage.json says of a file

METADATA = "docs/metadata"  # for metadata that need not be in the top folder
SKOS = f"{METADATA}/vocabularies.ttl"
RO_CRATE = "ro-crate-metadata.json"
CODEBOOK = "docs/codebook.md"


@dataclass(frozen=True)
class Article:
    """An article; its title is its id where it has none.

    `earliest` and `latest` bound the day of publication; they are None if it is unknown.
    """

    title: str
    publisher: str
    url: str | None
    language: str
    earliest: date | None
    latest: date | None

    @property
    def day(self) -> str | None:
        """Return the day of publication (ISO 8601), or None if it is not known to the day."""
        return str(self.earliest) if self.earliest and self.earliest == self.latest else None

    @property
    def year(self) -> str | None:
        """Return the year of publication, or None if it is unknown."""
        return year_of(self.earliest, self.latest)


def year_of(earliest: date | None, latest: date | None) -> str | None:
    """Return the year of a date with these bounds, or None if it may be of several years."""
    return str(latest.year) if earliest and latest and earliest.year == latest.year else None


def articles(tables: Mapping[str, pa.Table]) -> list[Article]:
    """Return the articles in the table of sources, in the order of their ids."""
    names = dict(zip(*(tables["actors"][name].to_pylist() for name in ("actor_id", "name"))))
    wanted = ("title", "source_id", "publisher_actor_id", "url", "language")
    bounds = ("published_earliest", "published_latest")
    columns = (tables["sources"][name].to_pylist() for name in (*wanted, *bounds))
    return [
        Article(title or source_id, names[publisher], *rest)
        for title, source_id, publisher, *rest in zip(*columns)
    ]


def about_of(descriptor: Mapping[str, Any]) -> About:
    """Return what seeds/dataset.yaml says of the dataset, from datapackage.json; raise KeyError."""
    about = {key.removeprefix("mmru:"): value for key, value in descriptor.items()}
    others = whole_description({**about, "description": ""})
    description = about["description"].removesuffix(others)
    return {**about, "description": description, "released": about["created"][:10]}


def whole_description(about: About) -> str:
    """Return what the data are, who coded them, and what they cannot show, for formats with one text."""
    return " ".join(about[key] for key in ("description", "methods", "limits") if key in about)


def authors(about: About) -> list[str]:
    """Return the contributors in the role of creator, or all contributors where none has that role."""
    everyone = [person["title"] for person in about["contributors"]]
    return [p["title"] for p in about["contributors"] if "creator" in p.get("roles", ())] or everyone


def other_contributors(about: About) -> list[str]:
    """Return the contributors who are not authors."""
    return [p["title"] for p in about["contributors"] if p["title"] not in authors(about)]


def without_empty(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping without the keys whose value is None or empty."""
    return {key: value for key, value in values.items() if value not in (None, [], {})}


def to_json(value: object) -> bytes:
    """Return a value as JSON: UTF-8, two blanks a level, a line feed at the end."""
    import orjson

    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
