"""Validate YAML files against a JSON Schema; describe each mismatch in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import jsonschema_rs

from mmru.errors import Problem, did_you_mean, listed
from mmru.io.yaml_file import MOST, Document
from mmru.model import edtf
from mmru.model.characters import is_zawgyi
from mmru.model.claim import text_of
from mmru.model.schema import Table
from mmru.model.text import TO_UNICODE, ZAWGYI, Path_, forbidden

LONGEST_SHOWN = 60  # characters of a value
DAY_FIX, EDTF_FIX = "write a day as 2025-03-04", "write it in EDTF"
_TYPES = {"object": "a mapping", "array": "a list", "string": "text", "number": "a number"}
_READ_AS = {bool: "true or false", int: "a number", float: "a number", type(None): "nothing"}
_TYPES |= {"integer": "a whole number", "boolean": "true or false", "null": "nothing"}


class _Mismatch(NamedTuple):
    """A part that does not match the schema; `at_key` if its key is wrong."""

    path: Path_
    invalid: Path_
    code: str
    message: str
    fix: str
    at_key: bool = False

    def problem(self, document: Document) -> Problem:
        return document.problem(self.path, self.code, self.message, self.fix, key=self.at_key)


class Validator:
    """A compiled JSON Schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._compiled = jsonschema_rs.validator_for(schema)

    def validate(self, document: Document) -> Document:
        """Return the document with the problems and invalid parts that its data have."""
        if not document.is_valid():
            return document
        found = list(islice(_forbidden(document), MOST))
        if not any(mismatch.invalid == () for mismatch in found) and not self._is_valid(document.data):
            # a text that is forbidden often has the wrong form too
            noted = {mismatch.path for mismatch in found}
            found += (other for other in self._mismatches(document) if other.path not in noted)
        if not found:
            return document
        problems = [mismatch.problem(document) for mismatch in found]
        return document.with_problems(problems, (mismatch.invalid for mismatch in found))

    def _is_valid(self, data: Any) -> bool:
        return bool(self._compiled.is_valid(data))

    def _mismatches(self, document: Document) -> Iterator[_Mismatch]:
        errors = self._compiled.iter_errors(document.data)
        for error in islice(errors, MOST):
            yield from self._explain(error, document)
        if next(errors, None):
            message = f"has more than {MOST} problems"
            yield _Mismatch((), (), "R16", message, "correct those listed first")

    def _explain(self, error: Any, document: Document) -> Iterator[_Mismatch]:
        path: Path_ = tuple(error.instance_path)
        kind = error.kind.name
        schema = self._schema
        for step in error.schema_path[:-1]:
            schema = schema[step]
        if kind in ("additionalProperties", "unevaluatedProperties"):
            for name in error.kind.unexpected:
                fix = did_you_mean(name, schema.get("properties", {})) or "remove it"
                key = (*path, name)
                yield _Mismatch(key, key, "R05", f"unknown key '{name}'", fix, at_key=True)
        elif kind == "required":
            name = error.kind.property
            yield _Mismatch(path, path, "R06", f"the key '{name}' is missing", "add it")
        elif kind == "type":
            types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            yield _Mismatch(path, path, "R07", *_wrong_type(document, path, error.instance, types))
        elif kind == "enum":
            yield _Mismatch(path, path, *_not_listed(error.instance, schema, document.written(path)))
        else:
            message = f"{_show(error.instance)} has the wrong form"
            fix = "write at least one, or leave it out" if error.instance in ([], {}) else error.message
            yield _Mismatch(path, path, "R09", message, schema.get("x-fix", fix))


def validate_dates(
    document: Document, rows: Iterable[tuple[Path_, dict[str, Any]]], table: Table
) -> Document:
    """Return the document with the problems of the dates in rows of a table; rows come with their paths."""
    problems: list[Problem] = []
    invalid: list[Path_] = []
    for path, row in rows:
        for column in table.dated:
            cell = (*path, column.name)
            if column.name not in row or not document.is_valid(cell):
                continue
            fix = EDTF_FIX if column.format == "edtf" else DAY_FIX
            if problem := check_date(document, cell, str(row[column.name]), fix):
                invalid.append(cell)
                problems.append(problem)
    return document.with_problems(problems, invalid) if problems else document


def check_date(document: Document, path: Path_, text: str, fix: str) -> Problem | None:
    """Return the problem of a text that is no date that the dataset uses; days are EDTF, too."""
    try:
        edtf.parse(text)
    except ValueError as error:
        return document.problem(path, "C04", str(error), getattr(error, "fix", fix))
    return None


def check_text(document: Document, path: Path_, value: object) -> Problem | None:
    """Return the problem of a value that is not text, or is Burmese in Zawgyi."""
    if not isinstance(value, str):
        return document.problem(path, "R07", *_wrong_type(document, path, value, ["string"]))
    return document.problem(path, "R11", f"the text {ZAWGYI}", TO_UNICODE) if is_zawgyi(value) else None


def _forbidden(document: Document) -> Iterator[_Mismatch]:
    """Yield forbidden values; one that is not text prevents any further validation."""
    for path, fault in forbidden(document.data):
        at_key = bool(path) and not isinstance(path[-1], str)
        message = fault.message.replace("{written}", document.written(path)[:LONGEST_SHOWN])
        yield _Mismatch(path, path if fault.code == "R11" else (), fault.code, message, fault.fix, at_key)


def _wrong_type(document: Document, path: Path_, value: object, types: list[str]) -> tuple[str, str]:
    """Return message and fix for a value that has none of the expected types."""
    wanted = " or ".join(_TYPES[name] for name in types)
    fix = f"write {wanted}"
    if "string" not in types or isinstance(value, (str, dict, list)):
        return f"found {_show(value)} instead of {wanted}", fix
    written = document.written(path)
    if not written:
        return f"found {_show(value)} instead of {wanted}", f"{fix}, in quotes"
    if len(written) > LONGEST_SHOWN:
        return f"found {written[:LONGEST_SHOWN]}… instead of {wanted}", "put it in quotes"
    return f"found {written} instead of {wanted}", f'put it in quotes: "{written}"'


_REGISTERED_IN = {"searches": "seeds/searches.yaml", "sources": "seeds/articles/"}


def _not_listed(value: object, schema: dict[str, Any], written: str) -> tuple[str, str, str]:
    """Return code, message and fix for a value that is not one of those listed; `written` as in the file."""
    if not isinstance(value, str) and written in schema["enum"]:
        return "R07", f"{written} is read as {_READ_AS[type(value)]}", f'put it in quotes: "{written}"'
    if not isinstance(value, (str, int)) or isinstance(value, bool):
        return "R07", f"found {_show(value)} instead of one code or id", "write one"
    if str(value) in map(str, schema["enum"]):
        wanted = "without quotes" if isinstance(value, str) else "in quotes"
        return "R07", f"{_show(value)} has the wrong type", f"write it {wanted}"
    near = did_you_mean(value, schema["enum"])
    table = schema.get("x-ids")
    if table:
        path = _REGISTERED_IN.get(table, f"seeds/registry/{table}.yaml")
        fix = f"{near}; else register it in {path}".removeprefix("; else ")
        return "C01", f"there is no '{value}' among the {table}", fix
    vocabulary = schema.get("x-vocabulary", "the values allowed")
    fix = near or f"one of: {listed(schema['enum'])}"
    return "R08", f"'{value}' is not among the codes of {vocabulary}", fix


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return text_of(value)
    text = repr(value) if isinstance(value, str) else "nothing" if value is None else str(value)
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "...'"
