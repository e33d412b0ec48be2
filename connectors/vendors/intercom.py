"""Intercom: conversations, contacts and companies as its REST API writes them."""

from datetime import timedelta

from connectors.api.spec import ApiSpec, Auth, Endpoint, TokenPages
from connectors.spec import ExportSpec, Field, usual_names

REFERENCE = "Intercom REST API 2.x (seen in true records): epoch seconds, ids as strings, bodies in HTML"


def _stream(stream: str, plural: str, envelope: str, description: str, *fields: Field, **more: object) -> ExportSpec:
    return ExportSpec(
        vendor="intercom",
        stream=stream,
        kind="support",
        description=description,
        reference=REFERENCE,
        formats=("json", "ndjson", "csv"),
        files=(*usual_names(stream, plural), f"*{stream}_history*"),
        key=("id",),
        cursor="updated_at",
        envelopes=(envelope,),
        fields=(
            Field("id", "string", f"Intercom id of the {stream}", required=True),
            *fields,
            Field("created_at", "timestamp", "When it was created", epoch="s"),
            Field("updated_at", "timestamp", "When it last changed", epoch="s"),
        ),
        **more,  # type: ignore[arg-type]
    )


CONVERSATION = _stream(
    "conversation",
    "conversations",
    "conversations",
    "One conversation; its first message is what was asked.",
    Field("title", "string", "Headline that a person gave", personal="text", markup="html"),
    Field(
        "subject",
        "string",
        "Subject of the first message",
        ("source.subject", "source_subject"),
        personal="text",
        markup="html",
    ),
    Field("body", "string", "First message", ("source.body", "source_body"), personal="text", markup="html"),
    Field(
        "author_type", "string", "Who began it: user, lead, contact, admin or bot", ("source.author.type", "source_author_type")
    ),
    Field("author_id", "string", "Who began it", ("source.author.id", "source_author_id")),
    Field("author_email", "string", "Address of who began it", ("source.author.email",), personal="email"),
    Field(
        "delivered_as",
        "string",
        "customer_initiated, campaigns_initiated, admin_initiated …",
        ("source.delivered_as", "source_delivered_as"),
    ),
    Field("contacts", "json", "People of the conversation", ("contacts.contacts", "contacts"), personal="text"),
    Field("state", "string", "open, closed or snoozed", required=True),
    Field("priority", "string", "priority or not_priority"),
    Field("tags", "json", "Tags", ("tags.tags", "tags"), personal="text"),
    Field(
        "rating", "integer", "Rating, 1 to 5", ("conversation_rating.rating", "conversation_rating_value"), minimum=1, maximum=5
    ),
    Field(
        "rating_remark",
        "string",
        "Words with the rating",
        ("conversation_rating.remark", "conversation_rating_remark"),
        personal="text",
    ),
    Field("closed_at", "timestamp", "When it was last closed", ("statistics.last_close_at",), epoch="s"),
    event_time="created_at",
    text=("subject", "body"),
    # A ticket has no such thing, a part of a conversation no state.
    signature=(("source", "source_type", "conversation_rating", "waiting_since"),),
    # Other people's words and names, and what is about the desk, not the customer.
    ignored=(
        "_meta",
        "source",
        "source_*",
        "conversation_rating*",
        "conversation_parts",
        "statistics",
        "first_contact_reply*",
        "teammates",
        "*assignee*",
        "custom_attributes",
        "ai_agent*",
        "sla_*",
        "linked_objects",
        "topics",
        "ticket",
        "_fivetran*",
        "type",
        "read",
        "open",
        "snoozed_until",
        "waiting_since",
        "contacts",
        "tags",
    ),
)
CONTACT = _stream(
    "contact",
    "contacts",
    "data",
    "One person who is a user or lead.",
    Field("external_id", "string", "Id that the product gave", personal="identifier"),
    Field("email", "string", "Address of the person", personal="email"),
    Field("name", "string", "Name of the person", personal="withheld"),
    Field("phone", "string", "Telephone", personal="withheld"),
    Field("role", "string", "user or lead", required=True),
    Field("companies", "json", "Companies of the person", ("companies.data", "companies")),
    Field("last_seen_at", "timestamp", "When the person was last seen", epoch="s"),
    event_time="updated_at",
    signature=(("email",), ("external_id", "signed_up_at", "owner_id")),
    # Devices, places and networks of people.
    ignored=(
        "_meta",
        "android_*",
        "ios_*",
        "avatar",
        "browser*",
        "os",
        "location",
        "social_profiles",
        "*notes*",
        "*subscription*",
        "utm_*",
        "sms_consent",
        "unsubscribed*",
        "marked_email*",
        "has_hard_bounced",
        "referrer",
        "last_*",
        "type",
        "workspace_id",
        "custom_attributes",
        "owner_id",
        "companies",
        "language_override",
        "tags",
        "signed_up_at",
        "formatted_phone",
    ),
)
COMPANY = _stream(
    "company",
    "companies",
    "data",
    "One customer company.",
    Field("company_id", "string", "Id that the product gave, usually the CRM's", required=True),
    Field("name", "string", "Name of the company"),
    Field("website", "string", "Web site"),
    Field("plan", "string", "Plan", ("plan.name", "plan_name")),
    Field("monthly_spend", "number", "What the company spends a month, as the product says", minimum=0),
    Field("industry", "string", "Industry"),
    Field("user_count", "integer", "Number of its people", minimum=0),
    Field("tags", "json", "Tags", ("tags.tags", "tags")),
    Field("custom_attributes", "json", "Values of custom attributes", personal="text"),
    event_time="updated_at",
    ignored=(
        "_meta",
        "app_id",
        "segments",
        "type",
        "session_count",
        "last_request_at",
        "remote_created_at",
        "size",
        "plan",
        "tags",
    ),
)

SPECS = (CONVERSATION, CONTACT, COMPANY)


def _search(plural: str, records: str) -> TokenPages:
    """A search by the time of the last change, in a closed window."""
    return TokenPages(
        path=f"/{plural}/search",
        method="POST",
        first={"query": _changed("{since}", "{until}"), "sort": _OLDEST_FIRST, "pagination": {"per_page": 150}},
        request={
            "query": _changed("{since}", "{until}"),
            "sort": _OLDEST_FIRST,
            "pagination": {"per_page": 150, "starting_after": "{token}"},
        },
        records=records,
        token="pages.next.starting_after",
        stamp="s",
        # The search knows of a change a little later, and its comparison leaves the bounds out.
        lag=timedelta(minutes=2),
        overlap=timedelta(minutes=15),
    )


def _changed(since: str, until: str) -> dict[str, object]:
    bounds = (">", since), ("<", until)
    return {"operator": "AND", "value": [{"field": "updated_at", "operator": sign, "value": at} for sign, at in bounds]}


_OLDEST_FIRST = {"field": "updated_at", "order": "ascending"}

API = ApiSpec(
    vendor="intercom",
    reference="Intercom REST API 2.x, search of conversations and contacts (documented; records seen)",
    auth=Auth(secrets=("token",), header="Authorization", value="Bearer {token}"),
    base_url="https://api.intercom.io",
    headers={"Intercom-Version": "2.11"},
    endpoints=(
        Endpoint("conversation", "conversation", _search("conversations", "conversations")),
        Endpoint("contact", "contact", _search("contacts", "data")),
    ),
)
