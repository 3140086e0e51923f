"""Write tables of any size as a published package: CSV and Parquet, batch by batch, and what describes them.

What is written is what mmru.write writes, byte for byte in CSV, but with Arrow alone, and without
holding a file in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from mmru.export.metadata import to_json
from mmru.io.arrow import arrow_schema
from mmru.model.claim import text_of
from mmru.model.schema import Column, Schemas, Table
from mmru.verify import PACKAGE, SUMS

BATCH = 200_000  # rows that are written at once, and that a row group holds


def write_table(folder: Path, table: Table, rows: int, batches: Iterable[pa.Table], parts: int = 0) -> None:
    """Write so many rows as data/<table>.csv and as data/<table>.parquet, or as parts in a folder of it."""
    (folder / "data").mkdir(exist_ok=True)
    for path in parquet_files(folder, table.name):
        path.unlink()
    many = max(1, min(parts, rows))
    size = -(-rows // many)  # of each part but the last
    writers = [_writer(path, table) for path in _parquet_paths(folder, table.name, parts and many)]
    at = 0
    with (folder / "data" / f"{table.name}.csv").open("wb") as csv:
        csv.write((",".join(table.names) + "\n").encode())
        for batch in batches:
            csv.write(csv_lines(table, batch))
            for start in range(0, batch.num_rows, BATCH):
                at = _write_parts(writers, size, at, batch.slice(start, BATCH))
    if rows == 0:
        writers[0].write_table(arrow_schema(table).empty_table())
    for writer in writers:
        writer.close()
    assert at == rows, f"{table.name}: {at} rows instead of {rows}"


def in_batches(rows: pa.Table) -> Iterator[pa.Table]:
    """A table, so many rows at a time; one that is empty, once."""
    starts = range(0, max(1, rows.num_rows), BATCH)
    return (rows.slice(start, BATCH) for start in starts)


def parquet_files(folder: Path, name: str) -> list[Path]:
    """The Parquet file of a table, or its parts in order."""
    whole = folder / "data" / f"{name}.parquet"
    return [whole] if whole.exists() else sorted((folder / "data" / name).glob("part-*.parquet"))


def read_table(folder: Path, name: str) -> pa.Table:
    """The rows of a table, in one part or in several."""
    return pa.concat_tables(pq.read_table(path) for path in parquet_files(folder, name))


def describe(folder: Path, package: Mapping[str, Any], schemas: Schemas, rows: Mapping[str, int]) -> None:
    """Write datapackage.json and SHA256SUMS for the files that are there, after the descriptor of others."""
    known = {resource["name"]: resource for resource in package["resources"]}
    resources = []
    for name in schemas.tables:
        csv = {**known[name], **_proof(folder / "data" / f"{name}.csv"), "rows": rows[name]}
        resources.append(csv)
        whole = known.get(f"{name}_parquet") or known[f"{name}_parquet_00000"]
        for path in parquet_files(folder, name):
            number = path.stem.removeprefix("part-") if path.parent.name == name else ""
            about = {"name": f"{name}_parquet" + (f"_{number}" if number else "")}
            about["path"] = path.relative_to(folder).as_posix()
            resources.append({**whole, **about, **_proof(path)})
    (folder / PACKAGE).write_bytes(to_json({**package, "resources": resources}))
    hashes = {r["path"]: r["hash"].removeprefix("sha256:") for r in resources}
    for path in (folder / PACKAGE, *(p for p in (folder / "schemas").rglob("*") if p.is_file())):
        hashes[path.relative_to(folder).as_posix()] = _proof(path)["hash"].removeprefix("sha256:")
    listed = "".join(f"{hashes[path]}  {path}\n" for path in sorted(hashes))
    (folder / SUMS).write_text(listed, "utf-8")


def descriptor(folder: Path) -> dict[str, Any]:
    """The descriptor of a package."""
    found: dict[str, Any] = json.loads((folder / PACKAGE).read_bytes())
    return found


def csv_lines(table: Table, rows: pa.Table) -> pa.Buffer | bytes:
    """Rows as lines of CSV, without the head, as mmru.write.to_csv writes them."""
    if rows.num_rows == 0:
        return b""
    cells = [_texts(c, rows.column(c.name).combine_chunks()) for c in table.columns]
    cells[-1] = pc.binary_join_element_wise(cells[-1], "\n", "")
    lines = pc.binary_join_element_wise(*cells, ",")
    lines = lines.combine_chunks() if isinstance(lines, pa.ChunkedArray) else lines
    # the texts of an array stand one behind the other
    return lines.buffers()[2].slice(0, pc.sum(pc.binary_length(lines)).as_py())


def _texts(column: Column, cells: pa.Array) -> pa.Array:
    """Cells as they stand in CSV: nothing for null, and quotes only where needed."""
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    if column.type == "number":
        # few numbers differ
        coded = cells.dictionary_encode()
        written = pa.array([text_of(v) for v in coded.dictionary.to_pylist()], pa.string())
        return written.take(coded.indices).fill_null("")
    texts = pc.binary_join(cells, ";") if column.is_list else cells.cast(pa.string())
    texts = texts.fill_null("")
    special = pc.match_substring_regex(texts, '[",\n\r]')
    if not pc.any(special).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def _parquet_paths(folder: Path, name: str, parts: int) -> list[Path]:
    if not parts:
        return [folder / "data" / f"{name}.parquet"]
    (folder / "data" / name).mkdir(exist_ok=True)
    return [folder / "data" / name / f"part-{number:05d}.parquet" for number in range(parts)]


def _writer(path: Path, table: Table) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, arrow_schema(table), compression="zstd", version="2.6", store_schema=True)


def _write_parts(writers: list[pq.ParquetWriter], size: int, at: int, rows: pa.Table) -> int:
    """Write rows into the parts to which they belong, the first at that number; the number behind them."""
    while rows.num_rows:
        here = rows.slice(0, size - at % size)
        writers[at // size].write_table(here, row_group_size=BATCH)
        at, rows = at + here.num_rows, rows.slice(here.num_rows)
    return at


def _proof(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "hash": f"sha256:{file_digest(file, 'sha256').hexdigest()}"}
