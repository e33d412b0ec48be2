"""Decisions to serve data although an expectation is broken: who decided, why, and until when; the only way past a block.

They lie in a file of their own, since they are people's word and cannot be made again from the landing area; every run
copies them into the build database, from where they become `trust.waiver`.
"""

from __future__ import annotations

import difflib
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime, timedelta

from filelock import FileLock

from data_quality.gate import Waiver
from orchestration.settings import Settings
from orchestration.store import BuildStore

WAIVERS_FILE = "waivers.json"
LONGEST_DAYS = 90


class WaiverError(Exception):
    """A decision cannot be put on record; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of `trust.waiver`; the fields are its columns.

    Attributes:
        waiver_id: names it.
        suite: suite of the expectation.
        expectation: what need not hold.
        object: table that it is about.
        reason: why it is right to serve the data.
        waived_by: who decided.
        waived_at: when.
        expires_at: from then on the expectation blocks again.
        covers_errors: whether it also holds where the expectation cannot be evaluated.
        withdrawn_by: who took it back; empty where nobody did.
        withdrawn_at: when it was taken back.
    """

    waiver_id: str
    suite: str
    expectation: str
    object: str
    reason: str
    waived_by: str
    waived_at: datetime
    expires_at: datetime
    covers_errors: bool = False
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None

    def state(self, now: datetime) -> str:
        """`withdrawn`, `expired` or `standing`."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "standing" if self.expires_at > now else "expired"

    @property
    def target(self) -> tuple[str, str, str]:
        """Suite, expectation and object."""
        return self.suite, self.expectation, self.object


WAIVER_COLUMNS = tuple(field.name for field in fields(Decision))
_MOMENTS = ("waived_at", "expires_at", "withdrawn_at")


def decisions(settings: Settings) -> list[Decision]:
    """Every decision ever made, in order.

    Raises:
        WaiverError: the file is damaged.
    """
    path = settings.state_dir / WAIVERS_FILE
    try:
        return [
            Decision(**{**row, **{name: datetime.fromisoformat(row[name]) for name in _MOMENTS if row[name]}})
            for row in json.loads(path.read_text("utf-8"))
        ]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError) as trouble:
        raise WaiverError(
            f"{path} is damaged ({trouble}); restore it from a backup, or move it away, and nothing is waived"
        ) from None


def waive(
    settings: Settings,
    known: Sequence[tuple[str, str, str]],
    target: tuple[str, str, str],
    *,
    reason: str,
    by: str,
    expires_at: datetime,
    covers_errors: bool = False,
    now: datetime | None = None,
) -> Decision:
    """Puts a decision on record; one that stands for the same expectation is withdrawn by it.

    Args:
        settings: the workspace.
        known: suite, expectation and object of everything that was ever judged.
        target: suite, expectation and object to waive.
        reason: why it is right to serve the data.
        by: who decides.
        expires_at: until when.
        covers_errors: whether it also holds where the expectation cannot be evaluated.
        now: the moment of the decision; the clock's where None.

    Raises:
        WaiverError: no such expectation, nobody, no reason, or no sensible expiry.
    """
    moment = now or datetime.now(UTC)
    if target not in known:
        raise WaiverError(_unknown(known, target))
    if not reason.strip() or not by.strip():
        raise WaiverError("a waiver needs a reason and somebody who answers for it: --reason and --by")
    if not moment < expires_at <= moment + timedelta(days=LONGEST_DAYS):
        raise WaiverError(
            f"a waiver ends within {LONGEST_DAYS} days from now, and not before now: correct --until. "
            "What is right for longer belongs into the expectation."
        )
    decision = Decision(uuid.uuid4().hex[:12], *target, reason.strip(), by.strip(), moment, expires_at, covers_errors)
    with _changing(settings) as made:
        for position, earlier in enumerate(made):
            if earlier.target == target and earlier.state(moment) == "standing":
                made[position] = replace(earlier, withdrawn_by=by.strip(), withdrawn_at=moment)
        made.append(decision)
    return decision


def unwaive(settings: Settings, waiver_id: str, *, by: str, now: datetime | None = None) -> Decision:
    """Takes a standing decision back.

    Raises:
        WaiverError: no such decision stands.
    """
    moment = now or datetime.now(UTC)
    if not by.strip():
        raise WaiverError("say who takes it back: --by")
    with _changing(settings) as made:
        for position, decision in enumerate(made):
            if decision.waiver_id == waiver_id and decision.state(moment) == "standing":
                made[position] = replace(decision, withdrawn_by=by.strip(), withdrawn_at=moment)
                return made[position]
    raise WaiverError(f"no waiver {waiver_id!r} stands; `earshot gate list` names those that do")


def waivers_in_force(settings: Settings, store: BuildStore, now: datetime | None = None) -> list[Waiver]:
    """What the gate may overlook now; every decision is copied into the build database on the way."""
    made = decisions(settings)
    marks = ", ".join("?" for _ in WAIVER_COLUMNS)
    with store.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("DELETE FROM ops.waiver")
        for decision in made:
            connection.execute(
                f"INSERT INTO ops.waiver ({', '.join(WAIVER_COLUMNS)}) VALUES ({marks})", list(asdict(decision).values())
            )
        connection.execute("COMMIT")
    return [Waiver(*d.target, d.reason, d.expires_at, d.covers_errors) for d in _standing(made, now)]


def standing_ids(settings: Settings, now: datetime | None = None) -> str:
    """The decisions that stand now, in one line that changes whenever they do."""
    return ",".join(decision.waiver_id for decision in _standing(decisions(settings), now))


def _standing(made: Sequence[Decision], now: datetime | None) -> list[Decision]:
    moment = now or datetime.now(UTC)
    return [decision for decision in made if decision.state(moment) == "standing"]


@contextmanager
def _changing(settings: Settings) -> Iterator[list[Decision]]:
    """All decisions, to be changed; written as a whole, or not at all."""
    path = settings.state_dir / WAIVERS_FILE
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with FileLock(path.with_suffix(".lock"), timeout=20):
        made = decisions(settings)
        yield made
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            json.dump([asdict(decision) for decision in made], file, default=datetime.isoformat, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


def _unknown(known: Sequence[tuple[str, str, str]], target: tuple[str, str, str]) -> str:
    near = difflib.get_close_matches(" ".join(target), [" ".join(one) for one in known], n=3, cutoff=0.3)
    return (
        f"no run ever judged suite {target[0]!r}, expectation {target[1]!r} on {target[2]!r}; `earshot gate list` names what "
        "blocks" + (f". Near: {'; '.join(near)}" if near else "")
    )
