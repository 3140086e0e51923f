"""The picture of the architecture is that of the imports."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

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
    ("graph", "drawn"),
    [
        ({"a": {"b", "c"}, "b": {"c"}, "c": set()}, {"a": {"b"}, "b": {"c"}, "c": set()}),
        ({"a": {"b", "c"}, "b": {"c"}, "c": {"b"}}, {"a": {"b", "c"}, "b": {"c"}, "c": {"b"}}),
    ],
    ids=["implied", "cycle"],
)
def test_only_implied_imports_are_left_out(
    script: ModuleType, graph: dict[str, set[str]], drawn: dict[str, set[str]]
) -> None:
    assert script.reduced(graph) == drawn


def test_an_import_inside_a_function_counts(script: ModuleType, tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "import mmru.io.git\ndef f():\n    from mmru.model import edtf\n    from mmru import errors\n"
    )
    assert list(script.imported(module)) == ["io", "model", "errors"]


def test_the_page_describes_each_part(script: ModuleType) -> None:
    assert sorted(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == script.parts()
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / target).is_file(), target


def test_the_page_names_modules_that_exist(script: ModuleType) -> None:
    names = [(p, m) for p, m in re.findall(r"`(\w+)\.(\w+)`", PAGE) if p in script.parts()]
    assert names
    for package, module in names:
        assert (ROOT / f"scripts/mmru/{package}/{module}.py").is_file(), f"{package}.{module}"
