"""Dovetail: notes and highlights of user research, as the CSV export of a project."""

from connectors.spec import ExportSpec, Field

NOTE = ExportSpec(
    vendor="dovetail",
    stream="note",
    kind="research",
    description="One note, highlight or insight of a research project.",
    reference="Dovetail CSV export: its column names are in no public file, so the aliases are guesses; map yours",
    formats=("csv", "xlsx"),
    files=("*dovetail*", "*note*", "*highlight*", "*insight*", "*data*"),
    key=("note_id",),
    cursor="updated_at",
    event_time="created_at",
    text=("content",),
    surrogate_key=True,
    signature=(("Content", "Text", "Highlight", "Highlight text", "Transcript", "Note content"),),
    fields=(
        Field("note_id", "string", "Id of the note", ("ID", "Note ID", "Highlight ID", "Insight ID"), required=True),
        Field("title", "string", "Headline", ("Title", "Note title", "Note"), personal="text"),
        Field(
            "content",
            "string",
            "What was said or noted",
            ("Content", "Text", "Highlight", "Highlight text", "Transcript", "Note content", "Insight"),
            required=True,
            personal="text",
            markup="html",
        ),
        Field("project", "string", "Project", ("Project", "Project title")),
        Field("tags", "json", "Tags", ("Tags", "Tag", "Labels")),
        Field("company", "string", "Company of the customer", ("Company", "Organization", "Account", "Customer")),
        Field("account_external_id", "string", "Account id", ("Account ID", "CRM ID", "Customer ID")),
        Field(
            "email",
            "string",
            "Address of the customer's person",
            ("Email", "Contact email", "Participant email"),
            personal="email",
        ),
        Field(
            "participant",
            "string",
            "Name of the customer's person",
            ("Person", "People", "Participant", "Contact", "Contacts"),
            personal="withheld",
        ),
        Field("author", "string", "Name of the colleague", ("Author", "Created by", "Owner"), personal="withheld"),
        Field("nps", "integer", "Score, where the project has an NPS field", ("NPS",), minimum=0, maximum=10),
        Field("product_area", "string", "Area of the product", ("Product area", "Area")),
        Field("url", "string", "Where a person opens the note", ("URL", "Link", "Note URL")),
        Field(
            "created_at",
            "timestamp",
            "When it was made, else the day of the session",
            ("Created at", "Created", "Date created", "Date"),
        ),
        Field("updated_at", "timestamp", "When it last changed", ("Updated at", "Last updated", "Last edited")),
    ),
)

SPECS = (NOTE,)
