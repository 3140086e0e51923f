"""Comparing editions: what changed, what stands behind it, and which version it asks for."""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from contextlib import chdir, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml_rs
from click.testing import Result
from conftest import ROOT, command, fresh, not_here
from hypothesis import given, settings
from hypothesis import strategies as st
from mmru.datapackage.open import open_package
from mmru.datapackage.package import InMemory, Package
from mmru.errors import Damaged, InvalidDataset
from mmru.io.arrow import to_arrow
from mmru.io.git import find_commit, git
from mmru.io.tables import to_parquet
from mmru.model.schema import Table, table_of
from mmru.pipeline.build import Dataset
from mmru.release.change import Change, least, report
from mmru.release.diff import diff, vanished
from mmru.release.history import fingerprint
from mmru.verify import data_files
from steps import Snapshots, Step, commit

Run = Callable[..., Result]
Rows = dict[str, list[dict[str, Any]]]
VISIT = "ev-visit-quill-lindos"


@pytest.fixture(scope="module")
def old(dataset: Dataset) -> Package:
    return packaged(dataset.schemas.tables, dataset.tables)


def packaged(tables: Mapping[str, Table], rows: Mapping[str, pa.Table]) -> Package:
    """The package of version 1.2.3 with these tables, in Parquet alone."""
    files, resources = {}, []
    for name, table in tables.items():
        path, content = f"data/{name}.parquet", to_parquet(nullable(rows[name]))
        files[path] = content
        proof = {"bytes": len(content), "hash": f"sha256:{sha256(content).hexdigest()}"}
        resources.append({"name": name, "path": path, **proof, "schema": table.descriptor})
    descriptor = {"name": "small", "version": "1.2.3", "resources": resources}
    return Package(InMemory({"datapackage.json": json.dumps(descriptor).encode(), **files}))


def nullable(rows: pa.Table) -> pa.Table:
    return rows.cast(pa.schema([field.with_nullable(True) for field in rows.schema]))


def with_rows(package: Package, change: Callable[[Rows], None]) -> Package:
    """The package after a change of its rows."""
    rows = {name: table.to_pylist() for name, table in package.read().items()}
    change(rows)
    return packaged(package.tables, {name: to_arrow(package.tables[name], r) for name, r in rows.items()})


def with_schema(package: Package, name: str, change: Callable[[dict[str, Any]], None]) -> Package:
    """The package after a change of one table's descriptor, with its rows adapted."""
    descriptor = copy.deepcopy(dict(package.tables[name].descriptor))
    change(descriptor)
    table = table_of(descriptor)
    rows = {n: to_arrow(t, package.rows(n).to_pylist()) for n, t in {**package.tables, name: table}.items()}
    return packaged({**package.tables, name: table}, rows)


def without(package: Package, name: str) -> Package:
    rows = package.read()
    kept = [n for n in package.tables if n != name]
    return packaged({n: package.tables[n] for n in kept}, {n: rows[n] for n in kept})


def column(descriptor: dict[str, Any], name: str) -> dict[str, Any]:
    return next(f for f in descriptor["fields"] if f["name"] == name)


def row(rows: Rows, table: str, **where: Any) -> dict[str, Any]:
    return next(r for r in rows[table] if all(r[k] == v for k, v in where.items()))


def test_a_package_equals_itself(old: Package) -> None:
    assert diff(old, old) == []
    assert least("1.2.3", []) == "1.2.3"


def test_a_table_that_is_gone_is_major_and_a_new_one_minor(old: Package) -> None:
    assert diff(old, without(old, "rulings")) == [Change("rulings", "table-removed", "major")]
    assert diff(without(old, "rulings"), old) == [Change("rulings", "table-added", "minor")]


def test_a_column_that_is_gone_is_major_and_a_new_one_minor(old: Package) -> None:
    def drop(descriptor: dict[str, Any]) -> None:
        descriptor["fields"] = [f for f in descriptor["fields"] if f["name"] != "plover_mode"]

    fewer = with_schema(old, "events", drop)
    assert diff(old, fewer) == [Change("events", "column-removed", "major", column_name="plover_mode")]
    assert diff(fewer, old) == [Change("events", "column-added", "minor", column_name="plover_mode")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c.update(description="Another."), lambda c: (c["description"], "Another.")),
        (lambda c: c.update(type="integer"), lambda c: ("type string", "type integer")),
        (lambda c: c.update({"mmru:unit": "day"}), lambda c: (None, "unit day")),
        (lambda c: c["constraints"].update(minLength=3), lambda c: ('{"minLength": 1}', '{"minLength": 3}')),
    ],
    ids=["description", "type", "unit", "constraint"],
)
def test_a_column_that_means_something_else_is_major(
    old: Package, change: Callable[[dict[str, Any]], None], words: Callable[[dict[str, Any]], Any]
) -> None:
    empty = with_rows(old, lambda rows: rows["rulings"].clear())
    before = with_schema(empty, "rulings", lambda d: column(d, "reason").update(constraints={"minLength": 1}))
    after = with_schema(before, "rulings", lambda d: change(column(d, "reason")))
    one, other = words(column(dict(before.tables["rulings"].descriptor), "reason"))
    [found] = diff(before, after)
    assert found == Change("rulings", "meaning-changed", "major", None, "reason", one, other)
    # only words can become clearer
    [clear] = diff(before, after, ["rulings.reason"])
    wanted = ("clarified", "patch") if other == "Another." else ("meaning-changed", "major")
    assert (clear.change, clear.level) == wanted


def test_a_table_that_means_something_else_is_major(old: Package) -> None:
    after = with_schema(old, "events", lambda d: d.update({"mmru:rules": ["Code the weather."]}))
    [found] = diff(old, after)
    assert (found.change, found.level, found.new_value) == (
        "meaning-changed",
        "major",
        '["Code the weather."]',
    )
    assert diff(old, after, ["events"])[0].level == "patch"


def test_only_the_rules_of_coding_that_differ_are_shown(old: Package) -> None:
    rules = old.tables["events"].rules
    after = with_schema(old, "events", lambda d: d.update({"mmru:rules": [*rules[1:], "Code the weather."]}))
    [found] = diff(old, after)
    assert json.loads(found.old_value or "") == rules[:1]
    assert json.loads(found.new_value or "") == ["Code the weather."]


def test_values_of_a_computed_column_are_counted_for_people() -> None:
    counts = [Change("events", "value-changed", "patch", f"ev-{n}", "claim_count", "1", "2") for n in "abc"]
    title = Change("events", "value-changed", "patch", "ev-a", "title", "Old", "New")
    text = list(report("1.0.0", "1.0.1", [*counts, title], "text", {("events", "claim_count")}))
    assert text == [
        "events claim_count: value-changed in 3 rows (patch)",
        "    because: it is computed from other cells; --format json lists each row",
        "events ev-a title: value-changed (patch)",
        "    - Old",
        "    + New",
        "1.0.0 to 1.0.1: 4 changes; the next version is at least 1.0.1 (patch).",
    ]
    listed = json.loads("".join(report("1.0.0", "1.0.1", counts, "json", {("events", "claim_count")})))
    assert len(listed["changes"]) == 3


def test_a_table_with_another_key_is_major_and_its_rows_are_not_compared(old: Package) -> None:
    after = with_schema(old, "rulings", lambda d: d.update(primaryKey=["record_id"]))
    [found] = diff(old, after, ["rulings"])
    assert (found.change, found.level, found.new_value) == ("meaning-changed", "major", '["record_id"]')


def test_codes_that_a_column_no_longer_allows_are_major_and_new_ones_minor(old: Package) -> None:
    fewer = with_schema(
        old, "events", lambda d: column(d, "event_type")["constraints"]["enum"].remove("abuse")
    )
    [lost] = diff(old, fewer, ["events.event_type"])
    assert (lost.change, lost.level, lost.column_name) == ("meaning-changed", "major", "event_type")
    [won] = diff(fewer, old)
    assert won == Change("events", "codes-added", "minor", None, "event_type", None, "abuse")


def test_a_code_that_means_something_else_is_major(old: Package) -> None:
    def redefine(rows: Rows) -> None:
        row(rows, "vocabularies", vocabulary="event_type", code="visit")["definition"] = "A stroll."
        row(rows, "vocabularies", vocabulary="event_type", code="talks")["label"] = "A talk"

    after = with_rows(old, redefine)
    found = {c.row_key: (c.change, c.level) for c in diff(old, after)}
    assert found == {
        "event_type|visit": ("meaning-changed", "major"),
        "event_type|talks": ("value-changed", "patch"),
    }
    assert {c.change for c in diff(old, after, ["event_type:visit"])} == {"clarified", "value-changed"}


def test_another_score_of_a_code_is_no_clarification(old: Package) -> None:
    def score(rows: Rows) -> None:
        row(rows, "vocabularies", vocabulary="stance", code="supports")["score"] = -2.0

    [found] = diff(old, with_rows(old, score), ["stance:supports"])
    assert (found.change, found.level, found.new_value) == ("meaning-changed", "major", "-2")


def test_a_code_or_record_that_is_gone_is_major(old: Package) -> None:
    def drop(rows: Rows) -> None:
        rows["vocabularies"].remove(row(rows, "vocabularies", vocabulary="event_type", code="abuse"))
        rows["places"].remove(row(rows, "places", place_id="pl-lindos"))

    changes = diff(old, after := with_rows(old, drop))
    assert [(c.table_name, c.row_key, c.level) for c in changes] == [
        ("places", "pl-lindos", "major"),
        ("vocabularies", "event_type|abuse", "major"),
    ]
    assert json.loads(changes[0].old_value or "")["name"] == "Lindos"
    assert vanished(old, after) == [("places", "pl-lindos")]


def test_an_id_that_was_redirected_has_not_vanished(old: Package) -> None:
    reason = "It was registered twice."

    def merge(rows: Rows) -> None:
        rows["places"].remove(row(rows, "places", place_id="pl-lindos"))
        told = {"old_id": "pl-lindos", "record_table": "places", "new_id": "pl-port-lindos"}
        rows["redirects"].append({**told, "reason": reason, "since": "2.0.0"})

    changes = diff(old, after := with_rows(old, merge))
    assert [(c.table_name, c.change, c.level, c.new_value, c.reason) for c in changes] == [
        ("places", "row-removed", "major", "pl-port-lindos", reason),
        ("redirects", "row-added", "minor", changes[1].new_value, None),
    ]
    assert vanished(old, after) == []


def test_an_id_that_was_redirected_twice_leads_to_the_record_at_the_end(old: Package) -> None:
    def merge(rows: Rows) -> None:
        rows["places"].remove(row(rows, "places", place_id="pl-lindos"))
        for one, other in (("pl-lindos", "pl-isle"), ("pl-isle", "pl-port-lindos")):
            told = {"old_id": one, "record_table": "places", "new_id": other, "since": "2.0.0"}
            rows["redirects"].append({**told, "reason": f"{one} was registered twice."})

    changes = diff(old, after := with_rows(old, merge))
    [removed] = [c for c in changes if c.table_name == "places"]
    assert (removed.new_value, removed.reason) == ("pl-port-lindos", "pl-lindos was registered twice.")
    assert vanished(old, after) == []
    assert (after.current("pl-lindos"), after.current("pl-isle")) == ("pl-port-lindos",) * 2


def test_a_circle_of_redirects_in_a_package_is_damage(old: Package) -> None:
    def turn(rows: Rows) -> None:
        for one, other in (("pl-a", "pl-b"), ("pl-b", "pl-a")):
            told = {"old_id": one, "record_table": "places", "new_id": other, "since": "2.0.0"}
            rows["redirects"].append({**told, "reason": "It was the same."})

    with pytest.raises(Damaged) as caught:
        with_rows(old, turn).current("pl-a")
    assert [str(p) for p in caught.value.problems] == [
        "data/redirects.parquet:1:1: T42 redirects pl-a: its redirects lead back to it; get the release again"
    ]


def test_an_id_whose_redirect_is_gone_has_vanished(old: Package) -> None:
    told = {"old_id": "pl-lindum", "record_table": "places", "new_id": "pl-lindos", "since": "1.0.0"}
    before = with_rows(old, lambda rows: rows["redirects"].append({**told, "reason": "It was misspelt."}))
    [change] = diff(before, old)
    assert (change.table_name, change.change, change.level) == ("redirects", "row-removed", "major")
    assert vanished(before, old) == [("places", "pl-lindum")]
    assert vanished(before, without(before, "redirects")) == [("places", "pl-lindum")]


def test_an_id_that_is_gone_with_a_changed_key_has_vanished(old: Package) -> None:
    fewer = with_rows(old, lambda rows: rows["places"].remove(row(rows, "places", place_id="pl-lindos")))
    after = with_schema(fewer, "places", lambda d: d.update(primaryKey=["place_id", "name"]))
    assert vanished(old, after) == [("places", "pl-lindos")]


def test_a_new_row_is_minor_and_comes_with_the_claims_behind_it(old: Package) -> None:
    fewer = with_rows(old, lambda rows: rows["events"].remove(row(rows, "events", event_id=VISIT)))
    [found] = diff(fewer, old)
    assert (found.table_name, found.change, found.level, found.row_key) == (
        "events",
        "row-added",
        "minor",
        VISIT,
    )
    assert [place.partition(":")[0] for place in found.grounds] == ["src-alpha", "src-beta"]
    assert json.loads(found.new_value or "")["event_id"] == VISIT


def test_a_corrected_value_is_a_patch_and_comes_with_the_claims_that_agree(old: Package) -> None:
    def correct(rows: Rows) -> None:
        row(rows, "events", event_id=VISIT).update(
            date="2031-05-03", sectors=["energy", "trade"], title="Other"
        )

    after = with_rows(old, correct)
    found = {c.column_name: c for c in diff(old, after)}
    was = row({"events": old.rows("events").to_pylist()}, "events", event_id=VISIT)
    assert set(found) == {"date", "sectors", "title"}
    assert {c.level for c in found.values()} == {"patch"}
    assert (found["date"].old_value, found["date"].new_value) == (was["date"], "2031-05-03")
    assert (found["sectors"].old_value, found["sectors"].new_value) == (
        ";".join(was["sectors"]) if was["sectors"] else None,
        "energy;trade",
    )
    claims = [c for c in old.rows("claims").to_pylist() if c["record_id"] == VISIT and c["field"] == "date"]
    agreeing = {f"{c['source_id']}:L{c['line']}.{c['char_start']}" for c in claims if c["agrees"]}
    assert {place.rpartition("-")[0] for place in found["date"].grounds} == agreeing
    assert found["title"].grounds == ()
    assert least("1.2.3", diff(old, after)) == "1.2.4"


def test_a_value_that_is_gone_comes_with_the_claims_that_it_had(old: Package) -> None:
    def drop(rows: Rows) -> None:
        row(rows, "events", event_id=VISIT)["date"] = None
        rows["claims"] = [c for c in rows["claims"] if (c["record_id"], c["field"]) != (VISIT, "date")]

    [gone] = [c for c in diff(old, with_rows(old, drop)) if c.table_name == "events"]
    assert (gone.new_value, gone.level) == (None, "patch")
    assert len(gone.grounds) == 2


def test_the_ruling_by_which_a_value_stands_is_told(old: Package) -> None:
    ruling: dict[str, Any] = {
        "record_table": "events",
        "record_id": VISIT,
        "field": "date",
        "chosen_value": "2031-05-03",
    }
    ruling |= {"reason": "The ministry was there.", "decided": None}

    def rule(rows: Rows) -> None:
        row(rows, "events", event_id=VISIT)["date"] = "2031-05-03"
        rows["rulings"].append({**ruling, "rejected_values": ["2031-05-04"]})

    [found] = [c for c in diff(old, with_rows(old, rule)) if c.table_name == "events"]
    assert found.reason == "The ministry was there."


def test_a_part_or_claim_that_took_the_place_of_another_is_a_correction(old: Package) -> None:
    def correct(rows: Rows) -> None:
        part = row(rows, "event_actors", event_id=VISIT, role="visitor")
        assert part["actor_id"] == "ada-quill"
        part["actor_id"] = "bo-ren"
        claim = row(rows, "claims", record_id=VISIT, field="actors.visitor", source_id="src-alpha")
        claim.update(claim_id="c-" + "0" * 16, value="bo-ren")

    changes = diff(old, with_rows(old, correct))
    parts = [c for c in changes if c.table_name == "event_actors"]
    assert [(c.column_name, c.old_value, c.new_value) for c in parts] == [("actor_id", "ada-quill", "bo-ren")]
    assert [c.column_name for c in changes if c.table_name == "claims"] == ["claim_id", "value"]
    assert {c.level for c in changes} == {"patch"}
    assert parts[0].grounds[0].startswith("src-alpha:L")


def test_of_several_at_one_place_the_most_alike_is_the_one_that_was_corrected(old: Package) -> None:
    part = {"event_id": VISIT, "role": "delegate", "side": "source"}
    others = ["the-alpha", "the-beta"]

    def name(ids: list[str]) -> Callable[[Rows], None]:
        return lambda rows: rows["event_actors"].extend({**part, "actor_id": i} for i in ids)

    changes = diff(with_rows(old, name(others)), with_rows(old, name([f"{o}-2" for o in reversed(others)])))
    found = {(c.old_value, c.new_value) for c in changes}
    assert found == {("the-alpha", "the-alpha-2"), ("the-beta", "the-beta-2")}


def test_a_text_that_was_corrected_is_told_from_those_that_only_changed_their_number(old: Package) -> None:
    term: dict[str, Any] = {"agreement_id": "ag-ferry", "term": "component", "value": None, "unit": None}

    def numbered(texts: list[str]) -> Callable[[Rows], None]:
        return lambda rows: rows["agreement_terms"].extend(
            {**term, "sequence": n, "text": text} for n, text in enumerate(texts, 1)
        )

    changes = diff(
        with_rows(old, numbered(["a pier in Arden", "the pier of Lindos"])),
        with_rows(old, numbered(["pier of Lindos", "a pier in Arden"])),
    )
    assert {(c.column_name, c.old_value, c.new_value) for c in changes} == {
        ("text", "the pier of Lindos", "pier of Lindos"),
        ("sequence", "2", "1"),
        ("sequence", "1", "2"),
    }


def test_a_helper_row_comes_with_its_claims(old: Package) -> None:
    def drop(rows: Rows) -> None:
        for name in (
            "event_actors",
            "event_details",
            "agreement_milestones",
            "agreement_terms",
            "actor_roles",
        ):
            rows[name].clear()

    changes = diff(with_rows(old, drop), old)
    assert {c.table_name for c in changes} > {"event_actors", "agreement_milestones", "actor_roles"}
    for change in changes:
        assert change.grounds, change
    known = {
        f"{c['source_id']}:L{c['line']}.{c['char_start']}-{c['char_end']}~{c['span_sha256']}"
        for c in old.rows("claims").to_pylist()
    }
    assert {place for change in changes for place in change.grounds} <= known


def test_a_figure_comes_with_the_claims_that_give_it_and_not_with_those_of_its_number(old: Package) -> None:
    [claim] = [c for c in old.rows("claims").to_pylist() if c["record_id"] == VISIT and c["field"] == "date"][
        :1
    ]
    key = {"event_id": VISIT, "detail": "ministers"}

    def count(rows: Rows) -> None:
        for number, value in ((1, 2), (2, 5)):
            rows["event_details"].append({**key, "sequence": number, "value": float(value), "unit": "person"})
            told = {"claim_id": f"c-{number:016}", "field": "details.ministers", "value": str(value)}
            rows["claims"].append({**claim, **told, "line": number})

    counted = [c for c in diff(old, with_rows(old, count)) if c.table_name == "event_details"]
    assert [[p.partition(".")[0] for p in c.grounds] for c in counted] == [["src-alpha:L1"], ["src-alpha:L2"]]


def test_a_step_comes_with_its_own_claims_and_not_with_those_of_the_next_of_its_kind(old: Package) -> None:
    claims = old.rows("claims").to_pylist()
    claim = next(c for c in claims if c["record_table"] == "agreements")
    key = {"agreement_id": claim["record_id"], "milestone": "amended"}

    def renew(rows: Rows) -> None:
        for number, field, value in (
            *((1, "milestones", "amended"), (2, "milestones.amended.date", "2030")),
            (3, "milestones.amended.2.date", "2031"),
        ):
            told = {"claim_id": f"c-{number:016}", "field": field, "value": value, "line": number}
            rows["claims"].append({**claim, **told})
        rows["agreement_milestones"] += [{**key, "sequence": 1}, {**key, "sequence": 2}]

    steps = [c for c in diff(old, with_rows(old, renew)) if c.table_name == "agreement_milestones"]
    lines = [{p.partition(".")[0].partition(":")[2] for p in c.grounds} for c in steps]
    assert lines == [{"L1", "L2"}, {"L3"}]


def test_an_edition_whose_claims_tell_less_is_compared(old: Package) -> None:
    def drop(name: str) -> Callable[[dict[str, Any]], None]:
        return lambda d: d.update(fields=[f for f in d["fields"] if f["name"] != name])

    after = with_rows(old, lambda rows: row(rows, "events", event_id=VISIT).update(date="2031-05-03"))
    for name, grounds in (("agrees", 2), ("field", 0)):
        changes = diff(old, with_schema(after, "claims", drop(name)))
        [found] = [c for c in changes if c.table_name == "events"]
        assert len(found.grounds) == grounds


@settings(deadline=None)
@given(data=st.data())
def test_every_cell_that_differs_is_told_and_no_other(data: st.DataObject, old: Package) -> None:
    name = data.draw(
        st.sampled_from(["sources", "passages", "actors", "places", "events", "reactions", "claims"])
    )
    schema = old.tables[name]
    columns = [
        c
        for c in schema.columns
        if c.type in ("string", "integer", "boolean") and c.name not in schema.primary_key
    ]
    wanted: dict[tuple[int, str], Any] = {}
    new_value = {
        "string": st.text("abc;|\n", min_size=1),
        "integer": st.integers(0, 9),
        "boolean": st.booleans(),
    }
    for _ in range(data.draw(st.integers(0, 4))):
        chosen = data.draw(st.sampled_from(columns))
        place = data.draw(st.integers(0, old.rows(name).num_rows - 1))
        wanted[place, chosen.name] = data.draw(st.none() | new_value[chosen.type])

    def change(rows: Rows) -> None:
        for (place, column_name), value in wanted.items():
            rows[name][place][column_name] = value

    old = packaged({name: schema}, {name: old.rows(name)})
    new = with_rows(old, change)
    before, after = old.rows(name).to_pylist(), new.rows(name).to_pylist()
    differ = {
        ("|".join(map(str, (one[k] for k in schema.primary_key))), c)
        for one, other in zip(before, after)
        for c in schema.names
        if one[c] != other[c]
    }
    found = [c for c in diff(old, new) if c.change == "value-changed"]
    assert {(c.row_key, c.column_name) for c in found} == differ
    assert len(found) == len(differ)


VERSIONS = st.tuples(*[st.integers(0, 30)] * 3)


@given(VERSIONS, st.lists(st.sampled_from(["patch", "minor", "major"]), min_size=1))
def test_the_least_version_is_the_next_of_the_weightiest_change(
    numbers: tuple[int, ...], levels: list[str]
) -> None:
    version = ".".join(map(str, numbers))
    found = tuple(map(int, least(version, [Change("events", "x", level) for level in levels]).split(".")))
    assert found > numbers
    at = 0 if "major" in levels else 1 if "minor" in levels else 2
    assert found[:at] == numbers[:at]
    assert found[at] == numbers[at] + 1
    assert not any(found[at + 1 :])


EVENTS = "seeds/registry/events.yaml"
EDITIONS: list[Step] = [
    {"run": "mmru build"},
    {"commit": "everything"},
    {"tag": "v0.1.0"},
    {"edit": EVENTS, "old": "title: Visit of", "new": "title: Journey of"},
    {"run": "mmru build"},
]


@pytest.fixture
def editions(snapshots: Snapshots, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose tag v0.1.0 is one edition, and whose folder is another, with a title changed."""
    return fresh(snapshots.after(EDITIONS, command) / "dataset", tmp_path, monkeypatch)


SAID = f"""\
events {VISIT} title: value-changed (patch)
    - Visit of Ada Quill to Lindos
    + Journey of Ada Quill to Lindos
0.1.0 to 0.1.0: 1 change; the next version is at least 0.1.1 (patch).
"""


def zipped(folder: Path, path: Path) -> Path:
    """The data of a folder as the archive of a release."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in [folder / "datapackage.json", *sorted((folder / "data").iterdir())]:
            archive.write(file, f"release/{file.relative_to(folder)}")
    return path


def test_a_version_a_revision_a_folder_and_an_archive_are_compared(
    editions: Path, mmru: Run, tmp_path: Path
) -> None:
    archive = zipped(editions, tmp_path / "new.zip")
    kept = tmp_path / "kept"
    subprocess.run(["git", "worktree", "add", "-q", kept, "HEAD"], cwd=editions, check=True)
    names = [("0.1.0", "."), ("v0.1.0", "."), ("HEAD", "."), (str(kept), "."), ("0.1.0", str(archive))]
    for old_name, new_name in names:
        told = mmru("diff", old_name, new_name)
        assert (told.exit_code, told.output) == (0, SAID)
    assert mmru("diff", "0.1.0", "0.1.0").output == "0.1.0 to 0.1.0: nothing changed.\n"


def test_a_version_is_found_among_the_archives_of_releases(editions: Path, mmru: Run) -> None:
    (editions / "dist").mkdir()
    shutil.move(zipped(editions, editions / "new.zip"), editions / "dist/small-0.1.1.zip")
    assert mmru("diff", "0.1.0", "0.1.1").output == SAID
    refused = mmru("diff", "0.1.0", "0.1.2")
    assert refused.exit_code == 1
    assert refused.output.startswith(
        "0.1.2:1:1: L01 is not a release of the dataset; did you mean '0.1.1'?\n"
    )


def head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD").decode().strip()


@pytest.fixture(scope="module")
def with_record(snapshots: Snapshots, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository of `editions` without its tag: the record of 0.1.0 names the commit. For reading only."""
    root = tmp_path_factory.mktemp("with_record") / "dataset"
    shutil.copytree(snapshots.after(EDITIONS, command) / "dataset", root)
    git(root, "tag", "--delete", "v0.1.0")
    with chdir(root):
        assert command("changes").exit_code == 0
        record = root / "seeds/releases/0.1.0.yaml"
        text = record.read_text("utf-8").replace("notes:\n", "notes: Made up for the tests.\n")
        record.write_text(
            text.replace("clarified: []\n", f'clarified: []\ncommit: "{head(root)}"\n'), "utf-8"
        )
        assert command("build").exit_code == 0
    commit(root)
    return root


@pytest.fixture
def untagged(with_record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh copy of the repository `with_record`, as the current folder."""
    return fresh(with_record, tmp_path, monkeypatch)


def test_a_release_without_a_tag_is_found_by_the_commit_in_its_record(
    untagged: Path, mmru: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mmru("diff", "0.1.0", ".").output == SAID
    subprocess.run(["git", "clone", "-q", untagged, tmp_path / "clone"], check=True)
    monkeypatch.chdir(tmp_path / "clone")
    assert mmru("diff", "0.1.0", ".").output == SAID
    # a tag comes first
    git(Path(), "tag", "v0.1.0")
    assert mmru("diff", "0.1.0", ".").output == "0.1.0 to 0.1.0: nothing changed.\n"


@pytest.mark.parametrize("written", ["{}", "'{}'", '"{}"  # the first one', '"{}"\r'])
def test_the_commit_is_found_however_yaml_writes_it(untagged: Path, mmru: Run, written: str) -> None:
    record = untagged / "seeds/releases/0.1.0.yaml"
    named = re.findall('commit: "(.+)"', record.read_text("utf-8"))[0]
    record.write_bytes(record.read_bytes().replace(f'"{named}"'.encode(), written.format(named).encode()))
    assert mmru("diff", "0.1.0", ".").output == SAID


def test_the_commit_of_a_release_is_kept_and_shown(untagged: Path, mmru: Run) -> None:
    record = untagged / "seeds/releases/0.1.0.yaml"
    before = record.read_text("utf-8")
    assert mmru("changes").exit_code == 0
    assert record.read_text("utf-8") == before
    [named] = re.findall('commit: "(.+)"', before)
    assert (untagged / "CHANGELOG.md").read_text("utf-8").endswith(f".\n\nCommit: `{named}`.\n")


def test_a_commit_that_the_clone_does_not_have_is_named(
    untagged: Path, mmru: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [named] = re.findall('commit: "(.+)"', (untagged / "seeds/releases/0.1.0.yaml").read_text("utf-8"))
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth", "1", untagged.as_uri(), shallow], check=True)
    monkeypatch.chdir(shallow)
    assert mmru("diff", "0.1.0", ".").output == (
        f"0.1.0:1:1: L01 is the commit {named[:12]}, which is not in this repository; fetch the whole history "
        "with git fetch --unshallow, or name the archive of the release\n1 problem\n"
    )
    # an archive of the release serves as well
    (shallow / "dist").mkdir()
    zipped(untagged, shallow / "dist/small-0.1.0.zip")
    assert mmru("diff", "0.1.0", ".").output == "0.1.0 to 0.1.0: nothing changed.\n"
    git(shallow, "fetch", "-q", "--unshallow")
    assert mmru("diff", "0.1.0", ".").output == SAID
    refused = mmru("diff", "0.1.1", ".")
    assert refused.output.startswith(
        "0.1.1:1:1: L01 is not a release of the dataset; did you mean '0.1.0'?\n"
    )


@pytest.mark.parametrize("written", ['"abc"', "main", '"' + "A" * 40 + '"'])
def test_what_is_no_commit_is_refused(untagged: Path, mmru: Run, written: str) -> None:
    record = untagged / "seeds/releases/0.1.0.yaml"
    record.write_text(re.sub('commit: ".+"', f"commit: {written}", record.read_text("utf-8")), "utf-8")
    shown = written.strip('"')
    assert mmru("check").stderr.splitlines()[0] == (
        f"seeds/releases/0.1.0.yaml:6:9: R09 '{shown}' has the wrong form; "
        "write the 40 hexadecimal digits that git rev-parse prints"
    )
    assert "0.1.0:1:1: L01 is not a release of the dataset; " in mmru("diff", "0.1.0", ".").output


def test_a_commit_entered_after_the_tag_is_no_other_release(untagged: Path, mmru: Run) -> None:
    record = untagged / "seeds/releases/0.1.0.yaml"
    with_commit = record.read_text("utf-8")
    record.write_text(re.sub("commit: .+\n", "", with_commit), "utf-8")
    commit(untagged)
    git(untagged, "tag", "v0.1.0")
    record.write_text(with_commit, "utf-8")
    assert (
        mmru("changes").output
        == "seeds/releases/0.1.0.yaml: 0 changes, the first release; now run mmru build\n"
    )
    record.write_text(with_commit.replace("Made up", "Made up again"), "utf-8")
    assert "L05 0.1.0 was released with other content, as the tag v0.1.0" in mmru("changes").output


def test_each_recorded_release_can_be_opened_and_is_the_recorded_one() -> None:
    for path in (ROOT / "seeds/releases").glob("*.yaml"):
        record: Any = yaml_rs.loads(path.read_text("utf-8"), parse_datetime=False)
        if not find_commit(ROOT, f"v{record['version']}"):
            if "commit" not in record:
                continue  # the release is being made
            if not find_commit(ROOT, record["commit"]):
                not_here(f"{path.name}: its commit is not in this clone: run git fetch --unshallow")
        assert fingerprint(open_package(record["version"], ROOT)) == record["fingerprint"]


def test_what_changed_for_programs_and_as_markdown(editions: Path, mmru: Run) -> None:
    told = json.loads(mmru("diff", "0.1.0", ".", "--format", "json").output)
    value = {"old_value": "Visit of Ada Quill to Lindos", "new_value": "Journey of Ada Quill to Lindos"}
    place = {"table_name": "events", "row_key": VISIT, "column_name": "title"}
    assert told == {
        **{"old": "0.1.0", "new": "0.1.0", "level": "patch", "least_version": "0.1.1"},
        "changes": [{**place, **value, "change": "value-changed", "level": "patch"}],
    }
    assert mmru("diff", "0.1.0", ".", "--format", "markdown").output == (
        "## 0.1.0 to 0.1.0\n\n1 change; the next version is at least 0.1.1 (patch).\n\n### Changed\n\n"
        f"- `events` `{VISIT}` `title`: value changed, `Visit of Ada Quill to Lindos` to "
        "`Journey of Ada Quill to Lindos`\n\n"
        "| table | change | number |\n| --- | --- | --- |\n| events | value-changed | 1 |\n\n"
    )


def test_an_old_archive_without_a_table_is_compared(editions: Path, mmru: Run, tmp_path: Path) -> None:
    package = json.loads((editions / "datapackage.json").read_text("utf-8"))
    package["resources"] = [r for r in package["resources"] if not r["name"].startswith("adjudications")]
    shutil.copytree(editions / "data", tmp_path / "old/data")
    (tmp_path / "old/datapackage.json").write_text(json.dumps(package), "utf-8")
    told = mmru("diff", str(zipped(tmp_path / "old", tmp_path / "old.zip")), ".")
    assert told.output.startswith("adjudications: table-added (minor)\n")
    assert told.exit_code == 0


def damaged(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {n: archive.read(n) for n in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("data/events.parquet", lambda b: b[:-1] + b"x", "V03 has been changed: its SHA-256 is "),
        ("data/events.parquet", lambda b: b[:100], "V02 has 100 bytes instead of "),
        ("datapackage.json", lambda b: b[:100], "V05 cannot be understood: JSONDecodeError "),
        ("datapackage.json", lambda b: b"[]", "V05 cannot be understood: TypeError "),
    ],
)
def test_a_damaged_archive_names_the_file(
    editions: Path, mmru: Run, tmp_path: Path, name: str, change: Callable[[bytes], bytes], message: str
) -> None:
    archive = zipped(editions, tmp_path / "old.zip")
    damaged(archive, f"release/{name}", change)
    refused = mmru("diff", str(archive), ".")
    assert refused.exit_code == 1
    assert refused.output.startswith(f"{archive}/{name}:1:1: {message}")
    assert refused.output.count("\n") == 2


def test_an_archive_without_a_file_that_it_lists_names_it(editions: Path, mmru: Run, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    shutil.copytree(editions / "data", kept / "data")
    shutil.copy(editions / "datapackage.json", kept)
    (kept / "data/claims.parquet").unlink()
    refused = mmru("diff", str(zipped(kept, tmp_path / "old.zip")), ".")
    assert refused.output.startswith(
        f"{tmp_path}/old.zip/data/claims.parquet:1:1: V01 is missing; get the release again\n"
    )


def test_what_is_no_archive_is_said_to_be_none(editions: Path, mmru: Run) -> None:
    Path("cut.zip").write_bytes(zipped(editions, Path("whole.zip")).read_bytes()[:5000])
    refused = mmru("diff", "cut.zip", ".")
    assert (
        refused.output
        == "cut.zip:1:1: V05 is not a zip archive that can be read: File is not a zip file; get it again\n1 problem\n"
    )


def forged(archive: Path, name: str, content: bytes) -> None:
    """Put another file into an archive, and make the descriptor fit it."""
    damaged(archive, f"release/{name}", lambda _: content)

    def rehash(written: bytes) -> bytes:
        package = json.loads(written)
        [listed] = [f for f in data_files(package["resources"]) if f["path"] == name]
        listed |= {"bytes": len(content), "hash": f"sha256:{sha256(content).hexdigest()}"}
        return json.dumps(package).encode()

    damaged(archive, "release/datapackage.json", rehash)


@pytest.mark.parametrize(
    "cells",
    [[{"a": 1}], [[{"a": 1}]], [b"\xff"], [1], [None]],
    ids=["struct", "list", "bytes", "int", "null"],
)
def test_a_table_that_is_whole_but_of_other_types_is_named(
    editions: Path, mmru: Run, tmp_path: Path, cells: list[Any]
) -> None:
    archive = zipped(editions, tmp_path / "old.zip")
    rows = pq.read_table(editions / "data/events.parquet")
    written = io.BytesIO()
    pq.write_table(rows.set_column(0, "event_id", pa.array(cells * rows.num_rows)), written)
    forged(archive, "data/events.parquet", written.getvalue())
    message = f"{archive}/data/events.parquet:1:1: V09 has other columns or types than its schema; get the release again\n"
    assert mmru("diff", str(archive), ".").output == f"{message}1 problem\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.update(version="soon"), "ValueError 'soon' is not a version"),
        (lambda p: p.update(version="1.0"), "ValueError '1.0' is not a version"),
        (
            lambda p: p["resources"][0]["schema"].update(primaryKey=["nothing"]),
            "ValueError the key of sources is not one of its columns",
        ),
        (
            lambda p: p["resources"][0]["schema"]["fields"][0].update(type="geopoint"),
            "ValueError sources.source_id has the unknown type 'geopoint'",
        ),
        (
            lambda p: p["resources"][0]["schema"]["fields"][0].update(constraints="x"),
            "ValueError the constraints of sources.source_id are not an object",
        ),
    ],
)
def test_a_descriptor_that_makes_no_sense_is_named(
    editions: Path, mmru: Run, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    package = json.loads((editions / "datapackage.json").read_text("utf-8"))
    change(package)
    (editions / "datapackage.json").write_text(json.dumps(package), "utf-8")
    (editions / "SHA256SUMS").unlink()
    refused = mmru("diff", ".", "v0.1.0")
    assert refused.output.startswith(f"./datapackage.json:1:1: V05 cannot be understood: {message}")


def test_an_empty_name_is_no_edition(editions: Path, mmru: Run) -> None:
    assert mmru("diff", "", ".").output.startswith(":1:1: L01 is not a release of the dataset; ")


@settings(deadline=None)
@given(noise=st.binary(max_size=60), at=st.integers(0, 10**6))
def test_no_damage_to_an_archive_ends_in_a_traceback(
    noise: bytes, at: int, sound_archive: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("noise") / "a.zip"
    at %= len(sound_archive)
    path.write_bytes(sound_archive[:at] + noise + sound_archive[at + len(noise) :])
    with suppress(InvalidDataset):
        open_package(str(path), path.parent)


@pytest.fixture(scope="module")
def sound_archive(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    from mmru.pipeline.write import files, write

    folder = tmp_path_factory.mktemp("archive")
    write(folder, files(dataset))
    return zipped(folder, folder / "whole.zip").read_bytes()
