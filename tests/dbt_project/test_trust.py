"""The trust marts tell what the pipeline's own accounts hold, and leave the running run to the publisher."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

AS_OF = datetime(2025, 6, 30, tzinfo=UTC)
STARTED = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(empty_warehouse: Any, make_warehouse: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Trust marts over a history of four runs, the last of them under way."""
    made = make_warehouse(tmp_path_factory.mktemp("trust"))
    shutil.copy(empty_warehouse.build, made.build)
    shutil.copy(empty_warehouse.marts, made.marts)
    with duckdb.connect(str(made.build)) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create or replace table intermediate.int_as_of as select ?::timestamptz as as_of", [AS_OF])
        con.execute("delete from ops.stream")
    runs = [("r1", "published"), ("r2", "blocked"), ("r3", "running"), ("r4", "running")]
    made.insert(
        "ops.run",
        [{"run_id": r, "started_at": STARTED + timedelta(days=i), "state": state} for i, (r, state) in enumerate(runs)],
    )
    made.insert(
        "ops.gate_result",
        [
            {
                "run_id": run,
                "suite": "marts",
                "expectation": name,
                "object": "voc.nps_monthly",
                "severity": "blocking",
                "success": ok,
            }
            for run, name, ok in (("r1", "e1", True), ("r2", "e1", True), ("r2", "e2", False), ("r4", "e1", True))
        ],
    )
    counts = {"rows_read": 10, "rows_loaded": 6, "rows_duplicate": 1, "rows_superseded": 1, "rows_quarantined": 2}
    made.insert(
        "ops.file",
        [
            {
                "file_sha256": "a",
                "source": "zendesk",
                "stream": "ticket",
                "file": "t.json",
                "state": "loaded",
                "batch": "r1",
                **counts,
            },
            {
                "file_sha256": "b",
                "source": "zendesk",
                "stream": "",
                "file": "x.csv",
                "state": "unrecognised",
                "reason": "no such stream",
            },
        ],
    )
    made.insert(
        "ops.quarantine",
        [
            {"source": "zendesk", "stream": "ticket", "file": "t.json", "line": line, "reason": "bad date", "batch": "r1"}
            for line in (3, 9)
        ],
    )
    ages = {"ticket": 7, "user": 8, "organization": 15, "satisfaction_rating": None}
    made.insert(
        "ops.stream",
        [
            {
                "source": "zendesk",
                "stream": stream,
                "kind": "support",
                "expected_every_days": 7,
                "last_event_at": None if age is None else AS_OF - timedelta(days=age),
                "last_loaded_at": AS_OF,
            }
            for stream, age in ages.items()
        ]
        + [{"source": "delighted", "stream": "response", "kind": "nps", "expected_every_days": 7}],
    )
    made.must("build", "--select", "path:models/marts/trust")
    return made


def test_the_running_run_is_left_out_and_a_killed_one_failed(built: Any) -> None:
    rows = built.query("select run_id, state from marts.trust.run order by run_id")
    assert rows == [("r1", "published"), ("r2", "blocked"), ("r3", "failed")]


def test_results_of_the_running_run_are_left_to_the_publisher(built: Any) -> None:
    rows = built.query("select run_id, expectation, success from marts.trust.gate_result order by all")
    assert rows == [("r1", "e1", True), ("r2", "e1", True), ("r2", "e2", False)]


def test_every_file_has_its_balance(built: Any) -> None:
    rows = built.query(
        "select file, run_id, rows_read, rows_quarantined, balance, state, reason from marts.trust.source_reconciliation"
    )
    assert sorted(rows) == [
        ("t.json", "r1", 10, 2, 0, "loaded", None),
        ("x.csv", None, 0, 0, 0, "unrecognised", "no such stream"),
    ]
    assert built.query("select line, reason, run_id from marts.trust.quarantine order by line") == [
        (3, "bad date", "r1"),
        (9, "bad date", "r1"),
    ]


def test_a_lost_row_shows_and_fails_the_build(built: Any) -> None:
    with duckdb.connect(str(built.build)) as con:
        con.execute("update ops.file set rows_loaded = rows_loaded - 1 where file = 't.json'")
    outcome = built.dbt("build", "--select", "source_reconciliation")
    with duckdb.connect(str(built.build)) as con:
        con.execute("update ops.file set rows_loaded = rows_loaded + 1 where file = 't.json'")
    assert built.query("select balance from marts.trust.source_reconciliation where file = 't.json'") == [(1,)]
    assert [r.node.name for r in outcome.result.results if r.status == "fail"] == [
        "within_range_source_reconciliation_balance__0__0"
    ]


def test_freshness_is_seen_from_as_of(built: Any) -> None:
    rows = dict(built.query("select stream, state from marts.trust.freshness"))
    assert rows == {
        "ticket": "fresh",
        "user": "late",
        "organization": "stale",
        "satisfaction_rating": "no_events",
        "response": "never_loaded",
    }


def test_the_last_failure_is_explained(built: Any) -> None:
    built.must("compile", "--select", "path:analyses")
    folder = built.target / "compiled" / "earshot" / "analyses"
    broke = built.query((folder / "what_broke_the_last_run.sql").read_text("utf-8"))
    assert [(row[1], row[5]) for row in broke] == [("failed", None)]  # r3 was killed before any gate
    lost = built.query((folder / "what_did_not_arrive.sql").read_text("utf-8"))
    assert [(row[1], row[4], row[6]) for row in lost] == [("t.json", 2, "bad date"), ("x.csv", 0, "no such stream")]


def test_metrics_are_defined_once_and_shown_somewhere(built: Any, manifest: Any) -> None:
    marts = {f"{n.schema}.{n.name}" for n in manifest.nodes.values() if n.resource_type == "model" and n.database == "marts"}
    rows = built.query("select metric, formula, reference, is_ours, limits, shown_in from marts.trust.metric_definition")
    assert len({row[0] for row in rows}) == len(rows) >= 15
    for metric, formula, reference, is_ours, limits, shown_in in rows:
        assert len(formula) > 20, metric
        assert len(limits) > 10, metric
        assert is_ours or reference, metric  # a definition that is not ours says whose it is
        assert set(shown_in.split(", ")) <= marts, metric
        assert "  " not in formula + limits
