"""Write the explorer page: a folder of static files, built only from the released tables."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from mmru.datapackage.open import proven_package
from mmru.datapackage.package import Package
from mmru.explorer.data import READ, cell, claims_by_record, core, shards
from mmru.explorer.lists import Row, Tables, chart_lists, labels
from mmru.export.facts import About, whole_description
from mmru.export.schema_org import dataset_facts
from mmru.io.atomic import alone, exchange, write_durably
from mmru.model.characters import with_lf
from mmru.verify import STAGING

SOURCES = Path(__file__).with_name("static")
TARGET = Path("dist/site")
CHARTS = ("timeline", "density", "overview", "agreements", "reactions", "network")
INTERPRETER = "vendor/vega-interpreter.js"


def site(root: Path) -> list[Path]:
    """Write the page of the released tables in `root` into `root`/dist/site; return its files, largest first.

    Raise Damaged if a file of the release is missing or was changed. Raise OSError if the page cannot be
    written; the old page then stays.
    """
    built = files(*released(root))
    write(root / TARGET, built)
    return [TARGET / path for path in sorted(built, key=lambda p: (-len(built[p]), p))]


def released(root: Path) -> tuple[Tables, Package]:
    """Return the rows of the released tables that the page shows, and their package; raise Damaged."""
    package, _ = proven_package(root)
    return {name: rows.to_pylist() for name, rows in package.read(READ).items()}, package


def files(tables: Tables, package: Package) -> dict[str, bytes]:
    """Return every file of the page, by its path from the page's folder."""
    built = {
        path.relative_to(SOURCES).as_posix(): with_lf(path.read_bytes())
        for path in sorted(SOURCES.rglob("*"))
        if path.is_file() and path.parent.name != "charts"
    }
    built["index.html"] = with_description(built["index.html"], package.about)
    built[INTERPRETER] = classic(built[INTERPRETER])
    built["theme.css"] = theme_css(chart("theme")).encode()
    built["data/charts.js"] = script(
        "charts", charts(tables) | {name: chart(name) for name in ("config", "theme")}
    )
    claims = claims_by_record(tables["claims"])
    data = core(tables, claims, package)
    built["data/core.js"] = script("core", data)
    for number, shard in enumerate(shards(claims)):
        rows = [[cell(claim[name]) for name in data["claim_columns"]] for claim in shard]
        built[f"data/claims-{number}.js"] = script(f"claims_{number}", rows)
    return built


def with_description(page: bytes, about: About) -> bytes:
    """Return the page with what search engines and link previews show of it: title, text and JSON-LD."""
    title, text = escape(about["title"]), escape(whole_description(about))
    facts = {"@context": "https://schema.org", "@type": "Dataset", **dataset_facts(about, [])}
    data = json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c")
    head = (
        f'<title>{title}</title>\n<meta name="description" content="{text}">\n'
        f'<meta property="og:type" content="website">\n<meta property="og:title" content="{title}">\n'
        f'<meta property="og:description" content="{text}">\n'
        f'<script type="application/ld+json">{data}</script>\n'
    )
    return page.replace(b"<title></title>\n", head.encode())


def charts(tables: Tables) -> dict[str, Row]:
    """Return the specifications of all charts, with the lists of codes that they name as `$lanes`."""
    lists = chart_lists(labels(tables["vocabularies"]))
    return {name: _with_lists(chart(name), lists) for name in CHARTS}


def _with_lists(part: Any, lists: Mapping[str, list[str]]) -> Any:
    if isinstance(part, dict):
        return {key: _with_lists(value, lists) for key, value in part.items()}
    if isinstance(part, list):
        return [_with_lists(value, lists) for value in part]
    return lists[part[1:]] if isinstance(part, str) and part.startswith("$") else part


def chart(name: str) -> Row:
    """Return a file of static/charts: a chart in Vega-Lite or Vega, or what all charts share."""
    content: Row = json.loads((SOURCES / "charts" / f"{name}.json").read_text("utf-8"))
    return content


def script(name: str, value: object) -> bytes:
    """Return a script that stores a value in `mmru_data`, since a page opened from disk cannot fetch JSON.

    The value is JSON in a string, which browsers parse faster than a literal.
    """
    packed = json.dumps(json.dumps(value, ensure_ascii=False, separators=(",", ":")), ensure_ascii=False)
    packed = packed.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"(globalThis.mmru_data ??= {{}}).{name} = JSON.parse({packed});\n".encode()


def classic(module: bytes) -> bytes:
    """Return Vega's expression interpreter as a classic script: modules do not load from disk."""
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
            raise ValueError(f"{INTERPRETER} is another version: it lacks '{old}'")
        text = text.replace(old, new)
    return text.partition("//# sourceMappingURL")[0].encode()


def theme_css(theme: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the colours of both themes as CSS variables; the reader or the system chooses the theme."""

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


def write(target: Path, built: Mapping[str, bytes]) -> None:
    """Replace the folder `target` by one with these files, in one step; if that fails, the old one stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with alone(target.parent):
        for leftover in target.parent.glob(f"{STAGING}*"):
            shutil.rmtree(leftover)
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=target.parent))
        try:
            for path, content in built.items():
                write_durably(staging / "new" / path, content)
            exchange(staging / "new", target, staging / "old")
        finally:
            shutil.rmtree(staging, ignore_errors=True)
