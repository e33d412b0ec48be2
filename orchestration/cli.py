"""The command line: every command is a thin shell over a function of the house, with messages for people."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.commands import ask as ask_command
from orchestration.commands import backfill as backfill_command
from orchestration.commands import backup as backup_command
from orchestration.commands import connector as connector_command
from orchestration.commands import dashboard as dashboard_command
from orchestration.commands import describe as describe_command
from orchestration.commands import digest as digest_command
from orchestration.commands import docs as docs_command
from orchestration.commands import doctor as doctor_command
from orchestration.commands import forget as forget_command
from orchestration.commands import gate as gate_command
from orchestration.commands import interview_kit as interview_kit_command
from orchestration.commands import label as label_command
from orchestration.commands import loop as loop_command
from orchestration.commands import mcp as mcp_command
from orchestration.commands import metrics as metrics_command
from orchestration.commands import pull as pull_command
from orchestration.commands import superset as superset_command
from orchestration.commands import tables as tables_command
from orchestration.commands import themes as themes_command
from orchestration.commands import ui as ui_command
from orchestration.settings import quiet_environment
from orchestration.shell import (
    ChartOption,
    ExitCode,
    OutOption,
    WorkspaceOption,
    complain,
    complaints,
    console,
    workspace_settings,
)

app = typer.Typer(
    name="earshot",
    help="The product-operations warehouse: what customers say, whether revenue teams are ready, whether you need a hire.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Where the workspace is made.")] = Path(),
    name: Annotated[str, typer.Option(help="What the company is called.")] = "My company",
    system: Annotated[
        list[str] | None, typer.Option(help="Systems that the company has: zendesk,salesforce; may be repeated.")
    ] = None,
) -> None:
    """Makes a workspace: `earshot.toml`, `themes.yml`, an `inbox/` for each system, and `exports.md` with what to put there.

    In a terminal it asks for the systems where none is named; elsewhere it reads no answers and takes all.

    Example: `earshot init ~/voc --name "Example Ltd" --system zendesk --system salesforce`
    """
    from orchestration.systems import UnknownSystem
    from orchestration.workspace import create_workspace

    if not system and sys.stdin.isatty() and sys.stdout.isatty():
        system = [_ask_for_systems()]
    try:
        made = create_workspace(folder, name, system or ())
    except UnknownSystem as problem:
        raise complain(str(problem), ExitCode.USAGE) from None
    for path in made:
        console.print(f"made {path}")
    if not made:
        console.print(f"{folder.resolve()} is a workspace already; nothing was changed.")
    elif not system:
        console.print("No system was named (they are asked for in a terminal only), so every known one has a folder.")
        console.print("For yours alone, make the workspace anew with their names: --system zendesk,salesforce")
    console.print(f"Next: put exports into {folder / 'inbox'}/<vendor>/ and call `earshot run --workspace {folder}`.")


def _ask_for_systems() -> str:
    from connectors.registry import load_specs
    from orchestration.systems import vendors_by_kind

    for kind, vendors in vendors_by_kind(load_specs()).items():
        console.print(f"  {kind}: {', '.join(vendors)}", markup=False, highlight=False)
    return str(
        typer.prompt("Which of these does the company have? (with commas; Enter for all)", default="", show_default=False)
    )


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where the sample company's workspace is made.")] = Path("workspace"),
    size: Annotated[
        float, typer.Option(help="1 is the bundled company; 100 has about a hundred times its rows.", min=0.01)
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Another seed, another company.")] = 7,
) -> None:
    """Makes a workspace with a sample company in its inbox, in the vendors' true export formats.

    Example: `earshot demo workspace --size 10`
    """
    from demo.generate import generate
    from orchestration.progress import bar
    from orchestration.workspace import create_workspace

    create_workspace(folder, "Sample company")
    if (folder / "truth.json").exists() and any((folder / "inbox").rglob("*.*")):
        console.print(f"{folder} holds a sample company already; nothing was changed.")
        return
    with bar(console) as progress:
        progress.stage("Making a sample company", 1)
        generate(folder, size=size, seed=seed)
        progress.advance("done")
    files = [path for path in (folder / "inbox").rglob("*") if path.is_file()]
    console.print(
        f"{len(files)} export files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB, in {folder / 'inbox'}; "
        f"what was planted in them is in {folder / 'truth.json'}."
    )


@app.command()
def run(
    workspace: WorkspaceOption = None,
    select: Annotated[
        str,
        typer.Option(help="Assets to run, in Dagster's selection syntax, for example `published/warehouse` or `group:voc`."),
    ] = "",
    full_refresh: Annotated[bool, typer.Option(help="Rebuild everything from the landing area.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for a run that is under way instead of saying who it is.")] = False,
) -> None:
    """Runs the main job: export APIs if configured, inbox, raw tables, judgements, marts, gate, published database.

    Examples: `earshot run` · `earshot run --select published/warehouse` · `earshot run --full-refresh`
    """
    settings = workspace_settings(workspace)
    os.environ.update(quiet_environment(settings))
    from orchestration.job import RunProblem, run_job
    from orchestration.progress import bar
    from orchestration.summary import print_summary

    try:
        with bar(console) as progress:
            outcome = run_job(settings, select=select, full_refresh=full_refresh, wait=wait, progress=progress)
    except RunProblem as problem:
        raise complain(str(problem), ExitCode(problem.exit_code)) from None
    print_summary(console, settings, outcome)


@app.command()
def status(workspace: WorkspaceOption = None) -> None:
    """Says how the last runs went, what the gates found, how fresh each stream is, and what to do.

    Example: `earshot status -w workspace`
    """
    from connectors.errors import TransientError
    from orchestration.build_layout import StoreError
    from orchestration.summary import print_status

    try:
        print_status(console, workspace_settings(workspace))
    except (StoreError, TransientError) as problem:
        raise complain(str(problem), ExitCode.FAILED) from None


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A query; without one a prompt opens.")] = "",
    workspace: WorkspaceOption = None,
    output: Annotated[str, typer.Option("--format", "-f", help="table, csv or json.")] = "table",
    out: OutOption = None,
    chart: ChartOption = False,
) -> None:
    """Reads the published database: read-only, without access to files, network or extensions.

    Examples: `earshot sql "FROM voc.nps_monthly"` · `earshot sql "FROM core.theme" --out themes.xlsx` ·
    `earshot sql --chart "SELECT month_start, nps FROM voc.nps_monthly WHERE segment = 'all'"` · `earshot sql`
    """
    from orchestration.answers import give
    from orchestration.sql_prompt import QueryProblem, open_published, prompt

    settings = workspace_settings(workspace)
    try:
        with open_published(settings.warehouse_db) as connection:
            if query:
                give(connection, query, output, out, chart)
            elif out or chart:
                raise complain('say what to ask: `earshot sql "FROM voc.nps_monthly" --out nps.xlsx`', ExitCode.USAGE)
            else:
                prompt(connection, console)
    except QueryProblem as problem:
        raise complain(str(problem), ExitCode.FAILED) from None


@app.command()
def check(
    exports: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders to look at, wherever they lie; else configuration and inbox.")
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Checks configuration, taxonomy and exports, says which vendor and stream each file is, and writes nothing.

    Examples: `earshot check -w workspace` · `earshot check ~/Downloads/export.csv -w workspace`
    """
    from orchestration.inspection import inspect_files, inspect_workspace, print_findings

    settings = workspace_settings(workspace)
    findings = inspect_files(settings, exports) if exports else inspect_workspace(settings)
    print_findings(console, findings)
    if any(finding.problem for finding in findings):
        raise typer.Exit(ExitCode.FINDINGS)


ask_command.register(app)
backfill_command.register(app)
backup_command.register(app)
digest_command.register(app)
doctor_command.register(app)
forget_command.register(app)
gate_command.register(app)
metrics_command.register(app)
interview_kit_command.register(app)
label_command.register(app)
loop_command.register(app)
mcp_command.register(app)
themes_command.register(app)
connector_command.register(app)
describe_command.register(app)
pull_command.register(app)
dashboard_command.register(app)
ui_command.register(app)
docs_command.register(app)
tables_command.register(app)
superset_command.register(app)


def main(arguments: list[str] | None = None) -> Any:
    """Entry point; a failure that nobody foresaw is told in one line, its traceback goes to a file."""
    try:
        return app(args=arguments)
    except KeyboardInterrupt:
        complaints.print("earshot: stopped. What was loaded stays loaded; the next run goes on from there.")
        sys.exit(130)
    except Exception as error:
        report = Path(tempfile.gettempdir()) / f"earshot-error-{os.getpid()}.log"
        report.write_text(traceback.format_exc(), encoding="utf-8")
        complaints.print(
            f"earshot: {type(error).__name__}: {error}\nThe details are in {report}.", markup=False, soft_wrap=True
        )
        sys.exit(ExitCode.FAILED)
