"""Where the answer of a query goes: to the terminal as a table or chart, to a pipe as CSV or JSON, into a file."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from orchestration.exports import chart, export
from orchestration.shell import console
from orchestration.sql_prompt import print_query


def give(connection: duckdb.DuckDBPyConnection, query: str, form: str, out: Path | None, drawn: bool) -> None:
    """Answers a query the way that was asked for.

    Raises:
        QueryProblem: the query, the format or the file is wrong.
    """
    if out is not None:
        rows = export(connection, query, out)
        console.print(f"wrote {out}: {rows:,} rows", markup=False, highlight=False, soft_wrap=True)
    elif drawn:
        sys.stdout.write(chart(connection, query, console.width, colour=sys.stdout.isatty()))
    else:
        print_query(connection, query, form, sys.stdout)
