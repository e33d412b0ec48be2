"""`earshot digest`: what a role needs to know about a launch; and a judgement of what a person wrote about one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.shell import ExitCode, WorkspaceOption, complain, console, hand_over, workspace_settings

NAMES = {
    "new_value": "the new value",
    "role_change": "how the reader's role changes",
    "prepare_customers": "how to prepare customers",
}


def register(app: typer.Typer) -> None:
    """Add the command to the shell."""
    digests = typer.Typer(invoke_without_command=True, rich_markup_mode="markdown")
    digests.callback()(digest)
    digests.command()(lint)
    digests.command()(voc)
    app.add_typer(digests, name="digest")


def digest(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="Team that it is for, for example `support`.")] = "",
    launch: Annotated[str, typer.Option(help="Key or name of a launch; else the newest one, or those of the period.")] = "",
    period: Annotated[str, typer.Option(help="`2026`, `2026-Q1` or `2026-03`: every launch of that time.")] = "",
    output: Annotated[str, typer.Option("--format", "-f", help="markdown, html or slack.")] = "markdown",
    out: Annotated[Path | None, typer.Option(help="File to write; else standard output.")] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Writes the readiness digest of a role: the new value, how the role changes, how to prepare customers, what they say.

    What is missing is named at the top. Every number carries its query, and is counted again before anything is written.

    Examples: `earshot digest --role support --launch LCH-004` · `earshot digest --role sales --period 2026-Q1 -f html`
    """
    if context.invoked_subcommand:
        return
    from orchestration.digest import FORMATS, DigestProblem, UnprovenDigest, prove, read_digests, render
    from orchestration.sql_prompt import QueryProblem, open_published

    if not role:
        raise complain("say for whom: `earshot digest --role support`", ExitCode.USAGE)
    if output not in FORMATS:
        raise complain(f"--format {output!r} is unknown. Take one of {', '.join(FORMATS)}.", ExitCode.USAGE)
    settings = workspace_settings(workspace)
    try:
        with open_published(settings.warehouse_db) as connection:
            digests = read_digests(connection, role, launch or None, period or None)
            prove(connection, digests)
        text = render(digests, output)
    except (DigestProblem, QueryProblem) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    except UnprovenDigest as problem:
        refused = (
            f"the digest is not written, since a part of it cannot be proven. {problem}. Call `earshot run`, then this again."
        )
        raise complain(refused, ExitCode.BLOCKED) from None
    hand_over(text, out, ", ".join(f"{d.launch_id} ({d.kind})" for d in digests))


def voc(
    output: Annotated[str, typer.Option("--format", "-f", help="markdown, html or slack.")] = "markdown",
    workspace: WorkspaceOption = None,
) -> None:
    """Prints the week's voice of the customer: what rises, what weighs, what nobody builds, in customers' words.

    Dagster writes it every week into the workspace's `digests/`, and delivers it where `[delivery]` says.

    Examples: `earshot digest voc` · `earshot digest voc -f html > voc.html`
    """
    from orchestration.digest import FORMATS, DigestProblem
    from orchestration.sql_prompt import QueryProblem, open_published
    from orchestration.voc_digest import read_voc_digest, render_voc

    if output not in FORMATS:
        raise complain(f"--format {output!r} is unknown. Take one of {', '.join(FORMATS)}.", ExitCode.USAGE)
    settings = workspace_settings(workspace)
    try:
        with open_published(settings.warehouse_db) as connection:
            digest = read_voc_digest(connection, settings.config.workspace.reporting_currency)
    except (DigestProblem, QueryProblem) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None
    console.file.write(render_voc(digest, output))


def lint(file: Annotated[Path, typer.Argument(help="A text that a person wrote about a launch.")]) -> None:
    """Judges whether a text is a readiness guide or only a status update, and names the missing parts.

    Parts under headings are found surely; in plain prose only the usual turns of phrase are. Ends with 5 if a part is missing.

    Example: `earshot digest lint announcement.md`
    """
    from insights.digest import judge

    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise complain(f"{file} cannot be read: {error}. Name a file of UTF-8 text.", ExitCode.USAGE) from None
    judgement = judge(text)
    console.print(judgement.kind)
    for found in judgement.found:
        words = " ".join(found.words.split())
        console.print(f"  says {NAMES[found.part]}: “{words[:120]}{'…' if len(words) > 120 else ''}”", markup=False)
    for part in judgement.missing:
        console.print(f"  missing: {NAMES[part]}", markup=False)
    if judgement.missing:
        raise typer.Exit(ExitCode.FINDINGS)
