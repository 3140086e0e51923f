"""The locks pin every package with hashes and do not name the index they come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT

PIN = re.compile(r"[a-z0-9-]+==[^ ;]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")


@pytest.mark.parametrize("lock", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name)
def test_each_entry_is_a_version_with_hashes(lock: Path) -> None:
    entries = re.split(r"\n(?! )", lock.read_text("utf-8").strip())
    assert [entry for entry in entries if not PIN.fullmatch(entry)] == []
