"""Dagster's event log for the length of a run: thousands of small commits that need not each wait for the disk."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def unhurried_sync() -> Iterator[None]:
    """Lets SQLite write Dagster's events through its log without waiting for the disk at every one.

    Dagster opens and closes the file for each event, and closing the last connection moves the whole log into the file;
    a connection that stays open for the run spares that. A crash of the machine may cost the last events of Dagster's
    own history, never its consistency (sqlite.org/pragma.html#pragma_synchronous); a killed process costs nothing.
    """
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    kept: dict[str, sqlite3.Connection] = {}

    def tune(connection: Any, _: object) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("PRAGMA synchronous = NORMAL")
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        if path and path not in kept:
            kept[path] = sqlite3.connect(path, check_same_thread=False)
            kept[path].execute("SELECT count(*) FROM sqlite_master").fetchone()

    event.listen(Engine, "connect", tune)
    try:
        yield
    finally:
        event.remove(Engine, "connect", tune)
        for connection in kept.values():
            connection.close()
