"""Time windows: one answer per stretch of time, landed as the file that it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from connectors.api.pages import Page, Pull, State, seen_until, window_start
from connectors.api.spec import TimeWindows, filled
from connectors.errors import TransientError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_windows(pull: Pull, shape: TimeWindows, state: State) -> Iterator[Page]:
    """Windows from where the stream stands, less the overlap, up to now, less the lag.

    Args:
        pull: what is pulled.
        shape: how it is cut.
        state: where it stands: `until`, the end of the last window.

    Yields:
        A page per window.

    Raises:
        TransientError: even the smallest window is too large for the server.
    """
    start = _floor(window_start(pull, state, shape.overlap), shape.grain)
    end, width = _floor(pull.now - shape.lag, shape.grain), shape.step
    while start < end:
        until = min(start + width, end)
        last = until - shape.grain if shape.inclusive else until
        request = filled(shape.request, pull.values(shape.stamp, start, last))
        path = str(filled(shape.path, pull.parameters))
        reply = pull.client.fetch("GET", path, request, suffix=shape.suffix, accept=(*shape.empty, *shape.smaller))
        if reply.status in shape.smaller:
            width = _halved(pull, until - start, shape.grain)
            continue
        seen = _floor(seen_until(until, reply.at, shape.lag), shape.grain)
        is_empty = reply.status in shape.empty or reply.file.stat().st_size == 0
        if seen > start:
            yield Page({"until": seen.isoformat()}, None if is_empty else reply.file, shape.suffix)
        if seen < until:
            # Our clock is ahead of the server's: what it has not seen yet is asked for next time.
            return
        start = until


def _halved(pull: Pull, width: timedelta, grain: timedelta) -> timedelta:
    if width <= grain:
        raise TransientError(f"{pull.endpoint.name}: the server cannot give even {grain} at once; pull again later")
    return max(grain, (width / 2) // grain * grain)


def _floor(moment: datetime, grain: timedelta) -> datetime:
    return EPOCH + (moment - EPOCH) // grain * grain
