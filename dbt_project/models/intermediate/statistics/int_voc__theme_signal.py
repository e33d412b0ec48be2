"""Expected mentions, anomaly and trend of every theme cell in every week, from the weeks before it."""

from typing import Any

from earshot_engine import read, written
from earshot_statistics.theme_weeks import judge_weeks

MENTIONS = "select series, theme_id, segment, channel, week_index, cast(mentions as bigint) as mentions from source"
FEEDBACK = "select segment, channel, week_index, cast(feedback_n as bigint) as feedback_n from source"


def model(dbt: Any, session: Any) -> Any:
    """One row per series, theme, segment and channel that ever mentioned the theme, and week."""
    dbt.config(materialized="table")
    mentions = read(dbt.ref("int_voc__theme_cell"), MENTIONS)
    feedback = read(dbt.ref("int_voc__feedback_cell"), FEEDBACK)
    weeks = read(dbt.ref("int_voc__week"), "select count(*) as weeks from source")
    return written(session, judge_weeks(mentions, feedback, weeks["weeks"][0].as_py()))
