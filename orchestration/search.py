"""Looks for words in every file of a folder, inside out: compressed files, archives, workbooks, Parquet, Avro, databases."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from connectors.errors import UNREADABLE
from connectors.parts import Limits
from connectors.unpack import DEEPEST, GZIP, READERS, inflated, is_bomb, member_of


@dataclass(slots=True)
class Searched:
    """What a search found.

    Attributes:
        files: files that were searched.
        bytes: their size.
        found: files by word that occurs in them.
        cut: files that unpack beyond the limits, so that no more of them was searched than a reader would accept.
    """

    files: int = 0
    bytes: int = 0
    found: dict[str, set[Path]] = field(default_factory=dict)
    cut: set[Path] = field(default_factory=set)


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
                if content is None:
                    searched.cut.add(path)
                    continue
                lowered = content.lower()
                for needle, spellings in spelled.items():
                    if any(spelling in lowered for spelling in spellings):
                        searched.found.setdefault(needle, set()).add(path)
    return searched


def _spellings(needle: str) -> set[bytes]:
    plain, low = needle.lower(), needle.lower()
    escaped = json.dumps(needle)[1:-1].lower()
    return {plain.encode(), escaped.encode(), low.replace('"', '""').encode(), low.encode("utf-16-le"), low.encode("utf-16-be")}


def _contents(path: Path, limits: Limits) -> Iterator[bytes | None]:
    content = path.read_bytes()
    yield from _unpacked(content, limits, 0)
    if content[8:12] == b"DUCK":
        yield from _database(path)


def _unpacked(content: bytes, limits: Limits, depth: int) -> Iterator[bytes | None]:
    """A file as it is, and everything that is packed in it; None where something lies beyond the limits."""
    yield content
    if (content[:2] == GZIP or content[:4] == b"PK\x03\x04") and depth >= DEEPEST:
        yield None
    elif content[:2] == GZIP:
        inner = inflated(content, limits)
        yield from _unpacked(inner.data, limits, depth + 1)
        yield from (None,) * inner.cut
    elif content[:4] == b"PK\x03\x04":
        with suppress(*UNREADABLE), zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield "\n".join(archive.namelist()).encode("utf-8", "surrogateescape")
            for info in archive.infolist():
                inner = member_of(archive, info, limits)
                yield from _unpacked(inner.data, limits, depth + 1)
                yield from (None,) * inner.cut
    elif content[:4] in (b"PAR1", b"Obj\x01"):
        yield None if is_bomb(content, limits) else _records(content)


def _records(content: bytes) -> bytes:
    """The records of a Parquet or Avro file, as far as it can be read."""
    with suppress(*UNREADABLE, LookupError, TypeError):
        if content[:4] == b"PAR1":
            import pyarrow.parquet as pq

            return _written(pq.read_table(io.BytesIO(content)).to_pylist())
        import fastavro

        return _written(list(fastavro.reader(io.BytesIO(content))))
    return b""


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
