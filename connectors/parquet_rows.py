"""Parquet: row groups → JSON records, a bounded number of rows at a time, and limits on what a small file may unpack to."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.arrow_rows import json_records, unique_names
from connectors.errors import ExportRejected
from connectors.json_rows import JsonRecords
from connectors.parts import Limits
from connectors.rejects import Reject
from connectors.typed import connection

MARK = b"PAR1"
BLOCK_ROWS = 2_000
# Rows of a damaged group are rejected one by one up to so many; more than that is a claim nobody can check.
MOST_LOST = 1_000_000


@dataclass(slots=True)
class ParquetRows:
    """Records of a Parquet file, numbered from 1; those of a row group that cannot be read are rejected one by one.

    Attributes:
        file: the file, seekable.
        name: its name, for messages.
        limits: bounds on what is accepted.
        connect: gives the calling thread's database connection.
        damaged: why rows were lost, empty if none were.
    """

    file: IO[bytes]
    name: str
    limits: Limits
    connect: Callable[[], duckdb.DuckDBPyConnection] = connection
    damaged: str = field(default="", init=False)

    def columns(self) -> list[str]:
        """Names of the columns, told apart where they repeat.

        Raises:
            ExportRejected: the file has no readable footer.
        """
        return unique_names(list(self._opened().schema_arrow.names))

    def __iter__(self) -> Iterator[JsonRecords]:
        """Records in blocks.

        Raises:
            ExportRejected: the file cannot be read, or unpacks beyond the limits.
        """
        parquet = self._opened()
        number, unpacked = 1, 0
        for group in range(parquet.num_row_groups):
            rows = parquet.metadata.row_group(group).num_rows
            given = 0
            try:
                for batch in parquet.iter_batches(batch_size=BLOCK_ROWS, row_groups=[group], use_threads=False):
                    unpacked += batch.nbytes
                    if unpacked > self.limits.max_member_bytes:
                        raise ExportRejected(
                            self.name, f"it unpacks to more than {self.limits.max_member_bytes:,} bytes: split it"
                        )
                    yield json_records(self.connect(), batch, number + given, self.limits.max_row_bytes)
                    given += batch.num_rows
            except (pa.ArrowException, OSError, OverflowError) as error:
                yield from self._lost(group, number + given, rows - given, error)
            number += rows

    def _opened(self) -> pq.ParquetFile:
        try:
            parquet = pq.ParquetFile(self.file, page_checksum_verification=True)
            refuse_claims(parquet.metadata, self.name, self.limits)
            # A schema that cannot be expressed fails here, not in the midst of the rows.
            _ = parquet.schema_arrow
        except (pa.ArrowException, OSError, ValueError) as error:
            raise ExportRejected(
                self.name, f"this Parquet file cannot be read ({_said(error)}); it may be cut off: deliver it again"
            ) from error
        return parquet

    def _lost(self, group: int, first: int, count: int, error: Exception) -> Iterator[JsonRecords]:
        self.damaged = f"row group {group + 1} is damaged ({_said(error)})"
        reason = f"{self.damaged}: this record cannot be read; deliver the file again"
        if count > MOST_LOST:
            whole = Reject(first, f"{self.damaged}: it claims {count:,} records, of which none can be read", "")
            yield JsonRecords(pa.array([], pa.string()), np.array([], np.int64), [whole], suspicious=False)
            return
        for start in range(first, first + count, BLOCK_ROWS):
            rejects = [Reject(n, reason, "") for n in range(start, min(start + BLOCK_ROWS, first + count))]
            yield JsonRecords(pa.array([], pa.string()), np.array([], np.int64), rejects, suspicious=False)


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What can be read of a file as a whole.

    Attributes:
        table: the rows, in their order.
        damaged: there are more, which could not be read.
    """

    table: pa.Table
    damaged: bool


def salvaged(content: bytes) -> Salvaged:
    """Every row that `ParquetRows` would read of a file, and whether there are more.

    Raises:
        ValueError, OSError, pa.ArrowException: the footer cannot be read.
    """
    parquet = pq.ParquetFile(io.BytesIO(content))
    batches: list[pa.RecordBatch] = []
    damaged = False
    for group in range(parquet.num_row_groups):
        try:
            batches.extend(parquet.iter_batches(batch_size=BLOCK_ROWS, row_groups=[group], use_threads=False))
        except (pa.ArrowException, OSError, OverflowError):
            damaged = True
    return Salvaged(pa.Table.from_batches(batches, schema=parquet.schema_arrow), damaged)


def _said(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200] or type(error).__name__


def refuse_claims(metadata: Any, name: str, limits: Limits) -> None:
    """Judge the sizes that the file itself claims, before a page of it is unpacked.

    Raises:
        ExportRejected: they are beyond the limits, or nonsense.
    """
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    chunks = [group.column(i) for group in groups for i in range(group.num_columns)]
    unpacked = sum(chunk.total_uncompressed_size for chunk in chunks)
    packed = max(sum(chunk.total_compressed_size for chunk in chunks), 1)
    if any(group.num_rows < 0 for group in groups) or min((c.total_uncompressed_size for c in chunks), default=0) < 0:
        raise ExportRejected(name, "this Parquet file says that it has less than nothing in it: export it again")
    if unpacked > limits.max_member_bytes:
        raise ExportRejected(name, f"it unpacks to {unpacked:,} bytes; the limit is {limits.max_member_bytes:,}: split it")
    if unpacked > limits.ratio_floor and unpacked > limits.max_ratio * packed:
        raise ExportRejected(
            name, f"it unpacks to more than {limits.max_ratio} times its packed size: export it again, or as CSV"
        )
