"""The explorer page: a folder of static files, made from the released tables alone."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mmru.errors import InvalidDataset, Problem
from mmru.explorer.data import READ, Row, Rows, cell, core, shards
from mmru.io.atomic import alone, exchange, write_durably
from mmru.verify import PACKAGE, STAGING, verify

SOURCES = Path(__file__).with_name("static")
TARGET = Path("dist/site")
CHARTS = ("timeline", "density", "overview", "agreements", "reactions", "lines", "matrix", "network")
INTERPRETER = "vendor/vega-interpreter.js"


def site(root: Path) -> list[Path]:
    """Write the page for the released tables in `root` into `root`/dist/site; the files, largest first.

    The tables are proven first. Raises InvalidDataset where they are not whole, OSError where the page
    cannot be written; then the old page is as it was.
    """
    tables, package = released(root)
    made = files(tables, package)
    write(root / TARGET, made)
    return [TARGET / path for path in sorted(made, key=lambda p: (-len(made[p]), p))]


def released(root: Path) -> tuple[Rows, Mapping[str, Any]]:
    """The released tables that the page shows, and their descriptor. Raises InvalidDataset."""
    faults, _ = verify(root)
    if faults:
        raise InvalidDataset([Problem(f.path, 1, 1, f.code, f.message, f.fix) for f in faults])
    package = json.loads((root / PACKAGE).read_text("utf-8"))
    tables, problems = {}, []
    for name in READ:
        path = f"data/{name}.parquet"
        try:
            tables[name] = pq.read_table(root / path).to_pylist()
        except (OSError, pa.ArrowException) as error:
            said = f"cannot be read: {str(error).partition(chr(10))[0]}"
            problems.append(Problem(path, 1, 1, "V09", said, "get the release again"))
    if problems:
        raise InvalidDataset(problems)
    return tables, package


def files(tables: Rows, package: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file of the page, by its path from the page's folder."""
    made = {
        path.relative_to(SOURCES).as_posix(): path.read_bytes()
        for path in sorted(SOURCES.rglob("*"))
        if path.is_file() and path.parent.name != "charts"
    }
    made[INTERPRETER] = classic(made[INTERPRETER])
    made["theme.css"] = theme_css(chart("theme")).encode()
    made["data/charts.js"] = script("charts", {name: chart(name) for name in (*CHARTS, "config", "theme")})
    data = core(tables, package)
    made["data/core.js"] = script("core", data)
    for number, shard in enumerate(shards(tables["claims"])):
        rows = [[cell(claim[name]) for name in data["claim_columns"]] for claim in shard]
        made[f"data/claims-{number}.js"] = script(f"claims_{number}", rows)
    return made


def chart(name: str) -> Row:
    """A chart's specification, in Vega-Lite or Vega, or the colours of all of them."""
    found: Row = json.loads((SOURCES / "charts" / f"{name}.json").read_text("utf-8"))
    return found


def script(name: str, value: object) -> bytes:
    """A script that keeps a value under `mmru_data`: pages opened from disk may not fetch JSON.

    The value is JSON within a string, which engines read faster than the same as a literal.
    """
    packed = json.dumps(json.dumps(value, ensure_ascii=False, separators=(",", ":")), ensure_ascii=False)
    packed = packed.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"(globalThis.mmru_data ??= {{}}).{name} = JSON.parse({packed});\n".encode()


def classic(module: bytes) -> bytes:
    """Vega's expression interpreter as a classic script: modules do not load from disk."""
    text = module.decode("utf-8")
    parts = {
        "import { ascending, isString, DisallowedObjectProperties } from 'vega-util';": (
            "(() => {\nconst { ascending, isString, DisallowedObjectProperties } = vega;"
        ),
        "export { expression as expressionInterpreter };": (
            "globalThis.vegaInterpreter = expression;\n})();"
        ),
    }
    for old, new in parts.items():
        if text.count(old) != 1:
            raise ValueError(f"{INTERPRETER} is not the version that is known: it lacks '{old}'")
        text = text.replace(old, new)
    return text.partition("//# sourceMappingURL")[0].encode()


def theme_css(theme: Mapping[str, Mapping[str, Any]]) -> str:
    """The colours of both themes as CSS variables; light unless the reader or their system asks for dark."""

    def block(selector: str, name: str) -> str:
        colours = {k: v for k, v in theme[name].items() if isinstance(v, str)}
        for group in ("lanes", "stances"):
            colours |= {f"{group}-{n}": colour for n, colour in enumerate(theme[name][group])}
        lines = "".join(f"  --{key}: {value};\n" for key, value in colours.items())
        return f"{selector} {{\n  color-scheme: {name};\n{lines}}}\n"

    dark = block(":root:not([data-theme=light])", "dark")
    return (
        block(":root", "light")
        + f"@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"
        + "@media screen {\n"
        + block(":root[data-theme=dark]", "dark")
        + "}\n"
    )


def write(target: Path, made: Mapping[str, bytes]) -> None:
    """Put a folder with these files in the place of `target` at once; if that fails, the old one stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with alone(target.parent):
        for leftover in target.parent.glob(f"{STAGING}*"):
            shutil.rmtree(leftover)
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=target.parent))
        try:
            for path, content in made.items():
                write_durably(staging / "new" / path, content)
            exchange(staging / "new", target, staging / "old")
        finally:
            shutil.rmtree(staging, ignore_errors=True)
