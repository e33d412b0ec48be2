"""The Spark session that dbt builds in: settings under which Spark reads the project's SQL as DuckDB does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

SETTINGS = {
    # Engines agree on a moment only where nobody's own time zone takes part.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # Casts and divisions that cannot be answered stop the build instead of leaving nulls.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.mapKeyDedupPolicy": "LAST_WIN",
    "spark.ui.enabled": "false",
}


def open_session(warehouse: Path, master: str = "local[2]", settings: dict[str, str] | None = None) -> Any:
    """The session of this process, made at the first call.

    Args:
        warehouse: Folder of the tables that dbt builds.
        master: Spark's master: `local[2]`, `local-cluster[2,1,1024]`, `spark://…`, `yarn`.
        settings: Settings of Spark beside those that results depend on.

    Returns:
        A `pyspark.sql.SparkSession`.
    """
    from pyspark.sql import SparkSession

    # Workers on this machine have this Python's packages; where they run elsewhere, the variable says which Python is theirs.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("earshot").config("spark.sql.warehouse.dir", str(warehouse.resolve()))
    for name, value in {**(settings or {}), **SETTINGS}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
