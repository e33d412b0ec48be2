"""Typeform: responses to one form a file, as the CSV or spreadsheet of its results page."""

from connectors.spec import ExportSpec, Field

RESPONSE = ExportSpec(
    vendor="typeform",
    stream="response",
    kind="nps",
    description="One response to one form.",
    reference="Typeform results export (seen in a true file): a column per question or option, naive UTC stamps at the end",
    formats=("csv", "xlsx"),
    files=("*typeform*", "*response*", "*survey*"),
    key=("response_id",),
    cursor="submitted_at",
    event_time="submitted_at",
    text=("comment",),
    signature=(("Network ID", "Submit Date (UTC)"),),
    fields=(
        Field("response_id", "string", "Response token", ("#", "Token", "Response ID"), required=True),
        Field("started_at", "timestamp", "When the respondent began", ("Start Date (UTC)",)),
        # A partial response was never submitted.
        Field(
            "submitted_at",
            "timestamp",
            "When it was submitted, else when its last stage was reached or it was begun",
            ("Submit Date (UTC)", "Stage Date (UTC)", "Start Date (UTC)"),
            required=True,
        ),
        Field("response_type", "string", "completed or partial", ("Response Type",)),
        Field("network_id", "string", "Hash of the respondent's network", ("Network ID",), personal="withheld"),
        Field(
            "email",
            "string",
            "Respondent's address",
            ("email", "Email", "Email address"),
            pattern=r"(?i)\be-?mail\b",
            personal="email",
        ),
        Field(
            "name", "string", "Respondent's name", ("name", "Name", "First name", "Last name", "Your name"), personal="withheld"
        ),
        Field(
            "account_external_id",
            "string",
            "Account id in a hidden field",
            ("account_id", "account", "customer_id", "salesforce_account_id"),
        ),
        Field(
            "company",
            "string",
            "Company in a hidden field or an answer",
            ("company", "Company", "Company name", "account_name"),
        ),
        Field("product_area", "string", "Product area in a hidden field", ("product_area",)),
        Field("tags", "string", "Tags", ("Tags",)),
        # A text, since a form may ask something else in these words, and one answer in words must not lose the response.
        Field(
            "score_answer",
            "string",
            "Answer to the likelihood-to-recommend question, as written",
            ("nps", "nps_score"),
            pattern=r"(?i)how likely.*recommend|wahrscheinlich.*empfehlen|probable.*recom",
            personal="text",
        ),
        Field(
            "comment",
            "string",
            "Answer to the open question",
            ("nps_comment",),
            pattern=r"(?i)\bwhy\b|reason for your|what .*(improve|better)|tell us|anything else|comment",
            personal="text",
        ),
    ),
)

SPECS = (RESPONSE,)
