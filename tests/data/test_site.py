"""The explorer page: its data are those of the tables, and its files are complete and safe."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date
from html import escape
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from mmru.explorer.site import (
    CHARTS,
    chart,
    charts,
    classic,
    files,
    released,
    script,
    theme_css,
    with_description,
    write,
)
from mmru.explorer.data import cell, claims_by_record, core, field_meanings, shards, timeline, validity
from mmru.explorer.date_words import words, words_after
from mmru.explorer.findings import MOST, headline_date, questions
from mmru.explorer.lists import CONFIRMATIONS, KIND_NOTES, LANES, PATH, STEPS, TIES, VOICES, labels
from mmru.explorer.ties import COOPERATION, MEETINGS, ties
from mmru.model.edtf import parse

SITE = ROOT / "scripts" / "mmru" / "explorer" / "static"


def frame(name: str) -> pd.DataFrame:
    return pd.read_parquet(ROOT / "data" / f"{name}.parquet")


@pytest.fixture(scope="module")
def data() -> dict[str, object]:
    """What the page of the released tables knows before it loads a claim."""
    tables, package = released(ROOT)
    built: dict[str, object] = core(tables, claims_by_record(tables["claims"]), package)
    return built


@pytest.fixture(scope="module")
def built() -> dict[str, bytes]:
    """The files of the page of the released tables."""
    return files(*released(ROOT))


# the command


def test_the_page_is_built_only_from_the_tables(built_small: Path, mmru: Callable[..., Result]) -> None:
    shutil.rmtree(built_small / "seeds")
    shutil.rmtree(built_small / "schemas" / "vocabularies")
    ran = mmru("site")
    assert (ran.exit_code, ran.output) == (
        0,
        f"dist/site/index.html: {len(list((built_small / 'dist/site').rglob('*.*')))} files\n",
    )


def test_damaged_tables_are_refused_and_the_old_page_stays(
    built_small: Path, mmru: Callable[..., Result]
) -> None:
    assert mmru("site").exit_code == 0
    before = {p: p.read_bytes() for p in (built_small / "dist").rglob("*") if p.is_file()}
    (built_small / "data" / "events.parquet").unlink()
    ran = mmru("site")
    assert (ran.exit_code, ran.output) == (
        1,
        "data/events.parquet:1:1: V01 is missing; get the release again\n1 problem; nothing was written\n",
    )
    assert {p: p.read_bytes() for p in (built_small / "dist").rglob("*") if p.is_file()} == before


def test_without_a_release_nothing_is_written(
    tmp_path: Path, mmru: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = mmru("site")
    assert ran.exit_code == 1
    assert ran.output.startswith(
        "datapackage.json:1:1: V01 is missing: this is not a release of the dataset; "
    )
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_old_page(
    tmp_path: Path, built: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "site", {"index.html": b"old"})
    calls = []

    def full(path: Path, content: bytes) -> None:
        calls.append(path)
        if len(calls) > 5:
            raise OSError(28, "No space left on device")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    monkeypatch.setattr("mmru.explorer.site.write_durably", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "site", built)
    assert [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()] == [
        "site/index.html"
    ]


def test_files_of_an_older_page_are_removed(tmp_path: Path) -> None:
    write(tmp_path / "site", {"data/claims-7.js": b"", "index.html": b"old"})
    (tmp_path / ".mmru-staging-killed").mkdir()
    write(tmp_path / "site", {"index.html": b"new"})
    assert [(p.name, p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file()] == [("index.html", b"new")]
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


@pytest.mark.parametrize(("seed", "zone"), [("0", "Asia/Yangon"), ("4242", "America/Anchorage")])
def test_it_is_the_same_to_the_byte_anywhere(
    built: dict[str, bytes], tmp_path: Path, seed: str, zone: str
) -> None:
    shutil.copytree(ROOT / "schemas", tmp_path / "schemas")
    listed = [line[66:] for line in (ROOT / "SHA256SUMS").read_text("utf-8").splitlines()]
    for name in ("SHA256SUMS", *listed):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
    subprocess.run(
        [sys.executable, "-m", "mmru", "site"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT / "scripts")},
        check=True,
        capture_output=True,
    )
    folder = tmp_path / "dist" / "site"
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert set(found) == set(built)
    assert [name for name in built if found[name] != built[name]] == []


# its files


def test_every_file_that_the_page_asks_for_is_there(built: dict[str, bytes]) -> None:
    page = built["index.html"].decode()
    asked = re.findall(r'(?:src|href)="([^"#]+)"', page)
    assert set(asked) <= set(built)
    own = {name for name in built if name.endswith((".js", ".css", ".svg"))}
    loaded = {
        f"vendor/{name}.js" for name in ("vega.min", "vega-lite.min", "vega-interpreter", "tabulator.min")
    }
    scripts = "".join(path.read_text("utf-8") for path in (SITE / "app").glob("*.js"))
    assert all(Path(name).name.removesuffix(".js") in scripts for name in loaded)
    assert {name for name in own - loaded if not name.startswith("data/claims-")} == set(asked)


def test_no_script_is_inline_and_no_other_host_is_named(built: dict[str, bytes]) -> None:
    page = built["index.html"].decode()
    # JSON-LD is data, which browsers do not run; it names the licence and the vocabulary
    data = re.compile(r'<script type="application/ld\+json">[^<]*</script>')
    assert len(data.findall(page)) == 1
    page = data.sub("", page)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\bstyle=|\bon\w+=|javascript:", page) == []
    for name, content in built.items():
        if not name.startswith(("vendor/", "data/")):
            # by this address SVG is named, and nobody fetches it
            text = data.sub("", content.decode()).replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert re.findall(r"(?:https?:)?//[\w.-]+\.\w{2,}", text) == [], name
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"


def test_no_text_of_the_data_becomes_markup() -> None:
    ways = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|srcdoc"
    for path in (SITE / "app").glob("*.js"):
        assert not re.findall(ways, path.read_text("utf-8")), path.name


@pytest.mark.parametrize("folder", [SITE / "vendor", ROOT / "tests" / "vendor"])
def test_bundled_libraries_are_listed_with_hash_and_licence(folder: Path) -> None:
    libraries = json.loads((folder / "vendor.json").read_text("utf-8"))
    listed = [file for library in libraries for file in library["files"]]
    assert {f["file"] for f in listed} | {"vendor.json"} == {p.name for p in folder.iterdir()}
    for file in listed:
        assert hashlib.sha256((folder / file["file"]).read_bytes()).hexdigest() == file["sha256"], file
    for library in libraries:
        assert re.fullmatch(r"\d+\.\d+\.\d+(-[a-z0-9.]+)?", library["version"])
        assert library["license"] in ("BSD-3-Clause", "MIT", "ISC", "MPL-2.0", "CC0-1.0")
        has_licence = any("LICENSE" in file["file"] for file in library["files"])
        # a schema and a context of standards come without one
        assert has_licence or library["name"] in ("@microsoft/jest-sarif", "ro-crate"), library["name"]


def test_an_unknown_version_of_the_interpreter_is_refused() -> None:
    with pytest.raises(ValueError, match="is another version"):
        classic(b"import { ascending } from 'vega-util';\n")


@given(st.recursive(st.text() | st.none() | st.floats(allow_nan=False), st.lists))
def test_a_script_keeps_any_value(value: object) -> None:
    written = script("core", value).decode()
    found = re.fullmatch(r"\(globalThis\.mmru_data \?\?= \{\}\)\.core = JSON\.parse\((.*)\);\n", written)
    assert found
    assert json.loads(json.loads(found[1])) == value
    assert not re.search("[\u2028\u2029]", written)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of WCAG 2.2, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_colours_can_be_told_from_their_ground(name: str) -> None:
    theme = chart("theme")[name]
    for ground in ("paper", "surface", "sunken"):
        for text in ("ink", "muted", "accent"):
            assert contrast(theme[text], theme[ground]) >= 4.5, (text, ground)
    # lanes are the colours of headings, too; stances of blocks and edges alone
    assert all(contrast(colour, theme["surface"]) >= 4.5 for colour in theme["lanes"])
    assert all(contrast(c, theme["surface"]) >= 3 for c in [*theme["stances"], theme["edge"]])
    strong, weak, _, weak_support, strong_support = theme["stances"]
    assert contrast(strong, weak) >= 2, "strengths can be told apart"
    assert contrast(strong_support, weak_support) >= 2
    assert contrast(theme["accent-ink"], theme["accent"]) >= 4.5
    assert contrast(theme["ink"], theme["mark"]) >= 4.5


def test_both_themes_name_the_same_colours() -> None:
    theme = chart("theme")
    assert theme["light"].keys() == theme["dark"].keys()
    used = set(re.findall(r"var\(--([\w-]+)\)", (SITE / "style.css").read_text("utf-8")))
    assert used - {"space", "round"} <= set(re.findall(r"--([\w-]+):", theme_css(theme)))


# what it shows


def test_every_cell_is_written_as_in_the_csv_file(
    data: dict[str, dict[str, dict[str, list[list[str]]]]],
) -> None:
    for name, table in data["tables"].items():
        csv = pd.read_csv(ROOT / "data" / f"{name}.csv", dtype=str, keep_default_na=False)
        assert [c["name"] for c in table["columns"]] == list(csv.columns)  # type: ignore[call-overload]
        assert table["rows"] == csv.to_numpy().tolist(), name


def test_claims_lie_in_shards_by_record(data: dict[str, list[str]]) -> None:
    tables, _ = released(ROOT)
    parts = list(shards(claims_by_record(tables["claims"])))
    assert sorted(c["claim_id"] for part in parts for c in part) == sorted(frame("claims")["claim_id"])
    assert data["shards"] == [part[0]["record_id"] for part in parts] == sorted(data["shards"])
    for one, other in combinations(parts, 2):
        assert not {c["record_id"] for c in one} & {c["record_id"] for c in other}


def test_shards_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmru.explorer.data.SHARD", 3)
    claims = claims_by_record({"record_id": record} for record in "aaaabbcd")
    assert ["".join(c["record_id"] for c in part) for part in shards(claims)] == ["aaaa", "bbc", "d"]


def test_the_timeline_has_all_that_is_dated(data: dict[str, list[dict[str, str | None]]]) -> None:
    events, steps = frame("events").dropna(subset="date"), frame("agreement_milestones").dropna(subset="date")
    events["date_latest"] = events["date_latest"].fillna(events["as_of"])  # a bar ends there
    of_agreement = events["event_type"].isin(["signing", "announcement", "agreement-step"])
    events = events[
        ~(of_agreement & events["event_id"].isin(steps["event_id"]))
    ]  # one row with the agreement
    known = pd.concat([events.assign(record=events["event_id"]), steps.assign(record=steps["agreement_id"])])
    wanted = Counter(
        (r.record, *(None if pd.isna(d) else str(d.date()) for d in (r.date_earliest, r.date_latest)))
        for r in known.itertuples()
    )
    assert Counter((i["record"], i["from"], i["to"]) for i in data["timeline"]) == wanted
    points = [i for i in data["timeline"] if i["shape"] == "day"]
    assert len(points) == (known["date_earliest"] == known["date_latest"]).sum()


def test_each_record_has_one_line_of_the_timeline(data: dict[str, list[dict[str, int]]]) -> None:
    lines = {(i["record"], i["line_order"], i["line_when"], i["lane"]) for i in data["timeline"]}
    assert len(lines) == len({i["record"] for i in data["timeline"]})
    orders = [i["line_order"] for i in data["timeline"]]
    assert sorted(set(orders)) == [*range(len(lines))]


def test_an_alleged_agreement_never_reads_signed() -> None:
    tables, _ = released(ROOT)
    step = next(row for row in tables["agreement_milestones"] if row["milestone"] == "signed" and row["date"])
    for row in tables["agreements"]:
        if row["agreement_id"] == step["agreement_id"]:
            row["status"] = "alleged"
    [item] = [
        i for i in timeline(tables) if (i["record"], i["milestone"]) == (step["agreement_id"], "signed")
    ]
    assert item["note"] == "alleged"
    assert item["when"].startswith("alleged: signed ")
    assert item["line_when"].startswith("alleged: ")


def codes(vocabulary: str) -> pd.DataFrame:
    """Return the codes of a vocabulary, with their scores."""
    return frame("vocabularies").query("vocabulary == @vocabulary").set_index("code")


@pytest.mark.parametrize(
    ("vocabulary", "listed"),
    [
        ("milestone", [*STEPS]),
        ("confirmation", [*CONFIRMATIONS]),
        ("voice", [*VOICES]),
        ("column_kind", [*KIND_NOTES]),
    ],
)
def test_each_code_has_a_place_on_the_page(vocabulary: str, listed: list[str]) -> None:
    assert sorted(listed) == sorted(codes(vocabulary).index)


def test_lanes_statuses_and_colours_are_those_of_the_codes() -> None:
    assert set(codes("event_type")["group"]) == set(LANES)
    assert set(codes("status")["group"]) == {"intended", "actual", "doubtful"}
    for theme in ("light", "dark"):
        assert len(chart("theme")[theme]["lanes"]) >= max(len(LANES), len(TIES))
        assert len(chart("theme")[theme]["stances"]) == len(codes("stance"))


def test_the_steps_of_an_agreement_follow_the_order_of_its_statuses() -> None:
    scores = codes("agreement_status")["score"]
    assert sorted(PATH, key=lambda code: scores[code]) == [*PATH]
    others = scores.drop([*PATH])
    assert not (others < scores[PATH[-1]]).any()


def test_charts_get_their_lists_from_python() -> None:
    tables, _ = released(ROOT)
    filled = charts(tables)
    assert set(filled) == set(CHARTS)
    assert json.dumps([*LANES.values()]) in json.dumps(filled["timeline"])
    for spec in filled.values():
        assert re.findall(r'"\$\w+"(?!:)', json.dumps(spec)) == []


def test_no_script_parses_dates_or_repeats_lists_of_codes() -> None:
    scripts = {p.name: p.read_text("utf-8") for p in (SITE / "app").glob("*.js")}
    del scripts["address.js"]  # checks the days that a reader types
    assert [
        name for name, text in scripts.items() if re.search(r"\\d\{4\}|\\d\\d|split\(\"/\"\)", text)
    ] == []
    specs = {name: json.dumps(chart(name)) for name in CHARTS}
    for vocabulary in ("event_type", "milestone", "agreement_status", "actor_kind", "confirmation"):
        listed = "|".join([*codes(vocabulary).index, *codes(vocabulary)["label"]])
        for name, text in (scripts | specs).items():
            found = set(re.findall(rf"['\"]({listed})['\"]", text))
            assert len(found) <= 1, f"{name} has a list of {vocabulary}: {found}"


def test_each_field_of_claims_and_rulings_has_a_title(
    data: dict[str, dict[str, dict[str, dict[str, str]]]],
) -> None:
    for table in ("claims", "rulings"):
        for row in frame(table).itertuples():
            assert data["fields"][row.record_table][row.field]["title"], row.field


@pytest.mark.parametrize(
    ("table", "field", "expected"),
    [
        ("agreements", "milestones.signed.date", ("Signed: date", "", "plain")),
        ("agreements", "milestones.signed.2.date", ("Signed (2): date", "", "plain")),
        ("agreements", "milestones", ("Milestones", "milestone", "")),
        ("agreements", "valid_until", ("Valid until", "", "after")),
        ("events", "actors.visitor", ("Visitor", "", "")),
        ("actors", "roles.foreign-minister.as_of", ("Role foreign minister: as of", "", "after")),
        ("actors", "roles.constructor.role", ("Role constructor: role", "actor_role", "")),
        ("events", "identity", ("Mentions this record", "", "")),
        ("events", "no_such_field", ("no_such_field", "", "")),
    ],
)
def test_a_field_is_named_as_its_helper_row(table: str, field: str, expected: tuple[str, ...]) -> None:
    tables, package = released(ROOT)
    claim = {"record_table": table, "field": field}
    [meaning] = field_meanings(
        {"claims": [claim], "rulings": [], "vocabularies": tables["vocabularies"]}, package.schemas
    )[table].values()
    assert (meaning["title"], meaning.get("vocabulary", ""), meaning.get("date", "")) == expected


def test_each_value_that_is_not_published_is_an_answer(data: dict[str, list[dict[str, object]]]) -> None:
    claims = frame("claims")
    rejected = claims[~claims["agrees"]]
    wanted = {*zip(rejected["record_id"], rejected["field"], rejected["value"], rejected["source_id"])}
    asked = [(q["record"], q["field"], a) for q in data["questions"] for a in q["answers"]]  # type: ignore[attr-defined]
    given = {
        (record, field, a["value"], source)
        for record, field, a in asked
        if not a["published"]
        for source in a["sources"]
    }
    assert wanted <= given
    reasons = {(q["record"], q["field"]): q["reason"] for q in data["questions"]}
    for ruling in frame("rulings").itertuples():
        assert reasons[ruling.record_id, ruling.field] == ruling.reason


def claim(value: str, source: str, agrees: bool, field: str = "terms.capacity.value") -> dict[str, object]:
    return {
        "record_table": "agreements",
        "record_id": "ag-a",
        "field": field,
        "value": value,
        "source_id": source,
        "agrees": agrees,
    }


def test_the_answers_to_a_question_are_side_by_side() -> None:
    claims = [
        claim("100", "src-a", False),
        claim("110", "src-b", True),
        claim("120", "src-c", False),
        claim("120", "src-d", False),
        claim("MW", "src-b", True, "terms.capacity.unit"),
    ]
    rulings = [
        {"record_id": "ag-a", "field": "terms.capacity.value", "chosen_value": "110", "reason": "It adds up."}
    ]
    [question] = questions({"claims": claims, "rulings": rulings})
    assert (question["unit"], question["reason"]) == ("MW", "It adds up.")
    assert [(a["value"], a["published"], a["sources"]) for a in question["answers"]] == [
        ("110", True, ["src-b"]),
        ("120", False, ["src-c", "src-d"]),
        ("100", False, ["src-a"]),
    ]
    assert not [*questions({"claims": [claim("110", "src-b", True)], "rulings": []})]


def test_a_vaguer_answer_is_not_the_published_one() -> None:
    claims = [
        claim("2025-02", "src-a", True, "signed"),
        claim("2025-02-23", "src-b", True, "signed"),
        claim("2025-02-22", "src-c", False, "signed"),
    ]
    rulings = [{"record_id": "ag-a", "field": "signed", "chosen_value": "2025-02-23", "reason": "A release."}]
    [question] = questions({"claims": claims, "rulings": rulings})
    assert [(a["value"], a["published"]) for a in question["answers"]] == [
        ("2025-02-23", True),
        ("2025-02", False),
        ("2025-02-22", False),
    ]


def test_findings_are_a_few_records_of_both_states(data: dict[str, list[dict[str, str]]]) -> None:
    found = [f["record"] for f in data["findings"]]
    assert 5 <= len(found) <= MOST
    assert len(set(found)) == len(found)
    events = frame("events").set_index("event_id")
    [newest] = [f["record"] for f in data["findings"] if f["why"] == "The latest meeting of the leaders"]
    assert events.loc[newest, "status"] in ("occurred", "ongoing")
    roles, present = frame("actor_roles"), frame("event_actors")
    leaders = roles[roles["role"].str.startswith("head-of-")]["actor_id"]
    present = present[present["actor_id"].isin(leaders)]
    homes = frame("actors").set_index("actor_id")["country"]
    sides = present.assign(home=present["actor_id"].map(homes)).groupby("event_id")["home"].agg(set)
    met = [e for e, s in sides.items() if {"MMR", "RUS"} <= s and events.loc[e, "event_type"] == "meeting"]
    assert events.loc[newest, "date_latest"] == events.loc[met, "date_latest"].max()


@pytest.mark.parametrize(
    ("earliest", "latest", "as_of", "expected"),
    [
        ("2025-03-01", "2025-03-10", None, "March 2025"),
        ("2025-03-01", "2025-04-10", None, "2025"),
        ("2024-03-01", "2025-04-10", None, "2024–2025"),
        (None, "2025-04-10", None, "by April 2025"),
        ("2025-04-10", None, None, "since April 2025"),
        (None, None, "2025-04-10", "ongoing in April 2025"),
        (None, None, None, ""),
    ],
)
def test_a_headline_date_is_a_month(
    earliest: str | None, latest: str | None, as_of: str | None, expected: str
) -> None:
    days = [date.fromisoformat(d) if d else None for d in (earliest, latest, as_of)]
    assert headline_date(dict(zip(("date_earliest", "date_latest", "as_of"), days))) == expected


def test_ties_join_who_acts_with_or_on_whom(data: dict[str, list[dict[str, str]]]) -> None:
    assert {t["kind"] for t in data["ties"]} <= set(TIES)
    roles = {(r.event_id, r.actor_id): r.role for r in frame("event_actors").itertuples()}
    actors = frame("actors").set_index("actor_id")
    homes = actors["state"].fillna(actors["country"])
    for tie in data["ties"]:
        ends = {roles.get((tie["record"], tie[end])) for end in ("from", "to")}
        assert "victim" not in ends, tie
        if not TIES[tie["kind"]] and not pd.isna(homes[tie["from"]]):
            assert homes[tie["from"]] != homes[tie["to"]], "colleagues do not meet each other"
    supplied = frame("event_actors").query("role == 'supplier'")
    assert {t["record"] for t in data["ties"] if t["kind"] == "supplies"} <= set(supplied["event_id"])


def test_what_was_denied_ties_nobody() -> None:
    tables, _ = released(ROOT)
    for row in tables["events"]:
        row["status"] = "denied"
    assert not [*ties({**tables, "agreements": [], "reactions": []}, labels(tables["vocabularies"]))]


def test_a_signing_of_several_documents_does_not_say_who_signed_with_whom(
    data: dict[str, list[dict[str, str]]],
) -> None:
    documents = frame("agreements")["event_id"].value_counts()
    signings = frame("events").query("event_type == 'signing'")["event_id"]
    several = {event for event in signings if documents.get(event, 0) > 1}
    parts = frame("event_actors").query("role == 'signatory'")
    assert several & set(parts["event_id"])
    tied = {tie["record"] for tie in data["ties"] if tie["kind"] == "signs with"}
    assert not several & tied and set(signings) & tied


def test_the_types_of_ties_are_codes() -> None:
    assert {*MEETINGS, *COOPERATION} <= set(codes("event_type").index)


def test_search_engines_and_previews_get_a_description(built: dict[str, bytes]) -> None:
    page = built["index.html"].decode()
    _, package = released(ROOT)
    about = package.descriptor
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert json.loads(data)["name"] == about["title"]
    assert f"<title>{about['title']}</title>" in page
    for name in ('name="description"', 'property="og:description"'):
        assert f'<meta {name} content="{escape(about["description"])}">' in page


def test_a_hostile_description_stays_text() -> None:
    hostile = "</script><script>run()</script>\"'"
    about = {
        "name": hostile, "title": hostile, "description": hostile, "version": hostile, "released": hostile,
        "keywords": [hostile], "contributors": [{"title": hostile, "roles": ["creator"]}],
        "coverage": {"temporal": hostile, "places": [{"name": hostile, "iso3": hostile}]},
        "licenses": [{"path": hostile}], "code_license": {"path": hostile},
    }  # fmt: skip
    page = with_description(b"<title></title>\n", about).decode()
    assert page.count("<script") == page.count("</script>") == 1
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert json.loads(data)["description"] == hostile
    assert f'content="{escape(hostile)}"' in page


def test_the_sources_of_a_record_are_those_of_its_claims(data: dict[str, dict[str, list[str]]]) -> None:
    wanted = frame("claims").groupby("record_id")["source_id"].agg(lambda s: sorted(set(s))).to_dict()
    assert data["record_sources"] == wanted


def test_reactions_with_a_stance_are_marked(data: dict[str, list[dict[str, object]]]) -> None:
    reactions = frame("reactions").dropna(subset="stance")
    marks = pd.DataFrame(data["reactions"])
    assert list(marks["record"]) == list(reactions["reaction_id"])
    named = codes("voice")["label"]
    assert list(marks["voice"]) == list(reactions["voice"].map(named))
    assert list(marks["alleged"]) == list(
        reactions["status"].isin(["alleged", "denied", "planned", "cancelled"])
    )


# dates in words


@pytest.mark.parametrize(
    ("edtf", "expected"),
    [
        ("2025-03-04", "4 Mar 2025"),
        ("2025-03", "Mar 2025"),
        ("2025", "2025"),
        ("2023-09~", "about Sep 2023"),
        ("2023-09?", "Sep 2023 (uncertain)"),
        ("2023%", "about 2023 (uncertain)"),
        ("2000~/", "from about 2000"),
        ("/2023-09-14", "until 14 Sep 2023"),
        ("../2023", "up to 2023"),
        ("2021/..", "since 2021"),
        ("2025-03-01/2025-03-10", "1–10 Mar 2025"),
        ("2025-02-26/2025-03-10", "26 Feb – 10 Mar 2025"),
        ("2024-12-30/2025-01-02", "30 Dec 2024 – 2 Jan 2025"),
        ("2022/2023-05", "2022 – May 2023"),
        ("[2025-03-01..2025-03-10]", "some time in 1–10 Mar 2025"),
        ("[..2026-02-03]", "by 3 Feb 2026"),
        ("[2023-09-15..]", "15 Sep 2023 or later"),
        ("[2025,2026]", "2025 or 2026"),
        ("202X", "some time in 1 Jan 2020 – 31 Dec 2029"),
    ],
)
def test_dates_are_written_in_words(edtf: str, expected: str) -> None:
    assert words(edtf) == expected


UNTIL = [
    ("2040", "2040", "2040-12-31"),
    ("2040-02", "Feb 2040", "2040-02-29"),
    ("/2040", "2040 or earlier", "2040-12-31"),
    ("../2040", "2040 or earlier", "2040-12-31"),
    ("2040/", "2040 or later", None),
    ("2035/..", "2035 or later", None),
    ("2035/2040-06", "2035 – Jun 2040", "2040-06-30"),
    ("[2035..2040]", "some time in 2035 – 2040", "2040-12-31"),
    ("[..2040]", "2040 or earlier", "2040-12-31"),
    ("[2035..]", "2035 or later", None),
    ("[2035,2040-03-01~]", "2035 or about 1 Mar 2040", "2040-03-01"),
    ("203X", "some time in 1 Jan 2030 – 31 Dec 2039", "2039-12-31"),
    ("[202X..203X]", "some time in 1 Jan 2020 – 31 Dec 2039", "2039-12-31"),
    ("2040-XX-XX?", "2040 (uncertain)", "2040-12-31"),
]


@pytest.mark.parametrize(("edtf", "phrase", "latest"), UNTIL)
def test_the_end_of_a_validity_is_that_of_its_date(edtf: str, phrase: str, latest: str | None) -> None:
    row = dict.fromkeys(("valid_from", "duration_years", "signed_earliest", "signed_latest"))
    found = validity(row | {"valid_until": edtf, "duration_years": 5.0})
    earliest = None if latest else str(parse(edtf).earliest)  # a bar must start somewhere
    assert found == {"words": f"until {phrase}, 5 years", "dated": True, "from": earliest, "to": latest}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, ("", False, None, None)),
        ({"duration_years": 1.0}, ("1 year", False, None, None)),
        ({"valid_from": "[2020..2022]"}, ("from some time in 2020 – 2022", True, "2020-01-01", None)),
        ({"valid_from": "../2022"}, ("from 2022 or earlier", True, "2022-12-31", None)),
        (
            {"valid_from": "2020", "signed_earliest": "2019-01-01", "valid_until": "2030"},
            ("from 2020, until 2030", True, "2020-01-01", "2030-12-31"),
        ),
        (
            {"signed_latest": "2026-02-03", "valid_until": "2030"},
            ("until 2030", True, "2026-02-03", "2030-12-31"),
        ),
    ],
)
def test_a_validity_starts_with_its_date_or_the_signature(row: dict[str, object], expected: object) -> None:
    names = ("valid_from", "valid_until", "duration_years", "signed_earliest", "signed_latest")
    found = validity(dict.fromkeys(names) | row)
    assert tuple(found[name] for name in ("words", "dated", "from", "to")) == expected


days = st.dates(min_value=pd.Timestamp("1900-01-01").date()).map(str)
single = st.one_of(days, days.map(lambda d: d[:7]), days.map(lambda d: d[:4]))
marked = st.tuples(single, st.sampled_from(["", "?", "~", "%"])).map("".join)
ends = st.one_of(st.sampled_from(["", ".."]), marked)
members = st.one_of(marked, st.tuples(st.just("") | marked, st.just("") | marked).map("..".join))
dates = st.one_of(
    marked,
    st.tuples(ends, ends).map("/".join),
    st.lists(members, min_size=1, max_size=3).map(lambda items: f"[{','.join(items)}]"),
)


@given(dates)
def test_every_valid_date_has_words(edtf: str) -> None:
    try:
        parse(edtf)
    except ValueError:
        return
    for phrase in (words(edtf), words_after(edtf)):
        assert set(re.findall(r"\d{4}", edtf)) == set(re.findall(r"\d{4}", phrase))
    assert not re.match(r"until|up to|from|since|by", words_after(edtf))


def test_lists_and_numbers_are_written_as_in_csv() -> None:
    assert [cell(v) for v in (None, ["a", "b"], -10.0, True, "x")] == ["", "a;b", "-10", "true", "x"]
