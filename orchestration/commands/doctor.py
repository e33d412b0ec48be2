"""`earshot doctor`: machine, files and configuration, and what to do about what is wrong with them."""

from __future__ import annotations

import typer

from orchestration.shell import ExitCode, WorkspaceOption, console, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(doctor)


def doctor(workspace: WorkspaceOption = None) -> None:
    """Looks at machine, files and configuration of a workspace, changes nothing, and says the remedy of each trouble.

    Example: `earshot doctor -w ~/voc`. Ends with 5 where something has to be mended.
    """
    from orchestration.doctor import examine
    from orchestration.inspection import print_findings

    findings = examine(workspace_settings(workspace))
    print_findings(console, findings)
    if any(finding.problem for finding in findings):
        raise typer.Exit(ExitCode.FINDINGS)
