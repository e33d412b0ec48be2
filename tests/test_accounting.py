"""The published balance of every file beside a count of the landed files by the standard library alone."""

import csv
import gzip
import io
import json
import zipfile

import pytest
from walk_support import query

# Rows above the data, where it is not one.
HEADER_ROWS = {"qualtrics": 3}
# One line of a calendar is many records: occurrences of a series, and one for each who is invited.
EXPANDED = {"calendar"}


def text_of(content):
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return content.decode("cp1252")


def count_csv(content, vendor):
    text = text_of(content)
    head = text.split("\n", 1)[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    return sum(any(row) for row in rows) - HEADER_ROWS.get(vendor, 1)


def count_json(content):
    text = text_of(content)
    try:
        whole = json.loads(text)
    except ValueError:
        return sum(bool(line.strip()) for line in text.split("\n"))
    if isinstance(whole, list):
        return len(whole)
    lists = [value for value in whole.values() if isinstance(value, list)]
    return len(lists[0]) if len(lists) == 1 else 1


def counted(name, content, vendor):
    """Records by name of what is in a file, archives inside out."""
    if name.endswith(".gz"):
        inner = counted(name.removesuffix(".gz"), gzip.decompress(content), vendor)
        return {name: sum(inner.values())}
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.namelist() if not member.endswith("/")]
            return {m: n for member in members for m, n in counted(member, archive.read(member), vendor).items()}
    # A Markdown note is one record.
    return {name: 1 if name.endswith(".md") else count_csv(content, vendor) if name.endswith(".csv") else count_json(content)}


@pytest.fixture(scope="module")
def ledger(company):
    """Stream, rows read and state of each file, and of each member of each archive."""
    rows = query(
        company / "warehouse.duckdb",
        "SELECT file, stream, rows_read, rows_loaded + rows_duplicate + rows_superseded + rows_quarantined, state "
        "FROM trust.source_reconciliation",
    )
    return {file: (stream, read, kept, state) for file, stream, read, kept, state in rows}


def test_every_landed_file_is_in_the_published_balance_with_as_many_records_as_it_has(company, ledger):
    landing = company / ".earshot" / "landing"
    entries = [json.loads(line) for line in (landing / "manifest.jsonl").read_text("utf-8").splitlines()]
    deliveries = [entry for entry in entries if entry["kind"] == "delivery"]
    compared, wrong = 0, []
    for entry in deliveries:
        named = [file for file in ledger if file == entry["name"] or file.startswith(entry["name"] + "!")]
        assert named, f"{entry['name']} has landed and is in no balance"
        if entry["vendor"] in EXPANDED:
            continue
        count = counted(entry["name"], (landing / entry["path"]).read_bytes(), entry["vendor"])
        for file in named:
            stream, read, kept, _ = ledger[file]
            if stream is None:
                continue
            expected = count[file.split("!")[-1] if "!" in file else file]
            compared += expected
            if not expected == read == kept:
                wrong.append((file, expected, read, kept))
    assert wrong == []
    assert compared > 3000
    assert len(deliveries) > 50
