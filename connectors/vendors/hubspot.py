"""HubSpot: companies, contacts, deals and logged engagements, as the CRM API and the export of a list write them."""

from datetime import timedelta

from connectors.api.spec import ApiSpec, AsyncJob, Auth, Endpoint, Links, TokenPages
from connectors.spec import ExportSpec, Field, usual_names

REFERENCE = "HubSpot CRM objects API (seen in true records); column labels of the list export from knowledge, hence the aliases"
# The API's stamps are ISO 8601, those of version 1 milliseconds; a list export writes minutes in the user's zone.
FORMATS = ("%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M", "%b %d, %Y %I:%M %p")
# Histories and links of properties, and what another tool's copy adds.
TECHNICAL = (
    "_meta",
    # Undeclared properties stay in the landing area: a record has hundreds, and among them are people's.
    "properties",
    "propertiesWithHistory",
    "properties_with_history",
    "associations",
    "url",
    "_fivetran*",
    "portal_id",
    "propertyhs*",
)


def _names(prop: str, *labels: str) -> tuple[str, ...]:
    """Where a property is found: in an API record, in a list export, in a warehouse copy."""
    return (f"properties.{prop}", *labels, f"property_{prop}", prop)


def _stamp(name: str, description: str, *sources: str) -> Field:
    return Field(name, "timestamp", description, sources, epoch="ms", formats=FORMATS)


def _object(
    stream: str, plural: str, description: str, *fields: Field, changed: str = "hs_lastmodifieddate", **more: object
) -> ExportSpec:
    ignored = more.pop("ignored", ())
    files = more.pop("files", usual_names(stream, plural))
    return ExportSpec(
        vendor="hubspot",
        stream=stream,
        description=description,
        reference=REFERENCE,
        formats=("csv", "json", "ndjson"),
        files=files,  # type: ignore[arg-type]
        key=("id",),
        cursor="updated_at",
        tombstone=("archived", ("true",)),
        envelopes=("results",),
        ignored=(*TECHNICAL, *ignored),  # type: ignore[misc]
        fields=(
            Field(
                "id",
                "string",
                f"HubSpot id of the {stream}",
                ("Record ID", f"{stream.title()} ID", "id", f"{stream}_id", "engagement.id"),
                required=True,
            ),
            *fields,
            Field("archived", "boolean", "Deleted in HubSpot", ("archived", "is_deleted", "_fivetran_deleted")),
            Field("owner_id", "string", "Colleague who owns it", _names("hubspot_owner_id", "owner_id", "engagement.ownerId")),
            _stamp(
                "created_at",
                "When it was created",
                *_names(
                    "createdate", "Create Date", "Create date", "createdAt", "properties.hs_createdate", "engagement.createdAt"
                ),
            ),
            _stamp(
                "updated_at",
                "When it last changed",
                *_names(changed, "Last Modified Date", "Last modified date", "updatedAt", "engagement.lastUpdated"),
            ),
        ),
        **{"kind": "crm", **more},  # type: ignore[arg-type]
    )


COMPANY = _object(
    "company",
    "companies",
    "One company in the CRM.",
    Field("name", "string", "Name of the company", _names("name", "Company name", "Name")),
    Field(
        "domain",
        "string",
        "Web domain",
        _names("domain", "Company Domain Name", "Company domain name", "Website URL", "properties.website"),
    ),
    Field("industry", "string", "Industry", _names("industry", "Industry")),
    Field("country", "string", "Country", _names("country", "Country/Region", "Country")),
    Field("region", "string", "Sales region", _names("region", "Region", "Sales region")),
    Field(
        "lifecycle_stage", "string", "Stage of the relationship", _names("lifecyclestage", "Lifecycle Stage", "Lifecycle stage")
    ),
    Field(
        "segment", "string", "Customer segment", _names("segment", "Segment", "Customer segment", "properties.customer_segment")
    ),
    Field("plan", "string", "Subscribed plan", _names("plan", "Plan", "Subscription plan")),
    Field(
        "arr",
        "number",
        "Annual recurring revenue",
        _names("arr", "ARR", "Annual recurring revenue", "properties.annual_recurring_revenue"),
        minimum=0,
    ),
    Field(
        "currency",
        "string",
        "Currency of the amounts",
        _names("currency", "Currency", "properties.hs_annual_revenue_currency_code"),
    ),
    Field("renewal_at", "date", "Next renewal", _names("renewal_date", "Renewal date"), formats=("%Y-%m-%d %H:%M", "%m/%d/%Y")),
    Field(
        "employees", "string", "Number of employees", _names("numberofemployees", "Number of Employees", "Number of employees")
    ),
    Field(
        "annual_revenue",
        "number",
        "The company's own revenue (not ours)",
        _names("annualrevenue", "Annual Revenue", "Annual revenue"),
    ),
    Field(
        "external_id",
        "string",
        "Id in another system",
        _names("external_id", "External ID", "Customer ID", "properties.salesforceaccountid"),
    ),
    Field("merged_ids", "string", "Companies merged into this one", _names("hs_merged_object_ids", "Merged Company IDs")),
    event_time="updated_at",
    signature=(
        ("properties.domain", "Company Domain Name", "Company name", "property_industry", "properties.numberofemployees"),
    ),
    ignored=("*phone*", "*address*", "*city*", "*zip*", "*state*", "contacts"),
)
CONTACT = _object(
    "contact",
    "contacts",
    "One person at a company.",
    Field("email", "string", "Address of the person", _names("email", "Email"), personal="email"),
    Field("first_name", "string", "Given name", _names("firstname", "First Name", "First name"), personal="withheld"),
    Field("last_name", "string", "Family name", _names("lastname", "Last Name", "Last name"), personal="withheld"),
    Field("phone", "string", "Telephone", _names("phone", "Phone Number", "Phone number"), personal="withheld"),
    Field("job_title", "string", "Job title", _names("jobtitle", "Job Title", "Job title")),
    Field("company_name", "string", "Company as the person gave it", _names("company", "Company Name", "Company name")),
    Field(
        "company_ids",
        "json",
        "Companies that the person is linked to",
        (
            "properties.associatedcompanyid",
            "associations.companies.results",
            "Associated Company IDs",
            "Primary Associated Company ID",
            "companies",
        ),
    ),
    event_time="updated_at",
    changed="lastmodifieddate",
    signature=(
        ("properties.firstname", "properties.email", "First Name", "Last Name", "property_firstname"),
        ("properties.email", "Email", "property_email"),
        # An owner has the two above as well.
        ("properties.createdate", "Create Date", "property_createdate", "Lifecycle Stage", "Associated Company IDs"),
    ),
    # Undeclared properties of people stay in the landing area.
    ignored=(
        "properties",
        "property*",
        "*phone*",
        "*address*",
        "*city*",
        "*zip*",
        "*state*",
        "*name*",
        "*email*",
        "*linkedin*",
        "*twitter*",
    ),
)
DEAL = _object(
    "deal",
    "deals",
    "One deal.",
    Field("name", "string", "Name of the deal", _names("dealname", "Deal Name", "Deal name"), required=True),
    Field(
        "stage",
        "string",
        "Stage: its id, or in a list export its label",
        _names("dealstage", "Deal Stage", "Deal stage", "deal_pipeline_stage_id"),
    ),
    Field("pipeline", "string", "Pipeline", _names("pipeline", "Pipeline", "deal_pipeline_id")),
    Field("amount", "number", "Value of the deal", _names("amount", "Amount")),
    Field("currency", "string", "Currency of the amount", _names("deal_currency_code", "Currency")),
    Field("type", "string", "New or existing business", _names("dealtype", "Deal Type", "Deal type")),
    _stamp("close_at", "Planned or actual close", *_names("closedate", "Close Date", "Close date")),
    Field(
        "is_closed",
        "boolean",
        "Whether it is decided",
        _names("hs_is_closed", "Is Closed (numeric)", "Is closed", "Is Deal Closed?"),
    ),
    Field("is_won", "boolean", "Whether it is won", _names("hs_is_closed_won", "Is closed won", "Is Closed Won")),
    Field(
        "loss_reason",
        "string",
        "Why it was lost",
        _names("closed_lost_reason", "Closed Lost Reason", "Closed lost reason"),
        personal="text",
        markup="html",
    ),
    Field(
        "company_ids",
        "json",
        "Companies of the deal",
        (
            "associations.companies.results",
            "Associated Company IDs",
            "Primary Associated Company ID",
            "companies",
            "Associated Company",
        ),
    ),
    event_time="created_at",
    signature=(("properties.dealname", "Deal Name", "property_dealname"),),
)
ENGAGEMENT = _object(
    "engagement",
    "engagements",
    "One logged note, call, meeting or e-mail; its body is the seller's note.",
    Field(
        "type", "string", "NOTE, CALL, MEETING, EMAIL or TASK", _names("hs_engagement_type", "Activity type", "engagement.type")
    ),
    Field(
        "title",
        "string",
        "Headline",
        _names("hs_call_title", "Activity title", "properties.hs_meeting_title", "properties.hs_email_subject"),
        personal="text",
    ),
    Field(
        "body",
        "string",
        "The seller's note",
        _names(
            "hs_note_body",
            "Note body",
            "Note Body",
            "properties.hs_call_body",
            "properties.hs_meeting_body",
            "properties.hs_internal_meeting_notes",
            "properties.hs_email_text",
            "properties.hs_body_preview",
            "metadata.body",
        ),
        personal="text",
        markup="html",
    ),
    _stamp("occurred_at", "When the activity took place", *_names("hs_timestamp", "Activity date", "engagement.timestamp")),
    Field(
        "company_ids",
        "json",
        "Companies of the activity",
        ("associations.companies.results", "associations.companyIds", "Associated Company IDs", "companies"),
    ),
    Field(
        "deal_ids",
        "json",
        "Deals of the activity",
        ("associations.deals.results", "associations.dealIds", "Associated Deal IDs", "deals"),
    ),
    Field(
        "contact_ids",
        "json",
        "People of the activity",
        ("associations.contacts.results", "associations.contactIds", "Associated Contact IDs", "contacts"),
    ),
    kind="sales",
    event_time="occurred_at",
    text=("body",),
    files=usual_names("engagement", "engagements", "note", "notes", "call", "calls", "meeting", "meetings"),
    signature=(
        (
            "properties.hs_note_body",
            "properties.hs_call_body",
            "properties.hs_meeting_body",
            "properties.hs_engagement_type",
            "Note body",
            "engagement",
        ),
    ),
    ignored=("properties", "metadata", "engagement", "attachments", "*email*"),
)

SPECS = (COMPANY, CONTACT, DEAL, ENGAGEMENT)

_PROPERTIES = {
    "companies": (
        *("name", "domain", "industry", "country", "region", "lifecyclestage", "segment", "plan", "arr", "currency"),
        *("renewal_date", "numberofemployees", "annualrevenue", "external_id", "hs_merged_object_ids", "hubspot_owner_id"),
        *("createdate", "hs_lastmodifieddate"),
    ),
    "contacts": (
        *("email", "firstname", "lastname", "phone", "jobtitle", "company", "associatedcompanyid", "hubspot_owner_id"),
        *("createdate", "lastmodifieddate"),
    ),
    "deals": (
        *("dealname", "dealstage", "pipeline", "amount", "deal_currency_code", "dealtype", "closedate", "hs_is_closed"),
        *("hs_is_closed_won", "closed_lost_reason", "hubspot_owner_id", "createdate", "hs_lastmodifieddate"),
    ),
    "notes": ("hs_note_body", "hs_timestamp", "hubspot_owner_id", "hs_createdate", "hs_lastmodifieddate"),
}


def _search(plural: str, links: Links | None = None) -> TokenPages:
    """A search by change and id: pages by id alone, because one search ends at ten thousand results."""
    changed = "lastmodifieddate" if plural == "contacts" else "hs_lastmodifieddate"
    return TokenPages(
        path=f"/crm/v3/objects/{plural}/search",
        method="POST",
        request={
            "filterGroups": [
                {
                    "filters": [
                        {"propertyName": changed, "operator": "GTE", "value": "{since}"},
                        {"propertyName": changed, "operator": "LT", "value": "{until}"},
                        {"propertyName": "hs_object_id", "operator": "GT", "value": "{token}"},
                    ]
                }
            ],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(_PROPERTIES[plural]),
            "limit": 100,
        },
        records="results",
        token="#last:id",
        start_token="0",
        size=100,
        stamp="ms",
        # The search knows of a change a little later.
        lag=timedelta(minutes=2),
        overlap=timedelta(minutes=30),
        links=links,
    )


def _companies_of(plural: str) -> Links:
    """A search tells no associations; another address does."""
    return Links(f"/crm/v4/associations/{plural}/companies/batch/read", "companies")


def _whole(plural: str, object_type: str) -> AsyncJob:
    """An export of all records of an object, which alone tells of what a search misses."""
    return AsyncJob(
        start="/crm/v3/exports/export/async",
        body={
            "exportType": "VIEW",
            "exportName": f"earshot {plural}",
            "format": "CSV",
            "language": "EN",
            "objectType": object_type,
            "objectProperties": ["hs_object_id", *_PROPERTIES[plural]],
        },
        job="id",
        poll="/crm/v3/exports/export/async/tasks/{job}/status",
        status="status",
        done=("COMPLETE",),
        failed=("CANCELED",),
        found={"url": "result"},
    )


API = ApiSpec(
    vendor="hubspot",
    reference="HubSpot CRM search and exports API, version 3 (documented; records seen)",
    auth=Auth(secrets=("token",), header="Authorization", value="Bearer {token}"),
    base_url="https://api.hubapi.com",
    per_minute=240,
    endpoints=(
        Endpoint("company", "company", _search("companies")),
        Endpoint("contact", "contact", _search("contacts")),
        Endpoint("deal", "deal", _search("deals", _companies_of("deals"))),
        Endpoint("note", "engagement", _search("notes", _companies_of("notes"))),
        Endpoint("company_export", "company", _whole("companies", "COMPANY"), usual=False),
        Endpoint("deal_export", "deal", _whole("deals", "DEAL"), usual=False),
    ),
)
