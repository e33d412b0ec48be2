"""When the main job runs by itself: once a day, and when something new lies in the inbox; and who hears of a failure."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from orchestration.inputs import inbox_states, nothing_new
from orchestration.settings import Settings

SENSOR_SECONDS = 60


def daily_schedule(settings: Settings, job: Any) -> dg.ScheduleDefinition:
    """The daily run, on from the start."""
    hour, minute = settings.config.run.daily_at.split(":")
    return dg.ScheduleDefinition(
        name="daily",
        job=job,
        cron_schedule=f"{int(minute)} {int(hour)} * * *",
        execution_timezone="UTC",
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"Runs the whole job every day at {settings.config.run.daily_at} UTC.",
    )


def inbox_sensor(settings: Settings, job: Any) -> dg.SensorDefinition:
    """Asks for a run when the inbox looks different from the last run and has stood still since the last look.

    A large export takes a while to copy: half of one would load as a truncated file.
    """

    @dg.sensor(
        name="new_exports",
        job=job,
        minimum_interval_seconds=SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts a run when a file was delivered to the inbox.",
    )
    def new_exports(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        state = inbox_states(settings)
        if state is None:
            return dg.SkipReason("The inbox is empty.")
        asked_for, _, seen = (context.cursor or "").partition(":")
        if state == asked_for or nothing_new(settings):
            return dg.SkipReason("Nothing new in the inbox.")
        if state != seen:
            context.update_cursor(f"{asked_for}:{state}")
            return dg.SkipReason("Something new lies in the inbox; a run starts once it has stopped changing.")
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=state)], cursor=f"{state}:{state}")

    return new_exports


def failure_sensor(jobs: Sequence[Any]) -> dg.SensorDefinition:
    """Tells the daemon's log which run failed, why, and what to do."""

    @dg.run_failure_sensor(name="run_failed", monitored_jobs=list(jobs), default_status=dg.DefaultSensorStatus.RUNNING)
    def run_failed(context: dg.RunFailureSensorContext) -> None:
        reasons = " ".join(_reason(event) for event in context.get_step_failure_events()) or context.failure_event.message
        context.log.error(
            f"{context.dagster_run.job_name}: run {context.dagster_run.run_id} failed: {reasons} "
            "What is published stays as it was; what was not delivered is tried again by the next run. "
            "`earshot status` says what blocked and what to do."
        )

    return run_failed


def _reason(event: dg.DagsterEvent) -> str:
    """What a step said when it failed: its own words, where it gave some."""
    failure = event.step_failure_data
    if failure.user_failure_data and failure.user_failure_data.description:
        return failure.user_failure_data.description
    return (failure.error_display_string or event.message or "").strip().splitlines()[0]
