"""What the commands are measured against, and parts of them without their imports: one run, one process.

    python benchmarks/floors.py PART FOLDER [ARGUMENT ...]

The last line of output is JSON: `counted`, the seconds that alone count, or `uncounted`, those that do
not, and what was found. Each part imports what it needs only when it runs.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import file_digest
from pathlib import Path
from time import perf_counter
from typing import Any

Told = dict[str, Any]
PACKAGE, CSVW = "datapackage.json", "csvw.json"
EDITS, PUBLISHER = 5, "\n  publisher: "
# what of a Table Schema field is said in a CSVW datatype, and how
DATATYPES = {"list": "string", "string": "string", "integer": "integer", "number": "number"}
LIMITS = {"pattern": "format", "minimum": "minimum", "maximum": "maximum", "minLength": "minLength"}


def build(root: Path) -> Told:
    """Read the seeds of a dataset and write its tables, made already, as CSV and Parquet."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv
    import pyarrow.parquet as pq
    import yaml_rs

    for path in sorted((root / "seeds").rglob("*.yaml")):
        yaml_rs.loads(path.read_text("utf-8"))
    start = perf_counter()
    tables = {path.stem: pq.read_table(path) for path in sorted((root / "data").glob("*.parquet"))}
    flat = {}
    for name, rows in tables.items():
        lists = [pa.types.is_list(kind) for kind in rows.schema.types]
        columns = [pc.binary_join(c, ";") if many else c for c, many in zip(rows.columns, lists)]
        flat[name] = pa.table(columns, rows.column_names)
    uncounted = perf_counter() - start
    with tempfile.TemporaryDirectory() as target:
        for name, rows in tables.items():
            pa.csv.write_csv(flat[name], f"{target}/{name}.csv")
            pq.write_table(rows, f"{target}/{name}.parquet", compression="zstd")
    return {"uncounted": uncounted}


def edits(root: Path) -> Told:
    """Edit an article again and again, and do what `mmru check --watch` does then: the median of the time."""
    from mmru.pipeline.build import build as run

    texts = {path: path.read_text("utf-8") for path in sorted((root / "seeds" / "articles").glob("*.yaml"))}
    article, text = next((path, text) for path, text in texts.items() if PUBLISHER in text)
    run(root)
    took = []
    for number in range(EDITS):
        article.write_text(text.replace(PUBLISHER, f"{PUBLISHER}No. {number}, ", 1), "utf-8")
        start = perf_counter()
        run(root)
        took.append(perf_counter() - start)
    article.write_text(text, "utf-8")
    return {"counted": sorted(took)[EDITS // 2]}


def check(root: Path) -> Told:
    """Check published tables."""
    from mmru.checks.package import check_package

    start = perf_counter()
    problems, _ = check_package(root)
    counted = perf_counter() - start
    assert not problems, problems[:3]
    return {"counted": counted}


def read(root: Path) -> Told:
    """Read the CSV files of a package with Arrow."""
    import pyarrow.csv

    paths = sorted((root / "data").glob("*.csv"))
    start = perf_counter()
    tables = [pyarrow.csv.read_csv(path) for path in paths]
    return {"counted": perf_counter() - start, "rows": sum(rows.num_rows for rows in tables)}


def csvw(root: Path) -> Told:
    """Read the tables that csvw.json describes, every row, and check their keys."""
    import csvw

    group = csvw.TableGroup.from_file(root / CSVW)
    rows = sum(1 for table in group.tables for _ in table)
    keys = [table.check_primary_key() for table in group.tables]
    assert all(keys)
    assert group.check_referential_integrity()
    return {"rows": rows}


def describe(root: Path) -> Told:
    """Write csvw.json, which says the types, limits and keys of CSV files as the descriptor does."""
    resources = [r for r in json.loads((root / PACKAGE).read_bytes())["resources"] if "schema" in r]
    paths = {r["name"]: r["path"] for r in resources}
    tables = [{"url": r["path"], "tableSchema": _csvw_schema(r["schema"], paths)} for r in resources]
    described = {"@context": "http://www.w3.org/ns/csvw", "tables": tables}
    (root / CSVW).write_text(json.dumps(described, indent=1), "utf-8")
    return {"tables": len(tables)}


def _csvw_schema(schema: Told, paths: dict[str, str]) -> Told:
    keys = [
        {
            "columnReference": key["fields"],
            "reference": {
                "resource": paths[key["reference"]["resource"]],
                "columnReference": key["reference"]["fields"],
            },
        }
        for key in schema.get("foreignKeys", [])
    ]
    columns = [_csvw_column(field) for field in schema["fields"]]
    return {"columns": columns, "primaryKey": schema["primaryKey"], "foreignKeys": keys}


def _csvw_column(field: Told) -> Told:
    limits = field.get("constraints", {})
    datatype = {"base": DATATYPES.get(field["type"], field["type"])}
    datatype |= {told: limits[name] for name, told in LIMITS.items() if name in limits}
    column = {"name": field["name"], "titles": field["name"], "required": bool(limits.get("required"))}
    return {**column, "datatype": datatype} | ({"separator": ";"} if field["type"] == "list" else {})


def planted(root: Path, frictionless: str) -> Told:
    """Plant errors of every kind in a package, and count those that mmru and frictionless find."""
    from mmru.checks.package import check_package
    from published import plant

    wanted = set(plant(root))
    found = set()
    for problem in check_package(root)[0]:
        table, _, key = problem.message.partition(": ")[0].partition(" ")
        found.add((table, key, problem.code))
    told: Told = {"planted": len(wanted), "found": len(wanted & found), "others": len(found - wanted)}
    constraints = {(table, key) for table, key, code in wanted if code == "T01"}
    rows = set(_frictionless(root, frictionless))
    told |= {"constraints": len(constraints), "frictionless": len(constraints & rows)}
    told["missed"] = sorted(" ".join(row) for row in constraints - rows)
    return told


def _frictionless(root: Path, command: str) -> Iterator[tuple[str, str]]:
    """The table and key of each row with which frictionless finds fault."""
    asked = [command, "validate", PACKAGE, "--json"]
    report = json.loads(subprocess.run(asked, cwd=root, capture_output=True, check=False).stdout)
    numbers: dict[str, set[int]] = defaultdict(set)
    for task in report["tasks"]:
        numbers[task["name"]] |= {e["rowNumber"] for e in task["errors"] if "rowNumber" in e}
    keys = _keys(root)
    for table, wanted in numbers.items():
        if wanted:
            with (root / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                # the head is row 1
                for number, row in enumerate(csv.DictReader(file), 2):
                    if number in wanted:
                        yield table, " ".join(row[name] for name in keys[table])


def diff(old: Path, new: str) -> Told:
    """Count, by hand in SQL, the rows gone and new between two packages, and the cells that differ."""
    import duckdb

    gone = added = cells = 0
    for path in sorted((old / "data").glob("*.parquet")):
        if path.stem == "changes":
            continue
        one, other = f"'{path}'", f"'{Path(new) / 'data' / path.name}'"
        names = [row[0] for row in duckdb.sql(f"describe select * from {one}").fetchall()]
        key = _keys(old)[path.stem]
        differs = [f'(a."{n}" is distinct from b."{n}")::int' for n in names if n not in key] or ["0"]
        both = " and ".join(f'a."{name}" = b."{name}"' for name in key)
        first = f'"{key[0]}"'
        ((lost, won, other_cells),) = duckdb.sql(
            f"""select count(*) filter (where b.{first} is null), count(*) filter (where a.{first} is null),
            sum({" + ".join(differs)}) filter (where a.{first} is not null and b.{first} is not null)
            from {one} a full outer join {other} b on {both}"""
        ).fetchall()
        gone, added, cells = gone + lost, added + won, cells + int(other_cells or 0)
    return {"gone": gone, "added": added, "cells": cells}


def _keys(root: Path) -> dict[str, list[str]]:
    resources = json.loads((root / PACKAGE).read_bytes())["resources"]
    return {r["name"]: r["schema"]["primaryKey"] for r in resources if "schema" in r}


def verify(root: Path) -> Told:
    """Hash the files of a package, and compare each CSV file with its Parquet file, by hand in SQL."""
    import duckdb

    for line in (root / "SHA256SUMS").read_text("utf-8").splitlines():
        with (root / line[66:]).open("rb") as file:
            assert file_digest(file, "sha256").hexdigest() == line[:64], line
    for path in sorted((root / "data").glob("*.parquet")):
        kinds = {row[0]: row[1] for row in duckdb.sql(f"describe select * from '{path}'").fetchall()}
        texts = {name: "VARCHAR" if kind.endswith("[]") else kind for name, kind in kinds.items()}
        columns = ", ".join(
            f'string_split("{n}", \';\') as "{n}"' if k.endswith("[]") else f'"{n}"' for n, k in kinds.items()
        )
        written = f"""select {columns} from read_csv('{path.with_suffix(".csv")}', header = true,
            columns = {texts}, delim = ',', quote = '"', escape = '"', nullstr = '')"""
        whole = f"select * from '{path}'"
        differing = f"(({written}) except all ({whole})) union all (({whole}) except all ({written}))"
        found = duckdb.sql(f"select count(*) from ({differing})").fetchall()
        assert found == [(0,)], (path.stem, found)
    return {}


PARTS: dict[str, Callable[..., Told]] = {
    part.__name__: part for part in (build, edits, check, read, csvw, describe, planted, diff, verify)
}

if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])))
