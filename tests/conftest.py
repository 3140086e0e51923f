"""Shared fixtures: the repository itself, a small made-up dataset to spoil, and the articles."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from click.testing import CliRunner, Result
from mmru.cli.main import main
from mmru.seeds.anchor import anchor_files
from steps import commit, copied_repository, released

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "small"
STEM = "myanmar-russia-relations-1.0.0"


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small dataset of two made-up articles, one of them docs/template.yaml, anchored."""
    root = tmp_path_factory.mktemp("sound") / "dataset"
    shutil.copytree(SMALL, root)
    shutil.copytree(ROOT / "schemas", root / "schemas", ignore=shutil.ignore_patterns("editor"))
    shutil.copy(ROOT / "docs" / "template.yaml", root / "seeds" / "articles" / "src-alpha.yaml")
    anchor_files(root, [], root / "texts", verify=False)
    return root


@pytest.fixture
def small(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the small dataset, as the current folder."""
    root = tmp_path / "dataset"
    shutil.copytree(sound, root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("MMRU_ARTICLES", "texts")
    return root


@pytest.fixture
def mmru() -> Callable[..., Result]:
    """Run the command in the current folder."""
    runner = CliRunner()
    return lambda *arguments: runner.invoke(main, list(arguments))


@pytest.fixture
def spoil(small: Path) -> Callable[[str, str, str], None]:
    """Replace a text that stands exactly once in a file of the small dataset."""

    def replace(path: str, old: str, new: str) -> None:
        file = small / path
        content = file.read_text("utf-8")
        assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times in {path}"
        file.write_text(content.replace(old, new), "utf-8")

    return replace


def not_here(message: str) -> NoReturn:
    """Skip what needs a thing that is not here; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def articles() -> Path:
    """The folder of the five articles; without it tests are skipped, but not in CI."""
    named = os.environ.get("MMRU_ARTICLES", "../shared/articles")
    folder = (ROOT / named).resolve()
    if named == "none":
        pytest.skip("MMRU_ARTICLES=none: the articles' texts are not to be read")
    if not folder.is_dir():
        message = f"the articles' texts are not in {named}: name their folder with MMRU_ARTICLES"
        not_here(message)
    return folder


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository, committed as it stands, with its release in dist/."""
    root = tmp_path_factory.mktemp("checkout") / "repository"
    copied_repository(root)
    commit(root)
    released(root)
    return root
