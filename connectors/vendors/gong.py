"""Gong: calls and their transcripts, as its API's pages write them."""

from connectors.spec import ExportSpec, Field

REFERENCE = "Gong API v2, calls, extensive calls and transcripts (documented; read in public connectors)"

CALL = ExportSpec(
    vendor="gong",
    stream="call",
    kind="sales",
    description="One recorded call.",
    reference=REFERENCE,
    formats=("json", "ndjson"),
    files=("*calls*", "call.*"),
    key=("id",),
    event_time="started_at",
    envelopes=("calls",),
    signature=(("started", "metaData.started"),),
    text=("brief",),
    fields=(
        Field("id", "string", "Id of the call", ("metaData.id", "id"), required=True),
        Field("title", "string", "Title of the call", ("metaData.title", "title"), personal="text"),
        Field("started_at", "timestamp", "When it began", ("metaData.started", "started"), required=True),
        Field("duration_seconds", "number", "How long it took", ("metaData.duration", "duration"), minimum=0),
        Field("direction", "string", "Inbound, Outbound, Conference or Unknown", ("metaData.direction", "direction")),
        Field("scope", "string", "Internal, External or Unknown", ("metaData.scope", "scope")),
        Field("language", "string", "Language of the call", ("metaData.language", "language")),
        Field("url", "string", "Where a person opens the call", ("metaData.url", "url")),
        Field("primary_user_id", "string", "Colleague who held it", ("metaData.primaryUserId", "primaryUserId")),
        Field("brief", "string", "What Gong wrote of the call", ("content.brief", "brief"), personal="text"),
        Field("crm_objects", "json", "Records of the CRM that the call belongs to", ("context",), personal="text"),
    ),
    # Names and addresses of who took part, and figures of their talking.
    ignored=(
        "metaData",
        "parties",
        "interaction",
        "collaboration",
        "media",
        "content",
        "context",
        "scheduled",
        "workspaceId",
        "sdrDisposition",
        "clientUniqueId",
        "customData",
        "purpose",
        "meetingUrl",
        "isPrivate",
        "calendarEventId",
        "system",
    ),
)
TRANSCRIPT = ExportSpec(
    vendor="gong",
    stream="transcript",
    kind="sales",
    description="What was said in one call, by all who took part.",
    reference=REFERENCE,
    formats=("json", "ndjson"),
    files=("*transcript*",),
    key=("call_id",),
    envelopes=("callTranscripts",),
    text=("words",),
    fields=(
        Field("call_id", "string", "Call", ("callId", "id"), required=True),
        Field(
            "words",
            "string",
            "Sentences of the call in their order, one a line",
            ("transcript",),
            required=True,
            personal="text",
            elements="$[*].sentences[*].text",
        ),
    ),
)

SPECS = (CALL, TRANSCRIPT)
