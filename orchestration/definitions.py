"""The whole pipeline as one value: a pure function of the settings."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from insights.taxonomy import TaxonomyError, load_taxonomy
from orchestration.alerts import send_alerts
from orchestration.assets.discovered import discovered_assets
from orchestration.assets.enriched import enriched_assets
from orchestration.assets.judged import judged_assets
from orchestration.assets.landed import landed_assets
from orchestration.assets.loaded import loaded_assets, open_store
from orchestration.assets.published import PUBLISHED_KEY, is_served, published_asset, run_steps, served_run
from orchestration.assets.transformed import transformed_assets
from orchestration.assets.usage import USAGE_KEY, usage_asset
from orchestration.checks import landed_checks
from orchestration.declared import workspace_specs
from orchestration.digests import digests_job, weekly_schedule
from orchestration.erasure import remember_erasures
from orchestration.inputs import present_inputs, remember_published
from orchestration.metrics import write_metrics
from orchestration.pulling import Puller
from orchestration.renewal import renew_protection
from orchestration.resources import Children, LogProgress, writer_lock
from orchestration.run_history import begin_run, believe_published, close_open_run, later_publication, record_steps
from orchestration.schedules import daily_schedule, failure_sensor, inbox_sensor
from orchestration.settings import Settings, load_settings
from orchestration.store import BuildStore
from orchestration.version import code_version

logger = logging.getLogger("earshot")
JOB = "main"
RETRY = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
PUBLIC_GROUPS = ("core", "voc", "alignment", "hiring", "product_ops", "trust")


def build_defs(settings: Settings, overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Assembles assets, checks, job, schedule and sensors for one workspace.

    Args:
        settings: the workspace.
        overrides: resources that replace the usual ones, by name (`progress`, `pulls`, `run`).

    Returns:
        Dagster's definitions.
    """
    specs = workspace_specs(settings)
    transform = transformed_assets(settings)
    marts = [key for key, group in transform.group_names_by_key.items() if group in PUBLIC_GROUPS]
    # Days are counted again when a person asks for them; a usual run finds by itself which have changed.
    usual = dg.AssetSelection.all() - dg.AssetSelection.assets(USAGE_KEY)
    job = dg.define_asset_job(JOB, selection=usual, description="Inbox to published database.")
    digests = digests_job(settings)
    resources: dict[str, Any] = {
        "run": _run_resource(settings),
        "progress": LogProgress(),
        "pulls": Puller(settings),
        **(overrides or {}),
    }
    return dg.Definitions(
        assets=[
            landed_assets(settings, list(specs.values()), RETRY),
            loaded_assets(settings, specs, RETRY),
            enriched_assets(settings, specs),
            discovered_assets(settings, specs),
            judged_assets(settings, specs),
            transform,
            usage_asset(settings, specs),
            published_asset(settings, marts),
        ],
        asset_checks=[landed_checks(settings, specs)],
        jobs=[job, digests],
        schedules=[daily_schedule(settings, job), weekly_schedule(settings, digests)],
        sensors=[inbox_sensor(settings, job), failure_sensor([job, digests])],
        resources=resources,
        executor=dg.in_process_executor,
    )


def _run_resource(settings: Settings) -> dg.ResourceDefinition:
    """Holds the writer lock for as long as a run lasts and keeps its line in the run history."""

    @dg.resource
    @contextlib.contextmanager
    def run(context: dg.InitResourceContext) -> Iterator[Children]:
        run_id = context.run_id or "unknown"
        with writer_lock(settings.state_dir / "run.lock", run_id, settings.config.run.wait_for_lock_seconds):
            store = open_store(settings)
            chosen = context.dagster_run.asset_selection if context.dagster_run else None
            whole = not chosen or PUBLISHED_KEY in chosen
            inputs = present_inputs(settings)
            now = datetime.now(UTC)
            with store.held_open():
                store.prepare(workspace_specs(settings).values())
                remember_erasures(settings, store)
                renew_protection(settings, store, run_id, LogProgress())
                settle_history(settings, store)
                clock_in_doubt = later_publication(store, now) is not None
                begin_run(store, run_id, now, code_version(), _taxonomy_version(settings), whole)
            children = Children()
            try:
                yield children
            finally:
                children.end()
                with store.held_open():
                    # A run that published has said so itself; whatever else ends here did not come so far.
                    close_open_run(store, run_id, datetime.now(UTC))
                    # A selection may have published marts that were built of older exports.
                    if not chosen and not clock_in_doubt and is_served(settings, run_id):
                        remember_published(settings, inputs)
                    if context.instance is not None:
                        record_steps(store, run_id, run_steps(context.instance, run_id))
                _tell(settings)

    return run


def settle_history(settings: Settings, store: BuildStore) -> None:
    """Believes the published database of who published it: a process that was killed then could not say so itself."""
    if (served := served_run(settings)) is not None:
        believe_published(store, served)


def _tell(settings: Settings) -> None:
    """Alerts and metrics; whatever goes wrong with them, the run has ended as it has."""
    for tell in (send_alerts, write_metrics):
        try:
            tell(settings)
        except Exception:
            logger.exception("The end of the run could not be told")


def _taxonomy_version(settings: Settings) -> str | None:
    try:
        return load_taxonomy(settings.themes_file).version
    except TaxonomyError:
        return None


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` and the daemon load: the workspace that the environment names."""
    return build_defs(load_settings())
