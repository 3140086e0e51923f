"""Generate the codebook, docs/codebook.md, from the schemas and vocabularies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mmru.export import markdown
from mmru.model.helper_rows import path_template
from mmru.model.schema import Code, Column, Schemas, Table

_HEAD = """\
# Codebook

The meaning of every table, column and code, and the rules for coding articles. `mmru build` generates this \
page from `schemas/`; edit the schemas instead. [template.yaml](template.yaml) shows how to write an \
extraction. [method.md](method.md) explains how the data are produced.

These terms have one meaning on this page:

- **record**: an event, agreement, reaction, actor or place.
- **claim**: one value that one source gives for one field of a record.
- **extent** of a source: how much of its page was read. It is whole, an **opening** (the first part) or a \
**headline**.
- **origin** of a source: the actor whose report it is. The **side** of the origin is Myanmar, Russia, the \
opposition or a third party.
- **witness**: the body behind a source's claim of a record's status. **Confirmation** says which witnesses \
agree. [method.md](method.md) has the rules.
- **directed pair**: one actor acts (the source side) on another (the target side).

Each column has one of these kinds:
"""


def codebook(schemas: Schemas) -> str:
    """Return the codebook as Markdown: tables in the order in which data flow, then the vocabularies."""
    return "\n".join(_lines(schemas))


def _lines(schemas: Schemas) -> Iterator[str]:
    yield _HEAD
    for code in schemas.vocabularies.get("column_kind", {}).values():
        yield f"- **{code.code}**: {code.definition}"
    yield ""
    for title, names in (("Tables", schemas.tables), ("Vocabularies", schemas.vocabularies)):
        yield f"**{title}:** {', '.join(f'[{name}](#{name})' for name in names)}\n"
    for table in schemas.tables.values():
        yield from table_entry(table)
        yield ""
    yield "# Vocabularies\n"
    for name, codes in schemas.vocabularies.items():
        edition = next((code.edition for code in codes.values() if code.edition), None)
        yield f"## {name}\n" + (f"\n{edition}\n" if edition else "")
        yield from _codes(codes.values())
        yield ""


def table_entry(table: Table) -> Iterator[str]:
    """Yield the entry of a table, as lines of Markdown."""
    yield f"## {table.name}\n\n{table.description}\n"
    yield f"Key: {', '.join(f'`{name}`' for name in table.primary_key)}.{_fields(table)}\n"
    if table.rules:
        yield "Rules of coding:\n"
        yield from (f"- {rule}" for rule in table.rules)
        yield ""
    rows = ([f"`{c.name}`", c.kind, _type(c), _column_meaning(table, c)] for c in table.columns)
    yield from markdown.table(["column", "kind", "type", "meaning"], rows)


def column_entry(schemas: Schemas, table: Table, column: Column) -> Iterator[str]:
    """Yield the entry of a column, with the codes that it allows, as lines of Markdown."""
    yield f"## {table.name}.{column.name}\n\n{_column_meaning(table, column)}\n"
    yield f"Kind: {column.kind}. Type: {_type(column)}."
    if codes := schemas.codes(column):
        yield ""
        yield from _codes(codes.values())


def _fields(table: Table) -> str:
    """Return the names of the fields for the rows of a helper table in an extraction."""
    if not table.helper:
        return ""
    return f" Written in an extraction as fields of {table.helper.of}: `{path_template(table.helper)}`."


def _type(column: Column) -> str:
    return "list of texts" if column.is_list else column.type


def _column_meaning(table: Table, column: Column) -> str:
    parts = [column.description]
    if column.vocabulary:
        parts.append(f"Vocabulary: [{column.vocabulary}](#{column.vocabulary}).")
    if column.unit:
        parts.append(f"Unit: {column.unit}.")
    if target := table.target(column.name):
        parts.append(f"Refers to [{target}](#{target}).")
    if column.required:
        parts.append("Never empty.")
    return " ".join(parts)


def _codes(codes: Iterable[Code]) -> Iterator[str]:
    rows = ([f"`{code.code}`", code.label, _code_meaning(code)] for code in codes)
    yield from markdown.table(["code", "name", "when it applies"], rows)


def _code_meaning(code: Code) -> str:
    parts = [code.definition]
    if code.unit:
        parts.append(f"A figure, in {code.unit}.")
    if code.side:
        parts.append(f"Side: {code.side}.")
    if code.score is not None:
        parts.append(f"Score: {code.score:g}.")
    if code.mapping:
        parts.append(f"Elsewhere: {', '.join(code.mapping)}.")
    if code.minimum is not None and code.maximum is not None:
        whole = ", whole numbers" if code.whole_number else ""
        parts.append(f"Range: {code.minimum:,.10g} to {code.maximum:,.10g}{whole}.")
    if code.required_roles:
        parts.append(f"Needs: {', '.join(code.required_roles)}.")
    if code.allowed_with:
        kinds = dict.fromkeys(entry.partition(":")[0] for entry in code.allowed_with)
        fits = "; ".join(f"{kind} {', '.join(code.allowed(kind))}" for kind in kinds)
        parts.append(f"Fits: {fits}.")
    if code.group:
        parts.append(f"Group: {code.group}.")
    return " ".join(parts)
