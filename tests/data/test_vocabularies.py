"""The vocabularies: every code is defined, and what it refers to exists."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from conftest import ROOT
from mmru.checks.rules.codes import CONTEXTS
from mmru.errors import InvalidDataset
from mmru.model.schema import Code
from mmru.seeds.reader import read_schemas

VOCABULARIES = read_schemas(ROOT).vocabularies
CODES = [(name, code) for name, codes in VOCABULARIES.items() for code in codes.values()]
SHORTEST = 50  # characters of a definition


def test_every_code_has_a_label_and_a_definition_of_its_own() -> None:
    for name, code in CODES:
        assert len(code.definition) >= SHORTEST, (name, code.code)
        assert code.definition[0].isupper(), (name, code.code)
        assert code.definition.rstrip('"').endswith("."), (name, code.code)
        assert code.label.casefold() not in (code.definition.rstrip(".").casefold(), ""), (name, code.code)
    definitions = Counter((name, code.definition) for name, code in CODES)
    labels = Counter((name, code.label) for name, code in CODES)
    assert [key for key, count in (definitions + labels).items() if count > 1] == []


def test_every_outside_code_has_the_form_of_its_scheme() -> None:
    forms = {"cameo": r"(0[1-9]|1[0-9]|20)\d{0,2}", "iso3166-1": r"[A-Z]{3}"}
    for name, code in CODES:
        for entry in code.mapping:
            scheme, _, outside = entry.partition(":")
            assert re.fullmatch(forms[scheme], outside), (name, code.code, entry)


def test_the_first_digits_of_a_cameo_code_lead_to_its_type() -> None:
    types = VOCABULARIES["plover_type"].items()
    cues = {entry.removeprefix("cameo:"): name for name, kind in types for entry in kind.mapping}
    appeals = {"02": "REQUEST"}  # PLOVER has no type for CAMEO's appeals; a request is one
    for code in VOCABULARIES["cameo"].values():
        assert code.allowed("plover_type") == ((cues | appeals)[code.code[:2]],)


def test_a_code_with_a_unit_has_a_range() -> None:
    measures = [code for name, code in CODES if name in ("event_detail", "agreement_term")]
    assert [
        c.code for c in measures if bool(c.unit) != (None not in (c.minimum, c.maximum, c.whole_number))
    ] == []


def test_what_fits_an_event_type_fits_each_other() -> None:
    modes, cameo = VOCABULARIES["plover_mode"], VOCABULARIES["cameo"]
    for code in VOCABULARIES["event_type"].values():
        types = set(code.allowed("plover_type"))
        assert {*code.required} <= {*code.allowed("event_role")}, code.code
        for mode in code.allowed("plover_mode"):
            assert types & {*modes[mode].allowed("plover_type")}, (code.code, mode)
        for number in code.allowed("cameo"):
            assert {*cameo[number].allowed("plover_type")} <= types, (code.code, number)


def test_what_is_doubtful_has_no_goldstein_score() -> None:
    events = pd.read_parquet(ROOT / "data" / "events.parquet")
    coded = events[events["cameo_code"].notna()]
    doubtful = coded["status"].map(lambda code: VOCABULARIES["status"][code].group == "doubtful")
    assert doubtful.any()
    assert (coded["goldstein"].isna() == doubtful).all()


def test_a_role_named_twice_needs_two_actors() -> None:
    meeting = Code("meeting", "Meeting", "", required_roles=("participant+participant", "host"))
    assert meeting.required == {"participant": 2, "host": 1}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'required_roles: ["announcer"]',
            'required_roles: ["anouncer"]',
            "schemas/vocabularies/event_type.yaml:179:22: S07 there is no 'anouncer'; name one of event_role",
        ),
        (
            '"cameo:043"',
            '"cameos:043"',
            "schemas/vocabularies/event_type.yaml:11:22: S07 there is no 'cameos:043'; "
            "write vocabulary:code, such as stance:welcomes",
        ),
        (
            '    group: visits\n  - code: "meeting"',
            '    lane: visits\n  - code: "meeting"',
            "schemas/vocabularies/event_type.yaml:14:5: R05 unknown key 'lane'; did you mean 'label'?",
        ),
    ],
)
def test_a_mistake_in_a_vocabulary_is_one_problem(small: Path, old: str, new: str, message: str) -> None:
    path = small / "schemas/vocabularies/event_type.yaml"
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(InvalidDataset) as raised:
        read_schemas(small)
    assert [str(problem) for problem in raised.value.problems] == [message]


def test_roles_can_be_required_only_where_there_are_roles(small: Path) -> None:
    path = small / "schemas/vocabularies/side.yaml"
    path.write_text(f'{path.read_text("utf-8")}    required_roles: ["visitor"]\n', "utf-8")
    with pytest.raises(InvalidDataset, match="S07 there is no 'visitor'; remove it: side has no roles"):
        read_schemas(small)


def test_contexts_and_the_sectors_that_call_for_them_are_codes() -> None:
    assert set(CONTEXTS) <= set(VOCABULARIES["plover_context"])
    assert {sector for sectors in CONTEXTS.values() for sector in sectors} <= set(VOCABULARIES["sector"])
