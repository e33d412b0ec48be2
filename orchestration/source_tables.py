"""The tables that dbt reads, as Parquet for another engine: one file a table, `<folder>/<schema>/<table>.parquet`."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.assets.loaded import open_store
from orchestration.assets.transformed import prepare_manifest
from orchestration.build_layout import quoted
from orchestration.settings import Settings

# Engines that are not DuckDB read these types of its own as the ones beside them.
_NEUTRAL = {"JSON": "VARCHAR", "UBIGINT": "DECIMAL(20,0)", "UBIGINT[]": "DECIMAL(20,0)[]", "HUGEINT": "DECIMAL(38,0)"}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: tables, their rows and bytes."""

    tables: int
    rows: int
    bytes: int


def write_source_tables(settings: Settings, folder: Path) -> Written:
    """Write every table of the build database that dbt's sources name.

    The files stand in the order in which the rows were written. A folder of an earlier call is replaced as a whole, so that
    a reader never sees tables of two moments.

    Raises:
        FileExistsError: The folder holds something that no such call has written.
        StoreBusy: Another process has the build database open.
    """
    mark = folder / "tables.json"
    if folder.exists() and any(folder.iterdir()) and not mark.is_file():
        raise FileExistsError(f"{folder} holds other files: name a folder that is empty or that this command wrote")
    aside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    with open_store(settings).connect() as connection:
        rows = {name: _write(connection, name, aside) for name in _sources(settings, connection)}
    (aside / mark.name).write_text(json.dumps({f"{schema}.{table}": count for (schema, table), count in rows.items()}), "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    aside.replace(folder)
    size = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    return Written(len(rows), sum(rows.values()), size)


def _sources(settings: Settings, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    manifest = json.loads(prepare_manifest(settings).read_text("utf-8"))
    named = {(source["schema"], source["identifier"]) for source in manifest["sources"].values()}
    there = connection.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
    )
    return sorted(named & set(there.fetchall()))


def _write(connection: duckdb.DuckDBPyConnection, name: tuple[str, str], folder: Path) -> int:
    schema, table = name
    target = folder / schema / f"{table}.parquet"
    target.parent.mkdir(exist_ok=True)
    columns = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index",
        [schema, table],
    ).fetchall()
    is_table = connection.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = ? AND table_name = ?",
        [schema, table],
    ).fetchone()
    order = "ORDER BY rowid" if is_table else ""
    shaped = ", ".join(f"CAST({quoted(column)} AS {_NEUTRAL.get(kind, kind)}) AS {quoted(column)}" for column, kind in columns)
    path = str(target).replace("'", "''")
    written = connection.execute(
        f"COPY (SELECT {shaped} FROM {quoted(schema)}.{quoted(table)} {order}) TO '{path}' (FORMAT parquet)"
    ).fetchone()
    return int(written[0]) if written else 0
