"""True layouts of exports: header rows, zones, nulls, pages, captures and archives."""

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime

from connectors.reader import Limits, Part, inspect, open_part
from connectors.registry import load_specs

TICKET = {
    "id": 1,
    "subject": "s",
    "description": "d",
    "status": "open",
    "requester_id": 7,
    "created_at": "2025-03-01T00:00:00Z",
}
USER = {"id": 9, "role": "agent", "email": "a@b.example", "name": "A"}
NAMES = "StartDate,RecordedDate,ResponseId,Q1_NPS_GROUP,Q1,Q2\r\n"
LABELS = '"Start\nDate",Recorded Date,Response ID,Group,How likely,"Tell us\n<b>why</b>"\r\n'


def test_three_header_rows_with_the_zone_of_the_file(read, deliver):
    start = '"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}"'
    ids = start + ',"{""ImportId"":""recordedDate""}","{""ImportId"":""_recordId""}",x,y,z\r\n'
    result = read(
        deliver(NAMES + LABELS + ids + "2025-03-09 01:30:00,2025-03-09 03:05:00,R_1,Promoter,9,good\r\n"), "qualtrics"
    )
    (row,) = result.rows
    # Clocks went forward between the two.
    assert row["started_at"] == datetime(2025, 3, 9, 8, 30, tzinfo=UTC)
    assert row["recorded_at"] == datetime(2025, 3, 9, 9, 5, tzinfo=UTC)
    assert (row["response_id"], row["score"], row["comment"], row["_line"]) == ("R_1", 9, "good", 6)
    assert result.parts[0].header_rows == 3


def test_stamps_with_an_offset_are_not_shifted_by_the_zone_of_the_file(read, deliver):
    start = "\"{'ImportId': 'startDate', 'timeZone': 'America/Denver'}\""
    ids = start + ",{'ImportId': 'recordedDate'},{'ImportId': '_recordId'},x,y,z\r\n"
    text = NAMES + LABELS + ids + "2025-03-01T10:00:00Z,2025-03-01 10:00:00+02:00,R_1,,9,\r\n"
    (row,) = read(deliver(text), "qualtrics").rows
    assert row["started_at"] == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert row["recorded_at"] == datetime(2025, 3, 1, 8, tzinfo=UTC)


def test_two_header_rows_are_told_from_one(read, deliver):
    two = "V1,V2,Q1\nResponseID,StartDate,How likely are you to recommend us?\nR_1,2014-01-01 00:00:00,8\n"
    result = read(deliver(two), "qualtrics")
    assert (result.column("response_id"), result.column("score"), result.column("_line")) == (["R_1"], [8], [3])
    translated = "ResponseId,StartDate,NPS\nAntwort-ID,Anfangsdatum,Frage\nR_1,2014-01-01 00:00:00,8\n"
    assert read(deliver(translated), "qualtrics").column("response_id") == ["R_1"]
    one = "ResponseId,StartDate,NPS\nR_1,2014-01-01 00:00:00,8\n"
    assert read(deliver(one), "qualtrics").column("response_id") == ["R_1"]


def test_rows_without_a_key_are_told_by_their_content(read, deliver):
    text = "StartDate,Q1\n2014-01-01 00:00:00,a\n2014-01-01 00:00:00,b\n2014-01-01 00:00:00,a\n"
    keys = read(deliver(text), "qualtrics").column("response_id")
    assert keys[0] == keys[2] != keys[1]
    assert all(key.startswith("content:") for key in keys)


def test_null_dialects_are_no_values(read, deliver):
    text = 'Id,Name,ParentId,MasterRecordId,Industry,AnnualRevenue\n"001","A","000000000000000AAA","","",""\n'
    (row,) = read(deliver(text, "Account.csv"), "salesforce").rows
    assert row["parent_id"] is None
    assert row["annual_revenue"] is None


def test_pages_one_a_line_and_pages_pretty_printed_are_the_same(read, deliver):
    pages = [{"tickets": [TICKET, {**TICKET, "id": 2}], "count": 2}, {"tickets": []}, {"tickets": [{**TICKET, "id": 3}]}]
    for text in ("\n".join(map(json.dumps, pages)), "\n".join(json.dumps(page, indent=4) for page in pages)):
        result = read(deliver(text, "x.json"), "zendesk")
        assert result.column("id") == ["1", "2", "3"]
        assert result.column("_line") == [1, 2, 3]
    recorded = [{"seq": i, "headers": [{"a": 1}], "body": page} for i, page in enumerate(pages)]
    result = read(deliver("\n".join(map(json.dumps, recorded)), "x.ndjson"), "zendesk")
    assert result.column("id") == ["1", "2", "3"]
    assert [p.spec.stream for p in result.parts] == ["ticket"]


def test_a_page_may_hold_several_streams(read, deliver):
    result = read(deliver(json.dumps({"tickets": [TICKET], "users": [USER], "groups": [{"id": 1}]})), "zendesk")
    assert [(p.name, p.spec.stream) for p in result.parts] == [("tickets", "ticket"), ("users", "user")]
    assert len(result.rows) == 2


def test_a_capture_names_the_stream_of_each_record(read, deliver):
    capture = [
        ["x/tickets", TICKET],
        ["x/users", USER],
        ["x/tickets", {**TICKET, "id": 2}],
        ["x/brands", {"id": 1, "name": "b"}],
    ]
    for text in (json.dumps(capture), json.dumps(capture, indent=2)):
        result = read(deliver(text), "zendesk")
        assert {(p.name, p.spec.stream) for p in result.parts} == {("x/tickets", "ticket"), ("x/users", "user")}
        assert [u.name for u in result.unrecognised] == ["x/brands"]
        assert [row["id"] for row in result.rows] == ["1", "2", "9"]


def test_arrays_single_objects_and_strings_full_of_brackets(read, deliver):
    odd = {**TICKET, "subject": '{"tickets": [{"id": 5}]} \\" ]}', "description": "}\\\\"}
    for document in ([odd, TICKET], [odd]):
        result = read(deliver(json.dumps(document)), "zendesk")
        assert result.column("subject")[0] == odd["subject"]
        assert len(result.rows) == len(document)
    assert read(deliver(json.dumps(odd, indent=1)), "zendesk").column("description") == [odd["description"]]


def test_a_cut_or_broken_document_gives_what_comes_before(read, deliver):
    whole = json.dumps({"tickets": [TICKET, {**TICKET, "id": 2}]})
    result = read(deliver(whole[:-40]), "zendesk")
    assert result.column("id") == ["1"]
    assert "ends inside a JSON value; what followed record 1" in result.rejects[0]["reason"]
    result = read(
        deliver("[" + json.dumps(TICKET) + ', 17, "x", ' + json.dumps(TICKET)[:-1] + " 5}, " + json.dumps(TICKET) + "]"),
        "zendesk",
    )
    assert result.column("_line") == [1, 5]
    assert [r["line"] for r in result.rejects] == [2, 3, 4]
    result = read(deliver("[" + json.dumps(TICKET) + "]]"), "zendesk")
    assert len(result.rows) == 1
    assert "closing bracket" in result.rejects[0]["reason"]


def test_nested_fields_and_what_is_left_of_their_parents(read, deliver):
    response = {
        "id": "1",
        "score": 9,
        "created_at": 1740823200,
        "person": {"id": "p", "name": "Ann", "plan": "pro"},
        "person_properties": {"company": "Acme"},
    }
    (row,) = read(deliver(json.dumps([response])), "delighted").rows
    assert (row["person_id"], row["name"], row["company"]) == ("p", "Ann", "Acme")
    assert json.loads(row["_extra"]) == {"person": {"plan": "pro"}}
    (row,) = read(deliver(json.dumps([{**response, "person": "p2"}])), "delighted").rows
    assert (row["person_id"], row["_extra"]) == ("p2", None)


def test_numbers_keep_every_digit(read, deliver):
    text = '{"id": 123456789012345678901234567890, "status": "open", "subject": 1.50, "requester_id": 18446744073709551615}\n'
    (row,) = read(deliver(text), "zendesk").rows
    assert (row["id"], row["requester_id"]) == ("123456789012345678901234567890", "18446744073709551615")


def test_archives_of_gzip_members_keep_their_names(read, deliver):
    stream = io.BytesIO()
    event = {"uuid": "e", "event_time": "2025-03-01 10:00:00", "event_type": "x"}
    with zipfile.ZipFile(stream, "w") as archive:
        for hour in (1, 2):
            lines = "".join(json.dumps({**event, "uuid": f"e{hour}{i}"}) + "\n" for i in range(3))
            archive.writestr(f"170/170_2025-03-01_{hour}#0.json.gz", gzip.compress(lines.encode()))
        archive.writestr("readme.txt", "nothing here")
    result = read(deliver(stream.getvalue(), "export.zip"), "amplitude")
    assert [p.name for p in result.parts] == ["170/170_2025-03-01_1#0.json.gz", "170/170_2025-03-01_2#0.json.gz"]
    assert len(result.rows) == 6
    assert [u.name for u in result.unrecognised] == ["readme.txt"]


def test_look_alikes_are_not_taken_for_a_stream(read, deliver):
    others = {
        "Lead.csv": "Id,IsDeleted,LastName,FirstName,Company,Title,Email,Phone,Status,OwnerId,CreatedDate,SystemModstamp",
        "Campaign.csv": "Id,IsDeleted,Name,ParentId,Type,Status,StartDate,OwnerId,CreatedDate,SystemModstamp",
        "Case.csv": "Id,IsDeleted,ContactId,AccountId,Subject,Status,Description,OwnerId,CreatedDate,SystemModstamp",
        "Event.csv": "Id,WhoId,WhatId,Subject,ActivityDate,StartDateTime,Description,AccountId,OwnerId,SystemModstamp",
        "AccountContactRelation.csv": "Id,AccountId,ContactId,IsActive,CreatedDate,SystemModstamp",
        "OpportunityContactRole.csv": "Id,OpportunityId,ContactId,Role,CreatedDate,SystemModstamp",
    }
    for name, header in others.items():
        result = read(deliver(header + "\n", name), "salesforce")
        assert not result.parts, name
        assert "nearest is" in result.unrecognised[0].reason


def test_a_fitting_name_makes_up_for_a_thin_file(read, deliver):
    thin = "Id,Email\n1,a@b.example\n"
    assert not read(deliver(thin, "x.csv"), "salesforce").parts
    assert [p.spec.stream for p in read(deliver(thin, "Contacts.csv"), "salesforce").parts] == ["contact"]


def test_the_caller_may_stop_early_and_read_again(deliver):
    lines = "".join(f"r{i},9,x,2025-03-01\n" for i in range(5000))
    path = deliver("ID,Score,Comment,Created At\n" + lines)
    limits = Limits(block_bytes=4000)
    (part,) = inspect(path, "x", [load_specs()["delighted__response"]], limits)
    assert isinstance(part, Part)
    opened = open_part(path, part, limits)
    first = next(iter(opened))
    assert 0 < first.rows.num_rows < 5000
    assert sum(batch.rows.num_rows for batch in opened) == 5000


def test_a_map_given_when_opening_wins(deliver):
    path = deliver("ID,Score,Comment,Created At,Note\n1,9,x,2025-03-01,y\n")
    (part,) = inspect(path, "x", [load_specs()["delighted__response"]], Limits())
    assert isinstance(part, Part)
    (batch,) = open_part(path, part, Limits(), {"comment": "Note"})
    assert batch.rows.column("comment").to_pylist() == ["y"]


def test_nothing_in_a_list_vanishes_whatever_it_is(read, deliver):
    ticket = json.dumps(TICKET)
    array = f'[{ticket}, [1, {ticket}], "a, b", [], {ticket}]'
    result = read(deliver(array), "zendesk")
    assert result.column("_line") == [1, 5]
    assert [r["line"] for r in result.rejects] == [2, 3, 4]
    page = f'{{"tickets": [{ticket}, [{ticket}], 7, {ticket}]}}'
    result = read(deliver(page), "zendesk")
    assert (result.column("_line"), [r["line"] for r in result.rejects]) == ([1, 4], [2, 3])
    capture = f'[["x/tickets", {ticket}], ["x/tickets", 7], ["x/tickets", [8]], ["x/tickets", {ticket}]]'
    result = read(deliver(capture), "zendesk")
    assert (result.column("_line"), [r["line"] for r in result.rejects]) == ([1, 4], [2, 3])
    values = f"{ticket}\n[]\n[]\n[]\n7\n{ticket}\n"
    for text in (values, values.replace("\n", " ")):
        result = read(deliver(text), "zendesk")
        assert (len(result.rows), len(result.rejects)) == (2, 4)
