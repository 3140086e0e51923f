"""The tree: its folders describe themselves, the issue forms are valid, and `make clean` leaves nothing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml_rs
from conftest import ROOT
from mmru.verify import PACKAGE, README, SUMS
from steps import commit, copied_repository

FOLDERS = ("seeds", "schemas", "data")
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
PAGES = ["README.md", "RELEASING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", *(f"{folder}/README.md" for folder in FOLDERS)]


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_of_the_dataset_says_what_it_is_in_five_lines(folder: str) -> None:
    assert len((ROOT / folder / "README.md").read_text("utf-8").splitlines()) == 5


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_to_files(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8")):
        assert (path.parent / target).is_file(), target


def test_only_metadata_that_tools_look_for_at_the_top_are_there() -> None:
    listed = {line[66:] for line in (ROOT / SUMS).read_text("utf-8").splitlines()}
    assert {path for path in listed if "/" not in path} == {
        *(PACKAGE, "CITATION.cff", ".zenodo.json", "CHANGELOG.md", "ro-crate-metadata.json")
    }
    assert {path for path in listed if path.startswith("docs/metadata/")} == {
        f"docs/metadata/{name}" for name in ("croissant.json", "datacite.json", "dataset.jsonld", "vocabularies.ttl")
    }
    assert README in listed


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_has_what_the_platform_demands(path: Path) -> None:
    """Compare with https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema."""
    form: Any = yaml_rs.loads(path.read_text("utf-8"), parse_datetime=False)
    assert form.keys() == {"name", "description", "title", "body"}
    questions = [part for part in form["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in questions}) == len({part["attributes"]["label"] for part in questions})
    for part in questions:
        assert part["type"] in ("input", "textarea", "dropdown", "checkboxes")
        assert part.keys() <= {"type", "id", "attributes", "validations"}
        assert re.fullmatch("[a-zA-Z0-9_-]+", part["id"])
        assert part["attributes"].keys() <= {"label", "description", "placeholder"}
        assert all(isinstance(text, str) for text in part["attributes"].values())
        assert part.get("validations", {"required": True}) == {"required": True}
    for part in form["body"]:
        if part["type"] == "markdown":
            assert part["attributes"].keys() == {"value"}


def test_the_issue_forms_ask_for_record_column_source_and_line() -> None:
    asked = {path.stem: path.read_text("utf-8") for path in FORMS}
    assert asked.keys() == {"data-error", "missing-source"}
    for text in asked.values():
        for word in ("Id of the record", "column", "source", "line"):
            assert word in text
    records = set(re.findall(r"^([a-z0-9-]+),", (ROOT / "data/events.csv").read_text("utf-8"), re.MULTILINE))
    assert re.findall(r"ev-[a-z0-9-]+", asked["missing-source"])[0] in records


def test_clean_removes_what_is_generated_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "a repository"
    copied_repository(root)
    commit(root)
    committed = files(root)
    (root / ".git/info/exclude").write_text("/private/\n", "utf-8")
    kept = ("private/notes.txt", "seeds/articles/src-new.yaml", "not committed.txt")
    for name in (
        *(".venv/bin/python", ".venv-spark/ready", ".venv-validators/ready", ".mmru-staging-x/data/a.csv"),
        *("dist/site/index.html", "dist/nested/.git/HEAD", "scripts/mmru/__pycache__/a b.pyc"),
        *(".mypy_cache/a", ".ruff_cache/a", ".pytest_cache/a", ".hypothesis/a", "seeds/.mmru-new-x"),
        *kept,
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x", "utf-8")
    subprocess.run(["make", "clean"], cwd=root, check=True, capture_output=True)
    assert files(root) == committed | set(kept)


def files(root: Path) -> set[str]:
    found = (p.relative_to(root) for p in root.rglob("*") if p.is_file())
    return {path.as_posix() for path in found if path.parts[0] != ".git"}
