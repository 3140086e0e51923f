"""The commands that write and check the dataset: build, check, changes, release, site."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click

from mmru.cli.report import (
    FORMATS,
    Command,
    echo,
    exit_if_invalid,
    print_lines,
    print_problems,
    print_step,
)
from mmru.errors import InvalidDataset, Problem, counted, has_error

if TYPE_CHECKING:
    from mmru.pipeline.build import Dataset

GENERATED = "schemas/editor/"  # which a build writes, in a folder that is watched


@click.command("build", cls=Command)
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
    dataset = build(root, print_step)
    built = files(dataset)
    try:
        changed = write(root, built)
    except OSError as error:
        raise click.ClickException(f"cannot write here: {error}; data/ is unchanged") from None
    print_problems([*dataset.warnings, *unrecorded(dataset, built)])
    size = f"{len(dataset.tables)} tables, {_count_rows(dataset)} rows"
    echo(f"data/: {size}; {counted(len(changed), 'file')} changed")


@click.command("check", cls=Command)
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
    type=click.Choice(["polars", "spark"]),
    default="polars",
    show_default=True,
    help="Engine that checks the tables of PATH: polars in this process, or Spark on a cluster.",
)
@click.option("--watch", is_flag=True, help="Check seeds/ and schemas/ again at every change, until Ctrl-C.")
def check_command(path: Path | None, form: str, engine: str, watch: bool) -> None:
    """Check schemas/ and seeds/, and whether data/ matches them; change nothing.

    With PATH, a folder of published tables, check every constraint, key and rule on them instead. The
    rules are those of this version of mmru, so check a release with the mmru of its own version.
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
    from mmru.checks.package import check_package

    try:
        problems, summary = check_package(path, engine) if path else _check_seeds(Path.cwd())
    except InvalidDataset as error:
        problems, summary = error.problems, ""
    print_problems(problems, form=form)
    exit_if_invalid(problems)
    if form == "text":
        echo(f"valid: {summary}")


def _check_seeds(root: Path) -> tuple[list[Problem], str]:
    """Check the handwritten files, and whether the generated files match them."""
    from mmru.pipeline.build import build
    from mmru.pipeline.write import files, outdated, strays
    from mmru.release.history import unrecorded

    dataset = build(root, print_step)
    built = files(dataset)
    problems = [*outdated(root, built), *strays(root, built)]
    problems += [*dataset.warnings, *unrecorded(dataset, built)]
    return sorted(problems), f"{_count_rows(dataset)} rows in {len(dataset.tables)} tables"


def _watch(form: str) -> None:
    """Check schemas/ and seeds/ now and after every change, until Ctrl-C; print the seconds of each check.

    data/ is not compared: while seeds are edited, it differs. Raise InvalidDataset if one of the folders
    is missing at the start.
    """
    import watchfiles

    from mmru.model.schema import missing
    from mmru.pipeline.build import build

    folders = [Path.cwd() / name for name in ("seeds", "schemas")]
    if absent := next((folder.name for folder in folders if not folder.is_dir()), ""):
        raise InvalidDataset([missing(absent, "run the command in the dataset's top folder")])
    checked = False
    # watching starts before the first check, so that no change is missed; times are milliseconds
    changes_by_time = watchfiles.watch(
        *folders, step=20, rust_timeout=100, yield_on_timeout=True, raise_interrupt=True
    )
    try:
        for changes in changes_by_time:
            if checked and all(GENERATED in Path(path).as_posix() for _, path in changes):
                continue
            checked, start = True, perf_counter()
            try:
                problems = build(Path.cwd()).warnings
            except InvalidDataset as error:
                problems = error.problems
            seconds = perf_counter() - start
            print_problems(problems, form=form)
            if form == "text":
                echo(f"{'invalid' if has_error(problems) else 'valid'} ({seconds:.2f} s)")
    except KeyboardInterrupt:
        return


def _count_rows(dataset: Dataset) -> int:
    return sum(rows.num_rows for rows in dataset.tables.values())


@click.command("changes", cls=Command)
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
    print_problems(problems)
    exit_if_invalid(problems)


@click.command("release", cls=Command)
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

    lines, warnings = release(Path.cwd(), old, print_step)
    print_problems(warnings)
    print_lines(lines)


@click.command("site", cls=Command)
def site_command() -> None:
    """Write dist/site/, a page that shows the released tables.

    It is built from data/ and datapackage.json alone, opens from disk or from any host, and requests
    nothing from other hosts.

    \b
    Example:
      mmru site && xdg-open dist/site/index.html
    """
    from mmru.explorer.site import TARGET, site

    echo(f"{TARGET}/index.html: {len(site(Path.cwd()))} files")
