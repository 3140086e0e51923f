"""The browser that the explorer page is tried in: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
import shutil

# no calls of the browser's own, and no sandbox within the sandbox of a build machine
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
    """The path of Chromium: that of the variable CHROMIUM, else the first that is found; or nothing."""
    named = os.environ.get("CHROMIUM")
    return named or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
    )
