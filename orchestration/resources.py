"""What a run holds while it runs: the workspace's one writer lock, its line in the run history, and a voice for progress."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from connectors.spec import ExportSpec

logger = logging.getLogger("earshot")


class LockHeld(Exception):
    """Another run writes to this workspace; the text says which process and since when."""


@dataclass(frozen=True, slots=True)
class Pulling:
    """How the pull of one stream ended.

    Attributes:
        vendor: whose.
        endpoint: what was pulled.
        files: pages that were landed now.
        rows: records in them.
        failure: why it ended early; None for a whole pull.
    """

    vendor: str
    endpoint: str
    files: int = 0
    rows: int = 0
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Children:
    """Programs that a run has started and that must not outlive it: they hold the build database open.

    Attributes:
        processes: what was started.
    """

    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def end(self) -> None:
        """Ends those that still run; a run that failed reads their output no more, so they would wait for ever."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


class Progress(Protocol):
    """How a run tells what it does; the command line draws bars, Dagster writes log lines."""

    def stage(self, name: str, total: int) -> None:
        """A new stage of so many steps begins."""

    def advance(self, what: str, steps: int = 1) -> None:
        """Steps of the stage are done."""


class Pulls(Protocol):
    """What a run pulls from export APIs before it looks into the inbox."""

    def pull(self, specs: Mapping[str, ExportSpec], batch: str, progress: Progress) -> tuple[Pulling, ...]:
        """Pulls, and says how each stream ended."""


@dataclass
class LogProgress:
    """Progress as log lines, for runs that nobody watches in a terminal."""

    _stage: str = ""
    _total: int = 0
    _done: int = 0

    def stage(self, name: str, total: int) -> None:
        """A new stage of so many steps begins."""
        self._stage, self._total, self._done = name, total, 0
        logger.info("%s: %s steps", name, total)

    def advance(self, what: str, steps: int = 1) -> None:
        """Steps of the stage are done."""
        self._done += steps
        logger.debug("%s %s/%s %s", self._stage, self._done, self._total, what)


@contextlib.contextmanager
def writer_lock(path: Path, run_id: str, wait_seconds: float) -> Iterator[None]:
    """Holds the workspace's writer lock; the operating system frees it when the process dies.

    Raises:
        LockHeld: another process still holds it after `wait_seconds`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    holder = path.with_suffix(".json")
    lock = FileLock(path, timeout=wait_seconds)
    try:
        lock.acquire()
    except Timeout as timeout:
        raise LockHeld(_who_holds(holder)) from timeout
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "run_id": run_id, "since": datetime.now(UTC).isoformat()}), "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def lock_holder(path: Path) -> str | None:
    """Who holds the lock now, in words; None where nobody does."""
    lock = FileLock(path, timeout=0)
    try:
        with lock:
            return None
    except Timeout:
        return _who_holds(path.with_suffix(".json"))


def _who_holds(holder: Path) -> str:
    try:
        known = json.loads(holder.read_text("utf-8"))
        return f"process {known['pid']} has been running {known['run_id']} since {known['since'][:19].replace('T', ' ')} UTC"
    except (OSError, ValueError, KeyError):
        return "another process is writing to this workspace"
