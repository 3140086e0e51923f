"""mmru check PATH: both formats are compared, and a problem of a CSV file has the line of the file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import Result
from mmru.checks.package import MOST

Run = Callable[..., Result]
AGAIN = "; get the release again"


def edit(path: str, old: str, new: str) -> None:
    text = Path(path).read_bytes().decode()
    assert text.count(old) >= 1
    Path(path).write_bytes(text.replace(old, new, 1).encode())


def problems(result: Result) -> list[str]:
    assert result.exit_code == 1, result.output
    return result.stderr.splitlines()[:-1]


@pytest.mark.usefixtures("built_small")
def test_the_last_line_says_what_was_read(mmru: Run) -> None:
    both = mmru("check", ".").output
    assert both.endswith(" rows in 22 tables; Parquet and CSV agree\n")
    shutil.copytree("data", "../data")
    for path in Path("data").glob("*.parquet"):
        path.unlink()
    assert mmru("check", ".").output == both.replace("Parquet and CSV agree", "read from CSV, no Parquet")
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


TITLE = "Visit of Ada Quill to Lindos"
DIFFERENT = {
    "a cell": (TITLE, "Visit", f"4:1: V08 title is 'Visit', in the Parquet file '{TITLE}'{AGAIN}"),
    "an opened quote": (f",{TITLE}", f',"{TITLE}', f"4:1: V08 cannot be read: unexpected end of data{AGAIN}"),
    "a quote within": (
        f",{TITLE}",
        ',"Visit" of',
        f"4:1: V08 cannot be read: ',' expected after '\"'{AGAIN}",
    ),
    "a header": ("event_id,title", "event_id,name", "1:1: V08 has the columns event_id, name, "),
}


@pytest.mark.usefixtures("built_small")
@pytest.mark.parametrize("case", DIFFERENT)
def test_a_csv_file_that_is_not_its_parquet_file_is_named_with_its_line(case: str, mmru: Run) -> None:
    old, new, message = DIFFERENT[case]
    edit("data/events.csv", old, new)
    [problem] = problems(mmru("check", "."))
    assert problem.startswith(f"data/events.csv:{message}")


@pytest.mark.usefixtures("built_small")
def test_a_row_that_one_side_lacks_is_one_problem(mmru: Run) -> None:
    lines = Path("data/events.csv").read_text("utf-8").splitlines(keepends=True)
    Path("data/events.csv").write_text("".join([*lines[:2], *lines[3:]]), "utf-8")
    key = lines[2].partition(",")[0]
    message = f"V08 the row '{key}' of the Parquet file is missing after this line{AGAIN}"
    assert problems(mmru("check", ".")) == [f"data/events.csv:2:1: {message}"]
    added = [*lines, lines[-1].replace("ev-", "ev-z", 1)]
    Path("data/events.csv").write_text("".join(added), "utf-8")
    [problem] = problems(mmru("check", "."))
    assert problem.startswith(f"data/events.csv:{len(added)}:1: V08 the row 'ev-z")
    assert problem.endswith(f"' is not in the Parquet file{AGAIN}")


@pytest.mark.usefixtures("built_small")
def test_the_same_cells_in_another_notation_agree(mmru: Run) -> None:
    for path in Path("data").glob("*.csv"):
        lines = path.read_text("utf-8").splitlines()
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*lines, ""]).encode())
    assert mmru("check", ".").output.endswith("; Parquet and CSV agree\n")


@pytest.mark.usefixtures("built_small")
def test_a_byte_that_is_not_utf8_has_its_line(mmru: Run) -> None:
    content = Path("data/events.csv").read_bytes()
    Path("data/events.csv").write_bytes(content.replace(b"Visit", b"Visi\xe9", 1))
    [problem] = problems(mmru("check", "."))
    assert problem.startswith("data/events.csv:4:1: V08 cannot be read: 'utf-8' codec can't decode byte 0xe9")


@pytest.mark.usefixtures("built_small")
def test_very_many_differences_are_not_all_listed(mmru: Run) -> None:
    path = Path("data/vocabularies.csv")
    header, *rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([header, *(f"{row}x" for row in rows), ""]), "utf-8")
    found = problems(mmru("check", "."))
    assert len(found) == MOST + 1
    assert (
        found[-1]
        == f"data/vocabularies.csv:{MOST + 2}:1: V08 has more than {MOST} differences from the Parquet file{AGAIN}"
    )


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
    # a line feed in a title is an error of a rule, but both files agree
    assert {p.split(" ")[1] for p in problems(mmru("check", "."))} == {"T83"}
    text = Path("data/events.csv").read_text("utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("ev-visit-quill-lindos"))
    assert line > 4
    edit("data/events.csv", TITLE, "Visit")
    [problem] = [p for p in problems(mmru("check", ".")) if " T83 " not in p]
    assert problem.startswith(f"data/events.csv:{line}:1: V08 title is ")
    Path("data/events.parquet").unlink()
    edit("data/events.csv", "occurred,2031-05-02,", "done,2031-05-02,")
    message = "T01 events ev-visit-quill-lindos: status 'done' is not a code of status"
    assert f"data/events.csv:{line}:1: {message}" in problems(mmru("check", "."))


@pytest.mark.usefixtures("built_small")
def test_a_cell_of_the_wrong_type_has_its_line_in_csv(mmru: Run) -> None:
    with_line_feeds()
    Path("data/events.parquet").unlink()
    text = Path("data/events.csv").read_text("utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("ev-visit-quill-lindos"))
    edit("data/events.csv", "2031-05-02,2031-05-02", "2031-05-02,soon")
    [problem] = problems(mmru("check", "."))
    assert problem.startswith(f"data/events.csv:{line}:1: V09 cannot be read: ")


@pytest.mark.usefixtures("built_small")
def test_a_csv_file_alone_that_lost_rows_in_quotes_is_not_sound(mmru: Run) -> None:
    for path in Path("data").glob("*.parquet"):
        path.unlink()
    path = Path("data/event_actors.csv")
    lines = path.read_text("utf-8").splitlines()
    assert '"' not in path.read_text("utf-8")
    wanted = len(lines) - 1
    # a quotation mark opens a cell on one line, and closes it on a later one
    lines[1] = f'{lines[1].rsplit(",", 2)[0]},"'
    lines[3] = '",3'
    path.write_text("\n".join([*lines, ""]), "utf-8")
    [problem] = [p for p in problems(mmru("check", ".")) if " V02 " in p or " V09 " in p]
    assert problem.startswith(f"data/event_actors.csv:1:1: V02 has {wanted - 2} rows instead of {wanted}")


@pytest.mark.usefixtures("built_small")
def test_a_csv_file_alone_with_a_wrong_quote_has_its_line(mmru: Run) -> None:
    for path in Path("data").glob("*.parquet"):
        path.unlink()
    edit("data/events.csv", f",{TITLE}", ',"Visit" of')
    assert (
        problems(mmru("check", "."))[0]
        == f"data/events.csv:4:1: V09 cannot be read: ',' expected after '\"'{AGAIN}"
    )


def test_the_engine_goes_with_a_path(mmru: Run) -> None:
    assert mmru("check", "--engine", "spark").exit_code == 2
    assert mmru("check", ".", "--engine", "pandas").exit_code == 2
