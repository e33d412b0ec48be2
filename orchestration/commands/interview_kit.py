"""`earshot interview-kit`: what to ask whoever is to stand up or join product operations, as a page to print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, hand_over, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command("interview-kit")(interview_kit)


def interview_kit(
    recommendation: Annotated[
        str, typer.Option(help="system_only, first_hire, grow_team or leadership_hire; else what the data recommends.")
    ] = "",
    output: Annotated[str, typer.Option("--format", "-f", help="markdown or html.")] = "markdown",
    out: Annotated[Path | None, typer.Option(help="File to write; else standard output.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Prints the interview kit of the hiring recommendation: the same questions for everyone, room for notes, no scores.

    It begins with how the role will change, from standing the system up to advice: said at hire, or it surprises later.

    Examples: `earshot interview-kit` · `earshot interview-kit --recommendation first_hire -f html --out kit.html`
    """
    from orchestration.interview_kit import FORMATS, NoKit, read_kit, render_kit
    from orchestration.sql_prompt import QueryProblem, open_published

    if output not in FORMATS:
        raise complain(f"--format {output!r} is unknown. Take one of {', '.join(FORMATS)}.", ExitCode.USAGE)
    settings = workspace_settings(workspace)
    try:
        with open_published(settings.warehouse_db) as connection:
            kit = read_kit(connection, recommendation)
    except (NoKit, QueryProblem) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    hand_over(render_kit(kit, output), out, kit.title)
