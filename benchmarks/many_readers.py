"""How many readers one published database serves: readers × size × kind of query, each reader a process of its own.

A look is what docs/bi.md tells a tool to do: open the file read-only, ask, close. `kept` keeps one connection open, and so
never sees the next publication; `parquet` follows the link to the files, as an engine on another machine does.

    python -m benchmarks.many_readers WORKSPACE WORKSPACE … --readers 1 4 16 64
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from benchmarks._sample import published_sample
from orchestration.saved_questions import query_of, saved_questions
from orchestration.sql_prompt import open_published

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results" / "many_readers.json"
LARGEST = "core.feature_usage_daily"
SCAN = f"SELECT feature, count(*), sum(events), max(usage_date) FROM {LARGEST} GROUP BY ALL ORDER BY ALL"


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination.

    Attributes:
        workspace: name of the workspace's folder.
        megabytes: size of its published database.
        query: kind of query.
        readers: processes that asked at once.
        per_second: answers a second, of all readers together.
        p50_ms: median time of an answer, connection included.
        p95_ms: 95th percentile of it.
        failed: looks that ended in an error.
    """

    workspace: str
    megabytes: float
    query: str
    readers: int
    per_second: float
    p50_ms: float
    p95_ms: float
    failed: int


def _one_account(workspace: Path) -> Iterator[object]:
    """A row by its key, another one each time."""
    with open_published(workspace / "warehouse.duckdb") as connection:
        ids = [row[0] for row in connection.execute("SELECT account_id FROM core.account ORDER BY 1 LIMIT 500").fetchall()]
    for account in itertools.cycle(ids):
        with open_published(workspace / "warehouse.duckdb") as connection:
            yield connection.execute("SELECT * FROM core.account WHERE account_id = ?", [account]).fetchall()


def _questions(workspace: Path) -> Iterator[object]:
    """The saved questions in turn."""
    for question in itertools.cycle(saved_questions(ROOT / "dbt_project")):
        with open_published(workspace / "warehouse.duckdb") as connection:
            yield connection.execute(query_of(question, {}, connection)).fetchall()


def _kept(workspace: Path) -> Iterator[object]:
    """The saved questions in turn, by one connection."""
    with open_published(workspace / "warehouse.duckdb") as connection:
        for question in itertools.cycle(saved_questions(ROOT / "dbt_project")):
            yield connection.execute(query_of(question, {}, connection)).fetchall()


def _scan(workspace: Path) -> Iterator[object]:
    """Every row of the largest mart."""
    while True:
        with open_published(workspace / "warehouse.duckdb") as connection:
            yield connection.execute(SCAN).fetchall()


def _parquet(workspace: Path) -> Iterator[object]:
    """The same rows in the Parquet files."""
    while True:
        source = (workspace / "parquet").resolve() / f"{LARGEST.replace('.', '/')}.parquet"
        with duckdb.connect() as connection:
            yield connection.execute(SCAN.replace(LARGEST, f"'{source}'")).fetchall()


QUERIES: dict[str, Callable[[Path], Iterator[object]]] = {
    "account": _one_account,
    "questions": _questions,
    "kept": _kept,
    "scan": _scan,
    "parquet": _parquet,
}


def read_when_told(workspace: Path, query: str, seconds: float) -> tuple[list[float], int]:
    """Asks once to warm up, says that it is ready, and once it is told to, asks without a pause.

    Returns:
        Milliseconds of each answer, and how many looks failed.
    """
    took, failed = [], 0
    looks = QUERIES[query](workspace)
    next(looks)
    print("ready", flush=True)
    sys.stdin.readline()
    ends = time.perf_counter() + seconds
    while (began := time.perf_counter()) < ends:
        try:
            next(looks)
        except duckdb.Error:
            failed, looks = failed + 1, QUERIES[query](workspace)
            continue
        took.append(1000 * (time.perf_counter() - began))
    return took, failed


def measured(workspace: Path, query: str, readers: int, seconds: float) -> Cell:
    """Lets readers ask at once: each says when it is ready, and all begin together."""
    command = [sys.executable, "-m", "benchmarks.many_readers", str(workspace), "--reader", query, "--seconds", str(seconds)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(readers)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        answers.append(json.loads(process.communicate()[0]))
    took = sorted(itertools.chain.from_iterable(answer["took"] for answer in answers))
    return Cell(
        workspace.name,
        round((workspace / "warehouse.duckdb").stat().st_size / 1e6, 1),
        query,
        readers,
        round(len(took) / seconds, 1),
        round(statistics.median(took), 1),
        round(took[int(0.95 * len(took))], 1),
        sum(answer["failed"] for answer in answers),
    )


def table(cells: list[Cell]) -> str:
    """The cells as a table, one line per workspace and query, a column per number of readers."""
    counts = sorted({cell.readers for cell in cells})
    found = {(cell.workspace, cell.megabytes, cell.query, cell.readers): cell for cell in cells}
    lines = [
        "| published | MB | query | " + " | ".join(f"{count} readers" for count in counts) + " |",
        "|---|---|---|" + "---|" * len(counts),
    ]
    for workspace, megabytes, query in dict.fromkeys((cell.workspace, cell.megabytes, cell.query) for cell in cells):
        row = [found[workspace, megabytes, query, count] for count in counts]
        shown = " | ".join(f"{cell.p50_ms:g} / {cell.p95_ms:g} ms, {cell.per_second:g}/s" for cell in row)
        lines.append(f"| {workspace} | {megabytes:g} | {query} | {shown} |")
    return "\n".join(lines)


def main() -> int:
    """Measures every combination; fails where a look failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspaces", type=Path, nargs="*", help="published already, smallest first; else a sample is made")
    parser.add_argument("--readers", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--queries", nargs="+", choices=QUERIES, default=list(QUERIES))
    parser.add_argument("--seconds", type=float, default=4, help="how long each combination is measured")
    parser.add_argument("--reader", choices=QUERIES, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.reader:
        took, failed = read_when_told(chosen.workspaces[0], chosen.reader, chosen.seconds)
        print(json.dumps({"took": took, "failed": failed}))
        return 0
    with tempfile.TemporaryDirectory(prefix="earshot-many-readers-") as folder:
        workspaces = chosen.workspaces or [published_sample(Path(folder) / "size-0.25", 0.25)]
        cells = [
            measured(workspace.resolve(), query, readers, chosen.seconds)
            for workspace in workspaces
            for query in chosen.queries
            for readers in chosen.readers
        ]
    RESULTS.write_text(
        json.dumps({"cpus": os.cpu_count(), "cells": [asdict(cell) for cell in cells]}, indent=1) + "\n", "utf-8"
    )
    print(table(cells))
    return sum(cell.failed for cell in cells) > 0


if __name__ == "__main__":
    sys.exit(main())
