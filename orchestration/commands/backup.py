"""`earshot backup` and `earshot restore`: a workspace in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings

if TYPE_CHECKING:
    from orchestration.backup import Restored


def register(app: typer.Typer) -> None:
    """Add the commands to the shell."""
    app.command()(backup)
    app.command()(restore)


def backup(
    target: Annotated[Path, typer.Argument(help="A folder for backups, or the name of one, ending in `.tar`.")],
    workspace: WorkspaceOption = None,
) -> None:
    """Writes a backup: settings, labels, decisions, landed files, build and published database, each with its hash.

    It holds customers' words and the salt, and is readable for you alone: store it as you would store those.

    Example: `earshot backup /mnt/backups -w ~/voc`
    """
    from connectors.errors import ConnectorError
    from orchestration.backup import BackupError, back_up, salt_is_elsewhere
    from orchestration.build_layout import StoreError
    from orchestration.progress import bar
    from orchestration.resources import LockHeld

    settings = workspace_settings(workspace)
    try:
        with bar(console) as progress:
            made = back_up(settings, target, progress)
    except LockHeld as held:
        raise complain(f"A run is under way: {held}. Try again later.", ExitCode.LOCKED) from None
    except (BackupError, StoreError, ConnectorError) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    console.print(f"{made.files:,} files, {made.bytes / 1e6:,.1f} MB, are in {made.path}", highlight=False, soft_wrap=True)
    if remark := salt_is_elsewhere(made):
        console.print(remark, highlight=False, soft_wrap=True)


def _since(made: Restored) -> str:
    if made.taken_out is None:
        return "is back with it, since its salt is another: call `earshot forget` again for everyone who asked since."
    if made.left_in:
        return (
            f"is still found in {', '.join(made.left_in)}: remove it there by hand, "
            "or call `earshot forget` again for everyone who asked since."
        )
    return f"stays forgotten: {made.taken_out:,} records were taken out again or changed. The next run publishes what is left."


def restore(
    archive: Annotated[Path, typer.Argument(help="A backup.")],
    folder: Annotated[Path, typer.Argument(help="Where the workspace is made.")],
    force: Annotated[bool, typer.Option("--force", help="Move what is there aside; its inbox stays in place.")] = False,
) -> None:
    """Makes a workspace of a backup, after comparing every file with its hash; a damaged backup changes nothing.

    Example: `earshot restore /mnt/backups/voc-20260630T053000Z.tar ~/voc`
    """
    from orchestration.backup import BackupError
    from orchestration.backup import restore as restore_workspace
    from orchestration.progress import bar
    from orchestration.resources import LockHeld
    from orchestration.settings import SettingsError

    try:
        with bar(console) as progress:
            made = restore_workspace(archive, folder, progress, force=force)
    except LockHeld as held:
        raise complain(f"A run is under way there: {held}. Try again later.", ExitCode.LOCKED) from None
    except (BackupError, SettingsError) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    console.print(
        f"{made.files:,} files of {made.made_at}, each as its hash says, are in {made.root}", highlight=False, soft_wrap=True
    )
    if made.aside:
        console.print(f"What stood there is in {made.aside}; remove it when nobody needs it.", highlight=False, soft_wrap=True)
    if made.forgotten_since:
        console.print(f"[bold]Somebody was forgotten there since this backup was made[/], and {_since(made)}", soft_wrap=True)
    console.print(f"Next: `earshot run --workspace {made.root}` makes the Parquet files anew.", highlight=False, soft_wrap=True)
