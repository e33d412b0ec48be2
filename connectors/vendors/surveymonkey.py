"""SurveyMonkey: responses to one survey a file, as CSV, spreadsheet or pages of the API, and a survey's own definition."""

from connectors.spec import ExportSpec, Field

STAMPS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M")

RESPONSE = ExportSpec(
    vendor="surveymonkey",
    stream="response",
    kind="nps",
    description="One response to one survey.",
    reference="SurveyMonkey export of all responses, options below questions or beside them; API v3 pages (seen in true files)",
    formats=("csv", "xlsx", "json"),
    files=("*surveymonkey*", "*survey*", "*response*", "sheet*.csv"),
    key=("response_id",),
    cursor="updated_at",
    event_time="responded_at",
    text=("comment", "answers"),
    header_rows=2,
    nulls=("-", "N/A"),
    envelopes=("data",),
    signature=(("Respondent ID", "RespondentID", "response_status"),),
    fields=(
        Field("response_id", "string", "Respondent id", ("Respondent ID", "RespondentID", "id"), required=True),
        Field(
            "collector_id", "string", "Link or mailing that it came through", ("Collector ID", "CollectorID", "collector_id")
        ),
        Field(
            "started_at", "timestamp", "When the respondent began", ("Start Date", "StartDate", "date_created"), formats=STAMPS
        ),
        Field(
            "responded_at",
            "timestamp",
            "When the respondent ended, else began",
            ("End Date", "EndDate", "Date Modified", "Start Date", "StartDate", "date_modified"),
            formats=STAMPS,
        ),
        Field(
            "updated_at",
            "timestamp",
            "When it last changed",
            ("Date Modified", "date_modified", "End Date", "EndDate"),
            formats=STAMPS,
        ),
        Field("ip_address", "string", "Address of the device", ("IP Address", "ip_address"), personal="withheld"),
        Field("email", "string", "Respondent's address", ("Email Address", "email_address"), personal="email"),
        Field("first_name", "string", "Respondent's name", ("First Name", "FirstName", "first_name"), personal="withheld"),
        Field("last_name", "string", "Respondent's name", ("Last Name", "LastName", "last_name"), personal="withheld"),
        Field(
            "account_external_id",
            "string",
            "Account id that the sender attached",
            ("Custom Data 1", "Custom Data", "account_id", "Account ID", "custom_value"),
        ),
        Field("company", "string", "Company that the sender attached", ("Company", "company", "Company Name")),
        Field("product_area", "string", "Product area that the sender attached", ("product_area", "Product Area")),
        # Kept as written: the ends of the scale are worded, "10 - Extremely likely".
        Field(
            "score_answer",
            "string",
            "Answer to the likelihood-to-recommend question, as written",
            ("NPS", "nps_score"),
            pattern=r"(?i)how likely.*recommend|wahrscheinlich.*empfehlen|probable.*recom",
            personal="text",
        ),
        Field(
            "comment",
            "string",
            "Answer to the open question",
            ("nps_comment",),
            pattern=r"(?i)\bwhy\b|reason for your|what .*(improve|better)|tell us|anything else|changes would|comment",
            personal="text",
        ),
        # The API names options by number, which the survey's definition tells; texts it gives in words.
        Field(
            "answers",
            "string",
            "Answers in words of an API page, one a line",
            ("pages",),
            personal="text",
            elements="$[*].questions[*].answers[*].text",
        ),
        Field(
            "choice_ids",
            "string",
            "Options chosen on an API page, by number, one a line",
            ("pages",),
            elements="$[*].questions[*].answers[*].choice_id",
        ),
    ),
    # Links, paths and settings of the API.
    ignored=(
        "*Group",
        "*NPS Group*",
        "metadata",
        "logic_path",
        "page_path",
        "custom_variables",
        "*_url",
        "href",
        "collection_mode",
        "recipient_id",
        "survey_id",
        "total_time",
        "response_status",
    ),
)

SURVEY_PAGE = ExportSpec(
    vendor="surveymonkey",
    stream="survey_page",
    kind="nps",
    description="One page of a survey: its questions and their options, which API responses name by number.",
    reference="SurveyMonkey API v3, details of a survey (seen in a true record)",
    formats=("json", "ndjson"),
    files=("*detail*", "*survey[_-]page*"),
    key=("id",),
    envelopes=("pages",),
    signature=(("question_count",),),
    fields=(
        Field("id", "string", "Page id", required=True),
        Field("title", "string", "Title of the page"),
        Field("questions", "json", "Questions with their options", required=True),
    ),
    ignored=("description", "position", "question_count", "href"),
)

SPECS = (RESPONSE, SURVEY_PAGE)
