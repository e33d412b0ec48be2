"""How the end-to-end tests call the product and compare published databases."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks.faults import mart_hashes

ROOT = Path(__file__).resolve().parents[1]
EARSHOT = Path(sys.executable).with_name("earshot")
__all__ = ["EARSHOT", "PUBLIC_SCHEMAS", "earshot", "mart_hashes", "query"]

PUBLIC_SCHEMAS = ("core", "voc", "alignment", "hiring", "product_ops", "trust")


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
