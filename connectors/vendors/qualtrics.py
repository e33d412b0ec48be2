"""Qualtrics: survey responses as CSV with two or three header rows, one file per survey."""

from datetime import timedelta

from connectors.api.spec import ApiSpec, AsyncJob, Auth, Endpoint
from connectors.spec import ExportSpec, Field

RESPONSES = ExportSpec(
    vendor="qualtrics",
    stream="response",
    kind="nps",
    description="One recorded response to one survey.",
    reference="Qualtrics response export, CSV (seen in true files: three header rows, legacy with two)",
    formats=("csv",),
    files=("*qualtrics*", "*survey*"),
    key=("response_id",),
    cursor="recorded_at",
    event_time="recorded_at",
    text=("comment",),
    header_rows=3,
    surrogate_key=True,
    # The group follows from the score; a legacy file's "Name" is a person's.
    ignored=("*_NPS_GROUP", "Name"),
    signature=(("_recordId", "ResponseId", "recordedDate", "startDate", "endDate"),),
    fields=(
        Field("response_id", "string", "Response id (R_…)", ("_recordId", "ResponseId", "ResponseID"), required=True),
        Field("started_at", "timestamp", "When the respondent began", ("startDate", "StartDate"), formats=("%Y-%m-%d %H:%M",)),
        Field("ended_at", "timestamp", "When the respondent finished", ("endDate", "EndDate"), formats=("%Y-%m-%d %H:%M",)),
        Field(
            "recorded_at",
            "timestamp",
            "When Qualtrics recorded it, or where the file does not say, when the response ended or began",
            ("recordedDate", "RecordedDate", "endDate", "EndDate", "startDate", "StartDate"),
            formats=("%Y-%m-%d %H:%M",),
        ),
        Field("status", "string", "Response type, a label or a code", ("status", "Status")),
        Field("progress", "integer", "Share of the survey seen, percent", ("progress", "Progress"), minimum=0, maximum=100),
        Field("duration_seconds", "number", "Time taken", ("duration", "Duration (in seconds)"), minimum=0),
        Field("finished", "string", "Whether it was finished, a label or a code", ("finished", "Finished")),
        Field("ip_address", "string", "Address of the respondent", ("ipAddress", "IPAddress"), personal="withheld"),
        Field("latitude", "string", "Location", ("locationLatitude", "LocationLatitude"), personal="withheld"),
        Field("longitude", "string", "Location", ("locationLongitude", "LocationLongitude"), personal="withheld"),
        Field("last_name", "string", "Recipient's name", ("recipientLastName", "RecipientLastName"), personal="withheld"),
        Field("first_name", "string", "Recipient's name", ("recipientFirstName", "RecipientFirstName"), personal="withheld"),
        Field("email", "string", "Recipient's address", ("recipientEmail", "RecipientEmail", "EmailAddress"), personal="email"),
        Field(
            "account_external_id",
            "string",
            "Account id that the sender attached",
            (
                "externalDataReference",
                "ExternalReference",
                "ExternalDataReference",
                "account_id",
                "AccountID",
                "salesforce_account_id",
            ),
        ),
        Field("company", "string", "Company that the sender attached", ("company", "Company", "account_name")),
        Field("distribution_channel", "string", "How the survey was sent", ("distributionChannel", "DistributionChannel")),
        Field("user_language", "string", "Language of the survey", ("userLanguage", "UserLanguage")),
        Field(
            "score",
            "integer",
            "Answer to the likelihood-to-recommend question",
            ("NPS", "nps_score"),
            companions=("_NPS_GROUP",),
            pattern=r"(?i)how likely.*recommend|wahrscheinlich.*empfehlen|probable.*recom",
            minimum=0,
            maximum=10,
        ),
        Field(
            "comment",
            "string",
            "Answer to the open question",
            ("nps_comment",),
            pattern=r"(?i)\bwhy\b|reason for your|what .*(improve|better)|tell us|anything else|free text|comment",
            personal="text",
        ),
    ),
)

SPECS = (RESPONSES,)

API = ApiSpec(
    vendor="qualtrics",
    reference="Qualtrics API v3, response exports (documented)",
    auth=Auth(secrets=("token",), header="X-API-TOKEN", value="{token}"),
    endpoints=(
        Endpoint(
            "response",
            "response",
            AsyncJob(
                start="/API/v3/surveys/{each}/export-responses",
                body={"format": "csv", "compress": True, "startDate": "{since}", "endDate": "{until}", "timeZone": "UTC"},
                job="result.progressId",
                poll="/API/v3/surveys/{each}/export-responses/{job}",
                status="result.status",
                done=("complete",),
                failed=("failed",),
                found={"file": "result.fileId"},
                result="/API/v3/surveys/{each}/export-responses/{file}/file",
                suffix=".zip",
                lag=timedelta(minutes=1),
                # The window is of the time of recording; partial responses are closed up to a week later.
                overlap=timedelta(days=7),
            ),
            each="surveys",
        ),
    ),
)
