"""One query in a process of its own, which ends when it takes too long, too much memory or too large an answer.

The database stops a query between batches of rows only: within one, a single expression may run for hours or take all memory.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.sql_prompt import QueryProblem, open_published

MOST_ROWS = 200
MOST_SECONDS = 20.0
MOST_MEMORY = 4 << 30
MOST_TEXT = 1_000_000
PUBLISHED = "SELECT run_id, finished_at FROM trust.run WHERE state = 'published' ORDER BY finished_at DESC LIMIT 1"
TOO_HUNGRY = f"The query takes more than the {MOST_MEMORY >> 30} GB of memory that it may have. Ask for less."


@dataclass(frozen=True)
class Bounded:
    """An answer within the limits, and the publication that it is from."""

    columns: list[str]
    rows: list[list[Any]]
    is_cut_off: bool
    run_id: str | None
    published_at: str


def bounded_answer(warehouse: Path, sql: str, most_seconds: float = MOST_SECONDS) -> Bounded:
    """Answers one query of the published database.

    Args:
        warehouse: the published file.
        sql: the query; what it may ask for is for the caller to judge.
        most_seconds: after so long it is ended.

    Raises:
        QueryProblem: it is wrong, or goes beyond a limit.
    """
    command = [sys.executable, "-P", "-m", "orchestration.bounded_query", str(warehouse)]
    try:
        done = subprocess.run(command, input=sql, capture_output=True, text=True, timeout=most_seconds, check=False)
    except subprocess.TimeoutExpired:
        raise QueryProblem(f"The query took longer than {most_seconds:.0f} seconds. Ask for less.") from None
    if done.returncode:
        raise QueryProblem(TOO_HUNGRY)
    told = json.loads(done.stdout)
    if problem := told.get("problem"):
        raise QueryProblem(problem)
    return Bounded(**told)


def _told(warehouse: Path, sql: str) -> str:
    try:
        with open_published(warehouse) as connection:
            run, moment = connection.execute(PUBLISHED).fetchone() or (None, None)
            cursor = connection.execute(sql)
            columns = [column[0] for column in cursor.description or []]
            rows = cursor.fetchmany(MOST_ROWS + 1)
        answer = Bounded(columns, [list(row) for row in rows[:MOST_ROWS]], len(rows) > MOST_ROWS, run, str(moment))
        text = json.dumps(vars(answer), default=str)
    except (MemoryError, duckdb.OutOfMemoryException):
        return json.dumps({"problem": TOO_HUNGRY})
    except (QueryProblem, duckdb.Error) as problem:
        return json.dumps({"problem": str(problem).strip()})
    if len(text) > MOST_TEXT:
        return json.dumps(
            {"problem": f"The answer has more than {MOST_TEXT:,} characters. Ask for fewer rows or shorter texts."}
        )
    return text


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    sys.stdout.write(_told(Path(sys.argv[1]), sys.stdin.read()))
