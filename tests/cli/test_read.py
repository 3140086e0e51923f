"""Bad input: all of it is reported in one run, and data/ stays; test_errors.py runs the examples of each code."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import steps
from click.testing import Result
from copies import Tables
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmru.io.validation import Validator
from mmru.io.yaml_file import Document

Mmru = Callable[..., Result]
Spoil = Callable[[str, str, str], None]

ALPHA = "seeds/articles/src-alpha.yaml"
BETA = "seeds/articles/src-beta.yaml"

EXAMPLES = {example.id: example for example in steps.examples()}


# a build stops after each of these steps if it finds an error: schemas, seeds, merge, tables
@pytest.mark.parametrize("name", ["S01", "R08", "M01", "T27 in the seeds"])
def test_a_refused_build_leaves_the_data_as_they_were(mmru: Mmru, built_small: Path, name: str) -> None:
    before = contents(built_small / "data")
    for step in EXAMPLES[name].steps:
        steps.spoil(built_small, step, mmru)
    checked, refused = mmru("check"), mmru("build")
    assert (checked.exit_code, refused.exit_code) == (1, 1)
    assert EXAMPLES[name].message in refused.stderr.splitlines()
    assert refused.stderr == checked.stderr.rstrip("\n") + "; nothing was written\n"
    assert contents(built_small / "data") == before


def contents(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir()}


def test_everything_wrong_is_reported_in_one_run_sorted_by_place(mmru: Mmru, small: Path) -> None:
    names = ["R05", "C04", "C01", "A08", "A03", "C02", "C04 ruling on a day that does not exist"]
    for name in names:
        for step in EXAMPLES[name].steps:
            steps.spoil(small, step, mmru)
    lines = mmru("check").stderr.splitlines()
    assert {EXAMPLES[name].message for name in names} <= set(lines)
    assert lines[-1] == f"{len(lines) - 1} problems"
    assert lines[:-1] == sorted(lines[:-1], key=lambda line: (line.split(":")[0], int(line.split(":")[1])))


@pytest.mark.edited(
    (ALPHA, "  publisher: The Alpha", "  publisher: The A\u030alpha"),
    (ALPHA, "  title: Minister of Arden", '  title: "Minister o\\u0308f Arden'),
    (ALPHA, " calls at Port Lindos\n  publ", ' calls at Port Lindos"\n  publ'),
)
def test_texts_are_published_composed(tables: Tables) -> None:
    source = tables["sources"][0]
    assert source["publisher"] == "The \u00c5lpha"
    assert source["title"].startswith("Minister \u00f6f Arden")


def test_a_checkout_with_cr_lf_gives_the_same_bytes(mmru: Mmru, built_small: Path) -> None:
    before = contents(built_small / "data")
    for folder in ("seeds", "schemas", "texts"):
        for path in (built_small / folder).rglob("*"):
            if path.is_file() and path.parent.name != "editor":
                path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert mmru("build").stdout.endswith("; 0 files changed\n")
    assert contents(built_small / "data") == before
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
