"""The benchmark runs, and its made-up dataset is valid."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT


@pytest.mark.slow
def test_a_tiny_benchmark_fills_its_table(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    shutil.copy(ROOT / "docs/performance.md", page)
    around = page.read_text("utf-8").partition("<!-- figures -->")[0]
    sizes = ("--articles", "50", "--claims", "1000", "--runs", "1", "--page", str(page))
    subprocess.run([sys.executable, ROOT / "benchmarks/bench.py", *sizes], check=True)
    text = page.read_text("utf-8")
    assert text.startswith(around)
    cells = [line.split(" | ") for line in text.splitlines() if line.endswith((" yes |", "no** |", "– |"))]
    assert [row[1] for row in cells] == [
        *("5 articles", "the dataset", "5 articles", "10 articles", "50 articles", "from 10 to 50", "50"),
        *("1,000 claims", "1,000 claims", "1,000 claims"),
    ]
    assert all(math.isfinite(float(row[-3])) for row in cells)  # an exponent may be below 0 at these sizes
