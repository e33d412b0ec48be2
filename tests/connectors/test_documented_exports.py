"""Exports as the vendors document them, each with what its users' files have besides: spellings, zones, custom columns."""

import json
from datetime import UTC, date, datetime

import pytest

ZENDESK = {
    **{"id": 7, "subject": "Slow", "raw_subject": "Slow", "description": "Dashboards load slowly", "status": "open"},
    **{"requester": {"id": 40, "name": "Kim Doe", "email": "kim@acme.example"}, "submitter": {"id": 40, "name": "Kim Doe"}},
    **{"assignee": {"id": 9, "name": "Ann"}, "organization": {"id": 5, "name": "Acme"}, "group": {"id": 3, "name": "Desk"}},
    **{"comments": [{"id": 1, "body": "Dashboards load slowly", "public": True}], "metric_set": {"reopens": 0}},
    **{"tags": ["area_reporting"], "satisfaction_rating": {"score": "good"}, "custom_fields": []},
    **{"created_at": "2025-03-01T10:15:22Z", "updated_at": "2025-03-02T10:15:22Z"},
}
QUALTRICS = [
    ("StartDate", "Start Date", "startDate", "2025-03-01 10:15:22"),
    ("RecordedDate", "Recorded Date", "recordedDate", "2025-03-01 10:17:23"),
    ("ResponseId", "Response ID", "_recordId", "R_1"),
    ("Q1_NPS_GROUP", "How likely are you to recommend us? - Group", "QID1_NPS_GROUP", "Promoter"),
    ("Q1", "How likely are you to recommend us?", "QID1", "9"),
    ("Q2", "Why?", "QID2_TEXT", '"Fast, ""really"""'),
    ("account_id", "account_id", "account_id", "A-77"),
]


def qualtrics():
    zone = ',""timeZone"":""America/Denver""'
    marks = [f'"{{""ImportId"":""{mark}""{zone if "Date" in name else ""}}}"' for name, _, mark, _ in QUALTRICS]
    names, questions, _, values = zip(*QUALTRICS, strict=True)
    return "\r\n".join([",".join(names), ",".join(f'"{text}"' for text in questions), ",".join(marks), ",".join(values), ""])


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


EXPORTS = [
    # Data Loader writes names in capitals, and every cell in quotes.
    (
        "salesforce",
        "extract.csv",
        '"ID","ISDELETED","NAME","PARENTID","BILLINGCOUNTRY","INDUSTRY","SYSTEMMODSTAMP","ARR__C","HEALTH__C"\n'
        '"0015g00000AAAAAAA1","false","Acme, ""Süd"" GmbH","","Germany","Software","2025-04-01T10:15:00.000Z","90000.5","ok"\n',
        "account",
        {"name": 'Acme, "Süd" GmbH', "arr": 90000.5, "is_deleted": False, "updated_at": at("2025-04-01T10:15:00")},
    ),
    # The weekly export service: no T and no zone, and no quotes.
    (
        "salesforce",
        "Opportunity.csv",
        "Id,IsDeleted,AccountId,Name,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate,SystemModstamp\n"
        "0065g00000AAAAAAA1,0,0015g00000AAAAAAA1,Renewal,Closed Won,12000.0,2025-04-01,1,1,"
        "2025-03-01 10:15:00,2025-04-01 10:15:00\n",
        "opportunity",
        {"amount": 12000.0, "close_date": date(2025, 4, 1), "is_won": True, "created_at": at("2025-03-01T10:15:00")},
    ),
    (
        "hubspot",
        "hubspot-crm-exports-all-deals.csv",
        "Record ID,Deal Name,Deal Stage,Close Date,Deal owner,Amount,Pipeline,Associated Company IDs,Last Modified Date\n"
        "55,Acme renewal,Closed won,2025-04-30 17:00,Jane,12000,Sales,9012345;9012346,2025-04-02 11:00\n",
        "deal",
        {"id": "55", "amount": 12000.0, "close_at": at("2025-04-30T17:00:00"), "updated_at": at("2025-04-02T11:00:00")},
    ),
    (
        "zendesk",
        "export-2025-03-01.json",
        json.dumps(ZENDESK) + "\n",
        "ticket",
        {"requester_id": "40", "assignee_id": "9", "organization_id": "5", "group_id": "3", "satisfaction": "good"},
    ),
    (
        "freshdesk",
        "tickets.csv",
        "Ticket ID,Subject,Status,Priority,Agent,Created time,Resolved time,Last update time,Tags,Survey results,Full name,"
        "Email,Contact ID,Company Name,First response time (in hrs)\n"
        '1234,Export broken,Closed,Low,Ann,2025-03-01 10:15:00,2025-03-02 09:00:00,2025-03-02 09:30:00,"area_reporting,vip",'
        "Extremely Happy,Kim Doe,kim@acme.example,6100,Acme,00:45:00\n",
        "ticket",
        {"id": "1234", "tags": '"area_reporting,vip"', "solved_at": at("2025-03-02T09:00:00"), "company_name": "Acme"},
    ),
    (
        "jira",
        "Jira.csv",
        "Zusammenfassung;Vorgangsschlüssel;Vorgangstyp;Status;Erstellt;Aktualisiert;Stichwörter;Stichwörter;Beschreibung;"
        "Benutzerdefiniertes Feld (Story Points)\n"
        'SSO;CLA-1;Epic;Fertig;01.03.2025 10:15;02.03.2025 11:00;a;b;"Mehr\nZeilen";5.0\n',
        "issue",
        {"issue_key": "CLA-1", "description": "Mehr\nZeilen", "story_points": 5.0, "created_at": at("2025-03-01T10:15:00")},
    ),
    (
        "qualtrics",
        "NPS_March 1, 2025_10.20.csv",
        qualtrics(),
        "response",
        {"score": 9, "comment": 'Fast, "really"', "account_external_id": "A-77", "started_at": at("2025-03-01T17:15:22")},
    ),
    (
        "surveymonkey",
        "Customer NPS.csv",
        "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,Custom Data 1,"
        "How likely is it that you would recommend Acme?,,What changes would Acme have to make?\n"
        ",,,,,,,Response,NPS Group? ,Open-Ended Response\n"
        "118012345678,4567,03/01/2025 10:15:22 AM,03/01/2025 10:17:01 PM,192.0.2.1,kim@acme.example,A-77,9,Promoter,Exports\n",
        "response",
        {"score_answer": "9", "comment": "Exports", "responded_at": at("2025-03-01T22:17:01"), "account_external_id": "A-77"},
    ),
    (
        "typeform",
        "responses-abc.csv",
        "#,How likely are you to recommend us?,What is the reason for your score?,account_id,Response Type,Start Date (UTC),"
        "Stage Date (UTC),Submit Date (UTC),Network ID,Tags,Ending\n"
        "abc123,9,Fast,A-77,partial,2025-03-01 10:15:22,2025-03-01 10:16:01,,9f2c,,\n",
        "response",
        {"score_answer": "9", "comment": "Fast", "submitted_at": at("2025-03-01T10:16:01"), "response_type": "partial"},
    ),
    (
        "linear",
        "Export Tue Mar 04 2025.csv",
        '"ID","Team","Title","Status","Estimate","Creator","Assignee","Created","Updated","Completed","UUID","Related to"\n'
        '"CLA-1","Claw","SSO, please","Done",3,"kim@x.example",,"2025-03-01T10:15:22.123Z","2025-03-02T10:15:22.123Z",'
        '"Tue Mar 04 2025 13:54:01 GMT+0100 (Central European Standard Time)","0b1c",\n',
        "issue",
        {"id": "0b1c", "issue_key": "CLA-1", "completed_at": at("2025-03-04T12:54:01"), "estimate": 3.0},
    ),
    (
        "productboard",
        "features.csv",
        "Feature name,Feature description,Status,Component,Owner,Release,Effort,Created at,Custom score\n"
        'SSO,"<p>Log in <b>once</b></p>",In progress,Admin,kim@x.example,Q2 2025,8,"Mar 1, 2025",7\n',
        "feature",
        {"description": "Log in once", "effort": 8.0, "created_at": at("2025-03-01T00:00:00")},
    ),
    (
        "posthog",
        "events.jsonl",
        '{"uuid":"0191","event":"$pageview","timestamp":"2025-03-01T10:15:22+01:00","distinct_id":"d","team_id":1,'
        '"properties":"{\\"a\\":1}","_inserted_at":"2025-03-01T10:15:24.5Z"}\n',
        "event",
        {"event_at": at("2025-03-01T09:15:22"), "properties": '{"a":1}'},
    ),
    # A form's own file names the zone of whoever owns it, its hours with one digit.
    (
        "question_form",
        "Questions.csv",
        "Timestamp,Email Address,Your team,Your question\n"
        '"2025/03/01 10:15:22 AM GMT+1",kim@x.example,Sales,When does SSO ship?\n',
        "question",
        {"asked_at": at("2025-03-01T09:15:22"), "question": "When does SSO ship?"},
    ),
    (
        "enablement",
        "completions.csv",
        "User email,Department,Course code,Course title,Completion status,Enrolled,Completed on,Score %\n"
        'kim@x.example,Sales,C-1,SSO,Completed,01/03/2025,"Mar 5, 2025",85 %\n',
        "completion",
        {"score": 85.0, "assigned_at": at("2025-03-01T00:00:00"), "completed_at": at("2025-03-05T00:00:00")},
    ),
    (
        "pulse",
        "pulse.csv",
        "Timestamp,Team,Question,Answer\n2025-03-01 10:00:00,Sales,We know what ships,4\n",
        "answer",
        {"score": 4, "team": "Sales"},
    ),
]


@pytest.mark.parametrize(("vendor", "name", "content", "stream", "values"), EXPORTS, ids=[f"{e[0]}-{e[3]}" for e in EXPORTS])
def test_a_documented_export_is_read_with_its_types(read, deliver, vendor, name, content, stream, values):
    result = read(deliver(content, name), vendor)
    assert ([part.spec.stream for part in result.parts], result.unrecognised, result.rejects) == ([stream], [], [])
    (row,) = result.rows
    assert {field: row[field] for field in values} == values
    # Names of people are in no undeclared column.
    assert "Kim Doe" not in str(row["_extra"])
