"""Named rules across columns and tables, and the context in which they run.

A rule returns the rows of its table that break it, written in narwhals. What only Python can compute,
such as the days that a date in EDTF means, is computed once for each distinct value and joined to the
rows; a rule never loops over rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import narwhals as nw
import polars as pl
import pyarrow as pa
from narwhals import col

from mmru.model import edtf
from mmru.model.schema import Code, Schemas, Table

ROW = "_row"  # the number of a row in its table, from 0
OTHER = "_other"  # the record that the message of a rule names beside the row

Frame = nw.LazyFrame[Any]
View = TypeVar("View")
Distinct = Iterable[tuple[str, str, str]]  # a table and two of its records that are alike but distinct
MEANING = ("earliest", "latest", "precision")  # of a date in EDTF


@dataclass(frozen=True)
class RuleContext:
    """The input of a rule: its table, and the frames of all tables, each with the column ROW.

    `released` is the day of release. A rule measures time from it, never from the clock. `distinct`
    lists records that are alike but distinct. `views` caches results that several rules of one validation
    use.
    """

    schemas: Schemas
    frames: Mapping[str, Frame]
    table: Table
    released: date
    distinct: Distinct
    views: dict[Any, Any]

    @property
    def rows(self) -> Frame:
        """The rows of the table that the rule is about."""
        return self.frames[self.table.name]

    @property
    def key(self) -> str:
        """The first column of the key of the rule's table."""
        return self.table.primary_key[0]

    def __getitem__(self, name: str) -> Frame:
        return self.frames[name]

    def view(self, compute: Callable[[RuleContext], View]) -> View:
        """Return what a function computes from the context; compute it once for all rules."""
        if compute not in self.views:
            self.views[compute] = compute(self)
        view: View = self.views[compute]
        return view

    def collected(self, frame: Frame) -> Frame:
        """Return the same rows, computed now."""
        return frame.collect().lazy()

    def intern(self, frame: Frame, *columns: str) -> Frame:
        """Return the rows with the texts of these columns stored once, so that joins compare numbers.

        It is exact, and makes rules on a million claims three times as fast. A column interned joins
        only with another that is.
        """
        return frame.with_columns(col(*columns).cast(nw.Categorical))

    def lookup(self, columns: Mapping[str, pa.Array]) -> Frame:
        """Return a small table computed in Python as a frame, to be joined."""
        return lazy(pl.LazyFrame(pa.table(dict(columns))))

    def texts(self, names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Frame:
        """Return rows of texts as a frame with columns of these names."""
        listed = list(rows)
        return self.lookup(
            {name: pa.array([r[n] for r in listed], pa.string()) for n, name in enumerate(names)}
        )

    def misfits(self, rows: Frame, codes: Mapping[str, Code], one: str, other: str, vocabulary: str) -> Frame:
        """Return the rows whose code in the column `one` does not allow the code in the column `other`."""
        pairs = ((code, fit) for code, meaning in codes.items() for fit in meaning.allowed(vocabulary))
        return without(rows, self.texts([one, other], pairs), [one, other])

    def to_dicts(self, frame: Frame) -> list[dict[str, Any]]:
        """Return the rows of a frame as Python values."""
        return native(frame).to_dicts()

    def with_meaning(self, rows: Frame, *columns: str) -> Frame:
        """Return the rows with what the EDTF dates of each column mean: `<column>_means_earliest`, …

        These columns are null where a cell is empty or is not EDTF.
        """
        meaning = self.view(edtf_meaning)
        for column in columns:
            names = {"text": column, **{name: f"{column}_means_{name}" for name in MEANING}}
            rows = rows.join(meaning.rename(names), on=column, how="left")
        return rows

    def where(self, rows: Frame, columns: Sequence[str], is_so: Callable[..., bool]) -> Frame:
        """Return the rows for whose cells in these columns a function returns True; no cell may be empty."""
        full = rows.drop_nulls(list(columns))
        found = [cells for cells in self.to_dicts(full.select(*columns).unique()) if is_so(*cells.values())]
        if not found:
            return rows.head(0)
        listed = {name: pa.array([cells[name] for cells in found]) for name in columns}
        return within(full, self.lookup(listed), list(columns))

    def with_score(self, rows: Frame, column: str, vocabulary: str, name: str) -> Frame:
        """Return the rows with the score of a column's code as the column `name`, null without one."""
        codes = self.schemas.vocabularies[vocabulary]
        scores = pa.array([code.score for code in codes.values()], pa.float64())
        return rows.join(
            self.lookup({column: pa.array(list(codes), pa.string()), name: scores}), on=column, how="left"
        )


Breaks = Callable[[RuleContext], Frame]


@dataclass(frozen=True)
class Rule:
    """A rule on the rows of one table.

    `breaks` returns the rows that break it, with at least the column ROW; rows may repeat. If the message
    names `{other}`, each row comes once, with the id of another record in the column OTHER.
    """

    table: str
    code: str
    message: str
    fix: str
    breaks: Breaks

    @property
    def name(self) -> str:
        return f"{self.breaks.__name__.replace('_', '-')} {self.table}"

    @property
    def columns(self) -> list[str]:
        """The columns that a run of the rule needs of the rows that break it."""
        return [ROW, OTHER] if "{other}" in self.message else [ROW]

    @property
    def check_name(self) -> str:
        """The name of the rule's check in the pandera schema of its table."""
        return f"{self.code} {self.breaks.__name__}"


RULES: list[Rule] = []  # all of them, once the modules of mmru.checks.rules are imported


def rule(code: str, tables: str, message: str, fix: str) -> Callable[[Breaks], Breaks]:
    """Return a decorator that adds a rule to RULES, once for each of the tables named."""

    def register(breaks: Breaks) -> Breaks:
        RULES.extend(Rule(table, code, message, fix, breaks) for table in tables.split())
        return breaks

    return register


def lazy(native: Any) -> Frame:
    """Return a frame of polars or Spark as a frame of narwhals."""
    frame: Frame = nw.from_native(native).lazy()
    return frame


def native(frame: Frame) -> pl.DataFrame:
    """Return the rows of a frame in polars."""
    found: Any = frame.collect("polars").to_native()
    rows: pl.DataFrame = found
    return rows


def differs(one: nw.Expr, other: nw.Expr) -> nw.Expr:
    """Return where two columns differ; empty cells equal each other and nothing else."""
    return (one != other).fill_null(False) | (one.is_null() != other.is_null())


def any_of(conditions: Iterable[nw.Expr]) -> nw.Expr:
    """Return where at least one of the conditions is true; one on an empty cell is not."""
    return nw.any_horizontal(nw.lit(False), *conditions, ignore_nulls=True)


def is_true(column: str) -> nw.Expr:
    """Return where a column is true; an empty cell is not."""
    return col(column).fill_null(False)


def rows_of(frames: Iterable[Frame]) -> Frame:
    """Return the row numbers of several frames."""
    return nw.concat([frame.select(ROW) for frame in frames])


def without(rows: Frame, others: Frame, on: list[str]) -> Frame:
    """Return the rows that have no match among others."""
    return rows.join(others, on=on, how="anti")


def within(rows: Frame, others: Frame, on: list[str]) -> Frame:
    """Return the rows that have a match among others."""
    return rows.join(others, on=on, how="semi")


def edtf_meaning(ctx: RuleContext) -> Frame:
    """Return what each EDTF date of all tables means; texts that are not EDTF are left out."""
    texts = ctx.to_dicts(nw.concat(list(_edtf_texts(ctx))).unique())
    spans = {row["text"]: span for row in texts if (span := _span(row["text"]))}
    return ctx.lookup(
        {
            "text": pa.array(list(spans), pa.string()),
            "earliest": pa.array([span.earliest for span in spans.values()], pa.date32()),
            "latest": pa.array([span.latest for span in spans.values()], pa.date32()),
            "precision": pa.array([span.precision for span in spans.values()], pa.string()),
        }
    )


def _edtf_texts(ctx: RuleContext) -> Iterator[Frame]:
    for table in ctx.schemas.tables.values():
        for column in table.columns:
            if column.format == "edtf":
                texts = ctx[table.name].select(col(column.name).alias("text"))
                texts = texts.filter(~col("text").is_null())
                yield texts.explode("text") if column.is_list else texts


def _span(text: str) -> edtf.Span | None:
    try:
        return edtf.parse(text)
    except ValueError:
        return None
