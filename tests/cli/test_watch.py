"""mmru check --watch: what is wrong is told again after every change, until it is interrupted."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from click.testing import Result
from steps import COMMAND, Run

ARTICLE = "seeds/articles/src-alpha.yaml"


class Watching:
    """A watch that runs, and what it says, line by line."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "check", "--watch"],
            cwd=folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.lines: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line.rstrip("\n"))

    def until(self, word: str) -> list[str]:
        """The lines up to the next that begins with a word."""
        lines = [self.lines.get(timeout=60)]
        while not lines[-1].startswith(word):
            lines.append(self.lines.get(timeout=60))
        return lines


@pytest.fixture
def watching(small: Path) -> Iterator[Watching]:
    watching = Watching(small)
    yield watching
    watching.process.kill()


def edit(small: Path, old: str, new: str) -> None:
    path = small / ARTICLE
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def test_every_change_is_checked_until_it_is_interrupted(small: Path, watching: Watching) -> None:
    watching.until("valid (")
    edit(small, "status: occurred", "status: occured")
    lines = watching.until("invalid (")
    assert f"{ARTICLE}:" in lines[0]
    assert "R08 'occured' is not among the codes of status; did you mean 'occurred'?" in lines[0]
    edit(small, "status: occured", "status: occurred")
    assert watching.until("valid (")[0].startswith("valid (")
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(timeout=30) == 0
    assert not (small / "data").exists()


@pytest.mark.slow
def test_a_broken_file_does_not_end_the_watch(small: Path, watching: Watching) -> None:
    watching.until("valid (")
    whole = (small / ARTICLE).read_text("utf-8")
    (small / ARTICLE).write_text("source: [", "utf-8")
    assert " R03 is not YAML" in watching.until("invalid (")[0]
    (small / ARTICLE).write_text(whole, "utf-8")
    watching.until("valid (")


def test_a_path_cannot_be_watched(small: Path, mmru: Run) -> None:
    result: Result = mmru("check", "--watch", ".")
    assert result.exit_code == 2
    assert "Error: give a PATH or --watch, not both" in result.output
