"""Write the figures of benchmarks/results.json into docs/performance.md, and draw docs/performance.svg."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import vl_convert
from mmru.explorer.build import chart

Row = Mapping[str, Any]
PAGE, PICTURE = "docs/performance.md", "docs/performance.svg"
BEGIN, END = "<!-- figures: benchmarks/scale.py -->", "<!-- end of figures -->"
HEADS = ("figure", "at", "ours", "peer", "ratio", "target", "met", "memory", "memory of the peer", "runs")
VEGA_LITE = "6.4"
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


def write(root: Path, results: Row) -> None:
    """Put the table between the marks of the page, and draw the picture."""
    page = root / PAGE
    text = page.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    assert mark, f"{PAGE} has not both of the marks"
    page.write_text("\n".join((f"{head}{BEGIN}\n", *_lines(results), f"\n{END}{tail}")), "utf-8")
    (root / PICTURE).write_text(vl_convert.vegalite_to_svg(picture(results), vl_version=VEGA_LITE), "utf-8")


def _lines(results: Row) -> Iterator[str]:
    about = results["machine"]
    libraries = ", ".join(f"{name} {version}" for name, version in about["libraries"].items())
    yield (
        f"{about['processor']}, {about['cores']} cores, {about['memory_gb']} GB of memory; "
        f"Python {about['python']}, {libraries}."
    )
    yield ""
    yield f"![Each figure as a share of its target](performance.svg)\n\n| {' | '.join(HEADS)} |"
    yield f"|{' --- |' * len(HEADS)}"
    for row in results["figures"]:
        yield f"| {' | '.join(_cells(row))} |"
    yield ""
    names: dict[str, list[str]] = {}
    for row in results["figures"]:
        beside = f"beside {row['peer_name']}" if row["peer_name"] else ""
        if said := "; ".join(filter(None, (beside, row["note"]))):
            names.setdefault(said, []).append(row["name"])
    yield from (f"- {'; '.join(named)}: {said}." for said, named in names.items())


def _cells(row: Row) -> Iterator[str]:
    yield from (row["name"], row["size"])
    yield _number(row["ours"], row["unit"])
    yield _number(row["peer"], row["unit"])
    yield _ratio(row["ratio"])
    yield _ratio(row["target"]) if row["peer"] else _number(row["target"], row["unit"])
    yield {True: "yes", False: "no", None: "–"}[row["met"]]
    yield _number(row["megabytes"], "MB")
    yield _number(row["peer_megabytes"], "MB")
    yield (
        f"{row['runs']} and {row['peer_runs']}"
        if row["peer_runs"] not in (0, row["runs"])
        else f"{row['runs']}"
    )


def _ratio(value: float | None) -> str:
    """A ratio; one that is far below 1 as a fraction."""
    if value is None:
        return "–"
    return f"{value:.2f}" if value >= 0.1 else f"1/{1 / value:.0f}"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    digits = 0 if unit == "MB" or value == int(value) else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def picture(results: Row) -> dict[str, Any]:
    """The figures that have a target, as shares of it, on a logarithmic axis: left of the line it is met."""
    colours = chart("theme")["light"]
    items = [
        {"figure": row["name"], "share": row["held"] / row["target"], "met": row["met"]}
        for row in results["figures"]
        if row["target"] and row["held"] > 0
    ]
    quiet = {"labelColor": colours["muted"], "titleColor": colours["muted"], "gridColor": colours["line"]}
    figure = {
        "field": "figure",
        "type": "nominal",
        "sort": None,
        "title": None,
        "axis": {"labelLimit": 420, "grid": True, "domain": False, "ticks": False},
    }
    share = {
        "field": "share",
        "type": "quantitative",
        "scale": {"type": "log", "nice": True},
        "title": "share of the target; at the line it is just met",
        "axis": {"format": "~g", "grid": False, "tickCount": 6},
    }
    dots = {
        "mark": {"type": "point", "size": 80, "strokeWidth": 1.8, "color": colours["ink"], "opacity": 1},
        "encoding": {
            "y": figure,
            "x": share,
            "fill": {
                "condition": {"test": "datum.met", "value": colours["ink"]},
                "value": colours["surface"],
            },
        },
    }
    line = {
        "mark": {"type": "rule", "color": colours["edge"], "strokeWidth": 1.5},
        "encoding": {"x": {"datum": 1, "type": "quantitative"}},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": "Each figure as a share of its target; filled where the target is met",
        "data": {"values": items},
        "width": 420,
        "height": {"step": 24},
        "background": colours["surface"],
        "layer": [line, dots],
        # what draws it may have a wider font than what measured the labels
        "config": {
            "font": FONT,
            "padding": {"left": 60, "top": 12, "right": 12, "bottom": 12},
            "axis": quiet,
            "view": {"stroke": None},
        },
    }
