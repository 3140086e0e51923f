"""datapackage.json: built with frictionless' classes, which refuse a wrong schema; and its validation.

frictionless takes about a second to import, so the functions import it when they run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mmru.errors import InvalidDataset, Problem
from mmru.export.facts import Article, whole_description
from mmru.model.schema import DISTINCT, Schemas, Table
from mmru.verify import PACKAGE, PARQUET

if TYPE_CHECKING:
    from frictionless import Resource

OUR_KEYS = ("collection", "methods", "limits", "coverage", "code_license")
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def descriptor(
    about: Mapping[str, Any],
    sources: Sequence[Article],
    tables: Mapping[str, pa.Table],
    files: Mapping[str, bytes],
    schemas: Schemas,
    distinct: Sequence[tuple[str, str, str]],
) -> dict[str, Any]:
    """Return the content of datapackage.json; `about` is seeds/dataset.yaml, `files` holds data/.

    The standard has no place for the methods, the limits, the coverage, the licence of the code, records
    that are alike but distinct, and a second file with the same rows: they have names of our own.
    Raise InvalidDataset with all that frictionless finds wrong with the schemas.

    Source: https://datapackage.org/standard/data-package/ (v2).
    """
    from frictionless import FrictionlessException, Package, system

    problems = []
    # "v1" keeps the dialect flat, as the standard has it
    with system.use_context(standards="v1"):
        package = Package(
            schema_profile=PROFILE,
            name=about["name"],
            title=about["title"],
            description=whole_description(about),
            homepage=about.get("homepage"),
            version=about["version"],
            created=f"{about['released']}T00:00:00Z",
            keywords=about["keywords"],
            licenses=about["licenses"],
            contributors=about["contributors"],
            sources=[{"title": a.title} | ({"path": a.url} if a.url else {}) for a in sources],
        )
        package.custom = {f"mmru:{key}": about[key] for key in OUR_KEYS}
        if distinct:
            package.custom[DISTINCT] = [list(pair) for pair in distinct]
        for name, table in schemas.tables.items():
            try:
                package.add_resource(_resource(table, tables[name].num_rows, files))
            except FrictionlessException as error:
                path = f"schemas/{name}.json"
                problems += [Problem(path, 1, 1, "S02", e.message, "correct it") for e in error.to_errors()]
        described: dict[str, Any] = package.to_descriptor()
    # not within the context, which frictionless would not leave
    if problems:
        raise InvalidDataset(problems)
    return described


def _resource(table: Table, rows: int, files: Mapping[str, bytes]) -> Resource:
    """Return the resource of a table: its CSV file with schema and row count, beside its Parquet file.

    The Parquet file is a property of our own. As a resource it would be a table, which frictionless
    cannot read with lists, or a plain file, a type that the profile of the standard forbids.
    """
    from frictionless import Dialect, Schema
    from frictionless.formats import CsvControl
    from frictionless.resources import TableResource

    def listed(path: str, mediatype: str) -> dict[str, Any]:
        content = files[path]
        described = {"path": path, "mediatype": mediatype, "bytes": len(content)}
        return described | {"hash": f"sha256:{sha256(content).hexdigest()}"}

    control = CsvControl(delimiter=",", line_terminator="\n", quote_char='"', double_quote=True)
    resource = TableResource(
        name=table.name,
        title=table.title,
        description=table.description,
        scheme="file",
        format="csv",
        encoding="utf-8",
        dialect=Dialect(header=True, controls=[control]),
        rows=rows,
        schema=Schema.from_descriptor(dict(table.descriptor)),
        **listed(f"data/{table.name}.csv", "text/csv"),
    )
    parquet = listed(f"data/{table.name}.parquet", "application/vnd.apache.parquet")
    resource.custom = {PARQUET: parquet}
    return resource


def frictionless_errors(folder: Path) -> list[tuple[str, str]]:
    """Return the errors that frictionless finds in the package at `folder`, each a path and a line.

    It checks datapackage.json, the size and hash of every file, and every CSV table against its schema
    and foreign keys. Nothing is fetched from the network. After 1,000 errors in a table frictionless
    checks neither its size nor its hash; a line says so.
    """
    from frictionless import FrictionlessException, Package, system
    from requests import Session

    offline = Session()
    offline.adapters.clear()
    with system.use_context(http_session=offline):
        try:
            report = Package.from_descriptor(str(folder / PACKAGE)).validate()
            found = [(PACKAGE, error.message) for error in report.errors]
            for task in report.tasks:
                found += [(task.place, error.message) for error in task.errors]
                found += [(task.place, warning) for warning in task.warnings]
        except FrictionlessException as error:
            found = [(PACKAGE, e.message) for e in error.to_errors()]
        except Exception as error:  # frictionless expects values of the right type in some places
            found = [(PACKAGE, f"frictionless cannot read it: {type(error).__name__}: {error}")]
    return [(path, " ".join(message.split())) for path, message in found]
