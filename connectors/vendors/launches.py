"""Launches: the product team's own sheets of launches, decisions, definitions of done, and of who was told what has shipped."""

from connectors.spec import ExportSpec, Field

REFERENCE = "Earshot's own CSV; a sheet saved under these headers"
DAYS = ("%d/%m/%Y", "%d.%m.%Y", "%d %b %Y")


def _sheet(stream: str, description: str, *fields: Field, event_time: str, surrogate_key: bool = False) -> ExportSpec:
    return ExportSpec(
        vendor="launches",
        stream=stream,
        kind="roadmap",
        description=description,
        reference=REFERENCE,
        formats=("csv", "json", "ndjson"),
        files=(f"*{stream}*", f"*{stream.replace('_', '-')}*"),
        key=(f"{stream}_id",),
        cursor="updated_at",
        event_time=event_time,
        fields=(
            *fields,
            Field("updated_at", "timestamp", "When the row last changed", ("Updated", "Updated at"), formats=DAYS),
        ),
        surrogate_key=surrogate_key,
        expected_every_days=30,
    )


LAUNCH = _sheet(
    "launch",
    "One launch: something that reaches customers on a day.",
    Field("launch_id", "string", "Key of the launch", ("Launch ID",), required=True),
    Field("launch_name", "string", "Name of the launch", ("Launch", "Launch name", "Name"), required=True),
    Field(
        "launch_at",
        "timestamp",
        "General availability, planned or past",
        ("Launch date", "Date", "GA"),
        required=True,
        formats=DAYS,
    ),
    Field("product_area", "string", "Area of the product", ("Product area", "Area")),
    Field("tier", "string", "Size in the company's own terms", ("Tier", "Size")),
    Field(
        "roadmap_item", "string", "Key of the roadmap item that it brings to customers", ("Roadmap item", "Roadmap key", "Epic")
    ),
    Field("feature", "string", "Its feature in the product analytics", ("Feature", "Analytics feature")),
    Field("status", "string", "planned, launched or cancelled", ("Status",)),
    event_time="launch_at",
)
DECISION = _sheet(
    "decision",
    "One recorded product decision.",
    Field("decision_id", "string", "Key of the decision", ("Decision ID",), required=True),
    Field("theme_id", "string", "Theme of feedback that it answers", ("Theme", "Theme ID")),
    Field("roadmap_item", "string", "Key of the roadmap item decided on", ("Roadmap item", "Roadmap key", "Epic")),
    Field("decision", "string", "build, decline or watch", ("Decision",), required=True),
    Field("reason", "string", "Why", ("Reason", "Rationale"), personal="text"),
    Field("decided_at", "timestamp", "When", ("Decided", "Decided at", "Decided on", "Date"), formats=DAYS),
    event_time="decided_at",
)
READINESS_ITEM = _sheet(
    "readiness_item",
    "One item of a launch's definition of done.",
    Field("readiness_item_id", "string", "Key of the item", ("Item ID", "Readiness item ID"), required=True),
    Field("launch", "string", "Launch, by key or name", ("Launch ID", "Launch"), required=True),
    Field("kind", "string", "in_product_education, documentation, internal_readiness, or another part of the company's own",
          ("Kind", "Definition of done"), required=True),
    Field("part", "string", "What internal readiness content says: new_value, role_change or prepare_customers",
          ("Part", "Section")),
    Field("team", "string", "Team that it is for; empty: all", ("Team", "Audience")),
    Field("title", "string", "Headline", ("Title", "Item"), personal="text"),
    Field("text", "string", "The content itself", ("Text", "Content"), personal="text"),
    Field("owner", "string", "Address of whoever does it", ("Owner",), personal="email"),
    Field("due_at", "timestamp", "When it is due", ("Due", "Due date"), formats=DAYS),
    Field("done_at", "timestamp", "When it was done, empty before", ("Done", "Done at", "Completed"), formats=DAYS),
    Field("link", "string", "Where it is", ("Link", "URL")),
    event_time="done_at",
)  # fmt: skip

TOLD = _sheet(
    "told",
    "One account that was told what became of what it asked for; without an account, everybody was told.",
    Field("told_id", "string", "Key of the row", ("Told ID", "ID")),
    Field("roadmap_item", "string", "Key of the roadmap item that they were told of",
          ("Roadmap item", "Roadmap key", "Epic", "Item")),
    Field("theme_id", "string", "Theme of feedback that it answers", ("Theme", "Theme ID")),
    Field("account_external_id", "string", "Account, by its id in the CRM", ("Account ID", "CRM ID", "Salesforce ID")),
    Field("company", "string", "Account, by name", ("Account", "Company", "Customer")),
    Field("told_at", "timestamp", "When they were told", ("Told", "Told at", "Told on"), required=True, formats=DAYS),
    Field("team", "string", "Team that told them", ("Team", "Told by team")),
    event_time="told_at",
    surrogate_key=True,
)  # fmt: skip

SPECS = (LAUNCH, DECISION, READINESS_ITEM, TOLD)
