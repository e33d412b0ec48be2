"""What must never reach the published database: broken exports, tampered words, a second writer's half-done work."""

import gzip
import hashlib
import re
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from walk_support import earshot, mart_hashes, query

BLOCKED, LOCKED = 3, 4
TICKET = (
    '{"id":%d,"subject":"s","description":"d","status":"open","requester_id":1,'
    '"created_at":"2026-06-01T00:00:00Z","updated_at":"2026-06-01T00:00:00Z"}\n'
)
NPS_HEADER = "ID,Survey Type,Score,Comment,Email,Created At,Updated At\n"


def content_hash(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_tampered_quote_is_not_published(company_copy):
    published = company_copy / "warehouse.duckdb"
    before = content_hash(published)
    with duckdb.connect(str(company_copy / ".earshot" / "marts.duckdb")) as connection:
        connection.execute("UPDATE voc.theme_evidence SET quote = quote || '!' WHERE rank = 1")
    refused = earshot("run", "-w", company_copy, "--select", 'key:"published/warehouse"')
    assert refused.returncode == BLOCKED, refused.stdout + refused.stderr
    assert "voc.theme_evidence" in refused.stderr
    assert "published database was not touched" in refused.stderr
    assert content_hash(published) == before
    assert "blocked" in earshot("status", "-w", company_copy).stdout
    _a_waiver_serves_it_until_its_end(company_copy)


def _a_waiver_serves_it_until_its_end(workspace):
    """The same tampered quote, published on somebody's word, never as passed, and blocked again afterwards."""
    published, target = workspace / "warehouse.duckdb", ("mart.voc.theme_evidence", "quote_hash_matches", "voc.theme_evidence")
    until = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    said = ("--reason", "known to support", "--until", until, "--by", "head of support")
    unknown = earshot("gate", "waive", "mart.voc.theme_evidence", "no_such_thing", "voc.theme_evidence", *said, "-w", workspace)
    assert unknown.returncode == 2
    for suite, expectation, judged in _blocking(workspace):
        assert earshot("gate", "waive", suite, expectation, judged, *said, "-w", workspace).returncode == 0
    served = earshot("run", "-w", workspace, "--select", 'key:"published/warehouse"')
    assert served.returncode == 0, served.stdout + served.stderr
    assert "Gates waived" in served.stdout
    assert "waived: mart.voc.theme_evidence" in earshot("status", "-w", workspace).stdout
    results = query(published, "SELECT suite, expectation, object, success FROM trust.gate_result WHERE waived")
    assert (*target, False) in results
    assert not any(row[-1] for row in results)
    decided = query(published, "SELECT suite, expectation, object, reason, waived_by FROM trust.waiver")
    assert (*target, "known to support", "head of support") in decided
    record = workspace / ".earshot" / "waivers.json"
    record.write_text(re.sub(rf'"expires_at": "{until}', '"expires_at": "2020-01-01', record.read_text("utf-8")), "utf-8")
    again = earshot("run", "-w", workspace, "--select", 'key:"published/warehouse"')
    assert again.returncode == BLOCKED, again.stdout + again.stderr
    assert "expired" in earshot("gate", "list", "-w", workspace).stdout


def _blocking(workspace):
    return query(
        workspace / ".earshot" / "build.duckdb",
        "SELECT DISTINCT suite, expectation, object FROM ops.gate_result WHERE NOT success AND severity = 'blocking'",
    )


def test_a_broken_export_blocks_and_a_corrected_one_lifts_the_block(company_copy):
    published = company_copy / "warehouse.duckdb"
    before = content_hash(published)
    export = company_copy / "inbox" / "delighted" / "delighted_responses_2026-07.csv"
    export.write_text(NPS_HEADER + "".join(f"x{i},nps,33,fine,,2026-06-20 10:00:00 UTC,\n" for i in range(20)), "utf-8")
    blocked = earshot("run", "-w", company_copy)
    assert blocked.returncode == BLOCKED, blocked.stdout + blocked.stderr
    assert "delighted__response" in blocked.stderr
    assert content_hash(published) == before
    export.write_text(NPS_HEADER + "".join(f"x{i},nps,9,fine,,2026-06-20 10:00:00 UTC,\n" for i in range(20)), "utf-8")
    mended = earshot("run", "-w", company_copy)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    assert content_hash(published) != before


def test_the_second_of_two_writers_says_who_holds_the_lock(company_copy):
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib\nfrom orchestration.resources import writer_lock\n"
            "with writer_lock(pathlib.Path(sys.argv[1]), 'the-other-run', 0):\n"
            "    print('held', flush=True)\n    sys.stdin.read()",
            str(company_copy / ".earshot" / "run.lock"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline().strip() == "held"
        refused = earshot("run", "-w", company_copy, "--full-refresh")
        assert refused.returncode == LOCKED
        assert str(holder.pid) in refused.stderr
        assert "the-other-run" in refused.stderr
        assert (company_copy / ".earshot" / "build.duckdb").exists()
    finally:
        holder.communicate("")


def _hostile(inbox):
    """Broken deliveries of every kind; none of them holds a good row of a declared stream."""
    zendesk, delighted = inbox / "zendesk", inbox / "delighted"
    (zendesk / "empty.ndjson").write_bytes(b"")
    (zendesk / "not_json.ndjson").write_bytes(b"\x00\x01\x02 nothing\n" * 3)
    (zendesk / "deep.ndjson").write_bytes(b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n")
    (zendesk / "truncated.ndjson.gz").write_bytes(gzip.compress((TICKET % 1).encode() * 4000, mtime=0)[:60])
    (delighted / "header_only.csv").write_text(NPS_HEADER, "utf-8")
    (delighted / "no_score.csv").write_text("ID,Comment,Created At\n1,x,2026-06-01 00:00:00 UTC\n", "utf-8")
    (delighted / "ten_million_digits.csv").write_text(
        NPS_HEADER + f"big,nps,{'9' * 10_000_000},x,,2026-06-01 00:00:00 UTC,\n", "utf-8"
    )
    with zipfile.ZipFile(inbox / "amplitude" / "slip.zip", "w") as archive:
        archive.writestr("../../outside.json", "{}\n")
    with zipfile.ZipFile(inbox / "amplitude" / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", b"0" * 60_000_000)
    (inbox / "salesforce" / "link.csv").symlink_to("/etc/hostname")
    (inbox / "stray.csv").write_text("a,b\n1,2\n", "utf-8")


def test_hostile_deliveries_are_accounted_for_and_change_no_mart(company_copy, tmp_path):
    before = mart_hashes(company_copy / "warehouse.duckdb")
    _hostile(company_copy / "inbox")
    finished = earshot("run", "-w", company_copy)
    assert finished.returncode in (0, BLOCKED), finished.stdout + finished.stderr
    assert "Traceback" not in finished.stdout + finished.stderr
    assert mart_hashes(company_copy / "warehouse.duckdb") == before
    assert not (tmp_path / "outside.json").exists()
    rows = query(
        company_copy / ".earshot" / "build.duckdb",
        "SELECT file, rows_read, rows_loaded + rows_duplicate + rows_superseded + rows_quarantined FROM ops.file",
    )
    assert [row for row in rows if row[1] != row[2]] == []
    known = {row[0] for row in rows}
    for name in ("zendesk/empty.ndjson", "zendesk/deep.ndjson", "delighted/no_score.csv", "delighted/ten_million_digits.csv"):
        assert name in known, name


@pytest.mark.parametrize(
    "query_text",
    ["SELECT * FROM read_csv('/etc/passwd')", "COPY core.theme TO '/tmp/x.csv'", "INSTALL httpfs", "DROP TABLE core.theme"],
)
def test_the_sql_prompt_reads_the_warehouse_and_nothing_else(company, query_text):
    refused = earshot("sql", "-w", company, query_text)
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr


def test_an_empty_taxonomy_is_named_and_publishes_nothing(company_copy):
    before = content_hash(company_copy / "warehouse.duckdb")
    (company_copy / "themes.yml").write_text("themes: []\n", "utf-8")
    failed = earshot("run", "-w", company_copy)
    assert failed.returncode != 0
    assert "themes.yml" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert content_hash(company_copy / "warehouse.duckdb") == before
