"""Writes export files and keeps the account of every record in them: good, repeated, replaced, broken."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

# new        first delivery of a key
# duplicate  a record that was delivered before, equal in every field
# superseded one of two different versions of a key stays behind: the earlier one, or this one where it is older
Kind = Literal["new", "duplicate", "superseded"]
ZIP_TIME = (2026, 6, 28, 12, 0, 0)


@dataclass
class FileCount:
    """What one file, or one archive member (`archive!member`), holds."""

    file: str
    stream: str
    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    bad: Counter[str] = field(default_factory=Counter)
    short_rows: int = 0

    def good(self, kind: Kind = "new") -> None:
        """Count a record that can be loaded."""
        self.rows += 1
        self.kinds[kind] += 1

    def broken(self, reason: str) -> None:
        """Count a record that cannot be loaded."""
        self.rows += 1
        self.bad[reason] += 1


class Ledger:
    """All files of one generated inbox, in order of delivery."""

    def __init__(self, inbox: Path) -> None:
        self.inbox = inbox
        self.counts: list[FileCount] = []
        self.paths: list[str] = []
        self.bytes = 0

    def count(self, file: str, stream: str) -> FileCount:
        """Start the account of a file or archive member."""
        counted = FileCount(file, stream)
        self.counts.append(counted)
        return counted

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Write a file below the inbox."""
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.paths.append(name)
        with path.open("wb") as stream:
            yield stream
        self.bytes += path.stat().st_size

    @contextmanager
    def archive(self, name: str) -> Iterator[ZipFile]:
        """Write a zip below the inbox."""
        with self.open(name) as stream, ZipFile(stream, "w") as archive:
            yield archive

    def rows_of(self, stream: str) -> int:
        """Records written for a stream."""
        return sum(count.rows for count in self.counts if count.stream == stream)


def member(archive: ZipFile, name: str, *, deflate: bool) -> IO[bytes]:
    """A new archive member with a fixed time, so that equal content gives equal bytes."""
    info = ZipInfo(name, ZIP_TIME)
    info.compress_type = ZIP_DEFLATED if deflate else ZIP_STORED
    info.external_attr = 0o644 << 16
    return archive.open(info, "w", force_zip64=True)


class CsvExport:
    """A CSV in one vendor's dialect."""

    def __init__(
        self, stream: IO[bytes], count: FileCount, header: Iterable[Sequence[str]], encoding: str, end: str, *, quote_all: bool
    ) -> None:
        self._text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="", write_through=False)
        self._writer = csv.writer(self._text, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL, lineterminator=end)
        self.count = count
        for row in header:
            self._writer.writerow(row)

    def row(self, cells: Sequence[object], kind: Kind = "new") -> None:
        """Write a good record."""
        self._writer.writerow(cells)
        self.count.good(kind)

    def short(self, cells: Sequence[object], missing: int) -> None:
        """Write a good record without its last cells."""
        self.row(cells[:-missing])
        self.count.short_rows += 1

    def bad(self, cells: Sequence[object], reason: str) -> None:
        """Write a record that cannot be loaded."""
        self._writer.writerow(cells)
        self.count.broken(reason)

    def close(self) -> None:
        """Flush; the underlying stream stays open for its owner to close."""
        self._text.flush()
        self._text.detach()
