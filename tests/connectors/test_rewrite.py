"""Records and words go from every format, and what stays is what it was."""

import csv
import gc
import gzip
import io
import json
import tracemalloc
import zipfile
from datetime import datetime

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from connectors.parts import Limits
from connectors.rewrite import Counts, rewritten
from orchestration.search import find_needles


class Jane:
    """Everything with Jane's address in a column called email goes; elsewhere her name is replaced."""

    def drops(self, cells):
        return any(column.endswith("email") and text == "jane@x.example" for column, text in cells)

    def redacted(self, text):
        return text.replace("jane@x.example", "[erased]").replace("Jane Roe", "[erased]")


def without_jane(content, name=""):
    counts = Counts()
    return rewritten(content, Jane(), counts, name), (counts.records, counts.words)


ROWS = [
    {"id": "1", "email": "bob@y.example", "words": 'He said "fine",\nthen left'},
    {"id": "2", "email": "jane@x.example", "words": "Nobody should read this"},
    {"id": "3", "email": "eve@z.example", "words": "Jane Roe told me, ask jane@x.example"},
]
KEPT = [ROWS[0], {**ROWS[2], "words": "[erased] told me, ask [erased]"}]


def as_csv(rows, delimiter=",", end="\r\n"):
    target = io.StringIO()
    writer = csv.DictWriter(target, rows[0].keys(), delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(("delimiter", "end"), [(",", "\r\n"), (";", "\n")])
def test_csv_loses_only_what_goes(encoding, delimiter, end):
    new, counts = without_jane(as_csv(ROWS, delimiter, end).encode(encoding))
    assert new == as_csv(KEPT, delimiter, end).encode(encoding)
    assert counts == (1, 1)


def test_csv_with_an_open_quote_loses_no_other_row():
    new, counts = without_jane(b'id,email,words\n1,bob@y.example,"open\n2,jane@x.example,hers\n3,eve@z.example,fine\n')
    assert new == b'id,email,words\n1,bob@y.example,"open\n3,eve@z.example,fine\n'
    assert counts == (1, 0)


def test_ndjson_keeps_the_bytes_of_other_lines():
    lines = ['{"id": 1,  "email": "bob@y.example", "n": 1.10}\n', json.dumps(ROWS[1]) + "\n", "no json, Jane Roe\n"]
    new, counts = without_jane("".join(lines).encode())
    assert new == (lines[0] + "no json, [erased]\n").encode()
    assert counts == (1, 1)


def test_json_loses_records_of_any_list_and_nested_people():
    page = {"users": ROWS, "tickets": [{"id": 7, "comments": [{"author": {"email": "jane@x.example"}, "body": "hers"}]}]}
    new, counts = without_jane(json.dumps(page, indent=1).encode())
    assert json.loads(new) == {"users": KEPT, "tickets": [{"id": 7, "comments": []}]}
    assert counts[0] == 2


def test_parquet_and_avro_keep_schema_and_types():
    rows = [{**row, "n": number} for number, row in enumerate(ROWS)]
    kept = [{**row, "n": number} for number, row in zip((0, 2), KEPT, strict=True)]
    schema = pa.schema([("id", pa.string()), ("email", pa.string()), ("words", pa.large_string()), ("n", pa.int8())])
    parquet = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), parquet)
    table = pq.read_table(io.BytesIO(without_jane(parquet.getvalue())[0]))
    assert (table.schema.equals(schema), table.to_pylist()) == (True, kept)
    names = [{"name": name, "type": "int" if name == "n" else "string"} for name in rows[0]]
    avro = io.BytesIO()
    fastavro.writer(avro, {"type": "record", "name": "row", "fields": names}, rows, codec="deflate")
    reader = fastavro.reader(io.BytesIO(without_jane(avro.getvalue())[0]))
    assert list(reader) == kept
    assert reader.codec == "deflate"


def test_workbooks_keep_numbers_dates_and_sheets():
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    day = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("people")
    for y, row in enumerate([("id", "email", "words"), *(tuple(row.values()) for row in ROWS)]):
        sheet.write_row(y, 0, row)
        sheet.write_number(y, 3, 1.5)
        sheet.write_datetime(y, 4, datetime(2026, 1, 2, 3, 4), day)
    book.add_worksheet("other").write_string(0, 0, "untouched")
    book.close()
    again = CalamineWorkbook.from_filelike(io.BytesIO(without_jane(target.getvalue())[0]))
    rows = again.get_sheet_by_name("people").to_python()
    assert [row[:3] for row in rows[1:]] == [list(row.values()) for row in KEPT]
    assert rows[1][3:] == [1.5, datetime(2026, 1, 2, 3, 4)]
    assert again.get_sheet_by_name("other").to_python() == [["untouched"]]


def test_calendars_lose_the_person_and_keep_the_meeting():
    event = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n"
        "SUMMARY:Jane Roe and a long list of everything that has to be said a\r\n bout it\r\n"
        "ATTENDEE;CN=Jane Roe:mailto:jane@x.exa\r\n mple\r\nATTENDEE:mailto:bob@y.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    new, _ = without_jane(event.encode())
    assert b"jane" not in new.lower()
    assert b"ATTENDEE:mailto:bob@y.example\r\nEND:VEVENT" in new
    assert b"about it" in new.replace(b"\r\n ", b"")
    assert all(len(line) <= 75 for line in new.split(b"\r\n"))


def test_notes_go_or_lose_the_name():
    note = "---\nparticipant email: {}\n---\nJane Roe showed it.\n"
    assert without_jane(note.format("jane@x.example").encode())[0] is None
    assert without_jane(note.format("bob@y.example").encode())[0].endswith(b"[erased] showed it.\n")


def test_archives_are_opened_to_the_bottom_and_lose_files_named_after_the_person():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/rows.csv.gz", gzip.compress(as_csv(ROWS).encode(), mtime=0))
        archive.writestr("jane@x.example.ics", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
        archive.writestr("other.csv", "a,b\n1,2\n")
    new, counts = without_jane(target.getvalue())
    with zipfile.ZipFile(io.BytesIO(new)) as archive:
        assert archive.namelist() == ["a/rows.csv.gz", "other.csv"]
        assert gzip.decompress(archive.read("a/rows.csv.gz")).decode() == as_csv(KEPT)
    assert counts == (2, 1)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", b"PK\x03\x04broken", b"\x1f\x8bbroken", b"PAR1broken", b"Obj\x01", b"[" * 5000, b'{"a":']
)
def test_what_cannot_be_read_stays_as_it_is(content):
    new, counts = without_jane(content)
    assert new is content
    assert counts == (0, 0)


def bomb(kind, size):
    """A file that unpacks to one record of Jane's and then nothing but blanks, or to itself."""
    plain = as_csv(ROWS).encode() + b" " * size
    if kind == "gzip":
        return gzip.compress(plain)
    if kind == "gzip in gzip":
        return gzip.compress(gzip.compress(plain))
    target = io.BytesIO()
    if kind == "parquet":
        pq.write_table(
            pa.table({"email": ["jane@x.example"] * 3, "words": ["x" * (size // 3)] * 3}),
            target,
            use_dictionary=False,
            compression="zstd",
        )
        return target.getvalue()
    if kind == "avro":
        schema = {
            "type": "record",
            "name": "r",
            "fields": [{"name": "email", "type": "string"}, {"name": "w", "type": "string"}],
        }
        fastavro.writer(target, schema, [{"email": "jane@x.example", "w": "x" * size}], codec="deflate")
        return target.getvalue()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        if kind == "workbook":
            archive.writestr("[Content_Types].xml", b" " * size)
        else:
            for number in range(3):
                archive.writestr(f"{number}.csv", plain)
    return target.getvalue()


TIGHT = Limits(max_ratio=20, ratio_floor=100_000)


@pytest.mark.parametrize("kind", ["gzip", "gzip in gzip", "zip", "workbook", "parquet", "avro"])
def test_a_bomb_is_unpacked_no_further_than_a_reader_goes(kind, tmp_path):
    path = tmp_path / "delivered"
    path.write_bytes(bomb(kind, 30_000_000))
    content = path.read_bytes()
    # Libraries are loaded here, not while memory is counted.
    rewritten(bomb(kind, 0), Jane(), Counts())
    tracemalloc.start()
    new = rewritten(content, Jane(), Counts(), limits=TIGHT)
    # What a cycle of the first still holds is not the second's.
    gc.collect()
    searched = find_needles([path], ["jane@x.example"], limits=TIGHT)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Unpacked, it would take twice as much at least.
    assert peak < 30_000_000
    assert searched.cut == {path}
    if "gzip" in kind or kind == "zip":
        # What a reader would have seen of it is searched and rewritten all the same.
        assert searched.found == {"jane@x.example": {path}}
        path.write_bytes(new)
        assert find_needles([path], ["jane@x.example"], limits=TIGHT).found == {}
    else:
        assert new is content


def test_archives_in_archives_without_end_come_to_an_end(tmp_path):
    content = as_csv(ROWS).encode()
    for _ in range(2_000):
        content = gzip.compress(content)
    (tmp_path / "deep.gz").write_bytes(content)
    assert rewritten(content, Jane(), Counts()) is content
    assert find_needles([tmp_path], ["jane@x.example"]).cut == {tmp_path / "deep.gz"}


@pytest.mark.parametrize("depth", [50, 400, 900, 100_000])
def test_json_that_is_nested_too_deep_loses_the_words_all_the_same(depth):
    deep = '{"a":' * depth + '"ask jane@x.example"' + "}" * depth
    for content in (deep, '{"email":"bob@y.example"}\n' + deep + "\n"):
        new, counts = without_jane(content.encode())
        assert b"jane" not in new
        assert b"[erased]" in new
        assert counts[1] == 1


def avro_blocks(codec, *blocks):
    """An Avro file of these blocks of records, and where each block ends."""
    names = [{"name": name, "type": "string"} for name in ROWS[0]]
    target = io.BytesIO()
    writer = fastavro.write.Writer(target, {"type": "record", "name": "row", "fields": names}, codec=codec)
    ends = [target.tell()]
    for block in blocks:
        for row in block:
            writer.write(row)
        writer.flush()
        ends.append(target.tell())
    return target.getvalue(), ends


def damaged_avro(codec, hurt):
    """Blocks of Bob, Jane and Eve, of whom the reader still reads two where one is hurt."""
    content, ends = avro_blocks(codec, ROWS[:1], ROWS[1:2], ROWS[2:])
    if hurt == "cut":
        return content[: ends[3] - 20]
    # A size below nothing, behind the number of records.
    return content[: ends[0] + 1] + b"\xff\x00" + content[ends[0] + 3 :]


@pytest.mark.parametrize("codec", ["null", "deflate"])
@pytest.mark.parametrize("hurt", ["first", "cut"])
def test_a_damaged_avro_file_loses_what_its_reader_still_reads(codec, hurt, tmp_path):
    content = damaged_avro(codec, hurt)
    (tmp_path / "rows.avro").write_bytes(content)
    before = find_needles([tmp_path], ["jane@x.example", "Nobody should read this"])
    assert before.found.keys() == {"jane@x.example", "Nobody should read this"}
    assert before.damaged == {tmp_path / "rows.avro"}
    new, counts = without_jane(content)
    assert list(fastavro.reader(io.BytesIO(new))) == ([KEPT[1]] if hurt == "first" else [ROWS[0]])
    assert counts[0] == 1
    (tmp_path / "rows.avro").write_bytes(new)
    after = find_needles([tmp_path], ["jane@x.example", "Nobody should read this"])
    assert (after.found, after.damaged) == ({}, set())


def hurt_parquet():
    """Three groups of rows, of which nobody can read the words of the first."""
    target = io.BytesIO()
    table = pa.Table.from_pylist(ROWS)
    with pq.ParquetWriter(target, table.schema, compression="zstd", use_dictionary=False) as writer:
        for number in range(3):
            writer.write_table(table.slice(number, 1))
    content = bytearray(target.getvalue())
    column = pq.ParquetFile(io.BytesIO(bytes(content))).metadata.row_group(0).column(2)
    begin = column.data_page_offset
    content[begin : begin + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    return bytes(content)


def test_a_damaged_parquet_file_loses_what_its_reader_still_reads(tmp_path):
    (tmp_path / "rows.parquet").write_bytes(hurt_parquet())
    before = find_needles([tmp_path], ["nobody should read this"])
    assert (before.found.keys(), before.damaged) == ({"nobody should read this"}, {tmp_path / "rows.parquet"})
    new, counts = without_jane(hurt_parquet())
    assert pq.read_table(io.BytesIO(new)).to_pylist() == [KEPT[1]]
    assert counts == (1, 1)


@pytest.mark.parametrize("kind", ["gzip", "zip", "member"])
def test_what_nobody_can_unpack_is_named(kind, tmp_path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.csv", as_csv(ROWS * 50))
    content = {
        "gzip": gzip.compress(as_csv(ROWS * 50).encode())[:-12],
        "zip": target.getvalue()[:-30],
        "member": target.getvalue()[:60] + b"\xff" * 20 + target.getvalue()[80:],
    }[kind]
    (tmp_path / "hurt").write_bytes(content)
    (tmp_path / "whole.gz").write_bytes(gzip.compress(b"one") + gzip.compress(b"two") + b"\0\0")
    searched = find_needles([tmp_path], ["nowhere"])
    assert (searched.found, searched.damaged) == ({}, {tmp_path / "hurt"})


@pytest.mark.parametrize("indent", [None, 1])
def test_a_json_document_that_is_cut_off_loses_the_records_that_are_whole_and_the_one_that_is_not(indent):
    whole = json.dumps({"users": [*ROWS, {**ROWS[1], "profile": {"a": 1}, "late": "hers, too"}]}, indent=indent)
    cut = whole[: whole.rindex(", too")]
    unchanged = cut.replace("jane@x.example", "joan@x.example").replace("Jane Roe", "Joan Roe").encode()
    assert without_jane(unchanged)[0] is unchanged
    new, (records, words) = without_jane(cut.encode())
    assert b"jane" not in new
    assert b"Nobody" not in new
    assert b"hers" not in new
    assert b"He said" in new
    assert b"[erased] told me" in new
    assert (records, words) == (2, 1)


def test_a_broken_line_goes_where_what_can_be_told_of_it_says_whose_it_is():
    lines = [
        '{"id": 1, "email": "bob@y.example", "words": "Jane Roe sa\n',
        '{"id": 2, "email": "jane@x.example", "words": "he\n',
    ]
    new, counts = without_jane("".join(lines).encode())
    assert new == lines[0].replace("Jane Roe", "[erased]").encode()
    assert counts == (1, 1)


def test_records_within_a_line_count_as_records():
    lines = [json.dumps({"id": n, "comments": [ROWS[0], ROWS[1]]}) + "\n" for n in range(2)]
    new, counts = without_jane("".join(lines).encode())
    assert new == "".join(json.dumps({"id": n, "comments": [ROWS[0]]}) + "\n" for n in range(2)).encode()
    assert counts == (2, 0)


@pytest.mark.parametrize(
    "written",
    [
        "É\u0301LODIE".replace("\u0301", "") + " DURAND",
        "E\u0301lodie Durand",
        "%C3%89lodie%20Durand",
        "%C3%89lodie+Durand",
        "\\u00c9lodie Durand",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_a_name_is_found_however_it_is_written(written, encoding, tmp_path):
    (tmp_path / "notes").write_bytes(f"asked by {written}, twice".encode(encoding))
    assert find_needles([tmp_path], ["Élodie Durand"]).found == {"Élodie Durand": {tmp_path / "notes"}}
    (tmp_path / "notes").write_bytes("asked by Élodie Durand".encode("cp1252"))
    assert find_needles([tmp_path], ["Élodie Durand"]).found == {"Élodie Durand": {tmp_path / "notes"}}
