"""Microsoft Teams: channel messages and members as pages of Microsoft Graph hold them."""

from connectors.spec import ExportSpec, Field

REFERENCE = "Microsoft Graph, chatMessage and user resources (documented); made without a true file"

MESSAGE = ExportSpec(
    vendor="teams",
    stream="message",
    kind="questions",
    description="One message of a channel that the workspace lists. Chats have no channel and are never read.",
    reference=REFERENCE,
    formats=("json", "ndjson"),
    files=("*message*",),
    envelopes=("value",),
    internal=True,
    listed="channel_id",
    key=("channel_id", "id"),
    cursor="updated_at",
    event_time="created_at",
    text=("subject", "body"),
    fields=(
        Field("id", "string", "Id of the message, unique within its channel", required=True),
        # Required, so that a page of chats is refused as a whole.
        Field("channel_id", "string", "Channel", ("channelIdentity.channelId",), required=True),
        Field("reply_to_id", "string", "Message that began its thread; empty for that one", ("replyToId",)),
        Field("type", "string", "message, or the name of a system message", ("messageType",)),
        Field("user", "string", "Member who wrote it", ("from.user.id",), personal="key"),
        Field("subject", "string", "Headline of a post", personal="text"),
        Field("body", "string", "What was written", ("body.content",), personal="text", markup="html"),
        Field("created_at", "timestamp", "When it was sent", ("createdDateTime",), required=True),
        Field("updated_at", "timestamp", "When it last changed", ("lastModifiedDateTime", "createdDateTime")),
        Field("deleted_at", "timestamp", "When it was deleted", ("deletedDateTime",)),
    ),
    ignored=(
        *("@odata*", "etag", "attachments", "mentions", "reactions", "from", "body", "channelIdentity", "messageHistory"),
        *("replies", "replies@odata*", "hostedContents", "importance", "policyViolation", "locale", "webUrl", "summary"),
        *("chatId", "eventDetail", "lastEditedDateTime", "onBehalfOf"),
    ),
)
USER = ExportSpec(
    vendor="teams",
    stream="user",
    kind="questions",
    description="One member of the organisation.",
    reference=REFERENCE,
    formats=("json", "ndjson"),
    files=("*user*",),
    envelopes=("value",),
    key=("id",),
    fields=(
        Field("id", "string", "Id of the member", required=True, personal="key"),
        Field("email", "string", "Address of the member", ("mail", "userPrincipalName"), required=True, personal="email"),
        Field("name", "string", "Name", ("displayName",), personal="withheld"),
        Field("title", "string", "Job title", ("jobTitle",)),
        Field("department", "string", "Department", ("department",)),
    ),
    signature=(("userPrincipalName",),),
    ignored=(
        *("@odata*", "givenName", "surname", "businessPhones", "mobilePhone", "officeLocation", "preferredLanguage"),
        *("mail", "userPrincipalName", "accountEnabled"),
    ),
    expected_every_days=30,
)

SPECS = (MESSAGE, USER)
