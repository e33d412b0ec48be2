"""Expected mentions, anomaly and trend of every theme cell in every week, from the weeks before it."""

from typing import Any

import duckdb
import pyarrow as pa

from earshot_statistics.theme_weeks import judge_weeks


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per series, theme, segment and channel that ever mentioned the theme, and week."""
    dbt.config(materialized="table")
    mentions = dbt.ref("int_voc__theme_cell").project(
        "series, theme_id, segment, channel, week_index, cast(mentions as bigint) as mentions"
    )
    feedback = dbt.ref("int_voc__feedback_cell").project(
        "segment, channel, week_index, cast(feedback_n as bigint) as feedback_n"
    )
    weeks = dbt.ref("int_voc__week").aggregate("count(*)").fetchall()[0][0]
    return judge_weeks(mentions.to_arrow_table(), feedback.to_arrow_table(), weeks)
