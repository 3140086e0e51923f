"""Write a made-up dataset of any number of articles (at least 5) that `mmru build` accepts.

Each article has about 58 claims on seven records. Most records appear in two or three articles, which
agree or give a vaguer date or place. One event in ten has a conflict and a ruling.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SECTORS = ("trade", "energy", "tourism", "defence", "health")
ACTORS = """- {actor_id: arden, name: Arden, kind: state, description: A made-up state.}
- {actor_id: lindos, name: Lindos, kind: state, description: A made-up state.}
- {actor_id: office-0, name: Office, kind: government-body, part_of_actor_id: arden, description: Made up}
- {actor_id: office-1, name: Desk, kind: government-body, part_of_actor_id: lindos, description: Made up}\n"""
PAPER = "- {actor_id: paper-%s, name: Paper %s, kind: media, description: A made-up paper.}\n"
PERSON = "- {actor_id: person-%s, name: Person %s, kind: person, description: A made-up official.}\n"
PLACE = "- {place_id: pl-%s, name: Town %s, kind: city, part_of_place_id: pl-arden}\n"
MEETING = """- {event_id: ev-%05d, title: Made-up meeting %05d, summary: A meeting of two officials.,
   plover_type: CONSULT, cameo_code: "040", plover_contexts: [economic, health, military]}\n"""
SIGNING = """- {event_id: ev-%05d, title: Made-up signing %05d, summary: A signing by two officials.,
   plover_type: SUPPORT, cameo_code: "057", plover_contexts: [economic, health, military]}\n"""
AGREEMENT = "- {agreement_id: ag-%05d, title: Made-up agreement %05d, summary: An agreement of two states.}\n"
REACTION = "- {reaction_id: re-%s} # %s\n"
RULING = """- {record_table: events, record_id: ev-%05d, field: event_type, chosen_value: meeting,
   rejected_values: [talks], reason: Two of three articles call %s so., decided: 2026-01-01}\n"""
ARTICLE = """source:
  {{source_id: src-{number}, title: Made-up article {number}, publisher: A paper, publisher_kind: news-media,
   published: {day}, published_basis: stated, language: en, text_extent: whole,
   extent_basis: implied, publisher_actor_id: paper-{paper}, origin: paper-{paper}, reliability: C,
   reliability_reason: It names its speakers., rights: Made up; free for any use.}}
set_aside: {{headline: [1]}}
records:
{records}"""
FINGERPRINTS = """source_id: src-{number}
text_sha256: "{digest}"
text_characters: {size}
lines:
{lines}"""
Groups = list[dict[str, Any]]  # what each passage says: values by field


def write_corpus(folder: Path, articles: int) -> None:
    """Write seeds/ and schemas/ into a new folder."""
    people, papers, places = range(articles + 1), range(min(40, articles)), range(min(50, articles))
    texts = {
        "registry/actors": ACTORS + _rows(PAPER, papers) + _rows(PERSON, people),
        "registry/places": "- {place_id: pl-arden, name: Arden, kind: country}\n" + _rows(PLACE, places),
        "registry/events": _rows(MEETING, range(0, articles, 2)) + _rows(SIGNING, range(1, articles, 2)),
        "registry/agreements": _rows(AGREEMENT, range(1, articles, 2)),
        "registry/reactions": _rows(REACTION, range(articles)),
        "rulings": _rows(RULING, range(0, articles - 7, 10)) or "[]\n",
        **dict.fromkeys(("searches", "candidates", "redirects"), "[]\n"),
    }
    coded = (item for number in range(articles) for item in _article(number).items())
    for name, text in [*texts.items(), *coded]:
        path = folder / f"seeds/{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    shutil.copy(ROOT / "seeds/dataset.yaml", folder / "seeds")
    shutil.copytree(ROOT / "schemas", folder / "schemas", ignore=shutil.ignore_patterns("editor"))


def _rows(template: str, numbers: Iterable[int]) -> str:
    return "".join(template % (number, number) for number in numbers)


def _digest(value: object) -> str:
    return sha256(f"{value}".encode()).hexdigest()


def _day(number: int) -> str:
    return f"{date(2021, 4, 1) + timedelta(days=number // 12)}"


def _article(number: int) -> dict[str, str]:
    """Return the extraction of one article and the fingerprints of its text, by the names of the files."""
    events = [n for n in (number, number - 1, number - 7) if n >= 0]
    records = [(f"event: ev-{n:05}", _event(n, number - n)) for n in events]
    if signed := number - (number + 1) % 2 if number else 0:
        records.append((f"agreement: ag-{signed:05}", _agreement(signed)))
    reaction: Groups = [
        {"actor_id": f"person-{number}", "kind": "statement", "status": "occurred", "stance": "welcomes"},
        {"summary": f"Person {number} speaks well of it.", "topics": "[alliance, energy]"},
        {"about_event_id": f"ev-{number:05}", "date": f"'{_day(number)}'"},
    ]
    role = {"roles.minister.role": "minister", "roles.minister.body_actor_id": f"office-{number % 2}"}
    records += [(f"reaction: re-{number}", reaction), (f"actor: person-{number}", [role])]
    lines, entries = [f"  - 1 120 {_digest((number, 1))}\n"], []
    for record, groups in records:
        first = f"at: L{len(lines) + 1}.10-90~00000000"
        entries.append(f"  - {record}\n    identity: {{{first}, credibility: 3}}\n    claims:\n")
        for group in groups:
            line = len(lines) + 1
            lines.append(f"  - {line} 120 {_digest((number, line))}\n")
            entries.append(f"      - at: L{line}.10-90~00000000\n        credibility: 3\n        says:\n")
            entries += [f"          {field}: {value}\n" for field, value in group.items()]
    parts: dict[str, Any] = {"lines": "".join(lines), "records": "".join(entries)}
    parts |= {"number": number, "day": _day(number), "paper": number % 40}
    parts |= {"digest": _digest(number), "size": 121 * len(lines)}
    templates = {"articles": ARTICLE, "fingerprints": FINGERPRINTS}
    return {f"{folder}/src-{number}": text.format(**parts) for folder, text in templates.items()}


def _event(number: int, later: int) -> Groups:
    """Return what the article of the event, or one so many articles later, says of it."""
    kind, role = ("signing", "signatory") if number % 2 else ("meeting", "participant")
    day, town = (_day(number)[:7], "arden") if later else (_day(number), f"{number % 50}")
    return [
        {"event_type": "talks" if later == 7 and number % 10 == 0 else kind, "status": "occurred"},
        {"date": f"{{value: '{day}', original: that day, basis: implied, reason: The article is dated.}}"},
        {"place_id": f"pl-{town}", "details.ministers": number % 20 + 2},
        {f"actors.{role}": f"[person-{number}, person-{number + 1}]"},
        {"sectors": f"[{SECTORS[number % 5]}, culture]"},
    ]


def _agreement(number: int) -> Groups:
    return [
        {"agreement_type": "memorandum", "status": "signed", "event_id": f"ev-{number:05}"},
        {"milestones.signed.date": f"'{_day(number)}'", "milestones.signed.event_id": f"ev-{number:05}"},
        {"actors.party": "[arden, lindos]", "actors.signatory": f"[person-{number}, person-{number + 1}]"},
        {"sectors": "trade", "place_ids": f"pl-{number % 50}", "terms.component": f"Part {number}."},
        {"duration_years": "{value: 7, original: seven years}", "valid_from": f"'{_day(number)}'"},
    ]
