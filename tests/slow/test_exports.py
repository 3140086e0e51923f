"""SQLite, workbook and JSON lines do not depend on hash seed, time zone or locale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXPORT = """
from pathlib import Path
from mmru.pipeline.build import build
from mmru.export.jsonl import to_jsonl
from mmru.export.sqlite import datasette_metadata, to_sqlite
from mmru.export.excel import to_workbook
made = build(Path.cwd())
about = made.seeds.dataset.data
to_sqlite(made.tables, made.schemas, about, Path("x.sqlite"))
to_workbook(made.tables, made.schemas, about, [], Path("x.xlsx"))
Path("x.jsonl").write_bytes(b"".join(to_jsonl(made.tables, made.schemas)))
Path("x.json").write_bytes(datasette_metadata(about, made.schemas, "x"))
"""
NAMES = ("x.sqlite", "x.xlsx", "x.jsonl", "x.json")


def exported(root: Path, **environment: str) -> dict[str, bytes]:
    subprocess.run([sys.executable, "-c", EXPORT], cwd=root, env=dict(os.environ, **environment), check=True)
    return {name: (root / name).read_bytes() for name in NAMES}


@pytest.mark.slow
def test_every_run_gives_the_same_bytes(small: Path) -> None:
    plain = exported(small, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C")
    odd = exported(small, PYTHONHASHSEED="77", TZ="Asia/Yangon", LC_ALL="C.UTF-8", LANG="ru_RU.UTF-8")
    assert plain == odd
    assert all(plain.values())
