"""Slack: messages, members and channels as a workspace export (zip) holds them."""

from connectors.api.spec import ApiSpec, Auth, Conversations, Endpoint
from connectors.spec import ExportSpec, Field

REFERENCE = "Slack workspace export, a zip of JSON by channel and day (seen in a true export)"

MESSAGE = ExportSpec(
    vendor="slack",
    stream="message",
    kind="questions",
    description="One message of a channel. Private channels and direct messages are not read unless the workspace lists them.",
    reference=REFERENCE,
    formats=("json",),
    files=(),
    archive="slack",
    internal=True,
    key=("channel_id", "ts"),
    event_time="sent_at",
    text=("text",),
    tombstone=("subtype", ("tombstone", "message_deleted")),
    fields=(
        Field("channel_id", "string", "Channel, told by the folder and the export's index", ("channel_id",)),
        Field("channel_name", "string", "Name of the channel at the time of the export", ("channel_name",)),
        # Text, never a number: its last digits are part of the key.
        Field("ts", "string", "Moment in seconds with six decimals; names the message within its channel", required=True),
        Field("sent_at", "timestamp", "When it was sent", ("ts",), required=True, epoch="s"),
        Field("type", "string", "message", required=True),
        Field("subtype", "string", "Kind of system or special message; empty for what a person wrote"),
        Field("user", "string", "Member who wrote it", ("user",), personal="key"),
        Field("bot_id", "string", "Integration that wrote it"),
        Field("text", "string", "What was written", personal="text", markup="slack"),
        Field("thread_ts", "string", "`ts` of the first message of its thread; empty outside threads"),
        Field("reply_count", "integer", "Replies to it, where it began a thread"),
        Field("edited_at", "timestamp", "When it was last edited", ("edited.ts",), epoch="s"),
    ),
    # Repeated, technical, about people, or files.
    ignored=(
        *("attachments", "blocks", "file", "files", "upload", "x_files", "room", "root", "comment", "metadata", "icons"),
        *("reactions", "replies", "reply_users*", "latest_reply", "parent_user_id", "user_*", "username", "inviter", "edited"),
        *("team", "source_team", "bot_*", "app_id", "client_msg_id", "display_as_bot", "is_intro", "is_locked", "subscribed"),
        *("last_read", "unread_count", "pinned_*", "hidden", "event_ts", "old_name", "name", "topic", "purpose", "members"),
        *("permalink", "no_notifications", "assistant_app_thread", "channel", "channel_*", "item*", "language", "deleted_ts"),
    ),
)
USER = ExportSpec(
    vendor="slack",
    stream="user",
    kind="questions",
    description="One member or bot of the workspace.",
    reference=REFERENCE,
    formats=("json",),
    files=("users.json", "org_users.json", "user*"),
    key=("id",),
    cursor="updated_at",
    event_time="updated_at",
    fields=(
        Field("id", "string", "Slack id of the member", required=True, personal="key"),
        Field("email", "string", "Address of the member", ("profile.email",), personal="email"),
        Field("name", "string", "Handle", required=True, personal="withheld"),
        Field("real_name", "string", "Name", ("profile.real_name", "real_name"), personal="withheld"),
        Field("title", "string", "What the member says that they do", ("profile.title",)),
        Field("is_bot", "boolean", "Whether it is a bot", required=True),
        Field("deleted", "boolean", "Whether the account is deactivated", required=True),
        Field("updated_at", "timestamp", "When the member last changed", ("updated",), epoch="s"),
    ),
    ignored=(
        *("profile", "team_id", "color", "tz*", "is_*", "has_2fa", "locale", "who_can_share*", "two_factor*", "enterprise*"),
        *("presence", "status"),
    ),
)
CHANNEL = ExportSpec(
    vendor="slack",
    stream="channel",
    kind="questions",
    description="One channel that is open to everyone in the workspace.",
    reference=REFERENCE,
    formats=("json",),
    files=("channels.json", "channel*"),
    key=("id",),
    event_time="created_at",
    fields=(
        Field("id", "string", "Slack id of the channel", required=True),
        Field("name", "string", "Name of the channel", required=True),
        Field("is_archived", "boolean", "Whether it is archived", required=True),
        Field("is_general", "boolean", "Whether everyone is in it", required=True),
        Field("topic", "string", "What is being talked about", ("topic.value",), personal="text"),
        Field("purpose", "string", "What the channel is for", ("purpose.value",), personal="text"),
        Field("created_at", "timestamp", "When it was created", ("created",), epoch="s"),
    ),
    ignored=("creator", "members", "topic", "purpose", "pins", "is_*", "previous_names", "unlinked", "shared_*", "updated"),
)

SPECS = (MESSAGE, USER, CHANNEL)

API = ApiSpec(
    vendor="slack",
    reference="Slack Web API: conversations.list, .history, .replies and users.list (documented)",
    auth=Auth(secrets=("token",), header="Authorization", value="Bearer {token}"),
    base_url="https://slack.com/api",
    endpoints=(Endpoint("message", "message", Conversations()),),
)
