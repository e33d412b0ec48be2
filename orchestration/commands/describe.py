"""`earshot describe`: what the tables of the published database mean, in the words that the models carry with them."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, workspace_settings

if TYPE_CHECKING:
    import duckdb
    from rich.console import Console

TABLES = """
SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE NOT internal
UNION ALL
SELECT schema_name, view_name, comment FROM duckdb_views() WHERE NOT internal
ORDER BY ALL
"""
COLUMNS = """
SELECT column_name, data_type, comment FROM duckdb_columns()
WHERE schema_name = ? AND table_name = ? ORDER BY column_index
"""
METRICS = """
SELECT metric, version, formula, coalesce(reference, 'none.'), is_ours, limits, shown_in, grain, owner, minimum_n
FROM trust.metric_definition ORDER BY metric, version
"""


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(describe)


def describe(
    table: Annotated[str, typer.Argument(help="A table, with or without its schema; without one all are listed.")] = "",
    workspace: WorkspaceOption = None,
    metrics: Annotated[bool, typer.Option("--metrics", help="Every metric instead, as a Markdown page.")] = False,
) -> None:
    """Says what a published table means, which questions it answers, and what each column holds.

    Examples: `earshot describe` · `earshot describe voc.theme_weekly` · `earshot describe --metrics`
    """
    from rich.console import Console

    from orchestration.sql_prompt import QueryProblem, open_published

    settings = workspace_settings(workspace)
    out = Console(file=sys.stdout)
    try:
        with open_published(settings.warehouse_db) as connection:
            if metrics:
                sys.stdout.write(metric_page(connection))
                return
            described = {f"{schema}.{name}": comment or "" for schema, name, comment in connection.execute(TABLES).fetchall()}
            if table:
                name = find_table(table, list(described))
                _print_columns(out, connection, name, described[name])
            else:
                _print_tables(out, described)
    except QueryProblem as problem:
        raise complain(str(problem), ExitCode.FAILED) from None


def metric_page(connection: duckdb.DuckDBPyConnection) -> str:
    """The reference of the published metrics, in Markdown."""
    lines = [
        "# Metrics",
        "",
        "Every number of the warehouse, from `trust.metric_definition`; written by `earshot describe --metrics`. "
        "*Ours* marks what is defined here and not in the literature.",
    ]
    for row in connection.execute(METRICS).fetchall():
        metric, version, formula, reference, is_ours, limits, shown_in, grain, owner, minimum_n = row
        tables = ", ".join(f"`{table.strip()}`" for table in shown_in.split(","))
        least = f"; at least {minimum_n} observations" if minimum_n else ""
        lines += ["", f"## {metric}", "", f"{formula}", ""]
        lines += [f"- **Limits**: {limits}", f"- **Reference**: {reference}{' *Ours.*' if is_ours else ''}"]
        lines += [f"- **One figure is of**: {grain}{least}. **Owner**: {owner}"]
        lines += [f"- **Shown in**: {tables} (version {version})"]
    return "\n".join(lines) + "\n"


def find_table(wanted: str, tables: list[str]) -> str:
    """The one table that is meant by a name with or without schema, in any case.

    Raises:
        QueryProblem: no table or more than one has that name; the text names what comes nearest.
    """
    from orchestration.sql_prompt import QueryProblem

    asked = wanted.strip().lower()
    meant = [name for name in tables if asked in (name.lower(), name.lower().partition(".")[2])]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise QueryProblem(f"{wanted!r} may be {' or '.join(meant)}. Say it with its schema.")
    bare = {name.lower().partition(".")[2]: name for name in tables}
    near = difflib.get_close_matches(asked.rpartition(".")[2], bare, n=3, cutoff=0.5)
    hint = f" Nearest: {', '.join(bare[name] for name in near)}." if near else ""
    raise QueryProblem(f"No published table is called {wanted!r}.{hint} `earshot describe` lists all.")


def _print_tables(out: Console, described: dict[str, str]) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table("table", "what it is", header_style="bold")
    for name, comment in described.items():
        # The first paragraph says what a row is; the rest is for those who ask about the table.
        grid.add_row(Text(name, no_wrap=True), Text(" ".join(comment.partition("\n\n")[0].split())))
    out.print(grid)


def _print_columns(out: Console, connection: duckdb.DuckDBPyConnection, name: str, comment: str) -> None:
    from rich.table import Table
    from rich.text import Text

    schema, _, table = name.partition(".")
    out.print(Text(name, style="bold"))
    out.print(Text(comment.strip()))
    grid = Table("column", "type", "what it holds", header_style="bold")
    for column, kind, meaning in connection.execute(COLUMNS, [schema, table]).fetchall():
        grid.add_row(Text(column, no_wrap=True), kind.lower(), Text(" ".join((meaning or "").split())))
    out.print(grid)
