"""PostHog: events of a batch export or file download, as Parquet or JSON lines."""

from connectors.spec import ExportSpec, Field

EVENT = ExportSpec(
    vendor="posthog",
    stream="event",
    kind="analytics",
    description="One product event.",
    reference="PostHog batch exports, events model (documented): properties are a JSON text in Parquet",
    formats=("parquet", "ndjson", "json", "csv"),
    files=("*posthog*", "*event*", "*.parquet", "*.jsonl*"),
    key=("uuid",),
    cursor="inserted_at",
    event_time="event_at",
    expected_every_days=1,
    envelopes=("results",),
    fields=(
        Field("uuid", "string", "Id of the event", ("uuid", "id"), required=True),
        Field("event_type", "string", "Name of the event", ("event",), required=True),
        Field("event_at", "timestamp", "When it happened", ("timestamp",), required=True, epoch="auto"),
        Field("distinct_id", "string", "Person or device", required=True, personal="identifier"),
        Field("person_id", "string", "Person at the time of ingestion"),
        Field("properties", "json", "Properties of the event", personal="text"),
        Field(
            "inserted_at", "timestamp", "When PostHog stored it", ("_inserted_at", "inserted_at", "created_at"), epoch="auto"
        ),
        Field("team_id", "string", "Project"),
        Field("ip_address", "string", "Address of the device", ("ip",), personal="withheld"),
    ),
    # What is known of people, and what was clicked.
    ignored=(
        "person_properties",
        "person",
        "set",
        "set_once",
        "people_set*",
        "elements*",
        "site_url",
        "historical_migration",
        "person_created_at",
    ),
)

SPECS = (EVENT,)
