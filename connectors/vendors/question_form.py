"""Question form: what colleagues ask product through a form, as form tools write its answers."""

from connectors.spec import ExportSpec, Field

# A form's own file: 2025/03/01 10:15:22 AM GMT+1, or its sheet.
DAYS = (
    *("%Y/%m/%d %I:%M:%S %p GMT%z", "%Y/%m/%d %I:%M:%S %p %Z", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M"),
    *("%d.%m.%Y %H:%M", "%d/%m/%Y %H:%M:%S"),
)

QUESTION = ExportSpec(
    vendor="question_form",
    stream="question",
    kind="questions",
    description="One question sent through the form.",
    reference="Answers of a form as CSV (Google Forms, Microsoft Forms, Jira forms); headers by alias (made here)",
    formats=("csv", "json", "ndjson"),
    files=("*question*", "*form*", "*intake*"),
    internal=True,
    key=("question_id",),
    event_time="asked_at",
    text=("question",),
    fields=(
        # Google Forms gives no id: there the moment, to the second, stands in.
        Field(
            "question_id", "string", "Id of the answer", ("Response ID", "Question ID", "ID", "#", "Timestamp"), required=True
        ),
        Field(
            "asked_at",
            "timestamp",
            "When it was sent",
            ("Timestamp", "Asked at", "Completion time", "Submitted at", "Created"),
            required=True,
            formats=DAYS,
        ),
        Field("email", "string", "Who asks", ("Email address", "Email", "Username", "Requester"), personal="email"),
        Field("name", "string", "Name of who asks", ("Name", "Your name"), personal="withheld"),
        Field("team", "string", "Team of who asks", ("Team", "Your team", "Department")),
        Field("launch", "string", "Launch that it is about, by key or name", ("Launch", "Release", "Which launch")),
        Field("product_area", "string", "Area of the product", ("Product area", "Area")),
        Field("asked_of", "string", "Role or team it is addressed to", ("Addressed to", "For", "Asked of", "Recipient")),
        Field("question", "string", "The question", ("Question", "Your question", "Message"), required=True, personal="text"),
        Field("answer", "string", "The answer", ("Answer", "Response", "Reply"), personal="text"),
        Field("answered_by", "string", "Who answered", ("Answered by", "Owner", "Assignee"), personal="email"),
        Field("answered_by_team", "string", "Team of who answered", ("Answered by team", "Owner team")),
        Field("answered_at", "timestamp", "When it was answered", ("Answered at", "Resolved", "Closed"), formats=DAYS),
    ),
    expected_every_days=30,
)

SPECS = (QUESTION,)
