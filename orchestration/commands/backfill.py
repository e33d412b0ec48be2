"""`earshot backfill`: counts the usage of some days again, and publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from orchestration.settings import enter_environment
from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(backfill)


def backfill(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day.")],
    workspace: WorkspaceOption = None,
    wait: Annotated[bool, typer.Option(help="Wait for a run that is under way instead of saying who it is.")] = False,
) -> None:
    """Counts the product events of some days again from the raw tables, touches no other day, and publishes.

    The same as to materialize these partitions of `usage/by_day` in `earshot ui`, and then the job `main`.

    Example: `earshot backfill --from 2026-05-01 --to 2026-05-31`
    """
    settings = workspace_settings(workspace)
    enter_environment(settings)
    from orchestration.job import RunProblem, recount_days, run_job
    from orchestration.progress import bar
    from orchestration.summary import print_summary

    try:
        with bar(console) as progress:
            recount_days(settings, first.date(), last.date(), wait=wait, progress=progress)
            outcome = run_job(settings, select="", full_refresh=False, wait=wait, progress=progress)
    except RunProblem as problem:
        raise complain(str(problem), ExitCode(problem.exit_code)) from None
    print_summary(console, settings, outcome)
