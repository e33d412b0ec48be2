"""A month that is backfilled is what a full refresh makes of it, and no row of another day is touched."""

from datetime import date

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from orchestration.assets.usage import USAGE_KEY
from orchestration.cli import app
from orchestration.definitions import JOB, build_defs
from orchestration.inputs import nothing_new
from orchestration.job import RunProblem, recount_days
from orchestration.rebuilds import BUILT_OF
from orchestration.resources import LogProgress
from orchestration.settings import load_settings, quiet_environment

MONTH = "usage_date BETWEEN DATE '2026-05-01' AND DATE '2026-05-31'"


def rows(database, where):
    """Every row with the place where it is stored: a row that was written again stands in another one."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(
            f"SELECT rowid, * EXCLUDE (events), events FROM intermediate.int_feature_use WHERE {where} ORDER BY ALL"
        ).fetchall()


def content(found):
    return sorted((row[1:] for row in found), key=repr)


def test_a_backfilled_month_is_as_counted_at_first_and_all_other_days_stay_where_they_are(company_copy, monkeypatch):
    settings = load_settings(company_copy)
    for name, value in quiet_environment(settings).items():
        monkeypatch.setenv(name, value)
    database = settings.build_db
    counted, others = rows(database, MONTH), rows(database, f"NOT ({MONTH})")
    assert counted and others
    with duckdb.connect(str(database)) as connection:
        # Wrong counts, a day without any, and rows of a day that had none, inside and outside of the month.
        connection.execute("UPDATE intermediate.int_feature_use SET events = events + 1000 WHERE day(usage_date) = 10")
        connection.execute("DELETE FROM intermediate.int_feature_use WHERE usage_date = DATE '2026-05-12'")
    spoilt, spoilt_others = rows(database, MONTH), rows(database, f"NOT ({MONTH})")
    assert content(spoilt) != content(counted)
    assert content(spoilt_others) != content(others)

    recount_days(settings, date(2026, 5, 1), date(2026, 5, 31), wait=False, progress=LogProgress())

    assert content(rows(database, MONTH)) == content(counted)
    assert rows(database, f"NOT ({MONTH})") == spoilt_others
    # What readers see follows with the next run, which knows that there is something to do.
    assert not nothing_new(settings)
    with duckdb.connect(str(database), read_only=True) as connection:
        (known,) = connection.execute("SELECT value FROM ops.state WHERE name = ?", [BUILT_OF]).fetchone()
        states = connection.execute("SELECT DISTINCT state FROM ops.run ORDER BY ALL").fetchall()
    assert "int_product_event" in known and "int_feature_use" not in known
    assert ("partial",) in states and ("running",) not in states and ("failed",) not in states


def test_the_days_are_partitions_that_a_usual_run_leaves_alone(company):
    definitions = build_defs(load_settings(company))
    node = definitions.resolve_asset_graph().get(USAGE_KEY)
    assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition)
    # One run for all of them: dbt starts once.
    assert node.backfill_policy.max_partitions_per_run is None
    assert USAGE_KEY not in definitions.resolve_job_def(JOB).asset_layer.selected_asset_keys


@pytest.mark.parametrize("span", [("2026-05-31", "2026-05-01"), ("2026-05-01", "2999-01-01"), ("1999-01-01", "2026-05-01")])
def test_what_is_no_span_of_days_is_said(company, span):
    said = CliRunner().invoke(app, ["backfill", "--from", span[0], "--to", span[1], "-w", str(company)])
    assert said.exit_code == 2
    assert f"{span[0]} to {span[1]} is no span of days" in " ".join(said.output.split())


def test_where_nothing_was_counted_yet_nothing_is_counted_again(tmp_path):
    assert CliRunner().invoke(app, ["init", str(tmp_path), "--system", "amplitude"]).exit_code == 0
    with pytest.raises(RunProblem, match="Run `earshot run` first"):
        recount_days(load_settings(tmp_path), date(2026, 5, 1), date(2026, 5, 1), wait=False, progress=LogProgress())
