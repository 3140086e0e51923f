"""Coding twice: records paired, agreement measured, differences listed and decided."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import krippendorff
import numpy as np
import pytest
import yaml
from click.testing import Result
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.pipeline.build import build
from mmru.reliability.alpha import Unit, _alpha, _sums, _units, agreement_rows, alpha_of_sums
from mmru.reliability.compare import ANYWHERE, BOTH, EITHER, Judgement, Level, differences, judgements
from mmru.reliability.measure import article_pairs
from mmru.seeds.reader import read_schemas
from steps import code_twice

Run = Callable[..., Result]
SECOND = "seeds/twice/1/second/src-alpha"
DECISIONS = "seeds/twice/1/decisions/src-alpha.yaml"


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take few bootstrap samples: a thousand take longer than all else."""
    monkeypatch.setattr("mmru.reliability.alpha.RESAMPLES", 20)


@pytest.fixture
def twice(small: Path) -> Path:
    """The small dataset, whose one article was coded twice and alike."""
    code_twice(small, "src-alpha")
    return small


def edit(root: Path, path: str, old: str, new: str) -> None:
    file = root / path
    content = file.read_text("utf-8")
    assert old in content, f"{old!r} does not stand in {path}"
    file.write_text(content.replace(old, new), "utf-8")


def compare(root: Path) -> tuple[list[dict[str, object]], list[tuple[object, ...]]]:
    """The figures, and the differences without the article."""
    schemas = read_schemas(root)
    pairs = article_pairs(root, 1, schemas)
    judged = [list(judgements(p, schemas)) for p in pairs]
    found = [d for p, j in zip(pairs, judged) for d in differences(p, j)]
    listed: list[tuple[object, ...]] = [d[1:] for d in found]
    return agreement_rows(pairs, [j for one in judged for j in one]), listed


def figure(rows: list[dict[str, object]], table: str, field: str) -> dict[str, object]:
    return next(r for r in rows if (r["scope"], r["record_table"], r["field"]) == ("all", table, field))


def test_equal_codings_agree_fully_and_differ_in_nothing(twice: Path) -> None:
    rows, found = compare(twice)
    assert found == []
    assert {r["value"] for r in rows} == {1.0, None}
    assert all(r["equal"] == r["units"] and r["first_given"] == r["second_given"] for r in rows)
    assert figure(rows, "events", "record")["units"] == 3


@pytest.mark.parametrize("word", ["quill", "lindos", "ferry", "ren", "arden"])
def test_ids_of_the_coders_own_make_no_difference(twice: Path, word: str) -> None:
    for file in (twice / SECOND).rglob("*.yaml"):
        text = file.read_text("utf-8")
        text = re.sub(rf"\b([a-z-]+-)?{word}(-[a-z]+)?\b(?=[,\]\s}}])", lambda m: m[0] + "-too", text)
        file.write_text(text, "utf-8")
    assert compare(twice)[1] == []


CHANGES = {
    "a single value": (
        ("event_type: meeting", "event_type: talks"),
        ("events", "ev-meeting-quill-ren", "ev-meeting-quill-ren", "event_type", ("meeting",), ("talks",)),
    ),
    "a set": (
        ("sectors: [tourism, {value: agriculture, original: fishing}]", "sectors: [tourism, trade]"),
        ("events", "ev-meeting-quill-ren", "ev-meeting-quill-ren", "sectors", ("agriculture",), ("trade",)),
    ),
    "a part": (
        ("actors.visitor: ada-quill", "actors.traveller: ada-quill"),
        (
            "events",
            "ev-visit-quill-lindos",
            "ev-visit-quill-lindos",
            "actors.role",
            ("ada-quill: visitor",),
            ("ada-quill: traveller",),
        ),
    ),
    "a grade": (
        ("cites\n", "cites\n        credibility: 2\n"),
        (
            "events",
            "ev-meeting-quill-ren",
            "ev-meeting-quill-ren",
            "claims.credibility",
            ("sectors agriculture: 3", "sectors tourism: 3"),
            ("sectors agriculture: 2", "sectors tourism: 2"),
        ),
    ),
    "a code of the registry": (
        ('cameo_code: "040"', 'cameo_code: "046"'),
        ("events", "ev-meeting-quill-ren", "ev-meeting-quill-ren", "cameo_code", ("040",), ("046",)),
    ),
    "a use of a line": (
        ("metadata: [2]", "repetition: [2]"),
        ("passages", "L2", "L2", "use", ("metadata",), ("repetition",)),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_kind_of_difference_is_found_alone(twice: Path, name: str) -> None:
    (old, new), expected = CHANGES[name]
    file = next(f for f in sorted((twice / SECOND).rglob("*.yaml")) if old in f.read_text("utf-8"))
    edit(twice, file.relative_to(twice).as_posix(), old, new)
    rows, found = compare(twice)
    assert found == [expected]
    changed = figure(rows, expected[0], expected[3])
    assert int(str(changed["equal"])) < int(str(changed["units"]))


def test_a_record_of_one_coder_alone_lowers_f1(twice: Path) -> None:
    path = twice / SECOND / "articles/src-alpha.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    data["records"] = [r for r in data["records"] if r.get("reaction") is None]
    path.write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    rows, found = compare(twice)
    assert ("reactions", "re-ren-welcomes", "", "record", ("re-ren-welcomes",), ()) in found
    assert figure(rows, "reactions", "record") == {
        **{"scope": "all", "record_table": "reactions", "field": "record", "measure": "f1", "level": None},
        **{
            "units": 1,
            "equal": 0,
            "first_given": 1,
            "second_given": 0,
            "value": 0.0,
            "low": 0.0,
            "high": 0.0,
        },
    }


def test_alpha_is_that_of_the_published_example() -> None:
    """The two-coder binary example of Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), A."""
    first, second = "0100000000", "1110010100"
    judged = [
        Judgement("src-a", "events", f"ev-{n}", f"ev-{n}", "status", {"": a}, {"": b})
        for n, (a, b) in enumerate(zip(first, second))
    ]
    row = _alpha("events", "status", list(_units(judged)), "nominal")
    assert (row["units"], row["equal"], row["value"]) == (10, 6, 0.095)


@given(st.lists(st.tuples(st.sampled_from("123"), st.sampled_from("123")), min_size=2, max_size=30))
@settings(deadline=None, max_examples=30)
def test_alpha_is_the_librarys_on_numbers(pairs: list[tuple[str, str]]) -> None:
    judged = [
        Judgement("src-a", "events", str(n), str(n), "goldstein", {"": a}, {"": b}, BOTH, "interval")
        for n, (a, b) in enumerate(pairs)
    ]
    row = _alpha("events", "goldstein", list(_units(judged)), "interval")
    if len({v for p in pairs for v in p}) < 2:
        assert row["value"] is None
        return
    data = [[float(v) for v in side] for side in zip(*pairs)]
    known = krippendorff.alpha(reliability_data=data, level_of_measurement="interval")
    assert row["value"] == pytest.approx(known, abs=0.0006)
    assert row["low"] <= row["high"]


@pytest.mark.parametrize("level", ["nominal", "interval"])
@given(pairs=st.lists(st.tuples(st.sampled_from("1237"), st.sampled_from("1237")), min_size=2, max_size=30))
@settings(deadline=None, max_examples=30)
def test_alpha_from_sums_is_the_librarys(level: Level, pairs: list[tuple[str, str]]) -> None:
    units = [Unit(("src-a", str(n)), a, b) for n, (a, b) in enumerate(pairs)]
    values = sorted({value for pair in pairs for value in pair})
    codes = {v: float(v) if level == "interval" else number for number, v in enumerate(values)}
    found = alpha_of_sums(np.array(_sums(units, codes, level)).sum(axis=0), level)
    if len(values) < 2:
        assert found is None
        return
    data = [[float(v) for v in side] for side in zip(*pairs)]
    known = krippendorff.alpha(reliability_data=data, level_of_measurement=level)
    assert found == pytest.approx(known, abs=1e-9)


def test_members_that_coders_are_held_to_have_judged() -> None:
    def of(members: str) -> list[tuple[str, str]]:
        here = Judgement("s", "t", "1", "1", "f", {"a": "x", "b": "x"}, {"a": "x"}, members)
        other = Judgement("s", "t", "2", "2", "f", {"c": "x"}, {}, members)
        return [(u.first, u.second) for u in _units([here, other])]

    assert of(ANYWHERE) == [("x", "x"), ("x", ""), ("", ""), ("", ""), ("", ""), ("x", "")]
    assert of(EITHER) == [("x", "x"), ("x", ""), ("x", "")]
    assert of(BOTH) == [("x", "x")]


def test_differences_are_listed_to_be_decided_and_then_published(twice: Path, mmru: Run) -> None:
    edit(
        twice, f"{SECOND}/articles/src-alpha.yaml", "actors.visitor: ada-quill", "actors.traveller: ada-quill"
    )
    result = mmru("agree")
    assert result.exit_code == 0, result.output
    assert f"{DECISIONS}: 1 difference\n" in result.output
    assert re.search(r"^events record +f1 +1\.000 \(1\.000 to 1\.000\)  3 of 3$", result.output, re.M)
    undecided = mmru("build")
    assert f"{DECISIONS}:8:12: R07 found nothing instead of one code or id; write one" in undecided.output
    path = twice / DECISIONS
    text = path.read_text("utf-8").replace("decision: # first, second, both or neither", "decision: first")
    text = text.replace("reason:", "reason: He comes as a visitor.").replace(
        "decided:", "decided: 2031-06-01"
    )
    path.write_text(text, "utf-8")
    (twice / "seeds/twice/1/sharpened.yaml").write_text(
        "- {record_table: events, field: actors.role, sharpened: Travellers leave or arrive.}\n"
    )
    assert mmru("agree", "--verify").exit_code == 0
    tables = build(twice).tables
    row = tables["adjudications"].to_pylist()[0]
    assert (row["first_values"], row["second_values"]) == (["ada-quill: visitor"], ["ada-quill: traveller"])
    assert (row["decision"], row["first_id"]) == ("first", "ev-visit-quill-lindos")
    low = [r for r in tables["coder_agreement"].to_pylist() if r["sharpened"]]
    assert [(r["field"], r["value"] < 0.8) for r in low] == [("actors.role", True)]


def test_a_difference_is_added_to_a_file_without_a_last_line_feed(twice: Path, mmru: Run) -> None:
    edit(twice, f"{SECOND}/articles/src-alpha.yaml", "metadata: [2]", "repetition: [2]")
    mmru("agree")
    whole = (twice / DECISIONS).read_text("utf-8")
    for kept in ("# a note", "[]\n"):
        (twice / DECISIONS).write_text(kept, "utf-8")
        mmru("agree")
        assert (twice / DECISIONS).read_text("utf-8") == kept.replace("# a note", "# a note\n").replace(
            "[]\n", ""
        ) + whole


def test_the_same_codings_give_the_same_file(twice: Path, mmru: Run) -> None:
    mmru("agree")
    written = (twice / "seeds/twice/1/measured.yaml").read_bytes()
    mmru("agree")
    assert (twice / "seeds/twice/1/measured.yaml").read_bytes() == written


def test_a_coding_that_changed_asks_for_new_figures(twice: Path, mmru: Run) -> None:
    mmru("agree")
    edit(twice, f"{SECOND}/articles/src-alpha.yaml", "metadata: [2]", "repetition: [2]")
    message = (
        "C10 the codings under seeds/twice/ have changed since the agreement was measured; run mmru agree"
    )
    assert f"seeds/twice/1/measured.yaml:3:3: {message}" in mmru("build").output
    files = "this file and 1 other file (seeds/twice/1/measured.yaml)"
    stale = f"{DECISIONS}:1:1: W01 {files} do not match the codings under seeds/twice/; run mmru agree"
    assert stale in mmru("agree", "--verify").output


def test_codings_without_figures(twice: Path, mmru: Run) -> None:
    assert "seeds/twice/1/measured.yaml:1:1: R01 is missing; run mmru agree" in mmru("build").output


def test_a_decision_on_nothing(twice: Path, mmru: Run) -> None:
    (twice / "seeds/twice/1/decisions").mkdir()
    (twice / DECISIONS).write_text(
        "- {source_id: src-alpha, record_table: events, first_id: ev-a, second_id: ev-b, field: date,\n"
        "   decision: first, reason: It is right so., decided: 2031-06-01}\n"
    )
    output = mmru("agree").output
    assert f"{DECISIONS}:1:3: C09 the coders do not differ in this way; remove this decision" in output
    assert not (twice / "seeds/twice/1/measured.yaml").exists()


def test_a_field_sharpened_that_was_not_measured(twice: Path, mmru: Run) -> None:
    mmru("agree")
    (twice / "seeds/twice/1/sharpened.yaml").write_text(
        "- {record_table: events, field: datum, sharpened: Dates are EDTF.}\n"
    )
    message = "C09 coder_agreement has no row for events datum; name one of its fields"
    assert f"seeds/twice/1/sharpened.yaml:1:33: {message}" in mmru("build").output


def test_a_second_coding_without_a_first(twice: Path, mmru: Run) -> None:
    shutil.rmtree(twice / "seeds/twice/1/first")
    message = "R01 is missing; create it with the first coding of each article, unchanged"
    assert f"seeds/twice/1/first:1:1: {message}" in mmru("agree").output


def test_a_second_coding_of_another_text(twice: Path, mmru: Run) -> None:
    shutil.rmtree(twice / "seeds/twice/1/first/articles")
    (twice / "seeds/twice/1/first/articles").mkdir()
    message = (
        "C08 codes a text that the first coder did not code; put its first coding into seeds/twice/1/first"
    )
    assert f"{SECOND}:1:1: {message}" in mmru("agree").output


def test_a_mistake_in_a_coding_is_told_at_its_place(twice: Path, mmru: Run) -> None:
    edit(twice, f"{SECOND}/articles/src-alpha.yaml", "event_type: visit", "event_type: vist")
    output = mmru("agree").output
    assert re.search(
        rf"^{SECOND}/articles/src-alpha\.yaml:\d+:\d+: R08 'vist' is not among .*'visit'\?$", output, re.M
    )


def test_a_frozen_round_keeps_its_figures_when_a_code_goes(twice: Path, mmru: Run) -> None:
    edit(twice, f"{SECOND}/articles/src-alpha.yaml", "event_type: meeting", "event_type: talks")
    shutil.copytree(twice / "schemas", twice / "seeds/twice/1/schemas")
    assert mmru("agree").exit_code == 0
    figures = (twice / "seeds/twice/1/measured.yaml").read_bytes()
    # the dataset does not know the code of the second coder any more
    edit(twice, "schemas/events.json", '          "talks",\n', "")
    assert mmru("agree", "--verify").exit_code == 0
    assert (twice / "seeds/twice/1/measured.yaml").read_bytes() == figures
    shutil.rmtree(twice / "seeds/twice/1/schemas")
    assert "'talks' is not among the codes of event_type" in mmru("agree").output


def test_a_mistake_in_the_schemas_of_a_round_is_reported_at_its_place(twice: Path, mmru: Run) -> None:
    shutil.copytree(twice / "schemas", twice / "seeds/twice/1/schemas")
    (twice / "seeds/twice/1/schemas/events.json").write_text("[]")
    assert mmru("agree").output.startswith("seeds/twice/1/schemas/events.json:1:1: S02 is not a Table Schema")


def test_each_round_has_its_figures_and_decisions(twice: Path, mmru: Run) -> None:
    edit(twice, f"{SECOND}/articles/src-alpha.yaml", "event_type: meeting", "event_type: talks")
    shutil.copytree(twice / "seeds/twice/1", twice / "seeds/twice/2")
    assert mmru("agree").exit_code == 0
    for path in (twice / "seeds/twice").glob("*/decisions/*.yaml"):
        text = path.read_text("utf-8").replace(
            "decision: # first, second, both or neither", "decision: first"
        )
        text = text.replace("reason:", "reason: It is right so.").replace("decided:", "decided: 2031-06-01")
        path.write_text(text, "utf-8")
    for number in (1, 2):
        (twice / f"seeds/twice/{number}/sharpened.yaml").write_text(
            "- {record_table: events, field: event_type, sharpened: Talks are prepared.}\n"
        )
    tables = build(twice).tables
    assert [(r["round"], r["second_values"]) for r in tables["adjudications"].to_pylist()] == [
        (1, ["talks"]),
        (2, ["talks"]),
    ]
    rounds = [r["round"] for r in tables["coder_agreement"].to_pylist()]
    assert rounds.count(1) == rounds.count(2) > 0


def test_a_file_under_twice_that_nothing_reads(twice: Path, mmru: Run) -> None:
    mmru("agree")
    (twice / "seeds/twice/1/notes.yaml").write_text("[]\n")
    assert "seeds/twice/1/notes.yaml:1:1: R12 is not part of the seeds" in mmru("build").output
