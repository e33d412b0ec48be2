"""Every model, column and test of the warehouse as one page of HTML that needs no server: dbt's own docs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from orchestration.assets.transformed import dbt_variables, prepare_manifest
from orchestration.build_layout import quoted
from orchestration.settings import DBT_PROJECT, Settings, quiet_environment
from orchestration.sql_prompt import QueryProblem

_TABLES = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'published' ORDER BY ALL"


class NoDocs(Exception):
    """The page could not be made; the text says why and what to do."""


def write_model_docs(settings: Settings, page: Path) -> None:
    """Writes the page.

    Dbt reads empty copies of the published tables, so that neither a run nor a reader has to wait, whatever their size.

    Raises:
        NoDocs: dbt refused.
        QueryProblem: nothing was published yet, or the file is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="earshot-docs-") as folder:
        shape = Path(folder) / "marts.duckdb"
        _copy_shape(settings.warehouse_db, shape)
        manifest = prepare_manifest(settings)
        # With what dbt has parsed before, it need not parse again.
        for name in (manifest.name, "partial_parse.msgpack"):
            if (manifest.parent / name).is_file():
                shutil.copy2(manifest.parent / name, folder)
        made = subprocess.run(
            [
                str(Path(sys.executable).with_name("dbt")),
                "docs",
                "generate",
                "--static",
                "--no-compile",
                "--quiet",
                "--project-dir",
                str(DBT_PROJECT),
                "--profiles-dir",
                str(DBT_PROJECT),
                "--target-path",
                str(folder),
                "--log-path",
                str(folder),
                "--vars",
                json.dumps(dbt_variables(settings)),
            ],
            env={**quiet_environment(settings), "EARSHOT_BUILD_DB": ":memory:", "EARSHOT_MARTS_DB": str(shape)},
            capture_output=True,
            text=True,
            check=False,
        )
        static = Path(folder) / "static_index.html"
        if made.returncode or not static.is_file():
            raise NoDocs(f"dbt could not write the page: {(made.stdout + made.stderr).strip()[-600:]}")
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(static.read_bytes())


def _copy_shape(published: Path, shape: Path) -> None:
    if not published.is_file():
        raise QueryProblem(f"Nothing is published yet ({published} is missing). Call `earshot run` first.")
    try:
        with duckdb.connect(str(shape)) as connection:
            literal = str(published).replace("'", "''")
            connection.execute(f"ATTACH '{literal}' AS published (READ_ONLY)")
            for schema, table in connection.execute(_TABLES).fetchall():
                name = f"{quoted(schema)}.{quoted(table)}"
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
                connection.execute(f"CREATE TABLE {name} AS FROM published.{name} LIMIT 0")
    except duckdb.Error as error:
        raise QueryProblem(f"{published} cannot be read: {error}. Publish it anew with `earshot run`.") from None
