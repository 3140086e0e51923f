"""JSON Schemas of the files under seeds/ and of the vocabularies, derived from the Table Schemas.

The same JSON Schemas validate the files and let an editor complete and check while typing. In memory each
is complete; as files they share their definitions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pycountry

from mmru.model.locator import LOCATOR
from mmru.model.schema import COLUMN_TYPES, KINDS, Column, Field, Schemas, Table
from mmru.model.text import LARGEST
from mmru.model.version import VERSION

Form = dict[str, Any]
ADDRESS_FIX = "write an address as https://example.org/page"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DISTINCT_FROM = "distinct_from"  # the key of an entry of the registry that settles warnings of duplicates
SHARED = "definitions"  # the file of the definitions that the other files share

OF_TEXT = ("text_sha256", "text_characters")  # columns of sources that come from the fingerprints
_LINE = "[1-9][0-9]{0,8}"
_TEXT_HASH = "SHA-256 of the text in UTF-8, with LF and without a byte-order mark."
_TEXT_LENGTH = "Unicode code points of the text, with LF and without a byte-order mark."
_AT = {
    "type": "string",
    "pattern": f"^{LOCATOR}$",
    "description": "Its place in the text: L12.40-93~7f3ac19e, or L12~7f3ac19e; written by mmru anchor.",
    "x-fix": "a locator looks like L12.40-93~7f3ac19e; mmru anchor writes it",
}
_DEFAULTS = "Grades, basis and speaker of every claim that does not give its own."
_SET_ASIDE = (
    "Why which lines are not coded: 3, or 41-54; a translation names the line in the original: 12 of 3."
)
_LANGUAGES = "The lines in a language other than that of the article: 3, or 41-54."
_REASON = {"type": "string", "minLength": 5, "description": "Why it follows, and from what."}
_DISTINCT = (
    "Records that are alike but not the same; it settles the warning of a duplicate, and is no column."
)
_ORIGINAL = {"type": "string", "minLength": 1, "description": "The few words of the article behind it."}


def row(table: Table, kinds: Iterable[str], schemas: Schemas, without: Iterable[str] = ()) -> Form:
    """Return the JSON Schema of one row of a table: a mapping with the columns of these kinds."""
    kinds, without = set(kinds), set(without)
    columns = [c for c in table.columns if c.kind in kinds and c.name not in without]
    return _mapping(
        {c.name: value(c, table.target(c.name), schemas) for c in columns},
        [c.name for c in columns if c.required],
    )


def listing(table: Table, schemas: Schemas, kinds: Iterable[str]) -> Form:
    """Return the JSON Schema of a file that lists rows of a table: a registry, rulings, redirects."""
    return {"$schema": DIALECT, "title": table.title, "type": "array", "items": row(table, kinds, schemas)}


def registry(table: Table, schemas: Schemas, kinds: Iterable[str]) -> Form:
    """Return the JSON Schema of a registry; an entry can list the records from which its own is distinct."""
    form = listing(table, schemas, kinds)
    others = {"type": "array", "items": _defined(f"id-{table.name}"), "description": _DISTINCT}
    form["items"]["properties"][DISTINCT_FROM] = others
    return form


def table_schema() -> Form:
    """Return the JSON Schema of a file that defines a table: a Table Schema with what mmru adds to it."""
    text, flag, bound = {"type": "string", "minLength": 1}, {"type": "boolean"}, {"type": "number"}
    name = _form("^[a-z][a-z0-9_]*$", "write a name as event_id")
    names = {"type": "array", "minItems": 1, "items": name}
    enum = {"type": "array", "minItems": 1, "items": {"type": ["string", "number"]}}
    limits = {"required": flag, "unique": flag, "minLength": {"type": "integer", "minimum": 0}, "enum": enum}
    limits |= {"minimum": bound, "maximum": bound, "pattern": text}
    column = {
        "name": name,
        "type": {"enum": list(COLUMN_TYPES), "x-vocabulary": "the types of columns"},
        "title": text,
        "description": text,
        "constraints": {"type": "object", "properties": limits},
        "mmru:kind": {"enum": list(KINDS), "x-vocabulary": "column_kind"},
        "mmru:ordered": flag,
        **dict.fromkeys(("mmru:vocabulary", "mmru:format", "mmru:unit", "mmru:references"), text),
    }
    target = _object({"resource": name, "fields": names}, ["resource", "fields"])
    key = _object({"fields": names, "reference": target}, ["fields", "reference"])
    styles = {"enum": ["member", "measure", "step", "named"], "x-vocabulary": "the styles of helper tables"}
    helper = {**dict.fromkeys(("of", "prefix", "key", "value"), name), "style": styles}
    required = ["name", "type", "title", "description", "mmru:kind"]
    fields = {
        **{"name": name, "title": text, "description": text, "primaryKey": names, "mmru:record": name},
        "fields": {"type": "array", "minItems": 1, "items": _object(column, required)},
        "foreignKeys": {"type": "array", "items": key},
        "mmru:helper": _mapping(helper, ["of", "prefix", "style", "key"]),
        "mmru:rules": {"type": "array", "items": text},
    }
    return _object(fields, ["name", "title", "description", "fields", "primaryKey"])


def vocabulary(table: Table, schemas: Schemas) -> Form:
    """Return the JSON Schema of a file that defines one vocabulary."""
    head_columns = ("vocabulary", "edition")
    head = {name: value(table[name], "", schemas) for name in head_columns}
    codes = {"type": "array", "minItems": 1, "items": row(table, {"editorial"}, schemas, head_columns)}
    form = _mapping({**head, "codes": codes}, ["vocabulary", "codes"])
    return {"$schema": DIALECT, "title": "A vocabulary", **form}


def extraction(schemas: Schemas, ids: Mapping[str, Iterable[str]]) -> Form:
    """Return the JSON Schema of an article's extraction; `ids` lists the registered ids of each table.

    `ids["origins"]` lists the ids that may be the origin of a source: those of actors.
    """
    tables = schemas.tables
    records = {"type": "array", "items": _record(schemas)}
    form = _mapping(
        {
            "source": _source(tables["sources"], schemas),
            "defaults": {**_mapping(_defaults(schemas), []), "description": _DEFAULTS},
            "set_aside": {**_set_aside(tables["passages"], schemas), "description": _SET_ASIDE},
            "languages": {**_languages(tables["passages"]), "description": _LANGUAGES},
            "records": records,
        },
        ["source", "records"],
    )
    tables_of_ids = {**{name: name for name in ids}, "origins": "actors"}
    defs = {f"id-{name}": _ids(tables_of_ids[name], listed) for name, listed in ids.items()}
    defs |= {"original": _ORIGINAL, "basis": value(tables["claims"]["basis"], "", schemas), "reason": _REASON}
    defs |= {f"says-{t.name}": _says(t, schemas) for t in schemas.records.values()}
    return {"$schema": DIALECT, "title": "What one article says", **form, "$defs": defs}


def _source(sources: Table, schemas: Schemas) -> Form:
    """Return the JSON Schema of the source; what comes from its text is not in it."""
    form = row(sources, {"editorial"}, schemas, OF_TEXT)
    # every origin is an actor; the table's own schema says so from the next major version on
    form["properties"]["origin"] = _defined("id-origins")
    return form


def _defaults(schemas: Schemas) -> Form:
    """Return the JSON Schemas of what all claims of an article can have in common."""
    claims = schemas.tables["claims"]
    credibility = value(claims["credibility"], "", schemas)
    # only the merge gives the first grade, confirmed
    credibility["enum"] = credibility["enum"][1:]
    return {"by": _defined("id-actors"), "credibility": credibility, "basis": _defined("basis")}


def _ids(table: str, listed: Iterable[str]) -> Form:
    return {"enum": sorted(listed) or [""], "x-ids": table}


def value(column: Column, target: str, schemas: Schemas) -> Form:
    """Return the JSON Schema of one value of a column; `target` names the table whose ids it takes."""
    form = _plain(column, target, schemas)
    if column.is_list:
        form = {"type": "array", "items": form, "uniqueItems": True, "x-fix": "name each member once"}
    return {"description": column.description, **form} if "$ref" not in form else form


def _plain(column: Column, target: str, schemas: Schemas) -> Form:
    if target:
        return _defined(f"id-{target}")
    limits = column.constraints
    codes = schemas.codes(column)
    if codes and column.type == "integer":
        return {"enum": [int(c) for c in codes], "x-vocabulary": column.vocabulary}
    if codes or "enum" in limits:
        return {"enum": list(codes) or limits["enum"], "x-vocabulary": column.vocabulary or column.name}
    if column.type in ("number", "integer"):
        bounds = {k: limits[k] for k in ("minimum", "maximum") if k in limits}
        return {"type": column.type, "minimum": -LARGEST, "maximum": LARGEST, **bounds}
    if column.type == "boolean":
        return {"type": "boolean"}
    if column.type == "date":
        return _form(r"^\d{4}-\d{2}-\d{2}$", "write a day as 2025-03-04")
    if column.format == "edtf":
        return {"type": ["string", "integer"]}
    form: Form = {"type": "string", "minLength": limits.get("minLength", 1)}
    if "pattern" in limits:
        pattern = limits["pattern"]
        fix = ADDRESS_FIX if pattern.startswith("https?://") else f"it must match {pattern}"
        form |= {"pattern": f"^(?:{pattern})$", "x-fix": fix}
    return form


def _defined(name: str) -> Form:
    """Return a reference to a definition."""
    return {"$ref": f"#/$defs/{name}"}


def _form(pattern: str, fix: str) -> Form:
    """Return the JSON Schema of a text that matches a pattern, with the fix for one that does not."""
    return {"type": "string", "pattern": pattern, "x-fix": fix}


def _object(properties: Form, required: list[str]) -> Form:
    """Return the JSON Schema of a mapping that can have other keys too."""
    return {"type": "object", "properties": properties, "required": required}


def _mapping(properties: Form, required: list[str]) -> Form:
    """Return the JSON Schema of a mapping that can have no other keys."""
    return {**_object(properties, required), "additionalProperties": False}


def _set_aside(passages: Table, schemas: Schemas) -> Form:
    """Return the JSON Schema of the lines that are set aside, by their use."""
    uses = {code: _lines(meaning.label) for code, meaning in schemas.codes(passages["use"]).items()}
    uses.pop("coded", None)
    fix = {"x-fix": "write 12 of 3: the line, and the line that it translates"}
    pair = {"pattern": f"^{_LINE} of {_LINE}$", **fix}
    uses["translation"]["items"] = {"if": {"type": "string"}, "then": pair, "else": {"not": {}, **fix}}
    return _mapping(uses, [])


def _languages(passages: Table) -> Form:
    """Return the JSON Schema of the lines in another language, by its tag."""
    pattern = f"^(?:{passages['language'].constraints['pattern']})$"
    return {"type": "object", "patternProperties": {pattern: _lines("")}, "additionalProperties": False}


def _lines(description: str) -> Form:
    """Return the JSON Schema of a list of lines and ranges of lines."""
    fix = "write a line as 3, lines as 41-54"
    number = {"type": "integer", "minimum": 1, "x-fix": fix}
    items = {"if": {"type": "string"}, "then": _form(f"^{_LINE}-{_LINE}$", fix), "else": number}
    return {"description": description, "type": "array", "items": items}


def fingerprints(sources: Table, schemas: Schemas) -> Form:
    """Return the JSON Schema of the fingerprints of a text."""
    texts = {"text_sha256": _TEXT_HASH, "text_characters": _TEXT_LENGTH}
    fields = {n: {**value(sources[n], "", schemas), "description": text} for n, text in texts.items()}
    line = {"type": "string", "pattern": f"^{_LINE} {_LINE} [0-9a-f]{{64}}$"}
    fields |= {"lines": {"type": "array", "items": line, "description": "Number, length, SHA-256."}}
    form = _mapping({"source_id": value(sources["source_id"], "", schemas), **fields}, ["source_id", *fields])
    return {"$schema": DIALECT, "title": "The fingerprints of a text, written by mmru anchor", **form}


def _record(schemas: Schemas) -> Form:
    """Return the JSON Schema of one record with its claims; exactly one key names the record."""
    defaults = _defaults(schemas)
    nobody = {"if": {"type": "null"}, "else": defaults["by"], "description": "The speaker; null: none."}
    grades = {
        "at": _AT,
        "quote": {
            "type": "string",
            "minLength": 1,
            "description": "Only while drafting: the words, for mmru anchor.",
        },
        **defaults,
        "by": nobody,
        "reason": _defined("reason"),
    }
    original = value(schemas.tables["claims"]["original"], "", schemas)
    identity = _mapping({**grades, "original": original}, [])
    group = _mapping({**grades, "says": {"type": "object", "minProperties": 1}}, ["says"])
    names = {word: _defined(f"id-{t.name}") for word, t in schemas.records.items()}
    form = _mapping({**names, "identity": identity, "claims": {"type": "array", "items": group}}, [])
    form["allOf"] = [
        {
            "if": {"required": [word]},
            "then": {
                "properties": {"claims": {"items": {"properties": {"says": _defined(f"says-{t.name}")}}}}
            },
        }
        for word, t in schemas.records.items()
    ]
    return form


def _says(table: Table, schemas: Schemas) -> Form:
    """Return the JSON Schema of the fields of a record: a value, a list, or a value with its grounds."""
    fields = {path: _claimed(field, schemas) for path, field in schemas.fields(table.name).items()}
    patterns = {f"^{field.path}$": _claimed(field, schemas) for field in schemas.open_fields(table.name)}
    return {
        "type": "object",
        "properties": fields,
        "patternProperties": patterns,
        "additionalProperties": False,
    }


def _claimed(field: Field, schemas: Schemas) -> Form:
    single = _plain(field.column, field.target, schemas)
    grounds = _mapping(
        {
            "value": single,
            **{name: _defined(name) for name in ("original", "basis", "reason")},
        },
        ["value"],
    )
    form: Form = {"if": {"type": "object"}, "then": grounds, "else": single}
    if field.is_list:
        form = {"if": {"type": "array"}, "then": {"minItems": 1, "items": form}, "else": form}
    return {"description": field.column.description, **form}


def as_files(forms: Mapping[str, Form]) -> dict[str, Form]:
    """Return JSON Schemas as they are written, by name: one more file has the definitions of all."""
    shared = {name: form for whole in forms.values() for name, form in whole.get("$defs", {}).items()}
    files = {name: {k: _linked(v) for k, v in form.items() if k != "$defs"} for name, form in forms.items()}
    return {SHARED: {"$schema": DIALECT, "title": "Definitions", "$defs": shared}, **files}


def _linked(part: Any) -> Any:
    """Return a part of a JSON Schema whose references lead to the file of the shared definitions."""
    if isinstance(part, dict):
        linked = {key: _linked(inner) for key, inner in part.items()}
        return {**linked, "$ref": f"{SHARED}.json{part['$ref']}"} if "$ref" in part else linked
    return [_linked(inner) for inner in part] if isinstance(part, list) else part


def measured(table: Table, schemas: Schemas) -> Form:
    """Return the JSON Schema of measured.yaml of a round: figures, and the hash of each input file."""
    hashes = {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
    rows = {"type": "array", "items": row(table, {"derived"}, schemas, ["round"])}
    form = _mapping({"inputs": hashes, "rows": rows}, ["inputs", "rows"])
    return {"$schema": DIALECT, "title": table.title, **form}


def sharpened(table: Table, schemas: Schemas) -> Form:
    """Return the JSON Schema of sharpened.yaml of a round: which field has a clearer definition."""
    names = ("record_table", "field", "sharpened")
    item = _mapping({name: value(table[name], "", schemas) for name in names}, list(names))
    return {"$schema": DIALECT, "title": "What was made clearer", "type": "array", "items": item}


def dataset() -> Form:
    """Return the JSON Schema of seeds/dataset.yaml, from which all metadata are generated."""
    text = {"type": "string", "minLength": 3}
    name = _form("^[a-z0-9][a-z0-9._-]*$", "write it as myanmar-russia-relations")
    name["maxLength"] = 100  # it names files
    day = _form(r"^20\d{2}-\d{2}-\d{2}$", "write a day as 2025-03-04")
    version = _form(f"^{VERSION}(?:-dev)?$", "write a version as 1.0.1, or 1.0.1-dev during development")
    fix = "write 2021-02-01/2025-12-31, or 2021-02-01/.. if it continues"
    span = _form(r"^\d{4}-\d{2}-\d{2}/(?:\.\.|\d{4}-\d{2}-\d{2})$", fix)
    countries = sorted(known.alpha_3 for known in pycountry.countries)
    country = {"type": "string", "enum": countries, "x-vocabulary": "ISO 3166-1"}
    address = _form(r"^https?://[^\s/?#.]+(?:\.[^\s/?#.]+)+(?:[/?#]\S*)?$", ADDRESS_FIX)
    place = _mapping({"name": text, "iso3": country}, ["name", "iso3"])
    licence = _mapping({"name": text, "path": address, "title": text}, ["name", "path", "title"])
    author = _mapping({"title": text, "roles": {"type": "array", "items": text}}, ["title"])
    several = {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "x-fix": "name at least one, and none twice",
    }
    one = "name one licence, that of the data; the code's is code_license"
    coverage = {"temporal": span, "places": {"type": "array", "minItems": 1, "items": place}}
    fields = {
        "name": name,
        "title": text,
        "version": version,
        "released": day,
        "description": text,
        "collection": text,  # where the sources come from
        "methods": text,  # who coded them and who checked the coding
        "limits": text,  # what the data cannot show
        "homepage": address,
        "keywords": {**several, "items": text},
        "licenses": {"type": "array", "minItems": 1, "maxItems": 1, "items": licence, "x-fix": one},
        "code_license": licence,
        "contributors": {**several, "items": author},
        "coverage": _mapping(coverage, list(coverage)),
    }
    required = [name for name in fields if name != "homepage"]
    return {"$schema": DIALECT, "title": "The dataset", **_mapping(fields, required)}


def release(table: Table, schemas: Schemas) -> Form:
    """Return the JSON Schema of seeds/releases/<version>.yaml: a release, and what it changed."""
    text = {"type": "string", "minLength": 10}
    version = _form(f"^{VERSION}$", "write a version as 1.0.1")
    count = {"type": "integer", "minimum": 0}
    change = row(table, {"derived"}, schemas, without=("version", "sequence"))
    fields = {
        "notes": {**text, "description": "What the release brings, in a few sentences, for its readers."},
        "clarified": {"type": "array", "items": {"type": "string", "minLength": 3}},
        "commit": {
            **_form("^[0-9a-f]{40}$", "write the 40 hexadecimal digits that git rev-parse prints"),
            "description": "The commit of a release that has no tag.",
        },
        "version": version,
        "released": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "previous": version,
        "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "rows": {"type": "object", "additionalProperties": count},
        "changes": {"type": "array", "items": change},
    }
    required = [name for name in fields if name not in ("commit", "previous")]
    return {"$schema": DIALECT, "title": "A release", **_mapping(fields, required)}
