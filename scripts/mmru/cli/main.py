"""The command mmru. Each command imports what it needs only when it runs, so that --help is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from mmru.errors import ENGINES, FORMATS, TOLD, InvalidDataset, Problem

WRITING = ("build", "anchor", "new", "agree", "site", "changes", "release")
ARTICLES = click.option(
    "--articles",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MMRU_ARTICLES",
    default="../shared/articles",
    show_default=True,
    help="Folder of the articles' texts, recognised by their hashes. Also: MMRU_ARTICLES.",
)


class Commands(click.Group):
    """Commands whose refusals, and failures of the system such as a full disk, are told in lines."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except InvalidDataset as refused:
            _tell(refused.problems, "; nothing was written" if ctx.invoked_subcommand in WRITING else "")
            raise SystemExit(1) from None
        except BrokenPipeError:
            raise
        except OSError as error:
            raise click.ClickException(f"{error}") from None


def _tell_version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the version, which is that of the data, read only when it is asked for."""
    if not asked:
        return
    import mmru
    from mmru.errors import Damaged

    try:
        click.echo(f"mmru, version {mmru.__version__}")
    except Damaged as damaged:
        raise click.ClickException(f"{damaged}") from None
    context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_tell_version,
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
    from mmru.pipeline.build import build as build_dataset
    from mmru.pipeline.write import files, write
    from mmru.release.history import unrecorded

    root = Path.cwd()
    dataset = build_dataset(root, _say)
    made = files(dataset)
    try:
        changed = write(root, made)
    except OSError as error:
        raise click.ClickException(f"cannot write here: {error}; data/ is as it was") from None
    _tell([*dataset.warnings, *unrecorded(dataset, made)])
    rows = sum(t.num_rows for t in dataset.tables.values())
    click.echo(f"data/: {len(dataset.tables)} tables, {rows} rows; {len(changed)} files changed")


@main.command()
@click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="text for people; json for programs; github for annotations in GitHub Actions.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="polars",
    show_default=True,
    help="What checks the tables of PATH: polars in this process, or Spark on a cluster.",
)
@click.option("--watch", is_flag=True, help="Check seeds/ and schemas/ again at every change, until Ctrl-C.")
def check(path: Path | None, form: str, engine: str, watch: bool) -> None:
    """Check schemas/, seeds/ and whether data/ is what they give; change none of them.

    With PATH, a folder with published tables, check every constraint, key and rule on these instead.
    What is implausible is a warning, and does not fail. docs/errors.md explains every code.

    \b
    Example:
      mmru check --format json
    """
    if path and watch:
        raise click.UsageError("give a PATH or --watch, not both")
    if engine != "polars" and not path:
        raise click.UsageError("--engine goes with a PATH")
    if path:
        return _check_package(path, form, engine)
    if watch:
        return _watch(form)
    from mmru.pipeline.build import build as build_dataset
    from mmru.pipeline.write import drift, files, strays
    from mmru.release.history import unrecorded

    root = Path.cwd()
    try:
        dataset = build_dataset(root, _say)
        made = files(dataset)
        warnings = [*dataset.warnings, *unrecorded(dataset, made)]
        said = "is not what seeds/ and schemas/ give"
        stale = [Problem(path, 1, 1, "W01", said, "run mmru build") for path in drift(root, made)]
        if stale := stale + strays(root, made):
            raise InvalidDataset([*stale, *warnings])
    except InvalidDataset as refused:
        _tell(refused.problems, form=form)
        raise SystemExit(1) from None
    _tell(warnings, form=form)
    if form == "text":
        rows = sum(t.num_rows for t in dataset.tables.values())
        click.echo(f"sound: {rows} rows in {len(dataset.tables)} tables")


def _watch(form: str) -> None:
    from mmru.cli.watch import watch

    try:
        for problems, seconds in watch(Path.cwd()):
            _tell(problems, form=form)
            if form == "text":
                wrong = any(not problem.is_warning for problem in problems)
                click.echo(f"{'not sound' if wrong else 'sound'} ({seconds:.2f} s)")
    except KeyboardInterrupt:
        return


def _check_package(path: Path, form: str, engine: str) -> None:
    from mmru.checks.package import check_package

    try:
        problems, size = check_package(path, engine)
    except InvalidDataset as refused:
        _tell(refused.problems, form=form)
        raise SystemExit(1) from None
    _tell(problems, form=form)
    if any(not problem.is_warning for problem in problems):
        raise SystemExit(1)
    if form == "text":
        click.echo(f"sound: {size}")


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
    from mmru.seeds.anchor import anchor_files

    root = Path.cwd()
    for line in anchor_files(root, [os.path.relpath(f, root) for f in files], articles, verify=verify):
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
    from mmru.seeds.template import scaffold

    path = scaffold(Path.cwd(), text, source_id)
    click.echo(f"{path}: now give what it says of its source, code its lines, and run mmru anchor")


@main.command()
@click.option("--verify", is_flag=True, help="Change nothing; only hold the figures against the codings.")
def agree(verify: bool) -> None:
    """Measure how far the two coders of each article agree, and list their differences.

    The codings are under seeds/twice/: first/ and second/<source_id>/, each with its articles/ and
    registry/. The figures are written beside them, and every difference is added to
    decisions/<source_id>.yaml, to be decided there.

    \b
    Example:
      mmru agree
    """
    from mmru.reliability.measure import agree as measure

    for line in measure(Path.cwd(), verify=verify):
        click.echo(line)


@main.command()
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--installed", "carried", is_flag=True, help="Prove the release that the package carries.")
def verify(path: Path | None, carried: bool) -> None:
    """Prove a release: PATH is a checkout, an unpacked release or its archive (default: here).

    Every file is there, whole and unchanged; CSV and Parquet are equal cell by cell; every
    constraint, key and rule holds. `python -m mmru.verify` proves the files with Python alone.

    \b
    Example:
      mmru verify myanmar-russia-relations-1.0.0.zip
    """
    from mmru.checks.package import verify_package
    from mmru.verify import installed

    if path and carried:
        raise click.UsageError("give a PATH or --installed, not both")
    problems, name = verify_package(installed() if carried else path or Path())
    if problems:
        raise InvalidDataset(problems)
    click.echo(f"sound: {name}")


@main.command()
@click.argument("record")
@ARTICLES
def show(record: str, articles: Path) -> None:
    """Show a record: its values, who says so and where, and the words where the texts are at hand.

    \b
    Example:
      mmru show ag-military-cooperation-2026
    """
    from mmru.datapackage.show import show_record

    click.echo("\n".join(show_record(Path.cwd(), record, articles)))


@main.command()
def site() -> None:
    """Make dist/site/, a page that shows the released tables to whoever opens it.

    It is made of data/ and datapackage.json alone, opens from disk or from any host, and asks no
    other host for anything.

    \b
    Example:
      mmru site && xdg-open dist/site/index.html
    """
    from mmru.explorer.build import TARGET
    from mmru.explorer.build import site as make

    made = make(Path.cwd())
    click.echo(f"{TARGET}/index.html: {len(made)} files")


@main.command()
@click.argument("old")
@click.argument("new")
@click.option(
    "--format",
    "form",
    type=click.Choice(TOLD),
    default="text",
    show_default=True,
    help="text for people; json for programs; markdown for notes.",
)
def diff(old: str, new: str, form: str) -> None:
    """Tell what NEW has otherwise than OLD, what stands behind it, and the least next version.

    Each is a version, a folder, an archive or a revision of git.

    \b
    Example:
      mmru diff 1.0.0 .
    """
    from mmru.datapackage.edition import open_edition
    from mmru.export.changelog import told
    from mmru.release.diff import diff as compare

    before, after = (open_edition(name, Path.cwd()) for name in (old, new))
    for line in told(before, after, compare(before, after), form):
        click.echo(line)


@main.command()
@click.argument("old", required=False)
def changes(old: str | None) -> None:
    """Record what changes with the version in seeds/dataset.yaml, in seeds/releases/.

    OLD is the release before, as in mmru diff; by default the version of the newest record. It is
    recorded even where the version promises less than changed, so that the record can say what
    was only clarified; mmru release refuses it then.

    \b
    Example:
      mmru changes 1.0.0
    """
    from mmru.release.history import record

    line, problems = record(Path.cwd(), old)
    click.echo(line)
    _tell(problems)
    if problems:
        raise SystemExit(1)


@main.command()
@click.option("--old", help="The release before, as in mmru diff; by default the version of its record.")
def release(old: str | None) -> None:
    """Write the release of the version in seeds/dataset.yaml into dist/.

    Refuses a tree that is not clean, a failing check, and a version that promises less than
    changed. RELEASING.md has the commands around it.

    \b
    Example:
      mmru release
    """
    from mmru.release.publish import release as make

    for line in make(Path.cwd(), old, _say):
        click.echo(line)


def _say(step: str) -> None:
    """Progress, on a terminal only and not in continuous integration."""
    if sys.stderr.isatty() and not os.environ.get("CI"):
        click.echo(click.style(f"… {step}", dim=True), err=True)


def _tell(problems: Sequence[Problem], outcome: str = "", form: str = "text") -> None:
    """Print what is wrong, and how much; on a terminal with the lines on which it is."""
    from mmru.cli.report import count, report

    text = form == "text"
    for line in report(problems, form, Path.cwd(), quote=text and sys.stderr.isatty()):
        click.echo(line, err=text)
    if text and problems:
        click.echo(f"{count(problems)}{outcome}", err=True)
