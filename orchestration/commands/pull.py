"""`earshot pull`: brings in what the export APIs have that is new, and publishes nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(pull)


def pull(
    vendors: Annotated[list[str] | None, typer.Argument(help="Only these vendors; else all that the workspace names.")] = None,
    anew: Annotated[bool, typer.Option(help="Begin at the first day again. What is there already is not doubled.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Pulls the export APIs of `[sources.<vendor>.api]` into the landing area and the raw tables; `earshot run` does so too.

    Ends with 1 if a stream could not be pulled whole; the others are.

    Examples: `earshot pull` · `earshot pull zendesk salesforce` · `earshot pull amplitude --anew`
    """
    from orchestration.job import RunProblem, pull_now
    from orchestration.progress import bar
    from orchestration.summary import print_pulled

    settings = workspace_settings(workspace)
    unknown = sorted(set(vendors or ()) - set(settings.apis))
    if unknown:
        named = ", ".join(sorted(settings.apis)) or "none"
        raise complain(f"earshot.toml has no [sources.{unknown[0]}.api]; named are: {named}", ExitCode.USAGE)
    if not settings.apis:
        console.print("earshot.toml names no export API, so nothing is pulled. connectors/README.md says how to name one.")
        return
    try:
        with bar(console) as progress:
            pulled = pull_now(settings, progress, vendors=vendors or (), anew=anew)
    except RunProblem as problem:
        raise complain(str(problem), ExitCode(problem.exit_code)) from None
    print_pulled(console, pulled)
    if any(pulling.failure for pulling in pulled):
        raise typer.Exit(ExitCode.FAILED)
