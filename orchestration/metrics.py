"""The state of the pipeline as Prometheus metrics: a text file after each run, or on a loopback port while asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_LAST = """
SELECT epoch(started_at), seconds, files, rows_read, rows_quarantined, state, run_id FROM ops.run
WHERE state NOT IN ('partial', 'running') ORDER BY started_at DESC LIMIT 1
"""
_RUNS = "SELECT state, count(*) FROM ops.run WHERE state NOT IN ('partial', 'running') GROUP BY ALL"
_PUBLISHED = "SELECT max(epoch(finished_at)) FROM ops.run WHERE state = 'published'"
_STEPS = "SELECT step, seconds FROM ops.run_step WHERE run_id = ? AND seconds IS NOT NULL"
_GATE = """
SELECT CASE WHEN waived THEN 'waived' WHEN success THEN 'passed' WHEN severity = 'blocking' THEN 'blocking' ELSE 'warning' END,
    count(*) FROM ops.gate_result WHERE run_id = ? GROUP BY ALL
"""
_STREAMS = "SELECT source, stream, epoch(last_loaded_at), epoch(last_event_at) FROM ops.stream WHERE last_loaded_at IS NOT NULL"


class Metrics:
    """Reads the build database whenever it is asked; a Prometheus collector."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def collect(self) -> list[Any]:
        """The metrics as they are now; none while a run holds the database."""
        from prometheus_client.core import GaugeMetricFamily as Gauge

        try:
            connection = duckdb.connect(str(self._settings.build_db), read_only=True)
        except duckdb.Error:
            return [Gauge("earshot_database_readable", "0 while a run writes, or before the first one", 0)]
        with connection:
            found = [Gauge("earshot_database_readable", "0 while a run writes, or before the first one", 1)]
            published = connection.execute(_PUBLISHED).fetchone()
            if published and published[0] is not None:
                found.append(Gauge("earshot_last_published_timestamp_seconds", "When data were last published", published[0]))
            runs = Gauge("earshot_runs", "Runs on record", labels=["state"])
            for state, count in connection.execute(_RUNS).fetchall():
                runs.add_metric([state], count)
            found.append(runs)
            if last := connection.execute(_LAST).fetchone():
                found += self._last_run(connection, last)
            loaded = Gauge("earshot_stream_last_loaded_timestamp_seconds", "Last load", labels=["source", "stream"])
            event = Gauge("earshot_stream_last_event_timestamp_seconds", "Newest event", labels=["source", "stream"])
            for source, stream, at, newest in connection.execute(_STREAMS).fetchall():
                loaded.add_metric([source, stream], at)
                if newest is not None:
                    event.add_metric([source, stream], newest)
            return [*found, loaded, event]

    def _last_run(self, connection: duckdb.DuckDBPyConnection, last: tuple[Any, ...]) -> list[Any]:
        from prometheus_client.core import GaugeMetricFamily as Gauge

        names = ("started_timestamp_seconds", "duration_seconds", "files", "rows_read", "rows_quarantined")
        texts = ("When it began", "How long it took", "Files it loaded", "Rows it read", "Rows it rejected")
        found: list[Any] = [
            Gauge(f"earshot_last_run_{name}", text, value)
            for name, text, value in zip(names, texts, last, strict=False)
            if value is not None
        ]
        state = Gauge("earshot_last_run_state", "1 for the state of the last run", labels=["state"])
        for name in ("published", "blocked", "failed"):
            state.add_metric([name], float(last[5] == name))
        steps = Gauge("earshot_last_run_step_seconds", "How long each step took", labels=["step"])
        for step, seconds in connection.execute(_STEPS, [last[6]]).fetchall():
            steps.add_metric([step], seconds)
        gate = Gauge("earshot_last_run_expectations", "What the gates found", labels=["outcome"])
        for outcome, count in connection.execute(_GATE, [last[6]]).fetchall():
            gate.add_metric([outcome], count)
        return [*found, state, steps, gate]


def registry(settings: Settings) -> CollectorRegistry:
    """A registry of this workspace alone."""
    from prometheus_client import CollectorRegistry

    made = CollectorRegistry(auto_describe=False)
    made.register(Metrics(settings))
    return made


def write_metrics(settings: Settings) -> Path | None:
    """Writes the text file for Prometheus' node exporter, where one is configured."""
    name = settings.config.observability.metrics_file
    if not name:
        return None
    from prometheus_client import write_to_textfile

    path = settings.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry(settings))
    return path
