"""Articles: rows and problems of one article, and of many that several processes read."""

from __future__ import annotations

import copy
import json
import os
import re
import signal
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmru.io.yaml_file import Document
from mmru.model.characters import comparable, is_zawgyi
from mmru.model.schema import Schemas
from mmru.model.text import Path_, forbidden
from mmru.seeds import articles as reading
from mmru.seeds.articles import Articles, extractions, read_articles
from mmru.seeds.extract import Extraction
from mmru.seeds.fingerprints import path_for
from mmru.seeds.json_schema import Form
from mmru.seeds.reader import read_coding, read_schemas
from mmru.seeds.rows import ClaimRow

sys.path.insert(0, str(ROOT / "benchmarks"))
from corpus import write_corpus

ALPHA, BETA = "seeds/articles/src-alpha.yaml", "seeds/articles/src-beta.yaml"

# values that are valid at few places of an article, or at none
ODD: list[Any] = [
    *("", " ", " x", "x ", "=1", "+x", "-5", "@x", "a\nb", "a\tb", "a\u200bb", "\ufeff", "e\u0301", "\u0301"),
    *("\u00a0", "\u3000a", "\x85", "\ud7ff\ue000", "x" * 100_001, '"', "'", "\\", "true", "und"),
    *(None, True, False, 0, -1, 5, 2, 1.0, 2.5, -7, 10**39, -(10**39), 10**400, 1e300, 2**53, 2021),
    *([], {}, ["x"], [[]], {"value": "x"}, {"value": 3}, {"value": "x", "basis": "inferred"}),
    *("2021", "2021-13", "2021-02~", "[2021..2022]", "2021/", "x/y", "implied", "inferred", "stated"),
    *("headline", "translation", "repetition", "coded", "L1~00000000", "L999999999.0-1~00000000", "en", "my"),
]


class Coding:
    """What articles of the small dataset are read with."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.schemas: Schemas = read_schemas(root)
        self.forms: dict[str, Form] = dict(read_coding(root, "seeds", self.schemas).forms)

    def write(self, name: str, data: object) -> str:
        """Write an article of the text of ALPHA; return its path."""
        (self.root / f"{name}.yaml").write_text(json.dumps(data), "utf-8")
        fingerprints = (self.root / "seeds/fingerprints/src-alpha.yaml").read_text("utf-8")
        (self.root / "fingerprints").mkdir(exist_ok=True)
        (self.root / f"fingerprints/{name}.yaml").write_text(fingerprints.replace("src-alpha", name), "utf-8")
        return f"{name}.yaml"

    def extract(self, data: object) -> Extraction:
        return next(extractions(self.root, [self.write("src-one", data)], self.schemas, self.forms))

    def read(self, paths: list[str]) -> Articles:
        return read_articles(self.root, paths, self.schemas, self.forms)


@pytest.fixture(scope="module")
def coding(sound: Path) -> Coding:
    return Coding(sound)


@pytest.fixture(scope="module")
def valid(coding: Coding) -> dict[str, Any]:
    """The data of the valid article ALPHA."""
    data: dict[str, Any] = Document.read(coding.root, ALPHA).data
    return data


@pytest.fixture(scope="module")
def before(coding: Coding, valid: dict[str, Any]) -> Extraction:
    """What is extracted from the valid article."""
    extraction = coding.extract(valid)
    assert not extraction.problems
    return extraction


def leaves(data: Any, path: Path_ = ()) -> list[Path_]:
    """Return the paths of all values that are neither lists nor mappings."""
    if not isinstance(data, (dict, list)):
        return [path]
    items = data.items() if isinstance(data, dict) else enumerate(data)
    return [leaf for step, value in items for leaf in leaves(value, (*path, step))]


def changed(data: Any, path: Path_, value: object) -> Any:
    """Return the data with another value at a path."""
    data = copy.deepcopy(data)
    part = data
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = copy.deepcopy(value)
    return data


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_record_leaves_the_claims_on_other_records(
    coding: Coding, valid: dict[str, Any], before: Extraction, data: st.DataObject
) -> None:
    path = data.draw(st.sampled_from([p for p in leaves(valid) if p[0] == "records"]))
    # other values that are forbidden keep the whole file from being validated
    odd = [value for value in ODD if all(fault.code == "R11" for _, fault in forbidden(value))]
    after = coding.extract(changed(valid, path, data.draw(st.sampled_from(odd))))

    def others(extraction: Extraction) -> list[ClaimRow]:
        return [claim for claim in extraction.claims if claim.record != path[1]]

    assert others(after) == others(before)
    assert all(p.path == "src-one.yaml" and p.line == 1 and p.column > 1 for p in after.problems)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_rows_and_problems_do_not_depend_on_the_number_of_processes(
    coding: Coding, valid: dict[str, Any], data: st.DataObject
) -> None:
    places = st.sampled_from(leaves(valid))
    edits = data.draw(st.lists(st.tuples(places, st.sampled_from(ODD)) | st.none(), max_size=6))
    paths = [BETA]
    for number, edit in enumerate(edits):
        paths.append(coding.write(f"src-many-{number}", changed(valid, *edit) if edit else valid))
    found = []
    for processes in (1, data.draw(st.integers(2, 4))):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reading, "_processes", lambda articles, n=processes: n)
            found.append(coding.read(paths))
    one, several = found
    assert several.sources == one.sources
    assert several.problems == one.problems
    assert several.claims.equals(one.claims)
    assert several.passages.equals(one.passages)
    assert one.claims["article"].to_pylist() == sorted(one.claims["article"].to_pylist())


def test_every_row_of_the_dataset_is_found_where_it_is_written() -> None:
    articles_of = Coding(ROOT)
    paths = [f"seeds/articles/{path.name}" for path in sorted((ROOT / "seeds/articles").glob("*.yaml"))]
    articles = articles_of.read(paths)
    assert not articles.problems
    files = [*paths, *map(path_for, paths)]
    lines = {path: (ROOT / path).read_text("utf-8").split("\n") for path in files}
    found = 0
    for row, claim in enumerate(articles.claims.to_pylist()):
        path, line, column = articles.positions.claim(row)
        written = lines[path][line - 1][column - 1 :]
        assert path == f"seeds/articles/{claim['source_id']}.yaml"
        if claim["field"] == "identity":
            grade = r"(&\w+ )?\{?(at|by|credibility|basis|reason|event|agreement|reaction|actor): "
            assert re.match(grade, written)
        elif not written.startswith(("value: ", "{value: ", ">", "|", '"', "'", "&", "*")):
            assert written.startswith(claim["value"].split()[0]), (path, line, column)
            found += 1
    assert found > 100
    for row, passage in enumerate(articles.passages.to_pylist()):
        path, line, column = articles.positions.passage(row)
        numbers = [
            int(n) for n in re.findall(r"^\d+(?:-\d+)?", lines[path][line - 1][column - 1 :])[0].split("-")
        ]
        assert numbers[0] <= passage["line"] <= numbers[-1]
        assert path.startswith("seeds/fingerprints/") == (passage["use"] == "coded")


def coded(coding: Coding, valid: dict[str, Any], record: dict[str, Any], **defaults: Any) -> list[str]:
    """Return line, speaker, grades and reason of each claim on a record."""
    data = {**valid, "defaults": defaults, "records": [{"event": "ev-visit-quill-lindos", **record}]}
    return [
        f"{c.field} L{c.line} {c.attributed_to_actor_id} {c.basis} {c.credibility} {c.reason}"
        for c in coding.extract(data).claims
    ]


FIRST = {"at": "L4.0-60~ff80d7a8", "says": {"event_type": "visit"}}
OTHER = {"at": "L5.26-63~db90ec1d", "says": {"status": "occurred"}}
WHY = "It follows from the text."


@pytest.mark.parametrize(
    ("record", "defaults", "expected"),
    [
        (
            {"claims": [FIRST, {**OTHER, "by": "bo-ren", "credibility": 2}]},
            {"credibility": 3},
            [
                "identity L4 None stated 3 None",
                "event_type L4 None stated 3 None",
                "status L5 bo-ren stated 2 None",
            ],
        ),
        (
            {"claims": [FIRST, {**OTHER, "by": None, "basis": "stated"}]},
            {"credibility": 3, "by": "bo-ren", "basis": "implied"},
            # what is implied needs a reason: there is none here, which is a problem
            [
                "identity L4 bo-ren implied 3 None",
                "event_type L4 bo-ren implied 3 None",
                "status L5 None stated 3 None",
            ],
        ),
        (
            {"claims": [{**FIRST, "basis": "implied", "reason": WHY, "by": "bo-ren", "credibility": 4}]},
            {"credibility": 3},
            [f"identity L4 bo-ren implied 4 {WHY}", f"event_type L4 bo-ren implied 4 {WHY}"],
        ),
        (
            {"identity": {"basis": "inferred", "reason": "Named by src-beta."}, "claims": [FIRST]},
            {"credibility": 3},
            ["identity L4 None inferred 3 Named by src-beta.", "event_type L4 None stated 3 None"],
        ),
        (
            {
                "identity": {"at": "L5.26-63~db90ec1d"},
                "claims": [{**FIRST, "by": "bo-ren", "credibility": 4}],
            },
            {"credibility": 3},
            ["identity L5 None stated 3 None", "event_type L4 bo-ren stated 4 None"],
        ),
        (
            {"identity": {"by": None}, "claims": [{**FIRST, "by": "bo-ren"}]},
            {"credibility": 3},
            ["identity L4 None stated 3 None", "event_type L4 bo-ren stated 3 None"],
        ),
    ],
)
def test_a_claim_has_its_own_grades_else_those_of_its_article_and_an_identity_those_of_the_first_claim(
    coding: Coding,
    valid: dict[str, Any],
    record: dict[str, Any],
    defaults: dict[str, Any],
    expected: list[str],
) -> None:
    assert coded(coding, valid, record, **defaults) == expected


def test_a_record_without_a_claim_and_a_place_is_a_problem(coding: Coding, valid: dict[str, Any]) -> None:
    data = {**valid, "records": [*valid["records"], {"event": "ev-visit-quill-lindos"}]}
    [problem] = coding.extract(data).problems
    assert (problem.code, problem.message) == ("A02", "cites no words of the text")


def test_a_mistake_in_the_first_claim_is_reported_once(coding: Coding, valid: dict[str, Any]) -> None:
    for path, value, code in (
        (("records", 2, "claims", 0, "at"), "L9~00000000", "A03"),
        (("records", 2, "claims", 0, "at"), "L6~5b2524f4", "A04"),
        (("records", 2, "claims", 0, "by"), None, "R07"),
        (("records", 2, "claims", 0, "credibility"), 7, "R08"),
    ):
        assert [p.code for p in coding.extract(changed(valid, path, value)).problems] == [code]


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), max_size=12)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=SPANS)
def test_the_share_cited_is_that_of_the_characters_cited(
    coding: Coding, valid: dict[str, Any], spans: list[tuple[int, int]]
) -> None:
    line = {"line": 4, "chars": 146}
    spans = [(start, min(start + size, line["chars"])) for start, size in spans if start < line["chars"]]
    groups = [
        {"at": f"L{line['line']}.{start}-{end}~00000000", "credibility": 3, "says": {"event_type": "visit"}}
        for start, end in spans
    ]
    record = {"event": "ev-visit-quill-lindos", "identity": {"at": f"L{line['line']}.0-1~00000000"}}
    record["identity"]["credibility"] = 3  # type: ignore[index]
    extraction = coding.extract({**valid, "records": [{**record, "claims": groups}]})
    cited = {0, *(n for start, end in spans for n in range(start, end))}
    [passage] = [p for p in extraction.passages if p.line == line["line"]]
    assert passage.share_cited == round(len(cited) / line["chars"], 4)
    assert passage.claim_count == len(spans) + 1


@given(st.text(max_size=6) | st.sampled_from([value for value in ODD if isinstance(value, str)]))
def test_a_text_is_forbidden_by_each_rule_and_by_nothing_else(text: str) -> None:
    is_number = text[:1] in ("+", "-") and text[1:].replace(".", "", 1).isdecimal() and text[-1] != "."
    allowed = (
        len(text) <= 100_000
        and comparable(text).strip() != ""
        and not is_zawgyi(text)
        and (text[0] not in "=+-@" or (is_number and text[1] != "."))
        and not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)
        and not {"\ufffe", "\uffff"} & {*text}  # no characters of XML
    )
    for data, path in ((text, ()), ([{"a": text}], (0, "a"))):
        assert [(at, fault.code) for at, fault in forbidden(data)] == ([] if allowed else [(path, "R11")])


@pytest.mark.slow
def test_a_script_without_a_main_guard_builds_many_articles_and_runs_once(tmp_path: Path) -> None:
    write_corpus(tmp_path / "dataset", 500)
    script = tmp_path / "script.py"
    script.write_text(
        "from pathlib import Path\nfrom mmru.pipeline.build import build\nprint('begun', flush=True)\n"
        "print(build(Path('dataset')).tables['sources'].num_rows)\n"
    )
    ran = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr, ran.returncode) == ("begun\n500\n", "", 0)


# in the processes that read articles, something else is done first
SCRIPT = """
import os, signal, time
from mmru.cli.main import main
from mmru.seeds import articles
main_process, extract = os.getpid(), articles.extract
def stopped(*arguments):
    if os.getpid() != main_process:
        {action}
    return extract(*arguments)
articles.extract, articles._processes = stopped, lambda articles: 2
main(["build"])
"""
WAIT = "open(f'begun-{os.getpid()}', 'w').close(); time.sleep(60)"


@pytest.mark.slow
def test_a_killed_process_ends_the_build_in_one_line(small: Path) -> None:
    script = SCRIPT.format(action="os.kill(os.getpid(), signal.SIGKILL)")
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=small, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr == "Error: a process that read articles was killed; run the command again\n"
    assert not (small / "data").exists()


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_a_build_that_is_stopped(small: Path, sent: signal.Signals) -> None:
    ran = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(action=WAIT)],
        cwd=small,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while len(list(small.glob("begun-*"))) < 2:
        assert ran.poll() is None
        time.sleep(0.05)
    # Ctrl-C reaches all processes of the terminal, a kill only one
    (os.killpg if sent == signal.SIGINT else os.kill)(ran.pid, sent)
    _, message = ran.communicate(timeout=30)
    assert message.strip() == ("Aborted!" if sent == signal.SIGINT else "")
    assert ran.returncode == (1 if sent == signal.SIGINT else -signal.SIGKILL)
    until = time.monotonic() + 30
    while time.monotonic() < until and _lives(ran.pid):
        time.sleep(0.05)
    assert not _lives(ran.pid)
    assert not (small / "data").exists()


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
