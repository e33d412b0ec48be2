"""Slack's export archive: which conversation each folder holds, and which conversations may be read.

Private channels, group messages and direct messages are never opened unless the workspace lists them. What a folder
holds is told by the archive's own indexes alone; a folder that none of them names is not opened either.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.errors import UNREADABLE, ExportRejected
from connectors.parts import Limits, Part, Unrecognised
from connectors.spec import ExportSpec

LAYOUT = "slack"
PUBLIC = "channels.json"
# Indexes of conversations that are not open to everyone in the company.
PRIVATE = ("groups.json", "mpims.json", "dms.json")
# Files of an export that hold no record of ours: they stay in the landing area.
TECHNICAL = re.compile(r"^(integration_logs|canvases|lists|file_conversations|huddle_transcripts|orgs|subteams)\.json$")
DAY = re.compile(r"^\d{4}-\d{2}-\d{2}\.json$")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One channel, group or direct conversation.

    Attributes:
        id: Slack's id, which outlives a change of name.
        name: name, or the id where it has none.
        open: whether everyone in the company can read it.
    """

    id: str
    name: str
    open: bool


@dataclass(slots=True)
class Contents:
    """What an archive holds for us.

    Attributes:
        days: parts of the conversations that may be read.
        others: members to recognise like any other file.
        unread: what is left alone, and why; conversations that are not open are counted and never named.
    """

    days: list[Part] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    unread: list[Unrecognised] = field(default_factory=list)


def messages_of(specs: Sequence[ExportSpec]) -> ExportSpec | None:
    """The stream that is delivered in this layout alone, if one of these is."""
    return next((spec for spec in specs if spec.archive == LAYOUT), None)


def contents(
    path: Path, members: Sequence[str], spec: ExportSpec, limits: Limits, listed: Collection[str], file: str
) -> Contents:
    """Sort the members of an export.

    Args:
        path: the archive.
        members: its readable members.
        spec: the stream of messages.
        limits: bounds on what is unpacked.
        listed: conversations that are read although they are not open, by name or id.
        file: delivered name, for messages.
    """
    root = _root(members)
    folders = _conversations(path, root, members, limits, file)
    wanted = {_plain(name) for name in listed}
    found = Contents()
    hidden: dict[str, int] = {}
    unknown: dict[str, int] = {}
    for member in members:
        *above, last = member.removeprefix(root).split("/")
        if not above:
            if last not in PRIVATE and not TECHNICAL.match(last):
                found.others.append(member)
            continue
        talk = folders.get(above[0])
        if talk is not None and not (len(above) == 1 and DAY.match(last)):
            # Canvases and attachments of a conversation are no messages.
            continue
        if talk is None:
            _add(unknown, above[0])
        elif talk.open or {_plain(talk.id), _plain(talk.name)} & wanted:
            given = {"channel_id": talk.id, "channel_name": talk.name}
            found.days.append(Part(member, spec, "document", member, given=given, file=file))
        else:
            _add(hidden, above[0])
    if hidden:
        found.unread.append(Unrecognised("(private conversations)", _why_hidden(hidden)))
    if unknown:
        found.unread.append(Unrecognised("(folders that no index names)", _why_unknown(unknown)))
    return found


def _add(counts: dict[str, int], folder: str) -> None:
    counts[folder] = counts.get(folder, 0) + 1


def _why_hidden(folders: dict[str, int]) -> str:
    return (
        f"{sum(folders.values()):,} files of {len(folders):,} private channels, group or direct messages are not read; "
        'a private channel is read where earshot.toml lists it: [sources.slack] channels = ["its-name"]'
    )


def _why_unknown(folders: dict[str, int]) -> str:
    return (
        f"{sum(folders.values()):,} files in {len(folders):,} folders are not read: {PUBLIC} does not say that these are open "
        "channels; deliver the archive as Slack wrote it"
    )


def _root(members: Sequence[str]) -> str:
    """Path of the export within the archive: somebody may have packed it again with its folder."""
    indexes = [member for member in members if member.rsplit("/", 1)[-1] == PUBLIC]
    return min(indexes, key=len).removesuffix(PUBLIC) if indexes else ""


def _conversations(path: Path, root: str, members: Sequence[str], limits: Limits, file: str) -> dict[str, Conversation]:
    """Conversations by the name of their folder; of two that share it, the one that is not open counts."""
    found: dict[str, Conversation] = {}
    with zipfile.ZipFile(path) as archive:
        for index in (PUBLIC, *PRIVATE):
            if root + index not in members or archive.getinfo(root + index).file_size > limits.max_row_bytes:
                continue
            for entry in _entries(_index(archive, root + index, file)):
                key = str(entry.get("id") or "")
                name = str(entry.get("name") or key)
                talk = Conversation(key, name, index == PUBLIC and not entry.get("is_private"))
                if key:
                    found[key if index == "dms.json" else name] = talk
    return found


def _index(archive: zipfile.ZipFile, member: str, file: str) -> bytes:
    try:
        return archive.read(member)
    except UNREADABLE as error:
        # Which conversations are private is not known then.
        raise ExportRejected(file, f"its index {member} is damaged ({error}); deliver the archive again") from error


def _entries(text: bytes) -> list[dict[str, object]]:
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


def _plain(name: str) -> str:
    return name.strip().lstrip("#").casefold()
