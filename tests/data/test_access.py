"""The data as their users call them: the same from Parquet and CSV, typed, joined, described and cited."""

from __future__ import annotations

import ast
import csv
import doctest
import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import mmru
import pandas as pd
import pytest
from click.testing import Result
from conftest import ROOT, command, fresh
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.datapackage.frames import Members, frame
from mmru.datapackage.package import InMemory, Package
from mmru.datapackage.wide import wide, wide_rows, wide_table
from mmru.export.citation import STYLES
from mmru.export.facts import about_of
from mmru.io.arrow import memory, to_arrow
from mmru.io.tables import to_csv, to_parquet
from mmru.model.claim import text_of
from mmru.model.schema import Column, table_of
from mmru.verify import PACKAGE, data_files
from pandas.testing import assert_frame_equal, assert_series_equal
from pandera.errors import SchemaError
from steps import NOT_COPIED, Snapshots, Step, commit

Run = Callable[..., Result]
Source = Literal["parquet", "csv"]
INSTALLED = mmru  # the package, where the command of that name hides it

HEAD: dict[str, Any] = json.loads((ROOT / PACKAGE).read_text("utf-8"))
TABLES = {r["name"]: table_of(r["schema"]) for r in HEAD["resources"] if "schema" in r}
RECORD = "ag-nuclear-training-2022"
VISIT = "ev-visit-quill-lindos"


def dtype(column: Column) -> str:
    """The type that the docstring of mmru.load promises."""
    if column.type == "string":
        return "category" if "enum" in column.constraints else "str"
    return {"integer": "Int64", "number": "float64", "boolean": "boolean", "date": "datetime64[us]"}.get(
        column.type, "object"
    )


def written(column: Column, value: Any) -> str:
    """A cell as it stands in CSV."""
    if column.is_list:
        return "" if value is None else ";".join(value)
    if pd.isna(value):
        return ""
    return f"{value:%Y-%m-%d}" if column.type == "date" else text_of(value)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_from_parquet_and_csv_and_has_the_declared_types(name: str) -> None:
    table, loaded = TABLES[name], mmru.load(name)
    assert_frame_equal(loaded, mmru.load(name, source="csv"))
    assert list(loaded.columns) == table.names
    assert list(loaded.index) == list(range(len(loaded)))
    for column in table.columns:
        assert str(loaded[column.name].dtype) == dtype(column), column.name
    with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for column in table.columns:
        cells = [written(column, value) for value in loaded[column.name].tolist()]
        assert cells == [row[column.name] for row in rows], column.name


@pytest.mark.parametrize("name", TABLES)
def test_categories_are_all_codes_in_the_order_of_the_schema(name: str) -> None:
    loaded = mmru.load(name)
    for column in TABLES[name].columns:
        if dtype(column) == "category":
            assert list(loaded[column.name].cat.categories) == column.constraints["enum"]
            assert loaded[column.name].cat.ordered == column.ordered
        elif column.is_list:
            assert {type(cell) for cell in loaded[column.name]} <= {Members, type(None)}


def test_arrow_is_given_bytes_of_its_own() -> None:
    """Holding Python's bytes when a program ends can abort it: see mmru.io.arrow.memory."""
    content = (ROOT / "data" / "events.parquet").read_bytes()
    held = sys.getrefcount(content)
    file = memory(content)
    assert sys.getrefcount(content) == held
    assert file.read() == content


def test_what_is_loaded_can_be_changed_and_the_next_load_is_not() -> None:
    before = mmru.load("events")
    changed = mmru.load("events")
    for name in changed.columns:
        changed.loc[0, name] = changed[name].iloc[1]
    changed.loc[0, "goldstein"] = 1.5
    changed.at[0, "sectors"] = ["x"]
    assert changed.loc[0, "event_id"] == before.loc[1, "event_id"]
    assert_frame_equal(mmru.load("events"), before)


@pytest.mark.parametrize("source", ["parquet", "csv"])
def test_columns_are_those_asked_for_in_their_order(source: Source) -> None:
    whole = mmru.load("events", source=source)
    asked = ["sectors", "title", "date_latest", "event_type"]
    assert_frame_equal(mmru.load("events", asked, source=source), whole[asked])
    assert_frame_equal(mmru.load("events", columns="title", source=source), whole[["title"]])
    assert_frame_equal(mmru.load("events", iter(["title", "title"]), source=source), whole[["title"]])
    assert mmru.load("events", [], source=source).shape == (len(whole), 0)


@pytest.mark.parametrize("source", ["parquet", "csv"])
def test_ids_give_the_rows_of_records_in_their_order(source: Source) -> None:
    whole = mmru.load("events")
    asked = whole["event_id"].iloc[[7, 2, 7]]
    assert_frame_equal(
        mmru.load("events", ids=asked, source=source), whole.iloc[[7, 2]].reset_index(drop=True)
    )
    assert list(mmru.load("events", "title", whole["event_id"][3], source)["title"]) == [whole["title"][3]]
    assert mmru.load("events", ids=[]).shape == (0, len(whole.columns))


def test_ids_of_a_helper_table_are_those_of_its_records() -> None:
    parts = mmru.load("event_actors")
    busy = parts["event_id"].value_counts().index[0]
    assert_frame_equal(
        mmru.load("event_actors", ids=busy), parts[parts["event_id"] == busy].reset_index(drop=True)
    )
    without = set(mmru.load("events")["event_id"]) - set(mmru.load("event_details")["event_id"])
    assert mmru.load("event_details", ids=without).empty
    assert len(mmru.load("rulings", ids=RECORD)) == 1
    assert mmru.load("rulings", ids="than-swe").empty
    assert list(mmru.load("vocabularies", ids="stance")["code"]) == sorted(
        TABLES["reactions"]["stance"].constraints["enum"]
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mmru.load("event"), "there is no table 'event'; did you mean 'events'?"),
        *(
            (partial(mmru.load, f"{name}_parquet"), f"there is no table '{name}_parquet'; did you mean '{name}'?")
            for name in TABLES
        ),
        (lambda: mmru.describe("reaction"), "there is no table 'reaction'; did you mean 'reactions'?"),
        (
            lambda: mmru.load("events", ["title", "statu"]),
            "there is no column 'statu' in events; did you mean 'status'?",
        ),
        (
            lambda: mmru.describe("agreement_terms", "xyzzy"),
            "there is no column 'xyzzy' in agreement_terms; "
            "choose from agreement_id, term, sequence, value, unit, text, credibility",
        ),
        (
            lambda: mmru.load("agreements", ids=[RECORD, "ag-nuclear-trainings-2022"]),
            f"there is no record 'ag-nuclear-trainings-2022' in agreements; did you mean '{RECORD}'?",
        ),
        (
            lambda: mmru.load("agreement_terms", ids="ag-nuclear-trainings-2022"),
            f"there is no record 'ag-nuclear-trainings-2022' in agreement_terms; did you mean '{RECORD}'?",
        ),
        (
            lambda: mmru.claims_for("ag-nuclear-trainings-2022"),
            f"there is no record 'ag-nuclear-trainings-2022'; did you mean '{RECORD}'?",
        ),
        (lambda: mmru.resolve("#"), "there is no record '#'"),
        (
            lambda: mmru.claims_for(RECORD, "agreement_typ"),
            f"there is no field 'agreement_typ' in {RECORD}; did you mean 'agreement_type'?",
        ),
        (lambda: mmru.cite("bibtext"), "there is no style 'bibtext'; did you mean 'bibtex'?"),  # type: ignore[arg-type]
        (lambda: mmru.cite("chicago"), "there is no style 'chicago'; choose from apa, bibtex, ris"),  # type: ignore[arg-type]
        (
            lambda: mmru.load("events", source="excel"),  # type: ignore[arg-type]
            "there is no source 'excel'; choose from parquet, csv",
        ),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest(call: Callable[[], object], message: str) -> None:
    with pytest.raises(mmru.Unknown) as caught:
        call()
    assert str(caught.value) == message
    assert isinstance(caught.value, LookupError)


REDIRECTS = (
    "- {old_id: ag-boat, record_table: agreements, new_id: ag-ferry, reason: It was the same., since: 0.0.9}\n"
    "- {old_id: ag-raft, record_table: agreements, new_id: ag-boat, reason: It was the same., since: 0.0.9}\n"
    "- {old_id: ev-ghost, record_table: events, reason: It never took place., since: 0.1.0}\n"
    "- {old_id: ev-spook, record_table: events, new_id: ev-ghost, reason: It was the same., since: 0.0.9}\n"
)


RELEASE: list[Step] = [{"write": "seeds/redirects.yaml", "text": REDIRECTS}, {"run": "mmru build"}]
ALPHA, EVENTS = "seeds/articles/src-alpha.yaml", "seeds/registry/events.yaml"
CODES = '  plover_type: CONSULT\n  plover_contexts: [economic, natural_resource]\n  cameo_code: "040"\n'
# another title, and a ceremony, which needs no role
CHANGED: list[Step] = [
    *RELEASE,
    {"edit": EVENTS, "old": "Visit of Ada Quill", "new": "Journey of Ada Quill"},
    {"edit": EVENTS, "old": CODES, "new": ""},
    {"edit": ALPHA, "old": "event_type: meeting", "new": "event_type: ceremony"},
    {"edit": ALPHA, "old": "          actors.participant: [ada-quill, bo-ren]\n", "new": ""},
    {"run": "mmru build"},
]


@pytest.fixture
def release(snapshots: Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small dataset, built with ids redirected and one withdrawn, as the release that is installed."""
    root = fresh(snapshots.after(RELEASE, command) / "dataset", tmp_path, monkeypatch)
    monkeypatch.setattr("mmru.datapackage.open.installed", lambda: root)
    return root


@pytest.fixture
def rebuild(release: Path, snapshots: Snapshots) -> Callable[[], None]:
    """Put the files of another build of the release in their place."""
    other = snapshots.after(CHANGED, command) / "dataset"

    def copy() -> None:
        shutil.copytree(other, release, dirs_exist_ok=True, ignore=NOT_COPIED)

    return copy


@pytest.mark.usefixtures("release")
def test_a_retired_id_gives_the_record_to_which_it_was_redirected() -> None:
    assert list(INSTALLED.load("agreements", ids=["ag-boat", "ag-ferry"])["agreement_id"]) == ["ag-ferry"]
    assert set(INSTALLED.load("agreement_actors", ids="ag-boat")["agreement_id"]) == {"ag-ferry"}
    assert list(INSTALLED.load("redirects", ids="ag-boat")["new_id"]) == ["ag-ferry"]
    assert (INSTALLED.resolve("ag-boat"), INSTALLED.resolve("ag-ferry")) == ("ag-ferry", "ag-ferry")
    assert set(INSTALLED.claims_for("ag-boat")["record_id"]) == {"ag-ferry"}
    for call in (lambda: INSTALLED.load("events", ids="ev-ghost"), lambda: INSTALLED.resolve("ev-ghost")):
        with pytest.raises(INSTALLED.Unknown) as caught:
            call()
        assert str(caught.value) == "'ev-ghost' was withdrawn in 0.1.0: It never took place."


@pytest.mark.usefixtures("release")
def test_an_id_that_was_redirected_twice_gives_the_record_at_the_end() -> None:
    assert list(INSTALLED.load("agreements", ids=["ag-raft", "ag-boat"])["agreement_id"]) == ["ag-ferry"]
    assert set(INSTALLED.load("agreement_actors", ids="ag-raft")["agreement_id"]) == {"ag-ferry"}
    assert (INSTALLED.resolve("ag-raft"), INSTALLED.resolve("ag-boat")) == ("ag-ferry", "ag-ferry")
    assert INSTALLED.claims_for("ag-raft").equals(INSTALLED.claims_for("ag-ferry"))
    with pytest.raises(INSTALLED.Unknown) as caught:
        INSTALLED.resolve("ev-spook")
    assert str(caught.value) == (
        "'ev-spook' was redirected to 'ev-ghost', which was withdrawn in 0.1.0: It never took place."
    )


def test_data_that_were_built_again_are_read_again(release: Path, rebuild: Callable[[], None]) -> None:
    (release / "datapackage.json").rename("elsewhere.json")
    with pytest.raises(INSTALLED.Damaged) as caught:
        INSTALLED.load("events")
    assert str(caught.value) == f"{release}/datapackage.json is missing; run mmru build"
    Path("elsewhere.json").rename(release / "datapackage.json")
    assert "Visit of Ada Quill to Lindos" in set(INSTALLED.load("events")["title"])
    rebuild()
    assert "Journey of Ada Quill to Lindos" in set(INSTALLED.load("events")["title"])


def shorten(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def replace_with_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("file", "damage", "said"),
    [
        ("data/events.parquet", Path.unlink, "is missing"),
        ("data/events.parquet", shorten, "has "),
        ("data/events.parquet", flip, "has been changed: its SHA-256 is "),
        ("data/events.csv", flip, "has been changed: its SHA-256 is "),
        ("data/events.csv", replace_with_folder, "cannot be read: Is a directory"),
        ("datapackage.json", shorten, None),
        ("datapackage.json", lambda path: path.write_text("[]"), None),
        ("datapackage.json", lambda path: path.write_bytes(b"\xff"), None),
    ],
)
def test_a_damaged_file_is_named_in_one_line(
    release: Path, file: str, damage: Callable[[Path], None], said: str | None
) -> None:
    damage(release / file)
    with pytest.raises(INSTALLED.Damaged) as caught:
        INSTALLED.load("events", source="csv" if file.endswith("csv") else "parquet")
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{release / file} {said or 'cannot be understood: '}")
    assert message.endswith("; run mmru build")


TEXTS = st.text(
    # what is missing is not a text; the checks refuse all other control characters
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\",;\n'\\ \u00a0#=|😀𝔐é"),
    min_size=1,
)
NASTY = table_of(
    {
        "name": "nasty",
        "title": "Nasty",
        "description": "A made-up table.",
        "primaryKey": ["text"],
        "fields": [
            {"name": n, "type": t, "title": n, "description": n, "mmru:kind": "derived", **more}
            for n, t, more in [
                ("text", "string", {}),
                ("code", "string", {"constraints": {"enum": ['a "b"', "NA", "true", "a,b", "𝔐\n"]}}),
                ("whole", "integer", {}),
                ("real", "number", {}),
                ("truth", "boolean", {}),
                ("day", "date", {}),
                ("many", "list", {}),
            ]
        ],
    }
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "text": st.none() | st.sampled_from(["NA", "null", "NaN", "0", "true", " "]) | TEXTS,
            "code": st.none() | st.sampled_from(NASTY["code"].constraints["enum"]),
            "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
            "real": st.none() | st.floats(allow_nan=False, allow_infinity=False),
            "truth": st.none() | st.booleans(),
            "day": st.none() | st.dates(),
            "many": st.none() | st.lists(TEXTS.map(lambda t: t.replace(";", ":")), max_size=3),
        }
    ),
    max_size=6,
)


@settings(deadline=None)
@given(ROWS)
def test_whatever_a_cell_holds_it_is_the_same_from_parquet_and_csv(rows: list[dict[str, Any]]) -> None:
    arrow = to_arrow(NASTY, rows)
    files = {"parquet": to_parquet(arrow), "csv": to_csv(NASTY, arrow)}
    listed = [
        {
            "path": f"data/nasty.{kind}",
            "bytes": len(content),
            "hash": f"sha256:{sha256(content).hexdigest()}",
            **({"schema": NASTY.descriptor} if kind == "csv" else {}),
        }
        for kind, content in files.items()
    ]
    content = {f"data/nasty.{kind}": content for kind, content in files.items()}
    package = Package(InMemory({PACKAGE: json.dumps({"resources": listed}).encode(), **content}))
    one, other = (frame(NASTY, NASTY.names, package.rows("nasty", source=kind)) for kind in files)
    assert_frame_equal(one, other)
    for column in NASTY.columns:
        expected = [None if row[column.name] == [] else row[column.name] for row in rows]
        got = [None if not isinstance(v, list) and pd.isna(v) else v for v in one[column.name].tolist()]
        if column.type == "date":
            got = [value and value.date() for value in got]
            assert all(isinstance(value, date | None) for value in got)
        assert got == expected, column.name


def test_tables_lists_them_with_their_size_and_key() -> None:
    listed = mmru.tables()
    assert list(listed.columns) == ["table", "title", "rows", "columns", "key", "description"]
    assert list(listed["table"]) == list(TABLES)
    for row in listed.itertuples():
        loaded = mmru.load(row.table)
        assert loaded.shape == (row.rows, row.columns)
        assert not loaded[row.key].duplicated().any()


def test_describe_gives_the_entry_of_the_codebook() -> None:
    book = re.sub(r"\[([^]]+)]\(#[^)]+\)", r"`\1`", (ROOT / "docs/codebook.md").read_text("utf-8"))
    for name in TABLES:
        entry = mmru.describe(name)
        assert f"{entry}\n\n" in book
        assert entry.startswith(f"## {name}\n")
    assert repr(mmru.describe("events")) == mmru.describe("events")
    assert mmru.describe("events")._repr_markdown_() == mmru.describe("events")


def test_describe_gives_a_column_with_its_codes() -> None:
    assert mmru.describe("claims", "basis") == (
        "## claims.basis\n\n"
        f"{TABLES['claims']['basis'].description} Vocabulary: `basis`. Never empty.\n\n"
        "Kind: claimed. Type: string.\n\n"
        "| code | name | when it applies |\n| --- | --- | --- |\n"
        + "\n".join(
            f"| `{row.code}` | {row.label} | {row.definition} |"
            for row in mmru.load("vocabularies", ids="basis")
            .set_index("code")
            .loc[["stated", "implied", "inferred"]]
            .reset_index()
            .itertuples()
        )
    )
    for name, table in TABLES.items():
        for column in table.columns:
            entry = mmru.describe(name, column.name)
            assert column.description in entry
            assert ("| code |" in entry) == bool(column.vocabulary), column.name
            assert "](" not in entry


def test_claims_for_a_record_say_who_says_so_and_where() -> None:
    claims, actors = mmru.load("claims"), mmru.load("actors").set_index("actor_id")
    about = mmru.claims_for(RECORD)
    assert set(about["claim_id"]) == set(claims.loc[claims["record_id"] == RECORD, "claim_id"])
    places = list(zip(about["field"], about["source_id"], about["line"], about["char_start"]))
    assert places == sorted(places)
    assert list(about.columns) == [
        *claims.columns,
        *("publisher", "source_title", "source_url", "speaker"),
    ]
    assert {name: str(about[name].dtype) for name in claims} == {
        name: str(claims[name].dtype) for name in claims
    }
    kind = mmru.claims_for(RECORD, "agreement_type")
    assert set(kind["field"]) == {"agreement_type"}
    assert set(kind["value"]) == {"agreement", "memorandum"}
    assert "Sam Baron" in set(kind["speaker"].dropna())
    for row in about.itertuples():
        by = row.attributed_to_actor_id
        assert pd.isna(row.speaker) if pd.isna(by) else row.speaker == actors["name"][by]
    sources = mmru.load("sources").set_index("source_id").loc[about["source_id"]]
    assert list(about["source_title"].isna()) == list(sources["title"].isna())


USED: Any = mmru  # as those use it who do not check types


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: USED.claims_for("pl-moscow", "country"), "places.country is looked-up and has no claims; "),
        (lambda: USED.claims_for("src-irrawaddy-2023-09-15", "title"), "sources.title is editorial and has "),
        (lambda: USED.claims_for("pl-moscow", "weather"), "there is no field 'weather' in pl-moscow"),
        (lambda: USED.claims_for(RECORD, "signed"), "agreements.signed is derived and has no claims; "),
        (
            lambda: USED.claims_for(RECORD, ["status"]),
            "a field must be named by one string, not by list ['status']",
        ),
        (lambda: USED.claims_for([RECORD]), "a record must be named by one string, not by list ['ag-"),
        (lambda: USED.load(None), "a table must be named by one string, not by NoneType None"),
        (lambda: USED.load("events", columns=5), "expected one or more names, not 5"),
        (lambda: USED.load("events", ids=3), "expected one or more names, not 3"),
        (lambda: USED.load("events", ids=[3]), "a record must be named by one string, not by int 3"),
        (lambda: USED.load("events", ids=[None]), "a record must be named by one string, not by NoneType"),
        (lambda: USED.load("events", columns=[["title"]]), "a column must be named by one string, not by li"),
        (
            lambda: USED.load("events", ids=RECORD),
            f"'{RECORD}' is one of agreements, not an id in events.event_id",
        ),
        (
            lambda: USED.load("claims", ids=RECORD),
            f"'{RECORD}' is one of agreements, not an id in claims.claim_id; mmru.claims_for('{RECORD}') gives its claims",
        ),
        (lambda: USED.load("redirects", ids="x"), "there is no record 'x' in redirects"),
    ],
)
def test_what_is_no_name_or_not_that_of_a_claim_is_said_in_a_line(call: Any, said: str) -> None:
    with pytest.raises(mmru.Unknown) as caught:
        call()
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_claims_for_a_field_and_for_a_source() -> None:
    about = mmru.claims_for(RECORD)
    parts = mmru.claims_for(RECORD, "actors")
    assert len(parts) == about["field"].str.startswith("actors.").sum() > 1
    one = parts["field"].iloc[0]
    assert set(mmru.claims_for(RECORD, one)["field"]) == {one}
    assert mmru.claims_for(RECORD, "duration_years").empty
    source = about["source_id"].iloc[0]
    assert set(mmru.claims_for(source)["source_id"]) == {source}
    assert mmru.claims_for("pl-myanmar").empty


def test_joins_keep_each_row_and_name_what_it_refers_to() -> None:
    names = mmru.load("actors").set_index("actor_id")["name"]
    for joined, main, parts in (
        (mmru.events_with_actors(), "events", "event_actors"),
        (mmru.agreements_with_actors(), "agreements", "agreement_actors"),
    ):
        records, roles = mmru.load(main), mmru.load(parts)
        key = records.columns[0]
        alone = set(records[key]) - set(roles[key])
        assert len(joined) == len(roles) + len(alone)
        assert list(joined[key].unique()) == list(records[key])
        assert list(joined["actor"]) == list(joined["actor_id"].map(names))
        for name in (*records.columns, *roles.columns):
            kept = records if name in records else roles
            assert joined[name].dtype == kept[name].dtype, name
    titles = mmru.load("events").set_index("event_id")["title"]
    reactions, context = mmru.load("reactions"), mmru.reactions_with_context()
    assert_frame_equal(context[reactions.columns], reactions)
    for row in context.itertuples():
        assert row.actor == names[row.actor_id]
        assert row.about_event is pd.NA or pd.isna(row.about_event) == pd.isna(row.about_event_id)
        assert pd.isna(row.occasion) or row.occasion == titles[row.occasion_event_id]
    assert context["about_agreement"].notna().sum() == reactions["about_agreement_id"].notna().sum() > 0


def test_a_flat_table_has_names_one_row_for_a_record_and_single_values() -> None:
    for name, flat in (
        ("events", mmru.events_wide()),
        ("agreements", mmru.agreements_wide()),
        ("reactions", mmru.reactions_wide()),
    ):
        rows = mmru.load(name)
        key = rows.columns[0]
        assert list(flat[key]) == list(rows[key])
        assert [column for column in flat if column.endswith("_id")] == [key]
        assert not flat.map(lambda cell: isinstance(cell, list)).any(axis=None)
        assert flat["sources"].notna().all()
        assert list(flat.columns) == wide_table(TABLES[name]).names
        assert wide_rows(mmru.load, TABLES[name]).schema.names == list(flat.columns)


@pytest.mark.parametrize("name", ["events", "agreements", "reactions"])
def test_a_flat_table_of_a_release_before_4_0_0_has_no_witnesses(name: str) -> None:
    def load_older(table: str) -> pd.DataFrame:
        return mmru.load(table).drop(columns="witness_ids", errors="ignore")

    assert [c for c in wide(mmru.load, name) if c not in wide(load_older, name)] == ["witnesses"]


def test_a_flat_event_names_its_actors_their_parts_states_and_sources() -> None:
    flat = mmru.events_wide().set_index("event_id")
    parts = mmru.events_with_actors()
    for event, rows in parts.dropna(subset="actor").groupby("event_id"):
        for row in rows.itertuples():
            texts = flat.loc[event, "actors"].split("; ")
            [named] = [text for text in texts if text.startswith(f"{row.actor} (")]
            assert row.role in named.rpartition("(")[2].rstrip(")").split(", ")
    states = mmru.load("actors").set_index("actor_id")["state"]
    found = parts.assign(state=parts["actor_id"].map(states)).dropna(subset="state")
    wanted = found.groupby("event_id")["state"].agg(lambda s: "; ".join(sorted(set(s))))
    assert flat["states"].dropna().to_dict() == wanted.to_dict()
    counts = mmru.load("events").set_index("event_id")["source_count"]
    assert [text.count("; ") + 1 for text in flat["sources"]] == list(counts)


def test_dyads_are_the_pairs_of_states_in_each_event() -> None:
    pairs = mmru.dyads()
    assert not pairs.duplicated(["event_id", "state_1", "state_2"]).any()
    assert (pairs["state_1"] < pairs["state_2"]).all()
    states = mmru.events_wide().set_index("event_id")["states"].dropna().str.split("; ")
    wanted = {(e, *pair) for e, names in states.items() for pair in combinations(names, 2)}
    assert set(pairs[["event_id", "state_1", "state_2"]].itertuples(index=False, name=None)) == wanted
    relations = pairs[(pairs["state_1"] == "MMR") & (pairs["state_2"] == "RUS")]
    assert relations[["cow_1", "cow_2"]].drop_duplicates().values.tolist() == [[775, 365]]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2030-01-01", "2030-12-31", ["open", "no end"]),
        ("2022-05-05", "2022-05-05", ["a day", "open", "no end"]),
        ("2022-05-06", "2022-05-31", ["open", "no end"]),
        ("2001-01-01", "2001-12-31", ["open", "no start"]),
    ],
)
def test_between_keeps_what_can_lie_in_the_period(start: str, end: str, found: list[str]) -> None:
    days = {
        "a day": ("2022-05-05", "2022-05-05"),
        "open": ("2001-05-05", None),
        "no end": ("2015-01-01", None),
        "no start": (None, "2001-06-01"),
        "undated": (None, None),
    }
    bounds = pd.DataFrame(days.values(), index=days.keys(), columns=["date_earliest", "date_latest"])
    bounds = bounds.apply(pd.to_datetime)
    assert list(mmru.between(bounds, start, end).index) == found


@pytest.mark.parametrize("columns", [["event_id"], ["event_id", "date_earliest"]])
def test_between_needs_the_columns_of_bounds(columns: list[str]) -> None:
    with pytest.raises(ValueError, match="load all columns"):
        mmru.between(mmru.load("events", columns), "2021", "2022")


def test_between_refuses_a_period_that_ends_before_it_begins() -> None:
    with pytest.raises(ValueError, match="^the first day, 2022-01-01, is after the last, 2021-01-01$"):
        mmru.between(mmru.load("events"), "2022", "2021")


@pytest.mark.parametrize("name", ["events", "agreements", "actors"])
def test_lists_are_written_to_csv_as_the_release_writes_them(name: str) -> None:
    written = pd.read_csv(io.StringIO(mmru.load(name).to_csv(index=False)), dtype="str")
    released = pd.read_csv(ROOT / f"data/{name}.csv", dtype="str")
    for column in TABLES[name].columns:
        if column.is_list:
            assert_series_equal(written[column.name], released[column.name])


def test_the_help_begins_with_the_functions_that_people_call() -> None:
    assert mmru.__doc__
    for name in mmru.__all__:
        if name.islower() and name != "__version__":
            assert f"mmru.{name}(" in mmru.__doc__


def test_an_event_without_actors_is_kept(rebuild: Callable[[], None]) -> None:
    rebuild()
    joined = INSTALLED.events_with_actors()
    [row] = joined[joined["event_id"] == "ev-meeting-quill-ren"].itertuples()
    assert [pd.isna(v) for v in (row.actor_id, row.role, row.actor, row.title)] == [True, True, True, False]


def test_it_is_cited_with_the_words_of_its_descriptor() -> None:
    version, year = HEAD["version"], HEAD["created"][:4]
    assert mmru.cite() == mmru.cite("apa")
    assert str(mmru.cite()) == (
        f"The Myanmar–Russia Relations contributors. ({year}). Myanmar–Russia Relations "
        f"(Version {version}) [Data set]."
    )
    assert repr(mmru.cite("bibtex")) == (
        f"@dataset{{myanmar-russia-relations-{version},\n"
        "  author  = {{The Myanmar–Russia Relations contributors}},\n"
        "  title   = {{Myanmar–Russia Relations}},\n"
        f"  year    = {{{year}}},\n"
        f"  version = {{{version}}},\n"
        "  note    = {Data set, CC-BY-4.0}\n"
        "}"
    )
    ris = mmru.cite("ris").split("\n")
    assert ris[:2] == ["TY  - DATA", "AU  - The Myanmar–Russia Relations contributors"]
    assert {f"PY  - {year}", f"ET  - {version}", "N1  - CC-BY-4.0"} < set(ris)
    assert ris[-1] == "ER  - "
    assert "http" not in "".join(mmru.cite(style) for style in ("apa", "bibtex", "ris"))


def about(**more: Any) -> dict[str, Any]:
    head = {k: v for k, v in HEAD.items() if k != "resources"}
    return {**about_of(head), "version": "1.2.3", "released": "2031-05-06", **more}


def test_authors_and_homepage_are_cited_where_they_are_given() -> None:
    people = [{"title": name, "roles": ["creator"]} for name in ("A Quill", "B Ren", "C Tal")]
    funder = {"title": "F Und", "roles": ["funder"]}
    given_ = about(title="T", contributors=[*people, funder], homepage="https://example.org/{a}%20b_c")
    assert STYLES["apa"](given_) == (
        "A Quill, B Ren, & C Tal. (2031). T (Version 1.2.3) [Data set]. https://example.org/{a}%20b_c"
    )
    two = about(title="T", contributors=people[:2])
    assert STYLES["apa"](two) == "A Quill & B Ren. (2031). T (Version 1.2.3) [Data set]."
    bibtex = STYLES["bibtex"](given_)
    assert "  author  = {{A Quill} and {B Ren} and {C Tal}},\n" in bibtex
    assert "  url     = {https://example.org/%7Ba%7D%20b_c}\n}" in bibtex
    ris = STYLES["ris"](given_)
    assert "AU  - A Quill\nAU  - B Ren\nAU  - C Tal\nPY" in ris
    assert "UR  - https://example.org/{a}%20b_c\nER  - " in ris


@given(st.text(min_size=1))
def test_no_text_breaks_out_of_its_field(text: str) -> None:
    odd = about(title=text, description=text, contributors=[{"title": text, "roles": ["creator"]}])
    bibtex = STYLES["bibtex"](odd)
    depth = 0
    for c in bibtex:
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    assert depth == 0
    assert len(bibtex.split("\n")) == 7
    ris = STYLES["ris"](odd).split("\n")
    assert len(ris) == 9 + len(HEAD["keywords"])
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in ris)


def test_what_tex_reads_as_a_command_is_written_as_a_character() -> None:
    bibtex = STYLES["bibtex"](about(title=r"50% & $x_1 {#~^\ "))
    assert (
        r"title   = {{50\% \& \$x\_1 \textbraceleft{}\#\textasciitilde{}\textasciicircum{}\textbackslash{}}}"
        in bibtex
    )


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_importing_it_imports_nothing_else(tmp_path: Path) -> None:
    code = "import sys; before = set(sys.modules); import mmru; print(sorted(set(sys.modules) - before))"
    assert python("-S", "-c", code, cwd=tmp_path).stdout == "['__future__', 'mmru']\n"
    code = "import sys, mmru; mmru.__version__; mmru.describe('events'); mmru.cite()"
    heavy = "; print({'pandas', 'pyarrow', 'numpy', 'click', 'rapidfuzz'} & set(sys.modules))"
    assert python("-c", code + heavy, cwd=tmp_path).stdout == "set()\n"


def test_its_names_are_listed_and_known_to_type_checkers() -> None:
    assert set(mmru.__all__) <= set(dir(mmru))
    for name in mmru.__all__:
        assert getattr(mmru, name).__doc__
    parsed = ast.parse((ROOT / "scripts/mmru/__init__.py").read_text("utf-8"))
    typed = next(node for node in parsed.body if isinstance(node, ast.If))
    imported = {a.name for node in typed.body if isinstance(node, ast.ImportFrom) for a in node.names}
    assert imported | {"__version__"} == set(mmru.__all__)
    with pytest.raises(AttributeError, match=r"^module 'mmru' has no attribute 'lood'$"):
        _ = mmru.lood  # type: ignore[attr-defined]


def test_the_public_names_are_these() -> None:
    functions = ["cite", "claims_for", "describe", "find_spans", "load", "open", "resolve", "schema", "tables"]
    joins = ["agreements_with_actors", "events_with_actors", "reactions_with_context", "dyads", "between"]
    flat = ["agreements_wide", "events_wide", "reactions_wide"]
    assert sorted(mmru.__all__) == sorted(["Damaged", "Unknown", "__version__", *functions, *joins, *flat])


def test_a_downloaded_archive_works_like_the_installed_release(tmp_path: Path) -> None:
    path = tmp_path / "release.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in (PACKAGE, "SHA256SUMS", *(f["path"] for f in data_files(HEAD["resources"]))):
            archive.write(ROOT / name, f"release/{name}")
    opened = mmru.open(path)
    assert repr(opened) == f"<myanmar-russia-relations {HEAD['version']}>"
    assert opened.version == mmru.__version__
    assert_frame_equal(opened.tables(), mmru.tables())
    for name in TABLES:
        assert_frame_equal(opened.load(name), mmru.load(name))
    for join in ("events_with_actors", "agreements_with_actors", "reactions_with_context"):
        assert_frame_equal(getattr(opened, join)(), getattr(mmru, join)())
    assert_frame_equal(opened.claims_for(RECORD), mmru.claims_for(RECORD))
    assert opened.describe("claims", "basis") == mmru.describe("claims", "basis")
    assert (opened.resolve(RECORD), opened.cite()) == (RECORD, mmru.cite())


def test_a_version_is_opened_by_its_tag(release: Path, rebuild: Callable[[], None]) -> None:
    commit(release)
    subprocess.run(["git", "tag", "v0.1.0"], check=True)
    rebuild()
    titles = set(INSTALLED.open("0.1.0").load("events")["title"])
    assert "Visit of Ada Quill to Lindos" in titles
    assert set(INSTALLED.open(".").load("events")["title"]) != titles


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        (
            "0.0.9",
            "Unknown",
            "'0.0.9' is not a release of the dataset; name a folder, an archive, a version or ",
        ),
        (
            "texts",
            "Damaged",
            "texts/datapackage.json is missing; name a checkout, an unpacked release or its",
        ),
        ("texts/alpha.txt", "Damaged", "texts/alpha.txt is not a zip archive that can be read: File is not "),
        ("x" * 300, "Unknown", f"'{'x' * 60}…' cannot be opened: File name too long"),
        ("a\0b", "Unknown", "'a\\x00b' cannot be opened: embedded null byte"),
    ],
)
@pytest.mark.usefixtures("small")
def test_what_cannot_be_opened_is_said_in_a_sentence(name: str, error: str, message: str) -> None:
    with pytest.raises(getattr(mmru, error)) as caught:
        mmru.open(name)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_valid_for_its_pandera_schema(name: str) -> None:
    assert_frame_equal(mmru.schema(name).validate(mmru.load(name)), mmru.load(name))


def test_a_wrong_cell_is_not_valid_for_the_pandera_schema() -> None:
    events = mmru.load("events")
    events.loc[2, "event_id"] = "a visit"
    with pytest.raises(SchemaError, match="event_id"):
        mmru.schema("events").validate(events)


def test_without_pandera_a_schema_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['pandera'] = None; import mmru; mmru.schema('events')"
    said = python("-c", code, cwd=tmp_path).stderr.splitlines()[-1]
    needs = r"ModuleNotFoundError: mmru\.schema needs \S+, which is not installed: "
    command = re.fullmatch(rf"{needs}pip install (.+)", said)
    assert command
    assert {"pandera", "polars", "click", "frictionless"} <= set(command[1].split())
    with pytest.raises(mmru.Unknown, match="there is no table 'event'"):
        mmru.schema("event")


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(mmru) == (0, 2)


def test_the_version_is_that_of_the_data() -> None:
    assert mmru.__version__ == HEAD["version"]


def test_the_installed_release_is_proved_from_anywhere(
    tmp_path: Path, mmru: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = python("-m", "mmru.verify", "--installed", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith(f"valid: myanmar-russia-relations {HEAD['version']} (")
    full = mmru("verify", "--installed").stdout
    assert full == ran.stdout.replace("\n", "; frictionless found the package valid\n")
    both = mmru("verify", "--installed", ".")
    assert both.exit_code == 2
    assert both.stderr.endswith("Error: give a PATH or --installed, not both\n")
