"""Terminals: every command prints on any of them, and nothing that a file holds is an order to them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from mmru.cli.main import main
from mmru.cli.report import report, shown
from mmru.errors import Damaged, InvalidDataset, Problem, Unknown, check_name
from mmru.verify import Fault, printable
from steps import COMMAND, commit, rehash

Run = Callable[..., Result]
Spoil = Callable[[str, str, str], None]
ORDER = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")
HOSTILE = "\x1b[31mred\x9b2J\u202e\r\x07"
ESCAPED = r"\x1b[31mred\x9b2J\u202e\r\x07"
EVENT = "ev-visit-quill-lindos"
BETA = "seeds/articles/src-beta.yaml"
ACTORS = "seeds/registry/actors.yaml"
SILENT = (
    "- {actor_id: silent-one, name: Ünknown, name_zh: 彩, kind: person, description: Nobody speaks of him.}\n"
)
ENVIRONMENTS = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


def run(root: Path, *arguments: str | bytes, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run mmru in a process of its own."""
    env = {**os.environ, "CI": "1", "MMRU_ARTICLES": "texts", **environment}
    return subprocess.run([*COMMAND, *arguments], cwd=root, env=env, capture_output=True, check=False)


# One process runs many commands, because its imports take longer than they. Its streams go to files of each.
IN_TURN = """
import json, os, sys
from mmru.__main__ import start
codes = []
for number, arguments in enumerate(json.loads(sys.argv[1])):
    for stream in (1, 2):
        os.dup2(os.open(f"../{number}.{stream}", os.O_WRONLY | os.O_CREAT), stream)
    sys.argv = ["mmru", *map(os.fsdecode, map(bytes.fromhex, arguments))]
    try:
        start()
        codes.append(0)
    except SystemExit as ended:
        codes.append(ended.code)
    sys.stdout.flush()
    sys.stderr.flush()
with open("../codes", "w") as file:
    json.dump(codes, file)
"""


def run_in_turn(
    root: Path, commands: list[list[str]], **environment: str
) -> Iterator[tuple[int, bytes, bytes]]:
    """Run mmru in one process; yield the exit code, the output and the messages of each command."""
    env = {**os.environ, "CI": "1", "MMRU_ARTICLES": "texts", **environment}
    words = json.dumps([[os.fsencode(word).hex() for word in arguments] for arguments in commands])
    subprocess.run([sys.executable, "-c", IN_TURN, words], cwd=root, env=env, check=True)
    for number, code in enumerate(json.loads((root.parent / "codes").read_text())):
        yield code, *((root.parent / f"{number}.{stream}").read_bytes() for stream in (1, 2))


def test_a_character_that_the_terminal_lacks_is_an_escape() -> None:
    assert printable("“é彩…”", "latin-1") == r"\u201cé\u5f69\u2026\u201d"
    assert printable("“é彩…”", "ascii") == r"\u201c\xe9\u5f69\u2026\u201d"
    assert printable("“é彩…”") == "“é彩…”"


def test_a_character_that_is_an_order_is_an_escape_and_a_blank_stays() -> None:
    assert printable(f"{HOSTILE}\n\udce9") == rf"{ESCAPED}\n\udce9"
    assert printable("a\u00a0b\u3000c d") == "a\u00a0b\u3000c d"


@given(st.text(), st.sampled_from(["utf-8", "latin-1", "ascii", "cp1252", "cp437"]))
def test_whatever_a_text_holds_is_printed_and_is_no_order(text: str, encoding: str) -> None:
    line = printable(text, encoding)
    assert line.encode(encoding).decode(encoding) == line
    assert not ORDER.search(line)
    assert "\n" not in line


@pytest.mark.slow
@pytest.mark.parametrize("terminal", ENVIRONMENTS)
def test_every_command_prints_on_every_terminal(terminal: str, built_small: Path) -> None:
    environment = ENVIRONMENTS[terminal]
    encoding = environment.get("PYTHONIOENCODING", "ascii")
    path = built_small / ACTORS
    path.write_text(path.read_text("utf-8") + SILENT, "utf-8")
    (built_small / "texts/é.txt").write_text("Résumé 彩.\n", "utf-8")
    steps = [
        (["--help"], 0),
        *(([name, "--help"], 0) for name in main.commands),
        (["彩"], 2),
        (["build", "彩"], 2),
        (["show", "彩"], 1),
        (["find", "彩"], 1 if terminal == "C" else 0),
        (["register", "place", "彩"], 1),
        (["check"], 1),
        (["build"], 0),
        (["check"], 0),
        (["check", "--format", "github"], 0),
        (["show", EVENT], 0),
        (["anchor"], 0),
        (["verify"], 0),
        (["diff", ".", "彩"], 1),
        (["new", "texts/é.txt", "src-彩"], 1),
        (["new", "texts/é.txt", "src-gamma"], 0),
        (["check"], 1),
    ]
    ran = list(run_in_turn(built_small, [arguments for arguments, _ in steps], **environment))
    for (arguments, expected), (code, output, messages) in zip(steps, ran, strict=True):
        assert code == expected, (arguments, messages)
        assert b"Traceback" not in messages
        for stream in (output, messages):
            assert not ORDER.search(stream.decode(encoding).replace("\n", "")), arguments


@pytest.mark.parametrize("terminal", [pytest.param("latin-1", marks=pytest.mark.slow), "C"])
def test_show_prints_what_it_can(terminal: str, built_small: Path) -> None:
    ran = run(built_small, "show", EVENT, **ENVIRONMENTS[terminal])
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert rb"\u963f\u767b\u90e8\u957f" in ran.stdout


def test_json_is_utf_8_on_every_terminal(small: Path) -> None:
    path = small / BETA
    path.write_text(path.read_text("utf-8").replace("event_type: visit", "event_type: 彩é"), "utf-8")
    ran = run(small, "check", "--format", "json", **ENVIRONMENTS["latin-1"])
    [problem] = json.loads(ran.stdout.decode("utf-8"))
    assert "'彩é' is not among the codes" in ran.stdout.decode("utf-8")
    assert problem["code"] == "R08"


def test_json_holds_no_order_and_reads_back_as_it_was(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    from mmru.cli.report import echo_json

    problem = Problem(f"{HOSTILE}\udce9", 1, 1, "R08", f"a{HOSTILE}\n\U000e0001彩")
    [text] = report([problem], "json", Path(), quote=False)
    echo_json(text)
    printed = capsysbinary.readouterr().out
    assert not ORDER.search(printed.decode("utf-8").replace("\n", ""))
    [read] = json.loads(printed)
    assert (read["path"], read["message"]) == (problem.path, problem.message)


@pytest.mark.parametrize(
    "arguments",
    [
        [HOSTILE],
        [f"--{HOSTILE}"],
        ["build", HOSTILE],
        ["build", f"--{HOSTILE}"],
        ["check", HOSTILE],
        ["check", "--format", HOSTILE],
        ["anchor", HOSTILE],
        ["new", HOSTILE, "src-x"],
        ["new", "texts/alpha.txt", HOSTILE],
        ["new", "texts/alpha.txt", "src-x", "--published", HOSTILE],
        ["find", f"{HOSTILE}zzz"],
        ["find", f"2031-{HOSTILE}"],
        ["register", HOSTILE, "x"],
        ["register", "actor", HOSTILE],
        ["register", "actor", "Mara Finn", "--kind", HOSTILE, "--summary", "A person."],
        ["show", HOSTILE],
        ["verify", HOSTILE],
        ["diff", HOSTILE, "."],
        ["release", "--old", HOSTILE],
        ["anchor", "--articles", HOSTILE],
    ],
)
def test_an_argument_reaches_the_terminal_as_escapes(
    arguments: list[str], built_small: Path, mmru: Run
) -> None:
    result = mmru(*arguments)
    assert result.exit_code in (1, 2), result.output
    assert isinstance(result.exception, SystemExit)
    assert not ORDER.search(result.output), result.output


def test_an_unknown_command_is_named_with_escapes(mmru: Run) -> None:
    assert mmru(HOSTILE).output.endswith(f"Error: No such command '{ESCAPED}'.\n")
    assert mmru(HOSTILE).exit_code == 2


def test_a_value_of_a_package_reaches_the_terminal_as_escapes(built_small: Path, mmru: Run) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (built_small.parent / "old").mkdir()
    with zipfile.ZipFile(built_small.parent / "old.zip", "w") as archive:
        for path in sorted(built_small.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(built_small))
    path = built_small / "data/events.parquet"
    rows = pq.read_table(path)
    titles = pa.array([f"{HOSTILE}\nx"] * rows.num_rows)
    place = rows.schema.get_field_index("title")
    pq.write_table(rows.set_column(place, rows.schema.field(place), titles), path)
    rehash(built_small)
    for arguments in (["show", EVENT], ["diff", "../old.zip", "."]):
        result = mmru(*arguments)
        assert result.exit_code == 0, result.output
        assert rf"{ESCAPED}\nx" in result.output
        assert not ORDER.search(result.output)
    for form in ("json", "markdown"):
        assert not ORDER.search(mmru("diff", "../old.zip", ".", "--format", form).output)


def test_words_of_an_article_reach_the_terminal_as_escapes(small: Path, mmru: Run) -> None:
    text = small / "texts/beta.txt"
    old, path = text.read_text("utf-8"), small / BETA
    path.unlink()
    text.write_text(f"{HOSTILE} words{old}", "utf-8")
    assert not ORDER.search(mmru("new", "texts/beta.txt", "src-beta").output)
    path.write_text(path.read_text("utf-8") + "# \x1b[31m\n", "utf-8")
    for command in (["check"], ["anchor"], ["check", "--format", "github"]):
        assert not ORDER.search(mmru(*command).output)


def test_a_file_name_reaches_the_terminal_as_escapes(built_small: Path, mmru: Run) -> None:
    commit(built_small)
    for folder in ("data", "seeds", "seeds/articles"):
        Path(folder, f"{HOSTILE}.yaml").write_text("[]\n")
    for arguments in (["check"], ["build"], ["verify"], ["release"]):
        result = mmru(*arguments)
        assert result.exit_code == 1
        assert ESCAPED in result.output
        assert not ORDER.search(result.output), result.output


def test_a_name_that_is_not_utf_8_is_printed(built_small: Path, mmru: Run) -> None:
    (Path(os.fsdecode(os.fsencode(built_small / "data")) + "/" + os.fsdecode(b"\xe9.csv"))).write_text("x")
    for arguments in (["verify"], ["diff", ".", "."]):
        assert not isinstance(mmru(*arguments).exception, UnicodeError)
    ran = run(built_small, "check")
    assert rb"data/\udce9.csv:1:1: W02" in ran.stderr
    assert b"Traceback" not in ran.stderr
    ran.stderr.decode("utf-8")


@pytest.mark.parametrize("terminal", ["latin-1", "C"])
def test_the_proof_with_python_alone_prints_on_every_terminal(terminal: str, built_small: Path) -> None:
    (built_small / "data/彩\x1b.csv").write_text("x")
    program = str(ROOT / "scripts/mmru/verify.py")
    env = {**os.environ, **ENVIRONMENTS[terminal]}
    for arguments in ([], ["彩\x1b[31m"]):
        command = [sys.executable, "-S", program, *arguments]
        ran = subprocess.run(
            list(map(os.fsencode, command)), cwd=built_small, env=env, capture_output=True, check=False
        )
        assert ran.returncode in (1, 2)
        assert b"Traceback" not in ran.stderr
        assert b"\x1b" not in ran.stderr
        assert rb"\u5f69" in ran.stderr or rb"\udce5" in ran.stderr


def test_what_the_api_raises_is_printable() -> None:
    with pytest.raises(Unknown) as caught:
        check_name("table", HOSTILE, [f"events{HOSTILE}"])
    assert not ORDER.search(str(caught.value))
    problem = Problem(HOSTILE, 1, 1, "V01", HOSTILE, HOSTILE)
    for text in (problem, Damaged([problem]), InvalidDataset([problem]), Fault(HOSTILE, "V01", HOSTILE, "")):
        assert not ORDER.search(str(text))


def test_the_caret_is_below_its_column_behind_escapes(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a\tb: \x1bHERE\n", "utf-8")
    _, line, caret = report([Problem("a.yaml", 1, 7, "R08", "no")], "text", tmp_path, quote=True)
    assert shown(line)[caret.index("^") :].startswith("HERE")


def test_a_closed_pipe_is_no_traceback(built_small: Path) -> None:
    shell = f"{sys.executable} -c 'from mmru.__main__ import start; start()' show {EVENT} | true"
    ran = subprocess.run(["bash", "-c", shell], cwd=built_small, capture_output=True, check=False)
    assert b"Traceback" not in ran.stderr


def test_help_is_as_click_gives_it_where_the_terminal_has_all_characters() -> None:
    result = CliRunner().invoke(main, [])
    assert "the Myanmar–Russia Relations dataset" in result.output


@pytest.mark.parametrize("command", [[sys.executable, "-m", "mmru.verify"], COMMAND])
def test_a_reader_that_stops_reading_ends_a_command_without_a_traceback(command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([*command, "--help"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")
