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
from connectors.rewrite import GZIP, inflated, unpacked


@dataclass(slots=True)
class Searched:
    """What a search found.

    Attributes:
        files: files that were searched.
        bytes: their size.
        found: files by word that occurs in them.
    """

    files: int = 0
    bytes: int = 0
    found: dict[str, set[Path]] = field(default_factory=dict)


def find_needles(roots: Iterable[Path], needles: Sequence[str], *, skip: Collection[Path] = ()) -> Searched:
    """Searches files for words, whatever their case, as they are and as JSON writes them.

    Args:
        roots: folders, or files.
        needles: words.
        skip: files that are passed over.
    """
    searched = Searched()
    spelled = {needle: _spellings(needle) for needle in needles if needle}
    for root in roots:
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path in skip or path.is_symlink() or not path.is_file():
                continue
            searched.files += 1
            searched.bytes += path.stat().st_size
            for content in _contents(path):
                lowered = content.lower()
                for needle, spellings in spelled.items():
                    if any(spelling in lowered for spelling in spellings):
                        searched.found.setdefault(needle, set()).add(path)
    return searched


def _spellings(needle: str) -> set[bytes]:
    plain, low = needle.lower(), needle.lower()
    escaped = json.dumps(needle)[1:-1].lower()
    return {plain.encode(), escaped.encode(), low.replace('"', '""').encode(), low.encode("utf-16-le"), low.encode("utf-16-be")}


def _contents(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield from _unpacked(content)
    if content[8:12] == b"DUCK":
        yield from _database(path)


def _unpacked(content: bytes) -> Iterator[bytes]:
    """A file as it is, and everything that is packed in it."""
    yield content
    if content[:2] == GZIP:
        yield from _unpacked(inflated(content))
    elif content[:4] == b"PK\x03\x04":
        with suppress(*UNREADABLE), zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield "\n".join(archive.namelist()).encode("utf-8", "surrogateescape")
            for info in archive.infolist():
                yield from _unpacked(unpacked(archive, info))
    elif content[:4] == b"PAR1":
        import pyarrow.parquet as pq

        with suppress(*UNREADABLE):
            yield _written(pq.read_table(io.BytesIO(content)).to_pylist())
    elif content[:4] == b"Obj\x01":
        import fastavro

        with suppress(*UNREADABLE, LookupError, TypeError):
            yield _written(list(fastavro.reader(io.BytesIO(content))))


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
