"""The articles behind the dataset, as metadata formats cite them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("title", "source_id", "publisher_actor_id", "url", "language")
BOUNDS = ("published_earliest", "published_latest")


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
        known = self.earliest and self.latest and self.earliest.year == self.latest.year
        return f"{self.earliest:%Y}" if known else None


def articles(tables: Mapping[str, pa.Table]) -> list[Article]:
    """Return the articles in the table of sources, in the order of their ids."""
    names = dict(zip(*(tables["actors"][name].to_pylist() for name in ("actor_id", "name"))))
    columns = (tables["sources"][name].to_pylist() for name in (*COLUMNS, *BOUNDS))
    return [
        Article(title or source_id, names[publisher], *rest)
        for title, source_id, publisher, *rest in zip(*columns)
    ]
