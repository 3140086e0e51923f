"""What is kept between builds, and articles read by several processes: the result is that of a cold build."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import Result
from mmru.errors import InvalidDataset, Problem
from mmru.io.yaml_file import Document
from mmru.pipeline.build import build
from mmru.pipeline.write import files
from mmru.seeds import articles as take
from mmru.seeds import cache

Mmru = Callable[..., Result]
ALPHA, BETA = "seeds/articles/src-alpha.yaml", "seeds/articles/src-beta.yaml"
EVENTS = "seeds/registry/events.yaml"


def outcome(root: Path) -> dict[str, bytes] | str:
    """Every file that a build makes, or what it refuses the seeds for."""
    try:
        return files(build(root))
    except InvalidDataset as refused:
        return str(refused)


def cold(root: Path, beside: Path) -> dict[str, bytes] | str:
    """What a build makes of a copy for which nothing is kept."""
    shutil.copytree(root, beside, ignore=shutil.ignore_patterns(cache.FOLDER))
    try:
        return outcome(beside)
    finally:
        shutil.rmtree(beside)


def kept(root: Path) -> list[Path]:
    return sorted((root / cache.FOLDER).glob("*.arrow"))


def edit(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text("utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new, 1), "utf-8")


def copied(root: Path, number: int) -> None:
    """Add an article that says what src-beta says."""
    text = (root / BETA).read_text("utf-8").replace("src-beta", f"src-more-{number}")
    text = re.sub(r"text_sha256: \S+", f"text_sha256: {number:064x}".replace(": 0", ': "0') + '"', text)
    (root / f"seeds/articles/src-more-{number}.yaml").write_text(text, "utf-8")


def spoiled(root: Path, draw: random.Random) -> None:
    """Change something of articles or registry: some of it is sound, some is not."""
    more = sorted((root / "seeds/articles").glob("src-more-*.yaml"))
    match draw.randrange(8):
        case 0:
            copied(root, draw.randrange(4))
        case 1 if more:
            draw.choice(more).unlink()
        case 2:
            path = root / BETA
            path.write_text(path.read_text("utf-8") + f"# {draw.random()}\n", "utf-8")
        case 3:
            text = (root / BETA).read_text("utf-8")
            old, new = draw.sample(("event_type: visit", "event_type: meeting"), 2)
            (root / BETA).write_text(text.replace(old, new), "utf-8")
        case 4:
            with (root / EVENTS).open("a", encoding="utf-8") as file:
                file.write(
                    f"- {{event_id: ev-more-{draw.randrange(3)}, title: One more, summary: One more of the events.}}\n"
                )
        case 5:
            text = (root / EVENTS).read_text("utf-8")
            (root / EVENTS).write_text(re.sub(r"- \{event_id: ev-more-.*\n", "", text), "utf-8")
        case 6:
            for path in kept(root)[: draw.randrange(2)]:
                content = bytearray(path.read_bytes())
                content[draw.randrange(len(content))] ^= 1
                path.write_bytes(content)
        case 7:
            ids = ("ev-visit-quill-lindos", "ev-visit-quill-elsewhere")
            text = (root / EVENTS).read_text("utf-8")
            old, new = draw.sample(ids, 2)
            (root / EVENTS).write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_never_changes_what_is_made(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(cache, "MOST", 3)
    draw = random.Random(seed)
    for _ in range(12):
        spoiled(small, draw)
        assert outcome(small) == cold(small, tmp_path / "cold")


def read_anew(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the articles that are read from now on."""
    paths: list[str] = []
    read = take.Taker.read

    def noted(taker: take.Taker, path: str, problems: list[Problem]) -> Document | None:
        paths.append(path)
        return read(taker, path, problems)

    monkeypatch.setattr(take.Taker, "read", noted)
    return paths


def test_only_an_article_that_changed_is_read_again(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome(small)
    read = read_anew(monkeypatch)
    outcome(small)
    assert read == []
    edit(small, BETA, "event_type: visit", "event_type:  visit")
    outcome(small)
    assert read == [BETA]


def test_an_id_that_is_added_leaves_what_is_kept_and_one_that_is_gone_does_not(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome(small)
    read = read_anew(monkeypatch)
    before = (small / EVENTS).read_text("utf-8")
    (small / EVENTS).write_text(
        before + "- {event_id: ev-more, title: One more, summary: One more of the events.}\n", "utf-8"
    )
    assert "no source speaks of 'ev-more'" in str(outcome(small))
    assert read == []
    edit(small, BETA, "event_type: visit", "event_type:  visit")
    outcome(small)
    (small / EVENTS).write_text(before, "utf-8")
    assert isinstance(outcome(small), dict)
    assert read == [BETA, BETA]


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "folder"])
def test_a_damaged_file_is_not_used_and_is_made_anew(
    small: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    made = outcome(small)
    [path] = kept(small)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    spoilt = {"flip": bytes(content), "cut": bytes(content[:-9]), "empty": b""}
    if damage == "folder":
        shutil.rmtree(small / cache.FOLDER)
        (small / cache.FOLDER).write_text("not a folder")
    else:
        path.write_bytes(spoilt[damage])
    read = read_anew(monkeypatch)
    assert outcome(small) == made
    assert read == [ALPHA, BETA]
    assert kept(small) == ([] if damage == "folder" else [path])


def test_what_other_code_has_kept_is_not_opened_and_goes(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = outcome(small)
    [path] = kept(small)
    content = b"of another form"
    other = path.with_name(f"{sha256(content).hexdigest()}.arrow")
    other.write_bytes(content)
    monkeypatch.setattr(cache, "_key", lambda schemas: "f" * 64)
    assert outcome(small) == made
    [now] = kept(small)
    assert now.name.startswith("f" * 16)
    assert now not in (path, other)


def test_a_folder_that_comes_to_lead_out_of_the_dataset_is_refused_though_its_articles_are_kept(
    small: Path, tmp_path: Path
) -> None:
    outcome(small)
    (small / "seeds/articles").rename(tmp_path / "elsewhere")
    (small / "seeds/articles").symlink_to(tmp_path / "elsewhere")
    assert f"{ALPHA}:1:1: R13" in str(outcome(small))


def test_no_more_than_some_files_are_kept(small: Path) -> None:
    for number in range(2 * cache.MOST):
        edit(small, BETA, "event_type:", "event_type: ")
        assert isinstance(outcome(small), dict), number
        assert len(kept(small)) <= cache.MOST


def test_what_is_kept_is_ignored_by_git(small: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=small, check=True)
    outcome(small)
    listed = subprocess.run(
        ["git", "status", "--porcelain", "-uall"], cwd=small, capture_output=True, text=True, check=True
    )
    assert cache.FOLDER not in listed.stdout


@pytest.mark.parametrize("fit", [True, False])
def test_several_processes_give_what_one_gives(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fit: bool
) -> None:
    for number in range(9):
        copied(small, number)
    if not fit:
        edit(small, "seeds/articles/src-more-3.yaml", "status: occurred", "status: occured")
    one = outcome(small)
    monkeypatch.setattr(take, "FEW", 2)
    monkeypatch.setattr(take, "SHARE", 2)
    assert cold(small, tmp_path / "cold") == one
    assert isinstance(one, dict) == fit


STOPPED = """
import os, signal
from mmru.seeds import articles as take
class Taker(take.Taker):
    def take(self, paths, problems):
        {what}
        return super().take(paths, problems)
"""
STARTED = """
from mmru.pipeline import build
from mmru.seeds import articles as take
from mmru.cli.main import main
from stopped import Taker
take.FEW, take.SHARE, build.Taker = 1, 1, Taker
main()
"""


def test_a_process_that_is_killed_ends_the_build_in_one_line(small: Path) -> None:
    (small / "stopped.py").write_text(STOPPED.format(what="os.kill(os.getpid(), signal.SIGKILL)"))
    ran = subprocess.run(
        [sys.executable, "-c", STARTED, "build"], cwd=small, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr == "Error: a process that read articles was killed; run the command again\n"
    assert not (small / "data").exists()


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_interrupted_build_ends_in_one_line_with_all_its_processes(small: Path) -> None:
    begun = "open('begun', 'w').close(); import time; time.sleep(1)"
    (small / "stopped.py").write_text(STOPPED.format(what=begun))
    ran = subprocess.Popen(
        [sys.executable, "-c", STARTED, "build"],
        cwd=small,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (small / "begun").exists():
        time.sleep(0.05)
    os.killpg(ran.pid, signal.SIGINT)
    _, said = ran.communicate(timeout=60)
    assert ran.returncode == 1
    assert said.strip() == "Aborted!"
    until = time.monotonic() + 60
    while time.monotonic() < until and _lives(ran.pid):
        time.sleep(0.05)  # those that begin others end behind the build
    assert not _lives(ran.pid)
    assert not (small / "data").exists()
