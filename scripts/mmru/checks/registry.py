"""What a named rule is: which rows of one table break it, told in terms that every engine understands.

A rule looks at its table, and at all others, and gives the rows that break it. What only Python can
tell, such as the days that a date in EDTF can mean, is worked out once for each distinct value and
joined to the rows, so that a rule never runs through rows by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.engine import PLACE, Engine, Frame
from mmru.model import edtf
from mmru.model.schema import Schemas, Table

View = TypeVar("View")
MEANT = ("earliest", "latest", "precision")  # what a date in EDTF means


@dataclass(frozen=True)
class Tables:
    """What a rule may look at: the table it is about, all frames and schemas.

    `views` keeps what several rules compute from the frames, for all rules of one run.
    """

    table: Table
    engine: Engine
    schemas: Schemas
    views: dict[Any, Any]

    @property
    def rows(self) -> Frame:
        """The rows of the rule's own table."""
        return self.engine.frames[self.table.name]

    def __getitem__(self, name: str) -> Frame:
        """The rows of a table."""
        return self.engine.frames[name]

    def told(self, frame: Frame) -> list[dict[str, Any]]:
        """The rows of a frame as Python has them."""
        [rows] = self.engine.rows(frame)
        return rows

    def once(self, view: Callable[[Tables], View]) -> View:
        """What a view of all frames gives, computed when it is first asked for."""
        if view not in self.views:
            self.views[view] = view(self)
        found: View = self.views[view]
        return found

    def dated(self, rows: Frame, *columns: str) -> Frame:
        """The rows, with what each of these columns of EDTF means beside it: `<column>_earliest` …

        The names begin with `meant_`; all are null where the date is empty or none.
        """
        meant = self.once(spans)
        for column in columns:
            named = {"text": f"meant_{column}", **{m: f"meant_{column}_{m}" for m in MEANT}}
            spoken = meant.rename(named)
            rows = rows.join(spoken, left_on=column, right_on=f"meant_{column}", how="left")
        return rows

    def coded(self, rows: Frame, column: str, vocabulary: str, name: str) -> Frame:
        """The rows, with the score of a column's code in a vocabulary beside it, null where it has none."""
        codes = self.schemas.vocabularies[vocabulary]
        scores = self.engine.lookup(
            pa.table(
                {
                    f"code_{name}": pa.array(list(codes), pa.string()),
                    name: pa.array([code.score for code in codes.values()], pa.float64()),
                }
            )
        )
        return rows.join(scores, left_on=column, right_on=f"code_{name}", how="left")


Breaks = Callable[[Tables], Frame]


@dataclass(frozen=True)
class Rule:
    """A rule on the rows of one table; `message` says of a row that breaks it what is wrong.

    `breaks` gives these rows, with at least the columns of PLACE, each once or more often.
    """

    name: str
    table: str
    code: str
    message: str
    fix: str
    breaks: Breaks
    sight: None = None  # unlike a constraint, it is not told at the sight of a value alone


def registrar(rules: list[Rule]) -> Callable[[str, str, str, str], Callable[[Breaks], Breaks]]:
    """A decorator that adds a rule to `rules`, once for each of the tables named.

    A rule's name is that of its function and its table.
    """

    def rule(code: str, tables: str, message: str, fix: str) -> Callable[[Breaks], Breaks]:
        def register(breaks: Breaks) -> Breaks:
            for table in tables.split():
                name = f"{breaks.__name__.replace('_', '-')} {table}"
                rules.append(Rule(name, table, code, message, fix, breaks))
            return breaks

        return register

    return rule


def differs(one: nw.Expr, other: nw.Expr) -> nw.Expr:
    """Where two columns are not equal; empty cells equal each other and nothing else."""
    return (one != other).fill_null(False) | (one.is_null() != other.is_null())


def either(frames: Iterable[Frame]) -> Frame:
    """The places of the rows of several frames."""
    return nw.concat([frame.select(*PLACE) for frame in frames])


def without(rows: Frame, others: Frame, on: list[str]) -> Frame:
    """The rows that have no partner among others."""
    return rows.join(others, on=on, how="anti")


def within(rows: Frame, others: Frame, on: list[str]) -> Frame:
    """The rows that have a partner among others."""
    return rows.join(others, on=on, how="semi")


def spans(every: Tables) -> Frame:
    """A view: what each EDTF text in a column of dates means; texts that are none are left out."""
    texts = every.told(nw.concat(list(_edtf_texts(every))).unique())
    read = {row["text"]: span(row["text"]) for row in texts}
    known = {text: meant for text, meant in read.items() if meant}
    columns = {
        "text": pa.array(list(known), pa.string()),
        "earliest": pa.array([s.earliest for s in known.values()], pa.date32()),
        "latest": pa.array([s.latest for s in known.values()], pa.date32()),
        "precision": pa.array([s.precision for s in known.values()], pa.string()),
    }
    return every.engine.lookup(pa.table(columns))


def _edtf_texts(every: Tables) -> Iterator[Frame]:
    for table in every.schemas.tables.values():
        for column in table.columns:
            if column.format == "edtf":
                texts = every[table.name].select(col(column.name).alias("text"))
                yield texts.filter(~col("text").is_null())


def span(text: str) -> edtf.Span | None:
    """What a text in EDTF means, or None where it is none."""
    try:
        return edtf.parse(text)
    except ValueError:
        return None
