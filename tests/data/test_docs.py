"""The README and the method page are true: examples print what is shown, numbers are those of the data."""

from __future__ import annotations

import re
import subprocess
import sys

import pandas as pd
from conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_example_prints_what_is_shown_and_imports_only_pandas() -> None:
    [(code, shown)] = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.DOTALL)
    imported = (
        "\nimport sys\nprint({'pandera', 'frictionless', 'click', 'yaml_rs', 'mmru'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code + imported]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == f"{shown}set()\n"


def test_the_readme_has_the_counts_of_records_and_sources() -> None:
    events, agreements, reactions, claims, sources = (
        len(frame(name)) for name in ("events", "agreements", "reactions", "claims", "sources")
    )
    assert f"{events} events, {agreements} agreements and {reactions} reactions" in README
    assert f"from {claims:,} claims in five news articles" in README
    assert sources == 5


def test_the_readme_is_short_and_links_to_every_page() -> None:
    assert len(README.split()) <= 900
    linked = set(re.findall(r"\]\(([^)#]+)\)", README))
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert pages | {"CONTRIBUTING.md", "ARCHITECTURE.md", "RELEASING.md", "CHANGELOG.md"} <= linked
    assert [path for path in linked if not (ROOT / path).is_file()] == []


def test_the_layout_names_each_folder() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    folders = {path.split("/")[0] for path in listed if "/" in path and not path.startswith(".")}
    layout = README.partition("## Layout")[2]
    assert {f"{folder}/" for folder in folders} == set(re.findall(r"^\| \[?`([^`]+/)`", layout, re.MULTILINE))


def test_the_commands_of_the_readme_exist() -> None:
    from mmru.cli.main import main

    assert set(re.findall(r"`mmru (\w+)", README)) <= set(main.commands)
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)`", README)) <= targets


METHOD = (ROOT / "docs" / "method.md").read_text("utf-8")


def frame(name: str) -> pd.DataFrame:
    """Return a published table."""
    return pd.read_parquet(ROOT / "data" / f"{name}.parquet")


def cells(heading: str) -> list[list[str]]:
    """Return the rows of the table in the method page whose head begins with `heading`."""
    found = re.search(rf"^\| {re.escape(heading)}.*\n\|[- |]+\n((?:\|.*\n)+)", METHOD, re.MULTILINE)
    assert found, heading
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def test_the_page_on_agreement_has_each_figure_of_each_round() -> None:
    figures = frame("coder_agreement")
    figures = figures[figures["scope"] == "all"]
    page = (ROOT / "docs/agreement.md").read_text("utf-8")
    for row in figures.to_dict("records"):
        name = row["record_table"] if row["measure"] == "f1" else f"{row['record_table']} {row['field']}"
        [line] = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", page, re.MULTILINE)
        cell = line.split(" | ")[row["round"] - 1]
        value = "–" if pd.isna(row["value"]) else f"{row['value']:.3f}"
        assert cell.startswith(value)
        assert cell.endswith(f", {row['equal']} of {row['units']}")
    decided = frame("adjudications").groupby(["round", "decision"]).size()
    for (number, decision), count in decided.items():
        [line] = re.findall(rf"^\| ({number} \| .*) \|$", page.partition("## Decisions")[2], re.MULTILINE)
        kinds = ["first", "second", "both", "neither"]
        assert line.split(" | ")[1 + kinds.index(decision)] == str(count)


def test_the_method_page_has_the_counts_of_claims_and_lines() -> None:
    claims = frame("claims")
    for source, *counts in cells("article | events"):
        own = claims[claims["source_id"] == source]
        found = [
            own[own["record_table"] == t]["record_id"].nunique()
            for t in ("events", "agreements", "reactions")
        ]
        assert list(map(int, counts)) == [*found, len(own), (own["basis"] == "inferred").sum()]
    lines = frame("passages")
    coded = lines[lines["use"] == "coded"]
    uses = lines["use"].value_counts()
    share = (coded["share_cited"] * coded["char_count"]).sum() / coded["char_count"].sum()
    assert (
        f"Of {len(lines)} lines {len(coded)} are cited; {len(lines) - len(coded)} are set aside: " in METHOD
    )
    assert (
        f"{uses['headline']} headlines, {uses['translation']} translations, {uses['off-topic']} off topic, "
        f"{uses['boilerplate']} page furniture, {uses['metadata']} metadata. Claims cite {share:.0%}".replace(
            "%", " %"
        )
        in METHOD
    )


def test_the_method_page_has_the_counts_of_decisions_and_grades() -> None:
    decided = frame("adjudications")["decision"].value_counts()
    assert f"Each of the {decided.sum()} differences" in METHOD
    assert (
        f"{decided['first']} times for the first coding, {decided['second']} times for the second, "
        f"{decided['both']} times for both" in METHOD
    )
    assert f"and {decided['neither']} times for neither" in METHOD
    graded = frame("claims").merge(frame("sources")[["source_id", "reliability"]], on="source_id")
    diagonal = (graded["reliability"].map(" ABCDEF".index) == graded["credibility"]).mean()
    assert f"Here, {diagonal:.0%} of the claims have the same level in both".replace("%", " %", 1) in METHOD
    assert f" {(graded['credibility'] == 1).sum()} claims have it." in METHOD
    noted = frame("claims")["reason"].fillna("").str.startswith("The translation").sum()
    assert f"{noted} claims carry such a note" in METHOD
    reactions = frame("reactions")
    own = reactions["actor_id"].isin(frame("sources")["publisher_actor_id"]).sum()
    assert f"Most of the reactions ({own} of {len(reactions)})" in METHOD
