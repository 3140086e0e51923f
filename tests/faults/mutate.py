"""Mutations of the real seeds and of the built data, and the share of them that the checks detect.

    python -m faults.mutate [COUNT], in tests/     (by default 640; `make faults` runs them all)

Each mutation has a number, which is its random seed, and is made on a copy of the dataset. A mutation of
the seeds is detected when they are refused, or when data/ is no longer what they give; a mutation of the
data when `mmru verify` reports it. Some mutations forge the hashes, and some change CSV and Parquet in
the same way: `mmru check`, which builds the data again, detects those.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml_rs
from mmru.checks.package import verify_package
from mmru.errors import InvalidDataset
from mmru.io.tables import to_csv
from mmru.pipeline.build import build
from mmru.pipeline.write import drift, files
from mmru.seeds.anchor import anchor_files
from mmru.seeds.definitions import tables
from mmru.verify import verify
from steps import rehash

ROOT = Path(__file__).parent.parent.parent
TEXTS = ROOT / os.environ.get("MMRU_ARTICLES", "../shared/articles")
PARTS = ("schemas", "seeds", "data", "docs", "SHA256SUMS")
Data = Any
Chance = random.Random


@dataclass(frozen=True)
class Outcome:
    """The result of one mutation: how it was detected, or that it changes nothing."""

    number: int
    kind: str
    where: str
    found: str


def says(data: Data) -> list[tuple[dict[str, Any], str]]:
    """Return each field of an extraction, as its mapping and its name."""
    groups = [g for r in data["records"] for g in r.get("claims", [])]
    return [(g["says"], name) for g in groups for name in g["says"]]


def places(data: Data) -> list[dict[str, Any]]:
    """Return each part of an extraction that has a locator."""
    return [p for r in data["records"] for p in (r.get("identity", {}), *r.get("claims", [])) if "at" in p]


def scalars(data: Data, fields: Callable[[str], bool]) -> list[tuple[dict[str, Any], str]]:
    """Return the single values of some fields, each as its mapping and its key."""
    found = []
    for mapping, name in says(data):
        if fields(name):
            value = mapping[name]
            found.append((value, "value") if isinstance(value, dict) else (mapping, name))
    return [(m, k) for m, k in found if isinstance(m[k], str | int)]


def drop_claims(data: Data, chance: Chance) -> None:
    record = chance.choice([r for r in data["records"] if r.get("claims")])
    record["claims"].pop(chance.randrange(len(record["claims"])))


def drop_field(data: Data, chance: Chance) -> None:
    mapping, name = chance.choice(says(data))
    del mapping[name]


def drop_record(data: Data, chance: Chance) -> None:
    data["records"].pop(chance.randrange(len(data["records"])))


def duplicate_record(data: Data, chance: Chance) -> None:
    data["records"].append(chance.choice(data["records"]))


def duplicate_claims(data: Data, chance: Chance) -> None:
    record = chance.choice([r for r in data["records"] if r.get("claims")])
    record["claims"].append(chance.choice(record["claims"]))


def swap_values(data: Data, chance: Chance) -> None:
    by_field = defaultdict(list)
    for mapping, name in says(data):
        by_field[name].append(mapping)
    name = chance.choice(sorted(n for n, found in by_field.items() if len(found) > 1))
    one, other = chance.sample(by_field[name], 2)
    one[name], other[name] = other[name], one[name]


def retype(data: Data, chance: Chance) -> None:
    mapping, key = chance.choice(scalars(data, lambda name: True))
    mapping[key] = chance.choice([[mapping[key], mapping[key]], 7, True, None, {"a": 1}])


def move_date(data: Data, chance: Chance) -> None:
    dated = [
        (m, k)
        for m, k in scalars(data, lambda name: name.rpartition(".")[2] in ("date", "as_of", "valid_until"))
        if isinstance(m[k], str) and len(m[k]) == 10
    ]
    if not dated:
        return
    mapping, key = chance.choice(dated)
    mapping[key] = (date.fromisoformat(mapping[key]) + timedelta(days=chance.choice([-1, 1]))).isoformat()


def swap_roles(data: Data, chance: Chance) -> None:
    pairs = [
        (g["says"], names)
        for r in data["records"]
        for g in r.get("claims", [])
        if len(names := [n for n in g["says"] if n.startswith("actors.")]) > 1
    ]
    if not pairs:
        return
    mapping, names = chance.choice(pairs)
    one, other = chance.sample(names, 2)
    mapping[one], mapping[other] = mapping[other], mapping[one]


def change_locator(data: Data, chance: Chance) -> None:
    place = chance.choice(places(data))
    at = place["at"]
    where = chance.randrange(len(at))
    place["at"] = at[:where] + chance.choice("0123456789abcdef~.L-") + at[where + 1 :]


def delete_use(data: Data, chance: Chance) -> None:
    if uses := list(data["set_aside"].values()):
        lines = chance.choice(uses)
        lines.pop(chance.randrange(len(lines)))


def change_id(data: Data, chance: Chance) -> None:
    record = chance.choice(data["records"])
    word = next(w for w in ("event", "agreement", "reaction", "actor") if w in record)
    record[word] += "-x"


def change_grade(data: Data, chance: Chance) -> None:
    place = chance.choice(places(data))
    grade = {**data.get("defaults", {}), **place}["credibility"]
    place["credibility"] = chance.choice([n for n in range(2, 7) if n != grade])


def change_speaker(data: Data, chance: Chance) -> None:
    by = sorted({p["by"] for p in places(data) if p.get("by")} | {data["source"]["publisher_actor_id"]})
    place = chance.choice(places(data))
    place["by"] = chance.choice([b for b in by if b != place.get("by")] or ["russia"])


OF_ARTICLES = {
    "drop": (drop_claims, drop_field, drop_record),
    "duplicate": (duplicate_record, duplicate_claims),
    "swap": (swap_values,),
    "retype": (retype,),
    "move a date": (move_date,),
    "swap two roles": (swap_roles,),
    "change a locator": (change_locator,),
    "delete a line's use": (delete_use,),
    "change an id in one place": (change_id,),
    "change a grade or speaker": (change_grade, change_speaker),
}


def of_registry(data: Data, chance: Chance) -> str:
    """Drop or duplicate an entry of a registry, or change one of its cells; return the kind."""
    kind = chance.choice(["drop", "duplicate", "change an id in one place", "retype"])
    number = chance.randrange(len(data))
    key = next(iter(data[number]))
    if kind == "drop":
        data.pop(number)
    elif kind == "duplicate":
        data.append(dict(data[number]))
    elif kind == "retype":
        name = chance.choice(sorted(data[number]))
        data[number][name] = chance.choice([None, 7, ["a", "a"], {}])
    else:
        data[number][key] += "-x"
    return kind


def mutate_seeds(root: Path, chance: Chance) -> tuple[str, str]:
    """Mutate one file of the seeds; return the kind of mutation and the file."""
    while True:
        registry = chance.random() < 0.2
        folder = root / "seeds" / ("registry" if registry else "articles")
        path = chance.choice(sorted(folder.glob("*.yaml")))
        data = yaml_rs.loads(path.read_text("utf-8"), parse_datetime=False)
        before = json.dumps(data)
        if registry:
            kind = of_registry(data, chance)
        else:
            kind = chance.choice(sorted(OF_ARTICLES))
            chance.choice(OF_ARTICLES[kind])(data, chance)
        # not every article has what every mutation needs
        if json.dumps(data) != before:
            break
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")
    return f"seeds: {kind}", path.relative_to(root).as_posix()


def mutate_data(root: Path, chance: Chance) -> tuple[str, str]:
    """Mutate one generated file; return the kind of mutation and the file."""
    kind = chance.choice(
        ["flip a byte", "truncate", "columns", "CSV edited", "both edited", "flip and forge"]
    )
    listed = [x.partition("  ")[2] for x in (root / "SHA256SUMS").read_text("utf-8").splitlines()]
    path = root / chance.choice([*listed, "SHA256SUMS"])
    if kind in ("flip a byte", "flip and forge"):
        if kind == "flip and forge":
            path = root / chance.choice([n for n in listed if n.endswith(".parquet")])
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
    elif kind == "truncate":
        whole = path.read_bytes()
        path.write_bytes(whole[: chance.randrange(len(whole))])
    else:
        path = edit_table(root, kind, chance)
    if kind not in ("flip a byte", "truncate"):
        rehash(root)
    return f"data: {kind}", path.relative_to(root).as_posix()


def edit_table(root: Path, kind: str, chance: Chance) -> Path:
    """Change one cell, or the columns, of a table, in CSV or in both files; return the path of the CSV."""
    known = tables(root)
    full = [n for n in known if pq.read_metadata(root / f"data/{n}.parquet").num_rows > 1]
    name = chance.choice(full)
    rows = pq.read_table(root / f"data/{name}.parquet")
    csv = root / f"data/{name}.csv"
    if kind == "columns":
        lines = [line.split(",") for line in csv.read_text("utf-8").splitlines()]
        one, other = chance.sample(range(len(lines[0])), 2)
        for line in lines:
            if len(line) > max(one, other):
                line[one], line[other] = line[other], line[one]
        if chance.random() < 0.5:
            lines = [line[:-1] for line in lines]
        csv.write_text("".join(",".join(line) + "\n" for line in lines), "utf-8")
        return csv
    column, changed = other_cell(rows, chance)
    place = rows.schema.get_field_index(column)
    made = rows.set_column(place, rows.schema.field(place), changed)
    csv.write_bytes(to_csv(known[name], made))
    if kind == "both edited":
        pq.write_table(made, root / f"data/{name}.parquet", compression="zstd", version="2.6")
    return csv


def other_cell(rows: pa.Table, chance: Chance) -> tuple[str, pa.Array]:
    """Return a column in which one cell has the value of another row, or is empty."""
    for column in chance.sample(rows.column_names, len(rows.column_names)):
        values = rows[column].to_pylist()
        number = chance.randrange(len(values))
        others = [v for v in values if v != values[number]]
        if others:
            values[number] = chance.choice(others)
            return column, pa.array(values, rows.schema.field(column).type)
    column = rows.column_names[0]
    values = rows[column].to_pylist()
    values[0] = None
    return column, pa.array(values, rows.schema.field(column).type)


def detect_seeds(root: Path) -> str:
    try:
        dataset = build(root)
    except InvalidDataset:
        return "refused"
    if TEXTS.is_dir():
        try:
            anchor_files(root, [], [TEXTS], verify=True)
        except InvalidDataset:
            return "refused with the texts"
    return "data differ from the seeds" if drift(root, files(dataset)) else "nothing changed"


def detect_data(root: Path) -> str:
    try:
        problems, _ = verify_package(root)
    except InvalidDataset:
        return "verify"
    if problems:
        return "verify"
    return "check" if drift(root, files(build(root))) else "nothing changed"


def copied(root: Path) -> Path:
    """Copy the dataset into a folder; return the folder."""
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, root / part)
    listed = (line[66:] for line in (ROOT / "SHA256SUMS").read_text("utf-8").splitlines())
    for path in (path for path in listed if "/" not in path):
        shutil.copy(ROOT / path, root / path)
    return root


def run(number: int) -> Outcome:
    """Make the mutation with a number on a copy of the dataset, and return whether it is detected."""
    chance = random.Random(number)
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
        of_seeds = number % 2 == 0
        kind, where = (mutate_seeds if of_seeds else mutate_data)(root, chance)
        return Outcome(number, kind, where, (detect_seeds if of_seeds else detect_data)(root))


def flip_each_file() -> tuple[int, int]:
    """Flip one byte of each generated file in turn; return the number of files, and of those reported."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
        names = [x.partition("  ")[2] for x in (root / "SHA256SUMS").read_text("utf-8").splitlines()]
        named = 0
        for name in names:
            whole = (root / name).read_bytes()
            content = bytearray(whole)
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            (root / name).write_bytes(content)
            # what describes the others is named by itself, or as what cannot be understood
            named += any(fault.path == name for fault in verify(root)[0])
            (root / name).write_bytes(whole)
    return len(names), named


def report(outcomes: list[Outcome]) -> Iterator[str]:
    """Return a line for each kind of mutation: how many there are, and how they were detected."""
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        kinds[outcome.kind][outcome.found] += 1
    for kind, found in sorted(kinds.items()):
        how = ", ".join(f"{n} {name}" for name, n in sorted(found.items()))
        yield f"{kind:34} {found.total():4}  {how}"
    same = sum(o.found == "nothing changed" for o in outcomes)
    yield f"{len(outcomes)} mutations: {len(outcomes) - same} detected, {same} that change no generated byte"


def main(count: int) -> int:
    with ProcessPoolExecutor() as pool:
        outcomes = list(pool.map(run, range(count), chunksize=4))
    print("\n".join(report(outcomes)))
    files_, named = flip_each_file()
    print(f"one byte flipped in each of {files_} files: {named} named")
    return 0 if named == files_ else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 640))
