"""`earshot superset`: the dashboard for Superset, as the bundle that its importer takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(superset)


def superset(
    out: Annotated[Path, typer.Option("--out", "-o", help="The zip to write.")] = Path("earshot-superset.zip"),
    workspace: WorkspaceOption = None,
) -> None:
    """Writes datasets, charts and a dashboard for Superset: a zip for `superset import-dashboards`.

    Example: `earshot superset --out earshot-superset.zip`
    """
    from dashboards.superset import UnfitFile, bundle

    settings = workspace_settings(workspace)
    if not settings.warehouse_db.is_file():
        raise complain(
            f"Nothing is published yet ({settings.warehouse_db} is missing). Call `earshot run` first.", ExitCode.FAILED
        )
    try:
        packed = bundle(settings.warehouse_db, settings.config.workspace.name)
    except UnfitFile as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(packed)
    console.print(f"wrote {out}: import it with `superset import-dashboards -p {out} -u admin`", soft_wrap=True)
