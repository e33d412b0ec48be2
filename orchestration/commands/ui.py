"""`earshot ui`: Dagster's own pages on the loopback address, ended as one with all that it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from orchestration.settings import quiet_environment
from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings
from orchestration.workspace import write_dagster_config

DEFAULT_PORT = 3000
# Dagster's services are asked to end; those that have not after so long are ended.
GRACE_SECONDS = 6.0
LOOK_SECONDS = 0.1


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(ui)


def ui(
    workspace: WorkspaceOption = None,
    port: Annotated[int, typer.Option(help="Port on the loopback address.", min=1, max=65535)] = DEFAULT_PORT,
) -> None:
    """Opens Dagster on the loopback address: lineage from file to mart, runs, gates, schedule.

    Example: `earshot ui -w workspace --port 3333`
    """
    settings = workspace_settings(workspace)
    from orchestration.commands.dashboard import is_free

    if not is_free(port):
        raise complain(f"Port {port} is taken. Name another: `earshot ui --port {port + 1}`.", ExitCode.FAILED)
    write_dagster_config(settings)
    console.print(f"Dagster for {settings.root} on http://127.0.0.1:{port} (Ctrl-C ends it)", soft_wrap=True)
    arguments = ["dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    dagster = str(Path(sys.executable).with_name("dagster"))
    raise typer.Exit(run_as_one([dagster, *arguments], quiet_environment(settings)))


def run_as_one(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a program that starts others until it ends by itself or this process is told to end.

    `dagster dev` heeds Ctrl-C alone, and only from a terminal: told to end by a service manager, it would leave its web
    server and its daemon behind.

    Returns:
        Its exit code; 0 where it was told to end.
    """
    asked: list[int] = []
    before = {
        one: signal.signal(one, lambda number, _: asked.append(number))
        for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    try:
        process = subprocess.Popen(command, env=dict(environment), start_new_session=True)
        while process.poll() is None and not asked:
            time.sleep(LOOK_SECONDS)
        if process.returncode is None:
            _end(process)
        return 0 if asked else process.returncode
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=GRACE_SECONDS)
    # What its end has left behind, too: they share its group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
