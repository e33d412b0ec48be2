"""`earshot mcp`: the published marts for an assistant, over standard input and output."""

from __future__ import annotations

import typer

from orchestration.shell import WorkspaceOption, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(mcp)


def mcp(workspace: WorkspaceOption = None) -> None:
    """Serves the published marts to an assistant that speaks the Model Context Protocol: read-only, cited, without network.

    The assistant starts it, e.g. with `{"command": "earshot", "args": ["mcp", "-w", "/home/me/voc"]}` among its servers.
    """
    settings = workspace_settings(workspace)
    from orchestration.assistant import build_server

    build_server(settings).run("stdio")
