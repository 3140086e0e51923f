"""The command mmru. Each command imports its modules when it runs, so that --help is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mmru.cli.report import count, echo, echo_json, report, shown
from mmru.errors import (
    DIFF_FORMATS,
    ENGINES,
    FORMATS,
    Damaged,
    InvalidDataset,
    Problem,
    has_error,
    raise_errors,
)

if TYPE_CHECKING:
    from mmru.pipeline.build import Dataset

RECORDS = ("event", "agreement", "reaction", "actor", "place")  # what can be registered
# the commands that write files
WRITING = ("build", "anchor", "new", "register", "agree", "site", "changes", "release")
ARTICLES = click.option(
    "--articles",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MMRU_ARTICLES",
    multiple=True,
    default=["../shared/articles"],
    show_default=True,
    help="Folder with texts of articles, found by their hashes; give it again for another one. Also: "
    "MMRU_ARTICLES, with a colon (on Windows a semicolon) between folders.",
)


class Command(click.Command):
    """A command whose help can be printed on any terminal."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help."""
        return "\n".join(map(shown, super().get_help(ctx).split("\n")))


class Commands(Command, click.Group):
    """Commands that print problems, and failures of the system such as a full disk, as lines."""

    command_class = Command

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
                _print(error.problems, "; nothing was written" if ctx.invoked_subcommand in WRITING else "")
                raise SystemExit(1) from None
            except BrokenPipeError:
                raise
            except OSError as error:
                raise click.ClickException(f"{error}") from None


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


@main.command("build")
def build_command() -> None:
    """Write data/ and datapackage.json from seeds/ and schemas/.

    Check everything first; if there is an error, write nothing.

    \b
    Example:
      mmru build
    """
    from mmru.pipeline.build import build
    from mmru.pipeline.write import files, write
    from mmru.release.history import unrecorded

    root = Path.cwd()
    dataset = build(root, _print_step)
    built = files(dataset)
    try:
        changed = write(root, built)
    except OSError as error:
        raise click.ClickException(f"cannot write here: {error}; data/ is unchanged") from None
    _print([*dataset.warnings, *unrecorded(dataset, built)])
    echo(f"data/: {len(dataset.tables)} tables, {_count_rows(dataset)} rows; {len(changed)} files changed")


@main.command("check")
@click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="text for people; json for programs; github for annotations in GitHub Actions; sarif for code "
    "hosts and editors.",
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="polars",
    show_default=True,
    help="Engine that checks the tables of PATH: polars in this process, or Spark on a cluster.",
)
@click.option("--watch", is_flag=True, help="Check seeds/ and schemas/ again at every change, until Ctrl-C.")
def check_command(path: Path | None, form: str, engine: str, watch: bool) -> None:
    """Check schemas/ and seeds/, and whether data/ matches them; change nothing.

    With PATH, a folder of published tables, check every constraint, key and rule on them instead.
    Implausible values are warnings; with warnings alone the check succeeds. docs/errors.md explains
    every code.

    \b
    Example:
      mmru check --format json
    """
    if path and watch:
        raise click.UsageError("give a PATH or --watch, not both")
    if engine != "polars" and not path:
        raise click.UsageError("--engine needs a PATH")
    if watch:
        return _watch(form)
    try:
        problems, summary = _check_package(path, engine) if path else _check_seeds(Path.cwd())
    except InvalidDataset as error:
        problems, summary = error.problems, ""
    _print(problems, form=form)
    _exit_if_invalid(problems)
    if form == "text":
        echo(f"valid: {summary}")


def _check_package(path: Path, engine: str) -> tuple[list[Problem], str]:
    from mmru.checks.package import check_package

    return check_package(path, engine)


def _check_seeds(root: Path) -> tuple[list[Problem], str]:
    """Check the handwritten files, and whether the generated files match them."""
    from mmru.pipeline.build import build
    from mmru.pipeline.write import files, outdated, strays
    from mmru.release.history import unrecorded

    dataset = build(root, _print_step)
    built = files(dataset)
    problems = [*outdated(root, built), *strays(root, built)]
    problems += [*dataset.warnings, *unrecorded(dataset, built)]
    return sorted(problems), f"{_count_rows(dataset)} rows in {len(dataset.tables)} tables"


def _watch(form: str) -> None:
    from mmru.cli.watch import watch

    try:
        for problems, seconds in watch(Path.cwd()):
            _print(problems, form=form)
            if form == "text":
                echo(f"{'invalid' if has_error(problems) else 'valid'} ({seconds:.2f} s)")
    except KeyboardInterrupt:
        return


class Extraction(click.Path):
    """The path of an extraction, or the id of its source."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        path = Path(f"seeds/articles/{value}.yaml")
        return super().convert(path if path.is_file() else value, param, ctx)


@main.command("anchor")
@click.argument("files", nargs=-1, type=Extraction(exists=True, dir_okay=False, path_type=Path))
@ARTICLES
@click.option("--verify", is_flag=True, help="Change nothing; only compare every locator with the text.")
@click.option(
    "--text",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --verify: find what one source cites in this copy, however its lines are broken; also HTML.",
)
def anchor_command(
    files: tuple[Path, ...], articles: tuple[Path, ...], verify: bool, text: Path | None
) -> None:
    """Turn the quotes in extractions into locators, and compare every locator with the text.

    FILES are extractions, or the ids of their sources. Without FILES, process all of seeds/articles/.

    \b
    Example:
      mmru anchor src-irrawaddy-2023-09-15
      mmru anchor --verify src-irrawaddy-2023-09-15 --text page.html
    """
    from mmru.seeds.anchor import anchor_files
    from mmru.seeds.page import verify_page

    if text and not (verify and len(files) == 1):
        raise click.UsageError("--text needs --verify and one source")
    root = Path.cwd()
    paths = [os.path.relpath(file, root) for file in files]
    if text:
        lines, problems = verify_page(root, paths[0], text)
    else:
        lines, problems = anchor_files(root, paths, articles, verify=verify)
    _print_lines(lines)
    _print(problems)
    _exit_if_invalid(problems)


@main.command("find")
@click.argument("words", nargs=-1)
@click.option("--table", type=click.Choice([f"{record}s" for record in RECORDS]), help="Search in one table.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=10, show_default=True, help="Most records to list."
)
def find_command(words: tuple[str, ...], table: str | None, limit: int) -> None:
    """List the records that WORDS could mean, best first, with what sources say about them.

    WORDS are words of a title, a date, and names or ids of actors and places, in any mix and script.
    Accents and case make no difference. Exit code 1 if nothing is found.

    \b
    Example:
      mmru find lavrov visit 2023-09
    """
    from mmru.curating import find
    from mmru.curating.catalogue import read_catalogue

    catalogue = read_catalogue(Path.cwd())
    sought = find.query(catalogue, words)
    found = find.find(catalogue, sought, table)
    if not found:
        echo(find.nothing_found(catalogue, words, table), err=True)
        raise SystemExit(1)
    _print_lines(find.lines(found[:limit], sought))
    if len(found) > limit:
        echo(f"… and {len(found) - limit} more; add a word, or --limit {len(found)}")


@main.command("new")
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("source_id")
@click.option(
    "--published",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Day of the article, as 2025-03-04: weekdays and dates without a year in the text follow from it.",
)
def new_command(text: Path, source_id: str, published: datetime | None) -> None:
    """Start the extraction of an article: TEXT is its file, SOURCE_ID its new id.

    List the sentences of each line by their places in the text, and the registered records that the text
    may be about. Copy no words of the article.

    \b
    Example:
      mmru new ../shared/articles/new.txt src-mizzima-2024-05-01 --published 2024-05-01
    """
    from mmru.curating.catalogue import read_catalogue
    from mmru.curating.propose import proposals
    from mmru.seeds.template import scaffold

    root, day = Path.cwd(), published.date() if published else None
    path = scaffold(root, text, source_id, day, lambda content: proposals(read_catalogue(root), content, day))
    echo(f"{path}: now describe its source, code its lines, and run mmru anchor")


@main.command("register")
@click.argument("record", type=click.Choice(RECORDS))
@click.argument("title")
@click.option(
    "--summary", help="What it is, in a full sentence in your own words; of an actor its description."
)
@click.option("--kind", help="Kind of an actor or a place.")
@click.option("--country", help="Country of an actor or a place, such as MMR.")
@click.option(
    "--date", help="When it was, as 2025-03 or 2025-03-04; for the id and to find likely duplicates."
)
@click.option("--id", "record_id", help="Its id, if not made of the title and the date.")
@click.option(
    "--set", "settings", multiple=True, metavar="COLUMN=VALUE", help="Any other column; repeatable."
)
@click.option("--new", "is_new", is_flag=True, help="Register it although a registered record is alike.")
def register_command(
    record: str,
    title: str,
    summary: str | None,
    kind: str | None,
    country: str | None,
    date: str | None,
    record_id: str | None,
    settings: tuple[str, ...],
    is_new: bool,
) -> None:
    """Register a new RECORD by its TITLE, which for an actor or a place is its name.

    Write an entry in its place in seeds/registry/. Its id is made of the title, and of the date. Refuse
    an id in use, and a record like a registered one unless you add --new.

    \b
    Example:
      mmru register event "Visit of Ada Quill to Lindos, May 2031" --summary "The minister came to Lindos."
      mmru register actor "Mara Finn" --kind person --summary "Fishes off the quay." --set "aliases=M. Finn"
    """
    from mmru.curating.register import Draft, register

    values = {name: value for name, value in (("kind", kind), ("country", country)) if value}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise click.BadParameter(f"'{setting}' is not COLUMN=VALUE", param_hint="--set")
        values[name] = value
    draft = Draft(record, title, summary, date, record_id, values)
    path, written = register(Path.cwd(), draft, is_new=is_new)
    echo(f"{path}: registered {written}")


@main.command("agree")
@click.option("--verify", is_flag=True, help="Change nothing; only compare the figures with the codings.")
def agree_command(verify: bool) -> None:
    """Measure how far the two coders of each article agree, and list their differences.

    The codings are under seeds/twice/: first/ and second/<source_id>/, each with its articles/ and
    registry/. Write the figures beside them, and add every difference to decisions/<source_id>.yaml
    for a decision.

    \b
    Example:
      mmru agree
    """
    from mmru.reliability.measure import agree

    lines, warnings = agree(Path.cwd(), verify=verify)
    _print(warnings)
    _print_lines(lines)


@main.command("verify")
@click.argument("path", required=False, type=click.Path(exists=True, path_type=Path))
@click.option("--installed", "of_package", is_flag=True, help="Verify the release in the installed package.")
def verify_command(path: Path | None, of_package: bool) -> None:
    """Verify a release: PATH is a checkout, an unpacked release or its archive (default: here).

    Every file is present and unchanged; CSV and Parquet are equal cell by cell; the tables meet
    every constraint, key and rule; frictionless finds the package valid. `python -m mmru.verify`
    verifies the files with Python alone.

    \b
    Example:
      mmru verify myanmar-russia-relations-1.0.0.zip
    """
    from mmru.checks.package import verify_package
    from mmru.datapackage.standard import frictionless_problems
    from mmru.verify import installed

    if path and of_package:
        raise click.UsageError("give a PATH or --installed, not both")
    target = installed() if of_package else path or Path()
    problems, summary = verify_package(target)
    raise_errors(problems)
    _print(raise_errors([*problems, *frictionless_problems(target)]))
    echo(f"valid: {summary}; frictionless found the package valid")


@main.command("show")
@click.argument("record")
@ARTICLES
def show_command(record: str, articles: tuple[Path, ...]) -> None:
    """Show a record: its values, the claims behind each, and the words cited if the texts are available.

    \b
    Example:
      mmru show ag-military-cooperation-2026
    """
    from mmru.datapackage.package import Package
    from mmru.datapackage.show import show_record
    from mmru.verify import Folder

    package = Package(Folder(Path.cwd()), fix="run mmru build")
    _print_lines(list(show_record(package, record, articles)))


@main.command("coverage")
def coverage_command() -> None:
    """Print what was searched for, found, coded and left, and the events of a single witness.

    The counts are by year, language, side of the origin and extent of the text. They are those of the
    published tables in the current folder; docs/coverage.md has the same.

    \b
    Example:
      mmru coverage
    """
    from mmru.datapackage.package import Package
    from mmru.export.coverage import TABLES, as_text
    from mmru.verify import Folder

    package = Package(Folder(Path.cwd()), fix="run mmru build")
    _print_lines(as_text(package.read(TABLES)))


@main.command("site")
def site_command() -> None:
    """Write dist/site/, a page that shows the released tables.

    It is built from data/ and datapackage.json alone, opens from disk or from any host, and requests
    nothing from other hosts.

    \b
    Example:
      mmru site && xdg-open dist/site/index.html
    """
    from mmru.explorer.build import TARGET, site

    echo(f"{TARGET}/index.html: {len(site(Path.cwd()))} files")


@main.command("diff")
@click.argument("old")
@click.argument("new")
@click.option(
    "--format",
    "form",
    type=click.Choice(DIFF_FORMATS),
    default="text",
    show_default=True,
    help="text for people; json for programs; markdown for notes.",
)
def diff_command(old: str, new: str, form: str) -> None:
    """Compare two releases: list what changed from OLD to NEW and why, and the least next version.

    Each is a version, a folder, an archive or a git revision.

    \b
    Example:
      mmru diff 1.0.0 .
    """
    from mmru.datapackage.package import open_package
    from mmru.release import changelog
    from mmru.release.diff import diff

    before, after = (open_package(name, Path.cwd()) for name in (old, new))
    tables = after.tables.values()
    computed = {(t.name, c.name) for t in tables for c in t.columns if c.kind == "derived"}
    texts = changelog.report(before.version, after.version, diff(before, after), form, computed)
    for text in texts:
        if form == "json":
            echo_json(text)
        else:
            _print_lines(text.split("\n") if form == "markdown" else [text])


@main.command("changes")
@click.argument("old", required=False)
def changes_command(old: str | None) -> None:
    """Record what changed with the version in seeds/dataset.yaml, in seeds/releases/.

    OLD is the previous release, as in mmru diff; by default the version of the newest record. The
    record is written even if the changes require a higher version, so that you can list in it what
    was only clarified. mmru release refuses a version that is too low.

    \b
    Example:
      mmru changes 1.0.0
    """
    from mmru.release.history import record

    line, problems = record(Path.cwd(), old)
    echo(line)
    _print(problems)
    _exit_if_invalid(problems)


@main.command("release")
@click.option("--old", help="The previous release, as in mmru diff; by default the version of its record.")
def release_command(old: str | None) -> None:
    """Write the release of the version in seeds/dataset.yaml into dist/.

    Refuse uncommitted files, a failing check, and a version lower than the changes require.
    RELEASING.md lists all commands of a release.

    \b
    Example:
      mmru release
    """
    from mmru.release.publish import release

    lines, warnings = release(Path.cwd(), old, _print_step)
    _print(warnings)
    _print_lines(lines)


def _count_rows(dataset: Dataset) -> int:
    return sum(rows.num_rows for rows in dataset.tables.values())


def _print_step(step: str) -> None:
    """Print progress, on a terminal only and not in continuous integration."""
    if sys.stderr.isatty() and not os.environ.get("CI"):
        click.echo(click.style(shown(f"… {step}", err=True), dim=True), err=True)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        echo(line)


def _print(problems: Sequence[Problem], outcome: str = "", form: str = "text") -> None:
    """Print problems and their number; on a terminal with the line of the file that has each."""
    text = form == "text"
    for line in report(problems, form, Path.cwd(), quote=text and sys.stderr.isatty()):
        if form in ("json", "sarif"):
            echo_json(line)
        else:
            echo(line, err=text)
    if text and problems:
        echo(f"{count(problems)}{outcome}", err=True)


def _exit_if_invalid(problems: Iterable[Problem]) -> None:
    if has_error(problems):
        raise SystemExit(1)
