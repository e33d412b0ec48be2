"""What is planted in the sample company is found in its true labels, and nothing in a company where nothing is planted."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from demo.generate import generate
from earshot_statistics.anomaly import ALERT
from earshot_statistics.theme_weeks import judge_weeks

WEEKS = 78
LABELS = """
create temp table said as
select
    channel, coalesce(segment, 'unknown') as segment, theme_ids, source_system || source_stream || source_key as item,
    date_diff('week', date '2024-12-30', date_trunc('week', occurred_at::timestamptz at time zone 'UTC')::date) as week_index
from read_csv(?, all_varchar = true)
where deleted = '0' and week_index >= 0
"""
ROLLED_UP = "(select * exclude (segment, channel), unnest([segment, 'all']) as segment, channel from said)"
FEEDBACK = f"""
select segment, channel, week_index, count(*) as feedback_n
from (select * exclude (channel), unnest([channel, 'all']) as channel from {ROLLED_UP})
group by all
"""
MENTIONS = f"""
select 'restated' as series, theme_id, segment, channel, week_index, count(distinct item) as mentions
from (
    select * exclude (channel, theme_ids), unnest([channel, 'all']) as channel, theme_id
    from {ROLLED_UP}, (select unnest(regexp_split_to_array(theme_ids, '[^a-z_]+')) as theme_id)
)
where theme_id <> ''
group by all
"""


def judged(folder: Path, *, planted: bool) -> pa.Table:
    generate(folder, size=1.0, seed=7, planted=planted)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute(LABELS, [str(folder / "truth_labels.csv")])
        mentions, feedback = con.sql(MENTIONS).to_arrow_table(), con.sql(FEEDBACK).to_arrow_table()
    assert len(mentions) > 1000
    return judge_weeks(mentions, feedback, WEEKS)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    return judged(tmp_path_factory.mktemp("planted"), planted=True).to_pylist()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, object]]:
    return judged(tmp_path_factory.mktemp("quiet"), planted=False).to_pylist()


def test_the_doubling_theme_is_rising_and_nothing_else_is(planted: list[dict[str, object]]) -> None:
    now = {
        (row["theme_id"], row["segment"]): row["trend"]
        for row in planted
        if row["week_index"] == WEEKS - 1 and row["channel"] == "all"
    }
    assert now["data_export", "enterprise"] == "rising"
    moving = {theme for (theme, _), trend in now.items() if trend in ("rising", "falling", "new")}
    assert moving == {"data_export"}


@pytest.mark.parametrize("company", ["planted", "quiet"])
def test_few_quiet_weeks_alert(company: str, request: pytest.FixtureRequest) -> None:
    rows = [
        row for row in request.getfixturevalue(company) if row["anomaly_q"] is not None and row["theme_id"] != "data_export"
    ]
    weeks = {row["week_index"] for row in rows}
    alerts = {row["week_index"] for row in rows if row["anomaly_q"] < ALERT}  # type: ignore[operator]
    assert len(weeks) >= 60
    assert len(alerts) <= 0.05 * len(weeks)


def test_a_company_where_nothing_happens_has_no_trends_now(quiet: list[dict[str, object]]) -> None:
    assert {row["trend"] for row in quiet if row["week_index"] == WEEKS - 1} == {"stable", "insufficient_data"}
