"""Bad input: each is reported at its place with a fix, all of it in one run, and data/ stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmru.io.validation import Validator
from mmru.io.yaml_file import Document

Mmru = Callable[..., Result]
Spoil = Callable[[str, str, str], None]

ALPHA = "seeds/articles/src-alpha.yaml"
BETA = "seeds/articles/src-beta.yaml"
PRINTS = "seeds/fingerprints/src-beta.yaml"
ACTORS = "seeds/registry/actors.yaml"

# what is spoiled: file, old text, new text, and the one line that must be printed
SPOILED = {
    "unknown key": (
        ALPHA,
        "  publisher: The Alpha",
        "  publsher: The Alpha",
        f"{ALPHA}:11:3: R05 unknown key 'publsher'; did you mean 'publisher'?",
    ),
    "unknown key far from any": (
        ALPHA,
        "  publisher: The Alpha",
        "  zzz: The Alpha",
        f"{ALPHA}:11:3: R05 unknown key 'zzz'; remove it",
    ),
    "unknown field of a record": (
        BETA,
        "          event_type: visit",
        "          evnt_type: visit",
        f"{BETA}:28:11: R05 unknown key 'evnt_type'; did you mean 'event_type'?",
    ),
    "field of another kind of record": (
        BETA,
        "          event_type: visit",
        "          event_type: visit\n          stance: welcomes",
        f"{BETA}:29:11: R05 unknown key 'stance'; remove it",
    ),
    "missing key": (
        ALPHA,
        "  origin: the-alpha ",
        "  # origin: the-alpha ",
        f"{ALPHA}:9:3: R06 the key 'origin' is missing; add it",
    ),
    "wrong type": (
        BETA,
        "          event_type: visit",
        "          event_type: [visit]",
        f"{BETA}:28:23: R07 found a list instead of one code or id; write one",
    ),
    "text where a number is wanted": (
        BETA,
        "{value: 3, original: 第三次}",
        "{value: third, original: 第三次}",
        f"{BETA}:43:40: R07 found 'third' instead of a number; write a number",
    ),
    "unknown code": (
        BETA,
        "          event_type: visit",
        "          event_type: vist",
        f"{BETA}:28:23: R08 'vist' is not among the codes of event_type; did you mean 'visit'?",
    ),
    "unknown vocabulary value in a list": (
        ALPHA,
        "sectors: [tourism, ",
        "sectors: [turism, ",
        f"{ALPHA}:69:21: R08 'turism' is not among the codes of sector; did you mean 'tourism'?",
    ),
    "value of the wrong form": (
        ALPHA,
        "  source_id: src-alpha ",
        "  source_id: SRC_alpha ",
        f"{ALPHA}:9:14: R09 'SRC_alpha' has the wrong form; it must match src-[a-z0-9]+(-[a-z0-9]+)*",
    ),
    "credibility that the merge alone gives": (
        ALPHA,
        "        credibility: 2 ",
        "        credibility: 1 ",
        f"{ALPHA}:97:22: R08 '1' is not among the codes of credibility; one of: 2, 3, 4, 5, 6",
    ),
    "unknown id": (
        BETA,
        "            value: ada-quill",
        "            value: ada-quil",
        f"{BETA}:37:20: C01 there is no 'ada-quil' among the actors; "
        "did you mean 'ada-quill'?; else register it in seeds/registry/actors.yaml",
    ),
    "unknown record": (
        BETA,
        "  - event: ev-visit-quill-lindos",
        "  - event: ev-vist-quill-lindos",
        f"{BETA}:21:12: C01 there is no 'ev-vist-quill-lindos' among the events; "
        "did you mean 'ev-visit-quill-lindos'?; else register it in seeds/registry/events.yaml",
    ),
    "id registered twice": (
        ACTORS,
        "- actor_id: arden",
        "- actor_id: ada-quill",
        f"{ACTORS}:5:13: C02 'ada-quill' is registered twice, first on line 1; keep one, or choose another id",
    ),
    "line set aside for two reasons": (
        ALPHA,
        "  metadata: [2]",
        "  metadata: [1, 2]",
        f"{ALPHA}:32:14: C02 line 1 is in set_aside twice, first at {ALPHA}:31:14; keep one",
    ),
    "ranges that overlap": (
        ALPHA,
        "  metadata: [2]",
        "  metadata: [2, 1-2]",
        f"{ALPHA}:32:17: C02 line 1 is in set_aside twice, first at {ALPHA}:31:14; keep one",
    ),
    "range that ends before it begins": (
        ALPHA,
        "  metadata: [2]",
        "  metadata: [2-1]",
        f"{ALPHA}:32:14: R09 '2-1' ends before it begins; write 1-2",
    ),
    "empty line set aside": (
        ALPHA,
        "  metadata: [2]",
        "  metadata: [2, 3]",
        f"{ALPHA}:32:17: A06 line 3 of the text is empty or not there; name a line that is not empty",
    ),
    "range beyond the text": (
        ALPHA,
        "  boilerplate: [6]",
        "  boilerplate: [6-999999999]",
        f"{ALPHA}:33:17: A06 line 999999999 of the text is empty or not there; name a line that is not empty",
    ),
    "line set aside that a claim cites": (
        BETA,
        "  translation: [2 of 1]",
        "  translation: [2 of 1]\n  boilerplate: [1]",
        f"{BETA}:27:13: A04 L1.0-12~5cdb02a1 cites line 1, which is set aside as boilerplate; "
        "take the line out of set_aside, or cite another line",
    ),
    "unknown reason to set aside": (
        ALPHA,
        "  metadata: [2]",
        "  metdata: [2]",
        f"{ALPHA}:32:3: R05 unknown key 'metdata'; did you mean 'metadata'?",
    ),
    "line of the wrong form": (
        ALPHA,
        "  metadata: [2]",
        "  metadata: [line 2]",
        f"{ALPHA}:32:14: R09 'line 2' does not have the form asked for; write a line as 3, lines as 41-54",
    ),
    "line of no number above zero": (
        ALPHA,
        "  metadata: [2]",
        "  metadata: [0]",
        f"{ALPHA}:32:14: R09 0 does not have the form asked for; 0 is less than the minimum of 1",
    ),
    "language of a line that is not there": (
        BETA,
        "  en: [2]",
        "  en: [2, 3]",
        f"{BETA}:18:11: A06 line 3 of the text is empty or not there; name a line that is not empty",
    ),
    "no credibility": (
        BETA,
        "defaults: {credibility: 3}",
        "defaults: {}",
        f"{BETA}:26:9: R06 the key 'credibility' is missing; add it",
    ),
    "empty speaker": (
        BETA,
        "      - at: L1.13-30~05322f08",
        "      - by:\n        at: L1.13-30~05322f08",
        f"{BETA}:41:12: R07 found nothing instead of one code or id; write it as text",
    ),
    "default that the merge alone gives": (
        BETA,
        "defaults: {credibility: 3}",
        "defaults: {credibility: 1}",
        f"{BETA}:12:25: R08 '1' is not among the codes of credibility; one of: 2, 3, 4, 5, 6",
    ),
    "fingerprints of another source": (
        PRINTS,
        "source_id: src-beta",
        "source_id: src-alpha",
        f"{PRINTS}:2:12: C07 the file is not named after its source_id 'src-alpha'; run mmru anchor {BETA}",
    ),
    "fingerprint of the wrong form": (
        PRINTS,
        "  - 1 31 ",
        "  - 1 thirty ",
        f"{PRINTS}:6:5: R09 '1 thirty 99f493f06afaaa84fb3ef4a9b18c8a4570e9a524947b30f...' "
        f"does not have the form asked for; run mmru anchor {BETA}",
    ),
    "fingerprints out of order": (
        PRINTS,
        "  - 2 77 ",
        "  - 1 77 ",
        f"{PRINTS}:7:5: C02 line 1 is out of order; run mmru anchor {BETA}",
    ),
    "fingerprints that are no YAML": (
        PRINTS,
        "source_id: src-beta",
        "source_id: [src-beta",
        f"{PRINTS}:3:12: R03 is not YAML: illegal placement of ':' indicator; run mmru anchor {BETA}",
    ),
    "fingerprints without a length": (
        PRINTS,
        "text_characters: 109\n",
        "",
        f"{PRINTS}:2:1: R06 the key 'text_characters' is missing; run mmru anchor {BETA}",
    ),
    "no record named": (
        BETA,
        "  - event: ev-visit-quill-lindos\n    identity:",
        "  - identity:",
        f"{BETA}:21:5: C03 names no record; give exactly one of actor, event, agreement, reaction",
    ),
    "two records named": (
        BETA,
        "  - event: ev-visit-quill-lindos",
        "  - event: ev-visit-quill-lindos\n    actor: ada-quill",
        f"{BETA}:21:5: C03 names 2 records; give exactly one of actor, event, agreement, reaction",
    ),
    "malformed date": (
        BETA,
        'value: "2031-05-01/2031-05-10"',
        'value: "2031-05-10/2031-05-01"',
        f"{BETA}:32:13: C04 '2031-05-10/2031-05-01' ends before it begins; write it in EDTF",
    ),
    "malformed date of publication": (
        ALPHA,
        '  published: "2031-05-03"',
        '  published: "3 May 2031"',
        f"{ALPHA}:13:14: C04 '3 May 2031' is not an EDTF date (such as 2025-03-04, 2025-03 or 2025-03~); "
        "write a day as 2025-03-04",
    ),
    "inferred without a reason": (
        BETA,
        "            basis: inferred\n            reason: The year is that of src-alpha.",
        "            basis: inferred",
        f"{BETA}:32:13: C05 date is inferred without a reason; "
        "add reason: what it follows from, naming the outside source",
    ),
    "said twice": (
        ALPHA,
        "sectors: [tourism, ",
        "sectors: [tourism, tourism, ",
        f"{ALPHA}:69:30: C06 sectors is claimed twice from the same words, first at {ALPHA}:69:21; keep one",
    ),
    "file not named after its source": (
        BETA,
        "  source_id: src-beta",
        "  source_id: src-gamma",
        f"{BETA}:2:14: C07 the file is not named after its source_id 'src-gamma'; "
        "rename it to seeds/articles/src-gamma.yaml",
    ),
    "two extractions of one article": (
        BETA,
        "  source_id: src-beta",
        "  source_id: src-alpha",
        f"{BETA}:2:14: C02 the id src-alpha is also that of {ALPHA}; keep one extraction of it",
    ),
    "still a quote": (
        BETA,
        "      - at: L1.13-30~05322f08",
        "      - quote: 这是她",
        f"{BETA}:41:9: A01 has a quote instead of a locator; run mmru anchor",
    ),
    "no place in the text": (
        BETA,
        "      - at: L1.13-30~05322f08\n        says",
        "      - says",
        f"{BETA}:41:9: A02 cites no words of the text; add quote: and run mmru anchor",
    ),
    "locator that leaves its line": (
        BETA,
        "      - at: L1.13-30~05322f08",
        "      - at: L1.13-99~05322f08",
        f"{BETA}:41:13: A03 L1.13-99~05322f08 goes beyond its line, which has 31 characters; "
        "quote the words again and run mmru anchor",
    ),
    "whole line with a wrong hash": (
        BETA,
        "      - at: L1.13-30~05322f08",
        "      - at: L1~05322f08",
        f"{BETA}:41:13: A03 L1~05322f08 does not match its line, whose hash begins with 99f493f0; "
        "quote the words again and run mmru anchor",
    ),
    "malformed locator": (
        BETA,
        "      - at: L1.13-30~05322f08",
        "      - at: L1.13~05322f08",
        f"{BETA}:41:13: R09 'L1.13~05322f08' does not have the form asked for; "
        "a locator looks like L12.40-93~7f3ac19e; let mmru anchor make it",
    ),
    "locator with too many digits": (
        BETA,
        "      - at: L1.13-30~05322f08",
        "      - at: L9999999999999~05322f08",
        f"{BETA}:41:13: R09 'L9999999999999~05322f08' does not have the form asked for; "
        "a locator looks like L12.40-93~7f3ac19e; let mmru anchor make it",
    ),
    "a line that is set aside is cited": (
        ALPHA,
        "      - at: L5.26-63~db90ec1d",
        "      - at: L6.0-9~db90ec1d",
        f"{ALPHA}:66:13: A04 L6.0-9~db90ec1d cites line 6, which is set aside as boilerplate; "
        "take the line out of set_aside, or cite another line",
    ),
    "line unaccounted for": (
        ALPHA,
        "  boilerplate: [6]",
        "",
        f"{ALPHA}:31:3: A08 line 6 is neither cited by a claim nor set aside; "
        "cite it, or set it aside: headline, repetition, …",
    ),
    "translation of no line": (
        BETA,
        "[2 of 1]",
        "[2 of 7]",
        f"{BETA}:15:17: A07 line 7, which it translates, is not another line of the text; "
        "name the line in the original",
    ),
    "translation of itself": (
        BETA,
        "[2 of 1]",
        "[2 of 2]",
        f"{BETA}:15:17: A07 line 2, which it translates, is not another line of the text; "
        "name the line in the original",
    ),
    "translation without its line": (
        BETA,
        "[2 of 1]",
        "[2]",
        f"{BETA}:15:17: R09 2 does not have the form asked for; "
        "write 12 of 3: the line, and the line that it translates",
    ),
    "duplicate key": (
        BETA,
        "  publisher: The Beta",
        "  publisher: The Beta\n  publisher: The Beta",
        f"{BETA}:4:3: R04 the key 'publisher' is repeated here; keep one of them",
    ),
    "broken YAML": (
        BETA,
        "  publisher: The Beta",
        "  publisher: [The Beta",
        f"{BETA}:4:17: R03 is not YAML: illegal placement of ':' indicator; correct the syntax here",
    ),
    "key that is no text": (
        ACTORS,
        "- actor_id: arden\n  name: Arden",
        "- actor_id: arden\n  7: Arden",
        f"{ACTORS}:6:3: R07 the key 7 is not text; write it in quotes",
    ),
    "key of another type in the rulings": (
        "seeds/rulings.yaml",
        "[]",
        "- {1: x}",
        "seeds/rulings.yaml:1:4: R07 the key 1 is not text; write it in quotes",
    ),
    "list where an id is wanted": (
        ALPHA,
        "  source_id: src-alpha ",
        "  source_id: [src-alpha] ",
        f"{ALPHA}:9:14: R07 found a list instead of text; write text",
    ),
    "mapping without a value": (
        ALPHA,
        "actors.participant: [ada-quill, bo-ren]",
        "actors.participant: [ada-quill, {}]",
        f"{ALPHA}:65:43: R06 the key 'value' is missing; add it",
    ),
    "number too large": (
        BETA,
        "{value: 3, original: 第三次}",
        "{value: 99999999999999999999, original: 第三次}",
        f"{BETA}:43:40: R09 99999999999999999999 does not have the form asked for; "
        "99999999999999999999 is greater than the maximum of 999999999999999",
    ),
    "line separator": (
        ALPHA,
        "  publisher: The Alpha",
        "  publisher: The\u2028Alpha\n  publsher: x",
        f"{ALPHA}:11:17: R11 the invisible character U+2028 is not allowed here; remove it",
    ),
    "bidirectional control in a comment": (
        ALPHA,
        "# The article itself.",
        "# The \u202earticle itself.",
        f"{ALPHA}:7:7: R11 the invisible character U+202E is not allowed here; remove it",
    ),
    "bidirectional control in a vocabulary": (
        "schemas/vocabularies/side.yaml",
        "vocabulary: side",
        "vocabulary: side # \u200f",
        "schemas/vocabularies/side.yaml:1:20: R11 the invisible character U+200F is not allowed here; remove it",
    ),
    "bidirectional control in a schema": (
        "schemas/events.json",
        '  "name": "events",',
        '  "name": "events\u2066",',
        "schemas/events.json:3:18: R11 the invisible character U+2066 is not allowed here; remove it",
    ),
    "bidirectional control, escaped, in a schema": (
        "schemas/events.json",
        '  "name": "events",',
        '  "name": "events\\u2066",',
        "schemas/events.json:3:18: R11 the invisible character U+2066 is not allowed here; remove it",
    ),
    "name that YAML reads as a number": (
        ALPHA,
        "  publisher: The Alpha",
        "  publisher: 0x10",
        f'{ALPHA}:11:14: R07 found 0x10 instead of text; put it in quotes: "0x10"',
    ),
    "name that is left out": (
        ALPHA,
        "  publisher: The Alpha",
        "  publisher: # The Alpha",
        f"{ALPHA}:11:13: R07 found nothing instead of text; write text, in quotes",
    ),
    "reason that YAML reads as true": (
        BETA,
        "            reason: The year is that of src-alpha.",
        "            reason: True",
        f'{BETA}:35:21: R07 found True instead of text; put it in quotes: "True"',
    ),
    "code that YAML reads as a number": (
        "seeds/registry/events.yaml",
        '  cameo_code: "057"',
        "  cameo_code: 057",
        'seeds/registry/events.yaml:10:15: R07 057 is read as a number; put it in quotes: "057"',
    ),
    "hash that YAML reads as a number": (
        PRINTS,
        '"68e21f564457469dfa50e59cebbbbe926a3d0c0d2940f6961f831868ba984d4c"',
        "1" * 64,
        f"{PRINTS}:3:14: R09 a number of this size does not have the form asked for; run mmru anchor {BETA}",
    ),
    "number that is none": (
        ALPHA,
        "  metadata: [2]",
        "  metadata: [.nan]",
        f"{ALPHA}:32:14: R09 .nan has no finite value; write a number, or put it in quotes if it is text",
    ),
    "season": (
        BETA,
        'value: "2031-05-01/2031-05-10"',
        'value: "2031-21"',
        f"{BETA}:32:13: C04 '2031-21' is valid EDTF that the dataset does not use; "
        "write its months, as 2031-03/2031-05",
    ),
    "time of day": (
        ALPHA,
        '  published: "2031-05-03"',
        '  published: "2031-05-03T10:00:00Z"',
        f"{ALPHA}:13:14: C04 '2031-05-03T10:00:00Z' is valid EDTF that the dataset does not use; "
        "write the day, 2031-05-03",
    ),
    "Burmese in Zawgyi": (
        ALPHA,
        "  publisher: The Alpha",
        "  publisher: \u103b\u1019\u1014\u1039\u1019\u102c",
        f"{ALPHA}:11:14: R11 the text is Burmese in Zawgyi, not in Unicode; "
        "convert it, for example with uconv -x Zawgyi-my",
    ),
    "control character": (
        ALPHA,
        "  publisher: The Alpha",
        '  publisher: "The \\u0007Alpha"',
        f"{ALPHA}:11:14: R11 the invisible character U+0007 is not allowed in text; write it in plain text",
    ),
    "bidirectional control": (
        ALPHA,
        "  publisher: The Alpha",
        '  publisher: "The \\u202eAlpha"',
        f"{ALPHA}:11:14: R11 the invisible character U+202E is not allowed in text; write it in plain text",
    ),
    "formula": (
        ALPHA,
        "  publisher: The Alpha",
        "  publisher: =1+1",
        f"{ALPHA}:11:14: R11 a text that begins with '=' is a formula for spreadsheets; "
        "write it in plain text",
    ),
    "blank text": (
        ALPHA,
        "  publisher: The Alpha",
        '  publisher: "  "',
        f"{ALPHA}:11:14: R11 the text has no visible character; write it in plain text",
    ),
    "type that YAML has and the seeds have not": (
        ALPHA,
        "  publisher: The Alpha",
        "  publisher: !!set {a, b}",
        f"{ALPHA}:11:14: R07 set is not a type that seeds can have; write text, numbers or lists",
    ),
    "vocabulary not named after its file": (
        "schemas/vocabularies/side.yaml",
        "vocabulary: side",
        "vocabulary: sides",
        "schemas/vocabularies/side.yaml:1:13: C07 the file is not named after its vocabulary 'sides'; rename one of them",
    ),
    "constraint that is not checked": (
        "schemas/places.json",
        '"minLength": 2',
        '"maxLength": 2',
        "schemas/places.json:1:1: S05 name: the constraint maxLength is not supported; "
        "use one of enum, maximum, minLength, minimum, pattern, required, unique",
    ),
    "number in quotes": (
        BETA,
        "defaults: {credibility: 3}",
        'defaults: {credibility: "3"}',
        f"{BETA}:12:25: R07 '3' is of the wrong type; write it without quotes",
    ),
    "byte order mark": (
        ALPHA,
        "# yaml-language-server",
        "\ufeff# yaml-language-server",
        f"{ALPHA}:1:1: R02 begins with a byte order mark; save the file as UTF-8 without one",
    ),
    "schema that is no table": (
        "schemas/redirects.json",
        (ROOT / "schemas/redirects.json").read_text("utf-8"),
        "[]",
        "schemas/redirects.json:1:1: S02 is not a Table Schema; restore it: git checkout schemas",
    ),
    "ruling on a day that there is not": (
        "seeds/rulings.yaml",
        "[]",
        "- {record_table: events, record_id: ev-x, field: date, chosen_value: a, rejected_values: [b],"
        ' reason: because it is so, decided: "2031-02-30"}',
        "seeds/rulings.yaml:1:130: C04 day is out of range for month; write a day as 2025-03-04",
    ),
    "vocabulary without a definition": (
        "schemas/vocabularies/side.yaml",
        '    definition: "The actor acts and is acted upon alike, as participants of a meeting and signatories do."\n',
        "",
        "schemas/vocabularies/side.yaml:9:5: R06 the key 'definition' is missing; add it",
    ),
    "code without a definition": (
        "schemas/vocabularies/side.yaml",
        '  - code: "both"',
        '  - code: "all"',
        "schemas/event_actors.json:1:1: S04 side: 'both' has no definition; "
        "add it to schemas/vocabularies/side.yaml",
    ),
    "code defined twice": (
        "schemas/vocabularies/side.yaml",
        '  - code: "both"',
        '  - code: "target"',
        "schemas/vocabularies/side.yaml:9:11: C02 the code 'target' is defined twice; keep one",
    ),
    "schema that is no JSON": (
        "schemas/events.json",
        '  "name": "events",',
        '  "name": "events"',
        "schemas/events.json:4:3: S01 is not JSON: Expecting ',' delimiter; correct the syntax here",
    ),
    "registered, and no source mentions it": (
        "seeds/registry/reactions.yaml",
        "- reaction_id: re-ren-welcomes",
        "- reaction_id: re-ren-welcomes\n- reaction_id: re-silence",
        "seeds/registry/reactions.yaml:2:3: M04 no source mentions 're-silence'; "
        "code what an article says about it, or remove it",
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_bad_input_is_reported_in_one_line_at_its_place(
    mmru: Mmru, spoil: Spoil, small: Path, case: str
) -> None:
    path, old, new, message = SPOILED[case]
    assert mmru("build").exit_code == 0
    before = contents(small / "data")
    spoil(path, old, new)
    for command in ("check", "build"):
        refused = mmru(command)
        assert refused.exit_code == 1
        assert message in refused.stderr.splitlines()
        assert "Traceback" not in refused.output
    assert contents(small / "data") == before


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_the_small_dataset_is_sound_before_it_is_spoiled(mmru: Mmru) -> None:
    built = mmru("build")
    assert built.exit_code == 0, built.output
    assert mmru("check").exit_code == 0


def test_everything_wrong_is_reported_in_one_run_sorted_by_place(mmru: Mmru, spoil: Spoil) -> None:
    cases = [
        "unknown key",
        "malformed date",
        "unknown id",
        "line unaccounted for",
        "locator that leaves its line",
    ]
    cases += ["id registered twice", "ruling on a day that there is not"]
    for case in cases:
        spoil(*SPOILED[case][:3])
    lines = mmru("check").stderr.splitlines()
    assert {SPOILED[case][3] for case in cases} <= set(lines)
    assert lines[-1] == f"{len(lines) - 1} problems"
    assert lines[:-1] == sorted(lines[:-1], key=lambda line: (line.split(":")[0], int(line.split(":")[1])))


def test_texts_are_published_composed(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    spoil(ALPHA, "  publisher: The Alpha", "  publisher: The A\u030alpha")
    spoil(ALPHA, "  title: Minister of Arden", '  title: "Minister o\\u0308f Arden')
    spoil(ALPHA, " calls at Port Lindos\n  publ", ' calls at Port Lindos"\n  publ')
    built = mmru("build")
    assert built.exit_code == 0, built.output
    published = (small / "data/sources.csv").read_text("utf-8")
    assert "The \u00c5lpha" in published
    assert "Minister \u00f6f Arden" in published


def test_a_checkout_with_cr_lf_gives_the_same_bytes(mmru: Mmru, small: Path) -> None:
    assert mmru("build").exit_code == 0
    before = contents(small / "data")
    for folder in ("seeds", "schemas", "texts"):
        for path in (small / folder).rglob("*"):
            if path.is_file() and path.parent.name != "editor":
                path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    checked = mmru("check")
    assert checked.exit_code == 0, checked.output
    assert mmru("build").stdout.endswith("; 0 files changed\n")
    assert contents(small / "data") == before
    assert mmru("anchor", "--verify").exit_code == 0


def test_a_problem_has_the_same_place_with_cr_lf(mmru: Mmru, spoil: Spoil, small: Path) -> None:
    spoil(BETA, "          event_type: visit", "          event_type: vist")
    problems = mmru("check").stderr
    (small / BETA).write_bytes((small / BETA).read_bytes().replace(b"\n", b"\r\n"))
    assert mmru("check").stderr == problems


def test_a_file_that_is_not_utf8(mmru: Mmru, small: Path) -> None:
    (small / BETA).write_bytes("source:\n  title: 仰光 cafe".encode() + b"\xe9\n")
    message = f"{BETA}:2:17: R02 byte 0xe9 is not UTF-8; save the file as UTF-8"
    assert message in mmru("check").stderr.splitlines()


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("seeds/articles", "seeds/articles:1:1: R01 is missing; create it for one extraction per article"),
        (
            "seeds/registry/places.yaml",
            "seeds/registry/places.yaml:1:1: R01 is missing; restore or create it",
        ),
        ("seeds/dataset.yaml", "seeds/dataset.yaml:1:1: R01 is missing; restore or create it"),
        ("schemas/claims.json", "schemas/claims.json:1:1: R01 is missing; restore it: git checkout schemas"),
        ("schemas", "schemas:1:1: R01 is missing; run the command in the dataset's top folder"),
    ],
)
def test_a_missing_file_or_folder(mmru: Mmru, small: Path, missing: str, message: str) -> None:
    path = small / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    refused = mmru("build")
    assert refused.exit_code == 1
    assert message in refused.stderr.splitlines()
    assert not (small / "data").exists()


def test_a_folder_where_a_file_should_be(mmru: Mmru, small: Path) -> None:
    (small / BETA).unlink()
    (small / BETA).mkdir()
    message = f"{BETA}:1:1: R01 cannot be read: Is a directory; it must be a readable file"
    assert message in mmru("check").stderr.splitlines()


def test_a_file_that_nothing_reads(mmru: Mmru, small: Path) -> None:
    (small / "seeds/articles/src-gamma.yml").write_text("{}")
    (small / "seeds/articles/.#src-beta.yaml").symlink_to("nowhere")
    for folder in ("seeds", "seeds/registry"):
        (small / folder / "README.md").write_text("About this folder.")
    fix = "move it elsewhere; extractions are seeds/articles/<source_id>.yaml"
    assert mmru("check").stderr.splitlines()[:-1] == [
        f"{path}:1:1: R12 is not part of the seeds; {fix}"
        for path in ("seeds/articles/src-gamma.yml", "seeds/registry/README.md")
    ]


def test_a_schema_of_no_table(mmru: Mmru, small: Path) -> None:
    (small / "schemas/notes.json").write_text("{}")
    message = "schemas/notes.json:1:1: S06 is not a table of the dataset; name it in ORDER in scripts/mmru/model/schema.py, or remove it"
    assert message in mmru("check").stderr.splitlines()


@given(st.text(alphabet="abc:-{}[]\"'|>&*!#%@`,? \n\t\u2028\x7f0.", max_size=60))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_or_refused_at_a_place_in_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text, "utf-8")
    schema = {"type": "object", "additionalProperties": False, "properties": {}}
    document = Validator(schema).validate(Document.read(tmp_path, "x.yaml"))
    assert document.problems or document.data == {}
    for problem in document.problems:
        assert 1 <= problem.line <= text.count("\n") + 2
        assert problem.column >= 1


def test_an_empty_file_is_no_extraction(mmru: Mmru, small: Path) -> None:
    (small / BETA).write_text("")
    message = f"{BETA}:1:1: R07 found nothing instead of a mapping; write a mapping"
    assert message in mmru("check").stderr.splitlines()
