"""What changed in the signals when something of product operations began."""

from typing import Any

import duckdb
import pyarrow as pa

from earshot_statistics.interrupted import interrupted_rows


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per beginning and measure."""
    dbt.config(materialized="table")
    series = dbt.ref("int_hiring__series").project("period, cast(period_start as date) as period_start, signal, measure, value")
    events = dbt.ref("int_hiring__start").project("event_kind, event_id, cast(event_on as date) as event_on")
    return interrupted_rows(series.to_arrow_table(), events.to_arrow_table())
