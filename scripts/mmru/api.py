"""The functions for users of the data: load, describe, join and cite the installed release or another.

pandas and pyarrow are imported only when they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mmru.datapackage.open import installed_package, open_package
from mmru.datapackage.package import Package
from mmru.errors import Damaged, InvalidDataset, Unknown, check_name, check_text, install_command, shortened
from mmru.verify import reason

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pandera

    from mmru.model.schema import Table

SOURCES = ("parquet", "csv")


class Text(str):
    """A text of several lines, shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Entry(Text):
    """A text in Markdown, which notebooks render."""

    __slots__ = ()

    def _repr_markdown_(self) -> str:
        return str(self)


class Release:
    """A release of the dataset; its methods are the functions of `mmru` that read the installed one."""

    def __init__(self, package: Callable[[], Package]) -> None:
        self._open = package

    def __repr__(self) -> str:
        return f"<{self._package.name} {self.version}>"

    @property
    def _package(self) -> Package:
        return self._open()

    @property
    def version(self) -> str:
        """The version of the data."""
        return self._package.version

    def load(
        self,
        table: str,
        columns: str | Iterable[str] | None = None,
        ids: str | Iterable[str] | None = None,
        source: Literal["parquet", "csv"] = "parquet",
    ) -> pd.DataFrame:
        """Return a table as a DataFrame, equal from Parquet and from CSV.

        `columns` selects columns, in their order; by default all. `ids` selects the rows of records, in
        their order, by the first column of the key that holds ids: `event_id` in events and in
        event_actors. A retired id stands for the record to which it was redirected.

        The schema of a column decides its type:

        | schema | pandas |
        | --- | --- |
        | string | `str`, pandas' text |
        | string with a list of codes | `category`, with all codes in the order of the schema |
        | integer | `Int64` |
        | number | `float64` |
        | boolean | `boolean` |
        | date | `datetime64[us]` |
        | list | `object`: lists of Python |

        Categories are ordered where their codes have an order: grades, confirmation, basis, stance. An
        empty cell is missing (`isna()`), an empty list too. EDTF dates are texts; the columns `…_earliest`
        and `…_latest` beside them are dates. `to_csv` writes lists as the files of the release have them.

        Raise Unknown if there is no such table, column, record or source, or the record was
        withdrawn, and Damaged if a file is missing or was changed.
        """
        from mmru.datapackage.frames import frame, id_column, rows_of_records

        package, found = self._package, self._table(table)
        names = found.names if columns is None else _several("column", columns)
        for name in names:
            check_name("column", name, found.names, of=table)
        check_name("source", source, SOURCES)
        rows = package.rows(table, [*names, id_column(found)], source)
        if ids is not None:
            rows = rows_of_records(package, found, _several("record", ids), rows)
        return frame(found, names, rows)

    def tables(self) -> pd.DataFrame:
        """Return name, title, rows, columns, key and description of every table, as data flow."""
        import pandas as pd

        package = self._package
        return pd.DataFrame(
            [
                {
                    "table": table.name,
                    "title": table.title,
                    "rows": package.row_count(table.name),
                    "columns": len(table.columns),
                    "key": list(table.primary_key),
                    "description": table.description,
                }
                for table in package.tables.values()
            ]
        )

    def describe(self, table: str, column: str | None = None) -> Entry:
        """Return the codebook's entry of a table, or of a column with its codes, as Markdown.

        Raise Unknown if there is no such table or column.
        """
        from mmru.export.codebook import column_entry, table_entry

        found = self._table(table)
        if column is None:
            lines = table_entry(found)
        else:
            check_name("column", column, found.names, of=table)
            lines = column_entry(self._package.schemas, found, found[column])
        # links into the codebook lead nowhere outside of it
        return Entry(re.sub(r"\[([^]]+)]\(#[^)]+\)", r"`\1`", "\n".join(lines)))

    def schema(self, table: str) -> pandera.DataFrameSchema:
        """Return the pandera schema of a table: `mmru.schema("events").validate(mmru.load("events"))`.

        Raise Unknown if there is no such table, and ModuleNotFoundError, which says what to install,
        if pandera is not installed.
        """
        found = self._table(table)
        try:
            from mmru.checks.table_schema import pandas_schema
        except ModuleNotFoundError as absent:
            message = f"mmru.schema needs {absent.name}, which is not installed: {install_command()}"
            raise ModuleNotFoundError(message, name=absent.name) from None
        return pandas_schema(found, self._package.schemas)

    def resolve(self, record: str) -> str:
        """Return the present id of a record: its own, or the one to which it was redirected.

        Raise Unknown if there is no such record, or it was withdrawn.
        """
        package = self._package
        return check_name("record", package.current(check_text("record", record)), package.records)

    def claims_for(self, record: str, field: str | None = None) -> pd.DataFrame:
        """Return the claims about a record, or those that a source makes: what, by whom, and where.

        `field` is a claimed column of the record (`status`), a field of its helper rows
        (`actors.visitor`) or the beginning of such fields (`actors`). Beside the columns of claims there
        are `publisher`, `source_title`, `source_url` and `speaker`, the name of the actor to whom the
        article attributes the claim; where it is missing, the article itself says it. Raise Unknown
        if there is no such record or field, or if the column is not claimed.
        """
        from mmru.datapackage.wide import looked_up

        current = self.resolve(record)
        table = self._package.records[current]
        claims = self.load("claims")
        claims = claims[claims["source_id" if table == "sources" else "record_id"] == current]
        if field is not None:
            check_text("field", field)
            selected = claims["field"].str.split(".").str[0].isin([field]) | (claims["field"] == field)
            if not selected.any():
                fields = [*self._package.claimable(table), *claims["field"]]
                _check_claimable(self._table(table), field, current, fields)
            claims = claims[selected]
        claims = claims.sort_values(["field", "source_id", "line", "char_start"], kind="stable")
        sources = self.load("sources", ["source_id", "publisher", "title", "url"])
        claims = claims.merge(
            sources.rename(columns={"title": "source_title", "url": "source_url"}), on="source_id", how="left"
        )
        return claims.assign(speaker=looked_up(self.load, claims["attributed_to_actor_id"], "actors", "name"))

    def find_spans(self, source_id: str, page: str) -> pd.DataFrame:
        """Return the claims of a source, each with the words of a page on which it rests.

        `page` is any copy of the article: plain text or HTML, with other line breaks, and with other text
        around it. `page_lines` has the lines of the page on which the words begin: none if the page does not
        have them, several if it has them more than once. `words` is missing unless there is one line. Raise
        Unknown if there is no such source.
        """
        from mmru.model.locator import Passage
        from mmru.model.pages import Span, find_spans

        check_name("source", check_text("source", source_id), self._package.ids("sources"))
        columns = ["line", "char_count", "text_sha256"]
        passages = self.load("passages", columns, ids=source_id).itertuples(index=False, name=None)
        columns = ["claim_id", "record_table", "record_id", "field", "value"]
        place = ["line", "char_start", "char_end", "span_sha256"]
        claims = self.load("claims").query("source_id == @source_id").dropna(subset="line")
        spans = [Span(*row) for row in claims[place].itertuples(index=False, name=None)]
        found = find_spans(dict.fromkeys(spans), (Passage(*row) for row in passages), page)
        places = [found[span] for span in spans]
        return claims[[*columns, *place]].assign(
            words=[at[0].words if len(at) == 1 else None for at in places],
            page_lines=[[one.line for one in at] for at in places],
        )

    def events_with_actors(self) -> pd.DataFrame:
        """Return events, with a row for each actor's part in one; one without actors has one row.

        Beside the columns of events there are `place` (its name), `actor_id`, `role`, `side`, `actor`
        (the name), `actor_kind` and `actor_country`.
        """
        from mmru.datapackage.wide import events_with_actors

        return events_with_actors(self.load)

    def agreements_with_actors(self) -> pd.DataFrame:
        """Return agreements, with a row for each actor's part in one; one without actors has one row.

        Beside the columns of agreements there are `actor_id`, `role`, `actor` (the name), `actor_kind`
        and `actor_country`.
        """
        from mmru.datapackage.wide import agreements_with_actors

        return agreements_with_actors(self.load)

    def reactions_with_context(self) -> pd.DataFrame:
        """Return reactions, with the names of actors and the titles of what each reaction is about.

        Beside the columns of reactions there are `actor` (the holder's name), `actor_kind`,
        `actor_country`, `addressed_to`, `about_actor` (names), `occasion`, `about_event` and
        `about_agreement` (titles).
        """
        from mmru.datapackage.wide import reactions_with_context

        return reactions_with_context(self.load)

    def events_wide(self) -> pd.DataFrame:
        """Return events with names instead of ids, one row for each; all its cells are single values.

        `actors` has the names with their parts, `states` the states whose organs take part, `sources` the
        publishers with their dates.
        """
        return self._wide("events")

    def agreements_wide(self) -> pd.DataFrame:
        """Return agreements with names instead of ids, one row for each; all its cells are single values.

        `actors` has the names with their parts, `terms` the figures, `milestones` the dated steps.
        """
        return self._wide("agreements")

    def reactions_wide(self) -> pd.DataFrame:
        """Return reactions with names instead of ids, one row for each; all its cells are single values.

        `actor` is who reacts, `about` what the reaction is about.
        """
        return self._wide("reactions")

    def dyads(self) -> pd.DataFrame:
        """Return the pairs of states in events: one row for each event and pair, with the parts of each.

        A state takes part through its organs and officials too. `state_1` is before `state_2` in the
        alphabet; both are ISO 3166-1 alpha-3. `cow_1` and `cow_2` are their Correlates of War numbers.
        `role_1` and `role_2` are the parts of each side.
        """
        from mmru.datapackage.wide import dyads

        return dyads(self.load)

    def cite(self, style: Literal["apa", "bibtex", "ris"] = "apa") -> Text:
        """Return the citation of this version, in the style of APA 7, as BibTeX or as RIS.

        Raise Unknown if there is no such style.
        """
        from mmru.export.citation import STYLES

        return Text(STYLES[check_name("style", style, STYLES)](self._package.about))

    def _wide(self, table: str) -> pd.DataFrame:
        from mmru.datapackage.wide import wide

        return wide(self.load, table)

    def _table(self, name: str) -> Table:
        tables = self._package.tables
        return tables[check_name("table", name, tables)]


def _check_claimable(table: Table, field: str, record: str, fields: list[str]) -> None:
    """Raise Unknown if a record has no such field, or claims cannot be about it."""
    if field in table.names and (kind := table[field].kind) != "claimed":
        message = f"{table.name}.{field} is {kind} and has no claims"
        raise Unknown(f"{message}; mmru.describe('{table.name}', '{field}') says where it comes from")
    check_name("field", field, fields, of=record)


def _several(kind: str, names: str | Iterable[str]) -> list[str]:
    """Return one or more names as a list, each once; raise Unknown if one is not a string."""
    if isinstance(names, str):
        return [names]
    if not isinstance(names, Iterable):
        raise Unknown(f"expected one or more names, not {names!r}")
    return list(dict.fromkeys(check_text(kind, name) for name in names))


# the functions of mmru: methods of the release that is installed, read again after each build
INSTALLED = Release(installed_package)
load, tables, describe, schema = INSTALLED.load, INSTALLED.tables, INSTALLED.describe, INSTALLED.schema
claims_for, resolve, cite = INSTALLED.claims_for, INSTALLED.resolve, INSTALLED.cite
find_spans, dyads = INSTALLED.find_spans, INSTALLED.dyads
events_wide, agreements_wide = INSTALLED.events_wide, INSTALLED.agreements_wide
reactions_wide = INSTALLED.reactions_wide
events_with_actors, agreements_with_actors = INSTALLED.events_with_actors, INSTALLED.agreements_with_actors
reactions_with_context = INSTALLED.reactions_with_context


def between(rows: pd.DataFrame, start: str | date, end: str | date) -> pd.DataFrame:
    """Return the rows whose date can lie between two days, both included: `between(events, "2023", "2024")`.

    `rows` has the columns `…_earliest` and `…_latest`, as most tables have. An open end goes on for ever;
    rows without any date are left out. Raise ValueError if there are no such columns, no such days, or
    the first day is after the last.
    """
    from mmru.datapackage.wide import between

    return between(rows, start, end)


def open(path_or_version: str | Path) -> Release:
    """Return a release by its folder, archive, version or git revision: `mmru.open("x.zip").load("events")`.

    Versions and revisions are those of the repository in the current folder. Raise Unknown if there
    is none of that name, and Damaged if it is not a release.
    """
    try:
        package = open_package(str(path_or_version), Path())
    except Damaged:
        raise
    except InvalidDataset as error:
        first = error.problems[0]
        raise Unknown(f"'{first.path}' {first.text}") from None
    except (OSError, ValueError) as error:
        raise Unknown(f"'{shortened(str(path_or_version))}' cannot be opened: {reason(error)}") from None
    return Release(lambda: package)
