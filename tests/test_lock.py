"""The locks: every version and every file pinned, everything that is declared covered; and its audit."""

from __future__ import annotations

import re
import runpy
import tomllib
from typing import Any

import pytest
from conftest import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DECLARED = {
    "requirements.lock": [
        *PROJECT["build-system"]["requires"],
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["curate"],
        *PROJECT["dependency-groups"]["dev"],
    ],
    "requirements-validators.lock": PROJECT["dependency-groups"]["validators"],
    "requirements-bench.lock": PROJECT["dependency-groups"]["bench"],
}
LOCKS = {name: (ROOT / name).read_text("utf-8") for name in DECLARED}
LOCK = LOCKS["requirements.lock"]
# one entry for each requirement, over as many lines as it has hashes
LISTED = {
    name: [re.split(r"[\s\\]+(?=--hash)", entry) for entry in re.split(r"\n(?! )", lock.strip())]
    for name, lock in LOCKS.items()
}
ENTRIES = LISTED["requirements.lock"]
AUDIT = runpy.run_path(str(ROOT / "scripts" / "audit.py"))


@pytest.mark.parametrize("entry", [e for entries in LISTED.values() for e in entries], ids=lambda e: e[0])
def test_every_requirement_has_one_version_and_hashes(entry: list[str]) -> None:
    pinned, *hashes = entry
    [version] = Requirement(pinned).specifier
    assert version.operator == "=="
    assert "*" not in version.version
    assert Requirement(pinned).url is None
    assert hashes
    assert len(set(hashes)) == len(hashes)
    assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", h) for h in hashes), hashes


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_pinned_twice_is_for_different_platforms(lock: str) -> None:
    pinned = [Requirement(entry[0]) for entry in LISTED[lock]]
    for name in {r.name for r in pinned}:
        same = [r for r in pinned if r.name == name]
        assert len(same) == 1 or len({str(r.marker) for r in same} - {"None"}) == len(same), name


@pytest.mark.parametrize(("lock", "wanted"), [(k, w) for k, listed in DECLARED.items() for w in listed])
def test_everything_declared_is_pinned_to_a_version_that_is_allowed(lock: str, wanted: str) -> None:
    declared = Requirement(wanted)
    pins = [r for e in LISTED[lock] if (r := Requirement(e[0])).name == canonicalize_name(declared.name)]
    assert pins
    for pin in pins:
        [version] = pin.specifier
        assert declared.specifier.contains(version.version)


def test_no_other_set_of_dependencies_is_declared() -> None:
    assert set(PROJECT["project"]["optional-dependencies"]) == {"curate", "spark"}
    assert set(PROJECT["dependency-groups"]) == {"dev", "build", "bench", "validators"}


def test_the_audit_asks_for_all_that_is_pinned_and_is_not_itself_pinned() -> None:
    asked = [pin for made in AUDIT["rounds"](LOCK) for pin in made]
    assert sorted(asked) == sorted(re.split(r"[ ;]", entry[0])[0] for entry in ENTRIES)
    for made in AUDIT["rounds"](LOCK):
        assert len({pin.partition("==")[0] for pin in made}) == len(made)
    assert not [pin for pin in asked if "audit" in pin]


SOUND = {"name": "click", "version": "8.5.1", "vulns": []}
KNOWN = {"name": "jinja2", "version": "3.1.6", "vulns": [{"id": "PYSEC-0", "fix_versions": ["3.2", "4.0"]}]}
UNMENDED = {"name": "jinja2", "version": "3.1.6", "vulns": [{"id": "PYSEC-1", "fix_versions": []}]}
UNKNOWN = {"name": "click", "skip_reason": "Dependency not found"}
PINS = "click==8.5.1 \\\n    --hash=sha256:0\njinja2==3.1.6 \\\n    --hash=sha256:0\n"


@pytest.mark.parametrize(
    ("found", "said", "code"),
    [
        ([SOUND], ["requirements.lock: no known vulnerability; packages asked about: 1"], 0),
        (
            [SOUND, KNOWN],
            ["requirements.lock:3:1: jinja2==3.1.6 has PYSEC-0; mended in 3.2 or 4.0"],
            1,
        ),
        (
            [UNKNOWN, UNMENDED],
            [
                "requirements.lock:3:1: jinja2==3.1.6 has PYSEC-1; mended in no version yet",
                "requirements.lock:1:1: click could not be audited; the index does not know this version",
            ],
            1,
        ),
    ],
    ids=["sound", "known", "unknown"],
)
def test_the_audit_fails_on_what_is_known_and_on_what_is_not_told(
    found: list[Any], said: list[str], code: int
) -> None:
    assert AUDIT["verdict"](
        [{"dependencies": found[:1]}, {"dependencies": found[1:]}], PINS, "requirements.lock"
    ) == (said, code)


@pytest.mark.parametrize("found", [[], [UNKNOWN]])
def test_an_audit_that_learns_nothing_is_none(found: list[Any]) -> None:
    with pytest.raises(AUDIT["NotDone"], match="tells nothing"):
        AUDIT["verdict"]([{"dependencies": found}], PINS, "requirements.lock")


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_an_audit_that_is_not_done_says_so_in_one_line_and_fails_in_ci(
    ci: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline(*_: object) -> None:
        raise AUDIT["NotDone"]("no network")

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setitem(AUDIT["main"].__globals__, "reports", offline)
    assert AUDIT["main"]() == code
    said = capsys.readouterr()
    assert said.out + said.err == "audit: not done: no network\n"


def test_no_network_is_told_from_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    class Failed:
        returncode, stderr = 1, "requests.exceptions.ProxyError: refused"

    monkeypatch.setitem(AUDIT["reports"].__globals__, "run", lambda command: Failed)
    with pytest.raises(AUDIT["NotDone"], match="cannot be installed"):
        AUDIT["reports"](PINS, tmp_path)

    class Done(Failed):
        returncode = 0

    steps = iter([Done, Done, Failed])
    monkeypatch.setitem(AUDIT["reports"].__globals__, "run", lambda command: next(steps))
    with pytest.raises(AUDIT["NotDone"], match=r"cannot be asked: .*ProxyError"):
        AUDIT["reports"](PINS, tmp_path)
