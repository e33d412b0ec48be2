"""`earshot doctor`: whether this machine, these files and this configuration will carry a run, and what to do where not."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from insights.taxonomy import TaxonomyError, load_taxonomy
from orchestration.build_layout import LAYOUT_VERSION
from orchestration.inspection import Finding
from orchestration.resources import lock_holder
from orchestration.settings import Settings
from orchestration.sql_prompt import QueryProblem, open_published

# A run keeps the build database, the marts, a candidate and two sets of Parquet beside the landed copies.
ROOM_PER_INBOX_BYTE = 6
LEAST_ROOM = 1_000_000_000
UNITS = {"MB": 1_000_000, "GB": 1_000_000_000}


def examine(settings: Settings) -> list[Finding]:
    """Everything that is looked at, in the order in which a run would stumble over it; nothing is changed."""
    return [
        *_python(),
        *_room(settings),
        *_memory(settings),
        *_writable(settings),
        *_privacy(settings),
        *_taxonomy(settings),
        *_lock(settings),
        *_build(settings),
        *_published(settings),
    ]


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = sys.version_info[:2] == (3, 11)
    remedy = "" if fits else ": Earshot is built for 3.11. Make its environment with `make setup` on Python 3.11"
    yield Finding("Python", version + remedy, problem=not fits)


def _room(settings: Settings) -> Iterator[Finding]:
    inbox = Path(settings.inbox)
    delivered = sum(path.stat().st_size for path in inbox.rglob("*") if path.is_file()) if inbox.is_dir() else 0
    needed = max(LEAST_ROOM, ROOM_PER_INBOX_BYTE * delivered)
    free = shutil.disk_usage(settings.root).free
    short = free < needed
    remedy = f", a run may need {needed / 1e9:.1f} GB: free some, or move the workspace" if short else ""
    yield Finding("disk", f"{free / 1e9:.1f} GB free beside {delivered / 1e9:.1f} GB of exports{remedy}", problem=short)


def _memory(settings: Settings) -> Iterator[Finding]:
    limit = settings.config.run.memory_limit
    wanted = float(limit[:-2]) * UNITS[limit[-2:]]
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    tight = wanted > 0.8 * there
    remedy = ": lower run.memory_limit in earshot.toml, DuckDB then spills to disk" if tight else ""
    yield Finding("memory", f"{there / 1e9:.1f} GB on the machine, run.memory_limit is {limit}{remedy}", problem=tight)


def _writable(settings: Settings) -> Iterator[Finding]:
    for folder in (settings.root, settings.state_dir):
        if not folder.is_dir():
            continue
        try:
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(b"0")
        except OSError as error:
            yield Finding(str(folder), f"cannot be written to ({error.strerror}): give its owner write access", problem=True)
        else:
            yield Finding(str(folder), "can be written to")


def _privacy(settings: Settings) -> Iterator[Finding]:
    for path, wanted in ((settings.state_dir, 0o700), (settings.state_dir / "salt", 0o600), (settings.build_db, 0o600)):
        if not path.exists():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wide = mode & ~wanted
        remedy = f" lets others read customers' data: `chmod {wanted:o} {path}`" if wide else ""
        yield Finding(str(path), f"mode {mode:o}{remedy}", problem=bool(wide))


def _taxonomy(settings: Settings) -> Iterator[Finding]:
    try:
        taxonomy = load_taxonomy(settings.themes_file)
    except TaxonomyError as error:
        yield Finding(settings.themes_file.name, str(error), problem=True)
    else:
        yield Finding(settings.themes_file.name, f"{taxonomy.to_arrow().num_rows} themes")


def _lock(settings: Settings) -> Iterator[Finding]:
    lock = settings.state_dir / "run.lock"
    if not lock.exists():
        yield Finding("run lock", "nothing has run here yet: `earshot run`")
        return
    holder = lock_holder(lock)
    yield Finding("run lock", f"{holder}; it is freed when that process ends" if holder else "free")


def _build(settings: Settings) -> Iterator[Finding]:
    if not settings.build_db.exists():
        return
    try:
        with duckdb.connect(str(settings.build_db), read_only=True) as connection:
            found = connection.execute("SELECT max(version) FROM ops.schema_version").fetchall()[0][0]
    except duckdb.Error as error:
        in_use = "lock" in str(error).lower()
        first = str(error).split("\n", maxsplit=1)[0]
        remedy = "a run is using it" if in_use else f"{first}: `earshot run --full-refresh` rebuilds it from what has landed"
        yield Finding(settings.build_db.name, remedy, problem=not in_use)
        return
    newer = found > LAYOUT_VERSION
    remedy = ", written by a newer Earshot: update this one" if newer else ""
    yield Finding(settings.build_db.name, f"layout {found}{remedy}", problem=newer)


def _published(settings: Settings) -> Iterator[Finding]:
    if not settings.warehouse_db.exists():
        yield Finding("published", "nothing yet: put exports into the inbox and call `earshot run`")
        return
    try:
        with open_published(settings.warehouse_db) as connection:
            rows = connection.execute("SELECT max(finished_at) FROM trust.run WHERE state = 'published'").fetchall()
    except (QueryProblem, duckdb.Error) as problem:
        yield Finding("published", str(problem), problem=True)
        return
    moment = rows[0][0]
    if moment is not None and moment > datetime.now(UTC):
        yield Finding(
            "clock", f"the last publication is of {moment:%Y-%m-%d %H:%M} UTC, ahead of this clock: set it", problem=True
        )
    yield Finding("published", f"last on {moment:%Y-%m-%d %H:%M} UTC" if moment else "by no run on record")
