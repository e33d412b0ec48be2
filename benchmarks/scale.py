"""The whole run at several company sizes: first run, a run with nothing new, a run with one percent new, and the questions.

    python -m benchmarks.scale --sizes 1 10

Writes `results/scale.json`, the table and the plot of `RESULTS.md`. Processor seconds are the figure to compare: they hold on
a machine that others use, too. Stages begin and end as Dagster recorded it, what they used in between is read
in /proc.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gzip
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.usage import Look, StageUse, Watch, between

ROOT = Path(__file__).resolve().parents[1]
EARSHOT = Path(sys.executable).with_name("earshot")
RESULTS = ROOT / "benchmarks" / "results" / "scale.json"
PAGE = ROOT / "benchmarks" / "RESULTS.md"
PLOT = ROOT / "benchmarks" / "RESULTS.png"
AUDIT_AND_PUBLISH = ("judge_landed", "published__warehouse")
BLOCK = 512  # bytes of one of getrusage's output blocks on Linux


@dataclass(frozen=True, slots=True)
class Run:
    """One call of the command line.

    Attributes:
        size: size of the sample company.
        what: which run it is.
        wall_seconds: elapsed.
        cpu_seconds: user and system time of it and its children.
        peak_mb: largest resident memory of any one process.
        written_mb: bytes that reached the file system.
        stages: what each step used, by its name.
    """

    size: float
    what: str
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    written_mb: float
    stages: dict[str, StageUse] = field(default_factory=dict)


def measured(size: float, what: str, workspace: Path) -> Run:
    """Runs the job in a child of its own, so that its usage is its own.

    Raises:
        RuntimeError: the run did not end well.
    """
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        with (workspace / "bench.log").open("w") as log:
            done = subprocess.run([EARSHOT, "run", "--workspace", workspace], stdout=log, stderr=log, check=False)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        figures = [usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, usage.ru_oublock * BLOCK / 1e6]
        (workspace / "bench.json").write_text(json.dumps(figures))
        os._exit(done.returncode)
    watch = Watch(child)
    _, status = os.waitpid(child, 0)
    looks = watch.end()
    if status:
        raise RuntimeError((workspace / "bench.log").read_text()[-3000:])
    cpu, peak, written = json.loads((workspace / "bench.json").read_text())
    wall = time.monotonic() - started
    return Run(size, what, wall, cpu, peak, written, _stages(workspace, looks) if what != "nothing new" else {})


def _stages(workspace: Path, looks: Sequence[Look]) -> dict[str, StageUse]:
    import dagster as dg

    with dg.DagsterInstance.from_config(str(workspace / ".earshot" / "dagster")) as instance:
        (run,) = instance.get_run_records(limit=1)
        steps = instance.get_run_step_stats(run.dagster_run.run_id)
    return {
        step.step_key: between(looks, step.start_time, step.end_time) for step in steps if step.end_time and step.start_time
    }


def one_percent_more(workspace: Path) -> dict[str, int]:
    """Delivers what a next day brings: one in a hundred answers, tickets and events of what was there, a day after the newest.

    Returns:
        Records delivered, by stream.
    """
    inbox = workspace / "inbox"
    return {
        "answers": _more_answers(inbox / "delighted"),
        "tickets": _more_tickets(inbox / "zendesk"),
        "events": _more_events(inbox / "amplitude"),
    }


def _a_day_later(moment: str) -> str:
    return (date.fromisoformat(moment[:10]) + timedelta(days=1)).isoformat() + moment[10:]


def _more_answers(folder: Path) -> int:
    files = sorted(folder.glob("delighted_responses_????-??-??.csv"))
    rows: list[list[str]] = []
    for path in files:
        with path.open(newline="", encoding="utf-8") as source:
            head, *found = list(csv.reader(source))
        rows += [row for row in found if len(row) == len(head)]
    created, updated = head.index("Created At"), head.index("Updated At")
    last_day = files[-1].stem[-10:]
    newest = sorted((row for row in rows if row[created][:10] <= last_day), key=lambda row: row[created])
    fresh = newest[-max(1, len(rows) // 100) :]
    for row in fresh:
        row[0] = "99" + row[0]
        row[created], row[updated] = _a_day_later(row[created]), _a_day_later(row[updated] or row[created])
    with (folder / "delighted_responses_next_day.csv").open("w", newline="", encoding="utf-8") as target:
        csv.writer(target).writerows([head, *fresh])
    return len(fresh)


def _more_tickets(folder: Path) -> int:
    *earlier, newest = sorted(path for path in folder.iterdir() if path.is_dir())
    pages = [json.loads(path.read_text("utf-8")) for path in sorted(newest.glob("tickets_page_*.json"))]
    dump = [path for one in earlier for path in one.glob("tickets.ndjson")]
    total = sum(len(page["tickets"]) for page in pages) + sum(path.read_bytes().count(b"\n") for path in dump)
    tickets = sorted((ticket for page in pages for ticket in page["tickets"]), key=lambda ticket: str(ticket["created_at"]))
    fresh = tickets[-max(1, total // 100) :]
    for ticket in fresh:
        ticket["id"] = 900_000_000 + int(ticket["id"])
        ticket["created_at"], ticket["updated_at"] = _a_day_later(ticket["created_at"]), _a_day_later(ticket["updated_at"])
    target = folder / _a_day_later(newest.name)
    target.mkdir()
    page = {**pages[-1], "tickets": fresh, "count": len(fresh)}
    (target / "tickets_page_0001.json").write_text(json.dumps(page), encoding="utf-8")
    return len(fresh)


def _more_events(folder: Path) -> int:
    archives = sorted(folder.glob("*.zip"))
    total = sum(1 for path in archives for _ in _event_lines(path))
    with zipfile.ZipFile(archives[-1]) as archive:
        project = archive.namelist()[0].split("/")[0]
    newest = list(_event_lines(archives[-1]))[-max(1, total // 100) :]
    fresh: list[dict[str, Any]] = []
    for line in newest:
        # The sample has cut-off lines on purpose.
        with contextlib.suppress(json.JSONDecodeError):
            fresh.append(_event_a_day_later(json.loads(line)))
    day = max(str(event["event_time"])[:10] for event in fresh)
    with zipfile.ZipFile(folder / f"{project}_{day.replace('-', '')}T00_{day.replace('-', '')}T23.zip", "w") as archive:
        lines = "".join(json.dumps(event) + "\n" for event in fresh)
        archive.writestr(f"{project}/{project}_{day}_0#0.json.gz", gzip.compress(lines.encode()))
    return len(fresh)


def _event_a_day_later(event: dict[str, Any]) -> dict[str, Any]:
    times = {name: _a_day_later(value) for name, value in event.items() if name.endswith("_time") and value}
    return {**event, **times, "$insert_id": f"99{event['$insert_id']}", "uuid": f"99{event['uuid'][2:]}"}


def _event_lines(archive: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(archive) as found:
        for name in sorted(name for name in found.namelist() if name.endswith(".gz")):
            with found.open(name) as member, gzip.open(member) as lines:
                yield from lines


def questions(workspace: Path, repeats: int = 5) -> dict[str, float]:
    """Median and 95th percentile of the time that a saved question takes, in milliseconds, connection included."""
    from orchestration.saved_questions import query_of, saved_questions
    from orchestration.sql_prompt import open_published

    took = []
    for _ in range(repeats):
        for question in saved_questions(ROOT / "dbt_project"):
            started = time.perf_counter()
            with open_published(workspace / "warehouse.duckdb") as connection:
                connection.execute(query_of(question, {}, connection)).fetchall()
            took.append(1000 * (time.perf_counter() - started))
    ordered = sorted(took)
    return {"questions": len(took) // repeats, "p50_ms": statistics.median(took), "p95_ms": ordered[int(0.95 * len(ordered))]}


def rows_of(workspace: Path) -> dict[str, int]:
    """How much there is: feedback items, events, accounts, records read."""
    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            "SELECT (SELECT count(*) FROM core.feedback), "
            "(SELECT sum(rows_loaded) FROM trust.source_reconciliation "
            "WHERE stream = 'event'), (SELECT count(*) FROM core.account), "
            "(SELECT sum(rows_read) FROM trust.source_reconciliation)"
        ).fetchall()[0]
    return dict(zip(("feedback", "events", "accounts", "records"), (int(count or 0) for count in counts), strict=True))


def campaign(size: float, folder: Path) -> dict[str, Any]:
    """All runs of one size."""
    workspace = folder / f"size-{size:g}"
    subprocess.run([EARSHOT, "demo", workspace, "--size", str(size)], check=True, capture_output=True)
    runs = [measured(size, "first", workspace), measured(size, "nothing new", workspace)]
    delivered = one_percent_more(workspace)
    runs.append(measured(size, "one percent new", workspace))
    return {
        "size": size,
        "rows": rows_of(workspace),
        "new": delivered,
        "runs": [asdict(run) for run in runs],
        "questions": questions(workspace),
    }


def write_page(found: list[dict[str, Any]]) -> None:
    """The table and the plot."""
    lines = [
        "# Measured",
        "",
        f"`python -m benchmarks.scale` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}. "
        "Processor seconds hold on a busy machine, elapsed ones do not.",
        "",
        "| size | feedback | events | accounts | run | cpu s | wall s | peak MB | written MB | share of the first run's cpu |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in found:
        first = one["runs"][0]["cpu_seconds"]
        rows = one["rows"]
        for run in one["runs"]:
            lines.append(
                f"| {one['size']:g} | {rows['feedback']:,} | {rows['events']:,} | {rows['accounts']:,} | {run['what']} | "
                f"{run['cpu_seconds']:.1f} | {run['wall_seconds']:.1f} | {run['peak_mb']:,.0f} | {run['written_mb']:,.0f} | "
                f"{run['cpu_seconds'] / first:.1%} |"
            )
    lines += [
        "",
        "| size | run | stage | wall s | cpu s | share of the run's cpu | peak MB | written MB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [line for one in found for run in one["runs"] if run["stages"] for line in _stage_lines(one["size"], run)]
    lines += ["", "| size | saved questions | p50 ms | p95 ms |", "|---|---|---|---|"]
    for one in found:
        asked = one["questions"]
        lines.append(f"| {one['size']:g} | {asked['questions']} | {asked['p50_ms']:.1f} | {asked['p95_ms']:.1f} |")
    lines += ["", "![Processor seconds by size of the company](RESULTS.png)", ""]
    # Sections of other benchmarks stand below.
    _, section, others = PAGE.read_text("utf-8").partition("\n## ") if PAGE.exists() else ("", "", "")
    PAGE.write_text("\n".join(lines) + section + others, encoding="utf-8")
    _plot(found)


def _stage_lines(size: float, run: dict[str, Any]) -> Iterator[str]:
    """One line a stage, one of audit and publication together, which have a goal of their own, and what is no stage's."""
    stages = run["stages"]
    audit = [use for name, use in stages.items() if name in AUDIT_AND_PUBLISH]
    shown = [*stages.items(), ("audit and publish together", _together(audit)), ("start, Dagster, end", _rest(run))]
    for name, use in shown:
        figures = [use[figure] for figure in ("cpu_seconds", "peak_mb", "written_mb")]
        cpu, peak, written = ("" if figure is None else f"{figure:,.1f}" for figure in figures)
        share = "" if figures[0] is None else f"{figures[0] / run['cpu_seconds']:.1%}"
        yield f"| {size:g} | {run['what']} | {name} | {use['wall_seconds']:.1f} | {cpu} | {share} | {peak} | {written} |"


def _together(uses: Sequence[dict[str, float | None]]) -> dict[str, float | None]:
    sums = {figure: sum(use[figure] or 0.0 for use in uses) for figure in ("wall_seconds", "cpu_seconds", "written_mb")}
    return {**sums, "peak_mb": max((use["peak_mb"] or 0.0 for use in uses), default=0.0)}


def _rest(run: dict[str, Any]) -> dict[str, float | None]:
    used = _together(list(run["stages"].values()))
    return {figure: run[figure] - (used[figure] or 0.0) for figure in ("wall_seconds", "cpu_seconds", "written_mb")} | {
        "peak_mb": None
    }


def _plot(found: list[dict[str, Any]]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    records = [one["rows"]["records"] for one in found]
    for position, what in enumerate(("first", "one percent new", "nothing new")):
        axes.plot(records, [one["runs"][(0, 2, 1)[position]]["cpu_seconds"] for one in found], marker="o", label=what)
    axes.set(xscale="log", yscale="log", xlabel="records in the inbox", ylabel="processor seconds")
    axes.set_title("A run costs what is new, and a fixed part")
    axes.legend()
    figure.savefig(PLOT, dpi=110)


def main() -> int:
    """Measures each size and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[1, 10, 100])
    sizes = parser.parse_args().sizes
    with tempfile.TemporaryDirectory(prefix="earshot-scale-") as folder:
        found = [campaign(size, Path(folder)) for size in sizes]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_page(found)
    print(PAGE.read_text("utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
