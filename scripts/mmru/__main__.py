"""Start the command, or name the missing library if only those for reading the data are installed."""

from __future__ import annotations

import gc
import sys


def start() -> None:
    """Run the command mmru."""
    # a command ends before it leaves many cycles of objects, and to look for them often takes long
    gc.set_threshold(100_000)
    try:
        from mmru.cli.main import main
    except ModuleNotFoundError as absent:
        from mmru.errors import install_command

        sys.exit(f"mmru: {absent.name} is not installed; the commands need: {install_command()}")
    main(prog_name="mmru")


if __name__ == "__main__":
    start()
