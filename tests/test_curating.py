"""The guide for curators is true: whoever follows it to the letter sees what it shows.

The guide is run as it stands. A line that names a file and ends in a colon says what becomes of the
YAML below it; a paragraph that begins "In FILE, write" changes words of a file; a block of commands
prints what the block of text below it shows, or nothing. Where that ends in a count of problems, the
last command fails. Whatever the guide has beyond these forms is an error, so that nothing is passed
over.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT

Run = Callable[..., Result]
PAGE = ROOT / "docs" / "curating.md"
GUIDE = PAGE.read_text("utf-8")

PART = re.compile(r"^```(\w*)\n((?:.*\n)*?)```$|((?:^(?!```).+\n)+)", re.MULTILINE)
PLACE = re.compile(r"(At the end of )?(?:In )?`([^`]+)`(?:, `(\w+)`)?( becomes)?:\n")
EDIT = re.compile(r"`([^`]+)` instead of `([^`]+)`")
FAILS = re.compile(r"\d+ problems?(, \d+ warnings?)?(; nothing was written)?$")


@dataclass(frozen=True)
class Written:
    """YAML for a file: for its end, for one part of it, or for all of it."""

    path: str
    text: str
    part: str | None
    at_end: bool

    def into(self, root: Path) -> None:
        """Write it."""
        file = root / self.path
        # a file that is misspelt would be made anew, and read by nothing
        old = file.read_text("utf-8")
        if self.at_end:
            new = old + self.text
        elif self.part is None:
            new = self.text
        else:
            assert self.text.startswith(f"{self.part}:\n"), f"this is not {self.part}:\n{self.text}"
            part = rf"^{self.part}:.*\n(?:[ \t].*\n)*"
            new, found = re.subn(part, lambda _: self.text, old, flags=re.MULTILINE)
            assert found == 1, f"{self.part} stands {found} times in {self.path}"
        file.write_text(new, "utf-8")


@dataclass(frozen=True)
class Changed:
    """Words of a file in the place of others."""

    path: str
    new: str
    old: str

    def into(self, root: Path) -> None:
        """Change them."""
        text = (root / self.path).read_text("utf-8")
        assert text.count(self.old) == 1, f"{self.old!r} stands {text.count(self.old)} times in {self.path}"
        (root / self.path).write_text(text.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Commands:
    """Commands and what they print."""

    lines: list[str]
    shown: str

    @property
    def fails(self) -> bool:
        """Whether the last command fails."""
        return FAILS.fullmatch(self.shown.rstrip("\n").rpartition("\n")[2]) is not None


Step = Written | Changed | Commands


def steps(guide: str) -> Iterator[Step]:
    """What the guide asks its reader to do, in order."""
    parts = [(m[1], m[2] or m[3] or "") for m in PART.finditer(guide)]
    assert sum(kind is not None for kind, _ in parts) * 2 == len(re.findall("^ *```", guide, re.MULTILINE))
    (before, above), *rest = parts
    for n, (kind, text) in enumerate(rest, 1):
        match kind:
            case "sh":
                after, shown = parts[n + 1] if n + 1 < len(parts) else (None, "")
                yield Commands(text.splitlines(), shown if after == "text" else "")
            case "text":
                assert before == "sh", f"no command prints this:\n{text}"
            case "yaml":
                place = PLACE.fullmatch(above) if before is None else None
                assert place, f"no line says where this stands:\n{text}"
                end, path, part, becomes = place.groups()
                assert bool(end) != bool(becomes), above
                yield Written(path, text, part, bool(end))
            case None:
                yield from _changes(text)
            case _:
                raise AssertionError(f"a block of a kind that nothing runs: {kind}")
        before, above = kind, text


def _changes(paragraph: str) -> Iterator[Changed]:
    begins = re.match(r"In `([^`]+)`, write ", paragraph)
    found = EDIT.findall(paragraph)
    assert bool(begins) == bool(found), f"neither a change nor none: {paragraph}"
    assert len(found) == paragraph.count(" instead of `"), paragraph
    for new, old in found:
        assert begins
        yield Changed(begins[1], new, old)


@dataclass
class Reader:
    """Someone who does what the guide says, in a folder that a block of commands may change."""

    folder: Path
    mmru: Run
    enter: Callable[[Path], None]

    def do(self, step: Step) -> None:
        """Take a step, and see what the guide shows."""
        if not isinstance(step, Commands):
            step.into(self.folder)
            return
        printed, codes = "", []
        for line in step.lines:
            said, code = self._run(line)
            printed += said
            codes.append(code)
        assert printed == step.shown
        assert codes == [0] * (len(codes) - 1) + [int(step.fails)]

    def _run(self, line: str) -> tuple[str, int]:
        command, _, filtered = line.partition(" | ")
        match shlex.split(command):
            case ["mmru", *arguments]:
                result = self.mmru(*arguments)
                if not filtered:
                    return result.output, result.exit_code
                printed, code = self._shell(filtered, result.stdout)
                return result.stderr + printed, result.exit_code or code
            case ["cd", target]:
                self.folder = (self.folder / target).resolve(strict=True)
                self.enter(self.folder)
                return "", 0
            case ["export", *_]:
                # the fixtures set what the reader sets
                return "", 0
        return self._shell(line, "")

    def _shell(self, line: str, given: str) -> tuple[str, int]:
        ran = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            input=given,
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return ran.stdout, ran.returncode


def dataset(root: Path) -> dict[str, bytes]:
    """The files of a dataset, without what is generated."""
    folders = ("seeds", "texts", "schemas")
    files = (p for f in folders for p in (root / f).rglob("*") if p.is_file() and p.parent.name != "editor")
    return {str(p.relative_to(root)): p.read_bytes() for p in files}


@pytest.fixture
def reader(small: Path, tmp_path: Path, mmru: Run, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader in the top folder of a clone, which here has only what the guide copies."""
    clone = tmp_path / "clone"
    for folder in ("tests/small", "tests/curating", "schemas"):
        shutil.copytree(ROOT / folder, clone / folder)
    (clone / "docs").mkdir()
    shutil.copy(ROOT / "docs/template.yaml", clone / "docs")
    return Reader(clone, mmru, monkeypatch.chdir)


def test_the_guide_can_be_followed(reader: Reader, small: Path) -> None:
    listed = list(steps(GUIDE))
    reader.do(listed[0])
    # the copy is the dataset on which all tests run, and the article
    gamma = (ROOT / "tests/curating/gamma.txt").read_bytes()
    assert dataset(reader.folder) == {**dataset(small), "texts/gamma.txt": gamma}
    for step in listed[1:]:
        reader.do(step)
    # the reader ends with a sound dataset, of which the guide says what is true
    visit, agreement = (reader.mmru("show", r).output for r in ("ev-visit-quill-lindos", "ag-ferry"))
    assert "\n  place_id: pl-gull-quay\n" in visit
    assert "\n  source_count: 3\n" in visit
    assert re.search(r"\n  agreement_type: agreement\n    = src-gamma .* credibility 1\n", agreement)
    assert reader.mmru("check").exit_code == 0
    assert reader.mmru("anchor", "--verify").exit_code == 0


def test_the_guide_sets_what_the_fixtures_set() -> None:
    [export] = [line for s in steps(GUIDE) if isinstance(s, Commands) for line in s.lines if "export" in line]
    assert export == 'export PATH="$PWD/.venv/bin:$PATH" MMRU_ARTICLES=texts'


def test_the_guide_shows_a_mistake_and_a_conflict() -> None:
    [failing] = [s.shown for s in steps(GUIDE) if isinstance(s, Commands) and s.fails]
    assert re.findall(r": ([A-Z]\d\d) ", failing) == ["M01", "R08"]


def test_what_the_guide_names_is_there() -> None:
    from mmru.cli.main import main

    assert set(re.findall(r"`mmru (\w+)", GUIDE)) <= set(main.commands)
    for target in re.findall(r"\]\(([^)#]+)", GUIDE):
        assert (PAGE.parent / target).is_file(), target
    # the locator that explains locators is one that the reader meets
    [example] = re.findall(r"`(L\d+\.\d+-\d+~[0-9a-f]{8})`", GUIDE)
    assert any(f"at: {example}," in s.shown for s in steps(GUIDE) if isinstance(s, Commands))
    assert "](docs/curating.md)" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "spoilt",
    [
        "Text.\n\n```text\nnothing prints this\n```\n",
        "Text.\n\n```yaml\n- nowhere: to go\n```\n",
        "Text.\n\n`file`:\n\n```yaml\n- neither: all nor the end\n```\n",
        "Text.\n\n```python\nprint()\n```\n",
        "Text.\n\nThen write `this` instead of `that`.\n",
        "Text.\n\n```sh\nmmru check\n",
    ],
)
def test_a_form_that_the_guide_may_not_have_is_refused(spoilt: str) -> None:
    with pytest.raises(AssertionError):
        list(steps(spoilt))
