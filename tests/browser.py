"""The browser of the tests of the explorer page: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil

# no requests of the browser's own, and no sandbox inside the sandbox of a build machine
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Return the path of Chromium: the variable CHROMIUM, else the first in PATH, else an empty text."""
    named = os.environ.get("CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
    )
