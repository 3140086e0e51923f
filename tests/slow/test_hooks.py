"""The pre-commit hook and the GitHub action, for repositories that hold a copy of the dataset."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, not_here
from steps import commit, copied_repository

pytestmark = pytest.mark.slow
PRE_COMMIT = ROOT / ".venv-validators/bin/pre-commit"
CONFIG = """\
repos:
- repo: {repository}
  rev: {revision}
  hooks:
  - id: mmru-verify
    args: [vendor/relations]
"""
CHANGED = "data/events.csv:1:1: V02 has "


@pytest.fixture
def user(built_small: Path, tmp_path: Path) -> Path:
    """A repository that holds a copy of the small dataset in vendor/relations."""
    root = tmp_path / "a user's repository"
    shutil.copytree(built_small, root / "vendor/relations")
    commit(root)
    return root


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **environment}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_the_hook_accepts_a_copy_and_rejects_a_changed_one(user: Path, tmp_path: Path) -> None:
    if not PRE_COMMIT.exists():
        not_here("pre-commit is not installed: run make .venv-validators/ready")
    repository = tmp_path / "repository"
    copied_repository(repository)
    commit(repository)
    assert run(PRE_COMMIT, "validate-manifest", ".pre-commit-hooks.yaml", cwd=repository).returncode == 0
    revision = run("git", "rev-parse", "HEAD", cwd=repository).stdout.strip()
    config = CONFIG.format(repository=repository, revision=revision)
    (user / ".pre-commit-config.yaml").write_text(config, "utf-8")
    commit(user)
    hook = (PRE_COMMIT, "run", "--all-files", "--verbose")
    sound = run(*hook, cwd=user, PRE_COMMIT_HOME=str(tmp_path / "home"))
    assert sound.returncode == 0, sound.stdout
    assert "\nvalid: small 0.1.0 (" in sound.stdout
    with (user / "vendor/relations/data/events.csv").open("a") as file:
        file.write("\n")
    commit(user)
    changed = run(*hook, cwd=user, PRE_COMMIT_HOME=str(tmp_path / "home"))
    assert changed.returncode == 1
    assert f"\n{CHANGED}" in changed.stdout


def test_the_action_accepts_a_copy_and_rejects_a_changed_one(user: Path) -> None:
    action: Any = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    assert action["inputs"]["path"]["default"] == "."
    [step] = action["runs"]["steps"]
    assert step["env"] == {"COPY": "${{ inputs.path }}"}
    assert step["shell"] == "bash"
    # as GitHub runs it, with this Python
    command = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    given = {"COPY": "vendor/relations", "GITHUB_ACTION_PATH": str(ROOT), "PATH": path}
    sound = run(*command, cwd=user, **given)
    assert (sound.returncode, sound.stderr) == (0, "")
    assert sound.stdout.startswith("valid: small 0.1.0 (")
    (user / "vendor/relations/data/events.csv").write_text("", "utf-8")
    changed = run(*command, cwd=user, **given)
    assert changed.returncode == 1
    assert changed.stderr.startswith(CHANGED)
    missing = run(*command, cwd=user, **{**given, "COPY": "vendor/none"})
    assert (missing.returncode, missing.stderr) == (2, "vendor/none: No such file or directory\n")
