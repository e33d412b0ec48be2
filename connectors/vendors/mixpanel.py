"""Mixpanel: the raw export, one event a line."""

from datetime import timedelta

from connectors.api.spec import ApiSpec, Auth, Endpoint, TimeWindows
from connectors.spec import ExportSpec, Field

EVENT = ExportSpec(
    vendor="mixpanel",
    stream="event",
    kind="analytics",
    description="One product event.",
    reference="Mixpanel raw event export (documented): NDJSON, not de-duplicated; `time` in seconds or milliseconds",
    formats=("ndjson", "csv", "parquet"),
    files=("*mixpanel*", "*event*", "*.jsonl", "*.ndjson"),
    # Mixpanel's own rule of what is one event.
    key=("event_type", "distinct_id", "event_at", "insert_id"),
    cursor="processed_at",
    event_time="event_at",
    expected_every_days=1,
    fields=(
        Field("event_type", "string", "Name of the event", ("event", "name"), required=True),
        Field("event_at", "timestamp", "When it happened", ("properties.time", "time"), required=True, epoch="auto"),
        Field(
            "distinct_id",
            "string",
            "Person or device",
            ("properties.distinct_id", "distinct_id"),
            required=True,
            personal="identifier",
        ),
        # Old exports have none: then what else tells two sendings apart.
        Field(
            "insert_id",
            "string",
            "Sender's duplicate guard",
            ("properties.$insert_id", "insert_id", "properties.mp_processing_time_ms", "properties.time", "time"),
            required=True,
        ),
        Field("processed_at", "timestamp", "When Mixpanel stored it", ("properties.mp_processing_time_ms",), epoch="auto"),
        Field(
            "user_id", "string", "Id that the product set", ("properties.$user_id", "properties.user_id"), personal="identifier"
        ),
        Field("device_id", "string", "Id of the device", ("properties.$device_id", "device_id")),
        Field("properties", "json", "Properties of the event", personal="text"),
        Field("city", "string", "Location", ("properties.$city", "city"), personal="withheld"),
    ),
    # What the export of another tool adds beside the properties: about the device, or technical.
    ignored=(
        "_file",
        "_line",
        "_fivetran*",
        "event_id",
        "mp_*",
        "screen_*",
        "wifi",
        "app_*",
        "os*",
        "lib_version",
        "manufacturer",
        "radio",
        "carrier",
        "model",
        "region",
        "*referr*",
        "current_url",
        "browser*",
        "search_engine",
        "bluetooth*",
        "has_*",
        "brand",
        "google_play_services",
        "had_persisted_distinct_id",
        "ios_ifa",
        "device",
        "distinct_id_before_identity",
        "ae_session_length",
    ),
)

SPECS = (EVENT,)

API = ApiSpec(
    vendor="mixpanel",
    reference="Mixpanel raw event export (documented): whole days, 60 requests an hour, late events for days",
    auth=Auth(secrets=("user", "secret"), public=("user",), user="{user}", password="{secret}"),
    base_url="https://data.mixpanel.com",
    endpoints=(
        Endpoint(
            "event",
            "event",
            TimeWindows(
                path="/api/2.0/export",
                request={"project_id": "{project_id}", "from_date": "{since}", "to_date": "{until}"},
                suffix=".ndjson",
                step=timedelta(days=1),
                grain=timedelta(days=1),
                inclusive=True,
                stamp="%Y-%m-%d",
                overlap=timedelta(days=5),
            ),
        ),
    ),
)
