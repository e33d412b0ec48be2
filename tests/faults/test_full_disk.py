"""A disk that fills up while a run publishes: what everyone reads stays, and the run is not on record as published."""

import resource
import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import OperationalError
from walk_support import query

from orchestration import job
from orchestration.assets.loaded import open_store
from orchestration.assets.published import is_served, publish
from orchestration.resources import LogProgress
from orchestration.run_history import begin_run
from orchestration.settings import load_settings
from orchestration.workspace import create_workspace


@pytest.fixture
def settings(company_copy):
    made = load_settings(company_copy)
    for run_id in ("before-gate", "after-gate"):
        begin_run(open_store(made), run_id, datetime.now(UTC), "code", None, whole=True)
    return made


def test_a_failure_before_or_after_the_gate_leaves_everything_as_it_was(settings):
    before, parquet = settings.warehouse_db.read_bytes(), settings.parquet_dir.resolve()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            publish(settings, "before-gate")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    # Something else stands where the Parquet files would go, which are written once the gate has passed.
    (settings.state_dir / "parquet" / "after-gate").write_text("no folder", "utf-8")
    with pytest.raises(NotADirectoryError):
        publish(settings, "after-gate")
    assert (settings.warehouse_db.read_bytes(), settings.parquet_dir.resolve()) == (before, parquet)
    assert query(settings.build_db, "SELECT count(*) > 400 FROM ops.gate_result WHERE run_id = 'after-gate'") == [(True,)]
    for run_id in ("before-gate", "after-gate"):
        assert not is_served(settings, run_id)
        assert query(settings.build_db, "SELECT state FROM ops.run WHERE run_id = ?", [run_id]) != [("published",)]


@pytest.mark.parametrize(
    "trouble",
    [
        OSError(28, "No space left on device"),
        OperationalError("INSERT INTO event_logs", {}, sqlite3.OperationalError("database or disk is full")),
    ],
    ids=["of ours", "of Dagster's history"],
)
def test_a_disk_that_cannot_be_written_to_is_told_to_a_person(tmp_path, monkeypatch, trouble):
    create_workspace(tmp_path / "voc", "Example Ltd", ["zendesk"])

    def fails(*_):
        raise trouble

    monkeypatch.setattr(job, "_execute", fails)
    with pytest.raises(job.RunProblem, match=r"(No space left|disk is full).*Make room") as told:
        job.run_job(load_settings(tmp_path / "voc"), select="", full_refresh=False, wait=False, progress=LogProgress())
    assert told.value.exit_code == job.FAILED
