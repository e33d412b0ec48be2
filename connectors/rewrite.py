"""Delivered files without what must go: records are taken out and words replaced, and the format stays what it was.

Which record or word goes is for the caller to judge. What is not touched keeps its bytes wherever the format allows it:
text files and archives lose only what goes; workbooks, Parquet and Avro are written anew with the same columns and types.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

from connectors.errors import UNREADABLE, ExportRejected
from connectors.parts import Limits
from connectors.unpack import DEEPEST, GZIP, READERS, inflated, is_bomb, member_of

ERASED = "[erased]"
# A quote that never closes would swallow the rest of the file; beyond this many lines it is taken for a plain character.
LONGEST_RECORD_LINES = 5_000
COMMA = re.compile(r"\s*,")
# Objects of a damaged document that do not close; more of them are no document.
MOST_UNCLOSED = 64
EARLIEST_IN_ZIP = (1980, 1, 1, 0, 0, 0)
Cells = Sequence[tuple[str, str]]


class Judge(Protocol):
    """Decides what goes."""

    def drops(self, cells: Cells) -> bool:
        """Whether a record, given as pairs of column (or dotted path) and text, goes as a whole."""

    def redacted(self, text: str) -> str:
        """The text without the words that go."""


@dataclass(slots=True)
class Counts:
    """What a rewriting changed.

    Attributes:
        records: records taken out.
        words: records that stay with words replaced.
    """

    records: int = 0
    words: int = 0

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.records or self.words)


def spellings_of(word: str) -> set[str]:
    """A word with its accents composed and apart, and as addresses of the web write it."""
    forms = {word, unicodedata.normalize("NFC", word), unicodedata.normalize("NFD", word)}
    return forms | {quote(form, safe=safe) for form in forms for safe in ("", "@")} | {quote_plus(form) for form in forms}


def rewritten(
    content: bytes, judge: Judge, counts: Counts, name: str = "", limits: Limits = READERS, depth: int = 0
) -> bytes | None:
    """A file without what must go; what unpacks beyond the limits, and so was never read, is looked through up to them.

    Args:
        content: the file.
        judge: decides what goes.
        counts: added to.
        name: its name; a file named after a person is that person's.
        limits: bounds on what is unpacked, those of the readers.
        depth: in how many others it is packed.

    Returns:
        The new content, the very same object where nothing goes, or None where nothing is left of the file.
    """
    if name and judge.redacted(name) != name:
        counts.records += 1
        return None
    if content[:2] == GZIP or content[:4] == b"PK\x03\x04":
        return _packed(content, judge, counts, limits, depth)
    if content[:4] == b"PAR1":
        return _parquet(content, judge, counts, limits)
    if content[:4] == b"Obj\x01":
        return _avro(content, judge, counts, limits)
    return _text(content, judge, counts)


def _packed(content: bytes, judge: Judge, counts: Counts, limits: Limits, depth: int) -> bytes | None:
    if depth >= DEEPEST:
        return content
    return (_gzip if content[:2] == GZIP else _zip)(content, judge, counts, limits, depth)


def _gzip(content: bytes, judge: Judge, counts: Counts, limits: Limits, depth: int) -> bytes | None:
    inner = inflated(content, limits).data
    new = rewritten(inner, judge, counts, limits=limits, depth=depth + 1)
    if new is inner:
        return content
    return None if new is None else gzip.compress(new, mtime=0)


def _zip(content: bytes, judge: Judge, counts: Counts, limits: Limits, depth: int) -> bytes | None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except UNREADABLE:
        return content
    with archive:
        infos = archive.infolist()
        if any(info.filename == "[Content_Types].xml" for info in infos):
            return _workbook(content, judge, counts, limits)
        # Only members that change are held, and one more at a time: many small ones unpack to a lot as well.
        changed: dict[int, bytes | None] = {}
        for place, info in enumerate(infos):
            data = member_of(archive, info, limits).data
            new = rewritten(data, judge, counts, info.filename, limits, depth + 1)
            if new is not data:
                changed[place] = new
        kept = [place for place in range(len(infos)) if changed.get(place, b"") is not None]
        if not changed:
            return content
        if not kept:
            return None
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as fresh:
            for place in kept:
                info = infos[place]
                # What was damaged is packed anew, as far as it was readable.
                member = zipfile.ZipInfo(info.filename, max(info.date_time, EARLIEST_IN_ZIP))
                member.external_attr = info.external_attr
                packing = zipfile.ZIP_DEFLATED if info.compress_type else zipfile.ZIP_STORED
                plain = changed[place] if place in changed else member_of(archive, info, limits).data
                fresh.writestr(member, plain or b"", compress_type=packing)
    return target.getvalue()


def _workbook(content: bytes, judge: Judge, counts: Counts, limits: Limits) -> bytes:
    if is_bomb(content, limits):
        return content
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except (CalamineError, ValueError):
        return content
    sheets = {}
    for sheet in book.sheet_names:
        # What is damaged was never read; the others were.
        with suppress(CalamineError, ValueError):
            sheets[sheet] = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    mine = Counts()
    kept = {sheet: _rows(rows, judge, mine) for sheet, rows in sheets.items()}
    if not mine.any:
        return content
    counts.records, counts.words = counts.records + mine.records, counts.words + mine.words
    return _written_workbook(kept)


def _rows(rows: Sequence[Sequence[Any]], judge: Judge, counts: Counts) -> list[list[Any]]:
    header: list[str] = []
    kept = []
    for row in rows:
        texts = [str(cell) for cell in row]
        if not header and sum(map(bool, texts)) > 1:
            header = texts
        elif header and judge.drops(list(zip(header, texts, strict=False))):
            counts.records += 1
            continue
        new = [judge.redacted(cell) if isinstance(cell, str) else cell for cell in row]
        counts.words += new != list(row)
        kept.append(new)
    return kept


def _written_workbook(sheets: Mapping[str, list[list[Any]]]) -> bytes:
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
    forms = {kind: book.add_format({"num_format": form}) for kind, form in _CELL_FORMS.items()}
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if isinstance(cell, str):
                    if cell:
                        sheet.write_string(y, x, cell)
                elif type(cell) in forms:
                    sheet.write_datetime(y, x, cell, forms[type(cell)])
                else:
                    sheet.write(y, x, cell)
    book.close()
    return target.getvalue()


_CELL_FORMS = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss", timedelta: "[h]:mm:ss"}


def _parquet(content: bytes, judge: Judge, counts: Counts, limits: Limits) -> bytes:
    if is_bomb(content, limits):
        return content
    import pyarrow as pa
    import pyarrow.parquet as pq

    from connectors import parquet_rows

    try:
        table = parquet_rows.salvaged(content).table
    except (*UNREADABLE, pa.ArrowException):
        return content
    mine = Counts()
    kept = _records(table.to_pylist(), judge, mine)
    if not mine.any:
        return content
    counts.records, counts.words = counts.records + mine.records, counts.words + mine.words
    target = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(kept, schema=table.schema), target)
    return target.getvalue()


def _avro(content: bytes, judge: Judge, counts: Counts, limits: Limits) -> bytes:
    if is_bomb(content, limits):
        return content
    import fastavro

    from connectors import avro_rows

    try:
        read = avro_rows.salvaged(content, limits)
    except ExportRejected:
        return content
    mine = Counts()
    kept = _records(read.records, judge, mine)
    if not mine.any:
        return content
    counts.records, counts.words = counts.records + mine.records, counts.words + mine.words
    target = io.BytesIO()
    # What is damaged may be the person's as well, and nobody can read it: it stays behind.
    writable = [_encodable(record) for record in kept]
    fastavro.writer(target, read.schema, writable, codec=read.codec, sync_marker=read.sync)
    return target.getvalue()


def _encodable(value: Any) -> Any:
    """A value in which bytes that are no character have become question marks."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _encodable(inner) for key, inner in value.items()}
    return [_encodable(inner) for inner in value] if isinstance(value, list) else value


def _records(rows: Sequence[Any], judge: Judge, counts: Counts) -> list[Any]:
    kept = []
    for row in rows:
        if judge.drops(_flat(row)):
            counts.records += 1
            continue
        new = _walked(row, judge, counts)
        counts.words += new != row
        kept.append(new)
    return kept


def _text(content: bytes, judge: Judge, counts: Counts) -> bytes | None:
    encoding = _encoding(content)
    text = content.decode(encoding)
    head = text.lstrip("\ufeff \t\r\n")
    if head.startswith("BEGIN:VCALENDAR"):
        new: str | None = _calendar(text, judge, counts)
    elif head[:1] in ("{", "["):
        new = _json(text, judge, counts)
    elif head.startswith("---"):
        new = _note(text, judge, counts)
    else:
        new = _csv(text, judge, counts)
    if new is None:
        return None
    return content if new == text else new.encode(encoding)


def _encoding(content: bytes) -> str:
    """An encoding that gives the bytes back unchanged."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            try:
                content.decode(encoding)
            except UnicodeDecodeError:
                break
            return encoding
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _csv(text: str, judge: Judge, counts: Counts) -> str:
    header: list[str] = []
    delimiter = ","
    kept = []
    for record in _csv_records(text):
        if not header:
            line = record.lstrip("\ufeff")
            delimiter = max(",;\t|", key=line.count)
            header = _csv_cells(line, delimiter)
            kept.append(record)
            continue
        cells = _csv_cells(record, delimiter)
        if judge.drops(list(zip(header, cells, strict=False))):
            counts.records += 1
            continue
        new = judge.redacted(record)
        counts.words += new != record
        kept.append(new)
    return "".join(kept)


def _csv_cells(record: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(record), delimiter=delimiter), [])
    except csv.Error:
        return record.split(delimiter)


def _csv_records(text: str) -> Iterator[str]:
    """Records with their line ends; one in which a quote stays open gives its lines one by one."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)
    position = 0
    while position < len(lines):
        end, quotes = position, 0
        while end < len(lines) and end - position < LONGEST_RECORD_LINES:
            quotes += lines[end].count('"')
            end += 1
            if quotes % 2 == 0:
                yield "".join(lines[position:end])
                break
        else:
            end = position + 1
            yield lines[position]
        position = end


def _json(text: str, judge: Judge, counts: Counts) -> str | None:
    try:
        return _json_whole(text, judge, counts)
    except (ValueError, RecursionError):
        lines = [line for line in text.splitlines() if line.strip()]
        by_line = len(lines) > 1 and 2 * sum(line.lstrip("\ufeff \t").startswith("{") for line in lines) > len(lines)
        return "".join(_json_lines(text, judge, counts)) if by_line else _json_pieces(text, judge, counts)


def _json_pieces(text: str, judge: Judge, counts: Counts) -> str:
    """A document that is cut off or damaged: the objects that are whole, what stands between them, and the rest."""
    decoder = json.JSONDecoder()
    done = position = 0
    # What an object that never closes says for itself, without the whole ones in it, and what is written of it.
    said, written, changed = [""], [""], [Counts()]
    while len(said) < MOST_UNCLOSED and (start := text.find("{", position)) >= 0:
        said[-1] += text[done:start]
        written[-1] += _mentioned(text[done:start], judge, changed[-1])
        done, position = start, start + 1
        try:
            _, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            said, written, changed = [*said, ""], [*written, ""], [*changed, Counts()]
            continue
        new = _json_record(text[start:end], judge, changed[-1])
        if not new:
            comma = COMMA.match(text, end)
            end = comma.end() if comma else end
        written[-1] += new
        done = position = end
    said[-1] += text[done:]
    written[-1] += _mentioned(text[done:], judge, changed[-1])
    # From the innermost outwards: what never closes reaches to the end of the file.
    for place in reversed(range(len(said))):
        if judge.drops(_cells_within("".join(said[place:]))):
            changed[place] = Counts(records=1 + sum(counted.records for counted in changed[place:]))
            del said[place:], written[place:], changed[place + 1 :]
    counts.records += sum(counted.records for counted in changed)
    counts.words += sum(counted.words for counted in changed)
    return "".join(written)


def _mentioned(text: str, judge: Judge, counts: Counts) -> str:
    new = judge.redacted(text)
    counts.words += new != text
    return new


def _cells_within(text: str) -> list[tuple[str, str]]:
    """Keys and texts of JSON that cannot be read as a whole."""
    return [(key, value) for key, value in re.findall(r'"((?:[^"\\]|\\.){1,200})"\s*:\s*"((?:[^"\\]|\\.){0,500})"', text)]


def _json_whole(text: str, judge: Judge, counts: Counts) -> str | None:
    whole = json.loads(text.lstrip("\ufeff"))
    mine = Counts()
    if isinstance(whole, dict) and judge.drops(_flat(whole)):
        counts.records += 1
        return None
    new = _walked(whole, judge, mine)
    if new == whole:
        return text
    dumped = _dumped(new, text)
    counts.records, counts.words = counts.records + mine.records, counts.words + max(mine.words, not mine.records)
    return dumped


def _json_lines(text: str, judge: Judge, counts: Counts) -> Iterator[str]:
    for line in re.findall(r"[^\n]*\n|[^\n]+$", text):
        yield _json_record(line, judge, counts)


def _json_record(text: str, judge: Judge, counts: Counts) -> str:
    before = counts.records
    try:
        new = _json_line(text, judge, counts)
    except (ValueError, RecursionError):
        # What is no JSON, or nested too deep to be walked, is text; what can be told of it says whose it is.
        new = None if judge.drops(_cells_within(text)) else judge.redacted(text)
    if new is None:
        counts.records += 1
        return ""
    counts.words += new != text and counts.records == before
    return new


def _json_line(line: str, judge: Judge, counts: Counts) -> str | None:
    record = json.loads(line.lstrip("\ufeff").rstrip().removesuffix(","))
    if judge.drops(_flat(record)):
        return None
    new = _walked(record, judge, counts)
    return line if new == record else _dumped(new, line)


def _dumped(value: Any, like: str) -> str:
    """JSON in the manner of the text that it stands for: spaced or not, escaped or not, with its line end."""
    loose = '": ' in like[:2000]
    end = like[len(like.rstrip("\r\n,")) :]
    return json.dumps(value, ensure_ascii=like.isascii(), separators=(", ", ": ") if loose else (",", ":")) + end


def _walked(value: Any, judge: Judge, counts: Counts, name: str = "") -> Any:
    """A JSON value without the records and words that go; equal to the given one where nothing goes."""
    if isinstance(value, str):
        return judge.redacted(value)
    if isinstance(value, dict):
        return {key: _walked(inner, judge, counts, key) for key, inner in value.items()}
    if not isinstance(value, list):
        return value
    kept = []
    for item in value:
        cells = _flat(item) if isinstance(item, dict) else [(name, str(item))] if isinstance(item, str | int) else []
        if cells and judge.drops(cells):
            counts.records += 1
        else:
            kept.append(_walked(item, judge, counts, name))
    return kept


def _flat(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    """Dotted path and text of the scalars of an object, without its lists."""
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _flat(inner, f"{prefix}.{key}" if prefix else str(key))]
    return [] if isinstance(value, list) or value is None else [(prefix, str(value))]


def _note(text: str, judge: Judge, counts: Counts) -> str | None:
    """A note with front matter is one record; its front matter says whose it is."""
    front = re.findall(r"^\s*[-\s]*([\w ]+):[ \t]*(.+?)\s*$", text.split("\n---", 1)[0], re.MULTILINE)
    if judge.drops([(key, value.strip("\"' ")) for key, value in front]):
        counts.records += 1
        return None
    new = judge.redacted(text)
    counts.words += new != text
    return new


def _calendar(text: str, judge: Judge, counts: Counts) -> str | None:
    """Properties that name the person go, and other people's meetings stay; a calendar of the person's own goes as a whole."""
    kept = []
    for folded in re.findall(r"(?:[^\r\n]*(?:\r\n|\n)(?:[ \t][^\r\n]*(?:\r\n|\n)?)*)|[^\r\n]+$", text):
        line = re.sub(r"\r?\n[ \t]", "", folded)
        if judge.redacted(line) == line:
            kept.append(folded)
            continue
        if line.upper().startswith("X-WR-CALNAME"):
            counts.records += 1
            return None
        counts.words += 1
        if line.upper().startswith(("ATTENDEE", "ORGANIZER")):
            continue
        kept.append(_folded(judge.redacted(line)))
    return "".join(kept)


def _folded(line: str) -> str:
    """A property in lines of at most 75 octets, cut between characters."""
    end = "\r\n" if line.endswith("\r\n") else "\n"
    pieces, size = [""], 0
    for character in line.rstrip("\r\n"):
        octets = len(character.encode())
        if size + octets > 73:
            pieces.append(" ")
            size = 1
        pieces[-1] += character
        size += octets
    return end.join(pieces) + end
