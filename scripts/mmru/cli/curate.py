"""The commands for curators, who read articles: anchor, find, new, register, agree."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from mmru.cli.report import ARTICLES, Command, echo, exit_if_invalid, print_lines, print_problems

RECORDS = ("event", "agreement", "reaction", "actor", "place")  # what can be registered


class Extraction(click.Path):
    """The path of an extraction, or the id of its source."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        path = Path(f"seeds/articles/{value}.yaml")
        return super().convert(path if path.is_file() else value, param, ctx)


@click.command("anchor", cls=Command)
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
    print_lines(lines)
    print_problems(problems)
    exit_if_invalid(problems)


@click.command("find", cls=Command)
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
    from mmru.curating.entries import read_entries

    known = read_entries(Path.cwd())
    sought = find.query(known, words)
    found = find.find(known, sought, table)
    if not found:
        echo(find.nothing_found(known, words, table), err=True)
        raise SystemExit(1)
    print_lines(find.lines(found[:limit], sought))
    if len(found) > limit:
        echo(f"… and {len(found) - limit} more; add a word, or --limit {len(found)}")


@click.command("new", cls=Command)
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
    from mmru.curating.entries import read_entries
    from mmru.curating.propose import proposals
    from mmru.seeds.template import scaffold

    root, day = Path.cwd(), published.date() if published else None
    path = scaffold(root, text, source_id, day, lambda content: proposals(read_entries(root), content, day))
    echo(f"{path}: now describe its source, code its lines, and run mmru anchor")


@click.command("register", cls=Command)
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
        if name in values:
            raise click.BadParameter(f"{name} is given twice", param_hint="--set")
        values[name] = value
    draft = Draft(record, title, summary, date, record_id, values)
    path, written = register(Path.cwd(), draft, is_new=is_new)
    echo(f"{path}: registered {written}")


@click.command("agree", cls=Command)
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
    print_problems(warnings)
    print_lines(lines)
