"""Pulse: short surveys of the company's own teams, one row per answer to one question."""

from connectors.spec import ExportSpec, Field

ANSWER = ExportSpec(
    vendor="pulse",
    stream="answer",
    kind="questions",
    description="One score that one colleague gave to one question. Comments and names are never stored.",
    reference="CSV of a survey tool in long form; headers by alias (made here)",
    formats=("csv", "json", "ndjson"),
    files=("*pulse*", "*survey*", "*answer*"),
    internal=True,
    key=("response_id", "question"),
    event_time="answered_at",
    fields=(
        Field(
            "response_id",
            "string",
            "Id of the filled-in survey",
            ("Response ID", "Respondent ID", "ID", "#", "Timestamp"),
            required=True,
            personal="key",
        ),
        Field(
            "answered_at",
            "timestamp",
            "Day of the survey",
            ("Survey date", "Date", "Timestamp", "Completion time", "Submitted at"),
            required=True,
            formats=("%m/%d/%Y %H:%M:%S", "%d.%m.%Y", "%d/%m/%Y", "%d %b %Y"),
        ),
        Field("team", "string", "Team or department of who answered", ("Team", "Department", "Group"), required=True),
        Field("question", "string", "The question, in its own words", ("Question", "Item", "Statement"), required=True),
        Field(
            "score",
            "integer",
            "Agreement, 1 to 5",
            ("Score", "Rating", "Value", "Answer", "Response"),
            required=True,
            minimum=1,
            maximum=5,
        ),
        Field("email", "string", "Address of who answered", ("Email", "Email address"), personal="withheld"),
        Field("name", "string", "Name of who answered", ("Name",), personal="withheld"),
        Field("comment", "string", "Comment", ("Comment", "Why"), personal="withheld"),
    ),
    expected_every_days=92,
)

SPECS = (ANSWER,)
