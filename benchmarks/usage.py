"""What a process and all that it starts use over time, looked at several times a second: a stage's share can be told.

Linux keeps the figures in /proc; elsewhere stages have elapsed seconds alone.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PROC = Path("/proc")
LOOK_SECONDS = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat behind the name: parent, then user and system time of itself and of children that have ended.
PARENT, TIMES = 1, slice(11, 15)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a process and its descendants.

    Attributes:
        at: epoch seconds.
        cpu_seconds: used so far, children that have ended included.
        written_mb: bytes that were handed to the disk so far.
        memory_mb: resident memory of the largest process now.
    """

    at: float
    cpu_seconds: float
    written_mb: float
    memory_mb: float


@dataclass(frozen=True, slots=True)
class StageUse:
    """What was used between two moments."""

    wall_seconds: float
    cpu_seconds: float | None = None
    peak_mb: float | None = None
    written_mb: float | None = None


class Watch:
    """Looks at a process until it ends."""

    def __init__(self, pid: int) -> None:
        self.looks: list[Look] = []
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> Sequence[Look]:
        """Stops looking."""
        self._ended.set()
        self._thread.join()
        return self.looks

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            if (look := _look(self._pid)) is not None:
                self.looks.append(look)


def between(looks: Sequence[Look], start: float, end: float) -> StageUse:
    """What was used from one moment to another, between two looks in proportion."""
    if not looks:
        return StageUse(end - start)
    at = [look.at for look in looks]
    # A process that has just ended is counted by its parent a moment later: no figure of the past becomes less.
    cpu, written = (
        np.maximum.accumulate(figures)
        for figures in ([look.cpu_seconds for look in looks], [look.written_mb for look in looks])
    )
    used = [float(np.interp(end, at, figures) - np.interp(start, at, figures)) for figures in (cpu, written)]
    memory = [look.memory_mb for look in looks if start - LOOK_SECONDS <= look.at <= end + LOOK_SECONDS]
    return StageUse(end - start, used[0], max(memory, default=0.0), used[1])


def _look(pid: int) -> Look | None:
    found = [figures for member in _family(pid) if (figures := _figures(member)) is not None]
    if not found:
        return None
    cpu, written, memory = zip(*found, strict=True)
    return Look(time.time(), sum(cpu), sum(written), max(memory))


def _family(pid: int) -> Iterator[int]:
    parents = {}
    for entry in PROC.glob("[0-9]*"):
        if (stat := _read(entry / "stat")) is not None:
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[PARENT])
    family = {pid} & parents.keys()
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return iter(family)


def _figures(pid: int) -> tuple[float, float, float] | None:
    """Processor seconds, megabytes written and megabytes resident; None where the process has just gone."""
    stat, status, io = (_read(PROC / str(pid) / name) for name in ("stat", "status", "io"))
    if stat is None or status is None or io is None:
        return None
    cpu = sum(int(ticks) for ticks in stat.rpartition(")")[2].split()[TIMES]) / TICKS
    return cpu, _number(io, "write_bytes:") / 1e6, _number(status, "VmRSS:") / 1024


def _number(text: str, name: str) -> int:
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith(name)), 0)


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return None
