"""Token pages: each answer names the next one. A token that comes twice ends the pull instead of going on for ever."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.api.client import RefusedError, Reply
from connectors.api.pages import MOST_PAGES, Page, Pull, State, moment, seen_until, window_start
from connectors.api.spec import Links, TokenPages, at_path, filled
from connectors.errors import ConnectorError, TransientError

MOST_PASSES = 6
# Statuses by which vendors say that a token is too old.
STALE = (400, 404, 410)


def token_pages(pull: Pull, shape: TokenPages, state: State) -> Iterator[Page]:
    """Pages from where the stream stands up to now.

    Args:
        pull: what is pulled.
        shape: how it pages.
        state: where it stands: `token` within a window or of the stream, `since` and `until` of the window.

    Yields:
        Pages, each with the state that holds once it is safe.

    Raises:
        ConnectorError: the tokens go round in circles.
    """
    if shape.continues:
        yield from _stream(pull, shape, state)
        return
    if "token" in state:
        state = yield from _window(pull, shape, state, resumed=True)
    start, until = window_start(pull, state, shape.overlap), pull.now - shape.lag
    if start < until:
        yield from _window(pull, shape, {"since": start.isoformat(), "until": until.isoformat(), "token": shape.start_token})


def _stream(pull: Pull, shape: TokenPages, state: State) -> Iterator[Page]:
    """One endless stream whose last token the next pull goes on from."""
    token = state.get("token", shape.start_token)
    tokens = _Tokens(pull, token)
    for _ in range(MOST_PAGES):
        reply, records, following = _ask(pull, shape, token, pull.since, pull.now)
        ended = bool(at_path(reply.document(), shape.ended)) or (shape.size > 0 and len(records) < shape.size)
        if ended:
            yield _page(reply, records, {"token": following or token})
            return
        if following == token and not records:
            return
        tokens.take(following)
        token = following
        yield _page(reply, records, {"token": token})
    raise ConnectorError(f"{pull.endpoint.name}: more than {MOST_PAGES:,} pages; the API does not end")


def _window(pull: Pull, shape: TokenPages, state: State, *, resumed: bool = False) -> Generator[Page, None, State]:
    """One closed window; returns the state behind it."""
    since, until = moment(state["since"]) or pull.since, moment(state["until"]) or pull.now
    token = state["token"]
    tokens = _Tokens(pull, token)
    digest, before, passes = state.get("digest", ""), state.get("before", ""), int(state.get("passes", 0))
    seen = moment(state.get("seen"))
    for _ in range(MOST_PAGES):
        try:
            reply, records, following = _ask(pull, shape, token, since, until)
        except RefusedError as trouble:
            if not (resumed and trouble.status in STALE):
                raise
            # The token is too old: the window is read from its start, and what landed of it is known by its content.
            resumed, token, digest = False, shape.start_token, ""
            tokens = _Tokens(pull, token)
            continue
        resumed = False
        seen = seen or seen_until(until, reply.at, shape.lag)
        several = token != shape.start_token
        digest = _digest(digest, records)
        ended = not records or not following or (shape.size > 0 and len(records) < shape.size)
        if not ended:
            tokens.take(following)
            token = following
            yield _page(reply, records, _within(since, until, token, digest, before, passes, seen))
            continue
        if not (shape.rereads and several and digest != before):
            behind: State = {"until": seen.isoformat()}
            yield _page(reply, records, behind)
            return behind
        passes += 1
        if passes >= MOST_PASSES:
            raise TransientError(f"{pull.endpoint.name}: records keep changing pages while they are read; pull again later")
        token, before, digest = shape.start_token, digest, ""
        tokens = _Tokens(pull, token)
        yield _page(reply, records, _within(since, until, token, digest, before, passes, seen))
    raise ConnectorError(f"{pull.endpoint.name}: more than {MOST_PAGES:,} pages; the API does not end")


def _within(since: datetime, until: datetime, token: str, digest: str, before: str, passes: int, seen: datetime) -> State:
    state: State = {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "token": token,
        "digest": digest,
        "before": before,
        "passes": passes,
        "seen": seen.isoformat(),
    }
    return {name: value for name, value in state.items() if value or name == "token"}


class _Tokens:
    """Tokens of one walk; a repeated one would go round for ever."""

    def __init__(self, pull: Pull, first: str) -> None:
        self._name = f"{pull.endpoint.name}"
        self._seen = {first}

    def take(self, token: str) -> None:
        if not token or token in self._seen:
            what = "no next page though it says that there is more" if not token else "the same page token twice"
            raise ConnectorError(
                f"{self._name}: after {len(self._seen):,} pages the API gave {what}; stopped, so as not to read in a circle. "
                "What came before is kept. If it happens again, tell the vendor, or begin anew with `earshot pull --anew`"
            )
        self._seen.add(token)


def _ask(pull: Pull, shape: TokenPages, token: str, since: datetime, until: datetime) -> tuple[Reply, list[Any], str]:
    values = pull.values(shape.stamp, since, until, token=token)
    template = shape.first if shape.first is not None and token == shape.start_token else shape.request
    reply = pull.client.json(shape.method, str(filled(shape.path, values)), filled(template, values))
    document = reply.document()
    records = at_path(document, shape.records)
    if not isinstance(records, list):
        raise ConnectorError(f"{pull.endpoint.name}: the answer holds no list at {shape.records or 'its top'}")
    if shape.links and records:
        _put_in_links(pull, shape.links, records)
        reply.file.write_text(json.dumps(document), encoding="utf-8")
    return reply, records, _following(shape, document, records, token)


def _put_in_links(pull: Pull, links: Links, records: list[Any]) -> None:
    """Say in each record what it is linked to; one that the answer leaves out is linked to nothing."""
    answer = pull.client.json("POST", links.path, {"inputs": [{"id": record["id"]} for record in records]}).document()
    found = {str(one["from"]["id"]): [{"id": str(to["toObjectId"])} for to in one["to"]] for one in answer.get("results", ())}
    for record in records:
        record.setdefault("associations", {})[links.to] = {"results": found.get(str(record["id"]), [])}


def _following(shape: TokenPages, document: Any, records: list[Any], token: str) -> str:
    if shape.token == "#number":  # noqa: S105 - where the token comes from, not one
        return str(int(token) + 1)
    kind, _, name = shape.token.partition(":")
    found = at_path(records[-1], name) if kind == "#last" and records else at_path(document, shape.token)
    return "" if found is None else str(found)


def _page(reply: Reply, records: list[Any], state: State) -> Page:
    return Page(state, reply.file if records else None)


def _digest(before: str, records: list[Any]) -> str:
    text = json.dumps([before, [_identity(record) for record in records]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _identity(record: Any) -> Any:
    return record.get("id") if isinstance(record, Mapping) and "id" in record else record
