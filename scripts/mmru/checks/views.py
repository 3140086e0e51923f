"""What rules on evidence compare: the claims, and the cells that tables publish, each with its address.

An address is the record and the field that a claim is about. Each function is a view: it is computed once for
all rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import narwhals as nw
import pyarrow as pa
from narwhals import col

from mmru.checks.registry import ROW, Frame, RuleContext, within
from mmru.model.bodies import Bodies
from mmru.model.claim import IDENTITY, text_of
from mmru.model.containment import Covers, coverages, kind
from mmru.model.helper_rows import row_path
from mmru.model.schema import Column, Table

RECORD = ["record_table", "record_id"]
ADDRESS = [*RECORD, "field"]
STATEMENT = [*ADDRESS, "value"]
PASSAGE = ["source_id", "line"]
CLAIMED = (
    "events agreements reactions event_actors event_details agreement_actors agreement_milestones "
    "agreement_terms actor_roles"
)
TABLE = "cell_table"  # the table in which a cell is
DATES = r"^(?:.*\.)?date$"  # fields that give the date of a record or of a step of it
COMPARED = ["kind", "wider", "narrower"]  # two values of columns of one kind


def claims(ctx: RuleContext) -> Frame:
    """Return all claims, each with what its field is and with the body whose voice it has."""
    rows = ctx["claims"].select(
        *(ROW, *STATEMENT, "source_id", "basis", "credibility", "agrees", "line", "char_start"),
        _speaker(),
        col("field").alias("name"),
        (col("field") == IDENTITY).fill_null(False).alias("is_identity"),
    )
    rows = rows.with_columns((col("speaker") == "").alias("is_own"))
    rows = ctx.intern(rows, *STATEMENT, "source_id", "speaker")
    voices = ctx.intern(_voices(ctx), "source_id", "speaker", "body")
    rows = rows.join(voices, on=["source_id", "speaker"], how="left").drop("speaker")
    known = ctx.intern(ctx.view(fields), "record_table", "field")
    return ctx.collected(rows.join(known, on=["record_table", "field"], how="left"))


def reports(ctx: RuleContext) -> Frame:
    """Return which source reports which record, and with how many claims."""
    counts = ctx.view(claims).group_by(*RECORD, "source_id").agg(nw.len().alias("claims"))
    return ctx.collected(counts)


def fields(ctx: RuleContext) -> Frame:
    """Return the fields of claims: what they are, how their values compare, whose ids these are."""
    addressed = ctx["claims"].select("record_table", "field").unique()
    rows = [row for row in ctx.to_dicts(addressed) if None not in row.values()]
    found = [ctx.schemas.field(row["record_table"], row["field"]) for row in rows]
    names = [row["field"] for row in rows]
    return ctx.lookup(
        {
            "record_table": pa.array([row["record_table"] for row in rows], pa.string()),
            "field": pa.array(names, pa.string()),
            "is_defined": pa.array([bool(f) or n == IDENTITY for f, n in zip(found, names)], pa.bool_()),
            "is_list": pa.array([bool(f and f.is_list) for f in found], pa.bool_()),
            "is_date": pa.array([bool(re.search(DATES, name)) for name in names], pa.bool_()),
            "is_edtf": pa.array([bool(f and f.column.format == "edtf") for f in found], pa.bool_()),
            "kind": pa.array([kind(f) for f in found], pa.string()),
            "target": pa.array([f.target if f else "" for f in found], pa.string()),
        }
    )


def _speaker() -> nw.Expr:
    """Return the speakers of claims; an empty text where the source itself speaks."""
    return col("attributed_to_actor_id").fill_null("").alias("speaker")


def bodies(ctx: RuleContext) -> Bodies:
    """Return the bodies of all actors."""
    names = {
        "actors": ["actor_id", "kind", "part_of_actor_id", "iso3"],
        "actor_roles": ["actor_id", "role", "body_actor_id"],
        "sources": ["publisher_actor_id", "publisher_kind"],
    }
    actors, roles, sources = (ctx.to_dicts(ctx[table].select(*columns)) for table, columns in names.items())
    return Bodies(actors, roles, sources, ctx.schemas)


def origin_bodies(ctx: RuleContext) -> dict[str, str | None]:
    """Return the body of the origin of each source."""
    found = ctx.view(bodies)
    origins = ctx.to_dicts(ctx["sources"].select("source_id", "origin"))
    return {row["source_id"]: row["origin"] and found.body(row["origin"]) for row in origins}


def _voices(ctx: RuleContext) -> Frame:
    """Return the body of what each source says, in its own voice and by each speaker."""
    found, own = ctx.view(bodies), ctx.view(origin_bodies)
    voices = ctx.to_dicts(ctx["claims"].select("source_id", _speaker()).unique())
    pairs = ((voice["source_id"], voice["speaker"]) for voice in voices)
    rows = ((source, actor, found.body(actor) if actor else own.get(source)) for source, actor in pairs)
    return ctx.texts(["source_id", "speaker", "body"], rows)


def dating(ctx: RuleContext) -> Frame:
    """Return the claims that date a record or a step of it."""
    return ctx.collected(ctx.view(claims).filter(col("is_date")))


def statements(ctx: RuleContext) -> Frame:
    """Return the addresses and values of all claims that agree with what is published."""
    return ctx.view(claims).filter(col("agrees")).select(*STATEMENT)


def cited(ctx: RuleContext) -> Frame:
    """Return the claims that cite a line, with the characters that they cite of it."""
    rows = ctx["claims"].filter(~col("line").is_null())
    rows = rows.select(ROW, *PASSAGE, "char_start", "char_end", "span_sha256", "language")
    return ctx.collected(ctx.intern(rows, "source_id"))


def cells(ctx: RuleContext) -> Frame:
    """Return all claimed cells that are not empty: row, table, address and value as text."""
    frames = (frame for name in CLAIMED.split() for frame in _cells(ctx, ctx.schemas.tables[name]))
    found = nw.concat(list(frames)).filter(~col("value").is_null())
    found = found.with_columns(col("field").str.contains(DATES).alias("is_date"))
    return ctx.collected(ctx.intern(found, *STATEMENT))


def published(ctx: RuleContext) -> Frame:
    """Return the addresses and values of all cells; a step with columns counts as a bare step too."""
    of_helpers = ((t, t.helper) for t in ctx.schemas.tables.values() if t.helper)
    steps = [_bare_steps(records(ctx, t), h.key, h.prefix) for t, h in of_helpers if h.style == "step"]
    steps = [ctx.intern(frame, *STATEMENT) for frame in steps]
    return ctx.collected(nw.concat([frame.select(*STATEMENT) for frame in (ctx.view(cells), *steps)]))


def with_cell(ctx: RuleContext, rows: Frame) -> Frame:
    """Return rows with the published value at their address as `cell`, null if there is none or several."""
    least, most = col("value").min().alias("cell"), col("value").max().alias("most")
    near = within(ctx.view(published), rows, ADDRESS)
    single = near.group_by(*ADDRESS).agg(least, most).filter(col("cell") == col("most"))
    return rows.join(single.drop("most"), on=ADDRESS, how="left")


def records(ctx: RuleContext, table: Table) -> Frame:
    """Return the rows of a table, with its name and the record to which each belongs."""
    owner = ctx.schemas.tables[table.helper.of] if table.helper else table
    return ctx[table.name].with_columns(
        nw.lit(table.name).alias(TABLE),
        nw.lit(owner.name).alias("record_table"),
        col(owner.primary_key[0]).alias("record_id"),
    )


def covered(ctx: RuleContext, pairs: Frame) -> Frame:
    """Return the pairs of different values of one kind of which `wider` contains `narrower`."""
    compared = pairs.select(*COMPARED).filter(~col("kind").is_null() & (col("wider") != col("narrower")))
    covers = ctx.view(_covers)
    found = [
        pair
        for pair in map(tuple, (row.values() for row in ctx.to_dicts(compared.unique())))
        if pair[0] in covers and covers[pair[0]](*pair[1:])
    ]
    return ctx.intern(ctx.texts(COMPARED, found), "wider", "narrower")


def _covers(ctx: RuleContext) -> dict[str | None, Covers]:
    """Return a function for each kind of field that says whether one value contains another."""
    rows = ctx.to_dicts(ctx["places"].select("place_id", "part_of_place_id"))
    wholes = {r["place_id"]: r["part_of_place_id"] for r in rows if r["part_of_place_id"] is not None}
    return coverages(ctx.schemas, wholes)


def _cells(ctx: RuleContext, table: Table) -> Iterator[Frame]:
    """Yield the claimed cells of a table, with the empty ones."""
    rows, helper = records(ctx, table), table.helper
    columns = [c for c in table.columns if c.kind == "claimed" and not (helper and c.name == helper.key)]
    if helper and helper.style == "step":
        empty = nw.all_horizontal(*(col(column.name).is_null() for column in columns), ignore_nulls=True)
        yield _bare_steps(rows.filter(empty), helper.key, helper.prefix)
    rows = _with_path(ctx, rows, table)
    index, single = [ROW, TABLE, *RECORD, "path"], [c for c in columns if not c.is_list]
    texts = _with_numerals(ctx, rows, single).select(*index, *(_as_text(table, c) for c in single))
    names = [column.name for column in single]
    found = [texts.unpivot(names, index=index, variable_name="column", value_name="cell")]
    for column in columns:
        if column.is_list:
            listed = rows.filter(~col(column.name).is_null()).select(*index, col(column.name).alias("cell"))
            found.append(listed.explode("cell").with_columns(nw.lit(column.name).alias("column")))
    for frame in found:
        yield frame.select(ROW, TABLE, *RECORD, _field(table).alias("field"), col("cell").alias("value"))


def _bare_steps(rows: Frame, key: str, prefix: str) -> Frame:
    """Return a cell for the name of each step."""
    return rows.select(ROW, TABLE, *RECORD, nw.lit(prefix).alias("field"), col(key).alias("value"))


def _field(table: Table) -> nw.Expr:
    """Return the field of their record that cells are, from the path of their rows and their column."""
    if not table.helper:
        return col("column")
    return nw.concat_str("path", "column", separator=".") if table.helper.has_columns else col("path")


def _with_path(ctx: RuleContext, rows: Frame, table: Table) -> Frame:
    """Return the rows of a helper table with the fields of their records that they are, as `path`."""
    if not table.helper:
        return rows.with_columns(nw.lit("").alias("path"))
    style = table.helper.style
    by = [table.helper.key, *({"step": ["sequence"], "measure": ["object"]}.get(style, []))]
    if style == "measure":
        counted = nw.when(~col("value").is_null()).then(col("text"))
        rows = rows.with_columns(counted.fill_null("").alias("object"))
    distinct = rows.select(*by).drop_nulls().unique()
    keys = ctx.to_dicts(distinct)
    types = {"sequence": pa.int64()}
    names = {name: pa.array([key[name] for key in keys], types.get(name, pa.string())) for name in by}
    figures = ({**key, "value": 1, "text": key["object"]} if style == "measure" else key for key in keys)
    paths = pa.array([row_path(table, figure) for figure in figures], pa.string())
    return rows.join(ctx.lookup({**names, "path": paths}), on=by, how="left")


def _with_numerals(ctx: RuleContext, rows: Frame, columns: Iterable[Column]) -> Frame:
    """Return the rows with their numbers as claims write them: `<column>_numeral`."""
    for column in columns:
        if column.type == "number":
            texts = ctx.view(numerals).rename({"number": column.name, "value": _numeral(column)})
            rows = rows.join(texts, on=column.name, how="left")
    return rows


def _numeral(column: Column) -> str:
    return f"{column.name}_numeral"


def _as_text(table: Table, column: Column) -> nw.Expr:
    """Return the values of a column as claims write them."""
    cell = col(column.name)
    if column.type == "number":
        cell = col(_numeral(column))
    elif column.type == "boolean":
        is_so = nw.when(cell).then(nw.lit(text_of(True))).otherwise(nw.lit(text_of(False)))
        cell = nw.when(~cell.is_null()).then(is_so)
    elif table.helper and table.helper.style == "measure" and column.name == "text":
        # where a figure has a number, its text is the object, which is part of the field
        cell = nw.when(col("value").is_null()).then(cell)
    return cell.alias(column.name)


def numerals(ctx: RuleContext) -> Frame:
    """Return the numbers of claimed cells with the texts that claims give for them."""
    claimed = (ctx.schemas.tables[name] for name in CLAIMED.split())
    columns = [
        (t.name, c.name) for t in claimed for c in t.columns if (c.kind, c.type) == ("claimed", "number")
    ]
    numbers = nw.concat([ctx[table].select(col(name).alias("number")) for table, name in columns]).unique()
    found = [row["number"] for row in ctx.to_dicts(numbers.filter(~col("number").is_null()))]
    return ctx.lookup(
        {"number": pa.array(found, pa.float64()), "value": pa.array(map(text_of, found), pa.string())}
    )
