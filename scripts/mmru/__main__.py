"""Start the command, or name the library that it lacks: only those for reading may be installed."""

from __future__ import annotations

import atexit
import gc
import sys


def start() -> None:
    """Run the command mmru."""
    # a command makes millions of objects and few cycles of them; looking for cycles takes a sixth of its time
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    try:
        from mmru.cli.main import main

        main(prog_name="mmru")
    except ModuleNotFoundError as absent:
        from mmru.errors import install_command

        if absent.name == "fcntl":
            sys.exit("mmru: Windows cannot lock folders; use this command on Linux or macOS, or in WSL")
        sys.exit(f"mmru: {absent.name} is not installed; the commands need: {install_command()}")


if __name__ == "__main__":
    start()
