"""The codebook, docs/codebook.md, written out from the schemas and vocabularies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mmru.model.helper_rows import path_template
from mmru.model.schema import Code, Column, Schemas, Table

_HEAD = """\
# Codebook

What every table, column and code means, and the rules by which articles are coded. This page is made from \
`schemas/` by `mmru build`; change it there. How an extraction is written down is shown in \
[template.yaml](template.yaml), how the data were made in [method.md](method.md).

A column is of one of these kinds:
"""
_COLUMNS = "| column | kind | type | what it holds |\n| --- | --- | --- | --- |"


def codebook(schemas: Schemas) -> str:
    """The whole codebook as Markdown: tables in the order in which data flow, then the vocabularies."""
    return "\n".join(
        [_HEAD, *_kinds(schemas), *_contents(schemas), *_tables(schemas), *_vocabularies(schemas)]
    )


def _kinds(schemas: Schemas) -> Iterator[str]:
    for code in schemas.vocabularies.get("column_kind", {}).values():
        yield f"- **{code.code}**: {code.definition}"
    yield ""


def _contents(schemas: Schemas) -> Iterator[str]:
    tables = ", ".join(f"[{name}](#{name})" for name in schemas.tables)
    lists = ", ".join(f"[{name}](#{name})" for name in schemas.vocabularies)
    yield f"**Tables:** {tables}\n"
    yield f"**Vocabularies:** {lists}\n"


def _tables(schemas: Schemas) -> Iterator[str]:
    for table in schemas.tables.values():
        yield from table_entry(table)
        yield ""


def table_entry(table: Table) -> Iterator[str]:
    """What the codebook says of a table, as lines of Markdown."""
    yield f"## {table.name}\n\n{table.description}\n"
    yield f"Key: {', '.join(f'`{name}`' for name in table.primary_key)}.{_written(table)}\n"
    if table.rules:
        yield "Rules of coding:\n"
        yield from (f"- {rule}" for rule in table.rules)
        yield ""
    yield _COLUMNS
    for column in table.columns:
        yield f"| `{column.name}` | {column.kind} | {_type(column)} | {_cell(_said(table, column))} |"


def column_entry(schemas: Schemas, table: Table, column: Column) -> Iterator[str]:
    """What the codebook says of a column and of the codes it allows, as lines of Markdown."""
    yield f"## {table.name}.{column.name}\n\n{_said(table, column)}\n"
    yield f"Kind: {column.kind}. Type: {_type(column)}."
    if codes := schemas.codes(column):
        yield ""
        yield from _codes(codes.values())


def _written(table: Table) -> str:
    """How the rows of a helper table are written in an extraction."""
    if not table.helper:
        return ""
    return f" Written in an extraction as fields of {table.helper.of}: `{path_template(table.helper)}`."


def _type(column: Column) -> str:
    return "list of texts" if column.is_list else column.type


def _said(table: Table, column: Column) -> str:
    more = []
    if column.vocabulary:
        more.append(f"Vocabulary: [{column.vocabulary}](#{column.vocabulary}).")
    if column.unit:
        more.append(f"Unit: {column.unit}.")
    if target := table.target(column.name):
        more.append(f"Refers to [{target}](#{target}).")
    if column.required:
        more.append("Never empty.")
    return " ".join([column.description, *more])


def _vocabularies(schemas: Schemas) -> Iterator[str]:
    yield "# Vocabularies\n"
    for name, codes in schemas.vocabularies.items():
        edition = next((code.edition for code in codes.values() if code.edition), None)
        yield f"## {name}\n" + (f"\n{edition}\n" if edition else "")
        yield from _codes(codes.values())
        yield ""


def _codes(codes: Iterable[Code]) -> Iterator[str]:
    yield "| code | name | when it applies |\n| --- | --- | --- |"
    yield from (f"| `{c.code}` | {_cell(c.label)} | {_cell(_meaning(c))} |" for c in codes)


def _meaning(code: Code) -> str:
    more = []
    if code.unit:
        more.append(f"A figure, in {code.unit}.")
    if code.side:
        more.append(f"Side: {code.side}.")
    if code.score is not None:
        more.append(f"Score: {code.score:g}.")
    if code.mapping:
        more.append(f"Elsewhere: {', '.join(code.mapping)}.")
    return " ".join([code.definition, *more])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
