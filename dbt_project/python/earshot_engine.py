"""What Python models read and give back, on each engine: Arrow tables on the way in and out, so that they know no engine."""

from __future__ import annotations

from typing import Any

import pyarrow as pa


def read(relation: Any, query: str = "select * from source") -> pa.Table:
    """Rows of a model, as a query in DuckDB's SQL over `source` shapes them.

    Args:
        relation: What `dbt.ref` returns: a relation of DuckDB, or a DataFrame of Spark, whose rows come to the driver.
        query: The columns and rows wanted of `source`.
    """
    if hasattr(relation, "toArrow"):
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            return connection.from_arrow(relation.toArrow()).query("source", query).to_arrow_table()
    return relation.query("source", query).to_arrow_table()


def written(session: Any, table: pa.Table) -> Any:
    """The table as the engine of the session takes it."""
    return session.createDataFrame(table) if hasattr(session, "createDataFrame") else table


def read_if_there(session: Any, this: Any) -> pa.Table | None:
    """Rows of the model itself as the last build left them, None before the first.

    Args:
        session: The session that the model is given.
        this: Its `dbt.this`.
    """
    if hasattr(session, "createDataFrame"):
        return session.table(str(this)).toArrow() if session.catalog.tableExists(str(this)) else None
    there = session.execute(
        "select 1 from duckdb_tables() where database_name = ? and schema_name = ? and table_name = ?",
        [this.database, this.schema, this.identifier],
    ).fetchone()
    return session.execute(f"from {this}").to_arrow_table() if there else None
