"""The command mmru. Each command imports what it needs only when it runs, so that --help is quick."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from mmru import __version__

if TYPE_CHECKING:
    from mmru.problem import Refused

UNWRITTEN = "; nothing was written"
ARTICLES = click.option(
    "--articles",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MMRU_ARTICLES",
    default="../shared/articles",
    show_default=True,
    help="Folder of the articles' texts, recognised by their hashes. Also: MMRU_ARTICLES.",
)


class Commands(click.Group):
    """Commands of which a failure of the system, such as a full disk, is told in one line."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(f"{error}") from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mmru")
def main() -> None:
    """Build, check and read the Myanmar–Russia Relations dataset in the current folder.

    \b
    Example:
      mmru build && mmru show ev-visit-min-aung-hlaing-russia-2025-03

    \b
    Shell completion (bash; zsh and fish likewise):
      eval "$(_MMRU_COMPLETE=bash_source mmru)"

    Exit codes: 0 sound, 1 invalid, 2 wrong use.
    """


@main.command()
def build() -> None:
    """Make data/ and datapackage.json from seeds/ and schemas/.

    Everything is checked first; when anything is wrong, nothing is written.

    \b
    Example:
      mmru build
    """
    from mmru.build import build as build_dataset
    from mmru.problem import Refused
    from mmru.write import files, write

    root = Path.cwd()
    try:
        dataset = build_dataset(root, _say)
    except Refused as refused:
        _refuse(refused, UNWRITTEN)
    try:
        changed = write(root, files(dataset))
    except Refused as refused:
        _refuse(refused, UNWRITTEN)
    except OSError as error:
        raise click.ClickException(f"cannot write here: {error}; data/ is as it was") from None
    rows = sum(t.num_rows for t in dataset.tables.values())
    click.echo(f"data/: {len(dataset.tables)} tables, {rows} rows; {len(changed)} files changed")


@main.command()
def check() -> None:
    """Check schemas/, seeds/ and whether data/ is what they give; write nothing.

    \b
    Example:
      mmru check
    """
    from mmru.build import build as build_dataset
    from mmru.problem import Problem, Refused
    from mmru.write import drift, files, strays

    root = Path.cwd()
    try:
        dataset = build_dataset(root, _say)
        made = files(dataset)
        said = "is not what seeds/ and schemas/ give"
        stale = [Problem(path, 1, 1, "W01", said, "run mmru build") for path in drift(root, made)]
        if stale := stale + strays(root, made):
            raise Refused(stale)
    except Refused as refused:
        _refuse(refused)
    click.echo(
        f"sound: {sum(t.num_rows for t in dataset.tables.values())} rows in {len(dataset.tables)} tables"
    )


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ARTICLES
@click.option("--verify", is_flag=True, help="Change nothing; only hold every locator against the text.")
def anchor(files: tuple[Path, ...], articles: Path, verify: bool) -> None:
    """Turn the quotes in extractions into locators, and hold every locator against the text.

    Without FILES, all of seeds/articles/ are taken.

    \b
    Example:
      mmru anchor seeds/articles/src-irrawaddy-2023-09-15.yaml
    """
    from mmru.anchor import anchor_files
    from mmru.problem import Refused

    root = Path.cwd()
    try:
        report = anchor_files(root, [os.path.relpath(f, root) for f in files], articles, verify=verify)
    except Refused as refused:
        _refuse(refused, UNWRITTEN)
    for line in report:
        click.echo(line)


@main.command()
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("source_id")
def new(text: Path, source_id: str) -> None:
    """Begin the extraction of an article: TEXT is its file, SOURCE_ID its new id.

    The lines are listed with their hashes, and the sentences of each with their offsets; no word
    of the article is copied.

    \b
    Example:
      mmru new ../shared/articles/new.txt src-mizzima-2024-05-01
    """
    from mmru.problem import Refused
    from mmru.scaffold import scaffold

    root = Path.cwd()
    try:
        path = scaffold(root, text, source_id)
    except Refused as refused:
        _refuse(refused, UNWRITTEN)
    click.echo(f"{path}: now give what it says of its source, code its lines, and run mmru anchor")


@main.command()
@click.argument("record")
@ARTICLES
def show(record: str, articles: Path) -> None:
    """Show a record: its values, who says so and where, and the words where the texts are at hand.

    \b
    Example:
      mmru show ag-military-cooperation-2026
    """
    from mmru.problem import Refused
    from mmru.show import show_record

    try:
        lines = list(show_record(Path.cwd(), record, articles))
    except Refused as refused:
        _refuse(refused)
    click.echo("\n".join(lines))


def _say(step: str) -> None:
    """Progress, on a terminal only and not in continuous integration."""
    if sys.stderr.isatty() and not os.environ.get("CI"):
        click.echo(click.style(f"… {step}", dim=True), err=True)


def _refuse(refused: Refused, outcome: str = "") -> NoReturn:
    """Print what is wrong and stop with exit code 1."""
    for problem in refused.problems:
        click.echo("".join(c if c.isprintable() else "\ufffd" for c in str(problem)), err=True)
    count = len(refused.problems)
    click.echo(f"{count} problem{'s' if count > 1 else ''}{outcome}", err=True)
    raise SystemExit(1)
