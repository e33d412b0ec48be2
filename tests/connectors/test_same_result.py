"""The fast ways and the careful ways of the reader yield the same, whatever the file looks like."""

import csv
import gzip
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import csv_rows, json_typer
from connectors.reader import Limits, Part, inspect, open_part
from connectors.registry import load_specs

SPECS = load_specs()
HEADER = ["ID", "Score", "Comment", "Created At", "Odd"]
QUIET = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

cells = st.one_of(
    st.sampled_from(["", "9", "10", "33", "x", " 7 ", "2025-03-01", "2025-03-01T10:00:00+02:00", "000000000000000AAA", "NULL"]),
    st.text(alphabet='ab,;"\n\r\t é😀\x85\u2028', max_size=8),
)
rows = st.lists(st.lists(cells, min_size=5, max_size=5), max_size=12)
# Rows as a sloppy tool writes them: quotes, delimiters and line ends anywhere.
mess = st.lists(
    st.sampled_from(["a", "9", ",", '"', '""', "\n", "\r\n", "\r", " ", "é", "\0", "2025-03-01", ",,,,", "\udce9"]), max_size=40
)


def written(records: list[list[str]], line_end: str) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    writer.writerows(records)
    return stream.getvalue()


def everything(content: bytes, table: str, limits: Limits, suffix: str = "csv") -> tuple[list, list, list]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{suffix}"
        path.write_bytes(content)
        (part,) = inspect(path, path.name, [SPECS[table]], Limits())
        assert isinstance(part, Part), part
        opened = open_part(path, part, limits)
        good, bad = [], []
        for batch in opened:
            good += batch.rows.to_pylist()
            bad += batch.rejects.to_pylist()
        return good, sorted(bad, key=lambda r: (r["line"], r["reason"])), sorted(opened.drift, key=str)


def careful(content: bytes, limits: Limits, monkeypatch: pytest.MonkeyPatch) -> tuple[list, list, list]:
    with monkeypatch.context() as patch:
        patch.setattr(csv_rows, "scan_clean", lambda *_, **__: None)
        return everything(content, "delighted__response", limits)


@QUIET
@given(records=rows, line_end=st.sampled_from(["\n", "\r\n"]), block=st.sampled_from([16, 64, 300, 8_000_000]))
def test_well_formed_csv(records, line_end, block, monkeypatch):
    content = written(records, line_end).encode()
    limits = Limits(block_bytes=block)
    fast = everything(content, "delighted__response", limits)
    assert fast == careful(content, Limits(), monkeypatch)
    # A row of nothing but one empty cell cannot occur with five columns, so every record is there.
    assert len(fast[0]) + len(fast[1]) == len(records)


@QUIET
@given(pieces=mess, block=st.sampled_from([8, 32, 8_000_000]))
def test_sloppy_csv(pieces, block, monkeypatch):
    # The umlauts settle that it is UTF-8, which otherwise the first block decides.
    body = "r1,9,fine,2025-03-01,\n" + "".join(pieces)
    content = (",".join(HEADER) + ",öäüöäüöäü" * 4 + "\n" + body).encode("utf-8", "surrogateescape")
    assert everything(content, "delighted__response", Limits(block_bytes=block)) == careful(content, Limits(), monkeypatch)


def test_the_fast_way_is_taken_on_clean_files(monkeypatch):
    """Else the comparisons above would compare the careful way with itself."""
    taken = []
    original = csv_rows.parse_clean
    monkeypatch.setattr(csv_rows, "parse_clean", lambda *a, **k: taken.append(1) or original(*a, **k))
    records = [[f"r{i}", "9", 'multi\r\nline, "quoted" é😀', "2025-03-01", ""] for i in range(200)]
    rows_, rejects, _ = everything(written(records, "\r\n").encode(), "delighted__response", Limits(block_bytes=1000))
    assert len(taken) > 5
    assert len(rows_) == 200
    assert not rejects
    assert [row["_line"] for row in rows_] == [2 + 2 * i for i in range(200)]


keys = st.sampled_from(
    [
        "uuid",
        "UUID",
        "event_time",
        "event_type",
        "user_id",
        "event_properties",
        "groups",
        "odd",
        "Odd",
        "other one",
        "$insert_id",
        "",
    ]
)
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**25), 10**25),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["", "e1", "2025-03-01", "x\0y", "é😀\u2028"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from(["a", "b", ""]), inner, max_size=2)),
    max_leaves=4,
)
whole = {"uuid": "e0", "event_time": "2025-01-01", "event_type": "x"}
objects = st.dictionaries(keys, values, max_size=6).map(lambda d: {**whole, **d})
lines = st.lists(
    st.one_of(
        objects.map(json.dumps),
        st.sampled_from(
            ["", "{", "[]", "7", '{"uuid": 1,,}', '{"uuid": "a", "uuid": "b", "event_time": "2025-01-01", "event_type": "x"}']
        ),
    ),
    max_size=12,
)


def as_read(content: bytes, block: int, patience: int, monkeypatch: pytest.MonkeyPatch, suffix: str) -> tuple[list, list, list]:
    with monkeypatch.context() as patch:
        patch.setattr(json_typer, "PATIENCE", patience)
        return everything(content, "amplitude__event", Limits(block_bytes=block), suffix)


@QUIET
@given(texts=lines, block=st.sampled_from([100, 8_000_000]))
def test_ndjson_with_and_without_the_strict_parse(texts, block, monkeypatch):
    content = "\n".join([json.dumps(whole)] * 3 + texts).encode()
    expected = as_read(content, 8_000_000, 0, monkeypatch, "json")
    assert as_read(content, block, 3, monkeypatch, "json") == expected
    assert as_read(gzip.compress(content), block, 3, monkeypatch, "json.gz") == expected
    assert len(expected[0]) + len(expected[1]) == 3 + sum(bool(text) for text in texts)


def test_the_strict_parse_is_taken_on_uniform_records(monkeypatch):
    asked = []
    original = json_typer._keys_of_block
    monkeypatch.setattr(json_typer, "_keys_of_block", lambda con: asked.append(1) or original(con))
    content = b"".join(json.dumps({**whole, "uuid": f"e{i}", "odd": i}).encode() + b"\n" for i in range(500))
    rows_, rejects, _ = everything(content, "amplitude__event", Limits(block_bytes=2000), "json")
    assert len(rows_) == 500
    assert not rejects
    # Blocks that are under way at the same time may each ask once before the first answer is known.
    assert 1 <= len(asked) <= 4


@QUIET
@given(
    records=st.lists(
        st.one_of(objects, st.integers(), st.none(), st.just('a{b}[c]"d'), st.sampled_from([[], [1, {"a": 2}]])),
        max_size=10,
    ),
    indent=st.sampled_from([None, 0, 2]),
    block=st.sampled_from([1, 50, 8_000_000]),
)
def test_documents_in_every_spelling(records, indent, block):
    seeds = [whole]
    content = json.dumps(seeds + records, indent=indent).encode()
    good, bad, drift = everything(content, "amplitude__event", Limits(block_bytes=block), "json")
    assert (good, bad, drift) == everything(content, "amplitude__event", Limits(), "json")
    assert len(good) + len(bad) == 1 + len(records)
    places = sorted([row["_line"] for row in good] + [row["line"] for row in bad])
    assert places == list(range(1, 2 + len(records)))
