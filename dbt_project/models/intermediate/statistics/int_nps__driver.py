"""Which themes go with a high or low NPS."""

from typing import Any

import duckdb
import pyarrow as pa

from earshot_statistics.driver_table import driver_rows


def model(dbt: Any, session: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per theme that answers with a comment mention."""
    dbt.config(materialized="table")
    answers = dbt.ref("int_nps__answer")
    said = dbt.ref("int_voc__mention").filter("series = 'restated'")
    mentions = answers.join(said, "feedback_id").project("cast(answer as bigint) as answer, theme_id")
    columns = "cast(answer as bigint) as answer, cast(account as bigint) as account, cast(net as bigint) as net, commented"
    return driver_rows(answers.project(columns).to_arrow_table(), mentions.to_arrow_table())
