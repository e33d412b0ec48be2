"""What a person reads after a run, and what `earshot status` says between runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from orchestration.assets.loaded import open_store
from orchestration.job import Outcome
from orchestration.pulling import standings, told
from orchestration.resources import Pulling, lock_holder
from orchestration.settings import Settings
from orchestration.sql_prompt import QueryProblem, open_published

TOP_THEMES = 5
WARNED_SHOWN = 3
RUNS_SHOWN = 5
FINDINGS_SHOWN = 20

_SOURCES = """
SELECT source, stream, sum(rows_read), sum(rows_loaded), sum(rows_duplicate), sum(rows_superseded),
    sum(rows_quarantined), sum(balance)
FROM trust.source_reconciliation GROUP BY ALL ORDER BY source, stream
"""
_GATES = """
SELECT suite, count(*) AS expectations, count(*) FILTER (WHERE success) AS passed,
    count(*) FILTER (WHERE NOT success AND severity = 'warning' AND NOT waived) AS warnings,
    count(*) FILTER (WHERE waived) AS waived
FROM trust.gate_result WHERE run_id = ? GROUP BY suite ORDER BY warnings DESC, suite
"""
_LAST_PUBLISHED = "SELECT run_id FROM trust.run WHERE state = 'published' ORDER BY finished_at DESC LIMIT 1"
_NPS = """
SELECT month_start, n, nps, nps_low, nps_high FROM voc.nps_monthly
WHERE segment = 'all' AND nps IS NOT NULL ORDER BY month_start DESC LIMIT 1
"""
_THEMES = f"""
WITH recent AS (
    SELECT theme_id, sum(mentions) AS mentions, last(trend ORDER BY week_start) AS trend
    FROM voc.theme_weekly
    WHERE segment = 'all' AND channel = 'all' AND series = 'restated'
        AND week_start > (SELECT max(week_start) - INTERVAL 4 WEEK FROM voc.theme_weekly)
    GROUP BY theme_id
)
SELECT coalesce(theme.theme_name, recent.theme_id), recent.mentions, recent.trend, evidence.quote, evidence.segment
FROM recent
LEFT JOIN core.theme AS theme ON theme.theme_id = recent.theme_id AND theme.valid_to IS NULL
LEFT JOIN voc.theme_evidence AS evidence
    ON evidence.theme_id = recent.theme_id AND evidence.rank = 1 AND evidence.stance = 'supporting'
WHERE recent.mentions > 0
ORDER BY recent.mentions DESC, recent.theme_id LIMIT {TOP_THEMES}
"""
_UNLINKED = """
SELECT count(*) AS records, count(record_arr) AS with_arr, sum(record_arr) AS arr,
    (SELECT count(*) FROM core.account_link) AS all_records
FROM core.account_link WHERE account_id IS NULL
"""
_RUNS = """
SELECT run_id, started_at, finished_at, state FROM trust.run ORDER BY started_at DESC
"""
_FRESHNESS = "SELECT source, stream, last_event_at, last_loaded_at, state FROM trust.freshness ORDER BY state, source, stream"


def print_summary(console: Console, settings: Settings, outcome: Outcome) -> None:
    """What was pulled, what the gate said, the first numbers with their words, and what to do next."""
    print_pulled(console, outcome.pulled)
    if outcome.partial:
        console.print(f"Run {outcome.run_id}: the selected assets are built. Nothing was published.")
        return
    if outcome.run_id is None:
        console.print("[bold]Nothing new[/]: no file, setting or line of code has changed since the last publication.")
        _print_next(console, settings)
        return
    with open_published(settings.warehouse_db) as connection:
        _print_sources(console, connection)
        _print_gates(console, connection, outcome.run_id)
        _print_unlinked(console, connection)
        _print_voice(console, connection)
    _print_next(console, settings)


def print_pulled(console: Console, pulled: Sequence[Pulling]) -> None:
    """What came from export APIs, and what did not."""
    for pulling in pulled:
        name = f"{pulling.vendor} {pulling.endpoint}".strip()
        if pulling.failure:
            console.print(f"✗ {name}: {pulling.failure}", highlight=False, markup=False, soft_wrap=True)
        else:
            console.print(f"✓ {name}: {pulling.files:,} new files, {pulling.rows:,} records", highlight=False, markup=False)


def _print_sources(console: Console, connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute(_SOURCES).fetchall()
    table = Table(
        title="What was pulled from where (all deliveries so far)", title_justify="left", box=None, padding=(0, 1, 0, 0)
    )
    table.add_column("stream", no_wrap=True)
    for column in ("read", "loaded", "duplicate", "superseded", "quarantined"):
        table.add_column(column, justify="right", no_wrap=True)
    for source, stream, *numbers, _ in rows:
        table.add_row(f"{source} {stream or '(not recognised)'}", *(f"{int(value or 0):,}" for value in numbers))
    console.print(table)
    unbalanced = sum(abs(int(row[-1] or 0)) for row in rows)
    console.print(
        f"rows read = loaded + duplicate + superseded + quarantined; rows unaccounted for: {unbalanced:,}",
        style="dim",
        soft_wrap=True,
    )


def _print_gates(console: Console, connection: duckdb.DuckDBPyConnection, run_id: str) -> None:
    suites = connection.execute(_GATES, [run_id]).fetchall()
    total, passed, warnings, waived = (sum(row[i] for row in suites) for i in (1, 2, 3, 4))
    head = "[bold yellow]Gates waived[/]" if waived else "[bold green]Gates passed[/]"
    overlooked = f", {waived} waived" if waived else ""
    console.print(
        f"{head}: {len(suites)} suites, {passed} of {total} expectations hold, {warnings} warnings{overlooked}.",
        highlight=False,
    )
    warned = [suite for suite, _, _, count, _ in suites if count]
    forgiven = [suite for suite, *_, count in suites if count]
    if warned:
        more = f" and {len(warned) - WARNED_SHOWN} more suites" if len(warned) > WARNED_SHOWN else ""
        said = f"  warnings in {', '.join(warned[:WARNED_SHOWN])}{more}: `earshot status` has the details"
        console.print(said, highlight=False, soft_wrap=True)
    for suite in forgiven:
        console.print(f"  waived in {suite}: `earshot gate list` says why", highlight=False, soft_wrap=True)


def _print_unlinked(console: Console, connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(_UNLINKED).fetchone()
    if found is None or not found[0]:
        return
    worth = f", {found[1]} of them with an ARR of {found[2]:,.0f} in all" if found[1] else ""
    console.print(
        f"Unlinked: {found[0]:,} of {found[3]:,} account records{worth}. "
        "core.account_link lists them, account_links.csv links them.",
        highlight=False,
        soft_wrap=True,
    )


def _print_voice(console: Console, connection: duckdb.DuckDBPyConnection) -> None:
    nps = connection.execute(_NPS).fetchone()
    if nps is None:
        console.print("NPS: not enough answers to say a number honestly.")
    else:
        console.print(
            f"\n[bold]NPS {nps[2]:+.0f}[/] ({nps[3]:+.0f} to {nps[4]:+.0f}, 95 %) from {nps[1]} answers in {nps[0]:%B %Y}",
            highlight=False,
        )
    themes = connection.execute(_THEMES).fetchall()
    if themes:
        console.print("[bold]What customers talk about[/] (last four weeks)")
    for name, mentions, trend, quote, segment in themes:
        words = " ".join(str(quote or "").split())
        said = f": “{words[:110]}{'…' if len(words) > 110 else ''}” ({segment})" if quote else ""
        console.print(f"  {mentions:>4} × {name} ({trend}){said}", highlight=False, markup=False, soft_wrap=True)


def _print_next(console: Console, settings: Settings) -> None:
    where = f" -w {settings.root}"
    console.print(f"\nDatabase   {settings.warehouse_db}", highlight=False, soft_wrap=True)
    console.print(f"Parquet    {settings.parquet_dir}", highlight=False, soft_wrap=True)
    console.print(f"Data Docs  {settings.docs_dir / 'index.html'}", highlight=False, soft_wrap=True)
    console.print(f"Dashboard  earshot dashboard{where}  →  http://127.0.0.1:8050", highlight=False, soft_wrap=True)
    console.print(f"UI         earshot ui{where}  →  http://127.0.0.1:3000", highlight=False, soft_wrap=True)
    console.print("\nTry next", style="bold")
    console.print(
        f'  earshot sql{where} "SELECT month_start, segment, nps, nps_low, nps_high FROM voc.nps_monthly"',
        highlight=False,
        soft_wrap=True,
    )
    console.print(f"  earshot status{where}", highlight=False, soft_wrap=True)
    console.print(f"  earshot ui{where}", highlight=False, soft_wrap=True)


def print_status(console: Console, settings: Settings) -> None:
    """The last runs, what blocked and what to do, and how fresh each stream is."""
    holder = lock_holder(settings.state_dir / "run.lock")
    if holder:
        console.print(f"[bold]A run is under way[/]: {escape(holder)}. What follows is the last published state.")
        _status_of_published(console, settings)
    elif settings.build_db.is_file():
        _status_of_build(console, settings)
    else:
        console.print("No run yet. Put exports into the inbox and call `earshot run`.")


def _status_of_published(console: Console, settings: Settings) -> None:
    try:
        with open_published(settings.warehouse_db) as connection:
            _print_runs(console, connection.execute(_RUNS).fetchmany(RUNS_SHOWN))
            _print_freshness(console, connection)
    except QueryProblem as problem:
        console.print(escape(str(problem)))


def _status_of_build(console: Console, settings: Settings) -> None:
    open_store(settings, patience_seconds=0).widen()
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        runs = connection.execute(_RUNS.replace("trust.run", "ops.run WHERE state <> 'partial'")).fetchmany(RUNS_SHOWN)
        # Nobody holds the lock, so a run that is on record as running was killed.
        _print_runs(console, [(*run[:3], "interrupted" if run[3] == "running" else run[3]) for run in runs])
        if runs:
            _print_findings(console, connection, runs[0])
        _print_troubled_files(console, connection)
    for standing in standings(settings) if settings.apis else ():
        mark = "✗" if standing.failure else "✓"
        console.print(
            f"{mark} {standing.vendor} {standing.endpoint}: {told(standing)}", highlight=False, markup=False, soft_wrap=True
        )
    try:
        with open_published(settings.warehouse_db) as connection:
            _print_freshness(console, connection)
    except QueryProblem as problem:
        console.print(escape(str(problem)))


def _print_runs(console: Console, runs: list[Any]) -> None:
    table = Table("run", "started (UTC)", "took", "state", title="Last runs", title_justify="left")
    for run_id, started, finished, state in runs:
        took = "-" if finished is None else f"{(finished - started).total_seconds():.0f} s"
        style = {"published": "green", "blocked": "red", "failed": "red"}.get(state, "yellow")
        table.add_row(run_id, f"{started:%Y-%m-%d %H:%M}", took, f"[{style}]{state}[/]")
    console.print(table)


def _print_findings(console: Console, connection: duckdb.DuckDBPyConnection, run: Any) -> None:
    found = connection.execute(
        "SELECT CASE WHEN waived THEN 'waived' ELSE severity END AS kind, suite, expectation, object, expected, observed "
        "FROM ops.gate_result WHERE run_id = ? AND NOT success ORDER BY kind, suite, expectation",
        [run[0]],
    ).fetchmany(FINDINGS_SHOWN)
    for severity, suite, expectation, judged, expected, observed in found:
        console.print(
            f"{severity}: {suite}: {expectation} on {judged}: expected {expected}, saw {observed}",
            highlight=False,
            markup=False,
        )
    if run[3] == "blocked":
        console.print(
            "The published database is the last good one. Mend the export (or its column map) and deliver it again, "
            "then call `earshot run`. Where it is right to serve the data as they are, say so: `earshot gate waive`.",
            highlight=False,
        )


def _print_troubled_files(console: Console, connection: duckdb.DuckDBPyConnection) -> None:
    troubled = connection.execute(
        "SELECT file, state, reason, rows_quarantined FROM ops.file WHERE state <> 'loaded' OR rows_quarantined > 0 "
        "ORDER BY sequence DESC"
    ).fetchmany(FINDINGS_SHOWN)
    for file, state, reason, quarantined in troubled:
        detail = reason or f"{quarantined:,} rows are in quarantine: SELECT * FROM trust.quarantine WHERE file = '{file}'"
        console.print(f"{state}: {file}: {detail}", highlight=False, markup=False, soft_wrap=True)


def _print_freshness(console: Console, connection: duckdb.DuckDBPyConnection) -> None:
    table = Table("source", "stream", "last event", "last loaded", "state", title="Freshness", title_justify="left")
    for source, stream, event, loaded, state in connection.execute(_FRESHNESS).fetchall():
        table.add_row(source, stream, *("-" if t is None else f"{t:%Y-%m-%d %H:%M}" for t in (event, loaded)), state)
    console.print(table)
