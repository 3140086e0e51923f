"""mmru check PATH: both formats are compared, and a problem of a CSV file has the line of the file."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from conftest import command
from mmru.checks.package import MOST
from mmru.io.arrow import to_arrow
from mmru.io.tables import to_csv, to_parquet
from mmru.pipeline.build import Dataset
from steps import NOT_COPIED, Snapshots

Run = Callable[..., Result]
Change = Callable[[bytes], bytes]
AGAIN = "; get the release again"


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_bytes().decode()
    assert text.count(old) >= 1
    Path(path).write_bytes(text.replace(old, new, 1).encode())


def problems(result: Result) -> list[str]:
    assert result.exit_code == 1, result.output
    return result.stderr.splitlines()[:-1]


def test_the_last_line_says_what_was_read(built_small: Path, dataset: Dataset, mmru: Run) -> None:
    # tables without rows are checked in no time
    for name, table in dataset.schemas.tables.items():
        empty = to_arrow(table, [])
        Path(f"data/{name}.parquet").write_bytes(to_parquet(empty))
        Path(f"data/{name}.csv").write_bytes(to_csv(table, empty))
    descriptor = Path("datapackage.json")
    descriptor.write_text(re.sub(r'"rows": \d+', '"rows": 0', descriptor.read_text("utf-8")), "utf-8")
    shutil.copytree("data", "../data")
    assert mmru("check", ".").output == "valid: 0 rows in 22 tables; Parquet and CSV agree\n"
    for path in Path("data").glob("*.parquet"):
        path.unlink()
    assert mmru("check", ".").output == "valid: 0 rows in 22 tables; read from CSV, no Parquet\n"
    shutil.copy("../data/events.parquet", "data")
    Path("data/events.csv").unlink()
    shutil.copy("../data/actors.parquet", "data")
    assert mmru("check", ".").output.endswith(
        "; Parquet and CSV agree; no Parquet of sources, passages, actor_roles, places, event_actors, "
        "event_details, agreements, agreement_actors, …; no CSV of events\n"
    )
    shutil.rmtree("data")
    shutil.copytree("../data", "data", ignore=shutil.ignore_patterns("*.csv"))
    assert mmru("check", ".").output.endswith("; read from Parquet, no CSV\n")


def test_a_table_that_a_rule_needs_must_be_described(built_small: Path, mmru: Run) -> None:
    descriptor = json.loads(Path("datapackage.json").read_bytes())
    descriptor["resources"] = [r for r in descriptor["resources"] if r["name"] != "claims"]
    Path("datapackage.json").write_text(json.dumps(descriptor), "utf-8")
    message = "datapackage.json:1:1: V05 cannot be understood: it describes no table claims"
    assert problems(mmru("check", ".")) == [message + AGAIN]


MANY = "vocabularies"
TITLE = "Visit of Ada Quill to Lindos"
PORT = "Port Lindos"


def replaced(old: bytes, new: bytes) -> Change:
    def change(content: bytes) -> bytes:
        assert content.count(old) >= 1
        return content.replace(old, new, 1)

    return change


def of_lines(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    return lambda content: b"".join(change(content.splitlines(keepends=True)))


# a CSV file that is not its Parquet file: how it is changed, and the beginning and the end of its only problem
DIFFERENT: dict[str, tuple[Change, str, str]] = {
    "events": (
        replaced(TITLE.encode(), b"Visit"),
        f"4:1: V08 title is 'Visit', in the Parquet file '{TITLE}'{AGAIN}",
        "",
    ),
    # an opened quote
    "agreements": (
        replaced(b",Ferry between", b',"Ferry between'),
        f"2:1: V08 cannot be read: unexpected end of data{AGAIN}",
        "",
    ),
    "places": (
        replaced(b"," + PORT.encode(), b',"Port" of'),
        f"3:1: V08 cannot be read: ',' expected after '\"'{AGAIN}",
        "",
    ),
    "reactions": (replaced(b"reaction_id,actor_id", b"reaction_id,actor"), "1:1: V08 has the columns ", ""),
    "actors": (
        replaced(b"State radio", b"State radi\xe9"),
        "6:1: V08 cannot be read: 'utf-8' codec can't decode byte 0xe9",
        "",
    ),
    # a row that one side lacks
    "sources": (
        of_lines(lambda lines: [*lines[:2], *lines[3:]]),
        f"2:1: V08 the row 'src-beta' of the Parquet file is missing after this line{AGAIN}",
        "",
    ),
    MANY: (of_lines(lambda lines: [lines[0], *(b"x" + line for line in lines[1:])]), "2:1: V08 ", ""),
    "event_details": (
        of_lines(lambda lines: [*lines, lines[-1].replace(b"ev-", b"ev-z", 1)]),
        "3:1: V08 the row 'ev-zvisit-quill-lindos",
        f"' is not in the Parquet file{AGAIN}",
    ),
}


@pytest.fixture(scope="module")
def found(snapshots: Snapshots, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The problems of a package in which each of these CSV files differs from its Parquet file."""
    root = tmp_path_factory.mktemp("different") / "dataset"
    shutil.copytree(snapshots.after([{"run": "mmru build"}], command) / "dataset", root, ignore=NOT_COPIED)
    for name, (change, *_) in DIFFERENT.items():
        path = root / f"data/{name}.csv"
        path.write_bytes(change(path.read_bytes()))
    with chdir(root):
        return problems(command("check", "."))


@pytest.mark.parametrize("name", [name for name in DIFFERENT if name != MANY])
def test_a_csv_file_that_is_not_its_parquet_file_is_named_with_its_line(name: str, found: list[str]) -> None:
    _, beginning, end = DIFFERENT[name]
    [problem] = [line for line in found if line.startswith(f"data/{name}.csv:")]
    assert problem.startswith(f"data/{name}.csv:{beginning}")
    assert problem.endswith(end)


def test_very_many_differences_are_not_all_listed(found: list[str]) -> None:
    of_codes = [line for line in found if line.startswith(f"data/{MANY}.csv:")]
    assert len(of_codes) == MOST + 1
    last = f"data/{MANY}.csv:{MOST + 2}:1: V08 has more than {MOST} differences from the Parquet file{AGAIN}"
    assert of_codes[-1] == last


def test_each_difference_is_one_problem(found: list[str]) -> None:
    assert len(found) == len(DIFFERENT) + MOST


@pytest.mark.usefixtures("built_small")
def test_the_same_cells_in_another_notation_agree(mmru: Run) -> None:
    for path in Path("data").glob("*.csv"):
        lines = path.read_text("utf-8").splitlines()
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode())
    assert mmru("check", ".").output.endswith("; Parquet and CSV agree\n")


def with_line_feeds() -> None:
    """Let the titles of events hold a line feed, in both formats."""
    rows = pq.read_table("data/events.parquet")
    titles = pa.array([f"a\n{title}" for title in rows["title"].to_pylist()])
    place = rows.schema.get_field_index("title")
    rows = rows.set_column(place, rows.schema.field(place), titles)
    pq.write_table(rows, "data/events.parquet")
    lines = Path("data/events.csv").read_text("utf-8").splitlines()
    cells = [line.split(",", 2) for line in lines[1:]]
    edited = [f'{key},"a\n{title}",{rest}' for key, title, rest in cells]
    Path("data/events.csv").write_text("\n".join([lines[0], *edited, ""]), "utf-8")


@pytest.mark.usefixtures("built_small")
def test_a_line_of_a_csv_file_is_counted_with_the_line_feeds_in_cells(mmru: Run) -> None:
    with_line_feeds()
    text = Path("data/events.csv").read_text("utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("ev-visit-quill-lindos"))
    assert line > 4
    edit("data/events.csv", TITLE, "Visit")
    # a line feed in a title is an error of a rule, but both files agree in the other rows
    found = problems(mmru("check", "."))
    [problem] = [p for p in found if " T83 " not in p]
    assert len(found) > 1
    assert problem.startswith(f"data/events.csv:{line}:1: V08 title is ")
    Path("data/events.parquet").unlink()
    edit("data/events.csv", "occurred,2031-05-02,", "done,2031-05-02,")
    message = "T01 events ev-visit-quill-lindos: status 'done' is not a code of status"
    assert f"data/events.csv:{line}:1: {message}" in problems(mmru("check", "."))


@pytest.fixture
def csv_alone(built_small: Path) -> Path:
    """The folder of the tables, without the Parquet files."""
    for path in (built_small / "data").glob("*.parquet"):
        path.unlink()
    return built_small / "data"


def test_a_csv_file_alone_that_lost_rows_in_quotes_is_not_sound(csv_alone: Path, mmru: Run) -> None:
    path = csv_alone / "event_actors.csv"
    lines = path.read_text("utf-8").splitlines()
    assert '"' not in path.read_text("utf-8")
    wanted = len(lines) - 1
    # a quotation mark opens a cell on one line, and closes it on a later one
    lines[1] = f'{lines[1].rsplit(",", 2)[0]},"'
    lines[3] = '",3'
    path.write_text("\n".join([*lines, ""]), "utf-8")
    [problem] = [p for p in problems(mmru("check", ".")) if " V02 " in p or " V09 " in p]
    assert problem.startswith(f"data/event_actors.csv:1:1: V02 has {wanted - 2} rows instead of {wanted}")


def test_a_csv_file_alone_with_a_wrong_quote_has_its_line(csv_alone: Path, mmru: Run) -> None:
    edit(f"{csv_alone}/events.csv", f",{TITLE}", ',"Visit" of')
    assert problems(mmru("check", ".")) == [
        f"data/events.csv:4:1: V09 cannot be read: ',' expected after '\"'{AGAIN}"
    ]


def test_a_cell_of_the_wrong_type_has_its_line_in_csv(csv_alone: Path, mmru: Run) -> None:
    edit(f"{csv_alone}/events.csv", ",Meeting of Ada Quill and Bo Ren,", ',"Meeting\nof both",')
    edit(f"{csv_alone}/events.csv", "2031-05-02,2031-05-02", "2031-05-02,soon")
    [problem] = problems(mmru("check", "."))
    assert problem.startswith("data/events.csv:5:1: V09 cannot be read: ")


def test_the_engine_goes_with_a_path(mmru: Run) -> None:
    assert mmru("check", "--engine", "spark").exit_code == 2
    assert mmru("check", ".", "--engine", "pandas").exit_code == 2
