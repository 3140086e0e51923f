"""datapackage.json: frictionless writes it, finds the package valid, and names what is wrong."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from conftest import ROOT
from frictionless import Package, system
from mmru.export.descriptor import frictionless_errors
from mmru.model.schema import Schemas
from mmru.pipeline.build import Dataset
from mmru.pipeline.write import files
from mmru.seeds.reader import read_schemas
from mmru.verify import data_files

PACKAGE = "datapackage.json"


def errors(folder: Path) -> list[str]:
    return [f"{path}: {message}" for path, message in frictionless_errors(folder)]


@pytest.fixture(scope="session")
def built(dataset: Dataset) -> Mapping[str, bytes]:
    """The files of the small dataset."""
    return files(dataset)


@pytest.fixture
def whole(built: Mapping[str, bytes], tmp_path: Path) -> Path:
    """The package of the small dataset."""
    (tmp_path / "data").mkdir()
    for path, content in built.items():
        if path == PACKAGE or path.startswith("data/"):
            (tmp_path / path).write_bytes(content)
    return tmp_path


@pytest.fixture
def folder(whole: Path) -> Path:
    """A package of one table, which is quick to validate, to spoil."""
    package = json.loads((whole / PACKAGE).read_bytes())
    package["resources"] = [r for r in package["resources"] if r["path"].startswith("data/places.")]
    (whole / PACKAGE).write_text(json.dumps(package), "utf-8")
    return whole


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    return read_schemas(ROOT)


def test_the_small_package_is_valid(whole: Path) -> None:
    assert errors(whole) == []


@pytest.mark.slow
def test_the_committed_package_is_valid() -> None:
    assert errors(ROOT) == []


def test_it_is_the_descriptor_that_frictionless_writes_of_it(whole: Path) -> None:
    with system.use_context(standards="v1"):
        package = Package.from_descriptor(str(whole / PACKAGE))
        written = json.dumps(package.to_descriptor(), ensure_ascii=False, indent=2) + "\n"
    assert (whole / PACKAGE).read_text("utf-8") == written


def test_every_table_has_a_resource_with_its_schema_that_lists_both_of_its_files(
    built: Mapping[str, bytes], schemas: Schemas
) -> None:
    resources = json.loads(built[PACKAGE])["resources"]
    listed = list(data_files(resources))
    assert [f["path"] for f in listed] == [
        f"data/{name}.{kind}" for name in schemas.tables for kind in ("csv", "parquet")
    ]
    for file in listed:
        content = built[file["path"]]
        assert file["bytes"] == len(content)
        assert file["hash"] == f"sha256:{sha256(content).hexdigest()}"
    for resource, table in zip(resources, schemas.tables.values(), strict=True):
        assert resource["type"] == "table"
        assert resource["schema"] == table.descriptor
        assert resource["rows"] == len([*csv.DictReader(built[resource["path"]].decode().splitlines(True))])


@pytest.mark.slow
def test_the_bytes_do_not_depend_on_the_hash_seed(small: Path, built: Mapping[str, bytes]) -> None:
    program = (
        "import sys; from pathlib import Path; from mmru.pipeline.build import build; "
        "from mmru.pipeline.write import files; "
        f"sys.stdout.buffer.write(files(build(Path.cwd()))[{PACKAGE!r}])"
    )
    for seed in ("1", "77"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        ran = subprocess.run(
            [sys.executable, "-c", program], cwd=small, env=env, capture_output=True, check=True
        )
        assert ran.stdout == built[PACKAGE]


@pytest.mark.slow
def test_nothing_imports_frictionless_before_it_is_needed() -> None:
    program = "import sys, mmru.pipeline.write; sys.exit('frictionless' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# For each kind of error: a text in data/places.csv, what replaces it, and what frictionless reports.
PLACES = "data/places.csv"
ERRORS = {
    "code": (
        ",city,",
        ",town,",
        'The cell "town" in row at position "3" and field "kind" at position "3" does not conform to a '
        "constraint: constraint \"enum\" is \"['country', 'region', 'city', 'building', 'zone']\"",
    ),
    "foreign key": (
        "pl-lindos,Lindos",
        "pl-rhodes,Lindos",
        'Row at position "3" violates the foreign key: for "part_of_place_id": values "pl-lindos" not found in '
        'the lookup table "places" as "place_id"',
    ),
    "primary key": (
        "\npl-port-lindos",
        "\npl-lindos",
        'Row at position "3" violates the primary key: the same as in the row at position 2',
    ),
    "size": (
        "Lindos,",
        "Lindos!,",
        'The data source does not match the expected byte count: expected is "165" and actual is "166"',
    ),
    "header": (
        "place_id,name",
        "place_id,title",
        'Label "title" in field name at position "2" does not match the field name in the schema',
    ),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_an_error_in_a_table_is_one_line(kind: str, folder: Path) -> None:
    old, new, message = ERRORS[kind]
    path = folder / PLACES
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    found = errors(folder)
    assert f"{PLACES}: {message}" in found
    assert any("expected hash" in line for line in found)
    assert all("\n" not in line for line in found)


def test_a_changed_byte_is_found_by_its_hash(folder: Path) -> None:
    path = folder / PLACES
    path.write_bytes(path.read_bytes()[:-2] + b"x" + path.read_bytes()[-1:])
    assert any("expected hash" in line for line in errors(folder) if PLACES in line)


@pytest.mark.parametrize("name", [PACKAGE, PLACES])
def test_a_missing_file_is_named(name: str, folder: Path) -> None:
    (folder / name).unlink()
    assert any(name in line and "No such file" in line for line in errors(folder))


def test_a_table_with_too_many_errors_to_check_its_hash_says_so(folder: Path) -> None:
    with (folder / PLACES).open("a") as file:
        file.write("x,y,z\n" * 1000)
    found = [line for line in errors(folder) if line.startswith(PLACES)]
    assert len(found) == 1001
    assert found[-1] == f"{PLACES}: reached error limit: 1000"


CONTENT = [b"", b"\xff\xfe", b"null", b"[]", b'"x"', b"[" * 100_000, b"{}"]
# places in the descriptor, with values of a wrong form; for some frictionless raises errors of Python
VALUES: list[tuple[tuple[str | int, ...], object]] = [
    (("resources",), "x"),
    (("resources", 0), 5),
    (("resources", 0, "path"), ""),
    (("resources", 0, "path"), "../secret.csv"),
    (("resources", 0, "path"), "/etc/passwd"),
    (("resources", 0, "hash"), 5),
    (("resources", 0, "hash"), "sha256:0"),
    (("resources", 0, "bytes"), 1),
    (("resources", 0, "schema", "fields"), [1]),
    (("resources", 0, "schema", "fields", 0, "type"), "lists"),
    (("resources", 0, "schema", "foreignKeys"), True),
    (("resources", 0, "extrapaths"), [1]),
    (("$schema",), 5),
    (("created",), "soon"),
]


@pytest.mark.parametrize("content", CONTENT, ids=lambda content: repr(content[:10]))
def test_a_file_that_is_no_descriptor_is_an_error(content: bytes, folder: Path) -> None:
    (folder / PACKAGE).write_bytes(content)
    assert errors(folder)[0].startswith(f"{PACKAGE}: ")


@pytest.mark.parametrize(("place", "value"), VALUES, ids=str)
def test_a_descriptor_with_a_wrong_value_is_an_error(
    place: tuple[str | int, ...], value: object, folder: Path
) -> None:
    with_value(folder, place, value)
    assert errors(folder)


@pytest.mark.parametrize(
    "changes",
    [
        {("resources", 0, "path"): "x.csv", ("resources", 0, "scheme"): "http"},
        {("resources", 0, "schema"): "http://127.0.0.1:9/x.json"},
        {("profile",): "http://127.0.0.1:9/x.json"},
    ],
    ids=["data", "schema", "profile"],
)
def test_nothing_is_fetched_from_the_network(
    changes: dict[tuple[str | int, ...], object], folder: Path
) -> None:
    for place, value in changes.items():
        with_value(folder, place, value)
    found = errors(folder)
    assert any("No connection adapters" in line or "No scheme supplied" in line for line in found), found


def with_value(folder: Path, place: tuple[str | int, ...], value: object) -> None:
    """Put a value at a place of the descriptor."""
    package = json.loads((folder / PACKAGE).read_bytes())
    inner: Any = package
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    (folder / PACKAGE).write_text(json.dumps(package), "utf-8")


def test_a_schema_that_frictionless_rejects_stops_the_build(
    small: Path, mmru: Callable[..., Result], spoil: Callable[[str, str, str], None]
) -> None:
    spoil("schemas/places.json", '"missingValues": [\n    ""\n  ]', '"missingValues": "x"')
    built = mmru("build")
    assert built.exit_code == 1
    assert built.stderr.splitlines()[0] == (
        "schemas/places.json:1:1: S02 Schema is not valid: 'x' is not valid under any of the given schemas "
        "at property 'missingValues'; correct it"
    )
    assert not (small / "data").exists()
