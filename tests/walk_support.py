"""How the end-to-end tests call the product and compare published databases."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[1]
EARSHOT = Path(sys.executable).with_name("earshot")
PUBLIC_SCHEMAS = ("core", "voc", "alignment", "hiring", "product_ops", "trust")
# Marts that say when and how something ran; every other mart depends on the exports alone.
ABOUT_RUNS = {"trust.run", "trust.gate_result", "trust.freshness", "trust.source_reconciliation", "trust.quarantine"}
# Columns of the other marts that say when something ran.
ABOUT_RUNS_IN = {"product_ops.tool_stack": ("last_loaded_at",)}


def earshot(*arguments, env=None, timeout=600):
    """Runs the command line as a user would and returns the finished process."""
    return subprocess.run(
        [str(EARSHOT), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **(env or {})},
        check=False,
    )


def query(database, statement, parameters=()):
    """Rows of a read-only query on a database file."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.execute(statement, list(parameters)).fetchall()


def mart_hashes(database):
    """Order-independent hash and row count of every mart that depends on the exports alone."""
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name <> 'main' ORDER BY 1"
        ).fetchall()
        return {
            table: connection.execute(
                "SELECT count(*), md5(string_agg(h, '' ORDER BY h)) "
                f"FROM (SELECT md5(t::VARCHAR) AS h FROM (SELECT * {_without(ABOUT_RUNS_IN.get(table))} FROM {table}) AS t)"
            ).fetchone()
            for (table,) in tables
            if table not in ABOUT_RUNS
        }


def _without(columns):
    return f"EXCLUDE ({', '.join(columns)})" if columns else ""
