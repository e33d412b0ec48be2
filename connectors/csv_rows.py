"""Records of delimited text with their physical lines, and a fast way for blocks proven clean.

A block is clean if every quote opens a field, closes one or is doubled, if lines end in LF or CRLF alone, and if it is
UTF-8. Then record boundaries follow from the parity of the quotes, and Arrow's parser splits the cells. In any doubt
(or if a row is wider or shorter than the header) the block goes through Python's csv module, record by record. Both
ways yield the same.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from connectors.parts import Drift, Limits
from connectors.rejects import Reject, shown
from connectors.streams import Source

LINE_ENDS = (b"\n", b"\r")
QUOTE, LF, CR = 34, 10, 13
Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TextRows:
    """Records of one block, as text cells.

    Attributes:
        cells: one string array per column of the file, null where there is no value.
        lines: physical line on which each record begins.
        rejects: records that could not be split into cells.
        raw: text of the record at a position, for quarantine.
        suspicious: whether cells may hold NUL characters or be too large.
    """

    cells: Sequence[pa.Array]
    lines: pa.Array
    rejects: Sequence[Reject]
    raw: Callable[[int], str]
    suspicious: bool


class Buffer:
    """Bytes that were pulled from a stream and not yet used, with the physical line of the first.

    Attributes:
        data: bytes at hand.
        offset: how many of them are used.
        position: bytes used since the beginning of the stream.
        line: physical line of the next byte, from 1.
        ended: whether the stream has no more.
    """

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self.data = b""
        self.offset = 0
        self.position = 0
        self.line = 1
        self.ended = False

    def pull(self) -> bool:
        """Append the next block; false at the end."""
        block = next(self._blocks, None)
        if block is None:
            self.ended = True
            return False
        self.data = self.data[self.offset :] + block
        self.offset = 0
        return True

    @property
    def rest(self) -> int:
        """Bytes not yet used."""
        return len(self.data) - self.offset

    def skip(self, count: int) -> None:
        """Mark bytes as used."""
        self.offset += count
        self.position += count

    def next_line(self, most: int) -> bytes:
        """The next physical line with its end, or as much of it as `most` allows; empty at the end."""
        seen = 0
        while True:
            end = self._line_end(seen)
            if end or self.rest > most:
                break
            seen = self.rest
            if not self.pull():
                break
        line = self.data[self.offset : end or len(self.data)]
        self.skip(len(line))
        self.line += line.endswith(LINE_ENDS)
        return line

    def _line_end(self, seen: int) -> int:
        """Index after the next line end, or 0; the first `seen` bytes are known to have none."""
        # A CR just before the unseen bytes may be half of a CRLF.
        start = self.offset + max(seen - 1, 0)
        feed = self.data.find(b"\n", start)
        returned = self.data.find(b"\r", start, feed if feed >= 0 else len(self.data))
        if returned < 0 or returned + 1 == feed:
            return feed + 1
        # At the very end of the data it may be one as well, unless the file ends there.
        return returned + 1 if returned + 1 < len(self.data) or self.ended else 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the csv module splits it.

    Attributes:
        line: physical line on which it begins.
        cells: its cells.
        data: its bytes.
    """

    line: int
    cells: list[str]
    data: bytes


class _RowTooLong(Exception):
    """Steers the reader out of a record; never leaves this module."""


class Records:
    """Records as Python's csv module reads them, each with the line on which it begins.

    A record whose quote is never closed runs to the end of the file and is one reject: taking its later lines for
    rows of their own would make records out of somebody's text. A record longer than the limit is skipped, without
    being held, to the line on which its quotes balance.
    """

    def __init__(self, buffer: Buffer, delimiter: str, limits: Limits) -> None:
        self._buffer = buffer
        self._delimiter = delimiter
        self._most = limits.max_row_bytes
        self._lines: list[bytes] = []
        self._size = 0
        self._unclosed = False

    def __iter__(self) -> Iterator[Record | Reject]:
        # The module's own limit on a field is process-wide and far below ours.
        csv.field_size_limit(sys.maxsize)
        while True:
            reader = csv.reader(self._texts(), delimiter=self._delimiter)
            try:
                while True:
                    line = self._buffer.line
                    self._lines, self._size, self._unclosed = [], 0, False
                    cells = next(reader, None)
                    if cells is None:
                        return
                    if cells:
                        yield self._judged(line, cells)
            except _RowTooLong:
                yield self._skipped(line)
            except csv.Error as error:
                yield Reject(line, f"the row is not valid CSV ({error})", shown(b"".join(self._lines)))

    def _texts(self) -> Iterator[str]:
        while True:
            line = self._buffer.next_line(self._most)
            if not line:
                # More is asked for within a record: its quote was never closed.
                self._unclosed = bool(self._lines)
                return
            self._lines.append(line)
            self._size += len(line)
            if self._size > self._most:
                raise _RowTooLong
            yield line.decode("utf-8", "surrogateescape")

    def _judged(self, line: int, cells: list[str]) -> Record | Reject:
        data = b"".join(self._lines)
        if self._unclosed:
            return Reject(line, "a quote opens in this row and is never closed", shown(data))
        try:
            data.decode()
        except UnicodeDecodeError as error:
            return Reject(line, f"byte 0x{data[error.start]:02X} is not valid UTF-8", shown(data))
        return Record(line, cells, data)

    def _skipped(self, line: int) -> Reject:
        raw, size = shown(self._lines[0]), self._size
        quotes = sum(part.count(b'"') for part in self._lines)
        part = self._lines[-1]
        self._lines = []
        while part and (quotes % 2 or not part.endswith(LINE_ENDS)):
            part = self._buffer.next_line(self._most)
            size += len(part)
            quotes += part.count(b'"')
        return Reject(line, f"the row has {size:,} bytes; the limit is {self._most:,}", raw)


@dataclass(slots=True)
class CsvRows:
    """Blocks of records below the header.

    Attributes:
        source: where the bytes come from; says whether they end early.
        blocks: the text from the beginning, in UTF-8.
        header_bytes: length of the header rows.
        header_lines: physical lines of the header rows.
        width: columns of the header.
        delimiter: the delimiter.
        nulls: cells that mean "no value", besides the empty one.
        limits: bounds on what is accepted.
        padded: rows shorter than the header so far; they are filled up with nulls.
        first_padded: line of the first of them.
    """

    source: Source
    blocks: Iterator[bytes]
    header_bytes: int
    header_lines: int
    width: int
    delimiter: str
    nulls: Sequence[str]
    limits: Limits
    padded: int = 0
    first_padded: int = 0
    _buffer: Buffer = field(init=False)
    _cut_told: bool = False

    def __iter__(self) -> Iterator[TextRows]:
        """Blocks in file order.

        Raises:
            ExportRejected: the data unpacks beyond the limits.
        """
        self._buffer = buffer = Buffer(self.blocks)
        while buffer.rest < self.header_bytes and buffer.pull():
            pass
        buffer.skip(self.header_bytes)
        buffer.line = self.header_lines + 1
        while buffer.rest or buffer.pull():
            yield self._fast() or self._careful()
        if self.source.truncated and not self._cut_told:
            yield self._made([], [], [], [Reject(buffer.line, self._cut(), "")], suspicious=False)

    def drift(self) -> list[Drift]:
        """What only shows while reading."""
        if not self.padded:
            return []
        detail = (
            f"{self.padded:,} rows have fewer cells than the header, the first on line {self.first_padded}; the rest is empty"
        )
        return [Drift("padded_rows", "", detail)]

    def _cut(self) -> str:
        return f"{self.source.truncated}: what followed is missing; deliver the file again"

    def _fast(self) -> TextRows | None:
        buffer = self._buffer
        if not buffer.ended and buffer.rest < self.limits.block_bytes // 4:
            buffer.pull()
        data = buffer.data[buffer.offset :] if buffer.offset else buffer.data
        scan = scan_clean(data, self.delimiter, final=buffer.ended and not self.source.truncated)
        if scan is None or scan.longest > self.limits.max_row_bytes:
            return None
        block = data[: scan.length]
        cells = parse_clean(block, self.width, self.delimiter, self.nulls, scan)
        if cells is None:
            return None
        line = buffer.line
        buffer.skip(scan.length)
        buffer.line += scan.line_ends
        starts, ends = scan.starts, scan.ends
        suspicious = scan.longest > self.limits.max_field_bytes or b"\0" in block
        return TextRows(cells, pa.array(scan.lines + line), (), lambda i: shown(block[starts[i] : ends[i]]), suspicious)

    def _careful(self) -> TextRows:
        """At least the bytes at hand, record by record; the last record may pull more."""
        buffer = self._buffer
        stop = buffer.position + buffer.rest
        rows: list[list[str | None]] = []
        lines: list[int] = []
        raws: list[bytes] = []
        rejects: list[Reject] = []
        nulls = {"", *self.nulls}
        suspicious = False
        for record in Records(buffer, self.delimiter, self.limits):
            fault = record if isinstance(record, Reject) else self._misfit(record)
            if fault is not None:
                rejects.append(fault)
            elif isinstance(record, Record):
                cells = [None if cell in nulls else cell for cell in record.cells]
                rows.append(cells + [None] * (self.width - len(cells)))
                lines.append(record.line)
                raws.append(record.data)
                suspicious = suspicious or len(record.data) > self.limits.max_field_bytes or b"\0" in record.data
            if buffer.position >= stop:
                break
        return self._made(rows, lines, raws, rejects, suspicious=suspicious)

    def _made(
        self, rows: list[list[str | None]], lines: list[int], raws: list[bytes], rejects: list[Reject], *, suspicious: bool
    ) -> TextRows:
        columns = list(zip(*rows, strict=True)) or [()] * self.width
        cells = [pa.array(column, pa.string()) for column in columns]
        return TextRows(cells, pa.array(lines, pa.int64()), rejects, lambda i: shown(raws[i]), suspicious)

    def _misfit(self, record: Record) -> Reject | None:
        got = len(record.cells)
        if got > self.width:
            return _rejected(record, f"the row has {got} cells, {got - self.width} more than the header")
        last = self._buffer.ended and not self._buffer.rest and not record.data.endswith(LINE_ENDS)
        if last and self.source.truncated:
            self._cut_told = True
            return _rejected(record, self._cut())
        if got < self.width:
            # Where short rows are the custom of the file, the last one is as good as the others.
            if last and not self.padded:
                return _rejected(record, f"the file ends inside this row: it has {got} of {self.width} cells and no line end")
            self.padded += 1
            self.first_padded = self.first_padded or record.line
        return None


def _rejected(record: Record, reason: str) -> Reject:
    return Reject(record.line, reason, shown(record.data))


@dataclass(frozen=True, slots=True)
class Scan:
    """Record boundaries of the clean beginning of a block.

    Attributes:
        length: bytes of it, whole records only.
        starts: first byte of each record that is not blank.
        ends: byte after each of these records, its line end included.
        lines: physical lines before each of them.
        line_ends: physical lines in all.
        longest: bytes of the longest record.
        multiline: whether a cell holds a line end.
    """

    length: int
    starts: Places
    ends: Places
    lines: Places
    line_ends: int
    longest: int
    multiline: bool


def scan_clean(data: bytes, delimiter: str, *, final: bool) -> Scan | None:
    """Record boundaries of a block that begins with a record, or None if the block is not clean.

    Args:
        data: the block.
        delimiter: the delimiter.
        final: whether the file ends here, so that the last record needs no line end.
    """
    a = np.frombuffer(data, np.uint8)
    if b"\r" in data and not _returns_are_clean(a):
        return None
    newlines = np.flatnonzero(a == LF)
    quotes = np.flatnonzero(a == QUOTE)
    inside = (np.searchsorted(quotes, newlines) & 1).astype(bool)
    boundaries = newlines[~inside]
    if final and len(quotes) % 2 == 0 and len(a) and a[-1] != LF:
        boundaries = np.append(boundaries, len(a) - 1)
    if not len(boundaries):
        return None
    length = int(boundaries[-1]) + 1
    if not _quotes_are_clean(a, quotes[quotes < length], delimiter):
        return None
    ends = boundaries + 1
    starts = np.concatenate(([0], ends[:-1]))
    sizes = ends - starts
    blank = ((sizes == 1) & (a[starts] == LF)) | ((sizes == 2) & (a[starts] == CR))
    line_ends = int(np.searchsorted(newlines, length))
    kept = starts[~blank]
    lines = np.searchsorted(newlines, kept)
    return Scan(length, kept, ends[~blank], lines, line_ends, int(sizes.max()), bool(inside[:line_ends].any()))


def _returns_are_clean(a: Bytes) -> bool:
    """Whether every CR is followed by LF; one at the very end may be half of a pair."""
    returns = np.flatnonzero(a[:-1] == CR)
    return bool((a[returns + 1] == LF).all())


def _quotes_are_clean(a: Bytes, quotes: Places, delimiter: str) -> bool:
    """Whether each quote opens a field, closes one or is one of a doubled pair inside."""
    if not len(quotes):
        return True
    opening, closing = quotes[0::2], quotes[1::2]
    if len(opening) != len(closing):
        return False
    before = a[np.maximum(opening - 1, 0)]
    after = a[np.minimum(closing + 1, len(a) - 1)]
    mark = ord(delimiter)
    opens = (opening == 0) | (before == mark) | (before == LF) | (before == QUOTE)
    closes = (closing == len(a) - 1) | (after == mark) | (after == LF) | (after == CR) | (after == QUOTE)
    return bool(opens.all() and closes.all())


def parse_clean(block: bytes, width: int, delimiter: str, nulls: Sequence[str], scan: Scan) -> list[pa.Array] | None:
    """Cells of a clean block, or None if a row is wider or shorter than the header, or no UTF-8."""
    if not len(scan.starts):
        return [pa.array([], pa.string())] * width
    names = [str(i) for i in range(width)]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(block),
            read_options=pacsv.ReadOptions(use_threads=False, column_names=names, block_size=len(block) + 1),
            parse_options=pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=scan.multiline),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=["", *nulls], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != len(scan.starts):
        return None
    return [column.chunk(0) for column in table.columns]
