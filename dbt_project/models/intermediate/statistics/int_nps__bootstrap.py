"""Account-clustered intervals of the NPS months, and of the month-to-month changes, that need them."""

from typing import Any

import duckdb
import pyarrow as pa

from earshot_statistics.nps_months import clustered_intervals

ANSWERS = """
select
    month_start,
    segment,
    dense_rank() over (order by respondent) as account,
    cast(promoters as bigint) as promoters,
    cast(detractors as bigint) as detractors,
    cast(answers as bigint) as answers
from per_account
"""


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per month and segment in which an account answered twice, or also in the month before."""
    dbt.config(materialized="table")
    return clustered_intervals(dbt.ref("int_nps__account_month").query("per_account", ANSWERS).to_arrow_table())
