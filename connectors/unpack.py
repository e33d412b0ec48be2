"""What can be unpacked of compressed bytes in memory, and no more of it than a reader would accept.

Whatever lies beyond the limits was never read into a table; nobody may be harmed by looking for it either.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from dataclasses import dataclass

from connectors.errors import UNREADABLE, ExportRejected
from connectors.parts import Limits

GZIP = b"\x1f\x8b"
# Archives in archives: no reader looks into them, and some contain themselves.
DEEPEST = 4
# Little, since a damaged piece is lost as a whole.
PIECE = 1024
READERS = Limits()


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out.

    Attributes:
        data: plain bytes.
        cut: there is more, beyond the limits.
        damaged: there was more, which nobody can unpack.
    """

    data: bytes
    cut: bool = False
    damaged: bool = False


def inflated(content: bytes, limits: Limits = READERS) -> Unpacked:
    """What can be unpacked of gzip data that may be cut off or damaged: at least as much of it as a reader sees."""
    most, size, position = limits.most_unpacked(len(content)), 0, 0
    chunks: list[bytes] = []
    damaged = True
    with contextlib.suppress(zlib.error):
        ended = True
        while content[position : position + 2] == GZIP:
            stream = zlib.decompressobj(wbits=31)
            while not stream.eof and (position < len(content) or stream.unconsumed_tail):
                packed = stream.unconsumed_tail or content[position : position + PIECE]
                position += 0 if stream.unconsumed_tail else len(packed)
                chunk = stream.decompress(packed, most - size + 1)
                chunks.append(chunk)
                size += len(chunk)
                if size > most:
                    return Unpacked(b"".join(chunks)[:most], cut=True)
            ended = stream.eof
            position -= len(stream.unused_data)
            # Padding between two members is allowed.
            while content[position : position + 1] == b"\0":
                position += 1
        damaged = not ended or position < len(content)
    return Unpacked(b"".join(chunks), damaged=damaged)


def member_of(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits = READERS) -> Unpacked:
    """What can be unpacked of a member, which may be damaged, encrypted or packed in an unknown way."""
    most, size = limits.most_unpacked(info.compress_size), 0
    chunks: list[bytes] = []
    damaged = True
    with contextlib.suppress(*UNREADABLE), archive.open(info) as packed:
        while chunk := packed.read(PIECE):
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                return Unpacked(b"".join(chunks)[:most], cut=True)
        damaged = False
    return Unpacked(b"".join(chunks), damaged=damaged)


def is_bomb(content: bytes, limits: Limits = READERS) -> bool:
    """Whether a workbook, Parquet or Avro file, which is unpacked as a whole, is one that a reader refuses."""
    try:
        if content[:4] == b"PK\x03\x04":
            from connectors.sheet_rows import refuse_bomb

            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                refuse_bomb(archive.infolist(), "", limits)
        elif content[:4] == b"PAR1":
            import pyarrow.parquet as pq

            from connectors.parquet_rows import refuse_claims

            refuse_claims(pq.ParquetFile(io.BytesIO(content)).metadata, "", limits)
        elif content[:4] == b"Obj\x01":
            from connectors.avro_rows import refuse_blocks

            refuse_blocks(content, "", limits)
    except ExportRejected:
        return True
    except UNREADABLE:
        return False
    return False
