"""Hostile input is refused with one line that says what is wrong, in little time and memory.

The examples of R04 (a key twice) and R13 (a link out of the dataset) in errors/ are not repeated here.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmru.errors import InvalidDataset
from mmru.model.locator import parse
from mmru.model.text import too_long
from mmru.pipeline.build import build
from mmru.seeds.anchor import locate
from steps import spoil

Run = Callable[..., Result]
FILE = "seeds/redirects.yaml"
ROW = "- {{old_id: {0}, record_table: events, reason: because it is so, since: 0.0.9}}\n"
SECONDS, MEGABYTES = 10.0, 500

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)
# the content of the file, and the beginning of the line that is printed
HOSTILE: dict[str, tuple[bytes, str]] = {
    "an alias bomb": (BOMB.encode(), "1:1: R03 is not YAML: alias replay limit exceeded"),
    "lists a million deep": (b"[" * 10**6 + b"]" * 10**6, "1:256: R03 is not YAML: recursion limit exceeded"),
    "mappings a million deep": (b"{a: " * 10**6, "1:1021: R03 is not YAML: recursion limit exceeded"),
    "block lists a million deep": (b"- " * 10**6 + b"x", "1:1: R15 is nested too deeply"),
    "block mappings deep by their indent": (
        "".join(" " * n + "a:\n" for n in range(2000)).encode(),
        "101:1: R15 is nested too deeply",
    ),
    "colons a million deep": (b": " * 10**6 + b"x", "1:1: R15 is nested too deeply"),
    "a scalar of 100 MB": (b"- old_id: " + b"x" * 10**8, "1:1: R14 has more than 16000000 bytes"),
    "a scalar of 15 MB": (ROW.format("x" * 15_000_000).encode(), "1:12: R11 a text of 15000000 characters"),
    "a number of 100,000 digits": (ROW.format("1" * 10**5).encode(), "1:12: R09 the number is too large"),
    "a key that is a number": (b"- 1: a\n", "1:3: R07 the key 1 is not text"),
    "a key that is a list": (b"- ? [a]\n  : b\n", "1:3: R07 the key ('a',) is not text"),
    "NUL": (
        ROW.format("a\x00b").encode(),
        "1:13: R11 the invisible character U+0000 is not allowed here; remove it",
    ),
    "a control character": (
        ROW.format("a\x07b").encode(),
        "1:13: R11 the invisible character U+0007 is not allowed here; remove it",
    ),
    "a zero-width character": (ROW.format("a\u200bb").encode(), "1:12: R11 the invisible character U+200B"),
    "a bidirectional character": (
        ROW.format("a\u202eb").encode(),
        "1:13: R11 the invisible character U+202E is not allowed here; remove it",
    ),
    "a bidirectional character in a comment": (
        "[] # a\u2067b\n".encode(),
        "1:7: R11 the invisible character U+2067 is not allowed here; remove it",
    ),
    "a control character in a key": ("- {a\x9fb: c}\n".encode(), "1:5: R11 the invisible character U+009F"),
    "a line end that is neither LF nor CR LF": (
        b"[] # a\r- b\r\n",
        "1:7: R11 the invisible character U+000D",
    ),
    "a line separator in a comment": (
        "[] # a\u2028- b\n".encode(),
        "1:7: R11 the invisible character U+2028",
    ),
    "a million control characters": (b"#" + b"\x08" * 10**6, "1:1: R16 has more than 1000 control or bidi"),
    "a bidirectional character, escaped": (
        ROW.format('"a\\u202eb"').encode(),
        "1:12: R11 the invisible character U+202E is not allowed in text; write it in plain text",
    ),
    "a bidirectional character, escaped, in a quote": (
        b'- {original: "a\\u202eb"}',
        "1:14: R11 the invisible character U+202E is not allowed in text",
    ),
    "only characters that nobody sees": (
        ROW.format('"\u3164"').encode(),
        "1:12: R11 the text has no visible",
    ),
    "a number that is none": (
        ROW.format(".nan").encode(),
        "1:12: R09 .nan is not a finite number; write a number",
    ),
    "a number without end": (
        ROW.format("-1e999").encode(),
        "1:12: R09 -1e999 is not a finite number; write a",
    ),
    "text that is not composed": (
        ROW.format("e\u0301e").encode(),
        "1:12: R09 '\u00e9e' has the wrong form",
    ),
    "a lone surrogate, escaped": (ROW.format('"a\\ud800b"').encode(), "1:12: R03 is not YAML"),
    "a lone surrogate, in bytes": (b"- old_id: a\xed\xa0\x80b\n", "1:12: R02 byte 0xed is not UTF-8"),
    "an id that climbs": (
        ROW.format("../../etc/passwd").encode(),
        "1:12: R09 '../../etc/passwd' has the wrong",
    ),
    "a formula with =": (ROW.format('"=1+1"').encode(), "1:12: R11 a text that begins with '='"),
    "a formula with +": (ROW.format('"+1+1"').encode(), "1:12: R11 a text that begins with '+'"),
    "a formula with -": (ROW.format('"-1+1"').encode(), "1:12: R11 a text that begins with '-'"),
    "a formula with @": (ROW.format('"@sum"').encode(), "1:12: R11 a text that begins with '@'"),
    "a formula behind a tab": (ROW.format('"\\t=1+1"').encode(), "1:12: R11 the invisible character U+0009"),
    "a tag that asks to run": (
        b"- !!python/object/apply:os.system [id]\n",
        "1:3: R07 found a list instead of",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_in_one_line_quickly(name: str, small: Path, mmru: Run) -> None:
    content, expected = HOSTILE[name]
    (small / FILE).write_bytes(content)
    began = time.monotonic()
    result = mmru("check")
    seconds = time.monotonic() - began
    assert result.exit_code == 1, result.stderr[:500]
    assert isinstance(result.exception, SystemExit)
    assert any(line.startswith(f"{FILE}:{expected}") for line in result.stderr.splitlines()), result.stderr[
        :500
    ]
    # on a busy machine; on a quiet one it is under two
    assert seconds < SECONDS


# A small process starts the command: what the process of the test holds would count as memory of its child.
WATCH = """
import json, os, subprocess, sys
run = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
printed = run.stderr.read().decode()
_, status, used = os.wait4(run.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), printed, used.ru_maxrss / 1024]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_takes_little_memory(name: str, small: Path) -> None:
    (small / FILE).write_bytes(HOSTILE[name][0])
    mmru = str(Path(sys.executable).parent / "mmru")
    watch = [sys.executable, "-I", "-S", "-c", WATCH, mmru, "check"]
    ran = subprocess.run(watch, cwd=small, capture_output=True, text=True, check=True)
    code, printed, megabytes = json.loads(ran.stdout)
    assert code == 1, printed
    assert "Traceback" not in printed
    assert megabytes < MEGABYTES


def test_a_folder_that_links_out_of_the_dataset_is_not_read(small: Path, mmru: Run) -> None:
    (small / "seeds" / "registry").rename(small.parent / "registry")
    (small / "seeds" / "registry").symlink_to(small.parent / "registry")
    assert (
        "seeds/registry/actors.yaml:1:1: R13 is a link to a file outside the dataset" in mmru("check").output
    )


MARKUP = "</script><script>alert(1)</script> <b>&amp;\"'` ${7*7} {{7*7}} %s \\ |"


def test_markup_stays_text_in_every_output(small: Path, mmru: Run) -> None:
    texts = {
        "seeds/registry/events.yaml": "title: Visit of Ada Quill to Lindos",
        "seeds/registry/actors.yaml": "description: Governor of Lindos, a made-up island.",
        "seeds/dataset.yaml": "description: Two made-up articles on a made-up visit, for the tests.",
    }
    for path, old in texts.items():
        new = f"{old.partition(':')[0]}: {json.dumps(MARKUP)}"
        spoil(small, {"edit": path, "old": old, "new": new}, mmru)
    built = mmru("build")
    assert built.exit_code == 0, built.output
    assert mmru("verify").exit_code == 0
    package = json.loads((small / "datapackage.json").read_text("utf-8"))
    assert package["description"].startswith(MARKUP)
    shown = mmru("show", "ev-visit-quill-lindos").output
    assert MARKUP in shown
    assert MARKUP not in (small / "docs/codebook.md").read_text("utf-8")


def outcome(call: Callable[[], object]) -> object:
    """Return what a call returns, or the message of the ValueError that it raises."""
    try:
        return call()
    except ValueError as error:
        return str(error)


@given(st.text(), st.lists(st.text(alphabet=st.characters(blacklist_characters="\n"))), st.integers(1, 5))
def test_any_locator_or_quote_is_found_or_refused(words: str, lines: list[str], line: int) -> None:
    assert outcome(lambda: parse(words))
    assert outcome(lambda: locate(words, lines))
    assert outcome(lambda: locate(words, lines, line))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
SEEDS = ("seeds/redirects.yaml", "seeds/rulings.yaml", "seeds/dataset.yaml", "seeds/articles/src-beta.yaml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(st.sampled_from(SEEDS), ANY.filter(lambda data: data != []))  # which is valid, and built in full
def test_any_yaml_in_any_seed_is_read_or_refused(small: Path, path: str, data: object) -> None:
    content = (small / path).read_bytes()
    (small / path).write_text(json.dumps(data), "utf-8")
    problems = []
    try:
        build(small)
    except InvalidDataset as refused:
        problems = refused.problems
    finally:
        (small / path).write_bytes(content)
    assert all(p.path.startswith(("seeds/", "schemas/")) for p in problems)


CELL = 32_767
BIRD = "\U0001f54a"  # counts twice in a workbook
TOO_LONG: dict[str, tuple[str, str]] = {
    "a text": (
        "x" * (CELL + 1),
        "1:45: R11 a text of 32768 characters is too long: a workbook cell holds at most 32767; shorten it",
    ),
    "a text with characters that count twice": (
        "x" * (CELL - 1) + BIRD,
        "1:45: R11 a text of 32768 characters is too long: a workbook cell holds at most 32767; shorten it",
    ),
    "a character that XML lacks": (
        "because \ufffe it is so",
        "1:45: R11 the invisible character U+FFFE is not allowed in text; write it in plain text",
    ),
}


@pytest.mark.parametrize("case", TOO_LONG)
def test_what_no_workbook_holds_is_refused_where_it_is_written(case: str, small: Path, mmru: Run) -> None:
    text, message = TOO_LONG[case]
    (small / FILE).write_text(
        ROW.format("x").replace("because it is so", json.dumps(text, ensure_ascii=False)), "utf-8"
    )
    assert f"{FILE}:{message}" in mmru("check").stderr.splitlines()


def test_the_longest_text_that_a_workbook_holds_is_none_of_them() -> None:
    assert too_long("x" * CELL) == too_long("x" * (CELL - 2) + BIRD) == ""


RULING = "- record_table: events\n  record_id: ev-visit-quill-lindos\n  field: date\n  chosen_value: '2031-05-02'\n  rejected_values: {}\n  reason: It is so.\n  decided: '2031-06-01'\n"


def test_a_list_that_is_too_long_for_one_cell_is_refused_where_it_is_written(small: Path, mmru: Run) -> None:
    (small / "seeds/rulings.yaml").write_text(RULING.format(json.dumps(["b" * 20_000] * 2)), "utf-8")
    message = "R11 a text of 40002 characters is too long: a workbook cell holds at most 32767; shorten it"
    assert f"seeds/rulings.yaml:5:20: {message}" in mmru("check").stderr.splitlines()


def test_a_text_may_have_more_lines_than_a_cell_has_room_for(small: Path, mmru: Run) -> None:
    (small / "texts/long.txt").write_text("".join(f"{n} is a number.\n" for n in range(600)), "utf-8")
    assert mmru("new", "texts/long.txt", "src-long").exit_code == 0
    refused = mmru("check").stderr
    assert "src-long" in refused
    assert "R11" not in refused


@pytest.mark.parametrize("number", [10**15, -(10**15)])
def test_a_number_that_a_workbook_rounds_is_refused_where_it_is_written(
    number: int, small: Path, mmru: Run
) -> None:
    path = small / "seeds/registry/places.yaml"
    row = f"- {{place_id: pl-x, name: X, kind: city, geonames_id: {number}}}\n"
    path.write_text(path.read_text("utf-8") + row, "utf-8")
    assert f"R09 {number} has the wrong form" in mmru("check").stderr


def test_a_list_too_long_for_a_cell_is_refused_at_its_row(
    small: Path, mmru: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmru.pipeline.tables.CELL", 4)
    monkeypatch.setattr("mmru.pipeline.tables.too_long", lambda text: "is too long" if ";" in text else "")
    found = [line for line in mmru("check").stderr.splitlines() if " R11 " in line]
    assert any(
        re.fullmatch(r"seeds/\S+:\d+:\d+: R11 sectors: is too long; shorten it", line) for line in found
    ), found


def test_the_day_and_name_of_a_release_fit_an_archive_and_a_file_system(small: Path, mmru: Run) -> None:
    path = small / "seeds/dataset.yaml"
    about = path.read_text("utf-8")
    path.write_text(about.replace("released: 2031-06-01", "released: 2108-01-01"), "utf-8")
    assert "R09 '2108-01-01' has the wrong form" in mmru("check").stderr
    path.write_text(about.replace("name: small", f"name: {'a' * 101}"), "utf-8")
    assert ": R09 'aaa" in mmru("check").stderr


BETA = "seeds/articles/src-beta.yaml"
# what is wrong with a dataset, and the only line that is printed
ONE_MISTAKE: dict[str, tuple[list[dict[str, str]], str]] = {
    "a registry without entries": (
        [{"write": "seeds/registry/actors.yaml", "text": "# to do"}],
        "seeds/registry/actors.yaml:1:1: R07 found nothing instead of a list; write a list",
    ),
    "a record without its id": (
        [
            {
                "edit": "seeds/registry/events.yaml",
                "old": "- event_id: ev-visit-quill-lindos\n  title",
                "new": "- title",
            }
        ],
        "seeds/registry/events.yaml:12:3: R06 the key 'event_id' is missing; add it",
    ),
    "a second document": (
        [
            {
                "edit": "seeds/registry/reactions.yaml",
                "old": "- reaction_id: re-ren",
                "new": "---\n- reaction_id: re-x\n---\n- reaction_id: re-ren",
            }
        ],
        "seeds/registry/reactions.yaml:3:1: R03 begins a second document; write one document of plain text",
    ),
    "an article without content": (
        [{"write": BETA, "text": ""}, {"delete": "seeds/fingerprints/src-beta.yaml"}],
        f"{BETA}:1:1: R07 found nothing instead of a mapping; write a mapping",
    ),
    "a blank text": (
        [{"edit": BETA, "old": "publisher: The Beta", "new": 'publisher: ""'}],
        f"{BETA}:3:14: R11 the text has no visible character; write it in plain text",
    ),
    "no source_id": (
        [{"edit": BETA, "old": "  source_id: src-beta", "new": "  # source_id: src-beta"}],
        f"{BETA}:3:3: R06 the key 'source_id' is missing; add it",
    ),
    "a language of an article": (
        [{"edit": BETA, "old": "language: zh", "new": "language: zz"}],
        f"{BETA}:2:3: T62 sources src-beta: its language is not a tag of BCP 47; "
        "write a language of ISO 639, such as en, my or zh-Hans",
    ),
    "a ruling without a reason": (
        [
            {"edit": BETA, "old": "event_type: visit", "new": "event_type: meeting"},
            {
                "write": "seeds/rulings.yaml",
                "text": RULING.format("[]").replace("field: date", "field: event_type"),
            },
            {"edit": "seeds/rulings.yaml", "old": "reason: It is so.", "new": "reason:"},
        ],
        "seeds/rulings.yaml:6:10: R07 found nothing instead of text; write text, in quotes",
    ),
    "a link that leads to itself": (
        [{"link": "seeds/notes.yaml", "to": "notes.yaml"}],
        "seeds/notes.yaml:1:1: R12 is not part of the seeds; move it elsewhere; "
        "extractions are seeds/articles/<source_id>.yaml",
    ),
    "a line that is no number": (
        [{"edit": BETA, "old": "[2 of 1]", "new": "[2 of 1]\n  headline: [null]"}],
        f"{BETA}:16:14: R07 found nothing instead of a whole number; write a whole number",
    ),
    "a value that is true": (
        [{"edit": BETA, "old": "{value: 3,", "new": "{value: true,"}],
        f"{BETA}:43:36: R07 found true instead of a number; write a number",
    ),
    "no field": (
        [{"edit": BETA, "old": "details.ordinal: {value: 3, original: 第三次}", "new": "{}"}],
        f"{BETA}:43:11: R09 a mapping has the wrong form; write at least one, or leave it out",
    ),
    "a misspelt word": (
        [{"edit": BETA, "old": "- event: ev", "new": "- evnt: ev"}],
        f"{BETA}:21:5: R05 unknown key 'evnt'; did you mean 'event'?",
    ),
    "an id that is no text": (
        [{"edit": BETA, "old": "source_id: src-beta", "new": "source_id: 7"}],
        f'{BETA}:2:14: R07 found 7 instead of text; put it in quotes: "7"',
    ),
    "a member listed twice": (
        [
            {
                "edit": "seeds/registry/events.yaml",
                "old": "[economic, natural_resource]",
                "new": "[economic, economic]",
            }
        ],
        "seeds/registry/events.yaml:5:20: R09 a list has the wrong form; name each member once",
    ),
    "a schema nested too deeply": (
        [{"write": "schemas/places.json", "text": "[" * 100_000}],
        "schemas/places.json:1:1: R15 is nested too deeply; use fewer levels",
    ),
}


@pytest.mark.parametrize("mistake", ONE_MISTAKE)
def test_one_mistake_has_one_message(mistake: str, small: Path, mmru: Run) -> None:
    steps, message = ONE_MISTAKE[mistake]
    for step in steps:
        spoil(small, step, mmru)
    assert mmru("check").stderr.splitlines() == [message, "1 problem"]


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(small: Path, mmru: Run) -> None:
    (small / "seeds/rulings.yaml").unlink()
    os.mkfifo(small / "seeds/rulings.yaml")
    message = "seeds/rulings.yaml:1:1: R01 is a pipe; it must be a readable file"
    assert mmru("check").stderr.splitlines() == [message, "1 problem"]


def test_a_line_may_be_a_whole_number_with_a_point(small: Path, mmru: Run) -> None:
    before = build(small).tables["passages"]
    spoil(small, {"edit": BETA, "old": "  en: [2]", "new": "  en: [2.0]"}, mmru)
    assert build(small).tables["passages"] == before
