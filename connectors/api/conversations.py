"""Messages of a chat's channels over its API, put together as the chat's own export archive has them.

The archive is what the reader knows: an index of open channels, and a file per channel and day. So what may be read is
decided in one place, whichever way the messages came.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.api.client import RefusedError
from connectors.api.pages import MOST_PAGES, Page, Pull, State, moment, seen_until, window_start
from connectors.api.spec import Conversations, at_path, written
from connectors.errors import ConnectorError

PAGE_SIZE = 200
# Entries of an archive carry a time; a fixed one keeps equal contents equal.
STAMP = (1980, 1, 1, 0, 0, 0)
CURSOR = "response_metadata.next_cursor"


def conversations(pull: Pull, shape: Conversations, state: State) -> Iterator[Page]:
    """New messages of every channel that the token's owner is in and that may be read.

    Args:
        pull: what is pulled.
        shape: how far back replies are looked for.
        state: where the stream stands: `until` for all channels, `swept` for replies to old messages, and within a pull what
            of it is done.

    Yields:
        One archive per page of a channel's history.

    Raises:
        ConnectorError: the cursors go round in circles.
    """
    since = moment(state.get("since")) or window_start(pull, state, shape.lookback)
    until = moment(state.get("end")) or pull.now
    seen = moment(state.get("seen"))
    done = set(state.get("done", ()))
    channels, answered_at = _channels(pull)
    seen = seen or seen_until(until, answered_at, timedelta(0))
    stretches = [_Stretch(since, until), *_old_threads(pull, shape, state, since, until)]
    under_way: State = {"since": since.isoformat(), "end": until.isoformat(), "seen": seen.isoformat()}
    swept = {name: state[name] for name in ("until", "swept") if name in state}
    for channel in channels:
        if channel["id"] in done:
            continue
        resumed = state if state.get("channel") == channel["id"] else {}
        for number, stretch in enumerate(stretches):
            if number < resumed.get("stretch", 0):
                continue
            resume = resumed.get("cursor", "") if number == resumed.get("stretch", 0) else ""
            for archive, cursor in _history(pull, channel, stretch, resume):
                place: State = {"channel": channel["id"], "cursor": cursor, "stretch": number if cursor else number + 1}
                if not cursor and stretch is stretches[-1]:
                    done.add(channel["id"])
                    place = {}
                yield Page({**swept, **under_way, **place, "done": sorted(done)}, archive, ".zip")
    kept = {} if len(stretches) > 1 or "swept" not in state else {"swept": state["swept"]}
    yield Page({"until": seen.isoformat(), "swept": seen.isoformat(), **kept})


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Messages of a time. With `replied_since`, only those that somebody has replied to since, with these replies."""

    since: datetime
    until: datetime
    replied_since: datetime | None = None


def _old_threads(pull: Pull, shape: Conversations, state: State, since: datetime, until: datetime) -> Iterator[_Stretch]:
    """Messages before the window: a reply does not bring its message back into it, so they are looked through now and then."""
    first = max(pull.since, until - shape.threads)
    if "until" not in state or first >= since:
        return
    swept = moment(state.get("swept"))
    if swept is None or until - swept >= shape.every:
        yield _Stretch(first, since, max(first, swept - shape.every) if swept else first)


def _channels(pull: Pull) -> tuple[list[dict[str, Any]], datetime | None]:
    """Open channels, and private ones that the workspace lists, of which the token's owner is a member."""
    wanted = {name.strip().lstrip("#").casefold() for name in pull.listed}
    kinds = "public_channel,private_channel" if wanted else "public_channel"
    found: list[dict[str, Any]] = []
    at: datetime | None = None
    for document, answered_at in _walk(pull, "/conversations.list", {"types": kinds}, ""):
        at = at or answered_at
        for channel in document.get("channels") or ():
            names = {str(channel.get("id", "")).casefold(), str(channel.get("name", "")).casefold()}
            if channel.get("is_member") and (not channel.get("is_private") or names & wanted):
                found.append(channel)
    return sorted(found, key=lambda channel: str(channel["id"])), at


def _history(pull: Pull, channel: Mapping[str, Any], stretch: _Stretch, cursor: str) -> Iterator[tuple[Path | None, str]]:
    request = {
        "channel": channel["id"],
        "oldest": _ts(stretch.since),
        "latest": _ts(stretch.until),
        "inclusive": "true",
    }
    limit = {"oldest": _ts(stretch.replied_since)} if stretch.replied_since else {}
    for document, _ in _walk(pull, "/conversations.history", request, cursor):
        messages = list(document.get("messages") or ())
        threads = [one for one in messages if one.get("reply_count") and one.get("thread_ts") == one.get("ts")]
        if limit:
            messages = threads = [
                one for one in threads if _moment_of(str(one.get("latest_reply"))) >= _moment_of(limit["oldest"])
            ]
        messages = [*messages, *(reply for one in threads for reply in _replies(pull, channel, str(one["ts"]), limit))]
        yield (_archive(pull, channel, messages) if messages else None), str(at_path(document, CURSOR) or "")


def _ts(at: datetime) -> str:
    return f"{written(at, 's')}.000000"


def _replies(pull: Pull, channel: Mapping[str, Any], thread: str, limit: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for document, _ in _walk(pull, "/conversations.replies", {"channel": channel["id"], "ts": thread, **limit}, ""):
        # The first one is the message that began the thread; the history has it.
        yield from (reply for reply in document.get("messages") or () if reply.get("ts") != thread)


def _walk(pull: Pull, path: str, request: Mapping[str, Any], cursor: str) -> Iterator[tuple[dict[str, Any], datetime | None]]:
    taken = {cursor}
    for _ in range(MOST_PAGES):
        asked = {**request, "limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {})
        try:
            document, answered_at = _ask(pull, path, asked)
        except RefusedError:
            if not (cursor and taken == {cursor}):
                raise
            # A cursor of a killed pull that has grown too old: this list is read from its start.
            cursor, taken = "", {""}
            continue
        yield document, answered_at
        cursor = str(at_path(document, CURSOR) or "")
        if not cursor:
            return
        if cursor in taken:
            raise ConnectorError(
                f"{pull.endpoint.name}: {path} gave the same page token twice; stopped, so as not to read in a circle"
            )
        taken.add(cursor)


def _ask(pull: Pull, path: str, request: Mapping[str, Any]) -> tuple[dict[str, Any], datetime | None]:
    """An answer whose own flag says that it is one: failures come with status 200."""
    reply = pull.client.json("GET", path, request)
    document = reply.document()
    if not isinstance(document, dict):
        raise ConnectorError(f"{pull.endpoint.name}: {path} gave no object")
    if document.get("ok") is True:
        return document, reply.at
    error = pull.client.hide(str(document.get("error") or "no reason given"))[:100]
    text = f"slack: GET {path}: the server answered {error!r}"
    if error in ("invalid_auth", "not_authed", "token_expired", "token_revoked", "account_inactive"):
        raise pull.client.refusal(text)
    if error in ("missing_scope", "no_permission", "not_allowed_token_type"):
        raise pull.client.refusal(text, 403)
    raise RefusedError(text, 400)


@dataclass(frozen=True, slots=True)
class _Day:
    day: str
    messages: tuple[dict[str, Any], ...]


def _archive(pull: Pull, channel: Mapping[str, Any], messages: list[dict[str, Any]]) -> Path:
    """A zip of the index and of the messages by day, the same bytes for the same messages."""
    pull.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = pull.scratch / "conversation.zip"
    folder = str(channel.get("name") or channel["id"])
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "groups.json" if channel.get("is_private") else "channels.json", [dict(channel)])
        if channel.get("is_private"):
            _add(archive, "channels.json", [])
        for day in _days(messages):
            _add(archive, f"{folder}/{day.day}.json", list(day.messages))
    return target


def _days(messages: list[dict[str, Any]]) -> list[_Day]:
    unique = {str(message.get("ts")): message for message in messages}
    days: dict[str, list[dict[str, Any]]] = {}
    for ts in sorted(unique, key=_moment_of):
        day = datetime.fromtimestamp(int(_moment_of(ts)[0]), UTC).date().isoformat()
        days.setdefault(day, []).append(unique[ts])
    return [_Day(day, tuple(found)) for day, found in sorted(days.items())]


def _moment_of(ts: str) -> tuple[int, str]:
    seconds, _, rest = ts.partition(".")
    return (int(seconds) if seconds.isdigit() else 0), rest


def _add(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    archive.writestr(zipfile.ZipInfo(name, STAMP), json.dumps(content, ensure_ascii=False, sort_keys=True))
