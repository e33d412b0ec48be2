"""Reading the published database: one sandboxed read-only connection, a prompt, and three ways to print a result."""

from __future__ import annotations

import contextlib
import csv
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import duckdb
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from insights.formulas import spreadsheet_safe

# A table is completed with its schema.
WORD = re.compile(r"[\w.]+")
FORMATS = ("table", "csv", "json")
SHOWN_ROWS = 200
LOGGING = "enable_logging"


class QueryProblem(Exception):
    """A query cannot be answered; the text says why."""


@contextlib.contextmanager
def open_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection that can reach nothing but the published database.

    Raises:
        QueryProblem: nothing was published yet, or the file is damaged.
    """
    if not path.is_file():
        raise QueryProblem(f"Nothing is published yet ({path} is missing). Call `earshot run` first.")
    try:
        connection = duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"})
        # Connections of one process share the database, and so the lock that an earlier one set.
        if not connection.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]:
            connection.execute("SET GLOBAL TimeZone = 'UTC'")
            connection.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        raise QueryProblem(
            f"{path} cannot be read: {error}. `earshot run --select published/warehouse` publishes it anew."
        ) from None
    with connection:
        yield connection


def print_query(connection: duckdb.DuckDBPyConnection, query: str, output: str, stream: TextIO) -> None:
    """Answers a query in the wanted format.

    Raises:
        QueryProblem: the query or the format is wrong.
    """
    if output not in FORMATS:
        raise QueryProblem(f"--format {output!r} is unknown. Take one of {', '.join(FORMATS)}.")
    columns = executed(connection, query)
    try:
        if output == "table":
            rows = connection.fetchmany(SHOWN_ROWS + 1)
            _print_table(columns, rows, stream)
        elif output == "csv":
            write_csv(connection, columns, stream)
        else:
            _print_json(connection, columns, stream)
    except duckdb.Error as error:
        raise QueryProblem(str(error).strip()) from None


def executed(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """Runs a query and says its columns.

    Raises:
        QueryProblem: it is wrong, or has no answer.
    """
    if LOGGING in query.lower():
        # A log that may not be written ends the whole process.
        raise QueryProblem(f"{LOGGING} is not available here: take what `earshot describe` lists.")
    try:
        connection.execute(query)
    except duckdb.Error as error:
        raise QueryProblem(str(error).strip()) from None
    return [column[0] for column in connection.description or []]


def fetched(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    """Rows of the query that ran last, a batch in memory at a time."""
    while batch := connection.fetchmany(10_000):
        yield from batch


def _print_table(columns: list[str], rows: list[tuple[Any, ...]], stream: TextIO) -> None:
    table = Table(*columns, header_style="bold")
    for row in rows[:SHOWN_ROWS]:
        table.add_row(*(_shown(value) for value in row))
    console = Console(file=stream)
    if Measurement.get(console, console.options, table).minimum > console.width:
        # Cut-off names and broken words tell nothing: too wide a table is told row by row.
        _print_records(console, columns, rows[:SHOWN_ROWS])
    else:
        console.print(table, markup=False)
    if len(rows) > SHOWN_ROWS:
        console.print(f"The first {SHOWN_ROWS} rows. Add LIMIT, or take --format csv for all.")


def _print_records(console: Console, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    for number, row in enumerate(rows, 1):
        console.rule(f"row {number}", align="left", style="dim")
        record = Table.grid(padding=(0, 2))
        for column, value in zip(columns, row, strict=True):
            record.add_row(Text(column, style="bold", no_wrap=True), Text(_shown(value)))
        console.print(record)


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.3f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else str(value)
    return str(value)


def write_csv(connection: duckdb.DuckDBPyConnection, columns: Sequence[str], stream: TextIO) -> int:
    """Writes the answer of the query that ran last, and says how many rows it has."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([spreadsheet_safe(column) for column in columns])
    rows = 0
    for row in fetched(connection):
        writer.writerow(["" if value is None else spreadsheet_safe(value) for value in row])
        rows += 1
    return rows


def _print_json(connection: duckdb.DuckDBPyConnection, columns: list[str], stream: TextIO) -> None:
    stream.write("[")
    for number, row in enumerate(fetched(connection)):
        stream.write(",\n " if number else "\n ")
        stream.write(json.dumps(dict(zip(columns, row, strict=True)), default=str, ensure_ascii=False))
    stream.write("\n]\n")


def prompt(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """An interactive prompt with completion of tables, columns and keywords; a semicolon ends a query."""
    import sys

    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.lexers import PygmentsLexer
    from pygments.lexers.sql import SqlLexer

    words = [row[0] for row in connection.execute(_COMPLETIONS).fetchall()]
    session: PromptSession[str] = PromptSession(
        lexer=PygmentsLexer(SqlLexer), completer=WordCompleter(words, ignore_case=True, pattern=WORD)
    )
    console.print("Read-only on the published database. A semicolon ends a query; Ctrl-D leaves.")
    pending = ""
    while True:
        try:
            line = session.prompt("earshot> " if not pending else "     ... ")
        except EOFError:
            return
        except KeyboardInterrupt:
            pending = ""
            continue
        pending = f"{pending}\n{line}".strip()
        if pending in ("exit", "quit", "\\q"):
            return
        if pending.endswith(";"):
            try:
                print_query(connection, pending, "table", sys.stdout)
            except QueryProblem as problem:
                console.print(f"[red]{problem}[/]", highlight=False)
            pending = ""


_COMPLETIONS = """
SELECT DISTINCT word FROM (
    SELECT schema_name || '.' || table_name AS word FROM duckdb_tables()
    UNION ALL SELECT column_name FROM duckdb_columns() WHERE NOT internal
    UNION ALL SELECT upper(keyword_name) FROM duckdb_keywords()
) ORDER BY word
"""
