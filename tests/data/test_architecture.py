"""The picture of the architecture is that of the imports."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import grimp
import pytest
from conftest import ROOT

PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("architecture", ROOT / "scripts/architecture.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_shows_the_imports(script: ModuleType) -> None:
    assert script.main(["--verify"]) == 0


def test_another_picture_is_noticed_and_redrawn(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "ARCHITECTURE.md"
    page.write_text(PAGE.replace("    io --> model\n", ""), "utf-8")
    monkeypatch.setattr(script, "PAGE", page)
    assert script.main(["--verify"]) == 1
    assert capsys.readouterr().err.startswith("ARCHITECTURE.md: is not what the imports give")
    assert script.main([]) == 0
    assert page.read_text("utf-8") == PAGE


@pytest.mark.parametrize(
    ("imports", "drawn"),
    [
        ([("a", "b"), ("a", "c"), ("b", "c")], [("a", "b"), ("b", "c")]),
        ([("a", "b"), ("a", "c")], [("a", "b"), ("a", "c")]),
    ],
)
def test_only_implied_imports_are_left_out(script: ModuleType, imports: list[tuple[str, str]], drawn: list[tuple[str, str]]) -> None:
    graph = grimp.ImportGraph()
    for importer, imported in imports:
        graph.add_import(importer=importer, imported=imported)
    assert re.findall(r"(\w) --> (\w)", script.picture(script.reduce(graph))) == drawn


def test_an_import_inside_a_function_counts(script: ModuleType) -> None:
    # mmru.api imports mmru.checks in one function alone
    assert script.imports().direct_import_exists(importer="mmru.api", imported="mmru.checks")


def parts(script: ModuleType) -> list[str]:
    return sorted(part.removeprefix("mmru.") for part in script.imports().modules)


def test_the_page_describes_each_part(script: ModuleType) -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == parts(script)
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / target).is_file(), target


def test_the_page_names_modules_that_exist(script: ModuleType) -> None:
    names = [(p, m) for p, m in re.findall(r"`(\w+)\.(\w+)`", PAGE) if p in parts(script)]
    assert names
    for package, module in names:
        assert (ROOT / f"scripts/mmru/{package}/{module}.py").is_file(), f"{package}.{module}"
