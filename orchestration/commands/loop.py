"""`earshot loop`: which customers asked for what has shipped since, and who should tell them."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from orchestration.shell import ExitCode, OutOption, WorkspaceOption, complain, workspace_settings

QUESTION = "who_to_tell"
IN_A_TERMINAL = "account_name AS account, replace(owner_team, 'customer_success', 'cs') AS team, shipped, state, they_said"
# What people say, and what voc.loop_closure calls it.
TEAMS = {"any": "any", "cs": "customer_success", "customer_success": "customer_success", "sales": "sales"}


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(loop)


def loop(
    owner_team: Annotated[str, typer.Option(help="Team that tells them: cs, sales, or any.")] = "any",
    workspace: WorkspaceOption = None,
    output: Annotated[str, typer.Option("--format", "-f", help="table, csv or json.")] = "table",
    out: OutOption = None,
) -> None:
    """Lists who raised the theme of what has shipped since, in their words; churned accounts are left out.

    An account is listed because it raised the theme that the shipped item belongs to: read its words before you tell it that
    its wish came true. Who was told by the sheet `launches/told.csv` is listed last, as told. The same as `earshot ask
    who_to_tell`, which shows the first 200 unless it is asked for more, and more columns, as files and CSV do.

    Examples: `earshot loop --owner-team cs` · `earshot loop --owner-team sales --out tell.csv`
    """
    from orchestration.answers import give
    from orchestration.saved_questions import find_question, query_of, saved_questions
    from orchestration.settings import DBT_PROJECT
    from orchestration.sql_prompt import QueryProblem, open_published

    team = TEAMS.get(owner_team.strip().lower().replace("-", "_"))
    if team is None:
        raise complain(f"--owner-team is one of {', '.join(TEAMS)}, not {owner_team!r}.", ExitCode.USAGE)
    settings = workspace_settings(workspace)
    try:
        question = find_question(QUESTION, saved_questions(DBT_PROJECT))
        with open_published(settings.warehouse_db) as connection:
            # A list to work through is given whole.
            everybody = query_of(question, {"owner_team": team, "rows": "0"}, connection)
            query = f"SELECT * EXCLUDE (in_all) FROM ({everybody})"
            if output == "table" and out is None:
                sys.stdout.write(question.text + "\n")
                query = f"SELECT {IN_A_TERMINAL} FROM ({everybody})"
            give(connection, query, output, out, drawn=False)
    except QueryProblem as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
