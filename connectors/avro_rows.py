"""Avro object container files: blocks → JSON records, with damage confined to the block that has it.

The container is read here, so that a block is unpacked no further than the limits allow and reading goes on at the next
sync marker after a damaged one; the records inside are decoded by fastavro under the schema that the file carries.
"""

from __future__ import annotations

import base64
import bz2
import contextlib
import io
import json
import lzma
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import fastavro
import numpy as np
import pyarrow as pa

from connectors.errors import ExportRejected
from connectors.json_rows import JsonRecords
from connectors.parts import Limits
from connectors.rejects import Reject, shown
from connectors.streams import Source

MARK = b"Obj\x01"
SYNC_BYTES = 16
# A header is a schema and a few words; one that is larger is none.
MOST_HEADER = 4_000_000
BLOCK_ROWS = 2_000
# What decoding a hostile or wrongly declared block may raise.
FAULTS = (ValueError, IndexError, KeyError, TypeError, EOFError, OverflowError, ArithmeticError, LookupError, AttributeError)


UNPACKING_FAULTS = (zlib.error, OSError, lzma.LZMAError, pa.ArrowException, ValueError, EOFError)


class _Cut(Exception):
    """The file ends inside what was asked for; never leaves this module."""


class _BeyondLimits(ValueError):
    """A block unpacks to more than a reader accepts."""


class _Bytes:
    """Bytes of a source, asked for by count."""

    def __init__(self, source: Iterable[bytes]) -> None:
        self._blocks = iter(source)
        self._data = b""

    def take(self, count: int) -> bytes:
        """The next bytes; all of them.

        Raises:
            _Cut: there are fewer.
        """
        pieces, size = [self._data], len(self._data)
        while size < count and (block := next(self._blocks, b"")):
            pieces.append(block)
            size += len(block)
        data = b"".join(pieces)
        if size < count:
            self._data = data
            raise _Cut
        self._data = data[count:]
        return data[:count]

    def long(self) -> int:
        """A whole number in Avro's variable-length form."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
        raise ValueError("a number has too many bytes")

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        while not self._data:
            block = next(self._blocks, b"")
            if not block:
                return True
            self._data = block
        return False

    def skip_past(self, marker: bytes) -> bool:
        """Pass over everything up to and including a marker; false if it does not come."""
        while True:
            at = self._data.find(marker)
            if at >= 0:
                self._data = self._data[at + len(marker) :]
                return True
            block = next(self._blocks, b"")
            if not block:
                self._data = b""
                return False
            self._data = self._data[-len(marker) + 1 :] + block


@dataclass(slots=True)
class AvroRows:
    """Records of an Avro file, numbered from 1.

    Attributes:
        source: the file.
        limits: bounds on what is accepted.
        damaged: why records were lost, empty if none were.
    """

    source: Source
    limits: Limits
    damaged: str = field(default="", init=False)
    _number: int = field(default=1, init=False)

    def columns(self) -> list[str]:
        """Names of the record's fields, their members' dotted paths among them.

        Raises:
            ExportRejected: the file has no readable header.
        """
        schema, _, _ = _header(_Bytes(self.source), self.source.name)
        names = []
        for name, kind in _fields(schema):
            names.append(name)
            names += [f"{name}.{inner}" for inner, _ in _fields(kind)]
        return names

    def __iter__(self) -> Iterator[JsonRecords]:
        """Records in blocks.

        Raises:
            ExportRejected: the file cannot be read, or unpacks beyond the limits.
        """
        data = _Bytes(self.source)
        schema, codec, sync = _header(data, self.source.name)
        parsed = fastavro.parse_schema(schema)
        self._number = 1
        try:
            for block in _blocks(data, sync, self.limits):
                if block is None:
                    self.damaged = "a block is damaged"
                    yield self._reject(f"{self.damaged}: its records cannot be read; deliver the file again")
                else:
                    yield from self._block(parsed, codec, *block)
        except _Cut:
            reason = self.source.truncated or "the file ends inside a block"
            self.source.truncated = reason
            yield self._reject(f"{reason}; what followed record {self._number - 1} could not be read")

    def _block(self, schema: Any, codec: str, count: int, packed: bytes) -> Iterator[JsonRecords]:
        try:
            plain = _unpacked(codec, packed, self.limits.most_unpacked(len(packed)))
        except UNPACKING_FAULTS as error:
            yield from self._lost(count, f"its block cannot be unpacked ({_said(error)})")
            return
        stream, size = io.BytesIO(plain), len(plain)
        texts: list[str] = []
        lines: list[int] = []
        rejects: list[Reject] = []
        for done in range(count):
            start = stream.tell()
            try:
                if start >= size:
                    raise ValueError("the block ends before its last record")
                # Bytes that are no UTF-8 cost their record, not the block.
                record = fastavro.schemaless_reader(stream, schema, None, handle_unicode_errors="surrogateescape")
                text = _json(record)
            except FAULTS as error:
                # Where one record cannot be decoded, nobody knows where the next begins.
                yield _records(texts, lines, rejects)
                yield from self._lost(count - done, f"it cannot be decoded ({_said(error)})", plain[start : start + 4000])
                return
            fault = self._fault(text)
            if fault:
                rejects.append(Reject(self._number, fault, ""))
            else:
                texts.append(text)
                lines.append(self._number)
            self._number += 1
            if len(lines) >= BLOCK_ROWS:
                yield _records(texts, lines, rejects)
                texts, lines, rejects = [], [], []
        if texts or rejects:
            yield _records(texts, lines, rejects)

    def _fault(self, text: str) -> str:
        if len(text) > self.limits.max_row_bytes:
            return f"the record has {len(text):,} bytes; the limit is {self.limits.max_row_bytes:,}"
        try:
            text.encode()
        except UnicodeEncodeError:
            return "a text of the record is not valid UTF-8"
        return ""

    def _lost(self, count: int, why: str, data: bytes = b"") -> Iterator[JsonRecords]:
        """A reject for each record that a block says it has; the number is believed up to what a block can hold."""
        self.damaged = f"a block is damaged: {why}"
        for start in range(self._number, self._number + min(count, 1_000_000), BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, self._number + min(count, 1_000_000))
            reason = f"this record cannot be read: {why}; deliver the file again"
            yield _records([], [], [Reject(n, reason, shown(data) if n == self._number else "") for n in range(start, stop)])
        self._number += count

    def _reject(self, reason: str) -> JsonRecords:
        reject = Reject(self._number, reason, "")
        self._number += 1
        return _records([], [], [reject])


def _header(data: _Bytes, name: str) -> tuple[Any, str, bytes]:
    try:
        data.take(len(MARK))
        metadata: dict[str, bytes] = {}
        while (count := data.long()) != 0:
            if count < 0:
                data.long()
            for _ in range(abs(count)):
                key = data.take(_small(data.long())).decode()
                metadata[key] = data.take(_small(data.long()))
        sync = data.take(SYNC_BYTES)
        schema = json.loads(metadata["avro.schema"])
    except (_Cut, ValueError, KeyError, RecursionError) as error:
        raise ExportRejected(name, "its Avro header cannot be read; it may be cut off: deliver it again") from error
    codec = metadata.get("avro.codec", b"null").decode("ascii", "replace")
    if codec not in ("null", "deflate", "bzip2", "xz", "snappy", "zstandard"):
        raise ExportRejected(name, f"its blocks are packed with {codec}, which is not read here: use deflate")
    problem = _problem(schema)
    if problem:
        raise ExportRejected(name, f"its Avro schema {problem}: export it anew, or as NDJSON")
    return schema, codec, sync


def _small(length: int) -> int:
    if not 0 <= length <= MOST_HEADER:
        raise ValueError("a length is wrong")
    return length


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What can be read of a file as a whole.

    Attributes:
        schema: as the file carries it.
        codec: how its blocks are packed.
        sync: its sync marker.
        records: decoded records, in their order.
        blocks: plain bytes of every block that could be unpacked, also of one whose records could not be decoded.
        damaged: there is more, which could not be read.
    """

    schema: Any
    codec: str
    sync: bytes
    records: list[Any]
    blocks: list[bytes]
    damaged: bool


def salvaged(content: bytes, limits: Limits) -> Salvaged:
    """Every record that `AvroRows` would read of a file, and whether there is more.

    Raises:
        ExportRejected: the header cannot be read.
    """
    data = _Bytes([content])
    schema, codec, sync = _header(data, "")
    parsed = fastavro.parse_schema(schema)
    records: list[Any] = []
    blocks: list[bytes] = []
    damaged = False
    try:
        for block in _blocks(data, sync, limits):
            plain = None if block is None else _unpacked_or_none(codec, block[1], limits)
            if block is None or plain is None:
                damaged = True
                continue
            blocks.append(plain)
            decoded = _decoded(plain, parsed, block[0])
            records += decoded
            damaged = damaged or len(decoded) < block[0]
    except _Cut:
        damaged = True
    return Salvaged(schema, codec, sync, records, blocks, damaged)


def _unpacked_or_none(codec: str, packed: bytes, limits: Limits) -> bytes | None:
    with contextlib.suppress(*UNPACKING_FAULTS):
        return _unpacked(codec, packed, limits.most_unpacked(len(packed)))
    return None


def _blocks(data: _Bytes, sync: bytes, limits: Limits) -> Iterator[tuple[int, bytes] | None]:
    """How many records each block has, and its packed bytes; None for a damaged one.

    Raises:
        _Cut: the file ends inside a block.
    """
    while not data.ended:
        intact, count, packed = False, 0, b""
        try:
            count, size = data.long(), data.long()
            if count >= 0 and 0 <= size <= limits.max_member_bytes:
                packed = data.take(size)
                intact = data.take(SYNC_BYTES) == sync
        except ValueError:
            intact = False
        if intact:
            yield count, packed
            continue
        yield None
        if not data.skip_past(sync):
            return


def _decoded(plain: bytes, schema: Any, count: int) -> list[Any]:
    """The records of a block, up to the first that cannot be decoded."""
    stream = io.BytesIO(plain)
    records: list[Any] = []
    with contextlib.suppress(*FAULTS):
        while len(records) < count and stream.tell() < len(plain):
            records.append(fastavro.schemaless_reader(stream, schema, None, handle_unicode_errors="surrogateescape"))
    return records


def refuse_blocks(content: bytes, name: str, limits: Limits) -> None:
    """Unpacks every block of a file for a moment, and keeps none.

    Raises:
        ExportRejected: one unpacks beyond the limits, or the header cannot be read.
    """
    data = _Bytes([content])
    _, codec, sync = _header(data, name)
    try:
        while not data.ended:
            data.long()
            packed = data.take(data.long())
            _unpacked(codec, packed, limits.most_unpacked(len(packed)))
            data.take(len(sync))
    except _BeyondLimits as beyond:
        raise ExportRejected(name, str(beyond)) from beyond
    except (_Cut, *UNPACKING_FAULTS):
        # Damage is for whoever reads it to tell.
        return


def _records(texts: list[str], lines: list[int], rejects: list[Reject]) -> JsonRecords:
    return JsonRecords(pa.array(texts, pa.string()), np.array(lines, np.int64), rejects, suspicious=True)


def _unpacked(codec: str, packed: bytes, most: int) -> bytes:
    """A block's plain bytes.

    Raises:
        _BeyondLimits: there are more than `most`.
    """
    match codec:
        case "null":
            return packed
        case "deflate":
            engine = zlib.decompressobj(-15)
            plain, rest = engine.decompress(packed, most), engine.unconsumed_tail
        case "bzip2":
            bzip = bz2.BZ2Decompressor()
            plain = bzip.decompress(packed, most)
            rest = b"" if bzip.eof else b"more"
        case "xz":
            xz = lzma.LZMADecompressor(memlimit=max(most, 100_000_000))
            plain = xz.decompress(packed, most)
            rest = b"" if xz.eof else b"more"
        case "snappy":
            # The length stands first; four bytes of checksum follow the data.
            claimed = _varint(packed)
            if claimed > most:
                raise _BeyondLimits("it unpacks beyond the limits: write smaller blocks")
            return bytes(pa.decompress(packed[:-4], decompressed_size=claimed, codec="snappy", asbytes=True))
        case _:
            with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
                plain, rest = stream.read(most), stream.read(1)
    if rest:
        raise _BeyondLimits("it unpacks beyond the limits: write smaller blocks")
    return plain


def _varint(data: bytes) -> int:
    value = 0
    for position, byte in enumerate(data[:5]):
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return value
    raise ValueError("its length is wrong")


def _fields(schema: Any) -> list[tuple[str, Any]]:
    """Name and schema of each field of a record, also of one that may be null."""
    if isinstance(schema, list):
        return [pair for branch in schema for pair in _fields(branch)]
    if isinstance(schema, dict) and schema.get("type") == "record":
        return [(f["name"], f["type"]) for f in schema["fields"]]
    if isinstance(schema, dict) and isinstance(schema.get("type"), dict | list):
        return _fields(schema["type"])
    return []


def _problem(schema: Any) -> str:
    """Why records of this schema are not read, empty if they are."""
    if not _fields(schema):
        return "describes no records with fields"
    try:
        fastavro.parse_schema(schema)
        if _least_bytes(schema, {}, ()) == 0:
            return "lets a record take no space at all"
    except RecursionError:
        return "nests too deeply"
    except (fastavro.schema.SchemaParseException, KeyError, TypeError, ValueError, AttributeError) as error:
        return f"cannot be used ({_said(error)})"
    return ""


def _least_bytes(schema: Any, named: dict[str, int], inside: tuple[str, ...]) -> int:
    """The fewest bytes that a value takes.

    A type within itself could nest without end, and a list of things that take no space could go on without end.

    Raises:
        ValueError: either of the two.
    """
    if isinstance(schema, list):
        for branch in schema:
            _least_bytes(branch, named, inside)
        return 1
    kind = schema["type"] if isinstance(schema, dict) else schema
    if isinstance(kind, dict | list):
        return _least_bytes(kind, named, inside)
    if kind in ("array", "map"):
        inner = _least_bytes(schema["items" if kind == "array" else "values"], named, inside)
        if kind == "array" and inner == 0:
            raise ValueError("it has a list of things that take no space")
        return 1
    if kind in ("record", "fixed", "enum"):
        name = str(schema.get("name", ""))
        least = 1
        if kind == "fixed":
            least = int(schema["size"])
        elif kind == "record":
            least = sum(_least_bytes(f["type"], named, (*inside, name)) for f in schema["fields"])
        for known in (name, f"{schema.get('namespace', '')}.{name}"):
            named[known] = least
        return least
    if kind in inside or str(kind).rsplit(".", 1)[-1] in {name.rsplit(".", 1)[-1] for name in inside}:
        raise ValueError(f"{kind} is made of itself")
    return {"null": 0, "float": 4, "double": 8}.get(kind, named.get(kind, 1))


def _json(record: Any) -> str:
    """A record as JSON; a number that is no number counts as missing."""
    try:
        return json.dumps(record, default=_plain, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(record), default=_plain, ensure_ascii=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value


def _plain(value: object) -> object:
    """What JSON has no word for."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    raise TypeError(f"a value of type {type(value).__name__}")


def _said(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200] or type(error).__name__
