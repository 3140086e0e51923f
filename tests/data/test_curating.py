"""The guides for curators are true: a reader who follows them to the letter sees what they show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from guide import Commands, Reader, instructions
from steps import Run

PAGE = ROOT / "docs" / "curating-whole.md"
GUIDE = PAGE.read_text("utf-8")
SHORT = (ROOT / "docs" / "curating.md").read_text("utf-8")


def dataset(root: Path) -> dict[str, bytes]:
    """Return the files of a dataset that are not generated."""
    folders = ("seeds", "texts", "schemas")
    files = (p for f in folders for p in (root / f).rglob("*") if p.is_file() and p.parent.name != "editor")
    return {str(p.relative_to(root)): p.read_bytes() for p in files}


@pytest.fixture
def reader(small: Path, tmp_path: Path, mmru: Run, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader in the top folder of a clone that holds only what the guide copies."""
    clone = tmp_path / "clone"
    for folder in ("tests/small", "tests/curating", "schemas"):
        shutil.copytree(ROOT / folder, clone / folder)
    (clone / "docs").mkdir()
    shutil.copy(ROOT / "docs/template.yaml", clone / "docs")
    return Reader(clone, mmru, monkeypatch.chdir)


def test_the_guide_can_be_followed(reader: Reader, small: Path) -> None:
    first, *others = instructions(GUIDE)
    reader.follow(first)
    # the copy is the dataset of the tests, with the article
    gamma = (ROOT / "tests/curating/gamma.txt").read_bytes()
    assert dataset(reader.folder) == {**dataset(small), "texts/gamma.txt": gamma}
    for instruction in others:
        reader.follow(instruction)
    # the reader ends with a valid dataset that is as the guide says
    visit, agreement = (reader.mmru("show", r).output for r in ("ev-visit-quill-lindos", "ag-ferry"))
    assert "\n  place_id: pl-gull-quay\n" in visit
    assert "\n  source_count: 3\n" in visit
    assert re.search(r"\n  event_type: visit\n    = src-alpha .* credibility 1\n", visit)
    assert "credibility 1\n" not in agreement
    assert reader.mmru("check").exit_code == 0
    assert reader.mmru("anchor", "--verify").exit_code == 0


def test_the_short_guide_can_be_followed(reader: Reader, small: Path) -> None:
    for instruction in instructions(SHORT):
        reader.follow(instruction)
    # the report dates the signing, and its publisher is no witness of its own
    signing = reader.mmru("show", "ev-signing-ferry").output
    assert "\n  date: 2031-05-02\n" in signing
    assert "\n  source_count: 2\n  origin_count: 2\n" in signing
    assert reader.mmru("anchor", "--verify").exit_code == 0


@pytest.mark.parametrize("page", [GUIDE, SHORT])
def test_the_guide_sets_the_variables_of_the_fixtures(page: str) -> None:
    [export] = [
        line for s in instructions(page) if isinstance(s, Commands) for line in s.lines if "export" in line
    ]
    assert export == 'export PATH="$PWD/.venv/bin:$PATH" MMRU_ARTICLES=texts'


def test_the_guide_shows_a_mistake_and_a_conflict() -> None:
    [failing] = [s.output for s in instructions(GUIDE) if isinstance(s, Commands) and s.fails]
    assert re.findall(r": ([A-Z]\d\d) ", failing) == ["M01", "R08"]


def test_the_guide_names_commands_and_files_that_exist() -> None:
    from mmru.cli.main import main

    assert set(re.findall(r"`mmru (\w+)", GUIDE + SHORT)) <= set(main.commands)
    for target in re.findall(r"\]\(([^)#]+)", GUIDE + SHORT):
        assert (PAGE.parent / target).is_file(), target
    # the locator that explains locators is one that the reader meets
    [example] = re.findall(r"`(L\d+\.\d+-\d+~[0-9a-f]{8})`", GUIDE)
    assert any(f"at: {example}" in s.output for s in instructions(GUIDE) if isinstance(s, Commands))
    assert "](docs/curating.md)" in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    "page",
    [
        "Text.\n\n```text\nnothing prints this\n```\n",
        "Text.\n\n```yaml\n- nowhere: to go\n```\n",
        "Text.\n\n`file`:\n\n```yaml\n- neither: all nor the end\n```\n",
        "Text.\n\n```python\nprint()\n```\n",
        "Text.\n\n```js\nprint()\n```\n",
        "In `file`:\n\n```python\nprint()\n```\n",
        "Text.\n\nThen write `this` instead of `that`.\n",
        "Text.\n\n```sh\nmmru check\n",
    ],
)
def test_an_unknown_form_of_instruction_is_refused(page: str) -> None:
    with pytest.raises(AssertionError):
        list(instructions(page))
