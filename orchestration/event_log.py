"""Dagster's event log for the length of a run: thousands of small commits that need not each wait for the disk."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.instance import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS, create_db_conn_string
from dagster._serdes import ConfigurableClassData


class LastingEventLog(SqliteEventLogStorage):
    """Dagster's own event log, whose connections last as long as it: it writes thousands of events and reads as often.

    Made anew for each event, as it is elsewhere, a connection also forgets how every statement is compiled.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, sa.Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> LastingEventLog:
        """As Dagster makes it of its configuration."""
        return cls(inst_data=inst_data, **config_value)

    @contextlib.contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            engine = self._engines.get(shard)
            if engine is None:
                engine = sa.create_engine(
                    create_db_conn_string(self._base_dir, shard), connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
                )
                self._initdb(engine)
                self._engines[shard] = engine
            with engine.begin() as connection:
                yield connection

    def dispose(self) -> None:
        """Closes the connections."""
        super().dispose()
        with self._db_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()


@contextlib.contextmanager
def lasting_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's instance in a folder, for the length of a run."""
    log = {"module": __name__, "class": LastingEventLog.__name__, "config": {"base_dir": str(home / "history" / "runs")}}
    with (
        unhurried_sync(),
        dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides={"event_log_storage": log})) as one,
    ):
        yield one


@contextlib.contextmanager
def unhurried_sync() -> Iterator[None]:
    """Lets SQLite write Dagster's events through its log without waiting for the disk at every one.

    Closing the last connection moves the whole log into the file; a connection that stays open for the run spares that.
    A crash of the machine may cost the last events of Dagster's own history, never its consistency
    (sqlite.org/pragma.html#pragma_synchronous); a killed process costs nothing.
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
