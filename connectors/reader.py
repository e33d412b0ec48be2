"""Exports → Arrow: which streams a delivered file holds, and their records as typed batches and rejects.

Every record of a part ends in exactly one of `Batch.rows` and `Batch.rejects`. A file that is cut off gives the whole
records before the cut, and one reject that says where it ends; a redelivery of the whole file then replaces them by key.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors import avro_rows, csv_header, ics_rows, json_rows, note_rows, parquet_rows, sheet_rows, streams
from connectors.binding import bind
from connectors.csv_rows import CsvRows, TextRows
from connectors.errors import ExportRejected
from connectors.json_typer import JsonTyper
from connectors.parts import EVERY, Batch, Drift, Layout, Limits, Part, Unrecognised
from connectors.recognise import inspect
from connectors.rejects import Reject, reject_batch, shown
from connectors.spec import ExportSpec
from connectors.typed import connection, split, typing_query

__all__ = ["Batch", "Drift", "Layout", "Limits", "OpenedPart", "Part", "Unrecognised", "inspect", "open_part"]

WORKERS = 2
# Header rows are looked for in this much of a file.
HEAD = 4_000_000
T = TypeVar("T")
Made = TypeVar("Made")
_local = threading.local()


def _connection() -> duckdb.DuckDBPyConnection:
    """The calling thread's own connection, made when first needed."""
    con: duckdb.DuckDBPyConnection | None = getattr(_local, "con", None)
    if con is None:
        con = _local.con = connection()
    return con


class OpenedPart:
    """The records of one part, read from the beginning each time it is iterated.

    Attributes:
        part: what is read.
        encoding: encoding of the file, decided while reading.
    """

    def __init__(self, path: Path, part: Part, limits: Limits) -> None:
        self.part = part
        self.encoding = "utf-8"
        self._path = path
        self._limits = limits
        self._drift: list[Drift] = []

    @property
    def drift(self) -> tuple[Drift, ...]:
        """Differences between file and spec; complete once the part has been iterated to its end."""
        return tuple(self._drift)

    def __iter__(self) -> Iterator[Batch]:
        """Batches in file order.

        Raises:
            ExportRejected: the file as a whole cannot be read; batches already yielded must not be kept.
        """
        self._drift = []
        label = "!".join(filter(None, (self.part.file, self.part.name)))
        text = streams.Text(streams.Source(self._path, self.part.member, self._limits, label))
        match self.part.layout:
            case "csv":
                yield from self._csv(text)
            case "ics":
                yield from self._ics(text)
            case "sheet":
                sheet = sheet_rows.SheetText(text.source, self.part.selector)
                yield from (_placed(batch, sheet.row_of) for batch in self._csv(sheet))
                self._drift += sheet.drift
            case _:
                yield from self._json(text)
        self.encoding = text.encoding
        self._drift += text.drift
        if text.source.truncated:
            self._drift.append(Drift("truncated", "", f"{text.source.truncated}; deliver the file again"))

    def _csv(self, text: streams.Text | sheet_rows.SheetText) -> Iterator[Batch]:
        spec, part = self.part.spec, self.part
        blocks = iter(text)
        first: list[bytes] = []
        while sum(map(len, first)) < HEAD and (block := next(blocks, b"")):
            first.append(block)
        header = csv_header.read_header(b"".join(first), spec, part.delimiter, part.columns)
        if header is None:
            raise ExportRejected(
                text.source.name, "the file has no readable header row: export it with its column names in the first line"
            )
        if header.zone and not _is_zone(header.zone):
            raise ExportRejected(
                text.source.name,
                f"its header names the time zone {header.zone!r}, which does not exist: correct it, or export it anew",
            )
        binding = bind(spec, header.columns, part.columns)
        if binding.missing:
            lacking, place = ", ".join(binding.missing), f"[sources.{spec.vendor}.columns.{spec.stream}]"
            reason = f"required columns are missing: {lacking}. Export them too, or name yours in earshot.toml: {place}"
            raise ExportRejected(text.source.name, reason)
        plans = [csv_header.csv_plan(spec, binding, header, suspicious=suspicious) for suspicious in (False, True)]
        queries = [typing_query(spec, plan, self._limits) for plan in plans]
        needed = [csv_header.needed_cells(spec, plan, header) for plan in plans]

        def work(rows: TextRows) -> Batch:
            plan, query, cells = plans[rows.suspicious], queries[rows.suspicious], needed[rows.suspicious]
            block = pa.table([rows.lines, *(rows.cells[i] for i in cells)], ["_line", *(f"c{i}" for i in cells)])
            given = {name: rows.cells[int(cell[1:])] for name, cell in plan.direct.items()}
            typed = _queried(block, query) if len(rows.lines) else None
            return _batch(spec, typed, {**given, "_line": rows.lines}, rows.rejects, rows.raw, self._limits)

        width = len(header.columns)
        blocks = chain(first, blocks)
        rows = CsvRows(text.source, blocks, header.length, header.lines, width, part.delimiter, spec.nulls, self._limits)
        yield from in_order(rows, work)
        self._drift += [*binding.drift, *rows.drift()]

    def _records(self, text: streams.Text) -> Iterable[json_rows.JsonRecords]:
        """The records of the part's layout, as JSON texts."""
        part = self.part
        match part.layout:
            case "ndjson":
                return json_rows.NdjsonRows(text, self._limits)
            case "parquet" | "avro":
                return self._columnar(text.source)
            case "markdown":
                return note_rows.NoteRows(text, self._limits, part.name or part.file)
            case _:
                return json_rows.DocumentRows(text, self._limits, part.selector)

    def _columnar(self, source: streams.Source) -> Iterator[json_rows.JsonRecords]:
        with ExitStack() as stack:
            rows: avro_rows.AvroRows | parquet_rows.ParquetRows
            if self.part.layout == "avro":
                rows = avro_rows.AvroRows(source, self._limits)
            else:
                file = stack.enter_context(sheet_rows.spooled(source))
                rows = parquet_rows.ParquetRows(file, source.name, self._limits, _connection)
            yield from rows
        if rows.damaged:
            self._drift.append(Drift("truncated", "", f"{rows.damaged}; deliver the file again"))

    def _json(self, text: streams.Text) -> Iterator[Batch]:
        spec, part = self.part.spec, self.part
        rows = self._records(text)
        typer = JsonTyper(spec, self._limits, part.columns, bound=set(part.given))

        def work(records: json_rows.JsonRecords) -> Batch:
            given = {name: pa.repeat(value, len(records.lines)) for name, value in part.given.items()}
            return typed_batch(spec, typer, records, self._limits, given)

        unread = 0
        for batch in in_order(rows, work):
            kept = only_listed(part, batch)
            unread += batch.rows.num_rows - kept.rows.num_rows
            yield kept
        if unread:
            self._drift.append(
                Drift("unlisted", spec.listed or "", f"{unread:,} records of unlisted conversations are not read")
            )
        self._drift += typer.drift()

    def _ics(self, text: streams.Text) -> Iterator[Batch]:
        rows = ics_rows.IcsRows(text, self._limits, self.part.selector)
        typer = JsonTyper(self.part.spec, self._limits, {})
        yield from in_order(rows, lambda records: typed_batch(self.part.spec, typer, records, self._limits))
        self._drift += rows.drift


def _placed(batch: Batch, row_of: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]) -> Batch:
    """The batch with places in the sheet instead of in the text that was made of it."""
    rows, rejects = (
        part.set_column(part.schema.get_field_index(name), name, pa.array(row_of(part.column(name).to_numpy()), pa.int64()))
        for part, name in ((batch.rows, "_line"), (batch.rejects, "line"))
    )
    return Batch(rows, rejects)


def typed_batch(
    spec: ExportSpec,
    typer: JsonTyper,
    records: json_rows.JsonRecords,
    limits: Limits,
    placed: Mapping[str, pa.Array] | None = None,
) -> Batch:
    """One block of JSON records, typed; `placed` are values of fields that their place in the delivery tells."""
    given = {**(placed or {}), "_line": pa.array(records.lines, pa.int64())}
    typed = typer.run(_connection(), records) if len(records.texts) else None
    return _batch(spec, typed, given, records.rejects, lambda i: shown(records.texts[i].as_py().encode()), limits)


def only_listed(part: Part, batch: Batch) -> Batch:
    """The batch without the records of conversations that the workspace does not list: these count as not delivered."""
    if part.listed is None or part.spec.listed is None or EVERY in part.listed:
        return batch
    conversation = pc.utf8_lower(batch.rows.column(part.spec.listed))
    known = pc.is_in(conversation, value_set=pa.array(sorted(part.listed), pa.string()))
    return Batch(batch.rows.filter(known), batch.rejects)


def _batch(
    spec: ExportSpec,
    typed: pa.Table | None,
    given: Mapping[str, pa.Array],
    rejects: Sequence[Reject],
    raw: Callable[[int], str],
    limits: Limits,
) -> Batch:
    if typed is None:
        return Batch(pa.RecordBatch.from_pylist([], schema=spec.arrow_schema()), reject_batch(rejects))
    rows, positions, reasons = split(spec, typed, given, limits)
    found = zip(positions.to_pylist(), reasons.to_pylist(), strict=True)
    more = [Reject(given["_line"][i].as_py(), reason, raw(i)) for i, reason in found]
    return Batch(rows, reject_batch([*rejects, *more]))


def _is_zone(name: str) -> bool:
    try:
        _connection().execute("SELECT timezone(?, TIMESTAMP '2000-01-01')", [name])
    except duckdb.Error:
        return False
    return True


def _queried(block: pa.Table, query: str) -> pa.Table:
    con = _connection()
    con.register("block", block)
    try:
        # Not as a relation, which is planned twice: once to know its columns, once to run.
        return con.execute(query).to_arrow_table()
    finally:
        con.unregister("block")


def in_order(items: Iterable[T], work: Callable[[T], Made]) -> Iterator[Made]:
    """`work` over the items in a few threads, results in order, at most a few items ahead."""
    source = iter(items)
    first = next(source, None)
    if first is None:
        return
    second = next(source, None)
    if second is None:
        yield work(first)
        return
    waiting: deque[Future[Made]] = deque()
    try:
        for item in chain((first, second), source):
            waiting.append(_pool().submit(work, item))
            if len(waiting) > WORKERS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


@cache
def _pool() -> ThreadPoolExecutor:
    """Threads for all files, since each makes a database connection of its own."""
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="reader")


def open_part(path: Path, part: Part, limits: Limits, columns: Mapping[str, str] | None = None) -> OpenedPart:
    """Prepare to read one part.

    Args:
        path: the delivered file.
        part: one of those that `inspect` found in it.
        limits: bounds on what is accepted.
        columns: workspace's map from field to header; it wins over the map that `inspect` was given.
    """
    if columns:
        part = replace(part, columns=dict(columns))
    return OpenedPart(path, part, limits)
