"""`earshot docs`: models, columns, tests and lineage as one page of HTML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(docs)


def docs(
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write.")] = Path("earshot-docs.html"),
    workspace: WorkspaceOption = None,
) -> None:
    """Writes every model, column, test and their lineage as one page that opens without server or network.

    Example: `earshot docs --out earshot-docs.html`
    """
    from orchestration.model_docs import NoDocs, write_model_docs
    from orchestration.sql_prompt import QueryProblem

    try:
        write_model_docs(workspace_settings(workspace), out)
    except (NoDocs, QueryProblem) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    console.print(f"wrote {out}: open it in a browser", soft_wrap=True)
