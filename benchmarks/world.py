"""What a made-up corpus tells of: actors, places and records, and what can be said of each record.

All that articles say of a record is taken from its facts, so that they agree, refine one another or
conflict where the facts allow it, and nowhere else. Names and texts are made of a few words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

from names import WORDS, Row, actors, places

FURTHER = (0.45, 0.25, 0.15, 0.08, 0.05, 0.02)  # how likely 0, 1, … more articles speak of a record
CONFLICTS = 0.2  # of the records that have a fact which a second speaker may get wrong
AHEAD = 0.06  # of the events that are told before they happen
LATE = 60  # records of each kind to which new ones refer
STEPS = ("discussed", "announced", "reached")  # before an agreement is signed


@dataclass(frozen=True)
class Fact:
    """One value of one field. The first speaker gives each that he `must`.

    `vaguer` values contain it; a `wrong` one excludes it, and is what the second speaker gives.
    """

    field: str
    value: str | int
    must: bool = False
    vaguer: tuple[str, ...] = ()
    wrong: str | int | None = None


@dataclass
class Record:
    """A record: its row in the registry, its facts, and those of the stages through which it went.

    `told` articles have spoken of it, and so many are `left` to do so; `day` is when it happens.
    """

    word: str
    record_id: str
    row: Row
    day: date
    facts: list[Fact]
    stages: list[list[Fact]] = field(default_factory=list)
    left: int = 0
    told: int = 0


class World:
    """The actors and places of so many articles, and new records one after the other."""

    def __init__(self, draw: Random, articles: int) -> None:
        self.draw, self.number = draw, 0
        self.actors = {a["actor_id"]: a for a in actors(draw, 60 + articles // 5)}
        self.places = {p["place_id"]: p for p in places(draw, 40 + articles // 10)}
        self._of_kind: dict[str, list[str]] = {}
        for actor_id, actor in self.actors.items():
            self._of_kind.setdefault(actor["kind"], []).append(actor_id)
        self._place_ids = list(self.places)
        self.people = {a: self._person(a) for a in self._of_kind["person"]}
        self._events: list[Record] = []
        self._agreements: list[Record] = []

    def text(self, least: int, most: int) -> str:
        """A few words."""
        return " ".join(self.draw.choices(WORDS["words"], k=self.draw.randint(least, most))).capitalize()

    def actor(self, *kinds: str) -> str:
        """An actor of one of these kinds; some actors are drawn far more often than others."""
        known = self._of_kind[self.draw.choice(kinds)]
        return known[int(len(known) * self.draw.random() ** 2)]

    def new(self, day: date, publisher: str, *, reactions: bool) -> list[Record]:
        """One record, or two that belong together, of which an article of that day is the first to speak."""
        draw = self.draw
        kind, then = draw.random(), day - timedelta(days=draw.randint(0, 60))
        if kind < 0.25:
            signed = kind < 0.15
            at = self._event("signing" if signed else "talks", then)
            return [at, self._agreement(then, at, signed=signed)]
        if draw.random() < AHEAD:
            then = day + timedelta(days=draw.randint(5, 30))
        if kind < 0.38:
            visit = self._event("visit", then)
            return [visit, self._event("meeting", visit.day, visit)]
        if kind < 0.52 or not reactions:
            return [self._event(draw.choice(list(WORDS["events"])), then)]
        return [self._reaction(day, publisher)]

    def _two(self, *kinds: str) -> list[str]:
        first = self.actor(*kinds)
        while (second := self.actor(*kinds)) == first:
            pass
        return [first, second]

    def _event(self, kind: str, day: date, whole: Record | None = None) -> Record:
        draw = self.draw
        known, lasts, ongoing = WORDS["events"][kind], kind == "visit", kind in WORDS["ongoing"]
        day = day.replace(day=min(day.day, 20)) if lasts else day  # it ends in the same month
        denied = not ongoing and draw.random() < 0.03
        status = "ongoing" if ongoing else "denied" if denied else "occurred"
        facts = [
            Fact("event_type", kind, True, wrong=known.get("mistaken")),
            Fact("status", status, True, () if ongoing or denied else ("alleged",)),
        ]
        if draw.random() < 0.8:
            facts.append(_span(day) if lasts else _since(day) if ongoing else _day("date", day))
        if draw.random() < 0.7:
            facts.append(self._place("place_id"))
        cast = {"who": self._two("person", "person", "government-body"), "state": self._two("state")}
        parties = [(role, cast[who].pop()) for role, who in known["parts"]]
        facts += [Fact(f"actors.{role}", who, not n) for n, (role, who) in enumerate(parties)]
        facts += self._several("sectors", (1, 1, 2, 3))
        if whole:
            facts.append(Fact("part_of_event_id", whole.record_id, True))
        if draw.random() < 0.4:
            facts.append(self._detail())
        name = self.actors[parties[0][1]]["name"]
        row = {
            "title": f"{kind.capitalize().replace('-', ' ')} of {name}, {day:%B %Y}",
            "summary": self._summary(),
            **known["codes"],
        }
        named = "-".join(["ev", kind, *(who for _, who in parties[:2]), f"{day:%Y-%m}"])
        return self._made(Record("event", named, row, day, facts), self._events)

    def _agreement(self, day: date, at: Record, *, signed: bool) -> Record:
        draw = self.draw
        kind, other = draw.sample(WORDS["types"], 2)
        parties = self._two("state", "government-body")
        facts = [
            Fact("agreement_type", kind, True, wrong=other),
            *self._several("sectors", (1, 1, 2)),
        ]
        facts += [Fact("actors.party", party, True) for party in parties]
        facts.append(Fact("event_id", at.record_id, True))
        if draw.random() < 0.3:
            facts += {f.value: f for f in (self._place("place_ids"), self._place("place_ids"))}.values()
        facts.append(Fact(f"terms.{draw.choice(('component', 'purpose', 'scope'))}", self.text(4, 9)))
        if draw.random() < 0.2:
            facts.append(Fact("terms.capacity", draw.randint(10, 1200)))
        if draw.random() < 0.3:
            years = draw.randint(1, 10)
            facts += [Fact("duration_years", years, wrong=years + 1), _day("valid_from", day)]
            facts += [Fact(f, f"{day.year + years}") for f in ("valid_until", "milestones.expires.date")]
        if self._agreements and draw.random() < 0.03:
            facts.append(Fact("supersedes_agreement_id", draw.choice(self._agreements).record_id))
        if signed:
            facts += [Fact("actors.signatory", party) for party in parties]
        sector = str(facts[1].value)
        row = {
            "title": f"{kind.capitalize()} on {sector.replace('-', ' ')}, {day:%B %Y}",
            "summary": self._summary(),
        }
        named = "-".join(["ag", sector, *parties, f"{day:%Y-%m}"])
        made = self._made(Record("agreement", named, row, day, facts), self._agreements)
        made.stages = list(self._stages(day, at, signed=signed))
        return made

    def _stages(self, day: date, at: Record, *, signed: bool) -> Iterator[list[Fact]]:
        """What is said of an agreement by whoever takes it to be at this stage."""
        draw = self.draw
        many = draw.choice((0, 1, 1, 2)) if signed else 1
        gaps = (90, 50) if signed else (0,)
        for gap, step in zip(gaps, sorted(draw.sample(STEPS, many), key=STEPS.index)):
            then = day - timedelta(days=gap)
            facts = [Fact("status", step, True), Fact("milestones", step, True)]
            facts.append(_day(f"milestones.{step}.date", then))
            if signed and draw.random() < 0.2:
                facts.append(_day(f"milestones.{step}.2.date", then + timedelta(days=20)))
            yield facts
        if signed:
            named = Fact("milestones.signed.event_id", at.record_id, True)
            yield [Fact("status", "signed", True), named, _day("milestones.signed.date", day)]

    def _reaction(self, day: date, publisher: str) -> Record:
        draw = self.draw
        own = draw.random() < 0.4
        holder = publisher if own else self.actor("person", "state", "group", "academic-institution")
        kind = draw.choice(("analysis", "recommendation") if own else ("statement", "accusation", "action"))
        status = "alleged" if not own and draw.random() < 0.2 else "occurred"
        given = {"actor_id": holder, "kind": kind, "status": status, "summary": f"{self.text(6, 16)}."}
        facts = [Fact(name, value, True) for name, value in given.items()]
        topics = self._several("topics", (1, 2, 2, 3))
        facts += topics
        if draw.random() < 0.6:
            stance, other = draw.sample(("condemns", "concerned", "neutral", "welcomes", "supports"), 2)
            facts.append(Fact("stance", stance, True, wrong=other))
        about = draw.choice(("event", "event", "agreement", "actor", ""))
        if about == "actor":
            facts.append(Fact("about_actor_id", self.actor("state", "person"), True))
        elif about and (known := self._agreements if about == "agreement" else self._events):
            facts.append(Fact(f"about_{about}_id", draw.choice(known).record_id, True))
        if draw.random() < 0.1:
            facts.append(Fact("occasion_event_id", draw.choice(self._events).record_id))
        if draw.random() < 0.1:
            facts.append(Fact("addressed_to_actor_id", self.actor("state", "international-organisation")))
        if kind == "recommendation":
            facts.append(Fact("demand", f"{self.text(4, 10)}."))
        if not own and draw.random() < 0.5:
            facts.append(_day("date", day - timedelta(days=draw.randint(0, 9))))
        made = self._made(Record("reaction", f"re-{holder}-on-{topics[0].value}", {}, day, facts), [])
        made.left = 0 if own else made.left
        return made

    def _made(self, record: Record, late: list[Record]) -> Record:
        """Number a new record, and settle how many will speak of it, and on what they will conflict."""
        self.number += 1
        record.record_id += f"-{self.number}"
        record.row = {f"{record.word}_id": record.record_id, **record.row}
        record.left = self.draw.choices(range(len(FURTHER)), FURTHER)[0]
        at_odds = [f for f in record.facts if f.wrong is not None]
        chosen = self.draw.choice(at_odds) if at_odds and self.draw.random() < CONFLICTS else None
        record.facts = [f if f is chosen or f.wrong is None else replace(f, wrong=None) for f in record.facts]
        late.append(record)
        del late[:-LATE]
        return record

    def _summary(self) -> str:
        return f"{self.text(6, 14)}; {self.text(4, 10).lower()}."

    def _several(self, name: str, many: tuple[int, ...]) -> list[Fact]:
        drawn = self.draw.sample(WORDS[name], self.draw.choice(many))
        return [Fact(name, code, not number) for number, code in enumerate(drawn)]

    def _place(self, name: str) -> Fact:
        place = at = self._place_ids[int(len(self._place_ids) * self.draw.random() ** 1.3)]
        around = []
        while at := self.places[at].get("part_of_place_id", ""):
            around.append(at)
        return Fact(name, place, vaguer=tuple(around) if name == "place_id" else ())

    def _detail(self) -> Fact:
        name = self.draw.choice(("how-manieth", "ministers", "flights-gap", "purpose", "equipment", "effect"))
        counted = name in ("how-manieth", "ministers", "flights-gap")
        return Fact(f"details.{name}", self.draw.randint(2, 30) if counted else self.text(3, 8))

    def _person(self, actor_id: str) -> Record:
        """The office of a person, which all articles give alike."""
        name, code = self.draw.choice(WORDS["roles"])
        since = date(2015, 1, 1) + timedelta(days=self.draw.randrange(2000))
        facts = [
            Fact(f"roles.{name}.role", code, True),
            Fact(f"roles.{name}.text", name.replace("-", " "), True),
            Fact(f"roles.{name}.body_actor_id", self.actor("government-body", "state")),
            _day(f"roles.{name}.valid_from", since),
        ]
        return Record("actor", actor_id, {}, since, facts)


def _day(name: str, day: date) -> Fact:
    """A day, which articles may leave at its month or year; that of a record itself they may get wrong."""
    within = f"[{day:%Y-%m}-01..{day:%Y-%m}-10]" if day.day <= 10 else f"{day:%Y-%m}~"
    vaguer = (f"{day:%Y-%m}", f"{day:%Y-%m}", f"{day:%Y}", within)
    other = day + timedelta(days=1 if day.day <= 20 else -1)
    return Fact(name, f"{day}", vaguer=vaguer, wrong=f"{other}" if name == "date" else None)


def _span(day: date) -> Fact:
    """Some days of a month from this one on; one who is wrong has them begin and end a day later."""
    spans = [f"{day + timedelta(days=n)}/{day + timedelta(days=n + 4)}" for n in (0, 1)]
    return Fact("date", spans[0], vaguer=(f"{day:%Y-%m}", f"{day:%Y}"), wrong=spans[1])


def _since(day: date) -> Fact:
    return Fact("date", f"{day:%Y-%m}/..", vaguer=(f"{day:%Y}/..",))
