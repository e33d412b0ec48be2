"""Parquet, Avro, workbooks and Markdown notes: what they hold, and what hostile or broken ones do to it."""

import bz2
import dataclasses
import datetime as dt
import decimal
import gzip
import io
import json
import lzma
import zipfile
import zlib

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.reader import Limits, inspect
from connectors.registry import load_specs

NOON = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
SCHEMA = {
    "type": "record",
    "name": "E",
    "fields": [
        {"name": "visitorId", "type": "string"},
        {"name": "featureId", "type": ["null", "string"]},
        {"name": "browserTime", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "numEvents", "type": "int"},
        {"name": "more", "type": ["null", "double", "bytes", {"type": "map", "values": "string"}]},
    ],
}
SYNC = b"0123456789abcdef"


def posthog(count: int, **columns: list) -> pa.Table:
    made = {
        "uuid": [f"e{i}" for i in range(count)],
        "event": ["opened"] * count,
        "timestamp": [NOON] * count,
        "distinct_id": ["u"] * count,
    }
    return pa.table({**made, **columns})


def parquet(table: pa.Table, **options) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def visit(i: int, **more) -> dict:
    return {"visitorId": f"v{i}", "featureId": "f", "browserTime": NOON, "numEvents": i, "more": None, **more}


def avro(records: list[dict], schema=SCHEMA, codec="null", **options) -> bytes:
    stream = io.BytesIO()
    fastavro.writer(stream, schema, records, codec=codec, sync_marker=SYNC, **options)
    return stream.getvalue()


def workbook(*sheets: str) -> bytes:
    """A workbook of sheets given as the XML of their rows."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    links = f'<Relationships xmlns="{package}/relationships">'
    types = f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
    style = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'
    names = "".join(f'<sheet name="S{i}" sheetId="{i}" r:id="rId{i}"/>' for i in range(1, len(sheets) + 1))
    targets = "".join(
        f'<Relationship Id="rId{i}" Type="{rel}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    office = f'<Relationship Id="r" Type="{rel}/officeDocument" Target="xl/workbook.xml"/>'
    styles = f'<Relationship Id="s" Type="{rel}/styles" Target="styles.xml"/>'
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": f"{links}{office}</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{links}{targets}{styles}</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{main}">{style}</styleSheet>',
    }
    for i, rows in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{i}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return stream.getvalue()


def row(number: int, *cells: object) -> str:
    """XML of one row: texts, numbers, None for no cell, or ready XML."""
    made = []
    for column, value in zip("ABCDEFGH", cells, strict=False):
        if isinstance(value, str) and value.startswith("<c"):
            made.append(value)
        elif isinstance(value, int | float):
            made.append(f'<c r="{column}{number}"><v>{value}</v></c>')
        elif value is not None:
            made.append(f'<c r="{column}{number}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>')
    return f'<row r="{number}">{"".join(made)}</row>'


HEADER = row(1, "ID", "Score", "Comment", "Created At")


# Parquet


def test_parquet_values_arrive_exactly(read, deliver):
    table = posthog(
        3,
        team_id=pa.array([2**53 + 1, None, -1], pa.int64()),
        properties=[json.dumps({"a": "größer 😀", "n": 2**60}), "{}", "not json"],
        amount=pa.array([decimal.Decimal("12.30"), None, decimal.Decimal("-0.01")]),
        ratio=[0.1, float("nan"), float("inf")],
        raw=[b"text", b"\xff\x00", None],
        tags=pa.array([["a", "b"], [], None]),
        stamp=pa.array([NOON] * 3, pa.timestamp("us", "America/New_York")),
    )
    result = read(deliver(parquet(table, compression="zstd"), "e.parquet"), "posthog")
    assert result.column("uuid") == ["e0", "e1", "e2"]
    assert result.column("event_at") == [NOON] * 3
    assert result.column("team_id") == [str(2**53 + 1), None, "-1"]
    assert json.loads(result.rows[0]["properties"]) == {"a": "größer 😀", "n": 2**60}
    assert result.column("properties")[2] == '"not json"'
    extra = [json.loads(text) for text in result.column("_extra")]
    assert [e.get("amount") for e in extra] == ["12.30", None, "-0.01"]
    assert [e.get("ratio") for e in extra] == [0.1, None, "inf"]
    assert [e.get("raw") for e in extra] == ["text", "FF00", None]
    assert [e.get("tags") for e in extra] == [["a", "b"], [], None]
    assert {e["stamp"] for e in extra} == {"2025-03-01T12:00:00.000000Z"}
    assert result.column("_line") == [1, 2, 3]


def test_a_damaged_row_group_loses_its_own_records_alone(read, deliver):
    content = bytearray(parquet(posthog(3000), row_group_size=1000, compression="none", write_page_checksum=True))
    at = content.find(b"e1500")
    content[at : at + 4] = b"XXXX"
    result = read(deliver(bytes(content), "e.parquet"), "posthog")
    assert len(result.rows) + len(result.rejects) == 3000
    lost = [r["line"] for r in result.rejects]
    assert set(lost) <= set(range(1001, 2001))
    assert 1501 in lost
    assert "row group 2 is damaged" in result.rejects[0]["reason"]
    assert {row["_line"] for row in result.rows}.isdisjoint(lost)
    assert "truncated" in result.kinds


def test_a_cut_parquet_file_is_refused_whole(read, deliver):
    content = parquet(posthog(100))
    result = read(deliver(content[: len(content) // 2], "e.parquet"), "posthog")
    assert not result.parts
    assert "cut off" in result.unrecognised[0].reason


def test_a_parquet_bomb_is_refused_by_what_it_claims(read, deliver):
    content = parquet(posthog(2000, note=["x" * 20_000] * 2000), use_dictionary=False, compression="zstd")
    assert len(content) < 200_000
    result = read(deliver(content, "e.parquet"), "posthog", limits=Limits(ratio_floor=1_000_000))
    assert not result.rows
    assert "times its packed size" in result.unrecognised[0].reason


def test_parquet_columns_of_one_name_are_told_apart(read, deliver):
    table = posthog(1, a=["1"], b=["2"]).rename_columns(["uuid", "event", "timestamp", "distinct_id", "Note", "note"])
    result = read(deliver(parquet(table), "e.parquet"), "posthog")
    assert json.loads(result.rows[0]["_extra"]) == {"Note": "1", "note#2": "2"}


def test_parquet_rows_that_do_not_convert_say_why(read, deliver):
    table = posthog(3, timestamp=["2025-03-01", "soon", None])
    result = read(deliver(parquet(table), "e.parquet"), "posthog")
    assert len(result.rows) == 1
    assert [r["line"] for r in result.rejects] == [2, 3]
    assert '"soon" is not a date and time' in result.rejects[0]["reason"]


def test_parquet_within_archives_and_gzip_is_found(read, deliver):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/e.parquet", parquet(posthog(2)))
    assert len(read(deliver(stream.getvalue(), "e.zip"), "posthog").rows) == 2
    assert len(read(deliver(gzip.compress(parquet(posthog(3))), "e.parquet.gz"), "posthog").rows) == 3


def test_a_parquet_file_without_rows_or_columns(read, deliver):
    assert read(deliver(parquet(posthog(0)), "e.parquet"), "posthog").rows == []
    stranger = read(deliver(parquet(pa.table({"x": [1]})), "e.parquet"), "posthog")
    assert "nearest is event, but it lacks" in stranger.unrecognised[0].reason


# Avro


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_avro_codecs_of_the_standard_library(read, deliver, codec):
    records = [visit(i) for i in range(500)]
    result = read(deliver(avro(records, codec=codec, sync_interval=1000), "event.avro"), "pendo")
    assert result.column("events") == list(range(500))
    assert result.column("_line") == list(range(1, 501))
    assert result.rejects == []


@pytest.mark.parametrize(("codec", "name"), [("snappy", "snappy"), ("zstandard", "zstd")])
def test_avro_codecs_of_arrow(read, deliver, codec, name):
    """The writing library has these only with further packages, so the block is packed here."""
    plain = avro([visit(7)])
    at = plain.index(SYNC) + 16
    block = plain[at + 2 : -16]
    packed = pa.compress(block, codec=name, asbytes=True) + (zlib.crc32(block).to_bytes(4, "big") if codec == "snappy" else b"")
    head = plain[:at].replace(b"avro.codec\x08null", b"avro.codec" + bytes([len(codec) * 2]) + codec.encode())
    result = read(deliver(head + bytes([2, len(packed) * 2]) + packed + SYNC, "event.avro"), "pendo")
    assert result.column("events") == [7]


def test_a_damaged_avro_block_loses_its_records_and_reading_goes_on(read, deliver):
    records = [visit(i) for i in range(300)]
    content = bytearray(avro(records, sync_interval=1500))
    at = content.find(b"v150f") if b"v150f" in content else content.find(b"v150")
    end = content.find(SYNC, at)
    content[end : end + 16] = b"X" * 16
    result = read(deliver(bytes(content), "event.avro"), "pendo")
    events = result.column("events")
    assert 0 in events
    assert 299 in events
    assert 150 not in events
    assert any("damaged" in r["reason"] for r in result.rejects)
    assert "truncated" in result.kinds


def test_a_cut_avro_file_gives_the_blocks_before_the_cut(read, deliver):
    content = avro([visit(i) for i in range(1000)], sync_interval=2000)
    for packed in (content[: len(content) // 2], gzip.compress(content)[:3000]):
        result = read(deliver(packed, "event.avro"), "pendo")
        events = result.column("events")
        assert events == list(range(len(events)))
        assert 0 < len(events) < 1000
        assert "could not be read" in result.rejects[-1]["reason"]
        assert "truncated" in result.kinds


def test_bytes_that_are_no_utf_8_cost_their_avro_record_alone(read, deliver):
    content = avro([visit(1), visit(2, featureId="XYZ"), visit(3)]).replace(b"XYZ", b"X\xe9Z")
    result = read(deliver(content, "event.avro"), "pendo")
    assert result.column("events") == [1, 3]
    assert [(r["line"], r["reason"]) for r in result.rejects] == [(2, "a text of the record is not valid UTF-8")]


def test_an_avro_record_that_cannot_be_decoded_takes_the_rest_of_its_block_along(read, deliver):
    content = bytearray(avro([visit(i) for i in range(10)]))
    # A branch of the union that there is not.
    at = content.find(b"v4\x02\x02f")
    content[at + 2] = 0x10
    result = read(deliver(bytes(content), "event.avro"), "pendo")
    assert result.column("events") == [0, 1, 2, 3]
    assert [r["line"] for r in result.rejects] == [5, 6, 7, 8, 9, 10]


def test_avro_numbers_that_are_none_count_as_missing(read, deliver):
    content = avro([visit(1, more=float("nan")), visit(2, more=2.5), visit(3, more=b"\xff"), visit(4, more={"k": "v"})])
    result = read(deliver(content, "event.avro"), "pendo")
    kept = [json.loads(text)["more"] if text else None for text in result.column("_extra")]
    assert kept == [None, 2.5, "/w==", {"k": "v"}]


@pytest.mark.parametrize("codec", ["deflate", "bzip2", "xz"])
def test_an_avro_bomb_is_not_unpacked(read, deliver, codec):
    plain = avro([visit(1)])
    at = plain.index(SYNC) + 16
    zeros = b"\0" * 30_000_000
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = {"bzip2": bz2.compress, "xz": lzma.compress}.get(codec, lambda data: engine.compress(data) + engine.flush())(zeros)
    head = plain[:at].replace(b"avro.codec\x08null", b"avro.codec" + bytes([len(codec) * 2]) + codec.encode())
    size = io.BytesIO()
    fastavro.schemaless_writer(size, "long", len(packed))
    result = read(deliver(head + b"\x04" + size.getvalue() + packed + SYNC, "event.avro"), "pendo")
    assert result.rows == []
    assert [r["line"] for r in result.rejects] == [1, 2]
    assert "beyond the limits" in result.rejects[0]["reason"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ([{"name": "visitorId", "type": ["null", "E"]}], "made of itself"),
        ([{"name": "visitorId", "type": {"type": "array", "items": "null"}}], "take no space"),
        ([{"name": "visitorId", "type": "null"}], "no space at all"),
        ([{"name": "visitorId", "type": "nonsense"}], "cannot be used"),
        ([], "no records with fields"),
    ],
)
def test_avro_schemas_that_could_go_on_without_end_are_refused(read, deliver, fields, why):
    schema = json.dumps({"type": "record", "name": "E", "fields": fields}).encode()
    size = io.BytesIO()
    fastavro.schemaless_writer(size, "long", len(schema))
    content = b"Obj\x01\x02\x16avro.schema" + size.getvalue() + schema + b"\x00" + SYNC
    result = read(deliver(content, "event.avro"), "pendo")
    assert not result.parts
    assert why in result.unrecognised[0].reason


@pytest.mark.parametrize(
    "content", [b"Obj\x01", b"Obj\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", b"Obj\x01\x02\x02a\x02b"]
)
def test_a_broken_avro_header_is_told(read, deliver, content):
    assert "header cannot be read" in read(deliver(content, "event.avro"), "pendo").unrecognised[0].reason


def test_an_avro_codec_that_is_not_known_is_named(read, deliver):
    content = avro([visit(1)]).replace(b"avro.codec\x08null", b"avro.codec\x08lzma")
    assert "packed with lzma" in read(deliver(content, "event.avro"), "pendo").unrecognised[0].reason


# Workbooks


def test_a_workbook_reads_like_its_csv(read, deliver):
    stamp = '<c r="D2" s="1"><v>45717.5</v></c>'
    rows = HEADER + row(2, 114, 9, " two\nlines ", stamp) + row(5, "b", 8.0, None, "2025-03-02 10:00:00")
    result = read(deliver(workbook(rows), "export.xlsx"), "delighted")
    assert result.column("response_id") == ["114", "b"]
    assert result.column("score") == [9, 8]
    assert result.column("comment") == [" two\nlines ", None]
    assert result.column("created_at")[0] == dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)
    # Rows of the sheet, blank ones counted and line ends within cells not.
    assert result.column("_line") == [2, 5]


def test_rejects_of_a_workbook_have_the_row_of_the_sheet(read, deliver):
    rows = HEADER + row(2, "a", 9, "x\ny\nz", "2025-03-01") + row(4, "b", 99, "", "2025-03-01")
    result = read(deliver(workbook(rows), "export.xlsx"), "delighted")
    assert [(r["line"], "more than 10" in r["reason"]) for r in result.rejects] == [(4, True)]


def test_each_sheet_is_a_part_or_says_why_not(read, deliver):
    good = HEADER + row(2, "a", 9, "x", "2025-03-01")
    result = read(deliver(workbook(good, row(1, "Something", "Else"), ""), "export.xlsx"), "delighted")
    assert [part.name for part in result.parts] == ["S1"]
    assert {u.name: u.reason.split(";")[0] for u in result.unrecognised} == {
        "S2": "it fits no stream of delighted",
        "S3": "the sheet is empty",
    }
    assert len(result.rows) == 1


def test_a_cell_in_the_last_corner_is_not_made_a_rectangle(read, deliver):
    far = HEADER + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    result = read(deliver(workbook(far), "export.xlsx"), "delighted")
    assert "reaches to row 1,048,576 and column 16,384" in result.unrecognised[0].reason


def test_a_workbook_bomb_is_refused(read, deliver):
    rows = HEADER + row(2, "a", 9, "x" * 12_000_000, "2025-03-01")
    result = read(deliver(workbook(rows), "export.xlsx"), "delighted", limits=Limits(max_ratio=100))
    assert not result.rows
    assert "zip bomb" in result.unrecognised[0].reason


def test_formulas_without_a_stored_result_are_told(read, deliver):
    formula, stored = '<c r="C2"><f>A2&amp;"x"</f></c>', '<c r="C3" t="str"><f>A3&amp;"x"</f><v>bx</v></c>'
    rows = HEADER + row(2, "a", 9, formula, "2025-03-01") + row(3, "b", 9, stored, "2025-03-01")
    result = read(deliver(workbook(rows), "export.xlsx"), "delighted")
    assert result.column("comment") == [None, "bx"]
    (told,) = [d for d in result.drift if d.kind == "uncalculated"]
    assert told.detail.startswith("1 formulas")


def test_an_error_in_a_cell_does_not_pass_for_a_number(read, deliver):
    rows = HEADER + row(2, "a", '<c r="B2" t="e"><v>#REF!</v></c>', "x", "2025-03-01")
    result = read(deliver(workbook(rows), "export.xlsx"), "delighted")
    assert result.rows == []
    assert len(result.rejects) == 1


@pytest.mark.parametrize("damage", [lambda c: c[: len(c) // 2], lambda c: c.replace(b"xl/workbook.xml", b"xl/workbook.xmx")])
def test_a_broken_workbook_is_told(read, deliver, damage):
    result = read(deliver(damage(workbook(HEADER)), "export.xlsx"), "delighted")
    assert not result.parts
    assert result.unrecognised


# Markdown

NOTE = "---\ndate: 2025-03-01\ncompany: No\ntags: [a, b]\n---\n# Visit\n\nThey print it.\n"


def test_front_matter_stays_as_written(read, deliver):
    result = read(deliver(NOTE.replace("\n", "\r\n"), "2025-03-01 acme.md"), "interviews")
    (note,) = result.rows
    assert (note["company"], note["tags"], note["title"]) == ("No", '["a","b"]', "Visit")
    assert note["note_id"] == "2025-03-01 acme"
    assert note["held_at"] == dt.datetime(2025, 3, 1, tzinfo=dt.UTC)
    assert note["notes"].startswith("# Visit")


def test_a_note_without_front_matter_is_its_text(read, deliver):
    (note,) = read(deliver("# Acme\n\nThey print it.", "acme.md"), "interviews").rows
    assert (note["note_id"], note["title"], note["held_at"]) == ("acme", "Acme", None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\na: [1\n---\nx", "not valid YAML"),
        ("---\na: 1\nx", "never closed"),
        ("---\na: &x [1]\nb: *x\n---\nx", "aliases are not read"),
        ("---\na: 1\na: 2\n---\nx", "stands there twice"),
        ("---\n- a\n---\nx", "no list of keys"),
        ("---\na: " + "[" * 5000 + "\n---\nx", "not valid YAML"),
        ("---\ndate: 2025-03-01\n---\n", "a value is required"),
        ("---\ndate: someday\n---\nx", "is not a date"),
    ],
)
def test_a_broken_note_is_one_reject_with_its_reason(read, deliver, text, why):
    result = read(deliver(text, "acme.md"), "interviews")
    assert result.rows == []
    assert [why in r["reason"] for r in result.rejects] == [True]


def test_a_note_that_is_no_utf_8_or_too_long(read, deliver):
    result = read(deliver(b"---\na: 1\n---\n" + "größer ".encode() * 3 + b"\xe9", "acme.md"), "interviews")
    assert "not valid UTF-8" in result.rejects[0]["reason"]
    result = read(deliver("x" * 5000, "acme.md"), "interviews", limits=Limits(max_row_bytes=1000))
    assert len(result.rejects) == 1


# All


def test_streams_of_other_formats_are_not_offered(deliver):
    specs = [spec for spec in load_specs().values() if spec.vendor == "qualtrics"]
    for content, word in ((parquet(posthog(1)), "Parquet"), (avro([visit(1)]), "Avro")):
        (found,) = inspect(deliver(content, "x"), "x", specs, Limits())
        assert f"delivered as {word}" in found.reason
    csv_only = [dataclasses.replace(spec, formats=("ndjson",)) for spec in specs]
    (found,) = inspect(deliver(workbook(HEADER), "x"), "x", csv_only, Limits())
    assert "delivered as a table" in found.reason


# Questions above options

ROWS = "1,10 - Extremely likely,Fine,A,\n2,3,,,Else\n"


def test_options_below_questions_name_the_columns(read, deliver):
    text = (
        "Respondent ID,How likely are you to recommend us?,Why?,Which parts?,\n,Response,Open-Ended Response,A,Other\n" + ROWS
    )
    result = read(deliver(text, "s.csv"), "surveymonkey")
    assert result.column("score_answer") == ["10 - Extremely likely", "3"]
    assert result.column("_line") == [3, 4]
    assert [json.loads(row["_extra"]) for row in result.rows] == [{"Which parts? - A": "A"}, {"Which parts? - Other": "Else"}]


def test_one_header_row_is_no_record_less(read, deliver):
    text = "RespondentID,How likely are you to recommend us?,Why?,Which parts? - A,Which parts? - Other\n" + ROWS
    assert len(read(deliver(text, "s.csv"), "surveymonkey").rows) == 2


def test_a_later_record_without_id_is_a_reject_and_no_header(read, deliver):
    text = "RespondentID,Why?\n1,x\n,y\n"
    result = read(deliver(text, "s.csv"), "surveymonkey")
    assert (len(result.rows), len(result.rejects)) == (1, 1)
