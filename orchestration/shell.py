"""What every command of the shell shares: the terminal, the workspace option, exit codes, how a problem is told."""

from __future__ import annotations

import sys
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from orchestration.settings import Settings, SettingsError, load_settings

# Bound to the terminal now: while a job runs, what its tools print goes to a file.
console = Console(file=sys.stdout)
complaints = Console(stderr=True)

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="Folder of the workspace; else $EARSHOT_WORKSPACE, else the current folder."),
]

OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="Write the whole answer into a .csv, .xlsx or .parquet file.")
]
ChartOption = Annotated[
    bool, typer.Option("--chart", help="Draw the answer: the first column is dates or names, the others numbers.")
]


class ExitCode(IntEnum):
    """What the shell is told."""

    OK = 0
    FAILED = 1
    USAGE = 2
    BLOCKED = 3
    LOCKED = 4
    FINDINGS = 5


def complain(text: str, code: ExitCode) -> typer.Exit:
    """Tells a problem on standard error; raise what it returns."""
    complaints.print(Text.assemble(("earshot:", "bold red"), f" {text}"), soft_wrap=True)
    return typer.Exit(code)


def hand_over(text: str, out: Path | None, what: str) -> None:
    """Writes a page into a file and says what it is, or to standard output."""
    if out is None:
        sys.stdout.write(text)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(text, encoding="utf-8")
    console.print(f"wrote {out}: {what}", soft_wrap=True)


def workspace_settings(workspace: Path | None) -> Settings:
    """The settings of the workspace that a command was given; a wrong one ends the command with its message."""
    try:
        return load_settings(workspace)
    except SettingsError as error:
        raise complain(str(error), ExitCode.USAGE) from None
