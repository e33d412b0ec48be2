"""Linear: issues as the workspace's CSV export writes them, in its shapes of 25, 30 and 34 columns."""

from connectors.spec import ExportSpec, Field

# About a quarter of the date cells are what JavaScript prints: Tue Aug 23 2022 13:54:01 GMT+0000 (GMT).
STAMPS = ("%a %b %d %Y %H:%M:%S GMT%z",)


def _moment(name: str, description: str, *sources: str) -> Field:
    return Field(name, "timestamp", description, sources, formats=STAMPS)


ISSUE = ExportSpec(
    vendor="linear",
    stream="issue",
    kind="roadmap",
    description="One issue.",
    reference="Linear CSV export, 25 to 34 columns, rows may be short (seen in a true file)",
    formats=("csv",),
    files=("*linear*", "*issue*", "*export*"),
    key=("id",),
    planned=("title", "description"),
    cursor="updated_at",
    event_time="updated_at",
    signature=(("Team",), ("Creator", "Assignee", "Cycle Number")),
    fields=(
        Field("id", "string", "Id that survives a move to another team, else the issue's key", ("UUID", "ID"), required=True),
        Field("issue_key", "string", "Key of the issue, with its team", ("ID",)),
        Field("team", "string", "Team that it belongs to", ("Team",)),
        Field("title", "string", "Headline", ("Title",), required=True, personal="text"),
        Field("description", "string", "What is wanted", ("Description",), personal="text"),
        Field("status", "string", "Status in the team's workflow", ("Status",), required=True),
        Field("estimate", "number", "Effort in the team's points", ("Estimate",), minimum=0),
        Field("priority", "string", "Priority", ("Priority",)),
        Field("project_id", "string", "Id of the project", ("Project ID",)),
        Field("project", "string", "Project", ("Project",)),
        Field("creator", "string", "Address of whoever wrote it", ("Creator",), personal="email"),
        Field("assignee", "string", "Address of whoever works on it", ("Assignee",), personal="email"),
        Field("labels", "string", "Labels, separated by commas", ("Labels",)),
        Field("parent_key", "string", "Key of the issue above it", ("Parent issue",)),
        Field("initiatives", "string", "Initiatives or roadmaps, separated by commas", ("Initiatives", "Roadmaps")),
        Field("milestone", "string", "Milestone of the project", ("Project Milestone", "Milestone")),
        _moment("created_at", "When it was entered", "Created"),
        _moment("updated_at", "When it last changed", "Updated"),
        _moment("started_at", "When work began", "Started"),
        _moment("completed_at", "When it was done", "Completed"),
        _moment("canceled_at", "When it was given up", "Canceled"),
        _moment("archived_at", "When it was put away", "Archived"),
        _moment("due_at", "When it is due", "Due Date"),
    ),
    ignored=(
        "Cycle*",
        "Triaged",
        "SLA*",
        "Project Milestone ID",
        "Time in status*",
        "Related to",
        "Blocked by",
        "Duplicate of",
    ),
)

SPECS = (ISSUE,)
