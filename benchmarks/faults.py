"""Kills real runs at drawn moments and counts what became of the published database and of the next run.

Each round takes a workspace that has published once and has a new delivery in its inbox, starts `earshot run`, and ends it
with SIGKILL at a moment within a drawn stage: the whole process group, or the run alone so that its dbt outlives it. The
published database must then be the last good one or the new one, whole; after a few kills in a row an undisturbed run must
publish the marts that a run without any kill publishes.

    python -m benchmarks.faults --kills 200 --in-a-row 4
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

EARSHOT = Path(sys.executable).with_name("earshot")
RESULTS = Path(__file__).parent / "results" / "faults.json"
# As a run names them on its way, and how many seconds each may take at most on the small sample.
STAGES = {
    "Landing": 0.3,
    "Loading": 3.0,
    "Gate: landed streams": 4.0,
    "Reading what customers say": 2.0,
    "Reading what colleagues ask": 2.0,
    "Looking for what no theme covers": 1.0,
    "Transforming": 20.0,
    "Gate and publish": 4.0,
}
# Marts and columns that say when and how something ran; everything else depends on the exports alone.
ABOUT_RUNS = {
    "trust.run",
    "trust.gate_result",
    "trust.freshness",
    "trust.source_reconciliation",
    "trust.quarantine",
    "trust.run_step",
}
ABOUT_RUNS_IN = {"product_ops.tool_stack": ("last_loaded_at",)}

Hashes = dict[str, tuple[int, str | None]]


def mart_hashes(database: Path) -> Hashes:
    """Row count and hash, whatever the order of rows, of every published mart that depends on the exports alone.

    Raises:
        duckdb.Error: the file is no whole database.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name <> 'main' ORDER BY 1"
        ).fetchall()
        return {
            table: connection.execute(
                "SELECT count(*), md5(string_agg(h, '' ORDER BY h)) "
                f"FROM (SELECT md5(t::VARCHAR) AS h FROM (SELECT * {_without(table)} FROM {table}) AS t)"
            ).fetchall()[0]
            for (table,) in tables
            if table not in ABOUT_RUNS
        }


def _without(table: str) -> str:
    columns = ABOUT_RUNS_IN.get(table)
    return f"EXCLUDE ({', '.join(columns)})" if columns else ""


@dataclass(frozen=True, slots=True)
class Kill:
    """When a run is ended, and how.

    Attributes:
        stage: the stage that it has begun.
        after: seconds since the stage began.
        group: its dbt is ended with it; else dbt outlives it.
    """

    stage: str
    after: float
    group: bool


def drawn(random_source: random.Random) -> Kill:
    """A kill within any stage."""
    stage = random_source.choice(list(STAGES))
    return Kill(stage, random_source.uniform(0, STAGES[stage]), random_source.random() < 0.7)


def killed_run(workspace: Path, kill: Kill) -> int | None:
    """Starts a run and ends it as told.

    Returns:
        None where the kill came in time, else the exit code of the run, which was faster.
    """
    run = subprocess.Popen(
        [EARSHOT, "run", "--workspace", workspace, "--wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
        start_new_session=True,
    )
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith(f"{kill.stage} …"):
            time.sleep(kill.after)
            break
    already = run.poll()
    with contextlib.suppress(ProcessLookupError):
        if kill.group:
            os.killpg(run.pid, signal.SIGKILL)
        else:
            run.kill()
    run.stdout.close()
    run.wait()
    return already


def undisturbed_run(workspace: Path) -> None:
    """A run that must publish.

    Raises:
        RuntimeError: it did not; the text is what it said.
    """
    done = subprocess.run([EARSHOT, "run", "--workspace", workspace, "--wait"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the run after the kill ended with {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-3000:]}")


@dataclass(slots=True)
class Tally:
    """What the campaign found.

    Attributes:
        kills: kills by stage that came in time.
        late: kills that found the run already over.
        left: how often the published database was then the last good one, and how often the new one.
        broken: what was found wrong, in words.
        converged: undisturbed runs after kills that published the expected marts.
    """

    kills: Counter[str] = field(default_factory=Counter)
    late: int = 0
    left: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    converged: int = 0


def campaign(
    base: Path,
    expected: Hashes,
    kills: list[Kill],
    folder: Path,
    *,
    in_a_row: int,
    after_each: Callable[[Tally], bool] = lambda tally: True,
) -> Tally:
    """Kills runs on copies of a workspace that has something new to take in.

    Args:
        base: the workspace; copied, never changed.
        expected: the marts that an undisturbed run on it publishes.
        kills: what is done, in order.
        folder: where the copies are made.
        in_a_row: how many kills a copy suffers before its undisturbed run.
        after_each: called after each undisturbed run; says whether to go on.

    Returns:
        The tally; `broken` is empty where everything held.
    """
    tally = Tally()
    before = mart_hashes(base / "warehouse.duckdb") if (base / "warehouse.duckdb").exists() else None
    for start in range(0, len(kills), in_a_row):
        workspace = folder / f"kills-{start}"
        shutil.copytree(base, workspace, symlinks=True)
        for kill in kills[start : start + in_a_row]:
            already = killed_run(workspace, kill)
            if already is None:
                tally.kills[kill.stage] += 1
            else:
                tally.late += 1
            if already:
                tally.broken.append(f"the run that {kill} was to end had failed by itself, with code {already}")
            tally.left[_state(workspace / "warehouse.duckdb", before, expected, tally, kill)] += 1
        _converge(workspace, expected, tally)
        shutil.rmtree(workspace)
        if not after_each(tally):
            break
    return tally


def _state(published: Path, before: Hashes | None, expected: Hashes, tally: Tally, kill: Kill) -> str:
    try:
        found = mart_hashes(published) if published.exists() else None
    except duckdb.Error as error:
        tally.broken.append(f"after {kill} the published database cannot be read: {error}")
        return "unreadable"
    if found == before:
        return "last good"
    if found == expected:
        return "new"
    tally.broken.append(f"after {kill} the published database is neither the last good one nor the new one")
    return "mixed"


def _converge(workspace: Path, expected: Hashes, tally: Tally) -> None:
    try:
        undisturbed_run(workspace)
        found = mart_hashes(workspace / "warehouse.duckdb")
    except (RuntimeError, duckdb.Error) as error:
        tally.broken.append(str(error))
        return
    differing = sorted(table for table in {*found, *expected} if found.get(table) != expected.get(table))
    if differing:
        tally.broken.append(f"the run after the kills differs in {', '.join(differing)}")
    else:
        tally.converged += 1


def add_delivery(workspace: Path) -> None:
    """Puts what a next day would bring into the inbox: the answers of one file again, as new ones."""
    export = next(path for path in sorted((workspace / "inbox" / "delighted").glob("*.csv")))
    head, *lines = export.read_text("utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.count(",") == head.count(",") and '"' not in line][:40]
    (workspace / "inbox" / "delighted" / "next_day.csv").write_text(
        head + "".join(f"77{line}" for line in whole), encoding="utf-8"
    )


def main() -> int:
    """Runs the campaign on a small sample company; fails where anything was found broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--in-a-row", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=float, default=0.05)
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no further round after so long")
    chosen = parser.parse_args()
    source = random.Random(chosen.seed)
    ends = time.monotonic() + 60 * chosen.minutes
    with tempfile.TemporaryDirectory(prefix="earshot-faults-") as temporary:
        folder = Path(temporary)
        base = folder / "base"
        subprocess.run([EARSHOT, "demo", base, "--size", str(chosen.size)], check=True, capture_output=True)
        undisturbed_run(base)
        add_delivery(base)
        reference = folder / "reference"
        shutil.copytree(base, reference, symlinks=True)
        undisturbed_run(reference)
        expected = mart_hashes(reference / "warehouse.duckdb")
        assert expected != mart_hashes(base / "warehouse.duckdb"), "the new delivery changes no mart: nothing would be seen"
        kills = [drawn(source) for _ in range(chosen.kills)]

        def keep(so_far: Tally) -> bool:
            _record(so_far)
            return time.monotonic() < ends

        tally = campaign(base, expected, kills, folder, in_a_row=chosen.in_a_row, after_each=keep)
    print(RESULTS.read_text("utf-8"))
    return bool(tally.broken)


def _record(tally: Tally) -> None:
    found = {
        "kills": dict(tally.kills),
        "too_late": tally.late,
        "published_afterwards": dict(tally.left),
        "runs_that_converged": tally.converged,
        "broken": tally.broken,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
