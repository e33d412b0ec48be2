"""Whatever a file holds, its reader ends, says what it refuses, and accounts for every record."""

import json
import zipfile

import fuzzing
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.errors import ExportRejected

FOUND = sorted(path for path in fuzzing.HOSTILE.glob("*/*") if path.is_file())
BOUNDED = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
scripts = st.tuples(st.integers(0, len(fuzzing.seeds()) - 1), st.integers(0, 2), st.binary(max_size=40))


@BOUNDED
@given(script=scripts)
def test_bent_exports_of_every_format_are_read_to_their_end(script, tmp_path):
    seed, inside, how = script
    fuzzing.read_whole(*fuzzing.bent(bytes([seed, inside]) + how), tmp_path)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_once_broke_a_reader_breaks_none(path, tmp_path):
    fuzzing.read_whole(path.parent.name, path.name, path.read_bytes(), tmp_path)


def test_the_seeds_cover_every_format():
    names = {name for _, name, _ in fuzzing.seeds()}
    for suffix in ("csv", "json", "ndjson", "xlsx", "parquet", "avro", "zip", "gz", "ics", "md"):
        assert any(name.endswith(f".{suffix}") for name in names), suffix


def test_a_lost_record_would_be_seen(tmp_path, monkeypatch):
    content = b'{"id": 1, "email": "a@example.com"}\n' * 3
    fuzzing.read_whole("zendesk", "user.ndjson", content, tmp_path)
    monkeypatch.setattr(fuzzing, "_counted", lambda part, content: 4)
    with pytest.raises(fuzzing.Unaccounted, match="4 records, 3 rows"):
        fuzzing.read_whole("zendesk", "user.ndjson", content, tmp_path)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "{}", "{0", "UTC;--", "x\0"])
def test_a_header_with_a_time_zone_that_does_not_exist_stops_its_file_alone(read, deliver, zone):
    header = (fuzzing.TESTS / "fixtures/exports/qualtrics/response.csv").read_text("utf-8")
    assert "America/Denver" in header
    spoiled = header.replace("America/Denver", zone)
    with pytest.raises(ExportRejected, match="time zone"):
        read(deliver(spoiled), "qualtrics", "response.csv")


def test_a_key_with_nul_characters_is_no_declared_field(read, deliver):
    records = [{"id": "1", "userPrincipalName": "a@example.com"}, {"id": "2", "userPrincipalName\0": "b@example.com"}]
    content = json.dumps({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users", "value": records})
    found = read(deliver(content, "user.json"), "teams")
    assert [row["id"] for row in found.rows] == ["1"]
    assert [reject["reason"] for reject in found.rejects] == [
        'column "userPrincipalName": a value is required here and there is none'
    ]


def test_a_slack_archive_with_a_damaged_index_is_not_read(read, tmp_path):
    damaged = tmp_path / "export.zip"
    with zipfile.ZipFile(damaged, "w") as archive:
        archive.writestr("channels.json", "[]" + " " * 100)
        archive.writestr("groups.json", '[{"id": "G1", "name": "deals"}]')
        archive.writestr("deals/2026-06-01.json", "[]")
    content = damaged.read_bytes()
    damaged.write_bytes(content.replace(b'[{"id": "G1"', b'[{"id": "G2"', 1))
    with pytest.raises(ExportRejected, match=r"index groups\.json is damaged"):
        read(damaged, "slack")
