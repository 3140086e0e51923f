"""What the rules on evidence look at: the cells that tables show and the claims that were made, by address.

An address is the record and field that a claim is about. All views are frames, computed once for all rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.engine import PLACE, Frame
from mmru.checks.registry import Tables, within
from mmru.model.claim import IDENTITY, text_of
from mmru.model.containment import Covers, coverages, kind
from mmru.model.schema import Column, Helper, Table

# numbers that stand for texts: of a record, of an address, of an address with a value, and of a passage
RECORD, ADDRESS, SAID, PASSAGE = ["record"], ["address"], ["said"], ["passage"]
CLAIMED = (
    "events agreements reactions event_actors event_details agreement_actors agreement_milestones "
    "agreement_terms actor_roles"
)
TABLE = "of_table"  # the table in which a cell stands
STANDS = (*PLACE, TABLE, "record_table", "record_id")  # where a cell stands, and the record that it is of
DATES = r"^(?:.*\.)?date$"  # fields that give the date of a record or of a step of it
COMPARED = ("kind", "wider", "narrower")  # two values of columns of one kind


def fields(every: Tables) -> Frame:
    """The fields of which claims speak, by `topic`: what they are, and how their values compare."""
    spoken = every["claims"].select("record_table", "field").unique()
    rows = [(row["record_table"], row["field"]) for row in every.told(spoken)]
    known = [(*row, every.schemas.field(*row)) for row in rows if row[0] is not None and row[1] is not None]
    columns = {
        "record_table": pa.array([table for table, _, _ in known], pa.string()),
        "field": pa.array([field for _, field, _ in known], pa.string()),
        "defined": pa.array([bool(f) or field == IDENTITY for _, field, f in known], pa.bool_()),
        "many": pa.array([bool(f and f.is_list) for _, _, f in known], pa.bool_()),
        "dates": pa.array([bool(re.search(DATES, field)) for _, field, _ in known], pa.bool_()),
        "kind": pa.array([kind(f) for _, _, f in known], pa.string()),
    }
    found = every.engine.keyed(every.engine.lookup(pa.table(columns)), "topic", ["record_table", "field"])
    return found.select("topic", "defined", "many", "dates", "kind")


def claims(every: Tables) -> Frame:
    """All claims, each with what its field is, its source and the origin to which it counts, as numbers."""
    own, publishers = _origins(every)
    attributed = col("attributed_to_actor_id")
    rows = every["claims"].with_columns(attributed.fill_null("").alias("speaker_id"))
    rows = keyed(every, every.engine.keyed(rows, "source", ["source_id"]))
    rows = every.engine.keyed(rows, "speaker", ["speaker_id"])
    rows = every.engine.keyed(rows, "topic", ["record_table", "field"])
    told = ("source", "value", "basis", "credibility", "agrees")
    of_identity = (col("field") == IDENTITY).fill_null(False).alias("of_identity")
    # texts that are joined to nothing are left behind before others are
    rows = rows.select(
        *(*PLACE, *RECORD, *ADDRESS, *SAID, *told, "speaker", "topic"),
        *(of_identity, attributed.is_null().alias("unattributed")),
    )
    for others, on in ((own, "source"), (publishers, "speaker"), (every.once(fields), "topic")):
        rows = rows.join(others, on=on, how="left")
    of_source = nw.when(col("unattributed")).then(col("of_source"))
    origin = nw.coalesce(of_source, col("of_speaker"), col("speaker")).alias("origin")
    what = ("of_identity", "defined", "many", "dates", "kind")
    return every.engine.keep(rows.select(*PLACE, *RECORD, *ADDRESS, *SAID, *told, origin, *what))


def keyed(every: Tables, rows: Frame) -> Frame:
    """Rows that are about a record's field and give a value, with the keys of these."""
    rows = every.engine.keyed(rows, "record", ["record_table", "record_id"])
    rows = every.engine.keyed(rows, "address", [*RECORD, "field"])
    return every.engine.keyed(rows, "said", [*ADDRESS, "value"])


def records(every: Tables, table: Table) -> Frame:
    """The rows of a table of records, with the keys of these."""
    return every.engine.keyed(_rows(every, table), "record", ["record_table", "record_id"])


def located(every: Tables, rows: Frame) -> Frame:
    """Rows with a source and a line, with the keys of both."""
    rows = every.engine.keyed(rows, "source", ["source_id"])
    return every.engine.keyed(rows, "passage", ["source", "line"])


def cited(every: Tables) -> Frame:
    """The claims that cite a line, each with the key of the passage and what it cites of it."""
    rows = located(every, every["claims"].filter(~col("line").is_null()))
    told = ("source", "char_start", "char_end", "span_sha256", "language")
    return every.engine.keep(rows.select(*PLACE, *PASSAGE, *told))


def counted(every: Tables) -> Frame:
    """How many sources, origins and claims each record has."""
    counts = every.once(claims).group_by(*RECORD)
    return every.engine.keep(
        counts.agg(
            col("source").n_unique().alias("meant_source_count"),
            col("origin").n_unique().alias("meant_origin_count"),
            nw.len().alias("meant_claim_count"),
        )
    )


def _origins(every: Tables) -> tuple[Frame, Frame]:
    """The origin of what each source says itself, and of what speakers say that are publishers."""
    sources = every.engine.keyed(every["sources"], "source", ["source_id"])
    sources = every.engine.keyed(sources.filter(~col("origin").is_null()), "own", ["origin"])
    published = sources.filter(~col("publisher_actor_id").is_null())
    # of several origins of one publisher that of its first source counts
    first = published.group_by("publisher_actor_id").agg(col("source_id").min())
    publishers = within(published, first, ["publisher_actor_id", "source_id"])
    publishers = every.engine.keyed(publishers, "speaker", ["publisher_actor_id"])
    publishers = publishers.select("speaker", col("own").alias("of_speaker")).unique()
    traced = sources.join(publishers, left_on="own", right_on="speaker", how="left")
    of_source = nw.coalesce(col("of_speaker"), col("own")).alias("of_source")
    return traced.select("source", of_source).unique(), publishers


def dating(every: Tables) -> Frame:
    """The claims that date a record or a step of it."""
    return every.engine.keep(every.once(claims).filter(col("dates")))


def said(every: Tables) -> Frame:
    """The addresses and values of all claims that agree."""
    return every.once(claims).filter(col("agrees")).select(*SAID)


def cells(every: Tables) -> Frame:
    """All claimed cells of all tables: where each stands, its address, its value as text, if it dates."""
    every_cell = (frame for name in CLAIMED.split() for frame in _cells(every, every.schemas.tables[name]))
    found = keyed(every, nw.concat(list(every_cell)).filter(~col("value").is_null()))
    dates = col("field").str.contains(DATES).alias("dates")
    return every.engine.keep(found.select(*PLACE, TABLE, *ADDRESS, *SAID, "value", dates))


def shown(every: Tables) -> Frame:
    """The addresses and values of all cells, some more than once; a step with a date is a step as well."""
    of_steps = (t for name in CLAIMED.split() if (t := every.schemas.tables[name]).helper)
    steps = [
        _cell(_rows(every, t), t.helper.key, nw.lit(t.helper.prefix))
        for t in of_steps
        if t.helper and t.helper.style == "step"
    ]
    of_steps_too = [every.once(cells), keyed(every, nw.concat(steps))]
    return every.engine.keep(nw.concat([frame.select(*ADDRESS, *SAID) for frame in of_steps_too]))


def single(every: Tables, rows: Frame) -> Frame:
    """The rows, and as `cell` what is said at their address, null where there is no cell, or cells differ."""
    least, most = col("said").min().alias("cell"), col("said").max().alias("most")
    near = within(every.once(shown), rows, ADDRESS)
    same = near.group_by(*ADDRESS).agg(least, most).filter(col("cell") == col("most"))
    return rows.join(same.select(*ADDRESS, "cell"), on=ADDRESS, how="left")


def covered(every: Tables, pairs: Frame) -> Frame:
    """The pairs of different values, each of a kind of column, of which the first contains the second.

    Takes and gives the columns COMPARED.
    """
    compared = pairs.select(*COMPARED).filter(~col("kind").is_null() & (col("wider") != col("narrower")))
    covers = every.once(_covers)
    found = [
        (k, wide, narrow)
        for k, wide, narrow in (row.values() for row in every.told(compared.unique()))
        if k in covers and covers[k](wide, narrow)
    ]
    columns = {name: pa.array([row[n] for row in found], pa.string()) for n, name in enumerate(COMPARED)}
    return every.engine.lookup(pa.table(columns))


def _covers(every: Tables) -> dict[str | None, Covers]:
    """For each kind of field whether one value contains another."""
    rows = every.told(every["places"].select("place_id", "part_of_place_id"))
    parts = {r["place_id"]: r["part_of_place_id"] for r in rows if r["part_of_place_id"] is not None}
    return coverages(every.schemas, parts)


def _cells(every: Tables, table: Table) -> Iterator[Frame]:
    """The claimed cells of a table, by column, with those that are empty."""
    rows, helper = _rows(every, table), table.helper
    columns = [c for c in table.columns if c.kind == "claimed" and not (helper and c.name == helper.key)]
    if helper is None:
        for column in columns:
            yield _cell(*_text(every, rows, column), nw.lit(column.name))
        return
    rows = rows.with_columns(_path(helper).alias("path"))
    if helper.style == "member":
        yield _cell(rows, helper.value, col("path"))
    elif helper.style == "measure":
        yield _cell(*_text(every, rows, table["value"]), col("path"))
        yield _cell(rows.filter(col("value").is_null()), "text", col("path"))
    else:
        for column in columns:
            name = nw.concat_str([col("path"), nw.lit(f".{column.name}")])
            yield _cell(*_text(every, rows, column), name)
        bare = rows.filter(nw.all_horizontal(*(col(c.name).is_null() for c in columns), ignore_nulls=True))
        yield _cell(bare, helper.key, nw.lit(helper.prefix))


def _rows(every: Tables, table: Table) -> Frame:
    """The rows of a table, with its name and the record that each is of."""
    owner = every.schemas.tables[table.helper.of] if table.helper else table
    return every[table.name].with_columns(
        nw.lit(table.name).alias(TABLE),
        nw.lit(owner.name).alias("record_table"),
        col(owner.primary_key[0]).alias("record_id"),
    )


def _cell(rows: Frame, column: str, field: nw.Expr) -> Frame:
    """A cell of each row."""
    return rows.select(*STANDS, field.alias("field"), col(column).alias("value"))


def _path(helper: Helper) -> nw.Expr:
    """The field of its record that a row of a helper table is, without the name of a column."""
    if helper.style == "named":
        slug = col(helper.key).str.replace_all(r"^[^.]*\.", "")
        return nw.concat_str([nw.lit(f"{helper.prefix}."), slug])
    path = nw.concat_str([nw.lit(f"{helper.prefix}."), col(helper.key)])
    if helper.style != "step":
        return path
    numbered = nw.concat_str([path, nw.lit("."), col("sequence").cast(nw.String)])
    return nw.when(col("sequence") > 1).then(numbered).otherwise(path)


def _text(every: Tables, rows: Frame, column: Column) -> tuple[Frame, str]:
    """The rows, and in which column they have the values of one as texts; lists have a row a member."""
    if column.is_list:
        return rows.filter(~col(column.name).is_null()).explode(column.name), column.name
    if column.type == "number":
        return rows.join(every.once(numerals), left_on=column.name, right_on="number", how="left"), "numeral"
    return rows, column.name


def numerals(every: Tables) -> Frame:
    """The numbers that stand in claimed cells, as claims write them."""
    claimed = [every.schemas.tables[name] for name in CLAIMED.split()]
    columns = [(t, c.name) for t in claimed for c in t.columns if (c.kind, c.type) == ("claimed", "number")]
    numbers = nw.concat([every[t.name].select(col(name).alias("number")) for t, name in columns]).unique()
    found = [row["number"] for row in every.told(numbers.filter(~col("number").is_null()))]
    made = {"number": pa.array(found, pa.float64()), "numeral": pa.array(map(text_of, found), pa.string())}
    return every.engine.lookup(pa.table(made))
