"""Files that nobody should deliver and somebody will: each with a clear message and every record accounted for."""

import gzip
import io
import json
import stat
import struct
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import ExportRejected
from connectors.reader import Limits, Part, inspect, open_part
from connectors.registry import load_specs
from connectors.streams import from_cp1252, valid_utf8_surplus

HEADER = "ID,Score,Comment,Created At\n"
GOOD = "r1,9,fine,2025-03-01 10:00:00\n"
SPECS = load_specs()


def archive(*members: tuple[str | zipfile.ZipInfo, bytes], level: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", level) as target:
        for name, content in members:
            target.writestr(name, content)
    return stream.getvalue()


def reason(result) -> str:
    assert not result.rows
    assert len(result.rejects) == 1
    return result.rejects[0]["reason"]


@pytest.mark.parametrize(
    "content",
    [b"", b"  \r\n \n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)],
    ids=["nothing", "blank lines", "only a mark", "empty gzip"],
)
def test_a_file_without_text_is_named_as_such(read, deliver, content):
    result = read(deliver(content), "delighted")
    assert not result.parts
    assert "empty" in result.unrecognised[0].reason or "no text" in result.unrecognised[0].reason


def test_header_only_is_a_part_without_rows(read, deliver):
    for header in (HEADER, HEADER.rstrip("\n")):
        result = read(deliver(header), "delighted")
        assert len(result.parts) == 1
        assert (result.rows, result.rejects) == ([], [])


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_found_from_the_header_alone(read, deliver, delimiter):
    text = (HEADER + 'r1,9,"a, b; c | d",2025-03-01 10:00:00\n').replace(",", delimiter).replace(f"a{delimiter} b", "a, b")
    result = read(deliver(text), "delighted")
    assert result.column("comment") == ["a, b; c | d"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "utf-32"])
def test_a_byte_order_mark_decides_the_encoding(read, deliver, encoding):
    text = HEADER + "r1,9,größer 😀,2025-03-01 10:00:00\n"
    marks = {"utf-16-le-bom": (b"\xff\xfe", "utf-16-le"), "utf-16-be-bom": (b"\xfe\xff", "utf-16-be")}
    mark, codec = marks.get(encoding, (b"", encoding))
    result = read(deliver(mark + text.encode(codec)), "delighted")
    assert result.column("comment") == ["größer 😀"]
    assert "reencoded" not in result.kinds


def test_utf_16_without_a_mark_says_what_to_do(read, deliver):
    result = read(deliver((HEADER + GOOD).encode("utf-16-le")), "delighted")
    assert "UTF-16" in result.unrecognised[0].reason


def test_a_western_european_file_is_re_encoded_and_flagged(read, deliver):
    rows = "".join(f"r{i},9,caf\xe9 \x80 \u201cx\u201d,2025-03-01 10:00:00\n" for i in range(3)).replace("\x80", "€")
    result = read(deliver((HEADER + rows).encode("cp1252")), "delighted")
    assert result.column("comment") == ["café € “x”"] * 3
    assert result.encodings == ["cp1252"]
    assert "reencoded" in result.kinds


def test_every_byte_of_cp1252_becomes_its_character_and_the_undefined_ones_control_characters():
    read_alone = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
    assert from_cp1252(bytes(range(256))).decode() == read_alone
    assert (read_alone[0x80], read_alone[0x81], read_alone[0xE9]) == ("€", "\x81", "é")


PIECES = ["a", "\n", "ä", "€", "😀", "\udce4", "\udc80", "\udcff", "\udcf0\udc9f"]


@given(st.lists(st.sampled_from(PIECES)).map(".".join))
def test_valid_sequences_are_weighed_against_invalid_bytes(text):
    invalid = sum("\udc80" <= character <= "\udcff" for character in text)
    valid = sum(not character.isascii() for character in text) - invalid
    # A character that an end of file cuts off is no fault of the text before it.
    block = text.encode("utf-8", "surrogateescape") + b"."
    assert valid_utf8_surplus(block) == (valid - invalid if valid or invalid else None)


@pytest.mark.parametrize(
    ("block", "surplus"), [(b"", None), (b"abc", None), (b"abc\xc3", None), ("ä".encode() + b"\xe2\x82", 1)]
)
def test_what_the_end_of_a_block_cuts_says_nothing(block, surplus):
    assert valid_utf8_surplus(block) == surplus


def test_one_broken_row_does_not_re_encode_a_utf_8_file(read, deliver):
    rows = "".join(f"r{i},9,größer 😀,2025-03-01 10:00:00\n" for i in range(3)).encode()
    content = HEADER.encode() + rows + b"bad,9,caf\xe9,2025-03-01 10:00:00\n" + GOOD.encode()
    result = read(deliver(content), "delighted")
    assert result.column("response_id") == ["r0", "r1", "r2", "r1"]
    assert result.encodings == ["utf-8"]
    assert [(r["line"], r["reason"]) for r in result.rejects] == [(5, "byte 0xE9 is not valid UTF-8")]
    assert "\\xe9" in result.rejects[0]["raw"]


def test_lone_surrogates_in_utf_16_cost_their_row_alone(read, deliver):
    text = (HEADER + "r0,9,X,2025-03-01 10:00:00\n" + GOOD).encode("utf-16-le").replace("X".encode("utf-16-le"), b"\x00\xd8")
    result = read(deliver(b"\xff\xfe" + text), "delighted")
    assert result.column("response_id") == ["r1"]
    assert "not valid UTF-8" in result.rejects[0]["reason"]


def test_mixed_line_ends_keep_physical_lines(read, deliver):
    stamp = "2025-03-01 10:00:00"
    text = HEADER.replace("\n", "\r\n") + f'r1,9,"a\r\nb\nc",{stamp}\nr2,9,x,{stamp}\r\n\r\nr3,9,y,{stamp}\rr4,7,z,{stamp}'
    result = read(deliver(text), "delighted")
    assert result.column("_line") == [2, 5, 7, 8]
    assert result.column("comment")[0] == "a\r\nb\nc"


def test_nul_characters_cost_their_row_alone(read, deliver):
    result = read(deliver(HEADER + "r0,9,a\0b,2025-03-01 10:00:00\n" + GOOD), "delighted")
    assert result.column("response_id") == ["r1"]
    assert 'column "Comment"' in result.rejects[0]["reason"]
    assert "NUL" in result.rejects[0]["reason"]
    lines = [
        {"uuid": "e1", "event_time": "2025-01-01", "event_type": "a\0b"},
        {"uuid": "e2", "event_time": "2025-01-01", "event_type": "ab"},
    ]
    result = read(deliver("\n".join(map(json.dumps, lines)), "e.json"), "amplitude")
    assert result.column("uuid") == ["e2"]
    assert "NUL" in result.rejects[0]["reason"]


@pytest.mark.parametrize("layout", ["csv", "ndjson", "document"])
def test_a_cut_gzip_gives_the_rows_before_the_cut_and_says_so(read, deliver, layout):
    records = [
        {"id": str(i), "score": i % 11, "comment": f"text {i * 7919}", "created_at": "2025-03-01 10:00:00"} for i in range(5000)
    ]
    if layout == "csv":
        text = "id,score,comment,created_at\n" + "".join(",".join(map(str, r.values())) + "\n" for r in records)
    elif layout == "ndjson":
        text = "".join(json.dumps(r) + "\n" for r in records)
    else:
        text = json.dumps(records)
    packed = gzip.compress(text.encode())
    result = read(deliver(packed[: len(packed) // 2], "x.gz"), "delighted")
    assert 0 < len(result.rows) < 5000
    assert result.column("response_id") == [str(i) for i in range(len(result.rows))]
    assert result.column("comment")[-1] == f"text {(len(result.rows) - 1) * 7919}"
    assert len(result.rejects) == 1
    assert "cut off" in result.rejects[0]["reason"]
    assert "truncated" in result.kinds


def test_damaged_gzip_and_trailing_bytes_are_told(read, deliver):
    packed = gzip.compress((HEADER + GOOD).encode())
    result = read(deliver(packed + b"rubbish", "x.csv.gz"), "delighted")
    assert result.column("response_id") == ["r1"]
    assert "followed by something else" in result.rejects[0]["reason"]
    result = read(deliver(packed + gzip.compress(b"r2,3,ok,2025-03-02 10:00:00\n") + b"\0" * 512, "y.csv.gz"), "delighted")
    assert result.column("response_id") == ["r1", "r2"]
    assert not result.rejects
    damaged = packed[:-6] + bytes([packed[-6] ^ 0xFF]) + packed[-5:]
    assert "damaged" in read(deliver(damaged, "z.csv.gz"), "delighted").unrecognised[0].reason
    packed = gzip.compress((HEADER + GOOD * 4000).encode() + bytes(range(256)) * 40)
    damaged = packed[:-6] + bytes([packed[-6] ^ 0xFF]) + packed[-5:]
    result = read(deliver(damaged, "w.csv.gz"), "delighted", limits=Limits(block_bytes=20_000))
    assert len(result.rows) > 2000
    assert "truncated" in result.kinds


def test_a_cut_plain_file_does_not_make_a_record_of_its_last_half(read, deliver):
    result = read(deliver(HEADER + GOOD + "r2,7"), "delighted")
    assert result.column("response_id") == ["r1"]
    assert "ends inside this row" in result.rejects[0]["reason"]
    result = read(deliver(HEADER + GOOD + 'r2,7,"and then\nr9,1,never,2025-03-01\n'), "delighted")
    assert result.column("response_id") == ["r1"]
    assert "never closed" in result.rejects[0]["reason"]
    assert result.rejects[0]["line"] == 3


def test_hostile_archive_members_are_refused_by_name(read, deliver):
    link = zipfile.ZipInfo("link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    good = (HEADER + GOOD).encode()
    content = archive(
        ("../up.csv", good),
        ("/root.csv", good),
        ("C:\\x.csv", good),
        (link, b"/etc/passwd"),
        ("a/ok.csv", good),
        ("__MACOSX/._ok.csv", b"x"),
    )
    result = read(deliver(content, "x.zip"), "delighted")
    assert [p.name for p in result.parts] == ["a/ok.csv"]
    assert result.column("response_id") == ["r1"]
    reasons = {u.name: u.reason for u in result.unrecognised}
    assert set(reasons) == {"../up.csv", "/root.csv", "C:/x.csv", "link.csv"} or set(reasons) == {
        "../up.csv",
        "/root.csv",
        "C:\\x.csv",
        "link.csv",
    }
    assert "out of the archive" in reasons["../up.csv"]
    assert "symbolic link" in reasons["link.csv"]


def test_an_encrypted_member_asks_for_one_without_password(read, deliver):
    content = bytearray(archive(("x.csv", b"abc")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + offset
        content[at : at + 2] = struct.pack("<H", struct.unpack("<H", content[at : at + 2])[0] | 1)
    result = read(deliver(bytes(content), "x.zip"), "delighted")
    assert "encrypted" in result.unrecognised[0].reason


def test_a_zip_bomb_is_refused_before_it_is_unpacked(read, deliver):
    bomb = archive(("bomb.csv", (HEADER + GOOD * 400_000).encode()))
    result = read(deliver(bomb, "x.zip"), "delighted", limits=Limits(max_ratio=50))
    assert not result.parts
    assert "zip bomb" in result.unrecognised[0].reason
    result = read(deliver(bomb, "y.zip"), "delighted", limits=Limits(max_member_bytes=1_000_000))
    assert "1,000,000" in result.unrecognised[0].reason


@pytest.mark.parametrize(("columns", "told"), [(17_000, "17,000 columns; the limit is 16,384"), (300, "it fits no stream")])
def test_a_header_without_end_is_refused_before_it_is_compared(read, deliver, columns, told):
    header = ",".join(f"c{number}" for number in range(columns))
    result = read(deliver(f"{header}\n{header}\n"), "delighted")
    assert told in result.unrecognised[0].reason


def test_a_gzip_bomb_stops_the_part(deliver):
    path = deliver(gzip.compress((HEADER + GOOD * 400_000).encode()), "x.csv.gz")
    for limits in (Limits(max_ratio=50), Limits(max_member_bytes=2_000_000)):
        (part,) = inspect(path, "x.csv.gz", [SPECS["delighted__response"]], limits)
        assert isinstance(part, Part)
        with pytest.raises(ExportRejected, match=r"x\.csv\.gz: it unpacks to more than"):
            list(open_part(path, part, limits))


def test_too_many_members_and_broken_archives_are_refused(read, deliver):
    many = archive(*((f"{i}.csv", b"x") for i in range(20)))
    assert "20 members" in read(deliver(many, "x.zip"), "delighted", limits=Limits(max_members=10)).unrecognised[0].reason
    assert "cannot be opened" in read(deliver(many[:300], "y.zip"), "delighted").unrecognised[0].reason
    nested = archive(("inner.zip", archive(("x.csv", (HEADER + GOOD).encode()))))
    assert "binary" in read(deliver(nested, "z.zip"), "delighted").unrecognised[0].reason
    assert "is empty" in read(deliver(archive(), "w.zip"), "delighted").unrecognised[0].reason


@pytest.mark.parametrize("layout", ["csv", "ndjson", "document"])
def test_a_huge_field_costs_its_row_alone(read, deliver, layout):
    huge = "x" * 50_000_000
    if layout == "csv":
        text = HEADER + f'r0,9,"{huge}",2025-03-01 10:00:00\n' + GOOD
    else:
        lines = [
            json.dumps({"id": i, "score": 9, "comment": c, "created_at": "2025-03-01"}) for i, c in (("r0", huge), ("r1", "ok"))
        ]
        text = "\n".join(lines) if layout == "ndjson" else "[" + ",".join(lines) + "]"
    result = read(deliver(text), "delighted", limits=Limits(max_row_bytes=60_000_000))
    assert result.column("response_id") == ["r1"]
    assert "50,000,000 bytes; the limit is 10,000,000" in result.rejects[0]["reason"]
    assert len(result.rejects[0]["raw"]) < 20_000


@pytest.mark.parametrize("layout", ["csv", "ndjson"])
def test_a_row_beyond_the_limit_is_skipped_without_being_held(read, deliver, layout):
    huge = "x\ny" * 100_000
    if layout == "csv":
        text = HEADER + f'r0,9,"{huge}",2025-03-01 10:00:00\n' + GOOD
    else:
        text = (
            '{"id": "r0", "comment": "'
            + huge.replace("\n", " ")
            + '"}\n'
            + json.dumps({"id": "r1", "score": 9, "created_at": "2025-03-01"})
        )
    result = read(deliver(text), "delighted", limits=Limits(max_row_bytes=100_000, block_bytes=30_000))
    assert result.column("response_id") == ["r1"]
    assert result.column("_line") == [2 + 100_001 if layout == "csv" else 2]
    assert len(result.rejects) == 1
    assert "the limit is 100,000" in result.rejects[0]["reason"]


def test_an_undeclared_column_is_no_way_around_the_limit(read, deliver):
    text = HEADER.strip() + ",Odd\n" + GOOD.strip() + "," + "x" * 2000 + "\n"
    result = read(deliver(text), "delighted", limits=Limits(max_field_bytes=1000))
    assert 'column "Odd"' in reason(result)


def test_a_score_of_ten_million_digits(read, deliver):
    digits = "9" * 10_000_000
    result = read(
        deliver(HEADER + f"r0,{digits},x,2025-03-01\n" + GOOD), "delighted", limits=Limits(max_field_bytes=20_000_000)
    )
    assert result.column("response_id") == ["r1"]
    assert 'column "Score"' in result.rejects[0]["reason"]
    assert len(result.rejects[0]["reason"]) < 200
    lines = [f'{{"id": "r0", "score": {digits}}}', '{"id": "r1", "score": 9, "created_at": "2025-03-01"}']
    result = read(deliver("\n".join(lines)), "delighted", limits=Limits(max_field_bytes=20_000_000))
    assert result.column("response_id") == ["r1"]
    assert "whole number" in result.rejects[0]["reason"]


def test_wide_rows_are_rejected_and_short_rows_padded(read, deliver):
    text = HEADER + GOOD + "r2,8,a,2025-03-01 10:00:00,shifted\nr3,7,b\n" + "r4,7,c,2025-03-01 10:00:00\n"
    result = read(deliver(text), "delighted")
    assert result.column("response_id") == ["r1", "r4"]
    reasons = {r["line"]: r["reason"] for r in result.rejects}
    assert reasons[3] == "the row has 5 cells, 1 more than the header"
    assert 'column "Created At"' in reasons[4]
    assert "padded_rows" in result.kinds
    result = read(deliver("Created At,ID,Score,Comment\n2025-03-01,r1,9\n2025-03-01,r2,9"), "delighted")
    assert result.column("comment") == [None, None]


def test_repeated_headers_keep_every_occurrence(read, deliver):
    result = read(deliver("ID,Score,Created At,Comment,Other,Other,Name,Name\nr1,9,2025-03-01,hi,a,b,Ann,Ann\n"), "delighted")
    assert json.loads(result.rows[0]["_extra"]) == {"Other": "a", "Other#2": "b"}
    assert [d.column for d in result.drift if d.kind == "repeated_header"] == ["Other", "Name"]


def test_translated_headers_bind_through_the_workspace_map(read, deliver):
    text = "Antwort-ID,Punktzahl,Kommentar,Erstellt am\nr1,9,gut,2025-03-01 10:00:00\n"
    result = read(deliver(text), "delighted")
    assert "lacks ID or id" in result.unrecognised[0].reason
    assert "Antwort-ID" in result.unrecognised[0].reason
    columns = {
        "delighted__response": {
            "response_id": "Antwort-ID",
            "score": "Punktzahl",
            "comment": "Kommentar",
            "created_at": "Erstellt am",
        }
    }
    result = read(deliver(text), "delighted", columns=columns)
    assert result.rows[0]["comment"] == "gut"
    assert result.rows[0]["_extra"] is None


def test_unknown_columns_are_kept_and_told(read, deliver):
    result = read(deliver(HEADER.strip() + ",NPS Wave,Empty\n" + GOOD.strip() + ",Q1,\n"), "delighted")
    assert json.loads(result.rows[0]["_extra"]) == {"NPS Wave": "Q1"}
    assert [d.column for d in result.drift if d.kind == "unknown_column"] == ["NPS Wave", "Empty"]


def test_a_missing_required_column_stops_the_file_with_the_names_looked_for(read, deliver):
    result = read(deliver("ID,Comment,Created At\nr1,x,2025-03-01\n"), "delighted")
    assert not result.parts
    assert "Score or score" in result.unrecognised[0].reason


def test_a_changed_type_and_a_missing_value_cost_their_rows(read, deliver):
    cells = ("nine,x,", ",x,", "", "8.0,x,", "8.5,x,", " 7 ,x,yesterday", "1e1,x,")
    rows = [f"r{i},{cell}{'' if cell.endswith('day') else '2025-03-01'}" for i, cell in enumerate(cells)]
    rows[2] = ",5,x,2025-03-01"
    text = HEADER + "\n".join(rows) + "\n"
    result = read(deliver(text), "delighted")
    assert [(row["response_id"], row["score"]) for row in result.rows] == [("r3", 8)]
    reasons = {r["line"]: r["reason"] for r in result.rejects}
    assert reasons == {
        2: 'column "Score": "nine" is not a whole number',
        3: 'column "Score": a value is required here and there is none',
        4: 'column "ID": a value is required here and there is none',
        6: 'column "Score": "8.5" is not a whole number',
        7: 'column "Created At": "yesterday" is not a date and time',
        8: 'column "Score": "1e1" is not a whole number',
    }


@pytest.mark.parametrize("score", ["33", "-1", "11"])
def test_a_score_off_the_scale_is_rejected(read, deliver, score):
    result = read(deliver(HEADER + f"r0,{score},x,2025-03-01\n"), "delighted")
    assert f'"{score}" is {"less than 0" if score == "-1" else "more than 10"}' in reason(result)


@pytest.mark.parametrize(
    "stamp",
    ["9999-12-31", "99999-01-01", "1066-10-14", "infinity", "epoch", "2025-02-30", "-99999999999999999999", "1e300", "nan"],
)
def test_impossible_dates_are_rejected(read, deliver, stamp):
    assert 'column "Created At"' in reason(read(deliver(HEADER + f"r0,9,x,{stamp}\n"), "delighted"))


@pytest.mark.parametrize(
    ("stamp", "moment"),
    [
        ("2025-03-01 10:00:00 UTC", datetime(2025, 3, 1, 10, tzinfo=UTC)),
        ("2025-03-01T10:00:00.250Z", datetime(2025, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)),
        ("2025-03-01T10:00:00.000+0000", datetime(2025, 3, 1, 10, tzinfo=UTC)),
        ("2025-03-01T10:00:00-07:00", datetime(2025, 3, 1, 17, tzinfo=UTC)),
        ("2025-03-01 10:00:00 +0530", datetime(2025, 3, 1, 4, 30, tzinfo=UTC)),
        (" 2025-03-01 10:00 ", datetime(2025, 3, 1, 10, tzinfo=UTC)),
        ("2025-03-01", datetime(2025, 3, 1, tzinfo=UTC)),
        ("03/01/2025 10:00", datetime(2025, 3, 1, 10, tzinfo=UTC)),
        ("1740823200", datetime(2025, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_stamps_of_every_spelling_become_utc(read, deliver, stamp, moment):
    assert read(deliver(HEADER + f"r0,9,x,{stamp}\n"), "delighted").column("created_at") == [moment]


def test_malformed_lines_and_other_values_cost_themselves_alone(read, deliver):
    good = '{"id": "%s", "score": 9, "created_at": "2025-03-01"}'
    lines = [
        good % "a",
        '{"id": "b", "score": 9',
        "",
        "   ",
        "[1, 2]",
        "17",
        "null",
        '"text"',
        "{}",
        '{"id": "\\ud800"}',
        good % "c",
        '{"a":1}{"b":2}',
        good % "d",
    ]
    result = read(deliver("\n".join(lines)), "delighted")
    assert result.column("response_id") == ["a", "c", "d"]
    assert result.column("_line") == [1, 11, 13]
    reasons = {r["line"]: r["reason"] for r in result.rejects}
    assert sorted(reasons) == [2, 5, 6, 7, 8, 9, 10, 12]
    assert reasons[2] == reasons[10] == reasons[12] == "the record is not valid JSON"
    assert reasons[5] == reasons[6] == "the record is not a JSON object"
    assert "required" in reasons[9]


def test_line_separators_inside_strings_end_no_line(read, deliver):
    text = '{"id": "a\u2028b\x85c", "score": 9, "created_at": "2025-03-01"}\n'
    assert read(deliver(text), "delighted").column("response_id") == ["a\u2028b\x85c"]


@pytest.mark.parametrize("layout", ["ndjson", "document", "csv"])
@pytest.mark.parametrize("depth", [98, 150, 30_000, 300_000])
def test_deep_json_harms_nobody(read, deliver, layout, depth):
    deep = '{"a":' * depth + "1" + "}" * depth
    base = '"uuid": "e1", "event_time": "2025-01-01", "event_type": "x"'
    if layout == "csv":
        cell = deep.replace('"', '""')
        lines = ["uuid,event_time,event_type,event_properties,other", "e0,2025-01-01,x,,"]
        text = "\n".join([*lines, f'e1,2025-01-01,x,"{cell}",', f'e2,2025-01-01,x,,"{cell}"\n'])
    else:
        lines = [f"{{{base}}}", f'{{{base}, "event_properties": {deep}}}', f'{{{base}, "other": {deep}}}']
        text = "\n".join(lines) if layout == "ndjson" else f"[{','.join(lines)}]"
    result = read(deliver(text), "amplitude", limits=Limits(max_field_bytes=20_000_000))
    # An undeclared cell of a CSV is a text, whatever it looks like.
    assert len(result.rows) == (3 if depth == 98 else 2 if layout == "csv" else 1)
    assert len(result.rows) + len(result.rejects) == 3
    assert all("deeper than 100" in r["reason"] for r in result.rejects)


def test_records_with_endlessly_many_keys_keep_their_rest(read, deliver):
    lines = [
        json.dumps({"uuid": f"e{i}", "event_time": "2025-01-01", "event_type": "x", **{f"k{i}_{j}": j for j in range(20)}})
        for i in range(60)
    ]
    result = read(deliver("\n".join(lines)), "amplitude")
    assert len(result.rows) == 60
    assert json.loads(result.rows[7]["_extra"]) == {f"k7_{j}": j for j in range(20)}


def test_keys_that_sql_would_confuse_stay_apart(read, deliver):
    record = {
        "uuid": "e1",
        "UUID": "other",
        "event_time": "2025-01-01",
        "event_type": "x",
        "": 1,
        "a b": 2,
        "A B": 3,
        'q"': 4,
        "it's": 5,
    }
    result = read(deliver(json.dumps(record)), "amplitude")
    assert result.rows[0]["uuid"] == "e1"
    assert json.loads(result.rows[0]["_extra"]) == {"": 1, "a b": 2, "A B": 3, 'q"': 4, "it's": 5}
