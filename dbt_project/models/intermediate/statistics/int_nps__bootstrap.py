"""Account-clustered intervals of the NPS months, and of the month-to-month changes, that need them."""

from typing import Any

from earshot_engine import read, read_if_there, written
from earshot_statistics.nps_months import clustered_intervals

ANSWERS = """
select
    month_start,
    segment,
    dense_rank() over (order by respondent) as account,
    cast(promoters as bigint) as promoters,
    cast(detractors as bigint) as detractors,
    cast(answers as bigint) as answers
from source
"""


def model(dbt: Any, session: Any) -> Any:
    """One row per month and segment in which an account answered twice, or also in the month before."""
    dbt.config(materialized="table")
    answers = read(dbt.ref("int_nps__account_month"), ANSWERS)
    return written(session, clustered_intervals(answers, read_if_there(session, dbt.this)))
