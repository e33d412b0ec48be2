"""What changed in product managers' weeks when something of product operations began."""

from typing import Any

import duckdb
import pyarrow as pa

from earshot_statistics.interrupted import interrupted_rows

MEASURES = (
    "customer_time_share",
    "stakeholder_hours_per_pm",
    "coordination_hours_per_pm",
    "questions_fielded_per_pm",
)


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per beginning and measure."""
    dbt.config(materialized="table")
    weeks = dbt.ref("pm_load_weekly").filter("team = 'all'")
    long = [
        weeks.filter(f"{name} is not null")
        .project(f"week_start, '{name}' as measure, cast({name} as double) as value")
        .to_arrow_table()
        for name in MEASURES
    ]
    events = dbt.ref("int_hiring__start").project("event_kind, event_id, cast(event_on as date) as event_on")
    return interrupted_rows(pa.concat_tables(long), events.to_arrow_table())
