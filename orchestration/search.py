"""Looks for words in every file of a folder, inside out: compressed files, archives, workbooks, Parquet, Avro, databases."""

from __future__ import annotations

import html
import io
import json
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

import duckdb

from connectors import avro_rows, parquet_rows
from connectors.errors import UNREADABLE, ExportRejected
from connectors.parts import Limits
from connectors.rewrite import spellings_of
from connectors.unpack import DEEPEST, GZIP, READERS, Unpacked, inflated, is_bomb, member_of


@dataclass(slots=True)
class Searched:
    """What a search found.

    Attributes:
        files: files that were searched.
        bytes: their size.
        found: files by word that occurs in them.
        cut: files that unpack beyond the limits, so that no more of them was searched than a reader would accept.
        damaged: files of which a part can be unpacked by nobody, so that only the rest was searched.
    """

    files: int = 0
    bytes: int = 0
    found: dict[str, set[Path]] = field(default_factory=dict)
    cut: set[Path] = field(default_factory=set)
    damaged: set[Path] = field(default_factory=set)


class Unsearched(Enum):
    """Why a part of a file was not searched."""

    BEYOND_LIMITS = auto()
    DAMAGED = auto()


def find_needles(
    roots: Iterable[Path], needles: Sequence[str], *, skip: Collection[Path] = (), limits: Limits = READERS
) -> Searched:
    """Searches files for words, whatever their case, as they are and as JSON writes them.

    Args:
        roots: folders, or files.
        needles: words.
        skip: files that are passed over.
        limits: bounds on what is unpacked.
    """
    searched = Searched()
    spelled = {needle: _spellings(needle) for needle in needles if needle}
    for root in roots:
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path in skip or path.is_symlink() or not path.is_file():
                continue
            searched.files += 1
            searched.bytes += path.stat().st_size
            for content in _contents(path, limits):
                if isinstance(content, Unsearched):
                    (searched.cut if content is Unsearched.BEYOND_LIMITS else searched.damaged).add(path)
                    continue
                lowered = content.lower()
                for needle, spellings in spelled.items():
                    if any(spelling in lowered for spelling in spellings):
                        searched.found.setdefault(needle, set()).add(path)
    return searched


def _spellings(needle: str) -> set[bytes]:
    """A word as files may write it, with ASCII letters in lower case."""
    cases = {form for text in (needle, needle.lower(), needle.upper(), needle.title()) for form in spellings_of(text)}
    escaped = {json.dumps(text)[1:-1] for text in cases}
    texts = cases | escaped | {text.replace('"', '""') for text in cases} | {html.escape(text) for text in cases}
    found = {text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le", "utf-16-be")}
    for text in cases:
        with suppress(UnicodeEncodeError):
            found.add(text.encode("cp1252"))
    return {spelling.lower() for spelling in found}


def _contents(path: Path, limits: Limits) -> Iterator[bytes | Unsearched]:
    content = path.read_bytes()
    yield from _unpacked(content, limits, 0)
    if content[8:12] == b"DUCK":
        yield from _database(path)


def _unpacked(content: bytes, limits: Limits, depth: int) -> Iterator[bytes | Unsearched]:
    """A file as it is, and everything that is packed in it, with a word on what could not be unpacked."""
    yield content
    if (content[:2] == GZIP or content[:4] == b"PK\x03\x04") and depth >= DEEPEST:
        yield Unsearched.BEYOND_LIMITS
    elif content[:2] == GZIP:
        yield from _inner(inflated(content, limits), limits, depth)
    elif content[:4] == b"PK\x03\x04":
        try:
            archive = zipfile.ZipFile(io.BytesIO(content))
        except UNREADABLE:
            yield Unsearched.DAMAGED
            return
        with archive:
            yield "\n".join(archive.namelist()).encode("utf-8", "surrogateescape")
            for info in archive.infolist():
                yield from _inner(member_of(archive, info, limits), limits, depth)
    elif content[:4] in (b"PAR1", b"Obj\x01"):
        if is_bomb(content, limits):
            yield Unsearched.BEYOND_LIMITS
        else:
            yield from _records(content, limits)


def _inner(inner: Unpacked, limits: Limits, depth: int) -> Iterator[bytes | Unsearched]:
    yield from _unpacked(inner.data, limits, depth + 1)
    yield from (Unsearched.BEYOND_LIMITS,) * inner.cut
    yield from (Unsearched.DAMAGED,) * inner.damaged


def _records(content: bytes, limits: Limits) -> Iterator[bytes | Unsearched]:
    """The records of a Parquet or Avro file, as far as it can be read."""
    import pyarrow as pa

    try:
        if content[:4] == b"PAR1":
            parquet = parquet_rows.salvaged(content)
            yield _written(parquet.table.to_pylist())
            damaged = parquet.damaged
        else:
            avro = avro_rows.salvaged(content, limits)
            # A text is written as it is, so that blocks are searched even where their records cannot be told apart.
            yield from avro.blocks
            damaged = avro.damaged
    except (*UNREADABLE, pa.ArrowException, ExportRejected):
        damaged = True
    yield from (Unsearched.DAMAGED,) * damaged


def _written(rows: object) -> bytes:
    return json.dumps(rows, ensure_ascii=False, default=str).encode("utf-8", "replace")


def _database(path: Path) -> Iterator[bytes]:
    """Every value of every table: a database packs its strings, so that its bytes alone prove nothing."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal"
        ).fetchall()
        for schema, table in tables:
            cursor = connection.execute(f'SELECT t::VARCHAR FROM "{schema}"."{table}" AS t')
            while rows := cursor.fetchmany(10_000):
                yield "\n".join(row[0] or "" for row in rows).encode()
