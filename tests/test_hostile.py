"""Hostile input: each ends in a line that says what is wrong, in time and memory that one can bear."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmru.errors import InvalidDataset
from mmru.model.edtf import Span
from mmru.model.edtf import parse as parse_date
from mmru.model.locator import parse
from mmru.pipeline.build import build
from mmru.seeds.anchor import locate
from steps import spoil

Run = Callable[..., Result]
FILE = "seeds/redirects.yaml"
ROW = "- {{old_id: {0}, record_table: events, reason: because it is so, since: 1.0.0}}\n"
SECONDS, MEGABYTES = 10.0, 500

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9)
)
# what stands in the file, and how the line about it begins
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
    "a number of 100,000 digits": (ROW.format("1" * 10**5).encode(), "1:12: R09 a number of this size"),
    "a duplicate key": (b"- old_id: a\n  old_id: b\n", "2:3: R04 the key 'old_id' stands twice here"),
    "a key that is a number": (b"- 1: a\n", "1:3: R07 the key 1 is not text"),
    "a key that is a list": (b"- ? [a]\n  : b\n", "1:3: R07 the key ('a',) is not text"),
    "NUL": (ROW.format("a\x00b").encode(), "1:3: R03 is not YAML"),
    "a control character": (ROW.format("a\x07b").encode(), "1:12: R11 the invisible character U+0007"),
    "a zero-width character": (ROW.format("a\u200bb").encode(), "1:12: R11 the invisible character U+200B"),
    "a bidirectional character": (
        ROW.format("a\u202eb").encode(),
        "1:12: R11 the invisible character U+202E",
    ),
    "text that is not composed": (
        ROW.format("e\u0301e").encode(),
        "1:12: R11 a text stands here whose characters",
    ),
    "a lone surrogate, escaped": (ROW.format('"a\\ud800b"').encode(), "1:12: R03 is not YAML"),
    "a lone surrogate, in bytes": (b"- old_id: a\xed\xa0\x80b\n", "1:12: R02 byte 0xed is not UTF-8"),
    "an id that climbs": (
        ROW.format("../../etc/passwd").encode(),
        "1:12: R09 '../../etc/passwd' does not have",
    ),
    "a formula with =": (ROW.format('"=1+1"').encode(), "1:12: R11 a text that begins with '='"),
    "a formula with +": (ROW.format('"+1+1"').encode(), "1:12: R11 a text that begins with '+'"),
    "a formula with -": (ROW.format('"-1+1"').encode(), "1:12: R11 a text that begins with '-'"),
    "a formula with @": (ROW.format('"@sum"').encode(), "1:12: R11 a text that begins with '@'"),
    "a formula behind a tab": (ROW.format('"\\t=1+1"').encode(), "1:12: R11 the invisible character U+0009"),
    "a tag that asks to run": (b"- !!python/object/apply:os.system [id]\n", "1:3: R07 a list stands where"),
}


# a small process between, since what the test's own process holds would count as memory of its child
WATCH = """
import json, os, subprocess, sys, time
began = time.monotonic()
run = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
told = run.stderr.read().decode()
_, status, used = os.wait4(run.pid, 0)
seconds, megabytes = time.monotonic() - began, used.ru_maxrss / 1024
print(json.dumps([os.waitstatus_to_exitcode(status), told, seconds, megabytes]))
"""


def watched(root: Path, *command: str) -> tuple[int, str, float, float]:
    """Run mmru: its exit code, what it tells, the seconds and the megabytes that it takes."""
    mmru = str(Path(sys.executable).parent / "mmru")
    watch = [sys.executable, "-I", "-S", "-c", WATCH, mmru, *command]
    ran = subprocess.run(watch, cwd=root, capture_output=True, text=True, check=True)
    code, told, seconds, megabytes = json.loads(ran.stdout)
    return code, told, seconds, megabytes


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_is_refused_in_one_line_quickly(name: str, small: Path) -> None:
    content, expected = HOSTILE[name]
    (small / FILE).write_bytes(content)
    code, told, seconds, megabytes = watched(small, "check")
    assert code == 1, told
    assert any(line.startswith(f"{FILE}:{expected}") for line in told.splitlines()), told[:500]
    assert "Traceback" not in told
    # beside other work on the same machine; alone it is under two
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_a_link_out_of_the_tree_is_not_followed(small: Path, mmru: Run) -> None:
    outside = small.parent / "secret.yaml"
    outside.write_text("[]\n")
    (small / FILE).unlink()
    (small / FILE).symlink_to(outside)
    said = "R13 is a link that leads out of the dataset; put the file itself in its place"
    assert f"{FILE}:1:1: {said}" in mmru("check").output


def test_a_folder_that_is_a_link_out_of_the_tree_is_not_followed(small: Path, mmru: Run) -> None:
    (small / "seeds" / "registry").rename(small.parent / "registry")
    (small / "seeds" / "registry").symlink_to(small.parent / "registry")
    assert (
        "seeds/registry/actors.yaml:1:1: R13 is a link that leads out of the dataset" in mmru("check").output
    )


MARKUP = "</script><script>alert(1)</script> <b>&amp;\"'` ${7*7} {{7*7}} %s \\ |"


def test_markup_is_kept_as_text_and_quoted_wherever_it_goes(small: Path, mmru: Run) -> None:
    """HTML and script may be what a text says; every output keeps it as data."""
    spoilt = {
        "seeds/registry/events.yaml": "title: Visit of Ada Quill to Lindos",
        "seeds/registry/actors.yaml": "description: Governor of Lindos, a made-up island.",
        "seeds/dataset.yaml": "description: Two made-up articles on a made-up visit, for the tests.",
    }
    for path, old in spoilt.items():
        new = f"{old.partition(':')[0]}: {json.dumps(MARKUP)}"
        spoil(small, {"edit": path, "old": old, "new": new}, mmru)
    built = mmru("build")
    assert built.exit_code == 0, built.output
    assert mmru("verify").exit_code == 0
    package = json.loads((small / "datapackage.json").read_text("utf-8"))
    assert package["description"] == MARKUP
    shown = mmru("show", "ev-visit-quill-lindos").output
    assert MARKUP in shown
    assert MARKUP not in (small / "docs/codebook.md").read_text("utf-8")


def outcome(call: Callable[[], object]) -> object:
    """What a call gives, or what it says is wrong."""
    try:
        return call()
    except ValueError as error:
        return str(error)


@given(st.text())
def test_the_date_parser_gives_a_span_or_says_what_is_wrong(text: str) -> None:
    found = outcome(lambda: parse_date(text))
    if isinstance(found, Span):
        assert found.earliest is None or found.latest is None or found.earliest <= found.latest
    else:
        assert found


@given(st.text(), st.lists(st.text(alphabet=st.characters(blacklist_characters="\n"))), st.integers(1, 5))
def test_locators_are_found_or_refused(words: str, lines: list[str], line: int) -> None:
    assert outcome(lambda: parse(words))
    assert outcome(lambda: locate(words, lines))
    assert outcome(lambda: locate(words, lines, line))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
SEEDS = ("seeds/redirects.yaml", "seeds/rulings.yaml", "seeds/dataset.yaml", "seeds/articles/src-beta.yaml")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.sampled_from(SEEDS), ANY)
def test_any_yaml_in_any_seed_is_read_or_refused(small: Path, path: str, data: object) -> None:
    whole = (small / path).read_bytes()
    (small / path).write_text(json.dumps(data), "utf-8")
    places = []
    try:
        build(small)
    except InvalidDataset as refused:
        places = [str(p) for p in refused.problems]
    finally:
        (small / path).write_bytes(whole)
    assert all(place.startswith(("seeds/", "schemas/")) for place in places)
