"""What the wheel says of itself on an index of packages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, not_here
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager
from mmru.verify import PACKAGE

PYTHON = ROOT / ".venv-validators/bin/python"
RENDER = "import sys, readme_renderer.markdown as m; sys.stdout.write(m.render(sys.stdin.read()) or '')"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the files from which the metadata of the project are made."""
    for name in (
        "pyproject.toml",
        "hatch_build.py",
        PACKAGE,
        "LICENSE",
        "LICENSE-DATA.md",
        "scripts/mmru/verify.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def described(project: Path) -> ProjectMetadata[PluginManager]:
    return ProjectMetadata(str(project), PluginManager())


def test_the_long_description_and_the_keywords_are_those_of_the_dataset(project: Path) -> None:
    about = json.loads((ROOT / PACKAGE).read_text("utf-8"))
    told = described(project).core
    assert told.keywords == sorted(about["keywords"])
    assert told.readme_content_type == "text/markdown"
    assert about["description"] in told.readme
    assert "No person has checked the coding." in told.readme


def test_the_long_description_has_no_link_to_a_file_of_the_repository(project: Path) -> None:
    text = described(project).core.readme
    assert re.findall(r"\]\(|<(?!https://)|src=|href=", text) == []


@pytest.mark.slow
def test_an_index_of_packages_renders_the_long_description(project: Path) -> None:
    if not PYTHON.exists():
        not_here("others' validators are not installed: run make .venv-validators/ready")
    text = described(project).core.readme
    ran = subprocess.run([PYTHON, "-c", RENDER], input=text, capture_output=True, text=True, check=True)
    assert ran.stdout.count("<h1 ") == 1
    assert "mmru.load" in re.sub("<[^>]*>", "", ran.stdout)


def test_an_address_is_named_once_the_dataset_has_one(project: Path) -> None:
    assert described(project).core.urls == {}
    about = json.loads((project / PACKAGE).read_text("utf-8"))
    about["homepage"] = "https://example.org/relations"
    (project / PACKAGE).write_text(json.dumps(about), "utf-8")
    assert described(project).core.urls == {"Homepage": "https://example.org/relations"}


def test_the_classifiers_are_those_of_the_index(project: Path) -> None:
    # hatchling looks each of them up
    told = described(project).core.classifiers
    assert "Programming Language :: Python :: 3.11" in told
    assert not [name for name in told if name.startswith("License ::")]
