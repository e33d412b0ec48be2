"""Delighted: NPS responses as the dashboard's CSV download gives them."""

from datetime import timedelta

from connectors.api.spec import ApiSpec, Auth, Endpoint, TokenPages
from connectors.spec import ExportSpec, Field

RESPONSES = ExportSpec(
    vendor="delighted",
    stream="response",
    kind="nps",
    description="One survey response of one person.",
    reference="Delighted REST API, survey responses (documented); CSV headers from knowledge, hence the many aliases",
    formats=("csv", "json", "ndjson"),
    files=("*delighted*", "*response*", "*nps*"),
    key=("response_id",),
    cursor="updated_at",
    event_time="created_at",
    text=("comment",),
    ignored=("*Phone*",),
    fields=(
        Field("response_id", "string", "Response id", ("ID", "id", "Response ID", "Survey Response ID"), required=True),
        Field("survey_type", "string", "Kind of survey (nps, csat, …)", ("Survey Type", "survey_type")),
        Field("score", "integer", "Answer to the scored question", ("Score", "score"), required=True, minimum=0, maximum=10),
        Field("comment", "string", "Free-text answer", ("Comment", "comment"), personal="text"),
        Field("person_id", "string", "Person id at the vendor", ("Person ID", "person.id", "person")),
        Field("email", "string", "Respondent's address", ("Email", "Person Email", "person.email"), personal="email"),
        Field("name", "string", "Respondent's name", ("Name", "Person Name", "person.name"), personal="withheld"),
        Field(
            "account_external_id",
            "string",
            "Account id that the sender attached",
            ("Account ID", "Salesforce Account ID", "person_properties.account_id", "properties.account_id", "Company ID"),
        ),
        Field(
            "company", "string", "Company that the sender attached", ("Company", "Company Name", "person_properties.company")
        ),
        Field(
            "product_area",
            "string",
            "Product area that the sender attached",
            ("Product Area", "person_properties.product_area"),
        ),
        Field("permalink", "string", "Link to the response", ("Permalink", "permalink")),
        Field("tags", "string", "Tags, as delivered", ("Tags", "tags")),
        Field("notes", "string", "Notes of the team", ("Notes", "notes"), personal="text"),
        Field(
            "created_at",
            "timestamp",
            "When the answer was given",
            ("Created At", "created_at", "Responded At", "Timestamp"),
            required=True,
            epoch="s",
            formats=("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S %z", "%m/%d/%Y %H:%M"),
        ),
        Field(
            "updated_at",
            "timestamp",
            "When the answer last changed",
            ("Updated At", "updated_at"),
            epoch="s",
            formats=("%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %H:%M:%S %z", "%m/%d/%Y %H:%M"),
        ),
    ),
)

SPECS = (RESPONSES,)

API = ApiSpec(
    vendor="delighted",
    reference="Delighted REST API, survey responses (documented); the service may have been retired in 2026",
    auth=Auth(secrets=("key",), user="{key}"),
    base_url="https://api.delighted.com/v1",
    endpoints=(
        Endpoint(
            "response",
            "response",
            TokenPages(
                path="/survey_responses.json",
                request={
                    "per_page": 100,
                    "page": "{token}",
                    "updated_since": "{since}",
                    "updated_until": "{until}",
                    "expand[]": "person",
                },
                token="#number",
                start_token="1",
                size=100,
                # A response that changes leaves the closed window, and those behind it move up a place.
                rereads=True,
                stamp="s",
                overlap=timedelta(hours=1),
            ),
        ),
    ),
)
