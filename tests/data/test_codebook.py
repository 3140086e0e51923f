"""The codebook has everything that schemas/ has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from conftest import ROOT
from mmru.export.codebook import codebook
from mmru.model.schema import Schemas
from mmru.seeds.reader import read_schemas


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return read_schemas(ROOT)


@pytest.fixture(scope="module")
def text(schemas: Schemas) -> str:
    return codebook(schemas)


def section(text: str, name: str) -> str:
    """Return the part of the page under a heading of the second level."""
    found = re.search(rf"^## {name}\n(.*?)(?=^#|\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, f"there is no section {name}"
    return found[1]


def rows(part: str) -> dict[str, list[str]]:
    """Return the rows of a table in Markdown, by the code in their first cell."""
    cells = (re.split(r"(?<!\\) \| ", line[2:-2]) for line in part.splitlines() if line.startswith("| `"))
    return {first.strip("`"): rest for first, *rest in cells}


def test_every_column_has_its_kind_and_description(schemas: Schemas, text: str) -> None:
    for table in schemas.tables.values():
        part = section(text, table.name)
        assert table.description in part
        shown = rows(part)
        assert list(shown) == table.names
        for column in table.columns:
            kind, _, said = shown[column.name]
            assert kind == column.kind
            assert said.startswith(column.description)
            assert ("Never empty." in said) == column.required
            assert (f"[{column.vocabulary}](#" in said) == bool(column.vocabulary)


def test_every_code_has_its_definition(schemas: Schemas, text: str) -> None:
    for name, codes in schemas.vocabularies.items():
        shown = rows(section(text, name))
        assert list(shown) == list(codes)
        assert all(shown[c.code][1].startswith(c.definition) for c in codes.values())


def test_every_rule_of_coding_is_listed(text: str) -> None:
    written = text.splitlines()
    for path in (ROOT / "schemas").glob("*.json"):
        for rule in json.loads(path.read_text("utf-8")).get("mmru:rules", []):
            assert f"- {rule}" in written


def test_every_link_leads_to_a_heading_or_a_file(text: str) -> None:
    headings = set(re.findall(r"^#+ (.+)$", text, re.MULTILINE))
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert target.removeprefix("#") in headings or (ROOT / "docs" / target).is_file(), target


def test_no_cell_breaks_its_row(text: str) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block
