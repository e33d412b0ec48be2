"""`earshot metrics`: the state of the pipeline for Prometheus."""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from orchestration.shell import WorkspaceOption, console, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(metrics)


def metrics(
    serve: Annotated[int, typer.Option(help="Loopback port to serve them on until Ctrl-C; else they are printed.")] = 0,
    workspace: WorkspaceOption = None,
) -> None:
    """Prints the metrics of runs, gates and sources in Prometheus' format, or serves them on the loopback address.

    `metrics_file` under [observability] writes them after each run instead.

    Examples: `earshot metrics` · `earshot metrics --serve 9464`
    """
    from prometheus_client import generate_latest, start_http_server

    from orchestration.metrics import registry

    known = registry(workspace_settings(workspace))
    if not serve:
        console.file.write(generate_latest(known).decode())
        return
    start_http_server(serve, addr="127.0.0.1", registry=known)
    console.print(f"Metrics on http://127.0.0.1:{serve}/metrics (Ctrl-C ends it)")
    threading.Event().wait()
