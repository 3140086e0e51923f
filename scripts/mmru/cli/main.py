"""The command mmru. Each of its commands imports what it needs when it runs, so that --help is quick."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from mmru.cli import build, curate, read
from mmru.cli.report import Command, echo, print_problems, shown
from mmru.errors import Damaged, InvalidDataset

# the commands that write files
WRITING = ("build", "anchor", "new", "register", "agree", "site", "changes", "release")


class Commands(Command, click.Group):
    """Commands that print problems, and failures of the system such as a full disk, as lines."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        """Read the arguments of the command mmru itself."""
        with _printable_messages():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        with _printable_messages():
            try:
                return super().invoke(ctx)
            except InvalidDataset as error:
                print_problems(
                    error.problems, "; nothing was written" if ctx.invoked_subcommand in WRITING else ""
                )
                raise SystemExit(1) from None
            except BrokenPipeError:
                raise
            except OSError as error:
                where = f"{error.filename}: " if error.filename else ""
                raise click.ClickException(f"{where}{error.strerror or error}") from None


@contextmanager
def _printable_messages() -> Iterator[None]:
    """Make what click prints of arguments and failures printable on any terminal."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise click.UsageError(shown(error.format_message(), err=True), error.ctx) from None
    except click.ClickException as error:
        raise click.ClickException(shown(error.format_message(), err=True)) from None


def _print_version(context: click.Context, _: click.Parameter, requested: bool) -> None:
    """Print the version, which is that of the data, and exit."""
    if not requested:
        return
    import mmru

    try:
        echo(f"mmru, version {mmru.__version__}")
    except Damaged as damaged:
        raise click.ClickException(f"{damaged}") from None
    context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Build, check and read the Myanmar–Russia Relations dataset in the current folder.

    \b
    Example:
      mmru build && mmru show ev-visit-min-aung-hlaing-russia-2025-03

    \b
    Shell completion (bash; zsh and fish likewise):
      eval "$(_MMRU_COMPLETE=bash_source mmru)"

    Exit codes: 0 valid, 1 invalid, 2 wrong usage.
    """


for command in (
    *(build.build_command, build.check_command, build.changes_command, build.release_command),
    *(build.site_command, read.show_command, read.coverage_command, read.diff_command, read.verify_command),
    *(curate.anchor_command, curate.find_command, curate.new_command, curate.register_command),
    curate.agree_command,
):
    main.add_command(command)
