"""From a delivered file to blocks of UTF-8 bytes: archives, gzip, limits on unpacking, and encodings."""

from __future__ import annotations

import codecs
import re
import stat
import threading
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from connectors.errors import ExportRejected
from connectors.parts import Drift, Limits, Unrecognised

try:
    # Intel's inflate, more than twice as fast; there is no wheel of it for some machines.
    from isal import isal_zlib as inflate
except ImportError:
    import zlib as inflate  # type: ignore[no-redef]

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
# Files that operating systems add to archives; nobody exported them.
CLUTTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$)")
# The five bytes that cp1252 leaves undefined are read as the control characters of the same number.
# `Any`, since type checkers know of no texts as tables, which is what the codecs of Python have.
CP1252: Any = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
_open = threading.local()
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def is_archive(path: Path) -> bool:
    """Whether the file is a zip archive, by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) in (ZIP, EMPTY_ZIP)


def members(path: Path, limits: Limits) -> tuple[list[str], list[Unrecognised]]:
    """Readable members of an archive in its own order, and those that are refused, with the reason.

    Nothing is ever unpacked to disk, so a path with `..` could do no harm here; it is refused because nobody's export
    tool writes one.

    Raises:
        ExportRejected: the archive cannot be opened or has too many members.
    """
    try:
        infos = _archive(path).infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ExportRejected(
            path.name, f"this zip archive cannot be opened ({error}); it may be cut off: deliver it again"
        ) from error
    if len(infos) > limits.max_members:
        raise ExportRejected(
            path.name, f"the archive has {len(infos):,} members; the limit is {limits.max_members:,}: split it into several"
        )
    good: list[str] = []
    refused: list[Unrecognised] = []
    for info in infos:
        if info.is_dir() or CLUTTER.search(info.filename):
            continue
        reason = _fault(info, limits)
        if not reason and info.filename in good:
            reason = "the archive has an earlier member of the same name"
        if reason:
            refused.append(Unrecognised(info.filename, reason))
        else:
            good.append(info.filename)
    return good, refused


def _fault(info: zipfile.ZipInfo, limits: Limits) -> str:
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or re.match(r"^[A-Za-z]:", name):
        return "refused: its path leads out of the archive"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "refused: it is a symbolic link"
    if info.flag_bits & 0x1:
        return "it is encrypted: deliver the archive without a password"
    if info.file_size > limits.max_member_bytes:
        return f"it unpacks to {info.file_size:,} bytes; the limit is {limits.max_member_bytes:,}"
    if info.file_size > limits.ratio_floor and info.file_size > limits.max_ratio * max(info.compress_size, 1):
        return f"it unpacks to more than {limits.max_ratio} times its packed size, like a zip bomb"
    return ""


@dataclass(slots=True)
class Source:
    """Blocks of unpacked bytes of one file or member.

    Attributes:
        path: the file.
        member: archive member to read, or None for the file itself.
        limits: bounds on what is unpacked.
        label: name for messages.
        truncated: why the data ends early, once the last block is out; empty for a whole file.
    """

    path: Path
    member: str | None
    limits: Limits
    label: str = ""
    truncated: str = ""

    def __iter__(self) -> Iterator[bytes]:
        """Unpacked blocks; a cut or damaged stream ends quietly and leaves `truncated`.

        Raises:
            ExportRejected: the data unpacks beyond the limits.
        """
        self.truncated = ""
        total = 0
        packed = self._packed_size()
        for block in self._blocks():
            total += len(block)
            if total > self.limits.max_member_bytes:
                raise ExportRejected(self.name, f"it unpacks to more than {self.limits.max_member_bytes:,} bytes: split it")
            if total > self.limits.ratio_floor and total > self.limits.max_ratio * max(packed, 1):
                raise ExportRejected(
                    self.name, f"it unpacks to more than {self.limits.max_ratio} times its packed size: deliver it unpacked"
                )
            yield block

    @property
    def name(self) -> str:
        """Name for messages."""
        return self.label or "!".join(filter(None, (self.path.name, self.member)))

    def _packed_size(self) -> int:
        if self.member is None:
            return self.path.stat().st_size
        return _archive(self.path).getinfo(self.member).compress_size

    def _blocks(self) -> Iterator[bytes]:
        try:
            with self._opened() as file:
                first = file.read(2)
                if first == GZIP:
                    yield from self._unzipped(file, first)
                    return
                block = first + file.read(self.limits.block_bytes)
                while block:
                    yield block
                    block = file.read(self.limits.block_bytes)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            self.truncated = f"the archive member is damaged or cut off here ({error})"

    def _opened(self) -> AbstractContextManager[IO[bytes]]:
        if self.member is None:
            return self.path.open("rb")
        return _archive(self.path).open(self.member)

    def _unzipped(self, file: IO[bytes], first: bytes) -> Iterator[bytes]:
        """Members of a gzip stream one after another, in blocks of bounded size."""
        data = first + file.read(self.limits.block_bytes // 4 + 1)
        while data:
            engine = inflate.decompressobj(wbits=31)
            while not engine.eof:
                try:
                    block = engine.decompress(data, self.limits.block_bytes)
                except (inflate.error, zlib.error) as error:  # type: ignore[misc]
                    self.truncated = f"the gzip data is damaged here ({error})"
                    return
                if block:
                    yield block
                data = engine.unconsumed_tail or (b"" if engine.eof else file.read(self.limits.block_bytes // 4 + 1))
                if not data and not engine.eof:
                    self.truncated = "the gzip data is cut off here"
                    return
            # Padding after the last member is allowed; anything else must be a further member.
            data = (engine.unused_data or file.read(self.limits.block_bytes // 4 + 1)).lstrip(b"\0")
            if data and not data.startswith(GZIP[: len(data)]):
                self.truncated = "the gzip data is followed by something else"
                return


def _archive(path: Path) -> zipfile.ZipFile:
    """The archive, with its directory read once for all its members: an export by the hour has thousands."""
    archive, known = getattr(_open, "archive", None), getattr(_open, "key", None)
    found = path.stat()
    key = (path, found.st_ino, found.st_size, found.st_mtime_ns)
    if archive is None or known != key:
        if archive is not None:
            archive.close()
            _open.archive = None
        archive = _open.archive = zipfile.ZipFile(path)
        _open.key = key
    return archive


class Text:
    """The blocks of a source as UTF-8 bytes.

    The ladder: a byte order mark decides; else UTF-8; else cp1252. The choice falls at the first block that has a byte
    above 127, since everything before it reads the same either way: if that block has at least as many valid UTF-8
    sequences as invalid bytes, the file is UTF-8 with some broken rows, and these are left as they are for the caller to
    quarantine; otherwise the file is cp1252 and is re-encoded from there on.

    Attributes:
        encoding: what was decided so far.
        drift: a note if the file had to be re-encoded.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.encoding = "utf-8"
        self.drift: list[Drift] = []

    def __iter__(self) -> Iterator[bytes]:
        blocks = iter(self.source)
        head = b""
        for block in blocks:
            head += block
            if len(head) >= 4:
                break
        for bom, encoding in BOMS:
            if head.startswith(bom):
                self.encoding = encoding
                yield from self._transcoded(head[len(bom) :], blocks)
                return
        yield from self._ladder(head, blocks)

    def _transcoded(self, head: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
        if self.encoding == "utf-8":
            yield head
            yield from blocks
            return
        # Lone surrogates pass as bytes that are no UTF-8, so that their row is quarantined and no other.
        decoder = codecs.getincrementaldecoder(self.encoding)("surrogatepass")
        yield decoder.decode(head).encode("utf-8", "surrogatepass")
        for block in blocks:
            yield decoder.decode(block).encode("utf-8", "surrogatepass")
        rest = decoder.getstate()[0]
        if rest and not self.source.truncated:
            self.source.truncated = "the file ends inside a character"

    def _ladder(self, block: bytes, blocks: Iterator[bytes]) -> Iterator[bytes]:
        decided = False
        while block:
            if not decided and not block.isascii():
                decided = True
                while (more := valid_utf8_surplus(block)) is None and (following := next(blocks, b"")):
                    block += following
                if more is None or more < 0:
                    self.encoding = "cp1252"
                    self.drift.append(Drift("reencoded", "", "the file is not UTF-8; read as cp1252 (Western European)"))
            if self.encoding == "cp1252":
                block = from_cp1252(block)
            yield block
            block = next(blocks, b"")


def from_cp1252(data: bytes) -> bytes:
    """The same text as UTF-8."""
    return codecs.charmap_decode(data, "strict", CP1252)[0].encode()


def valid_utf8_surplus(block: bytes) -> int | None:
    """By how much valid UTF-8 sequences outnumber invalid bytes; None if there is nothing but one cut by the block's end."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(block)
    beyond_ascii = len(text) - (np.frombuffer(block, np.int8) >= 0).sum()
    invalid = 0 if _encodes(text) else len(re.findall("[\udc80-\udcff]", text))
    return int(beyond_ascii) - 2 * invalid if beyond_ascii else None


def _encodes(text: str) -> bool:
    """Whether there is no byte in it that was no UTF-8; most files have none, and looking for them takes ten times as long."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
