"""Kills real runs at drawn moments and counts what became of the published database and of the next run.

Each round takes a workspace that has published once and has a new delivery in its inbox, starts `earshot run`, and ends it
with SIGKILL at a moment within a drawn stage: the whole process group, or the run alone so that its dbt outlives it. The
published database must then be the last good one or the new one, whole; after a few kills in a row an undisturbed run must
publish the marts that a run without any kill publishes.

The seed says what the n-th kill is, and every outcome is appended to `results/kills.ndjson` once its round is over: the
same command goes on where it was stopped, and stops once all are done.

    python -m benchmarks.faults --kills 200 --in-a-row 4 --folder /somewhere/with/room
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
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import duckdb

EARSHOT = Path(sys.executable).with_name("earshot")
OUTCOMES = Path(__file__).parent / "results" / "kills.ndjson"
RESULTS = Path(__file__).parent / "results" / "faults.json"
# Begins once the gate has passed, when the first Parquet file of the new version is written; no line of the run says so.
PUBLICATION = "Publication"
# In order, as a run names them on its way.
STAGES = (
    "Landing",
    "Loading",
    "Gate: landed streams",
    "Reading what customers say",
    "Reading what colleagues ask",
    "Looking for what no theme covers",
    "Transforming",
    "Gate and publish",
    PUBLICATION,
)
LOOK_SECONDS = 0.01
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


def drawn(seed: int, number: int, seconds: Mapping[str, float]) -> Kill:
    """The n-th kill of a seed: within any stage, each as likely.

    Args:
        seed: the campaign's.
        number: which of its kills.
        seconds: how long each stage takes here.
    """
    source = random.Random(f"{seed}:{number}")
    stage = source.choice(STAGES)
    return Kill(stage, source.random() * seconds[stage], source.random() < 0.7)


@contextlib.contextmanager
def _started(workspace: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A run under way, at the head of a process group, and the file that it talks into."""
    with tempfile.TemporaryDirectory(prefix="earshot-said-") as folder:
        said = Path(folder) / "said"
        with said.open("wb") as output:
            run = subprocess.Popen(
                [EARSHOT, "run", "--workspace", workspace, "--wait"],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
                start_new_session=True,
            )
        yield run, said


class _Stages:
    """Sees which stages of a run have begun."""

    def __init__(self, workspace: Path, said: Path) -> None:
        self._versions = workspace / ".earshot" / "parquet"
        self._before = self._present()
        self._said = said

    def _present(self) -> set[Path]:
        return set(self._versions.glob("*"))

    def begun(self) -> list[str]:
        """The stages so far, in order."""
        lines = self._said.read_text("utf-8", errors="replace")
        known = [stage for stage in STAGES if f"{stage} …" in lines]
        return [*known, PUBLICATION] if self._present() - self._before else known


def killed_run(workspace: Path, kill: Kill) -> tuple[int | None, str]:
    """Starts a run and ends it as told.

    Returns:
        None where the kill came in time, else the exit code of the run, which was faster; and the stage it had come to.
    """
    with _started(workspace) as (run, said):
        stages = _Stages(workspace, said)
        while run.poll() is None and kill.stage not in stages.begun():
            time.sleep(LOOK_SECONDS)
        time.sleep(kill.after if run.poll() is None else 0)
        already = run.poll()
        with contextlib.suppress(ProcessLookupError):
            if kill.group:
                os.killpg(run.pid, signal.SIGKILL)
            else:
                run.kill()
        run.wait()
        return already, (stages.begun() or ["before the first stage"])[-1]


def undisturbed_run(workspace: Path) -> dict[str, float]:
    """A run that must publish.

    Returns:
        How many seconds each stage took.

    Raises:
        RuntimeError: it did not; the text is what it said.
    """
    began: dict[str, float] = {}
    with _started(workspace) as (run, said):
        stages = _Stages(workspace, said)
        while run.poll() is None:
            for stage in stages.begun():
                began.setdefault(stage, time.monotonic())
            time.sleep(LOOK_SECONDS)
        if run.returncode:
            raise RuntimeError(f"the undisturbed run ended with {run.returncode}\n{said.read_text('utf-8')[-5000:]}")
    moments = [*began.values(), time.monotonic()]
    return {stage: after - moment for stage, moment, after in zip(began, moments, moments[1:], strict=False)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one kill.

    Attributes:
        number: which of the seed's kills.
        stage: the stage in which it was meant to come.
        came_in: the stage in which it came.
        group: dbt was ended with the run.
        in_time: the run was still under way.
        left: what was published then: the last good version, the new one, or what must not be.
    """

    number: int
    stage: str
    came_in: str
    group: bool
    in_time: bool
    left: str


@dataclass(slots=True)
class Round:
    """Some kills in a row, and the undisturbed run that follows.

    Attributes:
        outcomes: of the kills.
        broken: what was found wrong, in words.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def killed_in_a_row(workspace: Path, expected: Hashes, kills: Mapping[int, Kill]) -> Round:
    """Kills runs on a workspace that has something new to take in, one after the other, and lets the next one end.

    Args:
        workspace: the workspace.
        expected: the marts that an undisturbed run on it publishes.
        kills: what is done, by number, in order.

    Returns:
        What was found; `broken` is empty where everything held.
    """
    found = Round()
    published = workspace / "warehouse.duckdb"
    before = mart_hashes(published) if published.exists() else None
    for number, kill in kills.items():
        already, came_in = killed_run(workspace, kill)
        if already:
            found.broken.append(f"the run that kill {number} was to end had failed by itself, with code {already}")
        left = _state(published, before, expected, found, number)
        found.outcomes.append(Outcome(number, kill.stage, came_in, kill.group, already is None, left))
    try:
        undisturbed_run(workspace)
        differing = unequal(mart_hashes(published), expected)
    except (RuntimeError, duckdb.Error) as error:
        found.broken.append(str(error))
    else:
        if differing:
            found.broken.append(f"the run after the kills differs in {', '.join(differing)}")
    return found


def unequal(found: Hashes, expected: Hashes) -> list[str]:
    """The marts in which two published databases differ."""
    return sorted(table for table in {*found, *expected} if found.get(table) != expected.get(table))


def _state(published: Path, before: Hashes | None, expected: Hashes, into: Round, number: int) -> str:
    try:
        found = mart_hashes(published) if published.exists() else None
    except duckdb.Error as error:
        into.broken.append(f"after kill {number} the published database cannot be read: {error}")
        return "unreadable"
    if found == before:
        return "last good"
    if found == expected:
        return "new"
    into.broken.append(f"after kill {number} the published database is neither the last good one nor the new one")
    return "mixed"


def add_delivery(workspace: Path) -> None:
    """Puts what a next day would bring into the inbox: the answers of one file again, as new ones."""
    export = next(path for path in sorted((workspace / "inbox" / "delighted").glob("*.csv")))
    head, *lines = export.read_text("utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.count(",") == head.count(",") and '"' not in line][:40]
    (workspace / "inbox" / "delighted" / "next_day.csv").write_text(
        head + "".join(f"77{line}" for line in whole), encoding="utf-8"
    )


@dataclass(frozen=True, slots=True)
class Stand:
    """A workspace that has published and has a new delivery, kept as it is, and what an undisturbed run makes of it.

    Attributes:
        folder: where all of it lies.
        before: the marts that are published in it.
        expected: the marts that an undisturbed run publishes.
        seconds: how long each stage of that run took.
    """

    folder: Path
    before: Hashes
    expected: Hashes
    seconds: Mapping[str, float]

    @classmethod
    def at(cls, folder: Path, size: float, workspace: Path | None = None) -> Stand:
        """What was prepared in a folder before, or else prepares it.

        Args:
            folder: where it lies, or will.
            size: of the sample company.
            workspace: a published workspace that is copied instead of making a sample company.
        """
        about = folder / "stand.json"
        if not about.exists():
            folder.mkdir(parents=True, exist_ok=True)
            made = cls._prepared(folder, size, workspace)
            about.write_text(json.dumps([made.before, made.expected, made.seconds]), "utf-8")
        before, expected, seconds = json.loads(about.read_text("utf-8"))
        pairs = [{table: (rows, digest) for table, (rows, digest) in hashes.items()} for hashes in (before, expected)]
        return cls(folder, pairs[0], pairs[1], seconds)

    @classmethod
    def _prepared(cls, folder: Path, size: float, workspace: Path | None) -> Stand:
        place = folder / "workspace"
        if workspace:
            shutil.copytree(workspace, place, symlinks=True)
        else:
            shutil.rmtree(place, ignore_errors=True)
            subprocess.run([EARSHOT, "demo", place, "--size", str(size)], check=True, capture_output=True)
            undisturbed_run(place)
        add_delivery(place)
        shutil.copytree(place, folder / "base", symlinks=True, dirs_exist_ok=True)
        before = mart_hashes(place / "warehouse.duckdb")
        seconds = undisturbed_run(place)
        expected = mart_hashes(place / "warehouse.duckdb")
        assert expected != before, "the new delivery changes no mart: nothing would be seen"
        return cls(folder, before, expected, seconds)

    def fresh(self) -> Path:
        """The workspace as it was, always at the same path: dbt parses anew for another one."""
        place = self.folder / "workspace"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.folder / "base", place, symlinks=True)
        return place


def main() -> int:
    """Goes on with the campaign on a small sample company; fails where anything was found broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="how many in all, those of earlier invocations among them")
    parser.add_argument("--in-a-row", type=int, default=4, help="kills that a workspace suffers before its undisturbed run")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--size", type=float, default=0.02)
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no further round after so long")
    parser.add_argument("--folder", type=Path, help="keeps the prepared workspace for the next invocation")
    parser.add_argument("--outcomes", type=Path, default=OUTCOMES, help="where outcomes are appended")
    chosen = parser.parse_args()
    ends = time.monotonic() + 60 * chosen.minutes
    with tempfile.TemporaryDirectory(prefix="earshot-faults-") as temporary:
        stand = Stand.at(chosen.folder or Path(temporary), chosen.size)
        done = {row["number"] for row in _recorded(chosen.outcomes) if row["seed"] == chosen.seed}
        left = [number for number in range(chosen.kills) if number not in done]
        for start in range(0, len(left), chosen.in_a_row):
            if time.monotonic() > ends:
                break
            kills = {n: drawn(chosen.seed, n, stand.seconds) for n in left[start : start + chosen.in_a_row]}
            _append(chosen.outcomes, chosen.seed, killed_in_a_row(stand.fresh(), stand.expected, kills))
    summary = summed_up(_recorded(chosen.outcomes))
    RESULTS.write_text(json.dumps(summary, indent=1) + "\n", "utf-8")
    print(json.dumps(summary, indent=1))
    return bool(summary["broken"])


def _recorded(outcomes: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in outcomes.read_text("utf-8").splitlines()] if outcomes.exists() else []


def _append(outcomes: Path, seed: int, found: Round) -> None:
    outcomes.parent.mkdir(exist_ok=True)
    about = {"seed": seed, "converged": not found.broken, "broken": found.broken}
    with outcomes.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps({**asdict(outcome), **about}) + "\n" for outcome in found.outcomes)


def summed_up(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Counts of what was recorded, by stage and by what was left published."""
    in_time = [row for row in rows if row["in_time"]]
    return {
        "kills": len(in_time),
        "by_stage": {stage: count for stage in STAGES if (count := sum(row["came_in"] == stage for row in in_time))},
        "dbt_left_alive": sum(not row["group"] for row in in_time),
        "too_late": len(rows) - len(in_time),
        "published_afterwards": dict(Counter(str(row["left"]) for row in in_time)),
        "kills_whose_next_run_converged": sum(bool(row["converged"]) for row in in_time),
        "broken": [row for row in rows if row["broken"]],
    }


if __name__ == "__main__":
    sys.exit(main())
