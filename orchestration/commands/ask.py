"""`earshot ask`: the questions that come with the warehouse, answered by name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.shell import ChartOption, ExitCode, OutOption, WorkspaceOption, complain, workspace_settings

if TYPE_CHECKING:
    from orchestration.saved_questions import SavedQuestion


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(ask)


def ask(
    name: Annotated[str, typer.Argument(help="Name of the question; `--list` shows all.")] = "",
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="What to ask otherwise, as name=value; may be repeated.")
    ] = None,
    workspace: WorkspaceOption = None,
    output: Annotated[str, typer.Option("--format", "-f", help="table, csv or json.")] = "table",
    show_list: Annotated[bool, typer.Option("--list", "-l", help="All questions with their parameters.")] = False,
    show_sql: Annotated[bool, typer.Option("--sql", help="Print the query instead of its answer.")] = False,
    out: OutOption = None,
    chart: ChartOption = False,
) -> None:
    """Answers a saved question on the published database, or shows its query to start from.

    Examples: `earshot ask --list` · `earshot ask rising_themes -p segment=mid_market` · `earshot ask nps_by_segment --sql`
    """
    from orchestration.answers import give
    from orchestration.saved_questions import find_question, query_of, saved_questions
    from orchestration.settings import DBT_PROJECT
    from orchestration.sql_prompt import QueryProblem, open_published

    questions = saved_questions(DBT_PROJECT)
    if show_list or not name:
        _print_list(questions)
        return
    settings = workspace_settings(workspace)
    try:
        question = find_question(name, questions)
        given = _given(parameter or [])
        with open_published(settings.warehouse_db) as connection:
            query = query_of(question, given, connection)
            if show_sql:
                sys.stdout.write(query.rstrip() + "\n")
                return
            if output == "table" and out is None:
                sys.stdout.write(question.text + "\n")
            give(connection, query, output, out, chart)
    except QueryProblem as problem:
        raise complain(str(problem), ExitCode.FAILED) from None


def _given(said: Sequence[str]) -> dict[str, str]:
    from orchestration.sql_prompt import QueryProblem

    pairs = [entry.partition("=") for entry in said]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise QueryProblem(f"A parameter is said as name=value, not {wrong[0]!r}.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _print_list(questions: Sequence[SavedQuestion]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table("name", "question", "parameters", header_style="bold")
    for question in questions:
        said = "\n".join(f"{p.name}={p.default}: {p.meaning}" for p in question.parameters)
        grid.add_row(Text(question.name, no_wrap=True), Text(question.text), Text(said))
    Console(file=sys.stdout).print(grid)
