"""The README is true: its example prints what it says, and its layout is the repository's."""

from __future__ import annotations

import re
import subprocess
import sys

import pandas as pd
from conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")


def test_the_example_prints_what_the_readme_shows() -> None:
    [(code, shown)] = re.findall(r"```python\n(.*?)```\s+```text\n(.*?)```", README, re.DOTALL)
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == shown


def test_the_example_needs_nothing_but_pandas_and_pyarrow() -> None:
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert set(re.findall(r"^(?:import|from) (\w+)", code, re.MULTILINE)) == {"pandas"}
    check = (
        code
        + "\nimport sys\nassert not {'pandera', 'frictionless', 'click', 'yaml_rs', 'mmru'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, check=True)


def test_the_layout_has_a_line_for_each_folder() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    folders = {path.split("/")[0] for path in listed if "/" in path and not path.startswith(".")}
    assert {f"{folder}/" for folder in folders} <= set(re.findall(r"^\| `([^`]+)`", README, re.MULTILINE))


def test_the_commands_of_the_readme_exist() -> None:
    from mmru.cli.main import main

    assert set(re.findall(r"`mmru (\w+)", README)) <= set(main.commands)
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)`", README)) <= targets


METHOD = (ROOT / "docs" / "method.md").read_text("utf-8")


def frame(name: str) -> pd.DataFrame:
    return pd.read_parquet(ROOT / "data" / f"{name}.parquet")


def cells(heading: str) -> list[list[str]]:
    """The rows of the table in the method page whose head begins with these words."""
    found = re.search(rf"^\| {re.escape(heading)}.*\n\|[- |]+\n((?:\|.*\n)+)", METHOD, re.MULTILINE)
    assert found, heading
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def shown(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"


def test_the_method_page_gives_the_agreement_that_was_measured() -> None:
    figures = frame("coder_agreement")
    figures = figures[figures["scope"] == "all"]
    f1, alpha = (figures[figures["measure"] == m].to_dict("records") for m in ("f1", "alpha"))
    spans = [f"{shown(r['low'])} to {shown(r['high'])}" if r["low"] is not None else "–" for r in f1 + alpha]
    spans = [s if s != "– to –" else "–" for s in spans]
    assert cells("records | F1") == [
        [
            r["record_table"],
            shown(r["value"]),
            s,
            str(r["first_given"]),
            str(r["second_given"]),
            str(r["equal"]),
        ]
        for r, s in zip(f1, spans)
    ]
    assert cells("field | alpha") == [
        [f"{r['record_table']} {r['field']}", shown(r["value"]), s, f"{r['equal']} of {r['units']}"]
        for r, s in zip(alpha, spans[len(f1) :])
    ]


def test_the_method_page_counts_what_was_coded() -> None:
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


def test_the_method_page_counts_decisions_grades_and_voices() -> None:
    decided = frame("adjudications")["decision"].value_counts()
    assert f"Each of the {decided.sum()} differences" in METHOD
    assert (
        f"{decided['first']} times the first coding stands, {decided['second']} times the second, "
        f"{decided['both']} times both" in METHOD
    )
    assert f"and {decided['neither']} times neither" in METHOD
    graded = frame("claims").merge(frame("sources")[["source_id", "reliability"]], on="source_id")
    diagonal = (graded["reliability"].map(" ABCDEF".index) == graded["credibility"]).mean()
    assert f"{diagonal:.0%} of the claims here lie on the diagonal".replace("%", " %", 1) in METHOD
    assert f": {(graded['credibility'] == 1).sum()} claims have it" in METHOD
    noted = frame("claims")["reason"].fillna("").str.startswith("The translation").sum()
    assert f"{noted} claims carry such a note" in METHOD
    reactions = frame("reactions")
    own = reactions["actor_id"].isin(frame("sources")["publisher_actor_id"]).sum()
    assert f"Most of the reactions ({own} of {len(reactions)})" in METHOD
