"""Whose words of a chat export are read: open channels, listed private ones, and never anybody else's."""

import json
import zipfile

import pytest

from connectors.parts import EVERY
from connectors.reader import Limits, Part, Unrecognised, inspect, open_part
from connectors.vendors import slack
from connectors.vendors import teams as teams_vendor

SPECS = slack.SPECS
UNHEARD = "we will let the whole team go"


def message(text, ts="1741600801.000100", user="U1"):
    return {"type": "message", "user": user, "text": text, "ts": ts}


@pytest.fixture
def export(tmp_path):
    def written(root="", **more):
        members = {
            "channels.json": [{"id": "C1", "name": "ask-product", "created": 1, "is_archived": False, "is_general": False}],
            "groups.json": [{"id": "G1", "name": "reorg"}, {"id": "G2", "name": "deal-desk"}],
            "dms.json": [{"id": "D1", "members": ["U1", "U2"]}],
            "mpims.json": [{"id": "G3", "name": "mpdm-amir--jule--sol-1"}],
            "integration_logs.json": [],
            "ask-product/2025-03-10.json": [message("What is it?")],
            "ask-product/2025-03-11.json": [message("Who is first?", "1741687200.000100")],
            "ask-product/canvas_in_the_conversation.json": [{"id": "F1"}],
            "reorg/2025-03-10.json": [message(UNHEARD)],
            "deal-desk/2025-03-10.json": [message("Can we prepare them?")],
            "D1/2025-03-10.json": [message(UNHEARD)],
            "mpdm-amir--jule--sol-1/2025-03-10.json": [message(UNHEARD)],
            "ghost/2025-03-10.json": [message(UNHEARD)],
            **more,
        }
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                if content is not None:
                    archive.writestr(root + name, json.dumps(content))
        return path

    return written


def read(path, listed=()):
    rows, notes = [], []
    for found in inspect(path, "slack/export.zip", SPECS, Limits(), listed=listed):
        if isinstance(found, Unrecognised):
            notes.append(found)
        elif found.spec.stream == "message":
            for batch in open_part(path, found, Limits()):
                rows += batch.rows.to_pylist()
                assert batch.rejects.num_rows == 0
    return rows, notes


@pytest.mark.parametrize("root", ["", "Fernhollow Slack export Mar 2025/"])
def test_only_open_channels_are_read(export, root):
    rows, notes = read(export(root))
    assert {(row["channel_id"], row["channel_name"], row["text"]) for row in rows} == {
        ("C1", "ask-product", "What is it?"),
        ("C1", "ask-product", "Who is first?"),
    }
    private, unknown = notes
    assert "4 files of 4 private channels" in private.reason
    assert "1 files in 1 folders" in unknown.reason
    told = " ".join(note.name + note.reason for note in notes)
    for name in ("reorg", "deal-desk", "amir", "D1", "ghost", UNHEARD):
        assert name not in told


@pytest.mark.parametrize("listed", ["deal-desk", "#Deal-Desk", "G2"])
def test_a_listed_private_channel_is_read_and_nothing_else_private(export, listed):
    rows, notes = read(export(), [listed])
    assert {row["channel_id"] for row in rows} == {"C1", "G2"}
    assert "3 files of 3 private channels" in notes[0].reason


def test_listing_everything_opens_no_private_conversation(export):
    rows, _ = read(export(), [EVERY])
    assert {row["channel_id"] for row in rows} == {"C1"}


def test_a_name_that_an_open_and_a_private_channel_share_is_private(export):
    rows, _ = read(export(**{"groups.json": [{"id": "G9", "name": "ask-product"}]}))
    assert rows == []


def test_an_archive_without_its_index_is_not_read(export):
    rows, notes = read(export(**{"channels.json": None}))
    assert rows == []
    assert any("channels.json does not say" in note.reason for note in notes)


def test_loose_messages_are_not_read(tmp_path):
    path = tmp_path / "2025-03-10.json"
    path.write_text(json.dumps([message(UNHEARD)]))
    found = inspect(path, "slack/ask-product/2025-03-10.json", SPECS, Limits())
    assert all(isinstance(part, Unrecognised) and UNHEARD not in part.reason for part in found)


def test_markup_becomes_plain_text_without_names(export):
    text = (
        "Hi <@U02BBB222|jule>, see <#C1|ask-product> &amp; <https://w.example/a|the page>, <https://b.example> "
        "<mailto:it@kunde.example|mail> <!here> <!subteam^S1|@pm> 1 &lt; 2"
    )
    rows, _ = read(export(**{"ask-product/2025-03-10.json": [message(text)], "ask-product/2025-03-11.json": None}))
    assert rows[0]["text"] == (
        "Hi @someone, see #ask-product & the page (https://w.example/a), https://b.example it@kunde.example @here @team 1 < 2"
    )


def teams_page(*channels):
    return {
        "value": [
            {
                "id": f"17416010001{n}",
                "createdDateTime": "2025-03-10T10:00:00Z",
                "messageType": "message",
                "from": {"user": {"id": "u1"}},
                "body": {"contentType": "html", "content": f"<p>Hi <at id='0'>Jule Brandt</at> {n}</p>"},
                "channelIdentity": {"channelId": channel} if channel else None,
                "chatId": None if channel else "19:chat",
            }
            for n, channel in enumerate(channels)
        ]
    }


def teams(tmp_path, page, listed):
    path = tmp_path / "page.json"
    path.write_text(json.dumps(page))
    (found,) = inspect(path, "teams/page.json", teams_vendor.SPECS, Limits(), listed=listed)
    if isinstance(found, Unrecognised):
        return found.reason
    opened = open_part(path, found, Limits())
    rows = [row for batch in opened for row in batch.rows.to_pylist()]
    return [row["body"] for row in rows], [note.detail for note in opened.drift if note.kind == "unlisted"]


def test_teams_channels_are_read_where_they_are_listed(tmp_path):
    page = teams_page("19:open", "19:closed", "19:open")
    assert "lists" in teams(tmp_path, page, [])
    assert teams(tmp_path, page, ["19:OPEN"]) == (
        ["Hi @someone 0", "Hi @someone 2"],
        ["1 records of unlisted conversations are not read"],
    )
    assert len(teams(tmp_path, page, [EVERY])[0]) == 3


def test_teams_chats_are_never_read(tmp_path):
    assert "channelIdentity" in teams(tmp_path, teams_page(None, None), [EVERY])


def test_members_of_an_archive_are_read_together_as_one_by_one(export):
    from connectors.members import OpenedMembers, together

    path = export()
    parts = [part for part in inspect(path, "x", SPECS, Limits()) if isinstance(part, Part) and part.spec.stream == "message"]
    assert together(parts)
    rows = [row for found in OpenedMembers(path, parts, Limits()) for row in found.batch.rows.to_pylist()]
    assert rows == read(path)[0]
