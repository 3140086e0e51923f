"""Write a made-up dataset folder of any number of articles, sound and of the shape of the released one.

    python benchmarks/corpus.py make FOLDER ARTICLES [--seed 1]
    python benchmarks/corpus.py touch FOLDER NUMBER

It has what `mmru build` reads: seeds/ without codings and releases, and schemas/. About four records
are told for each article; each is told by one to six of them. Digests are made up: there is no text.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

import click
from lines import Lines
from names import WORDS, Row
from world import Fact, Record, World
from written import folded, listing, members, scalar

ROOT = Path(__file__).parents[1]
FIRST_DAY, DAYS = date(2021, 4, 1), 1700  # over which the articles are spread, however many
SIZES = (range(6, 13), (4, 5, 6, 5, 3, 2, 1))  # of records that an article tells, and how often
ORIGINALS = {"en": WORDS["words"], **WORDS["originals"]}
TABLES = {"event": "events", "agreement": "agreements", "reaction": "reactions"}
Said = tuple[Fact, str | int]


@dataclass
class Group:
    """What one place in the text says of a record."""

    says: list[Said]
    by: str
    credibility: int
    at: str = ""

    def head(self, indent: str) -> str:
        """Where it stands, who is cited for it, and how credible it is."""
        by = f"{indent}by: {self.by}\n" if self.by else ""
        return f"{indent}at: {self.at}\n{by}{indent}credibility: {self.credibility}\n"


@dataclass
class Mention:
    """A record as one article tells it; `again` where others have told it before."""

    record: Record
    groups: list[Group]
    again: bool


@dataclass
class Writer:
    """Writes articles one after the other, and keeps what the registry and the rulings must hold."""

    draw: Random
    world: World
    used: set[str] = field(default_factory=set)
    made: list[Record] = field(default_factory=list)
    rulings: list[Row] = field(default_factory=list)
    pool: list[Record] = field(default_factory=list)

    def article(self, number: int, day: date) -> tuple[str, str]:
        """The id and the extraction of one article."""
        draw = self.draw
        publisher = self.world.actor("media")
        agency = self.world.actor("media") if draw.random() < 0.2 else publisher
        self.used.add(publisher)
        source_id, language = f"src-{publisher}-{number:05d}", draw.choices([*ORIGINALS], (7, 1, 1, 1))[0]
        mentions = [self._mention(r, day) for r in self._records(day, publisher)]
        groups = [g for m in mentions for g in m.groups]
        lines = Lines(draw, language, len(groups))
        for place, group in enumerate(groups):
            group.at = lines.locator(place)
        source = {
            "source_id": source_id,
            "title": self.world.text(4, 9),
            "publisher": self.world.actors[publisher]["name"],
            "publisher_kind": draw.choice(("news-media", "news-media", "state-media", "think-tank")),
            "url": f"https://example.org/{publisher}/{number}",
            **self._published(day),
            "language": language,
            "text_sha256": f"{draw.getrandbits(256):064x}",
            "text_characters": sum(row["chars"] + 1 for row in lines.rows),
            "publisher_actor_id": publisher,
            "reliability": draw.choice("CCDEF"),
            "reliability_reason": f"{self.world.text(8, 20)}.",
            "origin": agency,
            "rights": "Made up; free for any use.",
        }
        parts = ["# yaml-language-server: $schema=../../schemas/editor/extraction.json\nsource:\n"]
        parts += [f"  {key}: {folded(value, '    ')}\n" for key, value in source.items()]
        parts.append("\nlines:\n")
        parts += [f"  - {{{', '.join(f'{k}: {v}' for k, v in row.items())}}}\n" for row in lines.rows]
        parts.append("\nrecords:\n")
        for mention in mentions:
            parts += self._told(mention, language)
        return source_id, "".join(parts)

    def _records(self, day: date, publisher: str) -> list[Record]:
        """The records that an article tells, new ones first within each kind."""
        draw = self.draw
        wanted = draw.choices(*SIZES)[0]
        person = [self.world.people[self.world.actor("person")]] if draw.random() < 0.7 else []
        told: list[Record] = []
        while len(told) < draw.choice((3, 4, 4)):
            told += self.world.new(day, publisher, reactions=bool(told))
        self.made += told
        late = [r for r in self.pool[-100:] if r.left > 0]
        again = draw.sample(late, min(len(late), max(0, wanted - len(told) - len(person))))
        for record in again:
            record.left -= 1
        self.pool[-100:] = [r for r in late if r.left > 0]
        self.pool += [r for r in told if r.left > 0]
        return sorted([*told, *again, *person], key=lambda r: [*TABLES, "actor"].index(r.word))

    def _mention(self, record: Record, day: date) -> Mention:
        """What an article of that day says of a record, each few facts from a place of their own."""
        draw = self.draw
        said = list(self._said(record, day))
        grade = draw.choices(range(2, 7), (10, 50, 30, 1, 9))[0]
        groups: list[Group] = []
        while said or not groups:
            many = draw.randint(2, 5)
            by = self.world.actor("media", "government-body") if draw.random() < 0.08 else ""
            groups.append(Group(said[:many], by, grade if draw.random() < 0.8 else 3))
            del said[:many]
        if record.word != "actor" and groups[0].says and draw.random() < 0.3:
            groups.append(Group(groups[0].says[:1], "", grade))  # said again in other words
        self.used.update((record.record_id, *(g.by for g in groups)))
        record.told += 1
        return Mention(record, groups, record.told > 1)

    def _said(self, record: Record, day: date) -> Iterator[Said]:
        """The facts of a record that an article gives, and how precisely."""
        draw, first = self.draw, record.told == 0
        for fact in record.facts:
            at_odds = fact.wrong is not None and record.told < 2
            if not at_odds and not (fact.must and first) and draw.random() > (0.8 if fact.must else 0.5):
                continue
            value = fact.value
            if at_odds and not first:
                value = fact.wrong or ""
                self._rule(record, fact)
            elif (fact.field, value) == ("status", "occurred") and record.day > day:
                value = "planned"
            elif not at_odds and fact.vaguer and draw.random() < 0.35:
                value = draw.choice(fact.vaguer)
            yield fact, value
        if record.stages:
            for fact in draw.choice(record.stages):
                if fact.must or draw.random() < 0.7:
                    vague = fact.vaguer and draw.random() < 0.35
                    yield fact, draw.choice(fact.vaguer) if vague else fact.value

    def _rule(self, record: Record, fact: Fact) -> None:
        decided = FIRST_DAY + timedelta(days=DAYS + self.draw.randrange(100))
        self.rulings.append(
            {
                "record_table": TABLES[record.word],
                "record_id": record.record_id,
                "field": fact.field,
                "chosen_value": str(fact.value),
                "rejected_values": [str(fact.wrong)],
                "reason": f"The first source {self.world.text(4, 9).lower()}; the other does not.",
                "decided": f"{decided}",
            }
        )

    def _published(self, day: date) -> dict[str, str]:
        chance = self.draw.random()
        if chance < 0.1:
            return {}
        written, basis = (f"{day:%Y-%m}", "implied") if chance < 0.2 else (f"{day}", "stated")
        return {"published": written, "published_basis": basis}

    def _told(self, mention: Mention, language: str) -> Iterator[str]:
        """A record and what is said of it, as YAML."""
        record, first = mention.record, mention.groups[0]
        yield f"  - {record.word}: {record.record_id}\n    identity:\n{first.head('      ')}"
        if mention.again and self.draw.random() < 0.05:
            yield f"      basis: inferred\n      reason: {self._reason()}\n"
        if first.says:
            yield "    claims:\n"
        for group in mention.groups if first.says else ():
            yield f"      - {group.head('        ').lstrip()}        says:\n"
            by_field: dict[str, list[str]] = {}
            for fact, value in group.says:
                self._use(value)
                # what touch changes stands without grounds
                bare = fact.field == "sectors" and not mention.again
                by_field.setdefault(fact.field, []).append(self._grounded(value, language, bare=bare))
            for name, values in by_field.items():
                yield f"          {name}:{members(values)}"

    def _grounded(self, value: str | int, language: str, *, bare: bool) -> str:
        """A value, with the grounds that it has on lines of their own."""
        draw, written = self.draw, scalar(value)
        if bare:
            return written
        grounds = ""
        if draw.random() < 0.22:
            grounds += f"original: {' '.join(draw.choices(ORIGINALS[language], k=draw.randint(1, 4)))}\n"
        if (chance := draw.random()) < 0.155:
            basis = "implied" if chance < 0.14 else "inferred"
            grounds += f"basis: {basis}\nreason: {self._reason()}\n"
        return f"value: {written}\n{grounds}" if grounds else written

    def _reason(self) -> str:
        return f"{self.world.text(6, 14)}."

    def _use(self, value: str | int) -> None:
        """Keep the actors and places that a claim names."""
        if isinstance(value, str) and (value in self.world.actors or value in self.world.places):
            self.used.add(value)

    def registry(self) -> Iterator[tuple[str, list[Row]]]:
        """The name and the rows of each file of the registry: of actors and places, what was named."""
        for name, rows, key in (
            ("actors", self.world.actors, "part_of_actor_id"),
            ("places", self.world.places, "part_of_place_id"),
        ):
            for row_id in [r for r in rows if r in self.used]:
                while row_id := rows[row_id].get(key, ""):
                    self.used.add(row_id)
            yield name, [row for row_id, row in rows.items() if row_id in self.used]
        for word, name in TABLES.items():
            yield name, [r.row for r in self.made if r.word == word]


def corpus(folder: Path, articles: int, seed: int = 1) -> None:
    """Write a dataset of so many articles into a folder that is new, or empty."""
    draw = Random(seed)
    writer = Writer(draw, World(draw, articles))
    (folder / "seeds" / "articles").mkdir(parents=True)
    (folder / "seeds" / "registry").mkdir()
    for number in range(articles):
        day = FIRST_DAY + timedelta(days=DAYS * number // articles)
        source_id, text = writer.article(number, day)
        (folder / "seeds" / "articles" / f"{source_id}.yaml").write_text(text, "utf-8")
    files = {f"registry/{name}": rows for name, rows in writer.registry()}
    files |= {"rulings": writer.rulings, "redirects": _redirects(writer.made)}
    for name, rows in files.items():
        # by their ids, or by the table, record and field on which they rule
        rows.sort(key=lambda row: [str(value) for value in row.values()][:3])
        (folder / "seeds" / f"{name}.yaml").write_text(listing(name, rows), "utf-8")
    shutil.copy(ROOT / "seeds" / "dataset.yaml", folder / "seeds")
    shutil.copytree(ROOT / "schemas", folder / "schemas", ignore=shutil.ignore_patterns("editor"))


def touch(folder: Path, number: int) -> Path:
    """Change one claim, on a sector, of the article of that number; the dataset stays sound."""
    path = next((folder / "seeds" / "articles").glob(f"src-*-{number:05d}.yaml"))
    text = path.read_text("utf-8")
    found = re.search(r"^ {10}sectors: \[?([a-z-]+)", text, re.MULTILINE)
    assert found, f"{path} names no sector without grounds"
    other = next(code for code in WORDS["kept"] if code != found[1])
    path.write_text(text[: found.start(1)] + other + text[found.end(1) :], "utf-8")
    return path


def _redirects(made: Iterable[Record]) -> list[Row]:
    """An id of old for some of the records."""
    return [
        {
            "old_id": f"{record.record_id}-of-old",
            "record_table": TABLES[record.word],
            "new_id": record.record_id,
            "reason": "The two were one record.",
            "since": "1.0.0",
        }
        for record in list(made)[::100]
    ]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Made-up dataset folders."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("articles", type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True)
def make(folder: Path, articles: int, seed: int) -> None:
    """Write a dataset of so many ARTICLES into FOLDER."""
    corpus(folder, articles, seed)


@main.command("touch")
@click.argument("folder", type=click.Path(exists=True, path_type=Path))
@click.argument("number", type=int)
def touch_one(folder: Path, number: int) -> None:
    """Change one claim of the article of that NUMBER, from 0."""
    click.echo(touch(folder, number))


if __name__ == "__main__":
    main()
