"""The most likely account of each record that the exact methods leave; what has not changed is not compared again."""

from typing import Any

import duckdb
import pyarrow as pa

from earshot_identity.linkage import link


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per unlinked record, with the nearest account, and whether it is near enough."""
    dbt.config(materialized="table")
    unlinked = dbt.ref("int_account_unlinked").to_arrow_table()
    accounts = dbt.ref("int_account_known_name").to_arrow_table()
    return link(unlinked, accounts, _known(dbt, session))


def _known(dbt: Any, session: duckdb.DuckDBPyConnection) -> pa.Table | None:
    """What the last run found."""
    there = session.execute(
        "select 1 from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
        [dbt.this.database, dbt.this.schema, dbt.this.identifier],
    ).fetchone()
    return session.execute(f"from {dbt.this}").to_arrow_table() if there else None
