"""The published marts for assistants: a read-only server of the Model Context Protocol that cites what it answers from.

Answers come from described tables of the published database, or from saved questions, each with the query, the tables, the
run that published them and the day they look back from. What the warehouse cannot say is refused with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from orchestration.bounded_query import bounded_answer
from orchestration.commands.describe import COLUMNS, TABLES, find_table
from orchestration.saved_questions import find_question, query_of, saved_questions
from orchestration.settings import DBT_PROJECT, Settings
from orchestration.sql_prompt import QueryProblem, open_published

# Those that make rows of what they are given; the others tell of the database, its settings and its place.
TABLE_FUNCTIONS = {"unnest", "range", "generate_series"}
ABOUT_THE_DATABASE = {"current_setting", "write_log", "getvariable"}
INSTRUCTIONS = """Earshot is a warehouse of what customers say and of how ready a company's teams are.
Use `list_questions` and `ask` first; `list_metrics` and `describe` say what figures mean; `query` answers one SELECT.
Quote each figure with its interval or its n, and cite `source` of the answer. `insufficient_data`, and a null figure, mean
that the data do not tell: say so, never estimate. The warehouse holds no forecasts, no causes, no individuals' performance,
and nobody's address."""


def build_server(settings: Settings) -> MCPServer:
    """The server over one workspace's published database; each call opens the file anew, so publications are seen."""
    server = MCPServer("earshot", instructions=INSTRUCTIONS, log_level="WARNING")

    @server.tool()
    def list_metrics() -> list[dict[str, Any]]:
        """Every published metric: its formula, where it is from, its limits, and the tables that show it."""
        with _published(settings) as connection:
            return _records(connection.execute("FROM trust.metric_definition ORDER BY metric"))

    @server.tool()
    def list_questions() -> list[dict[str, Any]]:
        """The saved questions by name, with the parameters that each takes."""
        return [
            {
                "name": one.name,
                "question": one.text,
                "parameters": {p.name: f"{p.default} ({p.meaning})" for p in one.parameters},
            }
            for one in saved_questions(DBT_PROJECT)
        ]

    @server.tool()
    def ask(name: str, parameters: dict[str, str] | None = None) -> dict[str, Any]:
        """Answers a saved question by its name."""
        with _published(settings) as connection:
            question = find_question(name, saved_questions(DBT_PROJECT))
            return {
                "question": question.text,
                **_answer(settings, connection, query_of(question, parameters or {}, connection)),
            }

    @server.tool()
    def describe(table: str = "") -> dict[str, Any]:
        """What a published table means, column by column; without a name, all tables."""
        with _published(settings) as connection:
            described = _described(connection)
            if not table:
                return {name: comment.partition("\n\n")[0] for name, comment in described.items()}
            name = find_table(table, list(described))
            columns = connection.execute(COLUMNS, name.split(".")).fetchall()
            return {
                "table": name,
                "meaning": described[name],
                "columns": {column: f"{kind.lower()}: {meaning or ''}" for column, kind, meaning in columns},
            }

    @server.tool()
    def query(sql: str) -> dict[str, Any]:
        """Answers one SELECT over described tables; at most 200 rows."""
        with _published(settings) as connection:
            refuse(connection, sql)
            return _answer(settings, connection, sql)

    return server


@contextmanager
def _published(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published database; what goes wrong with it is told to the assistant in words."""
    try:
        with open_published(settings.warehouse_db) as connection:
            yield connection
    except (QueryProblem, duckdb.Error) as problem:
        raise ToolError(str(problem).strip()) from None


def _described(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return {f"{schema}.{name}": comment for schema, name, comment in connection.execute(TABLES).fetchall() if comment}


def refuse(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuses whatever is not one question to described tables.

    Raises:
        QueryProblem: with the reason and the way out.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryProblem("The warehouse answers one SELECT at a time and changes nothing.")
    described = _described(connection)
    named = connection.get_table_names(sql, qualified=True)
    unknown = sorted(name for name in named if name.lower() not in described)
    if unknown or not named:
        # Catalogues of the database itself are not among the names.
        raise QueryProblem(
            f"{', '.join(unknown) or 'The query'}: no described table of the warehouse; `describe` lists what it can say."
        )
    if beside := _reaches_beside_tables(connection, sql):
        raise QueryProblem(f"{beside}: not available here; `describe` lists the tables that the warehouse answers from.")


def _reaches_beside_tables(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """What a query asks of the database itself instead of its tables: settings, paths, catalogues, logs; empty if nothing."""
    row = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
    own = {name for (name,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE internal").fetchall()}
    tree = json.loads(row[0]) if row else {"error": True}
    if tree["error"]:
        return str(tree.get("error_message", "this query"))
    for node in _nodes(tree):
        match node:
            case {"type": "TABLE_FUNCTION", "function": {"function_name": name}} if name.lower() not in TABLE_FUNCTIONS:
                return str(name)
            case {"class": "FUNCTION", "function_name": name} if name.lower() in ABOUT_THE_DATABASE:
                return str(name)
            case {"type": "BASE_TABLE", "table_name": name} if name.lower() in own:
                return str(name)
    return ""


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _nodes(inner)


def _answer(settings: Settings, connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """Rows with their source, within the limits of rows, time and memory."""
    answer = bounded_answer(settings.warehouse_db, sql)
    tables = sorted(name for name in connection.get_table_names(sql, qualified=True) if "." in name)
    return {
        "columns": answer.columns,
        "rows": answer.rows,
        "is_cut_off": answer.is_cut_off,
        "source": {
            "tables": tables,
            "query": sql.strip(),
            "published_by_run": answer.run_id,
            "published_at": answer.published_at,
        },
    }


def _records(cursor: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    columns = [column[0] for column in cursor.description or []]
    return [dict(zip(columns, _plain(row), strict=True)) for row in cursor.fetchall()]


def _plain(row: tuple[Any, ...]) -> list[Any]:
    """Values as JSON has them; moments and days as text."""
    return [json.loads(json.dumps(value, default=str)) for value in row]
