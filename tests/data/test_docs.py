"""The README and the method page are true: examples print what is shown, numbers are those of the data."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import mmru
import pandas as pd
from conftest import ROOT
from mmru.datapackage.open import installed_package
from mmru.datapackage.wide import wide_rows
from mmru.io.tables import to_parquet

README = (ROOT / "README.md").read_text("utf-8")


def test_the_example_prints_what_is_shown_and_imports_only_pandas(tmp_path: Path) -> None:
    [(code, shown)] = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.DOTALL)
    imported = (
        "\nimport sys\nprint({'pandera', 'frictionless', 'click', 'yaml_rs', 'mmru'} & set(sys.modules))"
    )
    [name] = re.findall(r'read_parquet\("(.*?)"\)', code)
    events = installed_package().tables["events"]
    (tmp_path / name).write_bytes(to_parquet(wide_rows(mmru.load, events)))
    command = [sys.executable, "-c", code + imported]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ran.stdout == f"{shown}set()\n"


def test_the_readme_has_the_counts_of_records_and_sources() -> None:
    events, agreements, reactions, claims, sources = (
        len(frame(name)) for name in ("events", "agreements", "reactions", "claims", "sources")
    )
    assert f"{events} events, {agreements} agreements and {reactions} reactions" in README
    assert f"from {claims:,} claims in {sources} sources" in README


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


def test_the_page_on_agreement_has_each_figure_of_each_round() -> None:
    figures = frame("coder_agreement")
    figures = figures[figures["scope"] == "all"]
    page, _, decisions = (ROOT / "docs/agreement.md").read_text("utf-8").partition("## Decisions")
    for row in figures.to_dict("records"):
        name = row["record_table"] if row["measure"] == "f1" else f"{row['record_table']} {row['field']}"
        [line] = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", page, re.MULTILINE)
        cell = line.split(" | ")[row["round"] - 1]
        value = "–" if pd.isna(row["value"]) else f"{row['value']:.3f}"
        assert cell.startswith(value)
        assert cell.endswith(f", {row['equal']} of {row['units']}")
    kinds = ["first", "second", "both", "neither", "open"]
    differences = frame("adjudications")
    for (number, decision), count in differences.groupby(["round", "decision"]).size().items():
        [line] = re.findall(rf"^\| ({number} \| .*) \|$", decisions, re.MULTILINE)
        assert line.split(" | ")[1 + kinds.index(decision)] == str(count)
    one = differences["first_values"].isna() | differences["second_values"].isna()
    for (table, field), rows in differences.groupby(["record_table", "field"]):
        counts = [len(rows), one[rows.index].sum(), *((rows["decision"] == kind).sum() for kind in kinds)]
        line = f"| {table} {field} | {' | '.join(map(str, counts))} |\n"
        assert (line in decisions) == (len(rows) >= 10)


def test_the_method_page_has_the_counts_of_the_data() -> None:
    sources = frame("sources")
    graded = frame("claims").merge(sources[["source_id", "reliability"]], on="source_id")
    diagonal = (graded["reliability"].map(" ABCDEF".index) == graded["credibility"]).mean()
    assert f"Here, {100 * diagonal:.0f} % of the claims have the same level in both" in METHOD
    assert f" {(graded['credibility'] == 1).sum():,} claims have it." in METHOD
    noted = frame("claims")["reason"].fillna("").str.startswith("The translation").sum()
    assert f"{noted} claims carry such a note" in METHOD
    reactions = frame("reactions")
    own = reactions["actor_id"].isin(sources["publisher_actor_id"]).sum()
    assert f"Many of the reactions ({own} of {len(reactions)})" in METHOD
    sides = sources["origin_side"].value_counts()
    assert f"speaks through {sides['myanmar']} of {len(sources)} sources" in METHOD
    assert f"Russia and its media through {sides['russia']}." in METHOD


def test_the_method_page_has_the_counts_of_confirmation() -> None:
    events, agreements = (frame(name)["confirmation"].value_counts() for name in ("events", "agreements"))
    assert (
        f"Of the {events.sum()} events, {events['independent']} are `independent`, "
        f"{events['single-witness']} rest on one known witness, {events['both-governments']} on the two "
        f"governments alone, and {events['unconfirmed']} are `unconfirmed`." in METHOD
    )
    assert f"Of the {agreements.sum()} agreements, {agreements['independent']} are `independent`." in METHOD
    rows = re.findall(r"^\| `(ev-[^`]+)` \| (\d+) \| (\d+) \| `([^`]+)`", METHOD, re.MULTILINE)
    published = frame("events").set_index("event_id")
    assert len(rows) == 3
    for event, count, origins, confirmation in rows:
        row = published.loc[event]
        assert (row["source_count"], row["origin_count"]) == (int(count), int(origins))
        assert row["confirmation"] == confirmation
