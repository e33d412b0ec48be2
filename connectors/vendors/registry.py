"""The product-operations registry: files that the company keeps for Earshot itself, in columns of our own.

What systems product operations has built, who owns which tool, where the hours go, what is planned, and what the role is.
"""

from connectors.spec import ExportSpec, Field

REFERENCE = "Earshot's own format: UTF-8 CSV with these column names, kept by the company"
DAYS = ("%d.%m.%Y", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S")
_UPDATED = Field("updated_at", "timestamp", "When the row last changed; without it the later delivery wins")

SYSTEM = ExportSpec(
    vendor="registry",
    stream="system",
    kind="registry",
    description="One system of product operations: a process, a tool, a loop with customers, a body of content.",
    reference=REFERENCE,
    formats=("csv", "json", "ndjson"),
    files=("system.*", "systems.*", "systems[-_ ][0-9]*"),
    key=("system_id",),
    cursor="updated_at",
    event_time="stood_up_at",
    fields=(
        Field("system_id", "string", "Id of the system", required=True),
        Field("name", "string", "Name", ("name", "system"), required=True),
        Field("kind", "string", "process, tool, voc_loop or content", required=True),
        Field("owner_role", "string", "Role that owns it at the beginning"),
        Field("stood_up_at", "date", "Since when it is being stood up", ("stood_up_at", "started_at"), formats=DAYS),
        Field("hand_off_due", "date", "Until when it should be handed off or automated", formats=DAYS),
        Field("note", "string", "What it is for", ("note", "description"), personal="text"),
        _UPDATED,
    ),
    expected_every_days=31,
)
SYSTEM_EVENT = ExportSpec(
    vendor="registry",
    stream="system_event",
    kind="registry",
    description="One step in the life of a system: established, handed off, automated, retired, or a new date for it.",
    reference=REFERENCE,
    formats=("csv", "json", "ndjson"),
    files=("*system_event*", "*hand_off*", "*handoff*"),
    key=("system_id", "happened_at", "event"),
    cursor="updated_at",
    event_time="happened_at",
    fields=(
        Field("system_id", "string", "Id of the system", required=True),
        Field("happened_at", "date", "Day of the step", ("happened_at", "date", "day"), required=True, formats=DAYS),
        Field("event", "string", "established, handed_off, automated, partly_automated, retired or rescheduled", required=True),
        Field("to_role", "string", "Role that owns it from then on", ("to_role", "new_owner_role")),
        Field("automated_share", "number", "Share of its work that no longer needs a hand", minimum=0, maximum=1),
        Field("hand_off_due", "date", "New date of the hand-off", formats=DAYS),
        _UPDATED,
    ),
    expected_every_days=31,
)
TOOL = ExportSpec(
    vendor="registry",
    stream="tool",
    kind="registry",
    description="One tool of the product managers' stack.",
    reference=REFERENCE,
    formats=("csv", "json", "ndjson"),
    files=("tool.*", "tools.*", "*tool_stack*"),
    key=("tool",),
    cursor="updated_at",
    fields=(
        Field("tool", "string", "Name of the tool", required=True),
        Field("category", "string", "What it is for", required=True),
        Field("owner_role", "string", "Role that looks after it"),
        Field("boundary", "string", "product_ops, programme_management or product_marketing"),
        Field("source_system", "string", "Its name among Earshot's sources, where its exports are delivered"),
        _UPDATED,
    ),
    expected_every_days=92,
)
WORK_LOG = ExportSpec(
    vendor="registry",
    stream="work_log",
    kind="registry",
    description="Hours of product operations on one kind of work on one day; of roles and systems, never of persons.",
    reference=REFERENCE,
    formats=("csv", "json", "ndjson"),
    files=("*work_log*", "*time_log*", "*worklog*"),
    key=("entry_id",),
    cursor="updated_at",
    event_time="worked_on",
    surrogate_key=True,
    fields=(
        Field("entry_id", "string", "Id of the entry; without one, equal rows count once", required=True),
        Field("worked_on", "date", "Day", ("worked_on", "date", "day"), required=True, formats=DAYS),
        Field("category", "string", "operational, automation or strategic", required=True),
        Field("hours", "number", "Hours", required=True, minimum=0, maximum=2_000),
        Field("system_id", "string", "System that the work was for"),
        Field("role", "string", "Role that did it"),
        Field("note", "string", "What was done", personal="text"),
        _UPDATED,
    ),
    expected_every_days=31,
)
PLAN_ITEM = ExportSpec(
    vendor="registry",
    stream="plan_item",
    kind="registry",
    description="One item of a team's quarterly plan.",
    reference=REFERENCE,
    formats=("csv", "json", "ndjson"),
    files=("*plan*",),
    key=("item_id",),
    cursor="updated_at",
    fields=(
        Field("item_id", "string", "Id of the item", required=True),
        Field("quarter", "string", "Quarter, such as 2026-Q2", required=True),
        Field("team", "string", "Team that plans it", required=True),
        Field("title", "string", "What is planned", personal="text"),
        Field("owner", "string", "Who is responsible", personal="email"),
        Field("target_date", "date", "When it should be there", formats=DAYS),
        Field("outcome", "string", "What should be different then", ("outcome", "expected_outcome"), personal="text"),
        Field("template", "string", "Planning template that it follows"),
        Field("status", "string", "State of the item"),
        _UPDATED,
    ),
    expected_every_days=92,
)
ROLE_DESCRIPTION = ExportSpec(
    vendor="registry",
    stream="role_description",
    kind="registry",
    description="The description of a role as it was given to the people in it.",
    reference=REFERENCE,
    formats=("csv", "json", "ndjson"),
    files=("*role_description*", "*job_description*", "roles.*"),
    key=("role", "valid_from"),
    cursor="updated_at",
    event_time="valid_from",
    fields=(
        Field("role", "string", "Role, such as product_ops", required=True),
        Field("valid_from", "date", "From when it holds", required=True, formats=DAYS),
        Field("description", "string", "Its words", ("description", "text"), required=True, personal="text"),
        Field("describes_arc", "boolean", "Whether it says how the role will change; else its words are looked at"),
        _UPDATED,
    ),
    expected_every_days=366,
)

SPECS = (SYSTEM, SYSTEM_EVENT, TOOL, WORK_LOG, PLAN_ITEM, ROLE_DESCRIPTION)
