"""Start the command, or name the missing library if only those for reading the data are installed."""

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
    except ModuleNotFoundError as absent:
        from mmru.errors import install_command

        sys.exit(f"mmru: {absent.name} is not installed; the commands need: {install_command()}")
    main(prog_name="mmru")


if __name__ == "__main__":
    start()
