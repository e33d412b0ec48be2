"""Asynchronous jobs: started, waited for, downloaded; a job that a killed pull started is not started again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors.api.client import RefusedError
from connectors.api.pages import Page, Pull, State, moment, seen_until, window_start
from connectors.api.spec import AsyncJob, at_path, filled
from connectors.errors import ConnectorError, TransientError

LONGEST_POLL = 30.0
GONE = (400, 404, 410)


def async_job(pull: Pull, shape: AsyncJob, state: State) -> Iterator[Page]:
    """The result of one job, in as many pieces as the vendor gives it.

    Args:
        pull: what is pulled.
        shape: how the job is handled.
        state: where the stream stands: `until`, and while a job is under way `job`, `since`, `seen` and `locator`.

    Yields:
        First a page without a file, which keeps the job's id; then the pieces.

    Raises:
        ConnectorError: the job failed, or its pieces go round in circles.
        TransientError: it takes too long; the next pull goes on waiting.
    """
    if state.get("job"):
        try:
            yield from _finish(pull, shape, state)
        except RefusedError as trouble:
            if trouble.status not in GONE:
                raise
            # The vendor has forgotten the job: its window is asked for again below.
        else:
            return
    since = moment(state.get("since")) or window_start(pull, state, shape.overlap)
    until = pull.now - shape.lag
    if since >= until:
        return
    values = pull.values(shape.stamp, since, until)
    reply = pull.client.json("POST", str(filled(shape.start, values)), filled(shape.body, values))
    job = at_path(reply.document(), shape.job)
    if not job:
        raise ConnectorError(f"{pull.endpoint.name}: the server started no job: nothing at {shape.job} of its answer")
    seen = seen_until(until, reply.at, shape.lag)
    started: State = {"job": str(job), "since": since.isoformat(), "seen": seen.isoformat()}
    yield Page(started)
    yield from _finish(pull, shape, started)


def _finish(pull: Pull, shape: AsyncJob, state: State) -> Iterator[Page]:
    since, seen = moment(state["since"]) or pull.since, moment(state["seen"]) or pull.now
    values = pull.values(shape.stamp, since, seen, job=state["job"])
    try:
        values |= _wait(pull, shape, values)
    except JobFailedError:
        # The window stays to be read, by another job.
        yield Page({"since": since.isoformat()})
        raise
    yield from _pieces(pull, shape, state, values, seen)


def _wait(pull: Pull, shape: AsyncJob, values: dict[str, Any]) -> dict[str, Any]:
    """Waits for the end of the job and says what was found in its last answer."""
    clock, pause = pull.client.clock, shape.poll_seconds
    given_up_at = clock.elapsed() + shape.most_seconds
    while True:
        document = pull.client.json("GET", str(filled(shape.poll, values))).document()
        status = str(at_path(document, shape.status))
        if status in shape.done:
            return {name: at_path(document, path) for name, path in shape.found.items()}
        if status in shape.failed:
            reason = at_path(document, shape.reason) if shape.reason else None
            said = f": {pull.client.hide(str(reason))[:300]}" if reason else ""
            raise JobFailedError(f"{pull.endpoint.name}: the vendor's export job ended as {status}{said}")
        if clock.elapsed() >= given_up_at:
            raise TransientError(
                f"{pull.endpoint.name}: the export job is still {status}; the next pull goes on waiting for it"
            )
        clock.sleep(pause)
        pause = min(LONGEST_POLL, pause * 1.5)


class JobFailedError(ConnectorError):
    """The vendor gave the job up; the next pull starts another."""


def _pieces(pull: Pull, shape: AsyncJob, state: State, values: dict[str, Any], seen: datetime) -> Iterator[Page]:
    path = str(values.get("url") or filled(shape.result, values))
    locator = str(state.get("locator", ""))
    taken = {locator}
    while True:
        request = filled(shape.request, values) | ({"locator": locator} if locator else {})
        reply = pull.client.fetch("GET", path, request, suffix=shape.suffix)
        locator = reply.headers.get(shape.locator, "") if shape.locator else ""
        if not locator or locator == "null":
            yield Page({"until": seen.isoformat()}, reply.file if reply.file.stat().st_size else None, shape.suffix)
            return
        if locator in taken:
            raise ConnectorError(
                f"{pull.endpoint.name}: the API named the same piece of a result twice; stopped, so as not to read in a circle"
            )
        taken.add(locator)
        yield Page({**state, "locator": locator}, reply.file, shape.suffix)
