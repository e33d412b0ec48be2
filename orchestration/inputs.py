"""What a publication depends on, as one hash, so that a run with nothing new can end before the heavy tools load."""

from __future__ import annotations

import contextlib
import hashlib
import time

from connectors.landing import Landing
from connectors.remote import close, open_address
from orchestration.settings import CONFIG_NAME, Settings
from orchestration.version import code_version
from orchestration.waivers import standing_ids

INPUTS_FILE = "published_inputs"
# Clocks are put right by so much without anybody having set them.
CLOCKS_DIFFER_SECONDS = 300


def inbox_state(inbox: str) -> str | None:
    """Hash of the names, sizes and times of what lies in the inbox; None where it is empty."""
    try:
        filesystem, root = open_address(inbox)
        try:
            listing = filesystem.find(root, detail=True) if filesystem.exists(root) else {}
        finally:
            close(filesystem)
    except Exception as trouble:
        if "://" not in inbox:
            raise
        # A run finds the same, and tells it where somebody reads it.
        return f"unreachable: {type(trouble).__name__}"
    if not listing:
        return None
    digest = hashlib.sha256()
    for name in sorted(listing):
        info = listing[name]
        digest.update(
            f"{name}|{info.get('size')}|{info.get('mtime') or info.get('LastModified') or info.get('updated')}\n".encode()
        )
    return digest.hexdigest()


def inbox_states(settings: Settings) -> str | None:
    """Hash of what lies in all inboxes of a workspace; None where all are empty."""
    states = [inbox_state(inbox) for inbox in (settings.inbox, *settings.inboxes.values())]
    return "+".join(state or "-" for state in states) if any(states) else None


def present_inputs(settings: Settings) -> str:
    """Hash of inboxes, pulled pages, configuration, taxonomy, standing waivers and code as they are now."""
    digest = hashlib.sha256(f"{inbox_states(settings)}|{code_version()}|{standing_ids(settings)}".encode())
    if settings.apis:
        digest.update(f"|{Landing(settings.landing_dir).pulled_bytes()}".encode())
    own = (settings.account_rules_file, settings.theme_rules_file, settings.themes_file, settings.theme_labels_file)
    for path in (settings.root / CONFIG_NAME, *own):
        with contextlib.suppress(OSError):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def remember_published(settings: Settings, inputs: str) -> None:
    """Keeps what the published file was made of, with a mark of the file itself and the time."""
    path = settings.state_dir / INPUTS_FILE
    temporary = path.with_suffix(".new")
    temporary.write_text(f"{inputs}\n{_published_mark(settings)}\n{time.time():.0f}\n", "utf-8")
    temporary.replace(path)


def forget_published(settings: Settings) -> None:
    """Something else than the inputs has changed: the next run publishes anew."""
    (settings.state_dir / INPUTS_FILE).unlink(missing_ok=True)


def nothing_new(settings: Settings) -> bool:
    """Whether the published file is as it was left and made of just what is there now."""
    try:
        inputs, mark, moment = (settings.state_dir / INPUTS_FILE).read_text("utf-8").split()
        ahead = float(moment) > time.time() + CLOCKS_DIFFER_SECONDS
    except (OSError, ValueError):
        return False
    # A file that was published under a clock that was ahead may look at what lies in the future.
    return not ahead and mark == _published_mark(settings) and inputs == present_inputs(settings)


def _published_mark(settings: Settings) -> str:
    try:
        stat = settings.warehouse_db.stat()
    except OSError:
        return "missing"
    return f"{stat.st_size}:{stat.st_mtime_ns}"
