"""Measure the commands beside a floor or a peer, and write the table in docs/performance.md.

The floor and one peer are functions of this file: `bench.py NAME FOLDER` runs them. The process that
measures imports the standard library alone, because Linux counts its memory for its children.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib import import_module, metadata
from pathlib import Path

from corpus import ROOT, write_corpus

PYTHON, BIN = sys.executable, Path(sys.executable).parent
BUILD = [str(BIN / "mmru"), "build"]
LIBRARIES = ["click", "frictionless", "jsonschema_rs", "orjson", "pandera.polars"]
LIBRARIES += ["pyarrow.compute", "pyarrow.csv", "pyarrow.parquet", "yaml_rs"]
MEASURED = ("polars", "pyarrow", "pandas", "pandera", "yaml-rs", "frictionless")
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->\n"
HEAD = "| command | size | s | GB | beside | s | GB | ratio | target | met |\n" + "| --- " * 10 + "|\n"
TYPES = {"integer": "Int64", "number": "float64", "boolean": "boolean", "date": "datetime64[s]"}
Took = tuple[float, float]  # seconds and gigabytes


def floor(root: Path) -> None:
    """Import the libraries, parse the seeds and write the built tables as CSV and Parquet."""
    *_, pc, csv, parquet, yaml = map(import_module, LIBRARIES)
    for path in sorted((root / "seeds").rglob("*.yaml")):
        yaml.loads(path.read_text("utf-8"))
    start = time.perf_counter()
    tables = [parquet.read_table(path) for path in sorted((root / "data").glob("*.parquet"))]
    cells = [[pc.binary_join(c, ";") if "list" in str(c.type) else c for c in t.columns] for t in tables]
    flat = [table.from_arrays(columns, table.column_names) for table, columns in zip(tables, cells)]
    print(time.perf_counter() - start)  # preparation, which run() subtracts
    with tempfile.TemporaryDirectory() as folder:
        for number, table in enumerate(tables):
            csv.write_csv(flat[number], f"{folder}/{number}.csv")
            parquet.write_table(table, f"{folder}/{number}.parquet", compression="zstd")


def pandera(root: Path) -> None:
    """Validate the CSV tables with pandas and pandera: types, constraints, primary and foreign keys."""
    import pandas as pd
    from pandera.pandas import Check, Column, DataFrameSchema

    constraints = {"enum": Check.isin, "minimum": Check.ge, "maximum": Check.le}
    constraints["minLength"] = lambda least: Check.str_length(min_value=least)
    constraints["pattern"] = lambda pattern: Check.str_matches(rf"(?:{pattern})\Z")
    resources = json.loads((root / "datapackage.json").read_bytes())["resources"]
    schemas, frames = {r["name"]: r["schema"] for r in resources}, {}
    for name, schema in schemas.items():
        kinds = {field["name"]: TYPES.get(field["type"], "str") for field in schema["fields"]}
        read = {column: kind for column, kind in kinds.items() if kind != TYPES["date"]}
        frame = pd.read_csv(root / f"data/{name}.csv", dtype=read, keep_default_na=False, na_values=[""])
        frames[name] = frame.astype(kinds)
    for name, schema in schemas.items():
        columns = {}
        for field in schema["fields"]:
            limits, kind = field.get("constraints", {}), TYPES.get(field["type"], "str")
            checks = [make(limits[key]) for key, make in constraints.items() if key in limits]
            columns[field["name"]] = Column(kind, checks, nullable="required" not in limits)
        for key in schema.get("foreignKeys", []):
            [column], [target] = key["fields"], key["reference"]["fields"]
            parents = frames[key["reference"]["resource"] or name][target]
            columns[column].checks.append(Check.isin(parents.dropna()))
        DataFrameSchema(columns, unique=schema["primaryKey"]).validate(frames[name], lazy=True)


def run(command: Sequence[str], folder: Path, **environment: str) -> Took:
    """Run a command; raise RuntimeError where it fails."""
    with tempfile.TemporaryFile("w+") as out:
        start = time.perf_counter()
        env = os.environ | environment | {"PYTHONDONTWRITEBYTECODE": ""}  # keep compiled modules
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        out.seek(0)
        if code := os.waitstatus_to_exitcode(status):
            raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{out.read()[-2000:]}")
        seconds -= float(out.read()) if "floor" in command else 0
    gigabytes = usage.ru_maxrss * 1024 / 1e9
    print(f"{seconds:8.2f} s {gigabytes:6.2f} GB  {' '.join(command)[-70:]}", flush=True)
    return seconds, gigabytes


def in_turn(folder: Path, runs: int, *commands: Sequence[str], **environment: str) -> list[Took]:
    """Run commands in turn, builds without earlier results; return median seconds and most memory of each."""
    took: list[list[Took]] = [[] for _ in commands]
    for _ in range(runs):
        for command, times in zip(commands, took):
            if command == BUILD:
                shutil.rmtree(folder / "data", ignore_errors=True)
            times.append(run(command, folder, **environment))
    return [(statistics.median(s for s, _ in times), max(gb for _, gb in times)) for times in took]


def row(command: str, size: str, *took: str, value: float, target: float | None) -> str:
    met = "–" if target is None else "yes" if value <= target else "**no**"
    return f"| {command} | {size} | {' | '.join(took)} | {value:.2f} | {target or '–'} | {met} |\n"


def compare(command: str, size: str, ours: Took, beside: str, peer: Took, target: float | None) -> str:
    left, right = (f"{seconds:.2f} | {gigabytes:.2f}" for seconds, gigabytes in (ours, peer))
    return row(command, size, left, beside, right, value=ours[0] / peer[0], target=target)


def measure(folder: Path, articles: int, claims: int, runs: int) -> Iterator[str]:
    """Measure everything in a folder; yield the rows of the table."""
    real, big = folder / "real", folder / "published"
    for name in ("seeds", "schemas"):
        shutil.copytree(ROOT / name, real / name)
    few, built, imports = articles // 5, {}, [PYTHON, "-c", f"import {', '.join(LIBRARIES)}"]
    write_corpus(five := folder / "five", 5)
    for root, size, target in ((five, "5 articles", 1.5), (real, "the dataset", None)):
        ours, peer = in_turn(root, 2 * runs, BUILD, imports)
        yield compare("`mmru build`", size, ours, "its imports", peer, target)
    for number, target in {articles // 10: None, few: 3.5, articles: 3.5}.items():
        write_corpus(root := folder / f"{number}", number)
        built[number], peer = in_turn(root, runs, BUILD, [PYTHON, __file__, "floor", str(root)])
        yield compare("`mmru build`", f"{number:,} articles", built[number], "floor", peer, target)
    growth = math.log(built[articles][0] / built[few][0]) / math.log(articles / few)
    yield row("growth exponent", f"from {few:,} to {articles:,}", *"–––––", value=growth, target=1.05)
    yield row("peak memory, GB", f"{articles:,}", *"–––––", value=built[articles][1], target=1.5)
    write_corpus(big, claims // 56)
    run(BUILD, big)
    shutil.copytree(ROOT / "scripts", big / "scripts")  # mmru.load reads the tables beside its code
    load = [PYTHON, "-c", "import mmru; mmru.load('claims')"]
    plain = [PYTHON, "-c", "import pandas; pandas.read_parquet('data/claims.parquet')"]
    ours, peer = in_turn(big, runs, load, plain, PYTHONPATH=str(big / "scripts"))
    yield compare("`mmru.load`", f"{claims:,} claims", ours, "`pandas.read_parquet`", peer, 2)
    frictionless = [str(BIN / "frictionless"), "validate", "datapackage.json"]
    checks = [BUILD[0], "check", "."], frictionless, [PYTHON, __file__, "pandera", str(big)]
    ours, peer, other = in_turn(big, min(runs, 3), *checks)
    yield compare("`mmru check PATH`", f"{claims:,} claims", ours, "`frictionless validate`", peer, 0.1)
    yield compare("`mmru check PATH`", f"{claims:,} claims", ours, "pandera on pandas", other, 0.2)


def main() -> None:
    """Measure the commands, and put the table into a page."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--articles", type=int, default=5000, help="of the largest build; at least 50")
    parser.add_argument("--claims", type=int, default=1_000_000, help="of the published tables")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--page", type=Path, default=ROOT / "docs/performance.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = list(measure(Path(folder), options.articles, options.claims, options.runs))
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in MEASURED)
    machine = f"{os.cpu_count()} cores; Python {platform.python_version()}, {versions}.\n\n"
    before, _, rest = options.page.read_text("utf-8").partition(BEGIN)
    table = BEGIN + machine + HEAD + "".join(rows) + END
    options.page.write_text(before + table + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    part = {"floor": floor, "pandera": pandera}.get("".join(sys.argv[1:2]))
    part(Path(sys.argv[2])) if part else main()
