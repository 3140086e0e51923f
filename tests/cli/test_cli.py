"""The command: help, progress, exit codes; beginning an extraction; showing a record."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT, command
from mmru import __version__
from mmru.cli.main import main
from mmru.errors import install_command
from steps import Snapshots, Step

Mmru = Callable[..., Result]
Spoil = Callable[[str, str, str], None]
COMMAND = Path(sys.executable).parent / "mmru"


@pytest.mark.parametrize("arguments", [[], *([name] for name in main.commands)])
def test_help_has_an_example_on_every_command(mmru: Mmru, arguments: list[str]) -> None:
    shown = mmru(*arguments, "--help")
    assert shown.exit_code == 0
    assert "Example:\n" in shown.output
    example = shown.output.partition("Example:\n")[2].splitlines()[0].split()
    assert example[0] == "mmru"
    assert example[1] in (arguments or main.commands)
    assert mmru(*arguments, "-h").output == shown.output


def test_version() -> None:
    shown = subprocess.run([COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout == f"mmru, version {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell: str) -> None:
    script = subprocess.run(
        [COMMAND],
        env=dict(os.environ, _MMRU_COMPLETE=f"{shell}_source"),
        capture_output=True,
        text=True,
        check=False,
    )
    if shell == "bash" and "Bash version" in script.stderr:
        pytest.skip("this bash is too old for completion")
    assert "_MMRU_COMPLETE" in script.stdout
    words = dict(os.environ, _MMRU_COMPLETE="zsh_complete", COMP_WORDS="mmru b", COMP_CWORD="1")
    assert "build" in subprocess.run([COMMAND], env=words, capture_output=True, text=True, check=True).stdout


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from mmru.cli.main import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    imported = set(ran.stdout.splitlines()[-1].split())
    assert "mmru.cli.main" in imported
    assert not imported & {"pandas", "pyarrow", "pandera", "frictionless", "yaml_rs", "jsonschema_rs"}


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["build", "--nonsense"], ["show"], ["new", "no-such.txt", "src-x"]]
)
def test_wrong_use_is_exit_code_2(mmru: Mmru, arguments: list[str]) -> None:
    assert mmru(*arguments).exit_code == 2


def test_build_tells_its_steps_on_a_terminal(small: Path) -> None:
    ours, theirs = pty.openpty()
    plain = {name: value for name, value in os.environ.items() if name != "CI"}
    built = subprocess.run(
        [COMMAND, "build"], cwd=small, env=plain, stderr=theirs, check=True, stdout=subprocess.PIPE, text=True
    )
    os.close(theirs)
    assert re.fullmatch(r"data/: 22 tables, \d+ rows; 77 files changed\n", built.stdout)
    told = os.read(ours, 4096).decode()
    assert "read 2 articles" in told
    assert "checked all tables" in told


def test_a_new_extraction_lists_lines_and_sentences_and_copies_no_words(mmru: Mmru, small: Path) -> None:
    path = small / "seeds/articles/src-gamma.yaml"
    (small / "seeds/articles/src-alpha.yaml").unlink()
    made = mmru("new", "texts/alpha.txt", "src-gamma")
    assert made.exit_code == 0
    assert made.stdout.startswith("seeds/articles/src-gamma.yaml: ")
    draft = path.read_text("utf-8")
    text = (small / "texts/alpha.txt").read_text("utf-8")
    fingerprints = (small / "seeds/fingerprints/src-gamma.yaml").read_text("utf-8")
    words = [w for w in text.replace("\n", " ").split() if len(w) > 5]
    assert not [
        w
        for w in words
        if w
        in draft.partition("lines with")[2].partition("\n# Registered")[0]
        + fingerprints.partition("lines:")[2]
    ]
    assert re.search(r"^#   L4\.0-85~\w{8} L4\.86-146~\w{8}$", draft, re.M)
    for entry in ("  - 4 146 ", "  - 6 27 "):
        assert entry in fingerprints
    assert "L3" not in draft
    assert "  - 3 " not in fingerprints
    assert "R06" in mmru("check").stderr or "R07" in mmru("check").stderr


def test_a_filled_in_extraction_is_sound(mmru: Mmru, small: Path) -> None:
    (small / "seeds/articles/src-alpha.yaml").unlink()
    assert mmru("new", "texts/alpha.txt", "src-alpha").exit_code == 0
    path = small / "seeds/articles/src-alpha.yaml"
    draft = path.read_text("utf-8")
    template = (ROOT / "docs/template.yaml").read_text("utf-8")
    records = "records:" + template.partition("\nrecords:")[2]
    draft = draft.replace("records: []\n", records)
    draft = draft.replace("publisher_actor_id: #", "publisher_actor_id: the-alpha #").replace(
        "reliability: #", "reliability: C #"
    )
    draft = draft.replace("reliability_reason: #", "reliability_reason: It names its speakers. #").replace(
        "rights: #", "rights: Made up for the tests. #"
    )
    draft = draft.replace("origin: #", "origin: the-alpha #")
    draft = draft.replace("text_extent: #", "text_extent: whole #").replace(
        "extent_basis: #", "extent_basis: implied #"
    )
    draft = draft.replace("set_aside: {}", "set_aside: {headline: [1], metadata: [2], boilerplate: [6]}")
    draft = draft.replace("defaults: {}", "defaults: {credibility: 3}")
    path.write_text(draft, "utf-8")
    assert mmru("anchor").exit_code == 0
    built = mmru("build")
    # only what the template says of the article's date and publisher is missing now
    assert built.exit_code == 0, built.output


@pytest.mark.parametrize(
    ("source_id", "message"),
    [
        (
            "gamma",
            "gamma:1:1: R09 is not a source id; write src- followed by lowercase letters, digits and single hyphens",
        ),
        (
            "src-../../x",
            "src-../../x:1:1: R09 is not a source id; write src- followed by lowercase letters, digits and single hyphens",
        ),
        (
            "src-alpha",
            "seeds/articles/src-alpha.yaml:1:1: R10 already exists; choose another id, or remove it",
        ),
    ],
)
def test_a_new_extraction_needs_a_new_id(mmru: Mmru, small: Path, source_id: str, message: str) -> None:
    refused = mmru("new", "texts/alpha.txt", source_id)
    assert refused.exit_code == 1
    assert message in refused.stderr.splitlines()


def test_a_text_that_is_not_utf8_is_refused(mmru: Mmru, small: Path) -> None:
    (small / "texts/bad.txt").write_bytes(b"caf\xe9")
    assert (
        "texts/bad.txt:1:4: R02 byte 0xe9 is not UTF-8; save the file as UTF-8"
        in mmru("new", "texts/bad.txt", "src-bad").stderr
    )


def test_an_empty_text_is_refused(mmru: Mmru, small: Path) -> None:
    (small / "texts/empty.txt").write_text(" \n")
    assert (
        "texts/empty.txt:1:1: R10 has no text; give the article's text"
        in mmru("new", "texts/empty.txt", "src-empty").stderr
    )


@pytest.mark.usefixtures("built_small")
def test_show_gives_values_claims_speakers_and_words(mmru: Mmru) -> None:
    shown = mmru("show", "ev-visit-quill-lindos").output
    assert shown.startswith("ev-visit-quill-lindos  (events)\n  title: Visit of Ada Quill to Lindos\n")
    assert "  date: 2031-05-02\n" in shown
    assert "    = src-alpha L4.0-60~ff80d7a8; implied, credibility 3\n" in shown
    assert "        because: The article is dated Saturday 3 May 2031" in shown
    assert "    = [2031-05-01..2031-05-10], src-beta L1.0-12~5cdb02a1; inferred, credibility 3\n" in shown
    assert "        “阿登部长五月初访问林多斯”\n" in shown
    meeting = mmru("show", "ev-meeting-quill-ren").output
    assert (
        "tourism, src-alpha L5.26-63~db90ec1d, according to State radio of Lindos; stated, credibility 3"
        in meeting
    )


@pytest.mark.usefixtures("built_small")
def test_show_without_the_texts_says_so(mmru: Mmru, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMRU_ARTICLES", "elsewhere")
    shown = mmru("show", "ev-visit-quill-lindos")
    assert shown.exit_code == 0
    assert "“" not in shown.output
    assert shown.output.endswith(
        "(the text of src-alpha, src-beta is not in elsewhere; only locators are shown)\n"
    )


@pytest.mark.usefixtures("built_small")
@pytest.mark.parametrize(
    "record", ["src-beta", "pl-port-lindos", "ada-quill", "re-ren-welcomes", "ag-ferry", "ada-quill.minister"]
)
def test_show_knows_every_kind_of_record(mmru: Mmru, record: str) -> None:
    shown = mmru("show", record)
    assert shown.exit_code == 0
    assert shown.output.startswith(f"{record}  (")


RULING = (
    "- {record_table: events, record_id: ev-visit-quill-lindos, field: event_type, chosen_value: visit,"
    " rejected_values: [meeting], reason: The first source was there., decided: '2031-06-01'}\n"
)
REDIRECTS = (
    "- {old_id: ag-boat, record_table: agreements, new_id: ag-ship, reason: It was the same., since: 0.0.9}\n"
    "- {old_id: ag-ship, record_table: agreements, new_id: ag-ferry, reason: So was it., since: 0.1.0}\n"
    "- {old_id: ev-ghost, record_table: events, reason: It never took place., since: 0.1.0}\n"
    "- {old_id: ev-spook, record_table: events, new_id: ev-ghost, reason: It was the same., since: 0.0.9}\n"
)
DECIDED: list[Step] = [
    {"edit": "seeds/articles/src-beta.yaml", "old": "event_type: visit", "new": "event_type: meeting"},
    {"write": "seeds/rulings.yaml", "text": RULING},
    {"write": "seeds/redirects.yaml", "text": REDIRECTS},
    {"run": "mmru build"},
]


@pytest.fixture
def decided(snapshots: Snapshots, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dataset with a ruling and with redirects, built, for reading only, as the current folder."""
    monkeypatch.chdir(snapshots.after(DECIDED, command) / "dataset")


@pytest.mark.usefixtures("decided")
def test_show_marks_a_claim_that_was_ruled_out(mmru: Mmru) -> None:
    shown = mmru("show", "ev-visit-quill-lindos").output
    assert "    ≠ meeting, src-beta L1.0-12~5cdb02a1; inferred, credibility 3\n" in shown
    assert "    ruled: The first source was there.\n" in shown


def test_show_needs_a_build(mmru: Mmru, small: Path) -> None:
    assert "datapackage.json:1:1: V01 is missing; run mmru build" in mmru("show", "ag-ferry").stderr


@pytest.mark.usefixtures("decided")
def test_show_names_the_nearest_record_and_follows_a_redirect(mmru: Mmru) -> None:
    refused = mmru("show", "ag-fery")
    assert refused.exit_code == 1
    assert "data:1:1: C01 there is no record 'ag-fery'; did you mean 'ag-ferry'?" in refused.stderr
    assert mmru("show", "ag-ship").output.startswith(
        "ag-ferry  (agreements), to which ag-ship was redirected: So was it.\n"
    )


@pytest.mark.usefixtures("decided")
def test_show_follows_a_chain_of_redirects_and_says_what_was_withdrawn(mmru: Mmru) -> None:
    chain = "to which ag-boat was redirected by way of ag-ship: It was the same. So was it.\n"
    assert mmru("show", "ag-boat").output.startswith(f"ag-ferry  (agreements), {chain}")
    withdrawn = "was withdrawn in 0.1.0: It never took place.\n"
    for record, line in (
        ("ev-ghost", "'ev-ghost'"),
        ("ev-spook", "'ev-spook' was redirected to 'ev-ghost', which"),
    ):
        shown = mmru("show", record)
        assert (shown.exit_code, shown.stdout, shown.stderr) == (0, f"{line} {withdrawn}", "")


def test_an_error_of_a_table_is_reported_at_its_place_in_the_seeds(mmru: Mmru, small: Path) -> None:
    entry = "- {{old_id: {}, record_table: events, new_id: {}, reason: It was the same., since: 0.0.9}}\n"
    circle = "".join(entry.format(*ids) for ids in (("ev-c", "ev-a"), ("ev-a", "ev-b"), ("ev-b", "ev-c")))
    (small / "seeds/redirects.yaml").write_text(circle)
    firm = (
        "- {actor_id: ag-ferry, name: Ferry, kind: company, part_of_actor_id: arden, description: A firm.}\n"
    )
    registry = small / "seeds/registry/actors.yaml"
    lines = registry.read_text("utf-8").count("\n")
    registry.write_text(registry.read_text("utf-8") + firm, "utf-8")
    refused = mmru("build")
    assert refused.exit_code == 1
    of_redirects, of_actor = (line for line in refused.stderr.splitlines() if " T4" in line)
    assert of_redirects == (
        "seeds/redirects.yaml:2:3: T42 redirects ev-a: its redirects lead back to it; let them end at an id in use"
    )
    assert of_actor.startswith(
        f"seeds/registry/actors.yaml:{lines + 1}:3: T41 actors ag-ferry: its id lacks the prefix of its table"
    )
    assert refused.stderr.endswith("\n2 problems, 1 warning; nothing was written\n")


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        ("click", f"click is not installed; the commands need: {install_command()}"),
        # others may have installed click alone
        ("frictionless", f"frictionless is not installed; the commands need: {install_command()}"),
        ("fcntl", "Windows cannot lock folders; use this command on Linux or macOS, or in WSL"),
    ],
)
@pytest.mark.usefixtures("small")
def test_without_a_library_the_command_says_what_to_do(lacking: str, message: str) -> None:
    code = f"import sys; sys.modules['{lacking}'] = None; from mmru.__main__ import start; start()"
    ran = subprocess.run([sys.executable, "-c", code, "build"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, f"mmru: {message}\n")


def test_the_data_can_be_read_in_an_environment_that_has_only_pandas_and_pyarrow() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    assert sorted(re.split(r"[<>=]", name)[0] for name in declared) == ["pandas", "pyarrow"]
