"""Draw the timeline and the reactions as pictures, for the README and the release: make pictures.

They are made from the released tables by the specifications of the explorer page, in its light
colours, with a font that comes with vl-convert: the same everywhere, to the byte. docs/ gets them as
SVG, dist/pictures/ as PNG. With --verify, nothing is written; exit code 1 where docs/ has others.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import vl_convert
from mmru.explorer.build import chart, released
from mmru.explorer.data import Row, stances, stretch, timeline

VEGA_LITE = "6.4"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
STEP, LEFT, WIDTH = 23, 640, 560
DAY = 86_400_000


def pictures(root: Path) -> Iterator[tuple[str, bytes]]:
    """Each picture's path and content. Raises InvalidDataset where the released tables are not whole."""
    tables, package = released(root)
    theme = chart("theme")["light"]
    items = [*timeline(tables)]
    since, until = map(date.fromisoformat, stretch(package))
    drawn = {
        "timeline": _filled(
            chart("timeline"),
            items,
            {"left": LEFT, "step": STEP, "since": _at(since) - 60 * DAY, "until": _at(until) + 60 * DAY},
        )
        | {"width": WIDTH, "height": (len(items) + 1.5 * len({i["lane"] for i in items})) * STEP},
        "reactions": _filled(
            chart("reactions"), stances(tables), {"gap": theme["surface"], "grey": theme["stances"][2]}
        ),
    }
    colours = {"timeline": theme["lanes"], "reactions": theme["stances"]}
    for name, spec in drawn.items():
        shared = _coloured(chart("config"), theme | {"category": colours[name]})
        spec["config"] = shared | {"font": FONT, "padding": 12}
        yield f"docs/{name}.svg", vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE).encode()
        yield f"dist/pictures/{name}.png", vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=2)


def _at(day: Any) -> int:
    return int((day - day.fromordinal(719163)).days) * DAY


def _filled(spec: Row, items: list[Row], values: Mapping[str, object]) -> Row:
    """A specification with its data, and with other values for some of its parameters."""
    spec["data"]["values"] = items
    for param in spec["params"]:
        param["value"] = values.get(param["name"], param["value"])
    return spec


def _coloured(part: Any, colours: Mapping[str, Any]) -> Any:
    """A configuration in which each `$name` is the colour of that name."""
    if isinstance(part, dict):
        return {name: _coloured(value, colours) for name, value in part.items()}
    return colours[part[1:]] if isinstance(part, str) and part.startswith("$") else part


def main(arguments: list[str]) -> int:
    """Write the pictures, or compare those in docs/ with them; the exit code."""
    root, verify = Path.cwd(), arguments == ["--verify"]
    stale = []
    for path, content in pictures(root):
        target = root / path
        if verify and path.startswith("docs/") and not (target.is_file() and target.read_bytes() == content):
            stale.append(f"{path}:1:1: is not what the tables give; run make pictures")
        if not verify:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    print("\n".join(stale), end="\n" if stale else "")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
