"""Salesforce: Account, Contact, Opportunity, Task and User as the weekly data export and Bulk API write them."""

from datetime import timedelta

from connectors.api.spec import ApiSpec, AsyncJob, Auth, Endpoint
from connectors.spec import ExportSpec, Field

REFERENCE = "Salesforce object reference; weekly export and Bulk API 2.0 files (seen in true files)"
NULLS = ("000000000000000AAA", "000000000000000")
# Postal addresses, telephones and pictures, compound forms included: personal, and nobody downstream needs them.
PERSONAL = (
    "Billing*",
    "Shipping*",
    "Mailing*",
    "Other*",
    "Address",
    "*Street",
    "*Phone*",
    "*Photo*",
    "Fax",
    "Latitude",
    "Longitude",
)
# Standard columns about the record or its display, not about the customer.
TECHNICAL = (
    "attributes",
    "MasterRecordId",
    "CreatedById",
    "LastModifiedById",
    "LastModifiedDate",
    "LastViewedDate",
    "LastReferencedDate",
    "Jigsaw*",
    "CleanStatus",
    "Pricebook2Id",
)
# Other forms of a person's name, address and settings.
PERSON = (
    "Name",
    "MiddleName",
    "Suffix",
    "Salutation",
    "Alias",
    "CommunityNickname",
    "Birthdate",
    "Street",
    "City",
    "PostalCode",
    "Sender*",
    "Signature",
    "AboutMe",
    "Extension",
    "FederationIdentifier",
    "EmployeeNumber",
    "Assistant*",
    "StayInTouch*",
    "UserPermissions*",
    "UserPreferences*",
    "EmailPreferences*",
    "*LocaleKey",
    "EmailEncodingKey",
    "ProfileId",
    "UserRoleId",
)
STAMPS = ("%Y-%m-%dT%H:%M:%S.%f%z",)


def _names(stream: str) -> tuple[str, ...]:
    # Not simply anything with the stream's name in it: AccountContactRelation.csv holds neither accounts nor contacts.
    plural = f"{stream[:-1]}ies" if stream.endswith("y") else f"{stream}s"
    return tuple(pattern for name in (stream, plural) for pattern in (name, f"{name}.*", f"*[_ -]{name}.*"))


def _common() -> tuple[Field, ...]:
    return (
        Field("is_deleted", "boolean", "In the recycle bin", ("IsDeleted",)),
        Field("owner_id", "string", "Salesforce user who owns the record", ("OwnerId",)),
        Field("created_at", "timestamp", "When the record was created", ("CreatedDate",), formats=STAMPS),
        Field(
            "updated_at", "timestamp", "When the record last changed", ("SystemModstamp", "LastModifiedDate"), formats=STAMPS
        ),
    )


def _object(
    name: str, stream: str, description: str, *fields: Field, ignored: tuple[str, ...] = (), **more: object
) -> ExportSpec:
    return ExportSpec(
        vendor="salesforce",
        stream=stream,
        description=description,
        reference=REFERENCE,
        formats=("csv", "json", "ndjson"),
        files=_names(stream),
        key=("id",),
        cursor="updated_at",
        nulls=NULLS,
        tombstone=("is_deleted", ("true",)),
        envelopes=("records", name),
        ignored=(*PERSONAL, *TECHNICAL, *ignored),
        fields=(Field("id", "string", f"Salesforce id of the {stream}", ("Id",), required=True), *fields, *_common()),
        **{"kind": "crm", **more},  # type: ignore[arg-type]
    )


ACCOUNT = _object(
    "Account",
    "account",
    "One company in the CRM.",
    Field("name", "string", "Name of the company", ("Name",), required=True),
    Field("type", "string", "Relationship: prospect, customer, former customer, partner", ("Type",)),
    Field("website", "string", "Web site", ("Website",)),
    Field("industry", "string", "Industry", ("Industry",)),
    Field("annual_revenue", "number", "The company's own revenue (not ours)", ("AnnualRevenue",)),
    Field("employees", "integer", "Number of employees", ("NumberOfEmployees",)),
    Field("country", "string", "Billing country", ("BillingCountry",)),
    Field("region", "string", "Sales region", ("Region__c",)),
    Field("segment", "string", "Customer segment", ("Segment__c", "Customer_Segment__c")),
    Field("plan", "string", "Subscribed plan", ("Plan__c", "Subscription_Plan__c")),
    Field(
        "arr",
        "number",
        "Annual recurring revenue",
        ("ARR__c", "Annual_Recurring_Revenue__c", "ENT_customer_calculated_ARR__c"),
        minimum=0,
    ),
    Field("currency", "string", "Currency of the amounts", ("CurrencyIsoCode",)),
    Field("renewal_at", "date", "Next renewal", ("Renewal_Date__c", "RenewalDate__c"), formats=("%Y-%m-%d %H:%M:%S",)),
    Field("external_id", "string", "Id in another system", ("External_id__c", "External_Id__c")),
    Field("merged_into", "string", "Surviving record after a merge", ("MasterRecordId",)),
    Field("parent_id", "string", "Parent company", ("ParentId",)),
    event_time="updated_at",
    # Campaigns and leads have some of these, accounts alone have both.
    signature=(("ParentId", "MasterRecordId", "BillingCountry"), ("Industry", "NumberOfEmployees", "AnnualRevenue")),
)
CONTACT = _object(
    "Contact",
    "contact",
    "One person at a company.",
    Field("account_id", "string", "Company of the person", ("AccountId",)),
    Field("first_name", "string", "Given name", ("FirstName",), personal="withheld"),
    Field("last_name", "string", "Family name", ("LastName",), personal="withheld"),
    Field("title", "string", "Job title", ("Title",)),
    Field("department", "string", "Department", ("Department",)),
    Field("email", "string", "Address of the person", ("Email",), personal="email"),
    Field("phone", "string", "Telephone", ("Phone",), personal="withheld"),
    event_time="updated_at",
    # A lead has no account, an asset no last name.
    signature=(("AccountId",), ("LastName",)),
    ignored=PERSON,
)
OPPORTUNITY = _object(
    "Opportunity",
    "opportunity",
    "One deal.",
    Field("account_id", "string", "Company of the deal", ("AccountId",)),
    Field("name", "string", "Name of the deal", ("Name",)),
    Field("stage", "string", "Stage", ("StageName",), required=True),
    Field("amount", "number", "Value of the deal", ("Amount",)),
    Field("probability", "number", "Chance of winning, percent", ("Probability",)),
    Field("currency", "string", "Currency of the amount", ("CurrencyIsoCode",)),
    Field("close_date", "date", "Planned or actual close", ("CloseDate",), formats=("%Y-%m-%d %H:%M:%S",)),
    Field("type", "string", "New business, renewal, expansion", ("Type",)),
    Field("is_closed", "boolean", "Whether it is decided", ("IsClosed",)),
    Field("is_won", "boolean", "Whether it is won", ("IsWon",)),
    Field("loss_reason", "string", "Why it was lost", ("Loss_Reason__c", "LossReason__c"), personal="text"),
    event_time="created_at",
    signature=(("CloseDate",), ("AccountId", "Amount", "Name")),
)
TASK = _object(
    "Task",
    "task",
    "One logged activity; its description is the seller's note.",
    Field("account_id", "string", "Company of the activity", ("AccountId",)),
    Field("contact_id", "string", "Person of the activity", ("WhoId",)),
    Field("related_id", "string", "Deal or other record of the activity", ("WhatId",)),
    Field("subject", "string", "Headline", ("Subject",), personal="text"),
    Field("description", "string", "The seller's note", ("Description",), personal="text"),
    Field("activity_date", "date", "Day of the activity", ("ActivityDate",), formats=("%Y-%m-%d %H:%M:%S",)),
    Field("status", "string", "Status", ("Status",)),
    Field("type", "string", "Call, e-mail, meeting", ("Type", "TaskSubtype")),
    event_time="created_at",
    text=("description",),
    kind="sales",
    # An event has no status, a case no activity date.
    signature=(("ActivityDate",), ("Status",), ("Subject",)),
)
USER = _object(
    "User",
    "user",
    "One colleague with a Salesforce login.",
    Field("username", "string", "Login", ("Username",), personal="withheld"),
    Field("email", "string", "Address of the colleague", ("Email",), personal="email"),
    Field("first_name", "string", "Given name", ("FirstName",), personal="withheld"),
    Field("last_name", "string", "Family name", ("LastName",), personal="withheld"),
    Field("title", "string", "Job title", ("Title",)),
    Field("department", "string", "Department", ("Department",)),
    Field("division", "string", "Division", ("Division",)),
    Field("is_active", "boolean", "Whether the login is active", ("IsActive",)),
    Field("manager_id", "string", "Manager's user id", ("ManagerId",)),
    Field("time_zone", "string", "Time zone", ("TimeZoneSidKey",)),
    event_time="updated_at",
    signature=(("Username", "TimeZoneSidKey"),),
    ignored=PERSON,
)

SPECS = (ACCOUNT, CONTACT, OPPORTUNITY, TASK, USER)


def _bulk_query(name: str, columns: str) -> AsyncJob:
    """A query of one object, deleted records included; the newest minutes may still be in a transaction."""
    return AsyncJob(
        start="/services/data/{version}/jobs/query",
        body={
            "operation": "queryAll",
            "query": f"SELECT Id, {columns}{{{name}_fields}}, IsDeleted, CreatedDate, SystemModstamp "
            f"FROM {name} WHERE SystemModstamp >= {{since}} AND SystemModstamp < {{until}}",
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        },
        job="id",
        poll="/services/data/{version}/jobs/query/{job}",
        status="state",
        done=("JobComplete",),
        failed=("Failed", "Aborted"),
        reason="errorMessage",
        result="/services/data/{version}/jobs/query/{job}/results",
        request={"maxRecords": 50_000},
        locator="Sforce-Locator",
        lag=timedelta(minutes=5),
        overlap=timedelta(minutes=10),
    )


_QUERIES = {
    "Account": "Name, Type, Website, Industry, AnnualRevenue, NumberOfEmployees, BillingCountry, ParentId, MasterRecordId, "
    "OwnerId",
    "Contact": "AccountId, FirstName, LastName, Title, Department, Email, Phone, OwnerId",
    "Opportunity": "AccountId, Name, StageName, Amount, Probability, CloseDate, Type, IsClosed, IsWon, OwnerId",
    "Task": "AccountId, WhoId, WhatId, Subject, Description, ActivityDate, Status, Type, OwnerId",
}

API = ApiSpec(
    vendor="salesforce",
    reference="Salesforce Bulk API 2.0, query jobs (documented; files seen)",
    auth=Auth(secrets=("client_id", "client_secret"), public=("client_id",), token_path="/services/oauth2/token"),
    endpoints=tuple(Endpoint(name.lower(), name.lower(), _bulk_query(name, columns)) for name, columns in _QUERIES.items()),
    # A company's own fields are added by the workspace: Account_fields = ", ARR__c, Segment__c".
    parameters={"version": "v62.0", **{f"{name}_fields": "" for name in _QUERIES}},
)
