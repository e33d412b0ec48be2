"""What is told after a run, once, and what Prometheus reads."""

import json
import sys
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import start_http_server

from orchestration.alerts import send_alerts
from orchestration.metrics import registry, write_metrics
from orchestration.run_history import begin_run, close_open_run, finish_run, record_steps
from orchestration.settings import load_settings
from orchestration.store import BuildStore

NOW = datetime.now(UTC)
TELLER = "import pathlib, sys; f = pathlib.Path('told.txt').open('a'); f.write(sys.stdin.read()); f.close()"


@pytest.fixture
def settings(tmp_path):
    """A workspace that tells its news to a file, with an empty build database."""
    command = json.dumps([sys.executable, "-c", TELLER])
    config = f'[delivery]\ncommand = {command}\n[observability]\nmetrics_file = "out/earshot.prom"\n'
    (tmp_path / "earshot.toml").write_text(config, "utf-8")
    made = load_settings(tmp_path)
    BuildStore(made.build_db).prepare([])
    return made


def ended(settings, run_id, *broken, minutes=0):
    """A run that found these expectations broken: suite, expectation, severity, what was seen."""
    store = BuildStore(settings.build_db)
    begin_run(store, run_id, NOW + timedelta(minutes=minutes), "code", None, whole=True)
    with store.connect() as connection:
        for suite, expectation, severity, observed in broken:
            row = [run_id, suite, expectation, "core.account", severity, observed]
            connection.execute(
                "INSERT INTO ops.gate_result (run_id, suite, expectation, object, severity, observed, success, waived) "
                "VALUES (?, ?, ?, ?, ?, ?, false, false)",
                row,
            )
    if broken and broken[0][2] == "blocking":
        close_open_run(store, run_id, NOW + timedelta(minutes=minutes, seconds=30))
    else:
        finish_run(store, run_id, "published", NOW + timedelta(minutes=minutes, seconds=30))


def told(settings):
    """The titles that were told since the last call, and all that was said."""
    receipts = send_alerts(settings)
    assert all(receipt.delivered for receipt in receipts)
    path = settings.root / "told.txt"
    said = path.read_text("utf-8") if path.exists() else ""
    path.unlink(missing_ok=True)
    return [line[2:] for line in said.splitlines() if line.startswith("# ")], said


KEYS = ("mart.core.account", "unique_key", "blocking", "1 violation, such as account_id jane@example.com")
ARR = ("mart.core.account", "arr_in_range", "blocking", "2 violations")


def test_a_block_is_told_once_until_it_changes_and_once_when_it_is_over(settings):
    ended(settings, "r1", KEYS)
    titles, said = told(settings)
    assert len(titles) == 1
    assert "the gate blocked the run" in titles[0]
    assert "unique_key on core.account: 1 violation" in said
    assert "jane@" not in said
    assert told(settings)[0] == []
    ended(settings, "r2", KEYS, minutes=1)
    assert told(settings)[0] == []
    ended(settings, "r3", KEYS, ARR, minutes=2)
    assert "arr_in_range" in told(settings)[1]
    ended(settings, "r4", minutes=3)
    assert told(settings)[0] == ["My company: over: block"]
    assert told(settings)[0] == []
    ended(settings, "r5", KEYS, minutes=4)
    assert len(told(settings)[0]) == 1


def test_dried_up_sources_and_odd_volumes_are_told(settings):
    ended(settings, "r1", ("landed.zendesk__ticket", "usual_volume", "warning", "3 rows, usually 400"))
    with BuildStore(settings.build_db).connect() as connection:
        connection.execute(
            "INSERT INTO ops.stream (source, stream, expected_every_days, last_loaded_at) VALUES "
            "('zendesk', 'ticket', 7, now() - INTERVAL 15 DAY), ('jira', 'issue', 7, now() - INTERVAL 13 DAY)"
        )
    titles, said = told(settings)
    assert titles == ["My company: deliveries out of their usual volume", "My company: exports that have stopped coming"]
    assert "zendesk ticket: expected every 7 days" in said
    assert "jira" not in said


def test_only_the_wanted_kinds_are_told(settings):
    config = (settings.root / "earshot.toml").read_text("utf-8")
    (settings.root / "earshot.toml").write_text(config + 'alerts = ["staleness"]\n', "utf-8")
    ended(settings, "r1", KEYS)
    assert told(load_settings(settings.root))[0] == []


def test_prometheus_reads_runs_steps_and_gates_from_file_and_port(settings):
    ended(settings, "r1", ARR)
    record_steps(BuildStore(settings.build_db), "r1", [("load_raw", 100.0, 112.5, 1), ("warehouse", 113.0, None, 1)])
    written = write_metrics(settings).read_text("utf-8")
    assert 'earshot_last_run_state{state="blocked"} 1.0' in written
    assert 'earshot_last_run_step_seconds{step="load_raw"} 12.5' in written
    assert "warehouse" not in written
    assert 'earshot_last_run_expectations{outcome="blocking"} 1.0' in written
    assert "earshot_last_run_duration_seconds 30.0" in written
    server, thread = start_http_server(0, addr="127.0.0.1", registry=registry(settings))
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/metrics") as answer:
            assert 'earshot_runs{state="blocked"} 1.0' in answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
