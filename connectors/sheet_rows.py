"""Spreadsheets (xlsx): each sheet as CSV text, so that header rows, widths and values follow the rules of CSV files.

A workbook is looked over before it is opened: the library holds a sheet in memory as a full rectangle, which one cell in
the last corner makes enormous, and it shows a formula without a stored result as an empty cell.
"""

from __future__ import annotations

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO

import numpy as np
import numpy.typing as npt
from python_calamine import CalamineError, CalamineWorkbook

from connectors.errors import UNREADABLE, ExportRejected
from connectors.parts import Drift, Limits
from connectors.streams import Source

WORKBOOK = "xl/workbook.xml"
# Cells of a sheet's full rectangle, and bytes of its parts once unpacked: all of it is held in memory.
MOST_CELLS = 20_000_000
MOST_BYTES = 1_000_000_000
IN_MEMORY = 50_000_000
BLOCK_ROWS = 5_000
CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^<>]*\s)?r="([A-Z]{1,3})([0-9]{1,7})"')
# A formula that the cell ends right after: no result was stored.
UNCALCULATED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^<>]*)?/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
OVERLAP = 2_000


def spooled(source: Source) -> IO[bytes]:
    """A source's bytes as a seekable file without a name, in memory while it is small.

    Raises:
        ExportRejected: it unpacks beyond the limits, or ends early.
    """
    if source.member is None and not _is_packed(source):
        return source.path.open("rb")
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the caller reads and closes it
    for block in source:
        file.write(block)
    if source.truncated:
        raise ExportRejected(source.name, f"{source.truncated}: deliver the file again")
    file.seek(0)
    return file


def _is_packed(source: Source) -> bool:
    with source.path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def is_workbook(file: IO[bytes]) -> bool:
    """Whether a zip archive is a spreadsheet."""
    try:
        with zipfile.ZipFile(file) as archive:
            return WORKBOOK in archive.namelist()
    except UNREADABLE:
        return False
    finally:
        file.seek(0)


def sheet_names(file: IO[bytes], name: str, limits: Limits) -> list[str]:
    """Names of the sheets of a workbook that is safe to open.

    Raises:
        ExportRejected: it is not, or it cannot be read.
    """
    with _telling(name):
        _look_over(file, name, limits)
        return list(CalamineWorkbook.from_filelike(file).sheet_names)


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """What is wrong with a workbook, in words for whoever delivered it."""
    try:
        yield
    except (*UNREADABLE, CalamineError) as error:
        raise ExportRejected(
            name, f"this workbook cannot be read ({error}); deliver it again, or save its sheets as CSV"
        ) from error


def _look_over(file: IO[bytes], name: str, limits: Limits) -> dict[str, int]:
    """Refuse what would unpack enormously; the number of formulas without result, by part of the workbook."""
    empty: dict[str, int] = {}
    file.seek(0)
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        refuse_bomb(infos, name, limits)
        for info in infos:
            if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                empty[info.filename] = _look_over_sheet(archive, info, name)
    file.seek(0)
    return empty


def refuse_bomb(infos: Sequence[zipfile.ZipInfo], name: str, limits: Limits) -> None:
    """Judge the sizes of a workbook's parts, before one of them is unpacked.

    Raises:
        ExportRejected: they are beyond the limits.
    """
    if len(infos) > limits.max_members:
        raise ExportRejected(
            name, f"the workbook has {len(infos):,} parts; the limit is {limits.max_members:,}: save its sheets as CSV"
        )
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if unpacked > min(limits.max_member_bytes, MOST_BYTES):
        raise ExportRejected(
            name, f"it unpacks to {unpacked:,} bytes, more than a workbook may have here: save its sheets as CSV"
        )
    if unpacked > limits.ratio_floor and unpacked > limits.max_ratio * max(packed, 1):
        raise ExportRejected(
            name, f"it unpacks to more than {limits.max_ratio} times its packed size, like a zip bomb: save as CSV"
        )


def _look_over_sheet(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> int:
    rows, columns, uncalculated = 0, 0, 0
    rest = b""
    with archive.open(info) as part:
        while block := part.read(4_000_000):
            data = rest + block
            for column, row in CELL.findall(data):
                rows, columns = max(rows, int(row)), max(columns, _column_number(column))
            found = [match.end() for match in UNCALCULATED.finditer(data)]
            # What ends within the overlap was counted with the block before.
            uncalculated += sum(end > len(rest) for end in found)
            rest = data[-OVERLAP:]
    if rows * columns > MOST_CELLS:
        raise ExportRejected(
            name,
            f"{info.filename} reaches to row {rows:,} and column {columns:,}: clear what stands far outside the table, "
            "or save it as CSV",
        )
    return uncalculated


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


@dataclass(slots=True)
class SheetText:
    """One sheet as blocks of CSV text, in the place of `streams.Text`.

    Attributes:
        source: the file.
        sheet: name of the sheet; empty for the first.
        encoding: always UTF-8: a workbook says its own.
        drift: a note where formulas have no stored result.
    """

    source: Source
    sheet: str
    encoding: str = "utf-8"
    drift: list[Drift] = field(default_factory=list)
    _starts: list[int] = field(default_factory=list)

    def __iter__(self) -> Iterator[bytes]:
        """The rows in order, blank ones as blank lines.

        Raises:
            ExportRejected: the workbook cannot be read.
        """
        self._starts = []
        with spooled(self.source) as file, _telling(self.source.name):
            uncalculated = sum(_look_over(file, self.source.name, self.source.limits).values())
            if uncalculated:
                detail = f"{uncalculated:,} formulas have no stored result and read as empty: open and save it once"
                self.drift = [Drift("uncalculated", "", detail)]
            book = CalamineWorkbook.from_filelike(file)
            sheet = book.get_sheet_by_name(self.sheet) if self.sheet else book.get_sheet_by_index(0)
            rows = sheet.to_python(skip_empty_area=False)
        for start in range(0, len(rows), BLOCK_ROWS):
            yield self._text(rows[start : start + BLOCK_ROWS])

    def _text(self, rows: Sequence[Sequence[object]]) -> bytes:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        pieces: list[str] = []
        line = self._starts[-1] if self._starts else 1
        for row in rows:
            cells = [_shown(value) for value in row]
            if any(cells):
                writer.writerow(cells)
            else:
                stream.write("\n")
            pieces.append(stream.getvalue())
            stream.seek(0)
            stream.truncate()
            self._starts += [line] if not self._starts else []
            line += _line_ends(pieces[-1])
            self._starts.append(line)
        return "".join(pieces).encode("utf-8", "surrogatepass")

    def row_of(self, lines: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Row of the sheet for each physical line of the text."""
        rows: npt.NDArray[np.int64] = np.searchsorted(np.array(self._starts, np.int64), lines, side="right").astype(np.int64)
        return rows


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _shown(value: object) -> str:
    """A cell as its CSV export would show it: whole numbers without a fraction, dates in ISO 8601."""
    match value:
        case None:
            shown = ""
        case bool():
            shown = "true" if value else "false"
        case float():
            shown = str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
        case datetime():
            shown = value.isoformat(" ")
        case date() | time():
            shown = value.isoformat()
        case _:
            shown = str(value)
    return shown
