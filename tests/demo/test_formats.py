"""The files look like the vendors' own."""

import csv
import gzip
import io
import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from demo.company import salesforce_id

TICKET_KEYS = """
url id external_id via created_at updated_at type subject raw_subject description priority status recipient
requester_id submitter_id assignee_id organization_id group_id collaborator_ids follower_ids email_cc_ids
forum_topic_id problem_id has_incidents is_public due_at tags custom_fields satisfaction_rating
sharing_agreement_ids custom_status_id fields followup_ids ticket_form_id brand_id allow_channelback
allow_attachments from_messaging_channel generated_timestamp
"""
EVENT_KEYS = """
$insert_id $insert_key $schema adid amplitude_attribution_ids amplitude_event_type amplitude_id app city
client_event_time client_upload_time country data data_type device_brand device_carrier device_family
device_id device_manufacturer device_model device_type dma event_id event_properties event_time event_type
global_user_properties group_properties groups idfa ip_address is_attribution_event language library
location_lat location_lng os_name os_version partner_id paying plan platform processed_time region sample_rate
server_received_time server_upload_time session_id source_id start_version user_creation_time user_id
user_properties uuid version_name
"""


def test_delighted(sample) -> None:
    files = sorted((sample.inbox / "delighted").iterdir())
    headers = [next(csv.reader(f.open(encoding="utf-8", newline=""))) for f in files]
    assert {"ID", "Score", "Comment", "Email", "Created At", "Updated At"} <= set(headers[0])
    assert [set(h) - set(headers[0]) for h in headers] == [set(), set(), {"CSM Sentiment"}, set()]
    rows = list(csv.DictReader(files[0].open(encoding="utf-8", newline="")))
    assert any("\n" in row["Comment"] for row in rows if row["Comment"])
    assert any(not c.isascii() for row in rows for c in (row["Comment"] or ""))


@pytest.mark.parametrize(
    ("year", "zone", "status"), [("2025", "America/New_York", "IP Address"), ("2026_June+28", "Europe/Berlin", "0")]
)
def test_qualtrics(sample, year: str, zone: str, status: str) -> None:
    (path,) = (sample.inbox / "qualtrics").glob(f"*{year}*")
    raw = path.read_bytes()
    assert raw.count(b"\r\n") > 100
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8"), newline="")))
    names, labels, ids = rows[0], rows[1], [json.loads(cell) for cell in rows[2]]
    assert names[:3] == ["StartDate", "EndDate", "Status"]
    assert names.index("Q1_NPS_GROUP") == names.index("Q1") - 1
    assert "recommend" in labels[names.index("Q1")]
    assert ids[names.index("RecordedDate")] == {"ImportId": "recordedDate", "timeZone": zone}
    assert ids[names.index("ResponseId")] == {"ImportId": "_recordId"}
    assert rows[3][2] == status
    score, group = names.index("Q1"), names.index("Q1_NPS_GROUP")
    wanted = {"IP Address": ("Detractor", "Passive", "Promoter"), "0": ("1", "2", "3")}[status]
    checked = 0
    for row in rows[3:]:
        if row[group] and row[score].isdigit():
            assert row[group] == wanted[(int(row[score]) >= 7) + (int(row[score]) >= 9)]
            checked += 1
    assert checked > 200


def test_salesforce(sample) -> None:
    folder = sample.inbox / "salesforce" / "2026-06-14"
    for name in ("Account", "Contact", "Opportunity", "Task", "User"):
        raw = (folder / f"{name}.csv").read_bytes()
        assert b"\r" not in raw
        first = raw.split(b"\n", 1)[0]
        assert all(cell.startswith(b'"') and cell.endswith(b'"') for cell in first.split(b","))
        quoted = list(csv.reader(io.StringIO(raw.decode("cp1252"), newline="")))
        assert all(len(row) == len(quoted[0]) for row in quoted)
    contacts = (folder / "Contact.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        contacts.decode("utf-8")
    accounts = list(csv.DictReader(io.StringIO((folder / "Account.csv").read_bytes().decode("cp1252"))))
    assert {row["ParentId"] for row in accounts} == {"000000000000000AAA"}
    assert {row["IsDeleted"] for row in accounts} == {"0"}
    assert all(len(row["Id"]) == 18 for row in accounts)
    assert {row["Segment__c"] for row in accounts} == {"enterprise", "mid_market", "smb"}
    assert accounts[0]["SystemModstamp"][10] == " "
    tasks = list(csv.DictReader(io.StringIO((folder / "Task.csv").read_bytes().decode("cp1252"), newline="")))
    assert any("\n" in row["Description"] for row in tasks)


def test_salesforce_ids_carry_the_checksum() -> None:
    # A well-known example: 001A0000006Vm9r has the suffix IAC.
    marks = ""
    for chunk in ("001A0", "00000", "6Vm9r"):
        marks += "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[sum(1 << i for i, c in enumerate(chunk) if c.isupper())]
    assert marks == "IAC"
    made = salesforce_id("001", 4_211)
    own = "".join(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[sum(1 << i for i, c in enumerate(made[at : at + 5]) if c.isupper())]
        for at in (0, 5, 10)
    )
    assert made[15:] == own


def test_zendesk(sample) -> None:
    root = sample.inbox / "zendesk"
    good = []
    for line in (root / "2026-03-31" / "tickets.ndjson").read_bytes().split(b"\n")[:-1]:
        try:
            good.append(json.loads(line))
        except ValueError:
            continue
    assert all(set(ticket) == set(TICKET_KEYS.split()) for ticket in good)
    assert len(TICKET_KEYS.split()) == 39
    pages = [json.loads(p.read_bytes()) for p in sorted((root / "2026-06-28").glob("tickets_page_*.json"))]
    assert [page["end_of_stream"] for page in pages] == [False] * (len(pages) - 1) + [True]
    assert pages[1]["tickets"][0] == pages[0]["tickets"][-1]
    assert all(set(ticket) == set(TICKET_KEYS.split()) for page in pages for ticket in page["tickets"])
    assert any(ticket["status"] == "deleted" for page in pages for ticket in page["tickets"])


def test_true_zendesk_records_have_the_same_keys() -> None:
    recorded = Path(__file__).parents[3] / "shared/data/exports/zendesk/incremental_tickets_timebased_recorded_pages.ndjson"
    if not recorded.exists():
        pytest.skip("the recorded pages are not beside the repository")
    page = json.loads(recorded.open(encoding="utf-8").readline())
    body = page["body"] if isinstance(page["body"], dict) else json.loads(page["body"])
    assert set(body["tickets"][0]) == set(TICKET_KEYS.split())


def test_amplitude(sample) -> None:
    assert len(EVENT_KEYS.split()) == 55
    zips = sorted((sample.inbox / "amplitude").iterdir())
    assert len(zips) == 7
    with ZipFile(zips[-1]) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 6, 28, 12, 0, 0)}
        assert len({name.split("_")[2] for name in archive.namelist()}) > 8
        for name in archive.namelist()[:20]:
            packed = archive.read(name)
            assert packed[4:8] == b"\0\0\0\0"
            for line in gzip.decompress(packed).splitlines():
                event = json.loads(line)
                assert set(event) == set(EVENT_KEYS.split())
                assert set(event["event_properties"]) == {"feature", "product_area"}
