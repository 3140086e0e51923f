"""All registered records, with their names and what the built tables say about them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from mmru.curating.names import Name, Names, spellings, words
from mmru.datapackage.open import built_package
from mmru.errors import raise_errors
from mmru.io.yaml_file import Document, mappings
from mmru.model.edtf import Span, parse
from mmru.seeds.definitions import tables
from mmru.seeds.reader import REGISTRY
from mmru.verify import PACKAGE

_DATES = ("date", "signed", "valid_from")  # the first of these columns that a record has dates it
_NAMES = ("name", "name_my", "name_ru", "name_zh")
_CLAIMED = ("record_id", "field", "value", "source_id", "line")
# countries whose people have no family names
_WITHOUT_SURNAMES = ("MMR",)


class Claim(NamedTuple):
    """What one source says about a record, and in which line."""

    record: str
    field: str
    value: str
    source: str
    line: int | None


@dataclass(frozen=True)
class Entry:
    """A registered record: its row in the registry, and its row in the built tables if it has one.

    `claims` are about the record or, for an actor or a place, name it; `linked` has the records that
    its claims name.
    """

    id: str
    table: str
    registered: Mapping[str, Any]
    built: Mapping[str, Any]
    claims: tuple[Claim, ...]
    linked: Set[str]

    @property
    def label(self) -> str:
        """Its title or name; of a reaction its summary."""
        row = {**self.built, **self.registered}
        return next((str(row[name]) for name in ("title", "name", "summary") if row.get(name)), "")

    @cached_property
    def names(self) -> list[str]:
        """The names of an actor or place, in all scripts."""
        aliases = self.registered.get("aliases") or []
        return [str(name) for name in (*map(self.registered.get, _NAMES), *aliases) if name]

    @property
    def date(self) -> str:
        return next((str(self.built[name]) for name in _DATES if self.built.get(name)), "")

    @cached_property
    def span(self) -> Span | None:
        """The days of its date."""
        return parse(self.date) if self.date else None

    @property
    def status(self) -> str:
        return str(self.built.get("status") or "")

    @cached_property
    def own_words(self) -> set[str]:
        """The words of its id and of its title or names."""
        return set(words(" ".join([self.id.replace("-", " "), self.label, *self.names])))

    @cached_property
    def other_words(self) -> set[str]:
        """The words of its description and codes."""
        codes = [self.built.get(name) or "" for name in ("event_type", "agreement_type", "kind", "stance")]
        listed = [self.built.get(name) or [] for name in ("sectors", "topics")]
        described = [self.registered.get(name) or "" for name in ("summary", "description", "kind")]
        parts = [*map(str, described), *map(str, codes), *(str(code) for codes in listed for code in codes)]
        return set(words(" ".join(parts).replace("-", " ")))


class Entries:
    """The registered records by id, and the names of actors and places."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.by_id = {entry.id: entry for entry in entries}

    @cached_property
    def names(self) -> Names:
        return Names(name for entry in self.by_id.values() for name in _spellings(entry))

    @cached_property
    def linked_to(self) -> dict[str, list[Entry]]:
        """The records whose claims name a record, by its id."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.by_id.values():
            for other in entry.linked:
                found[other].append(entry)
        return found


def read_entries(root: Path) -> Entries:
    """Return the registered records of the dataset in `root`, with what its built tables say.

    A record that is registered but not yet built has no claims. Raise InvalidDataset.
    """
    definitions = tables(root)
    registry = {name: Document.read(root, f"seeds/registry/{name}.yaml") for name in REGISTRY}
    raise_errors(problem for document in registry.values() for problem in document.problems)
    keys = {name: definitions[name].primary_key[0] for name in REGISTRY}
    registered = [
        (name, str(row[keys[name]]), row)
        for name, document in registry.items()
        for _, row in mappings(document.data)
        if keys[name] in row
    ]
    ids = {record for _, record, _ in registered}
    rows, claims = _built(root, keys)
    about, naming, linked = defaultdict(list), defaultdict(list), defaultdict(set)
    for claim in claims:
        about[claim.record].append(claim)
        if claim.value in ids and claim.value != claim.record:
            naming[claim.value].append(claim)
            linked[claim.record].add(claim.value)
    return Entries(
        Entry(record, table, row, rows.get(record, {}), (*about[record], *naming[record]), linked[record])
        for table, record, row in registered
    )


def _built(root: Path, keys: Mapping[str, str]) -> tuple[dict[str, dict[str, Any]], Iterator[Claim]]:
    """Return the rows of the built tables by record, and all claims; nothing if there are no tables yet."""
    if not (root / PACKAGE).exists():
        return {}, iter(())
    package = built_package(root)
    rows: dict[str, dict[str, Any]] = {}
    for name, key in keys.items():
        rows |= {row[key]: row for row in package.rows(name).to_pylist()}
    columns = (column.to_pylist() for column in package.rows("claims", _CLAIMED).columns)
    return rows, (Claim(*values) for values in zip(*columns, strict=True))


def _spellings(entry: Entry) -> Iterator[Name]:
    if entry.table not in ("actors", "places"):
        return
    is_person = entry.registered.get("kind") == "person"
    has_surname = entry.registered.get("country") not in _WITHOUT_SURNAMES
    for name in entry.names:
        yield from spellings(name, entry.id, is_person=is_person, has_surname=has_surname)
