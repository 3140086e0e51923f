"""The commands that read a published dataset: show, coverage, diff, verify."""

from __future__ import annotations

from pathlib import Path

import click

from mmru.cli.report import ARTICLES, Command, echo, echo_json, print_lines, print_problems
from mmru.errors import raise_errors


@click.command("show", cls=Command)
@click.argument("record")
@ARTICLES
def show_command(record: str, articles: tuple[Path, ...]) -> None:
    """Show a record: its values, the claims behind each, and the words cited if the texts are available.

    \b
    Example:
      mmru show ag-military-cooperation-2026
    """
    from mmru.datapackage.open import built_package
    from mmru.datapackage.show import show_record

    print_lines(list(show_record(built_package(Path.cwd()), record, articles)))


@click.command("coverage", cls=Command)
def coverage_command() -> None:
    """Print what was searched for, found, coded and left, and the events of a single witness.

    The counts are by year, language, side of the origin and extent of the text. They are those of the
    published tables in the current folder; docs/coverage.md has the same.

    \b
    Example:
      mmru coverage
    """
    from mmru.datapackage.open import built_package
    from mmru.export.coverage import TABLES, as_text

    print_lines(as_text(built_package(Path.cwd()).read(TABLES)))


@click.command("diff", cls=Command)
@click.argument("old")
@click.argument("new")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
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
    from mmru.datapackage.open import open_package
    from mmru.release.change import report
    from mmru.release.diff import diff

    before, after = (open_package(name, Path.cwd()) for name in (old, new))
    tables = after.tables.values()
    computed = {(t.name, c.name) for t in tables for c in t.columns if c.kind == "derived"}
    for text in report(before.version, after.version, diff(before, after), form, computed):
        if form == "json":
            echo_json(text)
        else:
            print_lines(text.split("\n") if form == "markdown" else [text])


@click.command("verify", cls=Command)
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
    from mmru.datapackage.open import frictionless_problems
    from mmru.verify import installed

    if path and of_package:
        raise click.UsageError("give a PATH or --installed, not both")
    target = installed() if of_package else path or Path()
    problems, summary = verify_package(target)
    raise_errors(problems)
    print_problems(raise_errors([*problems, *frictionless_problems(target)]))
    echo(f"valid: {summary}; frictionless found the package valid")
