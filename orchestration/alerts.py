"""What somebody should hear of after a run: a block, a failure, sources that dried up, volumes out of the usual.

The same news is told once: again when it changes, and once more when it is over. An alert never fails a run.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from orchestration.delivery import Message, Receipt, configured_channels, deliver_once, delivered_topics, forget_topic
from orchestration.settings import AlertKind, Settings

logger = logging.getLogger("earshot")
LISTED = 20

_LAST_RUN = "SELECT run_id, state FROM ops.run WHERE state <> 'partial' ORDER BY started_at DESC LIMIT 1"
_BROKEN = """
SELECT suite, expectation, object, regexp_replace(observed, ', such as .*$', '', 's') FROM ops.gate_result
WHERE run_id = ? AND NOT success AND {which} ORDER BY ALL
"""
# As trust.freshness counts, but seen from now: where every source dries up at once, the latest feedback is of no help.
_STALE = """
SELECT source, stream, expected_every_days, last_loaded_at FROM ops.stream
WHERE last_loaded_at IS NOT NULL AND last_loaded_at + to_days(2 * expected_every_days) < now() ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """One piece of news.

    Attributes:
        kind: what it is about.
        title: one line.
        lines: what was found, one a line, without personal data.
    """

    kind: AlertKind
    title: str
    lines: tuple[str, ...]

    @property
    def state(self) -> str:
        """What would have to change for it to be news."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]


def current_alerts(settings: Settings) -> list[Alert]:
    """What there is to tell now, of the kinds that the workspace wants to hear of."""
    name = settings.config.workspace.name
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        run_id, state = connection.execute(_LAST_RUN).fetchone() or ("", "")
        blocking = connection.execute(_BROKEN.format(which="severity = 'blocking'"), [run_id]).fetchall()
        volumes = connection.execute(_BROKEN.format(which="expectation = 'usual_volume'"), [run_id]).fetchall()
        stale = connection.execute(_STALE).fetchall()
    found: list[Alert] = []
    if state == "blocked":
        found.append(Alert("block", f"{name}: the gate blocked the run, the last good data stay published", _told(blocking)))
    elif state == "failed":
        title = f"{name}: the run failed, the last good data stay published"
        found.append(Alert("failure", title, ("`earshot status` says why",)))
    if volumes:
        found.append(Alert("volume", f"{name}: deliveries out of their usual volume", _told(volumes)))
    if stale:
        late = tuple(f"{one[0]} {one[1]}: expected every {one[2]} days, last loaded {one[3]:%Y-%m-%d}" for one in stale)
        found.append(Alert("staleness", f"{name}: exports that have stopped coming", late))
    return [alert for alert in found if alert.kind in settings.config.observability.alerts]


def _told(rows: Sequence[tuple[str, str, str, str]]) -> tuple[str, ...]:
    return tuple(f"{suite}: {expectation} on {judged}: {observed}" for suite, expectation, judged, observed in rows)


def send_alerts(settings: Settings) -> list[Receipt]:
    """Tells what is new and what is over, on every configured channel; what cannot be delivered is tried after the next run.

    Returns:
        Receipts of what was sent now.
    """
    if not configured_channels(settings) or not settings.build_db.is_file():
        return []
    alerts = current_alerts(settings)
    receipts: list[Receipt] = []
    for alert in alerts:
        receipts += deliver_once(settings, _message(alert), topic=alert.kind, state=alert.state)
    now = {alert.kind for alert in alerts}
    for over in sorted(delivered_topics(settings) & set(settings.config.observability.alerts) - now):
        message = Message(f"{settings.config.workspace.name}: over: {over}", "The last run found nothing of it any more.")
        told = deliver_once(settings, message, topic=over, state="over")
        receipts += told
        if all(receipt.delivered for receipt in told):
            forget_topic(settings, over)
    for receipt in receipts:
        if not receipt.delivered:
            logger.error("An alert could not be delivered: %s", receipt.problem)
    return receipts


def _message(alert: Alert) -> Message:
    shown = [f"- {line}" for line in alert.lines[:LISTED]]
    if len(alert.lines) > LISTED:
        shown.append(f"- and {len(alert.lines) - LISTED} more: `earshot status`")
    return Message(alert.title, "\n".join(shown))
