"""Draw the timeline and the reactions for the README and the release: make pictures.

The pictures use the released tables, the chart specifications of the explorer page with its light
colours, and a font that comes with vl-convert, so they are the same on every machine. SVG goes to
docs/, PNG to dist/pictures/. With --verify, nothing is written; exit code 1 where docs/ differs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import vl_convert
from mmru.explorer.data import covered_days, reaction_marks, timeline
from mmru.explorer.lists import Row
from mmru.explorer.site import chart, charts, released
from mmru.io.atomic import replace_file

VEGA_LITE = "6.4"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
STEP, LEFT, WIDTH = 23, 640, 560
EPOCH, MILLISECOND, MARGIN = date(1970, 1, 1), timedelta(milliseconds=1), timedelta(days=60)


def pictures(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of each picture; raise InvalidDataset if a released table is damaged."""
    tables, package = released(root)
    theme = chart("theme")["light"]
    since, _, until = map(date.fromisoformat, covered_days(package.about))
    items = [item for item in timeline(tables) if _in_sight(item, str(since), str(until))]
    lines = len({item["record"] for item in items})
    specs = charts(tables)
    filled = {
        "timeline": _fill(
            specs["timeline"],
            items,
            {
                "left": LEFT,
                "step": STEP,
                "since": (since - EPOCH - MARGIN) // MILLISECOND,
                "until": (until - EPOCH + MARGIN) // MILLISECOND,
            },
        )
        | {"width": WIDTH, "height": (lines + 1.5 * len({i["lane"] for i in items})) * STEP},
        "reactions": _fill(specs["reactions"], reaction_marks(tables), {"gap": theme["surface"]}),
    }
    colours = {"timeline": theme["lanes"], "reactions": theme["stances"]}
    for name, spec in filled.items():
        config = _colour(chart("config"), theme | {"category": colours[name]})
        spec["config"] = config | {"font": FONT, "padding": 12}
        yield f"docs/{name}.svg", vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE).encode()
        yield f"dist/pictures/{name}.png", vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=2)


def _in_sight(item: Row, since: str, until: str) -> bool:
    """Return whether the mark of an item lies in the period of the picture, as on the page."""
    start, end = item["from"], item["to"]
    if start and end:
        return bool(start <= until and end >= since)
    return bool(since <= (start or end) <= until)


def _fill(spec: Row, items: list[Row], values: Mapping[str, object]) -> Row:
    """Return the specification with data, and with other values for some parameters."""
    spec["data"]["values"] = items
    for param in spec["params"]:
        param["value"] = values.get(param["name"], param["value"])
    return spec


def _colour(part: Any, colours: Mapping[str, Any]) -> Any:
    """Return the configuration with the colour of that name for each `$name`."""
    if isinstance(part, dict):
        return {name: _colour(value, colours) for name, value in part.items()}
    return colours[part[1:]] if isinstance(part, str) and part.startswith("$") else part


def main(arguments: list[str]) -> int:
    """Write the pictures, or compare docs/ with them; return the exit code."""
    root, verify = Path.cwd(), arguments == ["--verify"]
    stale = []
    for path, content in pictures(root):
        target = root / path
        if verify and path.startswith("docs/") and not (target.is_file() and target.read_bytes() == content):
            stale.append(f"{path}:1:1: differs from the tables; run make pictures")
        if not verify:
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, content)
    print("\n".join(stale), end="\n" if stale else "")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
