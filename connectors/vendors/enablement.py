"""Enablement: who of the company's own teams finished what, as learning systems report it."""

from connectors.spec import ExportSpec, Field

DAYS = ("%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%b %d, %Y")

COMPLETION = ExportSpec(
    vendor="enablement",
    stream="completion",
    kind="education",
    description="One activity of one learner: an announcement read, a course finished, an ability check taken.",
    reference="Completion report CSV of learning systems; headers by alias (made here)",
    formats=("csv", "json", "ndjson"),
    files=("*completion*", "*enablement*", "*lms*", "*transcript*", "*learning*"),
    key=("record_id",),
    surrogate_key=True,
    cursor="updated_at",
    event_time="completed_at",
    expected_every_days=30,
    fields=(
        Field("record_id", "string", "Id of the record", ("Record ID", "Completion ID", "Transcript ID", "Enrollment ID")),
        Field("learner", "string", "Address of the learner", ("Learner email", "Email", "User email", "User"), required=True,
              personal="email"),
        Field("learner_name", "string", "Name of the learner", ("Learner", "Name", "Full name"), personal="withheld"),
        Field("department", "string", "Team of the learner", ("Department", "Team", "Group"), required=True),
        Field("course_id", "string", "Key of the activity", ("Course ID", "Activity ID", "Course code"), required=True),
        Field("course_name", "string", "Name of the activity", ("Course", "Course name", "Course title", "Activity")),
        Field("kind", "string", "announcement, course or ability_check", ("Activity type", "Type", "Kind")),
        Field("launch", "string", "Launch that it prepares for, by key or name", ("Launch", "Launch ID", "Tag")),
        Field("status", "string", "completed, in progress, failed, assigned", ("Status", "Completion status")),
        Field("assigned_at", "timestamp", "When it was assigned", ("Assigned", "Assigned on", "Enrolled", "Start date"),
              formats=DAYS),
        Field("completed_at", "timestamp", "When it was finished, empty before", ("Completed", "Completed on",
              "Completion date"), formats=DAYS),
        Field("score", "number", "Result in percent", ("Score", "Score %", "Grade"), minimum=0, maximum=100,
              unit="%"),
        Field("passed", "boolean", "Whether the check was passed", ("Passed", "Pass")),
        Field("updated_at", "timestamp", "When the record last changed", ("Last activity", "Updated"), formats=DAYS),
    ),
)  # fmt: skip

SPECS = (COMPLETION,)
