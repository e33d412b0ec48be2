"""`earshot dashboard`: the pages over the published database, on the loopback address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings

if TYPE_CHECKING:
    import duckdb

    from dashboards.published import Published
    from orchestration.settings import Settings

DEFAULT_PORT = 8050


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(dashboard)


def dashboard(
    workspace: WorkspaceOption = None,
    port: Annotated[int, typer.Option(help="Port on the loopback address.", min=1, max=65535)] = DEFAULT_PORT,
) -> None:
    """Opens the pages on the loopback address: what customers say, readiness, hiring signals, trust.

    Example: `earshot dashboard -w workspace --port 8051`
    """
    settings = workspace_settings(workspace)
    if not is_free(port):
        raise complain(f"Port {port} is taken. Name another: `earshot dashboard --port {port + 1}`.", ExitCode.FAILED)
    from dashboards.app import serve

    console.print(f"Dashboard for {settings.root} on http://127.0.0.1:{port} (Ctrl-C ends it)", soft_wrap=True)
    serve(published_of(settings), port)


def published_of(settings: Settings) -> Published:
    """The published database of a workspace as the dashboard wants it; its saved questions are those of `earshot ask`."""
    from dashboards.published import Published
    from orchestration.saved_questions import find_question, query_of, saved_questions
    from orchestration.settings import DBT_PROJECT

    questions = saved_questions(DBT_PROJECT)

    def saved_query(name: str, given: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> str:
        return query_of(find_question(name, questions), given, connection)

    section = settings.config.workspace
    return Published(settings.warehouse_db, saved_query, section.reporting_currency, section.name)


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of the loopback address."""
    import socket

    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
