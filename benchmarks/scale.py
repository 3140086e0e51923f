"""Measure what the commands take beside a floor or a peer that runs in turn with them: docs/performance.md.

    python benchmarks/scale.py run [ITEM ...] [--articles 10000] [--claims 1000000] [--folder FOLDER]
    python benchmarks/scale.py page

Figures go to benchmarks/results.json, those of an item in place of its old ones; `page` writes them
into docs/performance.md, and draws docs/performance.svg.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import file_digest
from pathlib import Path

import click
from measure import BIN, HERE, PEER, PYTHON, Command, Figure, Measured, against, floor, in_turn, merge, once

ROOT = HERE.parent
RESULTS = HERE / "results.json"
MMRU, FRICTIONLESS = BIN / "mmru", BIN / "frictionless"
NEEDED = (
    "click, yaml_rs, jsonschema_rs, orjson, pyarrow.parquet, pyarrow.csv, polars, narwhals, "
    "rapidfuzz, pycountry"
)


@dataclass(frozen=True)
class Sizes:
    """How large what is measured is, and the folder in which it is made, and kept where it is there."""

    articles: int
    claims: int
    peer_claims: int
    planted_claims: int
    rows: int
    runs: int
    folder: Path

    @property
    def few(self) -> int:
        """The smaller number of articles, from which growth is measured."""
        return max(1, self.articles // 10)

    def corpus(self, articles: int) -> Path:
        """A dataset of so many articles."""
        return self._made(f"corpus-{articles}", lambda to: _script("corpus", "make", to, articles))

    def package(self, claims: int) -> Path:
        """A published package of so many claims."""
        source = self.corpus(self.few)
        if not (source / "datapackage.json").exists():
            once(Command([MMRU, "build"], source))
        make = partial(_script, "published", "make")
        return self._made(f"package-{claims}", lambda to: make(to, claims, "--source", source))

    def changed(self, package: Path) -> Path:
        """The same package with one in a hundred cells changed."""
        return self._made(f"{package.name}-changed", lambda to: _script("published", "alter", package, to))

    def in_csv(self, package: Path) -> Path:
        """The same package without its Parquet files."""
        return self._made(f"{package.name}-csv", lambda to: _in_csv(package, to))

    def five(self) -> Path:
        """The released dataset, as far as it is written by hand."""
        return self._made("five", _five)

    def _made(self, name: str, make: Callable[[Path], object]) -> Path:
        target = self.folder / name
        if not target.exists():
            being_made = self.folder / f"{name}-being-made"
            shutil.rmtree(being_made, ignore_errors=True)
            make(being_made)
            being_made.rename(target)
        return target


def cold_build(sizes: Sizes) -> Iterator[Figure]:
    """1: a build of everything from nothing, beside reading the seeds and writing the tables."""
    took: dict[int, dict[str, Measured]] = {}
    peer_name = "yaml_rs reading the seeds, pyarrow writing the tables"
    for articles in (sizes.few, sizes.articles):
        root = sizes.corpus(articles)
        ours = Command([MMRU, "build"], root, before=partial(_cool, root))
        took[articles] = in_turn({"mmru build": ours, "floor": floor("build", root)}, sizes.runs)
        name = "cold build, " + ("many articles" if articles == sizes.articles else "a tenth of them")
        made = took[articles]
        size = f"{articles:,} articles"
        yield against("1", name, size, 3.0, made["mmru build"], peer_name, made["floor"])
    one, ten = (took[n]["mmru build"] for n in (sizes.few, sizes.articles))
    grown = [
        math.log(took[sizes.articles][name].seconds / took[sizes.few][name].seconds)
        / math.log(sizes.articles / sizes.few)
        for name in ("mmru build", "floor")
    ]
    size = f"{sizes.few:,} to {sizes.articles:,} articles"
    note = f"the floor's is {grown[1]:.2f}"
    yield Figure("1", "cold build, exponent of growth", size, "", grown[0], 1.05, one.runs, note=note)
    size = f"{sizes.articles:,} articles"
    memory = ten.megabytes / 1000
    yield Figure("1", "cold build, memory", size, "GB", memory, 1.5, ten.runs, megabytes=ten.megabytes)


def one_changed(sizes: Sizes) -> Iterator[Figure]:
    """2: a build after one article of many has changed, beside a cold one, which makes the same files."""
    root = sizes.corpus(sizes.articles)
    numbers = iter(range(sizes.articles // 2, sizes.articles))
    of_warm: dict[str, str] = {}

    def compare() -> None:
        assert of_warm in ({}, _hashes(root)), "a warm build makes other files than a cold one"

    def change() -> None:
        compare()
        _script("corpus", "touch", root, next(numbers))

    def cool() -> None:
        of_warm.clear()
        of_warm.update(_hashes(root))
        _cool(root)

    # so that the first change finds what a cold build of the same seeds has kept
    _cool(root)
    build: list[str | Path] = [MMRU, "build"]
    once(Command(build, root))
    commands = {"one changed": Command(build, root, before=change), "cold": Command(build, root, before=cool)}
    took = in_turn(commands, sizes.runs)
    compare()
    size, note = (
        f"1 of {sizes.articles:,} articles",
        "the files made are those of the cold build, to the byte",
    )
    yield against(
        "2", "one article changed", size, 0.25, took["one changed"], "a cold build", took["cold"], note
    )


def check(sizes: Sizes) -> Iterator[Figure]:
    """3: the check of published tables, beside bare reading, and beside other validators."""
    yield from _beside_reading(sizes)
    yield from _beside_validators(sizes)
    yield from _planted(sizes)


def editing(sizes: Sizes) -> Iterator[Figure]:
    """4: what whoever edits the five articles waits for."""
    root = sizes.five()
    runs = 3 * sizes.runs
    needed = Command([PYTHON, "-c", f"import {NEEDED}"])
    cold = Command([MMRU, "build"], root, before=partial(_cool, root))
    again = Command([MMRU, "build"], root)
    took = in_turn({"cold": cold, "again": again, "floor": needed}, runs)
    peer_name = "the import of the libraries that it needs"
    for name, told in (("cold", "from nothing"), ("again", "with nothing changed")):
        yield against("4", f"mmru build, {told}", "5 articles", 2.0, took[name], peer_name, took["floor"])
    commands = {"--help": Command([MMRU, "--help"]), "floor": Command([PYTHON, "-c", "import click"])}
    took = in_turn(commands, runs)
    yield against("4", "mmru --help", "", 3.0, took["--help"], "import click", took["floor"])
    loop = in_turn({"loop": floor("edits", root)}, sizes.runs)["loop"]
    note = "a time, of this machine: there is no peer"
    yield Figure(
        *("4", "an edit, under mmru check --watch", "5 articles", "s"),
        *(loop.seconds, 0.3, loop.runs),
        megabytes=loop.megabytes,
        note=note,
    )


def editions(sizes: Sizes) -> Iterator[Figure]:
    """5: two packages compared, and one proved, beside the same by hand in DuckDB."""
    base = sizes.package(1)
    per_claim = _rows(base) / _rows(base, "claims")
    old = sizes.package(round(sizes.rows / per_claim))
    new = sizes.changed(old)
    size = _size(old)
    commands = {"mmru diff": Command([MMRU, "diff", old, new]), "by hand": floor("diff", old, new)}
    took = in_turn(commands, sizes.runs)
    note = f"{took['by hand'].told['cells']:,} cells differ"
    hand = "a full outer join in DuckDB"
    yield against("5", "mmru diff", size, None, took["mmru diff"], hand, took["by hand"], note)
    took = in_turn(
        {"mmru verify": Command([MMRU, "verify", old]), "by hand": floor("verify", old)}, sizes.runs
    )
    note = "the floor runs no rule"
    hand = "hashes, and EXCEPT in DuckDB"
    yield against("5", "mmru verify", size, None, took["mmru verify"], hand, took["by hand"], note)


ITEMS = {"build": cold_build, "change": one_changed, "check": check, "edit": editing, "editions": editions}


def _beside_reading(sizes: Sizes) -> Iterator[Figure]:
    package = sizes.package(sizes.claims)
    forms = {"Parquet": package, "CSV": sizes.in_csv(package)}
    commands = {f"check of tables in {form}": floor("check", root) for form, root in forms.items()}
    took = in_turn({**commands, "floor": floor("read", package)}, sizes.runs)
    peer_name, note = "pyarrow.csv reading the same tables", "imports excluded"
    for name in commands:
        yield against("3", name, _size(package), 3.0, took[name], peer_name, took["floor"], note)


def _beside_validators(sizes: Sizes) -> Iterator[Figure]:
    package = sizes.package(sizes.peer_claims)
    once(floor("describe", package))
    ours = in_turn({"mmru check": Command([MMRU, "check", package])}, sizes.runs)["mmru check"]
    rows = _rows(package)
    peers = {
        "frictionless validate": (Command([FRICTIONLESS, "validate", "datapackage.json"], package), 50),
        "csvw, keys checked": (floor("csvw", package, python=PEER), 100),
    }
    for name, (command, times) in peers.items():
        peer = once(command)
        note = f"{rows / ours.seconds:,.0f} rows a second, {rows / peer.seconds:,.0f} those of the peer"
        figure = f"mmru check, beside {name.partition(',')[0]}"
        yield against("3", figure, _size(package), 1 / times, ours, name, peer, note)


def _planted(sizes: Sizes) -> Iterator[Figure]:
    package = sizes.package(sizes.planted_claims)
    spoiled = sizes.folder / "planted"
    shutil.rmtree(spoiled, ignore_errors=True)
    shutil.copytree(package, spoiled)
    found = once(floor("planted", spoiled, FRICTIONLESS))
    told = found.told
    note = (
        f"{told['found']} of {told['planted']} found, and {told['others']} not planted; "
        f"{told['constraints']} break a schema, of which frictionless finds {told['frictionless']}"
    )
    missed = told["planted"] - told["found"] + told["others"]
    name = "planted errors missed, or found where none is"
    yield Figure("3", name, _size(package), "", missed, 0, 1, note=note)


def _rows(package: Path, table: str = "") -> int:
    """The rows of all tables of a package, or of one."""
    resources = json.loads((package / "datapackage.json").read_bytes())["resources"]
    return sum(r.get("rows", 0) for r in resources if table in ("", r["name"]))


def _size(package: Path) -> str:
    return f"{_rows(package):,} rows"


def _script(name: str, *arguments: object) -> None:
    once(Command([PYTHON, HERE / f"{name}.py", *map(str, arguments)]))


def _cool(root: Path) -> None:
    """Remove what a build has left behind."""
    for name in (".mmru-cache", "data"):
        shutil.rmtree(root / name, ignore_errors=True)


def _hashes(root: Path) -> dict[str, str]:
    """The hash of each file of a dataset, but of what is kept between builds."""
    found = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file() and ".mmru-cache" not in p.parts):
        with path.open("rb") as file:
            found[path.relative_to(root).as_posix()] = file_digest(file, "sha256").hexdigest()
    return found


def _five(target: Path) -> None:
    for name in ("seeds", "schemas"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("editor"))


def _in_csv(package: Path, target: Path) -> None:
    shutil.copytree(package / "schemas", target / "schemas")
    (target / "data").mkdir()
    for path in (package / "data").glob("*.csv"):
        os.link(path, target / "data" / path.name)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """What the commands take, beside floors and peers."""


@main.command()
@click.argument("items", nargs=-1, type=click.Choice([*ITEMS]))
@click.option("--articles", default=10_000, show_default=True, help="And a tenth of them, for growth.")
@click.option("--claims", default=1_000_000, show_default=True, help="Of the tables that are checked.")
@click.option("--peer-claims", default=1_000_000, show_default=True, help="Of those that validators check.")
@click.option("--planted-claims", default=20_000, show_default=True, help="Of those with planted errors.")
@click.option("--rows", default=1_000_000, show_default=True, help="Of the packages compared and proved.")
@click.option("--runs", default=3, show_default=True, help="Of each command; very slow peers run once.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Keep what is made here.")
@click.option("--results", type=click.Path(dir_okay=False, path_type=Path), default=RESULTS)
def run(items: tuple[str, ...], folder: Path | None, results: Path, **sizes: int) -> None:
    """Measure the ITEMS, by default all, and put their figures into results.json."""
    with tempfile.TemporaryDirectory(prefix="scale-") as made:
        told = Sizes(**sizes, folder=(folder or Path(made)).resolve())
        told.folder.mkdir(parents=True, exist_ok=True)
        for item in items or ITEMS:
            click.echo(f"{item}:")
            for figure in ITEMS[item](told):
                merge(results, figure)


@main.command()
@click.option("--results", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=RESULTS)
def page(results: Path) -> None:
    """Write the figures into docs/performance.md, and draw docs/performance.svg."""
    from scale_page import write

    write(ROOT, json.loads(results.read_text("utf-8")))


if __name__ == "__main__":
    main()
