"""How long the explorer page takes to be of use, from disk, in a real browser: make bench.

The first view is that of the released tables; then of ten thousand made-up events, with a filter and
with panning. Needs Chromium. The limits are those that the page promises; exit code 1 beyond them.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from large import enlarged
from mmru.explorer.build import files, released, write
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from browser import FLAGS, chromium

ROOT = Path(__file__).parents[1]
DRAWN = "document.getElementById('main').dataset.drawn"
# milliseconds from the start of the navigation until the first view is drawn
OPENED = f"""new Promise(done => {{
  const look = () => {DRAWN} ? done(performance.now()) : requestAnimationFrame(look); look(); }})"""
FILTERED = """new Promise(done => { const main = document.getElementById('main'), start = performance.now();
  main.dataset.drawn = ''; mmru.refine({ actor: 'russia' });
  const look = () => main.dataset.drawn ? done(performance.now() - start) : requestAnimationFrame(look);
  look(); })"""
PANNED = """new Promise(done => { const gaps = []; let last = performance.now(), n = 0;
  const canvas = document.querySelector('.chart:not(.overview) canvas');
  const box = canvas.getBoundingClientRect();
  const fire = (type, x) => (type === 'pointerdown' ? canvas : window)
    .dispatchEvent(new PointerEvent(type, { clientX: x, clientY: box.top + 40, bubbles: true, button: 0 }));
  fire('pointerdown', box.right - 60);
  const step = () => { const now = performance.now(); gaps.push(now - last); last = now;
    if (n++ < 60) { fire('pointermove', box.right - 60 - 4 * n); requestAnimationFrame(step); }
    else { fire('pointerup', 0); done(gaps.slice(1)); } };
  requestAnimationFrame(step); })"""
LIMITS = {"first view": 1000, "first view of 10,000 events": 3000, "filter over 10,000 events": 3000}


def opened(page: Page, folder: Path, address: str = "") -> float:
    page.goto("about:blank")
    page.goto(f"{(folder / 'index.html').as_uri()}{address}")
    return float(page.evaluate(OPENED))


def main() -> int:
    """Measure, print, and compare with the limits; the exit code."""
    tables, package = released(ROOT)
    small, large = files(tables, package), files(enlarged(tables, 10_000), package)
    took: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folders = {"small": Path(made) / "small", "large": Path(made) / "large"}
        write(folders["small"], small)
        write(folders["large"], large)
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        took["first view"] = statistics.median(opened(page, folders["small"]) for _ in range(5))
        took["first view of 10,000 events"] = statistics.median(
            opened(page, folders["large"]) for _ in range(3)
        )
        gaps = page.evaluate(PANNED)
        for view in ("agreements", "reactions", "network", "sources", "records"):
            took[f"{view} of 10,000 events"] = opened(page, folders["large"], f"#?view={view}")
        opened(page, folders["large"])
        took["filter over 10,000 events"] = page.evaluate(FILTERED)
        browser.close()
    for name, milliseconds in took.items():
        print(f"{name}: {milliseconds:.0f} ms")
    print(f"a frame while panning: {statistics.median(gaps):.1f} ms, at most {max(gaps):.0f} ms")
    for name, made_files in (("the page", small), ("the page of 10,000 events", large)):
        loaded = sum(len(c) for p, c in made_files.items() if "claims-" not in p and "LICENSE" not in p)
        whole = sum(map(len, made_files.values()))
        print(f"{name}: {loaded / 1e6:.2f} MB for its first view, {whole / 1e6:.2f} MB in all")
    slow = [n for n, t in took.items() if t > LIMITS.get(n, 3000)]
    print("\n".join(f"too slow: {name}" for name in slow), end="")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
