"""The engine that is DuckDB: it reads files piece by piece, and uses the disk where memory ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from mmru.checks.engine import FILE, JOINT, ROW, Frame, Frames, lazy
from mmru.datapackage.published import Published


class DuckDB:
    """DuckDB, in this process, over Parquet files where they lie; files in CSV are read into memory."""

    name, end, at_once = "duckdb", "$", 0

    def __init__(self, package: Published) -> None:
        self._connection = duckdb.connect()
        self._made = 0
        self.frames: Frames
        if package.not_in_parquet:
            self.frames = {name: self.lookup(rows) for name, rows in package.tables().items()}
        else:
            self.frames = {
                name: self._files([str(package.root / path) for path in paths])
                for name, paths in package.files.items()
            }

    def keep(self, frame: Frame) -> Frame:
        name = self._name()
        frame.to_native().create(name)
        return lazy(self._connection.table(name))

    def lookup(self, columns: pa.Table) -> Frame:
        name = self._name()
        self._connection.register(name, columns)
        return lazy(self._connection.table(name))

    def rows(self, *frames: Frame) -> list[list[dict[str, Any]]]:
        return [frame.to_native().to_arrow_table().to_pylist() for frame in frames]

    def keyed(self, frame: Frame, name: str, columns: Sequence[str]) -> Frame:
        text = f" || '{JOINT}' || ".join(columns)
        # its own hash() gives the same number to texts that differ in two places alike
        return lazy(frame.to_native().select(f"*, md5_number_lower({text}) as {name}"))

    def _files(self, paths: Sequence[str]) -> Frame:
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        read = f"read_parquet([{listed}], filename = true, file_row_number = true)"
        columns = f"* exclude (filename, file_row_number), filename as {FILE}, file_row_number as {ROW}"
        return lazy(self._connection.sql(f"select {columns} from {read}"))

    def _name(self) -> str:
        self._made += 1
        return f"made_{self._made}"
