"""What a pull yields: a page that has to be landed, and where its stream stands once that is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.api.client import Client
from connectors.api.spec import Endpoint, Stamp, written

State = dict[str, Any]
MOST_PAGES = 1_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """One step of a pull.

    Attributes:
        state: where the stream stands once this page is safe; the next pull may begin with it.
        file: what came, in the vendor's export format; None where nothing did.
        suffix: suffix that tells a reader the format.
    """

    state: State
    file: Path | None = None
    suffix: str = ".json"


@dataclass(frozen=True, slots=True)
class Pull:
    """What a shape needs to know.

    Attributes:
        endpoint: what is pulled.
        client: how.
        since: where the first pull begins.
        parameters: values of templates.
        scratch: folder for what has to be put together.
        listed: conversations that are read although they are not open to everyone.
    """

    endpoint: Endpoint
    client: Client
    since: datetime
    scratch: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    listed: tuple[str, ...] = ()

    @property
    def now(self) -> datetime:
        """Present moment."""
        return self.client.clock.now().astimezone(UTC)

    def values(self, stamp: Stamp, since: datetime, until: datetime, **more: Any) -> dict[str, Any]:
        """Values for the templates of a request."""
        return {**self.parameters, "since": written(since, stamp), "until": written(until, stamp), **more}


def window_start(pull: Pull, state: Mapping[str, Any], overlap: timedelta) -> datetime:
    """Where the next window begins: at the end of the last one, less the overlap that the vendor needs."""
    ended = moment(state.get("until"))
    return max(ended - overlap, pull.since) if ended else pull.since


def moment(text: Any) -> datetime | None:
    """A moment out of a state."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None


def seen_until(until: datetime, answered_at: datetime | None, lag: timedelta) -> datetime:
    """How far a window was really seen: no further than the server's own clock, however far ahead ours is."""
    return min(until, answered_at - lag) if answered_at else until
