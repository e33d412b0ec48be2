"""The build database's memory of runs: their states, their gate results, and the state of the marts file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from data_quality.gate import GateResult
from orchestration.store import BuildStore

RunState = Literal["published", "blocked", "failed", "partial"]
GATE_COLUMNS = ("run_id", "suite", "expectation", "object", "severity", "success", "observed", "expected", "waived")


def get_state(store: BuildStore, name: str) -> str | None:
    """A remembered value of the pipeline, by name."""
    with store.connect() as connection:
        row = connection.execute("SELECT value FROM ops.state WHERE name = ?", [name]).fetchone()
    return None if row is None else str(row[0])


def set_state(store: BuildStore, name: str, value: str) -> None:
    """Remembers a value of the pipeline."""
    with store.connect() as connection:
        connection.execute("INSERT OR REPLACE INTO ops.state VALUES (?, ?)", [name, value])


def begin_run(store: BuildStore, run_id: str, started_at: datetime, code: str, taxonomy: str | None, whole: bool) -> None:
    """Opens a run's line; lines that a killed process left open are closed as failed.

    Args:
        store: the build database.
        run_id: the run.
        started_at: now.
        code: version of the code.
        taxonomy: version of the taxonomy, where it could be read.
        whole: whether the run means to publish; a partial one is no pipeline run.
    """
    with store.connect() as connection:
        connection.execute("UPDATE ops.run SET state = 'failed', finished_at = ? WHERE state = 'running'", [started_at])
        connection.execute("DELETE FROM ops.run WHERE state = 'partial'")
        connection.execute(
            "INSERT INTO ops.run (run_id, started_at, state, code_version, taxonomy_version) VALUES (?, ?, ?, ?, ?)",
            [run_id, started_at, "running" if whole else "partial", code, taxonomy],
        )


# What a run took and read, from its own line and the ledger.
_SUM_UP = """
UPDATE ops.run SET
    seconds = epoch(finished_at) - epoch(started_at),
    files = (SELECT count(DISTINCT file) FROM ops.file WHERE batch = $1),
    rows_read = (SELECT coalesce(sum(rows_read), 0) FROM ops.file WHERE batch = $1),
    rows_quarantined = (SELECT coalesce(sum(rows_quarantined), 0) FROM ops.file WHERE batch = $1)
WHERE run_id = $1
"""


def later_publication(store: BuildStore, now: datetime) -> datetime | None:
    """When the last published run began, where that is later than now: a clock was set back, or was ahead then."""
    with store.connect() as connection:
        # In the order in which they were written: the times are what is in doubt.
        row = connection.execute(
            "SELECT started_at FROM ops.run WHERE state = 'published' ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
    return row[0].astimezone(UTC) if row is not None and row[0] > now else None


def sum_up(store: BuildStore, run_id: str, finished_at: datetime) -> None:
    """Sums up what a run took and read, before anybody can say how it ended."""
    with store.connect() as connection:
        connection.execute("UPDATE ops.run SET finished_at = ? WHERE run_id = ?", [finished_at, run_id])
        connection.execute(_SUM_UP, [run_id])


def believe_published(store: BuildStore, run_id: str) -> None:
    """Puts on record that a run published, where its process ended before it could say so itself."""
    with store.connect() as connection:
        connection.execute(
            "UPDATE ops.run SET state = 'published' WHERE run_id = ? AND state NOT IN ('published', 'partial')", [run_id]
        )


def finish_run(store: BuildStore, run_id: str, state: RunState, finished_at: datetime) -> None:
    """Closes a run's line and sums up what it took and read."""
    with store.connect() as connection:
        connection.execute("UPDATE ops.run SET state = ?, finished_at = ? WHERE run_id = ?", [state, finished_at, run_id])
        connection.execute(_SUM_UP, [run_id])


def record_steps(store: BuildStore, run_id: str, steps: Sequence[tuple[str, float | None, float | None, int]]) -> None:
    """Puts a run's steps on record, replacing what was known of them: name, start and end in epoch seconds, attempts."""
    with store.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("DELETE FROM ops.run_step WHERE run_id = ?", [run_id])
        for step, start, end, attempts in steps:
            connection.execute(
                "INSERT INTO ops.run_step VALUES (?, ?, to_timestamp(?), to_timestamp(?), ?, ?)",
                [run_id, step, start, end, None if start is None or end is None else end - start, attempts],
            )
        connection.execute("COMMIT")


def close_open_run(store: BuildStore, run_id: str, finished_at: datetime) -> None:
    """Closes a run that ends without having published: blocked where a gate said so, else failed."""
    with store.connect() as connection:
        connection.execute(
            """
            UPDATE ops.run SET finished_at = ?, state = CASE WHEN EXISTS (
                SELECT 1 FROM ops.gate_result WHERE run_id = ? AND NOT success AND severity = 'blocking'
            ) THEN 'blocked' ELSE 'failed' END
            WHERE run_id = ? AND state = 'running'
            """,
            [finished_at, run_id, run_id],
        )
        connection.execute(_SUM_UP, [run_id])


def record_gate(store: BuildStore, results: Sequence[GateResult]) -> None:
    """Puts gate results on record, replacing what the same run said of the same suites before."""
    columns = [[getattr(result, column) for result in results] for column in GATE_COLUMNS]
    lists = ", ".join("unnest(?)" for _ in GATE_COLUMNS)
    suites = sorted({(result.run_id, result.suite) for result in results})
    with store.connect() as connection:
        connection.execute("BEGIN")
        for run_id, suite in suites:
            connection.execute("DELETE FROM ops.gate_result WHERE run_id = ? AND suite = ?", [run_id, suite])
        if results:
            # In one statement: row by row takes some milliseconds each.
            connection.execute(f"INSERT INTO ops.gate_result ({', '.join(GATE_COLUMNS)}) SELECT {lists}", columns)
        connection.execute("COMMIT")


def judged_expectations(store: BuildStore) -> list[tuple[str, str, str]]:
    """Suite, expectation and object of everything that was ever judged."""
    with store.connect() as connection:
        rows: list[tuple[str, str, str]] = connection.execute(
            "SELECT DISTINCT suite, expectation, object FROM ops.gate_result ORDER BY ALL"
        ).fetchall()
    return rows


def last_findings(store: BuildStore) -> list[tuple[str, str, str, str, str]]:
    """What the last judged run broke, the worst first: kind, suite, expectation, object, what was seen."""
    with store.connect() as connection:
        rows: list[tuple[str, str, str, str, str]] = connection.execute(
            """
            SELECT CASE WHEN waived THEN 'waived' ELSE severity END AS kind, suite, expectation, object, observed
            FROM ops.gate_result
            WHERE NOT success AND run_id = (
                SELECT run_id FROM ops.run WHERE run_id IN (SELECT run_id FROM ops.gate_result) ORDER BY started_at DESC LIMIT 1
            )
            ORDER BY kind = 'blocking' DESC, kind, suite, expectation
            """
        ).fetchall()
    return rows
