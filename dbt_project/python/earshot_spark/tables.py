"""Tables of Spark over Parquet: `<folder>/<schema>/<table>.parquet`, a file each, or a folder where Spark wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def register(session: Any, folder: Path) -> list[str]:
    """Name each file or folder as a table of its schema; a table of that name is replaced, its file stays.

    Returns:
        The names of the tables.
    """
    files = sorted(folder.resolve().glob("*/*.parquet"))
    for schema in sorted({path.parent.name for path in files}):
        session.sql(f"create schema if not exists {schema}")
    for path in files:
        name = f"{path.parent.name}.{path.stem}"
        session.sql(f"drop table if exists {name}")
        session.sql(f"create table {name} ({_columns(path)}) using parquet location '{path}'")
    return [f"{path.parent.name}.{path.stem}" for path in files]


def _columns(path: Path) -> str:
    """Columns of a table for Spark's SQL; said here, they cost no Spark job a table."""
    import pyarrow.parquet as pq
    from pyspark.sql.pandas.types import from_arrow_type

    schema = pq.ParquetDataset(path).schema
    return ", ".join(
        f"`{field.name}` {from_arrow_type(getattr(field.type, 'storage_type', field.type)).simpleString()}" for field in schema
    )
