"""Reads everything anew once the rules of redaction have changed: a mended leak must not stay in rows loaded before."""

from __future__ import annotations

import logging

from connectors.landing import Landing
from insights.redact import rules_version
from orchestration.erasure import reload_sources
from orchestration.protect import protection_version
from orchestration.resources import Progress
from orchestration.run_history import get_state, set_state
from orchestration.settings import Settings
from orchestration.store import BuildStore

logger = logging.getLogger("earshot")
STATE = "protection"


def renew_protection(settings: Settings, store: BuildStore, run_id: str, progress: Progress) -> set[str]:
    """Loads every vendor's landed files again where they were loaded under other rules; the run's lock is held.

    Args:
        settings: the workspace.
        store: the build database, prepared.
        run_id: batch that the rows are marked with.
        progress: told what happens.

    Returns:
        Vendors that were loaded again. Killed midway, the next run begins again.
    """
    version = protection_version(rules_version())
    if get_state(store, STATE) == version:
        return set()
    with store.connect() as connection:
        booked = {source for (source,) in connection.execute("SELECT DISTINCT source FROM ops.file").fetchall()}
    loaded = booked & {delivery.vendor for delivery in Landing(settings.landing_dir).deliveries()}
    if loaded:
        logger.warning(
            "The rules that take personal data out of words have changed: all files of %s are read again",
            ", ".join(sorted(loaded)),
        )
        progress.stage("Reading again under new rules of redaction", 1)
        reload_sources(settings, loaded, run_id, progress)
    set_state(store, STATE, version)
    return loaded
