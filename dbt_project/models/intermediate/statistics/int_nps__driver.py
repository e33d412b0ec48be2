"""Which themes go with a high or low NPS."""

from typing import Any

from earshot_engine import read, written
from earshot_statistics.driver_table import driver_rows

ANSWERS = """
select
    feedback_id,
    cast(answer as bigint) as answer,
    cast(account as bigint) as account,
    cast(net as bigint) as net,
    commented
from source
"""
SAID = "select feedback_id, theme_id from source where series = 'restated'"


def model(dbt: Any, session: Any) -> Any:
    """One row per theme that answers with a comment mention."""
    dbt.config(materialized="table")
    answers = read(dbt.ref("int_nps__answer"), ANSWERS)
    mentions = read(dbt.ref("int_voc__mention"), SAID).join(
        answers.select(["feedback_id", "answer"]), "feedback_id", join_type="inner"
    )
    return written(session, driver_rows(answers.drop_columns("feedback_id"), mentions.select(["answer", "theme_id"])))
