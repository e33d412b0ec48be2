"""`earshot gate`: what blocks, and the decisions to serve data all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orchestration.settings import Settings
from orchestration.shell import ExitCode, WorkspaceOption, complain, console, workspace_settings

if TYPE_CHECKING:
    from orchestration.store import BuildStore

By = Annotated[str, typer.Option("--by", help="Who answers for it: a name or a role. Everyone who reads trust.waiver sees it.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the shell."""
    gates = typer.Typer(
        help="What the gates found, and waivers: decisions to serve data although an expectation is broken.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
    )
    gates.command("list")(list_waivers)
    gates.command()(waive)
    gates.command()(unwaive)
    app.add_typer(gates, name="gate")


def list_waivers(workspace: WorkspaceOption = None) -> None:
    """Shows what the last run broke, and every waiver with its reason and end.

    Example: `earshot gate list -w workspace`
    """
    from orchestration.run_history import last_findings
    from orchestration.waivers import decisions

    settings = workspace_settings(workspace)
    with _told():
        found = last_findings(_store(settings))
        made = decisions(settings)
    console.print("The last run" if found else "The last run broke no expectation.")
    for kind, suite, expectation, judged, seen in found:
        # In one piece, as `waive` takes them: cells of a table would cut them.
        console.print(f"  {kind}: {suite} {expectation} {judged}", highlight=False, markup=False, soft_wrap=True)
        console.print(Padding(Text(str(seen), style="dim"), (0, 0, 0, 6)))
    now = datetime.now(UTC)
    waivers = Table("id", "state", "what", "until", "by", "reason", title="Waivers", title_justify="left")
    for one in reversed(made):
        what = f"{one.suite}: {one.expectation} on {one.object}"
        cells = (one.waiver_id, one.state(now), what, f"{one.expires_at:%Y-%m-%d}", one.waived_by, one.reason)
        waivers.add_row(*(escape(cell) for cell in cells))
    console.print(waivers if made else "Nothing was ever waived.")


def waive(
    suite: Annotated[str, typer.Argument(help="Suite, for example `mart.core.account`.")],
    expectation: Annotated[str, typer.Argument(help="Expectation, for example `arr_in_range`.")],
    judged: Annotated[str, typer.Argument(metavar="OBJECT", help="Judged table, for example `core.account`.")],
    reason: Annotated[str, typer.Option(help="Why it is right to serve the data.")],
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day, UTC; at most 90 days from now.")],
    by: By,
    covers_errors: Annotated[
        bool, typer.Option("--covers-errors", help="Also where the expectation cannot be evaluated at all.")
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Lets data be served although one blocking expectation does not hold, until a day; the only way past a block.

    The result stays on record as waived, never as passed. Call `earshot run` afterwards.

    Example:
    `earshot gate waive mart.core.account arr_in_range core.account --reason "credit notes" --until 2027-01-31 --by finance`
    """
    from orchestration.run_history import judged_expectations
    from orchestration.waivers import waive as decide

    settings = workspace_settings(workspace)
    target = (suite, expectation, judged)
    end = datetime.combine(until.date(), time.max, UTC)
    with _told():
        known = judged_expectations(_store(settings))
        decision = decide(settings, known, target, reason=reason, by=by, expires_at=end, covers_errors=covers_errors)
    console.print(
        f"waived {decision.waiver_id}: {suite}: {expectation} on {judged} does not block until the end of {until:%Y-%m-%d}. "
        "Call `earshot run` to publish.",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def unwaive(
    waiver_id: Annotated[str, typer.Argument(help="Id of the waiver, from `earshot gate list`.")],
    by: By,
    workspace: WorkspaceOption = None,
) -> None:
    """Takes a waiver back: the expectation blocks again from the next run on.

    Example: `earshot gate unwaive 1f2e3d4c5b6a --by finance`
    """
    from orchestration.waivers import unwaive as withdraw

    settings = workspace_settings(workspace)
    with _told():
        decision = withdraw(settings, waiver_id, by=by)
    console.print(f"withdrawn {decision.waiver_id}: {decision.suite}: {decision.expectation} blocks again.", soft_wrap=True)


@contextmanager
def _told() -> Iterator[None]:
    """Problems of waivers and of the build database, as messages for people."""
    from connectors.errors import TransientError
    from orchestration.build_layout import StoreError
    from orchestration.waivers import WaiverError

    try:
        yield
    except WaiverError as problem:
        raise complain(str(problem), ExitCode.USAGE) from None
    except TransientError as problem:
        raise complain(f"{problem}. Try again when the run has ended.", ExitCode.LOCKED) from None
    except StoreError as problem:
        raise complain(str(problem), ExitCode.FAILED) from None


def _store(settings: Settings) -> BuildStore:
    from orchestration.assets.loaded import open_store
    from orchestration.waivers import WaiverError

    if not settings.build_db.is_file():
        raise WaiverError("no run yet: nothing was judged. Call `earshot run` first")
    store = open_store(settings, patience_seconds=0)
    store.widen()
    return store
