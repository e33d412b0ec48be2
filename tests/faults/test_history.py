"""A process that ends around the moment of publication: the history never speaks of a version that nobody can read."""

from datetime import UTC, datetime, timedelta

import pytest
from walk_support import query

from data_quality.gate import Verdict
from orchestration.assets import published
from orchestration.assets.loaded import open_store
from orchestration.definitions import settle_history
from orchestration.run_history import begin_run, finish_run, later_publication
from orchestration.settings import load_settings
from orchestration.workspace import create_workspace

RUN = "the-run-that-is-killed"


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


def _state(settings):
    return query(settings.build_db, "SELECT state FROM ops.run WHERE run_id = ?", [RUN])[0][0]


@pytest.mark.parametrize(
    ("ended_in", "left", "served", "settled"),
    [
        ("_replace", "running", False, "failed"),
        ("_switch_parquet", "running", True, "published"),
        ("finish_run", "running", True, "published"),
    ],
)
def test_the_history_says_what_is_served_wherever_the_process_ends(company_copy, monkeypatch, ended_in, left, served, settled):
    def dies(*_):
        raise Killed

    settings = load_settings(company_copy)
    store = open_store(settings)
    begin_run(store, RUN, datetime.now(UTC), "code", None, whole=True)
    monkeypatch.setattr(published, "judge", lambda *_, **__: Verdict(()))
    monkeypatch.setattr(published, ended_in, dies)
    with pytest.raises(Killed):
        published.publish(settings, RUN)
    monkeypatch.undo()
    assert _state(settings) == left
    assert (published.served_run(settings) == RUN) == served
    # The published file says so of itself whoever is killed afterwards.
    assert query(settings.warehouse_db, "SELECT count(*) FROM trust.run WHERE run_id = ?", [RUN]) == [(int(served),)]
    settle_history(settings, store)
    begin_run(store, "the next run", datetime.now(UTC), "code", None, whole=True)
    assert _state(settings) == settled


def test_a_published_file_that_cannot_be_read_settles_nothing(company_copy):
    settings = load_settings(company_copy)
    before = query(settings.build_db, "FROM ops.run")
    settings.warehouse_db.write_bytes(b"no database")
    settle_history(settings, open_store(settings))
    assert query(settings.build_db, "FROM ops.run") == before


def test_a_clock_that_jumps_is_seen_by_the_order_of_runs_alone(tmp_path):
    create_workspace(tmp_path / "voc", "Example Ltd", ["zendesk"])
    settings = load_settings(tmp_path / "voc")
    store = open_store(settings)
    store.prepare([])
    today = datetime(2026, 11, 26, tzinfo=UTC)
    ahead, behind = today + timedelta(days=400), today - timedelta(days=400)
    assert later_publication(store, today) is None
    for number, moment in enumerate((today, ahead, behind)):
        begin_run(store, str(number), moment, "code", None, whole=True)
        finish_run(store, str(number), "published", moment)
        assert later_publication(store, moment) is None
        assert later_publication(store, moment - timedelta(hours=1)) == moment
    # One run under the right clock is enough: a clock that was ahead once is not believed for ever.
    assert later_publication(store, today) is None
