"""Interview notes: one Markdown file with front matter per conversation, or a table with one row per conversation."""

from connectors.spec import ExportSpec, Field

DATES = ("%d.%m.%Y", "%m/%d/%Y", "%d %B %Y", "%B %d, %Y", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M")

NOTE = ExportSpec(
    vendor="interviews",
    stream="note",
    kind="research",
    description="Notes of one conversation with a customer.",
    reference="No vendor's format: Markdown with YAML front matter, or a table; what a team calls its keys, the workspace maps",
    formats=("markdown", "csv", "xlsx", "ndjson", "json"),
    files=("*.md", "*interview*", "*note*", "*research*"),
    key=("note_id",),
    cursor="updated_at",
    event_time="held_at",
    text=("notes",),
    signature=(("notes", "body", "Note", "Summary", "Transcript", "Key takeaways"),),
    fields=(
        # A Markdown note without an id is known by its file.
        Field(
            "note_id",
            "string",
            "Id of the note, else its file or row",
            ("id", "note_id", "Interview ID", "ID", "file"),
            required=True,
        ),
        Field(
            "held_at",
            "timestamp",
            "When the conversation took place",
            ("date", "held_at", "Interview date", "interviewed_at", "Date"),
            formats=DATES,
        ),
        Field(
            "updated_at", "timestamp", "When the notes last changed", ("updated", "updated_at", "Last modified"), formats=DATES
        ),
        Field("title", "string", "Headline", ("title", "Title", "Topic", "Interview"), personal="text"),
        Field(
            "company",
            "string",
            "Company of the customer",
            ("company", "account", "customer", "Company", "Account", "Organization"),
        ),
        Field("account_external_id", "string", "Account id", ("account_id", "salesforce_account_id", "crm_id", "Account ID")),
        Field("domain", "string", "Web domain of the company", ("domain", "website")),
        Field("email", "string", "Address of the customer's person", ("email", "participant_email", "Email"), personal="email"),
        Field(
            "participant",
            "string",
            "Name of the customer's person",
            ("participant", "participants", "interviewee", "Participant", "Name", "contact"),
            personal="withheld",
        ),
        Field("participant_role", "string", "Role of the customer's person", ("role", "participant_role", "Role", "job_title")),
        Field(
            "interviewer",
            "string",
            "Name of the colleague",
            ("interviewer", "interviewers", "author", "researcher", "Interviewer"),
            personal="withheld",
        ),
        Field("product_area", "string", "Area of the product", ("product_area", "area", "Product area")),
        Field("method", "string", "Interview, usability test, visit …", ("method", "type", "Method")),
        Field("tags", "json", "Tags", ("tags", "Tags")),
        Field("url", "string", "Where a person opens the notes", ("url", "link", "URL", "Link")),
        Field(
            "notes",
            "string",
            "What was heard",
            ("body", "notes", "Notes", "Note", "Summary", "Transcript", "Key takeaways", "Quotes"),
            required=True,
            personal="text",
        ),
    ),
    ignored=("*attendee*", "*phone*"),
)

SPECS = (NOTE,)
