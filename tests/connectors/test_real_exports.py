"""Exports that no one here wrote, where they lie beside the repository and their licence lets tests read them."""

import json
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

EXPORTS = Path(__file__).parents[3] / "shared" / "data" / "exports"
# File, stream, rows. Those under BSL-1.1 or GPL are left out.
READABLE = [
    ("amplitude/fivetran_amplitude_event_data.csv", "event", 10),
    ("hubspot/fivetran_company_data.csv", "company", 24),
    ("hubspot/fivetran_contact_data.csv", "contact", 22),
    ("hubspot/fivetran_deal_data.csv", "deal", 44),
    ("intercom/fivetran_conversation_history_data.csv", "conversation", 9),
    ("mixpanel/fivetran_event.csv", "event", 5),
    ("pendo/fivetran_event.csv", "event", 5),
    ("pendo/fivetran_feature_event.csv", "event", 5),
    ("pendo/fivetran_poll_event.csv", "poll_event", 3),
    ("qualtrics/kjhealy_qualtrics-sample_idmasked.csv", "response", 7),
    ("qualtrics/qualtRics_sample.csv", "response", 1),
    ("qualtrics/qualtRics_sample_legacy.csv", "response", 1),
    ("salesforce/fivetran_sf_account_data.csv", "account", 10),
    ("salesforce/fivetran_sf_opportunity_data.csv", "opportunity", 10),
    ("salesforce/sfdc_workshop_Account.csv", "account", 22),
    ("salesforce/sfdc_workshop_Opportunity.csv", "opportunity", 50),
    ("surveymonkey/StarWars.csv", "response", 1186),
    ("surveymonkey/api_v3_responses_bulk.json", "response", 2),
    ("surveymonkey/api_v3_survey_details.json", "survey_page", 1),
    ("surveymonkey/comma-survey.csv", "response", 1129),
    ("surveymonkey/steak-risk-survey.csv", "response", 550),
    ("typeform/freecodecamp_2016_part1.csv", "response", 15653),
    ("zendesk/fivetran_organization_data.csv", "organization", 10),
    ("zendesk/fivetran_ticket_data.csv", "ticket", 10),
    ("zendesk/fivetran_ticket_comment_data.csv", "comment", 20),
    ("zendesk/fivetran_user_data.csv", "user", 10),
]
pytestmark = pytest.mark.skipif(not EXPORTS.is_dir(), reason=f"real exports are not beside this repository, at {EXPORTS}")


@pytest.mark.parametrize(("file", "stream", "rows"), READABLE, ids=[file for file, _, _ in READABLE])
def test_real_files_are_recognised_and_read_whole(read, file, stream, rows):
    path = EXPORTS / file
    for name in (path.name, "delivery"):
        # An organization's own columns are few: there the name has to help.
        if name == "delivery" and stream == "organization":
            continue
        result = read(path, path.parent.name, name)
        assert [part.spec.stream for part in result.parts] == [stream]
        assert (len(result.rows), result.rejects) == (rows, [])
        assert all(row[key] for row in result.rows for key in result.parts[0].spec.key)


@pytest.mark.parametrize(
    "file",
    ["salesforce/ebikes_Accounts.json", "salesforce/ebikes_sample-data-plan.json"],
)
def test_real_files_of_no_declared_stream_say_what_is_missing(read, file):
    result = read(EXPORTS / file, Path(file).parent.name)
    assert not result.parts
    assert "nearest is" in result.unrecognised[0].reason


def test_values_of_a_real_survey(read):
    (modern,) = read(EXPORTS / "qualtrics" / "qualtRics_sample.csv", "qualtrics").rows
    assert (modern["response_id"], modern["progress"], modern["user_language"]) == ("R_2YPOQ602ER1jkf1", 100, "DE")
    (legacy,) = read(EXPORTS / "qualtrics" / "qualtRics_sample_legacy.csv", "qualtrics").rows
    assert legacy["response_id"] == "R_2YPOQ602ER1jkf1"
    assert legacy["started_at"] == datetime(2017, 7, 18, 8, 28, 9, tzinfo=UTC)
    teaching = read(EXPORTS / "qualtrics" / "kjhealy_qualtrics-sample_idmasked.csv", "qualtrics").rows
    # 12:09 in New York, in summer.
    assert teaching[0]["started_at"] == datetime(2020, 9, 11, 16, 9, tzinfo=UTC)
    assert len({row["response_id"] for row in teaching}) == 7


def test_values_of_a_real_crm(read):
    accounts = read(EXPORTS / "salesforce" / "sfdc_workshop_Account.csv", "salesforce").rows
    walker = next(row for row in accounts if row["name"] == "Walker Henson and Compton")
    assert (walker["id"], walker["annual_revenue"], walker["employees"]) == ("001Ec00000GGw3hIAD", 6759560.0, 577)
    assert walker["updated_at"] == datetime(2024, 1, 23, 17, 49, 49, tzinfo=UTC)
    deals = read(EXPORTS / "salesforce" / "sfdc_workshop_Opportunity.csv", "salesforce").rows
    assert sum(row["is_won"] is True for row in deals) > 0
    assert all(row["close_date"] for row in deals)


def test_a_real_workspace_export_is_read_whole(read):
    path = EXPORTS / "slack" / "slack_export_viewer_testarchive.zip"
    archive = read(path, "slack")
    assert (archive.unrecognised, archive.rejects) == ([], [])
    by_stream = Counter(part.spec.stream for part in archive.parts)
    assert by_stream == {"message": 17, "user": 1, "channel": 1}
    messages = [row for row in archive.rows if "ts" in row]
    with zipfile.ZipFile(path) as export:
        days = [name for name in export.namelist() if name.count("/") == 1 and name.endswith(".json")]
        written = {(name.split("/")[0], message["ts"]) for name in days for message in json.loads(export.read(name))}
    assert len(messages) == 158
    assert {(row["channel_name"], row["ts"]) for row in messages} == written
    assert {row["channel_id"] for row in messages} == {"C0JGLMMNX", "C0JL6CGQ2"}


def test_values_of_real_surveys(read):
    star_wars = read(EXPORTS / "surveymonkey" / "StarWars.csv", "surveymonkey")
    assert star_wars.encodings == ["cp1252"]
    first = json.loads(star_wars.rows[0]["_extra"])
    ranks = [value for name, value in first.items() if name.startswith("Please rank")]
    assert ranks == ["3", "2", "1", "4", "5", "6"]
    assert len({row["response_id"] for row in star_wars.rows}) == 1186
    coders = read(EXPORTS / "typeform" / "freecodecamp_2016_part1.csv", "typeform").rows
    assert len({row["response_id"] for row in coders}) == 15653
    assert coders[0]["submitted_at"] == datetime(2016, 3, 29, 21, 23, 43, tzinfo=UTC)


def test_a_plain_issue_export_is_no_service_desk_export(read):
    result = read(EXPORTS / "jira" / "jira_cloud_all_fields_TestAutoGen.csv", "jira_service_management")
    assert "Request Type" in result.unrecognised[0].reason
