"""Shared fixtures: the small made-up dataset, valid and built, the articles, and a whole release.

A build takes a second or more, so a test that needs a built dataset uses `built_small`, a copy of one that
is built once a session. A test that needs only tables uses `dataset`, or `tables` with the marker `edited`:
the edited datasets of a module are built together. Session fixtures are read-only.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from browser import FLAGS, chromium
from click.testing import CliRunner, Result
from copies import Tables, built_together
from hypothesis import HealthCheck, settings
from mmru.cli.main import main
from mmru.io.atomic import alone
from mmru.pipeline.build import Dataset, build
from mmru.seeds.anchor import anchor_files
from steps import (
    NOT_COPIED,
    VERSION,
    Snapshots,
    commit,
    copied_repository,
    edit,
    record_version,
    released,
)

# how long an example takes depends on what else the machine does
settings.register_profile("mmru", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mmru")
# make test tries 25 examples, not 100, of each test that sets no number itself
settings.register_profile("quick", settings.get_profile("mmru"), max_examples=25)

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "small"
STEM = f"myanmar-russia-relations-{VERSION}"


# the files with slow tests that take longest; they come first, so that no process waits for one at the end
LONGEST = [
    "test_spark.py",
    "test_site_browser.py",
    "test_release.py",
    "test_metadata.py",
    "test_faults.py",
    "test_using.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests in tests/slow as slow, and put the longest files first."""
    for item in items:
        if item.path.parent.name == "slow":
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: [*LONGEST, item.path.name].index(item.path.name))


@pytest.fixture(scope="session", autouse=True)
def _no_sync() -> Iterator[None]:
    """Let no file wait for the disk in this process: it takes longer than the rest of a build."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda file: None)
        yield


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small dataset: two made-up articles, one of them docs/template.yaml, anchored. For reading only."""
    root = tmp_path_factory.mktemp("sound") / "dataset"
    shutil.copytree(SMALL, root)
    shutil.copytree(ROOT / "schemas", root / "schemas", ignore=shutil.ignore_patterns("editor", "README.md"))
    shutil.copy(ROOT / "docs" / "template.yaml", root / "seeds" / "articles" / "src-alpha.yaml")
    anchor_files(root, [], [root / "texts"], verify=False)
    return root


@pytest.fixture(scope="session")
def dataset(sound: Path) -> Dataset:
    """The tables of the small dataset, for reading only."""
    return build(sound)


@pytest.fixture(scope="session")
def snapshots(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    """The small dataset after the first steps of examples, such as a build or a release."""
    return Snapshots(sound, tmp_path_factory.mktemp("snapshots"))


@pytest.fixture
def small(sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the small dataset, as the current folder."""
    return fresh(sound, tmp_path, monkeypatch)


@pytest.fixture
def built_small(snapshots: Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the small dataset with its generated files, as the current folder."""
    return fresh(snapshots.after([{"run": "mmru build"}], command) / "dataset", tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def edited_copies(
    request: pytest.FixtureRequest, sound: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Tables]:
    """The tables of the small dataset as each test of the module edits it, by the name of the test."""
    tests = [item for item in request.session.items if item.path == request.path]
    edits = {test.name: mark.args for test in tests if (mark := test.get_closest_marker("edited"))}
    copies = built_together(sound, tmp_path_factory.mktemp("copies"), list(edits.values()))
    return dict(zip(edits, copies))


@pytest.fixture
def tables(request: pytest.FixtureRequest, edited_copies: dict[str, Tables]) -> Tables:
    """The tables of the small dataset after the edits of the test's marker `edited`, for reading only."""
    return edited_copies[request.node.name]


def fresh(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy a dataset, and enter the copy."""
    root = tmp_path / "dataset"
    shutil.copytree(source, root, ignore=NOT_COPIED)
    monkeypatch.chdir(root)
    monkeypatch.setenv("MMRU_ARTICLES", "texts")
    return root


def command(*arguments: str) -> Result:
    """Run mmru in the current folder and in this process."""
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def mmru() -> Callable[..., Result]:
    """The command mmru, run in the current folder and in this process."""
    return command


@pytest.fixture
def spoil(request: pytest.FixtureRequest) -> Callable[[str, str, str], None]:
    """Replace a text that occurs exactly once in a file of `built_small`, or else of `small`."""
    root = request.getfixturevalue("built_small" if "built_small" in request.fixturenames else "small")

    def replace(path: str, old: str, new: str) -> None:
        edit(root / path, old, new)

    return replace


def not_here(message: str) -> NoReturn:
    """Skip a test that needs something that is not installed; fail it in CI."""
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def articles() -> Path:
    """The folder of the five articles; without it tests are skipped, and fail in CI."""
    named = os.environ.get("MMRU_ARTICLES", "../shared/articles")
    if named == "none":
        pytest.skip("MMRU_ARTICLES=none: the articles' texts are not to be read")
    # the first of several folders has the five
    folder = (ROOT / named.split(os.pathsep)[0]).resolve()
    if not folder.is_dir():
        message = f"the articles' texts are not in {named}: name their folder with MMRU_ARTICLES"
        not_here(message)
    return folder


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, committed, with its release in dist/, for reading only.

    It takes long, so the processes of a test run share it, and its tests are slow.
    """
    folder = tmp_path_factory.getbasetemp()
    shared = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "checkout"
    shared.mkdir(exist_ok=True)
    root = shared / "repository"
    with alone(shared):
        if not (root / "dist").exists():
            shutil.rmtree(root, ignore_errors=True)
            copied_repository(root)
            record_version(root)
            commit(root)
            released(root)
    return root


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; without it tests are skipped, and fail in CI."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not chromium():
        not_here("Chromium is not installed: apt-get install chromium, or name it with CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def page_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The explorer page of the released tables."""
    from mmru.explorer.site import files, released, write

    folder = tmp_path_factory.mktemp("page") / "site"
    write(folder, files(*released(ROOT)))
    return folder
