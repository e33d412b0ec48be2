"""The sensor asks for one run per change of the inbox, and only once the inbox stands still."""

import dagster as dg
import pytest

from orchestration import inputs
from orchestration.inputs import nothing_new, present_inputs, remember_published
from orchestration.schedules import inbox_sensor
from orchestration.settings import load_settings
from orchestration.workspace import create_workspace


@pytest.fixture
def settings(tmp_path):
    create_workspace(tmp_path, "Example")
    return load_settings(tmp_path)


def looks(settings, cursor):
    """One look of the sensor: run requests, cursor afterwards."""
    job = dg.define_asset_job("main", selection=dg.AssetSelection.all())
    context = dg.build_sensor_context(cursor=cursor)
    said = inbox_sensor(settings, job)(context)
    if isinstance(said, dg.SkipReason):
        return 0, context.cursor
    return len(said.run_requests), said.cursor


def test_a_growing_export_starts_a_run_only_when_it_stands_still(settings):
    export = settings.root / "inbox" / "delighted" / "part.csv"
    export.parent.mkdir(parents=True, exist_ok=True)
    export.write_text("ID\n", "utf-8")
    asked, cursor = looks(settings, None)
    assert asked == 0
    export.write_text("ID\n1\n", "utf-8")
    asked, cursor = looks(settings, cursor)
    assert asked == 0
    asked, cursor = looks(settings, cursor)
    assert asked == 1
    asked, cursor = looks(settings, cursor)
    assert asked == 0


def test_what_is_published_already_starts_no_run(settings):
    (settings.root / "inbox" / "a.csv").write_text("x\n", "utf-8")
    settings.warehouse_db.write_bytes(b"published")
    assert not nothing_new(settings)
    remember_published(settings, present_inputs(settings))
    assert nothing_new(settings)
    _, cursor = looks(settings, None)
    assert looks(settings, cursor)[0] == 0
    settings.warehouse_db.write_bytes(b"someone changed it")
    assert not nothing_new(settings)


def test_what_was_published_under_a_clock_that_was_ahead_is_looked_at_again(settings, monkeypatch):
    settings.warehouse_db.write_bytes(b"published")
    with monkeypatch.context() as ahead:
        ahead.setattr(inputs.time, "time", lambda: 4e9)
        remember_published(settings, present_inputs(settings))
        assert nothing_new(settings)
    assert not nothing_new(settings)
    remember_published(settings, present_inputs(settings))
    assert nothing_new(settings)
