"""What changed in the signals when something of product operations began."""

from typing import Any

from earshot_engine import read, written
from earshot_statistics.interrupted import interrupted_rows

SERIES = "select period, cast(period_start as date) as period_start, signal, measure, value from source"
STARTS = "select event_kind, event_id, cast(event_on as date) as event_on from source"


def model(dbt: Any, session: Any) -> Any:
    """One row per beginning and measure."""
    dbt.config(materialized="table")
    series, starts = read(dbt.ref("int_hiring__series"), SERIES), read(dbt.ref("int_hiring__start"), STARTS)
    return written(session, interrupted_rows(series, starts))
