"""Runs the main job in this process and tells how it ended; a run with nothing new ends before the heavy tools load."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from connectors.errors import ConnectorError
from orchestration.inputs import nothing_new
from orchestration.resources import LockHeld, Progress, Pulling, lock_holder, writer_lock
from orchestration.settings import Settings

FAILED, USAGE, BLOCKED, LOCKED = 1, 2, 3, 4
WAIT_SECONDS = 24 * 3600


class RunProblem(Exception):
    """A run did not publish; the text is for people, the code for the shell."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended well.

    Attributes:
        run_id: the run; None where nothing was new.
        pulled: how the pull of each stream of an export API ended.
        partial: only selected assets ran and nothing was published.
    """

    run_id: str | None
    partial: bool = False
    pulled: tuple[Pulling, ...] = ()


def run_job(settings: Settings, *, select: str, full_refresh: bool, wait: bool, progress: Progress) -> Outcome:
    """Runs the job, or says that nothing is new.

    Args:
        settings: the workspace.
        select: Dagster asset selection; empty for everything.
        full_refresh: forget the build database and rebuild it from the landing area.
        wait: wait for a run that is under way.
        progress: told what happens.

    Returns:
        How it ended.

    Raises:
        RunProblem: nothing was published, with the reason.
    """
    with _telling_of_the_disk(settings):
        return _run(settings, select, full_refresh, wait, progress)


@contextlib.contextmanager
def _telling_of_the_disk(settings: Settings) -> Iterator[None]:
    """A disk that is full or cannot be written to, where nothing else says so; Dagster's own history lies there as well."""
    try:
        yield
    except (OSError, _storage_failure()) as trouble:
        cause = getattr(trouble, "orig", trouble)
        raise RunProblem(
            f"The run could not go on: {cause}. Make room for {settings.state_dir}, or let it be written to, and run again; "
            "what is published is whole.",
            FAILED,
        ) from trouble


def _storage_failure() -> type[Exception]:
    # Asked for once something has failed: a run with nothing new goes without these tools.
    from sqlalchemy.exc import OperationalError

    return OperationalError


def _run(settings: Settings, select: str, full_refresh: bool, wait: bool, progress: Progress) -> Outcome:
    if not settings.apis and not select and not full_refresh and nothing_new(settings):
        return Outcome(run_id=None)
    settings = _free_to_write(settings, wait)
    if full_refresh:
        forget_build(settings)
    pulled = () if select else pull_now(settings, progress)
    if settings.apis and not select and not full_refresh and nothing_new(settings):
        return Outcome(run_id=None, pulled=pulled)
    outcome = _execute(settings, select, progress, None if select else pulled)
    return replace(outcome, pulled=pulled)


def _free_to_write(settings: Settings, wait: bool) -> Settings:
    """The settings of a run that waits for another one, or of one that finds none under way."""
    if wait:
        waiting = settings.config.run.model_copy(update={"wait_for_lock_seconds": WAIT_SECONDS})
        return settings.model_copy(update={"config": settings.config.model_copy(update={"run": waiting})})
    if (holder := lock_holder(settings.state_dir / "run.lock")) is not None:
        raise RunProblem(f"Another run is under way: {holder}. Try again later, or add --wait.", LOCKED)
    return settings


def pull_now(settings: Settings, progress: Progress, *, vendors: Sequence[str] = (), anew: bool = False) -> tuple[Pulling, ...]:
    """Pulls what the workspace names, as the one writer.

    Args:
        settings: the workspace.
        progress: told of each stream.
        vendors: only these; all where empty.
        anew: begin at the first day again.

    Returns:
        How each stream ended; nothing where no API is configured.

    Raises:
        RunProblem: another run is under way, or the build database or the landing area cannot be used.
    """
    if not settings.apis:
        return ()
    from orchestration.declared import workspace_specs
    from orchestration.pulling import pull_all
    from orchestration.store import StoreError

    batch = f"pull-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    try:
        with writer_lock(settings.state_dir / "run.lock", batch, settings.config.run.wait_for_lock_seconds):
            return pull_all(settings, workspace_specs(settings), batch, progress, vendors=vendors, anew=anew)
    except LockHeld as held:
        raise RunProblem(f"Another run is under way: {held}. Try again later, or add --wait.", LOCKED) from None
    except (StoreError, ConnectorError, OSError) as trouble:
        raise RunProblem(f"Nothing was pulled: {trouble}", FAILED) from None


def recount_days(settings: Settings, first: date, last: date, *, wait: bool, progress: Progress) -> None:
    """Counts the usage of some days again; the next run publishes it.

    Args:
        settings: the workspace.
        first: the first day.
        last: the last one.
        wait: wait for a run that is under way.
        progress: told what happens.

    Raises:
        RunProblem: these are no days, or they were not counted.
    """
    with _telling_of_the_disk(settings):
        _recount(_free_to_write(settings, wait), first, last, progress)


def _recount(settings: Settings, first: date, last: date, progress: Progress) -> None:
    from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

    from orchestration.assets.usage import DAYS, USAGE_KEY
    from orchestration.definitions import build_defs
    from orchestration.event_log import lasting_instance
    from orchestration.workspace import write_dagster_config

    if first > last or not all(DAYS.has_partition_key(f"{day}") for day in (first, last)):
        known = f"{DAYS.get_first_partition_key()} to {DAYS.get_last_partition_key()}"
        raise RunProblem(f"{first} to {last} is no span of days; name two of {known}, the earlier one first.", USAGE)
    write_dagster_config(settings)
    span = {ASSET_PARTITION_RANGE_START_TAG: f"{first}", ASSET_PARTITION_RANGE_END_TAG: f"{last}"}
    job = build_defs(settings, {"progress": progress}).resolve_implicit_global_asset_job_def()
    with lasting_instance(settings.dagster_home) as instance, _quiet(settings):
        result = job.execute_in_process(instance=instance, asset_selection=[USAGE_KEY], tags=span, raise_on_error=False)
    if not result.success:
        raise _problem(result.all_events, result.run_id)


def forget_build(settings: Settings) -> None:
    """Removes what can be rebuilt from the landing area; landed and published files stay."""
    for database in (settings.build_db, settings.marts_db, settings.candidate_db):
        for path in (database, database.with_name(database.name + ".wal")):
            path.unlink(missing_ok=True)


def _execute(settings: Settings, select: str, progress: Progress, pulled: tuple[Pulling, ...] | None) -> Outcome:
    from orchestration.assets.published import PUBLISHED_KEY
    from orchestration.definitions import JOB, build_defs
    from orchestration.event_log import lasting_instance
    from orchestration.pulling import Puller
    from orchestration.workspace import write_dagster_config

    write_dagster_config(settings)
    progress.stage("Preparing", 1)
    definitions = build_defs(settings, {"progress": progress, "pulls": Puller(settings, pulled)})
    progress.advance("")
    chosen = selected(definitions, select) if select else None
    with lasting_instance(settings.dagster_home) as instance, _quiet(settings):
        result = definitions.resolve_job_def(JOB).execute_in_process(
            instance=instance, asset_selection=chosen, raise_on_error=False
        )
    if not result.success:
        raise _problem(result.all_events, result.run_id)
    return Outcome(run_id=result.run_id, partial=chosen is not None and PUBLISHED_KEY not in chosen)


def selected(definitions: Any, select: str) -> list[Any]:
    """Keys of the assets that a selection names, with all that the steps which make them make besides.

    Raises:
        RunProblem: it is no selection, or names nothing.
    """
    import dagster as dg

    try:
        with warnings.catch_warnings():
            # Selecting by group is said to be unfinished; whoever types it need not read that.
            warnings.simplefilter("ignore", dg.BetaWarning)
            # What one step makes is made together: a selection of one raw table loads all of them.
            chosen = dg.AssetSelection.from_string(select).required_multi_asset_neighbors()
            keys = chosen.resolve(definitions.resolve_asset_graph())
    except Exception as error:
        raise RunProblem(f"--select {select!r} is no asset selection: {error}", USAGE) from None
    if not keys:
        raise RunProblem(f"--select {select!r} matches no asset. `earshot ui` shows their names.", USAGE)
    return sorted(keys)


@contextlib.contextmanager
def _quiet(settings: Settings) -> Iterator[None]:
    """Dagster keeps its log in its own storage and dbt's goes to a file; the terminal belongs to the progress bars."""
    previous = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (settings.state_dir / "last_run.log").open("w", encoding="utf-8") as log, contextlib.redirect_stdout(log):
            yield
    finally:
        logging.disable(previous)


def _problem(events: Sequence[Any], run_id: str) -> RunProblem:
    """What a person has to know of a failed run: the first failure, without Dagster's own frames."""
    for event in events:
        failure = getattr(event.event_specific_data, "error", None)
        if failure is None or not (event.is_step_failure or event.is_failure):
            continue
        user = getattr(event.event_specific_data, "user_failure_data", None)
        if user is not None and user.description:
            blocked = "gate" in user.description.split(";")[0].lower()
            return RunProblem(user.description, BLOCKED if blocked else FAILED)
        cause = failure
        while cause.cause is not None and cause.cls_name not in ("StoreBusy", "StoreError"):
            cause = cause.cause
        if cause.cls_name == "StoreBusy":
            return RunProblem(f"{_last_line(cause.message)}. Try again once it has ended.", LOCKED)
        if cause.cls_name == "LockHeld":
            return RunProblem(f"Another run is under way: {_last_line(cause.message)}. Try again later, or add --wait.", LOCKED)
        where = f" in {event.step_key}" if event.step_key else ""
        return RunProblem(
            f"The run failed{where}: {_last_line(cause.message)}\nThe published database was not touched. "
            f"Run {run_id} in `earshot ui` has the whole story.",
            FAILED,
        )
    return RunProblem(f"Run {run_id} failed; the published database was not touched. `earshot ui` has the whole story.", FAILED)


def _last_line(message: str) -> str:
    text = message.strip()
    return text.split(": ", 1)[1] if ": " in text.split("\n")[0] else text
