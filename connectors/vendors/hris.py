"""The roster from the HR system: who works where, in which role and team, since when. Names are never stored."""

from connectors.spec import ExportSpec, Field

DAYS = ("%m/%d/%Y", "%d.%m.%Y", "%d %b %Y", "%Y-%m-%d %H:%M:%S")

ROSTER = ExportSpec(
    vendor="hris",
    stream="roster",
    kind="org",
    description="One person's place in the company from one day on; a change of role or team is a further row.",
    reference="BambooHR employee report and dataset fields (documented); Workday names columns freely, hence the aliases",
    formats=("csv", "json", "ndjson"),
    files=("*roster*", "*employee*", "*people*", "*headcount*", "*bamboo*"),
    key=("employee", "valid_from"),
    cursor="updated_at",
    event_time="valid_from",
    envelopes=("employees", "data"),
    ignored=(
        *("*Name*", "*Phone*", "*Address*", "*Birth*", "*SSN*", "*Salary*", "*Pay*", "*Gender*", "*Photo*", "*Marital*"),
        *("*Nationality*", "*National*", "*Home*", "*Personal*", "*Ethnicity*", "Age", "*Compensation*", "*Bonus*", "*Bank*"),
    ),
    fields=(
        Field(
            "employee",
            "string",
            "Id of the person in the HR system",
            ("Employee #", "Employee ID", "Employee Id", "employeeNumber", "EEID", "Worker ID", "Employee Key", "id"),
            required=True,
            personal="identifier",
        ),
        Field("email", "string", "Address at work", ("Work Email", "workEmail", "Email", "Email - Work"), personal="email"),
        Field("full_name", "string", "Name", ("Name", "Display Name", "displayName", "Full Name"), personal="withheld"),
        Field("first_name", "string", "Given name", ("First Name", "firstName", "Preferred Name"), personal="withheld"),
        Field("last_name", "string", "Family name", ("Last Name", "lastName"), personal="withheld"),
        Field("department", "string", "Department", ("Department", "Cost Center", "Supervisory Organization"), required=True),
        Field("function", "string", "Function, where the roster says it", ("Function", "Job Family", "jobFamily")),
        Field("team", "string", "Team within the department", ("Team", "Squad", "Division", "Product Team")),
        Field("title", "string", "Job title", ("Job Title", "jobTitle", "Title", "Business Title", "Position", "Role")),
        Field("is_manager", "boolean", "Leads people", ("Is Manager", "Manager Flag", "isManager", "People Manager")),
        Field(
            "manager",
            "string",
            "Id of the person's manager",
            ("Reporting to", "Supervisor ID", "supervisorEId", "Manager ID"),
            personal="identifier",
        ),
        Field(
            "valid_from",
            "date",
            "From when the row holds",
            ("Effective Date", "effectiveDate", "Valid From", "Start Date", "Hire Date", "hireDate"),
            required=True,
            formats=DAYS,
        ),
        Field(
            "valid_to",
            "date",
            "Last day on which it holds; empty while it does",
            ("End Date", "Valid To", "Termination Date", "terminationDate", "Last Day"),
            formats=DAYS,
        ),
        Field("status", "string", "Active or inactive", ("Status", "Employment Status", "employmentHistoryStatus")),
        Field("updated_at", "timestamp", "When the row last changed", ("Last Changed", "lastChanged", "Updated At")),
    ),
    expected_every_days=31,
    nulls=("0000-00-00", "-"),
)

SPECS = (ROSTER,)
