"""`earshot tables`: what has landed and been judged, as Parquet for an engine of more than one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    app.command()(tables)


def tables(
    folder: Annotated[Path, typer.Argument(help="Where the files are written: empty, or written by this command before.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Writes the tables that the models read as Parquet, for dbt on another engine, such as Spark (docs/scale.md).

    They hold customers' words and the salt of contact keys: store them as you would store those.

    Example: `earshot tables ./lake -w ~/voc`
    """
    from orchestration.build_layout import StoreError
    from orchestration.source_tables import write_source_tables
    from orchestration.store import StoreBusy

    settings = workspace_settings(workspace)
    try:
        made = write_source_tables(settings, folder)
    except StoreBusy as busy:
        raise complain(f"A run is under way: {busy}. Try again later.", ExitCode.LOCKED) from None
    except (StoreError, OSError) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    console.print(
        f"{made.tables:,} tables, {made.rows:,} rows, {made.bytes / 1e6:,.1f} MB, are in {folder}",
        highlight=False,
        soft_wrap=True,
    )
