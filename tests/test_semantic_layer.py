"""The semantic layer in MetricFlow itself, on the published sample company: every metric answers, and equals the mart."""

import logging

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt_metricflow.cli.cli_configuration import CLIConfiguration
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

from orchestration.settings import DBT_PROJECT

WEEK, MONTH = "metric_time__week", "metric_time__month"
# Metric, what it is grouped by, and the same figures read from the mart that publishes them.
EQUAL = {
    "nps": ([MONTH], "SELECT month_start, nps FROM voc.nps_monthly WHERE segment = 'all' AND state = 'ok'"),
    "nps of segments": (
        [MONTH, "account__segment"],
        "SELECT month_start, segment, nps FROM voc.nps_monthly WHERE segment NOT IN ('all', 'unknown') AND state = 'ok'",
    ),
    "theme_share": (
        [WEEK, "theme"],
        "SELECT week_start, theme_id, share FROM voc.theme_weekly"
        " WHERE series = 'restated' AND segment = 'all' AND channel = 'all' AND share IS NOT NULL",
    ),
    "theme_share_by_segment": (
        [WEEK, "theme", "theme_week__segment"],
        "SELECT week_start, theme_id, segment, share FROM voc.theme_weekly"
        " WHERE series = 'restated' AND segment <> 'all' AND channel = 'all' AND share IS NOT NULL",
    ),
    "theme_share_by_channel": (
        [WEEK, "theme", "theme_week__channel"],
        "SELECT week_start, theme_id, channel, share FROM voc.theme_weekly"
        " WHERE series = 'restated' AND segment = 'all' AND channel <> 'all' AND share IS NOT NULL",
    ),
    "theme_alerts": (
        [WEEK],
        "SELECT week_start, count(*) FILTER (WHERE anomaly_q < 0.05) FROM voc.theme_weekly"
        " WHERE series = 'restated' AND channel = 'all' GROUP BY week_start",
    ),
    "arr_exposed_low": (["theme"], "SELECT theme_id, arr_exposed_low FROM voc.theme_summary"),
    "arr_exposed": (["theme"], "SELECT theme_id, arr_exposed FROM voc.theme_summary"),
    "arr_exposed_high": (["theme"], "SELECT theme_id, arr_exposed_high FROM voc.theme_summary"),
    "loop_closure_rate": (
        ["loop__owner_team"],
        "SELECT owner_team, avg(CAST(state = 'told' AS integer)) FROM voc.loop_closure"
        " WHERE state <> 'not_applicable' GROUP BY owner_team",
    ),
    "alignment_health_index": (
        [WEEK],
        "SELECT week_start, health_index FROM alignment.health_weekly WHERE asker_team = 'all' AND state = 'ok'",
    ),
    "alignment_questions": (
        [WEEK, "question__asker_team"],
        "SELECT week_start, asker_team, questions FROM alignment.health_weekly"
        " WHERE asker_team <> 'all' AND questions > 0 AND NOT suppressed",
    ),
    "alignment_readiness_share": (
        [WEEK],
        "SELECT week_start, readiness_share FROM alignment.health_weekly WHERE asker_team = 'all' AND state = 'ok'",
    ),
    "heard_arr_with_decision_share": (
        [MONTH],
        "SELECT month_start, heard_arr_with_decision_share FROM alignment.transparency_monthly"
        " WHERE heard_arr_with_decision_share IS NOT NULL",
    ),
}


@pytest.fixture(scope="module")
def metricflow(company):
    """The engine behind `mf`, set up as the command sets itself up, over the published file alone."""
    handlers, level = list(logging.getLogger().handlers), logging.getLogger().level
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EARSHOT_DBT_TARGET", "published")
        patch.setenv("EARSHOT_PUBLISHED_DB", str(company / "warehouse.duckdb"))
        tool = CLIConfiguration()
        tool.setup(dbt_profiles_path=DBT_PROJECT, dbt_project_path=DBT_PROJECT, configure_file_logging=False)
        yield tool.mf
    DuckDBConnectionManager.close_all_connections()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def rows_of(metricflow, metric, group_by):
    request = MetricFlowQueryRequest.create(metric_names=[metric], group_by_names=group_by)
    table = metricflow.query(request).result_df
    places = [table.column_names.index(name) for name in [*group_by, metric]]
    return [tuple(row[place] for place in places) for row in table.rows]


def keyed(rows):
    return {tuple(str(value)[:10] if i == 0 else value for i, value in enumerate(row[:-1])): float(row[-1]) for row in rows}


@pytest.mark.parametrize("name", EQUAL)
def test_a_metric_equals_its_mart(metricflow, company, name):
    group_by, query = EQUAL[name]
    with duckdb.connect(str(company / "warehouse.duckdb"), read_only=True) as con:
        con.execute("SET TimeZone = 'UTC'")
        expected = keyed(con.execute(query).fetchall())
    found = keyed(row for row in rows_of(metricflow, name.split(" of ")[0], group_by) if row[-1] is not None)
    assert expected
    assert {key: found.get(key) for key in expected} == {key: pytest.approx(value) for key, value in expected.items()}


def test_every_metric_answers_and_says_what_it_means(metricflow, company):
    metrics = {metric.name: metric for metric in metricflow.list_metrics(include_dimensions=False)}
    assert {name.split(" of ")[0] for name in EQUAL} <= set(metrics)
    with duckdb.connect(str(company / "warehouse.duckdb"), read_only=True) as con:
        defined = {name for (name,) in con.execute("SELECT metric FROM trust.metric_definition").fetchall()}
    for name, metric in metrics.items():
        assert metric.description
        meta = metric.config.meta if metric.config else {}
        assert meta.get("definition", "nps") in defined, name
        assert len(rows_of(metricflow, name, [])) == 1


def test_the_published_file_is_only_read(metricflow, company):
    before = (company / "warehouse.duckdb").stat()
    assert rows_of(metricflow, "nps_answers", [])[0][0] > 0
    after = (company / "warehouse.duckdb").stat()
    assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    assert not (company / "warehouse.duckdb.wal").exists()
