"""Zendesk: tickets, their comments and ratings, users and organizations as the incremental API and JSON export write them."""

from connectors.api.spec import ApiSpec, Auth, Endpoint, TokenPages
from connectors.spec import ExportSpec, Field

REFERENCE = "Zendesk incremental export API, time and cursor based (seen in recorded pages); UI export JSON, one object a line"


def _stream(name: str, stream: str, description: str, *fields: Field, **more: object) -> ExportSpec:
    return ExportSpec(
        vendor="zendesk",
        stream=stream,
        kind="support",
        description=description,
        reference=REFERENCE,
        formats=("ndjson", "json", "csv"),
        # Not simply anything with the name in it: ticket_forms.json holds no tickets.
        files=tuple(pattern for n in (name, stream) for pattern in (n, f"{n}.*", f"*[_ -]{n}.*", f"incremental*{n}*")),
        key=("id",),
        cursor="updated_at",
        envelopes=(name, f"body.{name}"),
        fields=(
            Field("id", "string", f"Zendesk id of the {stream}", required=True),
            *fields,
            Field("created_at", "timestamp", "When it was created", ("created_at", "created")),
            Field("updated_at", "timestamp", "When it last changed"),
        ),
        **more,  # type: ignore[arg-type]
    )


TICKET = _stream(
    "tickets",
    "ticket",
    "One support case.",
    Field("external_id", "string", "Id in another system"),
    Field("subject", "string", "Headline", ("subject", "raw_subject"), personal="text"),
    Field("description", "string", "First comment: the customer's own words", personal="text"),
    Field("status", "string", "new, open, pending, hold, solved, closed or deleted", required=True),
    Field("type", "string", "question, incident, problem or task"),
    Field("priority", "string", "low, normal, high or urgent"),
    Field("tags", "json", "Tags"),
    Field("custom_fields", "json", "Values of custom fields", personal="text"),
    Field("via_channel", "string", "How it came in", ("via.channel",)),
    # The export of the admin centre has whole people, organizations and comments in a ticket instead of their ids.
    Field("requester_id", "string", "User who asked", ("requester_id", "requester.id")),
    Field("assignee_id", "string", "Agent who handles it", ("assignee_id", "assignee.id")),
    Field("organization_id", "string", "Organization of the requester", ("organization_id", "organization.id")),
    Field("group_id", "string", "Team that handles it", ("group_id", "group.id")),
    Field("brand_id", "string", "Brand", ("brand_id", "brand.id")),
    Field("satisfaction", "string", "Latest satisfaction score", ("satisfaction_rating.score",)),
    Field("satisfaction_comment", "string", "Comment with the score", ("satisfaction_rating.comment",), personal="text"),
    Field("url", "string", "API address of the ticket"),
    Field(
        "generated_at",
        "timestamp",
        "When Zendesk last touched it, system changes included",
        ("generated_timestamp",),
        epoch="s",
    ),
    event_time="created_at",
    text=("subject", "description"),
    tombstone=("status", ("deleted",)),
    signature=(("subject", "raw_subject"), ("requester_id", "requester")),
    # Repeated (fields), technical, or with names and addresses of people (via).
    ignored=(
        "via",
        "via_source*",
        "recipient",
        "fields",
        "*_ids",
        "allow_*",
        "custom_status_id",
        "forum_topic_id",
        "from_messaging_channel",
        "problem_id",
        "submitter*",
        "requester",
        "assignee",
        "organization",
        "group",
        "brand",
        "collaborator*",
        "comments",
        "metric_set",
        "ticket_form*",
    ),
)
USER = _stream(
    "users",
    "user",
    "One end user or agent.",
    Field("email", "string", "Address of the user", personal="email"),
    Field("name", "string", "Name of the user", personal="withheld"),
    Field("phone", "string", "Telephone", personal="withheld"),
    Field("role", "string", "end-user, agent or admin"),
    Field("organization_id", "string", "Organization of the user"),
    Field("external_id", "string", "Id in another system"),
    Field("active", "boolean", "False once deleted"),
    Field("suspended", "boolean", "Whether the user is suspended"),
    Field("tags", "json", "Tags"),
    Field("notes", "string", "Notes of agents", ("notes",), personal="text"),
    Field("details", "string", "Details", personal="text"),
    Field("time_zone", "string", "Time zone", ("iana_time_zone", "time_zone")),
    event_time="updated_at",
    tombstone=("active", ("false",)),
    signature=(("role",), ("email",)),
    ignored=(
        "alias",
        "signature",
        "photo",
        "remote_photo_url",
        "*phone*",
        "locale*",
        "*_agent",
        "two_factor*",
        "authenticity_token",
    ),
)
ORGANIZATION = _stream(
    "organizations",
    "organization",
    "One customer organization.",
    Field("name", "string", "Name of the organization", required=True),
    Field("domain_names", "json", "Mail domains of its people"),
    Field("external_id", "string", "Id in another system, usually the CRM's"),
    Field("organization_fields", "json", "Values of custom fields", personal="text"),
    Field("tags", "json", "Tags"),
    Field("notes", "string", "Notes of agents", personal="text"),
    Field("details", "string", "Details", personal="text"),
    Field("deleted_at", "timestamp", "When it was deleted"),
    event_time="updated_at",
    signature=(("domain_names", "shared_tickets", "organization_fields"),),
)
SATISFACTION_RATING = _stream(
    "satisfaction_ratings",
    "satisfaction_rating",
    "One rating of one ticket.",
    Field("ticket_id", "string", "Rated ticket", required=True),
    Field("score", "string", "offered, good, bad, with or without comment", required=True),
    Field("comment", "string", "Comment with the score", personal="text"),
    Field("reason", "string", "Reason chosen"),
    Field("requester_id", "string", "User who rated"),
    Field("assignee_id", "string", "Agent rated"),
    Field("group_id", "string", "Team rated"),
    event_time="created_at",
    signature=(("requester_id", "assignee_id", "comment"),),
)

# A ticket's description is its first comment; what the customer adds later is further feedback.
COMMENT = _stream(
    "comments",
    "comment",
    "One comment on one ticket.",
    Field("ticket_id", "string", "Ticket that it belongs to", required=True),
    Field("author_id", "string", "User or agent who wrote it", ("author_id", "user_id")),
    Field("body", "string", "What was written", ("plain_body", "body"), personal="text"),
    Field("public", "boolean", "False for a note among agents"),
    Field("via_channel", "string", "How it came in", ("via.channel",)),
    event_time="created_at",
    text=("body",),
    answered=True,
    # Attachments hold names of files, metadata the addresses of devices.
    signature=(("public",), ("body", "plain_body")),
    ignored=("type", "html_body", "attachments", "metadata", "via", "audit_id", "uploads", "*_comment", "tweet"),
)

SPECS = (TICKET, USER, ORGANIZATION, SATISFACTION_RATING, COMMENT)


def _cursor_pages(name: str) -> TokenPages:
    """The cursor export; its last cursor stays good, so that nothing has to overlap."""
    return TokenPages(
        path=f"/api/v2/incremental/{name}/cursor.json",
        first={"start_time": "{since}"},
        request={"cursor": "{token}"},
        records=name,
        token="after_cursor",
        ended="end_of_stream",
        continues=True,
        stamp="s",
    )


API = ApiSpec(
    vendor="zendesk",
    reference="Zendesk incremental exports, cursor and time based (documented; pages seen in recorded runs)",
    auth=Auth(secrets=("email", "token"), public=("email",), user="{email}/token", password="{token}"),
    per_minute=10,
    endpoints=(
        Endpoint("ticket", "ticket", _cursor_pages("tickets")),
        Endpoint("user", "user", _cursor_pages("users")),
        # Time based: the next page begins with the second in which this one ended, and repeats its records.
        Endpoint(
            "organization",
            "organization",
            TokenPages(
                path="/api/v2/incremental/organizations.json",
                first={"start_time": "{since}"},
                request={"start_time": "{token}"},
                records="organizations",
                token="end_time",
                ended="end_of_stream",
                continues=True,
                stamp="s",
            ),
        ),
    ),
)
