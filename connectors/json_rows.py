"""JSON records: NDJSON lines, arrays, API pages and captures, each cut out of its text with its place in the file.

Nothing here builds Python objects of the records: their bytes go to DuckDB as they are, which parses them column-wise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.parts import Limits
from connectors.rejects import Reject, shown
from connectors.streams import Text

LF, QUOTE, BACKSLASH = 10, 34, 92
OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET = 123, 125, 91
KEY_BEFORE = re.compile(rb'("(?:[^"\\]|\\.)*")\s*:\s*\Z')
SPACE = b" \t\r\n"
# Selector of documents whose top-level objects are the records.
TOP = "$"
LONGEST_KEY = 400
# Records up to this many bytes cannot nest so deeply that parsing them exhausts the stack.
SURELY_SHALLOW = 20_000
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class JsonRecords:
    """Records of one block, as JSON texts.

    Attributes:
        texts: one JSON text per record.
        lines: place of each record in the file.
        rejects: pieces that are no record.
        suspicious: whether values may hold NUL characters or be too large.
    """

    texts: pa.Array
    lines: Places
    rejects: Sequence[Reject]
    suspicious: bool


def _only(reject: Reject) -> JsonRecords:
    return JsonRecords(pa.array([], pa.string()), np.array([], np.int64), [reject], suspicious=False)


@dataclass(slots=True)
class NdjsonRows:
    """Blocks of NDJSON lines; only LF ends a line, since other line separators may stand inside a string."""

    text: Text
    limits: Limits

    def __iter__(self) -> Iterator[JsonRecords]:
        """Lines in blocks, blank ones left out.

        Raises:
            ExportRejected: the data unpacks beyond the limits.
        """
        line, rest = 1, b""
        blocks = iter(self.text)
        for block in blocks:
            data = rest + block if rest else block
            cut = data.rfind(b"\n") + 1
            if not cut:
                rest = data
                if len(rest) > self.limits.max_row_bytes:
                    reject, rest = self._skip_line(line, rest, blocks)
                    line += 1
                    yield _only(reject)
                continue
            records, count = self._lines(data, cut, line)
            line += count
            rest = data[cut:]
            yield records
        if self.text.source.truncated:
            reason = f"{self.text.source.truncated}: this record and what followed are missing; deliver the file again"
            yield _only(Reject(line, reason, shown(rest)))
        elif rest:
            yield self._lines(rest + b"\n", len(rest) + 1, line)[0]

    def _skip_line(self, line: int, data: bytes, blocks: Iterator[bytes]) -> tuple[Reject, bytes]:
        """Pass over a line that is too long without holding it."""
        raw, size, rest = shown(data[:40_000]), len(data), b""
        for block in blocks:
            end = block.find(b"\n")
            if end >= 0:
                size, rest = size + end, block[end + 1 :]
                break
            size += len(block)
        return Reject(line, f"the record has {size:,} bytes; the limit is {self.limits.max_row_bytes:,}", raw), rest

    def _lines(self, data: bytes, length: int, line: int) -> tuple[JsonRecords, int]:
        a = np.frombuffer(data, np.uint8, length)
        ends = np.flatnonzero(a == LF)
        starts = np.empty_like(ends)
        starts[0] = 0
        starts[1:] = ends[:-1] + 1
        return cut_records(data, starts, ends, np.arange(line, line + len(ends)), self.limits), len(ends)


def cut_records(data: bytes, starts: Places, ends: Places, lines: Places, limits: Limits) -> JsonRecords:
    """Texts between byte positions; those that break a limit or are no UTF-8 become rejects, blank ones vanish."""
    good = (ends - starts) > 0
    rejects: list[Reject] = []
    for i in np.flatnonzero(good & _unusual(data, starts, ends, limits)):
        piece = data[starts[i] : ends[i]]
        reason = _fault(piece, limits)
        good[i] = not reason and bool(piece.strip(SPACE))
        if reason:
            rejects.append(Reject(int(lines[i]), reason, shown(piece)))
    # Asking for a single byte first is ten times faster, and most blocks have none.
    suspicious = (b"\\" in data and b"\\u0000" in data) or bool(((ends - starts) > limits.max_field_bytes).any())
    if good.all():
        return JsonRecords(_texts(data, starts, ends), lines, rejects, suspicious)
    return JsonRecords(_texts(data, starts[good], ends[good]), lines[good], rejects, suspicious)


def _unusual(data: bytes, starts: Places, ends: Places, limits: Limits) -> Flags:
    """Which pieces deserve a closer look: too long, too many brackets, not beginning like an object, or no UTF-8."""
    a = np.frombuffer(data, np.uint8)
    odd: Flags = (ends - starts) > limits.max_row_bytes
    odd |= a[starts] != OPEN_BRACE
    # The engine itself stands any depth that fits into this; what it yields is judged by `too_deep`.
    odd |= (ends - starts) > SURELY_SHALLOW
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            odd |= np.fromiter((not _decodes(data[s:e]) for s, e in zip(starts, ends, strict=True)), bool, len(starts))
    return odd


def _decodes(piece: bytes) -> bool:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def _fault(piece: bytes, limits: Limits) -> str:
    if len(piece) > limits.max_row_bytes:
        return f"the record has {len(piece):,} bytes; the limit is {limits.max_row_bytes:,}"
    try:
        piece.decode()
    except UnicodeDecodeError as error:
        return f"byte 0x{piece[error.start]:02X} is not valid UTF-8"
    bare = piece.strip(SPACE)
    if bare and not bare.startswith(b"{"):
        return "the record is not a JSON object"
    if depth_of(piece) > limits.max_depth:
        return f"the record nests deeper than {limits.max_depth} levels"
    return ""


def depth_of(data: bytes) -> int:
    """Deepest nesting of brackets outside strings."""
    tokens = structure(data)
    return int(np.cumsum(tokens.steps).max(initial=0))


def too_deep(values: pa.Array, most: int) -> list[int]:
    """Positions of JSON texts that nest deeper than `most`; short texts and texts of few brackets are not looked at."""
    offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    long = np.flatnonzero(np.diff(offsets) > 2 * most)
    if not len(long):
        return []
    a = np.frombuffer(values.buffers()[2], np.uint8)
    # '[' and '{' differ in one bit, so that one comparison finds both.
    opens = np.flatnonzero((a | 32) == OPEN_BRACE)
    many = long[np.searchsorted(opens, offsets[long + 1]) - np.searchsorted(opens, offsets[long]) > most]
    return [i for i in many.tolist() if values[i].is_valid and depth_of(values[i].as_py().encode()) > most]


def _texts(data: bytes, starts: Places, ends: Places) -> pa.Array:
    """String array over the pieces; what lies between two stays with the first as white space, which does no harm there."""
    if not len(starts):
        return pa.array([], pa.string())
    a = np.frombuffer(data, np.uint8)
    gaps = starts[1:] - ends[:-1]
    buffer: bytes | npt.NDArray[np.uint8] = data
    if (gaps != 1).any() or (a[ends[:-1]] != LF).any():
        # Positions of all bytes of all gaps: each gap's begin, counted on within it.
        before = np.cumsum(gaps) - gaps
        between = np.arange(int(gaps.sum())) + np.repeat(ends[:-1] - before, gaps)
        buffer = a.copy()
        buffer[between] = SPACE[0]
    offsets = np.append(starts, ends[-1]).astype(np.int32)
    return pa.StringArray.from_buffers(len(starts), pa.py_buffer(offsets), pa.py_buffer(buffer))


@dataclass(frozen=True, slots=True)
class Structure:
    """Brackets of a JSON text outside its strings.

    Attributes:
        positions: byte positions.
        steps: 1 for an opening bracket, -1 for a closing one.
        whole: whether the text ends outside a string.
    """

    positions: Places
    steps: Places
    whole: bool


def structure(data: bytes) -> Structure:
    """Brackets outside strings, of a text that begins outside a string."""
    a = np.frombuffer(data, np.uint8)
    quotes = np.flatnonzero(a == QUOTE)
    if b"\\" in data:
        quotes = quotes[~_escaped(a, quotes)]
    folded = a | 32
    positions = np.flatnonzero((folded == OPEN_BRACE) | (folded == CLOSE_BRACE))
    positions = positions[(np.searchsorted(quotes, positions) & 1) == 0]
    steps = np.where(folded[positions] == OPEN_BRACE, 1, -1)
    return Structure(positions, steps, len(quotes) % 2 == 0)


def _escaped(a: npt.NDArray[np.uint8], quotes: Places) -> Flags:
    """Which quotes follow an odd number of backslashes."""
    slashes = np.flatnonzero(a == BACKSLASH)
    order = np.arange(len(slashes))
    begins = np.ones(len(slashes), bool)
    begins[1:] = np.diff(slashes) != 1
    run = order - np.maximum.accumulate(np.where(begins, order, 0)) + 1
    at = np.searchsorted(slashes, quotes - 1)
    at_safe = np.minimum(at, max(len(slashes) - 1, 0))
    hit = (at < len(slashes)) & (slashes[at_safe] == quotes - 1)
    escaped: Flags = hit & (run[at_safe] % 2 == 1)
    return escaped


@dataclass(slots=True)
class DocumentRows:
    """Records of the lists that a selector names, from a text of one or many JSON values.

    Lists are found by structure alone: an array at the top (selector ""), objects at the top (selector TOP), an array
    under a dotted path of keys, or, in a capture, pairs of a stream's name and a record (selector = the name). A text
    that ends inside a value or has brackets that do not match gives its records up to there, and one reject for the rest.

    Attributes:
        text: the document.
        limits: bounds on what is accepted.
        selector: the list to read, or None to find out which lists there are.
        sample_size: how many records of each list to keep in `samples`.
        samples: some records of each list, by its selector.
    """

    text: Text
    limits: Limits
    selector: str | None
    sample_size: int = 0
    samples: dict[str, list[bytes]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[JsonRecords]:
        """Records in blocks; a place is the record's number within its list.

        Raises:
            ExportRejected: the data unpacks beyond the limits.
        """
        walker = _Walker(self)
        data = b""
        for block in self.text:
            data += block
            used = walker.walk(data)
            yield from walker.flush(data)
            if walker.broken:
                break
            data = data[used:]
            if len(data) > self.limits.max_row_bytes:
                walker.broken = f"a value has more than {self.limits.max_row_bytes:,} bytes"
                break
        reason = walker.broken or self.text.source.truncated or walker.unfinished(data)
        if reason:
            reason = f"{reason}; what followed record {walker.count} could not be read"
            yield _only(Reject(walker.count + 1, reason, shown(data)))


@dataclass(frozen=True, slots=True)
class _Container:
    """An open bracket above the records: its path, and whether it is an array."""

    path: str
    is_array: bool


class _Walker:
    """Follows the containers of a document across blocks and notes the records of the wanted list."""

    def __init__(self, rows: DocumentRows) -> None:
        self._rows = rows
        self._stack: list[_Container] = []
        self._pieces: list[tuple[int, int, int]] = []
        self._rejects: list[Reject] = []
        self.count = 0
        self.broken = ""

    def unfinished(self, rest: bytes) -> str:
        """Why the text cannot end here, or nothing if it can."""
        return "the text ends inside a JSON value" if self._stack or rest.strip(SPACE + b",") else ""

    def walk(self, data: bytes) -> int:
        """Note the records in `data`, which begins outside a record, and return how many bytes are done with."""
        tokens = structure(data)
        positions, steps = tokens.positions.tolist(), tokens.steps.tolist()
        ends = _Ends(tokens)
        done, i = 0, 0
        while i < len(positions):
            at = positions[i]
            if steps[i] < 0:
                if not self._stack:
                    self.broken = "a closing bracket has no opening one"
                    return done
                self._between(data[done:at], closing=True)
                self._stack.pop()
                done, i = at + 1, i + 1
                continue
            inner, path = self._entering(data[done:at], is_array=data[at] == OPEN_BRACKET)
            if inner is not None:
                self._between(data[done:at])
                self._stack.append(inner)
                done, i = at + 1, i + 1
                continue
            close = ends.of(i)
            if close is None:
                return done
            if path is not None:
                self._between(data[done:at])
                self._note(data, path, at, positions[close] + 1)
            done, i = positions[close] + 1, close + 1
        return done

    def flush(self, data: bytes) -> Iterator[JsonRecords]:
        """The records noted since the last call."""
        if not self._pieces and not self._rejects:
            return
        bounds = np.array(self._pieces, np.int64).reshape(-1, 3)
        records = cut_records(data, bounds[:, 0], bounds[:, 1], bounds[:, 2], self._rows.limits)
        rejects = [*self._rejects, *records.rejects]
        self._pieces, self._rejects = [], []
        yield JsonRecords(records.texts, records.lines, rejects, records.suspicious)

    def _entering(self, gap: bytes, *, is_array: bool) -> tuple[_Container | None, str | None]:
        """What opens after the gap: a container to look into, or a record of the list at a path, or (neither) a value."""
        selector = self._rows.selector
        if not self._stack:
            return (None, "") if selector == TOP else (_Container("", is_array), None)
        parent = self._stack[-1]
        if not parent.is_array:
            # A page's lists lie at most three keys deep; an object below that is a value like any other.
            path = _path(parent.path, gap)
            return (_Container(path, is_array) if path and path.count(".") < 2 + is_array else None), None
        if is_array and len(self._stack) == 1 and selector != "":
            # An array directly in the top array is a pair of a capture.
            return _Container("", is_array=True), None
        # What is no object is rejected when the records are cut.
        return None, (_name(gap) if self._in_pair() else parent.path)

    def _in_pair(self) -> bool:
        return len(self._stack) == 2 and self._stack[0].is_array

    def _between(self, gap: bytes, *, closing: bool = False) -> None:
        """Reject what stands between two values, or before the end of a list, and is no separator."""
        if not gap.strip(SPACE + b","):
            return
        if not self._stack:
            self._reject("this text is no JSON value", gap)
        elif self._in_pair():
            # Nothing was cut out of this pair: its second element is no object.
            if closing and _scalars(gap)[0] == json.dumps(self._rows.selector).encode():
                self._reject("the record is not a JSON object", gap)
        elif self._stack[-1].is_array and self._rows.selector in (None, self._stack[-1].path):
            for element in _scalars(gap):
                self._reject("the record is not a JSON object", element)

    def _reject(self, reason: str, text: bytes) -> None:
        self.count += 1
        self._rejects.append(Reject(self.count, reason, shown(text.strip(SPACE))))

    def _note(self, data: bytes, path: str, start: int, end: int) -> None:
        rows = self._rows
        samples = rows.samples.setdefault(path, [])
        if len(samples) < rows.sample_size:
            samples.append(data[start:end])
        if rows.selector in (path, TOP):
            self.count += 1
            self._pieces.append((start, end, self.count))


class _Ends:
    """Finds the bracket that closes another one, for brackets asked for from left to right."""

    def __init__(self, tokens: Structure) -> None:
        self._levels = np.cumsum(tokens.steps)
        self._closing = tokens.steps < 0
        # Per level, the closing tokens that are not behind us, the next one last.
        self._ahead: dict[int, list[int]] = {}

    def of(self, i: int) -> int | None:
        """Index of the token that closes token `i`, if it is there."""
        level = int(self._levels[i])
        ahead = self._ahead.get(level)
        if ahead is None:
            ahead = np.flatnonzero(self._closing & (self._levels == level - 1))[::-1].tolist()
            self._ahead[level] = ahead
        while ahead and ahead[-1] < i:
            ahead.pop()
        return ahead[-1] if ahead else None


def _path(parent: str, gap: bytes) -> str:
    """Path of the member whose value comes after the gap; empty if there is no key."""
    match = KEY_BEFORE.search(gap[-LONGEST_KEY:])
    key = _name(match.group(1)) if match else ""
    return f"{parent}.{key}" if parent and key else key


def _scalars(gap: bytes) -> list[bytes]:
    """Elements of a list that are neither objects nor lists, from the text between two that are."""
    try:
        values = json.loads(b"[" + gap.strip(SPACE + b",") + b"]")
    except ValueError:
        return [element for element in gap.split(b",") if element.strip(SPACE)]
    return [json.dumps(value).encode() for value in values]


def _name(text: bytes) -> str:
    try:
        value = json.loads(text.strip(SPACE + b","))
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""
